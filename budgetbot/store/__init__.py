"""What is remembered: the ledger, alerts, the outbox and leases, on SQLite or PostgreSQL."""

from __future__ import annotations

from budgetbot.store.alerts import Alerts
from budgetbot.store.days import Days
from budgetbot.store.leases import Leases
from budgetbot.store.ledger import Ledger, Line
from budgetbot.store.outbox import Delivery, Outbox
from budgetbot.store.store import Store, open_store

__all__ = ["Alerts", "Days", "Delivery", "Leases", "Ledger", "Line", "Outbox", "Store", "open_store"]

"""What is remembered: the ledger, alerts, the outbox and leases, on SQLite or PostgreSQL."""

from __future__ import annotations

from budgetbot.store.alerts import Alerts
from budgetbot.store.attempts import Attempts
from budgetbot.store.backlog import Backlog, DeadLetters, Waiting
from budgetbot.store.by_hand import Done
from budgetbot.store.days import Days
from budgetbot.store.jobs import Jobs
from budgetbot.store.kept_spend import KeptSpend
from budgetbot.store.leases import Leases
from budgetbot.store.ledger import Ledger, Line
from budgetbot.store.outbox import Delivery, Outbox
from budgetbot.store.store import Store, open_store, opened

__all__ = [
    "Alerts",
    "Attempts",
    "Backlog",
    "Days",
    "DeadLetters",
    "Delivery",
    "Done",
    "Jobs",
    "KeptSpend",
    "Leases",
    "Ledger",
    "Line",
    "Outbox",
    "Store",
    "Waiting",
    "open_store",
    "opened",
]

"""What a decision has to know of alerts that no period ends."""

from __future__ import annotations

from typing import Any

from budgetbot.store import Store
from tests.store.samples import DAY, NOW, alert


def endless(id: str, **changes: Any) -> Any:
    return alert(id, start=None, end=None, **changes)


def test_an_open_incident_is_known_with_all_of_its_levels_however_old(store: Store) -> None:
    old = {"state": "resolved", "reason": "corrected", "resolved_at": NOW - 20 * DAY}
    alerts = [
        endless("open", period="since-1", level="50%"),
        endless("higher", period="since-1", level="100%", **old),
        endless("over", period="since-0", **old),
    ]

    store.alerts.record(alerts, [], NOW)

    assert {a.id for a in store.alerts.known(NOW - 5 * DAY)} == {"open", "higher"}

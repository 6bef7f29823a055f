"""The story of one alert: its events, and every delivery of it."""

from __future__ import annotations

from dataclasses import replace

from budgetbot.store import Store
from tests.store.samples import HOUR, NOW, alert, notification


def test_events_are_those_of_one_alert_oldest_first(store: Store) -> None:
    one = alert("a1", state="pending", fired_at=None, evidence={"spent": "1.00"})
    store.alerts.record([one, alert("a2")], [], NOW)
    store.alerts.record([replace(one, state="firing", fired_at=NOW + HOUR)], [], NOW + HOUR)
    store.alerts.resolve("a1", "ml-lead", NOW + 2 * HOUR)

    assert store.alerts.events("a1") == [
        {"at": "2026-11-20T12:00:00Z", "from": None, "to": "pending", "reason": None, "detail": {"spent": "1.00"}},
        {"at": "2026-11-20T13:00:00Z", "from": "pending", "to": "firing", "reason": None, "detail": {"spent": "1.00"}},
        {
            "at": "2026-11-20T14:00:00Z",
            "from": "firing",
            "to": "resolved",
            "reason": "manual",
            "detail": {"by": "ml-lead"},
        },
    ]
    assert store.alerts.events("nothing") == []


def test_every_delivery_of_one_alert_is_listed_however_many_there_are(store: Store) -> None:
    told = [notification(f"n{n}", alert("a1"), receiver=f"r{n}") for n in range(120)]
    store.alerts.record([alert("a1"), alert("a2")], [*told, notification("other", alert("a2"))], NOW)

    assert len(store.outbox.deliveries()) == 100
    found = store.outbox.deliveries(alert_id="a1")
    assert [row["receiver"] for row in found] == [f"r{n}" for n in reversed(range(120))]

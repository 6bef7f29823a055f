"""/metrics, read by Prometheus's own parser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from prometheus_client import exposition as reference
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from starlette.testclient import TestClient

from budgetbot import __version__
from budgetbot.app import Queries, api_of
from budgetbot.core.model import Bucket, Entity, Severity
from budgetbot.core.notification import Reason
from budgetbot.core.period import Span
from budgetbot.cycle import Parts, evaluate
from budgetbot.notifiers.options import ConsoleOptions
from budgetbot.policy.policy import Policy, Receiver
from budgetbot.rules.budget import Budget
from budgetbot.sources import Grain, Report
from budgetbot.store import Store
from budgetbot.store.leases import SCHEDULER
from budgetbot.web import exposition, web_app
from budgetbot.web.metrics import CONTENT_TYPE
from tests.notifiers.hostile import NASTY
from tests.standins.clock import Clock
from tests.standins.post import Post, Scripted, failed
from tests.store.samples import HOUR, LAG, MINUTE, NOW, SOURCE, alert, costs, notification

Values = dict[tuple[str, ...], float]


class Configured:
    """A source that is configured, and read by nobody."""

    provider = "openai"

    def __init__(self, name: str = SOURCE) -> None:
        self.name = name

    def reports(self) -> tuple[Report, ...]:
        return ()

    def pull(self, report: Report, span: Span, grain: Grain, now: datetime) -> Iterator[Bucket]:
        return iter(())

    def entities(self) -> Iterator[Entity]:
        return iter(())

    def check(self) -> list[str]:
        return []

    def close(self) -> None:
        """Nothing to let go of."""


@pytest.fixture
def parts(store: Store) -> Parts:
    receivers = {name: Receiver(name, "console", ConsoleOptions()) for name in ("screen", "quiet")}
    return Parts(store, Policy(hash="0123abcd", receivers=receivers), [Configured()], {})


def scraped(parts: Parts, now: datetime = NOW) -> dict[str, Values]:
    """Every sample by its name, then by its label values in the order of their names."""
    found: dict[str, Values] = {}
    for family in text_string_to_metric_families(exposition(parts, now).decode("utf-8")):
        for sample in family.samples:
            key = tuple(value for _, value in sorted(sample.labels.items()))
            assert key not in found.setdefault(sample.name, {}), "a series that stands twice spoils the scrape"
            found[sample.name][key] = sample.value
    return found


def test_an_empty_installation_is_scraped_too(parts: Parts) -> None:
    found = scraped(parts)

    assert found["budgetbot_policy_info"] == {("0123abcd",): 1}
    assert found["budgetbot_build_info"] == {(__version__,): 1}
    assert found["budgetbot_lease_held"] == {(): 0}
    assert found["budgetbot_outbox_pending"] == {("screen",): 0, ("quiet",): 0}
    assert found["budgetbot_outbox_oldest_seconds"] == {("screen",): 0, ("quiet",): 0}
    assert set(found["budgetbot_alerts"].values()) == {0}
    assert len(found["budgetbot_alerts"]) == 6


def test_how_far_the_configured_sources_are_known(parts: Parts) -> None:
    parts.store.ledger.walk_done(SOURCE, "costs", NOW - HOUR, NOW)
    parts.store.ledger.walk_failed(SOURCE, "completions", "HTTP 500", NOW)
    parts.store.ledger.walk_done("taken-out", "costs", NOW, NOW)

    found = scraped(parts)

    assert found["budgetbot_source_data_through_timestamp_seconds"] == {("costs", SOURCE): (NOW - HOUR).timestamp()}
    assert found["budgetbot_source_pulled_timestamp_seconds"] == {("costs", SOURCE): NOW.timestamp()}


def test_when_each_job_was_last_done_is_known_after_a_restart(parts: Parts) -> None:
    parts.store.jobs.done("pull", NOW)
    parts.store.jobs.done("deliver", NOW - MINUTE)
    again = replace(parts, store=Store(parts.store._database))

    assert scraped(again)["budgetbot_last_success_timestamp_seconds"] == {
        ("pull",): NOW.timestamp(),
        ("deliver",): (NOW - MINUTE).timestamp(),
    }


def test_somebody_holds_the_lease(parts: Parts) -> None:
    parts.store.leases.acquire(SCHEDULER, "here|1|1|abcd", timedelta(seconds=15), lambda _: False)

    assert scraped(parts)["budgetbot_lease_held"] == {(): 1}


def test_what_waits_is_as_old_as_its_oldest(parts: Parts) -> None:
    early, late = notification("n1", created_at=NOW - HOUR), notification("n2", created_at=NOW + HOUR)
    owners = [notification(f"o{i}", receiver=f"owner:{i}@example.com", created_at=NOW - i * MINUTE) for i in (1, 2)]
    parts.store.alerts.record([], [early, notification("n3"), late, *owners], NOW)

    found = scraped(parts)

    assert found["budgetbot_outbox_pending"] == {("screen",): 2, ("quiet",): 0, ("owner",): 2}
    assert found["budgetbot_outbox_oldest_seconds"] == {("screen",): 3600, ("quiet",): 0, ("owner",): 120}


def test_what_came_to_an_end_is_counted_by_why_and_how(parts: Parts) -> None:
    post = Post(parts.store)
    told = [("n1", Reason.FIRST), ("n2", Reason.REPEAT), ("n3", Reason.REPEAT), ("n4", Reason.REPEAT)]
    post.queue(*(notification(key, reason=reason, thread=key) for key, reason in told))
    script = [
        None,
        failed(permanent=True, fault="auth_error"),
        failed(fault="server_error"),
        failed(fault="server_error"),
    ]

    post.work(Scripted("screen", script))
    found = scraped(parts)

    assert found["budgetbot_notifications_total"] == {("first", "screen", "sent"): 1, ("repeat", "screen", "dead"): 1}
    assert found["budgetbot_notifications_failed_total"] == {("auth_error", "screen"): 1, ("server_error", "screen"): 2}
    assert found["budgetbot_outbox_pending"][("screen",)] == 2

    post.clock.now += HOUR
    post.work(Scripted("screen", [failed(fault="server_error")]))
    again = scraped(parts)
    assert again["budgetbot_notifications_total"][("repeat", "screen", "sent")] == 1
    assert again["budgetbot_notifications_failed_total"][("server_error", "screen")] == 3


def test_open_alerts_are_counted_by_state_and_severity(parts: Parts) -> None:
    critical = [alert(id, severity=Severity.CRITICAL) for id in "ab"]
    over = alert("c", state="resolved", resolved_at=NOW, reason="corrected")
    parts.store.alerts.record([*critical, over, alert("d", state="pending")], [], NOW)

    found = scraped(parts)["budgetbot_alerts"]

    assert {key: value for key, value in found.items() if value} == {
        ("critical", "firing"): 2,
        ("warning", "pending"): 1,
    }


def budgeted(parts: Parts, **fields: object) -> Parts:
    levels = [{"at": "80%", "severity": "warning"}]
    each = {"name": "each", "amount": 100, "period": "month", "thresholds": levels, "each": ["project"]}
    return replace(parts, policy=replace(parts.policy, rules=(Budget.model_validate(each | fields),)))


def test_how_full_a_budget_is_stands_as_it_was_at_the_last_evaluation(parts: Parts) -> None:
    parts = budgeted(parts)
    parts.store.ledger.save(SOURCE, costs({"a": "25", "b": "150"}), NOW, LAG)
    evaluate(parts, NOW)
    parts.store.ledger.save(SOURCE, costs({"a": "99", "b": "150"}), NOW, LAG)

    assert scraped(parts)["budgetbot_budget_used_ratio"] == {("each", "project=b"): 1.5, ("each", "project=a"): 0.25}
    evaluate(parts, NOW + MINUTE)
    assert scraped(parts)["budgetbot_budget_used_ratio"][("each", "project=a")] == 0.99


@pytest.mark.parametrize("name", NASTY, ids=range(len(NASTY)))
def test_names_of_strangers_stay_inside_their_quotes(parts: Parts, name: str) -> None:
    parts = budgeted(parts)
    parts.store.ledger.save(SOURCE, costs({"proj_1": "50"}), NOW, LAG)
    parts.store.ledger.save_entities(SOURCE, [Entity(SOURCE, "project", "proj_1", name)], NOW)
    evaluate(parts, NOW)

    found = scraped(parts)

    (((budget, scope), ratio),) = found["budgetbot_budget_used_ratio"].items()
    assert (budget, ratio) == ("each", 0.5)
    assert scope.startswith("project=")
    assert "\n" not in scope


def test_two_that_share_a_name_are_told_apart_by_their_ids(parts: Parts) -> None:
    parts = budgeted(parts)
    parts.store.ledger.save(SOURCE, costs({"proj_1": "50", "proj_2": "20"}), NOW, LAG)
    same = [Entity(SOURCE, "project", id, "research") for id in ("proj_1", "proj_2")]
    parts.store.ledger.save_entities(SOURCE, same, NOW)
    evaluate(parts, NOW)

    assert scraped(parts)["budgetbot_budget_used_ratio"] == {
        ("each", "project=proj_1"): 0.5,
        ("each", "project=proj_2"): 0.2,
    }


def served(parts: Parts, token: SecretStr | None, headers: Sequence[tuple[str, str]] = ()) -> tuple[int, str, bytes]:
    with TestClient(web_app(api_of(Queries(parts, Clock(NOW))), token)) as client:
        answer = client.get("/metrics", headers=dict(headers))
    return answer.status_code, answer.headers["content-type"], answer.content


def test_it_is_served_in_the_text_format_behind_the_token(parts: Parts) -> None:
    token = SecretStr("a-long-random-text")

    assert served(parts, token)[0] == 401
    assert served(parts, None)[0] == 200
    status, kind, body = served(parts, token, [("Authorization", "Bearer a-long-random-text")])

    assert (status, kind) == (200, CONTENT_TYPE)
    assert CONTENT_TYPE == reference.CONTENT_TYPE_PLAIN_0_0_4
    assert body == exposition(parts, NOW)

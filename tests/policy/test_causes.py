"""Why what an alert tells of costs more than it did before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.compared import NO_USE, Use
from budgetbot.core.match import Match
from budgetbot.core.model import Alert, Json
from budgetbot.core.money import NANO, Nano, exact, nano
from budgetbot.core.period import Span
from budgetbot.policy.policy import Policy, Route
from budgetbot.policy.prospect import span_of, with_prospects
from budgetbot.policy.step import State, step
from budgetbot.rules.rule import Rule
from tests.standins.budgets import budget
from tests.standins.spend import Spend, fresh, history, series, usd, utc
from tests.standins.unusual import anomaly, burn_rate, hourly, since

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = utc("2026-11-20T09:00")
GPT: dict[str, Any] = {"api_key": "k1", "model": "gpt-5"}


def spoken(rules: Sequence[Rule], rows: Iterable[Spend], now: datetime = NOW, uses: Iterable[Use] = ()) -> list[Alert]:
    """The alerts that are told, with all that is told of them; `uses`: what was used, span after span."""
    policy = Policy(rules=tuple(rules), routes=(Route(Match(), ("team",)),))
    known, used = history(rows, [fresh(now)]), iter(uses)
    decision = step(policy, known, State(), now).decision
    assert span_of(policy, decision, now) is not None
    after = with_prospects(policy, decision, known, (), now, lambda span: next(used, NO_USE))
    return [one.alert for one in after.notifications if one.alert is not None]


def change(rule: Rule, rows: Iterable[Spend], now: datetime = NOW, uses: Iterable[Use] = ()) -> Any:
    """What the one alert says of it."""
    (alert,) = spoken([rule], rows, now, uses)
    return alert.evidence.get("change")


def causes(told: Any) -> list[tuple[Json, Json, Json]]:
    return [(row["ids"]["api_key"], row["kind"], row["amount"]) for row in told["why"]]


def days(first: str, count: int, dollars: int, **more: Any) -> list[Spend]:
    start = utc(first)
    return [usd(f"{start + i * DAY:%Y-%m-%d}", dollars, **more) for i in range(count)]


def test_a_month_so_far_is_compared_with_as_many_days_of_the_month_before() -> None:
    rows = [*days("2026-10-01", 31, 10, **GPT), *days("2026-11-01", 19, 50, **GPT)]

    told = change(budget(amount=900), rows)

    assert told["against"] == {"start": "2026-10-01T00:00:00Z", "end": "2026-10-20T00:00:00Z"}
    assert (told["before"], sum(nano(exact(row["amount"])) for row in told["why"])) == ("190.00", 760 * NANO)


def test_new_gone_volume_and_price_are_told_apart() -> None:
    old: dict[str, Any] = {"api_key": "k2", "model": "gpt-5"}
    rows = [*days("2026-10-01", 31, 10, **GPT), *days("2026-10-01", 31, 2, **old)]
    rows += [*days("2026-11-01", 19, 40, **GPT), *days("2026-11-01", 19, 9, api_key="k3", model="gpt-5")]
    uses = [{series("p1", **GPT): {"input_tokens": count}} for count in (100, 200)]

    told = change(budget(amount=900), rows, uses=uses)

    assert causes(told) == [
        ("k1", "volume", "285.00"),
        ("k1", "price", "285.00"),
        ("k3", "new", "171.00"),
        ("k2", "gone", "-38.00"),
    ]


def test_a_day_is_compared_with_the_same_weekday_a_week_before() -> None:
    one = series("p1", **GPT)
    rows = [Spend(one, NOW - i * HOUR, (20 if i <= 9 else 1) * NANO, length=HOUR) for i in range(1, 24 * 9)]

    told = change(budget(period="day", amount=100), rows)

    assert told["against"] == {"start": "2026-11-13T00:00:00Z", "end": "2026-11-13T09:00:00Z"}
    assert (told["before"], causes(told)) == ("9.00", [("k1", "volume", "171.00")])


def test_a_rolling_window_is_compared_with_the_one_before_it() -> None:
    rows = [*days("2026-11-01", 13, 10, **GPT), *days("2026-11-14", 6, 200, **GPT)]

    told = change(budget(period={"rolling": "7d"}), rows)

    assert told["against"] == {"start": "2026-11-07T00:00:00Z", "end": "2026-11-13T00:00:00Z"}
    assert told["before"] == "60.00"


def test_what_is_unusual_is_compared_with_the_mean_of_the_same_hours_of_the_weeks_before() -> None:
    rows = [*hourly("key_0", amount=since(NOW - HOUR, 60)), *hourly("key_1", 1), *hourly("key_2", 2)]

    (alert,) = spoken([anomaly()], rows)

    told: Any = alert.evidence["change"]
    assert told["against"] == {"start": "2026-11-13T08:00:00Z", "end": "2026-11-13T09:00:00Z", "weeks": 2}
    (row,) = told["why"]
    excess = nano(exact(alert.evidence["excess"]))
    assert abs(nano(exact(row["amount"])) - excess) < excess // 10


def test_a_burn_is_compared_with_the_weeks_before_its_longest_window() -> None:
    rule = burn_rate(of="usual", all=[{"over": "6h", "times": 6}, {"over": "30m", "times": 6}], min_impact=1)
    rows = [*hourly("key_0", amount=since(NOW - 6 * HOUR, 60)), *hourly("key_1", 1)]

    told = change(rule, rows)

    assert told["against"] == {"start": "2026-11-13T03:00:00Z", "end": "2026-11-13T09:00:00Z", "weeks": 2}


def test_of_a_burnt_budget_the_spend_of_that_budget_is_looked_at() -> None:
    rule = burn_rate(
        of="budget", budget="b", all=[{"over": "6h", "times": 6}, {"over": "30m", "times": 6}], min_impact=1
    )
    mine = budget(amount=10_000, match={"api_key": "key_0"})
    rows = [*hourly("key_0", amount=since(NOW - 6 * HOUR, 4_000)), *hourly("key_1", 1)]

    (alert,) = (one for one in spoken([mine, rule], rows) if one.kind == "burn_rate")

    told: Any = alert.evidence["change"]
    assert {row["ids"].get("api_key", "key_0") for row in told["why"]} == {"key_0"}


def test_what_is_older_than_what_is_known_is_no_comparison() -> None:
    assert change(budget(), days("2026-10-15", 36, 50)) is None
    assert change(budget(period={"from": "2026-11-01", "until": "2026-12-01"}), days("2026-09-01", 80, 50)) is None


def test_use_is_asked_for_once_for_each_span() -> None:
    asked: list[Span] = []
    policy = Policy(rules=(budget(each=["project"]),), routes=(Route(Match(), ("team",)),))
    known = history([row for p in ("a", "b") for row in days("2026-10-01", 50, 60, project=p)], [fresh(NOW)])

    def used(span: Span) -> Use:
        asked.append(span)
        return NO_USE

    with_prospects(policy, step(policy, known, State(), NOW).decision, known, (), NOW, used)

    assert asked == [
        Span(utc("2026-10-01"), utc("2026-10-20T00:00")),
        Span(utc("2026-11-01"), utc("2026-11-20T09:00")),
    ]


_AMOUNTS = st.lists(st.tuples(st.sampled_from(["k1", "k2", None]), st.integers(0, 10**13)), max_size=6)


@given(_AMOUNTS, _AMOUNTS.filter(lambda rows: sum(amount for _, amount in rows) >= 1000 * NANO))
def test_the_causes_sum_to_the_whole_change(
    before: list[tuple[str | None, Nano]], after: list[tuple[str | None, Nano]]
) -> None:
    both = (("2026-10-03", before), ("2026-11-03", after))
    rows = [Spend(series("p1", api_key=key), utc(day), amount) for day, parts in both for key, amount in parts]

    told = change(budget(), [usd("2026-09-30", 0), *rows])

    then, now = (sum(amount for _, amount in parts) for parts in (before, after))
    assert nano(exact(told["before"])) == then
    assert sum(nano(exact(row["amount"])) for row in told["why"]) == now - then


def test_weeks_of_which_only_days_are_known_are_no_comparison_of_hours() -> None:
    weeks_ago = [usd("2026-10-30", 240, api_key="key_0", model="gpt-5"), usd("2026-10-23", 240, api_key="key_0")]
    rows = [*weeks_ago, *hourly("key_0", amount=since(NOW - HOUR, 60)), *hourly("key_1", 1)]

    (alert,) = spoken([anomaly(each=[])], rows)

    told: Any = alert.evidence["change"]
    assert told["against"]["weeks"] == 2
    key = next(driver for driver in alert.drivers if driver.id == "key_0")
    assert abs(key.amount - nano(exact(alert.evidence["excess"]))) < key.amount // 10


def test_a_reminder_tells_what_changed_by_then() -> None:
    rule, later = anomaly(), NOW + 2 * HOUR
    policy = Policy(rules=(rule,), routes=(Route(Match(), ("team",)),))
    calm = [row for n in (1, 2, 3) for row in hourly(f"key_{n}", n, until=later)]
    known = history([*hourly("key_0", until=later, amount=since(NOW - HOUR, 60)), *calm], [fresh(later)])
    before: dict[str, Json] = {"before": "1.00", "against": {}, "why": []}

    decision = step(policy, known, State(), later).decision
    old = [
        replace(one, alert=replace(one.alert, evidence={**one.alert.evidence, "change": before, "told": ["nobody"]}))
        for one in decision.notifications
        if one.alert is not None
    ]
    after = with_prospects(policy, replace(decision, notifications=tuple(old)), known, (), later)

    (alert,) = (one.alert for one in after.notifications if one.alert is not None)
    assert alert.evidence["change"] not in (before, None)
    assert alert.evidence["told"] == ["team"]


def test_the_change_leads_from_what_was_before_to_what_the_alert_says_is_spent() -> None:
    one, now = series("p1", **GPT), NOW + timedelta(minutes=40)
    live = Spend(one, NOW, 300 * NANO, length=HOUR)
    rows = [*days("2026-10-01", 31, 10, **GPT), *days("2026-11-01", 19, 50, **GPT), live]
    policy = Policy(rules=(budget(),), routes=(Route(Match(), ("team",)),))
    known = history(rows, [replace(fresh(now), complete_to=NOW)])

    after = with_prospects(policy, step(policy, known, State(), now).decision, known, (), now)

    (alert,) = (one.alert for one in after.notifications if one.alert is not None)
    told: Any = alert.evidence["change"]
    changed = sum(nano(exact(row["amount"])) for row in told["why"])
    assert nano(exact(told["before"])) + changed == nano(exact(alert.evidence["spent"])) == 1250 * NANO

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.core.history import History, Total
from budgetbot.core.match import EVERYTHING, LabelRule, Match, Patterns
from budgetbot.core.model import Driver, Entity, Part, Scope, Series, Watermark
from budgetbot.core.money import NANO
from budgetbot.core.period import Calendar, Span
from tests.standins.spend import Spend, history, series, usd, utc

NOVEMBER = Span(utc("2026-11-01"), utc("2026-12-01"))
HOUR = timedelta(hours=1)

amounts = st.integers(-(10**13), 10**13)
rows_of_a_month = st.lists(
    st.builds(
        Spend,
        st.builds(
            series,
            st.sampled_from([None, "p1", "p2"]),
            st.sampled_from(["openai", "openai-eu"]),
            model=st.sampled_from([None, "gpt-4o", "o3"]),
        ),
        st.integers(0, 45).map(lambda day: utc("2026-10-20") + timedelta(days=day)),
        amounts,
        st.integers(0, 10**12),
        length=st.just(timedelta(days=1)),
        currency=st.sampled_from(["USD", "EUR"]),
    ),
    max_size=30,
)


@given(rows_of_a_month)
def test_totals_are_the_sums_of_the_rows(rows: list[Spend]) -> None:
    expected: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        if row.currency == "USD" and row.start in NOVEMBER:
            key = Scope((Part("project", row.series.project, row.series.source),)).key
            expected[key][0] += row.billed
            expected[key][1] += row.estimated

    group = history(rows).group(EVERYTHING, ["project"])
    for scope, total in zip(group.scopes, group.totals(NOVEMBER, "USD"), strict=True):
        assert [total.billed, total.estimated] == expected.pop(scope.key, [0, 0])
        assert total.spent == total.billed + total.estimated
    assert not expected


@given(rows_of_a_month)
def test_groups_add_up_to_the_whole(rows: list[Spend]) -> None:
    known = history(rows)
    whole = sum(total.spent for total in known.group(EVERYTHING).totals(NOVEMBER, "USD"))

    for each in (["project"], ["model"], ["source", "model"], ["api_key"]):
        assert sum(total.spent for total in known.group(EVERYTHING, each).totals(NOVEMBER, "USD")) == whole


@given(rows_of_a_month, st.sampled_from(["project", "model", "source", "api_key", "line_item"]))
def test_drivers_add_up_to_the_whole_dearest_first(rows: list[Spend], dimension: str) -> None:
    group = history(rows).group(EVERYTHING)

    drivers = group.drivers(NOVEMBER, "USD", 0, dimension)

    assert sum(d.amount for d in drivers) == sum(total.spent for total in group.totals(NOVEMBER, "USD"))
    assert [d.amount for d in drivers] == sorted((d.amount for d in drivers), reverse=True)


@given(
    st.sampled_from(
        ["UTC", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Kiritimati", "Antarctica/Troll"]
    ).map(ZoneInfo),
    st.sampled_from([utc("2026-03-01"), utc("2026-10-20"), utc("2026-04-01"), utc("2027-03-20")]),
    st.sampled_from(["day", "week", "month"]).map(Calendar),  # type: ignore[arg-type]
)
def test_every_day_of_the_bill_counts_once_over_consecutive_periods(
    zone: ZoneInfo, first: datetime, unit: Calendar
) -> None:
    days = [first + timedelta(days=i) for i in range(45)]
    group = history(Spend(series("p1"), day, 1 << i) for i, day in enumerate(days)).group(EVERYTHING)

    seen, moment = 0, days[0] - timedelta(days=2)
    while moment < days[-1] + timedelta(days=2):
        period = unit.at(moment, zone)
        total = group.totals(period.span, "USD")[0].billed
        assert not seen & total
        seen, moment = seen | total, period.span.end

    assert seen == (1 << len(days)) - 1


@pytest.mark.parametrize("day", ["2026-03-08", "2026-11-01"])
def test_a_local_day_of_23_or_25_hours_holds_the_utc_day_that_it_mostly_covers(day: str) -> None:
    span = Calendar("day").at(utc(day) + timedelta(hours=17), ZoneInfo("America/New_York")).span

    assert history([usd(day, 7)]).group(EVERYTHING).totals(span, "USD") == [Total(7 * NANO, 0, 7 * NANO, 7 * NANO)]


def test_a_day_of_the_bill_is_not_in_any_of_its_hours() -> None:
    known = history([usd("2026-11-20", 24), Spend(series("p1"), utc("2026-11-20T12:00"), 1, length=HOUR)])
    noon = Calendar("hour").at(utc("2026-11-20T12:30"), ZoneInfo("UTC")).span

    assert [t.spent for t in known.group(EVERYTHING).totals(noon, "USD")] == [1]


def test_an_hour_counts_in_the_local_day_that_holds_it() -> None:
    hours = [Spend(series("p1"), utc("2026-11-20") + i * HOUR, 1 << i, length=HOUR) for i in range(24)]
    day = Calendar("day").at(utc("2026-11-20T12:00"), ZoneInfo("America/New_York")).span

    assert history(hours).group(EVERYTHING).totals(day, "USD")[0].billed == sum(1 << i for i in range(5, 24))


def test_a_rename_keeps_the_scope() -> None:
    rows = [usd("2026-11-20", 5)]
    before = history(rows, entities=[Entity("openai", "project", "p1", "Research")]).group(EVERYTHING, ["project"])
    after = history(rows, entities=[Entity("openai", "project", "p1", "R&D")]).group(EVERYTHING, ["project"])

    assert [s.key for s in before.scopes] == [s.key for s in after.scopes]
    assert before.scopes[0].names == {"project": "Research"}
    assert after.scopes[0].names == {"project": "R&D"}
    assert after.scopes[0].ids == {"project": "p1"}


def test_two_projects_of_one_name_stay_two() -> None:
    twins = [Entity("openai", "project", id, "Research") for id in ("p1", "p2")]
    group = history([usd("2026-11-20", 5, "p1"), usd("2026-11-20", 7, "p2")], entities=twins)

    assert [t.spent for t in group.group(EVERYTHING, ["project"]).totals(NOVEMBER, "USD")] == [5 * NANO, 7 * NANO]


def test_one_id_at_two_sources_is_two_scopes_and_one_model_is_one() -> None:
    known = history([usd("2026-11-20", n, "default", source=s, model="o3") for n, s in ((1, "a"), (2, "b"))])

    assert [t.spent for t in known.group(EVERYTHING, ["project"]).totals(NOVEMBER, "USD")] == [NANO, 2 * NANO]
    assert [t.spent for t in known.group(EVERYTHING, ["model"]).totals(NOVEMBER, "USD")] == [3 * NANO]


def test_what_has_no_project_is_a_scope_of_its_own() -> None:
    known = history([usd("2026-11-20", 5, "p1"), usd("2026-11-20", 7, None), usd("2026-11-20", 9, "")])
    group = known.group(EVERYTHING, ["project"])

    assert [scope.ids["project"] for scope in group.scopes] == ["p1", None, ""]
    assert [scope.names["project"] for scope in group.scopes] == ["p1", None, ""]
    assert len({scope.key for scope in group.scopes}) == 3
    assert [t.spent for t in group.totals(NOVEMBER, "USD")] == [5 * NANO, 7 * NANO, 9 * NANO]


@given(st.lists(st.tuples(*[st.one_of(st.none(), st.text("ab&=/%", max_size=6))] * 2), unique=True, max_size=8))
def test_scopes_have_different_keys_whatever_their_ids_look_like(ids: list[tuple[str | None, str | None]]) -> None:
    scopes = [Scope((Part("model", model), Part("line_item", item))) for model, item in ids]

    assert len({scope.key for scope in scopes}) == len(scopes)


def test_an_id_cannot_be_made_to_look_like_another_scope() -> None:
    one = Scope((Part("model", "a&line_item=/=b"), Part("line_item", "c")))
    other = Scope((Part("model", "a"), Part("line_item", "b&line_item=/=c")))

    assert one.key != other.key


def test_labels_group_over_sources() -> None:
    labels = [
        LabelRule(EVERYTHING, (("team", "rest"),)),
        LabelRule(Match((("project", Patterns(("p1",))),)), (("team", "research"),)),
    ]
    rows = [usd("2026-11-20", 1, "p1", source="a"), usd("2026-11-20", 2, "p1", source="b"), usd("2026-11-20", 4, "p2")]
    group = history(rows, labels=labels).group(EVERYTHING, ["team"])

    assert [scope.ids for scope in group.scopes] == [{"team": "research"}, {"team": "rest"}]
    assert [t.spent for t in group.totals(NOVEMBER, "USD")] == [3 * NANO, 4 * NANO]


def test_only_what_matches_is_counted() -> None:
    known = history([usd("2026-11-20", 1, "p1", model="gpt-4o"), usd("2026-11-20", 2, "p1", model="o3")])
    group = known.group(Match((("model", Patterns(("gpt-*",))),)), ["project"])

    assert [t.spent for t in group.totals(NOVEMBER, "USD")] == [NANO]


def test_currencies_are_never_added() -> None:
    known = history([usd("2026-11-20", 1), Spend(series("p1"), utc("2026-11-20"), 5, currency="EUR")])
    group = known.group(EVERYTHING)

    assert [t.spent for t in group.totals(NOVEMBER, "USD")] == [NANO]
    assert [t.spent for t in group.totals(NOVEMBER, "EUR")] == [5]
    assert [t.spent for t in group.totals(NOVEMBER, "GBP")] == [0]
    assert group.currencies(NOVEMBER) == {"USD", "EUR"}
    assert group.currencies(Span(utc("2026-12-01"), utc("2027-01-01"))) == frozenset()


def test_drivers_name_the_owner_and_what_is_unattributed() -> None:
    names = [Entity("openai", "api_key", "k1", "ci", owner="dev@example.com")]
    rows = [usd("2026-11-20", 3, "p1", api_key="k1"), usd("2026-11-20", 4, "p1"), usd("2026-11-21", 2, api_key="k1")]

    drivers = history(rows, entities=names).group(EVERYTHING).drivers(NOVEMBER, "USD", 0, "api_key")

    assert drivers == [
        Driver("api_key", "k1", "ci", 5 * NANO, "dev@example.com"),
        Driver("api_key", None, None, 4 * NANO),
    ]


def test_drivers_are_those_of_one_scope() -> None:
    known = history([usd("2026-11-20", 3, "p1", model="o3"), usd("2026-11-20", 4, "p2", model="gpt-4o")])

    drivers = known.group(EVERYTHING, ["project"]).drivers(NOVEMBER, "USD", 1, "model")

    assert drivers == [Driver("model", "gpt-4o", None, 4 * NANO)]


def test_the_subject_of_a_scope_is_what_all_that_it_counts_has_in_common() -> None:
    names = [Entity("openai", "project", "p1", "Research")]
    known = history([usd("2026-11-20", 3, "p1", model="o3"), usd("2026-11-20", 4, "p1", model="gpt-4o")], (), names)

    assert known.group(EVERYTHING).subject(0) == {
        "provider": ("openai",),
        "source": ("openai",),
        "project": ("p1", "Research"),
    }
    assert known.group(EVERYTHING, ["model"]).subject(0)["model"] == ("o3",)
    assert history([]).group(EVERYTHING).subject(0) == {}


def mark(source: str, complete: str | None) -> Watermark:
    return Watermark(source, "costs", utc("2026-11-01"), utc(complete) if complete else None)


def test_history_is_complete_to_what_every_report_reaches() -> None:
    known = history([], [mark("a", "2026-11-20T09:00"), mark("b", "2026-11-19T12:00")])

    assert known.complete_to() == utc("2026-11-19T12:00")


def test_history_with_a_report_that_was_never_read_whole_is_complete_to_nothing() -> None:
    assert history([], [mark("a", "2026-11-20"), mark("b", None)]).complete_to() is None
    assert history([], [mark("a", None)]).settled_to(utc("2026-11-20")) is None
    assert history([]).complete_to() is None


@pytest.mark.parametrize(
    ("complete", "expected"), [("2026-11-20T09:00", "2026-11-18"), ("2026-11-15T12:00", "2026-11-15")]
)
def test_days_are_settled_when_two_days_old_and_read(complete: str, expected: str) -> None:
    assert history([], [mark("a", complete)]).settled_to(utc("2026-11-20T09:30")) == utc(expected)


def test_a_history_without_rows_has_nothing_to_say() -> None:
    group = History((), (), history([]).facts).group(EVERYTHING, ["project"])

    assert group.scopes == ()
    assert group.totals(NOVEMBER, "USD") == []
    assert Series("openai", "openai") == series()

"""Why spend changed, as a person reads it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgetbot.chat.telling.reply import spend_text
from budgetbot.core.change import Cause, Change, Reason
from budgetbot.core.compared import NO_USE, Use
from budgetbot.core.model import Entity, Json
from budgetbot.core.money import NANO
from budgetbot.core.spend import answer
from budgetbot.core.why import fewer, why
from budgetbot.notifiers.wording_why import alert_why, why_text, worth_why
from tests.chat.organisation import NOW, asked
from tests.standins.spend import Spend, fresh, history, series, usd

DAYS = ("2026-11-18", "2026-11-19")


def told(words: str, *spent: Spend, used: tuple[Use, Use] = (NO_USE, NO_USE), name: str = "ci-1") -> str:
    """The line that says why."""
    data = history(spent, [fresh(NOW)], [Entity("openai", "api_key", "k1", name, owner="ana@example.com")])
    query = asked(words)
    lines = spend_text(answer(query, data, "USD", NOW, used=used), query).splitlines()
    return "\n".join(line for line in lines if line.startswith("Why"))


def cause(id: str | None, kind: Reason, cents: int, *, owner: str | None = None, measured: bool = True) -> Cause:
    return Cause("api_key", id, id, owner, kind, cents * NANO // 100, measured)


def line(*causes: Cause) -> str:
    return why_text(rows(Change(sum(one.amount for one in causes), causes)), "18 Nov 2026", "USD")


def rows(change: Change) -> list[dict[str, Json]]:
    return [one for one in why(change) if isinstance(one, dict)]


def test_the_causes_are_one_line_under_the_comparison() -> None:
    before = [usd(DAYS[0], 20, api_key="k2", model="m"), usd(DAYS[0], 5, api_key="k3", model="m")]
    after = [usd(DAYS[1], 80, api_key="k1"), usd(DAYS[1], 48, api_key="k2", model="m")]
    use = tuple({series("p1", api_key="k2", model="m"): {"input_tokens": count}} for count in (100, 250))

    said = told("why yesterday", *before, *after, used=(use[0], use[1]))

    assert said == (
        "Why: +$103.00 against 18 Nov 2026: key ci-1 is new, +$80.00 (owner ana@example.com); "
        "key k2 volume +$29.40, price -$1.40; key k3 is gone, -$5.00"
    )


def test_what_is_left_out_is_the_rest() -> None:
    spent = [usd(DAYS[1], 2**n, api_key=f"k{n + 2}") for n in range(7)]

    assert told("why yesterday", *spent).endswith("key k4 is new, +$4.00; the rest +$3.00")


def test_without_usage_it_says_that_none_is_known() -> None:
    spent = [usd(DAYS[0], 5, api_key="k2"), usd(DAYS[1], 7, api_key="k2")]

    assert "key k2 +$2.00 with no usage known" in told("why yesterday", *spent)


def test_spend_without_a_key_is_said_so() -> None:
    said = line(cause("k1", "mix", 200), cause(None, "volume", 100), cause("k2", "mix", 1))

    assert (
        said == "Why: +$3.01 against 18 Nov 2026: key k1 mix +$2.00; spend without key volume +$1.00; the rest +$0.01"
    )


def test_no_change_needs_no_why() -> None:
    assert told("why yesterday", usd(DAYS[0], 5), usd(DAYS[1], 5)) == ""
    assert told("yesterday vs previous", usd(DAYS[1], 5)) == ""


def test_less_than_a_cent_is_said_so() -> None:
    spent = Spend(series("p1", api_key="k1"), usd(DAYS[1], 0).start, 1_000_000)

    assert told("why yesterday", spent) == "Why: less than a cent changed against 18 Nov 2026"


def test_names_from_outside_stay_one_visible_line() -> None:
    said = told("why yesterday", usd(DAYS[1], 5, api_key="k1"), name="a\x1b[31m\n\u202eb" + "x" * 200)

    assert "\x1b" not in said
    assert "\u202e" not in said
    assert said.count("\n") == 0
    assert len(said) < 200


@given(st.lists(st.integers(-(10**13), 10**13), min_size=1, max_size=12, unique=True))
def test_the_printed_amounts_add_up_to_the_cent(amounts: list[int]) -> None:
    causes = tuple(Cause("api_key", f"k{n}", f"k{n}", None, "volume", one) for n, one in enumerate(amounts))
    said = why_text(rows(Change(sum(amounts), causes)), "then", "USD")

    if said.startswith("Why: less than a cent") or not said:
        assert abs(sum(amounts)) <= NANO // 200
    else:
        first, _, rest = said.partition(" against then: ")
        printed = sum((dollars(one.split()[-1]) for one in rest.split("; ")), Decimal())
        assert printed == dollars(first.removeprefix("Why: "))
        assert abs(printed * NANO - sum(amounts)) <= NANO // 200


def dollars(shown: str) -> Decimal:
    return Decimal(shown.replace("$", "").replace(",", ""))


def evidence(*rows: dict[str, Json], before: str = "100.00", **against: Json) -> dict[str, Json]:
    """Of an alert whose change is known."""
    month: dict[str, Json] = {"start": "2026-10-01T00:00:00Z", "end": "2026-10-21T00:00:00Z"}
    return {"currency": "USD", "change": {"before": before, "against": {**month, **against}, "why": [*rows]}}


LARGE_TO_SMALL = tuple(cause(f"k{n}", "volume", 100 * n, owner="lead@example.com") for n in (5, 4, 3, 2))
CAUSES = rows(Change(14 * NANO, LARGE_TO_SMALL))


def test_an_alert_tells_its_three_largest_causes_with_their_owner_and_what_all_others_come_to() -> None:
    assert worth_why(evidence(*CAUSES), 3) == (
        "Why: +$14.00 against 1 Oct to 20 Oct",
        (
            "key k5 volume +$5.00 (owner lead@example.com)",
            "key k4 volume +$4.00 (owner lead@example.com)",
            "key k3 volume +$3.00 (owner lead@example.com)",
            "the rest +$2.00",
        ),
    )


def test_what_it_is_compared_with_is_told_to_the_hour_or_as_the_mean_of_weeks() -> None:
    hours = evidence(*CAUSES, start="2026-11-13T08:00:00Z", end="2026-11-13T09:00:00Z")

    assert alert_why(hours, 3)[0] == "Why: +$14.00 against 13 Nov 08:00 UTC to 13 Nov 09:00 UTC"
    assert alert_why(evidence(*CAUSES, weeks=4), 3)[0] == "Why: +$14.00 against the mean of the 4 weeks before"


def test_a_change_of_hardly_anything_is_told_on_request_only() -> None:
    hardly = evidence(*CAUSES, before="281.00")

    assert (worth_why(hardly, 3), alert_why(hardly, 3)[0] != "") == (("", ()), True)
    assert worth_why(evidence(*CAUSES, before="280.00"), 3)[0]


@pytest.mark.parametrize("change", [None, "text", [], {}, {"why": "text"}, {"before": "x", "why": [{"amount": "1"}]}])
def test_an_alert_whose_change_is_not_known_says_nothing_of_it(change: Json) -> None:
    assert worth_why({"currency": "USD", "change": change}, 3) == ("", ())


@given(st.lists(st.integers(-(10**12), 10**12), max_size=9), st.integers(0, 9))
def test_fewer_causes_have_the_same_sum(amounts: list[int], most: int) -> None:
    known = rows(
        Change(sum(amounts) * NANO, tuple(cause(str(n), "volume", 100 * one) for n, one in enumerate(amounts)))
    )

    kept = fewer(known, most)

    assert sum(Decimal(str(row["amount"])) for row in kept) == sum(Decimal(str(row["amount"])) for row in known)
    assert len([row for row in kept if not row.get("other")]) <= most


def test_the_largest_causes_are_kept_in_their_order() -> None:
    causes = tuple(cause(f"k{n}", "volume", 100 * n) for n in (3, 1, -5, 2))

    kept = fewer(rows(Change(NANO, causes))[::-1], 2)

    assert [(row.get("ids"), row["amount"]) for row in kept] == [
        ({"api_key": "k3"}, "3.00"),
        ({"api_key": "k-5"}, "-5.00"),
        (None, "3.00"),
    ]

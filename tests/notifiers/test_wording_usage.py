"""Counts read as counts, and a model without a price is told with its fix."""

from __future__ import annotations

from dataclasses import replace

from budgetbot.chat.telling.reply import budgets_text
from budgetbot.core.alert_row import alert_row
from budgetbot.core.model import Alert, Driver, Json, Part, Scope
from budgetbot.core.money import NANO
from budgetbot.core.notification import Reason
from budgetbot.core.summary import alert_summary
from budgetbot.core.unit import Unit, unit_of
from budgetbot.notifiers.wording import message
from budgetbot.notifiers.wording_digest import digest_message
from tests.notifiers.samples import ALERT, DIGEST, NOW, notify, resolved

COUNTS: dict[str, Json] = {
    "spent": "8400",
    "billed": "8400",
    "estimated": "0",
    "low": "8400",
    "high": "8400",
    "amount": "10000",
    "effective_amount": "10000",
    "line": "8000",
    "currency": None,
    "metric": "images",
    "fraction": 0.84,
    "per_day_left": "1600",
}
IMAGES: Alert = replace(
    ALERT,
    kind="usage_budget",
    rule="images-daily",
    line=8000,
    evidence={**ALERT.evidence, **COUNTS},
    drivers=(Driver("api_key", "key_1", "web-images", 6000 * NANO),),
)
UNPRICED: Alert = replace(
    ALERT,
    kind="policy",
    rule="unpriced-usage",
    level="unpriced",
    scope=Scope((Part("source", "openai"), Part("model", "gpt-9"))),
    period="since-2026-11-21T09:00:00Z",
    start=None,
    end=None,
    drivers=(),
    labels={},
    evidence={"source": "openai", "model": "gpt-9", "counted_at": "the dearest sibling's price"},
)


def test_a_usage_budget_reads_in_counts_and_never_in_money() -> None:
    spoken = message(notify(IMAGES))

    assert spoken.summary == "Warning: research 8,400 of 10,000 images (84 %), Nov 2026; 80% of images-daily"
    assert spoken.title == "images-daily reached 80%"
    assert spoken.lead == "images-daily has passed 80%: 8,400 of 10,000 images (84 %) in Nov 2026."
    assert spoken.facts[1:4] == (
        ("Used", "8,400 of 10,000 images (84 %)"), ("Level", "80% = 8,000 images"), ("Left per day", "1,600 images"),
    )  # fmt: skip
    assert spoken.drivers == ("api key web-images: 6,000 images (71 %)",)
    assert "$" not in spoken.plain()


def test_its_end_reads_in_counts_too() -> None:
    spoken = message(resolved(IMAGES, spent="7000"))

    assert spoken.lead.endswith("images-daily is at 7,000 of 10,000 images (70 %) in Nov 2026, below 80% again.")
    assert message(notify(IMAGES, Reason.REPEAT)).title == "images-daily is still over 80%"


def test_the_row_of_its_alert_holds_whole_counts() -> None:
    row = alert_row(IMAGES, NOW)

    assert [driver["amount"] for driver in row["drivers"]] == ["6000"]  # type: ignore[index,union-attr,call-overload]
    assert alert_row(ALERT, NOW)["drivers"][0]["amount"] == "400.00"  # type: ignore[index,call-overload]


def test_a_digest_and_a_reply_tell_counts() -> None:
    row: dict[str, Json] = {
        **COUNTS,
        "name": "images-daily",
        "scope": {},
        "state": "firing",
        "period": {"start": "2026-11-21T00:00:00Z", "end": "2026-11-22T00:00:00Z"},
    }

    told = digest_message({**DIGEST, "budgets": [row]}).budgets
    assert told == (("images-daily", "8,400 images", "10,000 images", "84 %", "firing"),)
    assert "images-daily  8,400 of 10,000 images   84 %  firing  1,600 images" in budgets_text([row], NOW)


def test_a_model_without_a_price_is_told_with_what_to_write() -> None:
    spoken = message(notify(UNPRICED))

    assert spoken.title == "gpt-9 has no price"
    assert spoken.lead == (
        "gpt-9 of openai is used and has no price, so until the bill is in it counts at the dearest sibling's price. "
        'Add it to the policy, money per million tokens: prices: [{model: "gpt-9", input: ..., output: ...}]'
    )
    assert alert_summary(UNPRICED) == "Warning: gpt-9 has no price; estimated by the dearest of openai; unpriced-usage"


def test_its_end_says_why() -> None:
    spoken = message(resolved(UNPRICED))

    assert spoken.title == "gpt-9: unpriced use is over"
    assert spoken.lead == "gpt-9 of openai has a price now, or is no longer used."


def test_a_hostile_name_of_a_model_cannot_break_what_to_write() -> None:
    hostile = replace(UNPRICED, evidence={**UNPRICED.evidence, "model": 'x", input: 0}] \x1b[31m#'})

    spoken = message(notify(hostile))

    assert '{model: "x\\", input: 0}]' in spoken.lead
    assert spoken.plain().replace("\n", "").isprintable()


def test_a_unit_is_the_metric_where_there_is_one_and_else_the_currency() -> None:
    assert unit_of({"currency": None, "metric": "input_tokens"}).show(1_234 * NANO) == "1,234 input tokens"
    assert unit_of({"currency": "EUR"}).limit(1_000 * NANO) == "€1,000"
    assert unit_of({}) == Unit("USD")
    assert (Unit("images", counts=True).plain(5 * NANO), Unit("USD").plain(5 * NANO)) == ("5", "5.00")

"""Late changes of closed days, in the words of digests and alerts."""

from __future__ import annotations

from budgetbot.core.model import Json
from budgetbot.notifiers.wording import message
from budgetbot.notifiers.wording_digest import digest_message
from tests.notifiers.samples import DIGEST, resolved

ROWS: list[Json] = [{"source": "openai", "day": "2026-03-03", "change": "41.20", "currency": "USD"}]


def test_a_digest_says_which_closed_day_changed_by_how_much() -> None:
    lead = digest_message({**DIGEST, "restated": ROWS}).lead

    assert lead.endswith(" 3 March changed by +$41.20 after it closed.")
    assert digest_message({**DIGEST, "restated": []}).lead == digest_message(DIGEST).lead


def test_an_alert_whose_evidence_tells_of_restatements_says_so() -> None:
    assert "The bill of 3 March changed by +$41.20 after it closed." in message(resolved(restated=ROWS)).lead


def test_evidence_of_another_shape_says_nothing() -> None:
    assert "changed by" not in message(resolved(restated="<!channel>")).lead

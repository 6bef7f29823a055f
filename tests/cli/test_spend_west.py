"""Local days west of UTC, where a day of the bill begins before the local day that it mostly covers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.installation import POLICY, Installation
from tests.store.samples import LAG, SOURCE, costs

MARCH = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["America/New_York", "America/Los_Angeles", "UTC", "Europe/Berlin"])
@pytest.mark.parametrize("words", ["2026-03-01", "2026-03", "2026-03-02 vs previous"])
def test_the_first_day_that_is_asked_about_is_there(tmp_path: Path, zone: str, words: str) -> None:
    bot = Installation(tmp_path)
    bot.write(f"{POLICY}defaults: {{timezone: {zone}}}\n")
    with bot.store() as store:
        store.ledger.save(SOURCE, costs({"a": "10"}, MARCH), MARCH, LAG)

    for known in ([], ["--as-of", "2026-03-09"]):
        said = bot.json("spend", *words.split(), *known)
        assert (said["compare"] or said)["total"] == "10.00"

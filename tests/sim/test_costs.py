"""The bill: exact, and equal to what was used at the published prices."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx

from budgetbot.sim.organisation import Organisation
from budgetbot.sim.price import PRICES
from budgetbot.sim.server import serve
from tests.sim.world import COSTS, DAY, NOW, TODAY, USAGE, Hand, Json, get, rows, seconds

YESTERDAY = {"start_time": seconds(TODAY - DAY), "end_time": seconds(TODAY)}
MILLION = Decimal(1_000_000)


@contextmanager
def reading(organisation: Organisation, **options: Any) -> Iterator[httpx.Client]:
    with (
        serve(organisation, **options) as address,
        httpx.Client(base_url=address.base_url, headers={"Authorization": f"Bearer {address.admin_key}"}) as connection,
    ):
        yield connection


def test_tokens_at_the_published_prices_are_the_bill_to_the_last_digit(client: httpx.Client) -> None:
    expected: defaultdict[str, Decimal] = defaultdict(Decimal)
    groups = ["model", "batch", "service_tier"]
    for report in ("completions", "decisions"):
        for row in rows(client, USAGE + report, **YESTERDAY, **{"group_by[]": groups}):
            prices = PRICES[row["model"]]
            share = Decimal("0.5") if row["batch"] or row["service_tier"] == "flex" else Decimal(1)
            for component, tokens in (
                ("input", row["input_tokens"] - row["input_cached_tokens"]),
                ("cached input", row["input_cached_tokens"]),
                ("output", row["output_tokens"]),
            ):
                expected[f"{row['model']}, {component}"] += tokens * prices[component] * share / MILLION

    billed = {
        row["line_item"]: row["amount"]["value"]
        for row in rows(client, COSTS, **YESTERDAY, group_by="line_item")
        if row["line_item"] in expected
    }

    assert billed == dict(expected)
    assert len(billed) == 9


def test_every_grouping_of_the_bill_has_the_same_total(client: httpx.Client, organisation: Organisation) -> None:
    (truth,) = organisation.total(TODAY - DAY, TODAY).values()

    for group_by in ([], ["project_id"], ["line_item", "api_key_id"], ["user_id", "api_source", "project_id"]):
        found = rows(client, COSTS, **YESTERDAY, **{"group_by[]": group_by})

        assert sum(row["amount"]["value"] for row in found) == truth, group_by


def test_by_key_by_user_and_by_line_item_the_bill_is_the_ground_truth(
    client: httpx.Client, organisation: Organisation
) -> None:
    for by, field in (("api_key", "api_key_id"), ("user", "user_id"), ("line_item", "line_item")):
        found = {row[field]: row["amount"]["value"] for row in rows(client, COSTS, **YESTERDAY, group_by=field)}

        truth = organisation.total(TODAY - DAY, TODAY, by=by)  # type: ignore[arg-type]
        assert {key: value for key, value in found.items() if value} == truth


def test_quantity_and_unit_are_there_only_by_line_item(client: httpx.Client) -> None:
    by_item = {row["line_item"]: row for row in rows(client, COSTS, **YESTERDAY, group_by="line_item")}
    by_project = list(rows(client, COSTS, **YESTERDAY, group_by="project_id"))
    (embedded,) = rows(client, USAGE + "embeddings", **YESTERDAY)

    assert by_item["text-embedding-3-small, input"]["quantity"] == embedded["input_tokens"]
    assert {name: row["quantity_unit"] for name, row in by_item.items() if "," not in name} == {
        "gpt-image-1": "images",
        "tts-1": "characters",
        "whisper-1": "duration_seconds",
        "file search storage": "gibibyte_hours",
        "code interpreter sessions": None,
        "file search tool calls": None,
        "web search tool calls": None,
        "scale tier": "duration_seconds",
    }
    assert by_item["gpt-5, output"]["quantity_unit"] == "tokens"
    assert by_item["scale tier"]["quantity"] == 86400
    assert all(row["quantity"] is None and row["quantity_unit"] is None for row in by_project)


def test_free_use_is_a_row_with_an_amount_of_zero(client: httpx.Client) -> None:
    free = [row for row in rows(client, COSTS, **YESTERDAY, group_by="line_item") if not row["amount"]["value"]]

    assert [row["line_item"] for row in free] == ["omni-moderation-latest, input"]


def test_amounts_are_plain_json_numbers_in_full_precision(client: httpx.Client, organisation: Organisation) -> None:
    text = client.get(COSTS, params={**YESTERDAY, "group_by": "project_id"}).text

    written = re.findall(r'"value":([^,}]+),"currency":"usd"', text)
    truth = organisation.total(TODAY - DAY, TODAY, by="project")

    assert all(re.fullmatch(r"\d+\.\d+", number) for number in written)
    assert sorted(map(Decimal, written)) == sorted(truth.values())


def test_amounts_may_be_long_strings_instead(client: httpx.Client, organisation: Organisation) -> None:
    with reading(organisation, string_amounts=True) as other:
        as_strings = get(other, COSTS, **YESTERDAY, group_by="project_id")["data"][0]["results"]
    as_numbers = get(client, COSTS, **YESTERDAY, group_by="project_id")["data"][0]["results"]

    assert all(re.fullmatch(r"\d+\.\d{16}", row["amount"]["value"]) for row in as_strings)
    assert [Decimal(row["amount"]["value"]) for row in as_strings] == [row["amount"]["value"] for row in as_numbers]


def test_a_discount_is_taken_off_every_amount_exactly() -> None:
    listed = Organisation(history_days=2, clock=Hand(), runaway=None)
    cheaper = Organisation(history_days=2, clock=Hand(), runaway=None, discount=Decimal("0.0725"))

    with reading(cheaper) as client:
        found = {
            row["project_id"]: row["amount"]["value"] for row in rows(client, COSTS, **YESTERDAY, group_by="project_id")
        }

    truth = listed.total(TODAY - DAY, TODAY, by="project")
    assert found == {project: amount * Decimal("0.9275") for project, amount in truth.items()}
    assert found == cheaper.total(TODAY - DAY, TODAY, by="project")


def test_a_late_bill_shows_use_only_after_its_lag() -> None:
    clock = Hand()
    organisation = Organisation(history_days=3, clock=clock, runaway=None, bill_lag=timedelta(hours=12))
    full = organisation.total(TODAY - DAY, TODAY, billed=False)

    with reading(organisation) as client:
        today = get(client, COSTS, start_time=seconds(TODAY))["data"]
        before = [row["amount"]["value"] for row in rows(client, COSTS, **YESTERDAY)]
        used = list(rows(client, USAGE + "completions", start_time=seconds(TODAY)))
        clock.now = NOW + timedelta(hours=3)
        after = [row["amount"]["value"] for row in rows(client, COSTS, **YESTERDAY)]

    assert [bucket["results"] for bucket in today] == [[]]
    assert used
    assert before[0] < after[0] == full[None]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not() -> None:
    def read(seed: int) -> list[str]:
        with reading(Organisation(seed, history_days=10, clock=Hand())) as client:
            hours: Json = {"start_time": seconds(TODAY), "bucket_width": "1h", "group_by[]": ["api_key_id", "model"]}
            costs: Json = {"start_time": seconds(TODAY - 7 * DAY), "group_by[]": ["project_id", "line_item"]}
            return [
                client.get(USAGE + "completions", params=hours).text,
                client.get(COSTS, params=costs).text,
                client.get("organization/projects").text,
                client.get("organization/users").text,
            ]

    one, again, other = read(1), read(1), read(2)

    assert one == again
    assert all(mine != theirs for mine, theirs in zip(one, other, strict=True))
    assert json.loads(one[1])["data"][0]["results"]

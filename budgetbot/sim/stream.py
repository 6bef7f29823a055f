"""A stream of use: one combination of all dimensions, with its mean rate, its sizes and its life."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeAlias

import numpy as np

from budgetbot.sim.habit import HABITS, Habit
from budgetbot.sim.roster import ApiKey, Project, Roster, User

Dimensions: TypeAlias = Mapping[str, str | bool | None]

_HALF: Final = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Stream:
    """`priced_as` and `share` say which price applies, and which part of it; `until` is when the stream ends."""

    family: str
    dimensions: Dimensions
    rate: float
    sizes: Mapping[str, float]
    profile: str
    priced_as: str
    share: Decimal = Decimal(1)
    until: datetime | None = None


def streams(roster: Roster, seed: int, *, decisions: bool) -> list[Stream]:
    """Every stream of the organisation, in a fixed order."""
    made = [
        _stream(project, key, habit, _scale(seed, key), index)
        for project in roster.projects
        for key in project.keys
        for index, habit in enumerate(HABITS[key.purpose])
    ]
    made += _oddities(roster)
    if decisions:
        made += _decisions(roster)
    return made


def _scale(seed: int, key: ApiKey) -> float:
    """How busy this key is beside others of its purpose."""
    if key.purpose == "agent":
        return 1.0
    draw = np.random.default_rng([seed, int(key.id[-12:], 16)])
    return float(np.exp(draw.normal(0.0, 0.4)))


def _stream(project: Project, key: ApiKey, habit: Habit, scale: float, index: int) -> Stream:
    ends = [moment for moment in (project.archived_at, key.deleted_at) if moment]
    who = {
        "project_id": project.id,
        "api_key_id": None if habit.shared else key.id,
        "user_id": key.owner.id if isinstance(key.owner, User) and not habit.shared else None,
    }
    what: dict[str, str | bool | None] = {
        "model": habit.model or None,
        "batch": habit.batch,
        "service_tier": habit.tier,
        "api_source": "agents_api" if habit.agents else "unlabeled",
        **habit.extra,
    }
    if habit.family == "file_search_calls":
        what["vector_store_id"] = f"vs_{project.id[-16:]}{index}"
    return Stream(
        family=habit.family,
        dimensions={**who, **what},
        rate=habit.rate * scale,
        sizes=habit.sizes,
        profile=habit.profile,
        priced_as=habit.priced_as or habit.model,
        share=_HALF if habit.batch or habit.tier == "flex" else Decimal(1),
        until=min(ends, default=None),
    )


def _oddities(roster: Roster) -> Iterator[Stream]:
    """A key too old to be tracked, so that its use has neither key nor user; and a commitment billed to no project."""
    project = roster.projects[min(4, len(roster.projects) - 2)]
    (habit,) = HABITS["tools"]
    nobody = {"project_id": project.id, "api_key_id": None, "user_id": None, "model": habit.model}
    rest: dict[str, str | bool | None] = {"batch": False, "service_tier": "default", "api_source": "unlabeled"}
    yield Stream("completions", {**nobody, **rest}, habit.rate / 3, habit.sizes, "office", habit.model)
    nowhere: dict[str, str | bool | None] = dict.fromkeys(("project_id", "api_key_id", "user_id"))
    yield Stream("commitment", {**nowhere, "api_source": "unlabeled"}, 3600.0, {}, "flat", "scale tier")


def _decisions(roster: Roster) -> Iterator[Stream]:
    project = roster.projects[0]
    (habit,) = HABITS["tools"]
    yield _stream(project, project.keys[-1], replace(habit, family="decisions"), 0.5, 0)

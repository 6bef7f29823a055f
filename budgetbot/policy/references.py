"""Checks that every name leads somewhere: dimensions, labels, receivers, sources; and that no two things share one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from budgetbot.core.match import NONE, Match
from budgetbot.core.model import DIMENSIONS
from budgetbot.policy.draft import Draft, Entry
from budgetbot.policy.entry_fields import ROUTE_FIELDS
from budgetbot.policy.mistakes import Mistake, unknown
from budgetbot.policy.pagers import pages
from budgetbot.policy.policy import OWNER
from budgetbot.policy.schema import SourceEntry
from budgetbot.rules.fields import patterns
from budgetbot.rules.wrong import Way

_NAMED = {
    "receiver": "receivers",
    "digest": "digests",
    "drill": "drills",
    "source": "sources",
    "escalation": "escalations",
    "time window": "time_windows",
    "planned window": "planned",
    "calendar": "holidays",
}
"""What the entries of a section are called."""


def check_names(draft: Draft) -> Iterator[Mistake]:
    """Names are unique: over all kinds of rules, and within each other section whose entries have names."""
    groups = {"rule": draft.rules} | {what: draft.of(section) for what, section in _NAMED.items()}
    for what, entries in groups.items():
        first: dict[str, Entry] = {}
        for entry in entries:
            if entry.name is None:
                continue
            other = first.setdefault(entry.name, entry)
            if other is not entry:
                words = f"the name `{entry.name}` is taken at {other.where}; give each {what} a name of its own"
                yield entry.mistake(("name",), words)
            elif what == "receiver" and entry.name == OWNER:
                yield entry.mistake(("name",), "`owner` means whoever owns the spend; write another name")


def check_receivers(draft: Draft) -> Iterator[Mistake]:
    """Every `to` and `notify` names a receiver; `owner` where the alert says who that is. No digest is a page."""
    pagers = _pagers(draft)
    for entry in [*draft.rules, *draft.of("routes", "digests", "drills", "escalations")]:
        for way, name in [*entry.texts("to", "notify"), *_of_steps(entry)]:
            if name != OWNER:
                yield from _declared(draft, entry, way, "receiver", name)
                if entry.section == "digests" and name in pagers:
                    yield entry.mistake(way, f"`{name}` wakes people and takes no digests; name another receiver")
            elif entry.section not in ("routes", "escalations"):
                yield entry.mistake(way, "`owner` is known of an alert on its route alone; name a receiver here")


def _pagers(draft: Draft) -> set[str]:
    written = [(entry.name, entry.model) for entry in draft.of("receivers") if entry.model is not None]
    return {name for name, model in written if name and any(pages(getattr(model, k)) for k in model.model_fields_set)}


def _of_steps(entry: Entry) -> Iterator[tuple[Way, str]]:
    steps = entry.get("steps")
    for i, step in enumerate(steps if isinstance(steps, list) else ()):
        to = step.get("to") if isinstance(step, Mapping) else None
        for j, name in enumerate(to if isinstance(to, list) else ()):
            if isinstance(name, str):
                yield ("steps", i, "to", j), name


def check_routes_lead(draft: Draft) -> Iterator[Mistake]:
    """Every route names escalations and time windows that there are."""
    for entry in draft.of("routes"):
        if isinstance(escalation := entry.get("escalation"), str):
            yield from _declared(draft, entry, ("escalation",), "escalation", escalation)
        for way, name in entry.texts("active", "muted"):
            yield from _declared(draft, entry, way, "time window", name)


def _declared(draft: Draft, entry: Entry, way: Way, what: str, name: str) -> Iterator[Mistake]:
    section = _NAMED[what]
    known = draft.names(section)
    if name not in known and section not in draft.unsure:
        hint = f"write one of {', '.join(sorted(known))}" if known else f"declare it under {section}"
        yield entry.mistake(way, unknown(what, name, known, hint))


def check_fields(draft: Draft) -> Iterator[Mistake]:
    """Every match, each and group_by speaks of dimensions, or of labels that are set somewhere."""
    if "labels" in draft.unsure:
        return
    known = {*DIMENSIONS, *draft.labels}
    for entry in draft.entries:
        more = ROUTE_FIELDS if entry.section in ("routes", "silences") else ()
        for way, match in _matches(entry):
            for name in match:
                if name not in known and name not in more:
                    yield entry.mistake((*way, name), _unknown_field(name, {*known, *more}), at_key=True)
        seen: set[tuple[str | int, str]] = set()
        for way, name in entry.texts("each", "group_by"):
            if name not in known:
                yield entry.mistake(way, _unknown_field(name, known))
            elif (way[0], name) in seen:
                yield entry.mistake(way, f"`{name}` stands twice; remove one")
            seen.add((way[0], name))


def _matches(entry: Entry) -> Iterator[tuple[Way, Mapping[str, object]]]:
    match = entry.get("match")
    if isinstance(match, Mapping):
        yield ("match",), match
    overrides = entry.get("overrides")
    for i, override in enumerate(overrides if isinstance(overrides, list) else ()):
        match = override.get("match") if isinstance(override, Mapping) else None
        if isinstance(match, Mapping):
            yield ("overrides", i, "match"), match


def _unknown_field(name: str, known: Collection[str]) -> str:
    return unknown("dimension or label", name, known, "write a dimension such as project, or set the label in labels")


def check_sources(draft: Draft, types: Collection[str]) -> Iterator[Mistake]:
    """No account is read twice, and a freshness rule watches a source that can exist."""
    accounts: dict[tuple[str, str | None], Entry] = {}
    for entry in draft.of("sources"):
        if isinstance(entry.model, SourceEntry):
            other = accounts.setdefault((entry.model.type, entry.model.key_env), entry)
            if other is not entry and other.name != entry.name:
                words = f"reads the same account as `{other.name}`, so its spend counts twice; name another key_env"
                yield entry.mistake((), words)
    known = {*types, *draft.names("sources")}
    for entry in draft.of("freshness"):
        wanted = entry.get("source")
        if not isinstance(wanted, str) or "sources" in draft.unsure:
            continue
        try:
            match = Match((("source", patterns(wanted)),))
        except ValueError as mistake:
            yield entry.mistake(("source",), str(mistake))
            continue
        if wanted == NONE or not any(match.meets({"source": (name,)}) for name in known):
            yield entry.mistake(
                ("source",), unknown("source", wanted, known, f"write one of {', '.join(sorted(known))}")
            )

"""What a match means in the ledger: nothing, everything, or how many scopes."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from budgetbot.core.match import Match, Patterns
from budgetbot.core.model import DIMENSIONS
from budgetbot.core.text import clean
from budgetbot.policy.lint.remark import Remark
from budgetbot.policy.lint.survey import Survey
from budgetbot.rules import Rule
from budgetbot.rules.fields import patterns
from budgetbot.rules.freshness import Freshness
from budgetbot.rules.usage_budget import UsageBudget


def check_matches(survey: Survey) -> Iterator[Remark]:
    """Rules that mean nothing of what was spent, or all of it."""
    for rule in survey.rules:
        match = getattr(rule, "match", None)
        if isinstance(rule, Freshness):
            yield from _source(survey, rule)
        elif isinstance(match, Match) and match.fields:
            found = survey.counted(rule) & survey.seen
            if not found and not _is_used(survey, rule, match):
                yield _nothing(survey, rule, match)
            elif found == survey.seen:
                yield _everything(survey, rule, match)


def _subject(survey: Survey, series: int) -> dict[str, tuple[str, ...]]:
    return survey.history.directory.subject(survey.history.series[series])


def _is_used(survey: Survey, rule: Rule, match: Match) -> bool:
    """Use may be known where spend is not."""
    used = survey.history.usage.get(rule.metric) if isinstance(rule, UsageBudget) else None
    return used is not None and bool(used.group(match).scopes)


def _nothing(survey: Survey, rule: Rule, match: Match) -> Remark:
    since = f"since {survey.begins}"
    subjects = [_subject(survey, i) for i in survey.seen]
    for name, one in match.fields:
        values = {value for subject in subjects for value in subject.get(name, ())}
        if any(one.meet(subject.get(name, ())) for subject in subjects):
            continue
        text = ", ".join(one.wanted) or "what is left"
        if _assigned(survey, name, one):
            words = f"no spend {since} has {name} {text}; nothing to do where that is as it should be"
            return survey.of_rule("matches-nothing", "note", rule, words)
        near = next((n for w in one.wanted for n in get_close_matches(w, sorted(values), 1, 0.6)), None)
        hint = f"did you mean {clean(near, 60)}?" if near else "correct the match, or take the rule out"
        return survey.of_rule("matches-nothing", "error", rule, f"no spend {since} has {name} {text}; {hint}")
    fields = " and ".join(sorted(match.names))
    words = f"no spend {since} has all of {fields} as the match wants them; correct the match, or take the rule out"
    return survey.of_rule("matches-nothing", "error", rule, words)


def _assigned(survey: Survey, name: str, wanted: Patterns) -> bool:
    """Whether the policy gives such a label to something, so that it is not misspelt."""
    values = (value for rule in survey.policy.labels for label, value in rule.labels if label == name)
    return bool(wanted.wanted) and any(wanted.meet((value,)) for value in values)


def _everything(survey: Survey, rule: Rule, match: Match) -> Remark:
    if any(one.unwanted for _, one in match.fields):
        words = "its `not` leaves nothing out: it counts all spend; correct it, or set the label that is missing"
        return survey.of_rule("matches-everything", "warning", rule, words)
    words = "its match counts all spend there is, as none at all would; leave it out if that is meant to stay so"
    return survey.of_rule("matches-everything", "note", rule, words)


def _source(survey: Survey, rule: Freshness) -> Iterator[Remark]:
    wanted = Match((("source", patterns(rule.source)),))
    history = survey.history
    known = {mark.source for mark in history.watermarks} | {history.series[i].source for i in survey.seen}
    if not any(wanted.meets({"source": (name,)}) for name in known):
        words = f"no source named {rule.source} was ever read; there are {', '.join(sorted(known))}"
        yield survey.of_rule("matches-nothing", "error", rule, words)


def check_labels(survey: Survey) -> Iterator[Remark]:
    """Label rules that label nothing: a budget by that label counts too little."""
    rules = survey.policy.labels
    unmet = set(range(len(rules)))
    for i in survey.seen:
        subject = {name: values for name, values in _subject(survey, i).items() if name in DIMENSIONS}
        for number, rule in enumerate(rules):
            if rule.match.meets(subject):
                unmet.discard(number)
                subject.update((name, (value,)) for name, value in rule.labels)
    for number in sorted(unmet):
        given = ", ".join(f"{name} {value}" for name, value in rules[number].labels)
        words = f"no spend since {survey.begins} matches, so nothing gets {given}; correct the match"
        yield survey.of("matches-nothing", "warning", "labels", number, words)

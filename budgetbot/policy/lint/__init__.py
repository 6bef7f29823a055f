"""A policy against reality: what of it is dead, blind or doubled, given what was spent in the last two months. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import chain

from budgetbot.core.history import History
from budgetbot.policy.lint import budgets, matching, parts, routes
from budgetbot.policy.lint.coverage import check_coverage, check_owners, coverage
from budgetbot.policy.lint.remark import Coverage, Level, Remark, Report, Share
from budgetbot.policy.lint.survey import Survey, lint_span
from budgetbot.policy.policy import Policy

__all__ = ["Coverage", "Level", "Remark", "Report", "Share", "lint", "lint_span"]


def lint(policy: Policy, history: History, now: datetime, lacking: Mapping[str, str]) -> Report:
    """Everything there is to remark. `history` holds `lint_span`; `lacking`: what a receiver needs and has not."""
    survey = Survey(policy, history, now, lacking)
    found = coverage(survey)
    remarks = chain(
        routes.check_routes(survey),
        parts.check_receivers(survey),
        parts.check_elsewhere(survey),
        parts.check_sources(survey),
        parts.check_ends(survey),
    )
    if found is not None:
        remarks = chain(
            remarks,
            matching.check_matches(survey),
            matching.check_labels(survey),
            routes.check_reach(survey),
            budgets.check_budgets(survey),
            check_coverage(survey, found),
            check_owners(survey),
        )
    return Report(tuple(sorted(remarks, key=lambda remark: remark.order)), found)

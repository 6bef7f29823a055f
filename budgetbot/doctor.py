"""What `budgetbot doctor` looks at: every part on its own, so that one fault does not hide another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from budgetbot import notifiers
from budgetbot.app import policy_of, sources_of, store_of
from budgetbot.chat.slack.app_check import check_app
from budgetbot.checkup import Line, heartbeat, work
from budgetbot.core.instant import iso
from budgetbot.core.notification import Notification, Reason
from budgetbot.errors import BudgetbotError, DeliveryError, UsageError
from budgetbot.notifiers.options import Options
from budgetbot.policy.policy import Policy
from budgetbot.settings import Settings
from budgetbot.sources import configured
from budgetbot.store.schema import HEAD


def examine(settings: Settings, now: datetime) -> list[Line]:
    """Settings, policies, database, the work itself, sources and receivers."""
    lines: list[Line] = []
    policy: list[Policy] = []
    lines += _tried(f"policies ({settings.budgetbot_policies})", lambda: policy.append(policy_of(settings)))
    database = _tried("database", lambda: _database(settings), f"schema {HEAD}")
    lines += database
    if policy and not any(line.wrong for line in database):
        names = frozenset(spec.name for spec in configured(policy[0].sources, settings))
        with store_of(settings) as store:
            lines += work(store, names, now)
    lines.append(heartbeat(settings.budgetbot_heartbeat_url))
    if not policy:
        return lines
    lines += _sources(settings, policy[0])
    lines += check_app(settings)
    for receiver in policy[0].receivers.values():
        notifier = notifiers.build(receiver.name, receiver.kind, receiver.options, settings)
        note = receiver.options.unasked if isinstance(receiver.options, Options) else ""
        lines += _checked(f"receiver {receiver.name} ({receiver.kind})", notifier.check, note)
        notifier.close()
    return lines


def posted(settings: Settings, name: str, now: datetime) -> Line:
    """A test message to one receiver of the policy, outside the outbox. Raises UsageError for an unknown one."""
    known = policy_of(settings).receivers
    if name not in known:
        raise UsageError(f"there is no receiver {name}; the policy has {', '.join(known) or 'none'}")
    receiver = known[name]
    notifier = notifiers.build(receiver.name, receiver.kind, receiver.options, settings)
    test = Notification(f"doctor:{name}:{iso(now)}", name, Reason.TEST, f"doctor/{name}", now)
    try:
        notifier.send(test, None)
    except DeliveryError as error:
        return Line(f"test message to {name}", str(error))
    finally:
        notifier.close()
    return Line(f"test message to {name}", note="it was taken; look there whether you see it")


def _database(settings: Settings) -> None:
    with store_of(settings) as store:
        store.alerts.open()


def _sources(settings: Settings, policy: Policy) -> list[Line]:
    try:
        with store_of(settings) as store:
            found = sources_of(settings, policy, store)
            lines = [line for s in found for line in _checked(f"source {s.name} ({s.provider})", s.check)]
            for source in found:
                source.close()
    except BudgetbotError as error:
        return [Line("sources", str(error))]
    return lines or [Line("sources", "none is configured; set OPENAI_ADMIN_KEY to an admin key")]


def _checked(what: str, check: Callable[[], list[str]], note: str = "") -> list[Line]:
    try:
        return [Line(what, problem) for problem in check()] or [Line(what, note=note)]
    except BudgetbotError as error:
        return [Line(what, str(error))]


def _tried(what: str, action: Callable[[], object], note: str = "") -> list[Line]:
    try:
        action()
    except BudgetbotError as error:
        return [Line(what, line) for line in str(error).splitlines()]
    return [Line(what, note=note)]

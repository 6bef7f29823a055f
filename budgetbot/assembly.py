"""From a policy to the parts that a cycle works with; what an earlier policy asked for likewise is kept as it is."""

from __future__ import annotations

from budgetbot import notifiers, sources
from budgetbot.cycle import Parts
from budgetbot.errors import UsageError
from budgetbot.notifiers import Notifier
from budgetbot.notifiers.owner import OwnerNotifier
from budgetbot.policy.elsewhere import addressed
from budgetbot.policy.policy import OWNER, Policy, SourceSpec
from budgetbot.prices import price_book
from budgetbot.settings import Settings
from budgetbot.sources import Source
from budgetbot.store import Store


def assembled(settings: Settings, policy: Policy, store: Store, kept: Parts | None = None) -> Parts:
    """What a policy asks for; what `kept` has of it unchanged is taken over, with its connections.

    Raises UsageError where a source has no key.
    """
    same = kept is not None and kept.policy.prices == policy.prices
    return Parts(
        store=store,
        policy=policy,
        sources=sources.build(policy.sources, settings, store.ledger.memory, _kept_sources(settings, kept)),
        notifiers=_notifiers(settings, policy, kept),
        prices=kept.prices if kept is not None and same else price_book(policy.prices),
        uncounted=sources.uncounted(policy.sources, settings),
    )


def lacking(settings: Settings, policy: Policy, kept: Parts | None = None) -> list[str]:
    """The variables without which receivers that `kept` does not have cannot work, a line each; owners are one."""
    known = kept.policy.receivers if kept is not None else {}
    found = [
        f"receiver {r.name}: {variable} is not set; set it and restart, or take the receiver out of the policy"
        for r in policy.receivers.values()
        if known.get(r.name) != r
        for variable in notifiers.missing(r.kind, settings, r.options)
    ]
    leads = OWNER in addressed(policy) and not (kept is not None and OWNER in addressed(kept.policy))
    lack = owners_lack(settings) if leads else None
    return [*found, f"receiver {OWNER}: {lack}; set it and restart, or name another receiver"] if lack else found


def owners_lack(settings: Settings) -> str | None:
    """Why owners cannot be told; None where they can. With SMTP_URL they are told by mail, else in Slack."""
    if settings.smtp_url and notifiers.missing("email", settings):
        return "EMAIL_FROM is not set"
    if not settings.smtp_url and notifiers.missing("slack", settings):
        return "neither SMTP_URL nor SLACK_BOT_TOKEN is set"
    return None


def refuse_lacking(settings: Settings, policy: Policy) -> None:
    """Raises UsageError where a receiver cannot work: what is routed to it would reach nobody."""
    found = lacking(settings, policy)
    if found:
        raise UsageError("\n".join(found))


def _kept_sources(settings: Settings, kept: Parts | None) -> dict[SourceSpec, Source]:
    if kept is None:
        return {}
    built = {source.name: source for source in kept.sources}
    declared = sources.configured(kept.policy.sources, settings)
    return {spec: built[spec.name] for spec in declared if spec.name in built}


def _notifiers(settings: Settings, policy: Policy, kept: Parts | None) -> dict[str, Notifier]:
    known = kept.policy.receivers if kept is not None else {}
    built = kept.notifiers if kept is not None else {}
    found = {
        name: built[name] if known.get(name) == r else notifiers.build(r.name, r.kind, r.options, settings)
        for name, r in policy.receivers.items()
    }
    return {**found, OWNER: built.get(OWNER) or OwnerNotifier(OWNER, settings)}

"""The words of all that is unusual: anomalies, newcomers and burn rates; None of what their evidence does not tell."""

from __future__ import annotations

from collections.abc import Sequence

from budgetbot.core.model import Alert
from budgetbot.core.notification import Notification
from budgetbot.core.summary import subject
from budgetbot.core.text import clean
from budgetbot.core.unusual import burn, unusual
from budgetbot.notifiers.wording_anomaly import anomaly_facts, anomaly_lead, anomaly_title
from budgetbot.notifiers.wording_burn import burn_facts, burn_lead, burn_title


def unusual_title(notification: Notification, alert: Alert, who: str) -> str | None:
    """A headline of a few words."""
    if found := unusual(alert):
        return anomaly_title(notification, alert, found, who)
    rate = burn(alert)
    return burn_title(notification, alert, rate, who) if rate else None


def unusual_lead(notification: Notification, alert: Alert, who: str, why: str) -> str | None:
    """What happened, in whole sentences."""
    if found := unusual(alert):
        return anomaly_lead(notification, alert, found, who, why)
    rate = burn(alert)
    return burn_lead(notification, alert, rate, who, why) if rate else None


def unusual_facts(alert: Alert) -> list[tuple[str, str]] | None:
    """Labelled values."""
    if found := unusual(alert):
        return anomaly_facts(alert, found)
    rate = burn(alert)
    return burn_facts(alert, rate) if rate else None


def named_among(leader: Alert, others: Sequence[Alert]) -> str | None:
    """The one of the others that names who is unusual, with its model and owner, in a sentence.

    None where the alert that speaks is of that kind itself.
    """
    known = [alert for alert in others if alert.kind != "burn_rate" and alert.scope.parts and unusual(alert)]
    if not known or leader.kind in {"anomaly", "new"}:
        return None
    alert = max(known, key=lambda one: (len(one.scope.parts), -one.line, one.id))
    model = next((driver.name or driver.id for driver in alert.drivers if driver.dimension == "model"), None)
    owner = alert.evidence.get("owner") or alert.labels.get("owner")
    about = [f"model {clean(model, 60)}"] if model else []
    about += [f"owner {clean(str(owner), 80)}"] if owner else []
    told, more = unusual(alert), f" ({', '.join(about)})" if about else ""
    return f"{subject(alert)}: {told.short}{more}." if told else None

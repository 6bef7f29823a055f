"""Notifications full of what no name should hold."""

from __future__ import annotations

from dataclasses import replace

from budgetbot.core.model import Driver, Json, Part, Scope
from budgetbot.core.money import NANO
from budgetbot.core.notification import Notification, Reason
from tests.notifiers.samples import ALERT, RULE, cause, notify

NASTY = (
    "x" * 5000,
    "a\r\nX-Injected: yes\r\n\r\n{}",
    "nul\x00 bell\x07 esc\x1b[31m",
    "\u202eevil\u2066\u200b",
    "\ud800 half a pair \udfff",
    '","event_action":"resolve"',
    "😀" * 400,
    " \t\n",
    "a,b,c",
)


def nasty(text: str, reason: Reason = Reason.FIRST) -> Notification:
    """A notification whose every foreign text is `text`."""
    alert = replace(
        ALERT,
        rule=text,
        level=text,
        period=text,
        scope=Scope((Part("project", text, "openai", text), Part("api_key", text, "openai", None))),
        drivers=(Driver("model", text, text, 400 * NANO, text),) * 6,
        labels={"team": text, "owner": text},
        acknowledged_by=text,
    )
    rule = replace(RULE, name=text, description=text, where=text, runbook=f"https://wiki.example.com/{text}")
    told = notify(alert, reason, key=f"{text}:fired:0:pager", rule=rule, others=(text,))
    change: dict[str, Json] = {"before": "1.00", "against": {"weeks": text}, "why": [cause(text, text, "900.00", text)]}
    evidence = {**alert.evidence, "complete_to": text, "fraction": text, "change": change}
    return replace(told, alert=replace(alert, evidence=evidence))

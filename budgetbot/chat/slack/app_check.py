"""Whether the Slack app is set up so that people can ask and click: token, scopes, and one way in."""

from __future__ import annotations

from pydantic import SecretStr

from budgetbot.chat.slack.manifest import wanted_scopes
from budgetbot.checkup import Line
from budgetbot.notifiers.slack_api import SlackApi, SlackError, scopes
from budgetbot.settings import Settings

_WITHOUT = {
    "chat:write": "nothing can be posted",
    "chat:write.public": "the bot has to be invited to every channel",
    "commands": "/spend and /budget are not there",
    "files:write": "there are no pictures where Slack draws no charts",
    "channels:read": "channels cannot be checked",
    "groups:read": "private channels cannot be checked",
    "channels:history": "a message whose answer was lost may be posted twice",
    "groups:history": "in private channels a message whose answer was lost may be posted twice",
    "im:write": "owners get no direct messages",
    "users:read": "`me` and the Home tab do not know who asks",
    "users:read.email": "`me`, the Home tab and owners by address do not know who is who",
    "usergroups:read": "access by user groups lets nobody in",
}
_WHAT = "Slack app"
_FIX = "update the app from `budgetbot slack manifest` and install it again"


def check_app(settings: Settings) -> list[Line]:
    """Nothing where Slack is not used; else a line for each thing."""
    token = settings.slack_bot_token
    if token is None:
        return []
    return [*_token(token, settings.slack_api_url), *_way_in(settings)]


def _token(token: SecretStr, url: str) -> list[Line]:
    try:
        answer = SlackApi(token, url, 10).call("auth.test")
    except SlackError as error:
        return [Line(f"{_WHAT}, SLACK_BOT_TOKEN", str(error))]
    missing = sorted(wanted_scopes() - scopes(answer))
    if not missing:
        return [Line(f"{_WHAT}, scopes")]
    said = "; ".join(f"without {name}, {_WITHOUT.get(name, 'some things do not work')}" for name in missing)
    needed = "chat:write" in missing
    told = f"{said}; {_FIX}"
    return [Line(f"{_WHAT}, scopes", told if needed else None, "" if needed else told)]


def _way_in(settings: Settings) -> list[Line]:
    """Socket Mode or HTTP: without either, nobody can ask or click."""
    socket, secret = settings.slack_app_token, settings.slack_signing_secret
    lines: list[Line] = []
    if socket is not None:
        lines.append(_socket(socket, settings.slack_api_url))
    if secret is not None:
        text = secret.get_secret_value().strip()
        wrong = None if len(text) >= 16 else "SLACK_SIGNING_SECRET is too short; copy it from Basic Information"
        lines.append(Line(f"{_WHAT}, HTTP", wrong, "Slack must reach /slack/commands and /slack/interactions"))
    fix = "set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) for /spend, buttons and the Home tab"
    return lines or [Line(_WHAT, note=f"it only posts; {fix}")]


def _socket(token: SecretStr, url: str) -> Line:
    what = f"{_WHAT}, Socket Mode"
    if not token.get_secret_value().startswith("xapp-"):
        return Line(what, "SLACK_APP_TOKEN is no app-level token; it begins with xapp-")
    try:
        SlackApi(token, url, 10).call("apps.connections.open", json={})
    except SlackError as error:
        fix = "make an app-level token with the scope connections:write, and turn Socket Mode on"
        return Line(what, f"{error}; {fix}")
    return Line(what)

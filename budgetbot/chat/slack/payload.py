"""What Slack tells of what people do, checked. https://docs.slack.dev/reference/interaction-payloads"""

from __future__ import annotations

import json
from typing import Annotated, Any, TypeAlias
from urllib.parse import parse_qsl

from pydantic import BaseModel, Field, ValidationError

from budgetbot.chat.who import Who

Payload: TypeAlias = dict[str, Any]
Id = Annotated[str, Field(pattern="^[A-Z0-9]{1,40}$")]
_Words = Annotated[str, Field(max_length=200_000)]


class Origin(BaseModel):
    """Where it comes from: our app, the workspace, the workspace of the person, the organisation; "" for unknown."""

    app: str = ""
    team: str = ""
    user_team: str = ""
    enterprise: str = ""
    user: str = ""


class _Thing(BaseModel):
    id: str = ""


class _User(BaseModel):
    id: Id
    username: str = ""
    name: str = ""
    team_id: str | None = None


class Command(BaseModel):
    """A slash command; a form, where all is text."""

    command: str = Field(pattern="^/")
    user_id: Id
    text: _Words = ""
    user_name: str = ""
    team_id: str = ""
    enterprise_id: str = ""
    api_app_id: str = ""
    response_url: str = ""

    @property
    def who(self) -> Who:
        """Who typed it."""
        return Who(self.user_id, self.user_name, self.team_id)

    @property
    def origin(self) -> Origin:
        """Where it comes from."""
        return Origin(app=self.api_app_id, team=self.team_id, enterprise=self.enterprise_id, user=self.user_id)


class _Interaction(BaseModel):
    user: _User
    team: _Thing | None = None
    enterprise: _Thing | None = None
    api_app_id: str = ""
    trigger_id: str = ""

    @property
    def who(self) -> Who:
        """Who did it."""
        team = self.user.team_id or (self.team.id if self.team else "")
        return Who(self.user.id, self.user.name or self.user.username, team)

    @property
    def origin(self) -> Origin:
        """Where it comes from."""
        return Origin(
            app=self.api_app_id,
            team=self.team.id if self.team else "",
            user_team=self.user.team_id or "",
            enterprise=self.enterprise.id if self.enterprise else "",
            user=self.user.id,
        )


class _Option(BaseModel):
    value: str = ""


class Action(BaseModel):
    """A button, or what was chosen from a menu."""

    action_id: str
    value: str | None = None
    selected_option: _Option | None = None

    @property
    def chosen(self) -> str:
        """Its value."""
        return self.selected_option.value if self.selected_option else self.value or ""


class _State(BaseModel):
    values: dict[str, dict[str, Any]] = {}


class View(BaseModel):
    """A modal, or the Home tab."""

    id: str
    type: str
    callback_id: str = ""
    private_metadata: str = ""
    state: _State | None = None


class Click(_Interaction):
    """block_actions."""

    actions: list[Action] = Field(min_length=1)
    response_url: str = ""
    view: View | None = None


class Submission(_Interaction):
    """view_submission."""

    view: View

    @property
    def alert(self) -> str:
        """The alert that the modal was opened for; "" where it does not say."""
        try:
            return str(json.loads(self.view.private_metadata)["alert"])
        except (ValueError, LookupError, TypeError, RecursionError):
            return ""

    @property
    def inputs(self) -> dict[str, dict[str, Any]]:
        """By block id and action id."""
        return self.view.state.values if self.view.state else {}


class _HomeOpened(BaseModel):
    type: str
    user: Id
    tab: str = "home"


class Opened(BaseModel):
    """app_home_opened."""

    event: _HomeOpened
    team_id: str = ""
    enterprise_id: str | None = None
    api_app_id: str = ""

    @property
    def who(self) -> Who:
        """Who looks."""
        return Who(self.event.user, "", self.team_id)

    @property
    def origin(self) -> Origin:
        """Where it comes from."""
        return Origin(app=self.api_app_id, team=self.team_id, enterprise=self.enterprise_id or "", user=self.event.user)


Told: TypeAlias = Command | Click | Submission | Opened


_MODELS: dict[str, type[Click | Submission | Opened]] = {
    "block_actions": Click,
    "view_submission": Submission,
    "app_home_opened": Opened,
}


def payload_of(body: bytes) -> Payload:
    """The payload of a request over HTTP: JSON, a form with JSON in it, or a form. Raises ValueError for all else."""
    text = body.decode()
    if not text.startswith("{"):
        form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=100))
        if "payload" not in form:
            return dict(form)
        text = form["payload"]
    try:
        found = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def told(payload: Payload) -> Told | None:
    """What is told; None for what is sound but none of ours. Raises ValueError for nonsense."""
    event = payload.get("event")
    kind = event.get("type") if isinstance(event, dict) else payload.get("type")
    try:
        if "command" in payload:
            return Command.model_validate(payload)
        if not isinstance(kind, str):
            raise ValueError("without a type")
        return _MODELS[kind].model_validate(payload) if kind in _MODELS else None
    except ValidationError as error:
        fields = sorted({".".join(map(str, one["loc"][:1])) for one in error.errors(include_input=False)})
        raise ValueError(f"not as Slack tells it: {', '.join(fields)}") from None

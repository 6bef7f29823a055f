"""What a policy may say of a receiver, by kind."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from budgetbot.core.model import Severity
from budgetbot.http.address import address
from budgetbot.notifiers.apprise_service import INSTALL, installed
from budgetbot.policy.entry_fields import EnvNameField


class Options(BaseModel):
    """Unknown keys are errors.

    `pages`: it wakes people, so it takes no digests. `unasked`: what `doctor` cannot find out without disturbing them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
    pages: ClassVar[bool] = False
    unasked: ClassVar[str] = ""


def _channel(value: str) -> str:
    if re.fullmatch(r"#[^\sA-Z#@<>&,.:]{1,80}|[CGD][A-Z0-9]{6,20}", value):
        return value
    raise ValueError('not a Slack channel; write "#name" in lower case, or an id such as C0123ABCD')


def _address(value: str) -> str:
    if len(value) <= 254 and re.fullmatch(
        r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", value
    ):
        return value
    raise ValueError("not an e-mail address; write name@example.com")


def _web_address(value: str) -> str:
    if address(value) is not None:
        return value
    raise ValueError("not a web address; write https://HOST/PATH, without a user name")


class ConsoleOptions(Options):
    """The screen has no options."""


class SlackOptions(Options):
    """A Slack channel; the token comes from SLACK_BOT_TOKEN."""

    channel: Annotated[str, AfterValidator(_channel)]
    """ "#name", or the id of a channel."""


class EmailOptions(Options):
    """People by mail; the server comes from SMTP_URL, the sender from EMAIL_FROM."""

    to: list[Annotated[str, AfterValidator(_address)]] = Field(min_length=1)
    """Everyone who gets it; they see each other."""


class PagerDutyOptions(Options):
    """A service of PagerDuty; its integration key comes from PAGERDUTY_ROUTING_KEY, or from key_env."""

    pages: ClassVar[bool] = True
    unasked: ClassVar[str] = "whether PagerDuty knows the key shows with the first page"

    key_env: EnvNameField | None = None
    """The environment variable that holds the integration key."""
    severity: dict[Severity, Literal["info", "warning", "error", "critical"]] = Field(default_factory=dict)
    """PagerDuty's severity for one of ours, where it is not the same."""
    client_url: Annotated[str, AfterValidator(_web_address)] | None = None
    """Where an incident leads back to, such as a dashboard."""


class OpsgenieOptions(Options):
    """An API integration of Opsgenie or Jira Service Management; its key: OPSGENIE_API_KEY, or key_env."""

    pages: ClassVar[bool] = True

    key_env: EnvNameField | None = None
    """The environment variable that holds the key."""
    priority: dict[Severity, Literal["P1", "P2", "P3", "P4", "P5"]] = Field(default_factory=dict)
    """The priority of a severity; P1 for critical, P3 for warning and P5 for info where absent."""


class WebhookOptions(Options):
    """A web service that takes JSON by POST, signed where there is a secret."""

    unasked: ClassVar[str] = "nothing was posted"

    url_env: EnvNameField | None = None
    """The environment variable that holds the address; it may hold a secret."""
    url: Annotated[str, AfterValidator(_web_address)] | None = None
    """The address itself, where it holds no secret."""
    secret_env: EnvNameField | None = None
    """The environment variable that holds the secret for signatures; absent = not signed."""
    allow_http: bool = False
    """Whether http will do beyond this machine: everyone on the way can read along."""

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if (self.url is None) == (self.url_env is None):
            raise ValueError("a webhook has one address; write url_env: VARIABLE, or url: https://...")
        found = address(self.url) if self.url else None
        if found and found.scheme != "https" and not (found.loopback or self.allow_http):
            raise ValueError("the address is not https; write an https one, or allow_http: true")
        return self


class AppriseOptions(Options):
    """Any service that apprise knows, by its own address of it; needs the extra `apprise`."""

    unasked: ClassVar[str] = "nothing was posted"

    url_env: EnvNameField
    """The environment variable that holds the service's address, which is a secret."""

    @model_validator(mode="after")
    def _installed(self) -> Self:
        if not installed():
            raise ValueError(f"this kind of receiver needs apprise; {INSTALL}")
        return self


class TeamsOptions(AppriseOptions):
    """A channel of Microsoft Teams, by the address of a workflow that posts there; needs the extra `apprise`."""


class DiscordOptions(AppriseOptions):
    """A channel of Discord, by the address of its webhook; needs the extra `apprise`."""


class NtfyOptions(AppriseOptions):
    """A topic of ntfy, by its address; needs the extra `apprise`."""

"""What a policy may say of a receiver, by kind."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Options(BaseModel):
    """Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


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

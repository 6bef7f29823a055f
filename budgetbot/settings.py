"""What the environment says. Every secret also as NAME_FILE; `.env` is read too; nothing here is ever printed."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from budgetbot import secrecy
from budgetbot.errors import UsageError

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(value: object) -> object:
    """ "5m", "90s", "6h", "2d" as a timedelta; anything else is left for pydantic to refuse."""
    found = re.fullmatch(r"(\d+)([smhd])", value.strip()) if isinstance(value, str) else None
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else value


Duration = Annotated[timedelta, BeforeValidator(duration)]


class Settings(BaseSettings):
    """The environment, by the names of its variables."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True, frozen=True)

    budgetbot_database_url: str = "sqlite:///budgetbot.db"
    budgetbot_policies: Path = Path("policies")
    budgetbot_http_host: str = "127.0.0.1"
    budgetbot_http_port: int = Field(default=8080, ge=0, le=65535)
    budgetbot_web_token: SecretStr | None = None
    budgetbot_pull_interval: Duration = timedelta(minutes=5)
    budgetbot_log_level: Literal["debug", "info", "warning", "error"] = "info"
    budgetbot_log_format: Literal["console", "json"] = "console"
    budgetbot_heartbeat_url: SecretStr | None = None
    budgetbot_install: str = Field(default="budgetbot", pattern=r"^[A-Za-z0-9._-]{1,40}$")

    openai_admin_key: SecretStr | None = None
    openai_base_url: str = "https://api.openai.com/v1"

    anthropic_admin_key: SecretStr | None = None
    anthropic_base_url: str = "https://api.anthropic.com"

    arthur_api_key: SecretStr | None = None
    arthur_base_url: str = ""

    litellm_api_key: SecretStr | None = None
    litellm_base_url: str = ""

    openrouter_api_key: SecretStr | None = None
    openrouter_base_url: str = "https://openrouter.ai/api/v1"

    slack_bot_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"

    smtp_url: SecretStr | None = None
    email_from: str | None = None

    pagerduty_routing_key: SecretStr | None = None
    pagerduty_events_url: str = "https://events.pagerduty.com/v2/enqueue"
    pagerduty_webhook_secret: SecretStr | None = None

    opsgenie_api_key: SecretStr | None = None
    opsgenie_api_url: str = "https://api.opsgenie.com"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, NAME_FILE, and .env."""
        return init_settings, env_settings, SecretFiles(settings_cls, dotenv_settings), dotenv_settings


class SecretFiles(PydanticBaseSettingsSource):
    """Secrets from files: NAME_FILE holds the path, as container platforms mount them."""

    def __init__(self, settings_cls: type[BaseSettings], dotenv: PydanticBaseSettingsSource) -> None:
        super().__init__(settings_cls)
        env_file = dotenv.env_vars if isinstance(dotenv, DotEnvSettingsSource) else {}
        self._environment = {k.lower(): v for k, v in {**env_file, **os.environ}.items()}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The content of the file that NAME_FILE names. Raises UsageError where it cannot be read."""
        path = self._environment.get(f"{field_name}_file")
        if not path or SecretStr not in get_args(field.annotation):
            return None, field_name, False
        return read_secret(f"{field_name.upper()}_FILE", path), field_name, False

    def __call__(self) -> dict[str, Any]:
        """All secrets that come from files."""
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


def read_secret(variable: str, path: str) -> str:
    """The first line of a secret's file, without the newline."""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise UsageError(f"{variable}: cannot read {path} ({error.strerror}); name a readable file") from None


def secret(variable: str) -> SecretStr | None:
    """A secret that a policy names by its variable (key_env), or by VARIABLE_FILE."""
    value, path = os.environ.get(variable), os.environ.get(f"{variable}_FILE")
    if not value and path:
        value = read_secret(f"{variable}_FILE", path)
    if not value:
        return None
    secrecy.keep(value)
    return SecretStr(value)


def load_settings(**overrides: object) -> Settings:
    """The settings. Raises UsageError with one line a wrong variable; the value itself is never shown."""
    try:
        found = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [f"{str(e['loc'][0]).upper()}: {e['msg']}; mend the environment or .env" for e in error.errors()]
        raise UsageError("\n".join(lines)) from None
    secrecy.keep_password(found.budgetbot_database_url)
    for name in Settings.model_fields:
        value = getattr(found, name)
        if isinstance(value, SecretStr):
            secrecy.keep(value.get_secret_value())
    return found

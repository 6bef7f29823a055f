"""The shelf of providers: one file each. `pull` does the I/O, `parse` is pure. Adding one: a file, a line in KINDS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from pydantic import SecretStr

from budgetbot.core.model import Bucket, Entity
from budgetbot.core.period import Span
from budgetbot.errors import UsageError
from budgetbot.policy.policy import SourceSpec
from budgetbot.settings import Settings, secret

Grain: TypeAlias = Literal["day", "hour"]
Memory: TypeAlias = MutableMapping[str, str]
"""What a source remembers of its server from one run to the next."""


@dataclass(frozen=True, slots=True)
class Report:
    """One thing a source can be asked for; `name` names it in the ledger.

    A report whose `finest` grain is the hour is read by the hour for the recent past and by the day for old history.
    A cost report is read by the day; its buckets may tell usage too, where the provider tells both together.
    """

    name: str
    kind: Literal["cost", "usage"]
    finest: Grain = "hour"


class Source(Protocol):
    """One configured account of one provider."""

    name: str
    provider: str

    def reports(self) -> tuple[Report, ...]:
        """What can be asked for."""
        ...

    def pull(self, report: Report, span: Span, grain: Grain, now: datetime) -> Iterator[Bucket]:
        """Every whole bucket of `span` (aligned to bucket edges), in order, empty ones included.

        Raises SourceError when the walk cannot be finished; what was yielded until then is whole all the same.
        """
        ...

    def entities(self) -> Iterator[Entity]:
        """Names of projects, keys and users, archived ones included. Raises SourceError."""
        ...

    def check(self) -> list[str]:
        """What is wrong with credential or scope, each with its fix; empty where all is well (one cheap call)."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


def _openai(name: str, key: SecretStr, key_env: str, settings: Settings, memory: Memory) -> Source:
    from budgetbot.sources.openai import OpenAISource

    return OpenAISource(name, key, settings.openai_base_url, key_env=key_env, memory=memory)


def _anthropic(name: str, key: SecretStr, key_env: str, settings: Settings, memory: Memory) -> Source:
    from budgetbot.sources.anthropic import AnthropicSource

    return AnthropicSource(name, key, settings.anthropic_base_url, key_env=key_env, memory=memory)


def _arthur(name: str, key: SecretStr, key_env: str, settings: Settings, memory: Memory) -> Source:
    from budgetbot.sources.arthur import ArthurSource

    return ArthurSource(name, key, settings.arthur_base_url, key_env=key_env, memory=memory)


def _litellm(name: str, key: SecretStr, key_env: str, settings: Settings, memory: Memory) -> Source:
    from budgetbot.sources.litellm import LiteLLMSource

    return LiteLLMSource(name, key, settings.litellm_base_url, key_env=key_env, memory=memory)


def _openrouter(name: str, key: SecretStr, key_env: str, settings: Settings, memory: Memory) -> Source:
    from budgetbot.sources.openrouter import OpenRouterSource

    return OpenRouterSource(name, key, settings.openrouter_base_url, key_env=key_env)


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One provider on the shelf: the variable that holds its key by default, and how it is built.

    `gateway`: what it bills, the providers behind it bill too.
    """

    key_env: str
    build: Callable[[str, SecretStr, str, Settings, Memory], Source]
    gateway: bool = False


KINDS: dict[str, SourceKind] = {
    "openai": SourceKind("OPENAI_ADMIN_KEY", _openai),
    "anthropic": SourceKind("ANTHROPIC_ADMIN_KEY", _anthropic),
    "openrouter": SourceKind("OPENROUTER_API_KEY", _openrouter),
    "litellm": SourceKind("LITELLM_API_KEY", _litellm, gateway=True),
    "arthur": SourceKind("ARTHUR_API_KEY", _arthur),
}


def build(
    specs: Sequence[SourceSpec],
    settings: Settings,
    memory: Callable[[str], Memory],
    kept: Mapping[SourceSpec, Source] | None = None,
) -> list[Source]:
    """The declared sources, and for every provider whose variable alone is set the source named like it.

    Those that are `kept` are not built again. Raises UsageError where a declared source has no key.
    """
    return [(kept or {}).get(spec) or _built(spec, settings, memory) for spec in configured(specs, settings)]


def configured(specs: Sequence[SourceSpec], settings: Settings) -> list[SourceSpec]:
    """What the policy declares, and what the environment implies."""
    taken = {(spec.type, spec.key_env or KINDS[spec.type].key_env) for spec in specs}
    implied = [
        SourceSpec(name=name, type=name, key_env=kind.key_env)
        for name, kind in KINDS.items()
        if (name, kind.key_env) not in taken and _key(kind.key_env, settings) is not None
    ]
    return [*specs, *implied]


def uncounted(specs: Sequence[SourceSpec], settings: Settings) -> frozenset[str]:
    """The sources whose dollars another source counts: those that say so, and gateways beside a provider's own bill."""
    found = configured(specs, settings)
    own_bill = any(not KINDS[spec.type].gateway for spec in found)
    return frozenset(
        spec.name
        for spec in found
        if spec.counts is False or (spec.counts is None and KINDS[spec.type].gateway and own_bill)
    )


def _built(spec: SourceSpec, settings: Settings, memory: Callable[[str], Memory]) -> Source:
    kind = KINDS[spec.type]
    key_env = spec.key_env or kind.key_env
    key = _key(key_env, settings)
    if key is None:
        raise UsageError(f"source {spec.name}: {key_env} is not set; set it, or take the source out of the policy")
    return kind.build(spec.name, key, key_env, settings, memory(spec.name))


def _key(variable: str, settings: Settings) -> SecretStr | None:
    known = getattr(settings, variable.lower(), None)
    return known if isinstance(known, SecretStr) else secret(variable)

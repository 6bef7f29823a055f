"""The shelf: which sources are on, under which name, and whose dollars count."""

from __future__ import annotations

import pytest

from budgetbot import sources
from budgetbot.errors import UsageError
from budgetbot.policy.policy import SourceSpec
from budgetbot.settings import load_settings

EVERY_KEY = {kind.key_env: "sk-ant-or-whatever-0123456789" for kind in sources.KINDS.values()}


def names(specs: list[SourceSpec]) -> list[str]:
    return [spec.name for spec in sources.configured(specs, load_settings())]


def test_a_key_in_the_environment_alone_makes_the_source_named_like_its_provider(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert names([]) == []
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin-x")
    monkeypatch.setenv("ANTHROPIC_ADMIN_KEY", "sk-ant-admin-x")

    assert names([]) == ["openai", "anthropic"]


def test_every_source_on_the_shelf_can_be_built(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in EVERY_KEY.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ARTHUR_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("LITELLM_BASE_URL", "http://127.0.0.1:1")

    built = sources.build([], load_settings(), lambda _: {})

    assert [source.provider for source in built] == list(sources.KINDS)
    for source in built:
        assert source.reports()
        source.close()


def test_several_organisations_of_one_provider_are_sources_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin-x")
    monkeypatch.setenv("OPENAI_EU_ADMIN_KEY", "sk-admin-eu")

    assert names([SourceSpec("openai-eu", "openai", "OPENAI_EU_ADMIN_KEY")]) == ["openai-eu", "openai"]


def test_a_source_that_renames_the_usual_key_is_not_read_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin-x")

    assert names([SourceSpec("main", "openai")]) == ["main"]


def test_a_declared_source_without_its_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"source eu: OPENAI_EU_ADMIN_KEY is not set"):
        sources.build([SourceSpec("eu", "openai", "OPENAI_EU_ADMIN_KEY")], load_settings(), lambda _: {})


@pytest.mark.parametrize(
    ("keys", "counts", "left_out"),
    [
        (["LITELLM_API_KEY"], None, set()),
        (["LITELLM_API_KEY", "OPENAI_ADMIN_KEY"], None, {"litellm"}),
        (["LITELLM_API_KEY", "OPENAI_ADMIN_KEY"], True, set()),
        (["LITELLM_API_KEY"], False, {"litellm"}),
    ],
    ids=["a-gateway-alone-counts", "not-beside-a-bill", "unless-it-says-so", "or-it-says-not"],
)
def test_the_same_dollar_counts_once(
    keys: list[str], counts: bool | None, left_out: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in keys:
        monkeypatch.setenv(key, "sk-0123456789")
    specs = [SourceSpec("litellm", "litellm", counts=counts)]

    assert sources.uncounted(specs, load_settings()) == left_out

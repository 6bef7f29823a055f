"""Everything that people get to see in Slack, laid out by a real browser."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path

import pytest

from budgetbot.chat.slack.manifest import wanted_scopes
from budgetbot.chat.telling.spend_answer import spend_answer
from budgetbot.core.model import Entity
from budgetbot.core.spend import answer
from budgetbot.notifiers.slack_blocks import slack_message
from tests.chat.organisation import NOW, asked
from tests.notifiers.hostile import NASTY, nasty
from tests.standins import screen
from tests.standins.browser import PROGRAM, laid_out
from tests.standins.pictures import LARGEST, bodies
from tests.standins.scene import MORNING, scene
from tests.standins.spend import fresh, history, usd

DOCS = Path(__file__).parents[3] / "docs"
needs_browser = pytest.mark.skipif(PROGRAM is None, reason="no browser is installed")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The day that a key ran away, as HTML by name."""
    folder = tmp_path_factory.mktemp("screen")
    with chdir(folder), scene(Path(), start=MORNING.replace(day=1, hour=0)) as day:
        return bodies(day)


def hostile(name: str) -> list[str]:
    """An alert and an answer in which every name is this one."""
    query = asked("by project")
    known = history([usd("2026-11-02", 3)], [fresh(NOW)], [Entity("openai", "project", "p1", name)])
    said = spend_answer(answer(query, known, "USD", NOW), query, NOW)
    return [screen.posted(slack_message(nasty(name), interactive=True), NOW), screen.answered(said, name[:90], NOW)]


@needs_browser
def test_nothing_is_wider_than_its_place(shown: dict[str, str], tmp_path: Path) -> None:
    page = tmp_path / "all.html"
    awkward = [body for name in NASTY for body in hostile(name.encode("utf-8", "replace").decode())]
    page.write_text(screen.page(*shown.values(), *awkward), encoding="utf-8")
    laid = laid_out(page)
    assert laid.wide == []
    assert laid.height > 8_000


@needs_browser
def test_what_is_too_wide_is_found(tmp_path: Path) -> None:
    page = tmp_path / "wide.html"
    page.write_text(screen.page(f"<pre>{'x' * 200}</pre>"), encoding="utf-8")
    assert laid_out(page).wide == ["PRE"]


def test_the_pages_of_the_manual_show_every_one_of_them(shown: dict[str, str]) -> None:
    text = (DOCS / "slack.md").read_text(encoding="utf-8")
    for name in shown:
        assert f"]({name}.png)" in text, name
        assert 0 < (DOCS / f"{name}.png").stat().st_size < LARGEST, name
    assert {path.stem for path in DOCS.glob("*.png")} == set(shown)


def test_the_story_of_the_day_is_in_the_pictures(shown: dict[str, str]) -> None:
    assert "research-agent" in shown["alert"]
    assert "Acknowledged by Slack: ml-lead" in shown["acknowledged"].replace("\u200b", "")
    assert "🚨" in shown["worse"]
    assert "✅" in shown["resolved"]
    assert "$4,000" in shown["thread"]


def test_markup_is_shown_and_nothing_in_it_is_run() -> None:
    assert screen.markup("*bold* `a*b*` &lt;script&gt;") == "<b>bold</b> <code>a*b*</code> &lt;script&gt;"
    assert screen.markup("<https://x.example/a|Runbook> <script>") == (
        '<a href="https://x.example/a">Runbook</a> &lt;script&gt;'
    )


def test_the_manual_names_every_scope_that_the_app_asks_for() -> None:
    text = (DOCS / "slack.md").read_text(encoding="utf-8")
    assert all(f"`{scope}`" in text for scope in wanted_scopes())

"""Every kind of message, by the real renderers, on the day that a key ran away: as HTML by name, and as pictures."""

from __future__ import annotations

import tempfile
from contextlib import chdir
from datetime import datetime, timedelta
from pathlib import Path

from budgetbot.core.notification import Notification, Reason
from budgetbot.notifiers.slack_blocks import slack_message
from budgetbot.notifiers.slack_story import slack_story
from tests.chat.office import filled
from tests.standins import screen
from tests.standins.browser import laid_out, picture
from tests.standins.scene import FIRST, LEAD, MORNING, WORSE, Scene, scene

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
LARGEST = 80_000  # bytes


def bodies(day: Scene) -> dict[str, str]:
    """The day from its morning on, as HTML by name of the picture."""
    day.turn(MORNING)
    day.turn(MORNING + 3 * _HOUR + _MINUTE)
    made = {"digest": (_parent(day.last(Reason.DIGEST)))}
    day.turn(FIRST)
    made["alert"] = _parent(day.last(Reason.FIRST))
    story = [_reply(day.last(Reason.FIRST))]
    made |= _asked(day) | _windows(day)
    made |= _handled(day, story)
    return made


def _asked(day: Scene) -> dict[str, str]:
    at = day.clock.now
    asked = {
        "spend": ("/spend", "by key", LEAD),
        "spend-days": ("/spend", "by day share", LEAD),
        "spend-why": ("/spend", "why today", LEAD),
        "spend-asked-back": ("/spend", "*", LEAD),
        "budget": ("/budget", "research-monthly", LEAD),
        "refused": ("/spend", "by user", LEAD),
    }
    return {
        name: (screen.answered(day.commands.answer(command, words, who), f"{command} {words}", at))
        for name, (command, words, who) in asked.items()
    } | {"home": (screen.home(day.home.view(LEAD)))}


def _windows(day: Scene) -> dict[str, str]:
    id = day.alert("research-monthly", "80%").id
    found = {}
    for name in ("snooze", "raise", "planned", "details"):
        view = day.actions.clicked(f"alert:{name}", id, LEAD).view
        assert view is not None
        found[name] = screen.modal(view)
    return found


def _handled(day: Scene, story: list[str]) -> dict[str, str]:
    """Acknowledged, worse, raised, and so resolved; each step in the thread too."""
    made = {}
    day.actions.clicked("alert:acknowledge", day.alert("research-monthly", "80%").id, LEAD)
    day.turn(FIRST + 4 * _MINUTE)
    made["acknowledged"] = _parent(day.last(Reason.CHANGED))
    story.append(_reply(day.last(Reason.CHANGED)))
    day.turn(WORSE)
    made["worse"] = _parent(day.last(Reason.WORSE))
    story.append(_reply(day.last(Reason.WORSE)))
    end = datetime(2026, 12, 1, tzinfo=MORNING.tzinfo)
    raised = day.actions.submitted(
        "raise", day.alert("research-monthly", "100%").id, filled("4000", end, "evaluation run"), LEAD
    )
    assert raised.changed
    day.turn(WORSE + 5 * _MINUTE)
    story.append(_reply(day.last(Reason.CHANGED)))
    resolved = day.last(Reason.RESOLVED)
    made["resolved"] = _parent(resolved)
    story.append(_reply(resolved))
    made["thread"] = "".join(story)
    return made


def _parent(notification: Notification) -> str:
    return screen.posted(slack_message(notification, interactive=True), notification.created_at)


def _reply(notification: Notification) -> str:
    told = slack_story(notification, interactive=True)
    return screen.posted(told, notification.created_at, reply=True)


def draw(folder: Path) -> None:
    """All pictures as PNG; each must fit its place and stay small."""
    folder = folder.resolve()
    with tempfile.TemporaryDirectory() as scratch, chdir(scratch):
        with scene(Path()) as day:
            made = bodies(day)
        for name, body in made.items():
            file, target = Path(scratch) / f"{name}.html", folder / f"{name}.png"
            file.write_text(screen.page(body), encoding="utf-8")
            laid = laid_out(file)
            assert not laid.wide, name
            picture(file, target, laid.height)
            assert target.stat().st_size < LARGEST, name

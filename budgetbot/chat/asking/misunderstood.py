"""The answer to words that were not understood: what is wrong with them, and what to write instead. Pure."""

from __future__ import annotations

from budgetbot.chat.answer import Answer
from budgetbot.chat.asking.help import HELP
from budgetbot.chat.asking.not_understood import Ambiguous, HelpAsked, NotUnderstood
from budgetbot.notifiers.slack_limits import Block
from budgetbot.notifiers.slack_pieces import context, monospaced, said
from budgetbot.notifiers.slack_text import code, fallback, mrkdwn

BUDGET_HELP = """\
budget                      every budget, the one at most risk first
budget research-monthly     one in full: state, spent, forecast, left per day, levels, raises
budget research             budgets with that in their name, or of that project, key or team; globs too: ci-*
budget research share       for the whole channel"""
_CHOICES = 8
_WORDS = 300  # of one part
_TEXT = 3_000


def misunderstood(wrong: NotUnderstood, command: str) -> Answer:
    """For the person alone. `command`: "/spend" or "/budget"."""
    if isinstance(wrong, HelpAsked):
        return _help(command)
    if isinstance(wrong, Ambiguous):
        return _choices(wrong, command)
    hint = f"{command} help lists what can be asked."
    return _told(str(wrong), [said(_marked(_sentence(str(wrong)))), context([hint])])


def _help(command: str) -> Answer:
    lines = (BUDGET_HELP if command == "/budget" else HELP).splitlines()
    slashed = [f"/{line}" if line.startswith(command[1:]) else line for line in lines]
    return _told("\n".join(slashed), monospaced(f"What {command} understands", slashed))


def _choices(wrong: Ambiguous, command: str) -> Answer:
    shown = wrong.choices[:_CHOICES]
    head = f"*{mrkdwn(wrong.word, 80)}* means several things. Write one of these in its place:"
    more = [f"and {len(wrong.choices) - len(shown)} more"] if len(wrong.choices) > len(shown) else []
    lines = [f"• `{code(choice, 160)}`" for choice in shown]
    blocks = [said("\n".join([head, *lines, *more])), context([f"For example: {command} {shown[0]}"])]
    return _told(str(wrong), blocks)


def _marked(text: str) -> str:
    """Words in backticks, of which a message has pairs alone, as code that can be copied; all else as it reads."""
    parts = text.split("`")[:7]
    if len(parts) % 2 == 0:
        return mrkdwn(text, _WORDS)
    return "".join(f"`{code(part, _WORDS)}`" if i % 2 and part else _spaced(part) for i, part in enumerate(parts))


def _spaced(text: str) -> str:
    """Escaped, with the blanks around it that escaping would take away."""
    before, after = text[: 1 if text.startswith(" ") else 0], text[-1:] if text.endswith(" ") else ""
    return f"{before}{mrkdwn(text, _WORDS)}{after}"


def _told(text: str, blocks: list[Block]) -> Answer:
    return Answer(fallback(_sentence(text), _TEXT), blocks)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]

"""Words that cannot be answered. Each message is for the person who wrote them."""

from __future__ import annotations

from budgetbot.chat.asking.help import HELP


class NotUnderstood(ValueError):
    """The words are wrong; the message says which, and what to write."""


class Ambiguous(NotUnderstood):
    """A name means several things; `choices` are the words that mean one each."""

    def __init__(self, word: str, choices: tuple[str, ...]) -> None:
        more = f" and {len(choices) - 8} more" if len(choices) > 8 else ""
        super().__init__(f"`{word}` means several things; write one of: {', '.join(choices[:8])}{more}")
        self.word = word
        self.choices = choices


class HelpAsked(NotUnderstood):
    """The words ask for help; the message is the help."""

    def __init__(self) -> None:
        super().__init__(HELP)

"""Block Kit as Slack shows it, near enough to be looked at: messages, modals and the Home tab as HTML.

python -m tests.standins.screen docs    draws the pictures of docs/slack.md anew
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from budgetbot.chat.answer import Answer
from budgetbot.notifiers.slack_pieces import SlackMessage

_CSS = Path(__file__).with_name("screen.css")
_INLINE = re.compile(
    r"```\n?(?P<pre>.*?)\n?```|`(?P<code>[^`\n]+)`|<(?P<url>https?://[^|>]+)\|(?P<label>[^>]+)>"
    r"|(?<![\w*])\*(?P<bold>[^*\n]+)\*(?![\w*])",
    re.DOTALL,
)


def page(*parts: str) -> str:
    """A whole page. Its title, once a browser has laid it out, tells the height and what does not fit."""
    script = """
      const wide = [...document.querySelectorAll('body *')].filter(e => e.scrollWidth > e.clientWidth + 1
        && getComputedStyle(e).display !== 'inline' && !e.classList.contains('button'));
      const height = Math.ceil(document.body.getBoundingClientRect().height);
      document.title = [height, ...wide.map(e => e.className || e.tagName)].join(' ');
    """
    style = _CSS.read_text(encoding="utf-8")
    head = f"<meta charset=utf-8><title>-</title><style>{style}</style>"
    return f"<!doctype html><html><head>{head}</head><body>{''.join(parts)}<script>{script}</script></body></html>"


def posted(message: SlackMessage, at: datetime, *, reply: bool = False) -> str:
    """What stands in a channel, or in the thread under it."""
    return _message(message.blocks, f"{at:%H:%M}", reply=reply)


def answered(answer: Answer, asked: str, at: datetime) -> str:
    """What somebody is answered, under what was typed."""
    blocks = answer.blocks or [{"type": "section", "text": {"type": "mrkdwn", "text": answer.text}}]
    note = "" if answer.public else '<div class="note">Only visible to you</div>'
    return f'<div class="box">{escape(asked)}</div><br>' + _message(blocks, f"{at:%H:%M}", note)


def modal(view: Mapping[str, Any]) -> str:
    """A window."""
    close = f'<span class="button">{_words(view["close"])}</span>' if "close" in view else ""
    submit = f'<span class="button primary">{_words(view["submit"])}</span>' if "submit" in view else ""
    inside = f'<div class="inside">{_blocks(view["blocks"])}</div>'
    title = f'<div class="title">{_words(view["title"])}</div>'
    return f'<div class="modal">{title}{inside}<div class="end">{close}{submit}</div></div>'


def home(view: Mapping[str, Any]) -> str:
    """The Home tab."""
    tabs = '<div class="tabs"><span class="on">Home</span><span>Messages</span><span>About</span></div>'
    return tabs + _blocks(view["blocks"])


def _message(blocks: Sequence[Mapping[str, Any]], at: str, note: str = "", *, reply: bool = False) -> str:
    head = f'<div class="from">budgetbot<span class="app">APP</span><span class="at">{at}</span></div>'
    content = f'<div class="content">{note}{head}{_blocks(blocks)}</div>'
    return f'<div class="message{" reply" if reply else ""}"><div class="face">$</div>{content}</div>'


def _blocks(blocks: Sequence[Mapping[str, Any]]) -> str:
    return "".join(_block(block) for block in blocks)


def _block(block: Mapping[str, Any]) -> str:
    match block["type"]:
        case "header":
            return f'<div class="header section">{_words(block["text"])}</div>'
        case "section":
            text = f'<div class="section">{_words(block["text"])}</div>' if "text" in block else ""
            fields = "".join(f"<div>{_words(field)}</div>" for field in block.get("fields", ()))
            return text + (f'<div class="fields">{fields}</div>' if fields else "")
        case "context":
            return f'<div class="context">{"".join(f"<span>{_words(one)}</span>" for one in block["elements"])}</div>'
        case "actions":
            return f'<div class="actions">{"".join(_button(one) for one in block["elements"])}</div>'
        case "input":
            return _input(block)
        case "data_visualization":
            return _chart(block)
    assert block["type"] == "divider"
    return '<div class="divider"></div>'


def _button(button: Mapping[str, Any]) -> str:
    return f'<span class="button {button.get("style", "")}">{_words(button["text"])}</span>'


def _input(block: Mapping[str, Any]) -> str:
    element = block["element"]
    optional = " <span>(optional)</span>" if block.get("optional") else ""
    hint = f'<div class="hint">{_words(block["hint"])}</div>' if "hint" in block else ""
    tall = " tall" if element.get("multiline") else ""
    box = f'<div class="box{tall}">{_value(element)}</div>'
    return f'<div class="input"><b>{_words(block["label"])}{optional}</b>{box}{hint}</div>'


def _value(element: Mapping[str, Any]) -> str:
    if "initial_option" in element:
        return f"{_words(element['initial_option']['text'])} ▾"
    if "initial_date_time" in element:
        return f"{datetime.fromtimestamp(element['initial_date_time'], tz=UTC):%a %-d %b %Y %H:%M}"
    return escape(element.get("initial_value", "")) or (
        f'<span class="hint">{_words(element["placeholder"])}</span>' if "placeholder" in element else ""
    )


def _chart(block: Mapping[str, Any]) -> str:
    series, labels = block["chart"]["series"], block["chart"]["axis_config"]["categories"]
    top = max(point["value"] for one in series for point in one["data"]) or 1
    plot = ""
    for i in range(len(labels)):
        heights = [100 * one["data"][i]["value"] / top for one in series]
        bars = "".join(f'<i class="s{n}" style="height:{height:.1f}%"></i>' for n, height in enumerate(heights))
        plot += f'<div class="bars">{bars}</div>'
    shown = [labels[i] for i in sorted({0, len(labels) // 2, len(labels) - 1})]
    legend = "".join(f'<i class="s{n}"></i>{escape(one["name"])}' for n, one in enumerate(series))
    under = "".join(f"<span>{escape(label)}</span>" for label in shown)
    head = f'<span class="legend">{legend}</span><b>{escape(block["title"])}</b>'
    return f'<div class="chart">{head}<div class="plot">{plot}</div><div class="labels">{under}</div></div>'


def _words(text: Mapping[str, Any]) -> str:
    return escape(text["text"]) if text["type"] == "plain_text" else markup(text["text"])


def markup(text: str) -> str:
    """mrkdwn, whose &, < and > are escaped already, as HTML; what is left of < and > is shown as it stands."""
    done, start = "", 0
    for found in _INLINE.finditer(text):
        done += _left(text[start : found.start()])
        start = found.end()
        if found["pre"] is not None:
            done += f"<pre>{_left(found['pre'])}</pre>"
        elif found["code"]:
            done += f"<code>{_left(found['code'])}</code>"
        elif found["url"]:
            done += f'<a href="{escape(found["url"])}">{_left(found["label"])}</a>'
        else:
            done += f"<b>{markup(found['bold'])}</b>"
    return done + _left(text[start:])


def _left(text: str) -> str:
    return text.replace("<", "&lt;").replace(">", "&gt;")


if __name__ == "__main__":
    import sys

    from tests.standins.pictures import draw

    draw(Path(sys.argv[1]))

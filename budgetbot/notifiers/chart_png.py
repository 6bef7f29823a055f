"""A chart as a PNG image. Needs Pillow (the extra `charts`), which is only loaded when one is drawn."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from budgetbot.notifiers.chart import Chart

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

WIDTH, HEIGHT = 960, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 20, 20, 60, 40
_INK, _GREY, _BAR, _LINE = "#1d1c1d", "#616061", "#1264a3", "#e01e5a"
_LABELS = 10  # so many stand side by side


def png(chart: Chart) -> bytes:
    """The image. Raises ImportError without Pillow."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    top = max(chart.highest.amount, chart.line or 0 if chart.line_fits else 0, 1)
    _bars(draw, chart, top)
    _words(draw, chart)
    if chart.line is not None and chart.line_fits:
        level = _level(chart.line, top)
        draw.line((_LEFT, level, WIDTH - _RIGHT, level), fill=_LINE, width=2)
        _text(draw, WIDTH - _RIGHT, level - 2, chart.unit.limit(chart.line), 14, _LINE, "rs")
    written = BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


def _bars(draw: ImageDraw, chart: Chart, top: int) -> None:
    room = (WIDTH - _LEFT - _RIGHT) // len(chart.points)
    every = -(-len(chart.points) // _LABELS)
    for i, point in enumerate(chart.points):
        left = _LEFT + i * room
        if point.amount > 0:
            level = min(_level(point.amount, top), HEIGHT - _BOTTOM - 1)
            draw.rectangle((left + room // 8, level, left + room - room // 8, HEIGHT - _BOTTOM), fill=_BAR)
        if i % every == 0:
            _text(draw, left + room // 2, HEIGHT - _BOTTOM + 8, point.label, 13, _GREY, "ma")
    draw.line((_LEFT, HEIGHT - _BOTTOM, WIDTH - _RIGHT, HEIGHT - _BOTTOM), fill=_GREY)


def _words(draw: ImageDraw, chart: Chart) -> None:
    highest = chart.highest
    _text(draw, _LEFT, 12, chart.title, 20, _INK, "la")
    said = f"at most {chart.unit.show(highest.amount)}, {highest.label}"
    _text(draw, WIDTH - _RIGHT, 16, said, 15, _GREY, "ra")


def _level(amount: int, top: int) -> int:
    return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * amount // top


def _text(draw: ImageDraw, x: int, y: int, text: str, size: int, ink: str, anchor: str) -> None:
    from PIL import ImageFont

    draw.text((x, y), text, fill=ink, font=ImageFont.load_default(size), anchor=anchor)

"""Tables and bars of plain characters, for screens and monospaced text."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from budgetbot.notifiers.wording_digest import Bar

NAME = 32
_BLOCK = "█"
_SLIVER = "▏"


def columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines with the first column flush left and the others flush right; wide characters take two cells."""
    cells = [list(head), *(list(row) for row in rows)]
    widths = [max(cell_len(row[i]) for row in cells) for i in range(len(head))]
    widths[0] = min(widths[0], NAME)
    return [_line(row, widths).rstrip() for row in cells]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    name = set_cell_size(_short(row[0], widths[0]), widths[0])
    return "  ".join([name, *(" " * (w - cell_len(c)) + c for c, w in zip(row[1:], widths[1:], strict=True))])


def _short(text: str, width: int) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def bars(chart: Sequence[Bar], width: int = 24) -> list[str]:
    """One line a bar: its label, the bar, its amount; what is not nothing shows at least a sliver."""
    labels = max((cell_len(bar.label) for bar in chart), default=0)
    amounts = max((cell_len(bar.amount) for bar in chart), default=0)
    return [
        f"{set_cell_size(bar.label, labels)}  {set_cell_size(_bar(bar.size, width), width)}  {bar.amount:>{amounts}}"
        for bar in chart
    ]


def _bar(size: int, width: int) -> str:
    return _BLOCK * (size * width // 1000) or (_SLIVER if size else "")

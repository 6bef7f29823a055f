"""What a usage budget may count, and counts as people read them."""

from __future__ import annotations

from collections.abc import Mapping

from budgetbot.core.model import METRICS

COUNTED: Mapping[str, tuple[str, ...]] = {
    "tokens": ("input_tokens", "output_tokens"),
    **{name: (name,) for name in METRICS if name != "bytes"},  # what is stored is no use that adds up over hours
}
"""Each name, and the metrics of the ledger that are added up for it."""


def count(number: int, metric: str) -> str:
    """ "10,000 images" """
    return f"{number:,} {metric.replace('_', ' ')}"

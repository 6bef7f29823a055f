"""In which currency sums are shown: the one that is wanted, or the original where its rates do not reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from budgetbot.core.fx import Fx
from budgetbot.core.group import Group
from budgetbot.core.model import Json
from budgetbot.core.money import Nano, plain
from budgetbot.core.period import Span
from budgetbot.core.total import Total, added


def shown_in(group: Group, spans: Sequence[Span], wanted: str, fx: Fx) -> str:
    """`wanted`, unless nobody paid in it and all of a span, or a part of one currency, has no rate to it.

    Half a currency converted would be a sum, and a comparison, of nothing that anybody paid; so it is shown as it is.
    Elsewhere what has no rate stays out of the sum, and is said (`left_out`).
    """
    if any(total != Total() for span in spans for total in group.totals(span, wanted)):
        return wanted
    for span in spans:
        totals, left = group.converted(span, wanted, fx)
        missing = {code: added([one[code] for one in left if code in one]) for one in left for code in one}
        partly = [code for code in missing if missing[code] != added(group.totals(span, code))]
        if partly or (missing and not any(total.billed or total.estimated for total in totals)):
            return max(partly or missing, key=lambda code: (missing[code].spent, code))
    return wanted


def left_out(group: Group, span: Span, currency: str, fx: Fx) -> dict[str, Nano]:
    """What was spent in currencies that have no rate to the one that is shown."""
    if not group.others(span, currency):
        return {}
    sums: Counter[str] = Counter()
    for one in group.converted(span, currency, fx).left:
        sums.update({code: total.spent for code, total in one.items()})
    return {code: sums[code] for code in sorted(sums) if sums[code]}


def left_out_json(left: dict[str, Nano]) -> dict[str, Json]:
    """The same with plain decimal strings."""
    return {code: plain(amount) for code, amount in left.items()}

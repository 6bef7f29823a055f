"""Exact money: integer nano-units (1e-9) of a currency, Decimal at the edges, never a float."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from fractions import Fraction
from typing import TypeAlias

Nano: TypeAlias = int
NANO = 10**9
_DIGITS = 60  # enough for any sum of provider amounts; the default of 28 could round
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}


def exact(value: object) -> Decimal:
    """The number as a finite Decimal, from str, int or Decimal. Raises ValueError for all else, NaN and infinity."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError(f"not an exact amount: {value!r}")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"not a number: {value!r}") from None
    if not number.is_finite():
        raise ValueError(f"not a finite amount: {value!r}")
    return number


def nano(amount: Decimal) -> Nano:
    """One amount in nano-units, rounded half to even where it is finer."""
    with localcontext() as context:
        context.prec = _DIGITS
        return int((amount * NANO).to_integral_value(rounding=ROUND_HALF_EVEN))


def nanos(amounts: Sequence[Decimal]) -> list[Nano]:
    """Amounts in nano-units whose sum is the rounded exact sum: fractions are carried by largest remainder."""
    whole = [_whole(amount) for amount in amounts]
    if None not in whole:
        return [part for part in whole if part is not None]
    return rounded([Fraction(amount) * NANO for amount in amounts])


def _whole(amount: Decimal) -> Nano | None:
    """The quick way for an amount that is no finer than a nano-unit, as most are; None for the others."""
    _, digits, exponent = amount.as_tuple()
    if not isinstance(exponent, int) or exponent < -9 or len(digits) > 28:
        return None
    return int(amount.scaleb(9))


def rounded(parts: Sequence[Fraction]) -> list[Nano]:
    """Whole numbers whose sum is the exact sum, rounded half to even; each is less than one away from its part."""
    floors = [part.numerator // part.denominator for part in parts]
    missing = round(sum(parts, Fraction())) - sum(floors)
    by_remainder = sorted(range(len(parts)), key=lambda i: (floors[i] - parts[i], i))
    for i in by_remainder[:missing]:
        floors[i] += 1
    return floors


def product(amount: Nano, rate: Fraction) -> Nano:
    """The amount times the rate, rounded half to even; integers alone, as fractions take ten times as long."""
    whole, rest = divmod(amount * rate.numerator, rate.denominator)
    return whole + (2 * rest + (whole & 1) > rate.denominator)


def products(amounts: Sequence[Nano], rate: Fraction) -> list[Nano]:
    """Each times the rate, less than one away from it; together the product of their sum (largest remainder)."""
    parts = [divmod(amount * rate.numerator, rate.denominator) for amount in amounts]
    wholes = [whole for whole, _ in parts]
    if missing := product(sum(amounts), rate) - sum(wholes):
        for i in sorted(range(len(parts)), key=lambda i: (-parts[i][1], i))[:missing]:
            wholes[i] += 1
    return wholes


def split(total: Nano, weights: Sequence[int]) -> list[Nano]:
    """`total` parted by non-negative integer weights, summing exactly (largest remainder).

    Raises ValueError where no weight is positive: there is nobody to give it to.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("split needs non-negative weights, one of them positive")
    size, sign = abs(total), -1 if total < 0 else 1
    parts = [size * weight // whole for weight in weights]
    by_remainder = sorted(range(len(parts)), key=lambda i: (-(size * weights[i] % whole), i))
    for i in by_remainder[: size - sum(parts)]:
        parts[i] += 1
    return [sign * part for part in parts]


def plain(amount: Nano) -> str:
    """Full precision as a plain decimal string with at least two decimals: 1500000000 -> "1.50"."""
    sign, size = ("-", -amount) if amount < 0 else ("", amount)
    whole, fraction = divmod(size, NANO)
    digits = f"{fraction:09d}".rstrip("0").ljust(2, "0")
    return f"{sign}{whole}.{digits}"


def show(amount: Nano, currency: str = "USD") -> str:
    """For people: "$1,234.56", rounded half up to cents; "<$0.01" for what would read as nothing."""
    symbol = _SYMBOLS.get(currency)
    size = abs(amount)
    sign = "-" if amount < 0 else ""
    if 0 < size < NANO // 200:
        return f"{sign}<{symbol}0.01" if symbol else f"{sign}<0.01 {currency}"
    cents = (Decimal(size) / NANO).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return f"{sign}{symbol}{cents:,}" if symbol else f"{sign}{cents:,} {currency}"


def percent(part: Nano, whole: Nano) -> str:
    """ "82 %", cut and never rounded up: 99.96 % must not read 100 % while the 100 % alert is silent."""
    if whole <= 0:
        return "n/a"
    return f"{part * 100 // whole if part >= 0 else -(-part * 100 // whole)} %"

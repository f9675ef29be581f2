"""Units of mass and the rounding of a weight to the verification interval of a scale. Decimal throughout."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Literal

Rounding = Literal["half_up", "truncate"]

#: Kilograms in one unit, exact by definition (international pound 1959; ``ton`` is the US short ton that
#: American indicators print, the metric tonne is ``t``).
KG_IN: dict[str, Decimal] = {
    "kg": Decimal(1),
    "g": Decimal("0.001"),
    "t": Decimal(1000),
    "lb": Decimal("0.45359237"),
    "oz": Decimal("0.028349523125"),
    "ton": Decimal("907.18474"),
    "ct": Decimal("0.0002"),
}


def to_kg(value: Decimal, unit: str) -> Decimal:
    """``value`` in kilograms, exact. Raises ``ValueError`` for a unit that is no mass (``N``, ``pcs``)."""
    try:
        factor = KG_IN[unit]
    except KeyError:
        raise ValueError(f"{unit!r} is not a unit of mass; known are {', '.join(KG_IN)}") from None
    return value * factor


def to_interval(kg: Decimal, interval_kg: Decimal, rounding: Rounding) -> Decimal:
    """``kg`` rounded to the verification interval *e*: half away from zero, or cut off towards zero.

    Raises ``ValueError`` when the interval is not positive.
    """
    if interval_kg <= 0:
        raise ValueError(f"a verification interval of {interval_kg} kg is not possible")
    mode = ROUND_HALF_UP if rounding == "half_up" else ROUND_DOWN
    steps = (kg / interval_kg).quantize(Decimal(1), rounding=mode)
    return (steps * interval_kg).quantize(interval_kg) + Decimal(0)

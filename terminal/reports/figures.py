"""The arithmetic of reports: how long things took, as the Time Release Study of the WCO counts it, and shares.

Times are whole minutes. The 90th percentile is the nearest rank: the smallest value that nine of ten do not exceed.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True, slots=True)
class Spread:
    """How long things took, in minutes."""

    count: int
    mean: int
    median: int
    p90: int
    longest: int


def minutes(start: datetime, end: datetime) -> int:
    """Whole minutes from one moment to another, never negative."""
    return max(0, int((end - start).total_seconds() // 60))


def spread(values: Sequence[int]) -> Spread | None:
    """Count, mean, median, 90th percentile and longest of so many minutes; None of none."""
    if not values:
        return None
    ordered = sorted(values)
    rank = -(-9 * len(ordered) // 10)  # nine tenths, rounded up
    return Spread(
        len(ordered),
        _whole(Decimal(sum(ordered)) / len(ordered)),
        _whole(Decimal(str(statistics.median(ordered)))),
        ordered[rank - 1],
        ordered[-1],
    )


def share(part: int, whole: int) -> Decimal | None:
    """A part of one with four decimals; None of nothing."""
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.0001")) if whole else None


def _whole(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))

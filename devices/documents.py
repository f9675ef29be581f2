"""Dates of travel documents: the century that two digits in a machine-readable zone leave out.

A birth lies in the past: the latest year that does. An expiry lies within fifty years of today. Unknown parts (``<<``
in the zone) leave the date shorter: ``1985-07``, ``1985``, or no date at all.
"""

from __future__ import annotations

from datetime import date
from typing import Literal


def full_date(printed: str, today: date, what: Literal["birth", "expiry"]) -> str | None:
    """A printed ``YYMMDD`` as ISO 8601, as precise as it is known; None when it is no date or has no year."""
    if len(printed) != 6 or not printed[:2].isascii() or not printed[:2].isdigit():
        return None
    known = [part for part in (printed[2:4], printed[4:6]) if part.isascii() and part.isdigit()]
    if len(known) == 1 and printed[2:4] == "<<":
        known = []  # a day without a month says nothing
    year = _year(int(printed[:2]), known, today, what)
    parts = [int(part) for part in known]
    try:
        date(year, *(parts + [1] * (2 - len(parts))))
    except ValueError:
        return None
    return "-".join([f"{year:04d}", *known])


def _year(two: int, known: list[str], today: date, what: str) -> int:
    year = today.year - today.year % 100 + two
    if what == "birth":
        later = f"{year:04d}" + "".join(known) > today.strftime("%Y%m%d")[: 4 + 2 * len(known)]
        return year - 100 if later else year
    if year - today.year > 50:
        return year - 100
    return year + 100 if today.year - year > 50 else year

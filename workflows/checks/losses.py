"""What a new version of a table no longer holds: rows that were in force and are gone.

A lost row of a goods table is goods that nobody holds any more. Nothing is refused for it, an authority may take an
entry off; whoever loads the table is told which ones, before and when it comes into force.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping

#: table -> the columns that name a row
_NAMED_BY: Mapping[str, tuple[str, ...]] = {
    "precursors_hs.csv": ("hs6", "substance_en"),
    "watch_hs.csv": ("hs_prefix",),
    "controlled_medicines.csv": ("inn",),
    "policy_goods.csv": ("hs6",),
    "dg_un_numbers.csv": ("un",),
    "goods_types.csv": ("hs_prefix",),
    "required_documents.csv": ("doc_code",),
    "risk_indicators.csv": ("indicator",),
    "storage_places.csv": ("place",),
    "vehicle_profiles.csv": ("profile",),
}
_KEYWORDS = "dg_keywords.json"
#: so many are named; the rest is a number
_MOST = 8


def rows_lost(name: str, before: str, after: str) -> tuple[str, ...]:
    """Names of the rows that ``before`` has and ``after`` has not; of the words of dangerous goods, UN number and word.

    Both are tables that can be used. Empty for a table that has no such rows (tolerances, segregation).
    """
    kept = set(_rows(name, after))
    return tuple(row for row in dict.fromkeys(_rows(name, before)) if row not in kept)


def warning(name: str, lost: tuple[str, ...]) -> str:
    """One sentence about the rows that a table loses."""
    named = ", ".join(lost[:_MOST]) + (f" and {len(lost) - _MOST} more" if len(lost) > _MOST else "")
    one = len(lost) == 1
    return (
        f"{name}: {len(lost)} row{'' if one else 's'} of the version in force {'is' if one else 'are'} missing ({named}); "
        f"what only {'it names' if one else 'they name'} is no longer asked for or held."
    )


def _rows(name: str, text: str) -> list[str]:
    if name == _KEYWORDS:
        words = json.loads(text).get("keywords", {})
        return [f"{un} {word}" for un, found in words.items() for word in found]
    columns = _NAMED_BY.get(name)
    if columns is None:
        return []
    rows = csv.DictReader(io.StringIO(text))
    return [" ".join((row.get(column) or "").strip() for column in columns) for row in rows]

"""The number of a report: what a print of it is known by, in letters and in its barcode.

``RPT-ENTRY-DIGEST``: the last journal entry that the report could know of, and the beginning of the SHA-256 of its
figures as canonical JSON. Who made it, when and in which language is no part of it: two prints whose last twelve signs
are equal say the same. The number stands on the paper and in the journal's event of the export, so that a paper found
on a desk can be traced to who took it out.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

from terminal.reports.model import Report
from terminal.store.journal import canonical
from workflows.identifiers.house import HouseKind, house_label
from workflows.plain import to_plain

_NUMBER = re.compile(r"RPT-([0-9]{1,15})-([0-9A-F]{12})")


def figures_of(report: Report) -> dict[str, Any]:
    """What the report says, JSON-able: exact values by the names of their columns; weights as decimal text in kg."""
    return {
        "kind": report.kind,
        "first": report.first.isoformat(),
        "last": report.last.isoformat(),
        "handling": report.handling.value,
        "scope": report.scope,
        "sections": {
            one.key: {
                "rows": [
                    {column.key: to_plain(value) for column, value in zip(one.columns, row, strict=True)}
                    for row in one.rows
                ],
                "marked": sorted(one.marked),
            }
            for one in report.sections
        },
    }


def number_of(report: Report) -> str:
    """The number of this report, e.g. ``RPT-4512-1A2B3C4D5E6F``."""
    digest = sha256(canonical(figures_of(report))).hexdigest()
    return f"RPT-{report.entry}-{digest[:12].upper()}"


def symbol_of(number: str) -> str:
    """The text of the barcode of a report: one of our own labels of a document."""
    return house_label(HouseKind.DOCUMENT, number)


def entry_in(text: str) -> tuple[str, int] | None:
    """The number of a report in a text that was typed or scanned, and the entry it names; None: it is no such number."""
    found = _NUMBER.fullmatch(text.strip().upper().removeprefix(symbol_of("X")[:-1]))
    return (found[0], int(found[1])) if found else None

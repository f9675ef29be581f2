"""The register of losses and damage as a table for other programs."""

from __future__ import annotations

import csv
import io

from terminal.cli.exporting import cell
from terminal.store.reader import Reader

COLUMNS = (
    "at",
    "kind",
    "unit",
    "consignment",
    "place",
    "who",
    "note",
    "stage",
    "gross_kg",
    "photos",
    "event",
)
#: rows of one export
MOST = 10_000


def as_csv(reader: Reader, kind: str = "", ref: str = "") -> str:
    """The register (of one kind or consignment), newest first; ``stage`` and ``gross_kg`` (kg) are those of the unit now.

    No cell is run as a formula by a spreadsheet.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in reader.handling.losses(kind=kind, ref=ref, limit=MOST):
        unit = reader.unit(one.unit)
        photos = len(reader.desk.attachments_of(f"unit:{one.unit}"))
        row = (
            one.at.isoformat(),
            one.kind,
            one.unit,
            one.consignment,
            one.place,
            one.who,
            one.note,
            unit.stage.value if unit else "",
            unit.gross_kg if unit else None,
            photos,
            one.seq,
        )
        writer.writerow([cell(value) for value in row])
    return out.getvalue()

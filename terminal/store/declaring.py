"""Many new units at once: the units of a long packing list in a few statements instead of six for each.

What is written is exactly what :meth:`terminal.store.books.Books.record` writes one by one: an event each, chained and
canonical, and a row each. Only units of which nothing is known yet go this way; a label that has a row or a history
already takes the usual one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from terminal.store import journal
from terminal.store.codes import STAGE_NUMBER, sscc_number
from terminal.store.deferred import Deferred
from terminal.store.errors import Vanished
from terminal.store.ids import uuid7_text
from terminal.store.journal import Head
from terminal.store.sql import Connection, Row
from terminal.store.touched import Touched
from workflows import evolve
from workflows.events import Context, UnitDeclared
from workflows.stages import Stage
from workflows.state import Unit

#: from so many units of one consignment in a row on it is worth asking for all of them at once
MANY = 64
#: units that are looked up and written together; bounds what is in memory at once
CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Known:
    """Which of many labels have a row, and which subjects were spoken of before they had one."""

    units: frozenset[int]
    subjects: frozenset[str]

    def new(self, event: UnitDeclared) -> int | None:
        """The number of a unit of which nothing is known; None when it has to take the usual way."""
        number = sscc_number(event.subject.removeprefix("unit:"))
        if number is None or number in self.units or event.subject in self.subjects:
            return None
        return number


def known_of(connection: Connection, events: Sequence[UnitDeclared]) -> Known:
    """What the books know of these units."""
    subjects = [event.subject for event in events]
    numbers = [n for text in subjects if (n := sscc_number(text.removeprefix("unit:"))) is not None]
    return Known(
        frozenset(_present(connection, "SELECT id FROM unit WHERE id", numbers, "bigint")),
        frozenset(_present(connection, "SELECT subject FROM subject_head WHERE subject", subjects, "text")),
    )


def _present(connection: Connection, asked: str, values: Sequence[object], kind: str) -> list[Any]:
    """The first column of ``asked`` (a question that ends in the name of a column) for those of the values that are there."""
    if connection.dialect == "postgresql":
        rows = connection.all(f"{asked} = ANY(?::{kind}[])", (list(values),))
    else:
        rows = connection.all(
            f"{asked} IN (SELECT value FROM json_each(?))",  # noqa: S608 - own constants
            (json.dumps(values),),
        )
    return [row[0] for row in rows]


def declare(
    connection: Deferred, touched: Touched, head: Head, events: Sequence[tuple[int, UnitDeclared]], context: Context,
    at: datetime,
) -> Head:  # fmt: skip
    """Write events and rows of units (with their numbers) of one consignment of which nothing is known; the new head.

    Raises :class:`Vanished` when the consignment does not exist.
    """
    ref = events[0][1].consignment
    owner = connection.one("SELECT key FROM consignment WHERE ref = ?", (ref,))
    if owner is None:
        raise Vanished(f"consignment {ref} does not exist")
    ids = [uuid7_text() for _ in events]
    head, rows = journal.following_many(head, [event for _, event in events], context, ids, at)
    units = [
        _row(number, int(owner[0]), unit, row[0])
        for (number, event), row in zip(events, rows, strict=True)
        if (unit := evolve.unit(None, event)) is not None
    ]
    for row in rows:
        connection.add_event(row)
    connection.many(
        "INSERT INTO unit (id, consignment_key, stage, open_holds, visit_key, parent, place, gross_kg, "
        "condition, line, label, version, last_seq) VALUES (?, ?, ?, 0, NULL, ?, NULL, ?, ?, ?, NULL, 1, ?)",
        units,
    )
    touched.deltas["unit.stage", Stage.PRE_ADVICE] += len(units)
    return head


def _row(number: int, owner: int, unit: Unit, seq: int) -> Row:
    gross = None if unit.gross_kg is None else format(unit.gross_kg, "f")
    return number, owner, STAGE_NUMBER[unit.stage], unit.parent, gross, unit.condition, unit.line, seq

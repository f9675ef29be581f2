"""What happened between two moments: the part of the journal a report is counted from, and the rows it speaks of.

Numbers grow with time but for moments that stood between two writers, so a part is found by halving the journal and
read with a margin on both sides; every entry is then judged by its own time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from terminal.store import journal
from terminal.store.codes import HOUSE_UNITS, STAGE_NUMBER, STAGE_OF, label_of, sscc_number, storable
from terminal.store.handling import Loss
from terminal.store.journal import Entry, moment, stamp
from terminal.store.sql import Connection, Row
from workflows.stages import Stage

#: entries are looked at this much before and after the span
MARGIN = timedelta(minutes=10)
#: entries that are read at a time, and values of one question
CHUNK, MANY = 1000, 500


@dataclass(frozen=True, slots=True)
class Part:
    """The numbers of the journal that may belong to a span: from ``first`` to ``last``, both included."""

    first: int
    last: int

    @property
    def entries(self) -> int:
        """How many there are, of every kind."""
        return max(0, self.last - self.first + 1)


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """Of a unit what figures need: whose it is, where it is, and its gross weight in kg (None: not known)."""

    label: str
    consignment: str
    stage: Stage
    gross_kg: Decimal | None
    parent: str | None = None  # the unit it stands inside

    @property
    def inside(self) -> bool:
        """True when it stands inside another one, which is counted instead."""
        return self.parent is not None


def number_at(connection: Connection, at: datetime) -> int:
    """The number of the first entry that was decided at ``at`` or later; one more than the last when there is none."""
    low, high, wanted = 1, journal.tail(connection).seq + 1, stamp(at)
    while low < high:
        middle = (low + high) // 2
        row = connection.one("SELECT body FROM event WHERE seq = ?", (middle,))
        if row is None or str(json.loads(bytes(row[0]))["at"]) >= wanted:
            high = middle
        else:
            low = middle + 1
    return low


def part_between(connection: Connection, start: datetime, end: datetime) -> Part:
    """The part of the journal in which everything from ``start`` until before ``end`` (UTC) stands."""
    return Part(number_at(connection, start - MARGIN), number_at(connection, end + MARGIN) - 1)


def entries(connection: Connection, part: Part, types: Iterable[str] = ()) -> Iterator[list[Entry]]:
    """The entries of a part in pieces, oldest first; of these types if any. An empty piece tells that time went by."""
    wanted = tuple(types)
    among = f"AND type IN ({', '.join('?' * len(wanted))})" if wanted else ""
    sql = (
        "SELECT seq, type, subject, prev, body, hash FROM event "  # noqa: S608 - marks only
        f"WHERE seq BETWEEN ? AND ? {among} ORDER BY seq"
    )
    for first in range(part.first, part.last + 1, CHUNK):
        last = min(first + CHUNK - 1, part.last)
        rows = connection.all(sql, (first, last, *wanted))
        yield [Entry(row[0], row[1], row[2], row[3], bytes(row[4]), bytes(row[5])) for row in rows]


def units_among(connection: Connection, labels: Iterable[str]) -> dict[str, UnitFacts]:
    """Those of the labels that are units, with what figures need of them."""
    found: dict[str, UnitFacts] = {}
    numbers, texts = [], []
    for label in dict.fromkeys(labels):
        if (number := sscc_number(label)) is not None:
            numbers.append(number)
        elif storable(label):
            texts.append(label)
    for column, values in (("u.id", numbers), ("u.label", texts)):
        for start in range(0, len(values), MANY):
            some = values[start : start + MANY]
            rows = connection.all(
                "SELECT u.id, u.label, c.ref, u.stage, u.gross_kg, u.parent FROM unit u "  # noqa: S608 - own text
                "JOIN consignment c ON c.key = u.consignment_key "
                f"WHERE {column} IN ({', '.join('?' * len(some))})",
                tuple(some),
            )
            found |= {facts.label: facts for facts in map(_facts, rows)}
    return found


def units_of(connection: Connection, ref: str) -> list[UnitFacts]:
    """Every unit of a consignment."""
    rows = connection.all(
        "SELECT u.id, u.label, c.ref, u.stage, u.gross_kg, u.parent FROM unit u "
        "JOIN consignment c ON c.key = u.consignment_key WHERE c.ref = ? ORDER BY u.id",
        (ref,),
    )
    return [_facts(row) for row in rows]


def _facts(row: Row) -> UnitFacts:
    number, label, ref, stage, kg, parent = row
    gross = None if kg is None else Decimal(kg)
    return UnitFacts(label_of(number, label), ref, STAGE_OF[stage], gross, parent)


def labels_like(connection: Connection, text: str, limit: int = 20) -> list[UnitFacts]:
    """Units by a part of their label: the beginning or the last digits of an SSCC, any part of one of our own labels."""
    select = (
        "SELECT u.id, u.label, c.ref, u.stage, u.gross_kg, u.parent FROM unit u "
        "JOIN consignment c ON c.key = u.consignment_key WHERE "
    )
    rows: list[Row] = []
    if text.isascii() and text.isdigit() and len(text) <= 18:
        low = int(text) * 10 ** (18 - len(text))
        high = low + 10 ** (18 - len(text))
        rows += connection.all(f"{select} u.id >= ? AND u.id < ? ORDER BY u.id LIMIT ?", (low, high, limit))
        if len(text) >= 4:
            rows += connection.all(
                f"{select} u.id < ? AND u.id % ? = ? ORDER BY u.id DESC LIMIT ?",
                (HOUSE_UNITS, 10 ** len(text), int(text), limit),
            )
    if storable(text):
        like = "%" + text.upper().replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
        rows += connection.all(
            f"{select} u.label IS NOT NULL AND upper(u.label) LIKE ? ESCAPE '!' ORDER BY u.id DESC LIMIT ?",
            (like, limit),
        )
    found = {facts.label: facts for facts in map(_facts, rows)}
    return list(found.values())[:limit]


def losses_between(connection: Connection, start: datetime, end: datetime) -> list[Loss]:
    """The register of losses and damage as it stands, of what was said last in the span; oldest first."""
    rows = connection.all(
        "SELECT unit, kind, seq, consignment_ref, at, who, place, note FROM loss "
        "WHERE at >= ? AND at < ? ORDER BY seq, unit",
        (stamp(start), stamp(end)),
    )
    return [
        Loss(u, kind, int(seq), ref, moment(at), who, place, note)
        for u, kind, seq, ref, at, who, place, note in rows
    ]


def consignments_not_ended(connection: Connection, ended: Iterable[Stage]) -> list[str]:
    """References of every consignment that is at none of these stages, in the order they came."""
    numbers = [STAGE_NUMBER[stage] for stage in ended]
    rows = connection.all(
        f"SELECT ref FROM consignment WHERE stage NOT IN ({', '.join('?' * len(numbers))}) ORDER BY key",  # noqa: S608
        tuple(numbers),
    )
    return [ref for (ref,) in rows]

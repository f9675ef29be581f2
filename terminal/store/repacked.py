"""What repacking made of units, read off their own stories: so that counts and weights stay those of what came.

A unit that was made here out of another one brings no goods of its own: it never counts as received. What was taken
out of a received unit still does, with its weight, and so does one that was put into another later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from terminal.store import journal, spans
from terminal.store.journal import Entry
from terminal.store.reader import Reader
from terminal.store.spans import UnitFacts

#: how deep units may stand inside each other before a loop is suspected
_DEEP = 40


def _told(reader: Reader, label: str, kind: str) -> list[Entry]:
    return journal.chain_of(reader.connection, reader.last_seq(f"unit:{label}"), (kind,))


def made_here(reader: Reader, labels: Iterable[str]) -> frozenset[str]:
    """Those of the labels that repacking made: new pallets, and units that were taken out of others."""
    return frozenset(label for label in labels if _told(reader, label, "UnitParted"))


@dataclass(frozen=True, slots=True)
class Received:
    """What one label stands for among those that were received together.

    ``alone`` is true when it came as a unit by itself; ``kg`` are the goods it brought, 0 for what is weighed with
    another one, None when nobody knows.
    """

    alone: bool
    kg: Decimal | None


def received(reader: Reader, labels: Iterable[str], repacked: Collection[str]) -> Mapping[str, Received]:
    """What each of the labels brought; ``repacked`` are the references of consignments whose units were repacked.

    Labels that are no units are left out.
    """
    facts = spans.units_among(reader.connection, labels)
    told = {
        label: Received(not one.inside, Decimal(0) if one.inside else one.gross_kg)
        for label, one in facts.items()
    }
    if mixed := {label: one for label, one in facts.items() if one.consignment in repacked}:
        told |= _repacked(reader, mixed)
    return told


def _repacked(reader: Reader, facts: Mapping[str, UnitFacts]) -> dict[str, Received]:
    source = {label: label for label in facts}
    for label in facts:
        source |= dict.fromkeys(_taken_out(reader, label), label)
    pieces = dict(facts) | spans.units_among(reader.connection, source.keys() - facts.keys())
    kg: dict[str, Decimal | None] = dict.fromkeys(facts, Decimal(0))
    for label in _outermost(reader, pieces):
        known, more = kg[source[label]], pieces[label].gross_kg
        kg[source[label]] = None if known is None or more is None else known + more
    return {label: Received(_came_alone(reader, label), kg[label]) for label in facts}


def _taken_out(reader: Reader, label: str) -> list[str]:
    """Everything that was split off a unit, and off that again."""
    found: list[str] = []
    todo = [label]
    while todo:
        for entry in _told(reader, todo.pop(), "UnitSplit"):
            new = [str(one) for one in entry.data["into"]]
            found += new
            todo += new
    return found


def _outermost(reader: Reader, facts: Mapping[str, UnitFacts]) -> frozenset[str]:
    """Those that stand inside no other one of them, through however many others."""
    parents = {label: one.parent for label, one in facts.items()}
    todo = {one for one in parents.values() if one is not None} - parents.keys()
    for _ in range(_DEEP):
        if not todo:
            break
        more = spans.units_among(reader.connection, todo)
        parents |= dict.fromkeys(todo) | {label: one.parent for label, one in more.items()}
        todo = {one for one in parents.values() if one is not None} - parents.keys()
    return frozenset(label for label in facts if not _inside(label, parents, facts))


def _inside(label: str, parents: Mapping[str, str | None], among: Mapping[str, UnitFacts]) -> bool:
    around, depth = parents[label], 0
    while around is not None and depth < _DEEP:
        if around in among:
            return True
        around, depth = parents.get(around), depth + 1
    return False


def _came_alone(reader: Reader, label: str) -> bool:
    """True when a unit stood by itself when it came: it was put into another one later, or never."""
    moves = _told(reader, label, "UnitNested")
    if moves:
        return moves[-1].data["was"] is None
    unit = reader.unit(label)
    return unit is not None and unit.parent is None

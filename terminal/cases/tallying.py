"""Receiving against the packing list: the sheet with its counts, units without a label, damage, closing the tally."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from terminal.cases import looking
from terminal.cases.answers import Answer
from terminal.cases.checking import run
from terminal.cases.once import Request, once
from terminal.store.books import Books
from terminal.store.reader import Reader
from workflows import tallying
from workflows.events import UnitTallied
from workflows.identifiers import Identifier
from workflows.identifiers.checkdigits import gs1
from workflows.outcomes import Accepted, Outcome, Reason, Refused, refuse
from workflows.papers import Line
from workflows.state import Consignment, Unit

Found = tuple[Outcome, str, Mapping[str, Any]]


def with_differences(
    outcome: Outcome, consignment: Consignment | None, unit: Unit, said: Identifier
) -> Outcome:
    """A tally with what the sender's label says otherwise than the packing list."""
    spoken = said.batch is not None or said.expiry is not None or said.count is not None
    if consignment is None or not spoken or not isinstance(outcome, Accepted):
        return outcome
    if not any(isinstance(event, UnitTallied) for event in outcome.events):
        return outcome
    told = tallying.label_differences(
        consignment, unit, batch=said.batch, expiry=said.expiry, count=said.count
    )
    return replace(outcome, events=(*outcome.events, *told))


# --- the sheet -----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class LineCount:
    """One line of goods: packages declared, labelled units of it, and how many of those were seen."""

    line: Line
    units: int
    seen: int
    counted: int | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The tally of one consignment as it stands."""

    consignment: Consignment
    figures: tallying.Counted
    lines: tuple[LineCount, ...]
    units: tuple[Unit, ...]


def sheet(reader: Reader, consignment: Consignment) -> Sheet:
    """Count what was received so far."""
    units = looking.units(reader, consignment.ref)
    told = tallying.figures(consignment, units)
    unseen = frozenset(told.missing)
    counted = consignment.tally.counts if consignment.tally is not None else {}
    lines = []
    for line in consignment.papers.lines:
        mine = [unit for unit in units if unit.line == line.no]
        seen = sum(1 for unit in mine if unit.label not in unseen)
        lines.append(LineCount(line, len(mine), seen, counted.get(str(line.no))))
    return Sheet(consignment, told, tuple(lines), units)


def _of(books: Books, ref: str) -> Consignment | Found:
    consignment = books.consignment(ref)
    if consignment is None:
        return refuse(Reason.NOT_FOUND, consignment=ref), f"consignment:{ref}", {}
    return consignment


def close(books: Books, ref: str, counts: Mapping[str, int], note: str, request: Request) -> Answer:
    """Close the tally of a consignment; the quantity checks run on what was counted."""

    def act() -> Found:
        found = _of(books, ref)
        if isinstance(found, tuple):
            return found
        units = looking.units(books, ref)
        outcome = tallying.close(found, units, counts, request.ask(note=note))
        told = tallying.figures(found, units)
        facts = {
            "consignment": ref,
            "seen": told.seen,
            "declared": told.declared,
            "missing": len(told.missing),
            "surplus": len(told.surplus),
            "damaged": len(told.damaged),
        }
        return outcome, f"consignment:{ref}", facts

    answer = once(books, request, "close_tally", act)
    if answer.news and request.judge is not None:
        run(books, ref, request, request.judge)
    return answer


# --- units without a label ----------------------------------------------------------------------------
def next_label(books: Books, prefix: str) -> str | None:
    """The next SSCC of this terminal: extension 0, the GS1 company prefix, a serial number; None when none is left."""
    head = f"0{prefix}"
    room = 17 - len(head)
    first, last = int(head + "0" * room + "0"), int(head + "9" * room + "9")
    before = books.handling.last_number(first, last)
    serial = 1 if before is None else (before - first) // 10 + 1
    if serial >= 10**room:
        return None
    body = f"{head}{serial:0{room}d}"
    return f"{body}{gs1(body)}"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A unit that the books do not know by its label. ``label`` None: it gets one of ours."""

    label: str | None = None
    line: int | None = None
    gross_kg: Decimal | None = None
    condition: str = "GOOD"
    place: str | None = None
    note: str = ""


def receive(books: Books, ref: str, new: Newcomer, prefix: str, request: Request) -> Answer:
    """Receive a unit without a label that the books know; ``prefix`` is the terminal's GS1 company prefix.

    The answer's facts name its label; a page prints it at once.
    """

    def act() -> Found:
        found = _of(books, ref)
        if isinstance(found, tuple):
            return found
        label = new.label
        if missing := tallying.may_tally(found, request.ask(), "find_unit"):
            return Refused(tuple(missing)), f"consignment:{ref}", {}
        if label is None:
            label = next_label(books, prefix) if prefix else None
            if label is None:
                return refuse(Reason.NO_SSCC_PREFIX, consignment=ref), f"consignment:{ref}", {}
        ask = request.ask(condition=new.condition, note=new.note, place=new.place)
        outcome = tallying.found(found, label, books.unit(label), new.line, new.gross_kg, ask)
        subject = f"unit:{label}" if isinstance(outcome, Accepted) else f"consignment:{ref}"
        return outcome, subject, {"unit": label, "consignment": ref, "ours": new.label is None}

    return once(books, request, "find_unit", act)


def damage(books: Books, label: str, condition: str, note: str, request: Request) -> Answer:
    """Note damage of a unit after its tally."""

    def act() -> Found:
        unit = books.unit(label)
        if unit is None:
            return refuse(Reason.UNKNOWN_LABEL, label=label), f"label:{label[:64]}", {}
        outcome = tallying.damage(unit, condition, request.ask(note=note))
        facts = {"unit": unit.label, "consignment": unit.consignment, "condition": condition}
        return outcome, f"unit:{unit.label}", facts

    return once(books, request, "note_damage", act)

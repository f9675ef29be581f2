"""Known empty weights: found by plate, written down from papers, and what an empty weight that was taken brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from terminal.cases.answers import Answer
from terminal.cases.inspecting import registered
from terminal.cases.once import Request, once
from terminal.cases.plates import plate_of
from terminal.store.books import Books
from terminal.store.ids import uuid7
from terminal.store.reader import Reader
from workflows import tares
from workflows.checks.reference import Tolerances, default_reference
from workflows.event_base import Event
from workflows.inspection_state import Method
from workflows.outcomes import Outcome
from workflows.state import Visit, Weighing

#: how an empty vehicle that does not fit is looked into, the best first; the last needs no instrument
_LOOK = (Method.XRAY_CARGO, Method.BACKSCATTER)


def shipped() -> Tolerances:
    """The tolerances that come with the product; a service hands in those in force."""
    return default_reference().tolerances


def known(reader: Reader, plate: str | None, trailer: str | None = None) -> Weighing | None:
    """The newest known tare of a vehicle, however old; plates normalised."""
    if plate is None:
        return None
    lines = reader.weighings(limit=1, subject=tares.subject_of(plate, trailer))
    return lines[0].weighing if lines else None


def history(reader: Reader, plate: str | None, trailer: str | None = None, limit: int = 50) -> list[Weighing]:
    """Every tare of a vehicle, newest first."""
    if plate is None:
        return []
    return [line.weighing for line in reader.weighings(limit=limit, subject=tares.subject_of(plate, trailer))]


def known_before(reader: Reader, visit: Visit) -> Weighing | None:
    """The known tare to compare a vehicle with: one that it gave itself in this visit does not count."""
    own = {(one.at, one.scale, one.kg) for one in visit.weighings}
    for one in history(reader, visit.plate, visit.trailer, limit=10):
        if (one.at, one.scale, one.kg) not in own:
            return one
    return None


def at_gate(reader: Reader, visit: Visit, request: Request) -> Weighing | None:
    """The known tare of a vehicle that was not weighed empty in this visit, if it still counts."""
    if any(weighing.what == "TARE" for weighing in visit.weighings):
        return None
    return tares.still_good(known(reader, visit.plate, visit.trailer), request.ask())


def returns(reader: Reader, visit: Visit) -> bool:
    """True for a vehicle that comes back from the other bank: it left here with cargo before, or its cut says so."""
    if visit.cut is not None:
        return visit.cut.northbound
    if visit.plate is None:
        return False
    line = reader.left_with_plate(visit.plate)
    before = reader.visit(line.id) if line is not None else None
    return before is not None and bool(before.aboard)


def follows(
    reader: Reader, visit: Visit, weight: Weighing, request: Request, tolerances: Tolerances
) -> tuple[Event, ...]:
    """What follows from an empty weight of this vehicle: a known tare, or the alarm with its hold and inspection."""
    seen = tares.Emptiness(
        known_before(reader, visit),
        tolerances.tare,
        returns(reader, visit),
        next((method for method in _LOOK if registered(reader, method)), Method.VISUAL),
        str(uuid7()),
        str(uuid7()),
    )
    return tares.after_empty_weighing(visit, weight, seen, request.ask())


@dataclass(frozen=True, slots=True)
class Papers:
    """A tare as a paper or the wagon itself says it: plate and trailer as written, kg, and which paper."""

    plate: str
    kg: Decimal
    paper: str
    trailer: str = ""


def register(books: Books, new: Papers, request: Request, tolerances: Tolerances | None = None) -> Answer:
    """Write down the tare of a vehicle from a paper."""
    plate, trailer = plate_of(new.plate), plate_of(new.trailer)

    def act() -> tuple[Outcome, str, Mapping[str, Any]]:
        weight = Weighing(
            new.kg,
            "TARE",
            "papers",
            request.at,
            stable=True,
            value_text=str(new.kg),
            unit_text="kg",
            operator=request.who.id,
            note=new.paper,
        )
        rule = (tolerances or shipped()).tare
        standing = known(books, plate, trailer)
        outcome = tares.register(plate, trailer, weight, standing, rule, request.ask(note=new.paper))
        facts = {"plate": plate, "trailer": trailer, "kg": format(new.kg, "f")}
        return outcome, tares.subject_of(plate or "", trailer), facts

    return once(books, request, "register_tare", act)

"""Vehicles: announced, let in, weighed, docked, sealed, let out, and what happens on the way across."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from terminal.cases import device_readings, looking, queueing, tares
from terminal.cases.answers import Answer
from terminal.cases.consignments import mine
from terminal.cases.once import Request, once
from terminal.cases.plates import plate_of
from terminal.cases.scans import set_aside
from terminal.store.books import Books
from terminal.store.ids import uuid7
from terminal.store.reader import Reader
from workflows.decide import decide
from workflows.events import VisitAnnounced
from workflows.outcomes import Accepted, Outcome, Reason, refuse
from workflows.roles import RIGHTS, Right, Role
from workflows.stages import Stage
from workflows.state import Seal, Visit, Weighing
from workflows.weight_state import OnScale

_ANNOUNCERS = RIGHTS[Right.ANNOUNCE] | {Role.GATE_OPERATOR}

__all__ = ["NewVisit", "VisitStep", "announce", "at_the_gate", "decide_step", "plate_of", "step"]


@dataclass(frozen=True, slots=True)
class NewVisit:
    """A vehicle that is expected, or stands at the gate unannounced. Plates as written."""

    plate: str
    trailer: str | None = None
    mode: str = "ROAD"
    carries: tuple[str, ...] = ()
    id: str | None = None
    unannounced: bool = False


@dataclass(frozen=True, slots=True)
class VisitStep:
    """What was seen when a vehicle took a step. Plates as read, normalised here; weights in kg."""

    step: Stage
    plate: str | None = None
    trailer: str | None = None
    seals: tuple[Seal, ...] = ()
    driver: str | None = None
    weight: Weighing | None = None
    note: str = ""
    on_scale: OnScale = field(default_factory=OnScale)
    waybill: str | None = None
    offline_at: datetime | None = None  # done without a connection, by the clock of the station (UTC)
    extra: Mapping[str, Any] = field(default_factory=dict)


def announce(books: Books, new: NewVisit, request: Request) -> Answer:
    """Expect a vehicle with the consignments it brings (none when it comes to load)."""

    def act() -> tuple[Outcome, str, Mapping[str, Any]]:
        identity = new.id or f"V-{request.at:%y%m%d}-{str(uuid7())[-6:]}"
        subject = f"visit:{identity}"
        if not request.who.roles & _ANNOUNCERS:
            return refuse(Reason.NOT_PERMITTED, who=_ANNOUNCERS, step="announce"), subject, {}
        plate = plate_of(new.plate)
        if plate is None:
            return refuse(Reason.INVALID, field="plate"), subject, {}
        if books.visit(identity) is not None:
            return refuse(Reason.INVALID, field="id", value=identity), subject, {}
        for ref in new.carries:
            carried = books.consignment(ref)
            if carried is None or not mine(carried, request):
                return refuse(Reason.NOT_FOUND, consignment=ref), subject, {}
        event = VisitAnnounced(
            subject, plate, plate_of(new.trailer), new.mode, new.carries, unannounced=new.unannounced
        )
        return Accepted((event,)), subject, {"visit": identity, "plate": plate}

    return once(books, request, "announce", act)


def step(
    books: Books, identity: str, taken: VisitStep, request: Request, *, window: timedelta = timedelta(days=30)
) -> Answer:
    """Let a vehicle take a step, if the one door says so. One that was done offline too long ago is set aside for people."""
    done = taken.offline_at
    if done is not None and request.at - done > window and request.barred is None:
        missing = refuse(Reason.TOO_OLD, scanned_at=done.isoformat(), received_at=request.at.isoformat())
        return set_aside(books, request, "too_old", missing)

    def act() -> tuple[Outcome, str, Mapping[str, Any]]:
        subject = f"visit:{identity}"
        visit = books.visit(identity)
        if visit is None:
            return refuse(Reason.NOT_FOUND, visit=identity), subject, {}
        if taken.step is Stage.GATE_IN and request.who.may_step(Stage.GATE_IN):
            visit = device_readings.with_alarms(books, visit, request)
        outcome = decide_step(books, visit, taken, request)
        if isinstance(outcome, Accepted) and taken.step is Stage.GATE_IN:
            outcome = Accepted((*outcome.events, *queueing.sent_to(books, visit, request)))
        return outcome, subject, {"visit": identity, "step": taken.step.value}

    return once(books, request, taken.step.value, act)


def decide_step(books: Books, visit: Visit, taken: VisitStep, request: Request) -> Outcome:
    """Ask the one door for this vehicle."""
    ask = request.ask(
        plate=plate_of(taken.plate),
        trailer=plate_of(taken.trailer),
        seals=taken.seals,
        driver=taken.driver,
        waybill=taken.waybill,
        weight=taken.weight,
        note=taken.note,
        last_of=looking.last_of(books, visit),
        on_scale=taken.on_scale,
        offline_at=taken.offline_at,
        tare=tares.at_gate(books, visit, request) if taken.step is Stage.GATE_OUT else None,
        same_plate=_same_plate(books, plate_of(taken.plate)) if taken.step is Stage.GATE_IN else (),
    )
    return decide(looking.of_visit(books, visit, taken.step), taken.step, ask)


def _same_plate(books: Books, plate: str | None) -> tuple[Visit, ...]:
    lines = books.visits_with_plate(plate) if plate else []
    return tuple(visit for line in lines if (visit := books.visit(line.id)) is not None)


def at_the_gate(books: Reader, plate: str) -> list[Visit]:
    """Visits that a plate at the gate can mean: expected or inside, the latest first."""
    wanted = plate_of(plate)
    if wanted is None:
        return []
    found = (books.visit(line.id) for line in books.visits_with_plate(wanted))
    return [
        visit for visit in found if visit is not None and (visit.inside or visit.stage is Stage.PRE_ADVICE)
    ]

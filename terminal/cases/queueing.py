"""The queue: which dock a vehicle is sent to when it comes in, who waits before whom, and the tracking codes."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from terminal.cases.answers import Answer
from terminal.cases.once import Request, once
from terminal.cases.plates import plate_of
from terminal.store.books import Books
from terminal.store.reader import Reader
from workflows import tracking
from workflows.arrivals import HOUR, Hours, ahead_of, dock_for, queue_order
from workflows.events import Event
from workflows.events_announce import TrackingCodeGiven, VisitQueued
from workflows.evolve import TASHKENT
from workflows.outcomes import Accepted, AlreadyDone, Outcome, Reason, refuse
from workflows.roles import RIGHTS, Right
from workflows.stages import Stage
from workflows.state import Visit


def inside(reader: Reader) -> list[Visit]:
    """Every visit between gate-in and gate-out."""
    found = (reader.visit(line.id) for line in reader.visits_inside())
    return [visit for visit in found if visit is not None]


def sent_to(books: Books, visit: Visit, request: Request) -> tuple[Event, ...]:
    """What follows from letting a vehicle in: its dock and place in the queue, and its tracking code."""
    others = inside(books)
    dock = dock_for(request.rules.hours.docks, Counter(other.dock for other in others if other.dock))
    there = replace(visit, stage=Stage.GATE_IN, since=request.at, queued_at=request.at, dock=dock)
    subject = f"visit:{visit.id}"
    events: list[Event] = [VisitQueued(subject, dock, ahead_of(there, others), visit.priority)]
    if visit.tracking is None:
        events.append(TrackingCodeGiven(subject, new_code(books)))
    return tuple(events)


def new_code(reader: Reader) -> str:
    """A tracking code that nobody has: eleven signs out of 31 from the system's own randomness, and the check sign."""
    while True:
        code = tracking.code_of(secrets.randbelow(len(tracking.SIGNS)) for _ in range(tracking.RANDOM))
        if reader.announcing.tracked(code) is None:
            return code


def give_code(books: Books, ref: str, request: Request, may_see: Callable[[Any], bool]) -> Answer:
    """The tracking code of a consignment; it gets one when it has none yet. Asked again, it is the same code."""

    def act() -> tuple[Outcome, str, Mapping[str, Any]]:
        subject = f"consignment:{ref}"
        if not request.who.may(Right.ANNOUNCE):
            return refuse(Reason.NOT_PERMITTED, who=RIGHTS[Right.ANNOUNCE], step="tracking"), subject, {}
        found = books.consignment(ref)
        if found is None or not may_see(found):
            return refuse(Reason.NOT_FOUND, consignment=ref), subject, {}
        if found.tracking is not None:
            return AlreadyDone({"consignment": ref, "code": tracking.grouped(found.tracking)}), subject, {}
        code = new_code(books)
        facts = {"consignment": ref, "code": tracking.grouped(code)}
        return Accepted((TrackingCodeGiven(subject, code),)), subject, facts

    return once(books, request, "tracking", act)


@dataclass(frozen=True, slots=True)
class Told:
    """What anybody may know: milestones with their times (UTC), of a consignment or a vehicle."""

    milestones: tuple[tuple[tracking.Milestone, datetime], ...]


def follow(reader: Reader, code: str) -> Told | None:
    """What the code tells; None for every text that is not the code of something, for whatever cause.

    A text that cannot be a code costs the same look-up as one that could.
    """
    read = tracking.read(code)
    subject = reader.announcing.tracked(read or "")
    if read is None or subject is None or subject.startswith("trip:"):
        return None
    return told_of(reader, subject)


def told_of(reader: Reader, subject: str) -> Told:
    """The milestones of "consignment:REF" or "visit:ID"."""
    table = tracking.VISIT if subject.startswith("visit:") else tracking.CONSIGNMENT
    story: list[tuple[Stage, datetime]] = []
    for entry in reader.stages_of(subject):
        match entry.type:
            case "ConsignmentAnnounced" | "VisitAnnounced":
                story.append((Stage.PRE_ADVICE, entry.at))
            case "VisitEntered":
                story.append((Stage.GATE_IN, entry.at))
            case "StageChanged":
                story.append((Stage(entry.data["stage"]), entry.at))
    return Told(tracking.milestones(table, story))


@dataclass(frozen=True, slots=True)
class OwnTruck:
    """What a driver may know of the own truck: milestones, how many wait before it, and where it is called to."""

    milestones: tuple[tuple[tracking.Milestone, datetime], ...]
    ahead: int | None
    dock: str | None


def own_truck(reader: Reader, reference: str, plate: str) -> OwnTruck | None:
    """The status of a truck by the reference of its visit or of a consignment it carries, and its plate.

    None when the two do not belong together, for whatever cause.
    """
    wanted = plate_of(plate[:40]) or ""
    ref = reader.reference_of(reference[:80]) or reference[:80].strip()
    for line in reader.visits_with_plate(wanted):
        visit = reader.visit(line.id)
        if visit is None or ref not in (visit.id, *visit.carries, *visit.brought, *visit.loaded):
            continue
        waits = visit.stage in (Stage.GATE_IN, Stage.WEIGH_IN)
        called = visit.stage in (Stage.UNLOAD, Stage.LOAD)
        return OwnTruck(
            told_of(reader, f"visit:{visit.id}").milestones,
            ahead_of(visit, inside(reader)) if waits else None,
            (visit.point or visit.dock) if called else visit.dock if waits else None,
        )
    return None


# --- the work that is coming ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class WindowLoad:
    """One hour of a day: its start (UTC), vehicles that booked it, that of them have not come yet, and that came in."""

    at: datetime
    booked: int
    expected: int
    came: int


@dataclass(frozen=True, slots=True)
class DockLoad:
    """One dock: vehicles that wait for it, in their order, and those that stand there."""

    dock: str | None
    waiting: tuple[Visit, ...]
    there: tuple[Visit, ...]


@dataclass(frozen=True, slots=True)
class Workload:
    """A day of the terminal: its hours against the capacity, docks, and what has no window or no notice."""

    day: date
    per_hour: int
    windows: tuple[WindowLoad, ...]
    docks: tuple[DockLoad, ...]
    without_window: int
    in_trouble: int


def workload(reader: Reader, hours: Hours, day: date) -> Workload:
    """What the day brings and what is waiting now."""
    start = datetime.combine(day, time(), TASHKENT)
    end = start + timedelta(days=1)
    booked = reader.announcing.booked(start, end)
    of_day = [reader.visit(identity) for identity in reader.announcing.booked_by(start, end, 5000)]
    open_ = Counter(v.slot for v in of_day if v is not None and v.stage is Stage.PRE_ADVICE)
    here = inside(reader)
    came = Counter(
        v.queued_at.replace(minute=0, second=0, microsecond=0)
        for v in (*here, *(v for v in of_day if v is not None and not v.inside))
        if v.queued_at is not None and start <= v.queued_at < end
    )
    times = sorted({*hours.windows(day), *booked, *came})
    queue = queue_order(here)
    docks: tuple[str | None, ...] = hours.docks or (None,)
    return Workload(
        day,
        hours.per_hour,
        tuple(WindowLoad(at, booked.get(at, 0), open_.get(at, 0), came.get(at, 0)) for at in times),
        tuple(
            DockLoad(
                dock,
                tuple(v for v in queue if v.dock == dock),
                tuple(
                    v
                    for v in here
                    if v.stage in (Stage.UNLOAD, Stage.LOAD, Stage.SEAL) and (v.point or v.dock) == dock
                ),
            )
            for dock in docks
        ),
        sum(1 for line in reader.visits_at(Stage.PRE_ADVICE, limit=1000) if _no_window(reader, line.id)),
        sum(1 for v in here if v.in_trouble),
    )


def _no_window(reader: Reader, identity: str) -> bool:
    visit = reader.visit(identity)
    return visit is not None and visit.slot is None


def free(reader: Reader, hours: Hours, now: datetime) -> list[tuple[datetime, int]]:
    """Windows that can still be booked (start, UTC) with how many vehicles each still takes, the next first."""
    today = now.astimezone(TASHKENT).date()
    days = [today + timedelta(days=ahead) for ahead in range(hours.ahead_days + 1)]
    windows = [at for day in days for at in hours.windows(day) if at + HOUR > now]
    if not windows:
        return []
    booked = reader.announcing.booked(windows[0], windows[-1] + HOUR)
    return [(at, left) for at in windows if (left := hours.per_hour - booked.get(at, 0)) > 0]

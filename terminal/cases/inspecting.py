"""Inspections as people meet them: order, start, result, cancel, waive; and what pages show of them.

``take_result`` is also the door for machines: an X-ray that posts its verdict, a file that was read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from terminal.cases.answers import Answer
from terminal.cases.checking import Judge, run
from terminal.cases.once import Request, once
from terminal.store.books import Books
from terminal.store.ids import uuid7
from terminal.store.reader import Reader
from workflows import inspection_confirming, inspections
from workflows.ask import Ask
from workflows.checks.reference import Reference
from workflows.equipment_state import FOR_METHOD, Equipment, EquipmentState
from workflows.inspection_roles import may_do, may_look
from workflows.inspection_state import TEMPLATES, Inspection, Method, Progress, Result
from workflows.inspections import Kept, NewOrder, Outcomes, seen_by
from workflows.outcomes import Outcome, Reason, refuse
from workflows.papers import Mode, Papers
from workflows.roles import Actor, Right
from workflows.second_look import look
from workflows.stages import Stage

__all__ = ["Outcomes", "seen_by"]

Found = tuple[Outcome, str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Ordering:
    """What a person orders: on what, how, where to look, why, and for which joint operation."""

    subject: str  # "consignment:REF", "unit:LABEL", "visit:ID"
    method: Method
    why: str
    places: tuple[str, ...] = ()
    operation: str | None = None
    instead_of: str | None = None


def kept_of(reader: Reader, subject: str) -> Kept | None:
    """What an inspection of ``subject`` stands on; None when it does not exist."""
    kind, _, name = subject.partition(":")
    if kind == "unit":
        unit = reader.unit(name)
        consignment = reader.consignment(unit.consignment) if unit is not None else None
        return None if unit is None or consignment is None else Kept(consignment, unit)
    if kind == "consignment":
        consignment = reader.consignment(name)
        return None if consignment is None else Kept(consignment)
    if kind == "visit":
        visit = reader.visit(name)
        return None if visit is None else Kept(visit=visit)
    return None


def kept_by_id(reader: Reader, identity: str) -> Kept | None:
    """What the inspection with that id stands on."""
    one = reader.inspecting.inspection(identity)
    return kept_of(reader, one.subject) if one is not None else None


def registered(reader: Reader, method: Method) -> bool:
    """True when the inventory holds something for this method that was not retired."""
    kind = FOR_METHOD.get(method)
    if kind is None:
        return False
    return any(one.state is not EquipmentState.RETIRED for one in reader.inspecting.all_equipment(kind))


def _of_device(reader: Reader, method: Method, device: str) -> Equipment | None:
    """What a machine that speaks for itself is in the inventory: by its device id, as id or as serial number."""
    kind = FOR_METHOD.get(method)
    found = reader.inspecting.all_equipment(kind) if kind is not None else []
    return next((one for one in found if device in (one.id, one.serial)), None)


def _not_begun(kept: Kept, identity: str) -> bool:
    return any(one.id == identity and one.progress is Progress.ORDERED for one in kept.inspections)


def order(books: Books, asked: Ordering, request: Request) -> Answer:
    """Order an inspection; from this moment no release is given until it is settled."""

    def act() -> Found:
        kept = kept_of(books, asked.subject)
        ask = request.ask(note=asked.why)
        if kept is None:
            if (barred := inspections.may_not_order(ask, asked.method)) is not None:
                return barred, asked.subject, {}  # they do not learn what exists
            return refuse(Reason.NOT_FOUND, subject=asked.subject), asked.subject, {}
        new = NewOrder(
            str(uuid7()), asked.subject, asked.method, asked.places, asked.operation, asked.instead_of
        )
        outcome = inspections.order(new, kept, ask)
        return (
            outcome,
            kept.subject,
            {"inspection": new.id, "method": asked.method.value, "on": asked.subject},
        )

    return once(books, request, "order_inspection", act)


def start(books: Books, identity: str, equipment: str | None, request: Request) -> Answer:
    """Begin an ordered inspection with the named equipment."""

    def act() -> Found:
        kept, subject = _kept(books, identity)
        if kept is None:
            return refuse(Reason.INSPECTION_NOT_FOUND, inspection=identity), subject, {}
        method, tool = _method(kept, identity), None
        if equipment is not None:
            tool = books.inspecting.equipment(equipment)
            if tool is None:
                return refuse(Reason.INVALID, field="equipment", value=equipment), subject, {}
        outcome = inspections.start(kept, identity, tool, registered(books, method), request.ask())
        return outcome, subject, {"inspection": identity, "method": method.value}

    return once(books, request, "start_inspection", act)


def take_result(
    books: Books,
    identity: str,
    said: Outcomes,
    request: Request,
    judge: Judge,
    equipment: str | None = None,
) -> Answer:
    """Record what came of an inspection, said by a person or brought by a machine.

    What alarms opens a hold in the same commit; the checks run again, so that the lane follows.
    """

    def act() -> Found:
        kept, subject = _kept(books, identity)
        if kept is None:
            return refuse(Reason.INSPECTION_NOT_FOUND, inspection=identity), subject, {}
        method, tool = _method(kept, identity), None
        if equipment is not None:
            tool = books.inspecting.equipment(equipment)
            if tool is None:
                return refuse(Reason.INVALID, field="equipment", value=equipment), subject, {}
        elif request.device is not None and _not_begun(kept, identity):
            tool = _of_device(books, method, request.device)
        ask = request.ask()
        fresh = str(uuid7())
        outcome = inspections.finish(kept, identity, said, fresh, tool, registered(books, method), ask)
        facts = {"inspection": identity, "method": method.value, "result": said.result.value}
        return outcome, subject, facts

    answer = once(books, request, "do_inspection", act)
    if answer.news:
        for ref in _judged(books, answer.subject):
            run(books, ref, request, judge)
    return answer


def cancel(books: Books, identity: str, reason: str, request: Request) -> Answer:
    """Take an order back, with a reason."""
    return _decided(books, identity, "cancel_inspection", inspections.cancel, reason, request)


def waive(books: Books, identity: str, reason: str, request: Request) -> Answer:
    """Customs lets an inspection that was not possible rest, with a reason."""
    return _decided(books, identity, "waive_inspection", inspections.waive, reason, request)


def second_look(
    books: Books, identity: str, agrees: bool, note: str, request: Request, judge: Judge
) -> Answer:
    """Another person read the picture and agrees with the first reading, or doubts it; a doubt opens a hold.

    The checks run again, so that the lane follows.
    """

    def act() -> Found:
        kept, subject = _kept(books, identity)
        if kept is None:
            return refuse(Reason.INSPECTION_NOT_FOUND, inspection=identity), subject, {}
        ask = request.ask(note=note)
        person = books.people.get(ask.who.id)
        names = (person.login, person.name) if person is not None else ()
        outcome = look(kept, identity, agrees, str(uuid7()), ask, names)
        facts = {"inspection": identity, "method": _method(kept, identity).value, "agrees": agrees}
        return outcome, subject, facts

    answer = once(books, request, "second_look", act)
    if answer.news:
        for ref in _judged(books, answer.subject):
            run(books, ref, request, judge)
    return answer


def confirm(books: Books, identity: str, confirmed: bool, note: str, request: Request) -> Answer:
    """Say what came of an alarm: something was there, or nothing."""

    def rule(kept: Kept, inspection: str, ask: Ask) -> Outcome:
        return inspection_confirming.confirm(kept, inspection, confirmed, ask)

    return _decided(books, identity, "confirm_indication", rule, note, request)


def _decided(books: Books, identity: str, step: str, rule: Any, reason: str, request: Request) -> Answer:
    def act() -> Found:
        kept, subject = _kept(books, identity)
        if kept is None:
            return refuse(Reason.INSPECTION_NOT_FOUND, inspection=identity), subject, {}
        return rule(kept, identity, request.ask(note=reason)), subject, {"inspection": identity}

    return once(books, request, step, act)


def _kept(books: Books, identity: str) -> tuple[Kept | None, str]:
    kept = kept_by_id(books, identity)
    return kept, kept.subject if kept is not None else f"inspection:{identity[:64]}"


def _method(kept: Kept, identity: str) -> Method:
    return next(one.method for one in kept.inspections if one.id == identity)


def _judged(books: Books, subject: str) -> tuple[str, ...]:
    """Consignments whose checks may say something else now."""
    kind, _, name = subject.partition(":")
    if kind == "consignment":
        return (name,)
    visit = books.visit(name)
    return tuple(dict.fromkeys((*visit.aboard, *visit.brought))) if visit is not None else ()


# --- what pages show -------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of a list of inspections. ``age`` counts from the order; ``late`` after the target of the stage."""

    id: str
    subject: str
    consignment: str | None
    visit: str | None
    method: Method
    progress: Progress
    waits_for_look: bool  # read once; another person has to read its picture too
    result: Result | None
    ordered_at: datetime
    age: timedelta
    late: bool
    equipment: str | None
    operation: str | None
    mine: bool  # the reader may do it


@dataclass(frozen=True, slots=True)
class MethodGroup:
    """Open orders of one method, oldest first."""

    method: Method
    orders: tuple[OrderLine, ...]

    @property
    def oldest(self) -> timedelta:
        """Age of the oldest order."""
        return max((line.age for line in self.orders), default=timedelta())


@dataclass(frozen=True, slots=True)
class DeclaredLine:
    """What the papers say of one line, to compare with what is seen. Weight in kg."""

    no: int
    description: str
    hs_code: str | None
    packages: int | None
    package_type: str | None
    gross_kg: Decimal | None


@dataclass(frozen=True, slots=True)
class FileShown:
    """One attached file."""

    id: str
    name: str
    media_type: str
    size: int
    sha256: str
    added_by: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class OrderShown:
    """One inspection with everything its page needs."""

    inspection: Inspection
    line: OrderLine
    declared: tuple[DeclaredLine, ...]
    places: Mapping[str, tuple[str, ...]]  # templates that fit what is inspected
    equipment: tuple[Equipment, ...]  # what may be chosen: of its kind and not retired
    files: tuple[FileShown, ...]


_FOR_MODE: Mapping[Mode, tuple[str, ...]] = {
    Mode.ROAD: ("TRUCK", "TRAILER", "CONTAINER", "PAPERS"),
    Mode.RAIL: ("WAGON", "CONTAINER", "PAPERS"),
    Mode.AIR: ("AIRCRAFT_PALLET", "TRUCK", "PAPERS"),
    Mode.RIVER: ("CONTAINER", "PAPERS"),
}


def templates_for(subject: str, mode: Mode | None = None) -> dict[str, tuple[str, ...]]:
    """The lists of places that fit a subject: a unit's own, or those of its vehicle's kind."""
    if subject.startswith("unit:"):
        names: tuple[str, ...] = ("UNIT",)
    else:
        names = _FOR_MODE[mode] if mode is not None else tuple(TEMPLATES)
    return {name: TEMPLATES[name] for name in names}


def target_of(reference: Reference) -> int | None:
    """Minutes after which an open order is late: the dwell target of the inspection stage in the tables in force."""
    return reference.tolerances.dwell_minutes.get(Stage.INSPECT.value)


def line_of(
    one: Inspection, keeper: tuple[str, str] | None, who: Actor, now: datetime, target: int | None
) -> OrderLine:
    """One inspection as a line of a list; ``target`` as :func:`target_of`."""
    kind, name = keeper or ("", "")
    age = now - one.ordered_at
    return OrderLine(
        one.id,
        one.subject,
        name if kind == "consignment" else None,
        name if kind == "visit" else None,
        one.method,
        one.progress,
        one.waits_for_look,
        one.result,
        one.ordered_at,
        age,
        one.open and target is not None and age > timedelta(minutes=target),
        one.equipment,
        one.operation,
        may_look(who, one) if one.waits_for_look else may_do(who, one.method),
    )


def open_orders(
    reader: Reader, who: Actor, now: datetime, target: int | None, limit: int = 500
) -> list[MethodGroup]:
    """Open orders by method, each oldest first, as this person may see them; the longest waiting method first."""
    groups: dict[Method, list[OrderLine]] = {}
    for one in reader.inspecting.inspections_open(limit=limit):
        seen = seen_by(one, who)
        if seen is not None:
            line = line_of(seen, reader.inspecting.keeper(one.id), who, now, target)
            groups.setdefault(one.method, []).append(line)
    found = [MethodGroup(method, tuple(lines)) for method, lines in groups.items()]
    return sorted(found, key=lambda group: group.oldest, reverse=True)


def concerned(who: Actor) -> bool:
    """True for people and machines that read or do inspections."""
    return who.may(Right.READ_INSPECTIONS) or any(may_do(who, method) for method in Method)


def open_of(reader: Reader, who: Actor, method: Method | None = None, limit: int = 200) -> list[Inspection]:
    """Open inspections, oldest first, as this person may see them."""
    found = reader.inspecting.inspections_open(limit=limit, method=method)
    return [seen for one in found if (seen := seen_by(one, who)) is not None]


def of_consignment(reader: Reader, ref: str, who: Actor) -> list[Inspection]:
    """Inspections of a consignment and its units, oldest first, as this person may see them."""
    found = (seen_by(one, who) for one in reader.inspecting.inspections_of(ref))
    return [one for one in found if one is not None]


def one_order(
    reader: Reader, identity: str, who: Actor, now: datetime, target: int | None
) -> OrderShown | None:
    """One inspection with what was declared, where to look, with what, and its files; None if not for this reader."""
    stored = reader.inspecting.inspection(identity)
    one = seen_by(stored, who) if stored is not None else None
    if one is None:
        return None
    kept = kept_of(reader, one.subject)
    papers = kept.consignment.papers if kept is not None and kept.consignment is not None else None
    unit_line = kept.unit.line if kept is not None and kept.unit is not None else None
    mode = papers.mode if papers is not None else None
    if mode is None and kept is not None and kept.visit is not None:
        mode = Mode(kept.visit.mode)
    kind = FOR_METHOD.get(one.method)
    tools = reader.inspecting.all_equipment(kind) if kind is not None else []
    files = reader.desk.attachments_of(f"inspection:{identity}") if one.files else []
    return OrderShown(
        one,
        line_of(one, reader.inspecting.keeper(identity), who, now, target),
        declared_lines(papers, unit_line),
        templates_for(one.subject, mode),
        tuple(tool for tool in tools if tool.state is not EquipmentState.RETIRED),
        tuple(FileShown(f.id, f.name, f.media_type, f.size, f.sha256, f.added_by, f.added_at) for f in files),
    )


def declared_lines(papers: Papers | None, only: int | None = None) -> tuple[DeclaredLine, ...]:
    """What the papers declare, of all lines or of one."""
    lines = papers.lines if papers is not None else ()
    return tuple(
        DeclaredLine(line.no, line.description, line.hs_code, line.packages, line.package_type, line.gross_kg)
        for line in lines
        if only is None or line.no == only
    )

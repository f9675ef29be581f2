"""Cuts of wagons: the list announced, the numbers read when the train comes in, and weights taken in motion.

A wagon is a visit of its own; a cut is the visits that came with one train. Numbers are checked (Luhn) and never
repaired: a wrong one on the list is held (ID-06), and the number read at the track that differs in one place is
proposed to a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from workflows.ask import Ask
from workflows.checks.facts import finding
from workflows.event_base import Event
from workflows.events import VisitAnnounced
from workflows.events_weights import TareRegistered
from workflows.findings import Severity
from workflows.holds import place_by_check
from workflows.holds_by_check import asked_for
from workflows.identifiers import Identifier, Kind, fold_code, read_as
from workflows.identifiers.transport import propose
from workflows.outcomes import Accepted, Missing, Outcome, Reason, Refused, refuse
from workflows.roles import RIGHTS, Right, Role
from workflows.stages import Stage
from workflows.state import Visit, Weighing
from workflows.tares import lasting, subject_of
from workflows.weight_state import CutPlace

#: who may say which wagons come
#: who walks along a train and writes down the seals of its wagons
SEAL_READERS = frozenset({Role.GATE_OPERATOR, Role.CUSTOMS_INSPECTOR, Role.BORDER_OFFICER})
ANNOUNCERS = RIGHTS[Right.ANNOUNCE] | {Role.GATE_OPERATOR}
#: more wagons than any train of the line has; a longer list is a mistake
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Wagon:
    """One row of a wagon list. ``number`` as written; weights in kg; ``carries`` references of consignments."""

    number: str
    carries: tuple[str, ...] = ()
    tare_kg: Decimal | None = None
    gross_kg: Decimal | None = None
    waybill: str = ""
    seals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewCut:
    """A wagon list: the train, the cut's own id, its wagons from the head of the train."""

    id: str
    train: str
    wagons: tuple[Wagon, ...]
    northbound: bool = False


def number_form(text: str) -> str:
    """A wagon number for comparing: folded digits, without spaces and dashes."""
    return fold_code(text).text


def number_fits(text: str) -> bool:
    """True for 8 digits (1,520 mm) or 12 (UIC) whose check digit holds."""
    return isinstance(read_as(Kind.WAGON, text), Identifier)


def announce(
    new: NewCut, standing: Mapping[str, Visit], tared: frozenset[str], ids: Sequence[str], ask: Ask
) -> Outcome:
    """Expect every wagon of a list.

    ``standing`` are open visits by wagon number: a wagon is not expected twice. ``tared`` are numbers whose tare is
    known: what is painted on a wagon counts only until it was weighed here. ``ids`` give fresh hold ids.
    """
    if not ask.who.roles & ANNOUNCERS:
        return refuse(Reason.NOT_PERMITTED, who=ANNOUNCERS, step="announce", person=ask.who.id)
    missing: list[Missing] = []
    if not 1 <= len(new.wagons) <= LONGEST:
        missing.append(Missing(Reason.INVALID, {"field": "wagons", "value": len(new.wagons)}))
    seen: dict[str, int] = {}
    for row, wagon in enumerate(new.wagons, 1):
        number = number_form(wagon.number)
        if not number or not number.isascii() or len(number) > 20:
            missing.append(Missing(Reason.INVALID, {"field": "number", "row": row, "value": wagon.number}))
        elif number in seen:
            missing.append(
                Missing(Reason.INVALID, {"field": "number", "row": row, "value": number, "as": seen[number]})
            )
        elif number in standing:
            facts = {"visit": standing[number].id, "plate": number, "row": row}
            missing.append(Missing(Reason.ALREADY_ANNOUNCED, facts))
        seen.setdefault(number, row)
    if missing:
        return Refused(tuple(missing))
    fresh, events = iter(ids), list[Event]()
    for order, wagon in enumerate(new.wagons, 1):
        number, subject = number_form(wagon.number), f"visit:{wagon_visit(new.id, order)}"
        place = CutPlace(
            new.id,
            order,
            new.train,
            new.northbound,
            wagon.waybill,
            wagon.tare_kg,
            wagon.gross_kg,
            wagon.seals,
        )
        events.append(VisitAnnounced(subject, number, None, "RAIL", wagon.carries, cut=place))
        if not number_fits(number):
            found = finding("ID-06", Severity.HOLD, f"wagon:{number}", number=number)
            for hold in asked_for([found], subject, [next(fresh)]):
                outcome = place_by_check(hold, (), subject, ask)
                events += outcome.events if isinstance(outcome, Accepted) else ()
        if wagon.tare_kg is not None and number not in tared:
            painted = Weighing(
                wagon.tare_kg, "TARE", "papers", ask.at, True, operator=ask.who.id, note=new.train
            )
            events.append(TareRegistered(subject_of(number), lasting(painted, ask), "PAPERS"))
    return Accepted(tuple(events))


def sealed_still(visit: Visit) -> bool:
    """True for a wagon that is inside and has not been opened: its seals can still be those it came with."""
    return visit.stage in (Stage.GATE_IN, Stage.WEIGH_IN)


def wagon_visit(cut: str, order: int) -> str:
    """The id of the visit of one wagon of a cut."""
    return f"{cut}-{order:02d}"


@dataclass(frozen=True, slots=True)
class Matched:
    """Numbers read at the track against the list: who is there, who may be meant, who is missing, who is too many.

    ``there`` is visit id -> number read; ``maybe`` the same for numbers that differ in one place from a wrong one on
    the list, to be confirmed by a person; ``missing`` visits nobody read; ``extra`` numbers nobody announced; ``wrong``
    numbers read whose check digit fails.
    """

    there: Mapping[str, str]
    maybe: Mapping[str, str]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    wrong: tuple[str, ...]


def match(cut: Iterable[Visit], read: Iterable[str]) -> Matched:
    """Compare the numbers read with the wagons of a cut that are expected."""
    expected = {visit.expected_plate or "": visit.id for visit in cut}
    numbers = tuple(dict.fromkeys(number_form(text) for text in read if text.strip()))
    there = {expected[number]: number for number in numbers if number in expected}
    rest = [number for number in numbers if number not in expected]
    wrong = tuple(number for number in rest if not number_fits(number))
    open_rows = {number: identity for number, identity in expected.items() if identity not in there}
    maybe = {}
    for listed, identity in open_rows.items():
        meant = propose(listed, [n for n in rest if n not in wrong]) if not number_fits(listed) else None
        if meant is not None:
            maybe[identity] = meant
    extra = tuple(n for n in rest if n not in wrong and n not in maybe.values())
    missing = tuple(identity for identity in open_rows.values() if identity not in maybe)
    return Matched(there, maybe, missing, extra, wrong)


@dataclass(frozen=True, slots=True)
class InMotion:
    """One wagon as a scale weighed it rolling over: its place counted by the scale from 1, kg, its number if read."""

    order: int
    kg: Decimal
    number: str | None = None


def assign(
    cut: Sequence[Visit], rolled: Sequence[InMotion], *, reverse: bool
) -> tuple[tuple[Visit, InMotion], ...] | Refused:
    """Which wagon of a cut each weight in motion belongs to: by its place, and by its number where the scale read one.

    ``cut`` are the wagons that are here, ``reverse`` says that the tail came first. Refused as a whole when the count
    differs or a number stands elsewhere: a weight moved by one wagon is worse than none.
    """
    here = sorted(cut, key=lambda visit: visit.cut.order if visit.cut else 0, reverse=reverse)
    weights = sorted(rolled, key=lambda one: one.order)
    if len(here) != len(weights) or [one.order for one in weights] != list(range(1, len(weights) + 1)):
        return refuse(Reason.WAGONS_DIFFER, counted=len(weights), listed=len(here))
    wrong = [
        Missing(
            Reason.WAGONS_DIFFER,
            {"order": one.order, "seen": number_form(one.number), "expected": visit.plate},
        )
        for visit, one in zip(here, weights, strict=True)
        if one.number and number_form(one.number) != visit.plate
    ]
    return Refused(tuple(wrong)) if wrong else tuple(zip(here, weights, strict=True))

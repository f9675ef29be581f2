"""Cuts of wagons as people meet them: the list, the train coming in, weights in motion, and the empties going out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from terminal.cases import screening, tares, visits, weighing
from terminal.cases.answers import Answer
from terminal.cases.checking import Judge, run
from terminal.cases.consignments import mine
from terminal.cases.once import Request, once
from terminal.importing.reading import read_file
from terminal.store.books import Books
from terminal.store.ids import uuid7
from terminal.store.reader import Reader
from workflows import rail
from workflows.checks.reference import Tolerances
from workflows.event_base import Event
from workflows.events import StageChanged, VisitAnnounced, VisitEntered
from workflows.outcomes import Accepted, Missing, Outcome, Reason, Refused, refuse
from workflows.rail import InMotion, NewCut, Wagon
from workflows.roles import STEP_ROLES
from workflows.stages import Stage
from workflows.state import Visit, Weighing
from workflows.weight_state import CutPlace
from workflows.weights import weighing_step

Found = tuple[Outcome, str, Mapping[str, Any]]


def wagons_of(reader: Reader, cut: str) -> list[Visit]:
    """Every wagon of a cut in the order of the train, those that came unlisted last."""
    found = []
    for order in range(1, rail.LONGEST + 1):
        visit = reader.visit(rail.wagon_visit(cut, order))
        if visit is None or visit.cut is None:
            break
        found.append(visit)
    return found


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut as a list shows it: id, train, direction, its wagons."""

    id: str
    train: str
    northbound: bool
    wagons: tuple[Visit, ...]

    @property
    def here(self) -> int:
        """How many of its wagons are inside."""
        return sum(visit.inside for visit in self.wagons)

    @property
    def expected(self) -> int:
        """How many have not come."""
        return sum(visit.stage is Stage.PRE_ADVICE for visit in self.wagons)


def cut_of(reader: Reader, identity: str) -> Cut | None:
    """One cut; None when there is no such one."""
    wagons = tuple(wagons_of(reader, identity))
    first = wagons[0].cut if wagons else None
    return Cut(identity, first.train, first.northbound, wagons) if first is not None else None


def cuts(reader: Reader) -> list[Cut]:
    """Cuts of which a wagon is expected or inside, the newest first."""
    lines = [*reader.visits_at(Stage.PRE_ADVICE, limit=500), *reader.visits_inside()]
    names = []
    for line in lines:
        visit = reader.visit(line.id) if line.mode == "RAIL" else None
        if visit is not None and visit.cut is not None:
            names.append(visit.cut.cut)
    found = (cut_of(reader, name) for name in sorted(set(names), reverse=True))
    return [cut for cut in found if cut is not None]


# --- announcing --------------------------------------------------------------------------------------
def from_file(name: str, data: bytes) -> tuple[Wagon, ...]:
    """The wagons that a wagon list or an SMGS note names, in their order: one a wagon, weights and seals of its lines."""
    rows: dict[str, Wagon] = {}
    for line in read_file(name, data).lines:
        if not line.wagon:
            continue
        number = rail.number_form(line.wagon)
        one = rows.get(number, Wagon(line.wagon, waybill=line.transport_document or ""))
        kg = line.gross_kg
        total = one.gross_kg + kg if one.gross_kg is not None and kg is not None else one.gross_kg or kg
        seals = one.seals if not line.seal or line.seal in one.seals else (*one.seals, line.seal)
        rows[number] = replace(one, gross_kg=total, seals=seals)
    return tuple(rows.values())


def _carried(books: Books, wagon: Wagon, refs: Sequence[str]) -> tuple[str, ...]:
    """What a wagon brings: as its row says, else of the consignments of the cut those whose papers name it, or no wagon."""
    if wagon.carries:
        return wagon.carries
    number = rail.number_form(wagon.number)
    found = []
    for ref in refs:
        consignment = books.consignment(ref)
        named = (
            {rail.number_form(line.wagon) for line in consignment.papers.lines if line.wagon}
            if consignment
            else set()
        )
        if not named or number in named:
            found.append(ref)
    return tuple(found)


def announce(books: Books, new: NewCut, refs: Sequence[str], request: Request) -> Answer:
    """Expect a cut. ``refs`` are consignments of the whole cut; each wagon carries those whose papers name it."""

    def act() -> Found:
        identity = new.id or f"C-{request.at:%y%m%d}-{str(uuid7())[-6:]}"
        subject = f"cut:{identity}"
        for ref in dict.fromkeys((*refs, *(ref for wagon in new.wagons for ref in wagon.carries))):
            consignment = books.consignment(ref)
            if consignment is None or not mine(consignment, request):
                return refuse(Reason.NOT_FOUND, consignment=ref), subject, {}
        wagons = tuple(replace(wagon, carries=_carried(books, wagon, refs)) for wagon in new.wagons)
        standing: dict[str, Visit] = {}
        for wagon in wagons:
            number = rail.number_form(wagon.number)
            for line in books.visits_with_plate(number):
                if (visit := books.visit(line.id)) is not None:
                    standing[number] = visit
        tared = {n for wagon in wagons if tares.known(books, n := rail.number_form(wagon.number)) is not None}
        ids = [str(uuid7()) for _ in wagons]
        cut = replace(new, id=identity, wagons=wagons)
        outcome = rail.announce(cut, standing, frozenset(tared), ids, request.ask())
        wrong = [w.number for w in wagons if not rail.number_fits(w.number)]
        return outcome, subject, {"cut": identity, "wagons": len(wagons), "wrong_numbers": wrong}

    return once(books, request, "announce", act)


# --- the train comes in -------------------------------------------------------------------------------
def arrive(
    books: Books, identity: str, read: Sequence[str], confirmed: bool, request: Request, judge: Judge
) -> Answer:
    """Let in the wagons whose numbers were read, in one commit.

    ``confirmed`` says that a person looked at the numbers that differ in one place from a wrong one on the list; without
    it those wagons stay outside. Numbers nobody announced come in as wagons of trouble at the end of the cut.
    """
    refs: dict[str, None] = {}

    def act() -> Found:
        subject, cut = f"cut:{identity}", cut_of(books, identity)
        if not request.who.may_step(Stage.GATE_IN):
            who = STEP_ROLES[Stage.GATE_IN]
            return refuse(Reason.NOT_PERMITTED, who=who, step=Stage.GATE_IN.value), subject, {}
        if cut is None:
            return refuse(Reason.NOT_FOUND, cut=identity), subject, {}
        expected = [visit for visit in cut.wagons if visit.stage is Stage.PRE_ADVICE]
        numbers = [n for n in read if rail.number_form(n) not in {v.plate for v in cut.wagons}]
        told = rail.match(expected, numbers)
        coming = {**told.there, **(told.maybe if confirmed else {})}
        events, missing = list[Event](), list[Missing]()
        for visit in expected:
            if visit.id not in coming:
                continue
            # Numbers are read from the track, seals are not: who walks along the train writes those down.
            taken = visits.VisitStep(Stage.GATE_IN, coming[visit.id])
            outcome = visits.decide_step(books, visit, taken, request)
            if isinstance(outcome, Refused):
                missing += outcome.missing
            elif isinstance(outcome, Accepted):
                events += outcome.events
                refs.update(dict.fromkeys(visit.carries))
        for place, number in enumerate(told.extra, len(cut.wagons) + 1):
            events += _unlisted(books, cut, place, number, request, missing)
        facts = {
            "cut": identity, "arrived": len(coming), "maybe": dict(told.maybe) if not confirmed else {},
            "missing": [v.expected_plate for v in expected if v.id in told.missing], "extra": list(told.extra),
            "wrong_numbers": list(told.wrong),
        }  # fmt: skip
        if missing or not events:
            nothing = (Missing(Reason.INVALID, {"field": "numbers"}),)
            return Refused(tuple(missing) or nothing), subject, facts
        return Accepted(tuple(_once_each(events))), subject, facts

    answer = once(books, request, Stage.GATE_IN.value, act)
    if answer.news:
        _judged(books, identity, refs, request, judge)
    return answer


def _judged(books: Books, identity: str, refs: Iterable[str], request: Request, judge: Judge) -> None:
    """The checks of what the cut brings, and of its empty wagons by themselves."""
    for ref in refs:
        run(books, ref, request, judge)
    for wagon in wagons_of(books, identity):
        screening.run(books, wagon.id, request, judge)


def _unlisted(
    books: Books, cut: Cut, place: int, number: str, request: Request, missing: list[Missing]
) -> list[Event]:
    """A wagon that nobody announced: inside, and in trouble until somebody says what it brings."""
    if any(
        (visit := books.visit(line.id)) is not None and visit.inside
        for line in books.visits_with_plate(number)
    ):
        missing.append(Missing(Reason.ALREADY_INSIDE, {"plate": number}))
        return []
    subject = f"visit:{rail.wagon_visit(cut.id, place)}"
    where = CutPlace(cut.id, place, cut.train, cut.northbound)
    return [
        VisitAnnounced(subject, number, None, "RAIL", unannounced=True, cut=where),
        VisitEntered(subject, number, mode="RAIL", point=request.point),
    ]


def _once_each(events: Iterable[Event]) -> list[Event]:
    """A consignment on several wagons arrives, or leaves, once."""
    kept, seen = list[Event](), set[str]()
    for event in events:
        if isinstance(event, StageChanged) and event.subject.startswith("consignment:"):
            if event.subject in seen:
                continue
            seen.add(event.subject)
        kept.append(event)
    return kept


# --- weights in motion --------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Rolled:
    """What a scale in motion says of a cut: which scale, its wagons, and whether the tail came first."""

    scale: str
    wagons: tuple[InMotion, ...]
    reverse: bool = False
    verified_until: date | None = None
    note: str = ""


def weigh_in_motion(
    books: Books, identity: str, rolled: Rolled, request: Request, judge: Judge, tolerances: Tolerances
) -> Answer:
    """Give every wagon of a cut that is here its weight in motion; all of them, or none."""
    refs: dict[str, None] = {}

    def act() -> Found:
        subject, cut = f"cut:{identity}", cut_of(books, identity)
        if not request.who.may_step(Stage.WEIGH_IN):
            who = STEP_ROLES[Stage.WEIGH_IN]
            return refuse(Reason.NOT_PERMITTED, who=who, step=Stage.WEIGH_IN.value), subject, {}
        if cut is None:
            return refuse(Reason.NOT_FOUND, cut=identity), subject, {}
        if rolled.scale not in request.rules.scales:
            return refuse(Reason.INVALID, field="scale", value=rolled.scale), subject, {}
        pairs = rail.assign([v for v in cut.wagons if v.inside], rolled.wagons, reverse=rolled.reverse)
        if isinstance(pairs, Refused):
            return pairs, subject, {"cut": identity}
        events, missing = list[Event](), list[Missing]()
        for visit, one in pairs:
            weight = _in_motion(one, rolled, request)
            outcome = weighing.decided(books, visit, weighing_step(visit), weight, request, tolerances)
            if isinstance(outcome, Refused):
                missing += [replace(m, facts={**m.facts, "plate": visit.plate}) for m in outcome.missing]
            elif isinstance(outcome, Accepted):
                events += outcome.events
                refs.update(dict.fromkeys((*visit.aboard, *visit.brought)))
        facts = {"cut": identity, "scale": rolled.scale, "wagons": len(pairs)}
        if missing:
            return Refused(tuple(missing)), subject, facts
        return Accepted(tuple(_once_each(events))), subject, facts

    answer = once(books, request, "weigh_in_motion", act)
    if answer.news:
        _judged(books, identity, refs, request, judge)
    return answer


def _in_motion(one: InMotion, rolled: Rolled, request: Request) -> Weighing:
    return Weighing(
        one.kg,
        "GROSS",
        rolled.scale,
        request.at,
        stable=True,
        flags=("in_motion",),
        value_text=str(one.kg),
        unit_text="kg",
        verified_until=rolled.verified_until,
        operator=request.who.id,
        note=rolled.note,
    )


# --- the cut leaves -----------------------------------------------------------------------------------
def leave(books: Books, identity: str, request: Request, judge: Judge) -> Answer:
    """Let out every wagon of a cut that is weighed out; the whole list of what stands in the way of any of them."""
    refs: dict[str, None] = {}

    def act() -> Found:
        subject, cut = f"cut:{identity}", cut_of(books, identity)
        if not request.who.may_step(Stage.GATE_OUT):
            who = STEP_ROLES[Stage.GATE_OUT]
            return refuse(Reason.NOT_PERMITTED, who=who, step=Stage.GATE_OUT.value), subject, {}
        going = [visit for visit in cut.wagons if visit.inside] if cut is not None else []
        if cut is None or not going:
            return refuse(Reason.NOT_FOUND, cut=identity), subject, {}
        events, missing = list[Event](), list[Missing]()
        for visit in going:
            outcome = visits.decide_step(
                books, visit, visits.VisitStep(Stage.GATE_OUT, visit.plate, seals=visit.seals), request
            )
            if isinstance(outcome, Refused):
                missing += [replace(m, facts={**m.facts, "plate": visit.plate}) for m in outcome.missing]
            elif isinstance(outcome, Accepted):
                events += outcome.events
                refs.update(dict.fromkeys(visit.aboard))
        facts = {"cut": identity, "wagons": len(going), "empty": sum(not visit.aboard for visit in going)}
        if missing:
            return Refused(tuple(missing)), subject, facts
        return Accepted(tuple(_once_each(events))), subject, facts

    answer = once(books, request, Stage.GATE_OUT.value, act)
    if answer.news:
        for ref in refs:
            run(books, ref, request, judge)
    return answer

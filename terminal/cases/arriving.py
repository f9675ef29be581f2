"""Vehicles that nobody announced: let in, shown at the desk of trouble, and matched with what they bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from terminal.cases import queueing, visits
from terminal.cases.answers import Answer
from terminal.cases.cargo_seen import after_visit_step
from terminal.cases.checking import Judge, run
from terminal.cases.once import Request, once
from terminal.cases.plates import plate_of
from terminal.store.books import Books
from terminal.store.reader import Reader
from workflows import announce
from workflows.arrivals import inside_elsewhere
from workflows.outcomes import Outcome, Reason, Refused, refuse
from workflows.roles import STEP_ROLES
from workflows.stages import Stage
from workflows.state import Visit


def arrive(
    books: Books, new: visits.NewVisit, taken: visits.VisitStep, request: Request, judge: Judge
) -> Answer:
    """Let in a vehicle nobody announced: two entries of one commit. It is inside at once, and in trouble until
    somebody says what it brings. The same plate inside already is refused before anything is written for it."""
    if not request.who.may_step(Stage.GATE_IN):
        barred = refuse(Reason.NOT_PERMITTED, who=STEP_ROLES[Stage.GATE_IN], step=Stage.GATE_IN.value)
        return once(books, request, Stage.GATE_IN.value, lambda: (barred, request.who.id, {}))
    entering = replace(request, nonce=f"{request.nonce}-in")
    plate = plate_of(new.plate)
    if books.recall(request.who.id, request.nonce, request.asked) is None and plate is not None:
        there = [books.visit(line.id) for line in books.visits_with_plate(plate)]
        stranger = Visit("", Stage.PRE_ADVICE, request.at)
        if again := inside_elsewhere(stranger, plate, [one for one in there if one is not None]):
            subject = f"visit:{again[0].facts['visit']}"
            return once(books, request, Stage.GATE_IN.value, lambda: (Refused(tuple(again)), subject, {}))
        expected = [one for one in there if one is not None and one.stage is Stage.PRE_ADVICE]
        if expected:  # it was announced: it enters as what it was announced
            answer = visits.step(books, expected[0].id, taken, request)
            after_visit_step(books, expected[0].id, answer, request, judge)
            return answer
    announced = visits.announce(books, new, request)
    if not announced.ok or "visit" not in announced.facts:
        return announced
    identity = str(announced.facts["visit"])
    answer = visits.step(books, identity, taken, entering)
    after_visit_step(books, identity, answer, entering, judge)
    return answer


@dataclass(frozen=True, slots=True)
class Trouble:
    """A vehicle nobody announced, and the expected ones that it may be, the likeliest first."""

    visit: Visit
    maybe: tuple[Visit, ...]


def in_trouble(reader: Reader) -> list[Trouble]:
    """Every vehicle inside of which nobody has said what it brings, the one waiting longest first."""
    waiting = [visit for visit in queueing.inside(reader) if visit.in_trouble]
    if not waiting:
        return []
    lines = reader.visits_at(Stage.PRE_ADVICE, limit=200)
    expected = [visit for line in lines if (visit := reader.visit(line.id)) is not None]
    return [Trouble(visit, tuple(_likely(visit, expected)[:5])) for visit in waiting]


def _likely(visit: Visit, expected: list[Visit]) -> list[Visit]:
    """Expected vehicles by how many signs of the plate differ, then by who has waited longest."""

    def differs(other: Visit) -> int:
        mine, theirs = visit.plate or "", other.expected_plate or ""
        return abs(len(mine) - len(theirs)) + sum(a != b for a, b in zip(mine, theirs, strict=False))

    return sorted(
        (one for one in expected if one.mode == visit.mode), key=lambda one: (differs(one), one.since)
    )


def match(
    books: Books,
    identity: str,
    refs: tuple[str, ...],
    expected_id: str | None,
    request: Request,
    judge: Judge,
) -> Answer:
    """Say what a vehicle brings: an expected visit, consignments by reference, or (neither) that it came to load."""
    carried: list[str] = []

    def act() -> tuple[Outcome, str, Mapping[str, Any]]:
        subject, visit = f"visit:{identity}", books.visit(identity)
        expected = books.visit(expected_id) if expected_id else None
        if expected_id and expected is None:
            return refuse(Reason.NOT_FOUND, visit=expected_id), subject, {}
        named = tuple(dict.fromkeys((*(expected.carries if expected else ()), *refs)))
        found = [books.consignment(books.reference_of(ref) or ref) for ref in named]
        for ref, one in zip(named, found, strict=True):
            if one is None:
                return refuse(Reason.NOT_FOUND, consignment=ref), subject, {}
        known = tuple(one for one in found if one is not None)
        carried.extend(one.ref for one in known)
        outcome = announce.match(visit, request.ask(), known, expected, identity)
        return outcome, subject, {"visit": identity, "consignments": [one.ref for one in known]}

    answer = once(books, request, "match", act)
    if answer.news:
        for ref in carried:
            run(books, ref, request, judge)
    return answer

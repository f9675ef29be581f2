"""Undoing a scan: what it restores, what is too late, and what there is to do instead."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.builders import must
from tests.support.working_day import ROAD, Day
from workflows import undoing
from workflows.events import UnitLoaded
from workflows.events_handling import ScanUndone
from workflows.handling_state import Tally, UndoReason
from workflows.outcomes import Accepted, AlreadyDone, Outcome, Reason, Refused
from workflows.stages import Stage
from workflows.undoing import Scanned

UNIT = "095212340000010000"


def day(*, loaded: bool = True) -> tuple[Day, str]:
    """A released consignment whose first unit was put away and, unless told otherwise, loaded on V2."""
    made = Day.begun()
    made.arrive("V1", "V2")
    made.screen(ROAD)
    must(made.drive("T", Stage.UNLOAD, "V1"))
    made.release(ROAD)
    label = sorted(unit.label for unit in made.of(ROAD))[0]
    for unit in made.of(ROAD):
        must(made.handle("T", Stage.TALLY, unit.label, None))
    must(made.drive("T", Stage.UNLOAD, "V1", note="empty"))
    must(made.handle("T", Stage.STORAGE, label, None, place="A-01"))
    if loaded:
        must(made.handle("T", Stage.LOAD, label, "V2"))
    return made, label


def scanned(made: Day, label: str, kind: str, before: str) -> Scanned:
    """What a scan of the day did, with the unit as it stood before (a day without that scan has it)."""
    seq, event, at = next(
        (number, one, when)
        for number, (one, _, when) in enumerate(made.journal)
        if one.subject == f"unit:{label}" and one.type == kind
    )
    was = made.units[label]
    match before:
        case "expected":
            was = replace(was, stage=Stage.PRE_ADVICE, place=None, visit=None)
        case "here":
            was = replace(was, stage=Stage.TALLY, place=None, visit=None)
        case _:
            was = replace(was, stage=Stage.STORAGE, place=before, visit=None)
    return Scanned(made.units[label], event, seq, at, was)


def undo(made: Day, done: Scanned | None, *inside: Scanned, who: str = "T", **more: object) -> Outcome:
    """Ask to take it back."""
    reason = more.pop("reason", UndoReason.WRONG_UNIT)
    visit = made.visits[done.event.visit] if done and isinstance(done.event, UnitLoaded) else None
    ask = made.ask(who, **more)  # type: ignore[arg-type]
    return undoing.undo(done, inside, made.consignments[ROAD], visit, reason, ask)  # type: ignore[arg-type]


def why(outcome: Outcome) -> tuple[Reason, dict[str, object]]:
    """The first thing in the way."""
    assert isinstance(outcome, Refused), outcome
    return outcome.reason, dict(outcome.facts)


def test_a_loading_is_taken_back_and_every_sum_is_as_before() -> None:
    made, label = day()
    before, _ = day(loaded=False)
    outcome = must(made.take("T", undo(made, scanned(made, label, "UnitLoaded", "A-01"), note=" two alike ")))
    assert isinstance(outcome, Accepted)
    (event,) = outcome.events
    assert isinstance(event, ScanUndone)
    assert (event.step, event.reason, event.note) == (Stage.LOAD, UndoReason.WRONG_UNIT, "two alike")
    assert made.journal[event.undone][0].type == "UnitLoaded", "the event that is undone is named"
    assert made.units[label] == before.units[label]
    truck = made.visits["V2"]
    assert (truck.loaded, truck.loaded_kg, truck.units) == ({}, Decimal(0), frozenset())
    must(made.handle("T", Stage.LOAD, label, "V2"))  # and it may be scanned again
    assert made.visits["V2"].units == {label}


def test_a_put_away_and_a_tally_are_taken_back() -> None:
    made, label = day(loaded=False)
    must(made.take("T", undo(made, scanned(made, label, "UnitMoved", "here"), reason=UndoReason.WRONG_PLACE)))
    assert (made.units[label].stage, made.units[label].place) == (Stage.TALLY, None)
    must(made.take("T", undo(made, scanned(made, label, "UnitTallied", "expected"))))
    assert made.units[label].stage is Stage.PRE_ADVICE
    must(made.handle("T", Stage.TALLY, label, None))


def test_damage_that_was_seen_after_the_tally_stays() -> None:
    made, label = day(loaded=False)
    made.units[label] = replace(made.units[label], condition="WET")
    must(made.take("T", undo(made, scanned(made, label, "UnitTallied", "expected"))))
    assert made.units[label].condition == "WET"


def test_what_is_inside_comes_back_with_it() -> None:
    made, label = day()
    other = sorted(unit.label for unit in made.of(ROAD))[1]
    must(made.handle("T", Stage.LOAD, other, "V2"))
    outer, inner = (scanned(made, one, "UnitLoaded", "A-01") for one in (label, other))
    outcome = undo(made, outer, inner)
    assert isinstance(outcome, Accepted)
    assert [event.subject for event in outcome.events] == [f"unit:{label}", f"unit:{other}"]
    assert why(undo(made, outer, replace(inner, since=("UnitMoved",))))[1]["moved"] == other


@pytest.mark.parametrize(
    ("stage", "fact"), [(Stage.SEAL, "sealed"), (Stage.WEIGH_OUT, "sealed"), (Stage.GATE_OUT, "left_with")]
)
def test_a_closed_or_departed_load_is_too_late(stage: Stage, fact: str) -> None:
    made, label = day()
    made.visits["V2"] = replace(made.visits["V2"], stage=stage)
    reason, facts = why(undo(made, scanned(made, label, "UnitLoaded", "A-01")))
    assert reason is Reason.UNDO_TOO_LATE
    assert facts == {fact: made.visits["V2"].plate}


def test_a_closed_tally_is_too_late_and_one_before_the_scan_is_not() -> None:
    made, label = day(loaded=False)
    done = scanned(made, label, "UnitTallied", "expected")
    for minutes, late in ((1, True), (-1, False)):
        closed = Tally(done.at + timedelta(minutes=minutes), "T", 2, 2)
        made.consignments[ROAD] = replace(made.consignments[ROAD], tally=closed)
        outcome = undo(made, done)
        assert isinstance(outcome, Refused) is late
    assert why(undo(made, replace(done, since=("UnitMoved",))))[1] == {"moved": label, "stage": "STORAGE"}


def test_who_may_and_what_is_said_of_nothing() -> None:
    made, label = day()
    done = scanned(made, label, "UnitLoaded", "A-01")
    assert why(undo(made, done, who="C1"))[0] is Reason.NOT_PERMITTED
    assert why(undo(made, None, who="G"))[0] is Reason.NOT_PERMITTED
    assert why(undo(made, None))[0] is Reason.NOTHING_TO_UNDO
    assert why(undo(made, done, reason=UndoReason.OTHER, note=" "))[0] is Reason.REASON_NEEDED
    assert isinstance(undo(made, replace(done, undone=True)), AlreadyDone)

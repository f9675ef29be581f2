"""No automation has more rights than the person or device it acts for; machines decide nothing about goods."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import PEOPLE, PLATE, REF, SSCCS, World, must, papers, weight
from workflows import (
    gatepass,
    handover,
    holds,
    inspections,
    routing,
    second_look,
    seizures,
    steps_consignment,
)
from workflows.ask import Ask
from workflows.checks.facts import finding
from workflows.decide import decide
from workflows.event_base import Event
from workflows.events import HoldPlaced
from workflows.events_routing import AuditOpened, LaneChosen
from workflows.findings import Severity
from workflows.holds_by_check import asked_for
from workflows.inspection_roles import BY_MACHINE
from workflows.inspection_state import Method, Result
from workflows.outcomes import Accepted, Refused
from workflows.roles import DECIDED_BY_PEOPLE, Actor
from workflows.routing_state import Lane, LaneChoice
from workflows.seizure_state import Commodity, Handling, Seized
from workflows.stages import Stage
from workflows.state import Authority, HoldOutcome, HoldReason, Seal

EVERYTHING = Actor("device:all", steps=frozenset(Stage), is_device=True)


def along(far: int) -> World:
    """A consignment and its truck, so many stations along."""
    world = World.announced()
    if far >= 1:
        world.arrive_and_clear()
    if far >= 2:
        world.release()
    if far >= 3:
        world.load_all()
        world.do("C1", Stage.SEAL, on_visit=True, seals=(Seal("S1"),))
    if far >= 4:
        world.do("W", Stage.WEIGH_OUT, on_visit=True, weight=weight(17664, at=world.now))
    if far >= 5:
        world.do("G", Stage.GATE_OUT, on_visit=True, plate=PLATE, seals=(Seal("S1"),))
    return world


def kinds(outcome: Accepted) -> list[tuple[str, str]]:
    """What happened to what."""
    return [(event.type, event.subject) for event in outcome.events]


@settings(max_examples=300)
@given(
    st.integers(0, 5),
    st.frozensets(st.sampled_from(list(Stage))),
    st.sampled_from(list(Stage)),
    st.sampled_from([None, *SSCCS]),
    st.booleans(),
)
def test_a_machine_does_what_its_point_allows_and_what_a_person_could_do(
    far: int, steps: frozenset[Stage], step: Stage, unit: str | None, on_visit: bool
) -> None:
    world = along(far)
    assert world.visit is not None
    given_: dict[str, Any] = {
        "plate": PLATE,
        "seals": world.visit.seals or (Seal("S1"),),
        "weight": weight(17664 if far >= 3 else 15420, at=world.now),
        "note": "seen",
        "place": "B-07",
        "last_of": frozenset({REF}),
    }
    machine = Actor("device:any", steps=steps, is_device=True)
    situation = world.situation(unit, on_visit)
    outcome = decide(situation, step, Ask(machine, world.now, **given_))
    if step not in steps or step in DECIDED_BY_PEOPLE:
        assert isinstance(outcome, Refused)
        assert outcome.reason == "NOT_PERMITTED"
        return
    person = next((actor for actor in PEOPLE.values() if actor.may_step(step)), None)
    if person is None:  # nobody's step, so no machine's
        assert isinstance(outcome, Refused)
        return
    by_hand = decide(situation, step, Ask(person, world.now, **given_))
    assert type(outcome) is type(by_hand)
    if isinstance(outcome, Accepted) and isinstance(by_hand, Accepted):
        assert kinds(outcome) == kinds(by_hand)
    if isinstance(outcome, Refused) and isinstance(by_hand, Refused):
        assert outcome.missing == by_hand.missing


@settings(max_examples=60)
@given(st.integers(0, 5), st.sampled_from(list(Method)), st.sampled_from(list(Result)))
def test_a_machine_that_may_take_every_step_decides_nothing(far: int, method: Method, result: Result) -> None:
    world = along(far)
    must(world.place("C1"))
    world.order("C1", method, f"unit:{SSCCS[0]}" if method is Method.SAMPLE_LAB else "visit:V1")
    assert world.consignment is not None
    assert world.visit is not None
    ask = Ask(EVERYTHING, world.now, note="by itself", plate=PLATE, seals=world.visit.seals)
    subject, consignment = f"consignment:{REF}", world.consignment
    hold = holds.NewHold("HX", subject, Authority.CUSTOMS, HoldReason.SEAL)
    order = inspections.NewOrder("IX", subject, Method.VISUAL)
    seized = Seized("22-01", "customs", Commodity.DRUGS, "hashish", weight(1).kg, "kg")
    record = seizures.NewSeizure("SZ-2026-0001", Handling.LAW_ENFORCEMENT, seized, REF)
    kept = world.kept(subject)
    tried = [
        steps_consignment.announce(None, papers("NEW-1"), ask),
        steps_consignment.amend(consignment, papers(consignee="Somebody else"), ask),
        steps_consignment.afghan_approval(consignment, ask),
        holds.place(hold, consignment.holds, subject, ask),
        *(holds.lift(consignment.holds, "H1", outcome, subject, ask) for outcome in HoldOutcome),
        inspections.order(order, kept, ask),
        inspections.cancel(kept, "I1", ask),
        inspections.waive(kept, "I1", ask),
        second_look.look(kept, "I1", True, "HX", ask),
        routing.set_lane(consignment, Lane.GREEN, ask),
        routing.mark(consignment, "R16", ask),
        routing.unmark(consignment, "R16", ask),
        seizures.record(record, (), {}, ask),
        gatepass.cover(world.situation(on_visit=True), ask, "P1", "0a0b0c0d"),
        handover.issue_link(world.visit, "ABCDEFGH", timedelta(days=1), ask),
        handover.end_link(world.visit, ask),
    ]
    assert all(isinstance(outcome, Refused) for outcome in tried)
    if "I1" in world.inspections():
        subject = world.inspections()["I1"].subject
        said = inspections.Outcomes(result, note="seen")
        told = inspections.finish(world.kept(subject), "I1", said, "HI", None, False, ask)
        assert method in BY_MACHINE or not isinstance(told, Accepted)


_CODES = st.sampled_from(["SEA-01", "WGT-02", "CTL-02", "DOC-06", "VEH-02", "SAN-01", "RSK-01", "DAT-01"])


@given(st.lists(st.tuples(_CODES, st.sampled_from(list(Severity))), max_size=6), st.sampled_from(list(Lane)))
def test_what_the_checks_do_by_themselves_only_keeps_goods(
    found: list[tuple[str, Severity]], lane: Lane
) -> None:
    """Checks run in the name of whoever's step made them run: they hold, choose the lane and open audits, and no more."""
    world = along(2)
    assert world.consignment is not None
    before = world.consignment
    findings = [finding(code, severity, "vehicle") for code, severity in found]
    events: list[Event] = []
    for number, new in enumerate(asked_for(findings, f"consignment:{REF}", (f"HC{n}" for n in range(9)))):
        asked = replace(world.ask("T"), note=str(number))
        outcome = holds.place_by_check(new, before.holds, f"consignment:{REF}", asked)
        events += outcome.events if isinstance(outcome, Accepted) else ()
    events += routing.chosen(before, LaneChoice(lane, 0, ()), world.ask("T"))
    assert all(isinstance(event, HoldPlaced | LaneChosen | AuditOpened) for event in events)
    for event in events:
        world.apply(event, "rules")
    after = world.consignment
    assert after.permissions == before.permissions
    assert after.stage is before.stage
    assert all(hold.open for hold in after.holds)

"""Inspections as work orders: who, with what, what follows from each result, and how an order ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import PEOPLE, PLATE, REF, SSCCS, World, must, reasons
from workflows import events_inspection as ei
from workflows.equipment_state import EquipmentKind
from workflows.inspection_roles import BY_MACHINE, DOES, may_do
from workflows.inspection_state import (
    ALARMING,
    IMAGES,
    PLACES,
    TEMPLATES,
    Method,
    Progress,
    Result,
    forces_red,
)
from workflows.inspections import HOLD_REASON, Outcomes, finish, seen_by
from workflows.outcomes import Accepted, AlreadyDone
from workflows.release import standing_in_the_way
from workflows.roles import Actor, Role
from workflows.stages import OUTWARD, Stage
from workflows.state import HoldOutcome, HoldReason, HoldSeverity


def cleared() -> World:
    """A consignment that is unloaded, counted and screened."""
    world = World.announced()
    world.arrive_and_clear()
    return world


def somebody(method: Method) -> str:
    """Somebody who does this method."""
    return next(name for name, actor in PEOPLE.items() if actor.roles & DOES[method])


def subject_of(method: Method) -> str:
    return f"unit:{SSCCS[0]}" if method is Method.SAMPLE_LAB else f"consignment:{REF}"


def test_an_open_order_stops_the_release_until_it_is_done() -> None:
    world = cleared()
    must(world.order("RISK", Method.XRAY_CARGO))
    outcome = world.do("C1", Stage.CUSTOMS_RELEASE)
    assert reasons(outcome) == ["INSPECTION_OPEN"]
    (missing,) = outcome.missing  # type: ignore[union-attr]
    assert missing.who == {Role.XRAY_OPERATOR}
    assert (missing.facts["inspection"], missing.facts["method"]) == ("I1", "XRAY_CARGO")
    must(world.begin("XR", "I1"))
    assert world.consignment is not None
    assert world.consignment.stage is Stage.INSPECT
    assert reasons(world.do("C1", Stage.CUSTOMS_RELEASE)) == ["INSPECTION_OPEN"]
    world.now = world.now.replace(minute=world.now.minute + 12)
    must(world.end("XR", "I1"))
    one = world.inspections()["I1"]
    assert (one.progress, one.result, one.done_by, one.minutes) == (
        Progress.DONE,
        Result.NO_FINDING,
        "xusan",
        14,
    )
    assert reasons(world.do("C1", Stage.CUSTOMS_RELEASE)) == ["SECOND_LOOK_NEEDED"]
    must(world.look("XR2", "I1"))
    must(world.do("C1", Stage.CUSTOMS_RELEASE))


def test_an_order_after_the_release_stops_the_goods_and_its_start_takes_the_release_back() -> None:
    world = cleared()
    world.release()
    must(world.order("C1"))
    assert "INSPECTION_OPEN" in reasons(world.do("T", Stage.LOAD, unit=SSCCS[0]))
    must(world.cancel("C1", "I1"))
    must(world.do("T", Stage.LOAD, unit=SSCCS[0]))
    must(world.order("C1"))
    must(world.begin("C1", "I2"))
    assert world.consignment is not None
    assert world.consignment.stage is Stage.INSPECT
    assert not [p for p in world.consignment.permissions if p.kind.value.endswith("RELEASE")]
    must(world.end("C1", "I2"))
    assert "NO_CUSTOMS_RELEASE" in reasons(world.do("T", Stage.LOAD, unit=SSCCS[1]))


def test_an_inspection_of_one_unit_stops_that_unit_and_the_approvals() -> None:
    world = cleared()
    world.release()
    must(world.order("C1", subject=f"unit:{SSCCS[0]}"))
    assert "INSPECTION_OPEN" in reasons(world.do("T", Stage.LOAD, unit=SSCCS[0]))
    must(world.do("T", Stage.LOAD, unit=SSCCS[1]))
    assert world.consignment is not None
    assert [m.reason.value for m in standing_in_the_way(world.consignment, Stage.RELEASE)] == [
        "INSPECTION_OPEN"
    ]
    assert standing_in_the_way(world.consignment, Stage.GATE_OUT, SSCCS[1]) == []


def test_an_empty_truck_waits_for_its_inspection() -> None:
    world = cleared()
    must(world.order("B", Method.CANINE_DRUGS, "visit:V1", "comes back empty", places=("FUEL_TANK", "TYRES")))
    outcome = world.do("G", Stage.GATE_OUT, on_visit=True, plate=PLATE)
    assert "INSPECTION_OPEN" in reasons(outcome)
    must(world.end("K9", "I1", Result.INDICATION, found_at=("FUEL_TANK",)))
    assert world.visit is not None
    (hold,) = world.visit.holds
    assert (hold.subject, hold.reason, hold.open) == ("visit:V1", HoldReason.CANINE_INDICATION, True)
    assert "OPEN_HOLD" in reasons(world.do("G", Stage.GATE_OUT, on_visit=True, plate=PLATE))


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("result", Result)
def test_each_result_of_each_method(method: Method, result: Result) -> None:
    world = cleared()
    must(world.order("C1", method, subject_of(method)))
    tool = "kit" if method is Method.DRUG_TEST_KIT else None
    if tool:
        world.acquire(
            EquipmentKind.DRUG_TEST_KIT, tool, kit_lot="L-7", expires=world.now.date().replace(year=2027)
        )
    must(world.end(somebody(method), "I1", result, tool))
    assert world.consignment is not None
    holds = [hold for hold in world.consignment.holds if hold.id == "HI-I1"]
    one = world.inspections()["I1"]
    if result in ALARMING:
        (hold,) = holds
        found = result is Result.FINDING
        assert hold.open
        assert hold.reason is HOLD_REASON.get(method, HoldReason.OTHER)
        assert hold.severity is (HoldSeverity.BLOCK if found else HoldSeverity.HOLD)
        assert hold.subject == (f"consignment:{REF}" if found else subject_of(method))
        assert hold.blocks == OUTWARD
        assert one.hold == hold.id
        assert hold.evidence == ("inspection:I1",)
    else:
        assert holds == []
    assert one.open == (result is Result.NOT_POSSIBLE or method in IMAGES)
    assert one.waits_for_look == (result is not Result.NOT_POSSIBLE and method in IMAGES)
    assert (world.consignment.lane == "RED") == forces_red(method, result)
    if tool and result is not Result.NOT_POSSIBLE:
        assert one.kit_lot == "L-7"
    world.run_checks("YELLOW")  # whatever the figures say, it stays red
    assert (world.consignment.lane == "RED") == forces_red(method, result)


def test_a_finding_is_never_waived_and_ends_by_the_authority() -> None:
    world = cleared()
    must(world.order("C1", Method.ENDOSCOPE, f"unit:{SSCCS[0]}"))
    must(world.end("C1", "I1", Result.FINDING, found_at=("PALLET_BASE",)))
    for outcome in (HoldOutcome.CLEARED_NO_FINDING, HoldOutcome.CLEARED_WAIVED):
        assert reasons(world.lift("C1", "HI-I1", outcome)) == ["BLOCK_NOT_WAIVABLE"]
    assert "OPEN_HOLD" in reasons(world.do("C1", Stage.CUSTOMS_RELEASE))
    must(world.seize("C1", SSCCS[0]))
    must(world.lift("C1", "HI-I1", HoldOutcome.SEIZED))
    must(world.do("C1", Stage.CUSTOMS_RELEASE))
    must(world.do("R1", Stage.RELEASE))
    assert "WRONG_STAGE" in reasons(world.do("T", Stage.LOAD, unit=SSCCS[0]))
    must(world.do("T", Stage.LOAD, unit=SSCCS[1]))


def test_not_possible_needs_another_order_or_a_reasoned_waiver() -> None:
    world = cleared()
    must(world.order("C1"))
    assert reasons(world.end("C1", "I1", Result.NOT_POSSIBLE, note=" ")) == ["REASON_NEEDED"]
    must(world.end("C1", "I1", Result.NOT_POSSIBLE))
    outcome = world.do("C1", Stage.CUSTOMS_RELEASE)
    assert reasons(outcome) == ["INSPECTION_OPEN"]
    assert reasons(world.waive("B", "I1")) == ["NOT_PERMITTED"]
    assert reasons(world.waive("C1", "I1")) == ["WAIVER_OF_OWN"]
    assert reasons(world.waive("C2", "I1", " ")) == ["REASON_NEEDED"]
    must(world.waive("C2", "I1"))
    assert isinstance(world.waive("C2", "I1"), AlreadyDone)
    must(world.do("C1", Stage.CUSTOMS_RELEASE))


def test_another_order_takes_the_place_of_one_that_was_not_possible() -> None:
    world = cleared()
    assert reasons(world.order("C1", instead_of="I9")) == ["INSPECTION_NOT_FOUND"]
    must(world.order("RISK", Method.XRAY_CARGO))
    assert reasons(world.order("C1", instead_of="I2")) == ["INSPECTION_ENDED"]
    must(world.end("XR", "I2", Result.NOT_POSSIBLE))
    must(world.order("RISK", Method.FULL_UNLOAD, instead_of="I2"))
    assert world.inspections()["I2"].settled
    assert reasons(world.do("C1", Stage.CUSTOMS_RELEASE)) == ["INSPECTION_OPEN"]
    assert reasons(world.cancel("RISK", "I4")) == ["NOT_PERMITTED"]  # that would be a waiver
    must(world.end("T", "I4"))
    must(world.do("C1", Stage.CUSTOMS_RELEASE))


def test_who_may_order_do_and_cancel() -> None:
    world = cleared()
    assert reasons(world.order("T")) == ["NOT_PERMITTED"]
    assert reasons(world.order("C1", why="  ")) == ["REASON_NEEDED"]
    assert reasons(world.order("C1", places=("MOON",))) == ["INVALID"]
    assert reasons(world.order("C1", Method.SAMPLE_LAB)) == ["INVALID"]
    must(world.order("RISK", Method.CANINE_DRUGS))
    assert isinstance(world.order("C1", Method.CANINE_DRUGS), AlreadyDone)
    must(world.order("C1", Method.CANINE_EXPLOSIVES))
    assert reasons(world.begin("C1", "I5")) == ["NOT_PERMITTED"]
    must(world.begin("K9", "I5"))
    assert isinstance(world.begin("K9", "I5"), AlreadyDone)
    assert reasons(world.cancel("B", "I5")) == ["NOT_PERMITTED"]
    assert reasons(world.cancel("RISK", "I5", "")) == ["REASON_NEEDED"]
    must(world.cancel("RISK", "I5"))
    assert reasons(world.end("K9", "I5")) == ["INSPECTION_ENDED"]
    assert reasons(world.cancel("C2", "I5")) == ["INSPECTION_ENDED"]


def test_the_same_result_said_twice_is_once() -> None:
    world = cleared()
    must(world.order("C1"))
    must(world.end("C1", "I1", Result.ANOMALY))
    assert isinstance(world.end("C1", "I1", Result.ANOMALY), AlreadyDone)
    assert reasons(world.end("C1", "I1", Result.NO_FINDING)) == ["INSPECTION_ENDED"]
    assert world.consignment is not None
    assert len(world.consignment.holds) == 1


@pytest.mark.parametrize(
    ("result", "stage"),
    [
        (Result.NO_FINDING, Stage.DESTROYED),
        (Result.FINDING, Stage.DESTROYED),
        (Result.NOT_POSSIBLE, Stage.INSPECT),
    ],
)
def test_a_sampled_unit_is_used_up(result: Result, stage: Stage) -> None:
    world = cleared()
    must(world.order("C1", Method.SAMPLE_LAB, f"unit:{SSCCS[0]}"))
    must(world.begin("C1", "I1"))
    assert world.units[SSCCS[0]].stage is Stage.SAMPLE
    must(world.end("C1", "I1", result))
    assert world.units[SSCCS[0]].stage is stage
    written_off = [event for event, _, _ in world.journal if isinstance(event, ei.UnitWrittenOff)]
    assert len(written_off) == (stage is Stage.DESTROYED)
    if written_off:
        assert written_off[0].shared
        assert written_off[0].start is Stage.SAMPLE


def test_a_cancelled_sampling_gives_the_unit_back() -> None:
    world = cleared()
    must(world.order("C1", Method.SAMPLE_LAB, f"unit:{SSCCS[0]}"))
    must(world.begin("C1", "I1"))
    must(world.cancel("C1", "I1"))
    assert world.units[SSCCS[0]].stage is Stage.INSPECT


def test_a_loaded_unit_cannot_be_sampled() -> None:
    world = cleared()
    world.release()
    must(world.do("T", Stage.LOAD, unit=SSCCS[0]))
    must(world.order("C1", Method.SAMPLE_LAB, f"unit:{SSCCS[0]}"))
    assert reasons(world.begin("C1", "I1")) == ["WRONG_STAGE"]


def test_nothing_is_inspected_that_has_left() -> None:
    world = World.announced()
    must(world.do("T", Stage.LOST, unit=SSCCS[0], note="never came"))
    assert reasons(world.order("C1", subject=f"unit:{SSCCS[0]}")) == ["WRONG_STAGE"]


def test_a_machine_brings_results_of_machines_where_its_point_inspects() -> None:
    inspects = Actor("device:xray-1", steps=frozenset({Stage.INSPECT}), is_device=True)
    gate = Actor("device:gate-1", steps=frozenset({Stage.GATE_IN}), is_device=True)
    for method in Method:
        assert may_do(inspects, method) == (method in BY_MACHINE)
        assert not may_do(gate, method)
    assert not BY_MACHINE & {Method.CANINE_DRUGS, Method.SAMPLE_LAB, Method.DOCUMENT}
    world = cleared()
    must(world.order("C1", Method.XRAY_CARGO))
    ask = world.ask("XR")
    from_machine = type(ask)(inspects, ask.at)
    said = Outcomes(Result.ANOMALY, note="dense block", details={"image": "SCAN-7781"})
    kept = world.kept(f"consignment:{REF}")
    outcome = finish(kept, "I1", said, "HX", None, False, from_machine)
    assert isinstance(outcome, Accepted)
    kinds = [type(event).__name__ for event in outcome.events]
    assert kinds == ["InspectionStarted", "StageChanged", "InspectionDone", "HoldPlaced"]


def test_a_machines_alarm_counts_and_its_all_clear_asks_for_a_fit_machine() -> None:
    world = cleared()
    tool = world.acquire(
        EquipmentKind.XRAY_CARGO, "xray-1", calibrated_until=world.now.date().replace(year=2025)
    )
    must(world.order("C1", Method.XRAY_CARGO))
    machine = Actor("device:xray-1", steps=frozenset({Stage.INSPECT}), is_device=True)
    ask = type(world.ask("XR"))(machine, world.now)
    kept = world.kept(f"consignment:{REF}")
    clear = finish(kept, "I1", Outcomes(Result.NO_FINDING), "HX", tool, True, ask)
    assert reasons(clear) == ["EQUIPMENT_NOT_CALIBRATED"]
    alarm = finish(kept, "I1", Outcomes(Result.ANOMALY, note="block"), "HX", tool, True, ask)
    must(world.take(alarm, machine.id))
    assert world.consignment is not None
    assert [hold.id for hold in world.consignment.holds] == ["HX"]
    assert world.equipment["xray-1"].busy == ()


def test_those_who_do_an_order_see_the_order_and_no_more() -> None:
    world = cleared()
    must(world.order("C1", Method.COUNT, why="profile 17"))
    one = world.inspections()["I1"]
    clerk, handler, keeper = (PEOPLE[name] for name in ("T", "K9", "K"))
    assert seen_by(one, handler) == one
    assert seen_by(one, keeper) is None
    seen = seen_by(one, clerk)
    assert seen is not None
    assert (seen.method, seen.why) == (Method.COUNT, "")
    must(world.end("T", "I1", Result.ANOMALY))
    assert seen_by(world.inspections()["I1"], clerk) is None


def test_every_method_has_somebody_and_every_list_of_places_is_named() -> None:
    assert set(DOES) == set(Method)
    assert all(DOES.values())
    assert set(TEMPLATES) >= {"TRUCK", "TRAILER", "CONTAINER", "WAGON", "AIRCRAFT_PALLET"}
    assert all(len(set(places)) == len(places) for places in TEMPLATES.values())
    assert {place for places in TEMPLATES.values() for place in places} == PLACES


@given(st.sampled_from(list(Method)), st.sampled_from(list(Result)))
def test_only_findings_and_dogs_force_the_lane(method: Method, result: Result) -> None:
    dog = method in (Method.CANINE_DRUGS, Method.CANINE_EXPLOSIVES)
    assert forces_red(method, result) == (result is Result.FINDING or (dog and result is Result.INDICATION))

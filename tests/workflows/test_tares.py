"""Known empty weights and what follows from one that does not fit; axle groups, limits and the wrong vehicle."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import NOON, PEOPLE, weight
from workflows import axles, evolve, tares
from workflows.ask import Ask
from workflows.checks.reference import default_reference
from workflows.events import HoldPlaced
from workflows.events_inspection import InspectionOrdered
from workflows.events_weights import TareDiffered, TareRegistered
from workflows.inspection_state import Method
from workflows.outcomes import Accepted, Reason, Refused
from workflows.stages import Stage
from workflows.state import Visit, Weighing
from workflows.weight_state import Axle, OnScale
from workflows.weights import other_vehicle, superseded, weighed_before

LIMITS = default_reference().tolerances
TRUCK = Visit("V1", Stage.WEIGH_IN, NOON, plate="75412CBA")
POINTS = default_reference().points


def ask(**more: Any) -> Ask:
    return Ask(PEOPLE["W"], NOON, **more)


def known(kg: int, days: int = 30) -> Weighing:
    return replace(weight(kg), what="TARE", verified_until=(NOON + timedelta(days=days)).date())


def emptiness(before: Weighing | None, *, returning: bool = True) -> tares.Emptiness:
    return tares.Emptiness(before, LIMITS.tare, returning, Method.XRAY_CARGO, "H1", "I1")


def fold(visit: Visit, events: tuple[Any, ...]) -> Visit:
    for event in events:
        after = evolve.visit(visit, event, NOON) if event.subject == f"visit:{visit.id}" else visit
        assert after is not None
        visit = after
    return visit


def test_the_first_empty_weight_of_a_plate_becomes_its_known_tare() -> None:
    (event,) = tares.after_empty_weighing(TRUCK, weight(15420), emptiness(None), ask())
    assert isinstance(event, TareRegistered)
    assert event.subject == "tare:75412CBA"
    assert event.weighing.verified_until == (NOON + timedelta(days=365)).date()


def test_a_truck_with_a_trailer_has_another_tare() -> None:
    pair = replace(TRUCK, trailer="754410AB")
    (event,) = tares.after_empty_weighing(pair, weight(15420), emptiness(None), ask())
    assert event.subject == "tare:75412CBA+754410AB"


def test_an_empty_return_that_is_too_heavy_is_held_and_inspected() -> None:
    events = tares.after_empty_weighing(TRUCK, weight(16240), emptiness(known(15420)), ask())
    assert [type(e) for e in events] == [TareDiffered, HoldPlaced, InspectionOrdered]
    visit = fold(TRUCK, events)
    assert visit.tare_alarm is not None
    assert visit.tare_alarm.difference_kg == 820
    (hold,) = visit.holds
    assert (hold.check, hold.authority, hold.reason) == ("WGT-06", "CUSTOMS", "WEIGHT_DIFF")
    assert Stage.GATE_OUT in hold.blocks
    assert Stage.LOAD in hold.blocks
    (order,) = visit.inspections
    assert (order.method, order.open) == (Method.XRAY_CARGO, True)
    assert "FUEL_TANK" in order.places
    assert tares.indicators(visit, POINTS) == {"R19": 40}
    # Weighed once more with the same figure: nothing is added while the hold stands.
    assert tares.after_empty_weighing(visit, weight(16240), emptiness(known(15420)), ask()) == ()


def test_what_an_officer_let_pass_is_the_new_tare() -> None:
    visit = fold(TRUCK, tares.after_empty_weighing(TRUCK, weight(16240), emptiness(known(15420)), ask()))
    visit = replace(visit, holds=tuple(replace(h, lifted_at=NOON) for h in visit.holds))
    (event,) = tares.after_empty_weighing(visit, weight(16220), emptiness(known(15420)), ask())
    assert isinstance(event, TareRegistered)
    heavier = tares.after_empty_weighing(visit, weight(17400), emptiness(known(15420)), ask())
    assert isinstance(heavier[0], TareDiffered)


def test_a_vehicle_that_did_not_come_back_from_the_other_bank_gives_no_r19() -> None:
    events = tares.after_empty_weighing(TRUCK, weight(16240), emptiness(known(15420), returning=False), ask())
    assert tares.indicators(fold(TRUCK, events), POINTS) == {}


@given(st.integers(8_000, 20_000), st.integers(-3_000, 3_000))
def test_it_takes_both_limits_to_raise_the_alarm(tare: int, more: int) -> None:
    events = tares.after_empty_weighing(TRUCK, weight(tare + more), emptiness(known(tare)), ask())
    alarm = abs(more) > 300 and abs(more) * 100 > tare * 3
    assert isinstance(events[0], TareDiffered) is alarm


def test_an_old_tare_does_not_count() -> None:
    (event,) = tares.after_empty_weighing(TRUCK, weight(16240), emptiness(known(15420, days=-1)), ask())
    assert isinstance(event, TareRegistered)


def test_a_paper_may_not_switch_the_alarm_off() -> None:
    asked = ask(note="registration AA 123")
    refused = tares.register("75412CBA", None, weight(16240), known(15420), LIMITS.tare, asked)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.TARE_DIFFERS
    by_customs = Ask(PEOPLE["C1"], NOON, note="rebuilt, act 7")
    assert isinstance(
        tares.register("75412CBA", None, weight(16240), known(15420), LIMITS.tare, by_customs), Accepted
    )
    nobody = tares.register(
        "75412CBA", None, weight(15420), None, LIMITS.tare, Ask(PEOPLE["G"], NOON, note="x")
    )
    assert isinstance(nobody, Refused)
    assert nobody.reason is Reason.NOT_PERMITTED
    no_paper = tares.register("75412CBA", None, weight(15420), None, LIMITS.tare, ask())
    assert isinstance(no_paper, Refused)
    assert no_paper.reason is Reason.REASON_NEEDED


# --- axles -----------------------------------------------------------------------------------------
def passed(
    *groups: int, layout: tuple[int, ...] = (1, 2, 3), static: int | None = None, **more: Any
) -> Visit:
    taken = tuple(
        replace(weight(kg), what="AXLES", axle=Axle(1, place, layout)) for place, kg in enumerate(groups, 1)
    )
    whole = (replace(weight(static), what="OUT"),) if static is not None else ()
    return replace(TRUCK, stage=Stage.WEIGH_OUT, weighings=(*whole, *taken), **more)


def test_groups_are_taken_from_the_front_and_a_new_pass_begins_after_the_last() -> None:
    layout = (1, 2, 3)
    assert axles.next_axle(TRUCK, layout) == Axle(1, 1, layout)
    assert axles.next_axle(passed(7_000), layout) == Axle(1, 2, layout)
    assert axles.next_axle(passed(7_000), (1, 2)) == Axle(2, 1, (1, 2))
    assert axles.next_axle(passed(7_000, 15_000, 18_000), layout) == Axle(2, 1, layout)


def test_the_sum_is_compared_with_the_static_weight() -> None:
    told = axles.report(passed(7_000, 15_000, 18_000, static=40_900), LIMITS)
    assert told is not None
    assert (told.sum_kg, told.difference_kg) == (Decimal(40_000), Decimal(-900))
    assert told.agrees is True
    far = axles.report(passed(7_000, 15_000, 18_000, static=41_300), LIMITS)
    assert far is not None
    assert far.agrees is False
    open_pass = axles.report(passed(7_000, 15_000, static=40_900), LIMITS)
    assert open_pass is not None
    assert open_pass.agrees is None


@given(st.tuples(st.integers(4_000, 12_000), st.integers(8_000, 20_000), st.integers(8_000, 26_000)))
def test_exactly_the_groups_above_their_limit_are_named(kg: tuple[int, int, int]) -> None:
    found = axles.overweight(passed(*kg), LIMITS)
    over = {part["part"] for part in found.facts["over"]} if found else set()
    wanted = {
        name
        for name, of, limit in zip(
            ("single_axle", "tandem", "tridem"), kg, (10_000, 18_000, 24_000), strict=True
        )
        if of > limit
    }
    assert over - {"gross"} == wanted
    assert ("gross" in over) is (sum(kg) > 44_000)


def test_an_overweight_vehicle_is_held_at_the_gate_unless_it_has_a_permit() -> None:
    visit = passed(10_400, 15_000, 14_000)
    found = axles.overweight(visit, LIMITS)
    hold = axles.hold_for(visit, found, (), "H1")
    assert hold is not None
    assert hold.blocks == {Stage.GATE_OUT, Stage.BORDER_EXIT}
    assert hold.evidence == ("single_axle 10400 kg > 10000 kg",)
    assert axles.hold_for(replace(visit, stage=Stage.WEIGH_IN), found, (), "H1") is None


def test_five_axles_may_weigh_less_than_six() -> None:
    assert axles.overweight(passed(8_000, 16_000, 16_500, layout=(1, 2, 2)), LIMITS) is not None
    assert axles.overweight(passed(8_000, 16_000, 16_500), LIMITS) is None


def test_layouts_are_read_strictly() -> None:
    assert axles.layout_of("1-2-3") == (1, 2, 3)
    for bad in ("", "1", "1-4", "1-2-3-1-1-1-1", "a-b", "١-٢"):
        assert axles.layout_of(bad) is None


# --- again, and the wrong vehicle --------------------------------------------------------------------
def test_a_weight_is_replaced_only_with_a_reason() -> None:
    weighed = replace(TRUCK, weighings=(replace(weight(15420), what="TARE"),))
    assert weighed_before(TRUCK, "TARE", ask()) == []
    (missing,) = weighed_before(weighed, "TARE", ask())
    assert missing.reason is Reason.WEIGHED_BEFORE
    assert weighed_before(weighed, "TARE", ask(note="the driver sat in the cabin")) == []
    assert superseded(replace(weighed, weighings=weighed.weighings * 2)) == {0}


def test_the_camera_at_the_scale_has_a_say() -> None:
    def said(**seen: Any) -> list[dict[str, Any]]:
        note = seen.pop("note", "")
        return [dict(m.facts) for m in other_vehicle(TRUCK, ask(note=note, on_scale=OnScale(**seen)))]

    assert said() == []
    assert said(plate="75412CBA") == []
    assert said(plate="01777AAA")[0]["seen"] == "01777AAA"
    assert said(plate="75412CBB", confidence=Decimal(71))[0]["doubtful"] == "75412CBB"
    assert said(plate="75412CBB", confidence=Decimal(97))[0]["seen"] == "75412CBB"
    assert said(last_plate="01777AAA")[0]["last"] == "01777AAA"
    assert said(plate="01777AAA", looked=True)[0]["seen"] == "01777AAA"
    assert said(plate="01777AAA", looked=True, note="plate is muddy, seen by me") == []

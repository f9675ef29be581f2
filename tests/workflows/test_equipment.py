"""Equipment: what may not be used is refused with the reason, dogs rest, and uses are counted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import NOON, PEOPLE, World, must, reasons
from workflows import equipment as rules
from workflows.ask import Ask
from workflows.equipment_state import (
    FOR_METHOD,
    WORK_KEPT,
    Equipment,
    EquipmentKind,
    EquipmentState,
    Worked,
)
from workflows.events_inspection import EquipmentReturned, EquipmentTaken
from workflows.evolve_inspection import equipment as evolve
from workflows.inspection_state import Method
from workflows.outcomes import Accepted, AlreadyDone

TODAY = date(2026, 11, 16)
K = EquipmentKind


def screened() -> World:
    world = World.announced()
    world.arrive_and_clear()
    return world


def ordered(method: Method) -> World:
    world = screened()
    must(world.order("C1", method))
    return world


def test_an_expired_kit_is_refused_with_its_lot_and_day() -> None:
    world = ordered(Method.DRUG_TEST_KIT)
    assert reasons(world.begin("C1", "I1")) == ["EQUIPMENT_NEEDED"]
    world.acquire(K.DRUG_TEST_KIT, "old", kit_lot="L-1", expires=TODAY - timedelta(days=1))
    world.acquire(K.DRUG_TEST_KIT, "good", kit_lot="L-2", expires=TODAY)
    outcome = world.begin("C1", "I1", "old")
    assert reasons(outcome) == ["EQUIPMENT_EXPIRED"]
    facts = outcome.missing[0].facts  # type: ignore[union-attr]
    assert (facts["lot"], facts["expires"]) == ("L-1", "2026-11-15")
    must(world.begin("C1", "I1", "good"))
    must(world.order("C1", Method.DRUG_TEST_KIT, f"unit:{next(iter(world.units))}"))
    must(world.begin("C1", "I2", "good"))  # one lot serves several at once
    must(world.end("C1", "I1"))
    must(world.end("C1", "I2"))
    assert (world.equipment["good"].uses, world.equipment["good"].busy) == (2, ())
    assert world.inspections()["I1"].kit_lot == "L-2"


def test_an_instrument_must_be_calibrated_in_service_free_of_its_kind_and_known_to_its_user() -> None:
    world = ordered(Method.ENDOSCOPE)
    must(world.begin("C1", "I1"))  # none is registered: the order does not wait for one
    must(world.cancel("C1", "I1"))
    world.acquire(
        K.ENDOSCOPE, "scope", calibrated_until=TODAY - timedelta(days=1), trained=frozenset({"chori"})
    )
    world.acquire(K.DENSITY_METER, "meter")
    must(world.order("C1", Method.ENDOSCOPE))
    assert reasons(world.begin("C1", "I2")) == ["EQUIPMENT_NEEDED"]
    assert reasons(world.begin("C1", "I2", "meter")) == ["EQUIPMENT_UNFIT"]
    assert reasons(world.begin("C2", "I2", "scope")) == ["EQUIPMENT_NOT_CALIBRATED", "NOT_TRAINED"]
    change(world, "scope", calibrated_until=TODAY, state=EquipmentState.IN_REPAIR)
    assert reasons(world.begin("C1", "I2", "scope")) == ["EQUIPMENT_NOT_IN_SERVICE"]
    change(world, "scope", state=EquipmentState.IN_SERVICE)
    must(world.begin("C1", "I2", "scope"))
    must(world.order("C1", Method.ENDOSCOPE, "visit:V1"))
    assert reasons(world.begin("C1", "I3", "scope")) == ["EQUIPMENT_BUSY"]
    assert reasons(world.end("C1", "I2", tool="meter")) == ["INVALID"]
    must(world.end("C1", "I2", tool="scope"))
    must(world.begin("C1", "I3", "scope"))
    must(world.cancel("C1", "I3"))
    assert (world.equipment["scope"].uses, world.equipment["scope"].busy) == (2, ())


def change(world: World, identity: str, **changed: object) -> None:
    must(
        world.take(
            rules.change(world.equipment[identity], changed, world.ask("C1", note="workshop")), "chori"
        )
    )


def test_a_dog_rests_after_its_share_of_the_shift() -> None:
    world = screened()
    world.acquire(K.DOG_DRUGS, "Bars", limit_minutes=60, rest_minutes=20)
    must(world.order("C1", Method.CANINE_DRUGS))
    must(world.begin("K9", "I1", "Bars"))
    must(world.end("K9", "I1", minutes=25))
    must(world.order("C1", Method.CANINE_DRUGS, "visit:V1"))
    assert reasons(world.begin("K9", "I2", "Bars")) == ["DOG_MUST_REST"]
    world.now += timedelta(minutes=20)
    must(world.begin("K9", "I2", "Bars"))
    must(world.end("K9", "I2", minutes=35))
    must(world.order("C1", Method.CANINE_DRUGS, f"unit:{next(iter(world.units))}"))
    world.now += timedelta(minutes=20)
    outcome = world.begin("K9", "I3", "Bars")
    assert reasons(outcome) == ["DOG_MUST_REST"]
    facts = outcome.missing[0].facts  # type: ignore[union-attr]
    assert (facts["minutes"], facts["until"]) == (60, "2026-11-16T20:00:00+05:00")
    world.now = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)  # 20:00: the night shift begins
    must(world.begin("K9", "I3", "Bars"))


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)))  # noqa: DTZ001 - made aware below
def test_a_moment_lies_in_its_shift(moment: datetime) -> None:
    at = moment.replace(tzinfo=UTC)
    start, end = rules.shift(at)
    assert start <= at < end
    assert end - start == timedelta(hours=12)
    assert start.hour in (8, 20)
    assert rules.shift(start) == (start, end)
    assert rules.shift(end)[0] == end


spans = st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 90)), max_size=15)


@given(spans, st.integers(0, 3000), st.integers(1, 240), st.integers(1, 90))
def test_a_dog_that_may_work_has_minutes_left_and_has_rested(
    work: list[tuple[int, int]], now: int, limit: int, rest: int
) -> None:
    at = NOON + timedelta(minutes=now)
    done = tuple(
        Worked(f"I{i}", NOON + timedelta(minutes=start), NOON + timedelta(minutes=start + length))
        for i, (start, length) in enumerate(sorted(work))
        if start + length <= now
    )
    dog = Equipment("d", K.DOG_DRUGS, "d", "kennel", limit_minutes=limit, rest_minutes=rest, worked=done)
    until = rules.resting_until(dog, at)
    if until is None:
        assert rules.minutes_in_shift(dog, at) < limit
        assert all(one.end + timedelta(minutes=rest) <= at for one in done)
    else:
        assert until > at
        later = rules.resting_until(dog, until)
        assert later is None or later > until


@given(st.lists(st.sampled_from(["take", "give"]), max_size=120))
def test_uses_are_counted_and_old_work_is_forgotten(steps: list[str]) -> None:
    tool: Equipment | None = Equipment("x", K.XRAY_CARGO, "x", "yard")
    taken = given_back = 0
    for number, step in enumerate(steps):
        assert tool is not None
        if step == "take":
            tool = evolve(tool, EquipmentTaken("equipment:x", f"I{number}"))
            taken += 1
        elif tool.busy:
            tool = evolve(tool, EquipmentReturned("equipment:x", tool.busy[0], NOON, NOON))
            given_back += 1
    assert tool is not None
    assert (tool.uses, len(tool.busy)) == (taken, taken - given_back)
    assert len(tool.worked) == min(given_back, WORK_KEPT)


def test_the_inventory_is_changed_by_those_who_may() -> None:
    kit = Equipment("kit-1", K.DRUG_TEST_KIT, "Kit", "store", kit_lot="L-1", expires=TODAY)
    ask = Ask(PEOPLE["C1"], NOON)
    assert reasons(rules.add(None, kit, Ask(PEOPLE["T"], NOON))) == ["NOT_PERMITTED"]
    assert isinstance(rules.add(None, kit, ask), Accepted)
    assert isinstance(rules.add(kit, kit, ask), AlreadyDone)
    assert reasons(rules.add(kit, Equipment("kit-1", K.ENDOSCOPE, "E", "store"), ask)) == ["INVALID"]
    out = {"state": EquipmentState.OUT_OF_SERVICE}
    assert reasons(rules.change(kit, out, Ask(PEOPLE["K9"], NOON))) == ["REASON_NEEDED"]
    assert isinstance(rules.change(kit, out, Ask(PEOPLE["K9"], NOON, note="wet")), Accepted)
    assert reasons(rules.change(kit, {"place": "hall"}, Ask(PEOPLE["K9"], NOON))) == ["NOT_PERMITTED"]
    assert isinstance(rules.change(kit, {"place": "hall"}, ask), Accepted)
    assert isinstance(rules.change(kit, {"place": "store"}, ask), AlreadyDone)
    with pytest.raises(KeyError, match="uses"):
        rules.change(kit, {"uses": 0}, ask)


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (Equipment("a", K.ENDOSCOPE, " ", "hall"), "name"),
        (Equipment("a", K.ENDOSCOPE, "E", ""), "place"),
        (Equipment("a", K.DRUG_TEST_KIT, "E", "hall", expires=TODAY), "kit_lot"),
        (Equipment("a", K.DRUG_TEST_KIT, "E", "hall", kit_lot="L"), "expires"),
        (Equipment("a", K.DOG_DRUGS, "E", "hall"), "limit_minutes"),
        (Equipment("a", K.DOG_DRUGS, "E", "hall", limit_minutes=0), "limit_minutes"),
        (Equipment("a", K.DOG_DRUGS, "E", "hall", limit_minutes=60, rest_minutes=-1), "rest_minutes"),
    ],
)
def test_a_thing_needs_what_its_kind_needs(new: Equipment, field: str) -> None:
    outcome = rules.add(None, new, Ask(PEOPLE["C1"], NOON))
    assert reasons(outcome) == ["INVALID"]
    assert outcome.missing[0].facts["field"] == field  # type: ignore[union-attr]


def test_a_list_warns_in_time() -> None:
    soon, gone = TODAY + timedelta(days=10), TODAY - timedelta(days=1)
    kit = Equipment("k", K.DRUG_TEST_KIT, "k", "s", kit_lot="L", expires=gone)
    assert rules.warnings(kit, NOON) == ("EXPIRED",)
    scope = Equipment("s", K.ENDOSCOPE, "s", "s", calibrated_until=soon, state=EquipmentState.IN_REPAIR)
    assert rules.warnings(scope, NOON) == ("NOT_IN_SERVICE", "CALIBRATION_ENDS_SOON")
    dog = Equipment(
        "d", K.DOG_DRUGS, "d", "s", rest_minutes=30, worked=(Worked("I", NOON - timedelta(minutes=5), NOON),)
    )
    assert rules.warnings(dog, NOON) == ("RESTING",)
    assert set(FOR_METHOD.values()) == set(EquipmentKind)

"""What was lost, taken by an authority or destroyed comes back by no step of the vehicle that carried it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import must, reasons
from tests.support.yard import LABELS, Yard
from tests.workflows.test_handover import Bank, receipt
from workflows import handover
from workflows.ask import Situation
from workflows.decide import decide
from workflows.events import StageChanged
from workflows.handover_state import Found
from workflows.parts import TAKEN
from workflows.stages import Stage

WAY = (Stage.BORDER_EXIT, Stage.ARRIVED_AF, Stage.CLOSED)
LOST = LABELS[0]


def test_a_unit_lost_on_the_way_stays_lost_while_its_vehicle_goes_on() -> None:
    bank = Bank(LABELS)
    must(bank.yard.handle("T", Stage.LOST, LOST, note="fell off"))
    for step, there in ((Stage.BORDER_EXIT, Stage.BORDER_EXIT), (Stage.ARRIVED_AF, Stage.ARRIVED_AF)):
        must(bank.yard.drive("B", step, "V1"))
        assert bank.yard.units[LOST].stage is Stage.LOST
        assert {bank.yard.units[label].stage for label in LABELS[1:]} == {there}


def test_silence_on_a_sheet_brings_nothing_back() -> None:
    bank = Bank(LABELS)
    must(bank.yard.handle("T", Stage.LOST, LOST, note="fell off"))
    rest = handover.all_received(bank.items("V1"), {})
    assert {one.item for one in rest} == set(LABELS[1:])
    must(bank.hand_over("V1", *rest))
    assert bank.yard.units[LOST].stage is Stage.LOST
    assert bank.trip("V1").short == 1


@pytest.mark.parametrize("found", [Found.RECEIVED, Found.DAMAGED])
def test_what_turns_up_again_is_a_correction_with_a_reason(found: Found) -> None:
    bank = Bank(LABELS)
    must(bank.yard.handle("T", Stage.LOST, LOST, note="fell off"))
    before = len(bank.yard.journal)
    for more in ({}, {"correction": True}, {"note": "it was behind the seats"}):
        assert reasons(bank.hand_over("V1", receipt(LOST, found), **more)) == ["WRONG_STAGE"]
    assert len(bank.yard.journal) == before
    must(bank.hand_over("V1", receipt(LOST, found), correction=True, note="it was behind the seats"))
    assert bank.yard.units[LOST].stage is Stage.DELIVERED


def test_a_vehicle_is_never_moved_without_looking_at_its_units() -> None:
    bank = Bank(LABELS)
    situation = Situation(visit=bank.visit("V1"), aboard=(bank.yard.consignment,))
    with pytest.raises(ValueError, match="needs the units on it"):
        decide(situation, Stage.BORDER_EXIT, bank.yard.ask("B"))


steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["lose", "vanish"]), st.sampled_from(LABELS)),
        st.tuples(st.just("drive"), st.sampled_from(["V1", "V2"])),
        st.tuples(st.just("gate"), st.sampled_from(["V1", "V2"])),
        st.tuples(st.just("sheet"), st.sampled_from(["V1", "V2"])),
        st.tuples(st.just("say"), st.sampled_from(LABELS)),
        st.tuples(st.just("desk"), st.sampled_from(["DELIVERED", "ARRIVED_AF", "LOST"])),
    ),
    max_size=20,
)


@given(st.booleans(), steps)
def test_no_step_of_a_vehicle_moves_what_is_lost_or_taken(out: bool, tried: list[tuple[str, str]]) -> None:
    """Any order of losses, steps of the vehicles, sheets and decisions, before the gate and beyond it."""
    if out:
        bank = Bank(LABELS[:2], LABELS[2:])
    else:
        bank = Bank.__new__(Bank)
        bank.yard, bank.made = Yard.cleared(), 0
        bank.yard.release()
        bank.yard.pack("V1", *LABELS[:2])
        bank.yard.pack("V2", *LABELS[2:])
    yard = bank.yard
    for what, name in tried:
        before = {label: unit.stage for label, unit in yard.units.items()}
        seen = len(yard.journal)
        if what in ("lose", "vanish"):  # reported at its vehicle, or from anywhere
            unit = yard.units[name]
            on = unit.visit if unit.stage is Stage.LOAD and what == "lose" else None
            yard.handle("T", Stage.LOST, name, on, note="gone")
        elif what == "drive":
            here = yard.visits[name].stage
            at = WAY.index(here) + 1 if here in WAY else 0
            yard.drive("B" if at < 2 else "D", WAY[min(at, 2)], name)
        elif what == "gate":
            yard.leave(name)
        elif what == "sheet":
            bank.hand_over(name, *handover.all_received(bank.items(name), {}))
        elif what == "say":
            truck = next((v.id for v in yard.visits.values() if name in v.units), "V1")
            bank.hand_over(truck, receipt(name), note="counted")
        else:
            yard.desk("D", Stage(name))
        for label, stage in before.items():
            if stage in TAKEN:
                assert yard.units[label].stage is stage, (what, name)
        moved = [event for event, *_ in yard.journal[seen:] if isinstance(event, StageChanged)]
        for event in moved:
            kind, _, label = event.subject.partition(":")
            if kind == "unit":
                assert event.start is before[label] or before[label] not in TAKEN

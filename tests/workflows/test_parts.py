"""Partial release: some units go while others stay, nothing goes twice, and every unit is accounted for at the end."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.builders import REF, must, reasons
from tests.support.yard import LABELS, TRUCKS, Yard
from workflows import gatepass, parts
from workflows.gatepass_state import GatePass, RevokedFor
from workflows.inspection_state import Result
from workflows.outcomes import AlreadyDone, Refused
from workflows.stages import Stage
from workflows.state import HoldOutcome, HoldReason, PermissionKind, Seal

A, B, C, D = LABELS
CUSTOMS, TERMINAL = PermissionKind.CUSTOMS_RELEASE, PermissionKind.TERMINAL_RELEASE


def sums(yard: Yard) -> dict[str, int]:
    balance = parts.balance(yard.consignment, yard.units.values())
    found = {
        name: getattr(balance, name).units
        for name in ("gone", "released", "customs_only", "waiting", "taken")
    }
    assert sum(found.values()) == balance.all.units == len(yard.units)
    assert balance.all.kg == sum((unit.gross_kg or Decimal(0) for unit in yard.units.values()), Decimal(0))
    return found


def test_clean_units_go_while_one_with_a_finding_stays() -> None:
    yard = Yard.cleared()
    must(yard.inspect("C2", B, Result.ANOMALY))
    clean = parts.clean_units(yard.consignment, yard.units.values(), CUSTOMS)
    assert clean == (A, C, D)
    must(yard.desk("C1", Stage.CUSTOMS_RELEASE, *clean))
    assert yard.consignment.stage is Stage.RISK
    (given,) = yard.consignment.parts(CUSTOMS)
    assert (given.units, given.kg, given.by) == (clean, Decimal(748) * 3, "chori")
    assert parts.clean_units(yard.consignment, yard.units.values(), TERMINAL) == clean
    must(yard.desk("R1", Stage.RELEASE, *clean, vehicle="V1"))
    assert yard.consignment.parts(TERMINAL)[0].plate == TRUCKS["V1"]
    assert sums(yard) == {"gone": 0, "released": 3, "customs_only": 0, "waiting": 1, "taken": 0}

    refused = yard.handle("T", Stage.LOAD, B, "V1")
    assert reasons(refused) == ["OPEN_HOLD", "NO_CUSTOMS_RELEASE", "NO_TERMINAL_RELEASE"]
    assert isinstance(refused, Refused)
    assert refused.missing[1].facts["unit"] == B
    yard.pack("V1", *clean)
    must(yard.leave("V1"))
    assert yard.consignment.stage is Stage.RISK
    assert yard.consignment.departures == {"V1": clean}
    assert sums(yard)["gone"] == 3

    must(yard.lift("C1", "HI1", HoldOutcome.CLEARED_NO_FINDING))
    yard.release()  # what is left
    assert yard.consignment.parts(CUSTOMS)[1].units == (B,)
    assert yard.consignment.stage is Stage.RELEASE
    yard.pack("V2", B)
    must(yard.leave("V2"))
    assert yard.consignment.stage is Stage.GATE_OUT
    assert {unit.stage for unit in yard.units.values()} == {Stage.GATE_OUT}


def test_a_hold_on_a_unit_stops_that_unit_and_one_on_the_consignment_stops_all() -> None:
    yard = Yard.cleared()
    must(yard.hold("C2", f"unit:{A}"))
    assert reasons(yard.desk("C1", Stage.CUSTOMS_RELEASE, A, B)) == ["OPEN_HOLD"]
    yard.release(B, C)
    must(yard.handle("T", Stage.LOAD, B, "V1"))
    must(yard.hold("C2", f"consignment:{REF}"))
    assert reasons(yard.handle("T", Stage.LOAD, C, "V1")) == ["OPEN_HOLD"]
    assert reasons(yard.desk("C1", Stage.CUSTOMS_RELEASE, D)) == ["OPEN_HOLD"]
    assert "OPEN_HOLD" in reasons(yard.drive("C1", Stage.SEAL, "V1", seals=(Seal("S"),)))


def test_nothing_is_released_twice() -> None:
    yard = Yard.cleared()
    yard.release(A, B)
    assert reasons(yard.desk("C2", Stage.CUSTOMS_RELEASE, B, C)) == ["ALREADY_RELEASED"]
    assert reasons(yard.desk("R2", Stage.RELEASE, B)) == ["ALREADY_RELEASED"]
    assert isinstance(yard.desk("C1", Stage.CUSTOMS_RELEASE, B, A), AlreadyDone)
    yard.pack("V1", A, B)
    must(yard.leave("V1"))
    again = yard.desk("C2", Stage.CUSTOMS_RELEASE, A)
    assert reasons(again) == ["ALREADY_RELEASED"]
    must(
        yard.amend("D", consignee="Another")
    )  # what is gone keeps its approval, the rest must be asked again
    assert yard.consignment.parts(CUSTOMS)[0].units == (A, B)
    assert reasons(yard.desk("C2", Stage.CUSTOMS_RELEASE, A, C))[0] == "ALREADY_RELEASED"
    assert reasons(yard.desk("C2", Stage.CUSTOMS_RELEASE, "0" * 18))[0] == "NOT_FOUND"


def test_the_approval_of_the_terminal_stays_inside_that_of_customs() -> None:
    yard = Yard.cleared()
    must(yard.desk("C1", Stage.CUSTOMS_RELEASE, A, B))
    outside = yard.desk("R1", Stage.RELEASE, B, C)
    assert reasons(outside) == ["NO_CUSTOMS_RELEASE"]
    assert isinstance(outside, Refused)
    assert outside.facts["units"] == [C]
    assert reasons(yard.desk("R1", Stage.RELEASE)) == ["NO_CUSTOMS_RELEASE"]
    must(yard.desk("R1", Stage.RELEASE, B))
    assert sums(yard) == {"gone": 0, "released": 1, "customs_only": 1, "waiting": 2, "taken": 0}


def test_customs_may_cover_all_and_the_terminal_a_truck_at_a_time() -> None:
    yard = Yard.cleared()
    must(yard.desk("C1", Stage.CUSTOMS_RELEASE))
    for truck, load in (("V1", (A, B)), ("V2", (C,)), ("V3", (D,))):
        must(yard.desk("R1", Stage.RELEASE, *load, vehicle=truck))
        yard.pack(truck, *load)
        must(yard.leave(truck))
    assert yard.consignment.stage is Stage.GATE_OUT
    assert [p.units for p in yard.consignment.parts(TERMINAL)] == [(A, B), (C,), (D,)]


def test_one_person_gives_no_approval_of_the_other_kind_for_any_part() -> None:
    yard = Yard.cleared()
    must(yard.desk("BOTH", Stage.CUSTOMS_RELEASE, A))
    assert reasons(yard.desk("BOTH", Stage.RELEASE, A)) == ["SAME_PERSON"]
    must(yard.desk("R1", Stage.RELEASE, A))
    must(yard.desk("C1", Stage.CUSTOMS_RELEASE, B))
    assert "SAME_PERSON" in reasons(yard.desk("BOTH", Stage.RELEASE, B))


def test_what_was_released_for_one_vehicle_is_not_loaded_on_another() -> None:
    yard = Yard.cleared()
    yard.release(A, vehicle="V1")
    refused = yard.handle("T", Stage.LOAD, A, "V2")
    assert reasons(refused) == ["OTHER_VEHICLE"]
    assert isinstance(refused, Refused)
    assert refused.facts["plate"] == TRUCKS["V1"]
    must(yard.handle("T", Stage.LOAD, A, "V1"))


def test_a_change_drops_the_parts_that_are_still_here() -> None:
    yard = Yard.cleared()
    yard.release(A, B)
    must(yard.handle("T", Stage.LOAD, A, "V1"))
    must(yard.amend("D", consignee="Another"))
    assert not yard.consignment.parts(CUSTOMS)
    assert "NO_CUSTOMS_RELEASE" in reasons(yard.drive("C1", Stage.SEAL, "V1", seals=(Seal("S"),)))
    must(yard.desk("D", Stage.DOC_CHECK))
    yard.release(A)
    must(yard.drive("C1", Stage.SEAL, "V1", seals=(Seal("S"),)))


def test_units_that_no_approval_names_leave_on_no_truck() -> None:
    yard = Yard.cleared()
    yard.release(A)
    yard.pack("V1", A)
    # somebody puts another unit on the books of the truck past the rules: the gate still counts
    truck = yard.visits["V1"]
    yard.visits["V1"] = replace(truck, units=truck.units | {B}, loaded={REF: 2})
    assert "NO_CUSTOMS_RELEASE" in reasons(yard.leave("V1"))
    yard.visits["V1"] = replace(truck, units=truck.units | {"1" * 18}, loaded={REF: 2})
    assert "NO_CUSTOMS_RELEASE" in reasons(yard.leave("V1"))


def test_a_part_covers_only_what_was_seen() -> None:
    yard = Yard.cleared()
    yard.units[A] = replace(yard.units[A], stage=Stage.PRE_ADVICE)
    assert reasons(yard.desk("C1", Stage.CUSTOMS_RELEASE, A)) == ["NOT_TALLIED"]


def test_a_gate_pass_names_exactly_the_units_of_its_vehicle_and_falls_only_with_them() -> None:
    yard = Yard.cleared()
    yard.release(A, B)
    yard.pack("V1", A, B)
    one = yard.issue("V1")
    assert isinstance(one, GatePass)
    assert (one.labels, one.units, one.plate) == ((A, B), 2, TRUCKS["V1"])
    must(yard.hold("C2", f"unit:{D}"))
    must(yard.inspect("C2", C))
    assert gatepass.good(yard.visits["V1"], yard.now) is not None
    yard.release(C) if False else None
    must(yard.hold("C2", f"unit:{A}"))
    assert gatepass.good(yard.visits["V1"], yard.now) is None
    assert yard.visits["V1"].passes[0].revoked_for is RevokedFor.HOLD
    assert reasons(yard.leave("V1")) == ["OPEN_HOLD"]


def test_approving_the_next_part_leaves_the_pass_of_the_first_as_it_is() -> None:
    yard = Yard.cleared()
    yard.release(A, B)
    yard.pack("V1", A, B)
    assert isinstance(yard.issue("V1"), GatePass)
    yard.release()
    assert yard.consignment.stage is Stage.RELEASE
    assert gatepass.good(yard.visits["V1"], yard.now) is not None
    must(yard.leave("V1"))


def test_it_is_closed_only_when_every_unit_is_accounted_for() -> None:
    yard = Yard.cleared()
    yard.release(A, B)
    yard.pack("V1", A, B)
    must(yard.leave("V1"))
    must(yard.handle("T", Stage.LOST, C, note="not found"))
    assert "WRONG_STAGE" in reasons(yard.desk("D", Stage.DELIVERED))
    must(yard.handle("T", Stage.LOST, D, note="not found"))
    assert reasons(yard.desk("D", Stage.DELIVERED)) == ["NOT_ACCOUNTED_FOR"]  # two are on the way
    must(yard.drive("B", Stage.BORDER_EXIT, "V1"))
    must(yard.drive("B", Stage.ARRIVED_AF, "V1"))
    must(yard.desk("D", Stage.DELIVERED))
    assert {unit.stage for unit in yard.units.values()} == {Stage.DELIVERED, Stage.LOST}
    must(yard.desk("D", Stage.CLOSED))
    assert yard.consignment.stage is Stage.CLOSED


def test_the_last_part_leaves_also_when_the_rest_was_seized_after_it_was_approved() -> None:
    yard = Yard.cleared()
    yard.release(A, B, C)
    yard.pack("V1", A, B, C)
    must(yard.handle("T", Stage.LOST, D, note="not found"))
    must(yard.leave("V1"))
    assert yard.consignment.stage is Stage.GATE_OUT


@pytest.mark.parametrize("step", [Stage.INSPECT, Stage.RISK, Stage.SEIZED])
def test_sending_the_consignment_back_takes_the_approvals_of_what_is_here(step: Stage) -> None:
    yard = Yard.cleared()
    yard.release(A)
    yard.pack("V1", A)
    must(yard.leave("V1"))
    yard.release(B)
    if step is Stage.RISK:
        must(yard.desk("C1", Stage.INSPECT))
    else:
        must(yard.desk("C1", step))
    assert [p.units for p in yard.consignment.parts(CUSTOMS)] == [(A,)]
    assert "NO_CUSTOMS_RELEASE" in reasons(yard.handle("T", Stage.LOAD, B, "V2"))


def test_a_hold_on_everything_is_narrowed_to_the_units_it_is_about() -> None:
    yard = Yard.cleared()
    must(
        yard.hold("C2", f"consignment:{REF}", reason=HoldReason.SHORT_DATED, check="EXP-02", target="line:2")
    )
    assert reasons(yard.lift("C1", "H1", HoldOutcome.PARTIAL_RELEASE)) == ["INVALID"]
    must(yard.lift("C1", "H1", HoldOutcome.PARTIAL_RELEASE, units=(B,), ids=("N1",)))
    assert [(h.id, h.subject) for h in yard.consignment.holds if h.open] == [("N1", f"unit:{B}")]
    narrowed = yard.consignment.holds[-1]
    assert (narrowed.check, narrowed.target, narrowed.reason) == ("EXP-02", "line:2", HoldReason.SHORT_DATED)
    yard.release(A, C, D)
    assert reasons(yard.desk("C1", Stage.CUSTOMS_RELEASE, B)) == ["OPEN_HOLD"]


def test_what_stands_inside_a_unit_is_weighed_with_it_once() -> None:
    """A repacked pallet: its gross weight holds what was put on it, wherever the sum is made."""
    yard = Yard.cleared()
    units = dict(yard.units)
    outer, inner, innermost = replace(units[A], gross_kg=Decimal(500)), units[B], units[C]
    units |= {A: outer, B: replace(inner, parent=A), C: replace(innermost, parent=B, gross_kg=None)}
    alone = units[D].gross_kg
    assert alone is not None
    assert parts.weight_of((A, B, C), units) == Decimal(500)
    assert parts.weight_of((A, C), units) == Decimal(500), "at any depth"
    assert parts.weight_of((A, B, C, D), units) == Decimal(500) + alone
    assert parts.weight_of((B,), units) == inner.gross_kg
    balance = parts.balance(yard.consignment, units.values())
    assert (balance.all.units, balance.all.kg) == (4, Decimal(500) + alone)

"""The process stories P01-P12 of the domain reference, at the one door."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from tests.support.builders import PLATE, REF, SSCCS, World, must, papers, reasons, weight
from workflows import steps_consignment
from workflows.outcomes import Accepted, AlreadyDone, Refused
from workflows.papers import Document
from workflows.stages import Stage
from workflows.state import Authority, HoldOutcome, HoldReason, HoldSeverity, PermissionKind, Seal

SEAL = (Seal("UZ0999001"),)


def ready() -> World:
    world = World.announced()
    world.arrive_and_clear()
    return world


def test_p01_two_people_release_and_the_truck_leaves() -> None:
    world = ready()
    world.release()
    refused = world.do("G", Stage.GATE_OUT, on_visit=True, plate=PLATE, seals=SEAL)
    assert "WRONG_STAGE" in reasons(refused)
    world.load_all()
    must(world.do("C1", Stage.SEAL, on_visit=True, seals=SEAL))
    must(world.do("W", Stage.WEIGH_OUT, on_visit=True, weight=weight(15420 + 3 * 748)))
    must(world.do("G", Stage.GATE_OUT, on_visit=True, plate=PLATE, seals=(Seal("uz-0999 001"),)))
    assert world.visit is not None
    assert world.visit.stage is Stage.GATE_OUT
    assert {unit.stage for unit in world.units.values()} == {Stage.GATE_OUT}
    assert world.consignment is not None
    assert world.consignment.stage is Stage.GATE_OUT
    again = world.do("G", Stage.GATE_OUT, on_visit=True, plate=PLATE, seals=SEAL)
    assert isinstance(again, AlreadyDone)


def test_p02_one_person_never_gives_both_approvals() -> None:
    world = ready()
    must(world.do("C1", Stage.CUSTOMS_RELEASE))
    assert reasons(world.do("C1", Stage.RELEASE)) == ["NOT_PERMITTED"]


def test_p03_one_person_with_both_roles_is_still_one_person() -> None:
    world = ready()
    must(world.do("BOTH", Stage.CUSTOMS_RELEASE))
    assert reasons(world.do("BOTH", Stage.RELEASE)) == ["SAME_PERSON"]


def test_p04_who_edited_today_may_not_approve() -> None:
    world = ready()
    assert world.consignment is not None
    first = world.consignment.papers.lines[0]

    must(
        world.amend("R1", lines=(replace(first, gross_kg=Decimal(750)), *world.consignment.papers.lines[1:]))
    )
    must(world.do("D", Stage.DOC_CHECK))
    must(world.do("C1", Stage.CUSTOMS_RELEASE))
    assert reasons(world.do("R1", Stage.RELEASE)) == ["EDITED_TODAY"]
    must(world.do("R2", Stage.RELEASE))


def test_who_edited_yesterday_may_approve() -> None:
    world = ready()
    must(world.amend("R1", consignee="Agency A sub-office"))
    world.now += timedelta(days=1)
    must(world.do("D", Stage.DOC_CHECK))
    must(world.do("C1", Stage.CUSTOMS_RELEASE))
    must(world.do("R1", Stage.RELEASE))


def test_the_day_of_an_edit_is_a_day_in_tashkent() -> None:
    world = ready()
    world.now = world.now.replace(hour=18, minute=59)  # 23:59 in Tashkent
    must(world.amend("R1", consignee="Agency A sub-office"))
    world.now = world.now.replace(hour=19, minute=1)  # 00:01, the next day there
    must(world.do("D", Stage.DOC_CHECK))
    must(world.do("C1", Stage.CUSTOMS_RELEASE))
    must(world.do("R1", Stage.RELEASE))


def test_p05_an_open_hold_stops_the_release_until_it_is_lifted() -> None:
    world = ready()
    must(world.place("C1"))
    refused = world.do("C2", Stage.CUSTOMS_RELEASE)
    assert reasons(refused) == ["OPEN_HOLD"]
    assert isinstance(refused, Refused)
    assert refused.facts["hold"] == "H1"
    must(world.lift("C1", "H1"))
    must(world.do("C2", Stage.CUSTOMS_RELEASE))


def test_p06_a_change_after_approval_drops_the_approvals() -> None:
    world = ready()
    must(world.do("C1", Stage.CUSTOMS_RELEASE))
    outcome = must(world.amend("D", consignee="Somebody Else"))
    assert isinstance(outcome, Accepted)
    dropped = [event for event in outcome.events if event.type == "PermissionDropped"]
    assert {event.data()["kind"] for event in dropped} == {"CUSTOMS_RELEASE", "DOCUMENTS_COMPLETE"}
    assert "NO_CUSTOMS_RELEASE" in reasons(world.do("R1", Stage.RELEASE))


def test_a_change_after_both_approvals_stops_the_loading() -> None:
    world = ready()
    world.release()
    must(world.do("T", Stage.LOAD, unit=SSCCS[0]))
    must(world.amend("D", seal="UZ0000001"))
    missing = reasons(world.do("T", Stage.LOAD, unit=SSCCS[1]))
    assert {"NO_CUSTOMS_RELEASE", "NO_TERMINAL_RELEASE"} <= set(missing)


def test_a_document_that_is_only_looked_at_changes_nothing() -> None:
    world = ready()
    world.release()
    must(world.amend("D", documents=(Document("AF_EXEMPTION", "MF-0412/1405", verified=True),)))
    must(world.do("T", Stage.LOAD, unit=SSCCS[0]))


def test_p07_a_waiver_takes_two_people() -> None:
    world = ready()
    must(world.place("C1", reason=HoldReason.SHORT_DATED, check="EXP-02", target="line:1"))
    must(world.lift("C1", "H1", HoldOutcome.CLEARED_WAIVED))
    assert world.consignment is not None
    assert world.consignment.holds[0].open
    assert reasons(world.lift("C1", "H1", HoldOutcome.CLEARED_WAIVED)) == ["SECOND_PERSON_NEEDED"]
    must(world.lift("C2", "H1", HoldOutcome.CLEARED_WAIVED))
    assert not world.consignment.holds[0].open


def test_p08_a_block_is_never_waived() -> None:
    world = ready()
    must(
        world.place(
            "C1", reason=HoldReason.PRECURSOR, severity=HoldSeverity.BLOCK, check="CTL-01", target="line:2"
        )
    )
    for outcome in (HoldOutcome.CLEARED_WAIVED, HoldOutcome.CLEARED_NO_FINDING, HoldOutcome.PARTIAL_RELEASE):
        assert reasons(world.lift("C1", "H1", outcome)) == ["BLOCK_NOT_WAIVABLE"]
    must(world.lift("C1", "H1", HoldOutcome.HANDED_TO_AUTHORITY))


def test_a_false_sanctions_match_takes_two_officers() -> None:
    world = ready()
    must(
        world.place(
            "C1",
            authority=Authority.SANCTIONS,
            reason=HoldReason.SANCTIONS,
            severity=HoldSeverity.BLOCK,
            check="SAN-01",
        )
    )
    assert reasons(world.lift("C1", "H1", HoldOutcome.CLEARED_NO_FINDING)) == ["HOLD_NOT_YOURS"]
    must(world.lift("S1", "H1", HoldOutcome.CLEARED_NO_FINDING))
    assert reasons(world.lift("S1", "H1", HoldOutcome.CLEARED_NO_FINDING)) == ["SECOND_PERSON_NEEDED"]
    must(world.lift("S2", "H1", HoldOutcome.CLEARED_NO_FINDING))


def test_p09_nothing_is_loaded_without_release() -> None:
    world = ready()
    missing = reasons(world.do("T", Stage.LOAD, unit=SSCCS[0]))
    assert missing == ["NO_CUSTOMS_RELEASE", "NO_TERMINAL_RELEASE", "WRONG_STAGE"]


def test_p12_an_administrator_releases_nothing() -> None:
    world = ready()
    assert reasons(world.do("X", Stage.CUSTOMS_RELEASE)) == ["NOT_PERMITTED"]
    assert reasons(world.do("X", Stage.RELEASE)) == ["NOT_PERMITTED"]


def test_a_hold_placed_while_the_truck_is_at_the_gate_closes_the_gate() -> None:
    world = ready()
    world.release()
    world.load_all()
    must(world.do("C1", Stage.SEAL, on_visit=True, seals=SEAL))
    must(world.do("W", Stage.WEIGH_OUT, on_visit=True, weight=weight(15420 + 3 * 748)))
    must(world.place("C2", subject=f"unit:{SSCCS[1]}"))
    assert reasons(world.do("G", Stage.GATE_OUT, on_visit=True, plate=PLATE, seals=SEAL)) == ["OPEN_HOLD"]


def test_gate_out_says_everything_that_does_not_match() -> None:
    world = ready()
    world.release()
    world.load_all()
    must(world.do("C1", Stage.SEAL, on_visit=True, seals=SEAL))
    must(world.do("W", Stage.WEIGH_OUT, on_visit=True, weight=weight(15420 + 3 * 748 + 101)))
    refused = world.do("G", Stage.GATE_OUT, on_visit=True, plate="75413CBA", seals=(Seal("UZ0999007"),))
    assert reasons(refused) == ["PLATE_DIFFERS", "SEAL_DIFFERS", "WEIGHT_DIFFERS"]
    assert isinstance(refused, Refused)
    assert refused.missing[2].facts["tolerance_kg"] == "100"


def test_a_truck_may_not_carry_its_cargo_straight_through_unreleased() -> None:
    world = World.announced()
    must(world.do("G", Stage.GATE_IN, on_visit=True, plate=PLATE))
    must(world.do("W", Stage.WEIGH_IN, on_visit=True, weight=weight(17660)))
    refused = world.do("C1", Stage.SEAL, on_visit=True, seals=SEAL)
    assert "NO_CUSTOMS_RELEASE" in reasons(refused)
    assert "NOT_SEALED" in reasons(world.do("W", Stage.WEIGH_OUT, on_visit=True, weight=weight(17660)))
    assert "WRONG_STAGE" in reasons(world.do("G", Stage.GATE_OUT, on_visit=True, plate=PLATE))


def test_weights_that_may_not_be_believed() -> None:
    world = World.announced()
    must(world.do("G", Stage.GATE_IN, on_visit=True, plate=PLATE))
    yesterday = world.now.date() - timedelta(days=1)
    for reading, expected in (
        (None, "NO_WEIGHT"),
        (weight(17660, stable=False), "WEIGHT_UNSTABLE"),
        (weight(-20), "WEIGHT_OUT_OF_RANGE"),
        (weight(0), "WEIGHT_OUT_OF_RANGE"),
        (weight(17660, verified_until=yesterday), "SCALE_NOT_VERIFIED"),
        (weight(17660, typed=True), "TYPED_WEIGHT_NEEDS_SECOND_PERSON"),
        (
            weight(17660, typed=True, confirmed_by="wali", note="printer broken"),
            "TYPED_WEIGHT_NEEDS_SECOND_PERSON",
        ),
        (weight(17660, typed=True, confirmed_by="zafar"), "TYPED_WEIGHT_NEEDS_SECOND_PERSON"),
    ):
        assert reasons(world.do("W", Stage.WEIGH_IN, on_visit=True, weight=reading)) == [expected]
    typed = weight(17660, typed=True, confirmed_by="zafar", note="indicator display only")
    must(world.do("W", Stage.WEIGH_IN, on_visit=True, weight=typed))


def test_a_second_gate_in_is_refused_or_already_done() -> None:
    world = World.announced()
    must(world.do("G", Stage.GATE_IN, on_visit=True, plate=PLATE))
    assert isinstance(world.do("G", Stage.GATE_IN, on_visit=True, plate=PLATE), AlreadyDone)
    must(world.do("W", Stage.WEIGH_IN, on_visit=True, weight=weight(17660)))
    assert reasons(world.do("G", Stage.GATE_IN, on_visit=True, plate=PLATE)) == ["ALREADY_INSIDE"]


def test_the_same_papers_again_change_nothing() -> None:
    world = World.announced()
    assert isinstance(steps_consignment.announce(world.consignment, papers(), world.ask("A")), AlreadyDone)
    other = steps_consignment.announce(world.consignment, papers(consignee="X"), world.ask("A"))
    assert reasons(other) == ["ALREADY_ANNOUNCED"]


def test_the_afghan_approval_must_be_there_before_loading() -> None:
    world = World.announced(documents=())
    must(world.do("G", Stage.GATE_IN, on_visit=True, plate=PLATE))
    must(world.do("W", Stage.WEIGH_IN, on_visit=True, weight=weight(17660)))
    must(world.do("D", Stage.DOC_CHECK))
    world.run_checks()
    must(world.do("C1", Stage.RISK))
    must(world.do("T", Stage.UNLOAD, on_visit=True))
    must(world.do("T", Stage.TALLY, unit=SSCCS[0]))
    must(world.do("T", Stage.UNLOAD, on_visit=True, note="empty"))
    world.release()
    assert reasons(world.do("T", Stage.LOAD, unit=SSCCS[0])) == ["NO_AFGHAN_APPROVAL"]
    assert world.consignment is not None
    assert world.consignment.permission(PermissionKind.AFGHAN_APPROVAL) is None
    assert REF in str(world.consignment.ref)

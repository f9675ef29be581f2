"""Two people read every X-ray picture: before the second look nothing is released, and a doubt keeps the goods."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import PEOPLE, PLATE, REF, SSCCS, World, must, reasons
from workflows.events import event_from
from workflows.events_inspection import InspectionDone, InspectionLookedAt
from workflows.inspection_roles import LOOKS, may_look
from workflows.inspection_state import ALARMING, IMAGES, Method, Result
from workflows.inspections import Outcomes, finish, seen_by
from workflows.outcomes import Accepted, AlreadyDone, Outcome
from workflows.plain import from_plain, to_plain
from workflows.release import standing_in_the_way
from workflows.roles import Actor, Role
from workflows.second_look import look
from workflows.stages import Stage
from workflows.state import HoldReason, HoldSeverity, PermissionKind

MACHINE = Actor("device:xray-1", steps=frozenset({Stage.INSPECT}), is_device=True)


def read(
    method: Method = Method.XRAY_CARGO,
    result: Result = Result.NO_FINDING,
    subject: str = f"consignment:{REF}",
) -> World:
    """Goods that are clear but for one picture that one person has read."""
    world = World.announced()
    world.arrive_and_clear()
    must(world.order("RISK", method, subject))
    must(world.end("XR", "I1", result))
    return world


@pytest.mark.parametrize("method", sorted(IMAGES))
def test_a_picture_read_once_keeps_the_goods_and_names_who_may_look(method: Method) -> None:
    world = read(method)
    assert world.inspections()["I1"].open
    outcome = world.do("C1", Stage.CUSTOMS_RELEASE)
    assert reasons(outcome) == ["SECOND_LOOK_NEEDED"]
    (missing,) = outcome.missing  # type: ignore[union-attr]
    assert missing.who == LOOKS == {Role.XRAY_OPERATOR, Role.CUSTOMS_INSPECTOR}
    assert (missing.facts["inspection"], missing.facts["progress"]) == ("I1", "SECOND_LOOK")
    must(world.look("XR2", "I1", note=""))
    one = world.inspections()["I1"]
    assert (one.settled, one.looked_by, one.looked_agrees, one.state) == (True, "xolida", True, "DONE")
    assert world.consignment is not None
    assert world.consignment.holds == ()
    must(world.do("C1", Stage.CUSTOMS_RELEASE))


def test_whoever_read_it_first_and_machines_do_not_look_again() -> None:
    world = read()
    assert reasons(world.look("XR", "I1")) == ["SECOND_LOOK_OF_OWN"]
    for nobody in ("B", "K9", "RISK", "R1", "T", "X", "A"):
        assert reasons(world.look(nobody, "I1")) == ["NOT_PERMITTED"]
    both = replace(MACHINE, roles=LOOKS)
    ask = replace(world.ask("XR2"), who=both)
    assert reasons(look(world.kept(f"consignment:{REF}"), "I1", True, "H", ask)) == ["NOT_PERMITTED"]
    assert reasons(world.look("XR2", "I1", agrees=False, note=" ")) == ["REASON_NEEDED"]
    unknown = look(world.kept("visit:V1"), "I1", True, "H", world.ask("XR2"))
    assert reasons(unknown) == ["INSPECTION_NOT_FOUND"]
    must(world.look("C1", "I1"))
    assert isinstance(world.look("C1", "I1"), AlreadyDone)
    assert reasons(world.look("C1", "I1", agrees=False)) == ["INSPECTION_ENDED"]
    assert reasons(world.look("XR2", "I1")) == ["INSPECTION_ENDED"]


def test_a_machine_reads_first_and_its_operator_does_not_look_again() -> None:
    world = World.announced()
    world.arrive_and_clear()
    must(world.order("RISK", Method.XRAY_CARGO))
    ask = replace(world.ask("XR"), who=MACHINE)
    said = Outcomes(Result.NO_FINDING, details={"operator": " Xusan Karimov "})
    kept = world.kept(f"consignment:{REF}")
    must(world.take(finish(kept, "I1", said, "HX", None, False, ask), MACHINE.id))
    assert reasons(world.do("C1", Stage.CUSTOMS_RELEASE)) == ["SECOND_LOOK_NEEDED"]
    kept = world.kept(f"consignment:{REF}")
    own = look(kept, "I1", True, "H", world.ask("XR"), ("xusan", "xusan karimov"))
    assert reasons(own) == ["SECOND_LOOK_OF_OWN"]
    must(world.look("XR2", "I1"))
    must(world.do("C1", Stage.CUSTOMS_RELEASE))


@pytest.mark.parametrize("subject", [f"consignment:{REF}", f"unit:{SSCCS[0]}", "visit:V1"])
def test_a_doubted_all_clear_is_an_anomaly_and_opens_its_hold(subject: str) -> None:
    world = read(subject=subject)
    must(world.look("XR2", "I1", agrees=False, note="dense body behind row 3"))
    one = world.inspections()["I1"]
    assert (one.result, one.counted, one.settled, one.hold) == (
        Result.NO_FINDING,
        Result.ANOMALY,
        True,
        "HL-I1",
    )
    assert world.consignment is not None
    assert world.visit is not None
    (hold,) = (*world.consignment.holds, *world.visit.holds)
    assert (hold.subject, hold.reason, hold.severity, hold.open) == (
        subject,
        HoldReason.XRAY_ANOMALY,
        HoldSeverity.HOLD,
        True,
    )
    assert (hold.note, hold.evidence) == ("dense body behind row 3", ("inspection:I1",))
    if subject == "visit:V1":
        assert "OPEN_HOLD" in reasons(world.do("G", Stage.GATE_OUT, on_visit=True, plate=PLATE))
    else:
        label = SSCCS[0] if subject.startswith("unit:") else None
        found = standing_in_the_way(world.consignment, Stage.CUSTOMS_RELEASE, *([label] if label else []))
        assert [missing.reason.value for missing in found] == ["OPEN_HOLD"]


@pytest.mark.parametrize("result", sorted(ALARMING))
@pytest.mark.parametrize("agrees", [True, False])
def test_an_alarm_is_looked_at_too_and_a_doubt_ends_nothing(result: Result, agrees: bool) -> None:
    world = read(result=result)
    assert {"OPEN_HOLD", "SECOND_LOOK_NEEDED"} <= set(reasons(world.do("C1", Stage.CUSTOMS_RELEASE)))
    must(world.look("XR2", "I1", agrees))
    one = world.inspections()["I1"]
    assert (one.counted, one.hold) == (result, "HI-I1")
    assert world.consignment is not None
    assert [(hold.id, hold.open) for hold in world.consignment.holds] == [("HI-I1", True)]


def test_what_was_not_possible_has_no_picture_and_other_methods_none_either() -> None:
    world = read(result=Result.NOT_POSSIBLE)
    assert reasons(world.do("C1", Stage.CUSTOMS_RELEASE)) == ["INSPECTION_OPEN"]
    assert reasons(world.look("XR2", "I1")) == ["INSPECTION_ENDED"]
    must(world.order("C1", Method.VISUAL))
    must(world.end("B", "I2"))
    assert world.inspections()["I2"].settled
    assert reasons(world.look("XR2", "I2")) == ["INSPECTION_ENDED"]


def test_those_who_may_look_see_what_waits() -> None:
    world = read()
    one = world.inspections()["I1"]
    for name, actor in PEOPLE.items():
        assert may_look(actor, one) == (bool(actor.roles & LOOKS) and name != "XR")
        if may_look(actor, one):
            assert seen_by(one, actor) is not None
    assert not may_look(MACHINE, one)


def test_what_was_stored_before_stands_as_it_was() -> None:
    world = read()
    done = next(event for event, _, _ in world.journal if isinstance(event, InspectionDone))
    data = dict(done.data())
    assert data.pop("second_look") is True
    old = event_from(done.type, done.subject, data)
    assert isinstance(old, InspectionDone)
    assert old.second_look is False
    plain = to_plain(world.inspections()["I1"])
    for name in ("second_look", "looked_by", "looked_at", "looked_agrees", "looked_note"):
        del plain[name]
    assert from_plain(type(world.inspections()["I1"]), plain).settled


steps = st.lists(
    st.tuples(
        st.sampled_from(["order", "end", "look", "doubt", "lift", "customs", "terminal"]),
        st.sampled_from(sorted(PEOPLE)),
        st.sampled_from(sorted(IMAGES)),
        st.sampled_from([f"consignment:{REF}", f"unit:{SSCCS[0]}"]),
        st.integers(0, 5),
    ),
    max_size=25,
)


@given(steps)
def test_no_sequence_releases_a_picture_that_one_person_alone_has_read(
    tried: list[tuple[str, str, Method, str, int]],
) -> None:
    """Whoever tries whatever: at each approval every picture was read by two, and no doubt was left undecided."""
    world = read()
    for what, who, method, subject, number in tried:
        ones = sorted(world.inspections())
        identity = ones[number % len(ones)]
        outcome: Outcome | None = None
        assert world.consignment is not None
        before = world.consignment
        if what == "order":
            world.order("C1", method, subject)
        elif what == "end":
            world.end("XR", identity)
        elif what in ("look", "doubt"):
            world.look(who, identity, what == "look")
        elif what == "lift":
            for hold in before.holds:
                world.lift("C2", hold.id)
        elif what == "customs":
            outcome = world.do("C1", Stage.CUSTOMS_RELEASE)
        else:
            outcome = world.do("R1", Stage.RELEASE)
        if isinstance(outcome, Accepted):
            for one in before.inspections:
                assert one.looked_by not in (None, one.done_by)
                assert not [hold for hold in before.holds if hold.id == one.hold and hold.open]
        for one in world.consignment.inspections:
            if one.looked_by is not None:
                assert one.looked_by != one.done_by
                assert one.looked_agrees or one.hold is not None
    assert world.consignment is not None
    given_now = [p.kind for p in world.consignment.permissions if p.kind is PermissionKind.CUSTOMS_RELEASE]
    assert len(given_now) <= 1
    looks = [event for event, _, _ in world.journal if isinstance(event, InspectionLookedAt)]
    assert len({event.inspection for event in looks}) == len(looks)

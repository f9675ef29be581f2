"""Not knowing never counts as a pass: what a check could not judge keeps the goods until it can, or somebody has decided."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.case_folder import load_case
from tests.support.builders import PEOPLE, REF, SSCCS, World, must, reasons
from workflows import events as e
from workflows import holds
from workflows.checks.facts import cannot_tell, finding
from workflows.checks.registry import USUAL
from workflows.checks.severities import weighed
from workflows.events import event_from
from workflows.findings import Finding, Severity
from workflows.holds_by_check import asked_for, cause_gone, not_judged, opens
from workflows.judge import judge
from workflows.outcomes import Accepted
from workflows.release import standing_in_the_way, stopped
from workflows.roles import Role
from workflows.stages import OUTWARD, Stage
from workflows.state import HoldOutcome, HoldSeverity
from workflows.unjudged import decided, in_the_way, to_decide

SAMPLES = Path(__file__).parents[1] / "data" / "samples"


def weigh(found: Finding, wanted: dict[str, Severity] | None = None) -> Finding:
    """The finding as the judge keeps it, by the severities of a table."""
    (kept,) = weighed([found], wanted or {}, USUAL)
    return kept


GAP = weigh(cannot_tell("SEA-01", "vehicle", "seal_read", declared="UZ0550101"))
CLASS = weigh(cannot_tell("HAZ-02", "line:1", "dg_class", un="1993"))


def with_findings(*found: Finding) -> World:
    """Goods that are clear but for what the checks say."""
    world = World.announced()
    world.arrive_and_clear()
    judged(world, *found)
    return world


def judged(world: World, *found: Finding) -> None:
    """The checks ran and said this."""
    world.apply(e.ChecksRun(f"consignment:{REF}", found, "RELEASABLE", "YELLOW", "test"), "rules")


def make_a_hold(
    world: World, who: str, found: Finding, note: str = "the seal was taken off at the rail yard"
) -> str:
    """Somebody makes a hold of a gap; its id."""
    assert world.consignment is not None
    world.holds_made += 1
    new = to_decide(world.consignment, found.check, found.target, f"H{world.holds_made}")
    assert new is not None
    ask = world.ask(who, note=note)
    must(world.take(holds.place(new, world.consignment.holds, f"consignment:{REF}", ask), PEOPLE[who].id))
    return new.id


def test_a_gap_keeps_the_goods_and_says_what_is_missing_and_who_decides() -> None:
    world = with_findings(GAP)
    outcome = world.do("C1", Stage.CUSTOMS_RELEASE)
    assert reasons(outcome) == ["CANNOT_JUDGE"]
    (missing,) = outcome.missing  # type: ignore[union-attr]
    assert missing.who == {Role.CUSTOMS_INSPECTOR}
    assert (missing.facts["check"], missing.facts["target"], missing.facts["missing_fact"]) == (
        "SEA-01",
        "vehicle",
        "seal_read",
    )
    assert world.consignment is not None
    for step in OUTWARD:
        assert "CANNOT_JUDGE" in [m.reason for m in standing_in_the_way(world.consignment, step, SSCCS[0])]
        assert "CANNOT_JUDGE" in [m.reason for m in stopped(world.consignment, step)]
    assert in_the_way(world.consignment, Stage.TALLY) == []  # inside the terminal the work goes on
    assert (
        asked_for(world.consignment.findings, f"consignment:{REF}", ["H"]) == []
    )  # and nothing is held by it
    judged(world)  # the seal was read: the check tells
    must(world.do("C1", Stage.CUSTOMS_RELEASE))


def test_a_gap_that_comes_after_the_release_stops_the_goods_too() -> None:
    world = with_findings()
    world.release()
    judged(world, GAP)
    assert reasons(world.do("T", Stage.LOAD, unit=SSCCS[0])) == ["CANNOT_JUDGE"]


def test_whoever_owns_the_check_decides_where_the_fact_will_not_come() -> None:
    world = with_findings(GAP)
    hold = make_a_hold(world, "C1", GAP)
    assert world.consignment is not None
    (stands,) = world.consignment.holds
    assert (stands.severity, stands.check, stands.target) == (HoldSeverity.HOLD, "SEA-01", "vehicle")
    assert not cause_gone(stands, world.consignment.findings)
    assert reasons(world.do("C1", Stage.CUSTOMS_RELEASE)) == ["OPEN_HOLD"]
    must(world.lift("C1", hold, HoldOutcome.CLEARED_WAIVED))
    assert reasons(world.do("C1", Stage.CUSTOMS_RELEASE)) == ["OPEN_HOLD"]  # a waiver takes two
    must(world.lift("C2", hold, HoldOutcome.CLEARED_WAIVED))
    judged(world, GAP)  # the checks run again and still cannot tell: that was decided
    must(world.do("C1", Stage.CUSTOMS_RELEASE))


def test_a_decision_counts_for_this_gap_only() -> None:
    world = with_findings(GAP)
    must(world.lift("C1", make_a_hold(world, "C1", GAP)))
    other = weigh(cannot_tell("SEA-01", "vehicle", "seal_read", declared="UZ0550999"))
    judged(world, other)
    assert reasons(world.do("C1", Stage.CUSTOMS_RELEASE)) == ["CANNOT_JUDGE"]
    elsewhere = weigh(cannot_tell("SEA-01", "container", "seal_read", declared="UZ0550101"))
    judged(world, GAP, elsewhere)
    assert reasons(world.do("C1", Stage.CUSTOMS_RELEASE)) == ["CANNOT_JUDGE"]
    judged(world, GAP)
    must(world.do("C1", Stage.CUSTOMS_RELEASE))


def test_a_block_that_cannot_be_judged_is_never_waived() -> None:
    world = with_findings(CLASS)
    hold = make_a_hold(world, "C1", CLASS)
    assert world.consignment is not None
    assert world.consignment.holds[0].severity is HoldSeverity.BLOCK
    assert reasons(world.lift("C1", hold, HoldOutcome.CLEARED_WAIVED)) == ["BLOCK_NOT_WAIVABLE"]
    assert reasons(world.do("C1", Stage.CUSTOMS_RELEASE)) == ["OPEN_HOLD"]


def test_a_finding_that_turns_into_not_knowing_is_no_cause_gone() -> None:
    world = with_findings()
    assert world.consignment is not None
    fired = finding("SEA-01", Severity.HOLD, "vehicle", declared="A", read="B")
    (new,) = asked_for([fired], f"consignment:{REF}", ["H7"])
    must(world.take(holds.place_by_check(new, (), f"consignment:{REF}", world.ask("C1")), "rules"))
    (hold,) = world.consignment.holds
    assert not cause_gone(hold, [fired])
    assert not cause_gone(hold, [GAP])
    assert cause_gone(hold, [])


def test_what_does_not_apply_is_not_asked_for() -> None:
    first = weigh(cannot_tell("WGT-06", "vehicle", "registered_tare", measured_kg=15420))
    warns = weigh(cannot_tell("SEA-04", "vehicle", "seal_class", number="X"))
    assert not not_judged(first)  # the first empty weight is what later ones are compared with
    assert not not_judged(warns)
    assert not not_judged(finding("SEA-01", Severity.HOLD, "vehicle"))
    assert not not_judged(
        cannot_tell("SEA-01", "vehicle", "seal_read")
    )  # of a run from before: it runs again
    lighter = {"SEA-01": Severity.WARN}
    assert not not_judged(weigh(cannot_tell("SEA-01", "vehicle", "seal_read"), lighter))
    heavier = weigh(cannot_tell("SEA-04", "vehicle", "seal_class"), {"SEA-04": Severity.HOLD})
    assert not_judged(heavier)
    assert heavier.severity is Severity.INFO  # it makes no decision
    world = with_findings(first, warns)
    must(world.do("C1", Stage.CUSTOMS_RELEASE))


def test_sanctions_hold_by_themselves_and_are_not_said_twice() -> None:
    unknown = Finding("SAN-03", Severity.HOLD, "consignment", {"missing": "no_list"}, cannot_tell=True)
    (kept,) = weighed([unknown], {}, USUAL)
    assert opens(kept) is not None
    assert not not_judged(kept)
    assert weighed([unknown], {"SAN-03": Severity.BLOCK}, USUAL)[0].severity is Severity.BLOCK


def test_only_what_waits_can_be_decided_on() -> None:
    world = with_findings(GAP, finding("WGT-02", Severity.HOLD, "vehicle"))
    assert world.consignment is not None
    assert to_decide(world.consignment, "WGT-02", "vehicle", "H") is None
    assert to_decide(world.consignment, "SEA-01", "container", "H") is None
    new = to_decide(world.consignment, "SEA-01", "vehicle", "H")
    assert new is not None
    ask = world.ask("B", note="x")
    assert reasons(holds.place(new, (), f"consignment:{REF}", ask)) == ["NOT_PERMITTED"]


def test_the_journal_keeps_what_it_was_about() -> None:
    world = with_findings(GAP)
    make_a_hold(world, "C1", GAP)
    placed = next(event for event, _, _ in world.journal if isinstance(event, e.HoldPlaced))
    assert event_from(placed.type, placed.subject, placed.data()) == placed
    run = next(event for event, _, _ in world.journal if isinstance(event, e.ChecksRun) and event.findings)
    again = event_from(run.type, run.subject, run.data())
    assert isinstance(again, e.ChecksRun)
    assert again.findings[0].would_be is Severity.HOLD


@pytest.mark.parametrize("sample", ["S01_shelter_road_clean", "S08_tricky_but_clean"])
def test_clean_consignments_have_no_gap(sample: str) -> None:
    case, _ = load_case(SAMPLES / sample, SAMPLES / "context.json")
    told = judge(case)
    assert [f for f in told.cannot_tell if not_judged(f)] == []


_FIGURES = st.sampled_from(["A", "B"])
says = st.one_of(
    st.just(()),
    _FIGURES.map(lambda text: (weigh(cannot_tell("SEA-01", "vehicle", "seal_read", declared=text)),)),
    _FIGURES.map(lambda text: (weigh(cannot_tell("HAZ-02", "line:1", "dg_class", un=text)), GAP)),
    _FIGURES.map(lambda text: (finding("SEA-01", Severity.HOLD, "vehicle", read=text),)),
)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["judge", "decide", "lift", "customs", "terminal", "load"]),
            says,
            st.sampled_from(["C1", "C2", "D", "R1"]),
            st.sampled_from([HoldOutcome.CLEARED_CORRECTED, HoldOutcome.CLEARED_WAIVED]),
        ),
        max_size=25,
    )
)
def test_no_sequence_releases_what_nobody_could_judge_or_decided(
    steps: list[tuple[str, tuple[Finding, ...], str, HoldOutcome]],
) -> None:
    world = with_findings(GAP)
    for what, found, who, outcome in steps:
        assert world.consignment is not None
        before = world.consignment
        done = None
        if what == "judge":
            judged(world, *found)
            for new in asked_for(
                found, f"consignment:{REF}", (f"HC{len(world.journal)}-{n}" for n in range(9))
            ):
                asked = holds.place_by_check(new, before.holds, f"consignment:{REF}", world.ask("C1"))
                world.take(asked, "rules")
        elif what == "decide":
            for gap in before.findings:
                new_hold = to_decide(before, gap.check, gap.target, f"HD{len(world.journal)}")
                if new_hold is not None:
                    ask = world.ask(who, note="it will not come")
                    world.take(holds.place(new_hold, before.holds, f"consignment:{REF}", ask), PEOPLE[who].id)
                    break
        elif what == "lift":
            for hold in before.holds:
                world.lift(who, hold.id, outcome)
        elif what == "customs":
            done = world.do("C1", Stage.CUSTOMS_RELEASE)
        elif what == "terminal":
            done = world.do("R1", Stage.RELEASE)
        else:
            done = world.do("T", Stage.LOAD, unit=SSCCS[0])
        if isinstance(done, Accepted):
            for gap in before.findings:
                assert not gap.cannot_tell or decided(before, gap)
                mine = [h for h in before.holds if (h.check, h.target) == (gap.check, gap.target)]
                assert all(not hold.open for hold in mine)
                assert not gap.cannot_tell or any(hold.outcome is not None for hold in mine)
                waived = [h for h in mine if h.outcome is HoldOutcome.CLEARED_WAIVED]
                assert all(h.severity is HoldSeverity.HOLD and h.proposed_by != h.lifted_by for h in waived)


def test_no_other_figures_are_read_into_a_decision() -> None:
    gap = replace(GAP, facts={**GAP.facts, "declared": "UZ1"})
    world = with_findings(GAP)
    must(world.lift("C1", make_a_hold(world, "C1", GAP)))
    assert world.consignment is not None
    assert decided(world.consignment, GAP)
    assert not decided(world.consignment, gap)

"""Offices, the cap, the draw, and what persons may do to a lane."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import NOON, PEOPLE, REF
from tests.support.builders import papers as declared
from tests.support.check_cases import a_case, line
from workflows import events as e
from workflows import evolve, routing
from workflows.ask import Ask
from workflows.checks.case import InspectionSeen, Observations, PastLanes
from workflows.checks.facts import finding
from workflows.checks.reference import default_reference, shipped_texts
from workflows.customs_offices import NAME, load_offices, office_of, problems
from workflows.events_routing import AuditOpened, LaneChosen, LaneProposed, LaneSet
from workflows.findings import Severity
from workflows.inspection_state import Inspection, Method, Progress, Result
from workflows.lanes import Lane, choose_lane, draw
from workflows.outcomes import Accepted, AlreadyDone, Refused
from workflows.release import digest, standing_in_the_way
from workflows.roles import Actor, Role
from workflows.routing_state import AuditResult, LaneChoice, Reason
from workflows.stages import Stage
from workflows.state import Consignment

ANALYST = Actor("anora", frozenset({Role.RISK_OFFICER}))
SECOND = Actor("sardor", frozenset({Role.RISK_OFFICER}))
SOFT = frozenset({"R20", "R21"})  # 70 points, no finding


def ask(who: Actor, note: str = "seen") -> Ask:
    return Ask(who, NOON, note=note)


def a_choice(lane: Lane = Lane.YELLOW, *reasons: str, **more: Any) -> LaneChoice:
    grounds = tuple(Reason(code, 30, "officer") for code in reasons)
    return LaneChoice(lane, 30 * len(reasons), grounds, floor=Lane.YELLOW, **more)


class World:
    """One consignment and what is done to it."""

    def __init__(self, choice: LaneChoice) -> None:
        paper = declared()
        self.now = Consignment(REF, Stage.RISK, paper, digest(paper), NOON)
        self.choose(choice)

    def choose(self, choice: LaneChoice) -> None:
        self.take(routing.chosen(self.now, choice, ask(ANALYST)))

    def take(self, events: tuple[Any, ...]) -> None:
        for event in events:
            after = evolve.consignment(self.now, event, "anora", NOON)
            assert after is not None
            self.now = after

    def set(self, who: Actor, lane: Lane, note: str = "seen") -> Any:
        outcome = routing.set_lane(self.now, lane, ask(who, note))
        if isinstance(outcome, Accepted):
            self.take(outcome.events)
        return outcome


def why(outcome: Any) -> list[str]:
    assert isinstance(outcome, Refused), outcome
    return [missing.reason.value for missing in outcome.missing]


# --- offices -----------------------------------------------------------------------------------------
def test_two_offices_are_shipped_and_chosen_by_the_way_of_arrival() -> None:
    offices = default_reference().offices
    assert {office.code for office in offices} == {"22005", "22002"}
    assert office_of(offices, "AIR").code == "22002"
    assert {office_of(offices, mode).code for mode in ("ROAD", "RAIL", "RIVER")} == {"22005"}


def test_a_wrong_table_of_offices_is_told_by_office_and_field() -> None:
    whole = json.loads(shipped_texts()[NAME])
    for path, value, word in (
        (("code",), "x", "code"),
        (("modes",), ["TRAM"], "modes"),
        (("random", "red"), 2, "random.red"),
        (("expected",), {"RED": 0.6, "YELLOW": 0.6}, "above 1"),
        (("cap", "window"), 0, "cap.window"),
        (("minimum_lane",), "PINK", "minimum_lane"),
        (("name",), {}, "name"),
    ):
        broken = json.loads(json.dumps(whole))
        place = broken["offices"][0]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
        assert any(word in said and "office 1" in said for said in problems(json.dumps(broken))), path
    assert any("twice" in s for s in problems(json.dumps({"offices": [whole["offices"][0]] * 2})))


def with_office(**changed: Any) -> Any:
    office = replace(
        default_reference().offices[0], modes=frozenset({"ROAD", "RAIL", "AIR", "RIVER"}), **changed
    )
    return replace(default_reference(), offices=(office,))


def test_an_office_sets_its_own_minimum_and_may_use_blue() -> None:
    case = replace(a_case(line()), reference=with_office(minimum=Lane.BLUE))
    choice = choose_lane(case, [])
    assert (choice.lane, choice.floor, choice.office) == (Lane.BLUE, Lane.BLUE, "22005")


# --- the draw ----------------------------------------------------------------------------------------
def test_the_draw_can_be_repeated_by_hand_and_never_falls_below_the_terminal() -> None:
    case = a_case(line(), context={"random_seed": "abc"})
    found = draw(replace(case, reference=with_office(random_red=Decimal(0), random_yellow=Decimal(0))))
    assert found is not None
    number = int.from_bytes(hashlib.sha256(f"abc\x1f{found.of}".encode()).digest()[:8], "big")
    assert found.number == (Decimal(number) / Decimal(2**64)).quantize(Decimal("0.000001"))
    assert (found.red, found.yellow) == (Decimal("0.02"), Decimal("0.03"))
    always = draw(replace(case, reference=with_office(random_red=Decimal(1))))
    assert always is not None
    assert always.lane is Lane.RED


# --- the cap -----------------------------------------------------------------------------------------
def capped(count: int, red: int, **more: Any) -> LaneChoice:
    context = {"extra_indicators": SOFT, "past_lanes": PastLanes(count, red), **more.pop("context", {})}
    findings = more.pop("findings", [])
    return choose_lane(a_case(line(), context=context, **more), findings)


@given(st.integers(0, 200), st.integers(0, 200))
def test_the_cap_holds_back_red_by_points_only_when_there_is_enough_to_tell(count: int, red: int) -> None:
    red = min(red, count)
    choice = capped(count, red)
    over = count >= 50 and Decimal(red) / max(count, 1) >= Decimal("0.3")
    assert choice.capped == over
    assert choice.lane is (Lane.YELLOW if over else Lane.RED)


def test_nothing_that_must_be_looked_at_is_capped() -> None:
    full = (100, 90)
    held = [finding("SEA-01", Severity.HOLD, "vehicle")]
    assert capped(*full, findings=held).lane is Lane.RED
    found = Observations(inspections=(InspectionSeen("CANINE_DRUGS", "INDICATION"),))
    assert capped(*full, observations=found).lane is Lane.RED
    forced = [finding("CTL-01", Severity.BLOCK, "line:1")]
    assert capped(*full, findings=forced).lane is Lane.RED
    seeds = (f"s{n}" for n in range(400))
    drawn = [
        c for s in seeds if (c := capped(*full, context={"random_seed": s})).draw and c.draw.lane is Lane.RED
    ]
    assert drawn
    assert all(c.lane is Lane.RED and not c.capped for c in drawn)


def test_what_the_cap_held_back_is_audited_later() -> None:
    world = World(a_choice(Lane.YELLOW, "R20", "R21", capped=True))
    assert world.now.routing is not None
    assert world.now.routing.audit is not None
    assert why(routing.close_audit(world.now, AuditResult.IN_ORDER, ask(ANALYST))) == ["WRONG_STAGE"]
    world.now = replace(world.now, stage=Stage.GATE_OUT)
    assert why(routing.close_audit(world.now, AuditResult.IN_ORDER, ask(PEOPLE["T"]))) == ["NOT_PERMITTED"]
    assert why(routing.close_audit(world.now, AuditResult.IN_ORDER, ask(ANALYST, ""))) == ["REASON_NEEDED"]
    closed = routing.close_audit(world.now, AuditResult.FINDING, ask(ANALYST, "two boxes were missing"))
    assert isinstance(closed, Accepted)
    world.take(closed.events)
    audit = world.now.routing and world.now.routing.audit
    assert audit
    assert not audit.open
    assert (audit.result, audit.closed_by) == (AuditResult.FINDING, "anora")
    again = routing.close_audit(world.now, AuditResult.FINDING, ask(ANALYST))
    assert isinstance(again, AlreadyDone)
    assert why(routing.close_audit(world.now, AuditResult.IN_ORDER, ask(SECOND))) == ["AUDIT_NOT_OPEN"]


# --- persons -----------------------------------------------------------------------------------------
def test_one_person_raises_with_a_reason_and_terminal_staff_do_not() -> None:
    world = World(a_choice())
    for who in ("T", "G", "R1", "C1", "D"):
        assert why(world.set(PEOPLE[who], Lane.RED)) == ["NOT_PERMITTED"], who
    assert why(world.set(ANALYST, Lane.RED, " ")) == ["REASON_NEEDED"]
    assert isinstance(world.set(ANALYST, Lane.RED), Accepted)
    assert world.now.lane == "RED"
    assert isinstance(world.set(ANALYST, Lane.RED), AlreadyDone)


def test_a_lower_lane_takes_two_persons() -> None:
    world = World(a_choice(Lane.RED, "R20", "R21"))
    first = world.set(ANALYST, Lane.YELLOW, "known sender")
    assert isinstance(first, Accepted)
    assert isinstance(first.events[0], LaneProposed)
    assert world.now.lane == "RED"
    assert why(world.set(ANALYST, Lane.YELLOW)) == ["SECOND_PERSON_NEEDED"]
    assert why(world.set(PEOPLE["R1"], Lane.YELLOW)) == ["NOT_PERMITTED"]
    second = world.set(PEOPLE["C1"], Lane.YELLOW, "agreed")
    assert isinstance(second, Accepted)
    assert isinstance(second.events[0], LaneSet)
    assert world.now.lane == "YELLOW"
    person = world.now.routing and world.now.routing.person
    assert person
    assert (person.by, person.confirmed_by) == ("anora", "chori")


def test_what_is_fixed_is_lowered_by_nobody() -> None:
    forced = World(a_choice(Lane.RED, "R13", forced=("R13",)))
    assert why(forced.set(ANALYST, Lane.YELLOW)) == ["LANE_FIXED"]
    seen = draw(a_case(line(), context={"random_seed": "x"}))
    assert seen is not None
    drawn = World(a_choice(Lane.RED, draw=replace(seen, lane=Lane.RED)))
    assert why(drawn.set(ANALYST, Lane.YELLOW)) == ["LANE_FIXED"]
    humanitarian = World(a_choice(Lane.YELLOW))
    for lane in (Lane.BLUE, Lane.GREEN):
        assert why(humanitarian.set(ANALYST, lane)) == ["LANE_FIXED"]


def test_nothing_is_set_for_goods_that_have_left() -> None:
    world = World(a_choice())
    world.now = replace(world.now, stage=Stage.GATE_OUT)
    assert why(world.set(ANALYST, Lane.RED)) == ["WRONG_STAGE"]


def test_a_lowered_lane_falls_when_something_new_speaks_against_the_goods() -> None:
    world = World(a_choice(Lane.RED, "R20", "R21"))
    world.set(ANALYST, Lane.YELLOW)
    world.set(SECOND, Lane.YELLOW)
    world.choose(a_choice(Lane.RED, "R20"))  # less than before: it stands
    assert world.now.lane == "YELLOW"
    world.choose(a_choice(Lane.RED, "R20", "R22"))
    assert world.now.lane == "RED"
    assert world.now.routing is not None
    assert world.now.routing.person is None


def test_a_raised_lane_stands_when_the_rules_say_less() -> None:
    world = World(a_choice(Lane.YELLOW, "R05"))
    world.set(ANALYST, Lane.RED)
    world.choose(a_choice(Lane.YELLOW))
    assert world.now.lane == "RED"
    run = e.ChecksRun(f"consignment:{REF}", (), "RELEASABLE", "YELLOW", "v")
    world.take((run,))
    assert world.now.lane == "RED"  # the checks ran again and said the same


def test_marks_are_put_by_officers_with_a_reason_and_taken_back_by_analysts() -> None:
    world = World(a_choice())
    assert why(routing.mark(world.now, "R21", ask(PEOPLE["G"]))) == ["NOT_PERMITTED"]
    assert why(routing.mark(world.now, "R08", ask(ANALYST))) == ["INVALID"]
    assert why(routing.mark(world.now, "R21", ask(ANALYST, ""))) == ["REASON_NEEDED"]
    put = routing.mark(world.now, "R21", ask(PEOPLE["C1"], "alert 17"))
    assert isinstance(put, Accepted)
    world.take(put.events)
    assert isinstance(routing.mark(world.now, "R21", ask(ANALYST)), AlreadyDone)
    assert why(routing.unmark(world.now, "R21", ask(PEOPLE["C1"]))) == ["NOT_PERMITTED"]
    back = routing.unmark(world.now, "R21", ask(ANALYST))
    assert isinstance(back, Accepted)
    world.take(back.events)
    assert world.now.routing is not None
    assert not world.now.routing.marks


# --- red asks for a look -----------------------------------------------------------------------------
def test_red_goods_get_no_outward_step_before_somebody_looked() -> None:
    world = World(a_choice(Lane.RED, "R20", "R21"))

    def missing(step: Stage) -> list[str]:
        return [m.reason.value for m in standing_in_the_way(world.now, step)]

    for step in (Stage.CUSTOMS_RELEASE, Stage.RELEASE, Stage.LOAD, Stage.GATE_OUT):
        assert "INSPECTION_NEEDED" in missing(step), step
    told = [m for m in standing_in_the_way(world.now, Stage.RELEASE) if m.reason.value == "INSPECTION_NEEDED"]
    assert not {"lane", "score"} & set(told[0].facts)

    def look(method: Method, result: Result, **more: Any) -> None:
        done = Inspection(
            "I1", f"consignment:{REF}", method, "chori", NOON, "lane",
            progress=Progress.DONE, result=result, done_at=NOON + timedelta(hours=1), **more,
        )  # fmt: skip
        world.now = replace(world.now, inspections=(done,))

    for method in (Method.DOCUMENT, Method.COUNT, Method.ANPR, Method.SEAL_CHECK):
        look(method, Result.NO_FINDING)
        assert "INSPECTION_NEEDED" in missing(Stage.RELEASE), method
    look(Method.XRAY_CARGO, Result.NOT_POSSIBLE)
    assert "INSPECTION_NEEDED" in missing(Stage.RELEASE)
    look(Method.XRAY_CARGO, Result.NOT_POSSIBLE, waived_by="charos", waived_at=NOON)
    assert "INSPECTION_NEEDED" not in missing(Stage.RELEASE)
    look(Method.XRAY_CARGO, Result.NO_FINDING)
    assert "INSPECTION_NEEDED" not in missing(Stage.RELEASE)


def test_a_blue_lane_opens_an_audit_and_a_higher_one_drops_it() -> None:
    world = World(replace(a_choice(Lane.BLUE), floor=Lane.BLUE))
    assert world.now.routing is not None
    assert world.now.routing.audit is not None
    events = routing.chosen(world.now, a_choice(Lane.RED, "R20", "R21"), ask(ANALYST))
    assert [type(event) for event in events] == [LaneChosen]
    world.take(events)
    assert world.now.routing is not None
    assert world.now.routing.audit is None
    lower = routing.chosen(world.now, replace(a_choice(Lane.BLUE), floor=Lane.BLUE), ask(ANALYST))
    assert [type(event) for event in lower] == [LaneChosen, AuditOpened]


def test_the_offices_read_back() -> None:
    assert load_offices(shipped_texts()[NAME]) == default_reference().offices

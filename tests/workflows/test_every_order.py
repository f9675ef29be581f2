"""Any mix of people tries any step in any order: nothing leaves unreleased, and the journal rebuilds the state."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import event as tally
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support.builders import PEOPLE, PLATE, REF, SSCCS, World, weight
from workflows import events as e
from workflows import holds, steps_consignment, unjudged
from workflows.checks.facts import cannot_tell
from workflows.findings import Severity
from workflows.inspection_roles import DOES
from workflows.inspection_state import ALARMING, IMAGES, Method, Result
from workflows.outcomes import Accepted
from workflows.release import digest
from workflows.stages import CONSIGNMENT, UNIT, VISIT, Stage
from workflows.state import (
    Authority,
    Consignment,
    Hold,
    HoldOutcome,
    HoldReason,
    HoldSeverity,
    PermissionKind,
    Seal,
    Visit,
)

#: checks that cannot tell: one that would hold, one that would block
GAP = (
    replace(cannot_tell("SEA-01", "vehicle", "seal_read", declared="S1"), would_be=Severity.HOLD),
    replace(cannot_tell("HAZ-02", "line:1", "dg_class", un="1993"), would_be=Severity.BLOCK),
)
GAPS = tuple(range(len(GAP)))
KEYS = tuple((gap.check, gap.target) for gap in GAP)
people = st.sampled_from(sorted(PEOPLE))
#: None = somebody whose role allows the step, so that machines get far enough to be dangerous
anybody = st.none() | st.none() | people
OUTSIDE = (Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF, Stage.DELIVERED)


def able(step: Stage) -> str:
    """Somebody whose role allows the step."""
    return next((name for name, actor in PEOPLE.items() if actor.may_step(step)), "X")


def inspector(method: Method) -> str:
    """Somebody who does this method."""
    return next(name for name, actor in PEOPLE.items() if actor.roles & DOES[method])


class AnyOrder(RuleBasedStateMachine):
    """The whole terminal with one consignment and one truck, moved by whoever."""

    departures = 0

    @initialize(far=st.integers(0, 4))
    def begin(self, far: int) -> None:
        """Start at the beginning, or some way along, so that the gate is reached often."""
        self.world = World.announced()
        self.left_with: tuple[Consignment, Visit] | None = None
        if far >= 1:
            self.world.arrive_and_clear()
        if far >= 2:
            self.world.release()
        if far >= 3:
            self.world.load_all()
            self.world.do("C1", Stage.SEAL, on_visit=True, seals=(Seal("S1"),))
        if far >= 4:
            self.world.do("W", Stage.WEIGH_OUT, on_visit=True, weight=weight(17664, at=self.world.now))

    @rule(
        who=anybody,
        step=st.sampled_from([*VISIT, Stage.GATE_OUT, Stage.CLOSED]),
        kg=st.sampled_from([15420, 17660, 17664]),
    )
    def vehicle(self, who: str | None, step: Stage, kg: int) -> None:
        assert self.world.visit is not None
        seals = self.world.visit.seals or (Seal("S1"),)
        before = (self.world.consignment, self.world.visit)
        outcome = self.world.do(
            who or able(step),
            step,
            on_visit=True,
            plate=PLATE,
            seals=seals,
            weight=weight(kg, at=self.world.now),
            note="empty",
        )
        if isinstance(outcome, Accepted) and step is Stage.GATE_OUT:
            assert before[0] is not None
            assert before[1] is not None
            self.check_departure(before[0], before[1])
            AnyOrder.departures += len(before[1].units) > 0
            tally(f"left with {len(before[1].units)} units")

    @rule(
        who=anybody,
        step=st.sampled_from(list(UNIT)),
        label=st.sampled_from(SSCCS),
        place=st.sampled_from(["B-07", None]),
    )
    def unit(self, who: str | None, step: Stage, label: str, place: str | None) -> None:
        self.world.do(who or able(step), step, unit=label, place=place, note="seen")

    @rule(who=anybody, step=st.sampled_from(list(CONSIGNMENT)))
    def papers_step(self, who: str | None, step: Stage) -> None:
        self.world.do(who or able(step), step, note="decided")

    @rule()
    def press_on(self) -> None:
        """Everybody does the next proper thing: what a hurried terminal would try."""
        world = self.world
        for label in world.units:
            world.do("T", Stage.LOAD, unit=label)
        world.do("C1", Stage.SEAL, on_visit=True, seals=(Seal("S1"),))
        assert world.visit is not None
        kg = 15420 + int(world.visit.loaded_kg)
        self.vehicle(None, Stage.WEIGH_OUT, kg)
        self.vehicle(None, Stage.GATE_OUT, kg)

    @rule(who=people)
    def afghan(self, who: str) -> None:
        assert self.world.consignment is not None
        self.world.take(
            steps_consignment.afghan_approval(self.world.consignment, self.world.ask(who)), PEOPLE[who].id
        )

    @rule(who=people, name=st.text("abc", min_size=1, max_size=2))
    def amend(self, who: str, name: str) -> None:
        self.world.amend(who, consignee=name)

    @rule(gaps=st.sets(st.sampled_from(GAPS), max_size=1))
    def screening(self, gaps: set[int]) -> None:
        """The checks run; now and then one of them cannot tell."""
        found = tuple(GAP[number] for number in gaps)
        self.world.apply(e.ChecksRun(f"consignment:{REF}", found, "RELEASABLE", "YELLOW", "test"), "rules")

    @rule(who=people, number=st.sampled_from(GAPS))
    def decide_a_gap(self, who: str, number: int) -> None:
        """Somebody makes a hold of what cannot be judged, so that it can be decided on."""
        world, ask = self.world, self.world.ask(who, note="it will not come")
        assert world.consignment is not None
        new = unjudged.to_decide(world.consignment, *KEYS[number], f"H{world.holds_made + 1}")
        if new is not None:
            world.holds_made += 1
            subject = f"consignment:{REF}"
            world.put(lambda other: holds.place(new, other.holds(), subject, ask), PEOPLE[who].id)

    @rule(
        who=people,
        subject=st.sampled_from([f"consignment:{REF}", *(f"unit:{label}" for label in SSCCS)]),
        severity=st.sampled_from(list(HoldSeverity)),
        authority=st.sampled_from(list(Authority)),
        reason=st.sampled_from([HoldReason.SEAL, HoldReason.SANCTIONS]),
    )
    def hold(
        self, who: str, subject: str, severity: HoldSeverity, authority: Authority, reason: HoldReason
    ) -> None:
        self.world.place(who, subject, severity=severity, authority=authority, reason=reason)

    @precondition(lambda self: self.world.holds_made)
    @rule(who=people, number=st.integers(1, 6), outcome=st.sampled_from(list(HoldOutcome)))
    def lift(self, who: str, number: int, outcome: HoldOutcome) -> None:
        self.world.lift(who, f"H{number}", outcome)

    @rule(
        who=anybody,
        subject=st.sampled_from([f"consignment:{REF}", *(f"unit:{label}" for label in SSCCS), "visit:V1"]),
        method=st.sampled_from([Method.VISUAL, Method.CANINE_DRUGS, Method.XRAY_CARGO, Method.SAMPLE_LAB]),
        replaces=st.none() | st.integers(1, 6),
    )
    def order_inspection(self, who: str | None, subject: str, method: Method, replaces: int | None) -> None:
        instead = f"I{replaces}" if replaces else None
        self.world.order(who or "C1", method, subject, instead_of=instead)

    @precondition(lambda self: self.world.inspections())
    @rule(who=anybody, number=st.integers(0, 9), what=st.sampled_from(["begin", "cancel", "waive"]))
    def inspect(self, who: str | None, number: int, what: str) -> None:
        orders = self.world.inspections()
        one = orders[sorted(orders)[number % len(orders)]]
        doer = who or (inspector(one.method) if what == "begin" else "C1")
        {"begin": self.world.begin, "cancel": self.world.cancel, "waive": self.world.waive}[what](
            doer, one.id
        )

    @precondition(lambda self: self.world.inspections())
    @rule(who=anybody, number=st.integers(0, 9), result=st.sampled_from([Result.NO_FINDING, *Result]))
    def inspected(self, who: str | None, number: int, result: Result) -> None:
        orders = self.world.inspections()
        one = orders[sorted(orders)[number % len(orders)]]
        outcome = self.world.end(who or inspector(one.method), one.id, result)
        if isinstance(outcome, Accepted) and result in ALARMING:
            after = self.world.inspections()[one.id]
            assert after.hold is not None
            assert any(hold.id == after.hold and hold.open for hold in self.holds_now())
            tally(f"alarm by {one.method.value}")

    @precondition(lambda self: any(one.waits_for_look for one in self.world.inspections().values()))
    @rule(who=anybody, number=st.integers(0, 9), agrees=st.sampled_from([True, True, False]))
    def looked_again(self, who: str | None, number: int, agrees: bool) -> None:
        orders = sorted(one.id for one in self.world.inspections().values() if one.waits_for_look)
        one = self.world.inspections()[orders[number % len(orders)]]
        outcome = self.world.look(who or "XR2", one.id, agrees)
        if isinstance(outcome, Accepted):
            after = self.world.inspections()[one.id]
            assert after.looked_by not in (None, one.done_by)
            if not agrees:
                assert any(hold.id == after.hold for hold in self.holds_now())
            tally("second look")

    @rule(who=anybody, labels=st.lists(st.sampled_from(SSCCS), max_size=2, unique=True))
    def seize(self, who: str | None, labels: list[str]) -> None:
        outcome = self.world.seize(who or "B", *labels)
        if isinstance(outcome, Accepted):
            assert all(self.world.units[label].stage is Stage.SEIZED for label in labels)

    def holds_now(self) -> tuple[Hold, ...]:
        """Every hold of the consignment and of the vehicle."""
        assert self.world.consignment is not None
        assert self.world.visit is not None
        return (*self.world.consignment.holds, *self.world.visit.holds)

    @invariant()
    def what_is_seized_or_used_up_stands_on_no_vehicle(self) -> None:
        assert self.world.visit is not None
        for label, unit in self.world.units.items():
            if unit.stage in (Stage.SEIZED, Stage.DESTROYED):
                assert label not in self.world.visit.units
                assert unit.visit is None

    @invariant()
    def an_indication_or_a_finding_is_red(self) -> None:
        consignment = self.world.consignment
        assert consignment is not None
        if any(one.forces_red for one in consignment.inspections):
            assert consignment.lane == "RED"

    def check_departure(self, consignment: Consignment, visit: Visit) -> None:
        """What must have been true at the moment the barrier opened."""
        assert not [one for one in visit.inspections if one.open]
        assert not [hold for hold in visit.holds if hold.open]
        if not visit.aboard:
            return
        moved = {f"consignment:{REF}", *(f"unit:{label}" for label in visit.units)}
        for gap in consignment.findings:
            mine = [h for h in consignment.holds if (h.check, h.target) == (gap.check, gap.target)]
            assert mine, "a check could not tell, and nobody had decided"
            assert not [hold for hold in mine if hold.open]
        for one in consignment.inspections:
            if one.subject in moved:
                assert one.settled, "an inspection was still open"
                if one.method in IMAGES and one.result not in (None, Result.NOT_POSSIBLE):
                    assert one.looked_by not in (None, one.done_by), "one person alone read the picture"
            if one.counted in ALARMING and (one.subject in moved or one.result is Result.FINDING):
                (hold,) = [hold for hold in consignment.holds if hold.id == one.hold]
                assert not hold.open, "what it found was not decided on"
        assert not [hold for hold in consignment.holds if hold.open and hold.subject == f"consignment:{REF}"]
        aboard = {f"unit:{label}" for label in visit.units}
        assert not [hold for hold in consignment.holds if hold.open and hold.subject in aboard]
        customs = consignment.permission(PermissionKind.CUSTOMS_RELEASE)
        terminal = consignment.permission(PermissionKind.TERMINAL_RELEASE)
        assert customs is not None
        assert terminal is not None
        assert customs.by != terminal.by
        assert customs.digest == terminal.digest == digest(consignment.papers)
        assert consignment.permission(PermissionKind.AFGHAN_APPROVAL) is not None
        assert visit.seals
        assert visit.weighings[-1].what == "OUT"

    @invariant()
    def approvals_are_two_people(self) -> None:
        consignment = self.world.consignment
        assert consignment is not None
        givers = [
            p.by
            for p in consignment.permissions
            if p.kind in (PermissionKind.CUSTOMS_RELEASE, PermissionKind.TERMINAL_RELEASE)
        ]
        assert len(givers) == len(set(givers))

    @invariant()
    def units_are_in_one_place(self) -> None:
        visit = self.world.visit
        assert visit is not None
        on_board = {label for label, unit in self.world.units.items() if unit.stage is Stage.LOAD}
        if visit.inside:
            assert on_board == set(visit.units)
            assert visit.loaded.get(REF, 0) == len(on_board)
            assert visit.loaded_kg == sum(self.world.units[label].gross_kg or 0 for label in on_board)
        for unit in self.world.units.values():
            assert unit.place is None or unit.visit is None

    @invariant()
    def nothing_is_out_before_the_gate_opened(self) -> None:
        assert self.world.visit is not None
        if self.world.visit.inside or self.world.visit.stage is Stage.PRE_ADVICE:
            assert not [unit for unit in self.world.units.values() if unit.stage in OUTSIDE]

    def teardown(self) -> None:
        """The stored journal alone gives the same world, and the same answer to every question that was asked."""
        if not hasattr(self, "world"):
            return
        again, mine = self.world.replayed(), self.world
        assert (again.consignment, again.units, again.visit) == (mine.consignment, mine.units, mine.visit)
        assert (again.seizures, again.equipment) == (mine.seizures, mine.equipment)


AnyOrder.TestCase.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)


class TestAnyOrder(AnyOrder.TestCase):
    """Runs the machine, and makes sure that it was dangerous enough: some trucks did leave loaded."""

    def runTest(self) -> None:
        super().runTest()
        assert AnyOrder.departures > 0

"""Any mix of people releases parts, moves units between vehicles, changes papers and holds, in any order.

Nothing leaves that both approvals did not cover at that moment, nothing is covered twice, one person never gives both,
and the journal rebuilds everything and decides the same again.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.support.builders import PEOPLE, REF, weight
from tests.support.yard import LABELS, TRUCKS, Yard
from workflows import events as e
from workflows import evolve, parts
from workflows.ask import Situation
from workflows.decide import decide
from workflows.events import event_from
from workflows.gatepass import good
from workflows.inspection_state import Result
from workflows.outcomes import Accepted
from workflows.release import digest
from workflows.roles import Actor
from workflows.stages import CONSIGNMENT, UNIT, VISIT, Stage
from workflows.state import PROTECTED, Consignment, HoldSeverity, PermissionKind, Seal, Unit, Visit

people = st.sampled_from(sorted(PEOPLE))
anybody = st.none() | st.none() | people
trucks = st.sampled_from(["V1", "V2"])
some = st.lists(st.sampled_from(LABELS), max_size=4, unique=True).map(tuple)
APPROVALS = {
    Stage.CUSTOMS_RELEASE: PermissionKind.CUSTOMS_RELEASE,
    Stage.RELEASE: PermissionKind.TERMINAL_RELEASE,
}


def able(step: Stage) -> str:
    """Somebody whose role allows the step."""
    return next((name for name, actor in PEOPLE.items() if actor.may_step(step)), "X")


class Parts(RuleBasedStateMachine):
    """One consignment of four units and two trucks, moved by whoever."""

    departures = 0
    partial = 0

    @initialize()
    def begin(self) -> None:
        """Everything is unloaded and counted in, the trucks are inside."""
        self.yard = Yard.cleared(trucks=("V1", "V2"))

    @rule(
        who=anybody,
        step=st.sampled_from(list(APPROVALS)),
        labels=some,
        vehicle=st.none() | st.none() | trucks,
    )
    def approve(self, who: str | None, step: Stage, labels: tuple[str, ...], vehicle: str | None) -> None:
        kind = APPROVALS[step]
        before = self.yard.consignment
        covered = parts.covered(before, kind)
        outcome = self.yard.desk(who or able(step), step, *labels, vehicle=vehicle)
        if not isinstance(outcome, Accepted):
            return
        (given,) = (event.permission for event in outcome.events if isinstance(event, e.PermissionGranted))
        stopped = parts.stopped_units(before)
        assert not covered & set(given.units), "released twice"
        assert not before.gone_units & set(given.units), "released after it had gone"
        assert not stopped & set(given.units), "released with something open against it"
        if given.units:
            assert given.kg == sum(
                (self.yard.units[label].gross_kg or Decimal(0) for label in given.units), Decimal(0)
            )

    @rule(who=st.none() | people, labels=some, truck=trucks)
    def press_on(self, who: str | None, labels: tuple[str, ...], truck: str) -> None:
        """What a hurried terminal tries: approve, load, seal, weigh, leave."""
        yard = self.yard
        yard.desk("C1", Stage.CUSTOMS_RELEASE, *labels)
        yard.desk(who or "R1", Stage.RELEASE, *labels)
        for label in labels or LABELS:
            yard.handle("T", Stage.LOAD, label, truck)
        yard.drive("C1", Stage.SEAL, truck, seals=(Seal(f"S-{truck}"),))
        yard.drive("W", Stage.WEIGH_OUT, truck, weight=weight(yard.heavy(truck), at=yard.now))
        self.leave(None, truck)

    @rule(who=anybody, truck=trucks)
    def leave(self, who: str | None, truck: str) -> None:
        before, visit = self.yard.consignment, self.yard.visits[truck]
        outcome = self.yard.leave(truck, who or "G")
        if isinstance(outcome, Accepted):
            self.check_departure(before, visit)

    @rule(who=anybody, truck=trucks)
    def ask_pass(self, who: str | None, truck: str) -> None:
        self.yard.issue(truck, who or "R1")

    @rule(who=anybody, step=st.sampled_from(list(VISIT)), truck=trucks)
    def drive(self, who: str | None, step: Stage, truck: str) -> None:
        before, visit = self.yard.consignment, self.yard.visits[truck]
        kg = self.yard.heavy(truck)
        outcome = self.yard.drive(
            who or able(step),
            step,
            truck,
            plate=TRUCKS[truck],
            seals=visit.seals or (Seal(f"S-{truck}"),),
            weight=weight(kg, at=self.yard.now),
            note="empty",
        )
        if isinstance(outcome, Accepted) and step is Stage.GATE_OUT:
            self.check_departure(before, visit)

    @rule(
        who=anybody,
        step=st.sampled_from([*UNIT, Stage.LOAD, Stage.UNLOAD]),
        label=st.sampled_from(LABELS),
        truck=trucks,
    )
    def handle(self, who: str | None, step: Stage, label: str, truck: str) -> None:
        self.yard.handle(who or able(step), step, label, truck, place="B-07", note="seen")

    @rule(who=anybody, step=st.sampled_from([s for s in CONSIGNMENT if s not in APPROVALS]))
    def desk(self, who: str | None, step: Stage) -> None:
        self.yard.desk(who or able(step), step)

    @rule(who=people, name=st.text("ab", min_size=1, max_size=1))
    def amend(self, who: str, name: str) -> None:
        self.yard.amend(who, consignee=name)

    @rule(who=people, label=st.sampled_from(LABELS), fresh=st.integers(5, 6))
    def repack(self, who: str, label: str, fresh: int) -> None:
        """The goods of one pallet are put on another: the papers name a new label instead of the old one."""
        new = f"0952123400010{fresh:04d}{fresh}"
        lines = tuple(
            replace(line, sscc=new) if line.sscc == label else line
            for line in self.yard.consignment.papers.lines
        )
        self.yard.amend(who, lines=lines)

    @rule(
        who=people,
        subject=st.sampled_from([f"consignment:{REF}", *(f"unit:{label}" for label in LABELS), "visit:V1"]),
        severity=st.sampled_from(list(HoldSeverity)),
    )
    def hold(self, who: str, subject: str, severity: HoldSeverity) -> None:
        self.yard.hold(who, subject, severity=severity)

    @rule(who=people, number=st.integers(0, 5))
    def lift(self, who: str, number: int) -> None:
        standing = [hold for hold in self.yard.consignment.holds if hold.open]
        if standing:
            self.yard.lift(who, standing[number % len(standing)].id)

    @rule(
        who=st.none() | people,
        label=st.sampled_from(LABELS),
        result=st.sampled_from([None, Result.NO_FINDING, Result.NO_FINDING, Result.ANOMALY]),
    )
    def inspect(self, who: str | None, label: str, result: Result | None) -> None:
        self.yard.inspect(who or "C1", label, result)

    @rule(step=st.sampled_from(list(APPROVALS)), labels=some)
    def a_device_approves_nothing(self, step: Stage, labels: tuple[str, ...]) -> None:
        """Automation has no more rights than its point gives it, and no point gives an approval."""
        device = Actor("device:gate-1", steps=frozenset({Stage.GATE_OUT, Stage.LOAD}), is_device=True)
        ask = replace(self.yard.ask("G"), who=device, units=labels)
        situation = Situation(self.yard.consignment, units=tuple(self.yard.units.values()))
        assert not isinstance(decide(situation, step, ask), Accepted)

    def check_departure(self, before: Consignment, visit: Visit) -> None:
        """What must have been true at the moment the barrier opened."""
        assert not [hold for hold in visit.holds if hold.open]
        if not visit.aboard:
            return
        assert not [h for h in before.holds if h.open and h.subject == f"consignment:{REF}"]
        assert not visit.units & parts.stopped_units(before)
        assert before.digest == digest(before.papers)
        for label in visit.units:
            customs, terminal = (parts.covering(before, kind, label) for kind in APPROVALS.values())
            assert customs is not None, label
            assert terminal is not None, label
            assert customs.by != terminal.by
            assert {customs.visit, terminal.visit} <= {None, visit.id}
            assert customs.digest == terminal.digest == before.digest
        Parts.departures += 1
        Parts.partial += len(visit.units) < len(LABELS)

    @invariant()
    def one_person_never_gives_both(self) -> None:
        givers = {
            kind: {p.by for p in self.yard.consignment.permissions if p.kind is kind} for kind in PROTECTED
        }
        assert not set.intersection(*givers.values())

    @invariant()
    def nothing_is_covered_twice(self) -> None:
        for kind in PROTECTED:
            named = [label for p in self.yard.consignment.parts(kind) for label in p.units]
            assert len(named) == len(set(named))
            if self.yard.consignment.permission(kind) is not None:
                assert not [
                    p for p in self.yard.consignment.parts(kind) if p.digest == self.yard.consignment.digest
                ]

    @invariant()
    def quantities_add_up(self) -> None:
        yard = self.yard
        b = parts.balance(yard.consignment, yard.units.values())
        pieces = (b.gone, b.released, b.customs_only, b.waiting, b.taken)
        assert sum(one.units for one in pieces) == b.all.units == len(yard.units)
        assert sum((one.kg for one in pieces), Decimal(0)) == b.all.kg

    @invariant()
    def a_pass_names_what_is_on_its_vehicle(self) -> None:
        for visit in self.yard.visits.values():
            one = good(visit, self.yard.now)
            if one is not None and visit.inside:
                assert set(one.labels) == visit.units
                assert all(parts.released(self.yard.consignment, label) for label in one.labels)
                assert not visit.units & parts.stopped_units(self.yard.consignment)

    @invariant()
    def it_ends_only_with_every_unit_accounted_for(self) -> None:
        if self.yard.consignment.stage in (Stage.DELIVERED, Stage.CLOSED):
            on_the_way = {Stage.LOAD, Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF}
            assert not [unit for unit in self.yard.units.values() if unit.stage in on_the_way]

    def teardown(self) -> None:
        """Replay the journal through its stored form, compare, and ask the same again of the state it gives."""
        if not hasattr(self, "yard"):
            return
        consignment: Consignment | None = None
        units: dict[str, Unit] = {}
        visits: dict[str, Visit] = {}
        for event, who, at in self.yard.journal:
            again = event_from(event.type, event.subject, event.data())
            assert again == event
            kind, _, name = again.subject.partition(":")
            if kind == "consignment":
                consignment = evolve.consignment(consignment, again, who, at)
            if kind == "unit" and (unit := evolve.unit(units.get(name), again)) is not None:
                units[name] = unit
            if isinstance(again, e.UnitLoaded | e.UnitUnloaded):
                name = again.visit
            if kind == "visit" or isinstance(again, e.UnitLoaded | e.UnitUnloaded):
                found = evolve.visit(visits.get(name), again, at)
                assert found is not None
                visits[name] = found
        assert (consignment, units, visits) == (self.yard.consignment, self.yard.units, self.yard.visits)
        assert consignment is not None
        for step in APPROVALS:
            ask = self.yard.ask(able(step))
            here = decide(Situation(self.yard.consignment, units=tuple(self.yard.units.values())), step, ask)
            assert here == decide(Situation(consignment, units=tuple(units.values())), step, ask)


Parts.TestCase.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)


class TestParts(Parts.TestCase):
    """Runs the machine, and makes sure that it was dangerous enough: trucks did leave, some with a part."""

    def runTest(self) -> None:
        super().runTest()
        assert Parts.departures > 0
        assert Parts.partial > 0

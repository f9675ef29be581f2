"""A yard with one consignment and several trucks that come to load, moved only through the one door; keeps the journal."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.support.builders import NOON, PEOPLE, REF, must, papers, weight
from workflows import events as e
from workflows import evolve, gatepass, holds, inspections, steps_consignment
from workflows.ask import Ask, Situation
from workflows.decide import decide
from workflows.events_gatepass import GatePassIssued, GatePassRevoked
from workflows.gatepass_state import GatePass
from workflows.inspection_state import Method, Result
from workflows.inspections import Kept
from workflows.outcomes import Accepted, AlreadyDone, Outcome, Refused
from workflows.stages import Stage, Step
from workflows.state import (
    Authority,
    Consignment,
    HoldOutcome,
    HoldReason,
    HoldSeverity,
    Seal,
    Unit,
    Visit,
)

LABELS = tuple(f"0952123400010{no:04d}{no % 10}" for no in range(1, 5))
TRUCKS = {"V1": "75412CBA", "V2": "75413CBA", "V3": "75414CBA"}
EMPTY_KG = 15420
_HERE = (Stage.PRE_ADVICE, Stage.UNLOAD, Stage.TALLY, Stage.STORAGE, Stage.INSPECT, Stage.SAMPLE, Stage.PICK)
_WAY = (Stage.LOAD, Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF)


@dataclass
class Yard:
    """Everything of one consignment, and the journal that made it."""

    consignment: Consignment
    units: dict[str, Unit] = field(default_factory=dict)
    visits: dict[str, Visit] = field(default_factory=dict)
    now: datetime = NOON
    journal: list[tuple[e.Event, str, datetime]] = field(default_factory=list)
    made: int = 0

    @classmethod
    def cleared(cls, labels: tuple[str, ...] = LABELS, trucks: tuple[str, ...] = ("V1", "V2", "V3")) -> Yard:
        """Announced, brought, screened, unloaded and counted in; empty trucks stand weighed at the dock."""
        yard = cls(None)  # type: ignore[arg-type]
        yard.take(steps_consignment.announce(None, papers(labels=labels), yard.ask("A")), "agency-a")
        yard.apply(e.VisitAnnounced("visit:V0", "75411CBA", carries=(REF,)), "dilnoza")
        must(yard.drive("G", Stage.GATE_IN, "V0", plate="75411CBA", seals=(Seal("UZ0550101"),)))
        must(yard.drive("W", Stage.WEIGH_IN, "V0", weight=weight(19000)))
        must(yard.desk("D", Stage.DOC_CHECK))
        yard.screen()
        must(yard.desk("C1", Stage.RISK))
        must(yard.take(steps_consignment.afghan_approval(yard.consignment, yard.ask("D")), "dilnoza"))
        must(yard.drive("T", Stage.UNLOAD, "V0"))
        for label in labels:
            must(yard.handle("T", Stage.TALLY, label, "V0"))
        must(yard.drive("T", Stage.UNLOAD, "V0", note="empty"))
        for truck in trucks:
            yard.apply(e.VisitAnnounced(f"visit:{truck}", TRUCKS[truck]), "dilnoza")
            must(yard.drive("G", Stage.GATE_IN, truck, plate=TRUCKS[truck]))
            must(yard.drive("W", Stage.WEIGH_IN, truck, weight=weight(EMPTY_KG)))
        return yard

    def ask(self, who: str, **more: Any) -> Ask:
        """A request by one of PEOPLE, now."""
        return Ask(PEOPLE[who], self.now, **more)

    def apply(self, event: e.Event, who: str) -> None:
        """Record and fold one event, and the passes that it takes back, as the store does."""
        self.journal.append((event, who, self.now))
        kind, _, name = event.subject.partition(":")
        if kind == "consignment":
            after = evolve.consignment(self.consignment, event, who, self.now)
            assert after is not None
            self.consignment = after
        if kind == "unit":
            unit = evolve.unit(self.units.get(name), event)
            if unit is not None:
                self.units[name] = unit
        if isinstance(event, e.UnitLoaded | e.UnitUnloaded):
            name = event.visit
        if kind == "visit" or isinstance(event, e.UnitLoaded | e.UnitUnloaded):
            visit = evolve.visit(self.visits.get(name), event, self.now)
            assert visit is not None
            self.visits[name] = visit
        touched = gatepass.touches(event)
        if touched is not None and not isinstance(event, GatePassIssued | GatePassRevoked):
            mine = [v for v in self.visits.values() if self._touched(v, touched)]
            for gone in gatepass.revocations(mine, touched.why, self.now):
                self.apply(gone, who)

    def _touched(self, visit: Visit, touched: gatepass.Touched) -> bool:
        if touched.visit is not None:
            return visit.id == touched.visit
        return REF in visit.aboard and touched.concerns(visit)

    def take(self, outcome: Outcome, who: str) -> Outcome:
        """Record what an outcome brings."""
        if isinstance(outcome, Accepted):
            for event in outcome.events:
                self.apply(event, who)
        self.now += timedelta(minutes=1)
        return outcome

    # --- the three doors ----------------------------------------------------------------------------
    def desk(self, who: str, step: Step, *units: str, vehicle: str | None = None, note: str = "x") -> Outcome:
        """A step of the consignment; an approval of these units, or of all that is left."""
        ask = self.ask(who, units=units, vehicle=self.visits[vehicle] if vehicle else None, note=note)
        situation = Situation(self.consignment, units=tuple(self.units.values()))
        return self.take(decide(situation, step, ask), PEOPLE[who].id)

    def handle(self, who: str, step: Step, label: str, visit: str | None = None, **more: Any) -> Outcome:
        """A step of one unit, at a vehicle or not."""
        situation = Situation(
            self.consignment,
            self.units[label],
            self.visits[visit] if visit else None,
            (self.consignment,),
        )
        return self.take(decide(situation, step, self.ask(who, **more)), PEOPLE[who].id)

    def drive(self, who: str, step: Step, visit: str, **more: Any) -> Outcome:
        """A step of a vehicle."""
        return self.take(decide(self.aboard(visit), step, self.at_gate(who, visit, **more)), PEOPLE[who].id)

    def aboard(self, visit: str) -> Situation:
        """A vehicle with what is on it."""
        on = (self.consignment,) if REF in self.visits[visit].aboard else ()
        return Situation(visit=self.visits[visit], aboard=on, units=tuple(self.units.values()))

    def at_gate(self, who: str, visit: str, **more: Any) -> Ask:
        """A request about a vehicle, with what nobody else can count: whether it takes the last of the consignment."""
        return self.ask(who, **{"last_of": self.last_of(self.visits[visit]), **more})

    def last_of(self, visit: Visit) -> frozenset[str]:
        """As ``terminal.cases.looking.last_of``."""
        if REF not in visit.aboard:
            return frozenset()
        stages = [unit.stage for unit in self.units.values()]
        at = _WAY.index(visit.stage) if visit.stage in _WAY else 0
        here = sum(stage in _HERE for stage in stages)
        if REF in visit.carries:
            here -= stages.count(Stage.PRE_ADVICE)
        behind = sum(stage in _WAY[:at] for stage in stages)
        same = stages.count(_WAY[at])
        return frozenset({REF} if not here and not behind and same <= visit.loaded.get(REF, 0) else ())

    # --- short ways -----------------------------------------------------------------------------------
    def screen(self, lane: str = "YELLOW") -> None:
        """The checks ran clean and gave a lane."""
        self.apply(e.ChecksRun(f"consignment:{REF}", (), "RELEASABLE", lane, "test"), "rules")

    def hold(self, who: str, subject: str, **more: Any) -> Outcome:
        """Place a hold: H1, H2 ..."""
        self.made += 1
        given = {"authority": Authority.CUSTOMS, "reason": HoldReason.SEAL, "severity": HoldSeverity.HOLD}
        new = holds.NewHold(f"H{self.made}", subject, **{**given, **more})
        kind, _, name = subject.partition(":")
        kept = self.visits[name].holds if kind == "visit" else self.consignment.holds
        where = subject if kind == "visit" else f"consignment:{REF}"
        return self.take(holds.place(new, kept, where, self.ask(who, note="looks odd")), PEOPLE[who].id)

    def lift(
        self, who: str, hold: str, outcome: HoldOutcome = HoldOutcome.CLEARED_CORRECTED, **more: Any
    ) -> Outcome:
        """End a hold of the consignment or of one of its units."""
        ask = self.ask(who, note="looked at it")
        grounds = holds.Grounds(**{"evidence": ("RECIPIENT_CONSENT RC-7",), **more})
        ended = holds.lift(self.consignment.holds, hold, outcome, f"consignment:{REF}", ask, grounds)
        return self.take(ended, PEOPLE[who].id)

    def inspect(self, who: str, label: str, result: Result | None = None) -> Outcome:
        """Order a look at one unit; with a result, it is done at once: I1, I2 ..."""
        self.made += 1
        identity = f"I{self.made}"
        new = inspections.NewOrder(identity, f"unit:{label}", Method.VISUAL)
        kept = Kept(self.consignment, self.units[label])
        ordered = self.take(inspections.order(new, kept, self.ask(who, note="the lane")), PEOPLE[who].id)
        if result is None or not isinstance(ordered, Accepted):
            return ordered
        kept = Kept(self.consignment, self.units[label])
        said = inspections.Outcomes(result, note="looked")
        done = inspections.finish(kept, identity, said, f"HI{self.made}", None, False, self.ask(who))
        return self.take(done, PEOPLE[who].id)

    def amend(self, who: str, **changed: Any) -> Outcome:
        """Change declared facts."""
        new = replace(self.consignment.papers, **changed)
        return self.take(steps_consignment.amend(self.consignment, new, self.ask(who)), PEOPLE[who].id)

    def release(self, *labels: str, vehicle: str | None = None) -> None:
        """Both approvals of these units, or of all that is left."""
        must(self.desk("C1", Stage.CUSTOMS_RELEASE, *labels))
        must(self.desk("R1", Stage.RELEASE, *labels, vehicle=vehicle))

    def pack(self, visit: str, *labels: str) -> None:
        """Load these, seal, weigh out."""
        for label in labels:
            must(self.handle("T", Stage.LOAD, label, visit))
        must(self.drive("C1", Stage.SEAL, visit, seals=(Seal(f"S-{visit}"),)))
        must(self.drive("W", Stage.WEIGH_OUT, visit, weight=weight(self.heavy(visit), at=self.now)))

    def heavy(self, visit: str) -> Decimal:
        """What the vehicle should weigh with what is on it (kg)."""
        return EMPTY_KG + self.visits[visit].loaded_kg

    def leave(self, visit: str, who: str = "G") -> Outcome:
        """Out through the gate, with the plate and the seals in the books."""
        truck = self.visits[visit]
        return self.drive(who, Stage.GATE_OUT, visit, plate=truck.plate, seals=truck.seals)

    def issue(self, visit: str, who: str = "R1") -> GatePass | AlreadyDone | Refused:
        """A gate pass (unsigned), handed out when it may be."""
        self.made += 1
        covered = gatepass.cover(self.aboard(visit), self.at_gate(who, visit), f"P{self.made}", "key")
        if isinstance(covered, GatePass):
            self.take(gatepass.issue(self.visits[visit], covered), PEOPLE[who].id)
        return covered

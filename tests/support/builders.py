"""Small worlds for tests: every field has a default, a test names only what it is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from workflows import (
    equipment,
    evolve,
    evolve_inspection,
    holds,
    inspections,
    second_look,
    seizures,
    steps_consignment,
)
from workflows import events as e
from workflows.ask import Ask, Situation
from workflows.decide import decide
from workflows.equipment_state import FOR_METHOD, Equipment, EquipmentKind
from workflows.events import event_from
from workflows.inspection_state import Inspection, Method, Result
from workflows.inspections import Kept
from workflows.outcomes import Accepted, Outcome, Refused
from workflows.papers import Declared, Document, Line, Mode, Papers, Vehicle
from workflows.roles import Actor, Role
from workflows.seizure_state import Commodity, Handling, Seized, Seizure
from workflows.stages import Stage, Step
from workflows.state import (
    Authority,
    Consignment,
    Hold,
    HoldOutcome,
    HoldReason,
    HoldSeverity,
    Seal,
    Unit,
    Visit,
    Weighing,
)

NOON = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)  # 12:00 in Tashkent
REF = "AGA-UZ-2026-0412"
PLATE = "75412CBA"
SSCCS = ("095212340001001002", "095212340001001019", "095212340001001026")

R = Role
PEOPLE: dict[str, Actor] = {
    "G": Actor("gulnora", frozenset({R.GATE_OPERATOR})),
    "W": Actor("wali", frozenset({R.WEIGHBRIDGE_OPERATOR})),
    "W2": Actor("zafar", frozenset({R.WEIGHBRIDGE_OPERATOR})),
    "T": Actor("timur", frozenset({R.TALLY_CLERK})),
    "K": Actor("kamola", frozenset({R.WAREHOUSE_KEEPER})),
    "D": Actor("dilnoza", frozenset({R.DOCUMENT_OFFICER})),
    "C1": Actor("chori", frozenset({R.CUSTOMS_INSPECTOR})),
    "C2": Actor("charos", frozenset({R.CUSTOMS_INSPECTOR})),
    "R1": Actor("rustam", frozenset({R.RELEASE_OFFICER})),
    "R2": Actor("robiya", frozenset({R.RELEASE_OFFICER})),
    "BOTH": Actor("bobur", frozenset({R.CUSTOMS_INSPECTOR, R.RELEASE_OFFICER})),
    "B": Actor("bahrom", frozenset({R.BORDER_OFFICER})),
    "S1": Actor("sardor", frozenset({R.SANCTIONS_OFFICER})),
    "S2": Actor("shahlo", frozenset({R.SANCTIONS_OFFICER})),
    "A": Actor("agency-a", frozenset({R.AGENCY_USER}), organisation="Agency A"),
    "X": Actor("admin", frozenset({R.ADMINISTRATOR})),
    "XR": Actor("xusan", frozenset({R.XRAY_OPERATOR})),
    "XR2": Actor("xolida", frozenset({R.XRAY_OPERATOR})),
    "K9": Actor("kamil", frozenset({R.CANINE_HANDLER})),
    "RISK": Actor("risolat", frozenset({R.RISK_OFFICER})),
}


def papers(ref: str = REF, labels: tuple[str, ...] = SSCCS, **changed: Any) -> Papers:
    """Papers of a clean shelter consignment, one pallet of 748 kg a label."""
    lines = tuple(
        Line(
            no,
            "Tarpaulin 4 x 5 m",
            "630612",
            packages=1,
            package_type="PX",
            gross_kg=Decimal(748),
            sscc=label,
        )
        for no, label in enumerate(labels, 1)
    )
    given: dict[str, Any] = {
        "reference": ref,
        "mode": Mode.ROAD,
        "sender": "Agency A",
        "consignee": "Agency A Country Office",
        "vehicle": Vehicle("75 412 CBA", "75 4410 AB"),
        "seal": "UZ0550101",
        "declared": Declared(len(labels), Decimal(748) * len(labels)),
        "documents": (Document("AF_EXEMPTION", "MF-0412/1405"),),
        "lines": lines,
    }
    return Papers(**{**given, **changed})


def weight(
    kg: int | str, *, at: datetime = NOON, stable: bool = True, scale: str = "WB-1", **more: Any
) -> Weighing:
    """A usable reading of the weighbridge, kg."""
    return Weighing(Decimal(kg), "GROSS", scale, at, stable, **more)


@dataclass
class World:
    """One consignment, its units and one visit, moved only through the one door; keeps the journal it made."""

    consignment: Consignment | None = None
    units: dict[str, Unit] = field(default_factory=dict)
    visit: Visit | None = None
    now: datetime = NOON
    journal: list[tuple[e.Event, str, datetime]] = field(default_factory=list)
    holds_made: int = 0
    orders_made: int = 0
    equipment: dict[str, Equipment] = field(default_factory=dict)
    seizures: dict[str, Seizure] = field(default_factory=dict)
    #: every question that was asked: after how many events, the rule as a question to a world, and the answer
    asked: list[tuple[int, Callable[[World], Outcome], Outcome]] = field(default_factory=list)

    @classmethod
    def announced(cls, **papers_changed: Any) -> World:
        """The papers are in and a truck is expected."""
        world = cls()
        world.take(steps_consignment.announce(None, papers(**papers_changed), world.ask("A")), "agency-a")
        world.apply(e.VisitAnnounced("visit:V1", PLATE, carries=(REF,)), "dilnoza")
        return world

    def ask(self, who: str, **more: Any) -> Ask:
        """A request by one of PEOPLE at the world's time."""
        return Ask(PEOPLE[who], self.now, **more)

    def apply(self, event: e.Event, who: str) -> None:
        """Record and fold one event."""
        self.journal.append((event, who, self.now))
        kind, _, label = event.subject.partition(":")
        if kind == "consignment":
            self.consignment = evolve.consignment(self.consignment, event, who, self.now)
        if kind == "unit":
            found = evolve.unit(self.units.get(label), event)
            if found is not None:
                self.units[label] = found
        if kind == "equipment":
            tool = evolve_inspection.equipment(self.equipment.get(label), event)
            if tool is not None:
                self.equipment[label] = tool
        if kind == "seizure":
            record = evolve_inspection.seizure(self.seizures.get(label), event)
            if record is not None:
                self.seizures[label] = record
        if kind == "visit" or isinstance(event, e.UnitLoaded | e.UnitUnloaded):
            self.visit = evolve.visit(self.visit, event, self.now)

    def put(self, rule: Callable[[World], Outcome], who: str) -> Outcome:
        """Ask a rule about this world, remember question and answer, and record what it brings."""
        outcome = rule(self)
        self.asked.append((len(self.journal), rule, outcome))
        return self.take(outcome, who)

    def replayed(self) -> World:
        """Another world that knows nothing but the stored journal; every question is asked of it again on the way.

        Raises AssertionError for an answer that comes out otherwise, and for an event that is not read as it was written.
        """
        again = World()
        questions = iter([*self.asked, None])
        question = next(questions)
        for number, (event, who, at) in enumerate([*self.journal, (None, "", NOON)]):
            while question is not None and question[0] == number:
                assert question[1](again) == question[2], "the same question, another answer"
                question = next(questions)
            if event is None:
                break
            read = event_from(event.type, event.subject, event.data())
            assert read == event
            again.now = at
            again.apply(read, who)
        return again

    def take(self, outcome: Outcome, who: str) -> Outcome:
        """Record what an outcome brings."""
        if isinstance(outcome, Accepted):
            for event in outcome.events:
                self.apply(event, who)
        self.now += timedelta(minutes=1)
        return outcome

    def do(
        self, who: str, step: Step, *, unit: str | None = None, on_visit: bool = False, **more: Any
    ) -> Outcome:
        """Ask for a step of the unit, of the visit, or of the consignment; and do it when it is accepted."""
        assert self.consignment is not None
        if on_visit and unit is None:
            still = {label for label, u in self.units.items() if u.stage not in (Stage.LOAD, Stage.GATE_OUT)}
            more.setdefault("last_of", frozenset() if still else frozenset({self.consignment.ref}))
        ask = self.ask(who, **more)
        return self.put(lambda world: decide(world.situation(unit, on_visit), step, ask), PEOPLE[who].id)

    def situation(self, unit: str | None = None, on_visit: bool = False) -> Situation:
        """What a step of the unit, of the visit, or of the consignment looks at."""
        assert self.consignment is not None
        aboard = (self.consignment,)
        if unit is not None:
            return Situation(self.consignment, self.units[unit], self.visit, aboard)
        if on_visit:
            return Situation(visit=self.visit, aboard=aboard, units=tuple(self.units.values()))
        return Situation(self.consignment)

    def run_checks(self, lane: str = "YELLOW") -> None:
        """The checks ran clean and gave a lane."""
        self.apply(e.ChecksRun(f"consignment:{REF}", (), "RELEASABLE", lane, "test"), "rules")

    def place(self, who: str, subject: str = f"consignment:{REF}", **more: Any) -> Outcome:
        """Place a hold."""
        assert self.consignment is not None
        self.holds_made += 1
        given: dict[str, Any] = {
            "authority": Authority.CUSTOMS,
            "reason": HoldReason.SEAL,
            "severity": HoldSeverity.HOLD,
        }
        new = holds.NewHold(f"H{self.holds_made}", subject, **{**given, **more})
        ask, kept = self.ask(who, note="seal looks wrong"), f"consignment:{self.consignment.ref}"
        return self.put(lambda world: holds.place(new, world.holds(), kept, ask), PEOPLE[who].id)

    def holds(self) -> tuple[Hold, ...]:
        """Every hold that is kept with the consignment."""
        assert self.consignment is not None
        return self.consignment.holds

    def lift(
        self,
        who: str,
        hold: str,
        outcome: HoldOutcome = HoldOutcome.CLEARED_CORRECTED,
        note: str = "looked at it",
        evidence: tuple[str, ...] = ("RECIPIENT_CONSENT RC-7",),
    ) -> Outcome:
        """End a hold."""
        assert self.consignment is not None
        ask = self.ask(who, note=note)
        subject = f"consignment:{self.consignment.ref}"
        grounds = holds.Grounds(evidence)
        return self.put(
            lambda world: holds.lift(world.holds(), hold, outcome, subject, ask, grounds), PEOPLE[who].id
        )

    # --- inspections --------------------------------------------------------------------------------
    def kept(self, subject: str) -> Kept:
        """What an inspection of that subject stands on."""
        kind, _, name = subject.partition(":")
        if kind == "visit":
            return Kept(visit=self.visit)
        return Kept(self.consignment, self.units[name] if kind == "unit" else None)

    def inspections(self) -> dict[str, Inspection]:
        """Every inspection of this world, by id."""
        assert self.consignment is not None
        assert self.visit is not None
        return {one.id: one for one in (*self.consignment.inspections, *self.visit.inspections)}

    def order(
        self,
        who: str,
        method: Method = Method.VISUAL,
        subject: str = f"consignment:{REF}",
        why: str = "the lane",
        **more: Any,
    ) -> Outcome:
        """Order an inspection: I1, I2 ..."""
        self.orders_made += 1
        new = inspections.NewOrder(f"I{self.orders_made}", subject, method, **more)
        ask = self.ask(who, note=why)
        return self.put(lambda world: inspections.order(new, world.kept(subject), ask), PEOPLE[who].id)

    def _on(self, identity: str) -> Kept:
        return self.kept(self.inspections()[identity].subject)

    def registered(self, method: Method) -> bool:
        """True when the inventory holds something for this method."""
        return any(tool.kind is FOR_METHOD.get(method) for tool in self.equipment.values())

    def begin(self, who: str, identity: str, tool: str | None = None) -> Outcome:
        """Start an inspection."""
        method = self.inspections()[identity].method
        ask = self.ask(who)

        def rule(world: World) -> Outcome:
            used = world.equipment[tool] if tool else None
            return inspections.start(world._on(identity), identity, used, world.registered(method), ask)

        return self.put(rule, PEOPLE[who].id)

    def end(
        self,
        who: str,
        identity: str,
        result: Result = Result.NO_FINDING,
        tool: str | None = None,
        **more: Any,
    ) -> Outcome:
        """Record what came of an inspection."""
        method = self.inspections()[identity].method
        said, ask = inspections.Outcomes(result, **{"note": "looked at it", **more}), self.ask(who)

        def rule(world: World) -> Outcome:
            used = world.equipment[tool] if tool else None
            there = world.registered(method)
            return inspections.finish(world._on(identity), identity, said, f"HI-{identity}", used, there, ask)

        return self.put(rule, PEOPLE[who].id)

    def look(self, who: str, identity: str, agrees: bool = True, note: str = "seen it too") -> Outcome:
        """Take the second look at a picture."""
        ask, hold = self.ask(who, note=note), f"HL-{identity}"
        return self.put(
            lambda world: second_look.look(world._on(identity), identity, agrees, hold, ask), PEOPLE[who].id
        )

    def cancel(self, who: str, identity: str, why: str = "not needed") -> Outcome:
        """Take an order back."""
        ask = self.ask(who, note=why)
        return self.put(lambda world: inspections.cancel(world._on(identity), identity, ask), PEOPLE[who].id)

    def waive(self, who: str, identity: str, why: str = "too dark") -> Outcome:
        """Let an inspection that was not possible rest."""
        ask = self.ask(who, note=why)
        return self.put(lambda world: inspections.waive(world._on(identity), identity, ask), PEOPLE[who].id)

    def acquire(self, kind: EquipmentKind, identity: str, **more: Any) -> Equipment:
        """Put something into the inventory."""
        given: dict[str, Any] = {"name": identity, "place": "hall", **more}
        new = Equipment(identity, kind, **given)
        must(self.take(equipment.add(None, new, self.ask("C1")), PEOPLE["C1"].id))
        return self.equipment[identity]

    def seize(self, who: str, *labels: str, **changed: Any) -> Outcome:
        """Seize units (none: something else)."""
        facts = Seized("22-01", "customs", Commodity.DRUGS, "hashish", Decimal("4.2"), "kg", **changed)
        number = seizures.case_number(2026, len(self.seizures) + 1)
        new = seizures.NewSeizure(number, Handling.LAW_ENFORCEMENT, facts, REF)
        ask = self.ask(who)

        def rule(world: World) -> Outcome:
            visits = {world.visit.id: world.visit} if world.visit is not None else {}
            return seizures.record(new, tuple(world.units[label] for label in labels), visits, ask)

        return self.put(rule, PEOPLE[who].id)

    def amend(self, who: str, **changed: Any) -> Outcome:
        """Change declared facts."""
        assert self.consignment is not None
        new, ask = replace(self.consignment.papers, **changed), self.ask(who)

        def rule(world: World) -> Outcome:
            assert world.consignment is not None
            return steps_consignment.amend(world.consignment, new, ask)

        return self.put(rule, PEOPLE[who].id)

    def arrive_and_clear(self) -> None:
        """Gate-in, weigh-in, papers, screening, unloading and tally of every unit; the truck stands empty, weighed."""
        assert self.consignment is not None
        must(self.do("G", Stage.GATE_IN, on_visit=True, plate=PLATE, seals=(Seal("UZ0550101"),)))
        must(self.do("W", Stage.WEIGH_IN, on_visit=True, weight=weight(17660)))
        must(self.do("D", Stage.DOC_CHECK))
        self.run_checks()
        must(self.do("C1", Stage.RISK))
        must(self.take(steps_consignment.afghan_approval(self.consignment, self.ask("D")), "dilnoza"))
        must(self.do("T", Stage.UNLOAD, on_visit=True))
        for label in self.units:
            must(self.do("T", Stage.TALLY, unit=label))
        must(self.do("T", Stage.UNLOAD, on_visit=True, note="empty"))
        must(self.do("W", Stage.WEIGH_IN, on_visit=True, weight=weight(15420)))

    def release(self, customs: str = "C1", terminal: str = "R1") -> None:
        """Both approvals."""
        must(self.do(customs, Stage.CUSTOMS_RELEASE))
        must(self.do(terminal, Stage.RELEASE))

    def load_all(self) -> None:
        """Every unit onto the truck."""
        for label in self.units:
            must(self.do("T", Stage.LOAD, unit=label))


def must(outcome: Outcome) -> Outcome:
    """Fail loudly when something that had to work was refused."""
    assert isinstance(outcome, Accepted), outcome
    return outcome


def reasons(outcome: Outcome) -> list[str]:
    """The codes of a refusal, in order."""
    assert isinstance(outcome, Refused), outcome
    return [missing.reason.value for missing in outcome.missing]

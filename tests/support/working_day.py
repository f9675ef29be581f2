"""A terminal with several consignments, trucks and a cut of wagons, moved only through the rules; keeps its journal."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.support.builders import NOON, PEOPLE, must, papers, weight
from workflows import events as e
from workflows import evolve, evolve_handling, handover, steps_consignment, transloading
from workflows.ask import Ask, Situation
from workflows.crossing import manifest
from workflows.decide import decide
from workflows.events_handling import ScanUndone
from workflows.handling_state import Count
from workflows.handover import Load, Statement
from workflows.handover_state import Found, Receipt
from workflows.nesting import everything_in
from workflows.outcomes import Accepted, Outcome
from workflows.parts import TAKEN
from workflows.rail import NewCut, Wagon, announce
from workflows.repacking import Pile
from workflows.stages import Stage, Step
from workflows.state import Consignment, Seal, Unit, Visit

ROAD, RAIL = "DAY-ROAD", "DAY-RAIL"
TRUCKS = {"V1": "75412CBA", "V2": "75413CBA", "V3": "75414CBA"}
#: three good wagon numbers (Luhn)
WAGONS = ("24123402", "24123410", "24123428")
EMPTY_KG = 15420
_HERE = (Stage.PRE_ADVICE, Stage.UNLOAD, Stage.TALLY, Stage.STORAGE, Stage.INSPECT, Stage.SAMPLE, Stage.PICK)
_WAY = (Stage.LOAD, Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF)


def labels_of(series: int, count: int) -> tuple[str, ...]:
    """Labels of one consignment."""
    return tuple(f"{95212340000000000 + series * 1000 + number:017d}{number % 10}" for number in range(count))


@dataclass
class Day:
    """Everything that is in the books, and the journal that made it."""

    consignments: dict[str, Consignment] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    visits: dict[str, Visit] = field(default_factory=dict)
    counts: dict[str, Count] = field(default_factory=dict)
    now: datetime = NOON
    journal: list[tuple[e.Event, str, datetime]] = field(default_factory=list)

    @classmethod
    def begun(cls) -> Day:
        """One truck and a cut of three wagons are expected with goods, two empty trucks for them."""
        day = cls()
        for series, ref in enumerate((ROAD, RAIL), 1):
            declared = papers(ref, labels_of(series, 2 + series))
            day.take("A", steps_consignment.announce(None, declared, day.ask("A")))
        day.apply(e.VisitAnnounced("visit:V1", TRUCKS["V1"], carries=(ROAD,)), "D")
        for empty in ("V2", "V3"):
            day.apply(e.VisitAnnounced(f"visit:{empty}", TRUCKS[empty]), "D")
        cut = NewCut("K", "2442", tuple(Wagon(number, (RAIL,)) for number in WAGONS))
        must(day.take("D", announce(cut, {}, frozenset(), ["h1", "h2", "h3"], day.ask("D"))))
        return day

    def copy(self) -> Day:
        """The same day once more, to go on from."""
        return replace(
            self,
            consignments=dict(self.consignments),
            units=dict(self.units),
            visits=dict(self.visits),
            counts=dict(self.counts),
            journal=list(self.journal),
        )

    def ask(self, who: str, **more: Any) -> Ask:
        """A request by one of PEOPLE, now."""
        return Ask(PEOPLE[who], self.now, **more)

    def apply(self, event: e.Event, who: str) -> None:
        """Record and fold one event."""
        self.journal.append((event, PEOPLE[who].id, self.now))
        fold(event, PEOPLE[who].id, self.now, self.consignments, self.units, self.visits, self.counts)

    def take(self, who: str, outcome: Outcome) -> Outcome:
        """Record what an outcome brings."""
        if isinstance(outcome, Accepted):
            for event in outcome.events:
                self.apply(event, who)
        self.now += timedelta(minutes=1)
        return outcome

    # --- what a decision looks at -------------------------------------------------------------------
    def of(self, ref: str) -> list[Unit]:
        """Units of one consignment."""
        return [unit for unit in self.units.values() if unit.consignment == ref]

    def aboard(self, visit: Visit) -> tuple[Consignment, ...]:
        """Consignments on a vehicle."""
        return tuple(self.consignments[ref] for ref in visit.aboard)

    def inside(self, unit: Unit) -> tuple[Unit, ...]:
        """Everything in a unit."""
        return everything_in(unit.label, self.of(unit.consignment))

    def pile(self, unit: Unit) -> Pile:
        """A unit with what is in it and around it."""
        around, parent = [], unit.parent
        while parent is not None:
            around.append(self.units[parent])
            parent = self.units[parent].parent
        return Pile(unit, self.inside(unit), tuple(around))

    def last_of(self, visit: Visit) -> frozenset[str]:
        """As ``terminal.cases.looking.last_of``."""
        at = _WAY.index(visit.stage) if visit.stage in _WAY else 0
        done = []
        for ref in visit.aboard:
            stages = [unit.stage for unit in self.of(ref)]
            here = sum(stage in _HERE for stage in stages)
            if ref in visit.carries:
                here -= stages.count(Stage.PRE_ADVICE)
            behind = sum(stage in _WAY[:at] for stage in stages)
            if not here and not behind and stages.count(_WAY[at]) <= visit.loaded.get(ref, 0):
                done.append(ref)
        return frozenset(done)

    def heavy(self, visit: str) -> Decimal:
        """What a vehicle weighs with what is on it (kg)."""
        one = self.visits[visit]
        brought = sum(
            (unit.gross_kg or Decimal(0) for ref in one.carries for unit in self.of(ref)), Decimal(0)
        )
        return EMPTY_KG + one.loaded_kg + brought

    # --- the doors ----------------------------------------------------------------------------------
    def drive(self, who: str, step: Step, visit: str, **more: Any) -> Outcome:
        """A step of a vehicle."""
        one = self.visits[visit]
        given = {"plate": one.plate or one.expected_plate, "last_of": self.last_of(one), **more}
        given.setdefault("weight", weight(str(self.heavy(visit)), at=self.now))
        return self.take(
            who,
            decide(
                Situation(visit=one, aboard=self.aboard(one), units=tuple(self.units.values())),
                step,
                self.ask(who, **given),
            ),
        )

    def handle(self, who: str, step: Step, label: str, visit: str | None, **more: Any) -> Outcome:
        """A step of one unit with everything in it, as a scan would ask for it."""
        unit = self.units[label]
        name = unit.visit if step in (Stage.UNLOAD, Stage.LOST) and unit.visit else visit
        vehicle = self.visits[name] if name else None
        aboard = self.aboard(vehicle) if vehicle else ()
        consignment = self.consignments[unit.consignment]
        situation = Situation(consignment, unit, vehicle, aboard, inside=self.inside(unit))
        return self.take(who, decide(situation, step, self.ask(who, **more)))

    def desk(self, who: str, step: Step, ref: str, *units: str) -> Outcome:
        """A step of a consignment."""
        situation = Situation(self.consignments[ref], units=tuple(self.of(ref)))
        return self.take(who, decide(situation, step, self.ask(who, units=units, note="x")))

    def transload(self, who: str, label: str, source: str, target: str) -> Outcome:
        """One unit straight from one vehicle onto another."""
        unit, from_, to = self.units[label], self.visits[source], self.visits[target]
        consignment = self.consignments[unit.consignment]
        situation = Situation(consignment, unit, from_, self.aboard(from_), inside=self.inside(unit))
        return self.take(who, transloading.over(situation, to, self.aboard(to), self.ask(who)))

    def hand_over(self, who: str, visit: str, found: dict[str, Receipt], *, correction: bool) -> Outcome:
        """A signed sheet typed in: what is not named in ``found`` came as it was loaded."""
        one = self.visits[visit]
        aboard = self.aboard(one)
        standing = [u for u in self.units.values() if u.label in one.units or u.consignment in one.carries]
        items = manifest(one, standing, aboard, frozenset({ROAD}))
        mine = {item.id for item in items}
        elsewhere = {
            c.ref: tuple(unit.stage for unit in self.of(c.ref) if unit.label not in mine) for c in aboard
        }
        receipts = tuple(
            found.get(item.id, Receipt(item.id, Found.RECEIVED))
            for item in items
            if item.id in found or item.stage not in TAKEN
        )
        said = Statement(
            handover.Via.PAPER, "Gul Agha", receipts, note="sheet", place="Hairatan", correction=correction
        )
        identity = f"HO-{visit}-{len(one.handovers)}"
        return self.take(
            who, handover.receive(one, Load(items, aboard, elsewhere), said, identity, self.ask(who))
        )

    # --- short ways -----------------------------------------------------------------------------------
    def arrive(self, *visits: str) -> None:
        """In through the gate, and weighed."""
        for visit in visits:
            must(self.drive("G", Stage.GATE_IN, visit, seals=(Seal(f"IN-{visit}"),)))
            must(self.drive("W", Stage.WEIGH_IN, visit))

    def screen(self, ref: str) -> None:
        """Papers looked at, the checks ran clean, a lane given."""
        must(self.desk("D", Stage.DOC_CHECK, ref))
        self.apply(e.ChecksRun(f"consignment:{ref}", (), "RELEASABLE", "YELLOW", "test"), "D")
        must(self.desk("C1", Stage.RISK, ref))
        must(self.take("D", steps_consignment.afghan_approval(self.consignments[ref], self.ask("D"))))

    def release(self, ref: str) -> None:
        """Both approvals of everything."""
        must(self.desk("C1", Stage.CUSTOMS_RELEASE, ref))
        must(self.desk("R1", Stage.RELEASE, ref))


def fold(
    event: e.Event,
    who: str,
    at: datetime,
    consignments: dict[str, Consignment],
    units: dict[str, Unit],
    visits: dict[str, Visit],
    counts: dict[str, Count],
) -> None:
    """Fold one event into what it touches, as the store does."""
    kind, _, name = event.subject.partition(":")
    if kind == "consignment":
        after = evolve.consignment(consignments.get(name), event, who, at)
        assert after is not None
        consignments[name] = after
    if kind == "unit" and (unit := evolve.unit(units.get(name), event)) is not None:
        units[name] = unit
    if kind == "count" and (count := evolve_handling.count(counts.get(name), event, at)) is not None:
        counts[name] = count
    if isinstance(event, e.UnitLoaded | e.UnitUnloaded | ScanUndone) and event.visit is not None:
        kind, name = "visit", event.visit
    if kind == "visit":
        visit = evolve.visit(visits.get(name), event, at)
        assert visit is not None
        visits[name] = visit

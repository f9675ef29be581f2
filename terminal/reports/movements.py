"""What moved in some days: vehicles, consignments and units with their weights, counted once each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from terminal.reports.model import Column, Section, Value
from terminal.reports.source import Source
from terminal.store import journal, spans
from terminal.store.journal import Entry
from terminal.store.repacked import Received, received
from terminal.store.spans import UnitFacts
from terminal.web.i18n import N_
from workflows.handover_state import Found
from workflows.stages import Stage
from workflows.state import PermissionKind

#: kinds of events that move something
TYPES = (
    "ConsignmentAnnounced",
    "StageChanged",
    "VisitEntered",
    "UnitTallied",
    "UnitFound",
    "UnitMoved",
    "ScanUndone",
    "UnitHandedOver",
    "PermissionGranted",
)
#: what becomes of units, in the order in which it happens
STEPS = {
    "received": N_("Received (tallied)"),
    "stored": N_("Put into storage"),
    "released": N_("Released by the terminal"),
    "gone": N_("Gone through the gate"),
    "delivered": N_("Delivered"),
}
#: the figure that a scan of this step is counted in
_UNDONE = {Stage.TALLY.value: "received", Stage.STORAGE.value: "stored"}
#: where a unit is that no release took along
_ELSEWHERE = frozenset({Stage.LOST, Stage.SEIZED, Stage.DESTROYED, Stage.REJECTED})
WEIGHTS = N_(
    "Weights are those known when the report was made: measured if weighed, else declared. Units inside others count with them."
)


@dataclass(slots=True)
class Movements:
    """Counters that fill as entries are taken in order."""

    came: list[str] = field(default_factory=list)  # visits through the gate, inwards and outwards
    left: list[str] = field(default_factory=list)
    came_as: Counter[str] = field(default_factory=Counter)
    stages: dict[str, set[str]] = field(default_factory=dict)  # stage -> consignments that came to it
    units: dict[str, set[str]] = field(default_factory=lambda: {step: set() for step in STEPS})
    whole: dict[str, int] = field(
        default_factory=dict
    )  # consignment released as a whole -> number of that entry

    def take(self, entry: Entry) -> None:
        """Count one entry of :data:`TYPES`; another one changes nothing."""
        kind, _, name = entry.subject.partition(":")
        match entry.type:
            case "VisitEntered":
                self.came.append(name)
                self.came_as[str(entry.data.get("mode") or "ROAD")] += 1
            case "ConsignmentAnnounced":
                self.stages.setdefault(Stage.PRE_ADVICE.value, set()).add(name)
            case "StageChanged":
                self._stage(kind, name, str(entry.data["stage"]))
            case "UnitTallied" | "UnitFound":
                self.units["received"].add(name)
            case "UnitMoved" if entry.data["stage"] == Stage.STORAGE:
                self.units["stored"].add(name)
            case "ScanUndone":  # of another day's scan: that day's figures stay as they were reported
                if undone := _UNDONE.get(entry.data["step"]):
                    self.units[undone].discard(name)
            case "UnitHandedOver" if entry.data["found"] != Found.SHORT:
                self.units["delivered"].add(name)
            case "PermissionGranted":
                given = entry.data["permission"]
                if given["kind"] == PermissionKind.TERMINAL_RELEASE:
                    labels = given.get("units") or ()
                    self.units["released"].update(labels)
                    if not labels:
                        self.whole.setdefault(name, entry.seq)

    def _stage(self, kind: str, name: str, stage: str) -> None:
        if kind == "consignment":
            self.stages.setdefault(stage, set()).add(name)
        elif kind == "visit" and stage == Stage.GATE_OUT:
            self.left.append(name)
        elif kind == "unit" and stage == Stage.GATE_OUT:
            self.units["gone"].add(name)
        elif kind == "unit" and stage == Stage.DELIVERED:
            self.units["delivered"].add(name)

    # --- sections -----------------------------------------------------------------------------------
    def vehicles(self, source: Source) -> Section:
        """Vehicles in and out by how they travel."""
        out = Counter(visit.mode for name in self.left if (visit := source.reader.visit(name)) is not None)
        modes = [mode for mode in ("ROAD", "RAIL", "AIR", "RIVER") if self.came_as[mode] or out[mode]]
        rows = tuple((mode, self.came_as[mode], out[mode]) for mode in modes)
        return Section(
            "vehicles",
            N_("Vehicles"),
            (
                Column("mode", N_("Transport"), "word:mode"),
                Column("in", N_("In"), "number"),
                Column("out", N_("Out"), "number"),
            ),
            rows,
            nothing=N_("No vehicle passed the gate."),
            total=("", self.came_as.total(), out.total()) if len(rows) > 1 else (),
        )

    def consignments(self, wanted: Callable[[str], bool], standing: dict[str, int]) -> Section:
        """Consignments that came to each stage, and how many stand there now."""
        rows = []
        for stage in Stage:
            came = sum(1 for ref in self.stages.get(stage.value, ()) if wanted(ref))
            now = standing.get(stage.value, 0)
            if came or now:
                rows.append((stage.value, came, now))
        return Section(
            "consignments",
            N_("Consignments by stage"),
            (
                Column("stage", N_("Stage"), "word:stage"),
                Column("came", N_("Came to it"), "number"),
                Column("now", N_("Stand there now"), "number"),
            ),
            tuple(rows),
            nothing=N_("No consignments."),
        )

    def cargo(self, source: Source, wanted: Callable[[str], bool]) -> Section:
        """Units and their weight at each step, of consignments that are wanted."""
        rows: list[tuple[Value, ...]] = []
        for step, said in STEPS.items():
            facts = spans.units_among(source.reader.connection, self.units[step])
            if step == "received":
                brought = self._brought(source, facts.values(), wanted)
                weights = [one.kg for one in brought if one.alone or one.kg]
                count = sum(1 for one in brought if one.alone)
            else:
                if step == "released":
                    facts |= {one.label: one for one in self._as_a_whole(source)}
                mine = [one for one in facts.values() if not one.inside and wanted(one.consignment)]
                weights, count = [one.gross_kg for one in mine], len(mine)
            kg = sum((one for one in weights if one is not None), Decimal(0))
            rows.append((step, said, count, kg, sum(1 for one in weights if one is None)))
        return Section(
            "cargo",
            N_("Cargo"),
            (
                Column("step", "", "hidden"),
                Column("what", N_("What"), "say"),
                Column("units", N_("Units"), "number"),
                Column("gross_kg", N_("Gross"), "t"),
                Column("unknown", N_("Without a weight"), "number"),
            ),
            tuple(rows),
            note=WEIGHTS,
        )

    def _brought(
        self, source: Source, facts: Iterable[UnitFacts], wanted: Callable[[str], bool]
    ) -> list[Received]:
        """What the units that were tallied brought, as they came: repacking makes it neither more nor less."""
        mine = [one for one in facts if wanted(one.consignment)]
        refs = {one.consignment for one in mine}
        repacked = {ref for ref in refs if (one := source.reader.consignment(ref)) is not None and one.nested}
        return list(received(source.reader, (one.label for one in mine), repacked).values())

    def _as_a_whole(self, source: Source) -> list[UnitFacts]:
        """The units of consignments that were released as a whole, without those that had an end of their own before."""
        return [
            one
            for ref, seq in self.whole.items()
            for one in spans.units_of(source.reader.connection, ref)
            if one.stage not in _ELSEWHERE or _ended(source, one.label) > seq
        ]


def _ended(source: Source, label: str) -> int:
    """Number of the entry with which a unit came to where it is."""
    subject = f"unit:{label}"
    last = source.reader.last_seq(subject)
    moves = journal.chain_of(source.reader.connection, last, ("StageChanged",))
    return moves[0].seq if moves else 0

"""What moved in some days: vehicles, consignments and units with their weights, counted once each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from terminal.reports.model import Column, Section, Value
from terminal.reports.source import Source
from terminal.store import spans
from terminal.store.journal import Entry
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
    whole: set[str] = field(default_factory=set)  # consignments that were released as a whole

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
            case "UnitHandedOver" if entry.data["found"] != Found.SHORT:
                self.units["delivered"].add(name)
            case "PermissionGranted":
                given = entry.data["permission"]
                if given["kind"] == PermissionKind.TERMINAL_RELEASE:
                    labels = given.get("units") or ()
                    self.units["released"].update(labels)
                    if not labels:
                        self.whole.add(name)

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
        connection = source.reader.connection
        rows: list[tuple[Value, ...]] = []
        for step, said in STEPS.items():
            facts = spans.units_among(connection, self.units[step])
            if step == "released":
                for ref in self.whole:
                    facts |= {one.label: one for one in spans.units_of(connection, ref)}
            mine = [one for one in facts.values() if not one.inside and wanted(one.consignment)]
            kg = sum((one.gross_kg for one in mine if one.gross_kg is not None), Decimal(0))
            unknown = sum(1 for one in mine if one.gross_kg is None)
            rows.append((step, said, len(mine), kg, unknown))
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

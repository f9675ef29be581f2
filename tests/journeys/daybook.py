"""The script's own book of a day: what it did, counted by itself, and what every report must therefore say.

Nothing here asks the product how much of anything there is. Only the moments at which things happened are read off the
journal: whoever clicks does not know the millisecond.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

from workflows.stages import Stage

Row = tuple[Any, ...]
STEPS = ("received", "stored", "released", "gone", "delivered")
SAID = {
    "received": "Received (tallied)",
    "stored": "Put into storage",
    "released": "Released by the terminal",
    "gone": "Gone through the gate",
    "delivered": "Delivered",
}
#: who acts next on a consignment at a stage, and how long that may take (minutes)
WAITS_ON = {
    "GATE_IN": "TERMINAL", "DOC_CHECK": "CUSTOMS", "RISK": "CUSTOMS", "CUSTOMS_RELEASE": "TERMINAL",
    "RELEASE": "TERMINAL", "GATE_OUT": "BORDER", "BORDER_EXIT": "AFGHAN_SIDE", "ARRIVED_AF": "AFGHAN_SIDE",
}  # fmt: skip


@dataclass(frozen=True)
class Seized:
    """What customs took: group of goods, unit of measure, and how much."""

    group: str
    uom: str
    quantity: Decimal


@dataclass
class Book:
    """What was done. Subjects are ``consignment:REF`` and ``visit:ID``, weights kg."""

    paths: dict[str, list[str]] = field(default_factory=dict)  # subject -> the stages it came to
    modes: dict[str, str] = field(default_factory=dict)  # visit -> how it travels
    plates: dict[str, str] = field(default_factory=dict)  # visit -> its plate
    came: list[str] = field(default_factory=list)  # visits, in the order in which they came
    left: list[str] = field(default_factory=list)
    kg: dict[str, Decimal] = field(default_factory=dict)  # label -> gross weight as it stands
    owner: dict[str, str] = field(default_factory=dict)  # label -> consignment
    units: dict[str, list[str]] = field(default_factory=lambda: {step: [] for step in STEPS})
    placed: Counter[str] = field(default_factory=Counter)  # holds by authority
    held: set[str] = field(default_factory=set)  # consignments that ever had one
    lifted: Counter[str] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    losses: list[tuple[str, str]] = field(default_factory=list)  # kind, label
    readings: Counter[str] = field(default_factory=Counter)  # device -> what came from it
    used_for: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # device -> consignments
    typed: Counter[str] = field(default_factory=Counter)  # device -> what was typed in its place
    weighed: int = 0
    donors: dict[str, str] = field(default_factory=dict)  # consignment -> who gave it
    made: set[str] = field(default_factory=set)  # labels of pallets that were put together here
    seizures: list[Seized] = field(default_factory=list)
    #: every device of the place: its name, kind and point, and until when it is verified
    devices: list[tuple[str, str, str, date | None]] = field(default_factory=list)

    # --- writing ------------------------------------------------------------------------------------
    def announced(self, ref: str, donor: str, labels: Iterable[str], kg: int) -> None:
        """A consignment is expected with these units, each so heavy."""
        self.donors[ref] = donor
        self.paths[f"consignment:{ref}"] = ["PRE_ADVICE"]
        for label in labels:
            self.kg[label], self.owner[label] = Decimal(kg), ref

    def expected(self, visit: str, mode: str, plate: str = "") -> None:
        """A vehicle is expected."""
        self.plates[visit] = plate.replace(" ", "")
        self.paths[f"visit:{visit}"] = ["PRE_ADVICE"]
        self.modes[visit] = mode

    def entered(self, visit: str, *refs: str) -> None:
        """A vehicle came in with these consignments."""
        self.came.append(visit)
        self.moved("GATE_IN", f"visit:{visit}", *(f"consignment:{ref}" for ref in refs))

    def moved(self, stage: str, *subjects: str) -> None:
        """Things came to a stage."""
        for subject in subjects:
            self.paths[subject].append(stage)

    def did(self, step: str, labels: Iterable[str]) -> None:
        """Units were received, stored, released, gone or delivered: those that stand by themselves."""
        self.units[step] += labels

    def scale(self, visit_refs: Iterable[str], *, typed: bool = False, device: str = "weighbridge-1") -> None:
        """A vehicle with (or for) these consignments was weighed."""
        self.weighed += 1
        if typed:
            self.typed[device] += 1
        else:
            self.read(device, *visit_refs)

    def read(self, device: str, *refs: str) -> None:
        """Something came from a device, for these consignments."""
        self.readings[device] += 1
        self.used_for[device].update(refs)

    def hold(self, authority: str, ref: str) -> None:
        """A hold opened."""
        self.placed[authority] += 1
        self.held.add(ref)

    # --- reading ------------------------------------------------------------------------------------
    @property
    def refs(self) -> list[str]:
        """Every consignment."""
        return [name.partition(":")[2] for name in self.paths if name.startswith("consignment:")]

    def stage(self, subject: str) -> str:
        """Where something is."""
        return self.paths[subject][-1]

    def by_stage(self, refs: Sequence[str]) -> list[Row]:
        """How many consignments came to each stage, and how many stand there."""
        rows = []
        for stage in Stage:
            came = sum(stage.value in self.paths[f"consignment:{ref}"] for ref in refs)
            now = sum(self.stage(f"consignment:{ref}") == stage.value for ref in refs)
            if came or now:
                rows.append((stage.value, came, now))
        return rows

    def cargo(self, refs: Sequence[str]) -> list[Row]:
        """Units and kg at each step."""
        rows = []
        for step in STEPS:
            mine = [label for label in self.units[step] if self.owner[label] in refs]
            rows.append((step, SAID[step], len(mine), sum((self.kg[one] for one in mine), Decimal(0)), 0))
        return rows

    def vehicles(self) -> tuple[list[Row], Row]:
        """Vehicles in and out by how they travel, and together."""
        rows = [
            (
                mode,
                sum(self.modes[one] == mode for one in self.came),
                sum(self.modes[one] == mode for one in self.left),
            )
            for mode in ("ROAD", "RAIL")
        ]
        return rows, ("", len(self.came), len(self.left))

    def lost(self, refs: Sequence[str]) -> list[Row]:
        """Losses and damage by kind."""
        kinds = Counter(kind for kind, label in self.losses if self.owner[label] in refs)
        return sorted(kinds.items())

    def refusals(self) -> list[Row]:
        """Refused steps, the most frequent first."""
        ordered = sorted(self.refused.items(), key=lambda item: (-item[1], item[0]))
        return [(step, reason, count) for (step, reason), count in ordered]


# --- how long things took ---------------------------------------------------------------------------------
def spread(values: Sequence[int]) -> Row:
    """Count, mean, median, the value that nine of ten do not exceed, and the longest: whole minutes."""
    if not values:
        return (0, None, None, None, None)
    ordered = sorted(values)
    ninth = next(one for n, one in enumerate(ordered, 1) if 10 * n >= 9 * len(ordered))
    return (
        len(ordered),
        _half_up(Decimal(sum(ordered)) / len(ordered)),
        _half_up(Decimal(str(statistics.median(ordered)))),
        ninth,
        ordered[-1],
    )


def _half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def whole_minutes(start: datetime, end: datetime) -> int:
    """From one moment to another."""
    return int((end - start).total_seconds() // 60)


class Clock:
    """When the things of a book came to their stages, as the journal has it; the ways must be those of the book."""

    def __init__(self, book: Book, entries: Sequence[Mapping[str, Any]]) -> None:
        self.book = book
        self.at: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
        self._holds: list[Mapping[str, Any]] = []
        self.now = datetime.now(UTC)
        for entry in entries:
            stage = _stage(entry)
            if entry["type"] in ("HoldPlaced", "HoldLifted"):
                self._holds.append(entry)
            if stage and entry["subject"] in book.paths:
                self.at[entry["subject"]].append((stage, datetime.fromisoformat(entry["at"])))
        ways = {subject: [stage for stage, _ in self.at[subject]] for subject in book.paths}
        assert ways == book.paths

    def stays(self, kind: str) -> dict[str, list[int]]:
        """Minutes at each stage, of all consignments or all visits; nothing waits before it has come."""
        found: dict[str, list[int]] = defaultdict(list)
        for subject, moments in self.at.items():
            if subject.startswith(f"{kind}:"):
                for (stage, start), (_, end) in pairwise(moments):
                    if stage != "PRE_ADVICE":
                        found[stage].append(whole_minutes(start, end))
        return found

    def first(self, subject: str, stage: str) -> datetime:
        """When something first came to a stage."""
        return dict(reversed(self.at[subject]))[stage]

    def ages(self, authority: str, *, opened: bool) -> list[int]:
        """Minutes that holds of an authority are open, or were until they were lifted."""
        placed = {e["data"]["hold"]["id"]: e for e in self._holds if e["type"] == "HoldPlaced"}
        ended = {e["data"]["hold_id"]: e["at"] for e in self._holds if e["type"] == "HoldLifted"}
        return [
            whole_minutes(
                datetime.fromisoformat(one["at"]),
                self.now if opened else datetime.fromisoformat(ended[identity]),
            )
            for identity, one in placed.items()
            if one["data"]["hold"]["authority"] == authority and (identity in ended) != opened
        ]

    def open_holds(self) -> set[str]:
        """Subjects of the holds that nobody lifted."""
        ended = {e["data"]["hold_id"] for e in self._holds if e["type"] == "HoldLifted"}
        placed = (e["data"]["hold"] for e in self._holds if e["type"] == "HoldPlaced")
        return {str(one["subject"]) for one in placed if one["id"] not in ended}

    def since(self, subject: str) -> int:
        """Minutes that something has been where it is."""
        return whole_minutes(self.at[subject][-1][1], self.now)

    def between(self, subject: str, first: str, last: str) -> int:
        """Minutes from the first time at one stage to the first time at another."""
        return whole_minutes(self.first(subject, first), self.first(subject, last))


def _stage(entry: Mapping[str, Any]) -> str:
    match entry["type"]:
        case "ConsignmentAnnounced" | "VisitAnnounced":
            return "PRE_ADVICE"
        case "VisitEntered":
            return "GATE_IN"
        case "VisitSealed":
            return "SEAL"
        case "StageChanged":
            return str(entry["data"]["stage"])
    return ""

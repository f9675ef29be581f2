"""What the script's own book of a day means for every report: its sections, row by row."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any

from tests.journeys.daybook import WAITS_ON, Book, Clock, Row, spread
from workflows.stages import Stage

#: dwell targets of the table that comes with the product, minutes
TARGETS: dict[str, int] = json.loads(
    files("workflows.data").joinpath("tolerances.json").read_text(encoding="utf-8")
)["dwell_targets_minutes"]
CROSS_DOCK = TARGETS["cross_dock_total"]
_SPREAD = ("number", "minutes", "minutes", "minutes", "minutes")
_WITHIN = (*_SPREAD, "minutes", "share")


@dataclass(frozen=True)
class Table:
    """What one section of a report must say: its rows, and how each column is shown ("" is for programs only)."""

    forms: Sequence[str]
    rows: Sequence[Row]
    total: Row = ()


@dataclass
class Expected:
    """One report: its kind, whom it is about, and its sections."""

    kind: str
    query: dict[str, str] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)


def terminal(book: Book, clock: Clock, entries: Sequence[dict[str, Any]]) -> Expected:
    """The report of a day or a week."""
    kinds = Counter(entry["type"] for entry in entries)
    stays = spread([clock.between(f"visit:{one}", "GATE_IN", "GATE_OUT") for one in book.left])
    clean = sum("RELEASE" in book.paths[f"consignment:{ref}"] for ref in book.refs if ref not in book.held)
    both = (
        ("stay", "Vehicle in to out, median (min)", stays[2]),
        ("stay_p90", "Vehicle in to out, nine of ten within (min)", stays[3]),
        ("clean", "Consignments without any hold that were released", clean),
        ("within_day", "of them within 24 hours of arrival", clean),
        ("checks", "Runs of the checks", kinds["ChecksRun"]),
        ("holds", "Holds placed", book.placed.total()),
        ("late", "Late scans set aside", 0),
        ("inspections", "Inspections done", 0),
        ("findings", "of them with something found or indicated", 0),
    )
    holds = []
    for authority in ("CUSTOMS", "PHYTO_VET_SANITARY"):
        opened, ended = book.placed[authority], book.lifted[authority]
        ages = clock.ages(authority, opened=True)
        median = spread(clock.ages(authority, opened=False))[2]
        still = opened - ended
        holds.append((authority, opened, ended, median, still, still, 0, 0, max(ages, default=None)))
    vehicles, together = book.vehicles()
    refusals = book.refusals()
    return Expected(
        "terminal",
        tables={
            "both": Table(("", "say", "number"), both),
            "vehicles": Table(("word:mode", "number", "number"), vehicles, together),
            "consignments": Table(("word:stage", "number", "number"), book.by_stage(book.refs)),
            "cargo": cargo(book, book.refs),
            "holds": Table(
                ("word:authority", "number", "number", "minutes", *("number",) * 4, "minutes"), holds
            ),
            "refused": Table(
                ("word:stage", "code", "number"), refusals, ("", "", sum(row[2] for row in refusals))
            ),
            "losses": losses(book, book.refs),
            "seizures": Table(
                ("", "say", "number"),
                [("recorded", "Seizures recorded that you may read", len(book.seizures))],
            ),
        },
    )


def cargo(book: Book, refs: Sequence[str]) -> Table:
    """Units and tonnes at each step."""
    return Table(("", "say", "number", "t", "number"), book.cargo(refs))


def losses(book: Book, refs: Sequence[str]) -> Table:
    """Losses and damage."""
    return Table(("word:loss_kind", "number"), book.lost(refs))


def _timed(minutes: dict[str, list[int]], *, waits: bool) -> Table:
    rows = []
    for stage in clockwise(minutes):
        target = TARGETS.get(stage)
        rows.append(
            (
                stage,
                *((WAITS_ON[stage],) if waits else ()),
                *spread(minutes[stage]),
                target,
                None if target is None else within(minutes[stage], target),
            )
        )
    return Table(("word:stage", *(("word:authority",) if waits else ()), *_WITHIN), rows)


def within(minutes: Sequence[int], target: int) -> Decimal:
    """The share that kept a target, with four decimals."""
    return (Decimal(sum(one <= target for one in minutes)) / len(minutes)).quantize(Decimal("0.0001"))


def clockwise(found: Iterable[str]) -> list[str]:
    """Stages in their order."""
    wanted = set(found)
    return [stage.value for stage in Stage if stage.value in wanted]


def times(book: Book, clock: Clock) -> Expected:
    """The report of stage times."""
    gone = [ref for ref in book.refs if "GATE_OUT" in book.paths[f"consignment:{ref}"]]
    took = [clock.between(f"consignment:{ref}", "GATE_IN", "GATE_OUT") for ref in gone]
    through = (*spread(took), CROSS_DOCK, within(took, CROSS_DOCK))
    modes: dict[str, list[int]] = defaultdict(list)
    for visit in book.left:
        modes[book.modes[visit]].append(clock.between(f"visit:{visit}", "GATE_IN", "GATE_OUT"))
    waited: dict[tuple[str, str], list[int]] = defaultdict(list)
    cargo_stays = clock.stays("consignment")
    for stage, values in cargo_stays.items():
        waited[WAITS_ON[stage], "At a stage"] += values
    for authority in book.lifted:
        waited[authority, "Under a hold"] += clock.ages(authority, opened=False)
    return Expected(
        "times",
        tables={
            "consignments": _timed(cargo_stays, waits=True),
            "vehicles": _timed(clock.stays("visit"), waits=False),
            "through_mode": Table(("word:mode", *_WITHIN), [("ROAD", *through)]),
            "through_regime": Table(("code", *_WITHIN), [("", *through)]),
            "through_priority": Table(("word:priority", *_WITHIN), [("ORDINARY", *through)]),
            "vehicles_through": Table(
                ("word:mode", *_SPREAD), [(mode, *spread(modes[mode])) for mode in sorted(modes)]
            ),
            "waiting": Table(
                ("word:authority", "say", *_SPREAD), [(*key, *spread(waited[key])) for key in sorted(waited)]
            ),
        },
    )


def agency(book: Book, clock: Clock) -> Expected:
    """The report of the agency: its consignments one by one."""
    rows = []
    for ref in sorted(book.refs, key=lambda ref: book.stage(f"consignment:{ref}") == "DELIVERED"):
        subject = f"consignment:{ref}"
        mine = [label for label, owner in book.owner.items() if owner == ref and label not in book.made]
        came = [label for label in mine if label in book.units["received"]]
        rows.append(
            (
                ref,
                book.donors[ref],
                book.stage(subject),
                clock.first(subject, "GATE_IN"),
                len(mine),
                len(came),
                sum(book.owner[label] == ref for label in book.units["gone"]),
                sum(book.owner[label] == ref for label in book.units["delivered"]),
                sum((book.kg[label] for label in mine), Decimal(0)),
            )
        )
    forms = ("code", "text", "word:stage", "moment", *("number",) * 4, "t")
    return Expected(
        "agency",
        {"sender": "Agency A"},
        {
            "cargo": cargo(book, book.refs),
            "consignments": Table(("word:stage", "number", "number"), book.by_stage(book.refs)),
            "list": Table(forms, rows),
            "losses": losses(book, book.refs),
        },
    )


def donor(book: Book, name: str) -> Expected:
    """The report of one donor: sums."""
    refs = [ref for ref in book.refs if book.donors[ref] == name]
    mine = [label for label, owner in book.owner.items() if owner in refs and label not in book.made]
    kg = sum((book.kg[label] for label in mine), Decimal(0))
    delivered = sum(book.owner[label] in refs for label in book.units["delivered"])
    sums = (len(refs), len(mine), delivered, kg)
    forms = ("number", "number", "number", "t")
    return Expected(
        "donor",
        {"donor": name},
        {
            "cargo": cargo(book, refs),
            "consignments": Table(("word:stage", "number", "number"), book.by_stage(refs)),
            "sender": Table(("text", *forms), [("Agency A", *sums)]),
            "destination": Table(("code", *forms), [("", *sums)]),
            "losses": losses(book, refs),
        },
    )


def seizures(book: Book) -> Expected:
    """The report of seizures: one of each kind of goods at most is written in the book."""
    rows = [("LAW_ENFORCEMENT", len(book.seizures))] if book.seizures else []
    goods = [(one.group, one.uom, 1, one.quantity) for one in book.seizures]
    return Expected(
        "seizures",
        tables={
            "handling": Table(("word:handling", "number"), rows),
            "commodities": Table(("word:commodity", "text", "number", "number"), goods),
            "persons": Table(("code", "code", "number"), []),
        },
    )


def devices(book: Book, monday: date) -> Expected:
    """The report of the use of devices, a row for each in this week."""
    rows = []
    for name, kind, point, verified in book.devices:
        part = Decimal(len(book.used_for[name])) / len(book.refs)
        rows.append(
            (
                name,
                monday,
                kind,
                point,
                book.readings[name],
                part.quantize(Decimal("0.0001")),
                book.typed[name],
                0,
                verified,
            )
        )
    forms = ("code", "day", "word:device_kind", "code", "number", "share", "number", "minutes", "day")
    return Expected("devices", tables={"devices": Table(forms, rows), "equipment": Table(("code",) * 7, [])})


def shift(book: Book, clock: Clock) -> Expected:
    """What is open when the shift ends: one hold, one truck that may leave; and two people signed."""
    (ref,) = (ref for ref in book.refs if f"consignment:{ref}" in clock.open_holds())
    age = max(clock.ages("PHYTO_VET_SANITARY", opened=True))
    inside = [one for one in book.came if one not in book.left]
    vehicles = [
        (book.plates[one], "ROAD", book.stage(f"visit:{one}"), "load-1", clock.since(f"visit:{one}"))
        for one in inside
    ]
    hold = (ref, ref, "PHYTO_VET_SANITARY", "PHYTOSANITARY", "HOLD", age)
    forms = ("code", "code", "word:authority", "word:hold_reason", "word:severity", "minutes")
    return Expected(
        "shift",
        tables={
            "holds": Table(forms, [hold]),
            "inspections": Table(("code",) * 4, []),
            "vehicles": Table(("code", "word:mode", "word:stage", "code", "minutes"), vehicles),
            "reviews": Table(("code",) * 3, []),
            "devices": Table(("code",) * 3, []),
        },
    )

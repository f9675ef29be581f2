"""Partial release: which units an approval covers, and what is left of a consignment.

An approval covers the whole consignment, or exactly the units that it names. Several may follow one another; no unit
is covered twice by the same kind, and what has gone is never covered again. A unit may be loaded when an approval of
each kind covers it. DOMAIN 3 ("partial release is normal") and 9.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from workflows.papers import Papers
from workflows.stages import Stage
from workflows.state import PROTECTED, Consignment, Permission, PermissionKind, Unit, Visit

#: A unit at one of these has left the terminal.
GONE: frozenset[Stage] = frozenset(
    {Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF, Stage.DELIVERED, Stage.CLOSED}
)
#: A unit at one of these leaves the terminal no more.
TAKEN: frozenset[Stage] = frozenset({Stage.REJECTED, Stage.SEIZED, Stage.DESTROYED, Stage.LOST})
#: A unit at one of these was not seen yet.
UNSEEN: frozenset[Stage] = frozenset({Stage.PRE_ADVICE, Stage.UNLOAD})
#: Consignment stages in which units that are wholly released may be loaded and leave, while others stay.
LEAVING: frozenset[Stage] = frozenset({Stage.RISK, Stage.INSPECT, Stage.CUSTOMS_RELEASE, Stage.RELEASE})


def labels_of(papers: Papers) -> frozenset[str]:
    """The labels (18 digits) that the papers name: those of the unit list where there is one, else of the lines."""
    listed = papers.units or papers.lines
    return frozenset(entry.sscc for entry in listed if entry.sscc and len(entry.sscc) == 18)


def covering(consignment: Consignment, kind: PermissionKind, label: str) -> Permission | None:
    """The approval of that kind that is in force for this unit and for today's facts, if any."""
    whole = consignment.permission(kind)
    if whole is not None:
        return whole if whole.digest == consignment.digest else None
    return next(
        (p for p in consignment.parts(kind) if label in p.units and p.digest == consignment.digest), None
    )


def covered(consignment: Consignment, kind: PermissionKind) -> frozenset[str]:
    """Labels that approvals of that kind name and that are in force for today's facts; those of a whole one aside."""
    return frozenset(
        label for part in consignment.parts(kind) if part.digest == consignment.digest for label in part.units
    )


def released(consignment: Consignment, label: str) -> bool:
    """True when both approvals cover this unit."""
    return all(covering(consignment, kind, label) is not None for kind in PROTECTED)


def has_parts(consignment: Consignment) -> bool:
    """True when units of this consignment were approved or left by themselves, while others stayed."""
    return bool(consignment.departures) or any(consignment.parts(kind) for kind in PROTECTED)


def on_board(consignment: Consignment, visit: Visit) -> frozenset[str]:
    """Labels of this consignment that were loaded on this vehicle here."""
    named = frozenset(label for p in consignment.permissions for label in p.units)
    return visit.units & (labels_of(consignment.papers) | named)


def stopped_units(consignment: Consignment) -> frozenset[str]:
    """Labels with an open hold or an open inspection of their own."""
    subjects = [hold.subject for hold in consignment.holds if hold.open]
    subjects += [one.subject for one in consignment.inspections if one.open]
    return frozenset(name for kind, _, name in (s.partition(":") for s in subjects) if kind == "unit")


def open_units(consignment: Consignment, units: Iterable[Unit], kind: PermissionKind) -> tuple[Unit, ...]:
    """Units that are here and that no approval of that kind covers yet."""
    if consignment.permission(kind) is not None:
        return ()
    named = covered(consignment, kind)
    return tuple(
        unit
        for unit in units
        if unit.stage not in GONE | TAKEN
        and unit.label not in consignment.gone_units
        and unit.label not in named
    )


def clean_units(consignment: Consignment, units: Iterable[Unit], kind: PermissionKind) -> tuple[str, ...]:
    """Labels that an approval of that kind may cover now: seen, without a hold or inspection, not covered yet.

    The terminal's approval moreover waits for the one of customs.
    """
    stopped = stopped_units(consignment)
    terminal = kind is PermissionKind.TERMINAL_RELEASE
    return tuple(
        unit.label
        for unit in open_units(consignment, units, kind)
        if unit.stage not in UNSEEN
        and unit.label not in stopped
        and not (terminal and covering(consignment, PermissionKind.CUSTOMS_RELEASE, unit.label) is None)
    )


def without(
    permissions: tuple[Permission, ...], kind: PermissionKind, labels: tuple[str, ...]
) -> tuple[Permission, ...]:
    """The permissions after one fell away: the whole one of its kind, or partial ones for these labels."""
    if not labels:
        return tuple(p for p in permissions if p.kind is not kind or p.units)
    gone = frozenset(labels)
    left = []
    for given in permissions:
        if given.kind is not kind or not gone & frozenset(given.units):
            left.append(given)
        elif rest := tuple(label for label in given.units if label not in gone):
            left.append(replace(given, units=rest))
    return tuple(left)


@dataclass(frozen=True, slots=True)
class Count:
    """A number of units and their gross weight (kg)."""

    units: int = 0
    kg: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Balance:
    """Where every unit of a consignment is; the parts add up to ``all``."""

    all: Count
    gone: Count
    released: Count  # both approvals, still here
    customs_only: Count
    waiting: Count  # here, neither approval
    taken: Count  # rejected, seized, destroyed, lost
    stopped: Count  # of those still here: with a hold or an inspection of their own


def balance(consignment: Consignment, units: Iterable[Unit]) -> Balance:
    """Count every unit exactly once (``stopped`` beside that), and every kg: what stands inside a unit is in its gross."""
    sums: dict[str, list[Unit]] = {}
    stopped = stopped_units(consignment)
    held = []
    everything = tuple(units)
    inside = _inside(everything)
    for unit in everything:
        sums.setdefault(_where(consignment, unit), []).append(unit)
        if unit.label in stopped and unit.stage not in GONE | TAKEN:
            held.append(unit)
    return Balance(
        all=_count(everything, inside),
        gone=_count(sums.get("gone", ()), inside),
        released=_count(sums.get("released", ()), inside),
        customs_only=_count(sums.get("customs_only", ()), inside),
        waiting=_count(sums.get("waiting", ()), inside),
        taken=_count(sums.get("taken", ()), inside),
        stopped=_count(held, _inside(held)),
    )


def _where(consignment: Consignment, unit: Unit) -> str:
    if unit.stage in GONE:
        return "gone"
    if unit.stage in TAKEN:
        return "taken"
    if released(consignment, unit.label):
        return "released"
    customs = covering(consignment, PermissionKind.CUSTOMS_RELEASE, unit.label)
    return "customs_only" if customs is not None else "waiting"


def _inside(units: Iterable[Unit]) -> frozenset[str]:
    """Labels of the units that stand inside another one of these."""
    together = {unit.label: unit for unit in units}
    return frozenset(label for label, unit in together.items() if unit.parent in together)


def _count(units: Collection[Unit], inside: frozenset[str]) -> Count:
    weights = [unit.gross_kg or Decimal(0) for unit in units if unit.label not in inside]
    return Count(len(units), sum(weights, Decimal(0)))


def weight_of(labels: Iterable[str], units: Mapping[str, Unit]) -> Decimal | None:
    """Summed gross weight (kg) of these units; None when one of them has none.

    What stands inside another of them, at any depth, is in the gross weight of that one and needs none of its own.
    """
    named = frozenset(labels)
    weights = [
        units[label].gross_kg if label in units else None
        for label in named
        if not any(outer in named for outer in _around(label, units))
    ]
    known = [kg for kg in weights if kg is not None]
    return sum(known, Decimal(0)) if len(known) == len(weights) else None


def _around(label: str, units: Mapping[str, Unit]) -> Iterator[str]:
    """The units around this one, from the nearest outwards."""
    seen = {label}
    unit = units.get(label)
    while unit is not None and unit.parent is not None and unit.parent not in seen:
        seen.add(unit.parent)
        yield unit.parent
        unit = units.get(unit.parent)


def unaccounted(units: Iterable[Unit]) -> tuple[Unit, ...]:
    """Units of which nobody can say yet how they ended: here, or on the way. Those that nobody ever saw are not counted.

    What was carried through without being unloaded was never scanned and goes with its consignment.
    """
    done = TAKEN | {Stage.DELIVERED, Stage.CLOSED, Stage.PRE_ADVICE}
    return tuple(unit for unit in units if unit.stage not in done)

"""The queue of the hold desk: the most urgent first, with what waits behind each hold and which have the same cause gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from terminal.cases import screening
from terminal.cases.hindering import is_cause_gone
from terminal.store.reader import Reader
from terminal.web import view_models as vm
from terminal.web.showing_cargo import GIVING, CargoShower
from terminal.web.view_models_desk import Fallen, Together, Waiting
from workflows import hold_queue
from workflows.findings import Finding
from workflows.hold_queue import Rush
from workflows.stages import ENDED, Stage
from workflows.state import PROTECTED, Consignment, Hold, HoldSeverity, PermissionKind

#: open holds that are looked at for one page; more than this wait only where nobody works
MOST = 2000
_GONE = ENDED | {Stage.PRE_ADVICE, Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF, Stage.DELIVERED}


@dataclass(frozen=True, slots=True)
class Queued:
    """One open hold with the consignment it keeps, if any."""

    hold: Hold
    ref: str | None
    rush: Rush
    gone: bool


def queue(reader: Reader, show: CargoShower) -> list[Queued]:
    """Every open hold that this reader may see, in the order in which they should be decided."""
    known: dict[str, Consignment | None] = {}
    rushes: dict[str, Rush] = {}
    found = []
    for line in reader.holds_open(limit=MOST):
        seen, ref = show.seen(line.hold), line.consignment
        if seen is None or not show.may_see(line.hold):
            continue
        if ref is not None and ref not in known:
            known[ref] = kept = reader.consignment(ref)
            rushes[ref] = hold_queue.rush_of_papers(kept.papers if kept else None)
        consignment = known[ref] if ref is not None else None
        rush = min(hold_queue.rush_of(seen, None), rushes[ref] if ref is not None else Rush.USUAL)
        gone = is_cause_gone(seen, consignment, screening.found_for(reader, seen))
        found.append(Queued(seen, ref, rush, gone))
    return sorted(found, key=lambda one: hold_queue.turn(one.hold, one.rush))


def one(hold: Hold, reader: Reader) -> Queued:
    """A single hold as it would stand in the queue."""
    ref = _ref(hold, reader)
    consignment = reader.consignment(ref) if ref is not None else None
    rush = hold_queue.rush_of(hold, consignment.papers if consignment is not None else None)
    gone = is_cause_gone(hold, consignment, screening.found_for(reader, hold))
    return Queued(hold, ref, rush, gone)


def _ref(hold: Hold, reader: Reader) -> str | None:
    kind, _, name = hold.subject.partition(":")
    if kind == "unit":
        unit = reader.unit(name)
        return unit.consignment if unit is not None else None
    return name if kind == "consignment" else None


def fallen(reader: Reader, show: CargoShower) -> tuple[Fallen, ...]:
    """Approvals that fell away lately, for whoever gave them and for whoever may give them again; the newest first."""
    found: dict[tuple[str, str], Fallen] = {}
    actor = show.page.actor
    for entry in reader.latest_entries(limit=100, types=("PermissionDropped",)):
        kind, given_by = PermissionKind(str(entry.data["kind"])), str(entry.data["given_by"])
        ref = entry.subject.partition(":")[2]
        mine = given_by == actor.id
        if kind not in PROTECTED or not (mine or actor.may_step(GIVING[kind])) or (ref, kind) in found:
            continue
        consignment = reader.consignment(ref)
        if consignment is None or kind not in consignment.dropped or consignment.stage in ENDED:
            continue
        why = str(entry.data["why"])
        found[ref, kind] = Fallen(ref, kind.value, show.name(given_by), why, entry.at, mine)
    return tuple(found.values())


def units_of(one: Queued, reader: Reader) -> tuple[tuple[str, str, bool], ...]:
    """Units that a hold on a whole consignment could be narrowed to: label, goods, and whether it is about this one."""
    hold = one.hold
    if one.ref is None or not hold.subject.startswith("consignment:") or hold.severity is HoldSeverity.BLOCK:
        return ()
    consignment = reader.consignment(one.ref)
    lines = {line.no: line.description for line in consignment.papers.lines} if consignment else {}
    return tuple(
        (unit.label, lines.get(unit.line or 0, ""), hold.target == f"line:{unit.line}")
        for unit in reader.units_of(one.ref)
        if unit.stage not in _GONE or unit.stage is Stage.PRE_ADVICE
    )


def said_of(one: Queued, reader: Reader) -> list[Finding]:
    """What the check of a hold found in its last run, on the hold's target."""
    consignment = reader.consignment(one.ref) if one.ref is not None else None
    found = (consignment.findings if consignment is not None else screening.found_for(reader, one.hold)) or ()
    return [
        finding for finding in found if (finding.check, finding.target) == (one.hold.check, one.hold.target)
    ]


def shown(one: Queued, reader: Reader, show: CargoShower, *, waiting: bool = False) -> vm.HoldView:
    """One hold of the queue; with ``waiting`` also what stands behind it."""
    return replace(
        show.hold(one.hold),
        rush="" if one.rush is Rush.USUAL else one.rush.name,
        cause_gone=one.gone,
        waiting=_waiting(one, reader, show) if waiting else None,
    )


def _waiting(one: Queued, reader: Reader, show: CargoShower) -> Waiting:
    kind, _, name = one.hold.subject.partition(":")
    if one.ref is None:
        visit = reader.visit(name) if kind == "visit" else None
        if visit is None:
            return Waiting(0)
        return Waiting(len(visit.units), ((visit.id, visit.plate or visit.id),) if visit.inside else ())
    if kind == "unit":
        unit = reader.unit(name)
        count = int(unit is not None and unit.stage not in _GONE)
    else:
        count = sum(n for stage, n in reader.unit_stages(one.ref).items() if stage not in _GONE)
    visits = [
        visit for identity in reader.visits_of(one.ref) if (visit := reader.visit(identity)) is not None
    ]
    consignment = reader.consignment(one.ref)
    return Waiting(
        count,
        tuple((visit.id, visit.plate or visit.id) for visit in visits if visit.inside),
        consignment.stage.value if consignment is not None else "",
    )


def together(queued: Iterable[Queued], show: CargoShower) -> tuple[Together, ...]:
    """Groups of two or more holds of this reader with the same cause gone: same check, same owner, no block."""
    groups: dict[tuple[str, str], list[Queued]] = defaultdict(list)
    for one in queued:
        mine = bool(show.page.actor.roles & one.hold.lift_roles)
        if mine and one.gone and one.hold.severity is HoldSeverity.HOLD and one.hold.check is not None:
            groups[one.hold.check, one.hold.authority.value].append(one)
    made = []
    for (check, authority), members in groups.items():
        if len(members) > 1:
            first = show.hold(members[0].hold)
            ids = tuple(one.hold.id for one in members)
            refs = tuple(one.ref or "" for one in members)
            made.append(Together(check, first.check_title, authority, ids, refs))
    return tuple(made)

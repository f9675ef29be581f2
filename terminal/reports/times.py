"""How long things take, stage by stage and from arrival to exit, in the form of the WCO Time Release Study.

A time counts on the day on which it ended. *Waiting on* says who has to act next: terminal, customs, border, the Afghan
side; a hold says it by its authority.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from terminal.reports.figures import minutes, share, spread
from terminal.reports.model import Column, Report, Section, Value
from terminal.reports.source import Source
from terminal.store.journal import Entry
from terminal.web.i18n import N_
from workflows.announce_state import Priority
from workflows.checks.documents import normalise_regime
from workflows.papers import Papers
from workflows.stages import Stage
from workflows.state import Authority, PermissionKind

#: who has to act next on a consignment at a stage
WAITS_ON: Mapping[Stage, Authority] = {
    Stage.PRE_ADVICE: Authority.AGENCY,
    Stage.GATE_IN: Authority.TERMINAL,
    Stage.DOC_CHECK: Authority.CUSTOMS,
    Stage.RISK: Authority.CUSTOMS,
    Stage.INSPECT: Authority.CUSTOMS,
    Stage.SAMPLE: Authority.PHYTO_VET_SANITARY,
    Stage.CUSTOMS_RELEASE: Authority.TERMINAL,
    Stage.RELEASE: Authority.TERMINAL,
    Stage.GATE_OUT: Authority.BORDER,
    Stage.BORDER_EXIT: Authority.AFGHAN_SIDE,
    Stage.ARRIVED_AF: Authority.AFGHAN_SIDE,
}
_REGIME_FIELDS = ("regime", "procedure", "режим", "rejim")
_NEVER_STAYED = frozenset({Stage.PRE_ADVICE})


@dataclass(frozen=True, slots=True)
class Stay:
    """One thing at one stage, from when until when (UTC)."""

    stage: Stage
    start: datetime
    end: datetime

    @property
    def minutes(self) -> int:
        """Whole minutes."""
        return minutes(self.start, self.end)


def stays(entries: list[Entry]) -> list[Stay]:
    """The stays that follow from the stage events of one thing, given newest first as the reader gives them."""
    reached = [(stage, entry.at) for entry in reversed(entries) if (stage := _stage(entry)) is not None]
    return [Stay(a, start, end) for (a, start), (_, end) in pairwise(reached)]


def _stage(entry: Entry) -> Stage | None:
    match entry.type:
        case "ConsignmentAnnounced" | "VisitAnnounced":
            return Stage.PRE_ADVICE
        case "VisitEntered":
            return Stage.GATE_IN
        case "VisitSealed":
            return Stage.SEAL
        case "StageChanged":
            return Stage(str(entry.data["stage"]))
        case _:
            return None


def regime_of(papers: Papers) -> str:
    """The customs regime that the papers state (TR80, IM74 ...); empty when none does."""
    for paper in papers.documents:
        for key in _REGIME_FIELDS:
            if paper.fields.get(key):
                return normalise_regime(str(paper.fields[key]))[:12]
    return ""


def make(source: Source) -> Report:
    """The report of stage times."""
    consignments: dict[str, None] = {}
    visits: dict[str, None] = {}
    held: list[str] = []
    approvals: dict[str, datetime] = {}
    for entry in source.events(
        "StageChanged", "VisitEntered", "VisitSealed", "HoldLifted", "PermissionGranted"
    ):
        kind, _, name = entry.subject.partition(":")
        if entry.type == "HoldLifted":
            held.append(str(entry.data["hold_id"]))
        elif entry.type == "PermissionGranted":
            if entry.data["permission"]["kind"] == PermissionKind.AFGHAN_APPROVAL:
                approvals.setdefault(name, entry.at)
        elif kind == "consignment":
            consignments[name] = None
        elif kind == "visit":
            visits[name] = None
    cargo = {ref: stays(source.reader.stages_of(f"consignment:{ref}")) for ref in consignments}
    trucks = {name: stays(source.reader.stages_of(f"visit:{name}")) for name in visits}
    sections = (
        _by_stage(source, "consignments", N_("Consignments, by stage"), cargo, waits=True),
        _by_stage(source, "vehicles", N_("Vehicles, by stage"), trucks, waits=False),
        *_through(source, cargo),
        _vehicles_through(source, trucks),
        _waiting(source, cargo, held, approvals),
    )
    return source.report(
        "times",
        N_("Stage times"),
        sections,
        notes=(
            N_(
                "Form of the Time Release Study of the World Customs Organization. A time counts on the day on which it ended."
            ),
            N_("Nine of ten: the time that nine of ten did not exceed (nearest rank)."),
        ),
    )


_SPREAD = (
    Column("count", N_("How many"), "number"),
    Column("mean_minutes", N_("Mean"), "minutes"),
    Column("median_minutes", N_("Median"), "minutes"),
    Column("p90_minutes", N_("Nine of ten"), "minutes"),
    Column("max_minutes", N_("Longest"), "minutes"),
)


def _cells(values: list[int]) -> tuple[Value, ...]:
    found = spread(values)
    if found is None:
        return (0, None, None, None, None)
    return (found.count, found.mean, found.median, found.p90, found.longest)


def _by_stage(
    source: Source, key: str, title: str, things: Mapping[str, list[Stay]], *, waits: bool
) -> Section:
    times: dict[Stage, list[int]] = defaultdict(list)
    for found in things.values():
        for stay in found:
            if source.span.holds(stay.end) and stay.stage not in _NEVER_STAYED:
                times[stay.stage].append(stay.minutes)
    targets = source.reference.tolerances.dwell_minutes
    rows: list[tuple[Value, ...]] = []
    marked = set()
    for stage in Stage:
        if not times[stage]:
            continue
        target = targets.get(stage.value)
        within = None if target is None else sum(1 for value in times[stage] if value <= target)
        if within is not None and within < len(times[stage]):
            marked.add(len(rows))
        whom = WAITS_ON.get(stage, Authority.TERMINAL).value
        rows.append(
            (
                stage.value,
                *((whom,) if waits else ()),
                *_cells(times[stage]),
                target,
                None if within is None else share(within, len(times[stage])),
            )
        )
    return Section(
        key,
        title,
        (
            Column("stage", N_("Stage"), "word:stage"),
            *((Column("waiting_on", N_("Waiting on"), "word:authority"),) if waits else ()),
            *_SPREAD,
            Column("target_minutes", N_("Target"), "minutes"),
            Column("within_target", N_("Within"), "share"),
        ),
        tuple(rows),
        nothing=N_("Nothing left a stage in these days."),
        marked=frozenset(marked),
    )


def _through(source: Source, cargo: Mapping[str, list[Stay]]) -> tuple[Section, ...]:
    """From arrival to exit, by mode, customs regime and priority."""
    by: dict[str, dict[str, list[int]]] = {name: defaultdict(list) for name in ("mode", "regime", "priority")}
    for ref, found in cargo.items():
        came = next((stay.start for stay in found if stay.stage is Stage.GATE_IN), None)
        last = [stay.end for stay in found if stay.stage is Stage.RELEASE and source.span.holds(stay.end)]
        consignment = source.reader.consignment(ref)
        if came is None or not last or consignment is None or consignment.stage is Stage.LOST:
            continue
        took = minutes(came, last[-1])
        by["mode"][consignment.papers.mode.value].append(took)
        by["regime"][regime_of(consignment.papers)].append(took)
        by["priority"][_priority(source, ref)].append(took)
    target = source.reference.tolerances.dwell_minutes.get("cross_dock_total")
    heads = {
        "mode": (N_("Arrival to exit, by transport"), Column("mode", N_("Transport"), "word:mode")),
        "regime": (N_("Arrival to exit, by customs regime"), Column("regime", N_("Regime"), "code")),
        "priority": (N_("Arrival to exit, by priority"), Column("priority", N_("Priority"), "word:priority")),
    }
    sections = []
    for name, (title, column) in heads.items():
        rows = tuple(
            (group, *_cells(values), target, _within(values, target))
            for group, values in sorted(by[name].items())
        )
        sections.append(
            Section(
                f"through_{name}",
                title,
                (
                    column,
                    *_SPREAD,
                    Column("target_minutes", N_("Target"), "minutes"),
                    Column("within_target", N_("Within"), "share"),
                ),
                rows,
                nothing=N_("No consignment left in these days."),
            )
        )
    return tuple(sections)


def _within(values: list[int], target: int | None) -> Value:
    return None if target is None else share(sum(1 for value in values if value <= target), len(values))


def _priority(source: Source, ref: str) -> str:
    """The strongest priority of the vehicles that brought it."""
    found = [Priority.ORDINARY]
    for name in source.reader.visits_ever_of(ref):
        visit = source.reader.visit(name)
        if visit is not None and ref in visit.brought and visit.priority in tuple(Priority):
            found.append(Priority(visit.priority))
    return min(found, key=lambda one: one.rank).value


def _vehicles_through(source: Source, trucks: Mapping[str, list[Stay]]) -> Section:
    by: dict[str, list[int]] = defaultdict(list)
    for name, found in trucks.items():
        came = next((stay.start for stay in found if stay.stage is Stage.GATE_IN), None)
        left = next(
            (e.at for e in source.reader.stages_of(f"visit:{name}") if _stage(e) is Stage.GATE_OUT), None
        )
        visit = source.reader.visit(name)
        if came is not None and left is not None and visit is not None and source.span.holds(left):
            by[visit.mode].append(minutes(came, left))
    return Section(
        "vehicles_through",
        N_("Vehicles, gate to gate"),
        (Column("mode", N_("Transport"), "word:mode"), *_SPREAD),
        tuple((mode, *_cells(values)) for mode, values in sorted(by.items())),
        nothing=N_("No vehicle left in these days."),
    )


def _waiting(
    source: Source, cargo: Mapping[str, list[Stay]], held: list[str], approvals: Mapping[str, datetime]
) -> Section:
    """On whom consignments waited: by the stages they stood at, by holds that ended, and for the paper from Kabul."""
    by: dict[tuple[str, str], list[int]] = defaultdict(list)
    for found in cargo.values():
        for stay in found:
            if source.span.holds(stay.end) and stay.stage in WAITS_ON and stay.stage not in _NEVER_STAYED:
                by[WAITS_ON[stay.stage].value, N_("At a stage")].append(stay.minutes)
    for identity in held:
        hold = source.reader.hold(identity)
        if hold is not None and hold.lifted_at is not None and source.sees(hold):
            by[hold.authority.value, N_("Under a hold")].append(minutes(hold.placed_at, hold.lifted_at))
    for ref, at in approvals.items():
        consignment = source.reader.consignment(ref)
        given = consignment.permission(PermissionKind.CUSTOMS_RELEASE) if consignment else None
        if given is not None and given.at < at:
            by[Authority.AFGHAN_SIDE.value, N_("For the Afghan approval, after customs release")].append(
                minutes(given.at, at)
            )
    return Section(
        "waiting",
        N_("Waiting on whom"),
        (Column("whom", N_("Waiting on"), "word:authority"), Column("why", N_("How"), "say"), *_SPREAD),
        tuple((whom, why, *_cells(values)) for (whom, why), values in sorted(by.items())),
        nothing=N_("Nobody waited in these days."),
    )

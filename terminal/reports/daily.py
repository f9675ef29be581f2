"""The terminal report of a day, a week or any days: what moved, what was held, refused, lost, and how quick and safe it was."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from terminal.reports.figures import minutes, spread
from terminal.reports.model import Column, Report, Section, Value
from terminal.reports.movements import TYPES, Movements
from terminal.reports.source import Source
from terminal.store import spans
from terminal.store.journal import Entry
from terminal.web.i18n import N_
from workflows.plain import from_plain
from workflows.roles import Right
from workflows.seizures import may_read
from workflows.stages import Stage
from workflows.state import Authority, Hold, PermissionKind

_MORE = ("HoldPlaced", "HoldLifted", "StepRefused", "ChecksRun", "InspectionDone", "ScanSetAside")
_STEPS = frozenset(stage.value for stage in Stage)
#: a clean consignment should be released within a day of its arrival
_A_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Counts:
    moved: Movements = field(default_factory=Movements)
    opened: dict[str, list[Hold]] = field(default_factory=lambda: defaultdict(list))
    ended: dict[str, datetime] = field(default_factory=dict)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    released: dict[str, datetime] = field(default_factory=dict)
    checks: int = 0
    inspections: int = 0
    findings: int = 0
    late: int = 0

    def take(self, entry: Entry) -> None:
        self.moved.take(entry)
        match entry.type:
            case "HoldPlaced":
                hold = from_plain(Hold, entry.data["hold"])
                self.opened[hold.authority.value].append(hold)
            case "HoldLifted":
                self.ended[str(entry.data["hold_id"])] = entry.at
            case "StepRefused" if entry.data["step"] in _STEPS:
                self.refused[str(entry.data["step"]), str(entry.data["reason"])] += 1
            case "ChecksRun":
                self.checks += 1
            case "InspectionDone":
                self.inspections += 1
                self.findings += entry.data["result"] in ("FINDING", "INDICATION")
            case "ScanSetAside":
                self.late += 1
            case "PermissionGranted":
                given = entry.data["permission"]
                if given["kind"] == PermissionKind.TERMINAL_RELEASE:
                    self.released.setdefault(entry.subject.partition(":")[2], entry.at)


def make(source: Source) -> Report:
    """The report. Seizures are counted for those who may read them, findings for those who read inspections."""
    counts = _Counts()
    for entry in source.events(*TYPES, *_MORE):
        counts.take(entry)
    standing = source.reader.counters("consignment.stage")
    sections = (
        _both(source, counts),
        counts.moved.vehicles(source),
        counts.moved.consignments(lambda _: True, standing),
        counts.moved.cargo(source, lambda _: True),
        _holds(source, counts),
        _refused(counts),
        _losses(source),
        *_seizures(source),
    )
    notes = () if source.may(Right.READ_RISK) else (N_("Holds that are not yours to see are not counted."),)
    one = source.span.first == source.span.last
    return source.report(
        "terminal", N_("Daily report") if one else N_("Terminal report"), sections, notes=notes
    )


def _both(source: Source, counts: _Counts) -> Section:
    """Speed and security side by side (MEASURES A)."""
    clean = within = 0
    for ref, at in counts.released.items():
        consignment = source.reader.consignment(ref)
        if consignment is None or consignment.holds:
            continue
        came = next(
            (
                e.at
                for e in source.reader.stages_of(f"consignment:{ref}")
                if e.data.get("stage") == Stage.GATE_IN
            ),
            None,
        )
        if came is not None:
            clean += 1
            within += at - came <= _A_DAY
    stays = [
        minutes(came, left)
        for name in counts.moved.left
        if (came := _entered(source, name)) is not None and (left := _gone(source, name)) is not None
    ]
    stay = spread(stays)
    rows: list[tuple[Value, ...]] = [
        ("stay", N_("Vehicle in to out, median (min)"), stay.median if stay else None),
        ("stay_p90", N_("Vehicle in to out, nine of ten within (min)"), stay.p90 if stay else None),
        ("clean", N_("Consignments without any hold that were released"), clean),
        ("within_day", N_("of them within 24 hours of arrival"), within),
        ("checks", N_("Runs of the checks"), counts.checks),
        (
            "holds",
            N_("Holds placed"),
            sum(1 for some in counts.opened.values() for h in some if source.sees(h)),
        ),
        ("late", N_("Late scans set aside"), counts.late),
    ]
    if source.may(Right.READ_INSPECTIONS):
        rows += [
            ("inspections", N_("Inspections done"), counts.inspections),
            ("findings", N_("of them with something found or indicated"), counts.findings),
        ]
    return Section(
        "both",
        N_("Quick and safe"),
        (
            Column("key", "", "hidden"),
            Column("what", N_("What"), "say"),
            Column("figure", N_("Figure"), "number"),
        ),
        tuple(rows),
    )


def _entered(source: Source, visit: str) -> datetime | None:
    stages = source.reader.stages_of(f"visit:{visit}")
    return next((entry.at for entry in stages if entry.type == "VisitEntered"), None)


def _gone(source: Source, visit: str) -> datetime | None:
    stages = source.reader.stages_of(f"visit:{visit}")
    return next((entry.at for entry in stages if entry.data.get("stage") == Stage.GATE_OUT), None)


def _holds(source: Source, counts: _Counts) -> Section:
    """Holds by authority: opened, ended, open now, how long ended ones took, how old the oldest open one is."""
    ended: dict[str, list[int]] = defaultdict(list)
    for identity, at in counts.ended.items():
        hold = source.reader.hold(identity)
        if hold is not None and source.sees(hold):
            ended[hold.authority.value].append(minutes(hold.placed_at, at))
    still: dict[str, list[int]] = defaultdict(list)
    after = None
    while lines := source.reader.holds_open(after, 500):
        for line in lines:
            if source.sees(line.hold):
                still[line.hold.authority.value].append(minutes(line.hold.placed_at, source.now))
        after = lines[-1].cursor
    rows: list[tuple[Value, ...]] = []
    for authority in Authority:
        code = authority.value
        opened = sum(1 for hold in counts.opened[code] if source.sees(hold))
        if opened or ended[code] or still[code]:
            took = spread(ended[code])
            ages = still[code]
            young = sum(1 for age in ages if age < 24 * 60)
            old = sum(1 for age in ages if age >= 3 * 24 * 60)
            rows.append(
                (
                    code,
                    opened,
                    len(ended[code]),
                    took.median if took else None,
                    len(ages),
                    young,
                    len(ages) - young - old,
                    old,
                    max(ages, default=None),
                )
            )
    return Section(
        "holds",
        N_("Holds by authority"),
        (
            Column("authority", N_("Authority"), "word:authority"),
            Column("opened", N_("Placed"), "number"),
            Column("ended", N_("Lifted"), "number"),
            Column("median_minutes", N_("Ended after, median"), "minutes"),
            Column("open", N_("Open now"), "number"),
            Column("open_under_1_day", N_("under 1 day"), "number"),
            Column("open_1_to_3_days", N_("1 to 3 days"), "number"),
            Column("open_3_days_and_more", N_("3 days and more"), "number"),
            Column("oldest_minutes", N_("Oldest open"), "minutes"),
        ),
        tuple(rows),
        nothing=N_("No holds."),
        marked=frozenset(number for number, row in enumerate(rows) if row[7]),
    )


def _refused(counts: _Counts) -> Section:
    rows = tuple(
        (step, reason, count)
        for (step, reason), count in sorted(counts.refused.items(), key=lambda item: (-item[1], item[0]))
    )
    return Section(
        "refused",
        N_("Refused scans and steps"),
        (
            Column("step", N_("Step"), "word:stage"),
            Column("reason", N_("Reason"), "code"),
            Column("count", N_("How many"), "number"),
        ),
        rows,
        nothing=N_("Nothing was refused."),
        total=("", "", counts.refused.total()) if len(rows) > 1 else (),
    )


def _losses(source: Source) -> Section:
    found = spans.losses_between(source.reader.connection, source.span.start, source.span.end)
    kinds = Counter(one.kind for one in found)
    return losses(kinds)


def losses(kinds: Counter[str]) -> Section:
    """Losses and damage by kind."""
    return Section(
        "losses",
        N_("Losses and damage"),
        (Column("kind", N_("Kind"), "word:loss_kind"), Column("units", N_("Units"), "number")),
        tuple((kind, count) for kind, count in sorted(kinds.items())),
        nothing=N_("No loss or damage was noted."),
    )


def _seizures(source: Source) -> tuple[Section, ...]:
    if not source.may(Right.READ_SEIZURES):
        return ()
    count, before = 0, None
    while page := source.reader.inspecting.seizures(before, 200):
        count += sum(1 for one in page if source.span.holds(one.at) and may_read(one, source.actor))
        if page[-1].at < source.span.start:
            break
        before = page[-1].case_no
    return (
        Section(
            "seizures",
            N_("Seizures"),
            (
                Column("key", "", "hidden"),
                Column("what", N_("What"), "say"),
                Column("count", N_("How many"), "number"),
            ),
            (("recorded", N_("Seizures recorded that you may read"), count),),
        ),
    )

"""The report to border liaison offices: movements, inspections, findings and seizures of a week, beside the weeks before.

Its form is our own proposal, versioned, because none is published; the same rows leave as CSV and XML. Nobody is named in it:
vehicles by plate, goods by group, persons not at all.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from terminal.reports.model import Column, Report, Section, Value
from terminal.reports.movements import TYPES, Movements
from terminal.reports.response import name_of, said
from terminal.reports.source import Source
from terminal.reports.span import Span
from terminal.web.i18n import N_
from workflows.inspection_confirming import TO_CONFIRM
from workflows.inspection_state import Inspection, Progress, Result
from workflows.seizure_state import Handling, Seizure
from workflows.seizures import may_read
from workflows.stages import Stage

#: so many spans stand beside each other: the one asked for and those before it, as long as it is
BESIDE = 5
_DONE_MOST = 100_000


def make(source: Source) -> Report:
    """The report; longer spans than a month stand alone, for nobody compares half years at a weekly meeting."""
    days = (source.span.last - source.span.first).days + 1
    spans = [_earlier(source.span, days * back) for back in range(BESIDE if days <= 31 else 1)][::-1]
    trend, moved = [], Movements()
    for span in spans:
        row, moved = _figures(replace(source, span=span))
        trend.append(row)
    found = _inspected(source)
    return source.report(
        "liaison",
        N_("Liaison report"),
        (
            _trend(trend),
            moved.vehicles(source),
            _methods(found),
            _findings(source, found),
            _seizures(_seized(source)),
        ),
        handling=Handling.LAW_ENFORCEMENT,
        notes=(
            N_(
                "Vehicles and releases count on their day, inspections on the day they were done. No person is named."
            ),
        ),
    )


def _earlier(span: Span, days: int) -> Span:
    back = timedelta(days=days)
    return Span(span.first - back, span.last - back)


def _inspected(source: Source) -> list[Inspection]:
    """Inspections that were done in the days, oldest first: an order waits a month at most."""
    first = source.span.start - timedelta(days=31)
    found = source.reader.inspecting.inspections_between(first, source.span.end, _DONE_MOST)
    done = (one for one in found if one.done_at is not None and one.progress is Progress.DONE)
    return sorted(
        (one for one in done if one.done_at is not None and source.span.holds(one.done_at)),
        key=lambda one: (one.done_at or one.ordered_at, one.id),
    )


def _seized(source: Source) -> list[Seizure]:
    """Records of the days that this reader may read, oldest first."""
    found: list[Seizure] = []
    before = None
    while page := source.reader.inspecting.seizures(before, 200):
        found += [one for one in page if source.span.holds(one.at) and may_read(one, source.actor)]
        if page[-1].at < source.span.start:
            break
        before = page[-1].case_no
    return found[::-1]


def _figures(source: Source) -> tuple[tuple[Value, ...], Movements]:
    moved = Movements()
    for entry in source.events(*TYPES):
        moved.take(entry)
    done = _inspected(source)
    row = (
        source.span.first,
        source.span.last,
        len(moved.came),
        len(moved.left),
        len(moved.stages.get(Stage.RELEASE.value, ())),
        len(done),
        sum(1 for one in done if one.counted in TO_CONFIRM),
        sum(1 for one in done if one.result is Result.FINDING),
        len(_seized(source)),
    )
    return row, moved


def _trend(rows: list[tuple[Value, ...]]) -> Section:
    return Section(
        "trend",
        N_("Figures and trend"),
        (
            Column("first", N_("First day"), "day"),
            Column("last", N_("Last day"), "day"),
            Column("vehicles_in", N_("Vehicles in"), "number"),
            Column("vehicles_out", N_("Vehicles out"), "number"),
            Column("released", N_("Consignments released"), "number"),
            Column("inspections", N_("Inspections"), "number"),
            Column("alarms", N_("Alarms"), "number"),
            Column("findings", N_("Findings"), "number"),
            Column("seizures", N_("Seizures"), "number"),
        ),
        tuple(rows),
    )


def _methods(found: list[Inspection]) -> Section:
    counted = Counter((one.method.value, one.result.value if one.result else "") for one in found)
    return Section(
        "inspections",
        N_("Inspections"),
        (
            Column("method", N_("Method"), "word:inspection_method"),
            Column("result", N_("Result"), "word:inspection_result"),
            Column("count", N_("How many"), "number"),
        ),
        tuple((method, result, count) for (method, result), count in sorted(counted.items())),
        nothing=N_("No inspection was done."),
    )


def _findings(source: Source, found: list[Inspection]) -> Section:
    rows = tuple(
        (
            one.done_at,
            name_of(source, one.subject),
            one.method.value,
            one.counted.value if one.counted else "",
            said(one) if one.counted in TO_CONFIRM else "",
            one.operation or "",
        )
        for one in found
        if one.counted in TO_CONFIRM or one.result is Result.FINDING
    )
    return Section(
        "findings",
        N_("Findings and alarms"),
        (
            Column("at", N_("Time"), "moment"),
            Column("on", N_("Stands on"), "code"),
            Column("method", N_("Method"), "word:inspection_method"),
            Column("result", N_("Result"), "word:inspection_result"),
            Column("came_of_it", N_("What came of it in the end"), "word:alarm"),
            Column("operation", N_("Joint operation")),
        ),
        rows,
        nothing=N_("Nothing was found or indicated."),
    )


def _seizures(records: list[Seizure]) -> Section:
    return Section(
        "seizures",
        N_("Seizures"),
        (
            Column("case_no", N_("Case"), "code"),
            Column("at", N_("Time"), "moment"),
            Column("handling", N_("Handling code"), "word:handling"),
            Column("commodity", N_("What"), "word:commodity"),
            Column("quantity", N_("Quantity"), "number"),
            Column("unit", N_("Unit")),
            Column("concealed", N_("Hidden in"), "word:concealment"),
            Column("direction", N_("Direction"), "code"),
            Column("from", N_("Country of departure"), "code"),
            Column("to", N_("Country of destination"), "code"),
        ),
        tuple(
            (
                one.case_no,
                one.at,
                one.handling.value,
                one.facts.commodity_group.value,
                one.facts.quantity,
                one.facts.uom,
                one.facts.concealment_place.value if one.facts.concealment_place else "",
                one.facts.direction,
                one.facts.country_of_departure,
                one.facts.country_of_destination,
            )
            for one in records
        ),
        nothing=N_("No seizure recorded"),
    )

"""The result sheet of one joint operation: its inspections with their times and results, and what was seized."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from decimal import Decimal

from terminal.reports.figures import minutes, spread
from terminal.reports.model import Column, Report, Section, Value
from terminal.reports.response import name_of, said
from terminal.reports.source import Source
from terminal.web.i18n import N_
from workflows.inspection_confirming import TO_CONFIRM
from workflows.inspection_state import Inspection, Progress, Result
from workflows.roles import Right
from workflows.seizure_state import Handling, Seizure
from workflows.seizures import may_read


def make(source: Source) -> Report:
    """The sheet of the operation ``source.operation``: its orders of the days, and the seizures this reader may read."""
    tagged = source.reader.inspecting.of_operation(source.operation)
    found = [one for one in tagged if source.span.holds(one.ordered_at)]
    seized = [
        one
        for one in source.reader.inspecting.seizures_of_operation(source.operation)
        if source.span.holds(one.at) and may_read(one, source.actor)
    ]
    return source.report(
        "operation",
        N_("Joint operation"),
        (_sheet(found, seized), _methods(found), _inspections(source, found), *_seizures(source, seized)),
        handling=Handling.LAW_ENFORCEMENT,
        scope=source.operation,
        signs=(N_("Customs"), N_("Border service"), N_("For the operation")),
    )


def _sheet(found: list[Inspection], seized: list[Seizure]) -> Section:
    done = [one for one in found if one.progress is Progress.DONE]
    alarms = [one for one in done if one.counted in TO_CONFIRM]
    begun = [minutes(one.ordered_at, one.started_at) for one in found if one.started_at is not None]
    came = spread(begun)
    ends = [one.done_at for one in done if one.done_at is not None]
    rows: tuple[tuple[Value, ...], ...] = (
        ("ordered", N_("Inspections ordered"), len(found)),
        ("done", N_("Inspections done"), len(done)),
        ("not_possible", N_("of them not possible"), _count(done, Result.NOT_POSSIBLE)),
        ("subjects", N_("Consignments, units and vehicles inspected"), len({one.subject for one in done})),
        ("alarms", N_("Anomalies and indications"), len(alarms)),
        ("confirmed", N_("of them something was there"), sum(1 for one in alarms if one.confirmed)),
        ("findings", N_("Findings"), _count(done, Result.FINDING)),
        ("seizures", N_("Seizures"), len(seized)),
        ("response_median", N_("Response, median (min)"), came.median if came else None),
        ("work", N_("Working time together (min)"), sum(one.minutes or 0 for one in done)),
    )
    return Section(
        "sheet",
        N_("Results"),
        (
            Column("key", "", "hidden"),
            Column("what", N_("What"), "say"),
            Column("figure", N_("Figure"), "number"),
        ),
        rows,
        note=_span_note(found, ends),
    )


def _count(done: list[Inspection], result: Result) -> int:
    return sum(1 for one in done if one.result is result)


def _span_note(found: list[Inspection], ends: list[datetime]) -> str:
    return "" if found and ends else N_("No inspection of this operation has a result yet.")


def _methods(found: list[Inspection]) -> Section:
    rows: list[tuple[Value, ...]] = []
    for method, orders in Counter(one.method for one in found).items():
        of_it = [one for one in found if one.method is method]
        results = Counter(one.result for one in of_it)
        rows.append(
            (
                method.value,
                orders,
                results[Result.NO_FINDING],
                results[Result.ANOMALY] + results[Result.INDICATION],
                results[Result.FINDING],
                results[Result.NOT_POSSIBLE],
                sum(one.minutes or 0 for one in of_it),
            )
        )
    rows.sort(key=lambda row: str(row[0]))
    return Section(
        "methods",
        N_("By method"),
        (
            Column("method", N_("Method"), "word:inspection_method"),
            Column("ordered", N_("Ordered"), "number"),
            Column("nothing", N_("Nothing found"), "number"),
            Column("alarms", N_("Alarms"), "number"),
            Column("findings", N_("Findings"), "number"),
            Column("not_possible", N_("Not possible"), "number"),
            Column("work_minutes", N_("Working time"), "minutes"),
        ),
        tuple(rows),
        nothing=N_("No inspection was ordered."),
    )


def _inspections(source: Source, found: list[Inspection]) -> Section:
    rows = tuple(
        (
            one.ordered_at,
            name_of(source, one.subject),
            one.method.value,
            one.started_at,
            one.done_at,
            one.minutes,
            one.result.value if one.result is not None else "",
            said(one) if one.counted in TO_CONFIRM else "",
        )
        for one in found
    )
    return Section(
        "inspections",
        N_("Inspections"),
        (
            Column("ordered_at", N_("Ordered"), "moment"),
            Column("on", N_("Stands on"), "code"),
            Column("method", N_("Method"), "word:inspection_method"),
            Column("started_at", N_("Begun"), "moment"),
            Column("done_at", N_("Done"), "moment"),
            Column("work_minutes", N_("Working time"), "minutes"),
            Column("result", N_("Result"), "word:inspection_result"),
            Column("came_of_it", N_("What came of it in the end"), "word:alarm"),
        ),
        rows,
        nothing=N_("No inspection was ordered."),
        marked=frozenset(number for number, one in enumerate(found) if one.result is Result.FINDING),
    )


def _seizures(source: Source, seized: list[Seizure]) -> tuple[Section, ...]:
    if not source.may(Right.READ_SEIZURES):
        return ()
    amounts: dict[tuple[str, str], tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for one in seized:
        key = (one.facts.commodity_group.value, one.facts.uom)
        count, quantity = amounts[key]
        amounts[key] = (count + 1, quantity + one.facts.quantity)
    return (
        Section(
            "seized",
            N_("Seized, by commodity"),
            (
                Column("commodity", N_("What"), "word:commodity"),
                Column("unit", N_("Unit"), "text"),
                Column("records", N_("Records"), "number"),
                Column("quantity", N_("Quantity"), "number"),
            ),
            tuple(
                (group, uom, count, quantity) for (group, uom), (count, quantity) in sorted(amounts.items())
            ),
            nothing=N_("No seizure recorded"),
        ),
        Section(
            "records",
            N_("Seizures"),
            (
                Column("case_no", N_("Case"), "code"),
                Column("at", N_("Time"), "moment"),
                Column("commodity", N_("What"), "word:commodity"),
                Column("quantity", N_("Quantity"), "number"),
                Column("unit", N_("Unit")),
                Column("concealed", N_("Hidden in"), "word:concealment"),
            ),
            tuple(
                (
                    one.case_no,
                    one.at,
                    one.facts.commodity_group.value,
                    one.facts.quantity,
                    one.facts.uom,
                    one.facts.concealment_place.value if one.facts.concealment_place else "",
                )
                for one in seized
            ),
            nothing=N_("No seizure recorded"),
        ),
    )

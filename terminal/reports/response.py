"""Response and hit rates of inspections: how long dogs, X-ray and the others took to come, and what their alarms were worth.

An order belongs to the days on which it was given. *Response* is from the order to the beginning. An *alarm* is an anomaly or
an indication; it is *confirmed* when somebody has said that something was there, and the hit rate is confirmed alarms of
those of which anybody has said what came. A finding is its own proof and stands apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from terminal.reports.figures import minutes, share, spread
from terminal.reports.model import Column, Report, Section, Value
from terminal.reports.source import Source
from terminal.reports.span import day_of
from terminal.web.i18n import N_
from terminal.web.wording_announce import WEEKDAYS
from workflows.inspection_confirming import TO_CONFIRM
from workflows.inspection_state import Inspection, Method, Progress, Result
from workflows.seizure_state import Handling

#: inspections of one report; a terminal that orders more in two years has a database of its own to ask
_MOST = 100_000
_NOTE = N_(
    "Response: from the order to the beginning. Alarm: anomaly or indication. Hit rate: alarms in which something was there, "
    "of those of which somebody has said what came."
)


def make(source: Source) -> Report:
    """The report over orders of the days."""
    found = source.reader.inspecting.inspections_between(source.span.start, source.span.end, _MOST)
    return source.report(
        "response",
        N_("Response and hit rates"),
        (_methods(found), _instruments(source, found), _alarms(source, found), _calendar(found)),
        handling=Handling.LAW_ENFORCEMENT,
        notes=(_NOTE,),
    )


def said(one: Inspection) -> str:
    """What is known of an alarm: YES, NO, or OPEN."""
    return "OPEN" if one.confirmed is None else "YES" if one.confirmed else "NO"


def name_of(source: Source, subject: str) -> str:
    """What people call what is inspected: a vehicle by its plate, everything else by its number."""
    kind, _, name = subject.partition(":")
    visit = source.reader.visit(name) if kind == "visit" else None
    return (visit.plate or visit.expected_plate or name) if visit is not None else name


def _alarmed(found: Iterable[Inspection]) -> list[Inspection]:
    return [one for one in found if one.counted in TO_CONFIRM]


def _hits(found: Iterable[Inspection]) -> tuple[Value, ...]:
    """Alarms, those with something, with nothing, not said yet, and the hit rate."""
    alarms = _alarmed(found)
    yes = sum(1 for one in alarms if one.confirmed is True)
    no = sum(1 for one in alarms if one.confirmed is False)
    return (len(alarms), yes, no, len(alarms) - yes - no, share(yes, yes + no))


_HITS = (
    Column("alarms", N_("Alarms"), "number"),
    Column("confirmed", N_("something was there"), "number"),
    Column("refuted", N_("nothing was there"), "number"),
    Column("open", N_("nobody has said yet"), "number"),
    Column("hit_rate", N_("Hit rate"), "share"),
)


def _methods(found: list[Inspection]) -> Section:
    by: dict[Method, list[Inspection]] = defaultdict(list)
    for one in found:
        by[one.method].append(one)
    rows: list[tuple[Value, ...]] = []
    for method in Method:
        if not (orders := by.get(method)):
            continue
        begun = [one for one in orders if one.started_at is not None]
        came = spread([minutes(one.ordered_at, one.started_at) for one in begun if one.started_at])
        worked = spread([one.minutes for one in orders if one.minutes is not None])
        rows.append(
            (
                method.value,
                len(orders),
                sum(1 for one in orders if one.progress is Progress.DONE),
                came.median if came else None,
                came.p90 if came else None,
                came.longest if came else None,
                worked.median if worked else None,
                sum(1 for one in orders if one.result is Result.FINDING),
                *_hits(orders),
            )
        )
    return Section(
        "methods",
        N_("By method"),
        (
            Column("method", N_("Method"), "word:inspection_method"),
            Column("ordered", N_("Ordered"), "number"),
            Column("done", N_("Done"), "number"),
            Column("response_median_minutes", N_("Response, median"), "minutes"),
            Column("response_p90_minutes", N_("nine of ten within"), "minutes"),
            Column("response_longest_minutes", N_("Longest"), "minutes"),
            Column("work_median_minutes", N_("Work, median"), "minutes"),
            Column("findings", N_("Findings"), "number"),
            *_HITS,
        ),
        tuple(rows),
        nothing=N_("No inspection was ordered."),
        marked=frozenset(number for number, row in enumerate(rows) if row[-2]),
    )


def _instruments(source: Source, found: list[Inspection]) -> Section:
    by: dict[str, list[Inspection]] = defaultdict(list)
    for one in found:
        if one.equipment is not None and one.progress is Progress.DONE:
            by[one.equipment].append(one)
    rows = []
    for identity, used in sorted(by.items()):
        thing = source.reader.inspecting.equipment(identity)
        rows.append((identity, thing.name if thing is not None else "", len(used), *_hits(used)))
    return Section(
        "instruments",
        N_("By instrument, kit or dog"),
        (
            Column("equipment", N_("Number"), "code"),
            Column("name", N_("Name")),
            Column("used", N_("Used"), "number"),
            *_HITS,
        ),
        tuple(rows),
        nothing=N_("No instrument was used."),
    )


def _calendar(found: list[Inspection]) -> Section:
    """Alarms and findings by month and weekday (Tashkent): when, in the year and in the week, to look more closely."""
    counted: Counter[tuple[str, int]] = Counter()
    for one in found:
        if one.done_at is not None and (one.counted in TO_CONFIRM or one.result is Result.FINDING):
            day = day_of(one.done_at)
            counted[day.strftime("%Y-%m"), day.isoweekday()] += 1
    months = sorted({month for month, _ in counted})
    rows: list[tuple[Value, ...]] = [
        (month, *(counted[month, weekday] for weekday in range(1, 8))) for month in months
    ]
    most = max(counted.values(), default=0)
    return Section(
        "calendar",
        N_("Alarms and findings by month and weekday"),
        (
            Column("month", N_("Month"), "code"),
            *(Column(f"weekday_{number}", label, "number") for number, label in WEEKDAYS.items()),
        ),
        tuple(rows),
        nothing=N_("Nothing was found or indicated."),
        marked=frozenset(n for n, row in enumerate(rows) if len(rows) > 1 and most in row[1:]),
    )


def _alarms(source: Source, found: list[Inspection]) -> Section:
    rows = tuple(
        (
            one.done_at,
            one.method.value,
            name_of(source, one.subject),
            one.counted.value if one.counted is not None else "",
            one.equipment or "",
            said(one),
            minutes(one.done_at, one.confirmed_at) if one.done_at and one.confirmed_at else None,
        )
        for one in _alarmed(found)
    )
    return Section(
        "alarms",
        N_("Alarms"),
        (
            Column("at", N_("Time"), "moment"),
            Column("method", N_("Method"), "word:inspection_method"),
            Column("on", N_("Stands on"), "code"),
            Column("result", N_("Result"), "word:inspection_result"),
            Column("equipment", N_("Instrument, kit or dog"), "code"),
            Column("came_of_it", N_("What came of it in the end"), "word:alarm"),
            Column("said_after_minutes", N_("Said after"), "minutes"),
        ),
        rows,
        nothing=N_("No alarm."),
        marked=frozenset(number for number, row in enumerate(rows) if row[5] == "OPEN"),
    )

"""TMP: the cold chain. Chapter 8.3 of the domain notes; ranges and minutes in tolerances.json."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise

from workflows.checks.case import Bay, Case, TemperatureReading
from workflows.checks.documents import needed_now
from workflows.checks.facts import cannot_tell, finding
from workflows.checks.goods import goods_types
from workflows.checks.header import number_in
from workflows.checks.memo import once_a_case
from workflows.checks.reference import TemperatureRule
from workflows.findings import Finding, Severity
from workflows.papers import Document, Line

_RANGE = re.compile(r"([-−]?\d+(?:[.,]\d+)?)\s*(?:-|–|—|\.\.|to|до)\s*([-−]?\d+(?:[.,]\d+)?)")
_SINGLE = re.compile(r"^\s*(?:<=|≤)?\s*([-−]?\d+(?:[.,]\d+)?)\s*(?:°|c|с|$)", re.IGNORECASE)


def rule_of(case: Case, line: Line, types: frozenset[str]) -> TemperatureRule | None:
    """The storage rule of a line: its stated range with the alarm times of the nearest named range.

    A vaccine or cold-chain line without a range is taken as 2-8 °C. None: no temperature is asked.
    """
    named = {rule.name: rule for rule in case.reference.tolerances.temperature}
    stated = line.temperature
    if stated is None or (stated.min_c is None and stated.max_c is None):
        return named["2-8"] if types & {"VACCINE", "COLD_CHAIN"} else None
    high = stated.max_c
    if high is None:
        return None
    nearest = (
        named["-20"]
        if high <= -10
        else named["2-8"]
        if high <= 8
        else named["15-25"]
        if high <= 25
        else named["<=30"]
    )
    freeze = nearest.freeze_c if stated.min_c is None or stated.min_c >= 0 else None
    return TemperatureRule(
        nearest.name, stated.min_c, high, nearest.alarm_minutes, freeze, nearest.freeze_minutes
    )


@once_a_case
def cold_lines(case: Case) -> tuple[tuple[Line, TemperatureRule], ...]:
    """Lines that need a temperature record: vaccines, and everything to be kept at 8 °C or less.

    Goods of a cold-chain heading whose paper allows more than 8 °C (a rapid test at 2-30 °C) are none.
    """
    found = []
    for line in case.papers.lines:
        types = goods_types(case, line)
        rule = rule_of(case, line, types) if types & {"VACCINE", "COLD_CHAIN"} else None
        if rule is not None and ("VACCINE" in types or rule.max_c is None or rule.max_c <= 8):
            found.append((line, rule))
    return tuple(found)


def readings_for(case: Case, line: Line) -> list[TemperatureReading]:
    """Logger values of a line: observed, and those in the fields of an attached TEMP_LOG; in order of time."""
    found = [r for r in case.observations.temperatures if r.line in (None, line.no)]
    for paper in case.documents("TEMP_LOG"):
        if _about(paper, line):
            found.extend(_readings_in(paper))
    return sorted(found, key=lambda reading: reading.at)


def records(readings: Iterable[TemperatureReading]) -> list[list[TemperatureReading]]:
    """The readings by logger, each in the order given: what one saw does not interrupt what another saw."""
    found: dict[str, list[TemperatureReading]] = {}
    for reading in readings:
        found.setdefault(reading.logger, []).append(reading)
    return list(found.values())


def _about(paper: Document, line: Line) -> bool:
    wanted = paper.fields.get("line", paper.fields.get("lines"))
    if wanted is None:
        return True
    return str(line.no) in [str(n) for n in (wanted if isinstance(wanted, list | tuple) else [wanted])]


def _readings_in(paper: Document) -> Iterator[TemperatureReading]:
    for key in ("readings", "values", "log", "data"):
        rows = paper.fields.get(key)
        if isinstance(rows, list | tuple):
            for row in rows:
                if (reading := temperature_reading(row)) is not None:
                    yield reading


def temperature_reading(row: object) -> TemperatureReading | None:
    """One logger row: ``{"at": ..., "c": ...}`` in its usual spellings, or a pair; None when it is neither."""
    if isinstance(row, list | tuple) and len(row) >= 2:
        when, value, line, logger = row[0], row[1], None, ""
    elif isinstance(row, dict):
        when = next((row[k] for k in ("at", "time", "timestamp", "t") if k in row), None)
        value = next(
            (
                row[k]
                for k in ("c", "celsius", "temp_c", "temperature_c", "temperature", "temp", "value")
                if k in row
            ),
            None,
        )
        line = row.get("line") if isinstance(row.get("line"), int) else None
        logger = str(row.get("logger") or "")[:80]
    else:
        return None
    try:
        at = datetime.fromisoformat(str(when))
    except ValueError:
        return None
    celsius = number_with_sign(value)
    if celsius is None or at.tzinfo is None:
        return None
    return TemperatureReading(at, celsius, line, logger)


def number_with_sign(value: object) -> Decimal | None:
    """A temperature as number or text, minus sign in any form."""
    if isinstance(value, str):
        text = value.strip().replace("−", "-")
        negative, rest = text.startswith("-"), text.lstrip("+-")
        number = number_in(rest)
        return None if number is None else -number if negative else number
    return number_in(value) if not isinstance(value, int | float | Decimal) else Decimal(str(value))


def no_record(case: Case) -> Iterator[Finding]:
    """TMP-01: a vaccine or cold-chain line has no temperature record, or the record has a gap over 60 minutes."""
    if not needed_now(case, "TALLY"):
        return
    limit = timedelta(minutes=case.reference.tolerances.max_gap_minutes)
    for line, rule in cold_lines(case):
        held = [paper for paper in case.documents("TEMP_LOG") if _about(paper, line)]
        readings = readings_for(case, line)
        if not held and not readings:
            yield finding("TMP-01", Severity.HOLD, f"line:{line.no}", range=_text(rule), why="missing")
            continue
        gaps = [(b.at - a.at, a.at) for record in records(readings) for a, b in pairwise(record)]
        if gaps and (worst := max(gaps))[0] > limit:
            minutes = int(worst[0].total_seconds() // 60)
            yield finding(
                "TMP-01", Severity.HOLD, f"line:{line.no}", range=_text(rule), why="gap", gap_minutes=minutes,
                after=worst[1].isoformat(), allowed_minutes=case.reference.tolerances.max_gap_minutes,
            )  # fmt: skip


def excursion(case: Case) -> Iterator[Finding]:
    """TMP-02: a run of readings outside the range lasts longer than allowed, or goods froze.

    A run is counted from its first to its last reading outside. Freezing below -0.5 °C for 60 minutes counts for
    2-8 °C goods whatever the alarm time. Cannot tell when a record is attached without values.
    """
    for line, rule in cold_lines(case):
        readings, target = readings_for(case, line), f"line:{line.no}"
        if not readings:
            if case.documents("TEMP_LOG") and (stated := _stated_excursion(case, rule)):
                yield finding("TMP-02", Severity.HOLD, target, range=_text(rule), **stated)
            elif case.documents("TEMP_LOG"):
                yield cannot_tell("TMP-02", target, "temperature_values")
            continue
        minutes, peak = _longest(readings, partial(_outside, rule=rule))
        frozen, coldest = (
            _longest(readings, partial(_frozen, rule=rule)) if rule.freeze_c is not None else (-1, Decimal(0))
        )
        if frozen >= rule.freeze_minutes > 0:
            yield finding(
                "TMP-02", Severity.HOLD, target, range=_text(rule), why="frozen", minutes=frozen, celsius=coldest,
                allowed_minutes=rule.freeze_minutes,
            )  # fmt: skip
        elif minutes > rule.alarm_minutes:
            yield finding(
                "TMP-02", Severity.HOLD, target, range=_text(rule), why="outside", minutes=minutes, celsius=peak,
                allowed_minutes=rule.alarm_minutes,
            )  # fmt: skip


def _stated_excursion(case: Case, rule: TemperatureRule) -> dict[str, object] | None:
    """An excursion that the record only summarises: minutes outside, extremes."""
    for paper in case.documents("TEMP_LOG"):
        fields = paper.fields
        minutes = number_in(
            next(
                (fields[k] for k in ("minutes_out", "minutes_outside", "excursion_minutes") if k in fields),
                None,
            )
        )
        highest, lowest = (number_with_sign(fields.get(key)) for key in ("max_c", "min_c"))
        if minutes is not None and minutes > rule.alarm_minutes:
            extreme = highest if highest is not None and _outside(highest, rule) else lowest
            return {
                "why": "outside",
                "minutes": int(minutes),
                "celsius": extreme,
                "allowed_minutes": rule.alarm_minutes,
            }
    return None


def _frozen(celsius: Decimal, rule: TemperatureRule) -> bool:
    return rule.freeze_c is not None and celsius < rule.freeze_c


def _outside(celsius: Decimal, rule: TemperatureRule) -> bool:
    return (rule.min_c is not None and celsius < rule.min_c) or (
        rule.max_c is not None and celsius > rule.max_c
    )


def _longest(readings: list[TemperatureReading], outside: Callable[[Decimal], bool]) -> tuple[int, Decimal]:
    """(minutes, extreme value) of the longest run outside; -1 when nothing was outside."""
    if len(several := records(readings)) > 1:
        return max((_longest(record, outside) for record in several), key=lambda found: found[0])
    best, peak = -1, Decimal(0)
    run: list[TemperatureReading] = []
    for reading in [*readings, None]:
        if reading is not None and outside(reading.celsius):
            run.append(reading)
            continue
        if run:
            minutes = int((run[-1].at - run[0].at).total_seconds() // 60)
            if minutes > best:
                best, peak = minutes, max((r.celsius for r in run), key=abs)
        run = []
    return best, peak


def bay_range(bay: Bay) -> tuple[Decimal | None, Decimal | None] | None:
    """What a bay gives, °C: stated, or written in its zone ("2-8", "15-25", "-20"); None when it gives no range."""
    if bay.min_c is not None or bay.max_c is not None:
        return bay.min_c, bay.max_c
    zone = bay.zone.replace("−", "-")
    if match := _RANGE.search(zone):
        low, high = (number_with_sign(match[n]) for n in (1, 2))
        return low, high
    if match := _SINGLE.match(zone):
        value = number_with_sign(match[1])
        if value is not None:
            return (value - 5, value + 5) if value < 0 else (None, value)
    return None


def wrong_zone(case: Case) -> Iterator[Finding]:
    """TMP-03: a line is planned for (or stands in) a bay that does not give the range it needs.

    A line that only asks for "up to 30 °C" in a bay without a range is a warning. Cannot tell for an unknown bay, or
    when cold goods are to be stored and no place is planned.
    """
    lines = {line.no: line for line in case.papers.lines}
    placed = {planned.line for planned in case.observations.storage_plan}
    stored = case.plan("storage") and needed_now(case, "STORAGE")
    for cold, range_of in cold_lines(case) if stored else ():
        if cold.no not in placed:
            yield cannot_tell("TMP-03", f"line:{cold.no}", "storage_plan", needed=_text(range_of))
    for planned in case.observations.storage_plan:
        line = lines.get(planned.line) if planned.line is not None else None
        if line is None:
            continue
        rule = rule_of(case, line, goods_types(case, line))
        if rule is None:
            continue
        bay, target = case.context.bays.get(planned.bay), f"line:{line.no}"
        if bay is None:
            yield cannot_tell("TMP-03", target, "bay", bay=planned.bay)
            continue
        given = bay_range(bay)
        facts = {"needed": _text(rule), "bay": bay.id, "zone": bay.zone}
        if given is None:
            ambient = rule.max_c is not None and rule.max_c >= 30 and (rule.min_c is None or rule.min_c <= 0)
            yield finding("TMP-03", Severity.WARN if ambient else Severity.HOLD, target, **facts)
            continue
        low, high = given
        too_warm = rule.max_c is not None and (high is None or high > rule.max_c)
        too_cold = rule.min_c is not None and (low is None or low < rule.min_c)
        if too_warm or too_cold:
            yield finding("TMP-03", Severity.HOLD, target, **facts)


def _text(rule: TemperatureRule) -> str:
    def number(value: Decimal) -> str:
        return format(value.normalize(), "f")

    if rule.min_c is None:
        return f"≤ {number(rule.max_c)} °C" if rule.max_c is not None else ""
    return (
        f"{number(rule.min_c)}…{number(rule.max_c)} °C"
        if rule.max_c is not None
        else f"≥ {number(rule.min_c)} °C"
    )

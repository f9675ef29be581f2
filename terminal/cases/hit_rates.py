"""The hit-rate report: how often each lane, indicator and profile selected goods, and how often something was found.

Counted over consignments whose lane was first chosen in a span of days (Tashkent, both included). *Selected* are those
it spoke for, *inspected* those that were looked into, *found* those in which something was; the rate is found of
inspected. Random selections stand apart: they are the measure by which the others are judged.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from terminal.cli.exporting import cell
from terminal.rules_in_force import RulesRoom
from terminal.store.reader import Reader
from terminal.store.routing import Routed
from workflows.customs_offices import Office
from workflows.evolve import TASHKENT
from workflows.routing_state import Lane

#: of fewer consignments no share tells anything
ENOUGH = 100
LONGEST = timedelta(days=732)
COLUMNS = (
    "office",
    "kind",
    "code",
    "selected",
    "inspected",
    "found",
    "rate_found",
    "share",
    "expected",
    "limit",
)


@dataclass(slots=True)
class _Count:
    """Counters of one row while they are filled."""

    selected: int = 0
    inspected: int = 0
    found: int = 0

    def add(self, one: Routed) -> None:
        """Count one consignment."""
        self.selected += 1
        self.inspected += one.inspected
        self.found += one.found


@dataclass(frozen=True, slots=True)
class Row:
    """One row. Shares and rates are parts of one, None where nothing was counted or nothing is set.

    ``kind``: lane, indicator, profile, random, capped, person. ``limit`` is the cap of a lane, or the least share of
    the draw. ``useless`` marks a profile that selected goods which were inspected, and never found anything.
    """

    office: str
    kind: str
    code: str
    selected: int
    inspected: int
    found: int
    rate_found: Decimal | None
    share: Decimal | None = None
    expected: Decimal | None = None
    limit: Decimal | None = None
    of: int = 0  # consignments that were counted

    @property
    def useless(self) -> bool:
        """True for a profile that should be looked at: inspected ten times, found nothing."""
        return self.kind == "profile" and self.inspected >= 10 and self.found == 0

    @property
    def off(self) -> bool:
        """True when a lane is used more than its cap or the draw less than its least share, and there is enough to tell."""
        if self.share is None or self.limit is None or self.of < ENOUGH:
            return False
        return self.share < self.limit if self.kind == "random" else self.share > self.limit


@dataclass(frozen=True, slots=True)
class Report:
    """The rows of one span of days, with how many consignments they rest on, by office."""

    first: date
    last: date
    counted: dict[str, int] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()


class SpanError(ValueError):
    """The days asked for make no span."""


def report(reader: Reader, room: RulesRoom, first: date, last: date, office: str = "") -> Report:
    """Count. Raises :class:`SpanError` when the last day is before the first, or the span is longer than two years."""
    if last < first or last - first > LONGEST:
        raise SpanError("the last day must not be before the first, nor more than two years after it")
    start, end = _begin(first), _begin(last + timedelta(days=1))
    rules = room.in_force(reader).reference
    offices = {one.code: one for one in rules.offices if not office or one.code == office}
    by_office: dict[str, list[Routed]] = {code: [] for code in offices}
    for one in reader.routing.between(start, end, office):
        by_office.setdefault(one.office, []).append(one)
    standing = {p.id: p for p in rules.profiles}
    rows: list[Row] = []
    for code, found in by_office.items():
        known = offices.get(code)
        mine = [p.id for p in standing.values() if not p.offices or code in p.offices]
        least = (
            max(known.random_red, rules.tolerances.random_red) if known else rules.tolerances.random_red,
            max(known.random_yellow, rules.tolerances.random_yellow)
            if known
            else rules.tolerances.random_yellow,
        )
        rows += _of_office(code, found, known, mine, least)
    return Report(first, last, {code: len(found) for code, found in by_office.items()}, tuple(rows))


def day_of(moment: datetime) -> date:
    """The day of a moment in Tashkent."""
    return moment.astimezone(TASHKENT).date()


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), TASHKENT)


def _of_office(
    code: str,
    found: list[Routed],
    office: Office | None,
    profiles: Iterable[str],
    least: tuple[Decimal, Decimal],
) -> Iterator[Row]:
    lanes = {lane: _Count() for lane in Lane}
    indicators: dict[str, _Count] = {}
    by_profile: dict[str, _Count] = {name: _Count() for name in profiles}
    drawn = {Lane.RED: _Count(), Lane.YELLOW: _Count(), Lane.BLUE: _Count()}
    capped, by_person = _Count(), _Count()
    for one in found:
        lanes[one.lane].add(one)
        choice = one.routing.choice
        assert choice is not None  # the row exists because there is one
        for fired in choice.profiles:
            by_profile.setdefault(fired.profile, _Count()).add(one)
        for reason in choice.reasons:
            if reason.indicator not in by_profile:
                indicators.setdefault(reason.indicator, _Count()).add(one)
        if choice.draw is not None and choice.draw.lane in drawn:
            drawn[choice.draw.lane].add(one)
        if choice.capped:
            capped.add(one)
        if one.routing.by_person:
            by_person.add(one)
    total = len(found)
    for lane, count in lanes.items():
        expected = office.expected.get(lane.value) if office is not None else None
        cap = office.cap_red if office is not None and lane is Lane.RED else None
        yield _row(code, "lane", lane.value, count, total, expected, cap)
    for lane, count in drawn.items():
        limit = {Lane.RED: least[0], Lane.YELLOW: least[1]}.get(lane, office.random_blue if office else None)
        yield _row(code, "random", lane.value, count, total, None, limit)
    yield _row(code, "capped", "RED", capped, total)
    yield _row(code, "person", "", by_person, total)
    for name, count in sorted(indicators.items()):
        yield _row(code, "indicator", name, count, total)
    for name, count in sorted(by_profile.items()):
        yield _row(code, "profile", name, count, total)


def _row(
    office: str,
    kind: str,
    code: str,
    count: _Count,
    total: int,
    expected: Decimal | None = None,
    limit: Decimal | None = None,
) -> Row:
    return Row(
        office,
        kind,
        code,
        count.selected,
        count.inspected,
        count.found,
        _share(count.found, count.inspected),
        _share(count.selected, total),
        expected,
        limit,
        total,
    )


def _share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.0001")) if whole else None


def as_csv(found: Report) -> str:
    """The report as CSV (UTF-8, comma, CRLF); no cell is run as a formula by a spreadsheet."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(("first", "last", *COLUMNS))
    for row in found.rows:
        writer.writerow(
            [found.first.isoformat(), found.last.isoformat(), *(cell(getattr(row, name)) for name in COLUMNS)]
        )
    return file.getvalue()

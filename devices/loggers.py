"""Files of temperature loggers: CSV as the makers' programs export it, to readings in UTC, and nothing in between.

A logger writes local time without saying which, so the time zone is always asked for and never assumed. Gaps stay
gaps: nothing is interpolated. Reading a file twice gives the same readings.

The forms read here: an optional block of ``name: value`` lines, then a heading, then rows, separated by comma,
semicolon or tab; numbers with a point or a comma; date and time together or in two columns; Celsius or Fahrenheit;
one temperature column or several channels.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LARGEST = 32 << 20
MOST_ROWS = 1_000_000
#: rows before the heading
MOST_ABOVE = 200

DateOrder = Literal["ymd", "dmy", "mdy"]

_TIME_WORDS = ("date", "time", "timestamp", "datum", "zeit", "дата", "время", "sana", "vaqt")
_TEMPERATURE_WORDS = (
    "temp",
    "°c",
    "°f",
    "celsius",
    "fahrenheit",
    "темп",
    "harorat",
    "t1",
    "ch1",
    "t (",
    "t[",
)
_DATE = re.compile(r"([0-9]{1,4})[./-]([0-9]{1,2})[./-]([0-9]{1,4})")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?:[.,][0-9]{1,6})?(?: ?([AaPp])\.?[Mm]\.?)?")
_ZONED = re.compile(r"(Z|[+-][0-9]{2}:?[0-9]{2})$")
_NUMBER = re.compile(r"([+-]?)([0-9]{1,4})(?:[.,]([0-9]{1,4}))?")
_SERIAL = re.compile(r"serial|s/n|logger id|device id|серийн", re.IGNORECASE)


class LoggerFileRefused(ValueError):  # noqa: N818 -- the name says what happened
    """The file cannot be read as a record: the sentence names line, column and what to do."""


@dataclass(frozen=True, slots=True)
class LoggerReading:
    """One value. ``at`` in UTC, ``c`` in degrees Celsius with the logger's own digits (Fahrenheit: to 0.01 °C)."""

    at: datetime
    c: Decimal
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """No reading between ``start`` and ``end``, longer than one and a half of the logger's usual interval."""

    start: datetime
    end: datetime

    @property
    def minutes(self) -> int:
        """Whole minutes."""
        return int((self.end - self.start).total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class LoggerRecord:
    """A whole file. ``skipped`` names rows without a usable value (line, why); they are gaps, not zeros."""

    readings: tuple[LoggerReading, ...]
    serial: str
    sha256: str
    interval: timedelta | None
    gaps: tuple[Gap, ...]
    skipped: tuple[tuple[int, str], ...] = ()
    channels: tuple[str, ...] = field(default=("",))

    def fields(self, channel: str | None = None) -> dict[str, Any]:
        """Fields of a ``TEMP_LOG`` document: ``readings`` as ``{"at", "c"}``, extremes, and where they came from."""
        kept = [r for r in self.readings if channel is None or r.channel == channel]
        values = [r.c for r in kept]
        return {
            "logger": self.serial,
            "sha256": self.sha256,
            "readings": [{"at": r.at.isoformat(), "c": str(r.c)} for r in kept],
            "min_c": str(min(values)),
            "max_c": str(max(values)),
            "gaps": [
                {"from": g.start.isoformat(), "to": g.end.isoformat(), "minutes": g.minutes}
                for g in self.gaps
            ],
            "skipped": len(self.skipped),
        }


def zone_of(name: str) -> tzinfo:
    """A time zone by its name (``Asia/Tashkent``, ``UTC``). Raises :class:`LoggerFileRefused`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise LoggerFileRefused(f"{name!r} is no time zone; write e.g. Asia/Tashkent or UTC.") from None


def read_logger(data: bytes, zone: tzinfo, *, dates: DateOrder | None = None) -> LoggerRecord:
    """Read a CSV file of a temperature logger.

    ``zone`` is the clock of the logger, used for times that name none. ``dates`` says how ambiguous dates are meant;
    when left out, the file itself must make it clear (a day above 12, or the year first). Raises
    :class:`LoggerFileRefused`.
    """
    lines = _rows(_text(data))
    heading, serial = _heading(lines)
    at_columns, channels = _columns(lines[heading][1], lines[heading][0])
    order = dates or _order([_cell(row, at_columns[0]) for _, row in lines[heading + 1 :]])
    readings: list[LoggerReading] = []
    skipped: list[tuple[int, str]] = []
    for number, row in lines[heading + 1 :]:
        if not any(cell.strip() for cell in row):
            continue
        when = " ".join(_cell(row, column) for column in at_columns).strip()
        moment = _moment(when, order, zone)
        if moment is None:
            skipped.append((number, f"{when!r} is no date and time"))
            continue
        for column, name, fahrenheit in channels:
            value = _degrees(_cell(row, column), fahrenheit)
            if value is None:
                skipped.append((number, f"{_cell(row, column)!r} is no temperature"))
            else:
                readings.append(LoggerReading(moment, value, name))
    if not readings:
        raise LoggerFileRefused("There is no single reading in the file; is it the logger's CSV export?")
    readings.sort(key=lambda one: (one.at, one.channel))
    readings = _once(readings)
    interval, gaps = _gaps(sorted({one.at for one in readings}))
    digest = hashlib.sha256(data).hexdigest()
    names = tuple(name for _, name, _ in channels)
    return LoggerRecord(tuple(readings), serial, digest, interval, gaps, tuple(skipped), names)


def _once(readings: list[LoggerReading]) -> list[LoggerReading]:
    """A row that stands there twice is one. Raises for two values at one time (an hour that came twice)."""
    kept: list[LoggerReading] = []
    for one in readings:
        if kept and (kept[-1].at, kept[-1].channel) == (one.at, one.channel):
            if kept[-1].c != one.c:
                raise LoggerFileRefused(
                    f"There are two different values at {one.at.isoformat()}: was the clock of the logger changed?"
                )
            continue
        kept.append(one)
    return kept


def _text(data: bytes) -> str:
    if len(data) > LARGEST:
        raise LoggerFileRefused(f"The file has more than {LARGEST >> 20} MB.")
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1251")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise LoggerFileRefused("This is no text file; export the record as CSV.")


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Rows with their line numbers, by the separator that stands in most lines."""
    sample = text.splitlines()[: MOST_ABOVE + 50]
    separator = max(
        "\t;,", key=lambda mark: (sum(mark in line for line in sample), mark == "\t", mark == ";")
    )
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    try:
        for row in reader:
            if len(rows) > MOST_ROWS:
                raise LoggerFileRefused(f"The file has more than {MOST_ROWS} rows.")
            rows.append((reader.line_num, row))
    except csv.Error as error:
        raise LoggerFileRefused(f"Line {reader.line_num}: {error}.") from None
    return rows


def _heading(rows: Sequence[tuple[int, list[str]]]) -> tuple[int, str]:
    """Index of the heading row, and the logger's serial number from the lines above it."""
    serial = ""
    for index, (_, row) in enumerate(rows[:MOST_ABOVE]):
        cells = [cell.strip().lower() for cell in row]
        timed = any(_is(cell, _TIME_WORDS) for cell in cells)
        if len(cells) > 1 and timed and any(_is(cell, _TEMPERATURE_WORDS) for cell in cells):
            return index, serial
        text = " ".join(cell.strip() for cell in row).strip()
        if not serial and _SERIAL.search(text):
            serial = re.split(r"[:=\s]+", text)[-1][:64]
    raise LoggerFileRefused("No row names a time and a temperature column; keep the heading in the export.")


def _is(cell: str, words: Sequence[str]) -> bool:
    return any(word in cell for word in words)


def _columns(names: list[str], line: int) -> tuple[list[int], list[tuple[int, str, bool]]]:
    """Columns of date and time, and of the temperatures: (column, name, whether it is in Fahrenheit)."""
    lowered = [name.strip().lower() for name in names]
    times = [
        n for n, name in enumerate(lowered) if _is(name, _TIME_WORDS) and not _is(name, ("elapsed", "°"))
    ][:2]
    degrees = [
        n
        for n, name in enumerate(lowered)
        if n not in times and _is(name, _TEMPERATURE_WORDS) and not _is(name, ("alarm", "limit", "тревог"))
    ]
    if not times or not degrees:
        raise LoggerFileRefused(f"Line {line}: there is no column of times or none of temperatures.")
    if len(times) == 2 and "date" in lowered[times[0]] and "time" in lowered[times[0]]:
        times = times[:1]  # a second time column beside one that has both
    named = len(degrees) > 1
    return times, [
        (
            n,
            names[n].strip() if named else "",
            "°f" in lowered[n] or "fahrenheit" in lowered[n] or "(f)" in lowered[n],
        )
        for n in degrees
    ]


def _cell(row: Sequence[str], column: int) -> str:
    return row[column].strip() if column < len(row) else ""


def _order(samples: Sequence[str]) -> DateOrder:
    """How dates are written. Raises when every date of the file could be meant in two ways."""
    found: set[DateOrder] = set()
    for sample in samples:
        parts = _DATE.match(sample)
        if not parts:
            continue
        first, second = int(parts[1]), int(parts[2])
        if len(parts[1]) == 4:
            return "ymd"
        if first > 12 >= second:
            found.add("dmy")
        elif second > 12 >= first:
            found.add("mdy")
    if len(found) != 1:
        raise LoggerFileRefused(
            "The dates can be read as day-month and as month-day: say which (dmy or mdy), or export with the year first."
        )
    return found.pop()


def _moment(text: str, order: DateOrder, zone: tzinfo) -> datetime | None:
    """A time in UTC; None when it is no time, or one that the clocks of the zone skipped."""
    parts = _DATE.match(text)
    if not parts:
        return None
    rest = text[parts.end() :].lstrip(" T,")
    zoned = _ZONED.search(rest)
    clock = _TIME.fullmatch(rest[: zoned.start()].strip() if zoned else rest)
    if not clock:
        return None
    numbers = [int(part) for part in parts.groups()]
    if len(parts[1]) == 4:
        year, month, day = numbers
    elif order == "mdy":
        month, day, year = numbers
    else:
        day, month, year = numbers
    hour, half = int(clock[1]), (clock[4] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        whole_year = year + 2000 if year < 100 else year
        local = datetime(whole_year, month, day, hour, int(clock[2]), int(clock[3] or 0))  # noqa: DTZ001 -- gets its zone below
        if zoned:
            return datetime.fromisoformat(local.isoformat() + zoned[1].replace("Z", "+00:00")).astimezone(UTC)
        moment = local.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.astimezone(zone).replace(tzinfo=None) == local else None


def _degrees(text: str, fahrenheit: bool) -> Decimal | None:
    found = _NUMBER.fullmatch(text.replace("−", "-").removesuffix("°C").removesuffix("°F").strip())
    if not found:
        return None
    value = Decimal(f"{found[1]}{found[2]}.{found[3] or ''}" if found[3] else f"{found[1]}{found[2]}")
    if fahrenheit:
        value = round((value - 32) * 5 / 9, 2)
    return value if -120 <= value <= 200 else None


def _gaps(moments: Sequence[datetime]) -> tuple[timedelta | None, tuple[Gap, ...]]:
    """The usual interval (the most frequent step) and every pause of more than one and a half of it."""
    steps = [b - a for a, b in pairwise(moments)]
    if not steps:
        return None, ()
    counted = Counter(steps)
    usual = max(counted, key=lambda step: (counted[step], -step))
    return usual, tuple(Gap(a, b) for a, b in pairwise(moments) if b - a > usual * 3 / 2)

"""The days of a report: from 00:00 of the first to 24:00 of the last, in Tashkent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from workflows.evolve import TASHKENT

#: no report is longer than two years
LONGEST = timedelta(days=732)


class SpanError(ValueError):
    """The days asked for make no span."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days, both included. Raises :class:`SpanError` when they are in the wrong order, or more than two years."""

    first: date
    last: date

    def __post_init__(self) -> None:
        """Refuse days that make no span."""
        if self.last < self.first or self.last - self.first > LONGEST:
            raise SpanError("the last day must not be before the first, nor more than two years after it")

    @property
    def start(self) -> datetime:
        """The first moment (UTC)."""
        return _begin(self.first)

    @property
    def end(self) -> datetime:
        """The first moment that is no longer of it (UTC)."""
        return _begin(self.last + timedelta(days=1))

    def holds(self, at: datetime) -> bool:
        """True for a moment of these days."""
        return self.start <= at < self.end

    @property
    def weeks(self) -> tuple[Span, ...]:
        """Its weeks, Monday to Sunday, the first and the last as far as they belong to it."""
        found, day = [], self.first
        while day <= self.last:
            sunday = day + timedelta(days=6 - day.weekday())
            found.append(Span(day, min(sunday, self.last)))
            day = sunday + timedelta(days=1)
        return tuple(found)


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), TASHKENT).astimezone(UTC)


def day_of(moment: datetime) -> date:
    """The day of a moment in Tashkent."""
    return moment.astimezone(TASHKENT).date()


def week_of(day: date) -> Span:
    """The week of a day, Monday to Sunday."""
    monday = day - timedelta(days=day.weekday())
    return Span(monday, monday + timedelta(days=6))

"""What a report is, apart from how it is shown: sections of rows with exact values, whose headings say what they mean.

A value is text, a whole number, a ``Decimal``, a moment (UTC) or a day; None is *not known*. How it is shown follows
from the ``form`` of its column. Headings and notes are English message ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from workflows.seizure_state import Handling

Value = str | int | Decimal | datetime | date | None
#: text: as it is; code: an identifier; say: a message id; number, kg, t (kg shown in tonnes), minutes, share (part of
#: one), moment, day; "word:KIND": a code of that kind of words
Form = str
FIGURES = frozenset({"number", "kg", "t", "minutes", "share"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name for programs, its heading for people, and how its values are shown."""

    key: str
    label: str
    form: Form = "text"

    @property
    def figure(self) -> bool:
        """True for what stands at the right of its cell."""
        return self.form in FIGURES


@dataclass(frozen=True, slots=True)
class Section:
    """A table. ``marked`` are the numbers of rows that somebody should look at; ``nothing`` is said when it is empty."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    nothing: str = ""
    total: tuple[Value, ...] = ()
    marked: frozenset[int] = frozenset()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One report for one reader: what it is about, over which days (Tashkent, both included), and its sections.

    ``entry`` is the last number of the journal that it could know of; ``scope`` says whose figures these are, empty for
    the whole terminal; ``signs`` are roles of those who sign it on paper.
    """

    kind: str
    title: str
    first: date
    last: date
    made: datetime
    entry: int
    sections: tuple[Section, ...]
    handling: Handling = Handling.TERMINAL
    scope: str = ""
    notes: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    form: int = 1  # version of its sections and columns; raised when one of them changes its meaning

    def section(self, key: str) -> Section:
        """The section of that name. Raises ``KeyError``."""
        for one in self.sections:
            if one.key == key:
                return one
        raise KeyError(key)

    def figure(self, section: str, row: str, column: str) -> Value:
        """One value, by the section's name, the first value of its row and the name of its column. Raises ``KeyError``."""
        found = self.section(section)
        at = next((n for n, one in enumerate(found.columns) if one.key == column), None)
        for values in found.rows:
            if at is not None and values[0] == row:
                return values[at]
        raise KeyError((section, row, column))

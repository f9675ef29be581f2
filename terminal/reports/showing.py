"""A report in one language: every value as text, the same on the page, on paper and in a sheet's headings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from terminal.reports.model import Column, Report, Section, Value
from terminal.web.i18n import N_, Words
from terminal.web.wording import WORDS, word

HIDDEN = "hidden"
PERIOD = N_("%(first)s to %(last)s")


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A table in words; ``columns`` without those that only programs read."""

    key: str
    title: str
    columns: tuple[Column, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...]
    nothing: str
    note: str
    marked: frozenset[int]

    @property
    def right(self) -> tuple[int, ...]:
        """Numbers of the columns that hold figures."""
        return tuple(number for number, one in enumerate(self.columns) if one.figure)


def value(words: Words, form: str, given: Value) -> str:
    """One value as people read it; a dash for what is not known."""
    if form == "say":
        return words.gettext(str(given)) if given else ""
    if given is None or (given == "" and form == "code"):
        return "–"
    if form.startswith("word:"):
        kind = form[5:]
        if not given:
            return "–"
        return words.gettext(word(kind, str(given))) if str(given) in WORDS.get(kind, {}) else str(given)
    if form == "minutes" and isinstance(given, int):
        return words.duration(given)
    if form == "share" and isinstance(given, Decimal):
        return f"{words.number((given * 100).quantize(Decimal('0.1')))}\N{NO-BREAK SPACE}%"
    if form == "t" and isinstance(given, Decimal):
        return words.tonnes(given)
    if form == "kg" and isinstance(given, Decimal):
        return words.kg(given)
    if isinstance(given, datetime):
        return words.datetime(given)
    if isinstance(given, date):
        return words.date(given)
    if isinstance(given, int | Decimal):
        return words.number(given)
    return given


def _row(words: Words, columns: tuple[Column, ...], row: tuple[Value, ...]) -> tuple[str, ...]:
    return tuple(
        value(words, column.form, given)
        for column, given in zip(columns, row, strict=True)
        if column.form != HIDDEN
    )


def section(words: Words, one: Section) -> ShownSection:
    """A section in words."""
    columns = tuple(column for column in one.columns if column.form != HIDDEN)
    total: tuple[str, ...] = ()
    if one.total:
        cells = [
            "" if given == "" else text for given, text in zip(one.total, _total(words, one), strict=True)
        ]
        cells[0] = words.gettext(N_("Together"))
        total = tuple(cells)
    return ShownSection(
        one.key,
        words.gettext(one.title),
        columns,
        tuple(words.gettext(column.label) for column in columns),
        tuple(_row(words, one.columns, row) for row in one.rows),
        total,
        words.gettext(one.nothing or N_("None.")),
        words.gettext(one.note) if one.note else "",
        one.marked,
    )


def _total(words: Words, one: Section) -> tuple[str, ...]:
    return tuple(
        value(words, column.form if given != "" else "text", given)
        for column, given in zip(one.columns, one.total, strict=True)
    )


def sections(words: Words, report: Report) -> tuple[ShownSection, ...]:
    """Every section in words."""
    return tuple(section(words, one) for one in report.sections)


def period(words: Words, report: Report) -> str:
    """The days of the report; nothing for one of the moment."""
    if report.kind == "shift":
        return words.datetime(report.made)
    first, last = words.date(report.first), words.date(report.last)
    return first if first == last else words.gettext(PERIOD) % {"first": first, "last": last}


def scope(words: Words, report: Report) -> str:
    """Whose figures these are, in words."""
    if report.kind == "shift":
        return words.gettext(word("shift_book", report.scope))
    return report.scope


def foot(words: Words, report: Report, by: str) -> str:
    """What stands at the foot of every page: when, by whom, on which entry it rests, and its handling code."""
    said = words.gettext(N_("Made %(time)s by %(name)s. Journal entry %(seq)s. Handling code: %(code)s."))
    told = said % {
        "time": words.datetime(report.made),
        "name": by,
        "seq": report.entry,
        "code": words.gettext(word("handling", report.handling.value)),
    }
    return f"{told} {form(report)}"


def form(report: Report) -> str:
    """The form of a report with its version, as programs that read it compare it: "karvon-terminal-1"."""
    return f"karvon-{report.kind}-{report.form}"

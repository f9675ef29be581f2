"""A report as a file: CSV with exact values for programs, XLSX for people who calculate, PDF for paper.

Nothing in a cell is ever run: a text that a spreadsheet would take for a formula is kept as text (CSV: with an
apostrophe in front; XLSX: as a string cell that is marked as quoted).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from terminal.cli.exporting import cell
from terminal.papers import drawing
from terminal.papers.sheet import Block, Facts, Figures, Prose, Sheet, Signs, Table
from terminal.reports import showing
from terminal.reports.model import Report, Value
from terminal.reports.number import number_of, symbol_of
from terminal.web import i18n
from terminal.web.i18n import N_, Words
from workflows.evolve import TASHKENT

MEDIA: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xml": "application/xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
#: languages that paper is drawn in; any other gets English
_PAPER = ("en", "ru", "uz", "uz-Cyrl")
_MARK = "•"
_NUMBERS: Mapping[str, str] = {
    "number": "#,##0",
    "minutes": "#,##0",
    "share": "0.0%",
    "kg": "#,##0.###",
    "t": "#,##0.000",
    "moment": "dd.mm.yyyy hh:mm",
    "day": "dd.mm.yyyy",
}
_LONGEST_CELL = 32_000


def name_of(report: Report, form: str) -> str:
    """The name of the file: kind, days, and ending; nothing a person typed stands in it."""
    days = report.first.isoformat()
    if report.last != report.first:
        days += f"_{report.last.isoformat()}"
    return f"karvon-{report.kind}-{days}.{form}"


def make(report: Report, form: str, language: str, by: str, place: str) -> bytes:
    """The report as ``csv``, ``xml``, ``xlsx`` or ``pdf``; ``by`` made it, ``place`` is the terminal. Raises ``KeyError``."""
    return {"csv": _csv, "xml": _xml, "xlsx": _xlsx, "pdf": _pdf}[form](report, language, by, place)


# --- CSV --------------------------------------------------------------------------------------------
def _csv(report: Report, _language: str, _by: str, _place: str) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    for number, one in enumerate(report.sections):
        if number:
            writer.writerow(())
        writer.writerow(("section", "first", "last", *(column.key for column in one.columns)))
        for row in one.rows:
            plain = (_plain(given) for given in row)
            writer.writerow((one.key, report.first.isoformat(), report.last.isoformat(), *plain))
    return file.getvalue().encode()


def _plain(given: Value) -> str:
    if isinstance(given, datetime):
        return given.isoformat()
    if isinstance(given, date):
        return given.isoformat()
    return cell(given)


# --- XML --------------------------------------------------------------------------------------------
def _xml(report: Report, _language: str, _by: str, place: str) -> bytes:
    """The rows as elements named ``row`` with one ``value`` a column; values as in CSV, nothing left out but blanks."""
    top = ElementTree.Element(
        "report",
        form=showing.form(report),
        first=report.first.isoformat(),
        last=report.last.isoformat(),
        handling=report.handling.value,
        scope=_clean(report.scope),
        terminal=_clean(place),
        number=number_of(report),
        entry=str(report.entry),
    )
    for one in report.sections:
        part = ElementTree.SubElement(top, "section", key=one.key)
        for row in one.rows:
            line = ElementTree.SubElement(part, "row")
            for column, given in zip(one.columns, row, strict=True):
                if given not in (None, ""):
                    text = given.isoformat() if isinstance(given, date) else str(given)
                    ElementTree.SubElement(line, "value", column=column.key).text = _clean(text)
    ElementTree.indent(top)
    told: bytes = ElementTree.tostring(top, encoding="utf-8", xml_declaration=True)
    return told


def _clean(text: str) -> str:
    """Text without the control characters that XML cannot hold."""
    return ILLEGAL_CHARACTERS_RE.sub("", text)


# --- XLSX -------------------------------------------------------------------------------------------
def _xlsx(report: Report, language: str, by: str, place: str) -> bytes:
    words = i18n.words(language)
    book = Workbook(write_only=True)
    rtl = words.language.dir == "rtl"
    front = book.create_sheet(_title(words.gettext(report.title), set()))
    front.sheet_view.rightToLeft = rtl
    front.column_dimensions["A"].width = 90
    lines = (
        (words.gettext(report.title), Font(bold=True, size=16)),
        (place, None),
        (showing.period(words, report), None),
        (showing.scope(words, report), None),
        *((words.gettext(note), None) for note in report.notes),
        (showing.foot(words, report, by), None),
        (number_of(report), None),
    )
    for text, font in lines:
        if text:
            front.append([_text(front, text, font)])
    names: set[str] = {front.title}
    for one, shown in zip(report.sections, showing.sections(words, report), strict=True):
        sheet = book.create_sheet(_title(shown.title, names))
        names.add(sheet.title)
        sheet.sheet_view.rightToLeft = rtl
        sheet.freeze_panes = "A2"
        kept = [number for number, column in enumerate(one.columns) if column.form != showing.HIDDEN]
        for number in range(1, len(kept) + 1):
            widest = max((len(row[number - 1]) for row in shown.rows[:500]), default=0)
            letter = get_column_letter(number)
            sheet.column_dimensions[letter].width = min(
                60, max(12, widest + 3, len(shown.head[number - 1]) + 3)
            )
        fill = PatternFill("solid", fgColor="E7EFEF")
        heads = []
        for text in shown.head:
            made = _text(sheet, text, Font(bold=True))
            made.fill = fill
            made.alignment = Alignment(wrap_text=True, vertical="top")
            heads.append(made)
        sheet.append(heads)
        for row, texts in zip(one.rows, shown.rows, strict=True):
            sheet.append(
                [_cell(sheet, one.columns[at].form, row[at], texts[number]) for number, at in enumerate(kept)]
            )
        if one.total:
            sheet.append([_text(sheet, text, Font(bold=True)) for text in shown.total])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _title(text: str, taken: set[str]) -> str:
    """A name that a sheet may have: no longer than 31, none of the characters that formulas use, not used before."""
    base = (
        "".join(" " if c in "[]:*?/\\'" else c for c in ILLEGAL_CHARACTERS_RE.sub(" ", text)).strip()[:31]
        or "-"
    )
    name, number = base, 2
    while name.casefold() in {one.casefold() for one in taken}:
        name = f"{base[:27]} {number}"
        number += 1
    return name


def _text(sheet: Any, text: str, font: Font | None = None) -> Any:
    """A cell that is text and stays text."""
    clean = ILLEGAL_CHARACTERS_RE.sub(" ", text)[:_LONGEST_CELL]
    made = WriteOnlyCell(sheet, value=clean)
    made.data_type = "s"  # the library takes a text that begins with = for a formula
    made.quotePrefix = True
    if font is not None:
        made.font = font
    return made


def _cell(sheet: Any, form: str, given: Value, text: str) -> Any:
    """A figure or a time as such, everything else as the text that people read."""
    shown: Any = given
    if isinstance(given, datetime):
        shown = given.astimezone(TASHKENT).replace(tzinfo=None)
    elif form == "t" and isinstance(given, Decimal):
        shown = given / 1000
    elif not isinstance(given, int | Decimal | date) or form not in _NUMBERS:
        return _text(sheet, "" if given is None else text)
    made = WriteOnlyCell(sheet, value=shown)
    made.number_format = _format(form, shown)
    return made


def _format(form: str, shown: Any) -> str:
    if form == "number" and isinstance(shown, Decimal) and shown != shown.to_integral_value():
        return "#,##0.###"
    return _NUMBERS[form]


# --- PDF --------------------------------------------------------------------------------------------
def _pdf(report: Report, language: str, by: str, place: str) -> bytes:
    words = i18n.words(language if language in _PAPER else "en")
    return drawing.pdf(sheet_of(report, words, by, place))


def sheet_of(report: Report, words: Words, by: str, place: str) -> Sheet:
    """The report as a paper."""
    blocks: list[Block] = []
    if named := showing.scope(words, report):
        blocks.append(Facts(((words.gettext(N_("For")), named),), columns=1))
    for one in showing.sections(words, report):
        if len(one.rows) <= 4 and len(one.columns) == 2 and one.columns[1].figure and one.rows:
            blocks.append(Prose("", one.title))
            blocks.append(Figures(tuple((row[0], row[1]) for row in one.rows)))
            continue
        rows = tuple(
            (f"{_MARK} {row[0]}", *row[1:]) if number in one.marked else row
            for number, row in enumerate(one.rows)
        )
        widths = tuple(_width(one, number) for number in range(len(one.columns)))
        blocks.append(
            Table(one.title, one.head, rows, widths, right=one.right, total=one.total, nothing=one.nothing)
        )
        if one.note:
            blocks.append(Prose(one.note))
    if any(one.marked for one in report.sections):
        blocks.append(Prose(f"{_MARK} {words.gettext(N_('Look at this line.'))}"))
    blocks += [Prose(words.gettext(note)) for note in report.notes]
    if report.signs:
        blocks.append(Signs(tuple((words.gettext(who), "") for who in report.signs)))
    number = number_of(report)
    return Sheet(
        words.gettext(report.title),
        showing.period(words, report),
        place,
        words.language.html,
        tuple(blocks),
        code=symbol_of(number),
        code_note=number,
        foot=showing.foot(words, report, by),
        page_of=words.gettext(N_("Page %(page)s of %(pages)s")),
    )


def _width(one: showing.ShownSection, number: int) -> float:
    """The share of the line that a column gets: by its longest text, its heading counting half."""
    texts = [row[number] for row in one.rows[:200]]
    longest = max(map(len, texts), default=0)
    word = max((len(part) for text in (*texts, one.head[number]) for part in text.split()), default=0)
    return float(max(8, min(word + 3, 24), min(28, longest)))

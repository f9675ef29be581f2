"""XLSX workbooks, read as data and never run.

The archive is measured before anything is unpacked, XML goes through defusedxml (no entities, no outside
files), formulas give their stored values only, macros and links are named and left alone.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from typing import IO
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from terminal.importing.limits import (
    MAX_CELL,
    MAX_COLUMNS,
    MAX_MEMBERS,
    MAX_MERGES,
    MAX_RATIO,
    MAX_ROWS,
    MAX_SHEETS,
    MAX_UNPACKED,
)
from terminal.importing.saying import said
from terminal.importing.sheets import Cell, FormulaWithoutValue, Merge, Sheet, Trouble, Unusable

_FORMULA = re.compile(rb"<f[ >/]")
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')
_ENTITY = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


def read_workbook(data: bytes) -> tuple[list[Sheet], list[Trouble]]:
    """Every sheet of a workbook with its values.

    Raises :class:`Unusable` for archives that unpack beyond the limits, hold entities, or are damaged.
    """
    troubles, formulas = _inspect(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl speaks of styles and extensions; nothing for people
            sheets, hidden = _sheets(data, formulas)
    except DefusedXmlException as fault:
        raise Unusable(said("file_entities"), "DAT-07") from fault
    except (InvalidFileException, zipfile.BadZipFile, ParseError, KeyError, ValueError, TypeError, IndexError,
            AttributeError, OSError, EOFError, RecursionError, NotImplementedError, RuntimeError) as fault:  # fmt: skip
        raise Unusable(said("file_damaged")) from fault
    if hidden:
        names = ", ".join(hidden)
        troubles.append(
            Trouble(
                "DAT-01",
                said("file_hidden", sheets=names),
                {"sheets": names},
            )
        )
    return sheets, troubles


def _inspect(data: bytes) -> tuple[list[Trouble], bool]:
    """Measure the archive; say what active content it has and whether any sheet has formulas."""
    troubles: list[Trouble] = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            if "mimetype" in names and "content.xml" in names:
                raise Unusable(said("file_ods"))
            if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
                raise Unusable(said("file_archive"))
            _measure(members)
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                troubles.append(Trouble("DAT-07", said("file_macros")))
            if any(name.startswith("xl/externalLinks/") for name in names):
                troubles.append(Trouble("DAT-07", said("file_links")))
            formulas = False
            for member in members:
                if member.filename.endswith((".xml", ".rels")):
                    with archive.open(member) as stream:
                        start = stream.read(4096)
                        if _ENTITY.search(start):
                            raise Unusable(said("file_entities"), "DAT-07")
                        if not formulas and member.filename.startswith("xl/worksheets/"):
                            formulas = _has_formula(start, stream)
            return troubles, formulas
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as fault:
        raise Unusable(said("file_damaged")) from fault


def _has_formula(start: bytes, stream: IO[bytes]) -> bool:
    block = start
    while block:
        if _FORMULA.search(block):
            return True
        tail = block[-4:]
        more = stream.read(1 << 20)
        block = tail + more if more else b""
    return False


def _measure(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS:
        raise Unusable(said("file_parts", count=len(members), limit=MAX_MEMBERS))
    total = sum(member.file_size for member in members)
    worst = max((m.file_size / max(m.compress_size, 1) for m in members if m.file_size > 1 << 20), default=0)
    if total > MAX_UNPACKED or worst > MAX_RATIO:
        raise Unusable(said("file_unpacks", size=total // (1 << 20)))


def _sheets(data: bytes, formulas: bool) -> tuple[list[Sheet], list[str]]:
    """Visible sheets, and the titles of hidden ones."""
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    with_formulas = (
        openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        if formulas
        else None
    )
    archive = zipfile.ZipFile(io.BytesIO(data))
    try:
        sheets: list[Sheet] = []
        hidden: list[str] = []
        for place, sheet in enumerate(book.worksheets[:MAX_SHEETS]):
            if sheet.sheet_state != "visible" and len(book.worksheets) > 1:
                hidden.append(sheet.title)
                continue
            sheet.reset_dimensions()
            rows, cut = _rows(sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS))
            if with_formulas is not None:
                twin = with_formulas.worksheets[place]
                twin.reset_dimensions()
                _mark_formulas(rows, _rows(twin.iter_rows(values_only=True, max_col=MAX_COLUMNS))[0])
            epoch_1904 = book.epoch.year == 1904
            path = getattr(sheet, "_worksheet_path", "").lstrip("/")
            sheets.append(Sheet(sheet.title, rows, epoch_1904, cut, _merges(archive, path)))
        return sheets, hidden
    finally:
        archive.close()
        book.close()
        if with_formulas is not None:
            with_formulas.close()


def _merges(archive: zipfile.ZipFile, path: str) -> tuple[Merge, ...]:
    """Merged ranges of one sheet that span rows; they stand behind the cells, in the last part of its XML."""
    if path not in archive.namelist():
        return ()
    found: list[Merge] = []
    with archive.open(path) as stream:
        tail = b""
        while block := stream.read(1 << 20):
            text = tail + block
            for match in _MERGE.finditer(text):
                left, top, right, bottom = range_boundaries(match[1].decode("ascii"))
                if (
                    left is not None
                    and top is not None
                    and right is not None
                    and bottom is not None
                    and bottom > top
                ):
                    found.append((top - 1, left - 1, bottom - 1, right - 1))
            tail = text[-64:].rpartition(b">")[2]
    return tuple(found[:MAX_MERGES])


def _rows(source: object) -> tuple[list[tuple[Cell, ...]], str | None]:
    rows: list[tuple[Cell, ...]] = []
    for row in source:  # type: ignore[attr-defined]
        if len(rows) >= MAX_ROWS:
            return rows, f"only the first {MAX_ROWS} rows were read"
        rows.append(
            tuple(
                cell if not isinstance(cell, str) or len(cell) <= MAX_CELL else cell[:MAX_CELL]
                for cell in row
            )
        )
    while rows and not any(cell is not None for cell in rows[-1]):
        rows.pop()
    return rows, None


def _mark_formulas(rows: list[tuple[Cell, ...]], formulas: list[tuple[Cell, ...]]) -> None:
    """Where a formula has no stored value, put the formula itself, so that the row can be reported."""
    for at, (row, other) in enumerate(zip(rows, formulas, strict=False)):
        if any(
            value is None and isinstance(text, str) and text.startswith("=")
            for value, text in zip(row, other, strict=False)
        ):
            rows[at] = tuple(
                FormulaWithoutValue(text)
                if value is None and isinstance(text, str) and text.startswith("=")
                else value
                for value, text in zip(row, other, strict=False)
            )

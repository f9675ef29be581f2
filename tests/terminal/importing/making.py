"""Makes the files that agencies send: CSV in any encoding, workbooks, JSON notes."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from terminal.importing import ParsedFile, read_file

SAMPLES = Path(__file__).parents[2] / "data" / "samples"


def csv_file(text: str, encoding: str = "utf-8", name: str = "list.csv") -> ParsedFile:
    """A text file read by the importer."""
    return read_file(name, text.encode(encoding))


def workbook(sheets: Mapping[str, Sequence[Sequence[Any]]], merges: Iterable[str] = ()) -> bytes:
    """A workbook's bytes; ``merges`` apply to the first sheet."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    for area in merges:
        book.worksheets[0].merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xlsx_file(
    rows: Sequence[Sequence[Any]], merges: Iterable[str] = (), name: str = "list.xlsx"
) -> ParsedFile:
    """A workbook of one sheet read by the importer."""
    return read_file(name, workbook({"Sheet": rows}, merges))


def json_file(content: object, encoding: str = "utf-8", name: str = "note.json") -> ParsedFile:
    """A JSON note read by the importer."""
    return read_file(name, json.dumps(content, ensure_ascii=False).encode(encoding))


def checks(parsed: ParsedFile) -> set[tuple[str, str]]:
    """(check, target) of every finding."""
    return {(finding.check, finding.target) for finding in parsed.findings}

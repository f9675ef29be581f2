"""One file of an agency to lines, units, header facts and a report: :func:`read_file`.

Never raises for what a file holds: an unknown layout or a broken file is a report with a reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from terminal.importing.arranging import arrange
from terminal.importing.columns import figure_of
from terminal.importing.decoding import decode, is_mojibake, read_delimited
from terminal.importing.layouts import Layout, find_layouts
from terminal.importing.limits import MAX_BYTES, MAX_FINDINGS_PER_CHECK
from terminal.importing.notes_in_json import read_json
from terminal.importing.numbers import Mark, plain, proven_mark
from terminal.importing.results import HeaderFacts, ParsedFile, ParsedTable, RowProblem
from terminal.importing.rows import TableReader
from terminal.importing.saying import Said, said
from terminal.importing.sheets import Sheet, Trouble, Unusable
from terminal.importing.table_cells import SEVERITIES
from terminal.importing.titles import Labels, collect, header_facts
from terminal.importing.vocabulary import unit_word
from terminal.importing.warnings_of_text import is_active
from terminal.importing.workbooks import read_workbook
from workflows.findings import Finding, Severity
from workflows.identifiers import Identifier, Kind, fold_lookalikes, read_as
from workflows.identifiers.folding import has_cyrillic

_FOREIGN = (
    (b"\xd0\xcf\x11\xe0", "file_xls"),
    (b"%PDF", "file_pdf"),
    (b"\x89PNG", "file_picture"),
    (b"\xff\xd8\xff", "file_picture"),
    (b"{\\rtf", "file_text_document"),
)


def read_file(name: str, data: bytes) -> ParsedFile:
    """Read one packing list, request form, consignment note or unit list (CSV, XLSX, JSON).

    ``name`` is for reports only: what a file is, its bytes decide. Weights come back in kg, codes folded but
    unchecked, every doubt as a finding (DAT-01..DAT-07, ID-01 for labels a spreadsheet destroyed) and as a
    problem with row, column, value and the fix.
    """
    digest = hashlib.sha256(data).hexdigest()
    try:
        layout, encoding, sheets, troubles = _open(name, data)
    except Unusable as verdict:
        finding = Finding(verdict.check, Severity.WARN, "consignment", {"file": name, "reason": str(verdict)})
        problem = _problem(verdict.words, None, "file", name, verdict.check)
        return ParsedFile(
            name, digest, "unreadable", findings=(finding,), problems=(problem,), unreadable=str(verdict)
        )
    return _read_sheets(ParsedFile(name, digest, layout, encoding=encoding), sheets, troubles)


def _open(name: str, data: bytes) -> tuple[str, str | None, list[Sheet], list[Trouble]]:
    if not data.strip():
        raise Unusable(said("file_empty"))
    if len(data) > MAX_BYTES:
        raise Unusable(said("file_large", size=len(data) // (1 << 20), limit=MAX_BYTES // (1 << 20)))
    for magic, code in _FOREIGN:
        if data.startswith(magic):
            raise Unusable(said(code))
    if data.startswith(b"PK"):
        sheets, troubles = read_workbook(data)
        return "xlsx", None, sheets, troubles
    decoded = decode(data)
    start = decoded.text.lstrip()[:200].lower()
    if start.startswith(("{", "[")) and (
        name.lower().endswith(".json") or start.lstrip("{[ \r\n\t").startswith(('"', "{", "}", "]"))
    ):
        return "json", decoded.encoding, read_json(decoded.text), []
    if start.startswith(("<!doctype html", "<html", "<?xml", "<table", "<meta")):
        raise Unusable(said("file_web"))
    sheet, troubles = read_delimited(name, decoded)
    return "csv", decoded.encoding, [sheet], troubles


def _read_sheets(parsed: ParsedFile, sheets: Sequence[Sheet], troubles: Sequence[Trouble]) -> ParsedFile:
    labels = Labels()
    found: list[tuple[Sheet, Layout]] = []
    findings = [_of_trouble(trouble) for trouble in troubles]
    problems = [_problem(t.words, None, "file", parsed.name, t.check, waits=False) for t in troubles]
    for sheet in sheets:
        layouts, loose = find_layouts(sheet)
        found.extend((sheet, layout) for layout in layouts)
        collect(sheet, loose, labels)
        _watch_titles(sheet, loose, findings, problems)
    stated = _stated(labels)
    workbook = parsed.layout == "xlsx"
    goods = labels.first("description")
    tables = [
        TableReader(
            sheet,
            layout,
            workbook=workbook,
            stated=stated,
            goods=None if "description" in layout.columns else goods,
        ).read()
        for sheet, layout in found
    ]
    header, undecided = header_facts(labels, _file_mark(found), _sums(tables))
    header = _with_row_facts(header, tables)
    for total in undecided:
        readings = [plain(reading) for reading in total.readings]
        findings.append(
            Finding(
                "DAT-05",
                Severity.HOLD,
                "consignment",
                {"column": total.name, "text": total.text, "readings": readings},
            )
        )
        words = said("open_total", text=total.text, low=readings[0], high=readings[1])
        problems.append(_problem(words, None, total.name, total.text, "DAT-05"))
    named = header.packages or header.gross_kg or header.documents or header.sender or header.consignee
    if not tables and not (named or header.goods or undecided):
        words = said("no_table")
        findings.append(
            Finding("DAT-01", Severity.WARN, "consignment", {"file": parsed.name, "missing": ["table"]})
        )
        problems.append(_problem(words, None, "file", parsed.name, "DAT-01"))
        parsed = replace(parsed, unreadable=words.english)
    code_findings, code_problems = _header_codes(header)
    arranged = arrange([(parsed.name, table) for table in tables])
    problems += [*code_problems, *(problem for table in tables for problem in table.problems)]
    limit = MAX_FINDINGS_PER_CHECK * 10
    return replace(
        parsed,
        tables=tuple(tables),
        header=header,
        open_totals=tuple(undecided),
        lines=arranged.lines,
        units=arranged.units,
        findings=(*findings, *code_findings, *arranged.findings),
        problems=tuple(problems[:limit]),
        more_problems=max(0, len(problems) - limit),
    )


def _problem(
    words: Said, row: int | None, column: str, value: str, check: str, *, sheet: str = "", waits: bool = True
) -> RowProblem:
    return RowProblem(sheet, row, column, value, words.english, check, waits, words.code, words.facts)


def _of_trouble(trouble: Trouble) -> Finding:
    facts = {"reason": trouble.words.english, **trouble.facts}
    return Finding(trouble.check, SEVERITIES.get(trouble.check, Severity.WARN), "consignment", facts)


def _watch_titles(
    sheet: Sheet, rows: Sequence[int], findings: list[Finding], problems: list[RowProblem]
) -> None:
    for at in rows:
        for cell in sheet.rows[at]:
            if not isinstance(cell, str) or not cell:
                continue
            check = "DAT-07" if is_active(cell) else "DAT-06" if is_mojibake(cell) else None
            if check is None or len(findings) > MAX_FINDINGS_PER_CHECK:
                continue
            findings.append(
                Finding(
                    check,
                    Severity.WARN,
                    "consignment",
                    {"sheet": sheet.name, "row": at + 1, "text": cell[:80]},
                )
            )
            words = said("formula" if check == "DAT-07" else "encoding")
            problems.append(_problem(words, at + 1, "title", cell[:80], check, sheet=sheet.name, waits=False))


def _stated(labels: Labels) -> dict[str, list[Decimal]]:
    """Every reading of the totals in the title block, in kg or pieces, as support for figures of the table."""
    stated: dict[str, list[Decimal]] = {}
    for name in ("package_count", "gross_kg", "net_kg"):
        for text, cell, head in labels.found.get(name, ()):
            figure = figure_of(cell if not isinstance(cell, str) else text)
            unit = unit_word(figure.unit) if figure.unit else None
            unit = unit if unit is not None and unit.family == "mass" else head.unit
            factor = unit.factor if unit is not None and unit.family == "mass" else Decimal(1)
            readings = figure.readings if figure.value is None else (figure.value,)
            stated.setdefault(name, []).extend(reading * factor for reading in readings)
    return stated


def _file_mark(found: Sequence[tuple[Sheet, Layout]]) -> Mark | None:
    figures = [
        figure_of(row[column.index])
        for sheet, layout in found
        for name, column in layout.columns.items()
        if name in ("gross_kg", "net_kg", "quantity", "volume_m3")
        for at in layout.body[:200]
        if column.index < len(row := sheet.rows[at]) and isinstance(row[column.index], str)
    ]
    return proven_mark(figures)


def _sums(tables: Sequence[ParsedTable]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for name in ("gross_kg", "net_kg"):
        sums[name] = sum(
            (value for t in tables for line in t.lines if (value := getattr(line, name)) is not None),
            Decimal(0),
        )
    return sums


def _with_row_facts(header: HeaderFacts, tables: Sequence[ParsedTable]) -> HeaderFacts:
    """What every row repeats is a fact of the whole: one container, one seal, one plate."""
    lines = [line for table in tables for line in table.lines]

    def common(values: list[str | None]) -> str | None:
        distinct = {value for value in values if value}
        return distinct.pop() if len(distinct) == 1 and None not in values else None

    if not lines:
        return header
    return replace(
        header,
        container=header.container or common([line.container for line in lines]),
        seal=header.seal
        or (common([line.seal for line in lines]) if len(lines) > 1 or header.container else None),
        plate=header.plate or common([line.raw.get("vehicle_plate") for line in lines]),
        trailer=header.trailer or common([line.raw.get("trailer_plate") for line in lines]),
    )


def _header_codes(header: HeaderFacts) -> tuple[list[Finding], list[RowProblem]]:
    """DAT-02 for codes of the title block: plates, container, document numbers."""
    findings: list[Finding] = []
    problems: list[RowProblem] = []
    watched = [
        ("vehicle:plate", "plate", header.plate),
        ("vehicle:trailer", "trailer", header.trailer),
        ("container", "container", header.container),
    ]
    for target, column, text in watched:
        letters = lookalikes_of(Kind.CONTAINER if target == "container" else Kind.PLATE, text)
        if letters:
            findings.append(Finding("DAT-02", Severity.WARN, target, {"text": text, "letters": letters}))
            words = said("file_lookalikes", letters=letters)
            problems.append(_problem(words, None, column, text or "", "DAT-02", waits=False))
    for document in header.documents:
        if is_mixed_script(document.number):
            findings.append(
                Finding("DAT-02", Severity.WARN, f"document:{document.type}", {"text": document.number})
            )
    return findings, problems


def lookalikes_of(kind: Kind, text: str | None) -> str:
    """The look-alike letters of a plate or container number, or an empty text when there are none."""
    if not text or text.isascii() or not has_cyrillic(text):
        return ""
    result = read_as(kind, text)
    notes = result.notes if isinstance(result, Identifier) else ()
    letters = next((note.facts.get("letters", "") for note in notes if note.check == "DAT-02"), "")
    return letters or " ".join(dict.fromkeys(fold_lookalikes(text.upper()).lookalikes))


def is_mixed_script(text: str) -> bool:
    """True when one number mixes Latin and Cyrillic letters; a wholly Cyrillic number is an honest one."""
    return has_cyrillic(text) and any("A" <= character.upper() <= "Z" for character in text)

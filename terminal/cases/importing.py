"""Files of an agency become a consignment: good rows are taken, bad ones wait, the same file twice changes nothing.

Files are parsed before the transaction (:func:`read`), which is slow and needs no books. What was read is judged on a
snapshot (:func:`foresee`), so that :func:`store`, one commit, only judges anew what has changed since.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from terminal.cases import consignments
from terminal.cases.answers import Answer
from terminal.cases.checking import Judge
from terminal.cases.once import Request, keep, once, record
from terminal.importing import Assembled, ParsedFile, WrongFactsError, figures, gather, read_file
from terminal.store.books import Books
from terminal.store.codes import storable
from terminal.store.desk import ImportFile, WaitingRow
from terminal.store.prepared import Prepared, prepare
from terminal.store.reader import Reader
from workflows import evolve, steps_consignment
from workflows.events import FileImported
from workflows.outcomes import Accepted, AlreadyDone, Outcome, Reason, refuse
from workflows.plain import to_plain
from workflows.roles import Right

LONGEST_REFERENCE = 80
#: a list of so many lines or units is judged before its transaction; a shorter one is judged in no time
LONG = 100


@dataclass(frozen=True, slots=True)
class Reading:
    """Files read and put together: what would be stored. ``sizes`` in bytes, by file in order."""

    files: tuple[ParsedFile, ...]
    sizes: tuple[int, ...]
    assembled: Assembled
    prepared: Prepared

    @property
    def reference(self) -> str:
        """The reference of the consignment."""
        return self.assembled.papers.reference

    @property
    def empty(self) -> bool:
        """True when no file gave a line or a unit: there is nothing to announce."""
        return not self.assembled.papers.lines and not self.assembled.papers.units

    @property
    def headers(self) -> dict[str, dict[str, str]]:
        """What each file states in its head, as written."""
        return {file.name: dict(file.header.raw) for file in self.files if file.header.raw}

    def body(self) -> dict[str, Any]:
        """What was asked, for the nonce."""
        return {
            "reference": self.reference,
            "files": [{"name": file.name, "sha256": file.sha256} for file in self.files],
        }

    def report(self) -> dict[str, Any]:
        """The report per row, JSON-able: figures, and every problem with row, column, value and the fix."""
        return {
            "consignment": self.reference,
            "parsed": figures(self.assembled.papers),
            "files": [file_report(file) for file in self.files],
            "findings": to_plain(self.assembled.findings),
        }


def file_report(file: ParsedFile) -> dict[str, Any]:
    """The report of one file."""
    return {
        "name": file.name,
        "sha256": file.sha256,
        "layout": file.layout,
        "encoding": file.encoding,
        "lines": len(file.lines),
        "units": len(file.units),
        "rows_waiting": file.rows_waiting,
        "unreadable": file.unreadable,
        "problems": [to_plain(problem) for problem in file.problems],
        "more_problems": file.more_problems,
    }


def read(uploads: Sequence[tuple[str, bytes]], facts: Mapping[str, object]) -> Reading:
    """Read files and pre-advice facts. Raises :class:`terminal.importing.WrongFactsError` for facts of a wrong shape."""
    parsed = tuple(read_file(name, data) for name, data in uploads)
    sizes = tuple(len(data) for _, data in uploads)
    return put_together(parsed, sizes, facts)


def put_together(files: Sequence[ParsedFile], sizes: Sequence[int], facts: Mapping[str, object]) -> Reading:
    """What parsed files and pre-advice facts give. Raises :class:`terminal.importing.WrongFactsError` for facts of a
    wrong shape, and for a reference or text that no database keeps."""
    assembled = gather(files, facts)
    reference = assembled.papers.reference
    if not 0 < len(reference) <= LONGEST_REFERENCE or not reference.isprintable():
        raise WrongFactsError(
            f"the reference {reference[:40]!r} cannot be used: give one of 1 to {LONGEST_REFERENCE} characters on one line"
        )
    headers = [file.header.raw for file in files]
    text = json.dumps(to_plain((assembled.findings, headers)), ensure_ascii=False)
    try:
        prepared = prepare(assembled.papers)
    except UnicodeEncodeError:  # half of a pair has no bytes
        prepared = None
    if prepared is None or any("\\u0000" in one or not storable(one) for one in (prepared.stored, text)):
        raise WrongFactsError("a text holds characters that are none (NUL, or half of a pair); write it anew")
    return Reading(tuple(files), tuple(sizes), assembled, prepared)


def foresee(reader: Reader, reading: Reading, request: Request, judge: Judge) -> None:
    """Judge what was read as if it were announced now, on a snapshot and beside the writer.

    The judge remembers it; in the transaction only those checks run whose facts have changed since, so the outcome is the
    same and no scan waits for a hundred thousand lines. Nothing is written. Blocks; for a thread.
    """
    papers = reading.assembled.papers
    if max(len(papers.lines), len(papers.units)) < LONG or reader.consignment(reading.reference) is not None:
        return
    outcome = steps_consignment.announce(
        None,
        papers,
        request.ask(),
        findings=reading.assembled.findings,
        headers=reading.headers,
        known=reading.prepared.counted,
    )
    if isinstance(outcome, Accepted):
        who, at = request.who.id, request.at
        announced = evolve.consignment(None, outcome.events[0], who, at)
        if announced is not None:
            judge(reader, announced, request)


def store(books: Books, reading: Reading, request: Request, judge: Judge) -> Answer:
    """Announce what was read, keep the files' reports and the rows that wait."""
    subject = f"consignment:{reading.reference}"
    earlier = books.recall(request.who.id, request.nonce, request.asked)
    there = books.consignment(reading.reference)
    known = [books.desk.file_by_digest(file.sha256) for file in reading.files]
    same = bool(known) and all(k is not None and k.consignment == reading.reference for k in known)
    may = there is not None and consignments.mine(there, request) and request.who.may(Right.ANNOUNCE)
    if earlier is None and same and may:
        outcome = AlreadyDone(
            {"consignment": reading.reference, "files": [file.name for file in reading.files]}
        )
        return keep(books, request, record(books, request, "import", outcome, subject))
    answer = consignments.announce(
        books,
        reading.assembled.papers,
        request,
        judge,
        ", ".join(file.name for file in reading.files),
        findings=reading.assembled.findings,
        headers=reading.headers,
        prepared=reading.prepared,
    )
    if answer.news:
        keep_reports(books, reading, request)
    return answer


def keep_reports(books: Books, reading: Reading, request: Request) -> None:
    """Keep the reports of files that were taken, and their rows that wait."""
    for file, size in zip(reading.files, reading.sizes, strict=True):
        _keep_file(books, file, size, reading.reference, request)


def note_unread(books: Books, reading: Reading, request: Request) -> Answer:
    """Write down that files came of which nothing could be read; the files themselves are kept by the caller."""
    names = [file.name for file in reading.files]
    subject = f"file:{reading.files[0].sha256}" if reading.files else request.who.id

    def act() -> tuple[Outcome, str, Mapping[str, Any]]:
        return refuse(Reason.INVALID, field="files", files=names), subject, {}

    return once(books, request, "announce", act)


def _keep_file(books: Books, file: ParsedFile, size: int, ref: str, request: Request) -> None:
    if books.desk.file_by_digest(file.sha256) is not None:
        return
    taken = len(file.lines) + len(file.units)
    key = books.desk.add_file(
        ImportFile(
            file.sha256,
            file.name,
            size,
            request.at,
            request.who.id,
            taken,
            file.rows_waiting,
            ref,
            file_report(file),
        )
    )
    waiting: dict[tuple[str, int], list[Mapping[str, Any]]] = {}
    for problem in file.waiting:
        if problem.row is not None:
            waiting.setdefault((problem.sheet, problem.row), []).append(to_plain(problem))
    for (sheet, row), problems in waiting.items():
        raw = {item["column"]: item["value"] for item in problems}
        books.desk.add_waiting(WaitingRow(key, sheet, row, raw, problems))
    imported = FileImported(f"file:{file.sha256}", file.name, file.sha256, taken, file.rows_waiting, ref)
    books.record((imported,), request.context)

"""The search index: a file beside the store, made from the journal, which may be deleted and makes itself anew.

Every number and name that stands on papers, on vehicles and in tracking codes is a row; parts of them are found by
their trigrams. It follows the journal whenever somebody searches, at most a moment at a time, so that no search waits
for a long one; it never writes to the store.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terminal.store import spans
from terminal.store.journal import Entry
from terminal.store.reader import Reader
from workflows.search_text import SHORTEST, Wanted, kept

FILE = "search.sqlite3"  # beside the store
FORM = 1  # of what the file holds; another one is thrown away
#: a search spends this long on following the journal; the rest is left to a thread
PATIENCE_S = 1.5
_TYPES = (
    "ConsignmentAnnounced",
    "ConsignmentAmended",
    "VisitAnnounced",
    "VisitEntered",
    "VisitSealed",
    "TrackingCodeGiven",
)
_NAMES = frozenset({"sender", "consignee", "notify", "donor", "carrier"})
#: papers whose number is personal data
_PERSONAL = frozenset({"DRIVER_ID"})
_TABLES = """
CREATE TABLE IF NOT EXISTS state (form INTEGER, seq INTEGER, hash BLOB);
CREATE TABLE IF NOT EXISTS term (
    id INTEGER PRIMARY KEY, subject TEXT, field TEXT, shown TEXT, kept TEXT, UNIQUE (subject, field, shown));
CREATE VIRTUAL TABLE IF NOT EXISTS part USING fts5(kept, content='term', content_rowid='id', tokenize='trigram');
CREATE TRIGGER IF NOT EXISTS term_in AFTER INSERT ON term BEGIN
    INSERT INTO part(rowid, kept) VALUES (new.id, new.kept); END;
CREATE TRIGGER IF NOT EXISTS term_out AFTER DELETE ON term BEGIN
    INSERT INTO part(part, rowid, kept) VALUES ('delete', old.id, old.kept); END;
"""


@dataclass(frozen=True, slots=True)
class Term:
    """One number or name: of what ("consignment:REF", "visit:ID"), what it is there, and as it is written."""

    subject: str
    field: str
    shown: str


class Finder:
    """The index of one terminal. For any thread."""

    def __init__(self, path: Path, reading: Callable[[], AbstractContextManager[Reader]]) -> None:
        self._path = path
        self._reading = reading
        self._turn = threading.Lock()  # one follows the journal at a time
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        raw = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        try:
            raw.execute("PRAGMA journal_mode=WAL")
            raw.execute("PRAGMA synchronous=OFF")  # what a power cut takes is made anew
            yield raw
        finally:
            raw.close()

    # --- following ------------------------------------------------------------------------------------
    def follow(self, reader: Reader, seconds: float | None = PATIENCE_S) -> int:
        """Take in what happened since; returns how many entries are still to be read. Somebody else's turn counts as ours."""
        if not self._turn.acquire(blocking=False):
            with self._open() as raw:
                return max(0, reader.head().seq - _state(raw)[0])
        try:
            with self._open() as raw:
                return self._follow(raw, reader, seconds)
        except sqlite3.DatabaseError:
            for path in (
                self._path,
                *(self._path.with_name(self._path.name + end) for end in ("-wal", "-shm")),
            ):
                path.unlink(missing_ok=True)
            with self._open() as raw:
                return self._follow(raw, reader, seconds)
        finally:
            self._turn.release()

    def _follow(self, raw: sqlite3.Connection, reader: Reader, seconds: float | None) -> int:
        raw.executescript(_TABLES)
        seq, digest = _state(raw)
        last = reader.head().seq
        known = reader.entry(seq) if seq else None
        if seq and (known is None or known.hash != digest):  # another journal: a backup came back
            raw.executescript("DELETE FROM term; DELETE FROM state;")
            seq = 0
        began = time.monotonic()
        while seq < last:
            upto = min(seq + spans.CHUNK, last)
            raw.execute("BEGIN")
            for piece in spans.entries(reader.connection, spans.Part(seq + 1, upto), _TYPES):
                for entry in piece:
                    _take(raw, entry)
            end = reader.entry(upto)
            raw.execute("DELETE FROM state")
            raw.execute("INSERT INTO state VALUES (?, ?, ?)", (FORM, upto, end.hash if end else b""))
            raw.execute("COMMIT")
            seq = upto
            if seconds is not None and time.monotonic() - began > seconds:
                break
        return last - seq

    def _go_on(self) -> None:
        """Follow to the end in a thread, if none does already."""
        if self._thread is not None and self._thread.is_alive():
            return

        def work() -> None:
            with contextlib.suppress(Exception), self._reading() as reader:
                self.follow(reader, None)

        self._thread = threading.Thread(target=work, name="search-index", daemon=True)
        self._thread.start()

    # --- looking --------------------------------------------------------------------------------------
    def find(self, reader: Reader, asked: Wanted, limit: int = 200) -> tuple[list[Term], int]:
        """Terms that hold what was asked, newest first, and how many entries of the journal are not in the index yet."""
        behind = self.follow(reader)
        if behind:
            self._go_on()
        if not asked.long_enough:
            return [], behind
        phrases = [form for form in asked.forms if len(form) >= SHORTEST]
        ways = [_phrase(form) for form in phrases]
        if asked.bones:
            ways.append("(" + " AND ".join(_phrase(bones) for bones in asked.bones) + ")")
        with self._open() as raw:
            rows = raw.execute(
                "SELECT t.subject, t.field, t.shown FROM part JOIN term t ON t.id = part.rowid "
                "WHERE part MATCH ? ORDER BY part.rowid DESC LIMIT ?",
                (" OR ".join(ways), limit),
            ).fetchall()
        return [Term(*row) for row in rows], behind


def _phrase(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _state(raw: sqlite3.Connection) -> tuple[int, bytes]:
    with contextlib.suppress(sqlite3.OperationalError):
        row = raw.execute("SELECT form, seq, hash FROM state").fetchone()
        if row and row[0] == FORM:
            return int(row[1]), bytes(row[2])
        if row:
            raw.executescript("DELETE FROM term; DELETE FROM state;")
    return 0, b""


def _take(raw: sqlite3.Connection, entry: Entry) -> None:
    data = entry.data
    match entry.type:
        case "ConsignmentAnnounced" | "ConsignmentAmended":
            raw.execute("DELETE FROM term WHERE subject = ? AND field <> 'tracking'", (entry.subject,))
            terms: Iterable[tuple[str, Any]] = papers_terms(data["papers"])
        case "VisitAnnounced":
            terms = (
                ("visit", entry.subject.partition(":")[2]),
                ("plate", data["expected_plate"]),
                ("trailer", data["trailer"]),
            )
        case "VisitEntered":
            seals = (("seal", seal["number"]) for seal in data["seals"])
            visit = entry.subject.partition(":")[2]
            waybill = ("transport_document", data.get("waybill"))
            terms = (
                ("visit", visit),
                ("plate", data["plate"]),
                ("trailer", data["trailer"]),
                waybill,
                *seals,
            )
        case "VisitSealed":
            terms = (("seal", seal["number"]) for seal in data["seals"])
        case _:
            terms = (("tracking", data["code"]),)
    rows = [
        (entry.subject, field, str(text), kept(str(text), name=field in _NAMES))
        for field, text in terms
        if text
    ]
    raw.executemany(
        "INSERT OR IGNORE INTO term (subject, field, shown, kept) VALUES (?, ?, ?, ?)",
        [(subject, field, _clean(text), form) for subject, field, text, form in rows if form],
    )


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()[:200]


def papers_terms(papers: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every number and name of papers (their plain form) by which a consignment is looked for; nothing of persons."""
    yield "ref", papers["reference"]
    for field in ("sender", "consignee", "notify", "donor", "carrier", "container", "seal"):
        yield field, papers.get(field)
    vehicle = papers.get("vehicle") or {}
    yield "plate", vehicle.get("plate")
    yield "trailer", vehicle.get("trailer")
    for document in papers.get("documents") or ():
        if document["type"] not in _PERSONAL:
            yield "document", f"{document['type']} {document['number']}"
    for line in papers.get("lines") or ():
        for field in ("container", "wagon", "seal", "transport_document"):
            yield field, line.get(field)

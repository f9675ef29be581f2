"""Rows of work that waits for people: imported files, rows to correct, scans set aside; attached files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from terminal.store.errors import Vanished
from terminal.store.journal import moment, stamp
from terminal.store.sql import Connection, Row
from workflows.plain import to_plain


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file that was read; ``key`` is given by the store."""

    sha256: str
    name: str
    size: int
    received_at: datetime
    received_by: str
    taken: int
    waiting: int
    consignment: str | None = None
    report: Mapping[str, Any] = field(default_factory=dict)
    key: int | None = None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A row of a file as read, and what is wrong with it. State: WAITING, CORRECTED or DROPPED."""

    file_key: int
    sheet: str
    row_no: int
    raw: Mapping[str, Any]
    problems: Sequence[Mapping[str, Any]]
    state: str = "WAITING"
    closed_by: str | None = None
    closed_at: datetime | None = None
    key: int | None = None


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A scan set aside with both versions; ``seq`` is the event that keeps them."""

    seq: int
    subject: str
    why: str
    opened_at: datetime
    scan: Mapping[str, Any]
    other: Mapping[str, Any]
    open: bool = True
    closed_by: str | None = None
    closed_at: datetime | None = None
    resolution: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """What is known of a stored file; its bytes lie beside the database, named by their SHA-256."""

    id: str
    sha256: str
    subject: str
    kind: str
    name: str
    media_type: str
    size: int
    added_by: str
    added_at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)


_FILE = "sha256, name, size, received_at, received_by, taken, waiting, consignment_ref, report, key"
_WAITING = "file_key, sheet, row_no, raw, problems, state, closed_by, closed_at, key"
_REVIEW = "seq, subject, why, opened_at, scan, other, is_open, closed_by, closed_at, resolution, note"
_ATTACHMENT = "id, sha256, subject, kind, name, media_type, size, added_by, added_at, facts"


def _json(value: Any) -> str:
    return json.dumps(to_plain(value), ensure_ascii=False, separators=(",", ":"))


def _sorted(value: Any) -> str:
    """JSON in the order of the journal, so that a row made again from it is the same row."""
    return json.dumps(to_plain(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _file(row: Row) -> ImportFile:
    digest, name, size, received, by, taken, waiting, consignment, report, key = row
    return ImportFile(
        digest, name, size, moment(received), by, taken, waiting, consignment, json.loads(report), key
    )


def _waiting(row: Row) -> WaitingRow:
    file_key, sheet, row_no, raw, problems, state, by, at, key = row
    closed = moment(at) if at else None
    return WaitingRow(file_key, sheet, row_no, json.loads(raw), json.loads(problems), state, by, closed, key)


def _review(row: Row) -> ReviewItem:
    seq, subject, why, opened, scan, other, is_open, by, at, resolution, note = row
    return ReviewItem(
        seq,
        subject,
        why,
        moment(opened),
        json.loads(scan),
        json.loads(other),
        bool(is_open),
        by,
        moment(at) if at else None,
        resolution,
        note,
    )


def _attachment(row: Row) -> Attachment:
    identity, digest, subject, kind, name, media_type, size, by, at, facts = row
    return Attachment(
        identity, digest, subject, kind, name, media_type, size, by, moment(at), json.loads(facts)
    )


class Desk:
    """Files, waiting rows, reviews and attachments on one connection; writes need a write transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- imported files -------------------------------------------------------------------------
    def add_file(self, file: ImportFile) -> int:
        """Remember a file; returns its key."""
        row = self._connection.one(
            "INSERT INTO import_file (sha256, name, size, received_at, received_by, taken, waiting, "
            "consignment_ref, report) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING key",
            (
                file.sha256,
                file.name,
                file.size,
                stamp(file.received_at),
                file.received_by,
                file.taken,
                file.waiting,
                file.consignment,
                _json(file.report),
            ),
        )
        assert row is not None
        return int(row[0])

    def file_by_digest(self, sha256: str) -> ImportFile | None:
        """The file with the same bytes, if it was read before."""
        row = self._connection.one(f"SELECT {_FILE} FROM import_file WHERE sha256 = ?", (sha256,))  # noqa: S608
        return _file(row) if row else None

    def file(self, key: int) -> ImportFile | None:
        """The file with that key."""
        row = self._connection.one(f"SELECT {_FILE} FROM import_file WHERE key = ?", (key,))  # noqa: S608
        return _file(row) if row else None

    def files(self, before: int | None = None, limit: int = 50) -> list[ImportFile]:
        """Files, newest first; ``before`` is the last key seen."""
        rows = self._connection.all(
            f"SELECT {_FILE} FROM import_file WHERE key < ? ORDER BY key DESC LIMIT ?",  # noqa: S608
            (before or 2**62, limit),
        )
        return [_file(row) for row in rows]

    def files_of(self, ref: str) -> list[ImportFile]:
        """Files that a consignment was read from, the first one first."""
        rows = self._connection.all(
            f"SELECT {_FILE} FROM import_file WHERE consignment_ref = ? ORDER BY key",  # noqa: S608
            (ref,),
        )
        return [_file(row) for row in rows]

    def add_waiting(self, row: WaitingRow) -> int:
        """A row that a person must correct; returns its key."""
        stored = self._connection.one(
            "INSERT INTO waiting_row (file_key, sheet, row_no, raw, problems, state) "
            "VALUES (?, ?, ?, ?, ?, ?) RETURNING key",
            (row.file_key, row.sheet, row.row_no, _json(row.raw), _json(tuple(row.problems)), row.state),
        )
        assert stored is not None
        return int(stored[0])

    def waiting_row(self, key: int) -> WaitingRow | None:
        """One row that waits or waited."""
        row = self._connection.one(f"SELECT {_WAITING} FROM waiting_row WHERE key = ?", (key,))  # noqa: S608
        return _waiting(row) if row else None

    def waiting(self, after: int = 0, limit: int = 50, *, file_key: int | None = None) -> list[WaitingRow]:
        """Rows that wait for correction, oldest first; ``after`` is the last key seen."""
        own = "AND file_key = ?" if file_key is not None else ""
        rows = self._connection.all(
            f"SELECT {_WAITING} FROM waiting_row WHERE state = 'WAITING' AND key > ? {own} ORDER BY key LIMIT ?",  # noqa: S608
            (after, *([file_key] if file_key is not None else []), limit),
        )
        return [_waiting(row) for row in rows]

    def close_waiting(self, key: int, state: str, by: str, at: datetime) -> None:
        """A person dealt with the row. Raises :class:`Vanished` when somebody else did first."""
        changed = self._connection.run(
            "UPDATE waiting_row SET state = ?, closed_by = ?, closed_at = ? WHERE key = ? AND state = 'WAITING'",
            (state, by, stamp(at), key),
        )
        if not changed:
            raise Vanished("this row does not wait any more")
        self._connection.run(
            "UPDATE import_file SET waiting = waiting - 1 WHERE key = (SELECT file_key FROM waiting_row WHERE key = ?)",
            (key,),
        )

    # --- scans set aside ------------------------------------------------------------------------
    def add_review(self, item: ReviewItem) -> None:
        """A scan for the review desk; written by ``Books.record`` with its event."""
        self._connection.run(
            "INSERT INTO review (seq, subject, why, opened_at, scan, other, is_open) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                item.seq,
                item.subject,
                item.why,
                stamp(item.opened_at),
                _sorted(item.scan),
                _sorted(item.other),
                item.open,
            ),
        )

    def review(self, seq: int) -> ReviewItem | None:
        """One item of the review desk."""
        row = self._connection.one(f"SELECT {_REVIEW} FROM review WHERE seq = ?", (seq,))  # noqa: S608
        return _review(row) if row else None

    def reviews_open(self, after: int = 0, limit: int = 50) -> list[ReviewItem]:
        """Scans nobody has decided on, oldest first; ``after`` is the last number seen."""
        rows = self._connection.all(
            f"SELECT {_REVIEW} FROM review WHERE is_open = ? AND seq > ? ORDER BY seq LIMIT ?",  # noqa: S608
            (True, after, limit),
        )
        return [_review(row) for row in rows]

    def close_review(self, seq: int, resolution: str, by: str, at: datetime, note: str = "") -> None:
        """A person decided. Raises :class:`Vanished` when it is not open."""
        changed = self._connection.run(
            "UPDATE review SET is_open = ?, resolution = ?, closed_by = ?, closed_at = ?, note = ? "
            "WHERE seq = ? AND is_open = ?",
            (False, resolution, by, stamp(at), note, seq, True),
        )
        if not changed:
            raise Vanished(f"review item {seq} is not open")

    # --- attachments ----------------------------------------------------------------------------
    def add_attachment(self, attachment: Attachment) -> None:
        """Remember a stored file."""
        self._connection.run(
            f"INSERT INTO attachment ({_ATTACHMENT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            (
                attachment.id,
                attachment.sha256,
                attachment.subject,
                attachment.kind,
                attachment.name,
                attachment.media_type,
                attachment.size,
                attachment.added_by,
                stamp(attachment.added_at),
                _json(attachment.facts),
            ),
        )

    def attachment(self, identity: str) -> Attachment | None:
        """What is known of one file."""
        row = self._connection.one(f"SELECT {_ATTACHMENT} FROM attachment WHERE id = ?", (identity,))  # noqa: S608
        return _attachment(row) if row else None

    def attachments_of(self, subject: str) -> list[Attachment]:
        """Files attached to a subject, in the order of adding (ids grow with time)."""
        rows = self._connection.all(
            f"SELECT {_ATTACHMENT} FROM attachment WHERE subject = ? ORDER BY id",  # noqa: S608
            (subject,),
        )
        return [_attachment(row) for row in rows]

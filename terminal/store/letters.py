"""Rows of complaints and of messages to liaison offices: looked up by pages and use cases, written with their events."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from terminal.store.codes import storable
from terminal.store.journal import stamp
from terminal.store.sql import Connection
from workflows import complaints, messages
from workflows.complaint_state import Complaint
from workflows.event_base import Event
from workflows.message_state import Message, Side
from workflows.plain import from_plain, to_plain

#: kinds of subjects whose rows are kept here, with the table's key
KEYS = {"complaint": "ref", "message": "no"}


def load_complaint(body: str) -> Complaint:
    """The complaint of a ``complaint`` row."""
    value: Complaint = from_plain(Complaint, json.loads(body))
    return value


def load_message(body: str) -> Message:
    """The message of a ``message`` row."""
    value: Message = from_plain(Message, json.loads(body))
    return value


def _dump(value: Any) -> str:
    return json.dumps(to_plain(value), ensure_ascii=False, separators=(",", ":"))


class Letters:
    """Complaints and messages on one connection; writes need a write transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- complaints -----------------------------------------------------------------------------
    def complaint(self, ref: str) -> Complaint | None:
        """The complaint with that reference."""
        if not storable(ref):
            return None
        row = self._connection.one("SELECT body FROM complaint WHERE ref = ?", (ref,))
        return load_complaint(row[0]) if row else None

    def complaints(
        self, *, still_open: bool | None = None, before: str | None = None, limit: int = 100
    ) -> list[Complaint]:
        """Complaints, newest first; ``before`` is the reference of the last one seen."""
        bound = ("9999", "")
        if before is not None:
            row = self._connection.one("SELECT at FROM complaint WHERE ref = ?", (before,))
            if row is None:
                return []
            bound = (row[0], before)
        among = "AND is_open = ?" if still_open is not None else ""
        rows = self._connection.all(
            f"SELECT body FROM complaint WHERE (at, ref) < (?, ?) {among} ORDER BY at DESC, ref DESC LIMIT ?",  # noqa: S608 - own text
            (*bound, *([still_open] if still_open is not None else []), limit),
        )
        return [load_complaint(body) for (body,) in rows]

    def complaints_about(self, subject: str) -> list[Complaint]:
        """Complaints about a consignment or vehicle, oldest first."""
        if not storable(subject):
            return []
        rows = self._connection.all(
            "SELECT body FROM complaint WHERE subject = ? ORDER BY at, ref", (subject,)
        )
        return [load_complaint(body) for (body,) in rows]

    def next_complaint(self, year: int) -> str:
        """The next free reference of a year."""
        return complaints.reference(year, self._count("complaint", complaints.reference(year, 0)) + 1)

    # --- messages -------------------------------------------------------------------------------
    def message(self, no: str) -> Message | None:
        """The message with that number."""
        if not storable(no):
            return None
        row = self._connection.one("SELECT body FROM message WHERE no = ?", (no,))
        return load_message(row[0]) if row else None

    def messages(self, before: str | None = None, limit: int = 100) -> list[Message]:
        """Messages, newest first; ``before`` is the number of the last one seen."""
        bound = ("9999", "")
        if before is not None:
            row = self._connection.one("SELECT at FROM message WHERE no = ?", (before,))
            if row is None:
                return []
            bound = (row[0], before)
        rows = self._connection.all(
            "SELECT body FROM message WHERE (at, no) < (?, ?) ORDER BY at DESC, no DESC LIMIT ?",
            (*bound, limit),
        )
        return [load_message(body) for (body,) in rows]

    def unread(self, side: Side) -> list[Message]:
        """Messages that this side wrote and nobody of the other has opened, oldest first."""
        rows = self._connection.all(
            "SELECT body FROM message WHERE is_read = ? AND side = ? ORDER BY at, no LIMIT 500",
            (False, side.value),
        )
        return [load_message(body) for (body,) in rows]

    def next_message(self, year: int) -> str:
        """The next free number of a year."""
        return messages.number(year, self._count("message", messages.number(year, 0)) + 1)

    # --- both -----------------------------------------------------------------------------------
    def _count(self, table: str, first: str) -> int:
        prefix = first[:-4]
        (count,) = self._connection.one(
            f"SELECT count(*) FROM {table} WHERE {KEYS[table]} >= ? AND {KEYS[table]} < ?",  # noqa: S608 - own names
            (prefix, prefix + "~"),
        ) or (0,)
        return int(count)

    def last_seq(self, kind: str, name: str) -> int | None:
        """The last event of a complaint or a message; None when there is no row."""
        row = self._connection.one(f"SELECT last_seq FROM {kind} WHERE {KEYS[kind]} = ?", (name,))  # noqa: S608 - own names
        return int(row[0]) if row else None

    def keep(self, kind: str, name: str, event: Event, at: datetime, seq: int) -> bool:
        """Carry an event into its row; False when there is none and the event makes none (a refusal)."""
        if kind == "complaint":
            return self._keep_complaint(complaints.fold(self.complaint(name), event, at), seq)
        return self._keep_message(messages.fold(self.message(name), event, at), seq)

    def _keep_complaint(self, one: Complaint | None, seq: int) -> bool:
        if one is None:
            return False
        self._connection.run(
            "INSERT INTO complaint (ref, at, is_open, subject, body, last_seq) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (ref) DO UPDATE SET is_open = excluded.is_open, body = excluded.body, "
            "last_seq = excluded.last_seq",
            (one.ref, stamp(one.at), one.open, one.subject, _dump(one), seq),
        )
        return True

    def _keep_message(self, one: Message | None, seq: int) -> bool:
        if one is None:
            return False
        self._connection.run(
            "INSERT INTO message (no, at, side, office, handling, is_read, body, last_seq) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (no) DO UPDATE SET is_read = excluded.is_read, "
            "body = excluded.body, last_seq = excluded.last_seq",
            (
                one.no,
                stamp(one.at),
                one.side.value,
                one.office,
                one.handling.value,
                one.read,
                _dump(one),
                seq,
            ),
        )
        return True

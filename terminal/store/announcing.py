"""Rows of announcements, recognised organisations, standing orders, tracking codes and time windows."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from terminal.store.codes import storable
from terminal.store.journal import moment, stamp
from terminal.store.sql import Connection
from workflows import events_announce as ea
from workflows.announce_state import Announcement, Needs, Organisation
from workflows.event_base import Event
from workflows.events_announce import TrackingCodeGiven
from workflows.events_handover import HandoverLinkIssued
from workflows.plain import from_plain, to_plain
from workflows.state import Visit

NEEDS = "needs"


def load_announcement(body: str) -> Announcement:
    """The announcement of an ``announcement`` row."""
    value: Announcement = from_plain(Announcement, json.loads(body))
    return value


def load_organisation(body: str) -> Organisation:
    """The organisation of an ``organisation`` row."""
    value: Organisation = from_plain(Organisation, json.loads(body))
    return value


def load_needs(body: str) -> Needs:
    """The needs of the ``standing`` row of that name."""
    value: Needs = from_plain(Needs, json.loads(body))
    return value


def _dump(value: Any) -> str:
    return json.dumps(to_plain(value), ensure_ascii=False, separators=(",", ":"))


class Announcing:
    """What was announced, on one connection; writes need a write transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- announcements ------------------------------------------------------------------------------
    def announcement(self, identity: str) -> Announcement | None:
        """The announcement with that id."""
        if not storable(identity):
            return None
        row = self._connection.one("SELECT body FROM announcement WHERE id = ?", (identity,))
        return load_announcement(row[0]) if row else None

    def announcement_of(self, ref: str) -> Announcement | None:
        """The announcement that a consignment came from; None when it came another way."""
        if not storable(ref):
            return None
        row = self._connection.one(
            "SELECT body FROM announcement WHERE consignment_ref = ? ORDER BY id LIMIT 1", (ref,)
        )
        return load_announcement(row[0]) if row else None

    def announcements(
        self, organisation: str | None = None, before: str | None = None, limit: int = 50
    ) -> list[Announcement]:
        """Announcements, newest first (ids grow with time), of one organisation if given."""
        own = "AND organisation = ?" if organisation is not None else ""
        values = (before or "~", *([organisation] if organisation is not None else []), limit)
        rows = self._connection.all(
            f"SELECT body FROM announcement WHERE id < ? {own} ORDER BY id DESC LIMIT ?",  # noqa: S608 - own text
            values,
        )
        return [load_announcement(body) for (body,) in rows]

    def keep_announcement(self, value: Announcement, seq: int) -> None:
        """Write an announcement as its last event left it."""
        self._connection.run(
            "INSERT INTO announcement (id, organisation, standing, consignment_ref, body, last_seq) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET standing = excluded.standing, "
            "consignment_ref = excluded.consignment_ref, body = excluded.body, last_seq = excluded.last_seq",
            (value.id, value.organisation, value.standing.value, value.consignment, _dump(value), seq),
        )

    # --- organisations and standing orders ------------------------------------------------------------
    def organisation(self, name: str) -> Organisation | None:
        """The organisation of exactly that name on the list."""
        if not storable(name):
            return None
        row = self._connection.one("SELECT body FROM organisation WHERE name = ?", (name,))
        return load_organisation(row[0]) if row else None

    def organisations(self) -> list[Organisation]:
        """The whole list, those taken off too."""
        rows = self._connection.all("SELECT body FROM organisation ORDER BY name")
        return [load_organisation(body) for (body,) in rows]

    def keep_organisation(self, value: Organisation, seq: int) -> None:
        """Write an organisation as its last event left it."""
        self._connection.run(
            "INSERT INTO organisation (name, body, last_seq) VALUES (?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET body = excluded.body, last_seq = excluded.last_seq",
            (value.name, _dump(value), seq),
        )

    def needs(self) -> Needs:
        """What the emergency needs most; empty when nobody has said."""
        row = self._connection.one("SELECT body FROM standing WHERE name = ?", (NEEDS,))
        return load_needs(row[0]) if row else Needs()

    def keep_needs(self, value: Needs, seq: int) -> None:
        """Write what goes ahead."""
        self._connection.run(
            "INSERT INTO standing (name, body, last_seq) VALUES (?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET body = excluded.body, last_seq = excluded.last_seq",
            (NEEDS, _dump(value), seq),
        )

    def last_seq(self, kind: str, name: str) -> int | None:
        """The last event of an announcement, an organisation or a standing order; None when there is no row."""
        key = "id" if kind == "announcement" else "name"
        row = self._connection.one(f"SELECT last_seq FROM {kind} WHERE {key} = ?", (name,))  # noqa: S608 - kinds of our own
        return int(row[0]) if row else None

    def keep(self, kind: str, name: str, event: Event, seq: int, *, kept: bool) -> bool:
        """Carry an event into its row; ``kept``: there is a row, which follows its chain whatever the event is."""
        match event:
            case ea.AnnouncementKept(value=announcement):
                self.keep_announcement(announcement, seq)
            case ea.OrganisationListed(value=organisation):
                self.keep_organisation(organisation, seq)
            case ea.NeedsSet(value=needs):
                self.keep_needs(needs, seq)
            case _:
                if kept:  # a refusal, a paper that was attached
                    key = "id" if kind == "announcement" else "name"
                    self._connection.run(f"UPDATE {kind} SET last_seq = ? WHERE {key} = ?", (seq, name))  # noqa: S608 - kinds of our own
                return kept
        return True

    # --- tracking -----------------------------------------------------------------------------------
    def tracked(self, code: str) -> str | None:
        """What a tracking code belongs to: "consignment:REF" or "visit:ID"."""
        row = self._connection.one("SELECT subject FROM tracking WHERE code = ?", (code,))
        return str(row[0]) if row else None

    def keep_code_of(self, event: Event) -> None:
        """Write the code that an event gives, if any: a tracking code, or that of a handover.

        The subject of the latter is "trip:ID", so that nobody follows a vehicle by it.
        """
        match event:
            case TrackingCodeGiven(code=code):
                given = (code, event.subject)
            case HandoverLinkIssued(link=link):
                given = (link.code, f"trip:{event.subject.partition(':')[2]}")
            case _:
                return
        self._connection.run("INSERT INTO tracking (code, subject) VALUES (?, ?)", given)

    # --- time windows ---------------------------------------------------------------------------------
    def booked(self, start: datetime, end: datetime) -> dict[datetime, int]:
        """Windows (their starts, UTC) from ``start`` to before ``end`` with the number of vehicles that have them."""
        rows = self._connection.all(
            "SELECT starts_at, count(*) FROM slot WHERE starts_at >= ? AND starts_at < ? "
            "GROUP BY starts_at ORDER BY starts_at",
            (stamp(start), stamp(end)),
        )
        return {moment(at): int(count) for at, count in rows}

    def booked_by(self, start: datetime, end: datetime, limit: int = 500) -> list[str]:
        """Ids of the visits whose window begins in that time, in its order."""
        rows = self._connection.all(
            "SELECT visit_id FROM slot WHERE starts_at >= ? AND starts_at < ? ORDER BY starts_at, visit_id LIMIT ?",
            (stamp(start), stamp(end), limit),
        )
        return [identity for (identity,) in rows]

    def keep_slot(self, before: Visit | None, after: Visit) -> None:
        """Write the window of a visit, when it is another one than before. One that is called off has none."""
        old = before.slot if before is not None and not before.called_off else None
        new = after.slot if not after.called_off else None
        if old == new:
            return
        self._connection.run("DELETE FROM slot WHERE visit_id = ?", (after.id,))
        if new is not None:
            self._connection.run(
                "INSERT INTO slot (visit_id, starts_at) VALUES (?, ?)", (after.id, stamp(new))
            )

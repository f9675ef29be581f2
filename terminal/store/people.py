"""Rows of persons, their sessions and one-time enrolments. Hashing and policy are the service's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from terminal.store.codes import fold
from terminal.store.errors import Vanished
from terminal.store.journal import moment, stamp
from terminal.store.sql import Connection, Row
from workflows.plain import to_plain
from workflows.roles import Role


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in. ``password_hash`` is None until a password was set."""

    id: str
    login: str
    name: str
    language: str
    roles: frozenset[Role]
    created_at: datetime
    organisation: str | None = None
    password_hash: str | None = None
    failed: int = 0
    locked_until: datetime | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser or handheld."""

    token_hash: bytes
    person_id: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A one-time code that lets its holder become ``subject`` ("device:ID", "person:ID")."""

    code_hash: bytes
    subject: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


_PERSON = (
    "id, login, name, language, roles, created_at, organisation, password_hash, failed, locked_until, active"
)
_SESSION = "token_hash, person_id, created_at, seen_at, expires_at, facts"
_ENROLMENT = "code_hash, subject, created_by, created_at, expires_at, used_at"


def _person(row: Row) -> Person:
    identity, login, name, language, roles, created, organisation, password, failed, locked, active = row
    return Person(
        identity,
        login,
        name,
        language,
        frozenset(Role(word) for word in json.loads(roles)),
        moment(created),
        organisation,
        password,
        failed,
        moment(locked) if locked else None,
        bool(active),
    )


class People:
    """Persons, sessions and enrolments on one connection; writes need a write transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- persons --------------------------------------------------------------------------------
    def get(self, identity: str) -> Person | None:
        """The person with that id."""
        row = self._connection.one(f"SELECT {_PERSON} FROM person WHERE id = ?", (identity,))  # noqa: S608
        return _person(row) if row else None

    def by_login(self, login: str) -> Person | None:
        """The person who signs in under that name, in any letter case."""
        row = self._connection.one(f"SELECT {_PERSON} FROM person WHERE login = ?", (fold(login),))  # noqa: S608
        return _person(row) if row else None

    def all(self) -> list[Person]:
        """Everybody, by name."""
        rows = self._connection.all(f"SELECT {_PERSON} FROM person ORDER BY name, id")  # noqa: S608
        return [_person(row) for row in rows]

    def count(self) -> int:
        """How many persons there are; 0 on a new store."""
        row = self._connection.one("SELECT count(*) FROM person")
        return int(row[0]) if row else 0

    def save(self, person: Person) -> None:
        """Add the person, or replace all fields of the one with the same id."""
        self._connection.run(
            f"INSERT INTO person ({_PERSON}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608
            "ON CONFLICT (id) DO UPDATE SET login = excluded.login, name = excluded.name, "
            "language = excluded.language, roles = excluded.roles, organisation = excluded.organisation, "
            "password_hash = excluded.password_hash, failed = excluded.failed, "
            "locked_until = excluded.locked_until, active = excluded.active",
            (
                person.id,
                fold(person.login),
                person.name,
                person.language,
                json.dumps(to_plain(person.roles)),
                stamp(person.created_at),
                person.organisation,
                person.password_hash,
                person.failed,
                stamp(person.locked_until) if person.locked_until else None,
                person.active,
            ),
        )

    # --- sessions -------------------------------------------------------------------------------
    def open_session(self, session: Session) -> None:
        """Remember a new session."""
        self._connection.run(
            f"INSERT INTO person_session ({_SESSION}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608
            (
                session.token_hash,
                session.person_id,
                stamp(session.created_at),
                stamp(session.seen_at),
                stamp(session.expires_at),
                json.dumps(to_plain(session.facts)),
            ),
        )

    def session(self, token_hash: bytes) -> Session | None:
        """The session of a token, expired or not: the caller compares times."""
        row = self._connection.one(
            f"SELECT {_SESSION} FROM person_session WHERE token_hash = ?",  # noqa: S608
            (token_hash,),
        )
        return _session(row) if row else None

    def sessions_of(self, person_id: str) -> list[Session]:
        """Every session of a person, the latest seen first."""
        rows = self._connection.all(
            f"SELECT {_SESSION} FROM person_session WHERE person_id = ? ORDER BY seen_at DESC",  # noqa: S608
            (person_id,),
        )
        return [_session(row) for row in rows]

    def limited_sessions(self) -> list[Session]:
        """The sessions in which somebody may do less than they are allowed to: badges, and missing second factors."""
        rows = self._connection.all(
            f"SELECT {_SESSION} FROM person_session WHERE facts LIKE ?",  # noqa: S608
            ('%"limited":%',),
        )
        return [_session(row) for row in rows]

    def touch_session(self, token_hash: bytes, seen_at: datetime, expires_at: datetime) -> None:
        """The session was used: move both times."""
        self._connection.run(
            "UPDATE person_session SET seen_at = ?, expires_at = ? WHERE token_hash = ?",
            (stamp(seen_at), stamp(expires_at), token_hash),
        )

    def close_session(self, token_hash: bytes) -> bool:
        """Forget one session; False when it was not there."""
        return self._connection.run("DELETE FROM person_session WHERE token_hash = ?", (token_hash,)) > 0

    def close_sessions_of(self, person_id: str) -> int:
        """Forget every session of a person: password or roles changed, or the person left."""
        return self._connection.run("DELETE FROM person_session WHERE person_id = ?", (person_id,))

    def drop_expired(self, now: datetime) -> int:
        """Forget sessions that ended before ``now``."""
        return self._connection.run("DELETE FROM person_session WHERE expires_at < ?", (stamp(now),))

    # --- enrolments -----------------------------------------------------------------------------
    def add_enrolment(self, enrolment: Enrolment) -> None:
        """Remember a one-time code."""
        self._connection.run(
            f"INSERT INTO enrolment ({_ENROLMENT}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608
            (
                enrolment.code_hash,
                enrolment.subject,
                enrolment.created_by,
                stamp(enrolment.created_at),
                stamp(enrolment.expires_at),
                stamp(enrolment.used_at) if enrolment.used_at else None,
            ),
        )

    def enrolment(self, code_hash: bytes) -> Enrolment | None:
        """The enrolment of a code, used or not."""
        row = self._connection.one(
            f"SELECT {_ENROLMENT} FROM enrolment WHERE code_hash = ?",  # noqa: S608
            (code_hash,),
        )
        if row is None:
            return None
        code, subject, by, created, expires, used = row
        return Enrolment(
            bytes(code), subject, by, moment(created), moment(expires), moment(used) if used else None
        )

    def use_enrolment(self, code_hash: bytes, at: datetime) -> None:
        """Spend the code. Raises :class:`Vanished` when it was spent before: it opens once."""
        changed = self._connection.run(
            "UPDATE enrolment SET used_at = ? WHERE code_hash = ? AND used_at IS NULL", (stamp(at), code_hash)
        )
        if not changed:
            raise Vanished("this code was used already, or never existed")

    def drop_enrolments_of(self, subject: str) -> int:
        """Make every unused code of a subject worthless."""
        return self._connection.run("DELETE FROM enrolment WHERE subject = ? AND used_at IS NULL", (subject,))


def _session(row: Row) -> Session:
    token, person, created, seen, expires, facts = row
    return Session(bytes(token), person, moment(created), moment(seen), moment(expires), json.loads(facts))

"""Rows of what proves a person beside the password, and of sign-ins that wait for their second half."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from terminal.store.journal import moment, stamp
from terminal.store.reader import Reader
from terminal.store.sql import Row

TOTP, RECOVERY, PASSKEY, OIDC = "totp", "recovery", "passkey", "oidc"


@dataclass(frozen=True, slots=True)
class Factor:
    """One way of a person to prove who they are; see :class:`terminal.store.tables.factors.FactorRow`."""

    id: str
    person_id: str
    kind: str
    name: str
    created_at: datetime
    public: bytes | None = None
    secret: bytes | None = None
    counter: int = 0
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge: whose it is, under the hash of its code."""

    code_hash: bytes
    person_id: str
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Pin:
    """The PIN of a person as a hash, with wrong tries in a row and the end of the wait for them."""

    person_id: str
    pin_hash: str
    failed: int = 0
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """The first half of a sign-in or registration. ``facts`` hold a challenge, a nonce, where to go on."""

    token_hash: bytes
    purpose: str
    expires_at: datetime
    person_id: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


_FACTOR = "id, person_id, kind, name, public, secret, counter, created_at, used_at"
_BADGE = "code_hash, person_id, created_by, created_at"


def _factor(row: Row) -> Factor:
    identity, person, kind, name, public, secret, counter, created, used = row
    return Factor(
        identity,
        person,
        kind,
        name,
        moment(created),
        bytes(public) if public is not None else None,
        bytes(secret) if secret is not None else None,
        counter,
        moment(used) if used else None,
    )


def _badge(row: Row | None) -> Badge | None:
    if row is None:
        return None
    code, person, by, created = row
    return Badge(bytes(code), person, by, moment(created))


class Factors:
    """Factors, badges, PINs and started sign-ins of one reader; writes need a write transaction."""

    def __init__(self, reader: Reader) -> None:
        self._connection = reader.connection

    # --- factors --------------------------------------------------------------------------------
    def of(self, person_id: str, *kinds: str) -> list[Factor]:
        """The factors of a person, of those kinds or all, the oldest first."""
        rows = self._connection.all(
            f"SELECT {_FACTOR} FROM factor WHERE person_id = ? ORDER BY created_at, id",  # noqa: S608
            (person_id,),
        )
        return [one for one in map(_factor, rows) if not kinds or one.kind in kinds]

    def by_public(self, kind: str, public: bytes) -> Factor | None:
        """The factor under a credential id or a hash, if it is of that kind."""
        row = self._connection.one(f"SELECT {_FACTOR} FROM factor WHERE public = ?", (public,))  # noqa: S608
        found = _factor(row) if row else None
        return found if found is not None and found.kind == kind else None

    def add(self, factor: Factor) -> None:
        """Remember a new factor."""
        self._connection.run(
            f"INSERT INTO factor ({_FACTOR}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            (
                factor.id,
                factor.person_id,
                factor.kind,
                factor.name,
                factor.public,
                factor.secret,
                factor.counter,
                stamp(factor.created_at),
                stamp(factor.used_at) if factor.used_at else None,
            ),
        )

    def used(self, identity: str, counter: int, at: datetime) -> None:
        """The factor proved somebody: keep its counter and the time."""
        self._connection.run(
            "UPDATE factor SET counter = ?, used_at = ? WHERE id = ?", (counter, stamp(at), identity)
        )

    def drop(self, identity: str) -> bool:
        """Forget one factor; False when it was not there."""
        return self._connection.run("DELETE FROM factor WHERE id = ?", (identity,)) > 0

    # --- badges and PINs ------------------------------------------------------------------------
    def badge(self, code_hash: bytes) -> Badge | None:
        """The badge with this code."""
        return _badge(
            self._connection.one(f"SELECT {_BADGE} FROM badge WHERE code_hash = ?", (code_hash,))  # noqa: S608
        )

    def badge_of(self, person_id: str) -> Badge | None:
        """The badge of a person."""
        return _badge(
            self._connection.one(f"SELECT {_BADGE} FROM badge WHERE person_id = ?", (person_id,))  # noqa: S608
        )

    def give_badge(self, badge: Badge) -> None:
        """Give a badge; the one given before is worthless."""
        self.drop_badge(badge.person_id)
        self._connection.run(
            f"INSERT INTO badge ({_BADGE}) VALUES (?, ?, ?, ?)",  # noqa: S608
            (badge.code_hash, badge.person_id, badge.created_by, stamp(badge.created_at)),
        )

    def drop_badge(self, person_id: str) -> bool:
        """Make a person's badge worthless; False when there was none."""
        return self._connection.run("DELETE FROM badge WHERE person_id = ?", (person_id,)) > 0

    def pin(self, person_id: str) -> Pin | None:
        """The PIN of a person."""
        row = self._connection.one(
            "SELECT person_id, pin_hash, failed, locked_until FROM pin WHERE person_id = ?", (person_id,)
        )
        if row is None:
            return None
        person, hashed, failed, locked = row
        return Pin(person, hashed, failed, moment(locked) if locked else None)

    def save_pin(self, pin: Pin) -> None:
        """Set or change a PIN and its count of wrong tries."""
        self._connection.run(
            "INSERT INTO pin (person_id, pin_hash, failed, locked_until) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (person_id) DO UPDATE SET pin_hash = excluded.pin_hash, failed = excluded.failed, "
            "locked_until = excluded.locked_until",
            (pin.person_id, pin.pin_hash, pin.failed, stamp(pin.locked_until) if pin.locked_until else None),
        )

    # --- what was started -----------------------------------------------------------------------
    def start(self, started: Started, now: datetime) -> None:
        """Remember a first half; those that nobody finished in time are forgotten."""
        self._connection.run("DELETE FROM started WHERE expires_at < ?", (stamp(now),))
        self._connection.run(
            "INSERT INTO started (token_hash, purpose, person_id, expires_at, facts) VALUES (?, ?, ?, ?, ?)",
            (
                started.token_hash,
                started.purpose,
                started.person_id,
                stamp(started.expires_at),
                json.dumps(dict(started.facts)),
            ),
        )

    def started(self, token_hash: bytes, purpose: str, now: datetime) -> Started | None:
        """What was started under a token for that purpose, while its time is not over."""
        row = self._connection.one(
            "SELECT token_hash, purpose, expires_at, person_id, facts FROM started WHERE token_hash = ?",
            (token_hash,),
        )
        if row is None:
            return None
        token, kind, expires, person, facts = row
        found = Started(bytes(token), kind, moment(expires), person, json.loads(facts))
        return found if kind == purpose and found.expires_at > now else None

    def spend(self, token_hash: bytes) -> bool:
        """Forget what was started; False when somebody else was faster."""
        return self._connection.run("DELETE FROM started WHERE token_hash = ?", (token_hash,)) > 0

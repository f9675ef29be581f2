"""Rows of devices and gateways that may write. Tokens are stored as hashes, compared by the service."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from terminal.store.journal import moment, stamp
from terminal.store.sql import Connection, Row
from workflows.plain import to_plain
from workflows.stages import Stage


@dataclass(frozen=True, slots=True)
class Device:
    """A device or gateway: where it stands, the steps its point allows, what its token may do.

    ``token_hash`` is None until it is enrolled and after it was revoked; ``version`` grows with each change.
    """

    id: str
    kind: str
    name: str
    created_at: datetime
    point: str | None = None
    steps: frozenset[Stage] = frozenset()
    scopes: frozenset[str] = frozenset()
    token_hash: bytes | None = None
    active: bool = True
    seen_at: datetime | None = None
    version: int = 0


_DEVICE = "id, kind, name, created_at, point, steps, scopes, token_hash, active, seen_at, version"


def _device(row: Row) -> Device:
    identity, kind, name, created, point, steps, scopes, token, active, seen, version = row
    return Device(
        identity,
        kind,
        name,
        moment(created),
        point,
        frozenset(Stage(word) for word in json.loads(steps)),
        frozenset(json.loads(scopes)),
        bytes(token) if token is not None else None,
        bool(active),
        moment(seen) if seen else None,
        version,
    )


class Devices:
    """Devices on one connection; writes need a write transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._changes: tuple[int, int] | None = None

    def get(self, identity: str) -> Device | None:
        """The device with that id."""
        row = self._connection.one(f"SELECT {_DEVICE} FROM device WHERE id = ?", (identity,))  # noqa: S608
        return _device(row) if row else None

    def by_token(self, token_hash: bytes) -> Device | None:
        """The device that holds the token with this hash."""
        row = self._connection.one(f"SELECT {_DEVICE} FROM device WHERE token_hash = ?", (token_hash,))  # noqa: S608
        return _device(row) if row else None

    def all(self) -> list[Device]:
        """Every device, by id."""
        return [_device(row) for row in self._connection.all(f"SELECT {_DEVICE} FROM device ORDER BY id")]  # noqa: S608

    def changes(self) -> tuple[int, int]:
        """A value that differs after every change of any device: what a cache of tokens compares.

        Asked of the database once a transaction, however many works share it.
        """
        if self._changes is None:
            row = self._connection.glance("SELECT count(*), coalesce(sum(version), 0) FROM device")
            assert row is not None
            self._changes = int(row[0]), int(row[1])
        return self._changes

    def forget(self) -> None:
        """What this transaction knows of :meth:`changes` may not be so any more."""
        self._changes = None

    def save(self, device: Device) -> None:
        """Add the device, or replace all fields of the one with the same id; its stored version grows by one."""
        self.forget()
        self._connection.run(
            f"INSERT INTO device ({_DEVICE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) "  # noqa: S608
            "ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, "
            "point = excluded.point, steps = excluded.steps, scopes = excluded.scopes, "
            "token_hash = excluded.token_hash, active = excluded.active, seen_at = excluded.seen_at, "
            "version = device.version + 1",
            (
                device.id,
                device.kind,
                device.name,
                stamp(device.created_at),
                device.point,
                json.dumps(to_plain(device.steps)),
                json.dumps(sorted(device.scopes)),
                device.token_hash,
                device.active,
                stamp(device.seen_at) if device.seen_at else None,
            ),
        )

    def seen(self, identity: str, at: datetime) -> None:
        """The device was heard; not a change of its rights."""
        self._connection.run("UPDATE device SET seen_at = ? WHERE id = ?", (stamp(at), identity))

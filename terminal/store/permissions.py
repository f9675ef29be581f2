"""The rows of permissions: who gave which, for which facts and units, and with which event it ended."""

from __future__ import annotations

from terminal.store.journal import stamp
from terminal.store.sql import Connection
from workflows import events as e
from workflows.state import Consignment


def keep(
    connection: Connection,
    event: e.PermissionGranted | e.PermissionDropped,
    ref: str,
    seq: int | None,
    before: Consignment | None,
) -> None:
    """End the rows that the event replaces or drops, and write the one that it grants.

    Partial approvals of one kind stand side by side; ``digest`` of a row tells them apart (see ``fingerprint``).
    """
    if isinstance(event, e.PermissionGranted):
        kind, labels = event.permission.kind, event.permission.units
    else:
        kind, labels = event.kind, event.units
    for ended in before.permissions if before is not None else ():
        if ended.kind is kind and (ended.units == labels or set(labels) & set(ended.units)):
            connection.run(
                "UPDATE permission SET dropped_seq = ? "
                "WHERE consignment_ref = ? AND kind = ? AND digest = ? AND dropped_seq IS NULL",
                (seq, ref, kind.value, ended.fingerprint),
            )
    if isinstance(event, e.PermissionGranted):
        given = event.permission
        connection.run(
            "INSERT INTO permission (seq, consignment_ref, kind, given_by, given_at, digest) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (seq, ref, kind.value, given.by, stamp(given.at), given.fingerprint),
        )

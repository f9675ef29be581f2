"""The row of a hold."""

from __future__ import annotations

from terminal.store import snapshots
from terminal.store.journal import stamp
from workflows.state import Hold

INSERT_HOLD = (
    "INSERT INTO hold (id, subject, consignment_ref, authority, reason, severity, placed_at, is_open, body) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def hold_row(hold: Hold, ref: str | None) -> tuple[object, ...]:
    """The values of :data:`INSERT_HOLD`; ``ref`` is the consignment that the hold stands on, if it is one."""
    return (
        hold.id, hold.subject, ref, hold.authority.value, hold.reason.value, hold.severity.value,
        stamp(hold.placed_at), hold.open, snapshots.dump(hold),
    )  # fmt: skip

"""What can go wrong between the service and its store.

StoreError
├── BadAddress           the database URL cannot mean anything: configuration
├── NotReady             the database is there but not ours, too old or too new: run the migration
├── OwnedElsewhere       another server process already writes this file
├── StoreUnavailable     a write could not be made durable: answer 503, the client asks again
│   └── Busy             more writes are waiting than may wait: answer 503 with ``Retry-After``
├── JournalRefused       the event itself cannot be written down (a float, a naive time ...): a bug
├── Vanished             a row that the work relies on does not exist
└── BackupFailed         a copy could not be made or does not verify
"""

# ruff: noqa: N818 - "Busy" and "NotReady" say more than "BusyError"

from __future__ import annotations


class StoreError(Exception):
    """Base of everything the store raises on purpose; the text is for people."""


class BadAddress(StoreError):
    """The database URL names no database we can open."""


class NotReady(StoreError):
    """The database exists, and its tables are not those of this version."""


class OwnedElsewhere(StoreError):
    """Another process holds the write ownership of this SQLite file."""


class StoreUnavailable(StoreError):
    """Nothing of the batch is durable; every caller of it gets this. Safe to repeat with the same nonce."""


class Busy(StoreUnavailable):
    """The queue of waiting writes is full. ``retry_after`` is in seconds."""

    def __init__(self, waiting: int, retry_after: int = 1) -> None:
        super().__init__(f"{waiting} writes are waiting already; try again in {retry_after} s")
        self.retry_after = retry_after


class JournalRefused(StoreError):
    """An event that cannot be written as exact bytes: floats, naive times, text that is not UTF-8."""


class Vanished(StoreError):
    """A row was expected and is not there."""


class BackupFailed(StoreError):
    """The copy could not be made, read or proven."""

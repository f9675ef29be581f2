"""The store: an append-only journal that is the truth, and projections written in the same transaction.

``Store.open(url)`` opens SQLite or PostgreSQL. ``await store.write(work)`` runs ``work(books)`` and returns
once it is on disk; ``with store.reading() as reader`` looks things up; ``store.bell`` tells that there is more.
"""

from terminal.store.books import Books
from terminal.store.deferred import Soon
from terminal.store.engine import Store, sqlite_path, url_in, url_of
from terminal.store.errors import (
    BackupFailed,
    BadAddress,
    Busy,
    JournalRefused,
    NotReady,
    OwnedElsewhere,
    StoreError,
    StoreUnavailable,
    Vanished,
)
from terminal.store.ids import uuid7
from terminal.store.journal import Entry, Head
from terminal.store.reader import Reader, Recalled

__all__ = [
    "BackupFailed",
    "BadAddress",
    "Books",
    "Busy",
    "Entry",
    "Head",
    "JournalRefused",
    "NotReady",
    "OwnedElsewhere",
    "Reader",
    "Recalled",
    "Soon",
    "Store",
    "StoreError",
    "StoreUnavailable",
    "Vanished",
    "sqlite_path",
    "url_in",
    "url_of",
    "uuid7",
]

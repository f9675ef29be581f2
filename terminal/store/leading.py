"""One of several servers on a PostgreSQL does what only one may do: a lock of the database that dies with its holder."""

from __future__ import annotations

import contextlib
import hashlib

import psycopg


class Leadership:
    """A session's advisory lock under a name. Blocking; use it from a thread, one call at a time."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        # Eight bytes of the hash are the 64 bits of the lock's number; the writers' lock is a number of six bytes.
        self._key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        self._line: psycopg.Connection | None = None

    def taken(self) -> bool:
        """True when this process leads now, or could take the lead just now; False when another leads or all is down."""
        try:
            if self._line is not None:
                self._line.execute("SELECT 1")
                return True
            line = psycopg.connect(self._url, autocommit=True, connect_timeout=5)
            row = line.execute("SELECT pg_try_advisory_lock(%s)", (self._key,)).fetchone()
            if row == (True,):
                self._line = line
                return True
            line.close()
        except psycopg.Error:
            self.give_up()
        return False

    def give_up(self) -> None:
        """Let another lead. Harmless when this one does not."""
        if self._line is not None:
            with contextlib.suppress(psycopg.Error):
                self._line.close()
            self._line = None

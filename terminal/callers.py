"""Devices that were recognised a moment ago, so that a scan need not look its token up again.

What is kept here is never believed by itself: the transaction that records the scan compares the state of the table of
devices with the one that was read together with the token. Whatever was changed in between (revoked, renewed, other
steps), here or by another server on the same database, counts from that very scan on.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from terminal.access import Caller, hash_token
from terminal.store import Books

#: when somebody was last seen is written down at most this often
SEEN_EVERY = timedelta(minutes=1)
KEPT = 4096


class Outdated(Exception):  # noqa: N818 -- caught by whoever asked, never shown
    """A device was changed since its token was looked up: look again."""


@dataclass(frozen=True, slots=True)
class Known:
    """A device with its token: who it is, and the state of the table of devices when that was read."""

    token: bytes
    caller: Caller
    changes: tuple[int, int]

    def insist(self, books: Books) -> None:
        """Inside the write: raises :class:`Outdated` when any device was changed since."""
        if books.devices.changes() != self.changes:
            raise Outdated


class Callers:
    """The devices recognised last, by the hash of their token. For one event loop."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, Known] = OrderedDict()

    def known(self, token: bytes, now: datetime) -> Known | None:
        """The device of this token, unless it was never recognised or it is time to write down that it was seen."""
        return self.of_hash(hash_token(token.decode("latin-1").strip()), now)

    def of_hash(self, token: bytes, now: datetime) -> Known | None:
        """As :meth:`known`, by the hash of the token."""
        found = self._known.get(token)
        if found is None or found.caller.device is None or found.caller.device.seen_at is None:
            return None
        return found if now - found.caller.device.seen_at <= SEEN_EVERY else None

    def learn(self, known: Known) -> None:
        """Know this device from now on."""
        self._known[known.token] = known
        self._known.move_to_end(known.token)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)

    def forget(self, known: Known) -> None:
        """Know this device no longer."""
        self._known.pop(known.token, None)

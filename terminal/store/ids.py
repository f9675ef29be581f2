"""Identifiers made here: UUID version 7, so that new rows land at the right edge of every index."""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last = 0


def uuid7_text() -> str:
    """A new :func:`uuid7` as text, in the usual form."""
    digits = f"{_number():032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def uuid7() -> UUID:
    """A time-ordered UUID (RFC 9562, version 7), strictly growing within this process.

    48 bits of Unix milliseconds, then 12 bits that count within a millisecond, then 62 random bits. When
    the clock steps back or a millisecond is used up, the last value counts on.
    """
    return UUID(int=_number())


def _number() -> int:
    global _last  # noqa: PLW0603 - one sequence for the whole process is the point
    with _lock:
        ticks = (time.time_ns() // 1_000_000) << 12
        _last = max(_last + 1, ticks)
        stamp = _last
    random = int.from_bytes(os.urandom(8), "big") & 0x3FFF_FFFF_FFFF_FFFF
    return (stamp >> 12 << 80) | (7 << 76) | ((stamp & 0xFFF) << 64) | (2 << 62) | random

"""Proving anew who one is, for approvals and for the end of holds: the password, or a token for it that lives minutes.

The token is bound to the session that asked for it and signed with the secret of the installation; it opens nothing by
itself. Wrong passwords count as at the sign-in (:func:`terminal.access.confirmed`). A device has no password, so it
proves nothing and is refused by the rules.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

#: how long a proof counts
LIFETIME = timedelta(minutes=5)


def _signature(secret: bytes, session: bytes, until: str) -> str:
    message = b"step-up:" + session + b":" + until.encode()
    return hmac.new(secret, message, hashlib.sha256).hexdigest()


def token(secret: bytes, session: bytes, until: datetime) -> str:
    """The token of one session (its hash) that proves until that time (UTC)."""
    text = str(int(until.timestamp()))
    return f"{text}.{_signature(secret, session, text)}"


def proves(secret: bytes, session: bytes, given: str | None, at: datetime) -> bool:
    """True when a token belongs to this session and its time is not over."""
    until, _, signature = (given or "").partition(".")
    if not (until.isascii() and until.isdigit() and len(until) < 12):
        return False
    right = hmac.compare_digest(
        _signature(secret, session, until).encode(), signature.encode("utf-8", "replace")
    )
    return right and int(until) > at.timestamp()

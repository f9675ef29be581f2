"""One-time codes of an authenticator app (RFC 6238): six digits, a new one every 30 seconds, HMAC-SHA-1."""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp

STEP_S = 30
#: steps before and after the present one that are taken too, for clocks that differ
WINDOW = 1
DIGITS = 6


def new_secret() -> str:
    """A fresh key: 160 random bits in base 32."""
    return pyotp.random_base32(32)


def address(secret: str, login: str, issuer: str) -> str:
    """The ``otpauth`` address that an app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)


def looks_like_code(text: str) -> bool:
    """True for six ASCII digits, spaces left aside: no password is so short."""
    digits = text.replace(" ", "")
    return len(digits) == DIGITS and digits.isascii() and digits.isdigit()


def step_of(secret: str, code: str, at: datetime, last: int) -> int | None:
    """The step whose code this is, looked for around ``at`` (UTC); None when it is none, or not later than ``last``.

    A step counts once. Every candidate is compared, so that the time taken tells nothing.
    """
    if not looks_like_code(code):
        return None
    given = code.replace(" ", "").encode()
    clock = pyotp.TOTP(secret)
    now, found = int(at.timestamp()) // STEP_S, None
    for step in range(now - WINDOW, now + WINDOW + 1):
        same = hmac.compare_digest(clock.generate_otp(max(step, 0)).encode(), given)
        if same and step > last:
            found = step
    return found

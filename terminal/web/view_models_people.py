"""What the pages of accounts show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FactorView:
    """An authenticator app or a passkey: its name and times, no secrets."""

    id: str
    kind: str
    name: str
    since: datetime
    used: datetime | None = None

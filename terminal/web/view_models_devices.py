"""What the pages of devices show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class DeviceView:
    """One device with its health; ``state`` is online, silent, trouble, offline, unknown or revoked."""

    id: str
    kind: str
    state: str
    point: str = ""
    protocol: str = ""
    url: str = ""
    last_seen: datetime | None = None
    last_reading: str = ""
    trouble: str = ""
    verified_until: date | None = None
    verification_late: bool = False
    frames: int = 0
    noise: int = 0
    advice: str = ""
    firmware: str = ""
    rate: str = ""
    reconnects: int = 0


@dataclass(frozen=True, slots=True)
class DeviceTold:
    """One thing that a device told or was told. ``concerns`` names what it is about, with its page."""

    seq: int
    at: datetime
    title: str
    detail: str = ""
    fault: str = ""
    concerns: tuple[tuple[str, str], ...] = ()
    figures: tuple[tuple[str, str], ...] = ()
    raw: str = ""

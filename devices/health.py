"""How a device is doing: one state with a sentence and a remedy, and the counters that diagnose a line."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from devices.errors import REMEDIES

#: ``starting`` not opened yet; ``no_link`` the wire cannot be opened or is lost; ``no_data`` it is open and
#: silent; ``odd_data`` bytes come that are no frame; ``live`` frames come (or silence is normal for this
#: device); ``off`` switched off in the configuration; ``failed`` a fault of ours, reported and retried.
State = Literal["starting", "no_link", "no_data", "odd_data", "live", "off", "failed"]


@dataclass(slots=True)
class Counters:
    """Since the start of the fleet. ``resync_bytes`` were thrown away while looking for a frame."""

    frames: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    bad_check: int = 0
    bad_format: int = 0
    truncated: int = 0
    overlong: int = 0
    resync_bytes: int = 0
    timeouts: int = 0
    reconnects: int = 0
    repeats: int = 0
    readings: int = 0
    pictures: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """A snapshot. Times in UTC; ``frame_rate`` frames a second over the last ten seconds."""

    device: str
    kind: str
    protocol: str
    point: str
    url: str
    state: State
    code: str
    sentence: str
    remedy: str
    since: datetime
    last_frame: datetime | None
    frame_rate: float
    #: model and version as the device says, or as the configuration says; empty where nobody does
    firmware: str = ""
    counters: Counters = field(default_factory=Counters)

    @property
    def ok(self) -> bool:
        """True when somebody can work with the device now."""
        return self.state == "live"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, with the remedy spelled out under ``advice``."""
        out = asdict(self)
        out["since"] = self.since.isoformat()
        out["last_frame"] = self.last_frame.isoformat() if self.last_frame else None
        out["advice"] = REMEDIES.get(self.remedy, "")
        out["ok"] = self.ok
        return out

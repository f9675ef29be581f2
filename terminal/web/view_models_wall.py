"""What the situation board on the wall shows. Weights in kg, durations in whole minutes, times UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from terminal.reports.today import Today


@dataclass(frozen=True, slots=True)
class Dwell:
    """How many stand at a stage, how many over the target, and how long the longest has stood."""

    stage: str
    count: int
    late: int = 0
    longest: int | None = None
    target: int | None = None

    @property
    def length(self) -> int:
        """Length of the bar in hundredths; the target lies at 60."""
        if self.longest is None or not self.target:
            return 0
        return max(2, min(100, self.longest * 60 // self.target))

    @property
    def tone(self) -> str:
        """Green within the target, yellow near it, red over it."""
        if self.longest is None or not self.target:
            return "note"
        return (
            "stop" if self.longest > self.target else "look" if self.longest * 4 > self.target * 3 else "go"
        )


@dataclass(frozen=True, slots=True)
class HeldBy:
    """Open holds of one authority by age: under 4 hours, under a day, under 3 days, older; ``oldest`` in minutes."""

    authority: str
    ages: tuple[int, int, int, int]
    oldest: int

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.ages)


@dataclass(frozen=True, slots=True)
class Watched:
    """One device: its id, kind, state and where it stands."""

    id: str
    kind: str
    state: str
    point: str


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that somebody should act on: how grave (a tone), its icon, what, and where it is dealt with."""

    tone: str
    icon: str
    what: str
    href: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Wall:
    """The situation as of ``at``, drawn at journal number ``seq``. ``devices`` is None for readers who may not see them."""

    seq: int
    at: datetime
    inside: int
    expected: int
    ready: int
    open_holds: int
    blocked: int
    today: Today
    stages: tuple[Dwell, ...]
    queues: tuple[Dwell, ...]
    holds: tuple[HeldBy, ...]
    alerts: tuple[Alert, ...]
    devices: tuple[Watched, ...] | None
    more_alerts: int = 0

"""What happens in a shift book (subject "shift:TERMINAL", "shift:OFFICERS"): notes, handing over, taking over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from workflows.event_base import Event


@dataclass(frozen=True, slots=True)
class ShiftNoted(Event):
    """Somebody wrote a line for the next shift."""

    shared: ClassVar[bool] = False

    note: str
    by: str


@dataclass(frozen=True, slots=True)
class ShiftHandedOver(Event):
    """The leaving shift signed what is open: counts, and the SHA-256 of the whole list as it was shown."""

    shared: ClassVar[bool] = False

    handing: str
    by: str
    open: Mapping[str, int] = field(default_factory=dict)
    digest: str = ""


@dataclass(frozen=True, slots=True)
class ShiftTakenOver(Event):
    """Another person signed the same list and has the work from then on."""

    shared: ClassVar[bool] = False

    handing: str
    by: str
    digest: str = ""
    remark: str = ""


KINDS: tuple[type[Event], ...] = (ShiftNoted, ShiftHandedOver, ShiftTakenOver)

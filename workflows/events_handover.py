"""What happens on the other bank: links handed out and taken back, handovers, and what became of each unit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from workflows.event_base import Event
from workflows.handover_state import Found, Handover, HandoverLink, LinkEnd, ShortFor
from workflows.stages import Stage


@dataclass(frozen=True, slots=True)
class HandoverLinkIssued(Event):
    """A receiver may hand over the load of this vehicle under this code."""

    shared: ClassVar[bool] = False

    link: HandoverLink


@dataclass(frozen=True, slots=True)
class HandoverLinkEnded(Event):
    """A link was taken back or replaced; whoever still holds it can do nothing with it."""

    shared: ClassVar[bool] = False

    code: str
    why: LinkEnd
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class HandoverRecorded(Event):
    """The receiver's statement about the load of this vehicle, whole, as it was signed."""

    handover: Handover


@dataclass(frozen=True, slots=True)
class UnitHandedOver(Event):
    """What became of one unit on the other bank; ``start`` is where it was before, also for a correction."""

    start: Stage
    found: Found
    visit: str
    consignment: str
    condition: str = "GOOD"
    why: ShortFor | None = None
    note: str = ""


KINDS: tuple[type[Event], ...] = (HandoverLinkIssued, HandoverLinkEnded, HandoverRecorded, UnitHandedOver)

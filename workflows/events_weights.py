"""What weighing brings to the journal beside the weights themselves: known tares, and those that do not fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from workflows.event_base import Event
from workflows.state import Weighing
from workflows.weight_state import TareAlarm


@dataclass(frozen=True, slots=True)
class TareRegistered(Event):
    """The empty weight of a vehicle is known from now on; ``subject`` is ``tare:PLATE`` or ``tare:PLATE+TRAILER``.

    ``weighing.verified_until`` is the last day on which it counts. ``source`` is WEIGHED for one that a scale gave, PAPERS for one from the registration paper or painted on a wagon.
    """

    shared: ClassVar[bool] = False

    weighing: Weighing
    source: str = "WEIGHED"


@dataclass(frozen=True, slots=True)
class TareDiffered(Event):
    """An empty vehicle weighed more or less than its known tare allows."""

    shared: ClassVar[bool] = False

    alarm: TareAlarm


KINDS: tuple[type[Event], ...] = (TareRegistered, TareDiffered)

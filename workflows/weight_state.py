"""What weighing adds to a vehicle's snapshot: axle groups, a tare that does not fit, a wagon's place in its cut.

Weights are ``Decimal`` kilograms, times UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Axle:
    """Which axle group of which pass a weight is of.

    ``layout`` are the axles of each group from the front ((1, 2, 3): single, tandem, tridem), ``place`` counts groups
    from 1, ``series`` counts passes over the scale from 1.
    """

    series: int
    place: int
    layout: tuple[int, ...]

    @property
    def axles(self) -> int:
        """Number of axles in this group."""
        return self.layout[self.place - 1]


@dataclass(frozen=True, slots=True)
class TareAlarm:
    """An empty weight that differs from the known tare by more than is allowed (WGT-06).

    ``returning`` says that the vehicle comes back from the other bank; ``difference_kg`` is measured less known.
    """

    measured_kg: Decimal
    known_kg: Decimal
    difference_kg: Decimal
    known_at: datetime
    returning: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class CutPlace:
    """A wagon's place in a cut: the train it comes with, and what the wagon list says of it.

    ``order`` counts from the head of the train, 1 first. ``northbound`` is a cut that comes back from the other bank.
    ``tare_kg`` is the tare painted on the wagon, ``gross_kg`` the cargo's declared gross weight.
    """

    cut: str
    order: int
    train: str = ""
    northbound: bool = False
    waybill: str = ""
    tare_kg: Decimal | None = None
    gross_kg: Decimal | None = None
    seals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OnScale:
    """What stands on a scale, as far as others than the operator tell.

    ``plate`` is what the camera at the scale reads (normalised) and how sure it is; ``last_plate`` the vehicle of
    another visit that gave the same weight a moment ago. ``looked``: the operator went and looked, and says so.
    """

    plate: str | None = None
    confidence: Decimal | None = None
    last_plate: str | None = None
    looked: bool = False

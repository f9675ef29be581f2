"""What is asked of :func:`workflows.decide.decide`, and what it may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from workflows.arrivals import Hours
from workflows.evolve import TASHKENT
from workflows.outcomes import Missing
from workflows.roles import Actor
from workflows.state import Consignment, Seal, Unit, Visit, Weighing
from workflows.storage import Room
from workflows.weight_state import OnScale


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a decision may look at, read in one transaction.

    ``unit`` with its ``consignment`` for steps of a unit; ``consignment`` alone for its own steps; ``visit`` with the
    consignments ``aboard`` (and those it is about to carry) for steps of a vehicle, and as the loading place of a unit.
    """

    consignment: Consignment | None = None
    unit: Unit | None = None
    visit: Visit | None = None
    aboard: tuple[Consignment, ...] = ()
    units: tuple[
        Unit, ...
    ] = ()  # of the consignment for its own steps; on the vehicle for those that take them along
    inside: tuple[Unit, ...] = ()  # everything inside the unit
    room: Room | None = None  # the place where the unit is to stand, when places are described


@dataclass(frozen=True, slots=True)
class Tolerance:
    """The wider of ``relative`` (0.01 is 1 %) and ``absolute_kg`` counts; equal to the limit passes."""

    relative: Decimal
    absolute_kg: Decimal

    def allows(self, declared_kg: Decimal, measured_kg: Decimal) -> bool:
        """True when the two gross weights (kg) agree."""
        return abs(measured_kg - declared_kg) <= self.limit_kg(declared_kg)

    def limit_kg(self, declared_kg: Decimal) -> Decimal:
        """The difference that is still allowed, in kg."""
        return max(abs(declared_kg) * self.relative, self.absolute_kg)


@dataclass(frozen=True, slots=True)
class Scale:
    """What makes a reading of this scale usable: range in kg and the last day of its verification."""

    id: str
    min_kg: Decimal | None = None
    max_kg: Decimal | None = None
    verified_until: date | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """Configuration a decision depends on; every change of it is journalled."""

    weighbridge: Tolerance = Tolerance(Decimal("0.01"), Decimal(100))
    scales: Mapping[str, Scale] = field(default_factory=dict)
    hours: Hours = field(default_factory=Hours)
    tare_days: int = 365  # a known tare counts for so many days
    rail: Tolerance = Tolerance(Decimal("0.01"), Decimal(200))
    rail_in_motion: Tolerance = Tolerance(Decimal("0.02"), Decimal(500))

    def tolerance_of(self, mode: str, flags: tuple[str, ...]) -> Tolerance:
        """The tolerance for the cargo of a vehicle of that mode; ``flags`` are those of its weight (``in_motion``)."""
        if mode != "RAIL":
            return self.weighbridge
        return self.rail_in_motion if "in_motion" in flags else self.rail


@dataclass(frozen=True, slots=True)
class Ask:
    """One request for a step: by whom, when (UTC), where, and what was seen."""

    who: Actor
    at: datetime
    point: str | None = None
    device: str | None = None
    plate: str | None = None  # normalised
    trailer: str | None = None
    seals: tuple[Seal, ...] = ()
    driver: str | None = None
    waybill: str | None = None  # number of the transport document that the driver shows
    weight: Weighing | None = None
    place: str | None = None
    condition: str = "GOOD"
    note: str = ""
    #: consignments whose last unit still here is on this vehicle: they leave with it
    last_of: frozenset[str] = frozenset()
    #: other visits with the same plate: a vehicle that is inside does not come in a second time
    same_plate: tuple[Visit, ...] = ()
    #: an approval for these labels only (none: for everything that is left), and for this vehicle only
    units: tuple[str, ...] = ()
    vehicle: Visit | None = None
    #: what stands on the scale, as far as a camera or the last weight there tells
    on_scale: OnScale = field(default_factory=OnScale)
    #: the known empty weight of this vehicle, if it is young enough to count
    tare: Weighing | None = None
    #: the consignment whose list is worked through: a unit of another one is refused
    only: str | None = None
    #: what stands on the vehicle and may not travel with the unit that is loaded
    apart: tuple[Missing, ...] = ()
    #: it was done without a connection, at this time by the clock of the device; it is asked now
    offline_at: datetime | None = None
    rules: Rules = field(default_factory=Rules)

    @property
    def day(self) -> date:
        """The calendar day in Tashkent: the day of the two-person rule."""
        return self.at.astimezone(TASHKENT).date()

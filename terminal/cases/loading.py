"""What stands on a vehicle already, for a unit that is about to be loaded beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from terminal.cases.once import Request
from terminal.store.reader import Reader
from workflows.checks.reference import default_reference
from workflows.loading import Danger, dangers, kept_apart, mode_of
from workflows.loading_axles import Estimate, estimate, places, shift
from workflows.outcomes import Missing
from workflows.state import Consignment, Unit, Visit
from workflows.vehicle_profiles import Profile
from workflows.weights import latest


def apart(
    reader: Reader,
    unit: Unit,
    inside: tuple[Unit, ...],
    consignment: Consignment | None,
    visit: Visit | None,
    request: Request,
) -> tuple[Missing, ...]:
    """Dangerous goods on this vehicle that may not travel with the unit, or with what is inside it."""
    if consignment is None or visit is None or not visit.units:
        return ()
    coming = dangers(consignment.papers, (unit, *inside))
    if not coming:
        return ()
    reference = request.reference(reader) if request.reference is not None else default_reference()
    return kept_apart(coming, _aboard(reader, visit), mode_of(visit.mode), reference)


def _aboard(reader: Reader, visit: Visit) -> tuple[Danger, ...]:
    units: dict[str, list[Unit]] = {}
    last: str | None = None
    while page := reader.units_on(visit.id, last):
        for one in page:
            units.setdefault(one.consignment, []).append(one)
        last = page[-1].label
    found: list[Danger] = []
    for ref, mine in units.items():
        consignment = reader.consignment(ref)
        if consignment is not None:
            found += dangers(consignment.papers, mine)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Load:
    """The units on a vehicle in the order in which they were loaded, with the estimate of what they put on its axles.

    ``at`` are their places in metres from the front of the deck; ``tare_kg`` the empty weight that was measured here.
    ``shift_m`` is by how much the whole load must move when a group is too heavy (None: it does not help, or need not).
    """

    units: tuple[Unit, ...]
    at: tuple[Decimal, ...]
    estimate: Estimate
    tare_kg: Decimal | None
    shift_m: Decimal | None


def estimated(
    reader: Reader,
    visit: Visit,
    profile: Profile,
    limits: Mapping[str, Decimal],
    at: Sequence[Decimal] = (),
) -> Load:
    """What the units on a vehicle put on its axle groups. Only an estimate.

    ``at`` says where they stand; without it (or with as many places as there are units no longer) they stand in the
    order in which they were loaded.
    """
    units: list[Unit] = []
    while page := reader.units_on(visit.id, units[-1].label if units else None):
        units += page
    loaded = [(_loaded_at(reader, unit), unit) for unit in units if unit.parent is None]
    ordered = [unit for _, unit in sorted(loaded, key=lambda one: (one[0], one[1].label))]
    where = tuple(at) if len(at) == len(ordered) else tuple(places(len(ordered), profile.deck_m))
    weights = [unit.gross_kg for unit in ordered]
    weighed = latest(visit, "TARE")
    tare = weighed.kg if weighed is not None else None
    told = estimate(weights, profile, limits, where, tare)
    return Load(
        tuple(ordered), where, told, tare, shift(weights, profile, limits, where, tare) if told.over else None
    )


def _loaded_at(reader: Reader, unit: Unit) -> int:
    """The number of the event with which a unit was loaded; 0 when its chain does not tell."""
    for entry in reader.history(f"unit:{unit.label}", limit=20):
        if entry.type == "UnitLoaded":
            return entry.seq
    return 0

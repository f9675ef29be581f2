"""Which readings of a scale count, and what they say about the cargo.

Chapter 6 of the domain notes, OIML R76 (static) and R134 (in motion): a reading that is unstable, negative, out of
range or from a scale out of verification is kept but does not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from workflows.checks.case import TASHKENT, Case, WeighingSeen
from workflows.checks.reference import WeightTolerance
from workflows.checks.wagons import wagon_form
from workflows.identifiers import fold_code

_BAD_STATUS = ("OVERLOAD", "UNDERLOAD", "OVER", "UNDER", "ERROR", "NEGATIVE", "INVALID", "UNSTABLE", "MOTION")
_EARLY = datetime.min.replace(tzinfo=TASHKENT)


def why_unusable(case: Case, seen: WeighingSeen) -> str | None:
    """The reason a reading does not count, as a code of the texts, or None when it does.

    A scale nobody knows gives ``unknown_scale``: its verification cannot be told.
    """
    if seen.stable is False:
        return "unstable"
    status = (seen.status or "").upper()
    if any(word in status for word in _BAD_STATUS):
        return "overload" if "OVER" in status else "status"
    kilograms = [group.kg for group in seen.axles] if seen.what == "AXLES" else [seen.kg]
    for kg in kilograms or [None]:
        if kg is None:
            return "no_value"
        if kg < 0 or (kg == 0 and seen.what != "NET"):
            return "negative"
    scale = case.context.scales.get(seen.scale)
    if scale is None:
        return "unknown_scale"
    day = (seen.at or case.context.as_of).astimezone(TASHKENT).date()
    if scale.verified_until is not None and scale.verified_until < day:
        return "verification_expired"
    if seen.what != "AXLES":
        kg = seen.kg if seen.kg is not None else Decimal(0)
        if scale.max_kg is not None and kg > scale.max_kg:
            return "above_maximum"
        if scale.min_kg is not None and kg < scale.min_kg:
            return "below_minimum"
    return None


def target_form(target: str) -> str:
    """A weighing target for grouping: ``wagon:`` numbers and SSCCs without punctuation."""
    if target.startswith("wagon:"):
        return "wagon:" + wagon_form(target[6:])
    return target if target in ("vehicle", "container", "trailer", "consignment") else fold_code(target).text


def groups(case: Case) -> dict[tuple[str, str], list[WeighingSeen]]:
    """Readings by (target, what), each list in order of time."""
    found: dict[tuple[str, str], list[WeighingSeen]] = {}
    for seen in sorted(case.observations.weighings, key=lambda w: w.at or _EARLY):
        found.setdefault((target_form(seen.target), seen.what), []).append(seen)
    return found


def in_motion(case: Case, seen: WeighingSeen) -> bool:
    """True for a scale that weighs moving vehicles: wider tolerance, second choice."""
    scale = case.context.scales.get(seen.scale)
    return scale is not None and "motion" in scale.kind


def best(case: Case, target: str, what: str) -> WeighingSeen | None:
    """The reading that counts: usable, static before in motion, the latest of those."""
    usable = [seen for seen in groups(case).get((target, what), ()) if why_unusable(case, seen) is None]
    still = [seen for seen in usable if not in_motion(case, seen)]
    chosen = still or usable
    return chosen[-1] if chosen else None


@dataclass(frozen=True, slots=True)
class CargoMass:
    """Cargo of a vehicle or wagon, kg: gross less tare less container tare, with where the tare came from."""

    kg: Decimal
    gross: WeighingSeen
    tare_kg: Decimal
    tare_from: str  # weighed, registered, weighed_earlier
    container_tare_kg: Decimal
    tolerance: WeightTolerance


def registered_tare(case: Case, target: str) -> Decimal | None:
    """The registered or stencilled tare of a vehicle, wagon or container, kg: from the readings, else the papers."""
    for (where, _), readings in groups(case).items():
        if where == target:
            for seen in readings:
                if seen.registered_tare_kg is not None:
                    return seen.registered_tare_kg
    if target == "container":
        return case.papers.container_tare_kg
    vehicle = case.papers.vehicle
    return vehicle.tare_kg if target == "vehicle" and vehicle else None


def empty_on_board(case: Case, target: str, weighed_kg: Decimal) -> Decimal:
    """Container tare (kg) that a weighed empty vehicle already holds: the empty container stayed on it.

    Known only when the vehicle's own tare is known and the reading is nearer to both together.
    """
    own, container = registered_tare(case, target), case.papers.container_tare_kg
    if target != "vehicle" or own is None or not container:
        return Decimal(0)
    return container if abs(weighed_kg - own - container) < abs(weighed_kg - own) else Decimal(0)


def cargo_mass(case: Case, target: str) -> CargoMass | str:
    """The measured cargo of ``vehicle``, ``container`` or ``wagon:NUMBER``, or the code of what is missing.

    Tare: weighed on the same day, else registered or stencilled, else weighed earlier. Never raises.
    """
    gross = best(case, target, "GROSS")
    if gross is None or gross.kg is None:
        net = best(case, target, "NET")
        if net is None or net.kg is None:
            return "gross"
        return CargoMass(net.kg, net, Decimal(0), "weighed", Decimal(0), _tolerance(case, net))
    container = (case.papers.container_tare_kg or Decimal(0)) if target == "vehicle" else Decimal(0)
    weighed, known = best(case, target, "TARE"), registered_tare(case, target)
    tolerance = _tolerance(case, gross)
    same_day = weighed is not None and _day(case, weighed) == _day(case, gross)
    if weighed is not None and weighed.kg is not None and (same_day or known is None):
        tare, source = weighed.kg, "weighed" if same_day else "weighed_earlier"
        container -= empty_on_board(case, target, weighed.kg)
        tolerance = max(tolerance, _tolerance(case, weighed), key=lambda t: (t.relative, t.absolute_kg))
    elif known is not None:
        tare, source = known, "registered"
    else:
        return "tare"
    return CargoMass(gross.kg - tare - container, gross, tare, source, container, tolerance)


def _day(case: Case, seen: WeighingSeen) -> object:
    return (seen.at or case.context.as_of).astimezone(TASHKENT).date()


def _tolerance(case: Case, seen: WeighingSeen) -> WeightTolerance:
    """The tolerance of the scale's kind; an unnamed kind is judged as the static scale of that mode."""
    scale = case.context.scales.get(seen.scale)
    table = case.reference.tolerances.weight
    fallback = "rail_scale_static" if seen.target.startswith("wagon:") else "weighbridge_static"
    return table.get(scale.kind if scale else "", table[fallback])

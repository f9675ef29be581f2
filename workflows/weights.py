"""When a weight may be believed, and when two weights agree.

A reading counts only when it is stable, in range and from a scale whose verification is valid (WGT-04). A weight
typed by hand needs a second person and a reason. Weights are gross ``Decimal`` kilograms.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from workflows.ask import Ask
from workflows.events import UnitWeighed
from workflows.identifiers.transport import one_place_apart
from workflows.outcomes import Accepted, Missing, Outcome, Reason, Refused
from workflows.papers import Papers
from workflows.roles import STEP_ROLES
from workflows.stages import Stage
from workflows.state import Unit, Visit, Weighing

#: a unit at one of these can be put on a scale: it stands in the terminal, or on the vehicle that brings it
_ON_SCALE = frozenset(
    {Stage.PRE_ADVICE, Stage.UNLOAD, Stage.TALLY, Stage.STORAGE, Stage.INSPECT, Stage.SAMPLE, Stage.PICK}
)


def unusable(ask: Ask) -> list[Missing]:
    """Why the weight of this request may not be used; empty means it may."""
    weight = ask.weight
    if weight is None:
        return [Missing(Reason.NO_WEIGHT, {"point": ask.point})]
    facts = {"scale": weight.scale, "kg": format(weight.kg, "f")}
    missing = []
    if weight.typed:
        if not weight.confirmed_by or weight.confirmed_by == ask.who.id or not weight.note.strip():
            who = STEP_ROLES[Stage.WEIGH_IN]
            missing.append(Missing(Reason.TYPED_WEIGHT_NEEDS_SECOND_PERSON, facts, who))
    elif not weight.stable:
        missing.append(Missing(Reason.WEIGHT_UNSTABLE, facts))
    scale = ask.rules.scales.get(weight.scale)
    low, high = (scale.min_kg, scale.max_kg) if scale else (None, None)
    if weight.kg <= 0 or (low is not None and weight.kg < low) or (high is not None and weight.kg > high):
        limits = {"min_kg": format(low, "f") if low is not None else None}
        limits["max_kg"] = format(high, "f") if high is not None else None
        missing.append(Missing(Reason.WEIGHT_OUT_OF_RANGE, {**facts, **limits}))
    until = weight.verified_until or (scale.verified_until if scale else None)
    if until is not None and until < ask.day:
        missing.append(Missing(Reason.SCALE_NOT_VERIFIED, {**facts, "verified_until": until.isoformat()}))
    return missing


def weighing_step(visit: Visit) -> Stage:
    """Which weighing a vehicle comes for: out when it is sealed, weighed out, or empty and its tare was taken, else in."""
    if visit.stage in (Stage.SEAL, Stage.WEIGH_OUT):
        return Stage.WEIGH_OUT
    tared = visit.stage is Stage.WEIGH_IN or (
        visit.stage is Stage.UNLOAD and latest(visit, "TARE") is not None
    )
    return Stage.WEIGH_OUT if tared and not visit.aboard else Stage.WEIGH_IN


def latest(visit: Visit, what: str) -> Weighing | None:
    """The last weighing of that kind in this visit."""
    return next((w for w in reversed(visit.weighings) if w.what == what), None)


def weighed_before(visit: Visit, what: str, ask: Ask) -> list[Missing]:
    """A weight that would replace an earlier one of the same kind, asked for without a reason.

    A vehicle that was loaded anew after its weigh-out comes for another load, not again for the same.
    """
    earlier = latest(visit, what)
    if earlier is None or ask.note.strip():
        return []
    if what == "OUT" and visit.stage is not Stage.WEIGH_OUT:
        return []
    facts = {"visit": visit.id, "what": what, "kg": format(earlier.kg, "f")}
    return [Missing(Reason.WEIGHED_BEFORE, facts)]


def superseded(visit: Visit) -> frozenset[int]:
    """Positions in ``visit.weighings`` that a later weight of the same kind (and axle group) has taken the place of."""
    newest: dict[object, int] = {}
    gone = set()
    for place, weighing in enumerate(visit.weighings):
        key = (weighing.what, weighing.axle.place) if weighing.axle is not None else weighing.what
        if key in newest:
            gone.add(newest[key])
        newest[key] = place
    return frozenset(gone)


#: a camera less sure than this (percent) is asked about with a person, when one sign differs (DOMAIN 7.8)
SURE = Decimal(90)


def other_vehicle(visit: Visit, ask: Ask) -> list[Missing]:
    """Another vehicle stands on the scale than the one the weight is for.

    Told by the plate that the camera at the scale reads, or by the last weight there: the same figure a moment ago for
    another vehicle means that nobody has driven off. Somebody who looked says so and why (``ask.on_scale.looked`` with a
    note); a wagon has no plate, so only the last weight speaks.
    """
    seen = ask.on_scale
    if seen.looked and ask.note.strip():
        return []
    facts = {"visit": visit.id, "expected": visit.plate}
    if seen.plate is not None and visit.mode == "ROAD" and seen.plate not in (visit.plate, visit.trailer):
        near = visit.plate is not None and one_place_apart(seen.plate, visit.plate)
        doubt = seen.confidence is not None and seen.confidence < SURE
        word = "doubtful" if near and doubt else "seen"
        return [Missing(Reason.OTHER_ON_SCALE, {**facts, word: seen.plate})]
    if seen.last_plate is not None and seen.last_plate != visit.plate:
        return [Missing(Reason.OTHER_ON_SCALE, {**facts, "last": seen.last_plate})]
    return []


def weigh_unit(unit: Unit, earlier: Weighing | None, ask: Ask) -> Outcome:
    """Weigh one unit alone on a scale; its stage does not change. A weight that replaces ``earlier`` needs a reason.

    What is loaded or has left keeps the weight it was loaded with. What stands inside another unit is weighed with it:
    a weight of its own would no longer be the one that was added to what is around it.
    """
    missing = unusable(ask)
    if earlier is not None and ask.weight is not None and not ask.weight.note.strip():
        known = {"unit": unit.label, "plate": unit.label, "kg": format(earlier.kg, "f")}
        missing.append(Missing(Reason.WEIGHED_BEFORE, known))
    if unit.stage not in _ON_SCALE:
        facts = {"unit": unit.label, "stage": unit.stage.value, "step": "weigh"}
        missing.append(Missing(Reason.WRONG_STAGE, facts))
    if unit.parent is not None:
        missing.append(Missing(Reason.UNIT_INSIDE, {"unit": unit.label, "parent": unit.parent}))
    if missing or ask.weight is None:
        return Refused(tuple(missing))
    return Accepted((UnitWeighed(f"unit:{unit.label}", replace(ask.weight, what="UNIT")),))


def declared_kg(papers: Papers, label: str) -> Decimal | None:
    """Declared gross weight (kg) of the unit with this label: its row of the unit list, else its lines; None if not said."""
    rows = [unit.gross_kg for unit in papers.units if unit.sscc == label]
    rows = rows or [line.gross_kg for line in papers.lines if line.sscc == label]
    known = [kg for kg in rows if kg is not None]
    return sum(known, Decimal(0)) if rows and len(known) == len(rows) else None


def cargo_disagrees(visit: Visit, ask: Ask) -> list[Missing]:
    """Compare the vehicle as it leaves with what it should weigh.

    What it should weigh is its tare (weighed here, else the known one, ``ask.tare``) plus the
    units loaded here; for a load that stayed on board, the gross at weigh-in
    plus what was added. Without that base nobody can tell: that is a refusal, never a pass. A vehicle that leaves
    empty needs only its weigh-out (its tare is compared with the known one by check WGT-06).
    """
    out, base = latest(visit, "OUT"), latest(visit, "GROSS" if visit.carries else "TARE")
    if base is None and not visit.carries:
        base = ask.tare
    if out is None:
        return [Missing(Reason.NOT_WEIGHED, {"visit": visit.id}, STEP_ROLES[Stage.WEIGH_OUT])]
    if base is None:
        if not visit.aboard:
            return []
        return [Missing(Reason.TARE_UNKNOWN, {"visit": visit.id}, STEP_ROLES[Stage.WEIGH_IN])]
    declared, measured = visit.loaded_kg, out.kg - base.kg
    tolerance = ask.rules.tolerance_of(visit.mode, out.flags)
    if tolerance.allows(declared, measured):
        return []
    facts = {
        "declared_kg": format(declared, "f"),
        "measured_kg": format(measured, "f"),
        "out_kg": format(out.kg, "f"),
        "base_kg": format(base.kg, "f"),
        "tolerance_kg": format(tolerance.limit_kg(declared), "f"),
    }
    return [Missing(Reason.WEIGHT_DIFFERS, facts, STEP_ROLES[Stage.WEIGH_OUT])]

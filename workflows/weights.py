"""When a weight may be believed, and when two weights agree.

A reading counts only when it is stable, in range and from a scale whose verification is valid (WGT-04). A weight
typed by hand needs a second person and a reason. Weights are gross ``Decimal`` kilograms.
"""

from __future__ import annotations

from workflows.ask import Ask
from workflows.outcomes import Missing, Reason
from workflows.roles import STEP_ROLES
from workflows.stages import Stage
from workflows.state import Visit, Weighing


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


def latest(visit: Visit, what: str) -> Weighing | None:
    """The last weighing of that kind in this visit."""
    return next((w for w in reversed(visit.weighings) if w.what == what), None)


def cargo_disagrees(visit: Visit, ask: Ask) -> list[Missing]:
    """Compare the vehicle as it leaves with what it should weigh.

    What it should weigh is its tare plus the units loaded here; for a load that stayed on board, the gross at weigh-in
    plus what was added. Without that base nobody can tell: that is a refusal, never a pass. A vehicle that leaves
    empty needs only its weigh-out (its tare is compared with the known one by check WGT-06).
    """
    out, base = latest(visit, "OUT"), latest(visit, "GROSS" if visit.carries else "TARE")
    if out is None:
        return [Missing(Reason.NOT_WEIGHED, {"visit": visit.id}, STEP_ROLES[Stage.WEIGH_OUT])]
    if base is None:
        if not visit.aboard:
            return []
        return [Missing(Reason.TARE_UNKNOWN, {"visit": visit.id}, STEP_ROLES[Stage.WEIGH_IN])]
    declared, measured = visit.loaded_kg, out.kg - base.kg
    if ask.rules.weighbridge.allows(declared, measured):
        return []
    facts = {
        "declared_kg": format(declared, "f"),
        "measured_kg": format(measured, "f"),
        "out_kg": format(out.kg, "f"),
        "base_kg": format(base.kg, "f"),
        "tolerance_kg": format(ask.rules.weighbridge.limit_kg(declared), "f"),
    }
    return [Missing(Reason.WEIGHT_DIFFERS, facts, STEP_ROLES[Stage.WEIGH_OUT])]

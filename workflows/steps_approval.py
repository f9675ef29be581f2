"""The two approvals, of a whole consignment or of some of its units: two people, nothing open, nothing changed since."""

from __future__ import annotations

from collections.abc import Mapping

from workflows import parts
from workflows.ask import Ask, Situation
from workflows.events import Event, PermissionDropped, PermissionGranted, StageChanged
from workflows.outcomes import Accepted, AlreadyDone, Missing, Outcome, Reason, Refused
from workflows.release import for_other_vehicle, standing_in_the_way, unfit_to_approve
from workflows.roles import STEP_ROLES
from workflows.stages import CONSIGNMENT, Stage, Step, allowed
from workflows.state import PROTECTED, Consignment, Permission, PermissionKind, Unit, Visit

_GRANTS = {
    Stage.CUSTOMS_RELEASE: PermissionKind.CUSTOMS_RELEASE,
    Stage.RELEASE: PermissionKind.TERMINAL_RELEASE,
}
#: Where a consignment may stand when some of its units are approved: one step earlier than for the whole is enough
#: for the terminal, because the approval of customs for these units did not move the consignment.
MAY_START = {
    Stage.CUSTOMS_RELEASE: frozenset({Stage.RISK, Stage.INSPECT}),
    Stage.RELEASE: frozenset({Stage.RISK, Stage.INSPECT, Stage.CUSTOMS_RELEASE}),
}


def approve(situation: Situation, step: Step, ask: Ask) -> Outcome:
    """Customs release (first) or terminal release (second).

    ``ask.units`` names what it covers; without, it covers everything: where units have gone or were approved by
    themselves before, everything that is left, by label.
    """
    consignment = situation.consignment
    if consignment is None:
        raise ValueError("an approval needs the consignment")
    kind = _GRANTS[step]
    units = {unit.label: unit for unit in situation.units}
    left = any(unit.stage in parts.GONE for unit in situation.units)
    if ask.units or (units and (left or parts.has_parts(consignment))):
        rest = tuple(unit.label for unit in parts.open_units(consignment, situation.units, kind))
        return _approve_some(consignment, kind, step, ask.units or rest, units, ask)
    given = consignment.permission(kind)
    if given is not None and given.by == ask.who.id and given.digest == consignment.digest:
        return AlreadyDone({"consignment": consignment.ref, "permission": kind.value, "by": given.by})
    missing = unfit_to_approve(consignment, kind, ask)
    missing += standing_in_the_way(consignment, step)
    missing += wrong_stage(consignment, step)
    if missing:
        return Refused(tuple(missing))
    subject = f"consignment:{consignment.ref}"
    vehicle = (ask.vehicle.id, _plate(ask.vehicle)) if ask.vehicle is not None else (None, None)
    weight = parts.weight_of(units, units) if units else None
    granted = Permission(kind, ask.who.id, ask.at, consignment.digest, ask.note, (), weight, *vehicle)
    events: list[Event] = [PermissionGranted(subject, granted)]
    if consignment.stage is not step:
        events.append(StageChanged(subject, consignment.stage, step))
    return Accepted(tuple(events))


def wrong_stage(consignment: Consignment, step: Step) -> list[Missing]:
    """The refusal when the table does not lead from where the consignment is to ``step`` (PRC-03)."""
    if allowed(CONSIGNMENT, consignment.stage, step):
        return []
    return [_not_next(consignment, step)]


def _not_next(consignment: Consignment, step: Step) -> Missing:
    facts = {"consignment": consignment.ref, "stage": consignment.stage.value, "step": step.value}
    return Missing(Reason.WRONG_STAGE, {**facts, "check": "PRC-03"})


def _plate(visit: Visit) -> str | None:
    return visit.plate or visit.expected_plate


def _approve_some(
    consignment: Consignment,
    kind: PermissionKind,
    step: Step,
    wanted: tuple[str, ...],
    units: Mapping[str, Unit],
    ask: Ask,
) -> Outcome:
    labels = tuple(sorted(set(wanted)))
    given = next((p for p in consignment.parts(kind) if p.units == labels), None)
    if given is not None and given.by == ask.who.id and given.digest == consignment.digest:
        return AlreadyDone(
            {"consignment": consignment.ref, "permission": kind.value, "by": given.by, "units": list(labels)}
        )
    missing = unfit_to_approve(consignment, kind, ask)
    missing += [
        found
        for label in labels
        if (found := _not_to_cover(consignment, kind, label, units, ask)) is not None
    ]
    if not labels:
        missing.append(Missing(Reason.INVALID, {"field": "units", "consignment": consignment.ref}))
    else:
        missing += standing_in_the_way(consignment, step, *labels)
        missing += _vehicle_unfit(consignment, labels, ask)
    if consignment.stage not in MAY_START[step]:
        missing.append(_not_next(consignment, step))
    if missing:
        return Refused(tuple(missing))
    vehicle = (ask.vehicle.id, _plate(ask.vehicle)) if ask.vehicle is not None else (None, None)
    granted = Permission(
        kind,
        ask.who.id,
        ask.at,
        consignment.digest,
        ask.note,
        labels,
        parts.weight_of(labels, units),
        *vehicle,
    )
    subject = f"consignment:{consignment.ref}"
    return Accepted((PermissionGranted(subject, granted), *_onward(consignment, kind, labels, units)))


def _not_to_cover(
    consignment: Consignment, kind: PermissionKind, label: str, units: Mapping[str, Unit], ask: Ask
) -> Missing | None:
    """Why one unit may not be covered: not of this consignment, released before, gone, or not seen yet."""
    facts = {"unit": label, "consignment": consignment.ref, "permission": kind.value}
    unit = units.get(label)
    if unit is None:
        return Missing(Reason.NOT_FOUND, facts)
    before = parts.covering(consignment, kind, label)
    if before is not None:
        return Missing(Reason.ALREADY_RELEASED, {**facts, "by": before.by, "given_at": before.at.isoformat()})
    if unit.stage in parts.GONE | parts.TAKEN or label in consignment.gone_units:
        return Missing(Reason.ALREADY_RELEASED, {**facts, "stage": unit.stage.value})
    if ask.units and unit.stage in parts.UNSEEN:
        return Missing(Reason.NOT_TALLIED, {"unit": label}, STEP_ROLES[Stage.TALLY])
    return None


def _vehicle_unfit(consignment: Consignment, labels: tuple[str, ...], ask: Ask) -> list[Missing]:
    """The vehicle named may still take them, and no earlier approval gave them to another."""
    if ask.vehicle is None:
        return []
    if ask.vehicle.stage is not Stage.PRE_ADVICE and not ask.vehicle.inside:
        facts = {"visit": ask.vehicle.id, "plate": _plate(ask.vehicle), "stage": ask.vehicle.stage.value}
        return [Missing(Reason.WRONG_STAGE, facts)]
    return for_other_vehicle(consignment, labels, ask.vehicle)


def _onward(
    consignment: Consignment, kind: PermissionKind, labels: tuple[str, ...], units: Mapping[str, Unit]
) -> list[Event]:
    """The stage the consignment comes to when nothing that is here is without this approval any more."""
    open_ones = parts.open_units(consignment, units.values(), kind)
    if any(unit.label not in labels for unit in open_ones):
        return []
    subject, events, at = f"consignment:{consignment.ref}", [], consignment.stage
    way = [Stage.CUSTOMS_RELEASE]
    if kind is PermissionKind.TERMINAL_RELEASE:
        way.append(Stage.RELEASE)
    for stage in way:
        if at is not stage:
            events.append(StageChanged(subject, at, stage))
            at = stage
    return list(events)


def drop_approvals(consignment: Consignment, why: str, *, papers: bool = True) -> list[Event]:
    """Both approvals fall away for everything that is still here; with ``papers`` the look at the documents too.

    What left under a partial approval left with it: that one stays as it was given.
    """
    subject, gone = f"consignment:{consignment.ref}", consignment.gone_units
    events: list[Event] = []
    for given in consignment.permissions:
        if given.kind not in PROTECTED and not (papers and given.kind is PermissionKind.DOCUMENTS_COMPLETE):
            continue
        labels = tuple(label for label in given.units if label not in gone)
        if labels or not given.units:
            events.append(PermissionDropped(subject, given.kind, why, given.by, labels))
    return events

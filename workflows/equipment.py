"""Whether an instrument, a kit or a dog may be used now, and how the inventory changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from workflows.ask import Ask
from workflows.equipment_state import DOG_KINDS, FOR_METHOD, Equipment, EquipmentState
from workflows.events_inspection import EquipmentAdded, EquipmentChanged
from workflows.evolve import TASHKENT
from workflows.inspection_state import Method
from workflows.outcomes import Accepted, AlreadyDone, Missing, Outcome, Reason, refuse
from workflows.plain import to_plain
from workflows.roles import RIGHTS, Right

#: the day shift, local time; the night shift is the rest
DAY_BEGINS, DAY_ENDS = time(8), time(20)
#: warned before a calibration or a kit lot runs out
SOON = timedelta(days=30)

#: fields that people may change; the rest is counted
CHANGEABLE = (
    "name",
    "place",
    "state",
    "serial",
    "calibrated_until",
    "kit_lot",
    "expires",
    "trained",
    "limit_minutes",
    "rest_minutes",
    "note",
)


def shift(at: datetime) -> tuple[datetime, datetime]:
    """Beginning and end of the shift that ``at`` falls into: 08:00-20:00 or 20:00-08:00 in Tashkent."""
    local = at.astimezone(TASHKENT)
    morning = local.replace(hour=DAY_BEGINS.hour, minute=0, second=0, microsecond=0)
    evening = local.replace(hour=DAY_ENDS.hour, minute=0, second=0, microsecond=0)
    if local < morning:
        return evening - timedelta(days=1), morning
    if local < evening:
        return morning, evening
    return evening, morning + timedelta(days=1)


def minutes_in_shift(equipment: Equipment, at: datetime) -> int:
    """Minutes it has worked in the shift of ``at``; work that began in the shift before counts with its part here."""
    begin, end = shift(at)
    seconds = sum(
        max(0.0, (min(work.end, end) - max(work.start, begin)).total_seconds()) for work in equipment.worked
    )
    return round(seconds / 60)


def resting_until(equipment: Equipment, at: datetime) -> datetime | None:
    """When a dog may work again, or None when it may now."""
    until: datetime | None = None
    if equipment.limit_minutes is not None and minutes_in_shift(equipment, at) >= equipment.limit_minutes:
        until = shift(at)[1]
    if equipment.rest_minutes is not None and equipment.worked:
        rested = max(work.end for work in equipment.worked) + timedelta(minutes=equipment.rest_minutes)
        if rested > at and (until is None or rested > until):
            until = rested
    return until


def unfit(equipment: Equipment, method: Method, ask: Ask) -> list[Missing]:
    """Why this equipment may not be used for this method by this person now; empty means it may."""
    facts: dict[str, Any] = {"equipment": equipment.id, "name": equipment.name, "method": method.value}
    managers = RIGHTS[Right.MANAGE_EQUIPMENT]
    missing = []
    if FOR_METHOD.get(method) is not equipment.kind:
        missing.append(Missing(Reason.EQUIPMENT_UNFIT, facts))
    if equipment.state is not EquipmentState.IN_SERVICE:
        now = {**facts, "equipment_state": equipment.state.value}
        missing.append(Missing(Reason.EQUIPMENT_NOT_IN_SERVICE, now, managers))
    if equipment.expires is not None and equipment.expires < ask.day:
        gone = {**facts, "lot": equipment.kit_lot, "expires": equipment.expires.isoformat()}
        missing.append(Missing(Reason.EQUIPMENT_EXPIRED, gone, managers))
    if equipment.calibrated_until is not None and equipment.calibrated_until < ask.day:
        ended = {**facts, "calibrated_until": equipment.calibrated_until.isoformat()}
        missing.append(Missing(Reason.EQUIPMENT_NOT_CALIBRATED, ended, managers))
    if equipment.exclusive and equipment.busy:
        missing.append(Missing(Reason.EQUIPMENT_BUSY, {**facts, "inspection": equipment.busy[0]}))
    if equipment.trained and not ask.who.is_device and ask.who.id not in equipment.trained:
        missing.append(Missing(Reason.NOT_TRAINED, {**facts, "person": ask.who.id}, managers))
    if equipment.kind in DOG_KINDS and (until := resting_until(equipment, ask.at)) is not None:
        worked = minutes_in_shift(equipment, ask.at)
        missing.append(
            Missing(Reason.DOG_MUST_REST, {**facts, "minutes": worked, "until": until.isoformat()})
        )
    return missing


def add(existing: Equipment | None, new: Equipment, ask: Ask) -> Outcome:
    """Take an instrument, kit lot or dog into the inventory. A kit needs its lot and last good day."""
    if not ask.who.may(Right.MANAGE_EQUIPMENT):
        return refuse(Reason.NOT_PERMITTED, who=RIGHTS[Right.MANAGE_EQUIPMENT], step="manage_equipment")
    if existing is not None:
        if _facts(existing) == _facts(new) and existing.kind is new.kind:
            return AlreadyDone({"equipment": existing.id})
        return refuse(Reason.INVALID, field="id", value=new.id)
    if (field := _wrong(new)) is not None:
        return refuse(Reason.INVALID, field=field)
    fresh = replace(new, uses=0, busy=(), worked=())
    return Accepted((EquipmentAdded(f"equipment:{new.id}", fresh),))


def change(existing: Equipment, changed: Mapping[str, Any], ask: Ask) -> Outcome:
    """Change its facts (fields of :data:`CHANGEABLE`). Taking it out of service is open to all who use it.

    A change of state needs a reason (``ask.note``). Raises ``KeyError`` for a field that nobody changes by hand.
    """
    if unknown := set(changed) - set(CHANGEABLE):
        raise KeyError(f"not to be changed by hand: {', '.join(sorted(unknown))}")
    new = replace(existing, **changed)
    out = set(changed) == {"state"} and new.state is not EquipmentState.IN_SERVICE
    right = Right.REPORT_EQUIPMENT if out else Right.MANAGE_EQUIPMENT
    if not ask.who.may(right):
        return refuse(Reason.NOT_PERMITTED, who=RIGHTS[right], step=right.value, equipment=existing.id)
    before, after = to_plain(existing), to_plain(new)
    difference = {
        name: {"from": before[name], "to": after[name]} for name in CHANGEABLE if before[name] != after[name]
    }
    if not difference:
        return AlreadyDone({"equipment": existing.id})
    if "state" in difference and not ask.note.strip():
        return refuse(Reason.REASON_NEEDED, step=right.value, equipment=existing.id)
    if (field := _wrong(new)) is not None:
        return refuse(Reason.INVALID, field=field)
    return Accepted((EquipmentChanged(f"equipment:{existing.id}", new, difference, ask.note),))


def warnings(equipment: Equipment, at: datetime) -> tuple[str, ...]:
    """What a list should mark: EXPIRED, EXPIRES_SOON, NOT_CALIBRATED, CALIBRATION_ENDS_SOON, NOT_IN_SERVICE, RESTING."""
    today = at.astimezone(TASHKENT).date()
    found = []
    if equipment.state is not EquipmentState.IN_SERVICE:
        found.append("NOT_IN_SERVICE")
    if equipment.expires is not None:
        if equipment.expires < today:
            found.append("EXPIRED")
        elif equipment.expires < today + SOON:
            found.append("EXPIRES_SOON")
    if equipment.calibrated_until is not None:
        if equipment.calibrated_until < today:
            found.append("NOT_CALIBRATED")
        elif equipment.calibrated_until < today + SOON:
            found.append("CALIBRATION_ENDS_SOON")
    if equipment.kind in DOG_KINDS and resting_until(equipment, at) is not None:
        found.append("RESTING")
    return tuple(found)


def _facts(equipment: Equipment) -> dict[str, Any]:
    return {name: getattr(equipment, name) for name in CHANGEABLE}


def _wrong(equipment: Equipment) -> str | None:
    """The first field that a thing of its kind cannot do without, or that makes no sense."""
    if not equipment.name.strip():
        return "name"
    if not equipment.place.strip():
        return "place"
    if not equipment.exclusive and (not equipment.kit_lot or equipment.expires is None):
        return "kit_lot" if not equipment.kit_lot else "expires"
    if equipment.kind in DOG_KINDS and equipment.limit_minutes is None:
        return "limit_minutes"
    for name in ("limit_minutes", "rest_minutes"):
        value = getattr(equipment, name)
        if value is not None and not 0 < value <= 24 * 60:
            return name
    return None

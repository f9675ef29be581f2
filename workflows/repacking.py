"""Splitting units, putting them together and taking them apart, so that nothing is lost and nothing is twice.

A split takes goods out of a unit into new ones with labels of their own; the unit keeps the rest. Units that are put
together stand inside another one and move with it. The gross weights (kg) of what stands by itself add up to the same
before and after; an empty pallet adds what it weighs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from workflows.ask import Ask
from workflows.event_base import Event
from workflows.events_handling import GoodsRepacked, UnitFilled, UnitNested, UnitParted, UnitSplit
from workflows.outcomes import Accepted, AlreadyDone, Missing, Outcome, Reason, Refused, refuse
from workflows.release import held
from workflows.roles import RIGHTS, STEP_ROLES, Right
from workflows.stages import Stage
from workflows.state import PROTECTED, Consignment, Unit

#: where goods may be repacked: received, not yet picked
WHERE: frozenset[Stage] = frozenset({Stage.TALLY, Stage.STORAGE})


@dataclass(frozen=True, slots=True)
class Part:
    """One new unit that a split makes: its label and its gross weight in kg."""

    label: str
    gross_kg: Decimal


def _barred(consignment: Consignment, units: Iterable[Unit], ask: Ask) -> list[Missing]:
    """Why these units may not be repacked by this person now."""
    if ask.who.is_device or not ask.who.may(Right.REPACK):
        return [Missing(Reason.NOT_PERMITTED, {"step": "repack", "person": ask.who.id}, RIGHTS[Right.REPACK])]
    missing: list[Missing] = []
    for unit in units:
        subject = f"unit:{unit.label}"
        if unit.consignment != consignment.ref:
            missing.append(
                Missing(
                    Reason.NOT_ON_LIST,
                    {"unit": unit.label, "consignment": unit.consignment, "list": consignment.ref},
                )
            )
        if unit.stage not in WHERE:
            missing.append(
                Missing(
                    Reason.WRONG_STAGE,
                    {"unit": unit.label, "stage": unit.stage.value, "step": "repack"},
                    STEP_ROLES[Stage.STORAGE],
                )
            )
        missing += held([hold for hold in consignment.holds if hold.open and hold.subject == subject])
        if any(one.open and one.subject == subject for one in consignment.inspections):
            missing.append(Missing(Reason.INSPECTION_OPEN, {"unit": unit.label, "subject": subject}))
        if any(unit.label in part.units for kind in PROTECTED for part in consignment.parts(kind)):
            missing.append(Missing(Reason.ALREADY_RELEASED, {"unit": unit.label}))
    return missing


def split(
    consignment: Consignment,
    unit: Unit,
    parts: Sequence[Part],
    inside: Sequence[Unit],
    taken: frozenset[str],
    ask: Ask,
) -> Outcome:
    """Take goods out of ``unit`` into new units. ``inside`` are the units in it, ``taken`` labels that exist already.

    What is left must weigh more than nothing and at least what stands inside.
    """
    if missing := _barred(consignment, (unit,), ask):
        return Refused(tuple(missing))
    labels = [part.label for part in parts]
    if not parts or len(set(labels)) != len(labels):
        return refuse(Reason.INVALID, field="parts", unit=unit.label)
    if known := sorted(taken & set(labels)):
        return refuse(Reason.LABEL_TAKEN, label=known[0])
    if unit.gross_kg is None:
        return refuse(Reason.NO_WEIGHT, unit=unit.label, who=STEP_ROLES[Stage.TALLY])
    out = sum((part.gross_kg for part in parts), Decimal(0))
    within = sum((one.gross_kg or Decimal(0) for one in inside if one.parent == unit.label), Decimal(0))
    left = unit.gross_kg - out
    if any(part.gross_kg <= 0 for part in parts) or left <= 0 or left < within:
        return refuse(Reason.WEIGHTS_DO_NOT_ADD, unit=unit.label, whole_kg=unit.gross_kg, parts_kg=out)
    events: list[Event] = [UnitSplit(f"unit:{unit.label}", tuple(labels), left)]
    events += [
        UnitParted(
            f"unit:{part.label}",
            consignment.ref,
            unit.label,
            unit.stage,
            part.gross_kg,
            unit.place,
            unit.line,
            unit.condition,
            unit.parent,
        )
        for part in parts
    ]
    events.append(
        GoodsRepacked(
            f"consignment:{consignment.ref}",
            "SPLIT",
            (unit.label,),
            tuple(labels),
            unit.gross_kg,
            left + out,
            note=ask.note,
        )
    )
    return Accepted(tuple(events))


@dataclass(frozen=True, slots=True)
class Pile:
    """A unit with everything inside it (``inside``) and everything it stands inside (``around``, innermost first)."""

    unit: Unit
    inside: tuple[Unit, ...] = ()
    around: tuple[Unit, ...] = ()


def together(
    consignment: Consignment,
    piles: Sequence[Pile],
    target: Pile | None,
    ask: Ask,
    *,
    new: str = "",
    tare_kg: Decimal = Decimal(0),
) -> Outcome:
    """Put units into ``target``, or onto a new empty pallet labelled ``new`` that weighs ``tare_kg``.

    All must stand in the same place, and none may stand inside another one.
    """
    if not piles or (target is None) == (not new):
        return refuse(Reason.INVALID, field="units")
    everything = [pile.unit for pile in piles] + ([target.unit] if target else [])
    if missing := _barred(consignment, everything, ask):
        return Refused(tuple(missing))
    first = target.unit if target else piles[0].unit
    if missing := [*_apart(piles, first), *_inside_already(piles, target)]:
        return Refused(tuple(missing))
    if tare_kg < 0 or (target is not None and tare_kg):
        return refuse(Reason.INVALID, field="tare_kg")
    weightless = [one.label for one in everything if one.gross_kg is None]
    if weightless:
        return refuse(Reason.NO_WEIGHT, unit=weightless[0], who=STEP_ROLES[Stage.TALLY])
    added = sum((pile.unit.gross_kg or Decimal(0) for pile in piles), Decimal(0))
    events: list[Event] = []
    if target is None:
        first = replace(first, label=new, gross_kg=tare_kg)
        events.append(
            UnitParted(
                f"unit:{new}",
                consignment.ref,
                piles[0].unit.label,
                first.stage,
                tare_kg,
                first.place,
                first.line,
            )
        )
    labels = tuple(pile.unit.label for pile in piles)
    events.append(UnitFilled(f"unit:{first.label}", (first.gross_kg or Decimal(0)) + added, put_in=labels))
    for outer in target.around if target else ():
        events.append(UnitFilled(f"unit:{outer.label}", (outer.gross_kg or Decimal(0)) + added))
    for label in labels:
        events.append(UnitNested(f"unit:{label}", first.label, None, first.stage, first.place))
    before = added + (Decimal(0) if target is None else (first.gross_kg or Decimal(0)))
    events.append(
        GoodsRepacked(
            f"consignment:{consignment.ref}",
            "TOGETHER",
            labels,
            (first.label,),
            before,
            before + tare_kg,
            tare_kg,
            ask.note,
        )
    )
    return Accepted(tuple(events))


def _apart(piles: Sequence[Pile], first: Unit) -> list[Missing]:
    return [
        Missing(
            Reason.NOT_TOGETHER, {"unit": pile.unit.label, "place": pile.unit.place, "needed": first.place}
        )
        for pile in piles
        if (pile.unit.place, pile.unit.stage) != (first.place, first.stage)
    ]


def _inside_already(piles: Sequence[Pile], target: Pile | None) -> list[Missing]:
    labels = [pile.unit.label for pile in piles]
    missing = [
        Missing(Reason.UNIT_INSIDE, {"unit": pile.unit.label, "parent": pile.unit.parent})
        for pile in piles
        if pile.unit.parent is not None
    ]
    if len(set(labels)) != len(labels):
        missing.append(Missing(Reason.INVALID, {"field": "units"}))
    if target is not None and {target.unit.label, *(one.label for one in target.around)} & set(labels):
        missing.append(Missing(Reason.INVALID, {"field": "target"}))
    return missing


def apart(consignment: Consignment, pile: Pile, ask: Ask) -> Outcome:
    """Take a unit out of the one it stands inside; what it weighs is taken off everything around it."""
    unit = pile.unit
    if unit.parent is None:
        return AlreadyDone({"unit": unit.label, "place": unit.place})
    if missing := _barred(consignment, (unit, *pile.around), ask):
        return Refused(tuple(missing))
    if unit.gross_kg is None or any(outer.gross_kg is None for outer in pile.around):
        return refuse(Reason.NO_WEIGHT, unit=unit.label, who=STEP_ROLES[Stage.TALLY])
    kg = unit.gross_kg
    light = [outer for outer in pile.around if (outer.gross_kg or Decimal(0)) < kg]
    if light:
        return refuse(Reason.WEIGHTS_DO_NOT_ADD, unit=light[0].label, whole_kg=light[0].gross_kg, parts_kg=kg)
    events: list[Event] = [UnitNested(f"unit:{unit.label}", None, unit.parent, unit.stage, unit.place)]
    for number, outer in enumerate(pile.around):
        taken = (unit.label,) if number == 0 else ()
        events.append(UnitFilled(f"unit:{outer.label}", (outer.gross_kg or Decimal(0)) - kg, taken_out=taken))
    whole = pile.around[-1].gross_kg
    events.append(
        GoodsRepacked(
            f"consignment:{consignment.ref}",
            "APART",
            (unit.parent,),
            (unit.label,),
            whole,
            whole,
            note=ask.note,
        )
    )
    return Accepted(tuple(events))

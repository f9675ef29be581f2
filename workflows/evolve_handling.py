"""Folding what happens in the hall into units, consignments and stock counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from workflows import events_handling as eh
from workflows.event_base import Event
from workflows.handling_state import Count, CountState, LabelDifference, Tally
from workflows.stages import Stage
from workflows.state import Consignment, Unit


def unit(before: Unit | None, event: Event) -> Unit | None:
    """The unit after ``event``; as it was for an event of another kind."""
    label = event.subject.partition(":")[2]
    match event:
        case eh.UnitFound() if before is None:
            return Unit(
                label,
                event.consignment,
                Stage.TALLY,
                event.place,
                gross_kg=event.gross_kg,
                condition=event.condition,
                line=event.line,
            )
        case eh.UnitParted() if before is None:
            return Unit(
                label,
                event.consignment,
                event.stage,
                event.place,
                parent=event.parent,
                gross_kg=event.gross_kg,
                condition=event.condition,
                line=event.line,
            )
        case _ if before is None:
            return None
        case eh.UnitSplit(gross_kg=kg) | eh.UnitFilled(gross_kg=kg):
            return replace(before, gross_kg=kg)
        case eh.UnitNested(parent=parent, stage=stage, place=place):
            return replace(before, parent=parent, stage=stage, place=place)
        case eh.DamageNoted(condition=condition):
            return replace(before, condition=condition)
        case eh.ScanUndone(stage=stage, place=place, condition=condition):
            return replace(before, stage=stage, place=place, condition=condition, visit=None)
        case _:
            return before


def consignment(before: Consignment, event: Event, at: datetime) -> Consignment:
    """The consignment after ``event``."""
    match event:
        case eh.LabelDiffered():
            told = LabelDifference(event.unit, event.field, event.said, event.listed, at, event.line)
            others = tuple(d for d in before.differing if (d.unit, d.field) != (told.unit, told.field))
            return replace(before, differing=(*others, told))
        case eh.TallyClosed():
            closed = Tally(
                at,
                event.by,
                event.declared,
                event.seen,
                event.missing,
                event.surplus,
                event.damaged,
                event.counts,
                event.note,
            )
            return replace(before, tally=closed)
        case eh.GoodsRepacked():
            return replace(before, nested=True)
        case _:
            return before


def count(before: Count | None, event: Event, at: datetime) -> Count | None:
    """The stock count after ``event``."""
    if isinstance(event, eh.CountOpened):
        identity = event.subject.partition(":")[2]
        return Count(identity, event.zone, event.places, CountState.OPEN, event.by, at)
    if before is None:
        return None
    match event:
        case eh.UnitCounted(label=label, place=place, by=by):
            who = before.counted_by if by in before.counted_by else (*before.counted_by, by)
            return replace(before, seen={**before.seen, label: place}, counted_by=who)
        case eh.CountClosed():
            state = CountState.REVIEW if event.differences else CountState.OVER
            return replace(
                before,
                state=state,
                expected=event.expected,
                differences=event.differences,
                closed_by=event.by,
                closed_at=at,
            )
        case eh.DifferenceSettled():
            return _settled(before, event, at)
        case _:
            return before


def _settled(before: Count, event: eh.DifferenceSettled, at: datetime) -> Count:
    told = tuple(
        replace(one, settlement=event.settlement, note=event.note) if one.label == event.label else one
        for one in before.differences
    )
    after = replace(before, differences=told, reviewed_by=event.by, reviewed_at=at)
    return replace(after, state=CountState.OVER) if not after.waiting else after

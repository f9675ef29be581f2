"""Handing a shift over: two different people sign the same list of what is open. Pure, as every rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from workflows.ask import Ask
from workflows.event_base import Event
from workflows.events_shift import ShiftHandedOver, ShiftNoted, ShiftTakenOver
from workflows.outcomes import Accepted, AlreadyDone, Outcome, Reason, Refused, refuse
from workflows.shift_state import WRITERS, Book, Handing, Note, Shift, may_write

#: notes that are shown from before the last handing over
_LONGEST_NOTE = 2000


def fold(book: Book, happened: Iterable[tuple[Event, datetime]]) -> Shift:
    """The book after these events with their times (UTC), oldest first."""
    shift = Shift(book)
    for event, at in happened:
        match event:
            case ShiftNoted(note=text, by=by):
                shift = replace(shift, notes=(*shift.notes, Note(text, by, at)))
            case ShiftHandedOver(handing=name, by=by):
                given = Handing(name, by, at, event.open, event.digest, shift.notes)
                shift = replace(shift, notes=(), last=given)
            case ShiftTakenOver(handing=name, by=by) if shift.last is not None and shift.last.id == name:
                taken = replace(shift.last, taken_by=by, taken_at=at, remark=event.remark)
                shift = replace(shift, last=taken)
            case _:
                pass
    return shift


def _barred(shift: Shift, ask: Ask, step: str) -> Refused | None:
    if may_write(ask.who, shift.book):
        return None
    return refuse(Reason.NOT_PERMITTED, who=WRITERS[shift.book], step=step, person=ask.who.id)


def note(shift: Shift, text: str, ask: Ask) -> Outcome:
    """Write a line for the next shift."""
    if (barred := _barred(shift, ask, "shift_note")) is not None:
        return barred
    said = text.strip()[:_LONGEST_NOTE]
    if not said:
        return refuse(Reason.REASON_NEEDED, step="shift_note")
    return Accepted((ShiftNoted(f"shift:{shift.book}", said, ask.who.id),))


def hand_over(shift: Shift, name: str, open_now: Mapping[str, int], digest: str, ask: Ask) -> Outcome:
    """Sign what is open and leave it to the next shift. What waits already is replaced by what is open now."""
    if (barred := _barred(shift, ask, "shift_hand_over")) is not None:
        return barred
    return Accepted((ShiftHandedOver(f"shift:{shift.book}", name, ask.who.id, dict(open_now), digest),))


def take_over(shift: Shift, name: str, remark: str, ask: Ask) -> Outcome:
    """Sign what another person handed over."""
    if (barred := _barred(shift, ask, "shift_take_over")) is not None:
        return barred
    last = shift.last
    if last is None or last.id != name:
        return refuse(Reason.NOT_FOUND, handing=name)
    if last.by == ask.who.id:
        return refuse(Reason.OWN_SHIFT, by=last.by, step="shift_take_over")
    if last.taken_by is not None:
        return AlreadyDone({"by": last.taken_by, "at": last.taken_at.isoformat() if last.taken_at else ""})
    event = ShiftTakenOver(
        f"shift:{shift.book}", name, ask.who.id, last.digest, remark.strip()[:_LONGEST_NOTE]
    )
    return Accepted((event,))

"""Messages between terminal and liaison office: write, open, and the fold of what happened to one. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from workflows.ask import Ask
from workflows.event_base import Event
from workflows.events_letters import MessageRead, MessageSent
from workflows.message_state import (
    LIAISON_SIDE,
    TERMINAL_SIDE,
    Message,
    Receipt,
    Side,
    addressed,
    may_know,
    sides,
    stands_on,
)
from workflows.outcomes import Accepted, AlreadyDone, Missing, Outcome, Reason, Refused, refuse
from workflows.seizure_state import Handling, Seizure

_LONGEST = 4000
_ORDER = tuple(Handling)
#: everybody who writes messages
WRITERS = TERMINAL_SIDE[Handling.OPEN] | LIAISON_SIDE


def fold(before: Message | None, event: Event, at: datetime) -> Message | None:
    """The message after ``event``, which happened at that time (UTC)."""
    match event:
        case MessageSent(message=new):
            return new
        case MessageRead(by=by) if before is not None:
            return replace(before, receipts=(*before.receipts, Receipt(by, at)))
        case _:
            return before


def number(year: int, count: int) -> str:
    """The number of a message: MB-2026-0007."""
    return f"MB-{year}-{count:04d}"


def may_not_write(ask: Ask) -> Refused | None:
    """The refusal for somebody who stands on neither side; None for those who do."""
    if sides(ask.who):
        return None
    return refuse(Reason.NOT_PERMITTED, who=WRITERS, step="write_message", person=ask.who.id)


def side_of(ask: Ask) -> Side:
    """The side somebody writes for: a liaison officer for their office, everybody else for the terminal."""
    return Side.LIAISON if Side.LIAISON in sides(ask.who) else Side.TERMINAL


def send(new: Message, seizures: tuple[Seizure, ...], before: Message | None, ask: Ask) -> Outcome:
    """Write a message. ``seizures`` are the records it names, ``before`` the message that it answers.

    It stands at least under the code of every record that it names and of the message that it answers; an alert is
    intelligence and never below LAW_ENFORCEMENT.
    """
    if (barred := may_not_write(ask)) is not None:
        return barred
    if new.handling not in TERMINAL_SIDE:
        return refuse(Reason.CODE_TOO_HIGH, handling=new.handling.value)
    side = side_of(ask)
    office = (ask.who.organisation or "") if side is Side.LIAISON else new.office
    if not stands_on(ask.who, side, office, new.handling):
        allowed = TERMINAL_SIDE[new.handling]
        return refuse(Reason.NOT_PERMITTED, who=allowed, step="write_message", person=ask.who.id)
    if before is not None and not may_know(before, ask.who):
        return refuse(Reason.NOT_FOUND, message=before.no)
    least = [one.handling for one in seizures]
    least += [before.handling] if before is not None else []
    least += [Handling.LAW_ENFORCEMENT] if new.alert else []
    needed = max(least, key=_ORDER.index, default=Handling.OPEN)
    if _ORDER.index(new.handling) < _ORDER.index(needed):
        return refuse(Reason.CODE_TOO_LOW, handling=new.handling.value, needed=needed.value)
    missing = [
        Missing(Reason.INVALID, {"field": field})
        for field, given in (("title", new.title), ("text", new.text))
        if not given.strip()
    ]
    if missing:
        return Refused(tuple(missing))
    made = replace(
        new,
        side=side,
        office=office,
        by=ask.who.id,
        at=ask.at,
        title=" ".join(new.title.split())[:200],
        text=new.text.strip()[:_LONGEST],
    )
    return Accepted((MessageSent(f"message:{new.no}", made),))


def open_it(message: Message, ask: Ask) -> Outcome:
    """Open a message that was written to one's own side: from then on its words are shown, and the writer knows."""
    if not may_know(message, ask.who):
        return refuse(Reason.NOT_FOUND, message=message.no)
    if not addressed(message, ask.who) or any(one.by == ask.who.id for one in message.receipts):
        return AlreadyDone({"message": message.no})
    return Accepted((MessageRead(f"message:{message.no}", ask.who.id),))

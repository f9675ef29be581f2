"""What came of an alarm: something was there, or nothing. A dog or a machine is only as good as its confirmed indications."""

from __future__ import annotations

from workflows.ask import Ask
from workflows.events_inspection import AlarmConfirmed
from workflows.inspection_state import Inspection, Result
from workflows.inspections import Kept
from workflows.outcomes import Accepted, AlreadyDone, Missing, Outcome, Reason, Refused, refuse
from workflows.roles import RIGHTS, Actor, Right

#: results that say "perhaps" and have to be confirmed; a finding is its own proof
TO_CONFIRM = frozenset({Result.ANOMALY, Result.INDICATION})


def may_confirm(one: Inspection, who: Actor) -> bool:
    """True when this person may say what came of this alarm: whoever raised it does not."""
    return (
        not who.is_device
        and who.may(Right.CONFIRM_INDICATION)
        and one.counted in TO_CONFIRM
        and who.id not in (one.done_by, one.looked_by)
    )


def confirm(kept: Kept, identity: str, confirmed: bool, ask: Ask) -> Outcome:
    """Say whether something was there; ``ask.note`` is how one knows. Another word later corrects it."""
    if ask.who.is_device or not ask.who.may(Right.CONFIRM_INDICATION):
        return refuse(
            Reason.NOT_PERMITTED,
            who=RIGHTS[Right.CONFIRM_INDICATION],
            step="confirm_indication",
            person=ask.who.id,
        )
    one = next((one for one in kept.inspections if one.id == identity), None)
    if one is None:
        return refuse(Reason.INSPECTION_NOT_FOUND, inspection=identity)
    if one.counted not in TO_CONFIRM:
        return refuse(Reason.NOTHING_TO_CONFIRM, inspection=one.id)
    if (one.confirmed, one.confirmed_by) == (confirmed, ask.who.id):
        return AlreadyDone({"inspection": one.id})
    missing = []
    if not may_confirm(one, ask.who):
        missing.append(Missing(Reason.OWN_ALARM, {"inspection": one.id}, RIGHTS[Right.CONFIRM_INDICATION]))
    if not ask.note.strip():
        missing.append(Missing(Reason.REASON_NEEDED, {"step": "confirm_indication"}))
    if missing:
        return Refused(tuple(missing))
    event = AlarmConfirmed(kept.subject, one.id, confirmed, ask.who.id, ask.at, ask.note.strip())
    return Accepted((event,))

"""The second look at an X-ray picture: whoever or whatever read it first, another person reads it too.

Until then its order stays open, so that nothing it stands on is released (:mod:`workflows.release`). Whoever doubts the
first reading keeps the goods: an all-clear that is doubted counts as an anomaly and opens its hold of customs. One that
doubts an alarm ends nothing: the hold of that alarm is decided by those who own it.
"""

from __future__ import annotations

from collections.abc import Collection

from workflows.ask import Ask
from workflows.event_base import Event
from workflows.events_inspection import InspectionLookedAt
from workflows.holds import NewHold, place_by_check
from workflows.inspection_roles import LOOKS, read_first
from workflows.inspection_state import Inspection
from workflows.inspections import HOLD_REASON, Kept, ended, found
from workflows.outcomes import Accepted, AlreadyDone, Outcome, Reason, Refused, refuse
from workflows.state import Authority, HoldReason, HoldSeverity


def look(
    kept: Kept, identity: str, agrees: bool, hold_id: str, ask: Ask, names: Collection[str] = ()
) -> Outcome:
    """Say whether the first reading of a picture holds; ``ask.note`` is what was seen, needed for a doubt.

    Refuses machines and those who read no pictures (NOT_PERMITTED), whoever read it first (SECOND_LOOK_OF_OWN), and an
    inspection that waits for no second look (INSPECTION_ENDED). ``hold_id`` is a fresh id for the hold of a doubt;
    ``names`` is what an X-ray system may call this person (see :func:`workflows.inspection_roles.read_first`).
    """
    one = found(kept, identity)
    if isinstance(one, Refused):
        return one
    if ask.who.is_device or not ask.who.roles & LOOKS:
        return refuse(
            Reason.NOT_PERMITTED,
            who=LOOKS,
            step="second_look",
            person=ask.who.id,
            method=one.method.value,
        )
    if (one.looked_by, one.looked_agrees) == (ask.who.id, agrees):
        return AlreadyDone({"inspection": one.id})
    if not one.waits_for_look:
        return ended(one)
    if read_first(one, ask.who, names):
        return refuse(Reason.SECOND_LOOK_OF_OWN, who=LOOKS, inspection=one.id, method=one.method.value)
    if not agrees and not ask.note.strip():
        return refuse(Reason.REASON_NEEDED, step="second_look", inspection=one.id)
    held = _doubted(kept, one, hold_id, ask) if not agrees and one.hold is None else ()
    looked = InspectionLookedAt(
        kept.subject, one.id, ask.who.id, ask.at, agrees, ask.note, hold_id if held else None
    )
    return Accepted((looked, *held))


def _doubted(kept: Kept, one: Inspection, hold_id: str, ask: Ask) -> tuple[Event, ...]:
    """The hold that a doubted all-clear opens, as an anomaly would."""
    keeper = kept.consignment or kept.visit
    new = NewHold(
        hold_id,
        one.subject,
        Authority.CUSTOMS,
        HOLD_REASON.get(one.method, HoldReason.OTHER),
        HoldSeverity.HOLD,
        evidence=(f"inspection:{one.id}",),
    )
    standing = keeper.holds if keeper is not None else ()
    outcome = place_by_check(new, standing, kept.subject, ask)
    return outcome.events if isinstance(outcome, Accepted) else ()

"""Stating the humanitarian exemption of a sanctions match: who may, why, and how many people it takes.

Chapter 8.7 of the domain notes. The basis is recorded beside the match with a reason; for a strong match two sanctions
officers state the same. It never lifts the hold, never refuses anything and never takes the match away: the hold ends,
or does not, as every other one.
"""

from __future__ import annotations

from workflows.ask import Ask
from workflows.events_exemption import ExemptionStated
from workflows.exemption_state import Basis
from workflows.outcomes import Accepted, AlreadyDone, Outcome, Reason, refuse
from workflows.state import Hold, HoldReason


def state_basis(
    holds: tuple[Hold, ...], hold_id: str, basis: Basis, journal_subject: str, ask: Ask
) -> Outcome:
    """Record a basis for an open sanctions hold with the reason (``ask.note``).

    The same person stating the same basis again is told that it stands, or that a second person is needed.
    """
    hold = next((one for one in holds if one.id == hold_id), None)
    if hold is None:
        return refuse(Reason.HOLD_NOT_FOUND, hold=hold_id)
    if not ask.who.roles & hold.lift_roles:
        return refuse(
            Reason.HOLD_NOT_YOURS, who=hold.lift_roles, hold=hold.id, authority=hold.authority.value
        )
    if hold.reason is not HoldReason.SANCTIONS:
        return refuse(Reason.INVALID, field="basis", hold=hold.id)
    if not hold.open:
        return refuse(Reason.HOLD_ALREADY_LIFTED, hold=hold.id, by=hold.lifted_by)
    if not ask.note.strip():
        return refuse(Reason.REASON_NEEDED, step="state_exemption", hold=hold.id)
    own = next((one for one in reversed(hold.exemptions) if one.by == ask.who.id), None)
    if own is not None and own.basis is basis:
        if hold.exemption is basis:
            return AlreadyDone({"hold": hold.id, "basis": basis.value})
        return refuse(Reason.SECOND_PERSON_NEEDED, who=hold.lift_roles, hold=hold.id, first=ask.who.id)
    return Accepted((ExemptionStated(journal_subject, hold.id, basis, ask.note, ask.who.id, ask.at),))

"""Placing and ending holds: who may, what a hold blocks, how it may end.

A HOLD ends with an outcome and a reason by a role that owns it; a waiver takes two people and evidence. A BLOCK is
never waived: it ends by an outcome of the competent authority, by correction of a fact, or - a sanctions match that
is a false positive - by two sanctions officers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from workflows.ask import Ask
from workflows.events import HoldLifted, HoldLiftProposed, HoldPlaced
from workflows.outcomes import Accepted, AlreadyDone, Outcome, Reason, refuse
from workflows.roles import RIGHTS, Right, Role
from workflows.stages import OUTWARD, Stage
from workflows.state import Authority, Hold, HoldOutcome, HoldReason, HoldSeverity

#: Who may end a hold of which authority.
OWNERS: dict[Authority, frozenset[Role]] = {
    Authority.CUSTOMS: frozenset({Role.CUSTOMS_INSPECTOR}),
    Authority.BORDER: frozenset({Role.BORDER_OFFICER}),
    Authority.PHYTO_VET_SANITARY: frozenset({Role.PHYTO_VET_SANITARY}),
    Authority.SANCTIONS: frozenset({Role.SANCTIONS_OFFICER}),
    Authority.TERMINAL: frozenset({Role.DOCUMENT_OFFICER, Role.RELEASE_OFFICER}),
    Authority.AFGHAN_SIDE: frozenset({Role.DOCUMENT_OFFICER, Role.CUSTOMS_INSPECTOR}),
    Authority.AGENCY: frozenset({Role.DOCUMENT_OFFICER}),
}

#: In whose name each role may place a hold. A customs inspector may place any.
_NAMES: dict[Role, frozenset[Authority]] = {
    Role.CUSTOMS_INSPECTOR: frozenset(Authority),
    Role.BORDER_OFFICER: frozenset({Authority.BORDER}),
    Role.PHYTO_VET_SANITARY: frozenset({Authority.PHYTO_VET_SANITARY}),
    Role.SANCTIONS_OFFICER: frozenset({Authority.SANCTIONS}),
    Role.XRAY_OPERATOR: frozenset({Authority.CUSTOMS}),
    Role.CANINE_HANDLER: frozenset({Authority.CUSTOMS}),
    Role.RISK_OFFICER: frozenset({Authority.CUSTOMS}),
    Role.DOCUMENT_OFFICER: frozenset({Authority.TERMINAL, Authority.AFGHAN_SIDE, Authority.AGENCY}),
    Role.RELEASE_OFFICER: frozenset({Authority.TERMINAL}),
}

_BLOCK_ENDS = frozenset(
    {
        HoldOutcome.CLEARED_CORRECTED,
        HoldOutcome.RETURNED_TO_SENDER,
        HoldOutcome.SEIZED,
        HoldOutcome.HANDED_TO_AUTHORITY,
        HoldOutcome.DESTROYED,
    }
)


@dataclass(frozen=True, slots=True)
class NewHold:
    """What is asked when a hold is placed. ``id`` is made by the caller (UUIDv7)."""

    id: str
    subject: str  # "consignment:REF", "unit:LABEL", "visit:ID"
    authority: Authority
    reason: HoldReason
    severity: HoldSeverity = HoldSeverity.HOLD
    blocks: frozenset[Stage] = OUTWARD
    evidence: tuple[str, ...] = ()
    check: str | None = None
    target: str | None = None
    about: str | None = None


def place(new: NewHold, holds: tuple[Hold, ...], journal_subject: str, ask: Ask) -> Outcome:
    """Place a hold. ``journal_subject`` is where it is kept: the consignment (for its units too) or the visit.

    The same check on the same target holds only once while it is open.
    """
    names = frozenset().union(*(_NAMES.get(role, frozenset()) for role in ask.who.roles))
    if new.authority not in names:
        return refuse(
            Reason.NOT_PERMITTED,
            who=RIGHTS[Right.PLACE_HOLD],
            step="place_hold",
            person=ask.who.id,
            authority=new.authority.value,
        )
    if new.check is None and not ask.note.strip():
        return refuse(Reason.REASON_NEEDED, step="place_hold")
    return _place(new, holds, journal_subject, ask)


def place_by_check(new: NewHold, holds: tuple[Hold, ...], journal_subject: str, ask: Ask) -> Outcome:
    """Place the hold that a failed check asks for; the rules act, not the person whose step ran them."""
    return _place(new, holds, journal_subject, ask)


def _place(new: NewHold, holds: tuple[Hold, ...], journal_subject: str, ask: Ask) -> Outcome:
    for hold in holds:
        same_check = new.check is not None and (hold.check, hold.target) == (new.check, new.target)
        if hold.id == new.id or (hold.open and same_check and hold.subject == new.subject):
            return AlreadyDone({"hold": hold.id})
    hold = Hold(
        id=new.id,
        subject=new.subject,
        authority=new.authority,
        reason=new.reason,
        severity=new.severity,
        placed_by=ask.who.id,
        placed_at=ask.at,
        blocks=new.blocks,
        note=ask.note,
        evidence=new.evidence,
        check=new.check,
        target=new.target,
        lift_roles=OWNERS[new.authority],
        about=new.about,
    )
    return Accepted((HoldPlaced(journal_subject, hold),))


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the end of a hold rests on: ``evidence`` (papers with their numbers, files, inspections) for a waiver.

    For a partial release of a consignment: ``units``, the labels that stay held, and as many fresh hold ``ids``.
    """

    evidence: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


_NOTHING = Grounds()


def lift(
    holds: tuple[Hold, ...],
    hold_id: str,
    outcome: HoldOutcome,
    journal_subject: str,
    ask: Ask,
    grounds: Grounds = _NOTHING,
) -> Outcome:
    """End a hold with an outcome and a reason (``ask.note``), or make the first of two steps where two are needed.

    PARTIAL_RELEASE of a hold on a consignment leaves the same hold on the units that it is about, and nothing else.
    """
    hold = next((h for h in holds if h.id == hold_id), None)
    if hold is None:
        return refuse(Reason.HOLD_NOT_FOUND, hold=hold_id)
    if not hold.open:
        if (hold.lifted_by, hold.outcome) == (ask.who.id, outcome):
            return AlreadyDone({"hold": hold.id})
        return refuse(Reason.HOLD_ALREADY_LIFTED, hold=hold.id, by=hold.lifted_by)
    if not ask.who.roles & hold.lift_roles:
        return refuse(
            Reason.HOLD_NOT_YOURS, who=hold.lift_roles, hold=hold.id, authority=hold.authority.value
        )
    if not ask.note.strip():
        return refuse(Reason.REASON_NEEDED, step="lift_hold", hold=hold.id)
    if hold.severity is HoldSeverity.BLOCK and not ends_block(hold, outcome):
        return refuse(Reason.BLOCK_NOT_WAIVABLE, hold=hold.id, outcome=outcome.value, check=hold.check)
    evidence = tuple(item.strip() for item in grounds.evidence if item.strip())
    if two_people(hold, outcome):
        waived = outcome is HoldOutcome.CLEARED_WAIVED
        if hold.proposed_by is None or hold.proposed_outcome is not outcome:
            if waived and not evidence:
                return refuse(Reason.EVIDENCE_NEEDED, hold=hold.id, step="lift_hold")
            proposed = HoldLiftProposed(journal_subject, hold.id, outcome, ask.note, ask.who.id, evidence)
            return Accepted((proposed,))
        if hold.proposed_by == ask.who.id:
            return refuse(
                Reason.SECOND_PERSON_NEEDED, who=hold.lift_roles, hold=hold.id, first=hold.proposed_by
            )
        evidence = tuple(dict.fromkeys((*hold.proposed_evidence, *evidence)))
    lifted = HoldLifted(journal_subject, hold.id, outcome, ask.note, ask.who.id, ask.at, evidence)
    if outcome is HoldOutcome.PARTIAL_RELEASE and hold.subject.startswith("consignment:"):
        return _narrow(hold, grounds, lifted, ask)
    return Accepted((lifted,))


def ends_block(hold: Hold, outcome: HoldOutcome) -> bool:
    """True when a BLOCK may end so: by the competent authority, by correction, or as a false sanctions match."""
    false_match = hold.reason is HoldReason.SANCTIONS and outcome is HoldOutcome.CLEARED_NO_FINDING
    return outcome in _BLOCK_ENDS or false_match


def two_people(hold: Hold, outcome: HoldOutcome) -> bool:
    """True when one person alone may not end it so: a waiver, and a block that is a false sanctions match."""
    false_match = hold.reason is HoldReason.SANCTIONS and outcome is HoldOutcome.CLEARED_NO_FINDING
    return outcome is HoldOutcome.CLEARED_WAIVED or (false_match and hold.severity is HoldSeverity.BLOCK)


def _narrow(hold: Hold, grounds: Grounds, lifted: HoldLifted, ask: Ask) -> Outcome:
    """The hold goes from the whole consignment to some of its units; these are placed before it ends."""
    labels = tuple(dict.fromkeys(grounds.units))
    if not labels or len(grounds.ids) < len(labels):
        return refuse(Reason.INVALID, field="units", hold=hold.id)
    placed = [
        HoldPlaced(
            lifted.subject,
            replace(
                hold,
                id=identity,
                subject=f"unit:{label}",
                placed_by=ask.who.id,
                placed_at=ask.at,
                note=ask.note,
                proposed_by=None,
                proposed_outcome=None,
                proposed_note="",
                proposed_evidence=(),
            ),
        )
        for label, identity in zip(labels, grounds.ids, strict=False)
    ]
    return Accepted((*placed, lifted))

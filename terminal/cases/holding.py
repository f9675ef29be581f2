"""Holds: placing them on a consignment, a unit or a vehicle, and ending them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from terminal.cases.answers import Answer
from terminal.cases.checking import Judge, run
from terminal.cases.once import Request, once
from terminal.store.books import Books
from terminal.store.ids import uuid7
from workflows import exemptions, holds, unjudged
from workflows.checks.end_use import line_of, unanswered
from workflows.exemption_state import Basis
from workflows.holds import NewHold
from workflows.holds_by_check import cause_gone
from workflows.outcomes import Outcome, Reason, refuse
from workflows.roles import RIGHTS, Right
from workflows.stages import OUTWARD, Stage
from workflows.state import Authority, Hold, HoldOutcome, HoldReason, HoldSeverity


@dataclass(frozen=True, slots=True)
class Placing:
    """What a person asks for: on what, in whose name, why; which steps it blocks (outward steps by default)."""

    subject: str  # "consignment:REF", "unit:LABEL", "visit:ID"
    authority: Authority
    reason: HoldReason
    note: str
    severity: HoldSeverity = HoldSeverity.HOLD
    blocks: frozenset[Stage] = OUTWARD
    evidence: tuple[str, ...] = ()
    check: str | None = None
    target: str | None = None


def kept_by(books: Books, subject: str) -> tuple[str, tuple[Hold, ...]] | None:
    """Where a hold on ``subject`` is kept in the journal, and the holds that stand there; None if unknown."""
    kind, _, name = subject.partition(":")
    if kind == "unit":
        unit = books.unit(name)
        if unit is None:
            return None
        kind, name = "consignment", unit.consignment
    if kind == "consignment":
        consignment = books.consignment(name)
        return None if consignment is None else (f"consignment:{name}", consignment.holds)
    if kind == "visit":
        visit = books.visit(name)
        return None if visit is None else (f"visit:{name}", visit.holds)
    return None


def place(books: Books, placing: Placing, request: Request) -> Answer:
    """Place a hold; from the moment this is recorded the steps it blocks are refused.

    With ``placing.check`` and ``target`` a check that could not tell becomes a hold, to be decided by whoever owns it: the
    check says in whose name, how heavy and what it blocks.
    """

    def act() -> tuple[Outcome, str, Mapping[str, Any]]:
        if not request.who.may(Right.PLACE_HOLD):  # before anything is looked up: nobody learns what exists
            refused = refuse(Reason.NOT_PERMITTED, who=RIGHTS[Right.PLACE_HOLD], step="place_hold")
            return refused, placing.subject, {}
        kept = kept_by(books, placing.subject)
        if kept is None:
            return refuse(Reason.NOT_FOUND, subject=placing.subject), placing.subject, {}
        if placing.check is not None:
            asked = _to_decide(books, placing)
            if asked is None:
                return refuse(Reason.INVALID, field="check", value=placing.check), placing.subject, {}
            outcome = holds.place(asked, kept[1], kept[0], request.ask(note=placing.note))
            return outcome, kept[0], {"hold": asked.id, "on": placing.subject}
        new = NewHold(
            str(uuid7()),
            placing.subject,
            placing.authority,
            placing.reason,
            placing.severity,
            placing.blocks,
            placing.evidence,
        )
        outcome = holds.place(new, kept[1], kept[0], request.ask(note=placing.note))
        return outcome, kept[0], {"hold": new.id, "on": placing.subject}

    return once(books, request, "place_hold", act)


def _to_decide(books: Books, placing: Placing) -> NewHold | None:
    kind, _, name = placing.subject.partition(":")
    consignment = books.consignment(name) if kind == "consignment" else None
    if consignment is None or placing.check is None:
        return None
    return unjudged.to_decide(consignment, placing.check, placing.target or "consignment", str(uuid7()))


@dataclass(frozen=True, slots=True)
class Ending:
    """How a hold is to end: outcome and reason, the evidence of a waiver, the units that a partial release leaves held."""

    outcome: HoldOutcome
    note: str
    evidence: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


def lift(books: Books, hold_id: str, ending: Ending, request: Request) -> Answer:
    """End a hold with an outcome and a reason, or make the first of two steps where two people are needed."""

    def act() -> tuple[Outcome, str, Mapping[str, Any]]:
        hold = books.hold(hold_id)
        kept = kept_by(books, hold.subject) if hold is not None else None
        if hold is None or kept is None:
            return refuse(Reason.HOLD_NOT_FOUND, hold=hold_id), f"hold:{hold_id[:64]}", {}
        ref = kept[0].removeprefix("consignment:")
        for label in ending.units:
            unit = books.unit(label)
            if unit is None or unit.consignment != ref:
                return refuse(Reason.NOT_FOUND, unit=label), kept[0], {}
        cargo = books.consignment(ref) if kept[0].startswith("consignment:") else None
        settled = ending.outcome in (HoldOutcome.CLEARED_NO_FINDING, HoldOutcome.CLEARED_WAIVED)
        if settled and cargo is not None and unanswered(cargo.papers, hold.check, hold.target):
            line = line_of(hold.target)
            return refuse(Reason.END_USE_NEEDED, hold=hold_id, line=line, step="lift_hold"), kept[0], {}
        grounds = holds.Grounds(ending.evidence, ending.units, tuple(str(uuid7()) for _ in ending.units))
        ask = request.ask(note=ending.note)
        result = holds.lift(kept[1], hold_id, ending.outcome, kept[0], ask, grounds)
        return result, kept[0], {"hold": hold_id, "on": hold.subject, "outcome": ending.outcome.value}

    return once(books, request, "lift_hold", act)


def state_exemption(books: Books, hold_id: str, basis: Basis, note: str, request: Request) -> Answer:
    """Record the humanitarian basis of a sanctions match; the hold stays as it is."""

    def act() -> tuple[Outcome, str, Mapping[str, Any]]:
        hold = books.hold(hold_id)
        kept = kept_by(books, hold.subject) if hold is not None else None
        if hold is None or kept is None:
            return refuse(Reason.HOLD_NOT_FOUND, hold=hold_id), f"hold:{hold_id[:64]}", {}
        outcome = exemptions.state_basis(kept[1], hold_id, basis, kept[0], request.ask(note=note))
        return outcome, kept[0], {"hold": hold_id, "on": hold.subject, "basis": basis.value}

    return once(books, request, "state_exemption", act)


def check_together(books: Books, ids: Sequence[str], request: Request, judge: Judge) -> tuple[int, int]:
    """Run the checks behind several holds again; gives how many have no cause any more, and how many were looked at.

    Nothing is lifted: each hold is decided on by itself, by somebody who may end it.
    """
    gone, seen = 0, 0
    checked: set[str] = set()
    for identity in dict.fromkeys(ids):
        hold = books.hold(identity)
        kept = kept_by(books, hold.subject) if hold is not None else None
        if hold is None or kept is None or not hold.open or not request.who.roles & hold.lift_roles:
            continue
        ref = kept[0].removeprefix("consignment:")
        if kept[0].startswith("consignment:") and ref not in checked:
            run(books, ref, request, judge)
            checked.add(ref)
        consignment = books.consignment(ref)
        seen += 1
        gone += consignment is not None and cause_gone(hold, consignment.findings)
    return gone, seen

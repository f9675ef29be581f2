"""The desk's work on a consignment: announce, amend, papers, and the steps that people decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from terminal.cases import looking
from terminal.cases.answers import Answer
from terminal.cases.checking import Judge, run
from terminal.cases.once import Request, once
from terminal.store.books import Books
from terminal.store.prepared import Prepared
from workflows import parts, steps_consignment
from workflows.ask import Situation
from workflows.decide import decide
from workflows.events import PermissionGranted
from workflows.findings import Finding
from workflows.outcomes import Accepted, Outcome, Reason, refuse
from workflows.papers import Document, Papers
from workflows.roles import RIGHTS, STEP_ROLES, Right, Role
from workflows.stages import Stage
from workflows.state import Consignment, PermissionKind

Found = tuple[Outcome, str, Mapping[str, Any]]
_APPROVALS = {
    Stage.CUSTOMS_RELEASE: PermissionKind.CUSTOMS_RELEASE,
    Stage.RELEASE: PermissionKind.TERMINAL_RELEASE,
}


def mine(consignment: Consignment, request: Request) -> bool:
    """Agencies see and touch only their own consignments; others are not limited here."""
    if Role.AGENCY_USER not in request.who.roles or len(request.who.roles) > 1:
        return True
    return request.who.organisation is not None and request.who.organisation == consignment.papers.sender


def announce(
    books: Books,
    papers: Papers,
    request: Request,
    judge: Judge,
    source: str = "",
    *,
    findings: tuple[Finding, ...] = (),
    headers: Mapping[str, Mapping[str, str]] | None = None,
    prepared: Prepared | None = None,
) -> Answer:
    """Take a consignment in and run its checks. The same papers again change nothing.

    ``findings`` and ``headers`` are what the importer found and read in the heads of the files; ``prepared`` the papers
    as they were written down before the transaction.
    """
    known = prepared.counted if prepared is not None and prepared.papers is papers else None
    books.prepare(prepared)

    def act() -> Found:
        subject = f"consignment:{papers.reference}"
        outsider = Role.AGENCY_USER in request.who.roles and request.who.organisation != papers.sender
        if outsider and not request.who.roles - {Role.AGENCY_USER}:
            return refuse(Reason.NOT_YOURS, sender=papers.sender), subject, {}
        existing = books.consignment(papers.reference)
        if existing is not None and not mine(existing, request):
            return refuse(Reason.NOT_YOURS, consignment=papers.reference), subject, {}
        outcome = steps_consignment.announce(
            existing, papers, request.ask(), source, findings=findings, headers=headers, known=known
        )
        units = len(known.units if known is not None else steps_consignment.units_of(papers))
        return outcome, subject, {"consignment": papers.reference, "units": units}

    answer = once(books, request, "announce", act)
    if answer.news:
        run(books, papers.reference, request, judge)
    return answer


def _found(books: Books, ref: str, request: Request) -> Consignment | Found:
    consignment = books.consignment(ref)
    if consignment is None:
        return refuse(Reason.NOT_FOUND, consignment=ref), f"consignment:{ref}", {}
    if not mine(consignment, request):
        return refuse(Reason.NOT_YOURS, consignment=ref), f"consignment:{ref}", {}
    return consignment


def amend(
    books: Books,
    ref: str,
    changed: Mapping[str, Any],
    note: str,
    request: Request,
    judge: Judge,
    settled: tuple[str, ...] = (),
) -> Answer:
    """Change declared facts (fields of :class:`workflows.papers.Papers`). Approvals given before fall away.

    ``settled`` are targets of the importer's findings that the person has looked at ("line:5").
    """

    def act() -> Found:
        found = _found(books, ref, request)
        if isinstance(found, tuple):
            return found
        outcome = steps_consignment.amend(
            found, replace(found.papers, **changed), request.ask(note=note), settled
        )
        return outcome, f"consignment:{ref}", {"consignment": ref}

    answer = once(books, request, "amend", act)
    if answer.news:
        run(books, ref, request, judge)
    return answer


def put_document(
    books: Books, ref: str, document: Document, note: str, request: Request, judge: Judge
) -> Answer:
    """Attach a paper, or replace the one with the same type and number; verifying it is the same call.

    A sender may attach papers but not verify them.
    """
    if document.verified and not request.who.may(Right.AMEND):
        return once(books, request, "verify", lambda: (may_not(Right.AMEND), f"consignment:{ref}", {}))
    consignment = books.consignment(ref)
    documents = list(consignment.papers.documents if consignment else ())
    same = [
        i
        for i, known in enumerate(documents)
        if (known.type, known.number) == (document.type, document.number)
    ]
    if same:
        documents[same[0]] = document  # in its place: looking at a paper must not change the order of the set
    else:
        documents.append(document)
    answer = amend(books, ref, {"documents": tuple(documents)}, note, request, judge)
    approval = document.type == "AF_EXEMPTION" and document.verified
    if answer.ok and not answer.again and approval:
        again = books.consignment(ref)
        if again is not None:
            outcome = steps_consignment.afghan_approval(again, request.ask(note=note))
            if isinstance(outcome, Accepted):
                books.record(outcome.events, request.context)
    return answer


@dataclass(frozen=True, slots=True)
class Cover:
    """What an approval is to cover: everything that is left, these units, or (``clean``) all with nothing against them.

    ``visit`` names the only vehicle that may take them.
    """

    units: tuple[str, ...] = ()
    clean: bool = False
    visit: str | None = None


_EVERYTHING = Cover()


def step(
    books: Books,
    ref: str,
    wanted: Stage,
    note: str,
    request: Request,
    judge: Judge,
    cover: Cover = _EVERYTHING,
) -> Answer:
    """Document check, screening, the two approvals, and the other steps of a consignment: people take them.

    The checks run first, in the same transaction, so that no approval is given on old figures.
    """

    def act() -> Found:
        found = _found(books, ref, request)
        if isinstance(found, tuple):
            return found
        if request.who.is_device:
            return (
                refuse(Reason.NOT_PERMITTED, who=STEP_ROLES.get(wanted, frozenset()), step=wanted.value),
                f"consignment:{ref}",
                {},
            )
        if request.who.may_step(wanted):
            run(books, ref, request, judge)
            found = books.consignment(ref) or found
        situation = looking.of_consignment(books, found)
        facts: dict[str, Any] = {"consignment": ref, "step": wanted.value}
        if wanted not in _APPROVALS:
            return decide(situation, wanted, request.ask(note=note)), f"consignment:{ref}", facts
        outcome = _approve(books, situation, wanted, note, request, cover)
        if isinstance(outcome, Accepted):
            facts |= _granted(outcome)
        return outcome, f"consignment:{ref}", facts

    return once(books, request, wanted.value, act)


def _approve(
    books: Books, situation: Situation, wanted: Stage, note: str, request: Request, cover: Cover
) -> Outcome:
    vehicle = books.visit(cover.visit) if cover.visit else None
    if cover.visit and vehicle is None:
        return refuse(Reason.NOT_FOUND, visit=cover.visit)
    units = cover.units
    if cover.clean and situation.consignment is not None:
        units = parts.clean_units(situation.consignment, situation.units, _APPROVALS[wanted])
        if not units and request.who.may_step(wanted):
            return refuse(Reason.INVALID, field="units", consignment=situation.consignment.ref)
    return decide(situation, wanted, request.ask(note=note, units=units, vehicle=vehicle))


def _granted(outcome: Accepted) -> dict[str, Any]:
    """What an approval covers, for whoever gave it: how many units, their labels and weight, and the vehicle."""
    (given,) = (event.permission for event in outcome.events if isinstance(event, PermissionGranted))
    facts: dict[str, Any] = {"permission": given.kind.value}
    if given.units:
        facts |= {"units": list(given.units), "count": len(given.units)}
    if given.kg is not None:
        facts["kg"] = str(given.kg)
    if given.visit is not None:
        facts |= {"visit": given.visit, "plate": given.plate or given.visit}
    return facts


def may_not(right: Right) -> Outcome:
    """The refusal for somebody who lacks a right."""
    return refuse(Reason.NOT_PERMITTED, who=RIGHTS[right], step=right.value)

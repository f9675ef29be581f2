"""Rules of one consignment: announcing, amending, document check, screening, the two approvals, and its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from workflows import parts
from workflows.ask import Ask, Situation
from workflows.events import (
    ConsignmentAmended,
    ConsignmentAnnounced,
    Event,
    PermissionDropped,
    PermissionGranted,
    StageChanged,
    UnitDeclared,
)
from workflows.findings import Finding
from workflows.outcomes import Accepted, AlreadyDone, Missing, Outcome, Reason, Refused, refuse
from workflows.papers import Document, Papers
from workflows.plain import to_plain
from workflows.release import digest
from workflows.roles import RIGHTS, Right
from workflows.stages import ENDED, Stage, Step
from workflows.state import Consignment, Permission, PermissionKind
from workflows.steps_approval import drop_approvals, wrong_stage


def _consignment(situation: Situation) -> Consignment:
    if situation.consignment is None:
        raise ValueError("a consignment's step needs the consignment")
    return situation.consignment


def units_of(papers: Papers) -> list[UnitDeclared]:
    """The units that the papers name by label: the unit list where there is one, else the SSCCs of the lines.

    Several lines with one SSCC are one mixed pallet; its weight is the sum of its lines (kg). Labels that are not
    18 digits cannot be scanned and are left to the checks.
    """
    ref = papers.reference
    found: dict[str, UnitDeclared] = {}
    for unit in papers.units:
        if unit.sscc and len(unit.sscc) == 18 and unit.sscc not in found:
            found[unit.sscc] = UnitDeclared(
                f"unit:{unit.sscc}", ref, unit.gross_kg, unit.line, unit.parent_sscc
            )
    if papers.units:
        return list(found.values())
    for line in papers.lines:
        if not line.sscc or len(line.sscc) != 18:
            continue
        before = found.get(line.sscc)
        if before is None:
            found[line.sscc] = UnitDeclared(f"unit:{line.sscc}", ref, line.gross_kg, line.no)
        elif before.gross_kg is not None and line.gross_kg is not None:
            found[line.sscc] = UnitDeclared(before.subject, ref, before.gross_kg + line.gross_kg, before.line)
    return list(found.values())


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """What follows from papers alone, found beforehand: for a long list it takes longer than all else in a decision."""

    papers: Papers
    digest: str
    units: tuple[UnitDeclared, ...]


def counted(papers: Papers, plain: dict[str, Any] | None = None) -> Counted:
    """Digest and units of papers. ``plain`` are they as plain data, if that was made already; it is used up."""
    return Counted(papers, digest(papers, plain), tuple(units_of(papers)))


def announce(
    existing: Consignment | None,
    papers: Papers,
    ask: Ask,
    source: str = "",
    *,
    findings: tuple[Finding, ...] = (),
    headers: Mapping[str, Mapping[str, str]] | None = None,
    known: Counted | None = None,
) -> Outcome:
    """Take a consignment in: pre-advice. The same papers again change nothing; other papers are an amendment.

    ``known`` is what was counted of these very papers beforehand; of other papers it is not looked at.
    """
    if not ask.who.may(Right.ANNOUNCE):
        return refuse(Reason.NOT_PERMITTED, who=RIGHTS[Right.ANNOUNCE], step="announce", person=ask.who.id)
    found = known if known is not None and known.papers is papers else counted(papers)
    if existing is not None:
        if existing.digest == found.digest:
            return AlreadyDone({"consignment": existing.ref})
        return refuse(Reason.ALREADY_ANNOUNCED, consignment=existing.ref, stage=existing.stage.value)
    subject = f"consignment:{papers.reference}"
    announced = ConsignmentAnnounced(subject, papers, found.digest, source, findings, headers or {})
    return Accepted((announced, *found.units))


def changes(before: Papers, after: Papers) -> dict[str, Any]:
    """Field -> {"from", "to"} for every declared field that differs, for people to read."""
    old, new = to_plain(before), to_plain(after)
    found: dict[str, Any] = {}
    for name, value in new.items():
        if name in ("lines", "units", "documents"):
            _list_changes(found, name, old[name], value)
        elif old[name] != value:
            found[name] = {"from": old[name], "to": value}
    return found


def _list_changes(
    found: dict[str, Any], name: str, old: list[Mapping[str, Any]], new: list[Mapping[str, Any]]
) -> None:
    for index in range(max(len(old), len(new))):
        before = old[index] if index < len(old) else {}
        after = new[index] if index < len(new) else {}
        for key in sorted({*before, *after} - {"raw"}):
            if before.get(key) != after.get(key):
                found[f"{name}[{index + 1}].{key}"] = {"from": before.get(key), "to": after.get(key)}


def amend(consignment: Consignment, papers: Papers, ask: Ask, settled: tuple[str, ...] = ()) -> Outcome:
    """Change declared facts. Approvals that were given for the facts as they were fall away (PRC-05).

    ``settled`` names targets of the importer's findings that the person has looked at and settled.
    """
    if not ask.who.may(Right.AMEND) and not ask.who.may(Right.ANNOUNCE):
        return refuse(Reason.NOT_PERMITTED, who=RIGHTS[Right.AMEND], step="amend", person=ask.who.id)
    if consignment.stage in ENDED or consignment.stage is Stage.GATE_OUT:
        return refuse(
            Reason.WRONG_STAGE, consignment=consignment.ref, stage=consignment.stage.value, step="amend"
        )
    if papers.reference != consignment.ref:
        return refuse(Reason.INVALID, field="reference", expected=consignment.ref, seen=papers.reference)
    seen = digest(papers)
    difference = changes(consignment.papers, papers)
    open_targets = {finding.target for finding in consignment.imported}
    settled = tuple(target for target in settled if target in open_targets)
    if not difference and not settled:
        return AlreadyDone({"consignment": consignment.ref})
    subject = f"consignment:{consignment.ref}"
    events: list[Event] = [ConsignmentAmended(subject, papers, seen, difference, ask.note, settled)]
    known = {unit.subject for unit in units_of(consignment.papers)}
    events += [unit for unit in units_of(papers) if unit.subject not in known]
    if seen != consignment.digest:
        events += _drop_approvals(consignment, f"changed: {', '.join(list(difference)[:5])}")
        afghan = consignment.permission(PermissionKind.AFGHAN_APPROVAL)
        if afghan is not None and _afghan_papers(papers) != _afghan_papers(consignment.papers):
            events.append(PermissionDropped(subject, afghan.kind, "the Afghan approval changed", afghan.by))
    return Accepted(tuple(events))


def _drop_approvals(consignment: Consignment, why: str) -> list[Event]:
    events = drop_approvals(consignment, why)
    if consignment.stage in (Stage.CUSTOMS_RELEASE, Stage.RELEASE):
        subject = f"consignment:{consignment.ref}"
        events.append(StageChanged(subject, consignment.stage, Stage.RISK, note=why))
    return events


def document_check(situation: Situation, step: Step, ask: Ask) -> Outcome:
    """The papers have been looked at and are complete. May be repeated after a change, without moving the stage."""
    consignment = _consignment(situation)
    again = consignment.stage in (Stage.DOC_CHECK, Stage.RISK, Stage.INSPECT)
    if again and consignment.permission(PermissionKind.DOCUMENTS_COMPLETE) is not None:
        return AlreadyDone({"consignment": consignment.ref, "stage": consignment.stage.value})
    missing = [] if again else wrong_stage(consignment, step)
    if missing:
        return Refused(tuple(missing))
    subject = f"consignment:{consignment.ref}"
    granted = Permission(PermissionKind.DOCUMENTS_COMPLETE, ask.who.id, ask.at, consignment.digest, ask.note)
    events: list[Event] = [PermissionGranted(subject, granted)]
    if not again:
        events.append(StageChanged(subject, consignment.stage, step, note=ask.note))
    return Accepted(tuple(events))


def _afghan_papers(papers: Papers) -> tuple[Document, ...]:
    """Every exemption that is attached: a renewed one may stand beside the old one, one per part beside another."""
    return tuple(document for document in papers.documents if document.type == "AF_EXEMPTION")


def _last_day(document: Document) -> date:
    return document.valid_until or date.max


def afghan_approval(consignment: Consignment, ask: Ask) -> Outcome:
    """The import approval from the Afghan side is here (its document is attached and verified); one valid one is enough."""
    if not ask.who.may(Right.AMEND):
        return refuse(
            Reason.NOT_PERMITTED, who=RIGHTS[Right.AMEND], step="afghan_approval", person=ask.who.id
        )
    numbered = [paper for paper in _afghan_papers(consignment.papers) if paper.number.strip()]
    if not numbered:
        return refuse(Reason.NO_AFGHAN_APPROVAL, consignment=consignment.ref, document="AF_EXEMPTION")
    paper = max(numbered, key=_last_day)
    if paper.valid_until is not None and paper.valid_until < ask.day:
        return refuse(
            Reason.NO_AFGHAN_APPROVAL,
            consignment=consignment.ref,
            document="AF_EXEMPTION",
            valid_until=paper.valid_until.isoformat(),
        )
    if consignment.permission(PermissionKind.AFGHAN_APPROVAL) is not None:
        return AlreadyDone({"consignment": consignment.ref})
    granted = Permission(PermissionKind.AFGHAN_APPROVAL, ask.who.id, ask.at, consignment.digest, ask.note)
    return Accepted((PermissionGranted(f"consignment:{consignment.ref}", granted),))


def screen(situation: Situation, step: Step, ask: Ask) -> Outcome:
    """Screening and lane: the checks have been run and an officer (or the rules) set the lane."""
    consignment = _consignment(situation)
    if consignment.stage is step:
        return AlreadyDone({"consignment": consignment.ref, "stage": step.value})
    missing = wrong_stage(consignment, step)
    if consignment.lane is None:
        missing.append(Missing(Reason.INVALID, {"field": "lane", "consignment": consignment.ref}))
    if missing:
        return Refused(tuple(missing))
    return Accepted((StageChanged(f"consignment:{consignment.ref}", consignment.stage, step, note=ask.note),))


def move(situation: Situation, step: Step, ask: Ask) -> Outcome:
    """A plain move of the table: inspection, handover, close, or an end by the competent authority.

    A consignment of which a part has gone and nothing is left here may be handed over from where the rest ended.
    """
    consignment = _consignment(situation)
    if consignment.stage is step and step is not Stage.INSPECT:
        return AlreadyDone({"consignment": consignment.ref, "stage": step.value})
    missing = [] if _ended_in_parts(situation, step) else wrong_stage(consignment, step)
    if step in ENDED and step is not Stage.DELIVERED and not ask.note.strip():
        missing.append(Missing(Reason.REASON_NEEDED, {"step": step.value}))
    if step in (Stage.DELIVERED, Stage.CLOSED):
        missing += _not_accounted_for(situation, step)
    if missing:
        return Refused(tuple(missing))
    subject = f"consignment:{consignment.ref}"
    events: list[Event] = []
    released = consignment.stage in (Stage.CUSTOMS_RELEASE, Stage.RELEASE)
    if step not in (Stage.GATE_OUT, Stage.DELIVERED, Stage.CLOSED) and (
        released or parts.has_parts(consignment)
    ):
        events += drop_approvals(consignment, step.value, papers=released)
    if step is Stage.DELIVERED:
        events += [
            StageChanged(f"unit:{unit.label}", unit.stage, step)
            for unit in situation.units
            if unit.stage is Stage.ARRIVED_AF
        ]
    events.append(StageChanged(subject, consignment.stage, step, note=ask.note))
    return Accepted(tuple(events))


def _ended_in_parts(situation: Situation, step: Step) -> bool:
    """True when a part has left, and of what stayed nothing can leave any more."""
    consignment = _consignment(situation)
    here = [unit for unit in situation.units if unit.stage not in parts.GONE | parts.TAKEN]
    left = bool(consignment.departures) and not here and bool(situation.units)
    return left and step is Stage.DELIVERED and consignment.stage in parts.LEAVING


def _not_accounted_for(situation: Situation, step: Step) -> list[Missing]:
    """Units that are still here or on the way; a handover takes along what has arrived."""
    arrived = {Stage.ARRIVED_AF} if step is Stage.DELIVERED else set()
    consignment = _consignment(situation)
    whole = consignment.stage in (Stage.REJECTED, Stage.SEIZED, Stage.DESTROYED, Stage.LOST)
    open_ones = [
        unit
        for unit in parts.unaccounted(situation.units)
        if unit.stage not in arrived and not (whole and unit.stage not in parts.GONE | {Stage.LOAD})
    ]
    if not open_ones:
        return []
    facts = {
        "consignment": consignment.ref,
        "count": len(open_ones),
        "units": [unit.label for unit in open_ones[:20]],
        "stage": open_ones[0].stage.value,
    }
    return [Missing(Reason.NOT_ACCOUNTED_FOR, facts)]

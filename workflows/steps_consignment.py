"""Rules of one consignment: announcing, amending, document check, screening, the two approvals, and its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
from workflows.release import digest, standing_in_the_way, unfit_to_approve
from workflows.roles import RIGHTS, Right
from workflows.stages import CONSIGNMENT, ENDED, Stage, Step, allowed
from workflows.state import PROTECTED, Consignment, Permission, PermissionKind

_GRANTS = {
    Stage.CUSTOMS_RELEASE: PermissionKind.CUSTOMS_RELEASE,
    Stage.RELEASE: PermissionKind.TERMINAL_RELEASE,
}


def _consignment(situation: Situation) -> Consignment:
    if situation.consignment is None:
        raise ValueError("a consignment's step needs the consignment")
    return situation.consignment


def _wrong_stage(consignment: Consignment, step: Step) -> list[Missing]:
    if allowed(CONSIGNMENT, consignment.stage, step):
        return []
    facts = {
        "consignment": consignment.ref,
        "stage": consignment.stage.value,
        "step": step.value,
        "check": "PRC-03",
    }
    return [Missing(Reason.WRONG_STAGE, facts)]


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


def announce(
    existing: Consignment | None,
    papers: Papers,
    ask: Ask,
    source: str = "",
    *,
    findings: tuple[Finding, ...] = (),
    headers: Mapping[str, Mapping[str, str]] | None = None,
) -> Outcome:
    """Take a consignment in: pre-advice. The same papers again change nothing; other papers are an amendment."""
    if not ask.who.may(Right.ANNOUNCE):
        return refuse(Reason.NOT_PERMITTED, who=RIGHTS[Right.ANNOUNCE], step="announce", person=ask.who.id)
    seen = digest(papers)
    if existing is not None:
        if existing.digest == seen:
            return AlreadyDone({"consignment": existing.ref})
        return refuse(Reason.ALREADY_ANNOUNCED, consignment=existing.ref, stage=existing.stage.value)
    subject = f"consignment:{papers.reference}"
    announced = ConsignmentAnnounced(subject, papers, seen, source, findings, headers or {})
    return Accepted((announced, *units_of(papers)))


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
        if afghan is not None and _afghan_paper(papers) != _afghan_paper(consignment.papers):
            events.append(PermissionDropped(subject, afghan.kind, "the Afghan approval changed", afghan.by))
    return Accepted(tuple(events))


def _drop_approvals(consignment: Consignment, why: str) -> list[Event]:
    subject = f"consignment:{consignment.ref}"
    events: list[Event] = [
        PermissionDropped(subject, p.kind, why, p.by) for p in consignment.permissions if p.kind in PROTECTED
    ]
    complete = consignment.permission(PermissionKind.DOCUMENTS_COMPLETE)
    if complete is not None:
        events.append(PermissionDropped(subject, complete.kind, why, complete.by))
    if consignment.stage in (Stage.CUSTOMS_RELEASE, Stage.RELEASE):
        events.append(StageChanged(subject, consignment.stage, Stage.RISK, note=why))
    return events


def document_check(situation: Situation, step: Step, ask: Ask) -> Outcome:
    """The papers have been looked at and are complete. May be repeated after a change, without moving the stage."""
    consignment = _consignment(situation)
    again = consignment.stage in (Stage.DOC_CHECK, Stage.RISK, Stage.INSPECT)
    if again and consignment.permission(PermissionKind.DOCUMENTS_COMPLETE) is not None:
        return AlreadyDone({"consignment": consignment.ref, "stage": consignment.stage.value})
    missing = [] if again else _wrong_stage(consignment, step)
    if missing:
        return Refused(tuple(missing))
    subject = f"consignment:{consignment.ref}"
    granted = Permission(PermissionKind.DOCUMENTS_COMPLETE, ask.who.id, ask.at, consignment.digest, ask.note)
    events: list[Event] = [PermissionGranted(subject, granted)]
    if not again:
        events.append(StageChanged(subject, consignment.stage, step, note=ask.note))
    return Accepted(tuple(events))


def _afghan_paper(papers: Papers) -> Document | None:
    return next((document for document in papers.documents if document.type == "AF_EXEMPTION"), None)


def afghan_approval(consignment: Consignment, ask: Ask) -> Outcome:
    """The import approval from the Afghan side is here (its document is attached and verified)."""
    if not ask.who.may(Right.AMEND):
        return refuse(
            Reason.NOT_PERMITTED, who=RIGHTS[Right.AMEND], step="afghan_approval", person=ask.who.id
        )
    paper = _afghan_paper(consignment.papers)
    if paper is None or not paper.number.strip():
        return refuse(Reason.NO_AFGHAN_APPROVAL, consignment=consignment.ref, document="AF_EXEMPTION")
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
    missing = _wrong_stage(consignment, step)
    if consignment.lane is None:
        missing.append(Missing(Reason.INVALID, {"field": "lane", "consignment": consignment.ref}))
    if missing:
        return Refused(tuple(missing))
    return Accepted((StageChanged(f"consignment:{consignment.ref}", consignment.stage, step, note=ask.note),))


def approve(situation: Situation, step: Step, ask: Ask) -> Outcome:
    """Customs release (first) or terminal release (second): two people, nothing open, nothing changed since."""
    consignment = _consignment(situation)
    kind = _GRANTS[step]
    given = consignment.permission(kind)
    if given is not None and given.by == ask.who.id and given.digest == consignment.digest:
        return AlreadyDone({"consignment": consignment.ref, "permission": kind.value, "by": given.by})
    missing = unfit_to_approve(consignment, kind, ask)
    missing += standing_in_the_way(consignment, step)
    missing += _wrong_stage(consignment, step)
    if missing:
        return Refused(tuple(missing))
    subject = f"consignment:{consignment.ref}"
    granted = Permission(kind, ask.who.id, ask.at, consignment.digest, ask.note)
    return Accepted((PermissionGranted(subject, granted), StageChanged(subject, consignment.stage, step)))


def move(situation: Situation, step: Step, ask: Ask) -> Outcome:
    """A plain move of the table: inspection, handover, close, or an end by the competent authority."""
    consignment = _consignment(situation)
    if consignment.stage is step and step is not Stage.INSPECT:
        return AlreadyDone({"consignment": consignment.ref, "stage": step.value})
    missing = _wrong_stage(consignment, step)
    if step in ENDED and step is not Stage.DELIVERED and not ask.note.strip():
        missing.append(Missing(Reason.REASON_NEEDED, {"step": step.value}))
    if missing:
        return Refused(tuple(missing))
    subject = f"consignment:{consignment.ref}"
    events: list[Event] = []
    if consignment.stage in (Stage.CUSTOMS_RELEASE, Stage.RELEASE) and step is not Stage.GATE_OUT:
        events += [e for e in _drop_approvals(consignment, step.value) if isinstance(e, PermissionDropped)]
    events.append(StageChanged(subject, consignment.stage, step, note=ask.note))
    return Accepted(tuple(events))

"""What a sender may know of its own consignment: milestones, permissions, papers that are asked for, and no more.

Never a lane, a score, a finding, a hold's reason or an inspection: whatever stands in the way inside is "customs".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from terminal.cases import crossing
from terminal.cases.queueing import told_of
from terminal.store.reader import Reader
from workflows.announce_state import Announcement
from workflows.checks.end_use import END_USE
from workflows.crossing import Trip
from workflows.papers import Document
from workflows.stages import Stage
from workflows.state import Consignment, PermissionKind, Visit
from workflows.tracking import Milestone, grouped

#: checks that ask the sender for a paper, and the paper where the finding does not name it
_ASKS = {"DOC-01": "", "DOC-06": "AF_EXEMPTION", "DOC-07": "DG_PERMIT", "HAZ-01": "DGD", "TMP-01": "TEMP_LOG"}
_SEEN = {
    "announced": frozenset({Stage.PRE_ADVICE}),
    "loaded": frozenset({Stage.LOAD}),
    "gone": frozenset({Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF}),
    "delivered": frozenset({Stage.DELIVERED}),
}


@dataclass(frozen=True, slots=True)
class SentFileView:
    """A picture of a paper that can be opened: its attachment, type, number, and when it was added."""

    attachment: str
    document: str
    number: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SenderView:
    """One consignment as its sender sees it. ``units`` counts: announced, here, loaded, gone, delivered."""

    ref: str
    consignee: str
    milestones: tuple[tuple[Milestone, datetime], ...]
    customs_released: bool
    terminal_released: bool
    afghan_approval: bool
    asked: tuple[str, ...]
    to_correct: int
    customs: bool
    documents: tuple[Document, ...]
    files: tuple[SentFileView, ...]
    proofs: tuple[SentFileView, ...]
    units: dict[str, int]
    visits: tuple[Visit, ...]
    tracking: str
    announcement: Announcement | None
    handed_over: Trip | None = None


def asked_for(consignment: Consignment) -> tuple[str, ...]:
    """Types of papers that the sender is asked for now."""
    wanted: list[str] = []
    for finding in consignment.findings:
        if finding.check in _ASKS:
            code = str(finding.facts.get("document") or _ASKS[finding.check])
            if code:
                wanted.append(code)
        elif finding.check == "CTL-03" and finding.facts.get("why") == "not_stated":
            wanted.append(END_USE)
    return tuple(dict.fromkeys(wanted))


def waits_for_customs(consignment: Consignment) -> bool:
    """True when something inside stands in the way that is not just a paper the sender is asked for."""
    return any(
        hold.open and hold.check not in _ASKS and not _of_the_list(hold.check) for hold in consignment.holds
    )


def _of_the_list(check: str | None) -> bool:
    """True for what the sender's own list of goods left unclear (DAT checks of the importer)."""
    return (check or "").startswith("DAT-")


def counts(stages: dict[Stage, int]) -> dict[str, int]:
    """Units by what a sender understands; whatever happens inside is "here"."""
    found = dict.fromkeys(("announced", "here", "loaded", "gone", "delivered"), 0)
    for stage, number in stages.items():
        name = next((name for name, among in _SEEN.items() if stage in among), "here")
        found[name] += number
    return found


def view(reader: Reader, consignment: Consignment) -> SenderView:
    """The consignment as its sender sees it; who may ask is decided before."""
    ref = consignment.ref
    found = reader.announcing.announcement_of(ref)
    kept = [
        SentFileView(
            one.id,
            str(one.facts.get("document", "")),
            str(one.facts.get("number", "")),
            one.name,
            one.added_at,
        )
        for subject in (f"announcement:{found.id}" if found is not None else "", f"consignment:{ref}")
        if subject
        for one in reader.desk.attachments_of(subject)
        if one.facts.get("document")
    ]
    visits = [reader.visit(identity) for identity in reader.visits_ever_of(ref)]
    over = _handed_over(reader, ref)
    units = counts(reader.unit_stages(ref))
    if over is not None:  # what a receiver missed is not here any more
        units["here"] = max(0, units["here"] - over.short)
    given = {permission.kind for permission in consignment.permissions}
    return SenderView(
        ref,
        consignment.papers.consignee,
        told_of(reader, f"consignment:{ref}").milestones,
        PermissionKind.CUSTOMS_RELEASE in given,
        PermissionKind.TERMINAL_RELEASE in given,
        PermissionKind.AFGHAN_APPROVAL in given,
        asked_for(consignment),
        len({finding.target for finding in consignment.imported if _of_the_list(finding.check)}),
        waits_for_customs(consignment),
        consignment.papers.documents,
        tuple(one for one in kept if one.document != "POD"),
        tuple(one for one in kept if one.document == "POD"),
        units,
        tuple(visit for visit in visits if visit is not None and set(visit.brought) == {ref}),
        grouped(consignment.tracking) if consignment.tracking else "",
        found,
        over,
    )


def _handed_over(reader: Reader, ref: str) -> Trip | None:
    """How what went over adds up, once a receiver has said something of it."""
    found = crossing.deliveries(reader, ref)
    return crossing.counted(found) if any(one.handovers for one in found) else None

"""What an announcement would come to, without announcing: the same rules, asked on a snapshot."""

from __future__ import annotations

from terminal.cases.consignments import mine
from terminal.cases.importing import Reading
from terminal.cases.once import Request
from terminal.store.reader import Reader
from workflows import steps_consignment
from workflows.outcomes import Outcome, Reason, refuse
from workflows.roles import Role


def would(reader: Reader, reading: Reading, request: Request) -> Outcome:
    """What the terminal would say if this person announced what was read, now. Nothing is written."""
    papers = reading.assembled.papers
    if request.who.roles <= {Role.AGENCY_USER} and request.who.organisation != papers.sender:
        return refuse(Reason.NOT_YOURS, sender=papers.sender)
    existing = reader.consignment(papers.reference)
    if existing is not None and not mine(existing, request):
        return refuse(Reason.NOT_YOURS, consignment=papers.reference)
    return steps_consignment.announce(existing, papers, request.ask(), findings=reading.assembled.findings)

"""Papers that a sender hands in with their pictures: on a draft, or later on the consignment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from terminal.cases import consignments
from terminal.cases.announcing import readable
from terminal.cases.answers import Answer
from terminal.cases.attaching import MOST, Upload
from terminal.cases.checking import Judge
from terminal.cases.once import Request, once
from terminal.store.books import Books
from terminal.store.desk import Attachment
from terminal.store.ids import uuid7
from terminal.store.reader import Reader
from workflows import announce
from workflows.announce_state import SentPaper
from workflows.events_announce import PaperSent
from workflows.outcomes import Accepted, Outcome, Reason, refuse
from workflows.papers import Document
from workflows.roles import Actor, Right

Found = tuple[Outcome, str, Mapping[str, Any]]


def _subject(identity: str) -> str:
    return f"announcement:{identity}"


@dataclass(frozen=True, slots=True)
class NewPaper:
    """A paper as a form gives it; ``upload`` is the picture or PDF of it, on disk already."""

    type: str
    number: str
    issued: date | None = None
    valid_until: date | None = None
    upload: Upload | None = None


def _kept_upload(
    books: Books, subject: str, paper: NewPaper, request: Request
) -> tuple[PaperSent, Attachment] | Outcome | None:
    upload = paper.upload
    if upload is None:
        return None
    if upload.media_type is None or not upload.media_type.startswith(("image/", "application/pdf")):
        return refuse(Reason.FILE_NOT_TAKEN, name=upload.name, size=upload.size, why="unknown_kind")
    if len(books.desk.attachments_of(subject)) >= MOST:
        return refuse(Reason.FILE_NOT_TAKEN, name=upload.name, why="too_many")
    key = str(uuid7())
    sent = PaperSent(
        subject,
        key,
        paper.type,
        paper.number,
        upload.sha256,
        upload.name,
        upload.media_type,
        upload.size,
    )
    kept = Attachment(
        key,
        upload.sha256,
        subject,
        subject.partition(":")[0],
        upload.name,
        upload.media_type,
        upload.size,
        request.who.id,
        request.at,
        {"document": paper.type, "number": paper.number},
    )
    return sent, kept


def add_paper(books: Books, identity: str, paper: NewPaper, request: Request) -> Answer:
    """Add a paper to a draft, with the picture of it if one was sent."""

    def act() -> Found:
        subject, found = _subject(identity), books.announcing.announcement(identity)
        new = SentPaper(paper.type, paper.number.strip(), paper.issued, paper.valid_until)
        outcome = announce.change(
            found, identity, request.ask(), "paper", lambda draft: announce.with_paper(draft, new)
        )
        if not isinstance(outcome, Accepted):
            return outcome, subject, {}
        kept = _kept_upload(books, subject, paper, request)
        if kept is None:
            return outcome, subject, {"announcement": identity}
        if not isinstance(kept, tuple):
            return kept, subject, {}
        sent, attachment = kept
        with_file = replace(new, file=sent.attachment, name=sent.name)
        again = announce.change(
            found, identity, request.ask(), "paper", lambda draft: announce.with_paper(draft, with_file)
        )
        assert isinstance(again, Accepted)
        books.desk.add_attachment(attachment)
        return Accepted((*again.events, sent)), subject, {"announcement": identity}

    return once(books, request, "announce", act)


def send_paper(books: Books, ref: str, paper: NewPaper, request: Request, judge: Judge) -> Answer:
    """Add a paper, with the picture of it, to a consignment that was announced; the checks look at it at once."""
    request_paper = replace(request, nonce=f"{request.nonce}-paper")
    document = Document(paper.type, paper.number.strip(), paper.issued, None, paper.valid_until)

    def act() -> Found:
        subject, found = f"consignment:{ref}", books.consignment(ref)
        own = found is not None and consignments.mine(found, request)
        empty = PaperSent(subject, "", paper.type, paper.number, "", "", "", 0)
        outcome = announce.send_paper(found, ref, empty, request.ask(), own=own)
        if not isinstance(outcome, Accepted):
            return outcome, subject, {}
        kept = _kept_upload(books, subject, paper, request)
        if not isinstance(kept, tuple):
            missing = refuse(Reason.INVALID, field="file")
            return kept if kept is not None else missing, subject, {}
        sent, attachment = kept
        books.desk.add_attachment(attachment)
        facts = {"consignment": ref, "document": paper.type, "attachment": sent.attachment}
        return Accepted((sent,)), subject, facts

    if paper.upload is None:
        return consignments.put_document(books, ref, document, "", request, judge)
    answer = once(books, request, "attach", act)
    if answer.news and paper.number.strip() and paper.type != "POD":
        consignments.put_document(books, ref, document, "", request_paper, judge)
    return answer


def paper_file(reader: Reader, identity: str, who: Actor) -> Attachment | None:
    """The stored picture of a paper, for those who may see what it is attached to."""
    found = reader.desk.attachment(identity)
    if found is None:
        return None
    kind, _, name = found.subject.partition(":")
    if kind == "announcement":
        return found if readable(reader, name, who) is not None else None
    if kind != "consignment":
        return None
    consignment = reader.consignment(name)
    if consignment is None:
        return None
    foreign = announce.only_agency(who) and who.organisation != consignment.papers.sender
    return None if foreign or not reads_papers(who) else found


def reads_papers(who: Actor) -> bool:
    """True for those who read consignments with their papers."""
    return who.may(Right.READ_CONSIGNMENTS)

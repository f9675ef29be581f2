"""Files attached to inspections, seizures and units: what they are is read from their bytes, and they are never run.

The bytes lie beside the database under their SHA-256; the row and the event name them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terminal.cases import inspecting, seizing
from terminal.cases.answers import Answer
from terminal.cases.once import Request, once
from terminal.store.books import Books
from terminal.store.desk import Attachment
from terminal.store.ids import uuid7
from terminal.store.reader import Reader
from workflows import inspections
from workflows.events_inspection import FileAttached
from workflows.outcomes import Accepted, AlreadyDone, Outcome, Reason, refuse
from workflows.roles import RIGHTS, Actor, Right

#: bytes of one file
LARGEST = 25 << 20
#: files of one inspection or seizure
MOST = 60

_ENDINGS: Mapping[str, str] = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/tiff": ".tif",
    "application/pdf": ".pdf",
    "video/mp4": ".mp4",
    "application/dicom": ".dcm",
}


def sniff(data: bytes) -> str | None:
    """The media type that the first bytes say, of those that are kept; None for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[:4] in (b"II*\x00", b"MM\x00*"):
        return "image/tiff"
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    if data[4:8] == b"ftyp" and data[8:12] in (b"isom", b"iso2", b"mp41", b"mp42", b"avc1", b"M4V "):
        return "video/mp4"
    if data[128:132] == b"DICM":  # pictures of X-ray systems (DICONDE, DICOS)
        return "application/dicom"
    return None


#: what a browser looks at when it guesses, and where the end of an archive stands
_HEAD, _TAIL = 4096, 66_000
_PAGE = re.compile(rb"<(?:!doctype\s+html|html|script|svg|iframe|body|\?php)[\s>/]", re.IGNORECASE)


def also(data: bytes) -> str | None:
    """What else the bytes of a picture, paper or film are: HTML, ZIP, PDF; None when they are one thing only.

    Such a file passes as a picture here and as a page or an archive elsewhere; nobody makes one by accident.
    """
    ends = data[:_HEAD], data[-_HEAD:]
    if any(_PAGE.search(part) for part in ends):
        return "HTML"
    if b"PK\x05\x06\x00\x00\x00\x00" in data[-_TAIL:]:  # the end of an archive of one disk
        return "ZIP"
    if not data.startswith(b"%PDF-") and b"%PDF-" in data[:1024]:
        return "PDF"
    return None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came: its bytes are on disk under ``sha256`` before it is recorded."""

    name: str
    sha256: str
    media_type: str | None
    size: int
    also: str | None = None  # what the same bytes are as well

    @classmethod
    def of(cls, name: str, data: bytes) -> Upload:
        """What is known of these bytes. The name gets the ending of what they are."""
        kind = sniff(data) if len(data) <= LARGEST else None
        two = also(data) if kind is not None else None
        kind = kind if two is None else None
        stem = name.rpartition(".")[0] or name
        shown = f"{stem[:110]}{_ENDINGS[kind]}" if kind is not None else name[:120]
        return cls(shown, hashlib.sha256(data).hexdigest(), kind, len(data), two)

    @property
    def body(self) -> dict[str, Any]:
        """For the nonce's digest."""
        return {"name": self.name, "sha256": self.sha256, "size": self.size}


def attach(books: Books, to: str, upload: Upload, request: Request) -> Answer:
    """Attach a stored file to "inspection:ID" or "seizure:NO". The same bytes again change nothing."""

    def act() -> tuple[Outcome, str, Mapping[str, Any]]:
        where = _where(books, to, request)
        if not isinstance(where, tuple):
            return where, to[:80], {}
        subject, files = where
        if upload.media_type is None:
            why = "too_large" if upload.size > LARGEST else "two_kinds" if upload.also else "unknown_kind"
            barred = refuse(
                Reason.FILE_NOT_TAKEN,
                name=upload.name,
                size=upload.size,
                sha256=upload.sha256,
                why=why,
                also=upload.also,
            )
            return barred, subject, {}
        if upload.sha256 in files:
            return AlreadyDone({"to": to, "sha256": upload.sha256}), subject, {}
        if len(files) >= MOST:
            return refuse(Reason.FILE_NOT_TAKEN, name=upload.name, why="too_many"), subject, {}
        identity = str(uuid7())
        event = FileAttached(
            subject, to, identity, upload.sha256, upload.name, upload.media_type, upload.size
        )
        kept = Attachment(
            identity,
            upload.sha256,
            to,
            to.partition(":")[0],
            upload.name,
            upload.media_type,
            upload.size,
            request.who.id,
            request.at,
        )
        books.desk.add_attachment(kept)
        return Accepted((event,)), subject, {"attachment": identity, "sha256": upload.sha256, "to": to}

    return once(books, request, "attach_file", act)


def _where(books: Books, to: str, request: Request) -> tuple[str, tuple[str, ...]] | Outcome:
    """Subject of the event and the files that are there; or why this person may not attach."""
    kind, _, name = to.partition(":")
    if kind == "seizure":
        if not request.who.may(Right.SEIZE):
            return refuse(Reason.NOT_PERMITTED, who=RIGHTS[Right.SEIZE], step="attach_file")
        record = seizing.readable(books, name, request.who)
        return (to, record.files) if record is not None else refuse(Reason.NOT_FOUND, seizure=name)
    if kind == "unit":
        return _of_unit(books, name, request)
    kept = inspecting.kept_by_id(books, name) if kind == "inspection" else None
    if kept is None:
        if not may_attach_at_all(request.who):
            return refuse(Reason.NOT_PERMITTED, who=RIGHTS[Right.ORDER_INSPECTION], step="attach_file")
        return refuse(Reason.INSPECTION_NOT_FOUND, inspection=name)
    if (barred := inspections.may_attach(kept, name, request.ask())) is not None:
        return barred
    files = next(one.files for one in kept.inspections if one.id == name)
    return kept.subject, files


def _of_unit(books: Books, label: str, request: Request) -> tuple[str, tuple[str, ...]] | Outcome:
    """Photos of a unit: by those who may note its damage."""
    if not request.who.may(Right.NOTE_DAMAGE):
        return refuse(Reason.NOT_PERMITTED, who=RIGHTS[Right.NOTE_DAMAGE], step="attach_file")
    unit = books.unit(label)
    if unit is None:
        return refuse(Reason.UNKNOWN_LABEL, label=label)
    subject = f"unit:{unit.label}"
    return subject, tuple(one.sha256 for one in books.desk.attachments_of(subject))


def may_attach_at_all(who: Actor) -> bool:
    """True for people who have anything to do with inspections."""
    return who.may(Right.READ_INSPECTIONS) or who.may(Right.SEIZE)


def readable(reader: Reader, identity: str, who: Actor) -> Attachment | None:
    """What is known of an attached file, if this person may see what it is attached to."""
    found = reader.desk.attachment(identity)
    if found is None:
        return None
    kind, _, name = found.subject.partition(":")
    if kind == "seizure":
        return found if seizing.readable(reader, name, who) is not None else None
    if kind == "unit":
        return found if who.may(Right.READ_STOCK) else None
    return found if kind == "inspection" and who.may(Right.READ_INSPECTIONS) else None


def bytes_of(path: Path, sha256: str) -> bytes | None:
    """The stored bytes, or None when they are gone or are not what was stored."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == sha256 else None

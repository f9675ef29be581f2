"""The handover at Hairatan: links for receivers without an account, and the three ways a statement comes to us.

A link is a code and its proof: HMAC-SHA-256 of the code under the secret of this installation. The books say which
vehicle the code belongs to, until when it is good, and whether it was taken back.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from terminal.cases import crossing as trips
from terminal.cases.answers import Answer
from terminal.cases.attaching import Upload
from terminal.cases.handover_files import BadRow, read
from terminal.cases.once import Request, once
from terminal.store.books import Books
from terminal.store.desk import Attachment
from terminal.store.ids import uuid7
from terminal.store.reader import Reader
from workflows import crossing, handover, tracking
from workflows.handover import Statement
from workflows.handover_state import Receipt
from workflows.outcomes import Accepted, Outcome, Reason, Refused, refuse
from workflows.roles import STEP_ROLES, Right
from workflows.stages import Stage
from workflows.state import Visit

#: bytes of one photograph, and of a signature as a picture
LARGEST_PHOTO, LARGEST_SIGNATURE = 8 << 20, 300_000
#: sides of a signature, in pixels
LARGEST_SIDE = 2400
PHOTOS = ("image/jpeg", "image/png", "image/webp")
_CONTEXT = b"karvon handover 1\n"
_PROOF = 27


# --- links ----------------------------------------------------------------------------------------------
def proof_of(code: str, secret: bytes) -> str:
    """What proves that a link of this code was made here: 27 characters of base 64 (162 bits of the HMAC)."""
    digest = hmac.new(secret, _CONTEXT + code.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode()[:_PROOF]


def token_of(code: str, secret: bytes) -> str:
    """The last part of a link's address."""
    return f"{code}.{proof_of(code, secret)}"


def link_address(base: str, code: str, secret: bytes) -> str:
    """The address of a link, below that of the terminal."""
    return f"{base.rstrip('/')}/h/{token_of(code, secret)}"


def code_of(token: str, secret: bytes) -> str | None:
    """The code of a link that was made here; None for every other text."""
    code, _, proof = token.partition(".")
    if len(token) > 80 or tracking.read(code) != code:
        return None
    right = hmac.compare_digest(proof_of(code, secret).encode(), proof.encode("utf-8", "surrogatepass"))
    return code if right else None


def visit_of_code(reader: Reader, code: str) -> Visit | None:
    """The vehicle whose load a handover code belongs to; however it was written."""
    read = tracking.read(code)
    subject = reader.announcing.tracked(read) if read is not None else None
    kind, _, name = (subject or "").partition(":")
    return reader.visit(name) if kind == "trip" else None


def opened(reader: Reader, token: str, secret: bytes, request: Request) -> Visit | Refused:
    """The vehicle that a link opens now, or why it opens nothing."""
    code = code_of(token, secret)
    visit = visit_of_code(reader, code) if code is not None else None
    barred = handover.link_refused(visit, code or "", request.at)
    if barred is not None:
        return barred
    assert visit is not None
    return visit


def issue(books: Books, identity: str, lifetime: timedelta, request: Request) -> Answer:
    """Hand out a link (and its code for the sheet) for the load of a vehicle."""

    def act() -> tuple[Outcome, str, Mapping[str, Any]]:
        subject, visit = f"visit:{identity}", books.visit(identity)
        if visit is None:
            return refuse(Reason.NOT_FOUND, visit=identity), subject, {}
        code = _fresh(books)
        outcome = handover.issue_link(visit, code, lifetime, request.ask())
        facts = {"visit": identity, "code": code} if isinstance(outcome, Accepted) else {"visit": identity}
        return outcome, subject, facts

    return once(books, request, "handover_link", act)


def _fresh(reader: Reader) -> str:
    while True:
        code = tracking.code_of([secrets.randbelow(len(tracking.SIGNS)) for _ in range(tracking.RANDOM)])
        if reader.announcing.tracked(code) is None:
            return code


def take_back(books: Books, identity: str, note: str, request: Request) -> Answer:
    """Make the link of a vehicle worthless from this moment."""

    def act() -> tuple[Outcome, str, Mapping[str, Any]]:
        subject, visit = f"visit:{identity}", books.visit(identity)
        if visit is None:
            return refuse(Reason.NOT_FOUND, visit=identity), subject, {}
        return handover.end_link(visit, request.ask(note=note)), subject, {"visit": identity}

    return once(books, request, "handover_link", act)


# --- statements -------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Pictures:
    """The files of a statement, on disk already: the signature, photos of the load, and photos by unit."""

    signature: Upload | None = None
    load: tuple[Upload, ...] = ()
    units: Mapping[str, tuple[Upload, ...]] | None = None

    def all(self) -> Iterable[tuple[str, Upload]]:
        """Every picture, with the item that it shows ("" for the load)."""
        yield from (("", one) for one in self.load)
        for item, uploads in (self.units or {}).items():
            yield from ((item, one) for one in uploads)


def unfit(pictures: Pictures) -> Refused | None:
    """The refusal for the first picture that is none, or is too large; what it is, its bytes say."""
    for _, one in pictures.all():
        if one.media_type not in PHOTOS or one.size > LARGEST_PHOTO:
            why = "too_large" if one.size > LARGEST_PHOTO else "two_kinds" if one.also else "unknown_kind"
            return refuse(
                Reason.FILE_NOT_TAKEN, name=one.name, size=one.size, sha256=one.sha256, why=why, also=one.also
            )
    signature = pictures.signature
    if signature is not None and (signature.media_type != "image/png" or signature.size > LARGEST_SIGNATURE):
        return refuse(Reason.INVALID, field="signature", size=signature.size)
    return None


def png_sides(data: bytes) -> tuple[int, int] | None:
    """Width and height that the head of a PNG states; None for what is no PNG."""
    if len(data) < 33 or not data.startswith(b"\x89PNG\r\n\x1a\n") or data[12:16] != b"IHDR":
        return None
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


def drawn(data: bytes) -> bool:
    """True for a PNG of a size that a screen gives; a small file that claims to be huge is no signature."""
    sides = png_sides(data)
    return sides is not None and all(0 < side <= LARGEST_SIDE for side in sides)


def by_link(
    books: Books, token: str, said: Statement, pictures: Pictures, request: Request, secret: bytes
) -> Answer:
    """Take the statement of whoever holds a link."""
    found = opened(books, token, secret, request)
    if isinstance(found, Refused):
        return once(books, request, "handover", lambda: (found, "label:handover", {}))
    return _take(books, found.id, said, pictures, request)


def bad_link(books: Books, found: Refused, request: Request) -> Answer:
    """Keep that somebody came with a link that opens nothing."""
    return once(books, request, "handover", lambda: (found, "label:handover", {}))


def by_sheet(
    books: Books, code: str, said: Statement, request: Request, *, rest_received: bool = False
) -> Answer:
    """Take what somebody of the terminal types in from a signed sheet; its code says which load it is about."""
    visit = visit_of_code(books, code)
    if visit is None:
        wrong = refuse(Reason.INVALID, field="code")
        if not may_take(request):
            who = STEP_ROLES[Stage.DELIVERED]
            wrong = refuse(Reason.NOT_PERMITTED, who=who, step="DELIVERED", person=request.who.id)
        return once(books, request, "handover", lambda: (wrong, "label:handover", {}))
    receipts = everything_else(books, visit, said.receipts) if rest_received else said.receipts
    return _take(books, visit.id, replace(said, receipts=receipts), Pictures(), request)


def by_file(
    books: Books,
    identity: str,
    data: bytes,
    name: str,
    note: str,
    request: Request,
    *,
    correction: bool = False,
) -> tuple[Answer, tuple[BadRow, ...]]:
    """Take the good rows of a file of receipts; beside the answer the rows that were not taken."""
    visit = books.visit(identity)
    items = trips.items_of(books, visit) if visit is not None and may_take(request) else ()
    found = read(data, items)
    said = found.statement(name, note, correction=correction)
    return _take(books, identity, said, Pictures(), request), found.bad if items else ()


def _take(books: Books, identity: str, said: Statement, pictures: Pictures, request: Request) -> Answer:
    def act() -> tuple[Outcome, str, Mapping[str, Any]]:
        subject, visit = f"visit:{identity}", books.visit(identity)
        if visit is None:
            return refuse(Reason.NOT_FOUND, visit=identity), subject, {}
        barred = unfit(pictures)
        if barred is not None:
            return barred, subject, {}
        load = trips.load_of(books, visit)
        whole = _with_pictures(said, pictures)
        made = str(uuid7())
        outcome = handover.receive(visit, load, whole, made, request.ask(note=said.note))
        facts: dict[str, Any] = {"visit": identity, "step": "handover"}
        if not isinstance(outcome, Accepted):
            return outcome, subject, facts
        _keep(books, visit, pictures, made, request)
        taken = next(event.handover for event in outcome.events if event.type == "HandoverRecorded")  # type: ignore[attr-defined]
        counted = crossing.trip(load.items, (*visit.handovers, taken))
        facts |= {
            "handover": made,
            "received": counted.received,
            "damaged": counted.damaged,
            "short": counted.short,
            "on_the_way": counted.on_the_way,
        }
        return outcome, subject, facts

    return once(books, request, "handover", act)


def _with_pictures(said: Statement, pictures: Pictures) -> Statement:
    by_item = pictures.units or {}
    receipts = tuple(
        replace(handover.plain(one), photos=tuple(photo.sha256 for photo in by_item.get(one.item, ())))
        for one in said.receipts
    )
    signature = pictures.signature.sha256 if pictures.signature is not None else None
    photos = tuple(one.sha256 for one in pictures.load)
    return replace(said, receipts=receipts, signature=signature, photos=photos)


def _keep(books: Books, visit: Visit, pictures: Pictures, made: str, request: Request) -> None:
    """Name the pictures beside the trip; their bytes lie under their hash already."""
    named = list(pictures.all())
    if pictures.signature is not None:
        named.append(("signature", pictures.signature))
    for item, one in named:
        books.desk.add_attachment(
            Attachment(
                str(uuid7()),
                one.sha256,
                f"trip:{visit.id}",
                "trip",
                one.name,
                one.media_type or "",
                one.size,
                request.who.id,
                request.at,
                {"handover": made, "item": item},
            )
        )


def picture(reader: Reader, identity: str, sha256: str, request: Request) -> Attachment | None:
    """A picture of a vehicle's handovers, for the readers of the board."""
    if not request.who.may(Right.READ_BOARD):
        return None
    kept = reader.desk.attachments_of(f"trip:{identity}")
    return next((one for one in kept if one.sha256 == sha256), None)


def everything_else(reader: Reader, visit: Visit, said: tuple[Receipt, ...]) -> tuple[Receipt, ...]:
    """Receipts of a sheet on which only what differs was written: the rest came as it was loaded."""
    told = {**crossing.receipts(visit.handovers), **{one.item: one for one in said}}
    return (*said, *handover.all_received(trips.items_of(reader, visit), told))


def may_take(request: Request) -> bool:
    """True for people who may type in a sheet or read a file."""
    return bool(request.who.roles & STEP_ROLES[Stage.DELIVERED])

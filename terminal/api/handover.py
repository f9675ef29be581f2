"""The handover at Hairatan: what a receiver opens and sends without an account, and what the terminal does about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile
from fastapi import Path as PathParam
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError

from terminal.api.imports import file_name
from terminal.api.needs import Language, TheCaller, TheService
from terminal.api.problems import Problem, not_found, not_permitted
from terminal.api.saying import answered, said
from terminal.api.schemas import AnswerOut, Asked, Name, body_of, gives
from terminal.api.schemas_handover import EndLinkIn, SheetIn, StatementIn
from terminal.api.tracking import not_too_often
from terminal.cases import attaching, handover_files
from terminal.cases import crossing as trips
from terminal.cases import handover as cases
from terminal.cases.answers import Answer
from terminal.cases.attaching import Upload
from terminal.cases.handover import Pictures
from terminal.cases.once import Request as Asking
from terminal.limits import client_key
from terminal.service import Service
from terminal.store import Books, uuid7
from terminal.store.reader import Reader
from terminal.texts_handover import row_sentence
from terminal.web import i18n
from workflows import crossing, handover
from workflows.handover_state import Via
from workflows.outcomes import Refused
from workflows.plain import to_plain
from workflows.roles import Right
from workflows.state import Visit

router = APIRouter(tags=["handover"])
NONCE = Annotated[str, Form(min_length=8, max_length=80, pattern=r"^[A-Za-z0-9._:-]+$")]
#: characters of a statement, and files that come with it
LARGEST_STATEMENT, MOST_FILES = 900_000, handover.MOST_PHOTOS


# --- for whoever holds a link -----------------------------------------------------------------------------
def manifest_of(reader: Reader, visit: Visit) -> dict[str, Any]:
    """What a receiver sees: the load of this vehicle, its plate and seals, and what was said of it before."""
    items = trips.items_of(reader, visit)
    told = crossing.receipts(visit.handovers)
    left = trips.left_at(reader, visit)
    return {
        "plate": visit.plate or visit.expected_plate,
        "trailer": visit.trailer,
        "seals": [seal.number for seal in visit.seals],
        "left_at": left.isoformat() if left is not None else None,
        "items": [
            {
                "item": item.id,
                "consignment": item.consignment,
                "description": item.description,
                "gross_kg": to_plain(item.gross_kg),
                "packages": item.packages,
                "condition": item.condition,
                "labelled": item.labelled,
                "found": told[item.id].found.value if item.id in told else None,
            }
            for item in items
        ],
        "handovers": [
            {"at": one.at.isoformat(), "name": one.name, "correction": one.correction}
            for one in visit.handovers
        ],
    }


async def open_link(token: str, request: Request, service: Service) -> Visit | Refused:
    """The vehicle that a link opens, or why none; that somebody tried is kept, within bounds. Raises the 429 problem."""
    not_too_often(request, service)
    asked = service.request(handover.receiver("unknown"), str(uuid7()), {"handover": token[:80]})

    def look() -> Visit | Refused:
        with service.reading() as reader:
            return cases.opened(reader, token, service.secret, asked)

    found = await run_in_threadpool(look)
    if isinstance(found, Refused):
        await keep_stranger(service, request, found, asked.body)
    return found


async def keep_stranger(service: Service, request: Request, found: Refused, body: Any) -> None:
    """Write down that a link was no good; strangers together write no more than a few entries a minute."""
    if service.strangers.wait_s("everybody"):
        return
    host = request.client.host if request.client is not None else None
    seen = {**body, "from": client_key(host)}
    made = service.request(handover.receiver("unknown"), str(uuid7()), seen)
    await service.write(lambda books: cases.bad_link(books, found, made))


@router.get("/handover/{token}")
async def get_handover(
    token: str, request: Request, service: TheService, language: Language
) -> dict[str, Any]:
    """The manifest of one load, for whoever holds its link. Open; nothing of any other load is in it."""
    found = await open_link(token, request, service)
    if isinstance(found, Refused):
        raise link_problem(found, language)

    def look() -> dict[str, Any]:
        with service.reading() as reader:
            return manifest_of(reader, found)

    return await run_in_threadpool(look)


def link_problem(found: Refused, language: str) -> Problem:
    """Why a link opens nothing: 404 for one that never was, 410 for one that is over."""
    sentence = said(Answer("refused", "label:handover", {}, found.missing), language, kabul=True).sentence
    return Problem(404 if found.facts.get("why") == "unknown" else 410, "link_not_good", sentence)


@router.post("/handover/{token}")
async def post_handover(
    token: str,
    request: Request,
    service: TheService,
    language: Language,
    nonce: NONCE,
    statement: Annotated[str, Form(max_length=LARGEST_STATEMENT)],
    signature: Annotated[UploadFile, File()],
    photos: Annotated[list[UploadFile] | None, File(max_length=MOST_FILES)] = None,
) -> AnswerOut:
    """Hand a load over: `statement` is JSON (name, receipts, surplus, note), `signature` a PNG, `photos` pictures.

    The same nonce gets the same answer. What differs from an earlier one needs `correction` and a `note` that says why.
    """
    found = await open_link(token, request, service)
    if isinstance(found, Refused):
        raise link_problem(found, language)
    shape = statement_of(statement)
    code = cases.code_of(token, service.secret) or ""
    pictures = await pictures_of(service, shape, signature, photos or [])
    body: dict[str, object] = {
        **shape.model_dump(mode="json"),
        "visit": found.id,
        "files": [one.sha256 for _, one in pictures.all()],
        "signature": pictures.signature.sha256 if pictures.signature is not None else None,
    }
    asked = service.request(handover.receiver(code), nonce, body)
    told = shape.statement(Via.LINK)
    answer = await service.write(
        lambda books: cases.by_link(books, token, told, pictures, asked, service.secret)
    )
    return answered(answer, language, kabul=True)


def statement_of(text: str) -> StatementIn:
    """The statement of a form. Raises the 422 problem."""
    try:
        return StatementIn.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Problem(422, "invalid_request", f"statement.{where}: {first['msg']}") from None


async def pictures_of(
    service: Service, shape: StatementIn, signature: UploadFile | None, photos: list[UploadFile]
) -> Pictures:
    """The files of a statement; those that are pictures are on disk afterwards. Nothing else is kept."""
    uploads = [await _photo(service, one) for one in photos]
    drawn = None
    if signature is not None:
        data = await signature.read(cases.LARGEST_SIGNATURE + 1)
        upload = Upload.of("signature.png", data)
        if len(data) <= cases.LARGEST_SIGNATURE and cases.drawn(data) and upload.media_type == "image/png":
            await run_in_threadpool(service.keep_file, upload.sha256, data)
            drawn = upload
    chosen = [*shape.photos, *(index for one in shape.receipts for index in one.photos)]
    if any(index >= len(uploads) for index in chosen) or len(set(chosen)) != len(chosen):
        raise Problem(
            422, "invalid_request", "photos: each number names one of the files that were sent, once"
        )
    return Pictures(
        drawn,
        tuple(uploads[index] for index in shape.photos),
        {one.item: tuple(uploads[index] for index in one.photos) for one in shape.receipts if one.photos},
    )


async def _photo(service: Service, file: UploadFile) -> Upload:
    data = await file.read(cases.LARGEST_PHOTO + 1)
    upload = await run_in_threadpool(Upload.of, file_name(file.filename), data)
    if upload.media_type in cases.PHOTOS and upload.size <= cases.LARGEST_PHOTO:
        await run_in_threadpool(service.keep_file, upload.sha256, data)
    return upload


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever holds a link that is good: as the journal names them, and the vehicle."""

    who: str
    subject: str


def holder_of(service: Service, path: str) -> Holder | None:
    """Who sends to this address of the API; None unless it is that of a link that is good, asked not too often."""
    token = path.removeprefix("/api/v1/handover/")
    if token == path:
        return None
    code = cases.code_of(token, service.secret)
    asked = service.request(handover.receiver(code or "unknown"), str(uuid7()), {})
    with service.reading() as reader:
        found = cases.opened(reader, token, service.secret, asked)
    if isinstance(found, Refused) or service.strangers.wait_s(found.id):
        return None
    return Holder(asked.who.id, f"visit:{found.id}")


# --- for the terminal -----------------------------------------------------------------------------------------
def trip_out(line: trips.TripLine) -> dict[str, Any]:
    """One trip as it is given."""
    return {
        "visit": line.visit.id,
        "plate": line.visit.plate,
        "stage": line.visit.stage.value,
        "left_at": line.left_at.isoformat(),
        "due_at": line.due_at.isoformat(),
        "lateness": line.lateness.value,
        "counts": to_plain(line.trip),
        "consignments": list(line.visit.aboard),
        "link_until": line.link.expires_at.isoformat() if line.link is not None else None,
    }


@router.get("/trips")
async def list_trips(
    caller: TheCaller, service: TheService, overdue: Annotated[bool, Query()] = False
) -> list[dict[str, Any]]:
    """Loads beyond the gate that are not accounted for, the one that is due first at the top."""
    if not caller.actor.may(Right.READ_BOARD):
        raise not_permitted(Right.READ_BOARD.value)

    def look() -> list[dict[str, Any]]:
        with service.reading() as reader:
            all_of = trips.trips(reader, service.settings.handover.hours, service.clock())
            return [trip_out(t) for t in all_of if not overdue or t.lateness is crossing.Lateness.OVERDUE]

    return await run_in_threadpool(look)


def board_visit(reader: Reader, identity: str, caller: Any) -> Visit:
    """The visit, for readers of the board. Raises the 404 problem."""
    found = reader.visit(identity) if caller.actor.may(Right.READ_BOARD) else None
    if found is None:
        raise not_found("visit", identity)
    return found


@router.get("/visits/{identity}/handovers")
async def get_handovers(identity: Name, caller: TheCaller, service: TheService) -> dict[str, Any]:
    """The manifest of a vehicle, what was said of it, and how it adds up."""

    def look() -> dict[str, Any]:
        with service.reading() as reader:
            visit = board_visit(reader, identity, caller)
            items = trips.items_of(reader, visit)
            return {
                **manifest_of(reader, visit),
                "handovers": to_plain(visit.handovers),
                "counts": to_plain(crossing.trip(items, visit.handovers)),
            }

    return await run_in_threadpool(look)


@router.post("/visits/{identity}/handover-link")
async def post_link(
    identity: Name, shape: Asked, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Hand out a link for the load of a vehicle; the one before it is worth nothing afterwards."""
    request = service.request(caller.actor, shape.nonce, {**body_of(shape), "visit": identity})
    lifetime = service.settings.handover.lifetime
    return answered(
        await service.write(lambda books: cases.issue(books, identity, lifetime, request)), language
    )


@router.get("/visits/{identity}/handover-link")
async def get_link(
    identity: Name, caller: TheCaller, service: TheService, request: Request
) -> dict[str, Any]:
    """The link that is good now: its address, its code for the sheet, and until when."""
    if not caller.actor.may(Right.ISSUE_GATEPASS):
        raise not_permitted(Right.ISSUE_GATEPASS.value)

    def look() -> dict[str, Any]:
        with service.reading() as reader:
            visit = board_visit(reader, identity, caller)
        link = handover.good_link(visit, service.clock())
        if link is None:
            raise not_found("handover link of visit", identity)
        base = service.settings.terminal.public_url or str(request.base_url)
        return {
            "url": cases.link_address(base, link.code, service.secret),
            "code": link.code,
            "expires_at": link.expires_at.isoformat(),
        }

    return await run_in_threadpool(look)


def address(base: str, code: str, secret: bytes) -> str:
    """The address of a link."""
    return f"{base.rstrip('/')}/h/{cases.token_of(code, secret)}"


@router.post("/visits/{identity}/handover-link/end")
async def post_end(
    identity: Name, shape: EndLinkIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Take the link of a vehicle back, with a reason."""
    request = service.request(caller.actor, shape.nonce, {**body_of(shape), "visit": identity})
    return answered(
        await service.write(lambda books: cases.take_back(books, identity, shape.note, request)), language
    )


@router.post("/handovers/sheet")
async def post_sheet(shape: SheetIn, caller: TheCaller, service: TheService, language: Language) -> AnswerOut:
    """Type in a signed sheet. Its code says which load it is about, and catches a wrong sign by itself."""
    request = service.request(caller.actor, shape.nonce, body_of(shape))
    told = shape.statement.statement(Via.PAPER)

    def work(books: Books) -> Answer:
        return cases.by_sheet(books, shape.code, told, request, rest_received=shape.rest_received)

    return answered(await service.write(work), language)


@router.post("/visits/{identity}/handovers/file")
async def post_file(
    identity: Name,
    caller: TheCaller,
    service: TheService,
    language: Language,
    file: Annotated[UploadFile, File()],
    nonce: NONCE,
    name: Annotated[str, Form(max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")] = "",
    note: Annotated[str, Form(max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")] = "",
    correction: Annotated[bool, Form()] = False,
) -> dict[str, Any]:
    """Receipts in a CSV or JSON file (unit, found, why, condition, note). Good rows are taken, bad rows are named."""
    data = await file.read(handover_files.LARGEST + 1)
    answer, bad = await take_file(service, caller.actor, identity, data, nonce, name, note, correction)
    words = i18n.words(language)
    return {
        **answered(answer, language).model_dump(mode="json"),
        "bad_rows": [{**to_plain(one), "sentence": row_sentence(one, words)} for one in bad],
    }


async def take_file(
    service: Service,
    actor: Any,
    identity: str,
    data: bytes,
    nonce: str,
    name: str,
    note: str,
    correction: bool,
) -> tuple[Answer, tuple[handover_files.BadRow, ...]]:
    """Read a file against the manifest and take what is good of it, in one moment."""
    upload = Upload.of("receipts", data)
    body: dict[str, object] = {"visit": identity, "file": upload.sha256, "name": name, "note": note}
    request = service.request(actor, nonce, {**body, "correction": correction})
    bad: tuple[handover_files.BadRow, ...] = ()

    def work(books: Books) -> Answer:
        nonlocal bad
        answer, bad = cases.by_file(books, identity, data, name, note, request, correction=correction)
        return answer

    return await service.write(work), bad


@router.get("/visits/{identity}/manifest")
async def get_manifest(identity: Name, caller: TheCaller, service: TheService) -> dict[str, Any]:
    """What a vehicle carries over, as JSON."""

    def look() -> dict[str, Any]:
        with service.reading() as reader:
            return manifest_of(reader, board_visit(reader, identity, caller))

    return await run_in_threadpool(look)


@router.get("/visits/{identity}/manifest.csv", response_class=Response, responses=gives("text/csv"))
async def get_manifest_table(identity: Name, caller: TheCaller, service: TheService) -> Response:
    """What a vehicle carries over, as CSV in UTF-8: unit, consignment, line, description, packages, condition, gross_kg."""

    def look() -> str:
        with service.reading() as reader:
            return trips.manifest_csv(trips.items_of(reader, board_visit(reader, identity, caller)))

    return Response(
        await run_in_threadpool(look),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="manifest.csv"', "Cache-Control": "no-store"},
    )


def picture_answer(service: Service, identity: str, sha256: str, asked: Asking) -> Response:
    """A picture of a handover, proven by its hash; nothing in it runs. Raises the 404 and 410 problems. Blocks."""
    with service.reading() as reader:
        found = cases.picture(reader, identity, sha256, asked)
    if found is None:
        raise not_found("picture", sha256)
    data = attaching.bytes_of(service.file_path(found.sha256), found.sha256)
    if data is None:
        raise Problem(410, "file_damaged", "The stored bytes of this file are gone or were changed.")
    return Response(
        data,
        media_type=found.media_type,
        headers={
            "Content-Disposition": f"inline; filename*=UTF-8''{quote(found.name, safe='')}",
            "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, no-store",
        },
    )


@router.get(
    "/visits/{identity}/handover-pictures/{sha256}", response_class=Response, responses=gives("image/*")
)
async def get_picture(
    identity: Name,
    sha256: Annotated[str, PathParam(pattern=r"^[0-9a-f]{64}$")],
    caller: TheCaller,
    service: TheService,
) -> Response:
    """A photo or signature of a handover, for the readers of the board."""
    asked = service.request(caller.actor, str(uuid7()), {})
    return await run_in_threadpool(picture_answer, service, identity, sha256, asked)

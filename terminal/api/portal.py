"""The agency portal: announcements from draft to submitted, own consignments, and the lists behind priority."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from fastapi.concurrency import run_in_threadpool

from terminal import importing_apart
from terminal.api.cargo import visible
from terminal.api.imports import file_name, foresee
from terminal.api.needs import Announces, Language, ManagesData, Reads, TheCaller, TheService
from terminal.api.problems import Problem, not_found
from terminal.api.saying import answered
from terminal.api.schemas import AnswerOut, Asked, Name, body_of, gives
from terminal.api.schemas_announce import (
    BeginIn,
    DropIn,
    FillIn,
    GoodsIn,
    NeedsIn,
    OrganisationIn,
    TruckIn,
)
from terminal.api.schemas_handover import handed_over
from terminal.cases import announcing, attaching, consignments, importing, papers_sent, portal, queueing
from terminal.cases.attaching import Upload
from terminal.service import Service
from terminal.web.wording_announce import GOODS_TYPES
from workflows.announce import only_agency
from workflows.announce_state import Announcement, Needs, Organisation, SentFile
from workflows.plain import to_plain
from workflows.roles import Actor

router = APIRouter(tags=["announcements"])
NONCE = Annotated[str, Form(min_length=8, max_length=80, pattern=r"^[A-Za-z0-9._:-]+$")]
DocumentType = Annotated[str, Form(pattern=r"^[A-Z0-9_]{2,40}$")]
#: a file of goods and a picture of a paper may have this many bytes
LARGEST = attaching.LARGEST


def draft_of(service: Service, identity: str, who: Actor) -> Announcement:
    """The announcement that this person may know of. Raises the 404 problem. Blocks."""
    with service.reading() as reader:
        found = announcing.readable(reader, identity, who)
    if found is None:
        raise not_found("announcement", identity)
    return found


@router.get("/announcements")
async def list_announcements(
    caller: Announces, service: TheService, before: Annotated[str | None, Query(max_length=80)] = None
) -> list[dict[str, Any]]:
    """Announcements, newest first: an agency's own, or all for the desk."""
    own = caller.actor.organisation or "" if only_agency(caller.actor) else None
    with service.reading() as reader:
        found = reader.announcing.announcements(own, before)
    return [to_plain(one) for one in found]


@router.post("/announcements")
async def post_announcement(
    shape: BeginIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Begin a draft. It opens no checks and no holds until it is submitted."""
    organisation = shape.organisation or caller.actor.organisation or ""
    request = service.request(caller.actor, shape.nonce, body_of(shape))
    answer = await service.write(lambda books: announcing.begin(books, organisation, request))
    return answered(answer, language)


@router.get("/announcements/{announcement_id}")
async def get_announcement(announcement_id: Name, caller: Announces, service: TheService) -> dict[str, Any]:
    """One announcement."""
    plain: dict[str, Any] = to_plain(
        await run_in_threadpool(draft_of, service, announcement_id, caller.actor)
    )
    return plain


@router.post("/announcements/{announcement_id}/facts")
async def post_facts(
    announcement_id: Name, shape: FillIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Parties, transport, the fields of a service request form, and the plan."""
    request = service.request(caller.actor, shape.nonce, {**body_of(shape), "announcement": announcement_id})
    answer = await service.write(
        lambda books: announcing.fill(books, announcement_id, shape.facts, shape.request, shape.plan, request)
    )
    return answered(answer, language)


@router.post("/announcements/{announcement_id}/files")
async def post_files(
    announcement_id: Name,
    caller: Announces,
    service: TheService,
    language: Language,
    files: Annotated[list[UploadFile], File(min_length=1, max_length=20)],
    nonce: NONCE,
) -> AnswerOut:
    """Packing lists, request forms and consignment notes in any of the usual layouts."""
    await run_in_threadpool(draft_of, service, announcement_id, caller.actor)
    sent = [await kept_file(service, file) for file in files]
    body: dict[str, object] = {"announcement": announcement_id, "files": [one.sha256 for one in sent]}
    request = service.request(caller.actor, nonce, body)
    return answered(
        await service.write(lambda books: announcing.add_files(books, announcement_id, sent, request)),
        language,
    )


async def kept_file(service: Service, file: UploadFile) -> SentFile:
    """An uploaded file of goods, on disk under its SHA-256."""
    data = await file.read()
    return await run_in_threadpool(keep_goods, service, file_name(file.filename), data)


def keep_goods(service: Service, name: str, data: bytes) -> SentFile:
    """Bytes of goods, on disk under their SHA-256. Blocks."""
    upload = Upload.of(name, data)
    service.keep_file(upload.sha256, data)
    return SentFile(name, upload.sha256, len(data))


@router.post("/announcements/{announcement_id}/goods")
async def post_goods(
    announcement_id: Name, shape: GoodsIn, caller: Announces, service: TheService, language: Language
) -> AnswerOut:
    """Lines of goods as typed; they are kept and read as a file is."""
    await run_in_threadpool(draft_of, service, announcement_id, caller.actor)
    data = announcing.typed_goods(shape.lines)
    sent = await run_in_threadpool(keep_goods, service, "typed.csv", data)
    request = service.request(caller.actor, shape.nonce, {**body_of(shape), "announcement": announcement_id})
    answer = await service.write(lambda books: announcing.add_files(books, announcement_id, [sent], request))
    return answered(answer, language)


async def new_paper(
    service: Service,
    kind: str,
    number: str,
    issued: date | None,
    valid_until: date | None,
    file: UploadFile | None,
) -> papers_sent.NewPaper:
    """A paper of a form, its picture on disk."""
    upload = None
    if file is not None and file.filename:
        data = await file.read(LARGEST + 1)
        upload = await run_in_threadpool(Upload.of, file_name(file.filename), data)
        if upload.media_type is not None:
            await run_in_threadpool(service.keep_file, upload.sha256, data)
    return papers_sent.NewPaper(kind, number, issued, valid_until, upload)


def paper_body(paper: papers_sent.NewPaper) -> dict[str, Any]:
    """What was asked with a paper, for the nonce."""
    return {
        "type": paper.type,
        "number": paper.number,
        "issued": paper.issued,
        "valid_until": paper.valid_until,
        "file": paper.upload.sha256 if paper.upload else None,
    }


@router.post("/announcements/{announcement_id}/papers")
async def post_paper(
    announcement_id: Name,
    caller: Announces,
    service: TheService,
    language: Language,
    nonce: NONCE,
    type: DocumentType,
    number: Annotated[str, Form(max_length=120)] = "",
    issued: Annotated[date | None, Form()] = None,
    valid_until: Annotated[date | None, Form()] = None,
    file: Annotated[UploadFile | None, File()] = None,
) -> AnswerOut:
    """A paper of the set: type, number, dates, and the picture or PDF of it."""
    await run_in_threadpool(draft_of, service, announcement_id, caller.actor)
    paper = await new_paper(service, type, number, issued, valid_until, file)
    request = service.request(caller.actor, nonce, {**paper_body(paper), "announcement": announcement_id})
    answer = await service.write(lambda books: papers_sent.add_paper(books, announcement_id, paper, request))
    return answered(answer, language)


@router.post("/announcements/{announcement_id}/trucks")
async def post_truck(
    announcement_id: Name, shape: TruckIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """A vehicle and its time window; the place is taken when the announcement is submitted."""
    request = service.request(caller.actor, shape.nonce, {**body_of(shape), "announcement": announcement_id})
    answer = await service.write(
        lambda books: announcing.add_truck(
            books, announcement_id, shape.plate, shape.trailer, shape.at, request
        )
    )
    return answered(answer, language)


@router.post("/announcements/{announcement_id}/drop")
async def post_drop(
    announcement_id: Name, shape: DropIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Take a file, a paper or a vehicle off a draft."""
    request = service.request(caller.actor, shape.nonce, {**body_of(shape), "announcement": announcement_id})
    answer = await service.write(
        lambda books: announcing.drop(books, announcement_id, shape.kind, shape.name, request)
    )
    return answered(answer, language)


def reading_of(service: Service, found: Announcement) -> importing.Reading:
    """The draft read and put together. Raises the 422 problem that says what cannot be read. Blocks."""
    reading, why = announcing.read_again(found, service.file_path, importing_apart.read)
    if reading is None:
        raise Problem(422, "bad_facts", why or "The draft cannot be read.")
    return reading


@router.get("/announcements/{announcement_id}/report")
async def get_report(announcement_id: Name, caller: Announces, service: TheService) -> dict[str, Any]:
    """What would be announced: figures, and every problem with row, column, value and the fix."""

    def look() -> dict[str, Any]:
        return reading_of(service, draft_of(service, announcement_id, caller.actor)).report()

    return await run_in_threadpool(look)


@router.post("/announcements/{announcement_id}/submit")
async def post_submit(
    announcement_id: Name, shape: Asked, caller: Announces, service: TheService, language: Language
) -> AnswerOut:
    """Submit: the consignment is announced with its papers, its vehicles are expected, the checks run."""

    def look() -> Any:
        reading = reading_of(service, draft_of(service, announcement_id, caller.actor))
        with service.reading() as reader:
            return reading, service.room.in_force(reader).reference

    reading, reference = await run_in_threadpool(look)
    request = service.request(caller.actor, shape.nonce, {"announcement": announcement_id, "submit": True})
    await run_in_threadpool(foresee, service, reading, request)
    answer = await service.write(
        lambda books: announcing.submit(books, announcement_id, reading, reference, request, service.judge)
    )
    return answered(answer, language)


@router.post("/announcements/{announcement_id}/withdraw")
async def post_withdraw(
    announcement_id: Name, shape: Asked, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Withdraw a draft; of a submitted one, call off the vehicles that have not come."""
    request = service.request(caller.actor, shape.nonce, {"announcement": announcement_id, "withdraw": True})
    answer = await service.write(lambda books: announcing.withdraw(books, announcement_id, request))
    return answered(answer, language)


# --- own consignments --------------------------------------------------------------------------------------
@router.get("/portal/consignments/{ref}")
async def get_own(ref: Name, caller: Announces, service: TheService) -> dict[str, Any]:
    """One's own consignment: milestones, permissions, papers that are asked for. No risk, no lane, no hold's reason."""

    def look() -> dict[str, Any]:
        with service.reading() as reader:
            found = visible(reader.consignment(reader.reference_of(ref) or ref), caller, ref)
            view = portal.view(reader, found)
        return {
            "ref": view.ref,
            "consignee": view.consignee,
            "milestones": [{"milestone": one.value, "at": at.isoformat()} for one, at in view.milestones],
            "customs_released": view.customs_released,
            "terminal_released": view.terminal_released,
            "afghan_approval": view.afghan_approval,
            "asked_for": list(view.asked),
            "rows_to_correct": view.to_correct,
            "waiting_for": ["customs"] if view.customs else [],
            "documents": [{"type": one.type, "number": one.number} for one in view.documents],
            "files": [to_plain(one) for one in view.files],
            "proofs_of_delivery": [to_plain(one) for one in view.proofs],
            "handed_over": handed_over(view.handed_over),
            "units": view.units,
            "vehicles": [
                {
                    "visit": one.id,
                    "plate": one.plate or one.expected_plate,
                    "window": one.slot.isoformat() if one.slot else None,
                    "expected": one.stage.value == "PRE_ADVICE",
                }
                for one in view.visits
            ],
            "tracking_code": view.tracking,
        }

    return await run_in_threadpool(look)


@router.post("/portal/consignments/{ref}/papers")
async def post_own_paper(
    ref: Name,
    caller: TheCaller,
    service: TheService,
    language: Language,
    nonce: NONCE,
    type: DocumentType,
    number: Annotated[str, Form(max_length=120)] = "",
    issued: Annotated[date | None, Form()] = None,
    valid_until: Annotated[date | None, Form()] = None,
    file: Annotated[UploadFile | None, File()] = None,
) -> AnswerOut:
    """A paper that was asked for, with its picture; the desk adds the proof of delivery (POD) the same way."""
    paper = await new_paper(service, type, number, issued, valid_until, file)
    request = service.request(caller.actor, nonce, {**paper_body(paper), "consignment": ref})
    answer = await service.write(
        lambda books: papers_sent.send_paper(books, ref, paper, request, service.judge)
    )
    return answered(answer, language)


@router.post("/portal/consignments/{ref}/tracking")
async def post_tracking(
    ref: Name, shape: Asked, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """The tracking code of a consignment, for its sender to pass on."""
    request = service.request(caller.actor, shape.nonce, {"consignment": ref, "tracking": True})
    answer = await service.write(
        lambda books: queueing.give_code(books, ref, request, lambda found: consignments.mine(found, request))
    )
    return answered(answer, language)


def paper_download(service: Service, identity: str, who: Actor) -> Response:
    """The picture of a paper as a download that nothing runs. Raises the 404 and 410 problems. Blocks."""
    with service.reading() as reader:
        found = papers_sent.paper_file(reader, identity, who)
    if found is None:
        raise not_found("file", identity)
    data = attaching.bytes_of(service.file_path(found.sha256), found.sha256)
    if data is None:
        raise Problem(410, "file_damaged", "The stored bytes of this file are gone or were changed.")
    return Response(
        data,
        media_type=found.media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
            "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, no-store",
        },
    )


@router.get("/portal/files/{attachment_id}", response_class=Response, responses=gives("*/*"))
async def get_paper_file(attachment_id: Name, caller: Reads, service: TheService) -> Response:
    """The picture of a paper, for those who may see what it is attached to."""
    return await run_in_threadpool(paper_download, service, attachment_id, caller.actor)


# --- lists ----------------------------------------------------------------------------------------------------
@router.get("/organisations")
async def list_organisations(caller: ManagesData, service: TheService) -> list[dict[str, Any]]:
    """Senders that the terminal recognises, those taken off too."""
    with service.reading() as reader:
        return [to_plain(one) for one in reader.announcing.organisations()]


@router.post("/organisations")
async def post_organisation(
    shape: OrganisationIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Put a sender on the list, change it, or take it off."""
    value = Organisation(shape.name.strip(), shape.kind, shape.active, shape.note)
    request = service.request(caller.actor, shape.nonce, body_of(shape))
    return answered(
        await service.write(lambda books: announcing.list_organisation(books, value, request)), language
    )


@router.get("/needs")
async def get_needs(caller: TheCaller, service: TheService) -> dict[str, Any]:
    """What goes ahead now, until when, and why."""
    with service.reading() as reader:
        needs = reader.announcing.needs()
    return {
        "goods_types": list(needs.goods_types),
        "until": needs.until.isoformat() if needs.until else None,
        "why": needs.why,
    }


@router.post("/needs")
async def post_needs(shape: NeedsIn, caller: TheCaller, service: TheService, language: Language) -> AnswerOut:
    """Say what goes ahead from now on, or that the emergency is over."""
    value = Needs(tuple(dict.fromkeys(shape.goods_types)), shape.why.strip(), shape.until)
    request = service.request(caller.actor, shape.nonce, body_of(shape))
    known = frozenset(GOODS_TYPES)
    return answered(
        await service.write(lambda books: announcing.set_needs(books, value, known, request)), language
    )

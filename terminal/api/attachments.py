"""Files attached to inspections, seizures and units: uploaded, and served as downloads that nothing runs."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Response, UploadFile
from fastapi.concurrency import run_in_threadpool

from terminal.api.imports import file_name
from terminal.api.needs import Language, TheCaller, TheService
from terminal.api.problems import Problem, not_found
from terminal.api.saying import answered
from terminal.api.schemas import AnswerOut, Name, gives
from terminal.cases import attaching, inspecting
from terminal.cases.attaching import Upload
from workflows.roles import Right

router = APIRouter(tags=["inspections"])


@router.post("/attachments")
async def post_attachment(
    caller: TheCaller,
    service: TheService,
    language: Language,
    file: Annotated[UploadFile, File()],
    to: Annotated[str, Form(pattern=r"^(inspection|seizure|unit):[^\x00-\x1f\x7f]{1,80}$")],
    nonce: Annotated[str, Form(min_length=8, max_length=80, pattern=r"^[A-Za-z0-9._:-]+$")],
) -> AnswerOut:
    """Attach a photo, picture, paper or film to "inspection:ID", "seizure:NO" or "unit:LABEL". What it is, its bytes say."""
    data = await file.read(attaching.LARGEST + 1)
    upload = await run_in_threadpool(Upload.of, file_name(file.filename), data)
    if upload.media_type is not None and (
        inspecting.concerned(caller.actor) or caller.actor.may(Right.NOTE_DAMAGE)
    ):
        await run_in_threadpool(service.keep_file, upload.sha256, data)
    request = service.request(caller.actor, nonce, {**upload.body, "to": to})
    return answered(await service.write(lambda books: attaching.attach(books, to, upload, request)), language)


@router.get("/attachments/{attachment_id}", response_class=Response, responses=gives("*/*"))
async def get_attachment(attachment_id: Name, caller: TheCaller, service: TheService) -> Response:
    """The bytes of an attached file, proven by their hash, as a download."""

    def look() -> tuple[str, str, bytes | None] | None:
        with service.reading() as reader:
            found = attaching.readable(reader, attachment_id, caller.actor)
        if found is None:
            return None
        return found.name, found.media_type, attaching.bytes_of(service.file_path(found.sha256), found.sha256)

    found = await run_in_threadpool(look)
    if found is None:
        raise not_found("file", attachment_id)
    name, kind, data = found
    if data is None:
        raise Problem(410, "file_damaged", "The stored bytes of this file are gone or were changed.")
    return Response(
        data,
        media_type=kind,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, no-store",
        },
    )

"""Importing files: a dry run or for good; the report names row, column, value and the fix."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.concurrency import run_in_threadpool

from terminal import importing_apart
from terminal.api.needs import Announces, Language, TheService
from terminal.api.problems import Problem
from terminal.api.saying import answered
from terminal.cases import importing
from terminal.cases.once import Request
from terminal.importing import WrongFactsError
from terminal.service import Service

router = APIRouter(tags=["consignments"])


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no figure")


def file_name(given: str | None) -> str:
    """The name of an uploaded file as it may be kept and shown: no folders, one line, at most 120 characters."""
    last = re.split(r"[/\\]", given or "")[-1]
    clean = "".join(ch if ch.isprintable() else " " for ch in last)
    clean = " ".join(clean.split())
    stem, dot, ending = clean.rpartition(".")
    if dot and len(ending) < 10:
        return f"{stem[: 119 - len(ending)]}.{ending}"
    return clean[:120] or "file"


async def read_uploads(files: list[UploadFile], facts: str) -> importing.Reading:
    """The uploaded files read and put together. Raises :class:`Problem` for facts that make no sense."""
    try:
        given = json.loads(facts, parse_float=Decimal, parse_constant=_no_number) if facts.strip() else {}
    except (ValueError, RecursionError) as error:
        raise Problem(422, "bad_facts", f"`facts` is not JSON: {error}") from error
    if not isinstance(given, dict):
        raise Problem(422, "bad_facts", "`facts` must be a JSON object, as in a pre-advice.")
    uploads = [(file_name(file.filename), await file.read()) for file in files]
    try:
        return await run_in_threadpool(importing_apart.read, uploads, given)
    except WrongFactsError as error:
        raise Problem(422, "bad_facts", str(error)) from error


def foresee(service: Service, reading: importing.Reading, request: Request) -> None:
    """Judge what was read before the transaction that keeps it. Blocks."""
    with service.reading() as reader:
        importing.foresee(reader, reading, request, service.judge)


@router.post("/imports")
async def post_import(
    caller: Announces,
    service: TheService,
    language: Language,
    files: Annotated[list[UploadFile], File(min_length=1, max_length=20)],
    nonce: Annotated[str, Form(min_length=8, max_length=80, pattern=r"^[A-Za-z0-9._:-]+$")],
    facts: Annotated[str, Form(max_length=200_000)] = "",
    dry_run: Annotated[bool, Form()] = False,
) -> dict[str, Any]:
    """Read packing lists, request forms and consignment notes; announce the consignment unless ``dry_run``."""
    reading = await read_uploads(files, facts)
    report = reading.report()
    if dry_run:
        return {"dry_run": True, **report}
    for file, upload in zip(reading.files, files, strict=True):
        await upload.seek(0)
        await run_in_threadpool(service.keep_file, file.sha256, await upload.read())
    request = service.request(caller.actor, nonce, reading.body())
    if reading.empty:
        await service.write(lambda books: importing.note_unread(books, reading, request))
        raise Problem(
            422,
            "nothing_read",
            "No line of goods could be read from these files; see the report.",
            report=report,
        )
    await run_in_threadpool(foresee, service, reading, request)
    answer = await service.write(lambda books: importing.store(books, reading, request, service.judge))
    return {**answered(answer, language).model_dump(mode="json"), **report}

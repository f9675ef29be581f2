"""Reference tables and the sanctions list: what is in force, earlier versions, and bringing new ones into force."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Response, UploadFile
from fastapi.concurrency import run_in_threadpool

from terminal.access import Caller
from terminal.api.imports import file_name
from terminal.api.needs import Language, ManagesData, TheService
from terminal.api.problems import Problem
from terminal.api.saying import answered
from terminal.api.schemas import gives
from terminal.cases import data, screening
from terminal.cases.answers import Answer
from terminal.filing import KeptFileError
from terminal.judging import judged
from terminal.service import Service
from terminal.store import uuid7
from workflows.roles import Actor

router = APIRouter(tags=["data"])
Nonce = Annotated[str, Form(min_length=8, max_length=80, pattern=r"^[A-Za-z0-9._:-]+$")]
Note = Annotated[str, Form(max_length=1000)]


@router.get("/data")
def get_tables(caller: ManagesData, service: TheService) -> dict[str, Any]:
    """Every table with the version in force, who loaded it and when; of the list also its date and entries."""
    with service.reading() as reader:
        return {"tables": data.overview(reader, service.room)}


@router.get("/data/{table}", response_class=Response, responses=gives("application/octet-stream"))
def get_table(caller: ManagesData, service: TheService, table: str, version: str | None = None) -> Response:
    """The bytes of a table as in force, or of an older ``version`` (the beginning of its hash, or ``shipped``)."""
    try:
        with service.reading() as reader:
            content = (
                data.text_in_force(reader, service.room, table)
                if version is None
                else data.older(reader, service.room, table, version).data
            )
    except (data.DataRefusedError, KeptFileError) as error:
        raise Problem(404, "not_found", str(error)) from error
    return Response(
        content, media_type="application/octet-stream", headers={"X-Content-Type-Options": "nosniff"}
    )


@router.get("/data/{table}/history")
def get_history(caller: ManagesData, service: TheService, table: str) -> dict[str, Any]:
    """Who loaded which version, when and why; newest first."""
    try:
        with service.reading() as reader:
            return {"versions": data.told_history(reader, table)}
    except data.DataRefusedError as error:
        raise Problem(404, "not_found", str(error)) from error


@router.post("/data")
async def post_data(
    caller: ManagesData,
    service: TheService,
    language: Language,
    files: Annotated[list[UploadFile], File(min_length=1, max_length=20)],
    nonce: Nonce,
    note: Note = "",
    dry_run: Annotated[bool, Form()] = False,
) -> dict[str, Any]:
    """Bring files into force, all or none, and judge everything under way again; or with ``dry_run`` only tell.

    Each file is named as its table. ``changed`` tells which consignments come out otherwise, ``warnings`` which rows
    of the tables in force are missing from the new ones.
    """
    given = [(file_name(file.filename), await file.read()) for file in files]
    if dry_run:
        return await run_in_threadpool(foreseen, service, await _checked(lambda: data.read_all(given)))
    try:
        new = await run_in_threadpool(data.read_all, given)
    except data.DataRefusedError as error:
        refused = error
        request = service.request(caller.actor, nonce, {"refused": list(refused.problems[:20]), "note": note})
        await service.write(lambda books: data.note_refused(books, given, refused, request))
        raise _bad(refused) from error
    return await _load(service, caller, new, nonce, note, language)


@router.post("/data/{table}/rollback")
async def post_rollback(
    caller: ManagesData,
    service: TheService,
    language: Language,
    table: str,
    version: Annotated[str, Form(min_length=7, max_length=64)],
    nonce: Nonce,
    note: Note = "",
) -> dict[str, Any]:
    """Bring an older version into force again: the beginning of its hash, or ``shipped``."""

    def find() -> list[data.NewData]:
        with service.reading() as reader:
            return [data.older(reader, service.room, table, version)]

    return await _load(service, caller, await _checked(find), nonce, note, language)


async def _checked(find: Any) -> list[data.NewData]:
    try:
        found: list[data.NewData] = await run_in_threadpool(find)
    except data.DataRefusedError as error:
        raise _bad(error) from error
    except KeptFileError as error:
        raise Problem(410, "file_damaged", str(error)) from error
    return found


def _bad(error: data.DataRefusedError) -> Problem:
    return Problem(422, "bad_data", error.problems[0], problems=list(error.problems))


def foreseen(service: Service, new: list[data.NewData]) -> dict[str, Any]:
    """What these tables would change if they came into force now. Writes nothing."""
    now = service.clock()
    with service.reading() as reader:
        rules = service.room.in_force(reader)
        others = service.room.replaced(rules, {one.name: one.data for one in new}, now)
        refs = data.references(reader)
        found = data.would_change(
            reader,
            refs,
            rules,
            others,
            now,
            lambda reader, one, at, by: judged(reader, one, at, by, lambda: service.secret),
        )
        changed = [one.plain() for one in found]
        warned = data.losses(rules, service.room, new)
        return {"dry_run": True, "judged": len(refs), "changed": changed, "warnings": warned}


async def _load(
    service: Service, caller: Caller, new: list[data.NewData], nonce: str, note: str, language: str
) -> dict[str, Any]:
    answer, changes, count = await brought_in(service, caller.actor, new, nonce, note)
    told = answered(answer, language).model_dump(mode="json")
    changed = [one.plain() for one in changes]
    return {**told, "judged": count, "changed": changed, "warnings": answer.facts.get("warnings", [])}


async def brought_in(
    service: Service, who: Actor, new: list[data.NewData], nonce: str, note: str
) -> tuple[Answer, list[data.Difference], int]:
    """Bring tables into force and judge what is under way again, in portions: the answer, what differs, how many were judged."""
    body: dict[str, object] = {"load": {one.name: one.sha256 for one in new}, "note": note}
    request = service.request(who, nonce, body)
    answer = await service.write(lambda books: data.load(books, new, note, request, service.room))
    changes: list[data.Difference] = []
    refs: list[str] = []
    if answer.news:
        refs = await run_in_threadpool(_under_way, service)
        for portion in data.chunks(refs):
            again = service.request(who, str(uuid7()), body)
            changes += await service.write(
                lambda books, portion=portion, again=again: data.judge_again(  # type: ignore[misc]
                    books, portion, again, service.judge
                )
            )
        more = service.request(who, str(uuid7()), body)
        changes += await service.write(
            lambda books: screening.again(books, screening.standing(books), more, service.judge)
        )
    return answer, changes, len(refs)


def _under_way(service: Service) -> list[str]:
    with service.reading() as reader:
        return data.references(reader)

"""Seizures: records under a handling code, their chain of custody, and an export without personal names."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.concurrency import run_in_threadpool

from terminal.access import Caller
from terminal.api.digest import digest_of
from terminal.api.needs import Language, TheCaller, TheService, with_right
from terminal.api.problems import not_found, not_permitted
from terminal.api.saying import answered
from terminal.api.schemas import AnswerOut, Name, Reference
from terminal.api.schemas_inspection import CustodyIn, SeizureChangeIn, SeizureIn
from terminal.cases import seizing
from workflows.plain import to_plain
from workflows.roles import Right
from workflows.seizure_state import Seizure

router = APIRouter(tags=["seizures"])
ReadsSeizures = Annotated[Caller, Depends(with_right(Right.READ_SEIZURES))]

#: version of the export's fields
FORM = "karvon-seizure-1"


@router.get("/seizures")
async def list_seizures(
    caller: ReadsSeizures,
    service: TheService,
    before: Annotated[Reference | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[dict[str, Any]]:
    """Records whose handling code lets this reader see them, newest first; ``before`` continues the list."""

    def look() -> list[Seizure]:
        with service.reading() as reader:
            return seizing.records(reader, caller.actor, before, limit)

    return [to_plain(record) for record in await run_in_threadpool(look)]


@router.get("/seizures/export")
async def export_seizures(
    caller: ReadsSeizures,
    service: TheService,
    before: Annotated[Reference | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 1000,
) -> dict[str, Any]:
    """Records for other authorities: facts, counts and roles, no personal names. Each export is journalled."""
    if not caller.actor.may(Right.EXPORT):
        raise not_permitted(Right.EXPORT.value)

    def look() -> list[dict[str, Any]]:
        with service.reading() as reader:
            return seizing.export(reader, caller.actor, before, limit)

    records = await run_in_threadpool(look)
    now = service.clock()
    await service.write(lambda books: seizing.note_export(books, caller.actor, now, records))
    return {"form": FORM, "records": records}


@router.get("/seizures/{case_no}")
async def get_seizure(case_no: Name, caller: ReadsSeizures, service: TheService) -> dict[str, Any]:
    """One record with its chain of custody."""
    with service.reading() as reader:
        record = seizing.readable(reader, case_no, caller.actor)
    if record is None:
        raise not_found("seizure", case_no)
    plain: dict[str, Any] = to_plain(record)
    return plain


@router.post("/seizures")
async def post_seizure(
    shape: SeizureIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Record a seizure under the next case number; the named units can never be loaded again."""
    request = service.request(caller.actor, shape.nonce, digest_of(shape))
    answer = await service.write(
        lambda books: seizing.record(
            books,
            shape.facts.facts(),
            shape.handling_code,
            request,
            units=tuple(shape.units),
            consignment=shape.consignment,
            visit=shape.visit,
            inspection=shape.inspection,
            operation=shape.operation,
        )
    )
    return answered(answer, language)


@router.post("/seizures/{case_no}/change")
async def post_seizure_change(
    case_no: Name, shape: SeizureChangeIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Add what came later: laboratory, value, criminal case, keeper; or another handling code."""
    request = service.request(caller.actor, shape.nonce, digest_of(shape, seizure=case_no))
    changed = shape.changed()
    answer = await service.write(
        lambda books: seizing.amend(books, case_no, changed, shape.handling_code, shape.why, request)
    )
    return answered(answer, language)


@router.post("/seizures/{case_no}/custody")
async def post_custody(
    case_no: Name, shape: CustodyIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Add a link to the chain of custody; the giver is whoever held it last."""
    request = service.request(caller.actor, shape.nonce, digest_of(shape, seizure=case_no))
    answer = await service.write(
        lambda books: seizing.pass_on(
            books,
            case_no,
            shape.received_by,
            shape.organisation,
            shape.place,
            request,
            seal_no=shape.seal_no,
            note=shape.note,
        )
    )
    return answered(answer, language)

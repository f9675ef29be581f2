"""Consignments and units: lists, one of each, papers, approvals and the other steps that people decide."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool

from terminal.access import Caller
from terminal.api import step_up
from terminal.api.needs import Language, Reads, ReadsJournal, TheCaller, TheService
from terminal.api.problems import not_found
from terminal.api.saying import answered
from terminal.api.schemas import LAST, AnswerOut, ApprovalIn, DocumentIn, Name, body_of
from terminal.cases import consignments
from terminal.cases.inspecting import seen_by
from terminal.cases.watch_hits import public
from terminal.store.lists import ConsignmentLine
from workflows.discretion import as_seen, readable
from workflows.papers import Document
from workflows.plain import to_plain
from workflows.roles import Right, Role
from workflows.stages import Stage
from workflows.state import Consignment, Hold
from workflows.tracking import public_stage, public_unit_stage

router = APIRouter(tags=["consignments"])
_APPROVALS = frozenset({Stage.CUSTOMS_RELEASE, Stage.RELEASE})

#: words in the names of facts that are about a person
_PERSONS = frozenset({"driver", "bearer", "passport", "escort", "person"})


def visible(consignment: Consignment | None, caller: Caller, ref: str) -> Consignment:
    """The consignment, if this reader may know of it; the 404 problem otherwise."""
    foreign = (
        consignment is not None
        and only_agency(caller)
        and caller.actor.organisation != consignment.papers.sender
    )
    if consignment is None or foreign:
        raise not_found("consignment", ref)
    return consignment


def only_agency(caller: Caller) -> bool:
    """True for people who see their own agency's consignments and nothing else."""
    return caller.actor.roles == frozenset({Role.AGENCY_USER})


def shown(consignment: Consignment, caller: Caller) -> dict[str, Any]:
    """A consignment as this reader may see it: risk and personal data only for those who need them."""
    plain: dict[str, Any] = to_plain(consignment)
    plain["findings"] = to_plain(readable(consignment.findings, caller.actor))
    plain["holds"] = holds_shown(consignment.holds, caller)
    if not caller.actor.may(Right.READ_RISK):
        hidden = ("lane", "decision", "rules_version", "routing")
        for field in hidden if plain["findings"] else (*hidden, "findings"):
            plain.pop(field, None)
        plain["inspections"] = _inspections(consignment, caller)
        if only_agency(caller):
            plain.pop("inspections")
            plain.pop("holds")
            plain.pop("edited")
            plain["stage"] = public_stage(consignment.stage).value
            if public_stage(consignment.stage) is Stage.DOC_CHECK:
                plain.pop("since")
    if not caller.actor.may(Right.READ_PERSONS):
        plain["papers"].pop("driver", None)
        for document in plain["papers"]["documents"]:
            document["fields"] = _without_persons(document["fields"])
        plain["headers"] = {name: _without_persons(said) for name, said in plain["headers"].items()}
    return plain


def holds_shown(holds: Iterable[Hold], caller: Caller) -> list[dict[str, Any]]:
    """Holds as this reader may see them, those that are not for their eyes left out."""
    return [to_plain(seen) for hold in holds if (seen := as_seen(hold, caller.actor)) is not None]


def _inspections(consignment: Consignment, caller: Caller) -> list[dict[str, Any]]:
    found = (seen_by(one, caller.actor) for one in consignment.inspections)
    return [to_plain(one) for one in found if one is not None]


def _without_persons(said: dict[str, Any]) -> dict[str, Any]:
    """Facts of a paper without those about its driver or bearer."""
    return {key: value for key, value in said.items() if not _PERSONS & set(key.casefold().split("_"))}


@router.get("/consignments")
async def list_consignments(
    caller: Reads,
    service: TheService,
    stage: Stage | None = None,
    search: Annotated[str, Query(max_length=80)] = "",
    after: Annotated[str, Query(max_length=120)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> dict[str, Any]:
    """Consignments by stage or by the beginning of a reference or name; ``next`` continues the list."""

    sender = caller.actor.organisation or "" if only_agency(caller) else None

    def look() -> list[ConsignmentLine]:
        with service.reading() as reader:
            if search and sender is not None:
                return reader.consignments(None, limit, text=search, sender=sender)
            if search:
                return reader.consignments_starting(search, limit)
            cursor = cursor_of(after)
            if stage is not None and sender is None:
                return reader.consignments_at(stage, cursor, limit)
            return reader.consignments(cursor, limit, sender=sender)

    lines = await run_in_threadpool(look)
    rows = []
    for line in lines:
        if sender is not None and line.sender != caller.actor.organisation:
            continue
        told = line.stage if sender is None else public_stage(line.stage)
        if sender is not None and stage not in (None, told):
            continue
        row: dict[str, Any] = {
            "ref": line.ref,
            "stage": told.value,
            **({"since": line.since.isoformat()} if sender is None or told is not Stage.DOC_CHECK else {}),
            "sender": line.sender,
            "consignee": line.consignee,
        }
        if sender is None:
            row["open_holds"] = line.open_holds
        if caller.actor.may(Right.READ_RISK):
            row["lane"] = line.lane
        rows.append(row)
    more = len(lines) == limit and not search
    return {"consignments": rows, "next": next_of(lines[-1], sender is not None) if more else None}


def next_of(line: ConsignmentLine, outside: bool) -> str:
    """Where the list goes on after this line. Senders (``outside``) are not told when its stage began: see :func:`shown`."""
    since, key = line.cursor
    return f"{'-' if outside else since}~{key}"


def cursor_of(text: str) -> tuple[str, int] | None:
    """The place in a list that a ``next`` names; None for the beginning or for nonsense."""
    since, _, key = text.rpartition("~")
    good = since.isascii() and key.isascii() and key.isdigit() and len(key) < 19
    return (since, int(key)) if since and good else None


@router.get("/consignments/{ref:path}/checks")
async def get_checks(ref: Name, caller: Reads, service: TheService) -> dict[str, Any]:
    """The last run of the checks: decision, lane and findings with their figures. For officers only."""
    with service.reading() as reader:
        consignment = visible(reader.consignment(ref), caller, ref)
    if not caller.actor.may(Right.READ_RISK):
        raise not_found("check result of", ref)
    return {
        "decision": consignment.decision,
        "lane": consignment.lane,
        "checked_at": consignment.checked_at.isoformat() if consignment.checked_at else None,
        "rules_version": consignment.rules_version,
        "findings": to_plain(readable(consignment.findings, caller.actor)),
    }


@router.get("/consignments/{ref:path}/journal")
async def get_story(
    ref: Name,
    caller: ReadsJournal,
    service: TheService,
    before: Annotated[int | None, Query(ge=1, le=LAST)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[dict[str, Any]]:
    """The story of one consignment: its events, its units' and its vehicles', newest first."""
    with service.reading() as reader:
        visible(reader.consignment(ref), caller, ref)
        return [public(entry, reader, caller.actor) for entry in reader.story(ref, before, limit)]


# references may hold slashes; hence this one stands behind those with something after the reference
@router.get("/consignments/{ref:path}")
async def get_consignment(ref: Name, caller: Reads, service: TheService) -> dict[str, Any]:
    """One consignment with its papers, holds and permissions, and how many units are at which stage."""
    with service.reading() as reader:
        consignment = visible(reader.consignment(ref), caller, ref)
        stages: dict[str, int] = {}
        for stage, count in reader.unit_stages(ref).items():
            told = public_unit_stage(stage) if only_agency(caller) else stage
            stages[told.value] = stages.get(told.value, 0) + count
    return {**shown(consignment, caller), "units_by_stage": stages}


@router.post("/consignments/{ref:path}/documents")
async def post_document(
    ref: Name, shape: DocumentIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Attach a paper or say that it was verified. The checks run again on what changed."""
    document = Document(
        shape.type,
        shape.number,
        shape.issued,
        shape.valid_from,
        shape.valid_until,
        shape.fields,
        shape.verified,
    )
    request = service.request(caller.actor, shape.nonce, {**body_of(shape), "ref": ref})
    answer = await service.write(
        lambda books: consignments.put_document(books, ref, document, shape.note, request, service.judge)
    )
    return answered(answer, language)


@router.post("/approvals")
async def post_approval(
    shape: ApprovalIn, http: Request, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Customs release, terminal release, or another step of the consignment that people decide.

    The two approvals ask for the password again, or for a step-up token.
    """
    if shape.step in _APPROVALS and caller.actor.may_step(shape.step):
        await step_up.insist(http, service, caller, shape.password, shape.step.value)
    request = service.request(caller.actor, shape.nonce, body_of(shape))
    cover = consignments.Cover(tuple(shape.units), shape.clean, shape.visit)
    answer = await service.write(
        lambda books: consignments.step(
            books, shape.consignment, shape.step, shape.note, request, service.judge, cover
        )
    )
    return answered(answer, language)


@router.get("/units/{label:path}")
async def get_unit(label: Name, caller: Reads, service: TheService) -> dict[str, Any]:
    """One unit with where it stands and its history, newest first."""
    with service.reading() as reader:
        unit = reader.unit(label)
        if unit is None:
            raise not_found("unit", label)
        visible(reader.consignment(unit.consignment), caller, unit.consignment)
        history = [public(entry, reader, caller.actor) for entry in reader.history(f"unit:{label}")]
    plain: dict[str, Any] = to_plain(unit)
    if not caller.actor.may(Right.READ_JOURNAL):
        history = []
    return {**plain, "history": history}

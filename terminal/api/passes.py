"""Gate passes: handing one out, the signed list of those taken back, and the keys that prove them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse

from terminal.api.needs import Language, Reads, TheCaller, TheService
from terminal.api.problems import not_found
from terminal.api.saying import answered
from terminal.api.schemas import AnswerOut, Asked, Name, body_of
from terminal.cases import passes
from workflows.gatepass import good
from workflows.plain import to_plain
from workflows.roles import Right

router = APIRouter(tags=["gate passes"])


@router.post("/visits/{identity}/gate-pass")
async def post_pass(
    identity: Name, shape: Asked, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Issue a signed gate pass, if the vehicle could leave now; otherwise everything that is missing."""
    request = service.request(caller.actor, shape.nonce, {**body_of(shape), "visit": identity})
    key = await run_in_threadpool(service.keys.current, service.clock())
    return answered(await service.write(lambda books: passes.issue(books, identity, request, key)), language)


@router.get("/visits/{identity}/gate-pass")
async def get_pass(identity: Name, caller: Reads, service: TheService) -> dict[str, Any]:
    """The pass of a vehicle that is good now, with the signed text of its QR symbol."""
    with service.reading() as reader:
        visit = reader.visit(identity) if caller.actor.may(Right.READ_BOARD) else None
    one = good(visit, service.clock()) if visit is not None else None
    if one is None:
        raise not_found("gate pass of visit", identity)
    plain: dict[str, Any] = to_plain(one)
    return plain


@router.get("/gate-passes/revoked", response_class=PlainTextResponse)
async def get_revoked(service: TheService) -> PlainTextResponse:
    """Passes taken back before their end, as a signed note: for those who check passes without asking us. Open."""

    def look() -> str:
        now = service.clock()
        key = service.keys.current(now)
        with service.reading() as reader:
            return passes.revocation_note(passes.revoked(reader, now), now, key)

    return PlainTextResponse(await run_in_threadpool(look), headers={"Cache-Control": "no-store"})


@router.get("/keys", response_class=PlainTextResponse)
async def get_keys(service: TheService) -> PlainTextResponse:
    """Verifier keys of this terminal, one a line, the one that signs now last. Open."""

    def look() -> str:
        service.keys.current(service.clock())
        return "".join(f"{key.line}\n" for key in service.keys.public())

    return PlainTextResponse(await run_in_threadpool(look), headers={"Cache-Control": "no-store"})

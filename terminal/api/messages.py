"""The message box between the terminal and border liaison offices. Whoever a message was written to opens it: the receipt."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.concurrency import run_in_threadpool

from terminal.access import Caller
from terminal.api.digest import digest_of
from terminal.api.needs import Language, TheCaller, TheService, with_right
from terminal.api.problems import not_found
from terminal.api.saying import answered
from terminal.api.schemas import AnswerOut, Name, Reference
from terminal.api.schemas_letters import MessageIn, MessageReadIn
from terminal.cases import corresponding
from terminal.cases.corresponding import Draft
from workflows.message_state import Message, may_see
from workflows.plain import to_plain
from workflows.roles import Actor, Right

router = APIRouter(tags=["messages"])
ReadsMessages = Annotated[Caller, Depends(with_right(Right.READ_MESSAGES))]


def shown(one: Message, who: Actor) -> dict[str, Any]:
    """A message as JSON; its words and what it is about only for those who have opened it, and for its own side."""
    plain: dict[str, Any] = to_plain(one)
    if not may_see(one, who):
        return {**plain, "text": None, "about": [], "to_open": True}
    return {**plain, "to_open": False}


@router.get("/messages")
async def list_messages(
    caller: ReadsMessages,
    service: TheService,
    before: Annotated[Reference | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[dict[str, Any]]:
    """Messages of this reader's side, written and received, newest first. Words of one not opened yet are null."""

    def look() -> list[Message]:
        with service.reading() as reader:
            return corresponding.listed(reader, caller.actor, before, limit)

    return [shown(one, caller.actor) for one in await run_in_threadpool(look)]


@router.get("/messages/{message}")
async def get_message(message: Name, caller: ReadsMessages, service: TheService) -> dict[str, Any]:
    """One message with its receipts: who of the other side opened it, when."""
    with service.reading() as reader:
        found = corresponding.known(reader, message, caller.actor)
    if found is None:
        raise not_found("message", message)
    return shown(found, caller.actor)


@router.post("/messages")
async def post_message(
    shape: MessageIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Write a message: a liaison officer to the terminal, everybody else to a liaison office of the address book."""
    draft = Draft(
        shape.title,
        shape.text,
        shape.handling,
        shape.office,
        tuple(dict.fromkeys(shape.about)),
        shape.answers,
        shape.alert,
    )
    request = service.request(caller.actor, shape.nonce, digest_of(shape))
    return answered(await service.write(lambda books: corresponding.send(books, draft, request)), language)


@router.post("/messages/{message}/read")
async def post_read(
    message: Name, shape: MessageReadIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Open a message: from then on its words are given, and the writer sees who opened it and when."""
    request = service.request(caller.actor, shape.nonce, {"message": message, "read": True})
    return answered(
        await service.write(lambda books: corresponding.open_it(books, message, request)), language
    )

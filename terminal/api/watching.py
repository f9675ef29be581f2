"""The local watch list of plates, travel documents and names: for the border service, who keeps it, and nobody else."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from terminal.access import Caller
from terminal.api.needs import Language, TheCaller, TheService, with_right
from terminal.api.saying import answered
from terminal.api.schemas import AnswerOut, Asked, Note, body_of
from terminal.cases import data, screening, watching
from terminal.cases.answers import Answer
from terminal.service import Service
from terminal.store import uuid7
from workflows.plain import to_plain
from workflows.roles import Actor, Right
from workflows.watch_list import Kind, Watched

router = APIRouter(tags=["watch list"])
Keeps = Annotated[Caller, Depends(with_right(Right.KEEP_WATCH_LIST))]
Value = Annotated[str, Field(min_length=1, max_length=100)]


class WatchIn(Asked):
    """List a plate, a document or a name, or change the entry of the same value. ``note`` is why, for the journal."""

    kind: Kind
    value: Value
    reason: Note
    last_day: date
    note: Note


class WatchEndIn(Asked):
    """Take an entry off, as it stands on the list."""

    kind: Kind
    value: Value
    note: Note


@router.get("/watch-list")
async def get_watch_list(caller: Keeps, service: TheService) -> list[dict[str, Any]]:
    """Every entry as it stands, those that are over too."""

    def look() -> tuple[Watched, ...]:
        with service.reading() as reader:
            return watching.entries(reader, service.room)

    return [to_plain(one) for one in await run_in_threadpool(look)]


@router.post("/watch-list")
async def post_watch_list(
    shape: WatchIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """List something; what is under way is judged again."""
    new = Watched(shape.kind, shape.value, shape.reason, caller.actor.id, shape.last_day)
    return answered(
        await listed(service, caller.actor, new, shape.note, shape.nonce, body_of(shape)), language
    )


@router.post("/watch-list/end")
async def post_watch_list_end(
    shape: WatchEndIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Take an entry off. Holds that it opened stay until somebody of the border service ends them."""
    request = service.request(caller.actor, shape.nonce, body_of(shape))
    answer = await service.write(
        lambda books: watching.end(books, shape.kind, shape.value, shape.note, request, service.room)
    )
    await judged_again(service, caller.actor, answer)
    return answered(answer, language)


async def listed(
    service: Service, who: Actor, new: Watched, note: str, nonce: str, body: dict[str, Any]
) -> Answer:
    """Bring an entry into force and judge what is under way again, in portions, so that the gate never waits long."""
    request = service.request(who, nonce, body)
    answer = await service.write(lambda books: watching.put(books, new, note, request, service.room))
    await judged_again(service, who, answer)
    return answer


async def judged_again(service: Service, who: Actor, answer: Answer) -> None:
    """Run the checks of everything under way when an answer changed the list."""
    if not answer.news:
        return

    def look() -> list[str]:
        with service.reading() as reader:
            return data.references(reader)

    for portion in data.chunks(await run_in_threadpool(look)):
        again = service.request(who, str(uuid7()), {"watch_list": answer.facts.get("version")})
        await service.write(
            lambda books, portion=portion, again=again: data.judge_again(  # type: ignore[misc]
                books, portion, again, service.judge
            )
        )
    again = service.request(who, str(uuid7()), {"watch_list": answer.facts.get("version")})
    await service.write(lambda books: screening.again(books, screening.standing(books), again, service.judge))

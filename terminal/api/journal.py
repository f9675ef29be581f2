"""The journal: pages of events, and the live stream that follows it."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from terminal.access import Caller
from terminal.api.needs import ReadsJournal, TheCaller, TheService, still_there
from terminal.api.problems import not_permitted
from terminal.api.schemas import LAST, gives
from terminal.cases import watch_hits, withholding
from terminal.service import Service
from terminal.store import Entry
from terminal.store.reader import Reader
from workflows import events_routing, events_screening
from workflows.roles import Actor, Right

router = APIRouter(tags=["journal"])

#: seconds of silence after which a comment keeps the connection open through proxies
HEARTBEAT_S = 15.0
#: the session is looked at again at least this often while a stream is open, and at every entry about its person
CHECK_S = 30.0
#: bytes of an entry that are handed to the connection at once
PIECE = 65_536


@router.get("/journal")
async def get_journal(
    caller: ReadsJournal,
    service: TheService,
    after: Annotated[int, Query(ge=0, le=LAST)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[dict[str, Any]]:
    """Events after a number, oldest first, exactly as they are stored."""
    with service.reading() as reader:
        entries = reader.entries_after(after, limit)
        return [public(entry, reader, caller.actor) for entry in entries]


def public(entry: Entry, reader: Reader, who: Actor) -> dict[str, Any]:
    """An entry as stored; of a seizure, complaint or message that is not for this reader only that it is there, and
    without the hits of the watch list for everybody but the border service."""
    if withholding.withheld(entry.subject, reader, who):
        return {**entry.public(), "data": {}, "withheld": True}
    return watch_hits.public(entry, reader, who)


def notice(entry: Entry, whole: bytes | None) -> bytes:
    """One journal entry as a server-sent event. Without the right to read the journal (None) only its bare facts."""
    bare = {"seq": entry.seq, "type": entry.type, "subject": entry.subject, "at": entry.at.isoformat()}
    return b"id: %d\nevent: entry\ndata: %b\n\n" % (entry.seq, _text(bare) if whole is None else whole)


def _text(facts: dict[str, Any]) -> bytes:
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()


async def follow(request: Request, service: Service, caller: Caller, seen: int) -> AsyncIterator[bytes]:
    """Entries after ``seen``, for ever; ends when the reader has gone or may not read any more.

    The bell is a hint, the journal is the truth: a missed ring costs one heartbeat, never an entry.
    """
    full = caller.actor.may(Right.READ_JOURNAL)
    mine = caller.actor.id if caller.actor.is_device else f"person:{caller.actor.id}"
    yield b"retry: 2000\n\n"
    checked = time.monotonic()
    while not await request.is_disconnected():
        entries = await run_in_threadpool(_entries, service, seen)
        about_me = any(entry.subject == mine for entry in entries)
        if about_me or time.monotonic() - checked >= CHECK_S:
            if not await run_in_threadpool(still_there, request, caller):
                return
            checked = time.monotonic()
        came = bool(entries)
        while entries:
            entry = entries.pop(0)
            seen = entry.seq
            if full or told_to_all(entry):
                told = notice(
                    entry, await run_in_threadpool(_whole, service, caller, entry) if full else None
                )
                del entry
                # The papers of a long list are one entry of many megabytes: a reader gets them at its own pace.
                for start in range(0, len(told), PIECE):
                    yield told[start : start + PIECE]
        if not came and await service.store.bell.wait(seen, HEARTBEAT_S) <= seen:
            yield b": still here\n\n"


#: Entries that others than journal readers are not even told of.
_QUIET = (
    frozenset(
        {
            "SecurityEvent",
            "ChecksRun",
            "ScanSetAside",
            "ReviewClosed",
            "SeizureRecorded",
            "SeizureAmended",
            "CustodyPassed",
            "FileAttached",
        }
    )
    | events_routing.NAMES
    | events_screening.NAMES
)
#: kinds of subjects of which nobody else is told anything, refusals included
_QUIET_KINDS = ("routing:", "profile:", "data:", "complaint:", "message:")


def told_to_all(entry: Entry) -> bool:
    """True for entries that people who do not read the journal are told of, in bare facts."""
    return not (entry.type in _QUIET or entry.subject.startswith(_QUIET_KINDS))


def _whole(service: Service, caller: Caller, entry: Entry) -> bytes:
    if not entry.subject.startswith(withholding.KINDS) and entry.type not in watch_hits.KINDS:
        return b'%b,"hash":"%b"}' % (entry.body[:-1], entry.hash.hex().encode())  # stored as it is told
    with service.reading() as reader:
        return _text(public(entry, reader, caller.actor))


def _entries(service: Service, seen: int) -> list[Entry]:
    with service.reading() as reader:
        return reader.entries_after(seen, 200)


@router.get("/stream", response_class=StreamingResponse, responses=gives("text/event-stream"))
async def get_stream(
    request: Request,
    caller: TheCaller,
    service: TheService,
    last_event_id: Annotated[str | None, Header()] = None,
    after: Annotated[int | None, Query(ge=0, le=LAST)] = None,
) -> StreamingResponse:
    """Follow the journal (server-sent events). Ids are journal numbers; Last-Event-ID goes on where it broke off."""
    if not caller.actor.may(Right.READ_BOARD):
        raise not_permitted(Right.READ_BOARD.value)
    given = last_event_id or ""
    start = service.store.tail().seq if after is None else after
    if given.isascii() and given.isdigit() and len(given) < 19:
        start = int(given)
    return StreamingResponse(
        follow(request, service, caller, start),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )

"""The servers that ``terminal.bench.requests`` measures, each in a process of its own.

    python -m terminal.bench.child real|naive|idle DIR UNITS [postgresql://...]

``real`` is the terminal itself, ``naive`` what :mod:`terminal.bench.naive` makes, ``idle`` a FastAPI application with one
endpoint that does nothing: the plumbing's own cost. Prints one JSON line ``{"port", "token", "session"}`` when it answers
(the token of a device, the session of a person who may look at everything); ends when its standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import Engine, event

from terminal import access
from terminal.bench import naive
from terminal.bench.store import label
from terminal.running import open_service, server
from terminal.settings import build
from terminal.store import Books, uuid7
from terminal.store.devices import Device
from terminal.store.people import Session
from terminal.store.sqlite import SqliteConnection
from workflows import events as e
from workflows.events import Context
from workflows.papers import Mode, Papers
from workflows.roles import Role
from workflows.stages import Stage

CHUNK = 1000
#: variable of the surroundings: milliseconds that every commit takes more
SLOW_MS = "KARVON_BENCH_SLOW_MS"
POINT = {"id": "store-1", "name": "Warehouse", "steps": ["STORAGE"]}


def fill(books: Books, first: int, count: int) -> None:
    """One consignment with ``count`` units that stand tallied in the terminal."""
    ref = f"BENCH-{first}"
    subject = f"consignment:{ref}"
    papers = Papers(ref, Mode.ROAD, "Agency A", "Agency A Country Office")
    made: list[e.Event] = [e.ConsignmentAnnounced(subject, papers, "0" * 64)]
    for number in range(first, first + count):
        unit = f"unit:{label(number)}"
        made.append(e.UnitDeclared(unit, ref, Decimal(700)))
        made.append(e.UnitTallied(unit, Stage.PRE_ADVICE))
    books.record(made, Context("bench", datetime.now(UTC)))


def enrol(books: Books) -> str:
    """A handheld that may put units away; returns its token."""
    now = datetime.now(UTC)
    steps = frozenset({Stage.STORAGE})
    device = Device(
        f"hh-{str(uuid7())[-12:]}", "station", "Handheld", now, "store-1", steps, frozenset({"readings"})
    )
    code = access.add_device(books, device, "bench", now)
    enrolled = access.enrol_device(books, code, now)
    assert enrolled is not None
    return enrolled[1]


class Echo(BaseModel):
    """The body of the endpoint that does nothing: as large as a scan."""

    nonce: str
    code: str
    step: str
    point: str
    scanned_at: datetime
    unit_context: dict[str, Any]


def person(books: Books) -> str:
    """An inspector who also reads papers in, with a session; returns its token."""
    now = datetime.now(UTC)
    made, _ = access.new_person(
        books,
        f"bench-{uuid7()}",
        "Bench",
        frozenset({Role.CUSTOMS_INSPECTOR, Role.DOCUMENT_OFFICER}),
        "bench",
        now,
        hashed="x",
    )
    ends = now + timedelta(hours=8)
    token = f"bench-session-{uuid7()}"
    books.people.open_session(Session(access.hash_token(token), made.id, now, now, ends))
    return token


def idle() -> FastAPI:
    """FastAPI with one endpoint that validates a body and answers."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/api/v1/scans")
    async def nothing(body: Echo) -> dict[str, str]:
        """Validate and answer."""
        return {"verdict": "accepted", "subject": body.code}

    return app


def plain(app: FastAPI) -> uvicorn.Server:
    """A server for an application that is not ours, set up as ours is."""
    return uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False)
    )


async def serve(running: uvicorn.Server, said: Mapping[str, str]) -> None:
    """Serve until standard input closes."""
    serving = asyncio.create_task(running.serve())
    while not running.started:  # noqa: ASYNC110 -- uvicorn offers no event to wait for
        await asyncio.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    print(json.dumps({"port": port, **said}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    running.should_exit = True
    await serving


def run(running: uvicorn.Server, **said: str) -> None:
    """Serve on the event loop that the server takes when it is started by ``karvon serve``."""
    with asyncio.Runner(loop_factory=running.config.get_loop_factory()) as runner:
        runner.run(serve(running, said))


def slow_down() -> None:
    """Make every commit of this process take longer, if the surroundings ask for it: a disk that flushes slowly."""
    seconds = float(os.environ.get(SLOW_MS, "0")) / 1000
    if not seconds:
        return
    quickly = SqliteConnection.commit

    def commit(self: SqliteConnection) -> None:
        quickly(self)
        time.sleep(seconds)

    SqliteConnection.commit = commit  # type: ignore[method-assign]  # this process is here to be measured
    event.listen(Engine, "commit", lambda _: time.sleep(seconds))


def main() -> int:
    """Serve the bench."""
    slow_down()
    kind, folder, units, *url = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:]
    if kind == "idle":
        run(plain(idle()), token="", session="")
        return 0
    if kind == "naive":
        app = (
            naive.on_postgres(url[0], units) if url else naive.on_sqlite(str(folder / "naive.sqlite3"), units)
        )
        run(plain(app), token="", session="")
        return 0
    facts: dict[str, Any] = {"data_dir": ".", "points": [POINT]}
    service = open_service(build(facts | ({"database": url[0]} if url else {}), base=folder))
    with service.reading() as reader:
        empty = reader.unit(label(0)) is None
    if empty:
        for first in range(0, units, CHUNK):
            count = min(CHUNK, units - first)
            service.store.write_now(lambda books, f=first, c=count: fill(books, f, c))  # type: ignore[misc]
    token, session = service.store.write_now(enrol), service.store.write_now(person)
    run(server(service, port=0, quiet=True), token=token, session=session)
    return 0


if __name__ == "__main__":
    sys.exit(main())

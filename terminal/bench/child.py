"""The server that ``terminal.bench.requests`` measures, in a process of its own: ``python -m terminal.bench.child DIR UNITS``.

Prints one JSON line ``{"port", "token"}`` when it answers; ends when its standard input closes. With ``UNITS`` 0 it is
a bare FastAPI application with one endpoint that does nothing: the plumbing's own cost.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from terminal import access
from terminal.bench.store import label
from terminal.running import open_service, server
from terminal.settings import build
from terminal.store import Books
from terminal.store.devices import Device
from workflows import events as e
from workflows.events import Context
from workflows.papers import Mode, Papers
from workflows.stages import Stage

CHUNK = 1000
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
    device = Device("hh-1", "station", "Handheld", now, "store-1", steps, frozenset({"readings"}))
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


def idle() -> uvicorn.Server:
    """FastAPI with one endpoint that validates a body and answers."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/api/v1/scans")
    async def nothing(body: Echo) -> dict[str, str]:
        """Validate and answer."""
        return {"verdict": "accepted", "subject": body.code}

    return uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False)
    )


async def serve(running: uvicorn.Server, token: str) -> None:
    """Serve until standard input closes."""
    serving = asyncio.create_task(running.serve())
    while not running.started:  # noqa: ASYNC110 -- uvicorn offers no event to wait for
        await asyncio.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    print(json.dumps({"port": port, "token": token}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    running.should_exit = True
    await serving


def run(running: uvicorn.Server, token: str) -> None:
    """Serve on the event loop that the server takes when it is started by ``karvon serve``."""
    with asyncio.Runner(loop_factory=running.config.get_loop_factory()) as runner:
        runner.run(serve(running, token))


def main() -> int:
    """Serve the bench."""
    folder, units = Path(sys.argv[1]), int(sys.argv[2])
    if units == 0:
        run(idle(), "")
        return 0
    service = open_service(build({"data_dir": ".", "points": [POINT]}, base=folder))
    with service.reading() as reader:
        empty = reader.unit(label(0)) is None
    if empty:
        for first in range(0, units, CHUNK):
            count = min(CHUNK, units - first)
            service.store.write_now(lambda books, f=first, c=count: fill(books, f, c))  # type: ignore[misc]
    token = service.store.write_now(enrol)
    run(server(service, port=0, quiet=True), token)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Health, readiness and metrics that tell the truth. No secrets, no personal data, no sign-in."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse

from terminal import feed, witnessing
from terminal.api import device_metrics
from terminal.api.needs import TheService
from terminal.service import Service
from terminal.store.migrations import NEWEST

router = APIRouter(tags=["health"])
#: as much as a picture
_PIECE = b"\0" * 65536


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


def _revision(service: Service) -> str | None:
    with service.reading() as reader:
        return reader.connection.revision()


def _try_disk(folder: Path) -> None:
    """Write a file to the disk and take it away. Raises ``OSError`` when the disk is full or takes nothing."""
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(_PIECE)
        file.flush()
        os.fsync(file.fileno())


@router.get("/readyz")
async def readyz(service: TheService, response: Response) -> dict[str, Any]:
    """The store is of this version and can be read and written, and the disk takes files: 200; otherwise 503 with what is wrong.

    A way to the store and one to the disk are really gone each time; nothing is left behind.
    """
    try:
        head = await service.write(lambda books: books.head())
        found = await run_in_threadpool(_revision, service)
    except Exception as error:
        response.status_code = 503
        return {"status": "not ready", "store": type(error).__name__}
    wrong: dict[str, Any] = {}
    if found != NEWEST:
        wrong["store"] = f"its tables are of version {found}, this program is of {NEWEST}"
    try:
        await run_in_threadpool(_try_disk, service.settings.data_dir)
    except OSError as error:
        wrong["disk"] = errno.errorcode.get(error.errno or 0, type(error).__name__)
    if wrong:
        response.status_code = 503
        return {"status": "not ready", **wrong}
    devices = service.fleet.health() if service.fleet else []
    troubled = [item.device for item in devices if not item.ok and item.state != "off"]
    return {"status": "ready", "journal": head.seq, "devices_in_trouble": troubled}


def _lines(service: Service) -> str:
    with service.reading() as reader:
        head = reader.head().seq
        stages = reader.counters("consignment.stage")
        holds = reader.counters("hold.open")
    out = [
        "# HELP karvon_journal_events_total Events in the journal.",
        "# TYPE karvon_journal_events_total counter",
        f"karvon_journal_events_total {head}",
        "# HELP karvon_consignments Consignments by stage.",
        "# TYPE karvon_consignments gauge",
        *(f'karvon_consignments{{stage="{key}"}} {count}' for key, count in sorted(stages.items())),
        "# HELP karvon_open_holds Open holds.",
        "# TYPE karvon_open_holds gauge",
        *(f'karvon_open_holds{{key="{key}"}} {count}' for key, count in sorted(holds.items())),
    ]
    health = service.fleet.health() if service.fleet else []
    out += device_metrics.lines(health, service.settings.devices, service.clock())
    out += witnessing.lines(service)
    out += feed.lines(service)
    return "\n".join(out) + "\n"


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(service: TheService) -> PlainTextResponse:
    """Figures for Prometheus."""
    text = await run_in_threadpool(_lines, service)
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4")

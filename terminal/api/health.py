"""Health, readiness and metrics that tell the truth. No secrets, no personal data, no sign-in."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse

from terminal import feed, witnessing
from terminal.api import device_metrics
from terminal.api.needs import TheService
from terminal.service import Service

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(service: TheService, response: Response) -> dict[str, Any]:
    """The store can be read and written: 200; otherwise 503 with what is wrong."""
    try:
        head = await service.write(lambda books: books.head())
    except Exception as error:
        response.status_code = 503
        return {"status": "not ready", "store": type(error).__name__}
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

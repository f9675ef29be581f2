"""``create_app``: the only place that puts the parts together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from terminal import feed, witnessing, workers_keeper
from terminal.api import (
    arrivals,
    attachments,
    badges,
    cargo,
    complaints,
    contract,
    data,
    demo,
    devices,
    equipment,
    express,
    factors,
    guards,
    handling,
    handover,
    health,
    holds,
    imports,
    inspection_results,
    inspections,
    journal,
    last_known,
    live,
    loading,
    messages,
    needs,
    oversize,
    papers,
    passes,
    portal,
    problems,
    rail,
    reports,
    routing,
    scans,
    search,
    seizures,
    session,
    sessions,
    shifts,
    step_up,
    tracking,
    turned_away,
    undoing,
    viewing,
    visits,
    watching,
)
from terminal.cases import cameras
from terminal.service import Service
from terminal.web import pages
from terminal.web.static_files import static_route

log = logging.getLogger("karvon")

DESCRIPTION = """
What stations, gateways and other systems speak with the terminal. Every write carries a nonce made where it was
asked: the same nonce gets the same answer for ever. A refusal is an answer (status 200, verdict `refused`) with
everything that is missing; errors are RFC 9457 problem details. People sign in (`POST /session`) and send the token
`X-CSRF-Token`; devices send `Authorization: Bearer` with the token they were enrolled with.
"""


class Application(FastAPI):
    """The application, with the short way of scans before everything else."""

    first: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        await (self.first or super().__call__)(scope, receive, send)


def create_app(service: Service) -> FastAPI:
    """The application around one :class:`Service`; its devices run while the application runs."""

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        with service.reading() as reader:
            watched = cameras.changed(reader, service.settings)
        if watched:
            await service.write(lambda books: cameras.note(books, service.settings, service.clock()))
        running = [asyncio.create_task(service.run_devices(), name="devices")]
        if service.settings.witnesses:
            running.append(asyncio.create_task(witnessing.run(service), name="witnesses"))
        if service.settings.webhooks:
            told = workers_keeper.lead(service, lambda: feed.run(service), "webhooks")
            running.append(asyncio.create_task(told, name="webhooks"))
        try:
            yield
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await service.store.aclose()

    app = Application(
        title="Karvon",
        version="1",
        description=DESCRIPTION,
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.state.service = service
    app.first = express.Express(super(Application, app).__call__, service=service)
    problems.install(app, lambda path: contract.methods_of(app, path), turned_away.met)
    api = APIRouter(prefix="/api/v1", dependencies=[Depends(needs.each_once), Depends(viewing.noted)])
    for part in (
        undoing,
        scans,
        holds,
        inspections,
        inspection_results,
        attachments,
        equipment,
        seizures,
        complaints,
        messages,
        routing,
        watching,
        arrivals,  # before the visits: "trouble" is no name of one
        visits,
        handover,
        loading,
        rail,
        portal,
        tracking,
        passes,
        papers,
        imports,
        journal,
        last_known,
        live,
        devices,
        session,
        step_up,
        factors,
        badges,
        sessions,
        data,
        reports,
        shifts,
        search,
        demo,
        handling,
        cargo,  # last: a reference may hold slashes, so /consignments/REF takes what nobody else wanted
    ):
        api.include_router(part.router)
    app.include_router(api)
    app.include_router(health.router)
    app.router.routes.append(static_route)
    pages.install(app)
    contract.install(app)
    limit = service.settings.server.max_upload_mb << 20
    app.add_middleware(
        guards.Guard,
        max_bytes=limit,
        tls=service.settings.server.tls,
        noted=oversize.note,
        turned_away=turned_away.at_the_door,
        hosts=service.settings.server.hosts,
    )
    return app

"""A small server that shows every page from invented view-models, in every language, with the product's own headers."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from terminal.web.rendering import page
from terminal.web.static_files import static_route
from tests.terminal.web.shown_all import PAGES


class Gallery:
    """The pages, and a stand-in for the scan endpoint that remembers what it was sent."""

    def __init__(self) -> None:
        self.scans: list[dict[str, Any]] = []
        self.answers: list[tuple[int, dict[str, Any]]] = []
        self.weights: list[dict[str, Any]] = []
        self.streams: list[str] = []
        self.reviews: list[dict[str, Any]] = []
        self.signed_in = False
        self.app = Starlette(
            routes=[
                static_route,
                Route("/show/{lang}/{name}", self.show),
                Route("/demo/now", self.devices),
                Route("/api/v1/scans", self.take, methods=["POST"]),
                Route("/api/v1/scans", self.wires, methods=["GET"]),
                Route("/api/v1/counts/{count}/scans", self.take, methods=["POST"]),
                Route("/api/v1/scans/undo", self.take, methods=["POST"]),
                Route("/api/v1/scans/reviews", self.outcomes, methods=["GET"]),
                Route("/api/v1/session", self.session),
                Route("/api/v1/stream", self.stream),
                Route("/api/v1/live", self.live),
                Route("/api/v1/pictures/codes", self.barcodes, methods=["POST"]),
            ]
        )

    def forget(self) -> None:
        """Begin anew: no scans taken, no answers prepared."""
        for remembered in (self.scans, self.answers, self.weights, self.streams, self.reviews):
            remembered.clear()
        self.signed_in = False

    def show(self, request: Request) -> Response:
        """One page of the gallery."""
        template, user, path, context = PAGES[request.path_params["name"]]
        return page(
            template,
            wasm=template == "station.html",
            lang=request.path_params["lang"],
            path=path,
            user=user,
            csrf_token="t-1",
            theme=request.query_params.get("theme", ""),
            query=dict(request.query_params),
            **context,
        )

    def devices(self, request: Request) -> Response:
        """The simulated devices do nothing new."""
        return Response("", media_type="text/html")

    async def take(self, request: Request) -> Response:
        """Remember a scan and give the next prepared answer, or "accepted"."""
        scan = await request.json()
        self.scans.append({**scan, "csrf": request.headers.get("X-CSRF-Token")})
        status, body = (
            self.answers.pop(0)
            if self.answers
            else (200, {"verdict": "accepted", "sentence": "In.", "next": []})
        )
        return JSONResponse(body, status_code=status)

    def wires(self, request: Request) -> Response:
        """What the scanners on the wires of a place have read: nothing."""
        return JSONResponse({"head": 50000, "scans": []})

    def outcomes(self, request: Request) -> Response:
        """What supervisors decided on scans that were set aside: what was prepared."""
        return JSONResponse(
            [one for one in self.reviews if str(one["review"]) in request.query_params.getlist("review")]
        )

    def session(self, request: Request) -> Response:
        """Somebody signed in anew: another token."""
        return JSONResponse({"csrf": "t-2"}, status_code=200 if self.signed_in else 401)

    async def stream(self, request: Request) -> Response:
        """A journal stream that says one thing and then waits."""
        self.streams.append(str(request.url.query))

        async def say() -> Any:
            yield "id: 50000\nevent: entry\ndata: {}\n\n"
            await asyncio.sleep(3600)

        return StreamingResponse(say(), media_type="text/event-stream")

    async def live(self, request: Request) -> Response:
        """The prepared live weights, then silence."""

        async def say() -> Any:
            for weight in self.weights:
                yield f"event: live\ndata: {json.dumps(weight)}\n\n"
            await asyncio.sleep(3600)

        return StreamingResponse(say(), media_type="text/event-stream")

    async def barcodes(self, request: Request) -> Response:
        """What the server would read in a photo."""
        return JSONResponse(
            {"codes": [{"symbology": "Code128", "aim": "]C1", "text": "00340123450000000017"}]}
        )


@contextmanager
def served(gallery: Gallery) -> Iterator[str]:
    """The gallery on a free port of this machine; gives its address."""
    server = uvicorn.Server(
        uvicorn.Config(
            gallery.app,
            host="127.0.0.1",
            port=0,
            log_level="critical",
            timeout_graceful_shutdown=0,
            lifespan="off",
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the gallery did not start")
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)

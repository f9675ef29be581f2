"""Several worker processes behind one port: what every one may answer, and what only the keeper can.

The store is shared by all. What lives in memory is not: the devices and their live weights, the last plate at a gate, how
often a client has tried to sign in. One worker, the keeper, holds all of that; the others pass such requests on to it
over a socket in a folder that nobody else may enter. Whatever is not known to need the store alone goes to the keeper, so
a new page is right before it is fast. The keeper holds a file lock that the system drops when it dies; the next worker
takes over within a moment, and until then requests wait.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import httpx
import uvicorn
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from devices.config import Relay
from terminal.api.problems import Problem, problem_response
from terminal.service import Service
from terminal.store.leading import Leadership

log = logging.getLogger("karvon")
Work = Callable[[], Awaitable[None]]

AGAIN_S = 0.2  # between attempts to become keeper or leader
WATCH_S = 1.0  # between looks at whether one still is
PATIENCE_S = 10.0  # a request waits so long for a new keeper
#: what needs nothing but the store, to be read: everything below these
BELOW = ("/static/", "/api/v1/units/")
#: and these
LOCAL = frozenset(
    {
        ("GET", "/"),
        ("GET", "/board/live"),
        ("GET", "/consignments"),
        ("GET", "/journal"),
        ("GET", "/livez"),
        ("GET", "/readyz"),
        ("GET", "/api/v1/journal"),
        ("GET", "/api/v1/stream"),
        ("POST", "/api/v1/scans"),
    }
)
_CLIENT, _SCHEME = b"x-karvon-client", b"x-karvon-scheme"
_HOP = frozenset({b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", _CLIENT, _SCHEME})


class _Quiet(uvicorn.Server):
    """A server beside the process's own one: signals are not its business."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


class Worker:
    """One process of several: an application that answers, or passes on to the keeper. ``room`` is their folder."""

    def __init__(self, app: ASGIApp, service: Service, room: Path) -> None:
        self._app = app
        self._service = service
        self._room = room
        self._lock: IO[str] | None = None
        self._ready = False
        # A scan that switches a lamp needs the keeper, who speaks with the lamp.
        lamps = any(isinstance(device, Relay) for device in service.settings.devices)
        self._local = LOCAL - {("POST", "/api/v1/scans")} if lamps else LOCAL
        self._line = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(
                uds=str(self._socket), limits=httpx.Limits(max_connections=None)
            ),
            timeout=httpx.Timeout(None, connect=PATIENCE_S),
        )

    @property
    def _socket(self) -> Path:
        return self._room / "keeper.sock"

    @property
    def is_keeper(self) -> bool:
        """True in the one process that holds what lives in memory."""
        return self._ready

    # --- requests ---------------------------------------------------------------------------------
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, here or at the keeper."""
        if (
            scope["type"] != "http"
            or self._ready
            or self._needs_the_store_alone(scope["method"], scope["path"])
        ):
            await self._app(scope, receive, send)
            return
        await self._pass_on(scope, receive, send)

    def _needs_the_store_alone(self, method: str, path: str) -> bool:
        method = "GET" if method == "HEAD" else method
        return (method, path) in self._local or (method, path[: path.rfind("/") + 1]) in self._local - {
            ("GET", "/")
        }

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE_S
        begun = False

        async def body() -> AsyncIterator[bytes]:
            nonlocal begun
            begun = True
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return
                more = message.get("more_body", False)
                yield message.get("body", b"")

        while True:
            asked = self._line.build_request(
                scope["method"],
                _url(scope),
                headers=_headers(scope),
                content=body() if _has_body(scope) else None,
            )
            try:
                answer = await self._line.send(asked, stream=True)
                break
            except httpx.TransportError as error:
                if begun or not isinstance(error, httpx.ConnectError) or loop.time() > until:
                    await _unavailable()(scope, receive, send)
                    return
                await asyncio.sleep(AGAIN_S)
                if self._ready:  # this worker is the keeper now
                    await self._app(scope, receive, send)
                    return
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": answer.status_code,
                    "headers": _kept(answer.headers.raw),
                }
            )
            with suppress(
                httpx.TransportError
            ):  # the keeper died in the middle: the client sees a cut answer
                async for part in answer.aiter_raw():
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
        finally:
            await answer.aclose()

    async def _trusted(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A request from a sister: who asked stands in its headers, which nobody else can send on this socket."""
        if scope["type"] == "http":
            found = dict(scope["headers"])
            host, _, port = found.get(_CLIENT, b"").decode("latin-1").rpartition(" ")
            headers = [(name, value) for name, value in scope["headers"] if name not in (_CLIENT, _SCHEME)]
            scope = {**scope, "headers": headers, "scheme": found.get(_SCHEME, b"http").decode("latin-1")}
            scope["client"] = (host, int(port)) if port.isascii() and port.isdigit() else None
        await self._app(scope, receive, send)

    # --- being keeper -----------------------------------------------------------------------------
    async def lead(self, work: Work) -> None:
        """Wait until this worker is the keeper, then serve its sisters and do ``work``, until cancelled."""
        while not self._taken():  # noqa: ASYNC110 -- a file lock rings no bell
            await asyncio.sleep(AGAIN_S)
        self._socket.unlink(missing_ok=True)  # a dead keeper's
        config = uvicorn.Config(
            self._trusted,
            uds=str(self._socket),
            interface="asgi3",
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_config=None,
        )
        inner = _Quiet(config)
        serving = asyncio.create_task(inner.serve(), name="keeper")
        self._ready = True
        log.info("This worker holds the devices now.")
        try:
            await lead(self._service, work)
        finally:
            inner.should_exit = inner.force_exit = True
            await asyncio.gather(serving, return_exceptions=True)

    def _taken(self) -> bool:
        import fcntl  # noqa: PLC0415 -- not on Windows, where there is one worker

        handle = (self._room / "keeper.lock").open("a", encoding="ascii")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.close()
            return False
        self._lock = handle  # until the process ends
        return True


async def lead(service: Service, work: Work, what: str = "") -> None:
    """Do ``work`` while no other server on this database does the same; until cancelled.

    ``what`` names the work; nothing: it runs the devices, and another server with the same devices does the same.

    On SQLite there is only one server. On PostgreSQL a server that loses its database lets go and waits for its turn.
    """
    names = what or " ".join(sorted(device.id for device in service.settings.devices))
    if service.store.path is not None or not names:
        await work()
        return
    leadership = Leadership(
        service.settings.database, f"karvon {what}" if what else f"karvon devices: {names}"
    )
    try:
        while True:
            while not await asyncio.to_thread(leadership.taken):  # noqa: ASYNC110 -- nor does this one
                await asyncio.sleep(AGAIN_S)
            await _while_leading(work, leadership)
    finally:
        leadership.give_up()


async def _while_leading(work: Work, leadership: Leadership) -> None:
    running = asyncio.ensure_future(work())
    try:
        while not running.done():
            await asyncio.wait({running}, timeout=WATCH_S)
            if not running.done() and not await asyncio.to_thread(leadership.taken):
                log.error("The database was lost: the devices rest until it is back.")
                return
        await running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def _url(scope: Scope) -> httpx.URL:
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    return httpx.URL(
        scheme="http", host="keeper", raw_path=raw.partition(b"?")[0] + (b"?" + query if query else b"")
    )


def _headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    host, port = scope.get("client") or ("", 0)
    return [
        *_kept(scope["headers"]),
        (_CLIENT, f"{host} {port}".encode("latin-1")),
        (_SCHEME, scope["scheme"].encode("latin-1")),
    ]


def _kept(headers: Any) -> list[tuple[bytes, bytes]]:
    return [(name.lower(), value) for name, value in headers if name.lower() not in _HOP]


def _has_body(scope: MutableMapping[str, Any]) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])


def _unavailable() -> Response:
    sentence = "The part of the server that holds the devices is starting again. Ask once more in a second."
    return problem_response(Problem(503, "unavailable", sentence, headers={"Retry-After": "1"}))

"""A very small HTTP/1.1 server for snapshots and control: loopback, one request a connection, bounded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

MOST_BODY = 1 << 20
PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer."""

    status: int = 200
    body: bytes = b""
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, value: Any, status: int = 200) -> Answer:
        """An answer in JSON."""
        return cls(status, json.dumps(value, ensure_ascii=False).encode() + b"\n")


Handler = Callable[[Request], Awaitable[Answer]]


class WebServer:
    """Serves ``handler`` on the loopback; port 0 takes a free one and keeps it."""

    def __init__(self, handler: Handler, port: int = 0) -> None:
        self.port = port
        self._handler = handler
        self._server: asyncio.Server | None = None

    @property
    def running(self) -> bool:
        """Whether it listens."""
        return self._server is not None

    async def start(self) -> None:
        """Listen. Raises ``OSError`` when the port is taken."""
        if self._server is None:
            self._server = await asyncio.start_server(
                self._serve, "127.0.0.1", self.port, limit=64 * 1024, reuse_address=True
            )
            self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening."""
        server, self._server = self._server, None
        if server is not None:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                request = await _read(reader)
                if request is None:
                    answer = Answer.json({"error": "this is no HTTP request"}, 400)
                else:
                    answer = await self._handler(request)
                head = (
                    f"HTTP/1.1 {answer.status} {'OK' if answer.status < 300 else 'No'}\r\n"
                    f"Content-Type: {answer.media_type}\r\nContent-Length: {len(answer.body)}\r\n"
                    "Connection: close\r\nCache-Control: no-store\r\n"
                )
                head += "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
                writer.write(head.encode("latin-1") + b"\r\n" + answer.body)
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            pass  # a caller that goes away is no fault of ours
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.LimitOverrunError, asyncio.IncompleteReadError):
        return None
    first, *lines = head.split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        return None
    headers = {
        name.strip().lower(): value.strip()
        for name, colon, value in (line.partition(":") for line in lines)
        if colon
    }
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or len(length) > 7 or int(length) > MOST_BODY:
        return None
    return Request(words[0], words[1], headers, await reader.readexactly(int(length)))

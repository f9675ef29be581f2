"""The wire of a camera that pushes by HTTP: every message is one POST to the host's address."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from urllib.parse import urlsplit

#: a camera gives up a host that does not answer within so many seconds
PATIENCE_S = 5.0
#: a host is asked again so many times, as cameras do, before the message is lost
ATTEMPTS = 3
_BOUNDARY = re.compile(rb"--([!-~]{1,70})\r\n")


class PushPort:
    """Posts to ``url``; ``token`` goes into an ``Authorization: Bearer`` header. Plain HTTP on a local net."""

    def __init__(self, url: str, token: str = "") -> None:
        self.url = url
        self.token = token
        self._plugged = False
        self._answered = False
        self.lost = 0

    @property
    def plugged(self) -> bool:
        """Whether the camera is on the net."""
        return self._plugged

    @property
    def connected(self) -> bool:
        """Whether the host took the last message (a camera that has sent nothing yet takes it for granted)."""
        return self._plugged and (self._answered or not self.lost)

    async def plug(self) -> None:
        """Nothing to open: a camera connects for each message."""
        self._plugged = True

    async def unplug(self) -> None:
        """Off the net."""
        self._plugged = False

    async def write(self, data: bytes) -> None:
        """Post one message; what the host does not take after some attempts is lost."""
        for attempt in range(ATTEMPTS):
            if not self._plugged:
                return
            if attempt:
                await asyncio.sleep(0.05 * attempt)
            with suppress(OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
                async with asyncio.timeout(PATIENCE_S):
                    self._answered = await self._post(data)
                if self._answered:
                    return
        self._answered = False
        self.lost += 1

    async def _post(self, data: bytes) -> bool:
        parts = urlsplit(self.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
        try:
            head = [
                f"POST {path} HTTP/1.1",
                f"Host: {parts.netloc}",
                f"Content-Type: {media_type(data)}",
                f"Content-Length: {len(data)}",
                "Connection: close",
            ]
            if self.token:
                head.append(f"Authorization: Bearer {self.token}")
            writer.write("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + data)
            await writer.drain()
            status = (await reader.readline()).split(b" ")
            return len(status) > 1 and status[1][:1] == b"2"
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


def media_type(data: bytes) -> str:
    """What a camera says about its message: multipart with the boundary it begins with, XML or JSON."""
    found = _BOUNDARY.match(data)
    if found:
        return f"multipart/form-data; boundary={found[1].decode('ascii')}"
    return "application/json" if data.lstrip()[:1] == b"{" else "application/xml"

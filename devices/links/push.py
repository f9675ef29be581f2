"""A link without a wire of its own: somebody else receives the bytes (an HTTP push) and feeds them in."""

from __future__ import annotations

import asyncio

from devices.errors import LinkLost

#: pushes that may wait; more means that nobody reads, and the sender must try again
WAITING = 64


class PushLink:
    """Bytes come in by :meth:`feed`. ``b""`` before and after each message keeps messages apart."""

    def __init__(self) -> None:
        self.note = ""
        self._inbox: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING)

    async def open(self) -> None:
        """Nothing to open."""

    async def feed(self, data: bytes) -> None:
        """One whole message; waits while the inbox is full."""
        await self._inbox.put(data)
        await self._inbox.put(b"")

    async def read(self) -> bytes:
        """The next message, or ``b""`` at its end."""
        data = await self._inbox.get()
        if data is None:
            raise LinkLost("The device was stopped.", remedy="none")
        return data

    async def write(self, data: bytes) -> None:
        """There is no way back. Raises :class:`LinkLost`."""
        raise LinkLost("This device only sends; nothing can be sent to it.", remedy="none")

    async def close(self) -> None:
        """Wake a waiting read."""
        if self._inbox.full():
            self._inbox.get_nowait()
        self._inbox.put_nowait(None)

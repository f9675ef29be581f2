"""One wire for several devices: a two-wire RS-485 pair, or a gateway that serves one connection.

Each device has a :class:`Member`, a link like any other. Whoever has the turn may speak and hears everything until
the turn ends; what comes outside any turn is a late answer and is thrown away. Turns are given in the order in which
they are asked for, so that no device can keep the others waiting for longer than its own time-out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from devices.errors import LinkError, LinkLost
from devices.links import Link

#: silence between two turns in seconds: more than 3.5 characters at 2400 baud
GAP_S = 0.02


class Bus:
    """The wire itself, opened by the first member and closed after the last."""

    def __init__(self, make: Callable[[], Link]) -> None:
        self._make = make
        self._link: Link | None = None
        self._pump: asyncio.Task[None] | None = None
        self._members: set[Member] = set()
        self._owner: Member | None = None
        self._turns = asyncio.Lock()
        self._opening = asyncio.Lock()
        #: bytes that came outside any turn
        self.stray = 0

    def member(self) -> Member:
        """A link for one device."""
        return Member(self)

    async def join(self, member: Member) -> None:
        """Open the wire if nobody has. Raises :class:`LinkRefused`."""
        async with self._opening:
            if self._link is None:
                link = self._make()
                try:
                    await link.open()
                except BaseException:
                    await link.close()
                    raise
                self._link = link
                self._pump = asyncio.create_task(self._listen(link), name="shared wire")
            self._members.add(member)

    async def leave(self, member: Member) -> None:
        """Close the wire when the last one leaves."""
        self._members.discard(member)
        if self._owner is member:
            self._owner = None
        async with self._opening:
            if self._members or self._link is None:
                return
            link, self._link = self._link, None
            if self._pump is not None:
                self._pump.cancel()
                await asyncio.gather(self._pump, return_exceptions=True)
            await link.close()

    @asynccontextmanager
    async def turn(self, member: Member) -> AsyncIterator[None]:
        """Nobody else speaks meanwhile."""
        async with self._turns:
            self._owner = member
            try:
                yield
            finally:
                self._owner = None
                await asyncio.sleep(GAP_S)

    async def write(self, member: Member, data: bytes) -> None:
        """Send; outside a turn, in a short turn of its own. Raises :class:`LinkLost`."""
        if self._owner is not member:
            async with self.turn(member):
                await self._write(data)
            return
        await self._write(data)

    async def _write(self, data: bytes) -> None:
        if self._link is None:
            raise LinkLost("The shared wire is not open.", remedy="plug_in")
        await self._link.write(data)

    async def _listen(self, link: Link) -> None:
        while True:
            try:
                data = await link.read()
            except LinkError as error:
                lost = error if isinstance(error, LinkLost) else LinkLost(error.sentence, remedy=error.remedy)
                members, self._members = self._members, set()
                self._link = None
                for member in members:
                    member.lost(lost)
                await link.close()
                return
            if self._owner is not None:
                self._owner.heard(data)
            else:
                self.stray += len(data)


class Member:
    """The link of one device on a shared wire."""

    def __init__(self, bus: Bus) -> None:
        self.note = ""
        self._bus = bus
        self._inbox: asyncio.Queue[bytes | LinkLost] = asyncio.Queue()

    async def open(self) -> None:
        """Join. Raises :class:`LinkRefused`."""
        await self._bus.join(self)

    def heard(self, data: bytes) -> None:
        """Bytes came in this member's turn."""
        self._inbox.put_nowait(data)

    def lost(self, lost: LinkLost) -> None:
        """The wire broke."""
        self._inbox.put_nowait(lost)

    async def read(self) -> bytes:
        """What came in our turns. Raises :class:`LinkLost`."""
        found = await self._inbox.get()
        if isinstance(found, LinkLost):
            raise found
        return found

    async def write(self, data: bytes) -> None:
        """Send. Raises :class:`LinkLost`."""
        await self._bus.write(self, data)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Ask and hear the answer without anybody speaking between."""
        async with self._bus.turn(self):
            yield

    async def close(self) -> None:
        """Leave."""
        await self._bus.leave(self)
        self._inbox.put_nowait(LinkLost("The device was stopped.", remedy="none"))

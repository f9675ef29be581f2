"""Keeps a link open for ever: tries again with growing, jittered pauses; never spins, never gives up.

The pause grows with every failure and only starts afresh after the link has stayed open for a while, so
that a peer that accepts and hangs up at once is not hammered.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from devices.errors import LinkError, LinkLost, LinkRefused
from devices.links import Link

_DICE = secrets.SystemRandom()


@dataclass(slots=True)
class Backoff:
    """Pauses in seconds: ``first``, doubled up to ``most``, each shortened by up to ``jitter`` of itself."""

    first: float = 0.5
    most: float = 10.0
    jitter: float = 0.3
    #: how long a link must have lived before its loss counts as the first failure again
    healthy: float = 5.0
    failures: int = 0

    def next(self) -> float:
        """The pause before the next attempt."""
        pause = min(self.most, self.first * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return pause * (1 - self.jitter * _DICE.random())

    def lived(self, seconds: float) -> None:
        """A link was open for so long."""
        if seconds >= self.healthy:
            self.failures = 0


@dataclass(frozen=True, slots=True)
class LinkReport:
    """What became of the link. ``retry_in`` seconds until the next attempt, None when it is open."""

    state: Literal["opening", "open", "refused", "lost"]
    code: str = ""
    sentence: str = ""
    remedy: str = "none"
    retry_in: float | None = None


class Line:
    """A link that is always being kept open. One reader task; writes from anywhere in the event loop.

    ``greeting`` is sent each time it has been opened.
    """

    def __init__(
        self,
        make: Callable[[], Link],
        *,
        report: Callable[[LinkReport], None],
        backoff: Backoff | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        greeting: bytes = b"",
    ) -> None:
        self._make = make
        self._greeting = greeting
        self._report = report
        self._backoff = backoff or Backoff()
        self._monotonic = monotonic
        self._link: Link | None = None
        self._since = 0.0
        self._pause = 0.0
        self._closed = False

    @property
    def link(self) -> Link | None:
        """The link while it is open."""
        return self._link

    async def read(self) -> bytes:
        """What arrived next. ``b""`` when the line broke and half a frame must be given up.

        Opens and reopens the link as needed; never raises :class:`LinkError`.
        """
        if self._link is None:
            await self._open()
        link = self._link
        assert link is not None
        try:
            return await link.read()
        except LinkLost as lost:
            await self._lost(link, lost)
            return b""

    async def write(self, data: bytes) -> None:
        """Send now or not at all. Raises :class:`LinkLost` when the link is not open."""
        link = self._link
        if link is None:
            raise LinkLost("The link to the device is not open.", remedy="plug_in")
        await link.write(data)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Ask and hear the answer undisturbed, where several devices share the wire."""
        turn = getattr(self._link, "turn", None)
        if turn is None:
            yield
            return
        async with turn():
            yield

    async def bounce(self) -> None:
        """Close the present link; the reader opens it again. For peers that look alive and say nothing."""
        if self._link is not None:
            await self._link.close()

    async def close(self) -> None:
        """Give the wire back for good."""
        self._closed = True
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    async def _open(self) -> None:
        while self._link is None:
            if self._pause:
                pause, self._pause = self._pause, 0.0
                await asyncio.sleep(pause)
            self._report(LinkReport("opening"))
            link = self._make()
            try:
                await link.open()
                if self._greeting:
                    await link.write(self._greeting)
            except LinkError as error:
                await link.close()
                self._pause = self._backoff.next()
                code = error.code if isinstance(error, LinkRefused | LinkLost) else "lost"
                self._report(LinkReport("refused", code, error.sentence, error.remedy, self._pause))
            except BaseException:
                await link.close()
                raise
            else:
                self._link = link
                self._since = self._monotonic()
                self._report(LinkReport("open"))

    async def _lost(self, link: Link, lost: LinkLost) -> None:
        self._link = None
        self._backoff.lived(self._monotonic() - self._since)
        await link.close()
        self._pause = self._backoff.next()
        self._report(LinkReport("lost", lost.code, lost.sentence, lost.remedy, self._pause))

"""The bell: tells whoever waits that the journal has grown. A hint; the journal is the truth."""

from __future__ import annotations

import asyncio
import threading
import time


class Bell:
    """Rung after each commit with the newest journal number; heard by tasks of any loop and by threads.

    The number only grows, so a waiter that names the last event it has seen can never miss a ring: if
    there is more already, :meth:`wait` returns at once.
    """

    def __init__(self, seq: int = 0) -> None:
        self._seq = seq
        self._changed = threading.Condition()
        self._waiters: dict[asyncio.Future[None], asyncio.AbstractEventLoop] = {}

    @property
    def seq(self) -> int:
        """The newest journal number heard of."""
        return self._seq

    def ring(self, seq: int) -> None:
        """The journal reaches ``seq`` now. Safe from any thread; older numbers are ignored."""
        with self._changed:
            if seq <= self._seq:
                return
            self._seq = seq
            self._changed.notify_all()
            waiters, self._waiters = self._waiters, {}
        for future, loop in waiters.items():
            try:
                loop.call_soon_threadsafe(_wake, future)
            except RuntimeError:  # the loop is closed: nobody is waiting there any more
                continue

    async def wait(self, after: int, within: float | None = None) -> int:
        """Sleep until the journal is longer than ``after``, or ``within`` seconds; returns its length."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        with self._changed:
            if self._seq > after:
                return self._seq
            self._waiters[future] = loop
        try:
            async with asyncio.timeout(within):
                await future
        except TimeoutError:
            pass
        finally:
            with self._changed:
                self._waiters.pop(future, None)
        return self._seq

    def wait_in_thread(self, after: int, within: float | None = None) -> int:
        """As :meth:`wait`, for a thread that may block."""
        deadline = None if within is None else time.monotonic() + within
        with self._changed:
            while self._seq <= after:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    break
                self._changed.wait(left)
            return self._seq


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)

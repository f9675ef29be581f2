"""First come, first served: a lock for one connection shared by an event loop and by threads.

A plain lock would let a thread that writes chunk after chunk take it again and again while scans wait.
Here whoever waits longest is next, and the loop waits without blocking.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable


class Turns:
    """A fair mutual exclusion. Release may happen on another thread than acquisition."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._held = False
        self._waiting: deque[Callable[[], None]] = deque()

    def acquire(self) -> None:
        """Take a turn; blocks the thread until it comes."""
        turn = threading.Event()
        if not self._take_or_wait(turn.set):
            turn.wait()

    def acquire_first(self, within: float) -> bool:
        """Take the next turn, before everybody who waits; False when it did not come ``within`` seconds."""
        turn = threading.Event()
        if self._take_or_wait(turn.set, first=True) or turn.wait(within):
            return True
        with self._mutex:
            if turn.set in self._waiting:
                self._waiting.remove(turn.set)
        return turn.is_set()

    async def acquire_soon(self) -> None:
        """Take a turn; the task sleeps until it comes."""
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            try:
                loop.call_soon_threadsafe(self._hand_over, turn)
            except RuntimeError:  # the loop closed while it waited: the turn goes on to the next
                self.release()

        if self._take_or_wait(wake):
            return
        try:
            await turn
        except asyncio.CancelledError:
            with self._mutex:
                if wake in self._waiting:
                    self._waiting.remove(wake)
            if turn.done() and not turn.cancelled():
                self.release()
            raise

    def _hand_over(self, turn: asyncio.Future[None]) -> None:
        if turn.done():  # cancelled after it had been chosen
            self.release()
        else:
            turn.set_result(None)

    def _take_or_wait(self, wake: Callable[[], None], *, first: bool = False) -> bool:
        with self._mutex:
            if not self._held:
                self._held = True
                return True
            if first:
                self._waiting.appendleft(wake)
            else:
                self._waiting.append(wake)
            return False

    def release(self) -> None:
        """End the turn; the one who waited longest has it now."""
        with self._mutex:
            if not self._waiting:
                self._held = False
                return
            wake = self._waiting.popleft()
        wake()

"""Lamps, barriers and relay boards of a place: what was decided there is shown there, and that is recorded.

A decision never waits for a lamp. A board that cannot be switched is a fault that the devices page shows; the decision
stands, and a person at the gate opens by hand.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from devices.config import AnyDevice, Relay
from devices.fleet import Fleet
from devices.readings import Verdict
from terminal.cases import device_readings
from terminal.cases.once import Request
from terminal.store import Store
from workflows.roles import Actor

log = logging.getLogger("karvon")
#: a board that has not answered for so many seconds is not waited for
PATIENCE_S = 5.0


class Lamps:
    """The relays of all points. Verdicts of one relay are shown in the order in which they were given."""

    def __init__(
        self,
        devices: Sequence[AnyDevice],
        fleet: Callable[[], Fleet | None],
        store: Store,
        clock: Callable[[], datetime],
    ) -> None:
        self._relays: dict[str, list[Relay]] = defaultdict(list)
        for device in devices:
            if isinstance(device, Relay) and device.enabled:
                self._relays[device.point].append(device)
        self._fleet, self._store, self._clock = fleet, store, clock
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._showing: set[asyncio.Task[None]] = set()

    def show(self, point: str | None, verdict: Verdict, about: str) -> None:
        """Show a verdict on every relay of the point, soon; returns at once. ``about`` is whom it was decided on.

        A repeat is shown only where the configuration names it: a barrier must not open again for a vehicle that left.
        """
        for relay in self._relays.get(point or "", ()):
            if verdict not in relay.signals:
                continue
            task = asyncio.get_running_loop().create_task(
                self._show(relay, verdict, about), name=f"lamp {relay.id}"
            )
            self._showing.add(task)
            task.add_done_callback(self._showing.discard)

    async def settled(self) -> None:
        """Wait until everything asked for so far has been shown or given up."""
        await asyncio.gather(*self._showing, return_exceptions=True)

    async def _show(self, relay: Relay, verdict: Verdict, about: str) -> None:
        async with self._turns[relay.id]:
            fault = await self._switch(relay, verdict)
        if fault:
            log.error("%s did not show %s for %s: %s", relay.id, verdict, about, fault)
        request = Request(Actor("terminal"), self._clock(), "", point=relay.point, device=relay.id)
        with suppress(
            Exception
        ):  # the store says itself what is wrong with it; the decision is recorded anyway
            await self._store.write(
                lambda books: device_readings.shown(books, relay.id, verdict, about, fault, request)
            )

    async def _switch(self, relay: Relay, verdict: Verdict) -> str:
        fleet = self._fleet()
        if fleet is None:
            return "The devices of this terminal do not run now."
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await fleet.switch(relay.id, verdict)
        except TimeoutError:
            return "The board did not answer in time."

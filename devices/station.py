"""The place of one device in the fleet: its health, its counters and its bounded queue of readings.

Adapters talk to their station only, so that no device can slow or confuse another.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from devices.config import AnyDevice
from devices.health import Counters, Health, State
from devices.links.shared import Bus
from devices.links.supervise import LinkReport
from devices.protocols.results import Noise, Result
from devices.readings import Reading, Trouble, new_id, utc_now

log = logging.getLogger("karvon.devices")

#: at most one refused frame of a device goes into the log in so many seconds
LOG_AGAIN_S = 5.0
#: readings of one device that may wait; then its adapter waits, then its wire
QUEUE = 256
#: seconds over which the frame rate is counted
RATE_S = 10.0


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as devices need it: seconds that never run backwards, and UTC for records."""

    monotonic: Callable[[], float] = time.monotonic
    utc: Callable[[], datetime] = utc_now


@dataclass(frozen=True, slots=True)
class Tapped:
    """What passed a wire, for monitor and recorder: ``results`` are the frames these bytes completed.

    ``way`` is ``in`` or ``out``; ``gap`` marks a break of the line; ``t`` monotonic seconds.
    """

    device: str
    t: float
    way: Literal["in", "out", "gap"]
    data: bytes
    results: tuple[Result, ...] = ()
    readings: tuple[Reading, ...] = ()


class Station:
    """One device: what it reports, how it is doing."""

    def __init__(
        self, config: AnyDevice, clock: Clock, *, wake: Callable[[str], None], bus: Bus | None = None
    ) -> None:
        self.config = config
        self.clock = clock
        #: the wire it shares with other devices, if it does
        self.bus = bus
        self.counters = Counters()
        self.protocol = getattr(config, "protocol", "")
        #: model and version: as configured, until the device says itself
        self.firmware = config.firmware
        self.taps: list[Callable[[Tapped], None]] = []
        self.queue: deque[Reading] = deque()
        #: readings emitted since the adapter last cleared this; shown to taps, kept only while there are any
        self.fresh: list[Reading] = []
        self._wake = wake
        self._space = asyncio.Event()
        self._space.set()
        self._open = 0
        #: set while every reading handed out has been dealt with by whoever takes readings
        self.settled = asyncio.Event()
        self.settled.set()
        self._state: State = "starting"
        self._code = "starting"
        self._sentence = "The device is being started."
        self._remedy = "none"
        self._since = clock.utc()
        self._last_frame: datetime | None = None
        self._ticks: deque[float] = deque(maxlen=1000)
        self._logged = float("-inf")

    async def emit(self, reading: Reading) -> None:
        """Hand a reading on; waits while the queue is full, so that nothing is ever dropped."""
        while len(self.queue) >= QUEUE:
            self._space.clear()
            await self._space.wait()
        self.queue.append(reading)
        self._open += 1
        self.settled.clear()
        if self.taps:
            self.fresh.append(reading)
        self.counters.readings += 1
        self._wake(self.config.id)

    def pop(self) -> Reading | None:
        """The oldest waiting reading, or None."""
        if not self.queue:
            return None
        reading = self.queue.popleft()
        self._space.set()
        return reading

    def settle(self) -> None:
        """One popped reading has been dealt with (stored, answered): a wire that waits may be acknowledged."""
        self._open -= 1
        if self._open == 0:
            self.settled.set()

    async def trouble(self, code: str, sentence: str, remedy: str, raw: bytes = b"") -> None:
        """Tell people about something that is no reading."""
        await self.emit(
            Trouble(
                id=new_id(),
                device=self.config.id,
                point=self.config.point,
                at=self.clock.utc(),
                code=code,
                sentence=sentence,
                remedy=remedy,
                raw=raw,
            )
        )

    def state(self, state: State, code: str, sentence: str, remedy: str = "none") -> bool:
        """Set the state; True when it changed."""
        changed = (state, code) != (self._state, self._code)
        if changed:
            self._since = self.clock.utc()
        self._state, self._code, self._sentence, self._remedy = state, code, sentence, remedy
        return changed

    @property
    def current(self) -> State:
        """The state now."""
        return self._state

    def link_report(self, report: LinkReport) -> bool:
        """Turn news of the link into a state; True when it changed. An open link is ``no_data`` until frames come."""
        if report.state == "opening":
            return False
        if report.state == "open":
            return self.state("no_data", "opened", "The link is open; nothing has come yet.", "check_wiring")
        if report.state == "lost":
            self.counters.reconnects += 1
        return self.state("no_link", report.code, report.sentence, report.remedy)

    def frame(self) -> None:
        """A well-formed frame (or picture) has come."""
        self.counters.frames += 1
        self._last_frame = self.clock.utc()
        self._ticks.append(self.clock.monotonic())

    def noise(self, noise: Noise) -> None:
        """Bytes have come that are no reading: count them, and log some of them."""
        now = self.clock.monotonic()
        if now - self._logged >= LOG_AGAIN_S:
            self._logged = now
            log.info(
                "%s: %s %s (%s)", self.config.id, noise.error, noise.raw[:64].hex(" "), noise.reason or "-"
            )
        self.counters.resync_bytes += len(noise.raw)
        match noise.error:
            case "bad_checksum":
                self.counters.bad_check += 1
            case "truncated":
                self.counters.truncated += 1
            case "overlong":
                self.counters.overlong += 1
            case "noise":
                pass
            case _:
                self.counters.bad_format += 1

    def tap(self, tapped: Tapped) -> None:
        """Show what passed the wire to whoever listens."""
        for listener in self.taps:
            listener(tapped)

    def health(self) -> Health:
        """A snapshot."""
        now = self.clock.monotonic()
        recent = [tick for tick in self._ticks if now - tick <= RATE_S]
        return Health(
            device=self.config.id,
            kind=self.config.kind,
            protocol=self.protocol,
            point=self.config.point,
            url=shown(self.config.url),
            state=self._state,
            code=self._code,
            sentence=self._sentence,
            remedy=self._remedy,
            since=self._since,
            last_frame=self._last_frame,
            frame_rate=round(len(recent) / RATE_S, 2),
            firmware=self.firmware,
            counters=replace(self.counters),
        )


def shown(url: str) -> str:
    """A URL without the user name and password that may stand in it."""
    head, sep, tail = url.partition("://")
    if not sep or "@" not in tail.split("/", 1)[0]:
        return url
    return head + sep + tail.split("@", 1)[1]

"""All devices of one place: started together, watched one by one, one stream of readings out.

::

    async with Fleet(load_devices(tables)) as fleet:
        async for reading in fleet.readings():
            ...

or ``Fleet(configs, on_reading)``: then every device has its own worker that awaits ``on_reading`` for
one reading after the other, and signals the verdict it returns back to the device: the beep comes after
the commit. Readings of one device keep their order; a device that is slow, silent or broken holds up
nobody else; nothing is dropped: a queue that is full holds back its own wire only.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from devices.adapters import Adapter, adapter_for
from devices.adapters.camera import CameraAdapter
from devices.adapters.printer import PrinterAdapter
from devices.adapters.scale import ScaleAdapter
from devices.adapters.wire import WireAdapter, line_settings
from devices.config import AnyDevice, WireDevice
from devices.errors import LinkError
from devices.health import Health
from devices.links import make_link
from devices.links.pictures import Picture
from devices.links.shared import Bus
from devices.links.supervise import Backoff
from devices.live import Live, NotWeighed
from devices.printing import PrintResult
from devices.readings import Reading, Verdict, WeightReading
from devices.station import Clock, Station, Tapped

log = logging.getLogger("karvon.devices")

OnReading = Callable[[Reading], Awaitable[Verdict | None]]

#: live weights are offered to screens at most so often
LIVE_S = 0.2
#: readings that wait when the fleet stops may take so many seconds to be handed on
DRAIN_S = 5.0


class UnknownDevice(KeyError):  # noqa: N818 -- the name says what happened
    """There is no device of that id; the text lists the known ones."""

    def __init__(self, device_id: str, known: Iterable[str]) -> None:
        super().__init__(f"there is no device {device_id!r}; known are {', '.join(sorted(known)) or 'none'}")

    def __str__(self) -> str:
        return str(self.args[0])


class Fleet:
    """The devices of one ``karvon.toml`` or ``gateway.toml``."""

    def __init__(
        self,
        configs: Iterable[AnyDevice],
        on_reading: OnReading | None = None,
        *,
        clock: Clock | None = None,
    ) -> None:
        self._clock = clock or Clock()
        self._on_reading = on_reading
        self._stations: dict[str, Station] = {}
        self._adapters: dict[str, Adapter] = {}
        self._bells: dict[str, asyncio.Event] = {}
        self._bell = asyncio.Event()
        self._turn = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._workers: list[asyncio.Task[None]] = []
        configs = list(configs)
        buses = shared_wires(configs)
        for config in configs:
            station = Station(config, self._clock, wake=self._ring, bus=buses.get(config.url))
            self._stations[config.id] = station
            self._bells[config.id] = asyncio.Event()
            if config.enabled:
                self._adapters[config.id] = adapter_for(config, station)
            else:
                station.state("off", "off", "Switched off in the configuration.")

    async def __aenter__(self) -> Self:
        """Start every device; a device that cannot be reached does not delay the others."""
        for device_id in self._adapters:
            self._tasks.append(asyncio.create_task(self._keep_running(device_id), name=f"device {device_id}"))
        if self._on_reading is not None:
            for device_id in self._stations:
                self._workers.append(
                    asyncio.create_task(self._hand_on(device_id), name=f"worker {device_id}")
                )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop every device and give all wires back; what was read before is handed on first."""
        await _end(self._tasks)
        if self._workers:
            with suppress(TimeoutError):
                async with asyncio.timeout(DRAIN_S):
                    for station in self._stations.values():
                        await station.settled.wait()
        await _end(self._workers)

    async def readings(self) -> AsyncIterator[Reading]:
        """Every reading of every device, turn by turn. Not together with ``on_reading``. Ends never."""
        stations = list(self._stations.values())
        while True:
            self._bell.clear()
            found = False
            for _ in range(len(stations)):
                station = stations[self._turn % len(stations)]
                self._turn += 1
                reading = station.pop()
                if reading is not None:
                    found = True
                    yield reading
                    station.settle()
            if not found:
                await self._bell.wait()

    def live(self, device_id: str) -> Live | None:
        """What a scale shows now; None for a device that does not weigh. Raises :class:`UnknownDevice`."""
        self._station(device_id)
        adapter = self._adapters.get(device_id)
        return adapter.live() if isinstance(adapter, ScaleAdapter) else None

    async def lives(self) -> AsyncIterator[Live]:
        """Changes of the live weights of all scales, each scale at most five times a second."""
        shown: dict[str, tuple[object, ...]] = {}
        while True:
            for device_id, adapter in self._adapters.items():
                if not isinstance(adapter, ScaleAdapter):
                    continue
                live = adapter.live()
                face = (live.phase, live.kg, live.value, live.unit, live.mode, live.flags)
                if shown.get(device_id) != face:
                    shown[device_id] = face
                    yield live
            await asyncio.sleep(LIVE_S)

    async def capture(self, device_id: str, timeout: float = 10.0) -> WeightReading | NotWeighed:  # noqa: ASYNC109 -- the refusal must say what the scale did meanwhile
        """A stable weight with its trace, or why there is none after ``timeout`` seconds.

        Asking again gives a new reading with a new id. Raises :class:`UnknownDevice`.
        """
        self._station(device_id)
        adapter = self._adapters.get(device_id)
        if not isinstance(adapter, ScaleAdapter):
            return NotWeighed.because(device_id, "not_a_scale")
        return await adapter.capture(timeout)

    async def signal(self, device_id: str, verdict: Verdict) -> bool:
        """Lamp and beep at the device. False when it has neither or cannot be reached now.

        Raises :class:`UnknownDevice`.
        """
        self._station(device_id)
        adapter = self._adapters.get(device_id)
        if adapter is None:
            return False
        try:
            return await adapter.signal(verdict)
        except LinkError as error:
            log.info("%s: no signal: %s", device_id, error.sentence)
            return False

    async def switch(self, device_id: str, verdict: Verdict) -> str:
        """Show a verdict on a lamp or barrier; empty when it is shown, else the sentence that says why it is not.

        Raises :class:`UnknownDevice`.
        """
        station = self._station(device_id)
        adapter = self._adapters.get(device_id)
        if adapter is None:
            return "It is switched off in the configuration."
        try:
            return "" if await adapter.signal(verdict) else "It has no signal for this verdict."
        except LinkError as error:
            station.counters.timeouts += 1
            return error.sentence

    async def send(self, device_id: str, data: bytes) -> None:
        """Write to a device (a label to a printer). Raises :class:`LinkError`, :class:`UnknownDevice`."""
        await self._wire(device_id).send(data)

    async def print(self, device_id: str, zpl: str | bytes) -> PrintResult:
        """Print labels on a printer of the fleet, with its own words when it does not.

        Raises :class:`UnknownDevice`, and ``ValueError`` for half a format.
        """
        self._station(device_id)
        adapter = self._adapters.get(device_id)
        if not isinstance(adapter, PrinterAdapter):
            return PrintResult("not_sent", f"{device_id} is no label printer that is switched on.")
        return await adapter.print(zpl)

    async def feed(self, device_id: str, data: bytes) -> None:
        """One whole message that came for a ``push://`` device by HTTP. Raises :class:`UnknownDevice`."""
        await self._wire(device_id).feed(data)

    def picture(self, device_id: str) -> Picture | None:
        """The last picture of a camera, None when there is none (yet). Raises :class:`UnknownDevice`."""
        self._station(device_id)
        adapter = self._adapters.get(device_id)
        return adapter.last if isinstance(adapter, CameraAdapter) else None

    def health(self) -> list[Health]:
        """How every device is doing, in the order of the configuration."""
        return [station.health() for station in self._stations.values()]

    def health_of(self, device_id: str) -> Health:
        """How one device is doing. Raises :class:`UnknownDevice`."""
        return self._station(device_id).health()

    def config(self, device_id: str) -> AnyDevice:
        """The configuration of one device. Raises :class:`UnknownDevice`."""
        return self._station(device_id).config

    def tap(self, device_id: str, listener: Callable[[Tapped], None]) -> Callable[[], None]:
        """Listen to what passes a wire (monitor, recorder); returns the call that ends it.

        The listener must not wait. Raises :class:`UnknownDevice`.
        """
        taps = self._station(device_id).taps
        taps.append(listener)

        def end() -> None:
            with suppress(ValueError):
                taps.remove(listener)

        return end

    def _station(self, device_id: str) -> Station:
        try:
            return self._stations[device_id]
        except KeyError:
            raise UnknownDevice(device_id, self._stations) from None

    def _wire(self, device_id: str) -> WireAdapter:
        self._station(device_id)
        adapter = self._adapters.get(device_id)
        if not isinstance(adapter, WireAdapter):
            raise LinkError(f"{device_id} has no wire to write to.", remedy="none")
        return adapter

    def _ring(self, device_id: str) -> None:
        self._bell.set()
        self._bells[device_id].set()

    async def _keep_running(self, device_id: str) -> None:
        """Run an adapter for ever. A fault of ours is logged, shown and tried again; the others go on."""
        station = self._stations[device_id]
        backoff = Backoff(first=1.0, most=60.0)
        while True:
            started = self._clock.monotonic()
            try:
                await self._adapters[device_id].run()
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("%s: the adapter failed; it is started again", device_id)
                station.state(
                    "failed", "failed", "Karvon failed at this device and tries again.", "use_other"
                )
            backoff.lived((self._clock.monotonic() - started) / 60)
            await asyncio.sleep(backoff.next())
            self._adapters[device_id] = adapter_for(station.config, station)

    async def _hand_on(self, device_id: str) -> None:
        """Await ``on_reading`` for one reading after the other and signal its verdict."""
        assert self._on_reading is not None
        station, bell = self._stations[device_id], self._bells[device_id]
        while True:
            bell.clear()
            while (reading := station.pop()) is not None:
                try:
                    verdict = await self._on_reading(reading)
                except Exception:
                    log.exception("%s: reading %s could not be taken", device_id, reading.id)
                    verdict = "attention"
                station.settle()
                if verdict is not None:
                    await self.signal(device_id, verdict)
            await bell.wait()


def shared_wires(configs: Iterable[AnyDevice]) -> dict[str, Bus]:
    """A shared wire for each URL that several devices have (the configuration has seen that they can share it)."""
    users: dict[str, list[WireDevice]] = {}
    for config in configs:
        if isinstance(config, WireDevice) and config.enabled and not config.url.startswith("push:"):
            users.setdefault(config.url, []).append(config)
    return {url: _bus(url, line_settings(those[0])) for url, those in users.items() if len(those) > 1}


def _bus(url: str, line: Mapping[str, Any]) -> Bus:
    return Bus(lambda: make_link(url, line))


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait until they have cleaned up."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    tasks.clear()

"""What all simulated devices on a wire share: a port, a codec for each direction, faults on the way out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from devices.protocols import codec
from devices.protocols.results import Noise, Result
from simulators.faults import Faults, Mistake
from simulators.ports import Port

#: pause between the pieces of a torn frame, so that they arrive as separate reads
PIECE_S = 0.002

#: what a codec may raise over fields of the wrong kind; they come from the control port and may be anything
SPEECHLESS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, StopIteration)


class WireDevice:
    """One device on a port. Families add what it does by itself and how it answers."""

    kind = "device"

    def __init__(
        self, device_id: str, protocol: str, settings: Mapping[str, Any], faults: Faults, point: str = ""
    ) -> None:
        self.id = device_id
        self.protocol = protocol
        self.point = point
        self.faults = faults
        self.port: Port | None = None
        self.codec = codec(protocol, settings)
        self.host = self._host_codec(settings)
        self._sending = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self.sent = 0

    def _host_codec(self, settings: Mapping[str, Any]) -> Any:
        return codec(self.protocol, settings, direction="host_to_device")

    async def start(self, port: Port) -> None:
        """Plug the device in and let it work. Raises ``OSError`` when the port cannot be made."""
        self.port = port
        await port.plug()
        for work in self.jobs():
            self._keep(asyncio.create_task(work))

    async def stop(self) -> None:
        """Stop and unplug."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.port is not None:
            await self.port.unplug()

    def jobs(self) -> list[Any]:
        """Coroutines of what the device does without being asked."""
        return []

    def heard(self, data: bytes) -> None:
        """Bytes from the host: decode them and answer each command."""
        for result in self.host.feed(data):
            if not isinstance(result, Noise):
                self._keep(asyncio.create_task(self.answer(result)))

    def greeted(self) -> None:
        """Somebody connected; most devices do not care."""

    async def answer(self, command: Result) -> None:
        """Answer one command; a device that knows none stays silent."""

    async def send(self, *results: Result) -> bool:
        """Send frames through the faults. True when somebody listened. Raises :class:`Mistake`."""
        try:
            frames = [self.codec.encode(result) for result in results]
        except SPEECHLESS as error:
            raise Mistake(f"{self.protocol} cannot say that: {error or type(error).__name__}") from error
        return await self.send_raw(*frames)

    async def send_raw(self, *frames: bytes) -> bool:
        """Send bytes through the faults. True when somebody listened."""
        port = self.port
        if port is None:
            return False
        async with self._sending:
            listened = port.connected
            for frame in frames:
                if self.faults.rates.slow_s:
                    await asyncio.sleep(self.faults.rates.slow_s)
                for number, piece in enumerate(self.faults.apply(frame)):
                    if number:
                        await asyncio.sleep(PIECE_S)
                    await port.write(piece)
                self.sent += 1
        return listened

    def describe(self) -> dict[str, Any]:
        """For ``GET /devices``."""
        port = self.port
        return {
            "id": self.id,
            "kind": self.kind,
            "protocol": self.protocol,
            "point": self.point,
            "url": port.url if port else None,
            "plugged": bool(port and port.plugged),
            "connected": bool(port and port.connected),
            "sent": self.sent,
            "faults": self.faults.rates.on(),
        }

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class FrameDevice(WireDevice):
    """Any other device: it sends the frames it is told to (plates, passports, tags, portal alarms)."""

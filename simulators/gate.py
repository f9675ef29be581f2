"""Simulated gate devices: passport readers, tag readers, radiation portals, label printers, plate cameras.

Each sends what it is told to (``POST /send`` with the fields of a frame) and does by itself what the real device
does: a portal reports background, a tag reader keeps its link alive, a printer answers ``~HS`` and takes labels.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

from devices.protocols.results import Message, Result
from simulators import zpl
from simulators.base import FrameDevice
from simulators.faults import Faults, Mistake

#: a portal reports its background so often, and slices of a passage so often, in seconds
BACKGROUND_S, SLICE_S = 5.0, 0.2
#: a reader of tags asks for a sign of life so often and hangs up after so many unanswered
KEEPALIVE_S, UNANSWERED = 10.0, 3
#: a label printer needs so many seconds for a label
LABEL_S = 0.3
#: status words of a printer that an operator can cause
PRINTER_TROUBLES = ("paper_out", "ribbon_out", "head_open", "paused")


class TagReader(FrameDevice):
    """An LLRP reader: greets a new client, keeps the link alive, answers each command with success."""

    kind = "reader"

    def __init__(
        self,
        device_id: str,
        protocol: str,
        settings: Mapping[str, Any],
        faults: Faults,
        point: str = "",
        *,
        keepalive_s: float = KEEPALIVE_S,
    ) -> None:
        super().__init__(device_id, protocol, settings, faults, point)
        self.keepalive_s = keepalive_s
        self.unanswered = 0
        self.hung_up = 0
        self.rospec: int | None = None
        self._numbers = 0

    def jobs(self) -> list[Any]:
        """The signs of life."""
        return [self._keep_alive()]

    def greeted(self) -> None:
        """A client connected."""
        self.unanswered = 0
        event = {"events": ["connection_attempt"], "connection": "ok", "time_us": _now_us()}
        self._keep(asyncio.create_task(self._greet(event)))

    async def _greet(self, event: Mapping[str, Any]) -> None:
        await self._tell("READER_EVENT_NOTIFICATION", **event)

    async def tags(self, epcs: Sequence[str], antenna: int = 1) -> bool:
        """Tags pass an antenna. True when somebody listened. Raises :class:`Mistake`."""
        if not epcs or any(len(epc) % 4 or not _is_hex(epc) for epc in epcs):
            raise Mistake("`epcs` is a list of EPCs, each hexadecimal digits in groups of four")
        seen = [
            {"epc": epc.upper(), "antenna": antenna, "rssi": -56, "last_seen_us": _now_us()} for epc in epcs
        ]
        return await self._tell("RO_ACCESS_REPORT", tags=seen)

    async def answer(self, command: Result) -> None:
        """Every request is answered with success; a keepalive acknowledgement resets the patience."""
        if not isinstance(command, Message):
            return
        name = str(command.fields["message"])
        if name == "KEEPALIVE_ACK":
            self.unanswered = 0
            return
        if name in {"START_ROSPEC", "ENABLE_ROSPEC"}:
            self.rospec = 1
        elif name in {"STOP_ROSPEC", "DISABLE_ROSPEC", "DELETE_ROSPEC"}:
            self.rospec = None
        reply = {
            "message": f"{name}_RESPONSE",
            "id": command.fields["id"],
            "version": command.fields["version"],
        }
        if name in {"ENABLE_EVENTS_AND_REPORTS", "GET_REPORT"}:
            return  # these two have no answer of their own
        await self.send(Message({**reply, "status_code": 0, "text": ""}))

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(self.keepalive_s)
            if self.port is None or not self.port.connected:
                continue
            if self.unanswered >= UNANSWERED:
                self.hung_up += 1
                self.unanswered = 0
                await self.port.unplug()
                await self.port.plug()
                continue
            self.unanswered += 1
            await self._tell("KEEPALIVE")

    async def _tell(self, name: str, **fields: Any) -> bool:
        self._numbers += 1
        return await self.send(Message({"message": name, "id": self._numbers, "version": 1, **fields}))

    def describe(self) -> dict[str, Any]:
        """For ``GET /devices``."""
        return {**super().describe(), "rospec": self.rospec, "hung_up": self.hung_up}


class Portal(FrameDevice):
    """A VM-250 portal: background all the time, slices while a vehicle passes, the end of the occupancy."""

    kind = "radiation"

    def __init__(
        self,
        device_id: str,
        protocol: str,
        settings: Mapping[str, Any],
        faults: Faults,
        point: str = "",
        *,
        background_s: float = BACKGROUND_S,
        seed: int | str = 0,
    ) -> None:
        super().__init__(device_id, protocol, settings, faults, point)
        self.background_s = background_s
        self.occupancy = 0
        self.last_alarm = ""
        self._dice = random.Random(seed)  # noqa: S311 -- repeatable counts, no secret
        self._occupied = asyncio.Lock()

    def jobs(self) -> list[Any]:
        """The background."""
        return [self._background()]

    async def vehicle(self, alarm: str = "", slices: int = 5) -> bool:
        """A vehicle passes; ``alarm`` is empty, ``gamma`` or ``neutron``. Raises :class:`Mistake`."""
        if alarm not in {"", "gamma", "neutron"}:
            raise Mistake(f"`alarm` is gamma, neutron or left out, not {alarm!r}")
        if not 1 <= slices <= 100:
            raise Mistake("`slices` is a number from 1 to 100")
        async with self._occupied:
            self.occupancy += 1
            self.last_alarm = alarm
            listened = False
            for number in range(slices):
                loud = alarm and number == slices // 2
                listened = await self.send(
                    self._record("GA" if loud and alarm == "gamma" else "GS", 1200 if loud else 240),
                    self._record("NA" if loud and alarm == "neutron" else "NS", 12 if loud else 2),
                )
                await asyncio.sleep(SLICE_S if number < slices - 1 else 0)
            await self.send(Message({"record": "GX", "occupancy": self.occupancy}))
            return listened

    def _record(self, record: str, about: int) -> Message:
        counts = [max(0, round(self._dice.gauss(about, about**0.5))) for _ in range(4)]
        return Message({"record": record, "counts": counts})

    async def _background(self) -> None:
        while True:
            await asyncio.sleep(self.background_s)
            async with self._occupied:
                await self.send(self._record("GB", 240), self._record("NB", 2))

    def describe(self) -> dict[str, Any]:
        """For ``GET /devices``."""
        return {**super().describe(), "occupancy": self.occupancy, "last_alarm": self.last_alarm}


class Printer(FrameDevice):
    """A ZPL printer: takes formats, prints them one after the other, tells its status; silent faults stop it.

    What came out can be looked at as a picture.
    """

    kind = "printer"

    def __init__(
        self, device_id: str, protocol: str, settings: Mapping[str, Any], faults: Faults, point: str = ""
    ) -> None:
        super().__init__(device_id, protocol, settings, faults, point)
        self.troubles: frozenset[str] = frozenset()
        self.printed: list[str] = []
        self._waiting: list[str] = []
        self._work = asyncio.Event()

    def jobs(self) -> list[Any]:
        """The print engine."""
        return [self._print()]

    def status(self, troubles: Sequence[str]) -> None:
        """Paper out, head open and so on; an empty list mends all. Raises :class:`Mistake`."""
        for word in troubles:
            if word not in PRINTER_TROUBLES:
                raise Mistake(f"a printer has no {word!r}; it has {', '.join(PRINTER_TROUBLES)}")
        self.troubles = frozenset(troubles)
        self._work.set()

    async def answer(self, command: Result) -> None:
        """``~HS`` and ``~HI`` are answered, a format goes into the buffer."""
        if not isinstance(command, Message):
            return
        if command.fields["command"] == "print":
            self._waiting.append(str(command.fields["zpl"]))
            self._work.set()
            return
        if command.fields["command"] == "~HI":
            await self.send(Message({"command": "~HI", "model": "KARVON-SIM", "firmware": "V1.0.0Z"}))
            return
        count = len(self._waiting)
        words = sorted(self.troubles)
        fields = {"status": words, "formats_in_buffer": min(count, 999), "labels_remaining": count}
        await self.send(Message(fields))

    async def _print(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while self._waiting and not self.troubles:
                await asyncio.sleep(LABEL_S)
                self.printed = [*self.printed, self._waiting.pop(0)][-100:]

    def paper(self) -> bytes:
        """The last label that came out, as a PNG. Raises :class:`Mistake` when there is none, or none can be drawn."""
        if not self.printed:
            raise Mistake("this printer has printed nothing yet")
        try:
            return zpl.png(self.printed[-1])
        except ValueError as error:
            raise Mistake(f"the label cannot be drawn: {error}") from None

    def describe(self) -> dict[str, Any]:
        """For ``GET /devices``."""
        return {
            **super().describe(),
            "printed": len(self.printed),
            "waiting": len(self._waiting),
            "troubles": sorted(self.troubles),
        }


def _now_us() -> int:
    return time.time_ns() // 1000


def _is_hex(text: str) -> bool:
    return bool(text) and all(letter in "0123456789abcdefABCDEF" for letter in text)

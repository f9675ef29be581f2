"""A simulated barcode scanner: sends a label when told to, answers its host, waits for acknowledgements."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from devices.protocols import codec
from devices.protocols.results import Label, Message, Result
from simulators.base import WireDevice
from simulators.faults import Faults, Mistake
from simulators.readers import ANSWERS, Answer
from simulators.symbologies import name_of

#: a presentation scanner repeats the label while it lies in its light, after so many seconds
REPEAT_S = 0.35
#: a set-up dialog whose labels travel as plain text beside it
TEXT_BESIDE = frozenset({"honeywell_menu", "newland_cmd", "sick_cola_b"})
#: an SSI decoder says a packet again after so many seconds without an acknowledgement, so many times
ACK_S, RETRIES = 2.0, 2
_RETRANSMISSION = 0x01
_NO_READ = Message({"barcode": None, "status": ["no_read"]})


class Scanner(WireDevice):
    """One scanner."""

    kind = "scanner"

    def __init__(
        self, device_id: str, protocol: str, settings: Mapping[str, Any], faults: Faults, point: str = ""
    ) -> None:
        super().__init__(device_id, protocol, settings, faults, point)
        self.last: str | None = None
        self.aim: str | None = None
        self.enabled = True
        self.acknowledged = 0
        self._answer_of = ANSWERS.get(protocol)
        self._text = codec("scan_text") if protocol in TEXT_BESIDE else None
        self._ack = asyncio.Event()

    async def scan(self, text: str, aim: str | None = None, times: int = 1) -> bool:
        """Read a label ``times`` times. True when somebody listened. Raises :class:`Mistake`."""
        if not text or len(text) > 4000:
            raise Mistake("`text` is what the barcode says, 1 to 4000 characters")
        if not 1 <= times <= 100:
            raise Mistake("`times` is a number from 1 to 100")
        if not self.enabled:
            raise Mistake(f"{self.id} was switched off by its host (SCAN_DISABLE)")
        self.last, self.aim = text, aim or guess_aim(text)
        listened = False
        for number in range(times):
            if number:
                await asyncio.sleep(REPEAT_S)
            listened = await self._send_label(text, self.aim)
        return listened

    async def _send_label(self, text: str, aim: str) -> bool:
        label = Label(text, aim, name_of(aim) if self.protocol == "ssi" else None)
        try:
            frame = (self._text or self.codec).encode(label)
        except ValueError as error:
            raise Mistake(f"{self.protocol} cannot say that: {error}") from error
        self._ack.clear()
        listened = await self.send_raw(frame)
        if self.protocol == "ssi" and listened:
            self._keep(asyncio.create_task(self._until_acknowledged(frame)))
        return listened

    async def _until_acknowledged(self, frame: bytes) -> None:
        """SSI: say it again, marked as a repetition, until the host acknowledges or the patience ends."""
        for _ in range(RETRIES):
            try:
                async with asyncio.timeout(ACK_S):
                    await self._ack.wait()
            except TimeoutError:
                await self.send_raw(_marked(frame))
            else:
                return

    async def answer(self, command: Result) -> None:
        """Answer one command of the host."""
        if self._answer_of is None or not isinstance(command, Message):
            return
        name = command.fields.get("command")
        if self.protocol == "ssi":
            if name in {"CMD_ACK", "MULTIPACKET_ACK"}:
                self.acknowledged += 1
                self._ack.set()
            elif name in {"SCAN_ENABLE", "SCAN_DISABLE"}:
                self.enabled = name == "SCAN_ENABLE"
        for reply in self._answer_of(command.fields):
            await self._reply(reply)

    async def _reply(self, reply: Answer) -> None:
        if isinstance(reply, Message):
            await self.send(reply)
        elif reply == "trigger":
            if self.last is not None and self.aim is not None:
                await self._send_label(self.last, self.aim)
        elif self.last is None and self.protocol in {"keyence_tcp", "sick_cola_a"}:
            await self.send(_NO_READ)  # the trigger went off and nothing had been read

    def describe(self) -> dict[str, Any]:
        """For ``GET /devices``."""
        return {**super().describe(), "last": self.last, "enabled": self.enabled}


def _marked(frame: bytes) -> bytes:
    """The same packet with its status bit for a repetition, and the checksum that goes with it."""
    size = frame[0]
    body = bytearray(frame[:size])
    body[3] |= _RETRANSMISSION
    return bytes(body) + (-sum(body) & 0xFFFF).to_bytes(2, "big") + frame[size + 2 :]


def guess_aim(text: str) -> str:
    """The AIM identifier a label with this text most likely has: GS1-128 for element strings, EAN, plain Code 128."""
    if "\x1d" in text or re.fullmatch(r"00[0-9]{18}|01[0-9]{14}.*|02[0-9]{14}37[0-9]{1,8}", text):
        return "]C1"
    if re.fullmatch(r"[0-9]{13}", text):
        return "]E0"
    return "]C0" if text.isascii() and len(text) <= 60 else "]Q1"

"""A simulated barcode scanner: sends a label when told to, as often as its trigger is pulled."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from devices.protocols.results import Label
from simulators.base import WireDevice
from simulators.faults import Mistake

#: a presentation scanner repeats the label while it lies in its light, after so many seconds
REPEAT_S = 0.35


class Scanner(WireDevice):
    """One scanner."""

    kind = "scanner"
    last: str | None = None

    async def scan(self, text: str, aim: str | None = None, times: int = 1) -> bool:
        """Read a label ``times`` times. True when somebody listened. Raises :class:`Mistake`."""
        if not text or len(text) > 4000:
            raise Mistake("`text` is what the barcode says, 1 to 4000 characters")
        if not 1 <= times <= 100:
            raise Mistake("`times` is a number from 1 to 100")
        self.last = text
        listened = False
        for number in range(times):
            if number:
                await asyncio.sleep(REPEAT_S)
            listened = await self.send(Label(text, aim or guess_aim(text)))
        return listened

    def describe(self) -> dict[str, Any]:
        """For ``GET /devices``."""
        return {**super().describe(), "last": self.last}


def guess_aim(text: str) -> str:
    """The AIM identifier a label with this text most likely has: GS1-128 for element strings, EAN, plain Code 128."""
    if "\x1d" in text or re.fullmatch(r"00[0-9]{18}|01[0-9]{14}.*|02[0-9]{14}37[0-9]{1,8}", text):
        return "]C1"
    if re.fullmatch(r"[0-9]{13}", text):
        return "]E0"
    return "]C0" if text.isascii() and len(text) <= 60 else "]Q1"

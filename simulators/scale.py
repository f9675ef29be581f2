"""A simulated scale: streams or answers, settles, overloads, freezes when its format cannot say overload."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from devices.protocols import codec_class
from devices.protocols.results import Message, Result, Weight
from simulators.base import WireDevice
from simulators.faults import Faults, Mistake
from simulators.weighing import Platform, Shown

#: MT-SICS ``S`` waits for a stable weight at most so long, then answers "not executable"
STABLE_WAIT_S = 3.0
#: commands of all protocols that ask for a weight; anything else is refused politely or not at all
ACTIONS = {"Z", "ZI", "T", "TI", "TA", "TAC", "@", "K", "zero", "tare"}


class Scale(WireDevice):
    """One scale with its platform. ``rate_hz`` frames a second where the protocol streams."""

    kind = "scale"

    def __init__(
        self,
        device_id: str,
        protocol: str,
        settings: Mapping[str, Any],
        faults: Faults,
        point: str = "",
        *,
        platform: Platform,
        unit: str = "kg",
        rate_hz: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(device_id, protocol, settings, faults, point)
        self.platform = platform
        self.info = codec_class(protocol).info
        self.unit = unit
        self.rate_hz = rate_hz
        self._clock = clock

    def jobs(self) -> list[Any]:
        """Stream, where the protocol streams."""
        return [] if self.info.polled else [self._stream()]

    def put(self, kg: object, roll_s: object = 2.0) -> None:
        """A load comes on. Raises :class:`Mistake`."""
        self.platform.put(weight_in(kg), self._clock(), seconds_in(roll_s))

    def take(self) -> None:
        """The load goes off."""
        self.platform.take(self._clock())

    def wind(self, kg: object) -> None:
        """Noise of plus and minus so many kg. Raises :class:`Mistake`."""
        self.platform.wind_kg = abs(weight_in(kg))

    def zero(self, kg: object) -> None:
        """Zero drift in kg. Raises :class:`Mistake`."""
        self.platform.zero_kg = weight_in(kg)

    def show(self) -> Shown:
        """What the display shows now."""
        return self.platform.show(self._clock())

    async def answer(self, command: Result) -> None:
        """Answer a request for a weight; refuse whatever would change the scale."""
        if not isinstance(command, Message):
            return
        name = str(command.fields.get("command", ""))
        if name in ACTIONS:
            await self._try(Message({**command.fields, "result": "not_executable"}))
            return
        if name == "S":
            end = self._clock() + STABLE_WAIT_S
            while not self.show().stable and self._clock() < end:  # noqa: ASYNC110 -- weight is a function of time
                await asyncio.sleep(0.05)
            if not self.show().stable:
                await self._try(Weight(None, None, None, None, None, frozenset({"not_executable"})))
                return
        await self._say(command.fields)

    async def _stream(self) -> None:
        while True:
            await self._say({})
            await asyncio.sleep(1.0 / self.rate_hz)

    async def _say(self, request: Mapping[str, Any]) -> None:
        """Send the present weight in the richest form the format has; a format without overload says nothing."""
        shown = self.show()
        for weight in self._forms(shown, request):
            if await self._try(weight):
                return

    def _forms(self, shown: Shown, request: Mapping[str, Any]) -> list[Weight]:
        extra = {key: value for key, value in request.items() if key != "command"}
        unit, kg, stable = self.unit, shown.kg, shown.stable
        if shown.overload:
            over = frozenset({"overload"})
            return [
                Weight(None, unit, None, "gross", 1, over, extra),
                Weight(None, unit, None, None, None, over, extra),
                Weight(None, None, None, None, None, over, extra),
            ]
        sign: Literal[1, -1] = -1 if kg < 0 else 1
        motion = frozenset() if stable else frozenset({"motion"})
        return [
            Weight(kg, unit, stable, "gross", sign, motion, extra),
            Weight(kg, unit, stable, "gross", sign, frozenset(), extra),
            Weight(kg, unit, stable, None, sign, frozenset(), extra),
            Weight(kg, unit, None, None, sign, frozenset(), extra),
        ]

    async def _try(self, result: Result) -> bool:
        try:
            await self.send(result)
        except Mistake:
            return False
        return True

    def describe(self) -> dict[str, Any]:
        """For ``GET /devices``."""
        shown = self.show()
        return {
            **super().describe(),
            "load_kg": str(self.platform.load_kg),
            "shows_kg": str(shown.kg),
            "stable": shown.stable,
            "overload": shown.overload,
        }


def weight_in(value: object) -> Decimal:
    """A weight in kg from JSON or TOML: a number or its text. Raises :class:`Mistake`."""
    try:
        kg = Decimal(str(value)) if isinstance(value, str | int | float | Decimal) else None
    except InvalidOperation:
        kg = None
    if kg is None or isinstance(value, bool) or not kg.is_finite() or abs(kg) > 1_000_000:
        raise Mistake(f"`kg` is a weight in kilograms, not {value!r}")
    return kg


def seconds_in(value: object) -> float:
    """A short time in seconds. Raises :class:`Mistake`."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not 0 <= value <= 600:
        raise Mistake(f"a time is a number of seconds from 0 to 600, not {value!r}")
    return float(value)

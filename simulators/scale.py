"""A simulated scale: streams or answers, settles, overloads, freezes when its format cannot say overload."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from devices.protocols import codec_class
from devices.protocols.modbus import ModbusRtu
from devices.protocols.results import Message, Result, Weight
from simulators.base import WireDevice
from simulators.faults import Faults, Mistake
from simulators.forms import spoken, wordings
from simulators.weighing import Platform, Shown

#: MT-SICS ``S`` waits for a stable weight at most so long, then answers "not executable"
STABLE_WAIT_S = 3.0
#: what each asked protocol answers with a weight; a host's other commands are refused politely or not at all
QUESTIONS: Mapping[str, frozenset[str]] = {
    "mt_sics": frozenset({"S", "SI", "SIR", "SR"}),
    "toledo_8217": frozenset({"W", "H"}),
    "nci_ecr": frozenset({"W", "H", "S"}),
    "sma": frozenset({"W", "H", "P", "Q", "R", "S"}),
    "and_standard": frozenset({"Q", "S", "SI", "SIR", "RW"}),
    "ohaus": frozenset({"P", "IP", "SP", "CP"}),
    "sartorius_sbi": frozenset({"P"}),
    "cas_pd2": frozenset({"DC1", "DC2", "$"}),
    "dini_argeo": frozenset({"READ", "REXT", "R"}),
    "kern_de": frozenset({"w", "s", "W", "S"}),
    "yaohua_cmd": frozenset({"B", "C", "D"}),
    "tenzo_m": frozenset({"C2", "C3"}),
    "tenzo_643": frozenset({"read"}),
    "massak_100": frozenset({"23", "A0"}),
    "massak_1c": frozenset({"45", "4A"}),
    "laumas_ascii": frozenset({"t", "n"}),
}
#: what a host may ask of the simulated device itself, and the answer
IDENTITIES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("mt_sics", "I2"): {"command": "I2", "result": "ok", "text": "KARVON-SIM Standard 3000.0 kg"},
    ("mt_sics", "I3"): {"command": "I3", "result": "ok", "text": "1.00 1.2.3.4"},
    ("sma", "A"): {"command": "about", "text": "SMA:2/1.0"},
    ("sma", "B"): {"command": "about", "text": "REV:1.0"},
}
#: of these, the ones that start a stream until the next command
STREAMS: Mapping[str, frozenset[str]] = {
    "mt_sics": frozenset({"SIR"}),
    "sma": frozenset({"R", "S"}),
    "ohaus": frozenset({"CP"}),
}


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
        self.tare_kg = Decimal(0)
        self._settings = settings
        self._clock = clock
        self._stream_of: str | None = None

    def jobs(self) -> list[Any]:
        """Stream, where the protocol streams or is told to."""
        return [self._stream()]

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

    def tare(self, kg: object = None) -> None:
        """The tare key: what stands there now is tare, or so many kg; 0 clears it. Raises :class:`Mistake`."""
        tare = self.show().kg if kg is None else weight_in(kg)
        if not 0 <= tare <= self.platform.capacity_kg:
            raise Mistake(f"a tare is 0 to {self.platform.capacity_kg} kg, not {tare}")
        self.tare_kg = tare

    def show(self) -> Shown:
        """What the display shows now."""
        return self.platform.show(self._clock())

    async def answer(self, command: Result) -> None:
        """Answer a request for a weight; refuse whatever would change the scale."""
        if not isinstance(command, Message):
            return
        if isinstance(self.codec, ModbusRtu):
            await self._registers(self.codec, command.fields)
            return
        name = str(command.fields.get("command", ""))
        known = QUESTIONS.get(self.protocol)
        self._stream_of = name if name in STREAMS.get(self.protocol, ()) else None
        if (identity := IDENTITIES.get((self.protocol, name))) is not None:
            await self._try(Message(identity))
            return
        if known is not None and name not in known:
            await self._refuse(name, command.fields)
            return
        if self._stream_of is not None:
            return
        if self.protocol == "mt_sics" and name == "S":
            end = self._clock() + STABLE_WAIT_S
            while not self.show().stable and self._clock() < end:  # noqa: ASYNC110 -- weight is a function of time
                await asyncio.sleep(0.05)
            if not self.show().stable:
                await self._try(Weight(None, None, None, None, None, frozenset({"not_executable"})))
                return
        await self._say(command.fields)

    async def _refuse(self, name: str, fields: Mapping[str, Any]) -> None:
        """The refusal that the protocol has words for: nobody zeroes or tares this scale over its wire."""
        if self.protocol == "cas_pd2" and name == "ENQ":
            await self._try(Message({"command": "ack", "result": "ack"}))
            return
        place = {key: value for key, value in fields.items() if key == "addr"}
        replies: dict[str, list[dict[str, Any]]] = {
            "tenzo_m": [{"command": "EE", **place, "error_code": "04"}],
            "massak_100": [{"command": "28", "error_code": "07"}],
            "laumas_ascii": [{"command": "ack", "result": "not_executable", **place}],
            "cas_pd2": [{"command": "ack", "result": "nak"}],
        }
        general: list[dict[str, Any]] = [
            {"command": name, "result": "not_executable"},
            {"command": "?", "result": "unknown_command"},
            {"status": ["error"], "error_code": "ES", "weight": None},
        ]
        for reply in replies.get(self.protocol, general):
            if await self._try(Message(reply)):
                return

    async def _registers(self, speaker: ModbusRtu, request: Mapping[str, Any]) -> None:
        """Modbus: any run of registers inside the block of the transmitter; everything else is an exception."""
        place = {"addr": request["addr"], "function": request["function"]}
        if speaker.addr is not None and request["addr"] != speaker.addr:
            return
        if request["function"] not in {3, 4}:
            await self._try(Message({**place, "exception": 1}))
            return
        wanted = spoken(self.protocol, self._settings, speaker, self._wordings({}), moving=False)
        if wanted is None:
            await self._try(Message({**place, "exception": 4}))
            return
        data = speaker.encode(wanted)[3:-2]
        first, count = request["start"] - (speaker.start or 0), request["count"]
        if first < 0 or not 1 <= count <= len(data) // 2 - first:
            await self._try(Message({**place, "exception": 2}))
            return
        values = [int.from_bytes(data[2 * at : 2 * at + 2], "big") for at in range(first, first + count)]
        await self._try(Message({**place, "values": values}))

    async def _stream(self) -> None:
        while True:
            if not self.info.polled or self._stream_of is not None:
                await self._say({})
            await asyncio.sleep(1.0 / self.rate_hz)

    def _wordings(self, request: Mapping[str, Any]) -> list[Result]:
        return wordings(self.protocol, self.show(), self.unit, self.tare_kg, request, self.codec)

    async def _say(self, request: Mapping[str, Any]) -> None:
        """Send the present weight in the richest form the format has; a format without words says nothing."""
        said = self._wordings(request)
        moving = any(isinstance(one, Weight) and "motion" in one.status for one in said)
        wording = spoken(self.protocol, self._settings, self.codec, said, moving=moving)
        if wording is not None:
            await self.send(wording)

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
            "tare_kg": str(self.tare_kg),
            "wind_kg": str(self.platform.wind_kg),
            "zero_kg": str(self.platform.zero_kg),
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

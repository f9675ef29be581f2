"""Relay boards and traffic lights with Modbus outputs: a verdict switches coils.

The board is asked for one of its outputs every few seconds, so that a dead board shows before a truck waits at it.
"""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from devices.coils import coil_orders
from devices.config import Relay
from devices.errors import LinkError, LinkLost, LinkRefused
from devices.links.modbus import PORT, Coils
from devices.links.supervise import Backoff
from devices.readings import Verdict
from devices.station import Station

#: seconds between two questions whether the board still answers
ASK_S = 2.0


class ModbusRelayAdapter:
    """One board. A new verdict ends the pulse of the one before."""

    def __init__(self, config: Relay, station: Station) -> None:
        self.config = config
        self.station = station
        parts = urlsplit(config.url)
        self._host, self._port = parts.hostname or "", parts.port or PORT
        self._orders = {verdict: coil_orders(text) for verdict, text in config.signals.items()}
        self._coils: Coils | None = None
        self._pulsed: set[int] = set()
        self._pulse: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Keep the connection until cancelled; pulses end before it is given back."""
        backoff = Backoff(most=self.config.reconnect_s)
        probe = next(iter(self._orders.values()))[0].address if self._orders else 0
        told = ""
        try:
            while True:
                coils = Coils(self._host, self._port, self.config.unit)
                try:
                    await coils.open()
                    await coils.read(probe)
                    self._coils, backoff.failures, told = coils, 0, ""
                    self.station.state("live", "ready", "The board answers.")
                    await self._release()
                    while True:
                        await asyncio.sleep(ASK_S)
                        await coils.read(probe)
                        self.station.frame()
                except LinkError as error:
                    self._coils = None
                    code = error.code if isinstance(error, LinkRefused | LinkLost) else "lost"
                    self.station.counters.reconnects += code == "lost"
                    self.station.state("no_link", code, error.sentence, error.remedy)
                    if told != code:
                        told = code
                        await self.station.trouble(f"link_{code}", error.sentence, error.remedy)
                finally:
                    if self._coils is None:
                        await coils.close()
                await asyncio.sleep(backoff.next())
        finally:
            await self._end_pulse()
            if self._coils is not None:
                await self._coils.close()

    async def signal(self, verdict: Verdict) -> bool:
        """Switch the outputs of a verdict. Raises :class:`LinkLost`."""
        orders = self._orders.get(verdict)
        if orders is None and verdict == "already_done":
            orders = self._orders.get("accepted")
        if orders is None:
            return False
        coils = self._coils
        if coils is None:
            raise LinkLost("The relay board cannot be reached.", remedy="check_network")
        await self._end_pulse()
        for order in orders:
            if order.on is None:
                self._pulsed.add(order.address)
            await coils.write(order.address, order.on is not False)
        if self._pulsed:
            self._pulse = asyncio.create_task(self._later(), name=f"pulse {self.config.id}")
        return True

    async def _later(self) -> None:
        await asyncio.sleep(self.config.pulse_s)
        try:
            await self._release()
        except LinkError:
            self._coils = None  # the outputs are released as soon as the board answers again

    async def _end_pulse(self) -> None:
        pulse, self._pulse = self._pulse, None
        if pulse is not None:
            pulse.cancel()
            await asyncio.gather(pulse, return_exceptions=True)
        try:
            await self._release()
        except LinkError:
            return  # see _later

    async def _release(self) -> None:
        """Switch pulsed outputs off; what cannot be switched now stays on the list."""
        for address in sorted(self._pulsed):
            if self._coils is None:
                return
            await self._coils.write(address, False)
            self._pulsed.discard(address)

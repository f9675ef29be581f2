"""Lamps, barriers and relay boards: they say nothing and take the bytes configured for a verdict."""

from __future__ import annotations

from devices.adapters.wire import signal_for
from devices.config import Relay
from devices.links import make_link
from devices.links.supervise import Backoff, Line, LinkReport
from devices.readings import Verdict
from devices.station import Station, Tapped


class RelayAdapter:
    """One board. What it answers is read (so that its buffers stay empty) and counted, not judged."""

    def __init__(self, config: Relay, station: Station) -> None:
        self.config = config
        self.station = station
        settings = {
            key: value
            for key, value in config.serial.model_dump(exclude={"local_echo"}).items()
            if value is not None
        }
        self.line = Line(
            lambda: make_link(config.url, settings),
            report=self._report,
            backoff=Backoff(most=config.reconnect_s),
            monotonic=station.clock.monotonic,
        )

    async def run(self) -> None:
        """Keep the link open until cancelled."""
        try:
            while True:
                data = await self.line.read()
                self.station.counters.bytes_in += len(data)
        finally:
            await self.line.close()

    async def signal(self, verdict: Verdict) -> bool:
        """Send the bytes of a verdict. Raises :class:`LinkLost`."""
        data = signal_for(self.config.signals, verdict)
        if data is None:
            return False
        await self.line.write(data)
        self.station.counters.bytes_out += len(data)
        self.station.tap(Tapped(self.config.id, self.station.clock.monotonic(), "out", data))
        return True

    def _report(self, report: LinkReport) -> None:
        self.station.link_report(report)
        if report.state == "open":
            self.station.state("live", "ready", "The link is open; the device is ready.")

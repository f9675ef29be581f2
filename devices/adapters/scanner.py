"""Barcode scanners: each label becomes one scan; a scanner that repeats itself is heard once."""

from __future__ import annotations

from devices.adapters.wire import WireAdapter
from devices.config import Scanner
from devices.protocols.results import Label, Message, Weight
from devices.readings import ScanReading, new_id
from devices.station import Station


class ScannerAdapter(WireAdapter):
    """One scanner."""

    config: Scanner

    def __init__(self, config: Scanner, station: Station) -> None:
        super().__init__(config, station)
        self._heard: tuple[str, str | None] | None = None
        self._heard_at = float("-inf")

    async def take(self, result: Weight | Label | Message) -> None:
        """A label becomes a :class:`ScanReading`; a no-read or command answer is counted as a frame only."""
        if not isinstance(result, Label):
            return
        now = self.station.clock.monotonic()
        same = self._heard == (result.text, result.aim)
        recent = now - self._heard_at < self.config.repeat_s
        self._heard, self._heard_at = (result.text, result.aim), now
        if same and recent:
            # a presentation scanner sends the label again for as long as it lies in its light
            self.station.counters.repeats += 1
            return
        if self.config.require_aim and result.aim is None:
            await self.station.trouble(
                "aim_missing",
                "The scanner sends labels without the kind of barcode: it seems to have been reset.",
                "set_scanner",
                result.raw,
            )
            return
        await self.station.emit(
            ScanReading(
                id=new_id(),
                device=self.config.id,
                point=self.config.point,
                at=self.station.clock.utc(),
                protocol=self.config.protocol,
                text=result.text,
                aim=result.aim,
                symbology=result.symbology,
                extra=result.extra,
                raw=result.raw,
            )
        )

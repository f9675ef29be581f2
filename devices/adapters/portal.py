"""Radiation portals: a passage of a vehicle is one reading, an alarm is told at once, and a quiet background is not news.

A portal sends five lines a second while a vehicle is in it and two every five seconds while none is. The first alarm of
a passage is emitted in the moment it comes; when the vehicle has left, one reading sums the passage up with all of its
lines as raw bytes. The background is told when it begins to come, every :data:`BACKGROUND_S` seconds, and whenever the
portal's own fault comes or goes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from devices.adapters.events import EventAdapter
from devices.adapters.wire import fields_of
from devices.config import EventDevice
from devices.protocols.results import Label, Message, Weight
from devices.readings import EventReading, new_id
from devices.station import Station

BACKGROUND_S = 600.0
#: a passage without another line for so long is over, although the portal never said so
PASSAGE_S = 10.0
#: lines of one passage are kept up to here
MOST_RAW = 64 * 1024


@dataclass(slots=True)
class Passage:
    """One vehicle in the portal, so far. ``most`` are the largest sums of counts of one line."""

    began: float
    last: float
    lines: int = 0
    most: dict[str, int] = field(default_factory=dict)
    alarms: list[str] = field(default_factory=list)
    speed: list[str] = field(default_factory=list)
    raw: bytearray = field(default_factory=bytearray)


class PortalAdapter(EventAdapter):
    """One portal."""

    def __init__(self, config: EventDevice, station: Station) -> None:
        super().__init__(config, station)
        self._passage: Passage | None = None
        self._told_background = float("-inf")
        self._fault: bool | None = None

    async def take(self, result: Weight | Label | Message) -> None:
        """Sort a line: of a passage, an alarm, the background, or something of the portal itself."""
        fields = fields_of(result)
        record, now = str(fields.get("record") or ""), self.station.clock.monotonic()
        if fields.get("kind") == "occupancy_end":
            await self._end(result.raw, fields)
        elif record in {"GS", "NS", "GA", "NA"}:
            await self._pass(result.raw, fields, now)
        elif record == "SP" and self._passage is not None:
            self._passage.speed = list(fields.get("values", ()))
            self._keep(result.raw)
        elif "fault" in fields:
            await self._background(result.raw, fields, now)
        else:
            await self._tell(fields, result.raw)

    async def tick(self) -> None:
        """End a passage of which nothing has come for a while."""
        passage = self._passage
        if passage is not None and self.station.clock.monotonic() - passage.last > PASSAGE_S:
            await self._end(b"", {})

    async def _pass(self, raw: bytes, fields: dict[str, Any], now: float) -> None:
        passage = self._passage = self._passage or Passage(now, now)
        kind = str(fields["kind"])
        passage.last, passage.lines = now, passage.lines + 1
        passage.most[kind] = max(passage.most.get(kind, 0), sum(fields["counts"]))
        self._keep(raw)
        if fields["alarm"] and kind not in passage.alarms:
            passage.alarms.append(kind)
            await self._tell(fields, raw)

    async def _end(self, raw: bytes, fields: dict[str, Any]) -> None:
        passage, self._passage = self._passage, None
        if passage is None:
            if raw:
                await self._tell(fields, raw)
            return
        summed: dict[str, Any] = {
            "record": "GX",
            "kind": "passage",
            "alarm": bool(passage.alarms),
            "alarms": passage.alarms,
            "lines": passage.lines,
            **{f"{kind}_most": most for kind, most in passage.most.items()},
        }
        if passage.speed:
            summed["speed"] = passage.speed
        if "occupancy" in fields:
            summed["occupancy"] = fields["occupancy"]
        await self._tell(summed, bytes(passage.raw) + raw)

    async def _background(self, raw: bytes, fields: dict[str, Any], now: float) -> None:
        fault = bool(fields["fault"])
        if fault:
            self.station.state(
                "live", "high_background", "The portal says that its background is wrong.", "check_device"
            )
        if fault != self._fault or now - self._told_background >= BACKGROUND_S:
            if self._fault and not fault:
                self.station.state("live", "live", "The device answers.")
            self._fault, self._told_background = fault, now
            await self._tell(fields, raw)

    def _keep(self, raw: bytes) -> None:
        assert self._passage is not None
        if len(self._passage.raw) + len(raw) <= MOST_RAW:
            self._passage.raw += raw

    async def _tell(self, fields: dict[str, Any], raw: bytes) -> None:
        await self.station.emit(
            EventReading(
                id=new_id(),
                device=self.config.id,
                point=self.config.point,
                at=self.station.clock.utc(),
                protocol=self.config.protocol,
                kind=self.config.kind,
                fields=fields,
                raw=raw,
            )
        )

"""Plate cameras, passport and tag readers, portals and printers: every frame becomes one event."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from devices.adapters.wire import WireAdapter, fields_of
from devices.config import EventDevice
from devices.documents import full_date
from devices.protocols.results import Label, Message, Weight
from devices.readings import EventReading, PlateReading, new_id
from devices.station import Station


class EventAdapter(WireAdapter):
    """One gate device; a frame that names a plate becomes a :class:`PlateReading`."""

    config: EventDevice

    def __init__(self, config: EventDevice, station: Station) -> None:
        super().__init__(config, station)
        self._heard = b""
        self._heard_at = float("-inf")

    async def take(self, result: Weight | Label | Message) -> None:
        """Pass the frame on, unless it repeats the last one within ``repeat_s``."""
        now = self.station.clock.monotonic()
        if self.config.repeat_s and result.raw == self._heard and now - self._heard_at < self.config.repeat_s:
            self.station.counters.repeats += 1
            return
        self._heard, self._heard_at = result.raw, now
        fields = fields_of(result)
        if self.config.protocol == "mrz":
            fields |= self._dates(fields)
        plate = fields.get("plate")
        if self.config.kind == "anpr" and isinstance(plate, str) and plate:
            await self.station.emit(
                PlateReading(
                    id=new_id(),
                    device=self.config.id,
                    point=self.config.point,
                    at=self.station.clock.utc(),
                    protocol=self.config.protocol,
                    plate=plate,
                    country=_text(fields.get("country")),
                    confidence=_number(fields.get("confidence")),
                    direction=_text(fields.get("direction")),
                    extra=fields,
                    raw=result.raw,
                )
            )
            return
        await self.station.emit(
            EventReading(
                id=new_id(),
                device=self.config.id,
                point=self.config.point,
                at=self.station.clock.utc(),
                protocol=self.config.protocol,
                kind=self.config.kind,
                fields=fields,
                raw=result.raw,
            )
        )

    def _dates(self, fields: Mapping[str, Any]) -> dict[str, str | None]:
        """Dates of a travel document with their century, which the zone leaves out."""
        today = self.station.clock.utc().date()
        return {
            "birth_date": full_date(str(fields.get("birth", "")), today, "birth"),
            "expiry_date": full_date(str(fields.get("expiry", "")), today, "expiry"),
        }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _number(value: object) -> Decimal | None:
    try:
        number = Decimal(str(value)) if value is not None else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None

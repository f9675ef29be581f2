"""Plate cameras, passport, tag and seal readers, portals and printers: every frame becomes one event."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from devices.adapters.wire import WireAdapter, fields_of
from devices.config import EventDevice, SealReader
from devices.documents import full_date
from devices.protocols.patterns import compile_frame
from devices.protocols.results import Label, Message, Noise, Weight
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


class SealAdapter(WireAdapter):
    """A reader of electronic seals: each line that says something of a seal becomes one event of kind ``seal``."""

    config: SealReader

    def __init__(self, config: SealReader, station: Station) -> None:
        super().__init__(config, station)
        self._line, _ = compile_frame(config.line, required="seal")
        self._heard = b""
        self._heard_at = float("-inf")

    async def take(self, result: Weight | Label | Message) -> None:
        """Find seal, state and the rest in a line; a line of another form is counted and kept in the log."""
        if not isinstance(result, Label):
            return
        found = self._line.fullmatch(result.text.strip().encode("utf-8", "replace"))
        if found is None:
            self.station.noise(Noise("bad_format", result.raw, "the line does not look as `line` says"))
            return
        now = self.station.clock.monotonic()
        if result.raw == self._heard and now - self._heard_at < self.config.repeat_s:
            self.station.counters.repeats += 1
            return
        self._heard, self._heard_at = result.raw, now
        fields: dict[str, Any] = {
            name: value.decode("utf-8", "replace")
            for name, value in found.groupdict().items()
            if value is not None
        }
        if "state" in fields:
            word = fields["state"]
            fields["state"] = self.config.states.get(word, SEAL_STATES.get(word.lower(), "unknown"))
            fields["state_word"] = word
        await self.station.emit(
            EventReading(
                id=new_id(),
                device=self.config.id,
                point=self.config.point,
                at=self.station.clock.utc(),
                protocol=self.config.protocol,
                kind="seal",
                fields=fields,
                raw=result.raw,
            )
        )


#: what readers commonly call the states of a seal
SEAL_STATES = {
    "sealed": "sealed",
    "closed": "sealed",
    "locked": "sealed",
    "ok": "sealed",
    "opened": "opened",
    "open": "opened",
    "unlocked": "opened",
    "tampered": "tampered",
    "tamper": "tampered",
    "cut": "tampered",
    "broken": "tampered",
    "low_battery": "low_battery",
}

"""Temperature loggers: the program of the maker exports a record into a folder, and each record is read once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from devices.adapters.folder import FolderAdapter
from devices.config import LoggerFolder
from devices.loggers import LARGEST, LoggerFileRefused, LoggerRecord, read_logger, zone_of
from devices.readings import EventReading, new_id
from devices.station import Station

SUFFIXES = (".csv", ".txt", ".tsv")
#: equal values are not repeated within this time; well below the 60 minutes after which a gap is one
REPEAT = timedelta(minutes=30)
#: values of one record that go along, and characters of one text among them
LONGEST, ROOM = 20_000, 1900


class LoggerAdapter(FolderAdapter):
    """One folder of logger files. The whole file goes along as raw bytes; the fields sum it up."""

    config: LoggerFolder
    awaited = "record"

    def __init__(self, config: LoggerFolder, station: Station) -> None:
        super().__init__(config, station, SUFFIXES, LARGEST)
        self._zone = zone_of(config.zone)

    async def take(self, name: str, data: bytes) -> None:
        """Read one record; one that cannot be read is told with line, column and what to do."""
        try:
            record = await asyncio.to_thread(read_logger, data, self._zone, dates=self.config.dates)
        except LoggerFileRefused as refused:
            self.station.counters.bad_format += 1
            await self.station.trouble(
                "odd_record",
                f"The temperature record {name} cannot be read: {refused}",
                "check_device",
                data[:4096],
            )
            return
        self.station.frame()
        await self.station.emit(
            EventReading(
                id=new_id(),
                device=self.config.id,
                point=self.config.point,
                at=self.station.clock.utc(),
                protocol="logger",
                kind="temperature",
                fields={**summary(record), "file": name},
                raw=data,
            )
        )


def summary(record: LoggerRecord) -> Mapping[str, Any]:
    """A record in a few figures: logger, count, extremes in degrees Celsius, first and last time (UTC), gaps, and its values."""
    values = [reading.c for reading in record.readings]
    times = [reading.at for reading in record.readings]
    return {
        "logger": record.serial,
        "sha256": record.sha256,
        "count": len(values),
        "min_c": str(min(values)),
        "max_c": str(max(values)),
        "first_at": min(times).isoformat(),
        "last_at": max(times).isoformat(),
        "gaps": [
            {"from": gap.start.isoformat(), "to": gap.end.isoformat(), "minutes": gap.minutes}
            for gap in record.gaps[:100]
        ],
        "skipped": len(record.skipped),
        "series": series(record),
    }


def series(record: LoggerRecord) -> list[str]:
    """The values of the first channel as text: ``seconds °C`` joined by ``;``, seconds counted from ``first_at``.

    Nothing that a rule about ranges, minutes or gaps could ask for is lost: of equal values in a row those in between
    are left out while what stays is at most :data:`REPEAT` apart. Empty for a record of more than :data:`LONGEST`
    values that stay: then nobody can judge it, and that is said.
    """
    start = min(reading.at for reading in record.readings)
    rows = sorted((r.at, r.c) for r in record.readings if r.channel == record.channels[0])
    kept: list[tuple[datetime, Decimal]] = []
    for number, (at, celsius) in enumerate(rows):
        behind = rows[number + 1] if number + 1 < len(rows) else None
        repeats = kept and kept[-1][1] == celsius and behind is not None and behind[1] == celsius
        if not repeats or behind is None or behind[0] - kept[-1][0] > REPEAT:
            kept.append((at, celsius))
    if len(kept) > LONGEST:
        return []
    texts: list[str] = []
    for at, celsius in kept:
        item = f"{int((at - start).total_seconds())} {celsius}"
        if texts and len(texts[-1]) + len(item) < ROOM:
            texts[-1] += f";{item}"
        else:
            texts.append(item)
    return texts

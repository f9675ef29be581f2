"""Temperature records of loggers that were told to a consignment, as the checks of the cold chain take them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from terminal.store import journal
from terminal.store.reader import Reader
from workflows.checks.case import TemperatureReading
from workflows.events_devices import ReadingLinked, TemperatureRead

#: one value of a record: seconds after its first time, degrees Celsius
_VALUE = re.compile(r"([0-9]{1,9}) (-?[0-9]{1,3}(?:\.[0-9]{1,6})?)")


def temperatures_of(reader: Reader, ref: str) -> tuple[TemperatureReading, ...]:
    """Every value of every record told to the consignment, in order of time; a record sent twice counts once."""
    found: dict[str, Mapping[str, Any]] = {}
    head = reader.last_seq(f"consignment:{ref}")
    for link in journal.chain_of(reader.connection, head, ("ReadingLinked",)):
        if isinstance(link.event, ReadingLinked) and link.event.kind == "temperature":
            fields = _record(reader, link.seq, link.event)
            found.setdefault(str(fields.get("sha256") or link.event.reading), fields)
    values = [value for name, fields in found.items() for value in values_in(fields, name)]
    return tuple(sorted(values, key=lambda one: (one.at, one.logger)))


def _record(reader: Reader, seq: int, link: ReadingLinked) -> Mapping[str, Any]:
    """The fields of a record: its event stands just before its links, in the same commit."""
    for number in range(seq - 1, max(0, seq - 5), -1):
        entry = journal.entry(reader.connection, number)
        if (
            entry is not None
            and isinstance(entry.event, TemperatureRead)
            and entry.event.reading == link.reading
        ):
            return entry.event.fields
    return {}


def values_in(fields: Mapping[str, Any], record: str = "") -> Iterator[TemperatureReading]:
    """The values that a record carries along; none when it has none or they are not written as they should be.

    ``record`` is what tells its values from those of others.
    """
    texts = fields.get("series")
    try:
        start = datetime.fromisoformat(str(fields.get("first_at")))
    except ValueError:
        return
    if start.tzinfo is None or not isinstance(texts, list):
        return
    for item in (item for text in texts for item in str(text).split(";")):
        if value := _VALUE.fullmatch(item):
            yield TemperatureReading(
                start + timedelta(seconds=int(value[1])), Decimal(value[2]), logger=record
            )

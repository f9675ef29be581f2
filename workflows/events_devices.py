"""What devices told the terminal, and what it did with its lamps. See :mod:`workflows.device_readings`.

A reading is one event of the device (``device:ID``) with its raw bytes. What it concerns (a vehicle, a seal, a unit, a
consignment) gets a :class:`ReadingLinked` in its own chain, so that its story tells of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from workflows.event_base import Event


@dataclass(frozen=True, slots=True)
class DeviceRead(Event):
    """Base of all readings. ``reading`` is the id made where it was read; ``fields`` what its frame says.

    ``raw`` is the frame as hex; a long one (pictures) is a stored file, and ``raw_sha256`` names it. ``concerns`` are the
    subjects that were told of it.
    """

    shared: ClassVar[bool] = False

    reading: str
    protocol: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    raw: str = ""
    raw_sha256: str | None = None
    concerns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlateRead(DeviceRead):
    """A camera read a number plate."""


@dataclass(frozen=True, slots=True)
class SealRead(DeviceRead):
    """An electronic seal said its number and its state."""


@dataclass(frozen=True, slots=True)
class RadiationRead(DeviceRead):
    """A radiation portal told of a passage, an alarm, its background or a fault of its own."""


@dataclass(frozen=True, slots=True)
class TagRead(DeviceRead):
    """A radio reader saw tags."""


@dataclass(frozen=True, slots=True)
class PassportRead(DeviceRead):
    """The machine-readable zone of a travel document was read: personal data, for those who may read persons."""


@dataclass(frozen=True, slots=True)
class TemperatureRead(DeviceRead):
    """The record of a temperature logger came in; ``raw_sha256`` names the file."""


@dataclass(frozen=True, slots=True)
class DeviceTold(DeviceRead):
    """Anything else that a device reports of itself or of what it sees (a printer's status)."""


@dataclass(frozen=True, slots=True)
class ReadingLinked(Event):
    """A reading concerns this subject. ``kind`` as in :data:`READ`; ``said`` are the findings of comparing it."""

    shared: ClassVar[bool] = False

    kind: str
    device: str
    reading: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignalShown(Event):
    """A lamp, barrier or relay board was told a verdict. ``fault`` says why it could not be; the decision stands."""

    shared: ClassVar[bool] = False

    verdict: str
    about: str
    fault: str = ""


#: kind of a reading -> its event; everything else is a :class:`DeviceTold`
READ: Mapping[str, type[DeviceRead]] = {
    "plate": PlateRead,
    "seal": SealRead,
    "radiation": RadiationRead,
    "tag": TagRead,
    "passport": PassportRead,
    "temperature": TemperatureRead,
}

READINGS: tuple[type[Event], ...] = (*READ.values(), DeviceTold)
KINDS: tuple[type[Event], ...] = (*READINGS, ReadingLinked, SignalShown)

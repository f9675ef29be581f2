"""The ``[[devices]]`` tables of ``karvon.toml`` and ``gateway.toml``: typed, closed, loud at start.

One model for each ``kind``. A key that does not exist, a unit that is missing or two devices with one
name stop the program with sentences that name the key and say what to write instead
(:class:`devices.errors.ConfigProblem`); nothing is guessed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from devices.addresses import PICTURE_SCHEMES, signal_bytes
from devices.coils import coil_orders
from devices.config_base import (
    Device,
    Positive,
    Seconds,
    SerialSettings,
    Signals,
    StableWindow,
    WireDevice,
)
from devices.config_words import sentences
from devices.errors import ConfigProblem
from devices.loggers import zone_of
from devices.protocols import CODECS, codec_class
from devices.protocols.patterns import compile_frame
from devices.units import KG_IN, Rounding

__all__ = [
    "KINDS",
    "AnyDevice",
    "Camera",
    "Device",
    "EventDevice",
    "FolderDevice",
    "InspectionFolder",
    "LoggerFolder",
    "Relay",
    "Scale",
    "Scanner",
    "SealReader",
    "SerialSettings",
    "StableWindow",
    "WireDevice",
    "load_devices",
    "read_devices",
]

KINDS = (
    "scale",
    "scanner",
    "camera",
    "anpr",
    "printer",
    "reader",
    "radiation",
    "seal",
    "inspection",
    "logger",
    "relay",
)


class Scale(WireDevice):
    """A scale or weighbridge. Weights in kg; ``unit`` is what the digits on the wire mean where it is silent."""

    kind: Literal["scale"]
    unit: str | None = None
    capacity_kg: Positive
    division_kg: Positive
    #: verification interval e, to which evidence is rounded; the division when left out
    interval_kg: Positive | None = None
    rounding: Rounding = "half_up"
    #: last day on which the verification is valid; None: this scale never gives evidence
    verified_until: date | None = None
    stable: StableWindow = StableWindow()
    #: smallest load that counts as one; 20 e when left out (OIML R 76, class III)
    minimum_kg: Positive | None = None
    #: a change between two frames beyond this needs a second frame to be believed; a quarter of the capacity
    jump_kg: Positive | None = None
    #: whether a net weight may be taken while a tare is set
    accept_net: bool = False
    trace_s: Annotated[float, Field(ge=1, le=120)] = 30.0
    #: ask for weights; None: as the protocol usually works (some can be listened to or asked)
    ask: bool | None = None
    poll_s: Annotated[float, Field(ge=0.02, le=60)] = 0.2
    answer_s: Annotated[float, Field(ge=0.05, le=60)] = 2.0
    silence_s: Seconds | None = 3.0

    @field_validator("unit")
    @classmethod
    def _unit(cls, value: str | None) -> str | None:
        if value is not None and value not in KG_IN:
            raise ValueError(f"{value!r} is not a unit of mass; write one of {', '.join(KG_IN)}")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Scale:
        if not codec_class(self.protocol).info.carries_unit and self.unit is None:
            raise ValueError(
                f"`unit` is missing: {self.protocol} sends digits without a unit; write what the display "
                'shows, e.g. unit = "kg"'
            )
        if self.division_kg >= self.capacity_kg:
            raise ValueError(
                f"`division_kg` ({self.division_kg}) must be smaller than `capacity_kg` ({self.capacity_kg})"
            )
        if self.minimum_load_kg >= self.capacity_kg:
            raise ValueError(
                f"the smallest load ({self.minimum_load_kg} kg) is not below the capacity "
                f"({self.capacity_kg} kg); set `minimum_kg`"
            )
        return self

    @property
    def e_kg(self) -> Decimal:
        """The verification interval in kg."""
        return self.division_kg if self.interval_kg is None else self.interval_kg

    @property
    def minimum_load_kg(self) -> Decimal:
        """The smallest load in kg that counts as a load."""
        return 20 * self.e_kg if self.minimum_kg is None else self.minimum_kg

    @property
    def jump_limit_kg(self) -> Decimal:
        """The change between two frames, in kg, beyond which a second frame must confirm."""
        return self.capacity_kg / 4 if self.jump_kg is None else self.jump_kg

    def codec_settings(self) -> dict[str, Any]:
        """The codec's settings; the unit too, where the wire has none."""
        settings = dict(self.codec)
        if self.unit is not None and self.protocol in CODECS:
            info = codec_class(self.protocol).info
            if not info.carries_unit:
                settings.setdefault("unit", self.unit)
        return settings


class Scanner(WireDevice):
    """A barcode scanner."""

    kind: Literal["scanner"]
    #: equal data within this time is one scan (presentation scanners repeat themselves); 0 switches it off
    repeat_s: Annotated[float, Field(ge=0, le=60)] = 1.0
    #: refuse data without an AIM identifier: catches a scanner that has been reset to factory settings
    require_aim: bool = False


class Camera(Device):
    """A camera, folder or file whose pictures are searched for barcodes."""

    kind: Literal["camera"]
    interval_s: Annotated[float, Field(ge=0.1, le=3600)] = 1.0
    #: the same code in this many pictures before it counts, for symbologies with a weak check
    agree: Annotated[int, Field(ge=1, le=5)] = 2
    #: a code that stays in view is one scan; it counts again after it was out of view for this long
    repeat_s: Annotated[float, Field(ge=0, le=3600)] = 5.0
    #: search rotated, blurred and small codes too; several times slower
    deep: bool = False
    #: search pictures at all; False keeps the camera for photographs only
    read_codes: bool = True
    username: str | None = None
    #: name of the environment variable that holds the password
    password_env: str | None = None
    timeout_s: Seconds = 5.0

    @field_validator("url")
    @classmethod
    def _pictures(cls, value: str) -> str:
        if urlsplit(value).scheme not in PICTURE_SCHEMES and not value.startswith("/"):
            raise ValueError(f"a camera needs a picture address ({'://, '.join(PICTURE_SCHEMES)}://)")
        return value


class EventDevice(WireDevice):
    """Plate cameras, passport and tag readers, radiation portals, printers: frames become events."""

    kind: Literal["anpr", "printer", "reader", "radiation"]
    repeat_s: Annotated[float, Field(ge=0, le=600)] = 0.0

    @model_validator(mode="before")
    @classmethod
    def _a_portal_is_never_silent(cls, table: Any) -> Any:
        """A portal that sends no background for half a minute watches nothing."""
        if isinstance(table, Mapping) and table.get("kind") == "radiation" and "silence_s" not in table:
            return {**table, "silence_s": 30.0}
        return table


class SealReader(WireDevice):
    """A reader of electronic seals that sends lines of text; ``line`` says where things stand in a line.

    A regular expression with the group ``seal`` and, where the line has them, ``state``, ``battery``, ``at`` and any
    other names. ``states`` translates the reader's words to ``sealed``, ``opened``, ``tampered``, ``low_battery``.
    """

    kind: Literal["seal"]
    protocol: str = "scan_text"
    repeat_s: Annotated[float, Field(ge=0, le=600)] = 0.0
    line: str = (
        r"(?P<seal>[A-Z0-9-]{4,32})(?:[,;](?P<state>[A-Za-z_]{1,20}))?(?:[,;](?P<battery>[0-9]{1,3}))?"
    )
    states: dict[str, Literal["sealed", "opened", "tampered", "low_battery"]] = Field(default_factory=dict)

    @field_validator("line")
    @classmethod
    def _line(cls, value: str) -> str:
        compile_frame(value, required="seal")
        return value

    def codec_settings(self) -> dict[str, Any]:
        """Lines without symbology identifiers."""
        return {"aim": False, **self.codec}


class FolderDevice(Device):
    """A device whose program lays files into a folder."""

    interval_s: Annotated[float, Field(ge=0.05, le=3600)] = 1.0

    @field_validator("url")
    @classmethod
    def _folder(cls, value: str) -> str:
        if not value.startswith(("/", "folder:")):
            raise ValueError("results are read from a folder: write its path or folder:///path")
        return value


class InspectionFolder(FolderDevice):
    """An X-ray system that lays its results (:mod:`devices.nii`) into a folder."""

    kind: Literal["inspection"]


class LoggerFolder(FolderDevice):
    """Records of temperature loggers (:mod:`devices.loggers`), exported into a folder as CSV.

    ``zone`` is the clock of the loggers: their files do not name it. ``dates`` says how 03/04/2026 is meant.
    """

    kind: Literal["logger"]
    zone: str
    dates: Literal["ymd", "dmy", "mdy"] | None = None

    @field_validator("zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        zone_of(value)
        return value


class Relay(Device):
    """A lamp, barrier or relay board that only takes commands.

    ``signals`` are the bytes for a verdict, or the outputs of a Modbus board (``modbus://host``): see
    :mod:`devices.coils`.
    """

    kind: Literal["relay"]
    signals: Signals
    #: Modbus unit address, and how long a pulse lasts
    unit: Annotated[int, Field(ge=0, le=255)] = 1
    pulse_s: Annotated[float, Field(gt=0, le=60)] = 1.0

    @model_validator(mode="after")
    def _signals(self) -> Relay:
        for text in self.signals.values():
            if self.url.startswith("modbus:"):
                coil_orders(text)
            else:
                signal_bytes(text)
        return self


DeviceConfig = Annotated[
    Scale | Scanner | Camera | EventDevice | SealReader | InspectionFolder | LoggerFolder | Relay,
    Field(discriminator="kind"),
]
AnyDevice = Scale | Scanner | Camera | EventDevice | SealReader | InspectionFolder | LoggerFolder | Relay
_ADAPTER: TypeAdapter[AnyDevice] = TypeAdapter(DeviceConfig)
_MODELS: tuple[type[BaseModel], ...] = (
    Scale,
    Scanner,
    Camera,
    EventDevice,
    SealReader,
    InspectionFolder,
    LoggerFolder,
    Relay,
    SerialSettings,
    StableWindow,
)
_NAMES = {name for model in _MODELS for name in model.model_fields}


def load_devices(tables: Sequence[Mapping[str, Any]]) -> list[AnyDevice]:
    """The ``[[devices]]`` tables as models, in order. Raises :class:`ConfigProblem` with every mistake found."""
    found: list[AnyDevice] = []
    problems: list[str] = []
    for number, table in enumerate(tables, start=1):
        where = f"devices #{number}"
        if isinstance(table, Mapping) and isinstance(table.get("id"), str):
            where += f" ({table['id']})"
        try:
            found.append(_ADAPTER.validate_python(table))
        except ValidationError as error:
            problems += [f"{where}: {sentence}" for sentence in sentences(error, table, KINDS, _NAMES)]
    seen: dict[str, int] = {}
    ports: dict[str, AnyDevice] = {}
    addresses: dict[str, dict[str, str]] = {}
    for device in found:
        seen[device.id] = seen.get(device.id, 0) + 1
        if seen[device.id] == 2:
            problems.append(f"devices: the id {device.id!r} is used twice; every device needs its own")
        exclusive = device.enabled and not isinstance(device, Camera) and not device.url.startswith("push:")
        if exclusive and (other := ports.setdefault(device.url, device)) is not device:
            problems += _sharing(other, device, addresses.setdefault(device.url, {}))
    if problems:
        raise ConfigProblem(problems)
    return found


def _sharing(first: AnyDevice, device: AnyDevice, taken: dict[str, str]) -> list[str]:
    """Why ``device`` cannot share the wire of ``first``: only scales that are asked by address can."""
    both = f"devices: {first.id!r} and {device.id!r} use the same `url` {device.url!r}"
    for one in (first, device):
        asked = isinstance(one, Scale) and (
            codec_class(one.protocol).info.polled if one.ask is None else one.ask
        )
        if not asked or not isinstance(one, Scale) or one.bus_address is None:
            return [
                f"{both}; two readers on one port steal each other's bytes (only scales that are asked by "
                f"address can share a pair, {one.id!r} is none)"
            ]
        if one.serial != first.serial:
            return [f"{both}, but their `serial` settings differ; one wire has one speed"]
        if taken.setdefault(one.bus_address, one.id) != one.id:
            return [
                f"{both} and the same address {one.bus_address!r}; give each its own `codec = {{ addr = ... }}`"
            ]
    return []


def read_devices(path: Path) -> list[AnyDevice]:
    """The devices of a TOML file. Raises :class:`ConfigProblem`, for an unreadable file too."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigProblem([f"{path}: {error}"]) from error
    tables = data.get("devices", [])
    if not isinstance(tables, list):
        raise ConfigProblem([f"{path}: write every device under its own [[devices]] heading"])
    return load_devices(tables)

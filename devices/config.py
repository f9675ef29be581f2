"""The ``[[devices]]`` tables of ``karvon.toml`` and ``gateway.toml``: typed, closed, loud at start.

One model for each ``kind``. A key that does not exist, a unit that is missing or two devices with one
name stop the program with sentences that name the key and say what to write instead
(:class:`devices.errors.ConfigProblem`); nothing is guessed.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from devices.addresses import PICTURE_SCHEMES, check_url, signal_bytes
from devices.coils import coil_orders
from devices.errors import ConfigProblem
from devices.protocols import CODECS, codec, codec_class
from devices.units import KG_IN, Rounding

#: Which kinds of codec a kind of device speaks.
CODEC_KINDS: dict[str, tuple[str, ...]] = {
    "scale": ("scale",),
    "scanner": ("scanner",),
    "anpr": ("anpr",),
    "printer": ("printer",),
    "reader": ("passport", "rfid"),
    "radiation": ("radiation",),
}

Positive = Annotated[Decimal, Field(gt=0)]
Seconds = Annotated[float, Field(gt=0, le=86400)]
DeviceId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
Signals = dict[Literal["accepted", "already_done", "refused", "attention"], str]


class SerialSettings(BaseModel):
    """Line settings of a serial port; what is left out comes from the protocol's factory settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    baudrate: Annotated[int, Field(ge=50, le=4_000_000)] | None = None
    bytesize: Literal[5, 6, 7, 8] | None = None
    parity: Literal["N", "E", "O", "M", "S"] | None = None
    stopbits: Annotated[float, Field(ge=1, le=2, multiple_of=0.5)] | None = None
    xonxoff: bool = False
    rtscts: bool = False
    dsrdtr: bool = False
    #: state of the modem lines when the port opens; some adapters take their power from DTR
    dtr: bool = False
    rts: bool = False
    #: drop what we sent when it comes back (two-wire RS-485 adapters with local echo)
    local_echo: bool = False


class StableWindow(BaseModel):
    """When a weight counts as standing still: ``readings`` frames within ``divisions`` d for ``seconds``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    readings: Annotated[int, Field(ge=2, le=500)] = 5
    seconds: Annotated[float, Field(gt=0, le=60)] = 1.5
    divisions: Annotated[Decimal, Field(ge=0, le=20)] = Decimal(1)


class Device(BaseModel):
    """What every device has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: DeviceId
    #: where it stands; the service knows which step belongs to a point
    point: Annotated[str, Field(min_length=1, max_length=64)]
    url: Annotated[str, Field(min_length=1, max_length=512)]
    title: str = ""
    enabled: bool = True
    serial: SerialSettings = SerialSettings()
    #: longest pause between two attempts to open the link
    reconnect_s: Seconds = 10.0
    #: silence after which the device counts as not answering; None: silence is normal (hand scanners)
    silence_s: Seconds | None = None

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        return check_url(value)


class WireDevice(Device):
    """A device that speaks a protocol over a wire."""

    protocol: str
    #: the codec's own settings (``karvon devices protocols NAME`` lists them)
    codec: dict[str, Any] = Field(default_factory=dict)
    #: bytes to send for a verdict, for devices with a lamp or beeper; text with ``\x..`` escapes
    signals: Signals = Field(default_factory=dict)

    @field_validator("signals")
    @classmethod
    def _signals(cls, value: Signals) -> Signals:
        for text in value.values():
            signal_bytes(text)
        return value

    @model_validator(mode="after")
    def _speaks(self) -> WireDevice:
        check_protocol(self.protocol, getattr(self, "kind", ""), self.codec_settings())
        if self.url.startswith("modbus:") and self.protocol != "modbus_rtu":
            raise ValueError(
                f"`url` {self.url!r} speaks Modbus TCP, so `protocol` must be modbus_rtu, not {self.protocol}"
            )
        return self

    @property
    def bus_address(self) -> str | None:
        """The address by which it is asked on a shared wire; None for a device that has none."""
        address = getattr(codec(self.protocol, self.codec_settings()), "addr", None)
        return None if address is None else str(address)

    def codec_settings(self) -> dict[str, Any]:
        """What the codec is made with."""
        return dict(self.codec)


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


DeviceConfig = Annotated[Scale | Scanner | Camera | EventDevice | Relay, Field(discriminator="kind")]
AnyDevice = Scale | Scanner | Camera | EventDevice | Relay
_ADAPTER: TypeAdapter[AnyDevice] = TypeAdapter(DeviceConfig)
_MODELS: tuple[type[Device], ...] = (Scale, Scanner, Camera, EventDevice, Relay)


def check_protocol(name: str, kind: str, settings: Mapping[str, Any]) -> None:
    """Raises ``ValueError`` unless there is such a codec, it fits the kind, and takes the settings."""
    if name not in CODECS:
        near = difflib.get_close_matches(name, CODECS, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "`karvon devices protocols` lists them"
        raise ValueError(f"`protocol` {name!r} is not known; {hint}")
    info = codec_class(name).info
    if kind in CODEC_KINDS and info.kind not in CODEC_KINDS[kind]:
        raise ValueError(f"`protocol` {name!r} is spoken by a {info.kind}, but `kind` is {kind!r}")
    if info.carries_unit or "unit" in settings or info.kind != "scale":
        codec(name, dict(settings))


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
            problems += [f"{where}: {sentence}" for sentence in _sentences(error, table)]
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


def _sentences(error: ValidationError, table: Mapping[str, Any]) -> list[str]:
    """Pydantic's findings as sentences that name the key and, where it can be known, the fix."""
    lines: list[str] = []
    for item in error.errors():
        path = [str(part) for part in item["loc"]]
        if path and path[0] in {
            "scale",
            "scanner",
            "camera",
            "anpr",
            "printer",
            "reader",
            "radiation",
            "relay",
        }:
            path = path[1:]
        key = ".".join(path)
        if item["type"] in {"union_tag_not_found", "union_tag_invalid"}:
            lines.append(
                f"`kind` is {table.get('kind')!r}; write one of scale, scanner, camera, anpr, printer, "
                "reader, radiation, relay"
            )
        elif item["type"] == "extra_forbidden":
            lines.append(f"`{key}` is not a known key{_did_you_mean(path[-1])}")
        elif item["type"] == "missing":
            lines.append(f"`{key}` is missing")
        else:
            message = item["msg"].removeprefix("Value error, ")
            message = message[:1].lower() + message[1:] if item["type"] != "value_error" else message
            lines.append(
                f"`{key}`: {message} (it is {item['input']!r})"
                if path and item["type"] != "value_error"
                else (f"`{key}`: {message}" if path else message)
            )
    return lines


def _did_you_mean(key: str) -> str:
    models: tuple[type[BaseModel], ...] = (*_MODELS, SerialSettings, StableWindow)
    names = {name for model in models for name in model.model_fields}
    near = difflib.get_close_matches(key, names, n=1)
    return f"; did you mean `{near[0]}`?" if near else "; remove it"

"""What every ``[[devices]]`` table has, and what every device on a wire has."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from devices.addresses import check_url, signal_bytes
from devices.protocols import CODECS, codec, codec_class

#: Which kinds of codec a kind of device speaks.
CODEC_KINDS: dict[str, tuple[str, ...]] = {
    "scale": ("scale",),
    "scanner": ("scanner",),
    "anpr": ("anpr",),
    "printer": ("printer",),
    "reader": ("passport", "rfid"),
    "radiation": ("radiation",),
    "seal": ("scanner",),
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
    #: model and firmware as written on the device, where it cannot be asked
    firmware: Annotated[str, Field(max_length=80)] = ""
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
    #: ask the device once after opening which firmware it has, where its protocol has a question for that
    ask_firmware: bool = True

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

"""Dini Argeo indicators: standard and extended weight strings and the short answers.

Source: Dini Argeo 3590/E-AF and DGT4X manuals. 9600 8N1, CR LF; on RS-485 a two-digit address stands
before command and answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.dialogs import answer, read_command, unspeakable, written_command
from devices.protocols.framing import LINE, LineCodec, from_host, read_settings, refuse, string
from devices.protocols.results import Message, Mode, Noise, Result, Weight
from devices.protocols.values import (
    column,
    magnitude,
    negative,
    number,
    plain,
    reading,
    unit_of,
    whole_number,
    written_unit,
)

_ADDRESS = rb"(?P<addr>[0-9]{2})?"
_NUMBER = rb" *(?P<value>-? *[0-9]{1,8}(?:\.[0-9]{0,6})?)"
_STANDARD = re.compile(  # eight characters of weight (ten in high resolution, GX): a lost one shows
    _ADDRESS
    + rb"(?P<state>ST|US),(?P<mode>GS|NT|GX),(?=[ 0-9.-]{8,10},)"
    + _NUMBER
    + rb", *(?P<unit>[A-Za-z%]{1,3}) *"
)
_OUT = re.compile(
    _ADDRESS + rb"(?P<state>OL|UL|TL),(?P<mode>GS|NT|GX),[ 0-9.*^_OLUL-]*, *(?P<unit>[A-Za-z%]{1,3}) *"
)
_EXTENDED = re.compile(
    _ADDRESS
    + rb"(?P<state>ST|US),(?P<scale>[0-9]),"
    + _NUMBER
    + rb" *(?P<unit>[A-Za-z%]{1,3}) *,(?P<preset>PT)? *(?P<tare>-?[0-9]{1,8}(?:\.[0-9]{0,6})?)"
    rb" *(?P<tare_unit>[A-Za-z%]{1,3})(?:,.*)? *"
)
_EXTENDED_OUT = re.compile(
    _ADDRESS + rb"(?P<state>OL|UL|TL),(?P<scale>[0-9]),[ 0-9.*^_OLUL-]*(?P<unit>kg|lb|oz|g|t),(?P<preset>PT)?"
    rb"(?: *(?P<tare>-?[0-9]{1,8}(?:\.[0-9]{0,6})?) *(?P<tare_unit>[A-Za-z%]{1,3}))?[ -]*(?:,.*)? *"
)
_ANSWER = re.compile(_ADDRESS + rb"(?P<word>OK|ERR0[1-9])")
_COMMAND = re.compile(rb"((?:[0-9]{2})?(?:TMAN|[A-Z]{1,6}(?:10)?))([0-9., -]{1,16}[A-Za-z]{0,2})?")
_RESULTS = {
    b"OK": "ok",
    b"ERR01": "syntax_error",
    b"ERR02": "bad_parameter",
    b"ERR03": "not_allowed",
    b"ERR04": "unknown_command",
}
_OTHER_ERROR = "error"
_WORDS = {result: word.decode("ascii") for word, result in _RESULTS.items()}
_OUTSIDE = {b"OL": "overload", b"UL": "underload", b"TL": "invalid"}
_STATES = {"overload": "OL", "out_of_range": "OL", "underload": "UL", "invalid": "TL"}


def _address_setting(name: str, value: Any) -> str:
    text: str = string(2)(name, value)
    if len(text) != 2 or whole_number(text) is None:
        raise ValueError(f"{name} must be two digits such as '01', not {value!r}")
    return text


class DiniArgeo(LineCodec):
    """``ST,GS,  1234.5,kg``, its extended form with tare, and ``OK``/``ERRnn``."""

    remembers: ClassVar[bool] = True
    info: ClassVar[CodecInfo] = CodecInfo(
        name="dini_argeo",
        kind="scale",
        title="Dini Argeo",
        devices="Dini Argeo 3590, DGT, DFW indicators",
        serial={"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=True,
        carries_unit=True,
        confidence="V",
        source="Dini Argeo 3590/E-AF and DGT4X manuals",
    )

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``addr`` (two digits on RS-485, none), ``strip_bit7`` (false)."""
        settings = read_settings(self.info.name, config, {**LINE, "addr": _address_setting})
        super().__init__(strip_bit7=settings.get("strip_bit7", False))
        self._host = from_host(direction, settings)
        self._address: str = settings.get("addr", "")

    def line(self, line: bytes) -> Result | None:
        """One answer (or one command of the host)."""
        if self._host:
            return read_command(line, _COMMAND)
        if found := _ANSWER.fullmatch(line):
            more = {"addr": found["addr"].decode("ascii")} if found["addr"] else {}
            return answer("ack", _RESULTS.get(found["word"], _OTHER_ERROR), **more)
        if found := _STANDARD.fullmatch(line) or _OUT.fullmatch(line):
            return _weight(found, "net" if found["mode"] == b"NT" else "gross", {})
        if found := _EXTENDED.fullmatch(line) or _EXTENDED_OUT.fullmatch(line):
            return _extended(found)
        return refuse("bad_format", "not a Dini Argeo string (state, gross/net or scale, weight, unit)")

    def encode(self, result: Result) -> bytes:
        """An answer (extended when the reading carries a ``scale``), or the host's command.

        Raises ``ValueError`` for a weight wider than its field.
        """
        if self._host:
            return (self._address + written_command(result, between="")).encode("ascii") + b"\r\n"
        if isinstance(result, Weight):
            text = _extended_text(result) if "scale" in result.extra else _standard_text(result)
            address = str(result.extra.get("addr", self._address))
        elif isinstance(result, Message) and result.fields.get("command") == "ack":
            text = _WORDS.get(str(result.fields.get("result")), "ERR09")
            address = str(result.fields.get("addr", self._address))
        else:
            raise unspeakable(result, "Dini Argeo")
        return (address + text).encode("ascii") + b"\r\n"

    def poll(self) -> bytes:
        """``READ``: the standard string now."""
        return self._address.encode("ascii") + b"READ\r\n"


def _weight(found: re.Match[bytes], mode: Mode, extra: Mapping[str, Any]) -> Weight | Noise:
    unit = unit_of(found["unit"])
    if unit is None:
        return refuse("bad_format", "the weight has no unit we know")
    if found["addr"]:
        extra = {**extra, "addr": found["addr"].decode("ascii")}
    if found["state"] in _OUTSIDE:
        return reading(None, unit, None, mode, [_OUTSIDE[found["state"]]], extra=extra)
    moving = found["state"] == b"US"
    value = number(found["value"].replace(b" ", b""))
    return reading(value, unit, not moving, mode, ["motion"] if moving else [], extra=extra)


def _extended(found: re.Match[bytes]) -> Weight | Noise:
    extra: dict[str, Any] = {"scale": whole_number(found["scale"].decode("ascii"))}
    if found["tare"]:
        tare = number(found["tare"])
        if tare is None or unit_of(found["tare_unit"]) != unit_of(found["unit"]):
            return refuse("bad_format", "weight and tare have different units")
        extra["tare"] = plain(tare)
    extra["preset_tare"] = found["preset"] is not None
    return _weight(found, "net", extra)


def _state(weight: Weight) -> str:
    if weight.value is not None:
        return "ST" if weight.stable else "US"
    return next((_STATES[word] for word in sorted(weight.status) if word in _STATES), "TL")


def _digits(weight: Weight) -> str:
    return "" if weight.value is None else ("-" if negative(weight) else "") + magnitude(weight.value)


def _standard_text(weight: Weight) -> str:
    mode = "NT" if weight.mode == "net" else "GS"
    return f"{_state(weight)},{mode},{column(_digits(weight), 8)},{written_unit(weight, 2):<2}"


def _extended_text(weight: Weight) -> str:
    unit = written_unit(weight, 2)
    preset = "PT" if weight.extra.get("preset_tare") else "  "
    tare = column(str(weight.extra.get("tare", "0")), 7, "tare")
    return (
        f"{_state(weight)},{weight.extra['scale']},{column(_digits(weight), 10)}{unit},{preset}{tare}{unit}"
    )

"""The A&D standard format and the ``ST,GS`` family that grew out of it.

Source: A&D AD-4329A, AD-4404 and EK-L manuals, recordings of T-Scale indicators. 2400 7E1 on A&D, 9600
8N1 on most others. The reference line is ``ST,NT,+0012.34kg``; makers move blanks, drop signs or the
second comma, so one strict pattern names exactly the variants that were seen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.dialogs import answer, complaint, read_command, unspeakable, written_command
from devices.protocols.framing import LINE, LineCodec, flag, from_host, read_settings, refuse
from devices.protocols.results import Message, Mode, Noise, Result, Weight
from devices.protocols.values import magnitude, negative, number, reading, unit_of, written_unit

_HEADER = rb"(?P<state>ST|US|QT|OL|UL|LO|St|Us)"
_SECOND = rb"(?P<mode>GS|NT|TR|G~|N~|T~|PT|GW|NW|TW|G|N|T|OK|HI|LO)"
_LINE = re.compile(
    _HEADER + rb"(?:, *" + _SECOND + rb")?(?:, *| +|(?=[+-]))"
    rb"(?P<sign>[+-]?) *(?P<value>[0-9]{1,9}(?:[.,][0-9]{0,6})?|[.,][0-9]{1,6}) *(?P<unit>[A-Za-z%]{1,3}) *"
)
_OUT = re.compile(
    rb"(?P<state>OL|UL|LO)(?:, *" + _SECOND + rb")?(?:[, ] *(?P<sign>[+-]?)[ 0-9.,*^_-]*"
    rb"(?:OL|UL)? *(?P<unit>[A-Za-z%]{1,3})? *)?"
)
_COMMAND = re.compile(
    rb"(Q|S|SI|SIR|C|Z|T|R|RW|RG|RN|RT|PT|MG|MN|MT|MZ|CT|\?[A-Z]{2})(?:[:, ]([\x20-\x7e]{1,20}))?"
)
_ECHO = re.compile(rb"C|Z|T|MZ|MT|CT|PT")
_ERROR = re.compile(rb"\?(E[0-9]{0,2}|I|V)|E[CR][,: ]?(E?[0-9]{1,3})")
_MODES: Mapping[bytes, Mode] = {
    b"GS": "gross",
    b"NT": "net",
    b"TR": "tare",
    b"G~": "gross",
    b"N~": "net",
    b"T~": "tare",
    b"PT": "tare",
    b"GW": "gross",
    b"NW": "net",
    b"TW": "tare",
    b"G": "gross",
    b"N": "net",
    b"T": "tare",
}
_HEADERS = {"gross": "GS,", "net": "NT,", "tare": "TR,", None: ""}
_SPELLING = {"pcs": "PC"}


class AndStandard(LineCodec):
    """One line: state, gross/net, sign, number, unit."""

    remembers: ClassVar[bool] = True
    info: ClassVar[CodecInfo] = CodecInfo(
        name="and_standard",
        kind="scale",
        title="A&D standard (ST,GS)",
        devices="A&D, T-Scale, Selleton, KERN EOC/EOB and most indicators that print ST,GS",
        serial={"baudrate": 2400, "bytesize": 7, "parity": "E", "stopbits": 1},
        polled=False,
        carries_unit=True,
        confidence="V+D",
        source="A&D AD-4329A, AD-4404 and EK-L manuals; recordings of T-Scale NHB and QHW",
    )

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``strip_bit7`` (7-bit line read as 8 bits, false); ``decimal_comma`` (a comma inside
        the number is the decimal mark, false: a lost point and a thousands comma look the same)."""
        settings = read_settings(self.info.name, config, {**LINE, "decimal_comma": flag})
        super().__init__(strip_bit7=settings.get("strip_bit7", False))
        self._comma: bool = settings.get("decimal_comma", False)
        self._host = from_host(direction, settings)

    def line(self, line: bytes) -> Result | None:
        """One line of the indicator (or one command of the host)."""
        if self._host:
            return read_command(line, _COMMAND)
        if found := _OUT.fullmatch(line):
            return _out_of_range(found)
        if found := _LINE.fullmatch(line):
            return self._weight(found)
        if found := _ERROR.fullmatch(line):
            return complaint((found[1] or found[2]).decode("ascii"))
        if _ECHO.fullmatch(line):
            return answer(line.decode("ascii"), "ok")
        return refuse("bad_format", "not a line of the ST,GS family (state, gross/net, sign, number, unit)")

    def _weight(self, found: re.Match[bytes]) -> Weight | Noise:
        text, unit = found["value"], unit_of(found["unit"])
        if b"," in text:
            if not self._comma:
                return refuse(
                    "bad_format", "a comma in the number; set decimal_comma if the device writes so"
                )
            text = text.replace(b",", b".")
        elif self._comma and b"." in text:
            return refuse("bad_format", "a point in the number although decimal_comma is set")
        if unit is None:
            return refuse("bad_format", "the weight has no unit we know")
        sign = b"-" if found["sign"] == b"-" else b""
        moving = found["state"].upper() == b"US"
        mode = _MODES.get(found["mode"] or b"")
        return reading(number(sign + text), unit, not moving, mode, ["motion"] if moving else [])

    def encode(self, result: Result) -> bytes:
        """The reference line, or the host's command. Raises ``ValueError`` for a number over 8 characters."""
        if self._host:
            return written_command(result, between=":").encode("ascii") + b"\r\n"
        if isinstance(result, Weight):
            return self._weight_text(result).encode("ascii") + b"\r\n"
        if isinstance(result, Message):
            code, name = result.fields.get("error_code"), result.fields.get("command")
            if isinstance(code, str):
                return f"?{code}\r\n".encode("ascii")
            if isinstance(name, str) and _ECHO.fullmatch(name.encode()):
                return f"{name}\r\n".encode("ascii")
        raise unspeakable(result, "the A&D standard")

    def _weight_text(self, weight: Weight) -> str:
        head = _HEADERS[weight.mode]
        unit = written_unit(weight, 3, _SPELLING)
        unit = f"{unit:>3}" if weight.mode is None or len(unit) == 3 else f"{unit:>2}"
        if weight.value is None:
            sign = "-" if weight.status & {"underload"} else "+"
            return f"OL,{head}{sign}9999999{unit}"
        digits = magnitude(weight.value).rjust(7, "0")
        if len(digits) > 8:
            raise ValueError(f"the weight {digits} does not fit into 8 characters")
        if self._comma:
            digits = digits.replace(".", ",")
        state = "QT" if weight.unit == "pcs" and weight.stable else "ST" if weight.stable else "US"
        return f"{state},{head}{'-' if negative(weight) else '+'}{digits}{unit}"

    def poll(self) -> bytes:
        """``Q``: the weight now (indicators that stream ignore it)."""
        return b"Q\r\n"


def _out_of_range(found: re.Match[bytes]) -> Weight | Noise:
    unit = unit_of(found["unit"]) if found["unit"] else None
    if found["unit"] and unit is None:
        return refuse("bad_format", "the line has a unit we do not know")
    minus = found["sign"] == b"-"
    below = minus or found["state"] in (b"UL", b"LO")
    mode = _MODES.get(found["mode"] or b"")
    word = "underload" if below else "overload"
    return reading(None, unit, None, mode, [word], sign=-1 if minus else None)

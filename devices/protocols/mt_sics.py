"""MT-SICS, the command set of Mettler-Toledo balances and IND terminals, and their print lines.

Source: Mettler-Toledo operating instructions (JS, AL-IC) and the MT-SICS command descriptions.
9600 8N1 or TCP; one command at a time; answers are lines ending in CR LF. Columns move between
generations, so lines are matched by pattern.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.dialogs import answer, complaint, read_command, unspeakable, written_command
from devices.protocols.framing import LINE, LineCodec, from_host, read_settings, refuse
from devices.protocols.results import Message, Mode, Noise, Result, Weight
from devices.protocols.values import (
    column,
    magnitude,
    negative,
    number,
    plain,
    reading,
    unit_of,
    written_unit,
)

_NUM = rb"(-?[0-9]+(?:\.[0-9]*)?)"
_UNIT = rb"([A-Za-z%]{1,3})"
_WEIGHT = re.compile(rb"(?:S|SI|SIR|SR|SNR) ([SD]) +" + _NUM + rb" +" + _UNIT + rb" *")
_NO_WEIGHT = re.compile(rb"(?:S|SI|SIR|SR|SNR) ([I+-])")
_SIX1 = re.compile(
    rb"SIX1 ([SDI+-]) [A-Z0-9] ([ZN]) (?:[A-Z0-9] ){5}([0-9]) ([A-Z])"
    rb" +" + _NUM + rb" +" + _NUM + rb" +" + _NUM + rb" +" + _UNIT + rb" *"
)
_TARE = re.compile(rb"(T [SD]|TI [SD]|TA A) +" + _NUM + rb" +" + _UNIT + rb" *")
_INFO = re.compile(rb"(I[0-9]{1,2}) ([AB]) ([\x20-\x7e]*)")
_QUOTED = re.compile(r'"([^"]*)"')
_ANSWER = re.compile(rb"([A-Z]{1,4}[0-9]{0,2}|@) ([AILSD+-])")
_ERROR = re.compile(rb"E[STLI]")

_RESULTS = {
    b"A": "ok",
    b"I": "not_executable",
    b"L": "bad_parameter",
    b"+": "overload",
    b"-": "underload",
    b"S": "ok",
    b"D": "ok",
}
_LETTERS = {"not_executable": "I", "bad_parameter": "L", "overload": "+", "underload": "-"}
_RANGE = {b"I": "not_executable", b"+": "overload", b"-": "underload"}
#: commands whose success is answered with S (stable) or D (moving) and not with A
_STATED = frozenset({"ZI", "TI", "T"})
_SPELLING = {"pcs": "PCS"}


class MtSics(LineCodec):
    """MT-SICS levels 0 and 1, and SIX1 of the IND terminals."""

    remembers: ClassVar[bool] = True
    info: ClassVar[CodecInfo] = CodecInfo(
        name="mt_sics",
        kind="scale",
        title="MT-SICS",
        devices="Mettler-Toledo balances and IND terminals, KERN with KCP",
        serial={"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=True,
        carries_unit=True,
        confidence="V",
        source="Mettler-Toledo JS and AL-IC operating instructions; MT-SICS reference",
    )

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``strip_bit7`` (7-bit line read as 8 bits, false)."""
        settings = read_settings(self.info.name, config, LINE)
        super().__init__(strip_bit7=settings.get("strip_bit7", False))
        self._host = from_host(direction, settings)

    def line(self, line: bytes) -> Result | None:
        """One answer (or, for the host's side, one command)."""
        if self._host:
            return read_command(line)
        if found := _WEIGHT.fullmatch(line):
            return _weight(found[1], found[2], found[3])
        if found := _NO_WEIGHT.fullmatch(line):
            return reading(None, None, None, None, [_RANGE[found[1]]])
        if found := _SIX1.fullmatch(line):
            return _six1(found)
        if found := _TARE.fullmatch(line):
            return _tare(found)
        if found := _INFO.fullmatch(line):
            return _info(found)
        if _ERROR.fullmatch(line):
            return complaint(line.decode("ascii"))
        found = _ANSWER.fullmatch(line)
        if found and _plausible(found[1], found[2]):
            return answer(found[1].decode("ascii"), _RESULTS[found[2]])
        return refuse("bad_format", "not an MT-SICS answer; is the terminal set to MT-SICS?")

    def encode(self, result: Result) -> bytes:
        """A device's answer, or the host's command. Raises ``ValueError`` for what MT-SICS cannot say."""
        if self._host:
            return written_command(result).encode("ascii") + b"\r\n"
        if isinstance(result, Weight):
            text = _six1_text(result) if "gross" in result.extra else _weight_text(result)
        elif isinstance(result, Message):
            text = _message_text(result)
        else:
            raise unspeakable(result, "MT-SICS")
        return text.encode("ascii") + b"\r\n"

    def poll(self) -> bytes:
        """``SI``: the weight now. ``S`` would block until the load is still."""
        return b"SI\r\n"


class MtPrint(LineCodec):
    """Lines of a Mettler-Toledo balance that believes it talks to a printer (QDMS): ``N  0.3749 g``.

    Printed only once the load is still, but the line does not say so: ``stable`` is None.
    """

    remembers: ClassVar[bool] = True
    info: ClassVar[CodecInfo] = CodecInfo(
        name="mt_print",
        kind="scale",
        title="Mettler-Toledo print lines",
        devices="Mettler-Toledo balances in printer mode",
        serial={"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=False,
        carries_unit=True,
        confidence="V",
        source="recordings of an MS204TS",
    )

    _LINE = re.compile(rb" {0,10}([NGT]) +" + _NUM + rb" +" + _UNIT + rb" *")
    _MODES: ClassVar[Mapping[bytes, Mode]] = {b"N": "net", b"G": "gross", b"T": "tare"}

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``strip_bit7`` (7-bit line read as 8 bits, false)."""
        settings = read_settings(self.info.name, config, LINE)
        super().__init__(strip_bit7=settings.get("strip_bit7", False))
        self._host = from_host(direction, settings)

    def line(self, line: bytes) -> Result | None:
        """One printed line."""
        if self._host:
            return refuse("bad_format", "nothing is sent to a balance in printer mode")
        found = self._LINE.fullmatch(line)
        unit = unit_of(found[3]) if found else None
        if not found or unit is None:
            return refuse("bad_format", "not a printed weight line (letter N, G or T, weight, unit)")
        return reading(number(found[2]), unit, None, self._MODES[found[1]])

    def encode(self, result: Result) -> bytes:
        """The printed line. Raises ``ValueError`` for anything but a weight with a mode."""
        if not isinstance(result, Weight) or result.value is None or result.mode is None:
            raise ValueError("a print line carries a weight that is gross, net or tare")
        text = ("-" if negative(result) else "") + magnitude(result.value)
        unit = written_unit(result)
        return f"     {result.mode[0].upper()}{column(text, 13)} {unit}   \r\n".encode("ascii")

    def poll(self) -> None:
        """None: the balance prints when its key is pressed."""
        return


def _plausible(head: bytes, letter: bytes) -> bool:
    """Whether an answer can have that letter: only weights and the ``I``/``T`` forms say S or D."""
    if letter in b"SD":
        return head.decode("ascii") in _STATED
    return head not in (b"S", b"SI", b"SIR", b"SR", b"SNR") or letter == b"L"


def _weight(letter: bytes, text: bytes, unit_text: bytes) -> Weight | Noise:
    unit = unit_of(unit_text)
    if unit is None:
        return refuse("bad_format", "the weight has a unit we do not know")
    moving = letter == b"D"
    return reading(number(text), unit, not moving, None, ["motion"] if moving else [])


def _six1(found: re.Match[bytes]) -> Weight | Noise:
    unit = unit_of(found[8])
    if unit is None:
        return refuse("bad_format", "the weight has a unit we do not know")
    status = ["zero"] if found[2] == b"Z" else []
    mode: Mode = "gross" if found[4] == b"N" else "net"
    if found[1] in _RANGE:
        return reading(None, unit, None, mode, [*status, _RANGE[found[1]]])
    gross, net, tare = number(found[5]), number(found[6]), number(found[7])
    if gross is None or net is None or tare is None:
        return refuse("bad_format", "a weight has more digits than any scale")
    moving = found[1] == b"D"
    extra = {"gross": plain(gross), "net": plain(net), "tare": plain(tare)}
    status += ["motion"] if moving else []
    return reading(gross if mode == "gross" else net, unit, not moving, mode, status, extra=extra)


def _tare(found: re.Match[bytes]) -> Message | Noise:
    value, unit = number(found[2]), unit_of(found[3])
    if value is None or unit is None:
        return refuse("bad_format", "the tare has a number or a unit we do not know")
    return answer(found[1].split()[0].decode("ascii"), "ok", tare=plain(value), unit=unit)


def _info(found: re.Match[bytes]) -> Message:
    rest = found[3].decode("ascii")
    quoted = _QUOTED.findall(rest)
    return answer(found[1].decode("ascii"), "ok", text=" ".join(quoted) if quoted else rest.strip())


def _weight_text(weight: Weight) -> str:
    if weight.value is None:
        letter = next((_LETTERS[word] for word in ("overload", "underload") if word in weight.status), "I")
        return f"S {letter}"
    text = ("-" if negative(weight) else "") + magnitude(weight.value)
    letter = "S" if weight.stable else "D"
    return f"S {letter} {column(text, 10)} {written_unit(weight, 3, _SPELLING)}"


def _six1_text(weight: Weight) -> str:
    names = ("gross", "net", "tare")
    fields = " ".join(column(str(weight.extra.get(name, "0")), 9, name) for name in names)
    letter = "S" if weight.stable else "D"
    zero = "Z" if "zero" in weight.status else "N"
    taring = "N" if weight.mode == "gross" else "M"
    return f"SIX1 {letter} 0 {zero} R R 0 0 0 1 {taring} {fields} {written_unit(weight, 3):<3}"


def _message_text(message: Message) -> str:
    fields = message.fields
    if "error_code" in fields:
        return str(fields["error_code"])
    name, result = fields.get("command"), fields.get("result")
    if not isinstance(name, str) or (result != "ok" and result not in _LETTERS):
        raise unspeakable(message, "MT-SICS")
    if result != "ok":
        return f"{name} {_LETTERS[result]}"
    if "text" in fields:
        return f'{name} A "{fields["text"]}"'
    letter = "S" if name in _STATED else "A"
    if "tare" in fields:
        return f"{name} {letter} {column(str(fields['tare']), 10, 'tare')} {fields['unit']}"
    return f"{name} {letter}"

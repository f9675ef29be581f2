"""Machine-readable zones from passport and card readers (``mrz``): ICAO 9303 TD1, TD2, TD3, visas A and B.

Sources: ICAO Doc 9303 parts 3-7; Desko and 3M reader framings; OCR templates of imagers. Framing on the wire: lines
ending in CR, LF or CR LF, bare or between STX and ETX, or all lines joined. Dates stay as printed (two-digit years,
unknown parts as ``<``): deciding the century needs today's date and is done above the codec. Nothing is corrected.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.checks import mrz_mod10
from devices.protocols.framing import read_settings
from devices.protocols.noise import NoiseRun
from devices.protocols.results import ErrorWord, Message, Noise, Result

SOH, STX, ETX = 0x01, 0x02, 0x03

_CHARS = re.compile(r"[A-Z0-9<]+")
_DATE = re.compile(r"(?:[0-9]{2}|<<)(?:0[0-9]|1[0-2]|<<)(?:[0-2][0-9]|3[01]|<<)")
#: first line by length: what only a first line can look like
_FIRST = {
    44: re.compile(r"[PV][A-Z<][A-Z<]{42}"),
    36: re.compile(r"[A-Z][A-Z<][A-Z<]{34}"),
    30: re.compile(r"[ACI][A-Z0-9<][A-Z<]{3}[A-Z0-9<]{25}"),
}
_LINES = {44: 2, 36: 2, 30: 3}
#: lines sent joined: total length -> length of one
_JOINED = {88: 44, 72: 36, 90: 30}


class _Refused(Exception):  # noqa: N818  # travels inside this module only
    """Why the lines are no valid zone."""

    def __init__(self, error: ErrorWord, reason: str) -> None:
        super().__init__(reason)
        self.error: ErrorWord = error
        self.reason = reason


def _check(name: str, data: str, digit: str, *, may_be_empty: bool = False) -> None:
    if may_be_empty and digit == "<" and not data.strip("<"):
        return
    if digit != str(mrz_mod10(data)):
        raise _Refused("bad_checksum", f"the check digit of the {name} does not fit: read the document again")


def _names(field: str) -> tuple[str, str]:
    """Surname and given names; a single name has no ``<<`` and no given names."""
    surname, _, given = field.partition("<<")
    return surname.replace("<", " ").strip(), given.replace("<", " ").strip()


def _number(field: str, digit: str, rest: str) -> str:
    """The document number; a long one goes on in the optional data, its check digit last."""
    if digit == "<" and (tail := rest.split("<", 1)[0]):
        number = field + tail[:-1]
        _check("document number", number, tail[-1])
        return number
    _check("document number", field, digit)
    return field.rstrip("<")


def _common(first: str, name_field: str, number: str, second: dict[str, str], kind: str) -> dict[str, Any]:
    """The fields of every format, after checking dates, sex and letters."""
    for name in ("birth", "expiry"):
        if not _DATE.fullmatch(second[name]):
            raise _Refused("bad_format", f"{second[name]!r} is no {name} date")
    if second["sex"] not in "MFX<":
        raise _Refused("bad_format", f"{second['sex']!r} is no sex: M, F, X or <")
    if not re.fullmatch(r"[A-Z<]+", name_field):
        raise _Refused("bad_format", "there is a digit among the names")
    if not re.fullmatch(r"[A-Z<]{3}", first[2:5]) or not re.fullmatch(r"[A-Z<]{3}", second["nationality"]):
        raise _Refused("bad_format", "issuer and nationality are three letters each")
    surname, given = _names(name_field)
    fields: dict[str, Any] = {
        "format": kind,
        "doc_type": first[:2].rstrip("<"),
        "issuer": first[2:5].rstrip("<"),
        "surname": surname,
        "given": given,
        "number": number,
        "nationality": second["nationality"].rstrip("<"),
        "birth": second["birth"],
        "sex": second["sex"],
        "expiry": second["expiry"],
    }
    if optional := second.get("optional", "").strip("<"):
        fields["optional"] = optional
    return fields


def _two_lines(first: str, second: str) -> dict[str, Any]:
    """TD3, TD2 and visas: names in line 1, everything else in line 2."""
    size, visa = len(first), first[0] == "V"
    optional = (
        second[28:44]
        if visa and size == 44
        else second[28:42]
        if size == 44
        else second[28 : 36 if visa else 35]
    )
    if size == 36 and not visa:
        number = _number(second[:9], second[9], optional)
    else:
        _check("document number", second[:9], second[9])
        number = second[:9].rstrip("<")
    _check("birth date", second[13:19], second[19])
    _check("expiry date", second[21:27], second[27])
    if size == 44 and not visa:
        _check("optional data", second[28:42], second[42], may_be_empty=True)
    if not visa:
        last = size - 1
        _check("whole line", second[:10] + second[13:20] + second[21:last], second[last])
    kind = ("MRV-A" if visa else "TD3") if size == 44 else ("MRV-B" if visa else "TD2")
    parts = {
        "nationality": second[10:13],
        "birth": second[13:19],
        "sex": second[20],
        "expiry": second[21:27],
        "optional": optional,
    }
    return _common(first, first[5:], number, parts, kind)


def _three_lines(first: str, second: str, third: str) -> dict[str, Any]:
    """TD1 cards: number in line 1, dates in line 2, names in line 3."""
    number = _number(first[5:14], first[14], first[15:])
    _check("birth date", second[:6], second[6])
    _check("expiry date", second[8:14], second[14])
    _check("whole card", first[5:] + second[:7] + second[8:15] + second[18:29], second[29])
    long_number = first[14] == "<" and first[15] != "<"
    parts = {
        "nationality": second[15:18],
        "birth": second[:6],
        "sex": second[7],
        "expiry": second[8:14],
        "optional": (second[18:29] if long_number else first[15:] + second[18:29]),
    }
    return _common(first, third, number, parts, "TD1")


def read_zone(lines: list[str]) -> dict[str, Any] | Noise:
    """The fields of a complete zone, or why it is refused (``raw`` left empty)."""
    try:
        return _two_lines(lines[0], lines[1]) if len(lines) == 2 else _three_lines(*lines)
    except _Refused as refused:
        return Noise(refused.error, b"", refused.reason)


class Mrz:
    """The codec: collects lines until a zone is complete, checks every digit, gives one message a document."""

    info: ClassVar[CodecInfo] = CodecInfo(
        name="mrz",
        kind="passport",
        title="Passport and card reader (MRZ text)",
        devices="Desko, 3M/Gemalto readers, imagers with OCR template; passports, cards, visas",
        serial={"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=False,
        carries_unit=True,
        confidence="V",
        source="ICAO Doc 9303 parts 3-7; Desko and 3M interface descriptions",
    )
    line_oriented: ClassVar[bool] = True
    #: longest line: three lines of 30 joined, an AIM identifier and a reader's flag
    LIMIT = 96

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """No settings."""
        read_settings(self.info.name, config, {})
        self._run = NoiseRun()
        self._reset()

    def _reset(self) -> None:
        self._line = bytearray()
        self._lines: list[str] = []
        self._raw = bytearray()
        self._spilling = False
        self._header = False  # between SOH and STX of a 3M message
        self._skip = 0  # bytes of a 3M message that are no text: the flag, the block check
        self._framed_3m = False

    @property
    def pending(self) -> int:
        """How many bytes are held back; at most three lines."""
        return len(self._line) + len(self._raw) + len(self._run)

    def feed(self, data: bytes) -> list[Result]:
        """Take what arrived and return the documents it completed. Never raises, never waits."""
        out: list[Result] = []
        for byte in data:
            self._byte(byte, out)
        return out

    def flush(self) -> list[Result]:
        """The line has been idle: the last line may have no end; an incomplete zone is ``truncated``."""
        out: list[Result] = []
        self._end_line(out, final=True)
        if self._raw or self._line:
            raw = bytes(self._raw + self._line)
            self._run.end(out)
            out.append(Noise("truncated", raw, "the reader stopped before the last line of the zone"))
        self._run.end(out)
        self._reset()
        return out

    def _byte(self, byte: int, out: list[Result]) -> None:
        if self._skip:
            self._skip -= 1
        elif byte in (0x0D, 0x0A):
            self._end_line(out)
        elif byte == SOH and not self._line:
            self._header, self._framed_3m = True, True
        elif byte == STX:
            self._start(out)
        elif byte == ETX:
            self._end_line(out, final=True)
            self._drop(out, "bad_format", "ETX came before the last line of the zone")
            self._skip, self._framed_3m = int(self._framed_3m), False
        elif self._header:
            self._line.append(byte)
            if len(self._line) > 8:  # no STX in sight: SOH was noise
                self._header = self._framed_3m = False
        elif self._spilling:
            self._run.skip(bytes((byte,)), out, "the rest of an overlong line")
        elif not self._line and not 0x20 <= byte <= 0x7E:
            self._run.skip(bytes((byte,)), out, "unprintable bytes at the start of a line")
        else:
            self._line.append(byte)
            if len(self._line) > self.LIMIT:
                self._drop(
                    out, "overlong", f"a line of more than {self.LIMIT} characters is no zone", self._line
                )
                self._line.clear()
                self._spilling = True
            elif self._completes():
                self._end_line(out)  # not every reader ends its last line

    def _start(self, out: list[Result]) -> None:
        """STX: a document begins here, whatever came before."""
        if self._header:
            self._line.clear()
            self._header, self._skip = False, 1
        self._drop(
            out, "bad_format", "a new document starts before the last line of the one before", self._line
        )
        self._line.clear()
        self._spilling = False

    def _end_line(self, out: list[Result], *, final: bool = False) -> None:
        line, self._line = bytes(self._line), bytearray()
        self._spilling = False
        if not line:
            return
        if self._framed_3m:
            line = line.rstrip(b"_")
        text = line.decode("latin-1")
        if text[:2] == "]o" and not self._lines:
            text = text[3:]  # AIM identifier of OCR
        size = _JOINED.get(len(text))
        pieces = [text[at : at + size] for at in range(0, len(text), size)] if size else [text]
        if final and not size:
            self._line = bytearray(line)
            return
        self._raw += line
        for piece in pieces:
            self._add(piece, out)

    def _completes(self) -> bool:
        """Whether the line in hand is the last one of its zone and full."""
        if not self._lines:
            return False
        size = len(self._lines[0])
        return len(self._line) == size and len(self._lines) + 1 == _LINES[size]

    def _add(self, text: str, out: list[Result]) -> None:
        """One more line of the zone."""
        if not _CHARS.fullmatch(text):
            self._drop(
                out, "bad_format", f"{text!r} has characters that no zone has: the reader could not read it"
            )
            return
        if not self._lines:
            pattern = _FIRST.get(len(text))
            if not pattern or not pattern.fullmatch(text):
                self._drop(out, "bad_format", f"{text!r} is not the first line of a zone")
                return
        elif len(text) != len(self._lines[0]):
            self._drop(
                out, "bad_format", f"a line of {len(text)} characters follows one of {len(self._lines[0])}"
            )
            return
        self._lines.append(text)
        if len(self._lines) < _LINES[len(text)]:
            return
        found = read_zone(self._lines)
        if not isinstance(found, Noise):
            self._run.end(out)
            out.append(Message(found, bytes(self._raw)))
            self._lines, self._raw = [], bytearray()
            return
        # the first line may be the rest of a document that was cut: look again one line later
        rest = self._lines[1:]
        while rest and not _FIRST[len(rest[0])].fullmatch(rest[0]):
            rest = rest[1:]
        kept = sum(len(line) for line in rest)
        raw = bytes(self._raw[: len(self._raw) - kept])
        self._run.end(out)
        out.append(Noise(found.error, raw, found.reason))
        self._lines, self._raw = rest, self._raw[len(self._raw) - kept :]

    def _drop(self, out: list[Result], error: ErrorWord, reason: str, more: bytes | bytearray = b"") -> None:
        raw = bytes(self._raw + more)
        self._lines, self._raw = [], bytearray()
        if raw:
            self._run.end(out)
            out.append(Noise(error, raw, reason))

    def encode(self, result: Result) -> bytes:
        """``STX line CR ... ETX`` with all check digits. Raises ``ValueError`` for a field that does not fit."""
        if not isinstance(result, Message):
            raise ValueError("mrz sends documents: give a Message with the fields of the zone")
        lines = zone_lines(result.fields)
        return bytes((STX,)) + b"".join(line.encode("ascii") + b"\r" for line in lines) + bytes((ETX,))

    def poll(self) -> bytes | None:
        """None: a reader speaks when a document is laid on it."""
        return None


def zone_lines(fields: Mapping[str, Any]) -> list[str]:
    """The lines of a zone. Raises ``ValueError`` for characters or lengths that the format cannot hold."""

    def fit(name: str, size: int, text: str | None = None) -> str:
        value = str(fields.get(name, "")) if text is None else text
        padded = value.ljust(size, "<")
        if len(padded) != size or not re.fullmatch(r"[A-Z0-9<]*", padded):
            raise ValueError(f"{name} {value!r} does not fit in {size} characters A-Z 0-9 <")
        return padded

    kind = str(fields.get("format", "TD3"))
    widths = {"TD3": 44, "MRV-A": 44, "TD2": 36, "MRV-B": 36, "TD1": 30}
    if kind not in widths:
        raise ValueError(f"format is one of {', '.join(widths)}, not {kind!r}")
    width = widths[kind]
    names = str(fields.get("surname", "")).replace(" ", "<")
    if fields.get("given"):
        names += "<<" + str(fields["given"]).replace(" ", "<")
    head = fit("doc_type", 2) + fit("issuer", 3)
    number, birth, expiry = fit("number", 9), fit("birth", 6), fit("expiry", 6)
    sex, nationality = fit("sex", 1), fit("nationality", 3)

    def checked(text: str) -> str:
        return text + str(mrz_mod10(text))

    if kind == "TD1":
        first = head + checked(number) + fit("optional", 15)
        second = checked(birth) + sex + checked(expiry) + nationality + "<" * 11
        digit = mrz_mod10(first[5:] + second[:7] + second[8:15] + second[18:29])
        return [first, f"{second}{digit}", fit("surname", 30, names)]
    first = head + fit("surname", width - 5, names)
    second = checked(number) + nationality + checked(birth) + sex + checked(expiry)
    if kind.startswith("MRV"):
        return [first, second + fit("optional", width - 28)]
    second += checked(fit("optional", 14)) if kind == "TD3" else fit("optional", 7)
    digit = mrz_mod10(second[:10] + second[13:20] + second[21:])
    return [first, f"{second}{digit}"]

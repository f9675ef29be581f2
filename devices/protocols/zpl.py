"""Zebra label printers: the answers to ``~HS`` and ``~HI`` (``zpl_hs``), over TCP 9100 or serial.

Source: ZPL II programming guide, ~HS and ~HI. The printer may not answer at all while paper or ribbon is out, the head is open
or too hot: no answer within 2 s means "not ready", not "unknown". Over 9100 nothing confirms printing: wait for
``labels_remaining`` and ``formats_in_buffer`` to be 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.framing import Refuse, Verdict, accept, flag, read_settings
from devices.protocols.idle import LengthCodec
from devices.protocols.results import Message, Result

_FLAG, _DIGIT = r"[01]", r"[0-9]"
#: pattern of each field of the three strings, in the order of the guide
_STRINGS: tuple[tuple[str, ...], ...] = (
    (
        r"[0-9]{3}",
        _FLAG,
        _FLAG,
        r"[0-9]{4,5}",
        r"[0-9]{3}",
        _FLAG,
        _FLAG,
        _FLAG,
        r"[0-9]{3}",
        _FLAG,
        _FLAG,
        _FLAG,
    ),
    (r"[0-9]{3}", _DIGIT, _FLAG, _FLAG, _FLAG, _DIGIT, _DIGIT, _FLAG, r"[0-9]{8}", _DIGIT, r"[0-9]{3}"),
    (r"[0-9A-Za-z]{4}", _DIGIT),
)
#: (string, field) -> status word; any of them means the printer is not ready
_FLAGS: dict[tuple[int, int], str] = {
    (0, 1): "paper_out",
    (0, 2): "paused",
    (0, 5): "buffer_full",
    (0, 6): "diagnostics",
    (0, 7): "partial_format",
    (0, 9): "corrupt_ram",
    (0, 10): "under_temperature",
    (0, 11): "over_temperature",
    (1, 2): "head_open",
    (1, 3): "ribbon_out",
}
#: what ``~HI`` is answered: model, firmware, dots per millimetre, memory, and whatever options follow
_IDENTITY = re.compile(
    rb"\x02([A-Za-z][A-Za-z0-9 ._+-]{0,39}),([A-Za-z0-9 ._-]{1,24}),([0-9]{1,2}),([0-9]{1,7} ?KB)((?:,[^\x02\x03\r\n]{0,60})?)\x03"
)
_MODEL = re.compile(rb"\x02[A-Za-z][^\x02\x03\r\n]{0,150}")
_FORMAT = re.compile(rb"\^XA.*?\^XZ", re.DOTALL | re.IGNORECASE)


class ZplHs(LengthCodec):
    """Three strings ``STX fields ETX CR LF`` make one status. For the host: ``~HS`` and whole formats ``^XA ... ^XZ``."""

    info: ClassVar[CodecInfo] = CodecInfo(
        name="zpl_hs",
        kind="printer",
        title="Zebra printer host status (~HS)",
        devices="Zebra ZT, ZD, GK and other ZPL II printers (TCP 9100)",
        serial={"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=True,
        carries_unit=True,
        confidence="V",
        source="ZPL II programming guide, ~HS",
    )
    #: longest answer with room for wide label lengths, and longest format a host sends
    LIMIT, FORMAT_LIMIT = 160, 65536

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``request``: decode the host's side."""
        settings = read_settings(self.info.name, config, {"request": flag})
        self.host = direction == "host_to_device" or settings.get("request", False)
        starts = b"~^\r\n" if self.host else b"\x02\r\n"
        super().__init__(starts, limit=self.FORMAT_LIMIT if self.host else self.LIMIT)

    def match(self, data: bytes, at: int) -> Verdict:
        """A whole status, or a command when decoding the host's side; line ends between them are nothing."""
        if data[at] in b"\r\n":
            return accept(1)
        return self._request(data, at) if self.host else self._status(data, at)

    def _request(self, data: bytes, at: int) -> Verdict:
        head = data[at : at + 3].upper()
        if data[at] == 0x7E:
            if len(head) < 3 and b"~HS".startswith(head):
                return None
            if head not in (b"~HS", b"~HI"):
                return Refuse("bad_format", "only ~HS and ~HI are understood besides formats")
            return accept(3, Message({"command": head.decode("ascii")}))
        if head != b"^XA"[: len(head)]:
            return Refuse("bad_format", "a format starts with ^XA")
        found = _FORMAT.match(data, at, at + self.limit)
        if not found:
            return None
        text = found[0].decode("utf-8", "replace")
        return accept(len(found[0]), Message({"command": "print", "zpl": text}))

    def _status(self, data: bytes, at: int) -> Verdict:
        if data[at + 1 : at + 2].isalpha():  # strings of a status begin with digits, a model with a letter
            end = data.find(b"\x03", at, at + self.limit)
            if end < 0:
                return (
                    None if _MODEL.fullmatch(data, at) else Refuse("bad_format", "neither status nor model")
                )
            found = _IDENTITY.fullmatch(data, at, end + 1)
            if not found:
                return Refuse("bad_format", "neither status nor model")
            model, firmware, dots, memory, _ = (part.decode("ascii", "replace") for part in found.groups())
            about: dict[str, Any] = {"command": "~HI", "model": model, "firmware": firmware}
            return accept(end + 1 - at, Message({**about, "dots_per_mm": int(dots), "memory": memory}))
        strings: list[list[str]] = []
        here = at
        for number, patterns in enumerate(_STRINGS):
            while number and here < len(data) and data[here] in b"\r\n":
                here += 1
            if here >= len(data):
                return None
            if data[here] != 0x02:
                return Refuse("bad_format", f"STX of string {number + 1} expected, {data[here]:02X}h came")
            end = data.find(b"\x03", here, at + self.limit)
            text = data[here + 1 : end if end >= 0 else at + self.limit]
            if found := re.search(rb"[^0-9A-Za-z,]", text):
                return Refuse("bad_format", f"{found[0][0]:02X}h stands inside string {number + 1}")
            if end < 0:
                return None
            fields = text.decode("ascii").split(",")
            if len(fields) != len(patterns):
                return Refuse(
                    "bad_format", f"string {number + 1} has {len(fields)} fields, not {len(patterns)}"
                )
            for place, (field, pattern) in enumerate(zip(fields, patterns, strict=True)):
                if not re.fullmatch(pattern, field):
                    return Refuse("bad_format", f"field {place + 1} of string {number + 1} is {field!r}")
            strings.append(fields)
            here = end + 1
        return accept(here - at, Message(_fields(strings)))

    def encode(self, result: Result) -> bytes:
        """A status (or the host's ``~HS`` and formats). Raises ``ValueError`` for a status word the printer lacks."""
        if not isinstance(result, Message):
            raise ValueError("zpl_hs sends a printer status")
        fields = result.fields
        if self.host and fields.get("command") in ("~HS", "~HI"):
            return str(fields["command"]).encode("ascii")
        if fields.get("command") == "~HI":
            told = f"{fields['model']},{fields['firmware']},{fields.get('dots_per_mm', 8)},{fields.get('memory', '8192KB')}"
            return b"\x02" + told.encode("ascii") + b"\x03\r\n"
        if fields.get("command") == "~HS":
            return b"~HS"
        if fields.get("command") == "print":
            return str(fields.get("zpl", "")).encode()
        strings = [
            ["030", "0", "0", "1245", "000", "0", "0", "0", "000", "0", "0", "0"],
            ["000", "0", "0", "0", "0", "2", "4", "0", "00000000", "1", "000"],
        ]
        for word in fields.get("status", ()):
            place = next((place for place, name in _FLAGS.items() if name == word), None)
            if place is None:
                raise ValueError(f"the printer has no status {word!r}")
            strings[place[0]][place[1]] = "1"
        strings[0][3] = f"{int(fields.get('label_length_dots', 1245)):04d}"
        strings[0][4] = f"{int(fields.get('formats_in_buffer', 0)):03d}"
        strings[1][8] = f"{int(fields.get('labels_remaining', 0)):08d}"
        strings[1][7] = "1" if fields.get("label_waiting") else "0"
        lines = [",".join(string) for string in strings] + ["1234,0"]
        return b"".join(b"\x02" + line.encode("ascii") + b"\x03\r\n" for line in lines)

    def poll(self) -> bytes | None:
        """Ask the status. Never inside a format: it shares the connection with print data."""
        return b"~HS"


def _fields(strings: list[list[str]]) -> dict[str, Any]:
    status = sorted(word for (string, place), word in _FLAGS.items() if strings[string][place] == "1")
    return {
        "status": status,
        "ready": not status,
        "label_length_dots": int(strings[0][3]),
        "formats_in_buffer": int(strings[0][4]),
        "labels_remaining": int(strings[1][8]),
        "label_waiting": strings[1][7] == "1",
    }

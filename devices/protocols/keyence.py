"""Keyence SR and BL readers over TCP 9004 or serial (``keyence_tcp``): commands, their answers and the codes read.

Sources: SR-750 manual p. 71, N-410 manual; a public driver. Answers and data share the socket and the framing: lines
ending in CR, or STX ... ETX. ``ERROR`` could also be the content of a code: set ``aim`` or a header where it matters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.framing import LineCodec, flag, read_settings, refuse
from devices.protocols.results import Label, Message, Noise, Result
from devices.protocols.scan_text import NO_READ, encode_label, read_label, text_encoding, texts

_HIGH = bytes(range(0x80, 0x100))


class KeyenceTcp(LineCodec):
    """One line is an answer (``OK,...``, ``ERR,...``), a no-read, or a code."""

    remembers: ClassVar[bool] = True
    info: ClassVar[CodecInfo] = CodecInfo(
        name="keyence_tcp",
        kind="scanner",
        title="Keyence SR / BL over TCP",
        devices="Keyence SR-750, SR-1000, SR-2000, BL readers, N-410 multiplexer",
        serial={"baudrate": 115200, "bytesize": 8, "parity": "E", "stopbits": 1},
        polled=False,
        carries_unit=True,
        confidence="V+D",
        source="SR-750 manual p. 71; a public driver",
    )
    LIMIT = 256
    openers = b"\x02" + _HIGH
    _EOL = re.compile(rb"[\r\n\x03]")
    _OK = re.compile(rb"OK(?:,([A-Z][A-Z0-9]*)((?:,[ -~]*)?))?")
    _ERR = re.compile(rb"ERR(?:,([A-Z][A-Z0-9]*),([0-9]{1,3})|([0-9]{2}))")
    _COMMAND = re.compile(rb"([A-Z][A-Z0-9]{0,15})((?:,[ -~]*)?)")

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``aim`` codes carry an AIM identifier (false); ``encoding`` (utf-8); ``noread`` texts that mean
        "nothing read" (``ERROR``, ``NG``); ``request``: decode the host's side."""
        settings = read_settings(
            self.info.name,
            config,
            {"aim": flag, "encoding": text_encoding, "noread": texts, "request": flag},
        )
        self.host = direction == "host_to_device" or settings.get("request", False)
        if self.host:
            self.openers = self.openers + b"\x1b"  # ESC clears what was typed before it
        super().__init__(limit=self.LIMIT)
        self.aim: bool = settings.get("aim", False)
        self.encoding: str = settings.get("encoding", "utf-8")
        self.noread: tuple[str, ...] = settings.get("noread", ("ERROR", "NG"))

    @staticmethod
    def _end_of_line(text: bytes, at: int) -> int:
        found = KeyenceTcp._EOL.search(text, at)
        return found.start() if found else len(text)

    def line(self, line: bytes) -> Result | None:
        """One line without its end, or what stood between STX and ETX."""
        line = line.removeprefix(b"\x02")
        if not line:
            return None
        if self.host:
            found = self._COMMAND.fullmatch(line.rsplit(b"\x1b", 1)[-1])  # ESC clears what was typed before
            return (
                self._message(found[1], found[2])
                if found
                else refuse("bad_format", f"{line!r} is no command")
            )
        if found := self._OK.fullmatch(line):
            return self._message(found[1], found[2] or b"", result="ok")
        if found := self._ERR.fullmatch(line):
            return self._message(
                found[1], b"", result="error", error_code=(found[2] or found[3]).decode("ascii")
            )
        if line in (text.encode(self.encoding) for text in self.noread):
            return Message(dict(NO_READ))
        label = read_label(line, aim=self.aim, encoding=self.encoding)
        if isinstance(label, Noise):
            return label
        extra = label.extra if self.aim else {k: v for k, v in label.extra.items() if k != "ai_string"}
        return Label(label.text, label.aim, label.symbology, extra)

    @staticmethod
    def _message(command: bytes | None, arguments: bytes, **more: Any) -> Message:
        fields: dict[str, Any] = {"command": command.decode("ascii") if command else None, **more}
        if arguments:
            fields["args"] = arguments[1:].decode("ascii").split(",")
        return Message(fields)

    def encode(self, result: Result) -> bytes:
        """A line ending in CR. Raises ``ValueError`` for what the reader could not send."""
        if isinstance(result, Label):
            line = encode_label(result.aim if self.aim else None, result.text, self.encoding, result.extra)
            if self._EOL.search(line) or len(line) > self.limit:
                raise ValueError(f"a code is at most {self.limit} bytes without CR, LF or ETX")
            return line + b"\r"
        if not isinstance(result, Message):
            raise ValueError("keyence_tcp sends codes, answers and commands")
        fields = result.fields
        if "no_read" in fields.get("status", ()):
            return self.noread[0].encode(self.encoding) + b"\r"
        command = fields.get("command")
        parts = [str(command)] if command else []
        parts += [str(argument) for argument in fields.get("args", ())]
        if fields.get("result") == "ok":
            parts.insert(0, "OK")
        elif fields.get("result") == "error":
            code = str(fields.get("error_code", ""))
            parts = ["ERR", str(command), code] if command else [f"ERR{code}"]
        if not parts:
            raise ValueError("there is neither a command nor a result to send")
        return ",".join(parts).encode("ascii") + b"\r"

    def poll(self) -> bytes | None:
        """None: the reader speaks when it has read something; ``LON`` starts it."""
        return None

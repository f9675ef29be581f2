"""Cognex DataMan, DMCC over telnet port 23 or serial (``cognex_dmcc``): commands, extended answers, results.

Source: DataMan communications and programming manual p. 19. Switch extended answers on with
``||>SET COM.DMCC-RESPONSE 1``; results come on the same socket as plain lines, the id tells answers from data.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.framing import LineCodec, flag, read_settings, refuse
from devices.protocols.results import Label, Message, Noise, Result
from devices.protocols.scan_text import NO_READ, encode_label, read_label, text_encoding, texts

STATUS: dict[int, str] = {
    0: "ok",
    1: "read_string",
    100: "unidentified",
    101: "command_invalid",
    102: "parameter_invalid",
    103: "checksum_incorrect",
    104: "rejected",
    105: "offline",
}


class CognexDmcc(LineCodec):
    """Lines starting with ``||`` are commands or answers, all others are what was read."""

    remembers: ClassVar[bool] = True
    info: ClassVar[CodecInfo] = CodecInfo(
        name="cognex_dmcc",
        kind="scanner",
        title="Cognex DataMan DMCC",
        devices="Cognex DataMan 50 to 580 fixed-mount and hand-held readers",
        serial={"baudrate": 115200, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=False,
        carries_unit=True,
        confidence="V",
        source="DataMan communications and programming manual p. 19",
    )
    LIMIT = 4096
    openers = bytes(range(0x80, 0x100))
    _ANSWER = re.compile(rb"\|\|(?:([01]?):([0-9]{0,9}))?\[([0-9]{1,3})\](.*)", re.DOTALL)
    _REQUEST = re.compile(rb"\|\|(?:([01]?):([0-9]{0,9}))?>([ -~]*)")

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``aim`` results carry an AIM identifier (false); ``encoding`` (utf-8); ``noread`` texts that mean
        "nothing read" (none); ``request``: decode the host's side."""
        settings = read_settings(
            self.info.name,
            config,
            {"aim": flag, "encoding": text_encoding, "noread": texts, "request": flag},
        )
        super().__init__(limit=self.LIMIT)
        self.host = direction == "host_to_device" or settings.get("request", False)
        self.aim: bool = settings.get("aim", False)
        self.encoding: str = settings.get("encoding", "utf-8")
        self.noread: tuple[str, ...] = settings.get("noread", ())

    def flush(self) -> list[Result]:
        """The line has been idle: an answer cut inside its header is ``bad_format``, other half lines ``truncated``."""
        rest = self._rest
        out = super().flush()
        if rest.startswith(b"||") and not (self._REQUEST if self.host else self._ANSWER).match(rest):
            out[-1] = Noise("bad_format", rest, "the answer stops inside its header")
        return out

    def line(self, line: bytes) -> Result | None:
        """One line without its end."""
        if self.host:
            found = self._REQUEST.fullmatch(line)
            if not found or not found[3]:
                return refuse("bad_format", f"{line!r} is not ||[checksum:id]>command")
            command = found[3][:-1] if found[1] == b"1" else found[3]
            return Message({"command": command.decode("ascii"), "id": _text(found[2])})
        if line.startswith(b"||"):
            found = self._ANSWER.fullmatch(line)
            return (
                self._answer(found)
                if found
                else refuse("bad_format", f"{line!r} is not ||checksum:id[status]text")
            )
        if line in (text.encode(self.encoding) for text in self.noread):
            return Message(dict(NO_READ))
        label = read_label(line, aim=self.aim, encoding=self.encoding)
        if isinstance(label, Noise):
            return label
        extra = label.extra if self.aim else {k: v for k, v in label.extra.items() if k != "ai_string"}
        return Label(label.text, label.aim, label.symbology, extra)

    def _answer(self, found: re.Match[bytes]) -> Result:
        status, body = int(found[3]), found[4]
        if found[1] == b"1":
            body = body[:-1]  # the XOR byte in front of the line end; the manual does not say over what
        try:
            text = body.decode(self.encoding)
        except UnicodeDecodeError:
            return refuse("bad_encoding", f"the answer is not {self.encoding}; set `encoding`")
        fields: dict[str, Any] = {
            "id": _text(found[2]),
            "status_code": status,
            "result": STATUS.get(status, "error"),
            "text": text,
        }
        if status == 1 and (read := _base64(body)) is not None:
            fields["barcode"] = read
        return Message(fields)

    def encode(self, result: Result) -> bytes:
        """A line ending in CR LF. Raises ``ValueError`` for what the reader could not send."""
        if isinstance(result, Label):
            line = encode_label(result.aim if self.aim else None, result.text, self.encoding, result.extra)
        elif not isinstance(result, Message):
            raise ValueError("cognex_dmcc sends results, answers and commands")
        elif "no_read" in result.fields.get("status", ()):
            if not self.noread:
                raise ValueError("set `noread` to the text the reader sends when it reads nothing")
            line = self.noread[0].encode(self.encoding)
        else:
            fields = result.fields
            number = fields.get("id")
            head = f"||0:{number}" if number is not None else "||"
            if "status_code" in fields:
                line = f"{head}[{fields['status_code']}]{fields.get('text', '')}".encode(self.encoding)
            else:
                line = f"{head}>{fields.get('command', '')}".encode("ascii", "replace")
        if re.search(rb"[\r\n]", line) or len(line) > self.limit:
            raise ValueError(f"a line is at most {self.limit} bytes without CR or LF")
        return line + b"\r\n"

    def poll(self) -> bytes | None:
        """None: the reader speaks when it has read something."""
        return None


def _text(found: bytes | None) -> str | None:
    return found.decode("ascii") if found else None


def _base64(body: bytes) -> str | None:
    """What the reader read by itself; extended answers carry it in Base64."""
    try:
        return base64.b64decode(body, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None

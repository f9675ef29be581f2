"""SICK CLV and Lector readers: CoLa A text telegrams (``sick_cola_a``) and CoLa B binary (``sick_cola_b``).

Source: SICK telegram listings for CLV6xx and Lector. Results leave by default as ``STX data ETX``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.checks import xor
from devices.protocols.framing import FrameCodec, Refuse, Verdict, accept, flag, read_settings, span, whole
from devices.protocols.idle import LengthCodec
from devices.protocols.results import Label, Message, Noise, Result
from devices.protocols.scan_text import NO_READ, encode_label, read_label, text_encoding, texts

#: read, write, method, event; N from the host, A answers; FA error; SN event; MA method accepted
_TELEGRAM = re.compile(rb"(s(?:RN|WN|MN|EN|RA|WA|AN|EA|SN|SI|MA|FA))(?: (.*))?", re.DOTALL)
_DEVICES = "SICK CLV6xx bar code scanners, Lector6xx imagers, LMS"
_SERIAL = {"baudrate": 57600, "bytesize": 8, "parity": "N", "stopbits": 1}
_INNER = b"\t\n\r\x1c\x1d\x1e\x1f" + bytes(range(0x80, 0x100))


def _telegram(body: bytes) -> Message | None:
    """A command or answer; ``text`` is what follows its keyword. None when it is neither."""
    found = _TELEGRAM.fullmatch(body)
    if not found:
        return None
    return Message({"command": found[1].decode("ascii"), "text": (found[2] or b"").decode("latin-1")})


def _body(result: Message) -> bytes:
    command, text = str(result.fields.get("command", "")), str(result.fields.get("text", ""))
    body = (f"{command} {text}" if text else command).encode("latin-1", "replace")
    if not _TELEGRAM.fullmatch(body):
        raise ValueError(f"a telegram starts with sRN, sWN, sMN, sEN or their answers, not {command!r}")
    return body


class SickColaA(FrameCodec):
    """``STX sRN name [arguments] ETX``; with ``data`` the same framing carries what was read."""

    remembers: ClassVar[bool] = True
    info: ClassVar[CodecInfo] = CodecInfo(
        name="sick_cola_a",
        kind="scanner",
        title="SICK CoLa A",
        devices=_DEVICES,
        serial=_SERIAL,
        polled=False,
        carries_unit=True,
        confidence="V",
        source="SICK telegram listing CLV6xx / Lector",
    )

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``data``: frames that are no telegram are codes (false: they are refused); ``noread`` texts
        (``NoRead``); ``aim`` (false); ``encoding`` (utf-8); ``max`` bytes (4096); ``request``."""
        settings = read_settings(
            self.info.name,
            config,
            {
                "data": flag,
                "noread": texts,
                "aim": flag,
                "encoding": text_encoding,
                "max": whole(1, 65536),
                "request": flag,
            },
        )
        self.data: bool = settings.get("data", False)
        self.noread: tuple[str, ...] = settings.get("noread", ("NoRead",))
        self.aim: bool = settings.get("aim", False)
        self.encoding: str = settings.get("encoding", "utf-8")
        super().__init__(b"\x02", limit=settings.get("max", 4096) + 2, after=b"\r")

    def match(self, data: bytes, at: int) -> Verdict:
        """Everything between STX and ETX."""
        got = span(data, at, ends=b"\x03", limit=self.limit, inner=_INNER)
        if got is None or isinstance(got, Refuse):
            return got
        if (message := _telegram(got.text)) is not None:
            return accept(got.length, message)
        if not self.data:
            return Refuse(
                "bad_format", f"{got.text[:40]!r} is no CoLa telegram; set `data` on the result port"
            )
        if got.text in (text.encode(self.encoding) for text in self.noread):
            return accept(got.length, Message(dict(NO_READ)))
        label = read_label(got.text, aim=self.aim, encoding=self.encoding)
        if isinstance(label, Noise):
            return Refuse(label.error, label.reason)
        extra = label.extra if self.aim else {k: v for k, v in label.extra.items() if k != "ai_string"}
        return accept(got.length, Label(label.text, label.aim, label.symbology, extra))

    def encode(self, result: Result) -> bytes:
        """One frame. Raises ``ValueError`` for what is neither telegram, code nor no-read."""
        if isinstance(result, Label):
            body = encode_label(result.aim if self.aim else None, result.text, self.encoding, result.extra)
        elif isinstance(result, Message) and "no_read" in result.fields.get("status", ()):
            body = self.noread[0].encode(self.encoding)
        elif isinstance(result, Message):
            body = _body(result)
        else:
            raise ValueError("sick_cola_a sends telegrams and codes")
        if re.search(rb"[\x02\x03]", body) or len(body) + 2 > self.limit:
            raise ValueError(f"a frame holds at most {self.limit - 2} bytes without STX or ETX")
        return b"\x02" + body + b"\x03"

    def poll(self) -> bytes | None:
        """None: results come by themselves; ``sRN SCdevicestate`` is a harmless question for a link check."""
        return None


class SickColaB(LengthCodec):
    """Four STX, 32-bit length (high byte first), telegram, one XOR byte over the telegram."""

    info: ClassVar[CodecInfo] = CodecInfo(
        name="sick_cola_b",
        kind="scanner",
        title="SICK CoLa B",
        devices=_DEVICES,
        serial=_SERIAL,
        polled=False,
        carries_unit=True,
        confidence="V",
        source="SICK telegram listing CLV6xx / Lector",
    )
    _MARK = b"\x02\x02\x02\x02"

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``max`` bytes of a telegram (4096); ``request``."""
        settings = read_settings(self.info.name, config, {"max": whole(3, 65536), "request": flag})
        self.max: int = settings.get("max", 4096)
        super().__init__(b"\x02", limit=self.max + 9)

    def match(self, data: bytes, at: int) -> Verdict:
        """Mark, believable length, XOR, then the telegram."""
        head = data[at : at + 8]
        if head[:4] != self._MARK[: len(head[:4])]:
            return Refuse("noise", "bytes outside any telegram")
        if len(head) < 8:
            return None
        size = int.from_bytes(head[4:], "big")
        if size > self.max:
            return Refuse("overlong", f"a telegram of {size} bytes is announced, {self.max} is the longest")
        if size < 3:
            return Refuse("bad_format", f"a telegram of {size} bytes is announced, 3 is the shortest")
        if len(data) - at < size + 9:
            return None
        body, check = data[at + 8 : at + 8 + size], data[at + 8 + size]
        if check != (expected := xor(body)):
            return Refuse("bad_checksum", f"check is {check:02X}h, the telegram gives {expected:02X}h")
        if (message := _telegram(body)) is None:
            return Refuse("bad_format", f"{body[:40]!r} is no CoLa telegram")
        return accept(size + 9, message)

    def encode(self, result: Result) -> bytes:
        """One telegram. Raises ``ValueError`` for other results."""
        if not isinstance(result, Message):
            raise ValueError("sick_cola_b sends telegrams")
        body = _body(result)
        if len(body) > self.max:
            raise ValueError(f"a telegram holds at most {self.max} bytes")
        return self._MARK + len(body).to_bytes(4, "big") + body + bytes((xor(body),))

    def poll(self) -> bytes | None:
        """None: results come by themselves; ``sRN SCdevicestate`` is a harmless question for a link check."""
        return None

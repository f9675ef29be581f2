"""Honeywell scanners: menu commands and their answers (``honeywell_menu``), packet mode (``honeywell_packet``).

Sources: the serial programming chapter of the Honeywell/HHP user guides; a public driver and its tests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.framing import FrameCodec, Refuse, Verdict, accept, flag, read_settings, whole
from devices.protocols.idle import LengthCodec
from devices.protocols.results import Label, Message, Noise, Result
from devices.protocols.scan_text import encode_label, read_label, text_encoding

SYN, ACK, ENQ, NAK = 0x16, 0x06, 0x05, 0x15
#: status byte behind an echoed command -> what became of it
RESULTS: dict[int, str] = {ACK: "ok", ENQ: "invalid_tag", NAK: "bad_data"}

_SERIAL = {"baudrate": 115200, "bytesize": 8, "parity": "N", "stopbits": 1}


class HoneywellMenu(FrameCodec):
    """``SYN M CR tag subtag [data] . or !``; the answer echoes it with ACK, ENQ or NAK before each punctuation."""

    info: ClassVar[CodecInfo] = CodecInfo(
        name="honeywell_menu",
        kind="scanner",
        title="Honeywell menu commands",
        devices="Honeywell Xenon, Voyager, Granit, Vuquest and HHP imagers",
        serial=_SERIAL,
        polled=False,
        carries_unit=True,
        confidence="V",
        source="Honeywell user guides, serial programming commands",
    )
    #: longest answer: a query for everything under one tag
    LIMIT = 4096
    _TAG = re.compile(rb"[A-Za-z0-9]{3}[A-Za-z0-9]{3}")
    _STOP = re.compile(rb"[^\x09\x0a\x0d\x20-\x7e]")
    _TRIGGERS: ClassVar[dict[int, str]] = {0x54: "trigger_on", 0x55: "trigger_off"}

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``request``: decode the host's side."""
        settings = read_settings(self.info.name, config, {"request": flag})
        self.host = direction == "host_to_device" or settings.get("request", False)
        letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        super().__init__(bytes((SYN,)) if self.host else letters, limit=self.LIMIT)

    def match(self, data: bytes, at: int) -> Verdict:
        """A command (host) or an answer."""
        return self._command(data, at) if self.host else self._answer(data, at)

    def _command(self, data: bytes, at: int) -> Verdict:
        head = data[at : at + 3]
        if len(head) > 1 and head[1] != 0x4D and head[1] not in self._TRIGGERS:
            return Refuse("bad_format", f"SYN is followed by {head[1]:02X}h; M, T or U expected")
        if len(head) > 2 and head[2] != 0x0D:
            return Refuse("bad_format", f"CR expected behind SYN and the letter, {head[2]:02X}h came")
        if len(head) < 3:
            return None
        if (trigger := self._TRIGGERS.get(head[1])) is not None:
            return accept(3, Message({"command": trigger}))
        end = at + 3
        last = min(len(data), at + self.limit)
        while end < last and data[end] not in b".!":
            if not 0x20 <= data[end] <= 0x7E:
                return Refuse("bad_format", f"{data[end]:02X}h stands inside the command")
            end += 1
        if end == last:
            return None
        if end < at + 9:
            return Refuse("bad_format", "shorter than a tag and a subtag of three characters each")
        text = data[at + 3 : end + 1].decode("ascii")
        return accept(end + 1 - at, Message({"command": "menu", "text": text}))

    def _answer(self, data: bytes, at: int) -> Verdict:
        before = self.previous(data, at)
        if before is not None and 0x20 <= before <= 0x7E and before not in b".!":
            return Refuse("noise", "the middle of some other text")
        tag = data[at : at + 6]
        if not re.fullmatch(rb"[A-Za-z0-9]*", tag):
            return Refuse(
                "bad_format", "the answer does not start with a tag and a subtag of three characters each"
            )
        items: list[dict[str, str]] = []
        here, last = at, min(len(data), at + self.limit)
        while True:
            found = self._STOP.search(data, here, last)
            if not found:
                return None
            stop = found.start()
            result = RESULTS.get(data[stop])
            if result is None or stop == here:
                return Refuse("bad_format", f"{data[stop]:02X}h stands inside the answer")
            if stop + 1 >= last:
                return None
            items.append({"tag": data[here:stop].decode("ascii"), "result": result})
            punctuation = data[stop + 1]
            if punctuation in b".!":
                return accept(stop + 2 - at, Message({"command": "menu_reply", "items": items}))
            if punctuation not in b",;":
                return Refuse("bad_format", f"{punctuation:02X}h stands where . ! , or ; belongs")
            here = stop + 2

    def encode(self, result: Result) -> bytes:
        """A command (host) or an answer; ``end`` of an answer is ``.`` unless given. Raises ``ValueError`` otherwise."""
        if not isinstance(result, Message):
            raise ValueError("honeywell_menu sends commands and answers; labels come as scan_text")
        fields = result.fields
        command = fields.get("command")
        for letter, name in self._TRIGGERS.items():
            if command == name:
                return bytes((SYN, letter, 0x0D))
        if command == "menu":
            text = str(fields.get("text", "")).encode("ascii", "replace")
            if not re.fullmatch(rb"[ -\x2d/-~]{6,}[.!]", text):
                raise ValueError(f"a command is tag, subtag, data and one . or !, not {text!r}")
            return bytes((SYN, 0x4D, 0x0D)) + text
        items = fields.get("items")
        if command != "menu_reply" or not items:
            raise ValueError(f"honeywell_menu has no command {command!r}")
        codes = {name: code for code, name in RESULTS.items()}
        parts = [str(item["tag"]).encode("ascii") + bytes((codes[item["result"]],)) for item in items]
        return b";".join(parts) + str(fields.get("end", ".")).encode("ascii")

    def poll(self) -> bytes | None:
        """None: the scanner answers commands and speaks when it has read something."""
        return None


class HoneywellPacket(LengthCodec):
    """``SYN FE length(4) CR MSGGET dddd h a m GS data CR``: decimal length, Honeywell id, AIM letter and modifier.

    The binary length is not filled by every firmware; the decimal one counts the data and its CR and is trusted.
    """

    info: ClassVar[CodecInfo] = CodecInfo(
        name="honeywell_packet",
        kind="scanner",
        title="Honeywell packet mode",
        devices="Honeywell imagers with data in packets (also over Bluetooth SPP)",
        serial=_SERIAL,
        polled=False,
        carries_unit=True,
        confidence="D",
        source="a public driver and its tests",
    )
    _HEAD = bytes((SYN, 0xFE))
    _COMMAND = b"\rMSGGET"
    #: bytes in front of the data: mark, length, CR MSGGET, dddd, h a m, GS
    FRONT = 21

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``encoding`` of the data (utf-8); ``max`` bytes of data (4096)."""
        settings = read_settings(self.info.name, config, {"encoding": text_encoding, "max": whole(1, 9999)})
        self.encoding: str = settings.get("encoding", "utf-8")
        self.max: int = settings.get("max", 4096)
        super().__init__(self._HEAD[:1], limit=self.FRONT + self.max + 1)

    def match(self, data: bytes, at: int) -> Verdict:
        """Every fixed byte as soon as it is there."""
        head = data[at : at + self.FRONT]
        if head[:2] != self._HEAD[: len(head[:2])]:
            return Refuse("bad_format", "SYN is not followed by FE")
        if head[6:13] != self._COMMAND[: len(head[6:13])]:
            return Refuse("bad_format", "CR MSGGET expected behind the length")
        if head[13:17] and not head[13:17].isdigit():
            return Refuse("bad_format", "four decimal digits expected behind MSGGET")
        if len(head) >= 17:
            size = int(head[13:17])
            if not 2 <= size <= self.max + 1:
                return Refuse(
                    "overlong" if size > self.max else "bad_format", f"{size} bytes of data are announced"
                )
            if len(head) >= 20 and not re.fullmatch(rb"[A-Za-z0-9][0-9A-Za-z]", head[18:20]):
                return Refuse("bad_format", f"{head[18:20]!r} is no AIM letter and modifier")
        if len(head) == self.FRONT and head[20] != 0x1D:
            return Refuse("bad_format", f"GS expected in front of the data, {head[20]:02X}h came")
        if len(head) < self.FRONT or len(data) - at < self.FRONT + size:
            return None
        body = data[at + self.FRONT : at + self.FRONT + size]
        if body[-1] != 0x0D:
            return Refuse("bad_format", "the data do not end with CR where the length says")
        found = read_label(b"]" + head[18:20] + body[:-1], aim=True, encoding=self.encoding)
        if isinstance(found, Noise):
            return accept(self.FRONT + size, found)
        extra = {key: value for key, value in found.extra.items() if key != "ai_string"}
        return accept(self.FRONT + size, Label(found.text, found.aim, found.symbology, extra))

    def encode(self, result: Result) -> bytes:
        """One packet; the Honeywell id is taken from ``code_id`` (``j``). Raises ``ValueError`` for other results."""
        if not isinstance(result, Label) or result.aim is None:
            raise ValueError("honeywell_packet sends labels with an AIM identifier")
        data = encode_label(None, result.text, self.encoding, result.extra) + b"\r"
        if len(data) > self.max + 1:
            raise ValueError(f"{len(data) - 1} bytes are more than `max` allows")
        code_id = str(result.extra.get("code_id", "j"))
        body = f"MSGGET{len(data):04d}{code_id}{result.aim[1:]}\x1d".encode("ascii") + data
        return self._HEAD + len(body).to_bytes(4, "little") + b"\r" + body

    def poll(self) -> bytes | None:
        """None: a scanner speaks when it has read something."""
        return None

"""Newland scanners, set-up dialog (``newland_cmd``): ``~ SOH 0000 @ command ; ETX`` and its answer.

Source: Newland HR52 manual p. 35, 234. The data of a scan come as plain text (``scan_text``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.framing import FrameCodec, Refuse, Verdict, accept, flag, read_settings, span
from devices.protocols.honeywell import RESULTS
from devices.protocols.results import Message, Result

_STORAGE = {"@": "permanent", "#": "temporary"}


class NewlandCmd(FrameCodec):
    """``@`` stores a setting, ``#`` keeps it until power-off; ``*`` asks, ``&`` asks the default, ``^`` the range."""

    info: ClassVar[CodecInfo] = CodecInfo(
        name="newland_cmd",
        kind="scanner",
        title="Newland set-up commands",
        devices="Newland HR, FM, FR, BS scanners with unified commands",
        serial={"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=False,
        carries_unit=True,
        confidence="V",
        source="Newland HR52 manual p. 35, 234",
    )
    LIMIT = 1024
    _HEAD = re.compile(rb"\x01[0-9A-Fa-f]{4}([@#])")
    _ITEM = re.compile(rb"([!-:<-~][ -:<-~]*)([\x05\x06\x15]?);")

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``request``: decode the host's side."""
        settings = read_settings(self.info.name, config, {"request": flag})
        self.host = direction == "host_to_device" or settings.get("request", False)
        super().__init__(b"~" if self.host else b"\x02", limit=self.LIMIT)

    def match(self, data: bytes, at: int) -> Verdict:
        """SOH behind the start byte tells a command from a ``~`` in a text."""
        if len(data) > at + 1 and data[at + 1] != 0x01:
            return Refuse("bad_format", f"SOH expected behind the start byte, {data[at + 1]:02X}h came")
        got = span(data, at, ends=b"\x03", limit=self.limit, inner=b"\x01\x05\x06\x15")
        if got is None or isinstance(got, Refuse):
            return got
        head = self._HEAD.match(got.text)
        if not head:
            return Refuse("bad_format", "SOH, four digits and @ or # expected in front of the command")
        items: list[tuple[str, str | None]] = []
        here = head.end()
        while here < len(got.text):
            found = self._ITEM.match(got.text, here)
            if not found or bool(found[2]) == self.host:
                return Refuse(
                    "bad_format", "each command ends with ';', each answer with ACK, NAK or ENQ and ';'"
                )
            items.append((found[1].decode("ascii"), RESULTS[found[2][0]] if found[2] else None))
            here = found.end()
        if not items:
            return Refuse("bad_format", "there is no command in it")
        fields: dict[str, Any] = {"command": ";".join(text for text, _ in items)}
        results = [result for _, result in items if result is not None]
        if results:
            fields["result"] = next((result for result in results if result != "ok"), "ok")
        if len(results) > 1:
            fields["items"] = [{"tag": text, "result": result} for text, result in items]
        fields["storage"] = _STORAGE[head[1].decode("ascii")]
        return accept(got.length, Message(fields))

    def encode(self, result: Result) -> bytes:
        """A command (host) or an answer with ``result``. Raises ``ValueError`` otherwise."""
        if not isinstance(result, Message):
            raise ValueError("newland_cmd sends commands and answers; labels come as scan_text")
        fields = result.fields
        command = str(fields.get("command", ""))
        mark = next((key for key, name in _STORAGE.items() if name == fields.get("storage")), "@")
        if not re.fullmatch(r"[!-~][ -~]{0,900}", command):
            raise ValueError(f"a command is printable ASCII, not {command!r}")
        head = f"\x010000{mark}".encode("ascii")
        if self.host:
            return b"~" + head + command.encode("ascii") + b";\x03"
        codes = {name: bytes((code,)) for code, name in RESULTS.items()}
        items = fields.get("items") or [
            {"tag": text, "result": fields.get("result", "ok")} for text in command.split(";")
        ]
        body = b"".join(str(item["tag"]).encode("ascii") + codes[item["result"]] + b";" for item in items)
        return b"\x02" + head + body + b"\x03"

    def poll(self) -> bytes | None:
        """None: the scanner answers commands and speaks when it has read something."""
        return None

"""Zebra / Symbol Simple Serial Interface (``ssi``): packets with length, opcode, source, status, data, checksum.

Source: SSI programmer's guide; status bytes and segments as observed by a public driver and its tests. The decoder
repeats a packet that is not acknowledged within about two seconds: send what :meth:`Ssi.replies` returns. A
sleeping decoder needs one 00 byte and 5 ms before a command.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.aim import SYMBOLOGIES
from devices.protocols.checks import sum16
from devices.protocols.framing import Refuse, Verdict, accept, flag, read_settings
from devices.protocols.idle import LengthCodec
from devices.protocols.results import Label, Message, Noise, Result
from devices.protocols.scan_text import encode_label, read_label, text_encoding
from devices.protocols.ssi_codes import CODE_TYPES, NAK_REASONS, OPCODES, WANT_ACK

_DECODE, _EVENT, _ACK, _NAK, _SEGMENT, _SEGMENT_ACK = 0xF3, 0xF6, 0xD0, 0xD1, 0x73, 0x74
_HOST, _DECODER = 4, 0
_SOURCES = {_DECODER: "decoder", _HOST: "host"}
_RETRANSMISSION = 0x01
#: longest code put together from segments; a QR code holds 7,089 digits at most
_SEGMENTED_LIMIT = 8192
_NUMBERS = {name: code for code, name in OPCODES.items()}


@dataclass(slots=True)
class _Segments:
    """A long code that is arriving in pieces."""

    kind: int
    total: int
    data: bytearray = field(default_factory=bytearray)
    raw: bytearray = field(default_factory=bytearray)
    count: int = 0


class Ssi(LengthCodec):
    """Both directions. Labels come out of DECODE_DATA, everything else is a message."""

    info: ClassVar[CodecInfo] = CodecInfo(
        name="ssi",
        kind="scanner",
        title="Zebra / Symbol SSI packets",
        devices="Zebra DS, LS, LI, SE scan engines and scanners in SSI mode, also 'SSI over CDC'",
        serial={"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=False,
        carries_unit=True,
        confidence="V+D",
        source="Simple Serial Interface programmer's guide; a public driver and its tests",
    )

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``encoding`` of the data (utf-8); ``request``: decode the host's side."""
        super().__init__(bytes(range(4, 256)), limit=257)
        settings = read_settings(self.info.name, config, {"encoding": text_encoding, "request": flag})
        self.host = direction == "host_to_device" or settings.get("request", False)
        self.encoding: str = settings.get("encoding", "utf-8")
        self._segments: _Segments | None = None
        self._last = b""
        self._replies: list[bytes] = []

    # --- in

    def flush(self) -> list[Result]:
        """The line has been idle: half a packet, or a long code with segments missing, is ``truncated``."""
        out = super().flush()
        out.extend(self._abandon("truncated", "the line went silent before the last segment"))
        return out

    def replies(self) -> bytes:
        """What the host must send for what arrived since the last call: ACK, NAK or segment ACK. Empty for none."""
        replies = b"".join(self._replies)
        self._replies.clear()
        return replies

    def match(self, data: bytes, at: int) -> Verdict:
        """Length, opcode and source first: they are what tells a packet from noise."""
        size = data[at]
        head = data[at : at + 4]
        if len(head) > 1 and head[1] not in OPCODES:
            return Refuse("noise", "bytes outside any packet")
        if len(head) > 2 and head[2] not in _SOURCES and not (head[1] == _SEGMENT and head[2] <= 0x0F):
            return Refuse("noise", "bytes outside any packet")
        if len(data) - at < size + 2:
            return None
        packet, check = data[at : at + size], int.from_bytes(data[at + size : at + size + 2], "big")
        if check != (expected := sum16(packet)):
            self._answer(_NAK, b"\x01")
            return Refuse("bad_checksum", f"checksum is {check:04X}h, the packet gives {expected:04X}h")
        return accept(size + 2, *self._results(packet, data[at : at + size + 2]))

    def _results(self, packet: bytes, raw: bytes) -> list[Result]:
        opcode, status, data = packet[1], packet[3], packet[4:]
        if opcode == _SEGMENT and not self.host:
            return self._segment(packet, raw)
        out = self._abandon("bad_sequence", "another packet came before the last segment")
        if not self.host:
            same = packet[:3] + packet[4:]
            if opcode in WANT_ACK:
                self._answer(_ACK)
            if status & _RETRANSMISSION and same == self._last:
                return out  # handled already, only our ACK got lost
            self._last = same
        if opcode == _DECODE:
            if not data:
                return [*out, Noise("bad_format", b"", "a code without its type byte")]
            return [*out, self._label(data[0], data[1:])]
        fields: dict[str, Any] = {
            "command": OPCODES[opcode],
            "source": _SOURCES.get(packet[2], "decoder"),
            "status_byte": status,
        }
        if opcode == _EVENT and len(data) == 1:
            fields["event"] = data[0]
        elif opcode == _NAK and len(data) == 1:
            fields["reason"] = NAK_REASONS.get(data[0], f"{data[0]:02X}")
        elif opcode == _NUMBERS["REPLY_REVISION"]:
            fields["text"] = data.decode("latin-1")
        elif data:
            fields["data"] = data.hex().upper()
        return [*out, Message(fields)]

    def _label(self, kind: int, data: bytes, **extra: Any) -> Result:
        name, letter = CODE_TYPES.get(kind, (None, None))
        aim = letter is not None and data[:1] == b"]" and data[1:2] == letter.encode("ascii")
        found = read_label(data, aim=aim, encoding=self.encoding, symbology=name)
        if isinstance(found, Noise):
            return found
        more = {key: value for key, value in found.extra.items() if key != "ai_string"} | extra
        if name is None:
            more["code_type"] = kind
        return Label(found.text, found.aim, name, more)

    def _segment(self, packet: bytes, raw: bytes) -> list[Result]:
        """One piece of a long code: byte 2 tells the first, byte 4 counts, only the last may be short."""
        self._answer(_SEGMENT_ACK)
        if len(packet) < 5:
            return [Noise("bad_format", b"", "a segment without its counter")]
        counter, data = packet[4], packet[5:]
        current = self._segments
        if (
            current
            and current.count
            and counter == current.count - 1
            and raw == bytes(current.raw[-len(raw) :])
        ):
            return []  # repeated, our acknowledgement got lost
        out: list[Result] = []
        if counter == 0:
            out = self._abandon("bad_sequence", "a new long code began before the last segment")
            if len(data) < 9 or data[0] != _DECODE:
                return [*out, Noise("bad_format", b"", "the first segment does not describe a code")]
            total = int.from_bytes(data[7:9], "big")
            if not 0 < total <= _SEGMENTED_LIMIT:
                return [*out, Noise("overlong", b"", f"a code of {total} bytes is announced")]
            current = self._segments = _Segments(data[5], total)
            data = data[9:]
        elif current is None or counter != current.count:
            out = self._abandon("bad_sequence", "a segment is missing")
            return [*out, Noise("bad_sequence", b"", f"segment {counter} came out of turn")]
        current.data += data
        current.raw += raw
        current.count += 1
        missing = current.total - len(current.data)
        if missing < 0 or (missing and packet[0] != 0xFF):
            return self._abandon("bad_sequence", "the segments do not add up to the announced length")
        if not missing:
            self._segments = None
            self._replies[-1:] = []
            self._answer(_ACK)
            label = self._label(current.kind, bytes(current.data), segments=current.count)
            if isinstance(label, Label):
                label = Label(label.text, label.aim, label.symbology, label.extra, bytes(current.raw))
            out.append(label)
        return out

    def _abandon(self, error: Any, reason: str) -> list[Result]:
        if self._segments is None:
            return []
        raw, self._segments = bytes(self._segments.raw), None
        return [Noise(error, raw, reason)]

    def _answer(self, opcode: int, data: bytes = b"") -> None:
        if not self.host and len(self._replies) < 16:
            self._replies.append(_packet(opcode, _HOST, 0, data))

    # --- out

    def encode(self, result: Result) -> bytes:
        """A packet (or the segments of a long code). Raises ``ValueError`` for what SSI has no opcode or type for."""
        if isinstance(result, Label):
            return self._encode_label(result)
        if not isinstance(result, Message):
            raise ValueError("ssi sends labels and messages")
        fields = result.fields
        opcode = _NUMBERS.get(str(fields.get("command")))
        if opcode is None:
            raise ValueError(f"ssi has no command {fields.get('command')!r}")
        source = fields.get("source", "host" if self.host else "decoder")
        data = bytes.fromhex(str(fields.get("data", "")))
        if opcode == _EVENT and "event" in fields:
            data = bytes((fields["event"],))
        elif opcode == _NAK and "reason" in fields:
            reasons = {name: code for code, name in NAK_REASONS.items()}
            data = (
                bytes((reasons[fields["reason"]],))
                if fields["reason"] in reasons
                else bytes.fromhex(fields["reason"])
            )
        elif "text" in fields:
            data = str(fields["text"]).encode("latin-1", "replace")
        return _packet(
            opcode, _HOST if source == "host" else _DECODER, int(fields.get("status_byte", 0)), data
        )

    def _encode_label(self, label: Label) -> bytes:
        wanted = "ITF" if label.symbology == SYMBOLOGIES["I"] else label.symbology
        kind = next((code for code, (name, _) in CODE_TYPES.items() if name == wanted), None)
        kind = label.extra.get("code_type", kind)
        if kind is None:
            raise ValueError(f"ssi has no code type for {label.symbology!r}")
        data = encode_label(label.aim, label.text, self.encoding, label.extra)
        if len(data) <= 250:
            return _packet(_DECODE, _DECODER, 0, bytes((kind,)) + data)
        size = len(data).to_bytes(2, "big")
        first = b"\xf3\x00\x00" + (len(data) + 3).to_bytes(2, "big") + bytes((kind, 1)) + size
        room = 255 - 5 - len(first)
        pieces = [first + data[:room], *(data[at : at + 250] for at in range(room, len(data), 250))]
        return b"".join(
            _packet(_SEGMENT, 0x02 if number == 0 else 0, 0, bytes((number & 0xFF,)) + piece)
            for number, piece in enumerate(pieces)
        )

    def poll(self) -> bytes | None:
        """None: a scanner speaks when it has read something."""
        return None


def _packet(opcode: int, source: int, status: int, data: bytes) -> bytes:
    if len(data) > 251:
        raise ValueError(f"{len(data)} bytes of data do not fit in a packet of 255")
    packet = bytes((4 + len(data), opcode, source, status)) + data
    return packet + sum16(packet).to_bytes(2, "big")

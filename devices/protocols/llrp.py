"""LLRP frames of RFID readers (``llrp``): headers, tag reports, reader events, answers. TCP 5084.

Source: EPCglobal LLRP 1.0.1 and 1.1. This is the wire format for decoding, recording and simulating; driving a reader
(ROSpecs) is library work. The reader drops the link unless each KEEPALIVE is answered: send :meth:`Llrp.replies`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.framing import Refuse, Verdict, accept, flag, read_settings, whole
from devices.protocols.idle import LengthCodec
from devices.protocols.results import Message, Result

TYPES: dict[int, str] = {
    1: "GET_READER_CAPABILITIES",
    2: "GET_READER_CONFIG",
    3: "SET_READER_CONFIG",
    4: "CLOSE_CONNECTION_RESPONSE",
    11: "GET_READER_CAPABILITIES_RESPONSE",
    12: "GET_READER_CONFIG_RESPONSE",
    13: "SET_READER_CONFIG_RESPONSE",
    14: "CLOSE_CONNECTION",
    20: "ADD_ROSPEC",
    21: "DELETE_ROSPEC",
    22: "START_ROSPEC",
    23: "STOP_ROSPEC",
    24: "ENABLE_ROSPEC",
    25: "DISABLE_ROSPEC",
    26: "GET_ROSPECS",
    30: "ADD_ROSPEC_RESPONSE",
    31: "DELETE_ROSPEC_RESPONSE",
    32: "START_ROSPEC_RESPONSE",
    33: "STOP_ROSPEC_RESPONSE",
    34: "ENABLE_ROSPEC_RESPONSE",
    35: "DISABLE_ROSPEC_RESPONSE",
    36: "GET_ROSPECS_RESPONSE",
    40: "ADD_ACCESSSPEC",
    41: "DELETE_ACCESSSPEC",
    42: "ENABLE_ACCESSSPEC",
    43: "DISABLE_ACCESSSPEC",
    44: "GET_ACCESSSPECS",
    45: "CLIENT_REQUEST_OP",
    46: "GET_SUPPORTED_VERSION",
    47: "SET_PROTOCOL_VERSION",
    50: "ADD_ACCESSSPEC_RESPONSE",
    51: "DELETE_ACCESSSPEC_RESPONSE",
    52: "ENABLE_ACCESSSPEC_RESPONSE",
    53: "DISABLE_ACCESSSPEC_RESPONSE",
    54: "GET_ACCESSSPECS_RESPONSE",
    55: "CLIENT_REQUEST_OP_RESPONSE",
    56: "GET_SUPPORTED_VERSION_RESPONSE",
    57: "SET_PROTOCOL_VERSION_RESPONSE",
    60: "GET_REPORT",
    61: "RO_ACCESS_REPORT",
    62: "KEEPALIVE",
    63: "READER_EVENT_NOTIFICATION",
    64: "ENABLE_EVENTS_AND_REPORTS",
    72: "KEEPALIVE_ACK",
    100: "ERROR_MESSAGE",
    1023: "CUSTOM_MESSAGE",
}
_NUMBERS = {name: number for number, name in TYPES.items()}
_HEADER = 10

#: TV parameter -> bytes behind its one-byte type
_TV = {
    1: 2,
    2: 8,
    3: 8,
    4: 8,
    5: 8,
    6: 1,
    7: 2,
    8: 2,
    9: 4,
    10: 2,
    11: 2,
    12: 2,
    13: 12,
    14: 2,
    15: 2,
    16: 4,
    17: 2,
    18: 4,
}
#: TV parameter of a tag report -> (field, signed)
_TAG_FIELDS: dict[int, tuple[str, bool]] = {  # in the order of the specification, in which they are sent
    9: ("rospec", False),
    1: ("antenna", False),
    6: ("rssi", True),
    7: ("channel", False),
    2: ("first_seen_us", False),
    4: ("last_seen_us", False),
    8: ("seen", False),
}
_TAG_REPORT, _EPC_DATA, _EVENT_DATA, _STATUS, _UTC = 240, 241, 246, 287, 128
_EVENTS = {
    247: "hopping",
    248: "gpi",
    249: "rospec",
    250: "report_buffer_warning",
    251: "report_buffer_overflow",
    252: "reader_exception",
    253: "rf_survey",
    254: "aispec",
    255: "antenna",
    256: "connection_attempt",
    257: "connection_close",
    365: "spec_loop",
}
#: ConnectionAttemptEvent status
_ATTEMPTS = {
    0: "ok",
    1: "reader_has_a_connection",
    2: "client_has_a_connection",
    3: "failed",
    4: "another_tried",
}


class _Malformed(Exception):  # noqa: N818  # travels inside this module only
    """A parameter does not fit where it stands."""


def _parameters(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(type, value) of each parameter: TV with one byte and a known length, TLV with type and length of two each."""
    at = 0
    while at < len(data):
        if data[at] & 0x80:
            kind = data[at] & 0x7F
            size = _TV.get(kind)
            if size is None or at + 1 + size > len(data):
                raise _Malformed(f"TV parameter {kind} is unknown or cut")
            yield kind, data[at + 1 : at + 1 + size]
            at += 1 + size
        else:
            if at + 4 > len(data):
                raise _Malformed("a parameter header is cut")
            kind = int.from_bytes(data[at : at + 2], "big") & 0x3FF
            size = int.from_bytes(data[at + 2 : at + 4], "big")
            if size < 4 or at + size > len(data):
                raise _Malformed(f"parameter {kind} announces {size} bytes")
            yield kind, data[at + 4 : at + size]
            at += size


def _tag(data: bytes) -> dict[str, Any]:
    """One tag of a report: ``epc`` as hex, and what else the reader was asked to send."""
    tag: dict[str, Any] = {}
    for kind, value in _parameters(data):
        if kind == 13:
            tag["epc"] = value.hex().upper()
        elif kind == _EPC_DATA:
            bits = int.from_bytes(value[:2], "big")
            if len(value) != 2 + (bits + 7) // 8:
                raise _Malformed(f"EPCData announces {bits} bits in {len(value) - 2} bytes")
            tag["epc"] = value[2:].hex().upper()
        elif kind in _TAG_FIELDS:
            name, signed = _TAG_FIELDS[kind]
            tag[name] = int.from_bytes(value, "big", signed=signed)
    if "epc" not in tag:
        raise _Malformed("a tag report without an EPC")
    return tag


def _body(kind: str, data: bytes) -> dict[str, Any]:
    """What we use of a message body. Raises :class:`_Malformed`."""
    if kind == "RO_ACCESS_REPORT":
        return {"tags": [_tag(value) for number, value in _parameters(data) if number == _TAG_REPORT]}
    if kind == "READER_EVENT_NOTIFICATION":
        fields: dict[str, Any] = {"events": []}
        for number, value in _parameters(data):
            for inner, content in _parameters(value) if number == _EVENT_DATA else ():
                if inner == _UTC:
                    fields["time_us"] = int.from_bytes(content, "big")
                elif inner in _EVENTS:
                    fields["events"].append(_EVENTS[inner])
                    if inner == 256:
                        code = int.from_bytes(content, "big")
                        fields["connection"] = _ATTEMPTS.get(code, str(code))
        return fields
    if kind.endswith("_RESPONSE") or kind == "ERROR_MESSAGE":
        skip = 1 if kind == "GET_SUPPORTED_VERSION_RESPONSE" else 0
        for number, value in _parameters(data[2 * skip :]):
            if number == _STATUS and len(value) >= 4:
                size = int.from_bytes(value[2:4], "big")
                text = value[4 : 4 + size].decode("utf-8", "replace")
                return {"status_code": int.from_bytes(value[:2], "big"), "text": text}
    return {}


class Llrp(LengthCodec):
    """Both directions. Bodies other than reports, events and answers are passed as ``data`` in hex."""

    info: ClassVar[CodecInfo] = CodecInfo(
        name="llrp",
        kind="rfid",
        title="LLRP RFID reader",
        devices="Impinj, Zebra FX, Alien and other readers with LLRP (TCP 5084)",
        serial={},
        polled=False,
        carries_unit=True,
        confidence="V",
        source="EPCglobal Low Level Reader Protocol 1.0.1 and 1.1",
    )

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``max`` bytes of one message (65536); ``request``: decode the host's side."""
        settings = read_settings(self.info.name, config, {"max": whole(64, 1 << 20), "request": flag})
        self.host = direction == "host_to_device" or settings.get("request", False)
        self.max: int = settings.get("max", 65536)
        super().__init__(bytes(range(0x04, 0x0C)), limit=self.max)
        self._replies: list[bytes] = []

    def match(self, data: bytes, at: int) -> Verdict:
        """Version, known type and believable length, then the body."""
        head = data[at : at + _HEADER]
        if len(head) < 2:
            return None
        word = int.from_bytes(head[:2], "big")
        kind = TYPES.get(word & 0x3FF)
        if kind is None:
            return Refuse("noise", "bytes outside any message")
        if len(head) < 6:
            return None
        size = int.from_bytes(head[2:6], "big")
        if size > self.max:
            return Refuse("overlong", f"a message of {size} bytes is announced, {self.max} is the longest")
        if size < _HEADER:
            return Refuse(
                "bad_format", f"a message of {size} bytes is announced, the header alone has {_HEADER}"
            )
        if len(data) - at < size:
            return None
        number = int.from_bytes(head[6:10], "big")
        body = data[at + _HEADER : at + size]
        fields: dict[str, Any] = {"message": kind, "id": number, "version": word >> 10 & 7}
        try:
            found = _body(kind, body)
        except _Malformed as error:
            return Refuse("bad_format", str(error))
        if not found and body:
            found = {"data": body.hex().upper()}
        if kind == "KEEPALIVE" and not self.host and len(self._replies) < 16:
            self._replies.append(self._wrap("KEEPALIVE_ACK", number, word >> 10 & 7, b""))
        return accept(size, Message(fields | found))

    def replies(self) -> bytes:
        """What the host must send for what arrived since the last call: one KEEPALIVE_ACK for each KEEPALIVE."""
        replies = b"".join(self._replies)
        self._replies.clear()
        return replies

    @staticmethod
    def _wrap(kind: str, number: int, version: int, body: bytes) -> bytes:
        if version not in (1, 2) or not 0 <= number < 1 << 32:
            raise ValueError(f"version 1 or 2 and a 32-bit id, not {version!r} and {number!r}")
        word = version << 10 | _NUMBERS[kind]
        return (
            word.to_bytes(2, "big")
            + (_HEADER + len(body)).to_bytes(4, "big")
            + number.to_bytes(4, "big")
            + body
        )

    def encode(self, result: Result) -> bytes:
        """One message: tags of a report, a connection event, a status, or ``data`` as hex. ``ValueError`` otherwise."""
        fields = result.fields if isinstance(result, Message) else {}
        kind = fields.get("message")
        if kind not in _NUMBERS:
            raise ValueError(f"llrp has no message {kind!r}")
        body = bytes.fromhex(str(fields.get("data", "")))
        if kind == "RO_ACCESS_REPORT":
            body = b"".join(_tlv(_TAG_REPORT, _tag_body(tag)) for tag in fields.get("tags", ()))
        elif kind == "READER_EVENT_NOTIFICATION":
            codes = {name: code for code, name in _ATTEMPTS.items()}
            event = b"" if "time_us" not in fields else _tlv(_UTC, int(fields["time_us"]).to_bytes(8, "big"))
            for name in fields.get("events", ()):
                number = next(code for code, word in _EVENTS.items() if word == name)
                code = codes.get(fields.get("connection", "ok"), 0)
                event += _tlv(number, code.to_bytes(2, "big") if number == 256 else b"")
            body = _tlv(_EVENT_DATA, event)
        elif "status_code" in fields:
            text = str(fields.get("text", "")).encode()
            body = _tlv(
                _STATUS, int(fields["status_code"]).to_bytes(2, "big") + len(text).to_bytes(2, "big") + text
            )
        return self._wrap(str(kind), int(fields.get("id", 0)), int(fields.get("version", 1)), body)

    def poll(self) -> bytes | None:
        """None: the reader reports by itself once its ROSpec runs."""
        return None


def _tlv(kind: int, value: bytes) -> bytes:
    return kind.to_bytes(2, "big") + (4 + len(value)).to_bytes(2, "big") + value


def _tag_body(tag: Mapping[str, Any]) -> bytes:
    epc = bytes.fromhex(str(tag["epc"]))
    if len(epc) == 12:
        out = bytes((0x80 | 13,)) + epc
    else:
        out = _tlv(_EPC_DATA, (8 * len(epc)).to_bytes(2, "big") + epc)
    for kind, (name, signed) in _TAG_FIELDS.items():
        if name in tag:
            out += bytes((0x80 | kind,)) + int(tag[name]).to_bytes(_TV[kind], "big", signed=signed)
    return out

"""Plain scanner output ``[prefix][AIM id]data[suffix]``: serial, USB COM emulation, Bluetooth SPP, TCP.

Every reader can be set to this form; it is the one to prefer. The identifier is demanded by default, so that a
scanner somebody reset with a configuration barcode is noticed at its first scan. Source: GS1 General
Specifications (symbology identifiers), ISO/IEC 15424, set-up guides of Zebra, Honeywell, Datalogic, Newland.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.aim import GS, SYMBOLOGIES, damage, decode_text, identifier, is_element_string
from devices.protocols.framing import flag, read_settings, remember, whole
from devices.protocols.noise import NoiseRun
from devices.protocols.results import ErrorWord, Label, Message, Noise, Result

#: what a reader says instead of a code: a scan without data is a message, not an empty label
NO_READ = {"barcode": None, "status": ["no_read"]}

_AIM_START = re.compile(rb"\][A-Za-z][0-9A-Za-z]")
#: bytes that plugging in, a break or a floating line leave in front of the first scan
_LINE_START_NOISE = b"\x00\x01\x02\x03\x05\x06\x07\x08\x0b\x0c\x0e\x0f" + bytes(range(0x10, 0x1C)) + b"\x7f"
_HIGH_NOISE = _LINE_START_NOISE + bytes(range(0x80, 0x100))


def mark(name: str, value: Any) -> str:
    """Setting: a prefix, suffix or substitute of at most 32 ASCII characters, empty for none."""
    if not isinstance(value, str) or len(value) > 32 or not value.isascii():
        raise ValueError(f"{name} must be a text of at most 32 ASCII characters, not {value!r}")
    return value


def texts(name: str, value: Any) -> tuple[str, ...]:
    """Setting: a list of texts (or one text). Raises ``ValueError`` for anything else."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not all(isinstance(i, str) and i for i in items):
        raise ValueError(f"{name} must be a list of texts, not {value!r}")
    return tuple(items)


def text_encoding(name: str, value: Any) -> str:
    """Setting: a text encoding that contains ASCII, such as utf-8, cp1251, cp866 or iso8859-1."""
    try:
        if isinstance(value, str) and codecs.lookup(value).name and b"]C1".decode(value) == "]C1":
            return value
    except (LookupError, UnicodeError):
        pass
    raise ValueError(f"{name} must be an encoding such as utf-8, cp1251 or cp866, not {value!r}")


def read_label(
    payload: bytes, *, aim: bool, encoding: str, gs: str = "", symbology: str | None = None
) -> Label | Noise:
    """A label from what stood between prefix and suffix, or why not (``raw`` left empty).

    ``aim``: an identifier must be there. Without it, ``symbology`` names the code when something else on the
    wire said so. ``gs`` is the text that stands for FNC1 on this reader.
    """
    found = identifier(payload) if aim else None
    if aim and found is None:
        if _AIM_START.match(payload) or payload.startswith(b"]"):
            return Noise("bad_format", b"", f"{payload[:3]!r} is not a known symbology identifier")
        return Noise(
            "bad_format",
            b"",
            "the symbology identifier is missing: the scanner has lost its settings, scan the set-up sheet again",
        )
    data = payload[3:] if found else payload
    if (reason := damage(found, data)) is not None:
        return Noise("bad_format", b"", reason)
    try:
        text, eci = decode_text(found, data, encoding)
    except UnicodeDecodeError as error:
        return Noise(
            "bad_encoding",
            b"",
            f"byte {data[error.start]:02X}h is not {encoding}; set `encoding` to what the labels are printed in",
        )
    if gs:
        text = text.replace(gs, GS)
    extra: dict[str, Any] = {"ai_string": is_element_string(found)}
    if eci:
        extra["eci"] = list(eci)
    return Label(text, found, SYMBOLOGIES[found[1]] if found else symbology, extra)


class ScanText:
    """The codec. A message runs from the prefix (or the end of the one before) to the suffix."""

    info: ClassVar[CodecInfo] = CodecInfo(
        name="scan_text",
        kind="scanner",
        title="Barcode scanner, plain text with prefix and suffix",
        devices="Zebra, Honeywell, Datalogic, Newland, CipherLab, Keyence, Cognex, SICK in text mode",
        serial={"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=False,
        carries_unit=True,
        confidence="V",
        source="GS1 General Specifications 5.1.2; ISO/IEC 15424; vendor set-up guides",
    )
    line_oriented: ClassVar[bool] = True

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``prefix`` (none), ``suffix`` (CR), ``aim`` identifier demanded (true), ``gs`` text that stands
        for GS (none), ``encoding`` (utf-8), ``noread`` texts that mean "nothing read", ``max`` bytes (4096)."""
        settings = read_settings(
            self.info.name,
            config,
            {
                "prefix": mark,
                "suffix": mark,
                "aim": flag,
                "gs": mark,
                "encoding": text_encoding,
                "noread": texts,
                "max": whole(1, 65536),
            },
        )
        self.prefix: bytes = settings.get("prefix", "").encode("ascii")
        self.suffix: bytes = settings.get("suffix", "\r").encode("ascii")
        self.aim: bool = settings.get("aim", True)
        self.gs: str = settings.get("gs", "")
        self.encoding: str = settings.get("encoding", "utf-8")
        self.noread: tuple[bytes, ...] = tuple(t.encode(self.encoding) for t in settings.get("noread", ()))
        self.max: int = settings.get("max", 4096)
        self._buffer = bytearray()
        self._searched = 0  # no suffix starts before this place
        self._after_cr = False
        self._spilling = False
        self._run = NoiseRun()
        self._known: dict[bytes, Label] = {}  # what stood before a suffix, and the label it was

    @property
    def pending(self) -> int:
        """How many bytes are held back; at most ``max`` plus prefix, suffix and one run of noise."""
        return len(self._buffer) + len(self._run)

    def feed(self, data: bytes) -> list[Result]:
        """Take what arrived and return what it completed. Never raises, never waits."""
        out: list[Result] = []
        self._buffer += data
        while self._buffer and (self._recall(out) or self._step(out)):
            pass
        return out

    def flush(self) -> list[Result]:
        """The line has been idle: a message without its suffix is ``truncated`` (or complete, if no suffix is set)."""
        out: list[Result] = []
        rest = bytes(self._buffer)
        if rest and not self._spilling:
            begins = rest.startswith(self.prefix)
            if not self.suffix and begins:
                self._message(rest, rest[len(self.prefix) :], out)
            elif begins or (self.prefix and self.prefix.startswith(rest)):
                self._run.end(out)
                out.append(Noise("truncated", rest, "the scan stopped before its suffix; check `suffix`"))
            else:
                self._run.skip(rest, out)
        elif rest:
            self._run.skip(rest, out)
        self._run.end(out)
        self._buffer.clear()
        self._searched, self._spilling = 0, False  # an LF may still follow the CR before the pause
        return out

    def _recall(self, out: list[Result]) -> bool:
        """Take the leading messages that were read before: a reader on a stand says the same code over and over."""
        if not self._known or not self.suffix or self._spilling or self._run:
            return False
        at, buffer, after_cr = 0, self._buffer, self._after_cr
        while (end := buffer.find(self.suffix, at)) >= 0:
            label = self._known.get(bytes(buffer[at + (after_cr and buffer[at] == 0x0A) : end]))
            if label is None:
                break
            out.append(label)
            at, after_cr = end + len(self.suffix), self.suffix == b"\r"
            if at == len(buffer):
                break
        if at:
            self._after_cr = after_cr
            del self._buffer[:at]
            self._searched = 0
        return at > 0

    def _drop(self, count: int, out: list[Result], reason: str) -> None:
        self._run.skip(bytes(self._buffer[:count]), out, reason)
        del self._buffer[:count]
        self._searched = 0

    def _step(self, out: list[Result]) -> bool:
        """Do one thing with the buffer; False when more bytes are needed."""
        buffer = self._buffer
        if self._spilling:
            return self._spill(out)
        if self._after_cr:
            self._after_cr = False
            if buffer[0] == 0x0A:
                del buffer[:1]
                return True
        if not self._searched:
            if self.prefix and not buffer.startswith(self.prefix):
                return self._find_prefix(out)
            if not self.prefix:
                self._skip_line_noise(out)
                if not buffer:
                    return False
        start = len(self.prefix)
        if not self.suffix:
            if len(buffer) - start > self.max:
                self._overlong(out)
                return True
            return False
        end = buffer.find(self.suffix, max(start, self._searched))
        if (end if end >= 0 else len(buffer) - len(self.suffix) + 1) - start > self.max:
            self._overlong(out)
            return True
        if end < 0:
            self._searched = max(start, len(buffer) - len(self.suffix) + 1)
            return False
        raw = bytes(buffer[: end + len(self.suffix)])
        if self.suffix == b"\n" and end > start and buffer[end - 1] == 0x0D:
            end -= 1  # CR LF counts as one suffix here too
        if self._message(raw, raw[start:end], out):
            self._after_cr = self.suffix == b"\r"
            del buffer[: len(raw)]
            self._searched = 0
        else:
            # the true start may be inside: give up one byte and look for the prefix again
            del buffer[:1]
            self._searched = 0
        return True

    def _skip_line_noise(self, out: list[Result]) -> None:
        """Without a prefix: unprintable bytes count only inside a message, not in front of it."""
        skipped = 0
        unwanted = _HIGH_NOISE if self.aim else _LINE_START_NOISE
        while (
            skipped < len(self._buffer) and self._buffer[skipped] in unwanted and not self._suffix_at(skipped)
        ):
            skipped += 1
        self._drop(skipped, out, "unprintable bytes in front of a scan")

    def _find_prefix(self, out: list[Result]) -> bool:
        """The buffer does not start with the prefix: a message that lost it, or bytes between messages.

        True when something was taken from the buffer, False when more bytes are needed.
        """
        buffer, before, behind = self._buffer, len(self.prefix), len(self.suffix)
        begin = buffer.find(self.prefix, 0, self.max + before)
        end = buffer.find(self.suffix, 0, self.max + behind) if self.suffix else -1
        if end >= 0 and (begin < 0 or end + behind <= begin + before):
            raw = bytes(buffer[: end + behind])
            self._fault(raw, "bad_format", "the scan does not start with its prefix; check `prefix`", out)
            del buffer[: len(raw)]
            self._after_cr = self.suffix == b"\r"
            return True
        if begin >= 0:
            self._drop(begin, out, "bytes in front of a scan")
            return True
        if len(buffer) >= self.max + before + behind:
            self._drop(self.max, out, "bytes in front of a scan")
            return True
        return False

    def _suffix_at(self, place: int) -> bool:
        return bool(self.suffix) and self._buffer.startswith(self.suffix, place)

    def _message(self, raw: bytes, payload: bytes, out: list[Result]) -> bool:
        """Judge one message. False: it is damaged and, with a prefix, the search goes on inside it."""
        if not payload and not self.prefix:
            return True  # an empty line
        if payload in self.noread or (identifier(payload) and payload[3:] in self.noread):
            self._run.end(out)
            out.append(Message(dict(NO_READ), raw))
            return True
        result = read_label(payload, aim=self.aim, encoding=self.encoding, gs=self.gs)
        if isinstance(result, Label):
            self._run.end(out)
            label = Label(result.text, result.aim, result.symbology, result.extra, raw)
            out.append(label)
            remember(self._known, raw[: -len(self.suffix)] if self.suffix else raw, label)
            return True
        if self.prefix and raw.find(self.prefix, 1) > 0:
            self._run.fault(raw[:1], result.error, result.reason, out)
            return False
        self._fault(raw, result.error, result.reason, out)
        return True

    def _fault(self, raw: bytes, error: ErrorWord, reason: str, out: list[Result]) -> None:
        self._run.end(out)
        out.append(Noise(error, raw, reason))

    def _overlong(self, out: list[Result]) -> None:
        reason = f"no suffix within {self.max} bytes; check `suffix`, or raise `max` for very large codes"
        count = len(self.prefix) + self.max
        self._fault(bytes(self._buffer[:count]), "overlong", reason, out)
        del self._buffer[:count]
        self._searched, self._spilling = 0, True

    def _spill(self, out: list[Result]) -> bool:
        """Throw away the rest of an overlong message, up to its suffix."""
        end = self._buffer.find(self.suffix) if self.suffix else -1
        if end >= 0:
            self._drop(end + len(self.suffix), out, "the rest of an overlong scan")
            self._run.end(out)
            self._after_cr, self._spilling = self.suffix == b"\r", False
            return True
        keep = 0
        if self.suffix:
            keep = next(
                k for k in range(len(self.suffix) - 1, -1, -1) if self._buffer.endswith(self.suffix[:k])
            )
        self._drop(len(self._buffer) - keep, out, "the rest of an overlong scan")
        return False

    def encode(self, result: Result) -> bytes:
        """What a scanner with these settings sends. Raises ``ValueError`` for what it could not send."""
        if isinstance(result, Message) and "no_read" in result.fields.get("status", ()):
            if not self.noread:
                raise ValueError("set `noread` to the text the reader sends when it reads nothing")
            payload = self.noread[0]
        elif isinstance(result, Label):
            if self.aim and result.aim is None:
                raise ValueError("this reader sends an AIM identifier; give the label one")
            text = result.text.replace(GS, self.gs) if self.gs else result.text
            payload = encode_label(result.aim if self.aim else None, text, self.encoding, result.extra)
        else:
            raise ValueError("a scanner sends labels and no-read messages")
        if self.suffix and self.suffix in payload:
            raise ValueError("the data contain the suffix, the message would be cut in two")
        return self.prefix + payload + self.suffix

    def poll(self) -> bytes | None:
        """None: a scanner speaks when it has read something."""
        return None


def encode_label(aim: str | None, text: str, encoding: str, extra: Mapping[str, Any]) -> bytes:
    """Identifier and data of a label, ECI escapes included. Raises ``ValueError`` for text the encoding lacks."""
    head = (aim or "").encode("ascii")
    eci = extra.get("eci")
    try:
        if not eci:
            return head + text.encode(encoding)
        doubled = text.replace("\\", "\\\\").encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(f"{text[error.start : error.end]!r} cannot be written in {encoding}") from None
    return head + b"\\000026" + doubled

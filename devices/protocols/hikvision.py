"""Hikvision number-plate cameras that post events over HTTP (``hikvision_anpr``): the body of one POST.

Sources: recorded events and several drivers' tests. One body is ``multipart/form-data`` (XML first, then pictures) or
bare XML; feed it in any pieces, then flush. Element names are matched without namespace, which differs by firmware.
``direction`` is relative to the camera; ``time`` is the camera's own and often off by its factory time zone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar
from xml.sax.saxutils import escape

from devices.protocols import CodecInfo, Direction
from devices.protocols.framing import read_settings, whole
from devices.protocols.multipart import Part, compose, parts
from devices.protocols.noise import NoiseRun
from devices.protocols.results import ErrorWord, Message, Noise, Result
from devices.protocols.safe_xml import ForbiddenXmlError, leaf_texts

_ROOT = "EventNotificationAlert"
_END = re.compile(rb"</(?:[\w.-]+:)?EventNotificationAlert\s*>")
_DTD = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,6})?")
_FIRST_LINE = re.compile(rb"--([^\r\n]{1,200}?)\r?\n")
_NO_PLATE = frozenset(("", "unknown", "noplate", "no plate", "无车牌"))
#: field -> where it may stand, first match wins
_FIELDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "direction": (("ANPR", "direction"),),
    "lane": (("ANPR", "line"), ("ANPR", "laneNo")),
    "time": (("dateTime",),),
    "camera": (("channelName",), ("ANPR", "channelName")),
    "plate_original": (("ANPR", "originalLicensePlate"),),
    "country_code": (("ANPR", "country"), ("ANPR", "CRIndex"), ("ANPR", "vehicleInfo", "CRIndex")),
    "vehicle_type": (("ANPR", "vehicleType"),),
    "event_state": (("eventState",),),
    "uuid": (("UUID",), ("ANPR", "UUID")),
    "pictures": (("picNum",), ("ANPR", "picNum")),
    "more_follows": (("hasMoreData",),),
    "repeated": (("isDataRetransmission",),),
    "mac": (("macAddress",),),
}
_PLATES = tuple(("ANPR", name) for name in ("licensePlate", "plate", "plateNumber"))
#: longest plate, name or time that is believed, in characters
TEXT_LIMIT = 128
_PICTURE = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"


def read_event(document: bytes) -> dict[str, Any] | Noise:
    """The event in one XML document, or why it is none."""
    try:
        root, texts = leaf_texts(document)
    except ForbiddenXmlError as error:
        return Noise("forbidden_xml", document, f"{error}; cameras send none, so this is refused")
    except ValueError as error:
        return Noise("bad_format", document, str(error))
    event = texts.get(("eventType",))
    if root != _ROOT or not event:
        return Noise("bad_format", document, f"the document is a {root}, not an event with a type")
    fields: dict[str, Any] = {"event": event, "plate": None}
    if event.upper() == "ANPR":
        plate = next((texts[path] for path in _PLATES if path in texts), "")
        if plate.lower() not in _NO_PLATE and len(plate) <= TEXT_LIMIT:
            fields["plate"] = plate
        confidence = texts.get(("ANPR", "confidenceLevel"), "")
        if _NUMBER.fullmatch(confidence):
            fields["confidence"] = confidence
    for name, places in _FIELDS.items():
        text = next((texts[path] for path in places if texts.get(path)), "")
        if text and len(text) <= TEXT_LIMIT:
            fields[name] = text
    if fields.get("country_code") == "0":
        del fields["country_code"]
    return fields


class HikvisionAnpr:
    """The codec. Pictures are counted, not kept: take them from the body with :func:`multipart.parts`."""

    info: ClassVar[CodecInfo] = CodecInfo(
        name="hikvision_anpr",
        kind="anpr",
        title="Hikvision ANPR event by HTTP push",
        devices="Hikvision ANPR cameras with HTTP listening (ISAPI event notification)",
        serial={},
        polled=False,
        carries_unit=True,
        confidence="D",
        source="recorded events; several drivers' tests",
    )
    line_oriented: ClassVar[bool] = True
    XML_LIMIT = 256 * 1024

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``boundary`` of the multipart body (taken from its first line when not given); ``max`` bytes of
        one body (10 MiB)."""
        settings = read_settings(
            self.info.name, config, {"boundary": _boundary, "max": whole(1024, 64 * 1024 * 1024)}
        )
        self.boundary: bytes | None = settings.get("boundary")
        self.max: int = settings.get("max", 10 * 1024 * 1024)
        self._buffer = bytearray()
        self._searched = 0
        self._spilling = False
        self._lost = False  # between events without knowing where the next one starts
        self._run = NoiseRun()

    @property
    def pending(self) -> int:
        """How many bytes are held back; at most ``max``."""
        return len(self._buffer) + len(self._run)

    def feed(self, data: bytes) -> list[Result]:
        """Take what arrived and return the events it completed. Never raises, never waits."""
        out: list[Result] = []
        if self._spilling:
            self._run.skip(data, out, "the rest of a body that was refused")
            return out
        self._buffer += data
        while self._buffer and self._step(out):
            pass
        return out

    def flush(self) -> list[Result]:
        """The body has ended (or the connection is idle): what is incomplete is ``truncated``."""
        out: list[Result] = []
        rest = bytes(self._buffer)
        if rest:
            self._run.end(out)
            if _DTD.search(rest):
                out.append(Noise("forbidden_xml", rest, "the document declares a DTD or an entity"))
            else:
                out.append(self._unfinished(rest))
        self._run.end(out)
        self._buffer.clear()
        self._searched, self._spilling, self._lost = 0, False, False
        return out

    def _unfinished(self, rest: bytes) -> Noise:
        if rest.startswith(b"<"):
            found = read_event(rest)
            if isinstance(found, Noise) and found.error == "bad_format" and "well-formed" not in found.reason:
                return found  # a complete document of another kind
        return Noise("truncated", rest, "the body ended before the event was complete")

    def _step(self, out: list[Result]) -> bool:
        """Take one event from the buffer; False when more bytes are needed."""
        buffer = self._buffer
        if self._searched == 0:
            blank = len(buffer) - len(buffer.lstrip(b"\xef\xbb\xbf \t\r\n"))
            if blank and not self._lost:
                del buffer[:blank]
                return bool(buffer)
            if not buffer.startswith((b"<", b"-")):
                starts = [at for at in (buffer.find(b"<"), buffer.find(b"--")) if at >= 0]
                cut = min(starts, default=len(buffer) - buffer.endswith(b"-"))
                self._run.skip(bytes(buffer[:cut]), out, "bytes in front of an event")
                self._lost = self._lost or cut > 0
                del buffer[:cut]
                return bool(starts)
        return self._bare(out) if buffer[0] == 0x3C else self._multipart(out)

    def _bare(self, out: list[Result]) -> bool:
        found = _END.search(self._buffer, max(0, self._searched - 128))
        if (found.end() if found else len(self._buffer)) > self.XML_LIMIT:
            return self._refuse(
                "overlong", f"no end of the XML within {self.XML_LIMIT} bytes", self.XML_LIMIT, out
            )
        if not found:
            self._searched = len(self._buffer)
            return False
        document = bytes(self._buffer[: found.end()])
        self._event(document, {}, out)
        del self._buffer[: found.end()]
        self._searched = 0
        return True

    def _multipart(self, out: list[Result]) -> bool:
        buffer = self._buffer
        boundary = self.boundary
        if boundary is None or not buffer.startswith(b"--" + boundary):
            first = _FIRST_LINE.match(buffer)
            if not first:
                if len(buffer) < 256 and buffer.startswith(b"--"[: len(buffer)]) and b"\n" not in buffer:
                    return False
                self._run.skip(bytes(buffer[:1]), out, "bytes in front of an event")
                self._lost = True
                del buffer[:1]
                return True
            boundary = first[1].rstrip()
        closing = b"--" + boundary + b"--"
        end = buffer.find(closing, max(0, self._searched - len(closing)))
        size = end + len(closing) if end >= 0 else len(buffer)
        if size > self.max:
            return self._refuse("overlong", f"the body is longer than `max`, {self.max} bytes", self.max, out)
        if end < 0:
            self._searched = len(buffer)
            return False
        body = bytes(buffer[:size])
        del buffer[:size]
        self._searched = 0
        self._lost = False
        try:
            pieces = parts(body, boundary)
        except ValueError as error:
            self._run.end(out)
            out.append(Noise("bad_format", body, str(error)))
            return True
        document = next((piece.body for piece in pieces if piece.is_xml and not piece.is_jpeg), None)
        if document is None:
            self._run.end(out)
            out.append(Noise("bad_format", body, "the body has no XML part"))
        elif len(document) > self.XML_LIMIT:
            self._run.end(out)
            out.append(Noise("overlong", body, f"the XML part is longer than {self.XML_LIMIT} bytes"))
        else:
            self._event(document.strip(), {"images": sum(piece.is_jpeg for piece in pieces)}, out)
        return True

    def _event(self, document: bytes, more: Mapping[str, Any], out: list[Result]) -> None:
        self._run.end(out)
        self._lost = False
        found = read_event(document)
        if isinstance(found, Noise) and found.error == "bad_format" and (again := _last_start(document)):
            out.append(Noise("bad_format", document[:again], "an event is cut off and another one follows"))
            document = document[again:]
            found = read_event(document)
        out.append(found if isinstance(found, Noise) else Message({**found, **more}, document))

    def _refuse(self, error: ErrorWord, reason: str, count: int, out: list[Result]) -> bool:
        self._run.end(out)
        out.append(Noise(error, bytes(self._buffer[:count]), reason))
        self._run.skip(bytes(self._buffer[count:]), out, "the rest of a body that was refused")
        self._buffer.clear()
        self._searched, self._spilling = 0, True
        return False

    def encode(self, result: Result) -> bytes:
        """The body of a POST: bare XML, or multipart when ``images`` (a number, or a list of JPEG bytes) is given.

        Raises ``ValueError`` for a result that is not an event.
        """
        if not isinstance(result, Message) or not result.fields.get("event"):
            raise ValueError("hikvision_anpr sends events: give a Message with the field 'event'")
        fields = dict(result.fields)
        images = fields.pop("images", None)
        document = _document(fields)
        if images is None:
            return document
        pictures = [_PICTURE] * images if isinstance(images, int) else list(images)
        names = ("licensePlatePicture.jpg", "vehiclePicture.jpg", "detectionPicture.jpg")
        items = [Part("anpr.xml", "anpr.xml", "text/xml", document)]
        for number, picture in enumerate(pictures):
            name = names[number] if number < len(names) else f"picture{number}.jpg"
            items.append(Part(name, name, "image/jpeg", picture))
        return compose(items, self.boundary or b"boundary")

    def poll(self) -> bytes | None:
        """None: the camera posts by itself. Answer 200 quickly, or it repeats."""
        return None


def _last_start(document: bytes) -> int:
    """Where the last event inside a damaged one starts, 0 when there is none."""
    root = document.rfind(b"<" + _ROOT.encode("ascii"), 1)
    declaration = document.rfind(b"<?xml", 1, root if root > 0 else len(document))
    between = document[declaration:root].strip() if 0 < declaration < root else b""
    return declaration if between.startswith(b"<?xml") and between.endswith(b"?>") else max(root, 0)


def _document(fields: Mapping[str, Any]) -> bytes:
    tree: dict[str, Any] = {"eventType": fields["event"]}
    anpr: dict[str, Any] = {}
    if str(fields["event"]).upper() == "ANPR":
        anpr["licensePlate"] = fields.get("plate") or "unknown"
        if "confidence" in fields:
            anpr["confidenceLevel"] = fields["confidence"]
    for name, places in _FIELDS.items():
        if fields.get(name) is not None:
            target = anpr if places[0][0] == "ANPR" else tree
            target[places[0][-1]] = fields[name]
    lines = [f"<{key}>{escape(str(value))}</{key}>" for key, value in tree.items()]
    if anpr:
        inner = "\n".join(f"<{key}>{escape(str(value))}</{key}>" for key, value in anpr.items())
        lines.append(f"<ANPR>\n{inner}\n</ANPR>")
    body = "\n".join(lines)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<{_ROOT} version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema">\n{body}\n</{_ROOT}>\n'
    ).encode()


def _boundary(name: str, value: Any) -> bytes:
    """Setting: a multipart boundary as in the Content-Type header, quotes allowed."""
    text = value.strip('"') if isinstance(value, str) else ""
    if not re.fullmatch(r"[!-~](?:[ -~]{0,198}[!-~])?", text):
        raise ValueError(f"{name} must be the boundary of the Content-Type header, not {value!r}")
    return text.encode("ascii")

"""Dahua number-plate cameras (``dahua_anpr``): ITSAPI push, RPC2 event stream, CGI event stream.

Source: a recorded push structure and drivers. Push is JSON by POST to ``/NotificationInfo/TollgateInfo`` and
``/NotificationInfo/KeepAlive``; the streams wrap JSON. There ``UTC`` is local time written as an epoch, ``RealUTC``
the true one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.framing import read_settings, whole
from devices.protocols.noise import NoiseRun
from devices.protocols.results import ErrorWord, Message, Noise, Result

_OUTSIDE = re.compile(rb'["{}\[\]]')
_INSIDE = re.compile(rb'["\\]')
_EVENT_LINE = re.compile(
    rb"Code=([A-Za-z0-9_.]{1,64});action=([A-Za-z]{1,32})(?:;index=([0-9]{1,6}))?(;data=)?"
)
#: what else stands between the JSON texts of an event stream
_STREAM_LINE = re.compile(
    rb"\s*|--[ -~]{1,200}|Content-[A-Za-z]+:[ -~]{0,200}|Heartbeat|HTTP/1\.[01] [ -~]{0,200}"
)
_NUMBER = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,6})?")
DEPTH_LIMIT, LEAD_LIMIT = 32, 4096
#: longest plate, name or time that is believed, in characters
TEXT_LIMIT = 128


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def _at(tree: Any, *path: str) -> Any:
    """The value at a path of keys, None when there is none."""
    for key in path:
        if not isinstance(tree, dict):
            return None
        tree = tree.get(key)
    return tree


def _text(value: Any) -> str | None:
    """A string (numbers are kept as text), None for anything else, blank, or longer than any name a camera has."""
    return value.strip() or None if isinstance(value, str) and len(value) <= TEXT_LIMIT else None


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    """``event`` and ``plate`` always, the rest only when the camera said something."""
    return {key: value for key, value in fields.items() if value is not None or key in ("event", "plate")}


def _confidence(value: Any) -> str | None:
    text = _text(value)
    return text if text and _NUMBER.fullmatch(text) else None


def _push(picture: Any) -> dict[str, Any]:
    exists = _at(picture, "Plate", "IsExist")
    plate = None if exists is False else _text(_at(picture, "Plate", "PlateNumber"))
    return _filled(
        {
            "event": "TollgateInfo",
            "plate": plate,
            "confidence": _confidence(_at(picture, "Plate", "Confidence")),
            "plate_color": _text(_at(picture, "Plate", "PlateColor")),
            "device": _text(_at(picture, "SnapInfo", "DeviceID")),
            "direction": _text(_at(picture, "SnapInfo", "Direction")),
            "lane": _text(_at(picture, "SnapInfo", "LanNo")),
            "time": _text(_at(picture, "SnapInfo", "AccurateTime"))
            or _text(_at(picture, "SnapInfo", "SnapTime")),
            "vehicle_type": _text(_at(picture, "Vehicle", "VehicleType")),
        }
    )


def _stream(code: str, action: str | None, data: Any) -> dict[str, Any]:
    plate = _text(_at(data, "TrafficCar", "PlateNumber")) or _text(_at(data, "Object", "Text"))
    return _filled(
        {
            "event": code,
            "plate": plate,
            "action": action,
            "confidence": _confidence(_at(data, "Object", "Confidence")),
            "device": _text(_at(data, "TrafficCar", "DeviceAddress")),
            "direction": _text(_at(data, "TrafficCar", "DrivingDirection")),
            "lane": _text(_at(data, "TrafficCar", "Lane")) or _text(_at(data, "Lane")),
            "real_utc": _text(_at(data, "RealUTC")),
            "camera_clock": _text(_at(data, "UTC")),
        }
    )


def events(tree: Any, code: str | None = None, action: str | None = None) -> list[dict[str, Any]]:
    """The events in one JSON value; ``code`` and ``action`` when a CGI line announced it. Empty for none we know."""
    if not isinstance(tree, dict):
        return []
    if code is not None:
        return [_stream(code, action, tree)]
    if isinstance(tree.get("Picture"), dict):
        return [_push(tree["Picture"])]
    if (active := _text(tree.get("Active"))) is not None:
        return [_filled({"event": active, "plate": None, "device": _text(tree.get("DeviceID"))})]
    listed = _at(tree, "params", "eventList")
    if isinstance(listed, list):
        return [
            _stream(name, _text(item.get("Action")), item.get("Data"))
            for item in listed
            if isinstance(item, dict) and (name := _text(item.get("Code"))) is not None
        ]
    return []


class DahuaAnpr:
    """The codec: finds complete JSON objects, wherever they are cut, and what the stream says around them."""

    info: ClassVar[CodecInfo] = CodecInfo(
        name="dahua_anpr",
        kind="anpr",
        title="Dahua ANPR push and event stream",
        devices="Dahua ITC number-plate cameras",
        serial={},
        polled=False,
        carries_unit=True,
        confidence="D",
        source="ITSAPI push structure; drivers",
    )
    line_oriented: ClassVar[bool] = True

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``max`` bytes of one JSON text (10 MiB)."""
        settings = read_settings(self.info.name, config, {"max": whole(1024, 64 * 1024 * 1024)})
        self.max: int = settings.get("max", 10 * 1024 * 1024)
        self._buffer = bytearray()
        self._run = NoiseRun()
        self._reset()

    def _reset(self) -> None:
        self._seen, self._depth, self._string = 0, 0, False

    @property
    def pending(self) -> int:
        """How many bytes are held back; at most ``max``."""
        return len(self._buffer) + len(self._run)

    def feed(self, data: bytes) -> list[Result]:
        """Take what arrived and return the events it completed. Never raises, never waits."""
        out: list[Result] = []
        self._buffer += data
        while self._buffer and self._step(out):
            pass
        return out

    def flush(self) -> list[Result]:
        """The body has ended: an unfinished JSON text is ``bad_format``."""
        out: list[Result] = []
        if self._depth:
            start = self._buffer.index(b"{")
            self._lead(bytes(self._buffer[:start]), out)
            self._run.end(out)
            out.append(Noise("bad_format", bytes(self._buffer[start:]), "the JSON text is cut off"))
        else:
            self._lead(bytes(self._buffer), out)
        self._run.end(out)
        self._buffer.clear()
        self._reset()
        return out

    def _step(self, out: list[Result]) -> bool:
        buffer = self._buffer
        if not self._depth:
            start = buffer.find(b"{", self._seen)
            if (start if start >= 0 else len(buffer)) > LEAD_LIMIT:
                self._lead(bytes(buffer[:LEAD_LIMIT]), out)
                del buffer[:LEAD_LIMIT]
                self._reset()
                return True
            if start < 0:
                self._seen = len(buffer)
                return False
            self._seen, self._depth = start + 1, 1
        end = self._close()
        start = buffer.index(b"{")
        size = (end if end is not None else len(buffer)) - start
        if size > self.max or self._depth > DEPTH_LIMIT:
            deep = self._depth > DEPTH_LIMIT
            reason = (
                f"JSON nests deeper than {DEPTH_LIMIT}"
                if deep
                else f"JSON text longer than `max`, {self.max} bytes"
            )
            self._take(start, start + 1, "bad_format" if deep else "overlong", reason, out)
            return True
        if end is None:
            return False
        code = self._lead(bytes(buffer[:start]), out)
        raw = bytes(buffer[start:end])
        self._run.end(out)
        out.extend(self._read(raw, code))
        del buffer[:end]
        self._reset()
        return True

    def _close(self) -> int | None:
        """Scan on to the end of the object; None when it has not arrived. Skips strings in one go."""
        buffer = self._buffer
        while True:
            found = (_INSIDE if self._string else _OUTSIDE).search(buffer, self._seen)
            if not found:
                self._seen = max(self._seen, len(buffer))
                return None
            byte, at = buffer[found.start()], found.start()
            if byte == 0x5C:
                if at + 1 >= len(buffer):
                    self._seen = at
                    return None
                self._seen = at + 2
                continue
            self._seen = at + 1
            if byte == 0x22:
                self._string = not self._string
            elif byte in b"{[":
                self._depth += 1
                if self._depth > DEPTH_LIMIT:
                    return None
            else:
                self._depth -= 1
                if self._depth == 0:
                    return at + 1

    def _take(self, start: int, end: int, error: ErrorWord, reason: str, out: list[Result]) -> None:
        self._lead(bytes(self._buffer[:start]), out)
        self._run.fault(bytes(self._buffer[start:end]), error, reason, out)
        del self._buffer[:end]
        self._reset()

    def _lead(self, lead: bytes, out: list[Result]) -> tuple[str, str] | None:
        """Judge what stands in front of a JSON text; gives the code and action that announce it, if any."""
        announced: tuple[str, str] | None = None
        for line in lead.splitlines(keepends=True):
            text = line.strip()
            found = _EVENT_LINE.fullmatch(text)
            if found:
                code, action = found[1].decode("ascii"), found[2].decode("ascii")
                if found[4]:
                    announced = (code, action)
                else:
                    self._run.end(out)
                    out.append(Message({"event": code, "plate": None, "action": action}, line))
            elif not _STREAM_LINE.fullmatch(text):
                self._run.skip(line, out, "bytes outside any event")
        return announced

    @staticmethod
    def _read(raw: bytes, announced: tuple[str, str] | None) -> list[Result]:
        try:
            tree = json.loads(
                raw.decode("utf-8"), parse_int=str, parse_float=str, parse_constant=_refuse_constant
            )
        except UnicodeDecodeError:
            return [Noise("bad_encoding", raw, "the JSON text is not UTF-8")]
        except (ValueError, RecursionError) as error:
            return [Noise("bad_format", raw, f"this is no JSON: {error}")]
        found = events(tree, *(announced or (None, None)))
        if not found:
            return [Noise("bad_format", raw, "the JSON text holds no event we know")]
        return [Message(fields, raw) for fields in found]

    def encode(self, result: Result) -> bytes:
        """The JSON body of a push. Raises ``ValueError`` for a result that is not an event."""
        if not isinstance(result, Message) or not result.fields.get("event"):
            raise ValueError("dahua_anpr sends events: give a Message with the field 'event'")
        fields = result.fields
        if fields["event"] != "TollgateInfo":
            tree: dict[str, Any] = {"Active": fields["event"], "DeviceID": fields.get("device", "")}
            return json.dumps(tree, ensure_ascii=False).encode()
        plate = fields.get("plate")
        confidence = str(fields.get("confidence", "0"))
        lane = str(fields.get("lane", ""))
        snap: dict[str, Any] = {"DeviceID": fields.get("device"), "Direction": fields.get("direction")}
        snap |= {
            "AccurateTime": fields.get("time"),
            "LanNo": int(lane) if lane.isascii() and lane.isdigit() else None,
        }
        tree = {
            "Picture": {
                "Plate": {
                    "Confidence": int(confidence)
                    if _NUMBER.fullmatch(confidence) and "." not in confidence
                    else 0,
                    "IsExist": plate is not None,
                    "PlateNumber": plate or "",
                    "PlateColor": fields.get("plate_color", "White"),
                },
                "SnapInfo": {key: value for key, value in snap.items() if value is not None},
                "Vehicle": {"VehicleType": fields.get("vehicle_type", "Truck")},
            }
        }
        return json.dumps(tree, ensure_ascii=False).encode()

    def poll(self) -> bytes | None:
        """None: the camera pushes by itself."""
        return None

"""What a device tells us, frozen at the place where it was read.

Each reading has an ``id`` made where it was read (a UUIDv7: the nonce that makes a retry harmless), the
device, its ``point``, the time in UTC, and the raw bytes. :func:`to_dict` and :func:`from_dict` carry
a reading over a queue or a wire without loss: weights as text, bytes as hex, times as ISO 8601.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal
from uuid import UUID

from devices.units import Rounding

Verdict = Literal["accepted", "already_done", "refused", "attention"]

EMPTY: Mapping[str, Any] = MappingProxyType({})


def new_id() -> str:
    """A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then 74 random bits; sorts by time."""
    stamp = time.time_ns() // 1_000_000
    value = (stamp & (1 << 48) - 1) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(UUID(int=value))


def utc_now() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReading:
    """One code read by a scanner or found in a picture.

    ``text`` is the payload with FNC1 as ASCII 29; ``aim`` the AIM identifier (``]C1``) and ``symbology``
    its name, None when the device does not say. ``extra`` holds e.g. ``picture`` (SHA-256 of the picture
    the code was found in) and ``quad`` (corners in pixels).
    """

    id: str
    device: str
    point: str
    at: datetime
    protocol: str
    text: str
    aim: str | None = None
    symbology: str | None = None
    flags: frozenset[str] = frozenset()
    extra: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class TraceFrame:
    """One frame of a weight trace: ``t`` seconds before (<= 0) the decision, what it said, its bytes."""

    t: Decimal
    value: Decimal | None
    unit: str | None
    flags: tuple[str, ...]
    raw: bytes


@dataclass(frozen=True, slots=True)
class Trace:
    """The last seconds of frames before a weight was taken: the evidence that it stood still."""

    frames: tuple[TraceFrame, ...] = ()

    @property
    def id(self) -> str:
        """SHA-256 (hex) over the canonical JSON of the frames, by which a record refers to this trace."""
        return hashlib.sha256(
            json.dumps(self.to_list(), separators=(",", ":"), ensure_ascii=False).encode()
        ).hexdigest()

    def to_list(self) -> list[list[Any]]:
        """Frames as ``[t, value, unit, flags, hex]`` for JSON."""
        return [
            [str(f.t), None if f.value is None else str(f.value), f.unit, list(f.flags), f.raw.hex()]
            for f in self.frames
        ]

    @classmethod
    def from_list(cls, rows: list[list[Any]]) -> Trace:
        """The inverse of :meth:`to_list`."""
        return cls(
            tuple(
                TraceFrame(
                    Decimal(t), None if v is None else Decimal(v), unit, tuple(flags), bytes.fromhex(raw)
                )
                for t, v, unit, flags, raw in rows
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightReading:
    """A stable weight that may become evidence.

    ``kg`` is rounded to the verification interval ``interval_kg`` by ``rounding``; ``measured_kg`` is the
    same weight before rounding; ``value`` and ``unit`` are the device's own digits. ``mode`` is None when
    the wire does not say gross or net. ``device_stable`` is the indicator's own flag (None: it has none);
    our own window always agreed. ``taken`` says whether the load was noticed (``auto``) or asked for
    (``capture``). ``trace`` holds the frames behind the decision; ``trace.id`` refers to it.
    """

    id: str
    device: str
    point: str
    at: datetime
    protocol: str
    kg: Decimal
    measured_kg: Decimal
    value: Decimal
    unit: str
    mode: Literal["gross", "net"] | None
    device_stable: bool | None
    interval_kg: Decimal
    rounding: Rounding
    capacity_kg: Decimal
    verified_until: date | None
    taken: Literal["auto", "capture"]
    flags: frozenset[str] = frozenset()
    trace: Trace = field(default_factory=Trace)
    raw: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateReading:
    """A number plate seen by a camera. ``confidence`` 0 to 100 as the camera says it, None if it does not."""

    id: str
    device: str
    point: str
    at: datetime
    protocol: str
    plate: str
    country: str | None = None
    confidence: Decimal | None = None
    direction: str | None = None
    flags: frozenset[str] = frozenset()
    extra: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    raw: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventReading:
    """What any other device reports (passport reader, tag reader, radiation portal, printer status)."""

    id: str
    device: str
    point: str
    at: datetime
    protocol: str
    kind: str
    fields: Mapping[str, Any]
    flags: frozenset[str] = frozenset()
    raw: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something a person should know about a device: ``code`` for programs, ``sentence`` for people.

    ``remedy`` is a key of :data:`devices.errors.REMEDIES`. ``raw`` keeps the bytes, where there are any.
    """

    id: str
    device: str
    point: str
    at: datetime
    code: str
    sentence: str
    remedy: str
    raw: bytes = b""


Reading = ScanReading | WeightReading | PlateReading | EventReading | Trouble

KINDS: dict[str, type[Reading]] = {
    "scan": ScanReading,
    "weight": WeightReading,
    "plate": PlateReading,
    "event": EventReading,
    "trouble": Trouble,
}
_NAMES: dict[type[Reading], str] = {cls: name for name, cls in KINDS.items()}
_DECIMALS = {"kg", "measured_kg", "value", "interval_kg", "capacity_kg", "confidence"}


def to_dict(reading: Reading) -> dict[str, Any]:
    """The reading as plain JSON values, with its sort under ``reading``."""
    out: dict[str, Any] = {"reading": _NAMES[type(reading)]}
    for item in dataclasses.fields(reading):
        value = getattr(reading, item.name)
        if isinstance(value, Trace):
            out["trace_id"] = value.id
            out["trace"] = value.to_list()
        else:
            out[item.name] = plain(value)
    return out


def from_dict(data: Mapping[str, Any]) -> Reading:
    """The inverse of :func:`to_dict`. Raises ``ValueError`` naming the key that is missing or wrong.

    Values inside ``extra`` and ``fields`` stay the plain JSON values they were sent as.
    """
    sort = data.get("reading")
    if sort not in KINDS:
        raise ValueError(f"`reading` is {sort!r}; expected one of {', '.join(KINDS)}")
    cls = KINDS[sort]
    known: dict[str, Any] = {}
    for item in dataclasses.fields(cls):
        if item.name not in data:
            continue
        value = data[item.name]
        try:
            known[item.name] = _revive(item.name, value)
        except (ValueError, ArithmeticError, TypeError, AttributeError) as error:
            raise ValueError(f"`{item.name}` of a {sort} reading cannot be read: {value!r}") from error
    try:
        return cls(**known)
    except TypeError as error:
        raise ValueError(f"a {sort} reading is not complete: {error}") from error


def plain(value: Any) -> Any:
    """Any value of a reading as JSON knows it: Decimal and dates as text, bytes as hex, sets sorted."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return bytes(value).hex()
    if isinstance(value, frozenset | set):
        return sorted(plain(v) for v in value)
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


def _revive(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _DECIMALS:
        return Decimal(value)
    if name == "at":
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("a time without a zone")
        return moment.astimezone(UTC)
    if name == "verified_until":
        return date.fromisoformat(value)
    if name == "raw":
        return bytes.fromhex(value)
    if name == "flags":
        return frozenset(value)
    if name == "trace":
        return Trace.from_list(value)
    return value

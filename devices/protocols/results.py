"""What a codec gives back: one frozen value for everything that can come off a wire.

A codec never raises on wire bytes and never guesses. A frame that carries a weight is a
:class:`Weight`; a label is a :class:`Label`; an answer, event or command of any other kind is a
:class:`Message`; bytes that must not be believed are a :class:`Noise` with the reason.

Weights are :class:`decimal.Decimal` in the device's own unit with the device's own digits; the unit
is never assumed. ``None`` means *the wire does not say*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

Mode = Literal["gross", "net", "tare"]

#: Why bytes gave no reading. ``truncated`` is only ever reported when the line has gone idle.
ErrorWord = Literal[
    "bad_checksum",
    "bad_format",
    "truncated",
    "overlong",
    "noise",
    "bad_encoding",
    "bad_sequence",
    "not_a_weight",
    "forbidden_xml",
]

EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Weight:
    """One weight frame.

    ``value`` is in ``unit`` as transmitted (sign, dummy zeros and decimal places applied) and None when
    the frame gives no usable weight; ``sign`` is +1/-1 as transmitted so that -0 stays visible;
    ``status`` holds the flags of PROTOCOLS 0.1 (``motion``, ``overload``, ``zero`` ...).
    ``extra`` keeps whatever else the frame carried: ``tare``, ``gross``, ``net``, ``addr``, ``decimals`` ...
    """

    value: Decimal | None
    unit: str | None
    stable: bool | None
    mode: Mode | None
    sign: Literal[1, -1] | None
    status: frozenset[str] = frozenset()
    extra: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Label:
    """One code read by a scanner.

    ``text`` is the payload without AIM identifier, prefix and suffix, with FNC1 as ASCII 29;
    ``aim`` the AIM symbology identifier (``]C1``) and ``symbology`` its name, None when not sent;
    ``extra`` keeps what else came (``ai_string``, ``source`` ...).
    """

    text: str
    aim: str | None = None
    symbology: str | None = None
    extra: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Message:
    """Any other well-formed frame: an answer, a command, an event, a status. ``fields`` as in PROTOCOLS."""

    fields: Mapping[str, Any]
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Noise:
    """Bytes that gave no reading: the class of fault, the bytes thrown away, and a sentence for the log."""

    error: ErrorWord
    raw: bytes
    reason: str = ""


Result = Weight | Label | Message | Noise

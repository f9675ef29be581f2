"""How weight transmitters lay out their Modbus registers: data, not code.

A number layout (``int32_be``, ``float_wordswap`` ...) says how the registers of one value are read; a model adds
where weight, status word, gross, net and tare stand and what the status bits mean. Word order is the classic
error: 70000 read with swapped words is 292552705. Registers are 0-based as on the wire (40007 is address 6).

Sources: Laumas TLU/TLB manuals (registers; the bits are background), Baykon MX08, Dini Argeo DGT4X, General
Measure GM9907, Pavone DAT 400.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

#: byte order of a 32-bit value -> positions of its bytes on the wire, most significant first
_ORDERS: dict[str, tuple[int, int, int, int]] = {
    "be": (0, 1, 2, 3),
    "wordswap": (2, 3, 0, 1),
    "byteswap": (1, 0, 3, 2),
    "le": (3, 2, 1, 0),
}

#: number layout -> registers it takes
NUMBERS: dict[str, int] = {
    **{f"{kind}_{order}": 2 for kind in ("int32", "uint32", "float") for order in _ORDERS},
    **{f"{kind}_{order}": 1 for kind in ("int16", "uint16") for order in ("be", "le")},
}


def read_number(layout: str, data: bytes) -> Decimal | None:
    """The value in the bytes of its registers, before decimals and scale; None for NaN and infinity."""
    kind, order = layout.split("_")
    if NUMBERS[layout] == 1:
        ordered = data if order == "be" else data[::-1]
    else:
        ordered = bytes(data[place] for place in _ORDERS[order])
    if kind != "float":
        return Decimal(int.from_bytes(ordered, "big", signed=kind.startswith("int")))
    return single_precision(ordered)


def write_number(layout: str, value: Decimal) -> bytes:
    """The inverse of :func:`read_number`. Raises ``ValueError`` for a value that does not fit."""
    kind, order = layout.split("_")
    size = 2 * NUMBERS[layout]
    if kind == "float":
        ordered = struct.pack(">f", value)
        if single_precision(ordered) != value:
            raise ValueError(f"{value} has more digits than a single-precision number holds")
    else:
        if value != value.to_integral_value():
            raise ValueError(f"{value} is not a whole number of counts; check decimals and scale")
        try:
            ordered = int(value).to_bytes(size, "big", signed=kind.startswith("int"))
        except OverflowError:
            raise ValueError(f"{value} does not fit in {layout}") from None
    if size == 2:
        return ordered if order == "be" else ordered[::-1]
    data = bytearray(4)
    for byte, place in zip(ordered, _ORDERS[order], strict=True):
        data[place] = byte
    return bytes(data)


def single_precision(data: bytes) -> Decimal | None:
    """The shortest decimal number that a big-endian IEEE single stands for; None for NaN and infinity."""
    (value,) = struct.unpack(">f", data)
    if not math.isfinite(value):
        return None
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        try:
            if struct.pack(">f", float(text)) == data:
                return Decimal(format(Decimal(text), "f"))
        except OverflowError:
            continue  # rounded up beyond the largest single
    return Decimal(format(Decimal(value), "f"))


@dataclass(frozen=True, slots=True)
class Bits:
    """What the bits of a status word mean. ``words`` are statuses; a weight with one of ``fatal`` is no weight."""

    words: Mapping[int, str] = field(default_factory=dict)
    stable: int | None = None
    moving: int | None = None
    valid: int | None = None
    net: int | None = None
    minus: int | None = None
    net_minus: int | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """One register block: first register and number of registers of the request, and where things stand in it."""

    start: int
    count: int
    number: str
    bits: Bits
    status_at: int
    weight_at: int | None = None
    gross_at: int | None = None
    net_at: int | None = None
    tare_at: int | None = None


#: statuses that make the number next to them unusable
FATAL = frozenset({"overload", "underload", "out_of_range", "error", "invalid"})

#: meaning of status words by maker, for ``status`` with a number layout and for the models below
STATUS_BITS: dict[str, Bits] = {
    "laumas": Bits(
        {0: "error", 1: "error", 2: "overload", 3: "overload", 4: "overload", 5: "overload", 12: "zero"},
        stable=11,
        net=10,
        minus=7,
        net_minus=8,
    ),
    "dini": Bits({2: "underload", 3: "overload", 4: "zero"}, stable=1, net=6, minus=0, net_minus=5),
    "baykon": Bits({12: "zero"}, moving=2, valid=1, net=3),
    "general_measure": Bits({1: "zero", 3: "overload", 4: "underload"}, stable=0, minus=2),
    "dat400": Bits({0: "zero", 4: "underload", 5: "overload", 6: "out_of_range"}, stable=1, net=3),
}

#: models whose whole block is known
MODELS: dict[str, Model] = {
    "laumas": Model(6, 5, "int32_be", STATUS_BITS["laumas"], status_at=0, gross_at=1, net_at=3),
    "baykon": Model(0, 7, "int32_be", STATUS_BITS["baykon"], status_at=2, weight_at=0, tare_at=3, gross_at=5),
}


def has(word: int, bit: int | None) -> bool:
    """Whether ``bit`` is set in the status word; False for a bit the maker does not have."""
    return bit is not None and bool(word >> bit & 1)


def judge(bits: Bits, word: int) -> tuple[bool | None, frozenset[str]]:
    """Stability (None: the word does not say) and statuses of a status word."""
    words = {status for bit, status in bits.words.items() if has(word, bit)}
    if bits.valid is not None and not has(word, bits.valid):
        words.add("invalid")
    stable: bool | None = None
    if bits.stable is not None:
        stable = has(word, bits.stable)
    elif bits.moving is not None:
        stable = not has(word, bits.moving)
    if stable is False:
        words.add("motion")
    return stable, frozenset(words)

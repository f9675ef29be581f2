"""Frames a second through each codec, beside the plainest loop that could be written for the same bytes.

The plain loop cuts at the known frame length, takes the digits out of their known place and makes a number of them:
no search, no checks, no signs, no states, and lost for ever after one missing byte.
"""

from __future__ import annotations

import re
import statistics
import time
from decimal import Decimal

from devices.protocols import Weight, codec
from devices.protocols.results import Label, Result
from terminal.bench.store import Row

FRAMES = 4000
CHUNK = 512
KG = {"unit": "kg"}
#: what is measured: codec, its settings, one result that is encoded and fed again and again
SAMPLES: tuple[tuple[str, dict[str, str], Result], ...] = (
    ("yaohua_a9", KG, Weight(Decimal(12340), "kg", None, None, 1)),
    ("mt_sics", {}, Weight(Decimal("748.5"), "kg", True, None, 1)),
    ("and_standard", {}, Weight(Decimal("612.0"), "kg", True, "gross", 1)),
    ("toledo_continuous", {}, Weight(Decimal(24360), "kg", True, "gross", 1, extra={"tare": "0"})),
    ("scan_text", {}, Label("00095212340001001002", "]C1")),
)


def slicing(data: bytes, size: int, digits: slice) -> float:
    """Frames a second of the plainest loop: cut, take the digits, make a number."""
    begin = time.perf_counter()
    seen = 0
    for at in range(0, len(data), size):
        frame = data[at : at + size]
        Decimal(frame[digits].decode("ascii"))
        seen += 1
    return seen / (time.perf_counter() - begin)


def digits_in(frame: bytes) -> slice:
    """Where the longest run of digits and points stands in a frame."""
    runs = [match.span() for match in re.finditer(rb"[0-9][0-9.]*", frame)]
    start, end = max(runs, key=lambda span: span[1] - span[0])
    return slice(start, end)


def decoding(name: str, settings: dict[str, str], data: bytes) -> float:
    """Frames a second through the codec, fed in pieces as a port gives them."""
    reader = codec(name, settings)
    begin = time.perf_counter()
    seen = 0
    for at in range(0, len(data), CHUNK):
        seen += len(reader.feed(data[at : at + CHUNK]))
    return seen / (time.perf_counter() - begin)


def measure(rounds: int = 5) -> list[Row]:
    """The figures as printable rows."""
    rows = []
    for name, settings, result in SAMPLES:
        frame = codec(name, settings).encode(result)
        data = frame * FRAMES
        decoding(name, settings, data)
        digits = digits_in(frame)
        pairs = [(decoding(name, settings, data), slicing(data, len(frame), digits)) for _ in range(rounds)]
        speed = statistics.median(ours for ours, _ in pairs)
        ratio = statistics.median(ours / plain for ours, plain in pairs)
        rows.append(
            Row(
                f"{name} frames",
                speed,
                "1/s",
                f"{ratio:.3f} of a plain slicing loop, median of {rounds} rounds",
            )
        )
    return rows

"""Frames a second through each codec, beside the plainest loop that could be written for the same bytes.

Three streams: *a day on the bridge* (a truck rolls on in 120 frames that all differ, then stands for 600 that swing by
one division, again and again), *all different* (no frame ever comes twice: what reading one afresh costs) and *scans*
(a code seen eight times by a reader on a stand, then the next).

The plain loop cuts at the known frame length, takes the digits out of their known place and makes a number of them:
no search, no checks, no signs, no states, and lost for ever after one missing byte.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Literal

from devices.protocols import Weight, codec
from devices.protocols.results import Label
from terminal.bench.store import Row

FRAMES = 4000
CHUNK = 512
KG = {"unit": "kg"}
#: frames of a truck that rolls on, and of one that stands
ROLLING, STANDING = 120, 600
#: what must be reached on the stream as devices send it
MUST = 0.2
#: scales that are measured: codec, its settings, the step of the weight, whether it says stable, gross or net, the rest
SCALES: tuple[
    tuple[str, dict[str, str], Decimal, bool | None, Literal["gross"] | None, dict[str, str]], ...
] = (
    ("yaohua_a9", KG, Decimal(10), None, None, {}),
    ("mt_sics", {}, Decimal("0.5"), True, None, {}),
    ("and_standard", {}, Decimal("0.5"), True, "gross", {}),
    ("toledo_continuous", {}, Decimal(20), True, "gross", {"tare": "0"}),
)


def a_day(name: str, settings: dict[str, str], weight: Callable[[int], Weight]) -> bytes:
    """Trucks one after the other: each rolls on, and stands, swinging by one division."""
    coder = codec(name, settings)
    frames = []
    for truck in range(FRAMES // (ROLLING + STANDING) + 1):
        rolling = [50 * truck + step for step in range(ROLLING)]
        standing = [rolling[-1] + (step % 3) for step in range(STANDING)]
        frames += [coder.encode(weight(steps)) for steps in (*rolling, *standing)]
    return b"".join(frames)


def all_different(name: str, settings: dict[str, str], weight: Callable[[int], Weight]) -> bytes:
    """No frame twice."""
    coder = codec(name, settings)
    return b"".join(coder.encode(weight(steps)) for steps in range(FRAMES))


def scans() -> bytes:
    """Codes that a reader on a stand sees eight times each."""
    coder = codec("scan_text", {})
    return b"".join(coder.encode(Label(f"0009521234{number // 8:010d}", "]C1")) for number in range(FRAMES))


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


def compare(name: str, what: str, settings: dict[str, str], data: bytes, size: int, rounds: int) -> Row:
    """One line of the table: our speed, and the ratio to the plain loop inside each round."""
    decoding(name, settings, data)
    digits = digits_in(data[:size])
    pairs = [(decoding(name, settings, data), slicing(data, size, digits)) for _ in range(rounds)]
    speed = statistics.median(ours for ours, _ in pairs)
    ratio = statistics.median(ours / plain for ours, plain in pairs)
    return Row(
        f"{name}, {what}",
        speed,
        "1/s",
        f"{ratio:.3f} of a plain slicing loop (must {MUST} as devices send), median of {rounds} rounds",
    )


def measure(rounds: int = 5) -> list[Row]:
    """The figures as printable rows."""
    rows = []
    for name, settings, step, stable, mode, extra in SCALES:

        def weight(
            steps: int,
            step: Decimal = step,
            stable: bool | None = stable,
            mode: Literal["gross"] | None = mode,
            extra: dict[str, str] = extra,
        ) -> Weight:
            return Weight(1000 * step + steps * step, "kg", stable, mode, 1, extra=extra)

        size = len(codec(name, settings).encode(weight(0)))
        for what, stream in (("a day on the bridge", a_day), ("all different", all_different)):
            rows.append(compare(name, what, settings, stream(name, settings, weight), size, rounds))
    data = scans()
    return [*rows, compare("scan_text", "scans", {}, data, data.index(b"\r") + 1, rounds)]

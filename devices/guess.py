"""Which protocol is this? Pure: bytes in, ranked guesses out, each with its reasons.

Every codec reads the bytes. What counts is how much of them it understood, and how *strict* it is: the
same bytes are damaged in many places and fed again. A codec that would have accepted the damaged copies too
(any line of text is a barcode to a text scanner) knows less than one that refused them all.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from devices.protocols import CODECS, codec, codec_class
from devices.protocols.results import Label, Noise, Result, Weight

#: bytes that are looked at; more adds nothing
MOST = 4096
#: settings tried when a codec cannot be made without any
TRY_SETTINGS: tuple[Mapping[str, Any], ...] = ({}, {"unit": "kg"})
DAMAGED_COPIES = 6


@dataclass(frozen=True, slots=True)
class Guess:
    """One protocol. ``sure`` 0 to 100; ``why`` sentences; ``sample`` the last frame in words."""

    protocol: str
    title: str
    sure: int
    frames: int
    understood: float
    strict: float
    why: tuple[str, ...]
    sample: str


def guess(data: bytes, names: Sequence[str] | None = None) -> list[Guess]:
    """Protocols that understand ``data``, the most likely first. Empty when none does."""
    data = data[-MOST:]
    if not data:
        return []
    found = [one for name in (names or list(CODECS)) if (one := _try(name, data)) is not None]
    return sorted(found, key=lambda one: (-one.sure, -one.frames, one.protocol))


def _try(name: str, data: bytes) -> Guess | None:
    settings = _settings(name)
    if settings is None:
        return None
    frames, covered = _read(name, settings, data)
    if not frames:
        return None
    understood = covered / len(data)
    strict = 1.0 - _gullible(name, settings, data, len(frames))
    info = codec_class(name).info
    # two frames or more, because one can be chance; strictness weighs as much as coverage
    many = min(1.0, len(frames) / 3)
    sure = round(100 * understood * (0.25 + 0.75 * strict) * (0.5 + 0.5 * many))
    why = [
        f"{len(frames)} frames; {understood:.0%} of {len(data)} bytes belong to them",
        f"of damaged copies it refuses {strict:.0%} of the frames",
    ]
    last = frames[-1]
    if isinstance(last, Weight) and info.carries_unit and last.unit is None:
        why.append("it carries no unit although the format has one")
        sure = sure * 2 // 3
    return Guess(name, info.title, sure, len(frames), understood, strict, tuple(why), describe(last))


def _settings(name: str) -> Mapping[str, Any] | None:
    for settings in TRY_SETTINGS:
        try:
            codec(name, settings)
        except ValueError:
            continue
        return settings
    return None


def _read(name: str, settings: Mapping[str, Any], data: bytes) -> tuple[list[Result], int]:
    decoder = codec(name, settings)
    results = [*decoder.feed(data), *decoder.flush()]
    frames: list[Result] = [result for result in results if not isinstance(result, Noise)]
    return frames, min(len(data), sum(len(frame.raw) for frame in frames))


def _gullible(name: str, settings: Mapping[str, Any], data: bytes, good: int) -> float:
    """The share of frames that survive when every eighth byte or so has one bit turned. Same bytes, same answer."""
    dice = random.Random(len(data))  # noqa: S311 -- a repeatable experiment, no secret
    accepted = 0
    for _ in range(DAMAGED_COPIES):
        copy = bytearray(data)
        for place in range(dice.randrange(8), len(copy), 8):
            copy[place] ^= 1 << dice.randrange(7)
        frames, _covered = _read(name, settings, bytes(copy))
        accepted += min(good, len(frames))
    return accepted / (DAMAGED_COPIES * good)


def describe(result: Result) -> str:
    """One frame in words, for lists and monitors."""
    if isinstance(result, Weight):
        flags = sorted(result.status)
        if result.stable is not None:
            flags.append("stable" if result.stable else "moving")
        text = "no weight" if result.value is None else f"{result.value} {result.unit or '(no unit)'}"
        return " ".join([text, *([result.mode] if result.mode else []), *flags])
    if isinstance(result, Label):
        return f"{result.aim or ''} {result.text!r}".strip()
    if isinstance(result, Noise):
        return f"{result.error}: {result.reason}" if result.reason else result.error
    return ", ".join(f"{key}={value}" for key, value in result.fields.items())

"""A bad day on the wire, the same for the same seed: torn, dropped, garbled, doubled bytes; noise; silence."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

from simulators.line import at_wrong_speed, with_parity


class Mistake(ValueError):  # noqa: N818 -- the name says what happened
    """The scenario or a control request asks for something impossible; the text says what and how to fix it."""


#: faults that are on or off
SWITCHES = frozenset({"stuck", "silent", "parity", "baud"})


@dataclass(frozen=True, slots=True)
class Rates:
    """How often (0 to 1, for each frame) what goes wrong. ``slow_s`` delays, ``stuck`` repeats one frame for ever,
    ``silent`` sends nothing; ``parity`` leaves a parity bit in bit 7 (7E1 read as 8N1), ``baud`` is a host that
    listens at half the speed."""

    torn: float = 0.0
    dropped: float = 0.0
    garbled: float = 0.0
    doubled: float = 0.0
    noise: float = 0.0
    slow_s: float = 0.0
    stuck: bool = False
    silent: bool = False
    parity: bool = False
    baud: bool = False

    def changed(self, wanted: Mapping[str, Any]) -> Rates:
        """The rates with some of them changed. Raises :class:`Mistake` naming the key."""
        known = {field.name for field in fields(self)}
        new: dict[str, Any] = {}
        for name, value in wanted.items():
            if name not in known:
                raise Mistake(f"there is no fault {name!r}; there are {', '.join(sorted(known))}")
            if name in SWITCHES:
                if not isinstance(value, bool):
                    raise Mistake(f"`{name}` is true or false, not {value!r}")
                new[name] = value
                continue
            limit = 60.0 if name == "slow_s" else 1.0
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= limit:
                raise Mistake(f"`{name}` is a number from 0 to {limit:g}, not {value!r}")
            new[name] = float(value)
        return replace(self, **new)

    def on(self) -> dict[str, float | bool]:
        """The faults that are on now, by name."""
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name))}


class Faults:
    """Applies the rates to frame after frame; draws come from ``seed`` alone."""

    def __init__(self, seed: int | str, rates: Rates | None = None) -> None:
        self.rates = rates or Rates()
        self._dice = random.Random(seed)  # noqa: S311 -- a repeatable bad day, no secret
        self._stuck_on: bytes | None = None
        self.spoiled = 0

    def apply(self, frame: bytes) -> list[bytes]:
        """The pieces that go over the wire instead of ``frame``, in order; empty when nothing does."""
        rates, dice = self.rates, self._dice
        if rates.silent:
            return []
        if rates.stuck:
            if self._stuck_on is None:
                self._stuck_on = frame
            frame = self._stuck_on
        else:
            self._stuck_on = None
        data = bytearray(frame)
        if rates.dropped and data and dice.random() < rates.dropped:
            del data[dice.randrange(len(data))]
            self.spoiled += 1
        if rates.garbled and data and dice.random() < rates.garbled:
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
            self.spoiled += 1
        if rates.doubled and dice.random() < rates.doubled:
            data *= 2
        if rates.noise and dice.random() < rates.noise:
            data[:0] = dice.randbytes(dice.randint(1, 6))
        if rates.parity:
            data = bytearray(with_parity(bytes(data)))
        if rates.baud:
            data = bytearray(at_wrong_speed(bytes(data)))
        if rates.torn and len(data) > 1 and dice.random() < rates.torn:
            cuts = sorted(dice.sample(range(1, len(data)), min(len(data) - 1, dice.randint(1, 3))))
            edges = [0, *cuts, len(data)]
            return [bytes(data[a:b]) for a, b in pairwise(edges)]
        return [bytes(data)] if data else []

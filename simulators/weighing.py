"""How a load behaves on a platform: it rolls on, swings, settles, and the wind plays with it. Pure; seconds in."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

#: a spring-mounted weighbridge swings about so fast and loses its swing in about so many seconds
SWING_HZ = 0.9
DAMPING_S = 0.5


@dataclass(frozen=True, slots=True)
class Shown:
    """What the indicator shows: ``kg`` on its division, whether it calls that stable, whether it is overloaded."""

    kg: Decimal
    stable: bool
    overload: bool


class Platform:
    """One platform. The resting weight is exact; only the way there is physics."""

    def __init__(self, capacity_kg: Decimal, division_kg: Decimal, seed: int | str = 0) -> None:
        self.capacity_kg = capacity_kg
        self.division_kg = division_kg
        self.load_kg = Decimal(0)
        self.wind_kg = Decimal(0)
        self.zero_kg = Decimal(0)
        self._before_kg = Decimal(0)
        self._changed_at = -1e9
        self._roll_s = 0.0
        self._dice = random.Random(seed)  # noqa: S311 -- repeatable wind, no secret

    def put(self, kg: Decimal, now: float, roll_s: float = 2.0) -> None:
        """A load of ``kg`` comes on within ``roll_s`` seconds (axle after axle for a truck), or replaces the last."""
        self._before_kg = self.load_kg
        self.load_kg = kg
        self._changed_at, self._roll_s = now, max(0.0, roll_s)

    def take(self, now: float, roll_s: float = 1.5) -> None:
        """The load goes off."""
        self.put(Decimal(0), now, roll_s)

    def show(self, now: float) -> Shown:
        """The display at ``now``."""
        weight, swing = self._weight(now)
        division = self.division_kg
        moving = swing > float(division) / 2
        if self.wind_kg:
            gust = self._dice.uniform(-1.0, 1.0)
            weight += self.wind_kg * Decimal(gust)
            moving = moving or self.wind_kg > division
        weight += self.zero_kg
        kg = (weight / division).quantize(Decimal(1), rounding=ROUND_HALF_UP) * division
        overload = kg > self.capacity_kg + 9 * division
        return Shown(kg + Decimal(0), not moving, overload)

    def _weight(self, now: float) -> tuple[Decimal, float]:
        """True weight in kg and the size of what is left of the swing."""
        since = now - self._changed_at
        change = self.load_kg - self._before_kg
        if since < self._roll_s:
            # two axles: half the load in the first third of the way, the rest in the last third
            way = since / self._roll_s
            part = min(1.0, 1.5 * way) / 2 + max(0.0, 3 * way - 2) / 2
            return self._before_kg + change * Decimal(part), abs(float(change))
        after = since - self._roll_s
        swing = abs(float(change)) * 0.02 * math.exp(-after / DAMPING_S)
        if swing < float(self.division_kg) / 4:
            return self.load_kg, 0.0
        return self.load_kg + Decimal(swing * math.cos(2 * math.pi * SWING_HZ * after)), swing

"""What a load puts on each axle group: an estimate from unit weights and places on a simple vehicle, never a weighing.

A vehicle is a beam on two supports; a semitrailer stands with its kingpin on the fifth wheel of a tractor, which is
again a beam. Units stand two abreast from the front wall backwards, in the order in which they were loaded, unless
somebody says where. Empty weights of a profile are typical ones, fitted to the tare where it is known; the weighbridge
and the axle scale decide, not this.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from workflows.axles import LIMIT_NAMES, gross_limit
from workflows.vehicle_profiles import Profile

D = Decimal
#: metres of deck that one row of units takes, and units in a row
ROW_M, ABREAST = D("1.2"), 2


@dataclass(frozen=True, slots=True)
class GroupEstimate:
    """One axle group: what the load puts on it, what it carries with the empty vehicle, and the road limit (kg)."""

    name: str
    axles: int
    load_kg: Decimal
    total_kg: Decimal
    limit_kg: Decimal

    @property
    def over(self) -> bool:
        """True when the estimate is above the limit."""
        return self.total_kg > self.limit_kg


@dataclass(frozen=True, slots=True)
class Estimate:
    """The whole vehicle. ``unweighed`` units have no weight and are left out, so the estimate is too low by them."""

    profile: str
    groups: tuple[GroupEstimate, ...]
    total_kg: Decimal
    limit_kg: Decimal
    unweighed: int

    @property
    def over(self) -> bool:
        """True when a group or the whole is above its limit."""
        return self.total_kg > self.limit_kg or any(group.over for group in self.groups)


def places(count: int, deck_m: Decimal) -> list[Decimal]:
    """Where the middle of each unit stands, in metres from the front of the deck; rows are closed up until all fit."""
    rows = -(-count // ABREAST)
    pitch = min(ROW_M, deck_m / rows) if rows else ROW_M
    return [pitch * (index // ABREAST) + pitch / 2 for index in range(count)]


def estimate(
    weights: Sequence[Decimal | None],
    profile: Profile,
    limits: Mapping[str, Decimal],
    at: Iterable[Decimal] = (),
    tare_kg: Decimal | None = None,
) -> Estimate:
    """Estimate the axle loads (kg, whole) of units with these gross weights in the order in which they were loaded.

    ``at`` gives their places in metres from the front of the deck where somebody knows them; otherwise :func:`places`.
    ``tare_kg`` is the empty weight of this very vehicle: its groups then carry their typical shares of it.
    """
    where = list(at) or places(len(weights), profile.deck_m)
    span = profile.second - profile.first
    second = D(0)
    total = D(0)
    for kg, metre in zip(weights, where, strict=True):
        if kg is not None:
            second += kg * (metre - profile.first) / span
            total += kg
    first = total - second
    shares = [first, second]
    if profile.fifth_wheel is not None:
        shares = [first * profile.fifth_wheel, first * (1 - profile.fifth_wheel), second]
    factor = tare_kg / profile.empty_kg if tare_kg is not None else D(1)
    groups = tuple(
        GroupEstimate(
            group.name,
            group.axles,
            share.quantize(D(1)),
            (share + group.empty_kg * factor).quantize(D(1)),
            limits[LIMIT_NAMES[group.axles]],
        )
        for group, share in zip(profile.groups, shares, strict=True)
    )
    axles = sum(group.axles for group in profile.groups)
    return Estimate(
        profile.id,
        groups,
        (total + profile.empty_kg * factor).quantize(D(1)),
        gross_limit(axles, limits),
        sum(kg is None for kg in weights),
    )


def shift(
    weights: Sequence[Decimal | None],
    profile: Profile,
    limits: Mapping[str, Decimal],
    at: Sequence[Decimal],
    tare_kg: Decimal | None = None,
) -> Decimal | None:
    """By how many metres the whole load must move (backwards: more than 0) so that no group is above its limit.

    The least such way in steps of 10 cm that keeps every unit on the deck; None when there is none.
    """
    for step in range(int(profile.deck_m * 10) + 1):
        for way in (D(step) / 10, D(-step) / 10):
            moved = [metre + way for metre in at]
            inside = all(0 <= metre <= profile.deck_m for metre in moved)
            if inside and not estimate(weights, profile, limits, moved, tare_kg).over:
                return way
    return None

"""What a load puts on each axle group: an estimate from unit weights and places on a simple vehicle, never a weighing.

A vehicle is a beam on two supports; a semitrailer stands with its kingpin on the fifth wheel of a tractor, which is
again a beam. Units stand two abreast from the front wall backwards, in the order in which they were loaded. Empty
weights of a profile are typical ones; the weighbridge and the axle scale decide, not this.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from workflows.axles import LIMIT_NAMES, gross_limit

D = Decimal
#: metres of deck that one row of units takes, and units in a row
ROW_M, ABREAST = D("1.2"), 2


@dataclass(frozen=True, slots=True)
class AxleGroup:
    """A group of axles: its name, how many axles, and what an empty vehicle puts on it (kg, typical)."""

    name: str
    axles: int
    empty_kg: Decimal


@dataclass(frozen=True, slots=True)
class Profile:
    """A simple vehicle. Metres from the front of the deck: ``first`` and ``second`` support.

    With a ``fifth_wheel`` the first support is a kingpin: that share of its load goes to the steering axle, the rest
    to the driven group.
    """

    id: str
    groups: tuple[AxleGroup, ...]
    deck_m: Decimal
    first: Decimal
    second: Decimal
    fifth_wheel: Decimal | None = None


PROFILES: Mapping[str, Profile] = {
    one.id: one
    for one in (
        Profile(
            "rigid-2",
            (AxleGroup("steer", 1, D(4200)), AxleGroup("drive", 1, D(3600))),
            D("7.2"),
            D("-1.0"),
            D("4.2"),
        ),
        Profile(
            "rigid-3",
            (AxleGroup("steer", 1, D(5200)), AxleGroup("drive", 2, D(5000))),
            D("7.6"),
            D("-1.0"),
            D("4.4"),
        ),
        Profile(
            "semi-5",
            (
                AxleGroup("steer", 1, D(5200)),
                AxleGroup("drive", 1, D(3900)),
                AxleGroup("trailer", 3, D(5400)),
            ),
            D("13.6"),
            D("1.2"),
            D("8.9"),
            D("0.16"),
        ),
        Profile(
            "semi-6",
            (
                AxleGroup("steer", 1, D(5300)),
                AxleGroup("drive", 2, D(5200)),
                AxleGroup("trailer", 3, D(5500)),
            ),
            D("13.6"),
            D("1.2"),
            D("8.9"),
            D("0.12"),
        ),
    )
}


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
) -> Estimate:
    """Estimate the axle loads (kg, whole) of units with these gross weights in the order in which they were loaded.

    ``at`` gives their places in metres from the front of the deck where somebody knows them; otherwise :func:`places`.
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
    groups = tuple(
        GroupEstimate(
            group.name,
            group.axles,
            share.quantize(D(1)),
            (share + group.empty_kg).quantize(D(1)),
            limits[LIMIT_NAMES[group.axles]],
        )
        for group, share in zip(profile.groups, shares, strict=True)
    )
    empty = sum((group.empty_kg for group in profile.groups), D(0))
    axles = sum(group.axles for group in profile.groups)
    return Estimate(
        profile.id,
        groups,
        (total + empty).quantize(D(1)),
        gross_limit(axles, limits),
        sum(kg is None for kg in weights),
    )

"""The estimate of axle loads: moments add up, and moving goods backwards moves weight backwards."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.checks.reference import default_reference
from workflows.checks.tables import problems
from workflows.loading_axles import estimate, places, shift
from workflows.vehicle_profiles import load_profiles

LIMITS = default_reference().tolerances.road_limits_kg
PROFILES = {one.id: one for one in default_reference().vehicles}
WEIGHTS = st.lists(st.integers(1, 2000).map(Decimal), max_size=40)


@given(WEIGHTS, st.sampled_from(sorted(PROFILES)))
def test_the_groups_carry_exactly_the_load(weights: list[Decimal], name: str) -> None:
    told = estimate(weights, PROFILES[name], LIMITS)
    assert abs(sum(group.load_kg for group in told.groups) - sum(weights)) <= len(told.groups)
    assert all(0 <= place <= PROFILES[name].deck_m for place in places(len(weights), PROFILES[name].deck_m))


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_weight_moves_with_the_goods(name: str) -> None:
    profile = PROFILES[name]
    front = estimate([Decimal(5000)], profile, LIMITS, [profile.first])
    back = estimate([Decimal(5000)], profile, LIMITS, [profile.second])
    assert back.groups[-1].load_kg == 5000
    assert front.groups[-1].load_kg == 0
    assert sum(group.load_kg for group in front.groups[:-1]) == 5000


def test_too_much_in_one_place_is_said_and_unknown_weights_are_counted() -> None:
    semi = PROFILES["semi-5"]
    assert not estimate([Decimal(700)] * 30, semi, LIMITS).over
    heavy = estimate([Decimal(9000)] * 2, semi, LIMITS, [Decimal("1.2")] * 2)
    assert [group.name for group in heavy.groups if group.over] == ["drive"]
    assert heavy.over
    assert estimate([Decimal(1500)] * 30, semi, LIMITS).total_kg > heavy.limit_kg
    assert estimate([None, Decimal(500)], semi, LIMITS).unweighed == 1
    assert estimate([], semi, LIMITS).total_kg == semi.empty_kg


def test_a_measured_empty_weight_counts_instead_of_the_typical_one() -> None:
    semi = PROFILES["semi-5"]
    told = estimate([], semi, LIMITS, tare_kg=semi.empty_kg * 2)
    assert [group.total_kg for group in told.groups] == [group.empty_kg * 2 for group in semi.groups]
    assert told.total_kg == semi.empty_kg * 2


@given(
    st.lists(st.integers(500, 4000).map(Decimal), min_size=1, max_size=12),
    st.sampled_from(sorted(PROFILES)),
    st.data(),
)
def test_a_shift_that_is_proposed_mends_it_and_keeps_the_load_on_the_deck(
    weights: list[Decimal], name: str, data: st.DataObject
) -> None:
    profile = PROFILES[name]
    decimetres = st.integers(0, int(profile.deck_m * 10))
    at = [Decimal(data.draw(decimetres)) / 10 for _ in weights]
    way = shift(weights, profile, LIMITS, at)
    if way is None:
        assert estimate(weights, profile, LIMITS, at).over
        return
    moved = [metre + way for metre in at]
    assert all(0 <= metre <= profile.deck_m for metre in moved)
    assert not estimate(weights, profile, LIMITS, moved).over
    if not estimate(weights, profile, LIMITS, at).over:
        assert way == 0


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("Semi,steer:1:1;drive:1:1,7,1,2,,", "profile", "small letters"),
        ("a,steer:4:1;drive:1:1,7,1,2,,", "groups", "NAME:AXLES:EMPTY_KG"),
        ("a,steer:1:1;drive:1:1;trailer:3:1,7,1,2,,", "groups", "only a kingpin"),
        ("a,steer:1:1;drive:1:1,7,1,2,0.2,", "groups", "steer, drive, trailer"),
        ("a,steer:1:1;drive:1:1,7,4,2,,", "rear_support_m", "behind the front"),
        ("a,steer:1:1;drive:1:1,70,1,2,,", "deck_m", "up to 30 m"),
        ("a,steer:1:1;drive:1:1,x,1,2,,", "deck_m", "metres"),
        ("a,steer:1:1;drive:1:1,7,1,2,2,", "fifth_wheel", "share"),
    ],
)
def test_a_vehicle_that_makes_no_sense_is_refused_with_its_column(row: str, column: str, words: str) -> None:
    head = "profile,groups,deck_m,front_support_m,rear_support_m,fifth_wheel,note\n"
    found = problems("vehicle_profiles.csv", f"{head}{row}\n")
    assert any(f"column {column}" in one and words in one for one in found), found
    with pytest.raises(ValueError, match=f"row 2, column {column}"):
        load_profiles(f"{head}{row}\n")

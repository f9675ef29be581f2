"""The estimate of axle loads: moments add up, and moving goods backwards moves weight backwards."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.checks.reference import default_reference
from workflows.loading_axles import PROFILES, estimate, places

LIMITS = default_reference().tolerances.road_limits_kg
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
    assert estimate([], semi, LIMITS).total_kg == sum(group.empty_kg for group in semi.groups)

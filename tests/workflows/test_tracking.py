"""Tracking codes are checked by eye and by arithmetic; milestones never go back and never tell what is secret."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows import tracking
from workflows.stages import Stage
from workflows.tracking import CONSIGNMENT, LENGTH, RANDOM, SIGNS, Milestone, code_of, grouped, read

NUMBERS = st.lists(st.integers(0, len(SIGNS) - 1), min_size=RANDOM, max_size=RANDOM)
START = datetime(2026, 11, 16, 7, tzinfo=UTC)


@given(NUMBERS)
def test_a_code_is_read_however_it_is_written(numbers: list[int]) -> None:
    code = code_of(numbers)
    assert len(code) == LENGTH
    assert not set(code) & set("01OIL")
    for typed in (code, code.lower(), grouped(code), f"  {grouped(code)} ", " ".join(code)):
        assert read(typed) == code


@given(NUMBERS, st.integers(0, LENGTH - 1), st.sampled_from(SIGNS))
def test_one_wrong_sign_is_always_noticed(numbers: list[int], place: int, sign: str) -> None:
    code = code_of(numbers)
    wrong = code[:place] + sign + code[place + 1 :]
    assert read(wrong) == (code if wrong == code else None)


@given(NUMBERS, st.integers(0, LENGTH - 1), st.integers(0, LENGTH - 1))
def test_two_signs_that_changed_places_are_always_noticed(numbers: list[int], one: int, other: int) -> None:
    signs = list(code_of(numbers))
    signs[one], signs[other] = signs[other], signs[one]
    swapped = "".join(signs)
    assert read(swapped) == (swapped if swapped == code_of(numbers) else None)


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    found = read(text)
    assert found is None or len(found) == LENGTH


def test_what_cannot_make_a_code_is_refused() -> None:
    for numbers in ([], [0] * 10, [0] * 12, [31] * RANDOM, [-1] * RANDOM):
        with pytest.raises(ValueError, match="from 0 to 30"):
            code_of(numbers)


@given(st.lists(st.sampled_from(list(Stage)), max_size=30))
def test_milestones_stand_in_their_order_with_the_first_time(stages: list[Stage]) -> None:
    story = [(stage, START + timedelta(minutes=n)) for n, stage in enumerate(stages)]
    told = tracking.milestones(CONSIGNMENT, story)
    order = list(Milestone)
    assert [one for one, _ in told] == sorted({one for one, _ in told}, key=order.index)
    assert told == tracking.milestones(CONSIGNMENT, list(reversed(story)))
    secret = {Stage.INSPECT, Stage.SAMPLE, Stage.RISK, Stage.CUSTOMS_RELEASE, Stage.RELEASE}
    secret |= {Stage.SEIZED, Stage.REJECTED, Stage.DESTROYED, Stage.LOST, Stage.CLOSED}
    assert tracking.milestones(CONSIGNMENT, [one for one in story if one[0] not in secret]) == told

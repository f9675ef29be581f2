"""The fast way of writing facts gives the very bytes of the standard library, for whatever JSON can hold."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.store.written import in_order, plain_written, written
from workflows.outcomes import Missing, Reason
from workflows.plain import to_plain

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec=None)), inner),
    max_leaves=20,
)


def slowly(value: Any) -> bytes | None:
    encoder = json.JSONEncoder(
        ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=to_plain
    )
    try:
        return encoder.encode(value).encode()
    except (TypeError, ValueError):
        return None


@given(anything)
def test_the_same_bytes_and_the_same_refusals(value: Any) -> None:
    expected = slowly(value)
    for write in (plain_written, written):
        if expected is None:
            with pytest.raises((TypeError, ValueError)):
                write(value)
        else:
            assert write(value) == expected


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.integers()))
def test_an_order_is_kept(value: dict[str, int]) -> None:
    assert in_order(value) == json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@given(st.text(st.characters(codec="utf-8")))
def test_every_sign_is_written_alike(text: str) -> None:
    assert plain_written({text: text}) == slowly({text: text})


def test_values_of_events_are_written_as_events_write_them() -> None:
    value = {
        "kg": Decimal("700.50"),
        "at": datetime(2026, 11, 16, 7, 0, tzinfo=UTC),
        "day": date(2026, 11, 16),
        "missing": (Missing(Reason.INVALID, {"field": "place"}),),
        "reason": Reason.INVALID,
        "some": frozenset({"b", "a"}),
        "large": 2**80,
    }
    assert written(value) == slowly(value)
    with pytest.raises(TypeError):
        plain_written({"at": value["at"]})


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("levels", [10, 200, 300, 800])
def test_what_lies_deep_is_written_too(levels: int) -> None:
    assert plain_written(deep(levels)) == slowly(deep(levels))

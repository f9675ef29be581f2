"""What is kept in memory of consignments is bounded by how long their papers are, not by their number alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from terminal.store.snapshots import Cache

steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 9), st.integers(0, 60)),
        st.tuples(st.just("forget"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("get"), st.integers(0, 9), st.just(0)),
    ),
    max_size=40,
)


@given(steps)
def test_the_cache_is_bounded_and_keeps_the_newest(asked: list[tuple[str, int, int]]) -> None:
    cache: Cache[tuple[int, int]] = Cache(4, weigh=lambda value: value[1], most=100)
    for number, (what, key, weight) in enumerate(asked):
        if what == "put":
            cache.put(key, number, (number, weight))
            assert cache.get(key, number) == (number, weight)
        elif what == "forget":
            cache.forget(key)
        else:
            cache.get(key, number)
        held = [value for known in range(10) if (value := _any(cache, known, number)) is not None]
        assert len(held) <= 4
        assert sum(weight for _, weight in held) <= 100 or len(held) == 1


def _any(cache: Cache[tuple[int, int]], key: int, upto: int) -> tuple[int, int] | None:
    """The value of a key in whatever version; looked for without touching its place in the row."""
    found = cache._values.get(key)
    assert found is None or found[0] <= upto
    return None if found is None else found[1]


def test_one_value_heavier_than_all_is_kept_until_the_next_comes() -> None:
    cache: Cache[int] = Cache(weigh=lambda value: value, most=10)
    cache.put(1, 1, 1000)
    assert cache.get(1, 1) == 1000
    cache.put(2, 1, 3)
    assert cache.get(1, 1) is None
    cache.put(3, 1, 4)
    assert (cache.get(2, 1), cache.get(3, 1)) == (3, 4)

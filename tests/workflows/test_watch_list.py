"""Entries of the watch list: each fits, ends, and is one however it is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.checks.tables import WATCH_LIST
from workflows.checks.tables import problems as told
from workflows.watch_list import (
    LONGEST,
    Kind,
    Watched,
    dump_watch_list,
    load_watch_list,
    problems,
    unfit,
)

TODAY = date(2026, 11, 16)
ENTRY = Watched(Kind.PLATE, "75 803 KBA", "seen with another trailer", "bahrom", date(2026, 12, 31))


def test_an_entry_ends_by_itself_and_not_before() -> None:
    assert ENTRY.in_force(date(2026, 12, 31))
    assert not ENTRY.in_force(date(2027, 1, 1))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"value": " - "}, "value"),
        ({"kind": Kind.NAME, "value": "Karim"}, "value"),
        ({"value": "x" * 101}, "value"),
        ({"reason": " "}, "reason"),
        ({"last_day": TODAY - timedelta(days=1)}, "last_day"),
        ({"last_day": TODAY + LONGEST + timedelta(days=1)}, "last_day"),
    ],
)
def test_what_is_not_whole_is_said(changed: dict[str, object], field: str) -> None:
    assert list(unfit(ENTRY, TODAY)) == []
    assert [where for where, _ in unfit(replace(ENTRY, **changed), TODAY)] == [field]  # type: ignore[arg-type]


def test_the_same_plate_in_other_letters_is_the_same_entry() -> None:
    assert replace(ENTRY, value="75-803 КВА").key == ENTRY.key


@given(
    st.lists(
        st.builds(
            Watched,
            st.sampled_from(Kind),
            st.text("ABCDEFGH 0123456789", min_size=3).filter(lambda text: any(map(str.isalnum, text))),
            st.text(max_size=20),
            st.just("bahrom"),
            st.dates(),
        ),
        max_size=5,
        unique_by=lambda one: one.key,
    )
)
def test_a_list_comes_back_as_it_was_written(entries: list[Watched]) -> None:
    text = dump_watch_list(entries)
    assert set(load_watch_list(text)) == set(entries)
    assert told(WATCH_LIST, text) == []
    assert dump_watch_list(load_watch_list(text)) == text


@pytest.mark.parametrize(
    "text",
    ["[]", "{", '{"entries": [1]}', '{"entries": [{"kind": "ship"}]}', dump_watch_list([ENTRY, ENTRY])],
)
def test_a_text_that_cannot_be_used_is_refused(text: str) -> None:
    assert list(problems(text))
    with pytest.raises(ValueError, match=r"watch_list\.json"):
        load_watch_list(text)

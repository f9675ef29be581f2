"""Opening hours, time windows, docks and the queue."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.limits import RateLimit, client_key
from workflows.announce_state import Needs, Priority, Window
from workflows.arrivals import HOUR, Hours, ahead_of, dock_for, queue_order, window_refused
from workflows.stages import Stage
from workflows.state import Visit

NOON = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)  # Monday, 12:00 in Tashkent
OFFICE = Hours(8, 18, frozenset({1, 2, 3, 4, 5}), per_hour=2, ahead_days=7)


def test_the_windows_of_a_day_are_hours_of_the_terminal() -> None:
    windows = OFFICE.windows(date(2026, 11, 16))
    assert windows[0] == datetime(2026, 11, 16, 3, 0, tzinfo=UTC)
    assert len(windows) == 10
    assert OFFICE.windows(date(2026, 11, 21)) == ()
    assert len(Hours().windows(date(2026, 11, 21))) == 24
    assert OFFICE.open_at(NOON)
    assert not OFFICE.open_at(NOON + timedelta(hours=6))


@pytest.mark.parametrize(
    ("at", "booked", "why"),
    [
        (NOON, 0, None),  # the hour that runs can still be had
        (NOON - HOUR, 0, Window.PAST),
        (NOON + HOUR, 1, None),
        (NOON + HOUR, 2, Window.FULL),
        (NOON + 6 * HOUR, 0, Window.CLOSED),
        (NOON + timedelta(minutes=30), 0, Window.CLOSED),
        (NOON + timedelta(days=5), 0, Window.CLOSED),
        (NOON + timedelta(days=7), 0, None),
        (NOON + timedelta(days=8), 0, Window.TOO_FAR),
    ],
)
def test_why_a_window_cannot_be_had(at: datetime, booked: int, why: Window | None) -> None:
    assert window_refused(OFFICE, at, NOON, booked) is why


def waiting(name: str, minutes: int, priority: Priority = Priority.ORDINARY, dock: str = "a") -> Visit:
    at = NOON + timedelta(minutes=minutes)
    return Visit(name, Stage.GATE_IN, at, plate=name, priority=priority.value, dock=dock, queued_at=at)


def test_the_urgent_go_first_and_then_who_came_first() -> None:
    visits = [
        waiting("late", 9),
        waiting("early", 1),
        waiting("cold", 8, Priority.COLD_CHAIN),
        waiting("needed", 9, Priority.NEEDED),
        replace(waiting("working", 0), stage=Stage.UNLOAD),
    ]
    assert [v.id for v in queue_order(visits)] == ["needed", "cold", "early", "late"]
    assert ahead_of(visits[0], visits) == 3
    assert ahead_of(visits[3], visits) == 0
    assert ahead_of(waiting("other", 5, dock="b"), visits) == 0


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=60))
def test_docks_fill_evenly(before: list[str]) -> None:
    counts = {name: before.count(name) for name in "abc"}
    chosen = dock_for(("a", "b", "c"), counts)
    assert chosen is not None
    assert counts[chosen] == min(counts.values())
    assert dock_for((), counts) is None


def test_what_is_needed_ends_with_its_day() -> None:
    needs = Needs(("SHELTER",), "quake", date(2026, 11, 20))
    assert needs.in_force(date(2026, 11, 20)) == {"SHELTER"}
    assert needs.in_force(date(2026, 11, 21)) == frozenset()


def test_a_client_is_an_address_or_its_network() -> None:
    assert client_key("10.1.2.3") == client_key("::ffff:10.1.2.3") == "10.1.2.3"
    assert client_key("2001:db8::1") == client_key("2001:db8::2%eth0")
    assert client_key("2001:db8:0:1::1") != client_key("2001:db8:0:2::1")
    assert client_key(None) == ""


@given(st.lists(st.floats(0, 30), min_size=1, max_size=60))
def test_no_client_asks_more_than_its_share(pauses: list[float]) -> None:
    now = [NOON]
    limit = RateLimit(lambda: now[0], burst=4, every_s=5.0)
    allowed = 0
    for pause in pauses:
        now[0] += timedelta(seconds=pause)
        wait = limit.wait_s("one")
        allowed += wait == 0
        assert 0 <= wait <= 5
    assert allowed <= 4 + sum(pauses) / 5.0 + 1e-6
    assert limit.wait_s("another") == 0

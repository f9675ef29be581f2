"""The order of the hold desk: what spoils or heals comes first, then what waits longest."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from workflows.hold_queue import Rush, rush_of, rush_of_papers, turn
from workflows.papers import Line, Mode, Papers, TemperatureRange
from workflows.state import Authority, Hold, HoldReason, HoldSeverity

NOON = datetime(2026, 11, 24, 7, tzinfo=UTC)


def papers(*lines: Line) -> Papers:
    """Papers of these lines."""
    return Papers("R-1", Mode.ROAD, "Sender", "Consignee", lines=lines)


def hold(minutes: int = 0, reason: HoldReason = HoldReason.OTHER) -> Hold:
    """A hold placed so many minutes before noon."""
    at = NOON - timedelta(minutes=minutes)
    return Hold(
        f"h-{minutes:06d}", "consignment:R-1", Authority.CUSTOMS, reason, HoldSeverity.HOLD, "p-1", at
    )


def test_a_consignment_is_as_urgent_as_its_most_urgent_line() -> None:
    flour, tablets, vaccine = Line(1, "Flour", "110100"), Line(2, "Tablets", "300490"), Line(3, "", "300241")
    assert rush_of_papers(papers(flour)) is Rush.USUAL
    assert rush_of_papers(papers(flour, tablets)) is Rush.MEDICINE
    assert rush_of_papers(papers(flour, vaccine, tablets)) is Rush.COLD_CHAIN
    assert rush_of_papers(None) is Rush.USUAL


def test_what_must_be_kept_cold_is_urgent_whatever_its_code() -> None:
    cold = TemperatureRange("2..8 °C", Decimal(2), Decimal(8))
    warm = TemperatureRange("15..25 °C", Decimal(15), Decimal(25))
    assert rush_of_papers(papers(Line(1, "Reagent", "382200", temperature=cold))) is Rush.COLD_CHAIN
    assert rush_of_papers(papers(Line(1, "Flour", "110100", temperature=warm))) is Rush.USUAL


def test_the_reason_of_a_hold_can_make_it_urgent() -> None:
    assert rush_of(hold(reason=HoldReason.TEMPERATURE), None) is Rush.COLD_CHAIN
    assert rush_of(hold(reason=HoldReason.NARCOTIC_MEDICINE), None) is Rush.MEDICINE


@given(st.lists(st.tuples(st.integers(0, 9999), st.sampled_from(Rush)), unique_by=lambda one: one[0]))
def test_urgent_first_then_the_oldest(waiting: list[tuple[int, Rush]]) -> None:
    order = sorted(((hold(minutes), rush) for minutes, rush in waiting), key=lambda one: turn(*one))
    for (first, sooner), (second, later) in itertools.pairwise(order):
        assert sooner <= later
        assert sooner < later or first.placed_at <= second.placed_at

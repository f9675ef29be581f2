"""Dangerous goods at the dock: what may not travel on one vehicle is not loaded beside each other."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import papers, reasons
from tests.support.yard import LABELS, Yard
from workflows.checks.reference import default_reference
from workflows.loading import Danger, dangers, kept_apart, mode_of
from workflows.outcomes import Reason
from workflows.papers import Line, Mode
from workflows.stages import Stage
from workflows.state import Unit

REFERENCE = default_reference()
CLASSES = ("1.1", "1.4S", "2.1", "3", "4.1", "5.1", "5.2", "6.1", "8", "9")


def danger(label: str, cls: str, un: str | None = None) -> Danger:
    return Danger(label, Line(1, "goods", dg_class=cls, un_number=un))


def apart(one: str, other: str, mode: Mode = Mode.ROAD) -> bool:
    return bool(kept_apart((danger("a", one),), (danger("b", other),), mode, REFERENCE))


def test_explosives_stand_beside_nothing_and_the_rest_shares_a_truck() -> None:
    assert apart("1.1", "3")
    assert apart("3", "1.1")
    assert not apart("1.4S", "3")
    assert not apart("3", "5.1")  # a truck may carry both, a bay may not
    assert apart("3", "5.1", Mode.AIR)
    assert not apart("3", "3", Mode.AIR)


def test_a_refusal_names_every_unit_that_stands_in_the_way_once() -> None:
    aboard = (danger("b", "3"), danger("b", "8"), danger("c", "3"), danger("d", "1.4S"))
    missing = kept_apart((danger("a", "1.1"),), aboard, Mode.ROAD, REFERENCE)
    assert [one.facts["other"] for one in missing] == ["b", "c"]
    assert {one.reason for one in missing} == {Reason.KEPT_APART}
    assert missing[0].facts["labels"] == ["1.1"]


@given(st.sampled_from(CLASSES), st.sampled_from(CLASSES), st.sampled_from(list(Mode)))
def test_the_order_of_loading_does_not_matter(one: str, other: str, mode: Mode) -> None:
    assert apart(one, other, mode) == apart(other, one, mode)


def test_lines_are_found_by_their_number_or_label() -> None:
    given_papers = papers(labels=LABELS)
    first, second, *rest = given_papers.lines
    risky = replace(
        given_papers, lines=(replace(first, un_number="1263"), replace(second, dg_class="8"), *rest)
    )
    units = [Unit(label, given_papers.reference, line=None) for label in LABELS]
    assert [one.label for one in dangers(risky, units)] == [
        line.sscc for line in (first, second) if line.sscc in LABELS
    ]
    assert dangers(given_papers, units) == ()
    assert mode_of("RAIL") is Mode.RAIL
    assert mode_of("CAMEL") is Mode.ROAD


def test_the_door_refuses_with_everything_else_that_is_missing() -> None:
    yard = Yard.cleared()
    yard.release()
    missing = kept_apart((danger(LABELS[0], "1.1"),), (danger(LABELS[1], "3"),), Mode.ROAD, REFERENCE)
    assert reasons(yard.handle("T", Stage.LOAD, LABELS[0], "V1", apart=missing)) == ["KEPT_APART"]

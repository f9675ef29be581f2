"""Lanes: points, forced red, the humanitarian minimum, a draw that can be replayed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.check_cases import a_case, line
from workflows.checks.case import InspectionSeen, Observations
from workflows.checks.facts import finding
from workflows.findings import Severity
from workflows.judge import Decision, decide, judge
from workflows.lanes import Lane, choose_lane, draw, findings_of, lower


def test_clean_goods_are_yellow_and_own_bays_green() -> None:
    case = a_case(line())
    assert choose_lane(case, []).lane is Lane.YELLOW
    assert choose_lane(case, []).minimum
    assert choose_lane(case, [], own_bays=True).lane is Lane.GREEN


@pytest.mark.parametrize(
    ("check", "facts", "score", "lane"),
    [
        ("WGT-02", {"over_twice": False}, 20, Lane.YELLOW),
        ("WGT-02", {"over_twice": True}, 40, Lane.RED),
        ("CTL-01", {}, 100, Lane.RED),
        ("SAN-01", {}, 100, Lane.RED),
        ("SAN-02", {}, 40, Lane.YELLOW),
        ("SEA-02", {}, 30, Lane.YELLOW),
        ("CTL-03", {}, 40, Lane.YELLOW),
    ],
)
def test_points_of_findings(check: str, facts: dict[str, object], score: int, lane: Lane) -> None:
    choice = choose_lane(a_case(line()), [finding(check, Severity.HOLD, "vehicle", **facts)])
    assert (choice.score, choice.lane) == (score, lane)
    assert choice.reasons[0].because == f"{check}@vehicle"


def test_points_add_up_and_are_explained() -> None:
    case = a_case(
        line(1, "Humanitarian aid", "9999"),
        context={"known_senders": frozenset({"Agency B"}), "extra_indicators": frozenset({"R28", "R21"})},
    )
    choice = choose_lane(case, [])
    assert {r.indicator: r.points for r in choice.reasons} == {
        "R01": 10,
        "R05": 10,
        "R06": 5,
        "R21": 30,
        "R28": -15,
    }
    assert choice.score == 40
    assert lower(choice)[0].indicator == "R21"


def test_dog_and_xray() -> None:
    seen = Observations(
        inspections=(InspectionSeen("CANINE_DRUGS", "INDICATION"), InspectionSeen("XRAY_CARGO", "NO_FINDING"))
    )
    assert choose_lane(a_case(line(), observations=seen), []).lane is Lane.RED


def test_an_unknown_does_not_count() -> None:
    unknown = replace(finding("SEA-01", Severity.INFO, "vehicle"), cannot_tell=True)
    assert choose_lane(a_case(line()), [unknown]).score == 0


def test_draw_is_replayable_and_near_its_share() -> None:
    case = a_case(line(), context={"random_seed": "2026-11"})
    assert draw(case) == draw(case)
    assert draw(a_case(line())) is None
    drawn = [draw(replace(case, papers=replace(case.papers, reference=f"R-{n}"))) for n in range(4000)]
    red = sum(d is not None and d.lane is Lane.RED for d in drawn)
    yellow = sum(d is not None and d.lane is Lane.YELLOW for d in drawn)
    assert 40 <= red <= 130
    assert 70 <= yellow <= 180


def test_a_drawn_consignment_says_so() -> None:
    base = a_case(line(), context={"random_seed": "s"})
    for n in range(500):
        case = replace(base, papers=replace(base.papers, reference=f"R-{n}"))
        choice = choose_lane(case, [])
        if choice.draw is not None and choice.draw.lane is Lane.RED:
            assert choice.lane is Lane.RED
            assert {f.check for f in findings_of(choice)} == {"RSK-01", "RSK-03"}
            return
    pytest.fail("nobody was drawn in five hundred")


def test_decision_is_the_highest_severity() -> None:
    info, hold, block = (
        finding("DOC-01", s, "consignment") for s in (Severity.INFO, Severity.HOLD, Severity.BLOCK)
    )
    assert decide([]) is Decision.RELEASABLE
    assert decide([info]) is Decision.RELEASABLE
    assert decide([info, hold]) is Decision.HOLD
    assert decide([hold, block]) is Decision.BLOCK


def test_without_a_sanctions_list_nothing_is_released() -> None:
    case = a_case(line(gross_kg=Decimal(10)), context={"sanctions": None})
    result = judge(case)
    assert result.decision is Decision.HOLD
    assert any(f.check == "SAN-03" and f.cannot_tell for f in result.findings)


def test_judging_twice_gives_the_same() -> None:
    case = a_case(line())
    assert judge(case) == judge(case)

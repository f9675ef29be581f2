"""Risk profiles: refused without an end, silent before and after their days, narrow as their criteria say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.check_cases import a_case, line
from workflows.checks.reference import default_reference
from workflows.lanes import Lane, LaneChoice, choose_lane
from workflows.papers import Line
from workflows.profiles import Criteria, Profile, dump_profiles, load_profiles, problems, unfit

DAY = a_case(line()).context.today
PROFILE = Profile(
    "P-HOSE",
    "Hoses from one sender",
    "risk-1",
    "two findings in October",
    DAY,
    DAY,
    Criteria(words=("rubber hose",)),
    points=30,
)


def judged(profile: Profile, *lines: Line, **more: Any) -> LaneChoice:
    case = a_case(*lines, **more)
    return choose_lane(replace(case, reference=replace(default_reference(), profiles=(profile,))), [])


def test_a_profile_without_its_last_day_is_refused() -> None:
    row = json.loads(dump_profiles((PROFILE,)))["profiles"][0]
    for gone in ("last_day", "owner", "reason", "criteria"):
        broken = {key: value for key, value in row.items() if key != gone}
        (said,) = problems(json.dumps({"profiles": [broken]}))
        assert gone in said
        assert "P-HOSE" in said
        (said,) = problems(json.dumps({"profiles": [{**row, gone: None}]}))
        assert gone in said


def test_what_else_is_unfit() -> None:
    assert not list(unfit(PROFILE))
    wrong = {
        "id": replace(PROFILE, id="hose"),
        "last_day": replace(PROFILE, last_day=date(2020, 1, 1)),
        "points": replace(PROFILE, points=0),
        "criteria": replace(PROFILE, criteria=Criteria()),
        "hs": replace(PROFILE, criteria=Criteria(hs=("40x",))),
        "origins": replace(PROFILE, criteria=Criteria(origins=("Iran",))),
        "months": replace(PROFILE, criteria=Criteria(months=(13,))),
        "owner": replace(PROFILE, owner=" "),
        "senders": replace(PROFILE, criteria=Criteria(senders=("",))),
    }
    for field, profile in wrong.items():
        assert field in {name for name, _ in unfit(profile)}, field
    longer = replace(PROFILE, last_day=date(DAY.year + 2, 1, 1))
    assert [name for name, _ in unfit(longer)] == ["last_day"]
    twice = dump_profiles((PROFILE, PROFILE))
    assert any("twice" in said for said in problems(twice))


@given(st.integers(-40, 40), st.integers(0, 40))
def test_it_fires_from_its_first_day_to_its_last_and_on_no_other(start: int, length: int) -> None:
    first = date.fromordinal(DAY.toordinal() + start)
    last = date.fromordinal(first.toordinal() + length)
    choice = judged(replace(PROFILE, first_day=first, last_day=last), line(1, "Rubber hose, black"))
    assert bool(choice.profiles) == (first <= DAY <= last)


def test_one_line_meets_words_code_and_origin_together() -> None:
    both = replace(PROFILE, criteria=Criteria(words=("hose",), hs=("4009",)))
    assert not judged(both, line(1, "Hose", "392690"), line(2, "Pumps", "400912")).profiles
    assert judged(both, line(1, "Hose", "400912")).profiles
    assert not judged(both, line(1, "Hosepipes", "400912")).profiles


def test_parties_weight_mode_and_office_narrow_it() -> None:
    case = a_case(line())
    sender = case.papers.sender.upper()
    fits = replace(PROFILE, criteria=Criteria(senders=(sender,), modes=(case.papers.mode.value,)))
    assert judged(fits, line()).profiles
    assert not judged(replace(fits, offices=("NONE-1",)), line()).profiles
    heavy = replace(PROFILE, criteria=Criteria(over_kg=Decimal(10**9)))
    assert not judged(heavy, line()).profiles


def test_it_brings_points_or_those_of_its_indicator_once_or_a_lane() -> None:
    own = judged(PROFILE, line(1, "Rubber hose"))
    assert [(r.indicator, r.points, r.because) for r in own.reasons if r.points == 30] == [
        ("P-HOSE", 30, "profile:P-HOSE")
    ]
    alert = replace(PROFILE, points=0, indicator="R21", version=7)
    twice = judged(alert, line(1, "Rubber hose"), context={"extra_indicators": frozenset({"R21"})})
    assert [r.points for r in twice.reasons if r.indicator == "R21"] == [30]
    assert [(f.profile, f.version) for f in twice.profiles] == [("P-HOSE", 7)]
    red = judged(replace(PROFILE, points=0, lane=Lane.RED), line(1, "Rubber hose"))
    assert red.lane is Lane.RED
    assert "P-HOSE" in red.grounds


def test_the_table_reads_back_as_it_was_written() -> None:
    many = (
        replace(PROFILE, criteria=Criteria(over_kg=Decimal("0.5"), months=(1, 12)), must=True, lane=Lane.RED),
        replace(PROFILE, id="P-B", offices=("22005",)),
    )
    assert set(load_profiles(dump_profiles(many))) == set(many)
    with pytest.raises(ValueError, match="profiles"):
        load_profiles("[]")

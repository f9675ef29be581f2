"""Records of several loggers beside each other: none hides what another one saw."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.workflows.checks.every_check import VACCINE, a_case, line, logger
from workflows.checks import cold_chain
from workflows.checks.case import Observations, TemperatureReading
from workflows.findings import Finding


def found(*readings: TemperatureReading) -> list[Finding]:
    seen = Observations(temperatures=tuple(sorted(readings, key=lambda one: (one.at, one.logger))))
    case = a_case(line(**VACCINE), observations=seen)
    return [*cold_chain.no_record(case), *cold_chain.excursion(case)]


def test_a_logger_that_stayed_cold_does_not_interrupt_the_run_of_one_that_did_not() -> None:
    warm = [replace(one, logger="A") for one in logger(*["9"] * 30)]
    cold = [replace(one, logger="B", at=one.at + timedelta(minutes=1)) for one in logger(*["5"] * 30)]
    alone, both = found(*warm), found(*warm, *cold)
    assert [one.check for one in alone] == ["TMP-02"]
    assert both == alone
    assert alone[0].facts["celsius"] == "9"
    assert found(*cold) == []


def test_a_gap_of_one_logger_is_not_filled_by_another() -> None:
    first, *_, last = logger(*["5"] * 30)
    steady = [replace(one, logger="B") for one in logger(*["5"] * 30)]
    assert [one.check for one in found(first, last, *steady)] == ["TMP-01"]

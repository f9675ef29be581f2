"""CTL-04: controlled medicines against the quantity that their authorisation states."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.check_cases import a_case, line, paper
from workflows.checks.registry import run_checks
from workflows.checks.texts import sentence
from workflows.findings import Finding

MORPHINE: dict[str, Any] = {"description": "Morphine 10 mg/ml ampoules", "hs_code": "300449"}


def found(*papers: dict[str, Any], units: tuple[str, ...] = ("ampoule", "ampoule")) -> list[Finding]:
    """What CTL-04 says of two lines of 300 each, with authorisations of these fields."""
    lines = [
        line(number, quantity=Decimal(300), quantity_unit=unit, **MORPHINE)
        for number, unit in enumerate(units, 1)
    ]
    documents = tuple(paper("NARC_AUTH", f"N-{i}", fields=fields) for i, fields in enumerate(papers, 1))
    return run_checks(a_case(*lines, documents=documents), ("CTL-04",))


def test_more_than_the_paper_allows_is_told_with_both_figures() -> None:
    for one in found({"quantity": "500", "unit": "ampoule", "substance": "morphine"}):
        assert (one.facts["total"], one.facts["authorised"]) == ("600", "500")
        assert one.severity == "HOLD"
        assert sentence(one).endswith("600 ampoule are declared, NARC_AUTH allows 500.")


@pytest.mark.parametrize(
    "papers",
    [
        ({"quantity": "600"},),
        ({"quantity": "250,5"}, {"quantity": "349.5", "substance": "Morphine"}),  # two papers add up
        ({"quantity": "1", "substance": "ketamine"},),  # of something else
        ({"quantity": "1", "unit": "box"},),  # in another unit: nobody can compare
        ({"quantity": "a lot"},),
        ({},),
    ],
)
def test_what_is_allowed_or_cannot_be_compared_is_not_called_too_much(
    papers: tuple[dict[str, Any], ...],
) -> None:
    told = found(*papers)
    assert len(told) == 2
    assert all(one.severity == "HOLD" and "why" not in one.facts for one in told)


def test_without_the_paper_it_blocks_whatever_the_quantity() -> None:
    assert {one.severity for one in found()} == {"BLOCK"}

"""CTL-03 asks who uses dual-use goods, for what and how many; the answer changes what is said, not that a person decides."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.check_cases import a_case, line, paper
from workflows.checks import texts
from workflows.checks.end_use import line_of, unanswered
from workflows.checks.registry import run_checks
from workflows.findings import Finding, Severity
from workflows.papers import Document

DRONE = line(3, "Quadcopter", "880622", quantity=Decimal(2), quantity_unit="H87")
SAID = {
    "line": "3",
    "end_user": "Agency A survey team",
    "purpose": "flood mapping",
    "quantity": "2",
    "unit": "H87",
}


def statement(**said: Any) -> Document:
    return paper("END_USE", "EU-7", fields={key: value for key, value in (SAID | said).items() if value})


def found(*papers: Document) -> Finding:
    (one,) = run_checks(a_case(line(1), DRONE, documents=papers), ("CTL-03",))
    assert (one.severity, one.target, one.cannot_tell) == (Severity.HOLD, "line:3", False)
    return one


@pytest.mark.parametrize(
    ("papers", "why"),
    [
        ((), "not_stated"),
        ((statement(line="2"),), "not_stated"),
        ((statement(purpose=""),), "not_stated"),
        ((statement(end_user=" "),), "not_stated"),
        ((statement(),), "stated"),
        ((statement(line=""),), "stated"),  # of the whole consignment
        ((statement(quantity=""),), "stated"),
        ((statement(quantity="5"),), "quantity_differs"),
        ((statement(quantity="5", unit="KGM"),), "stated"),  # of another unit: nothing to compare
        ((statement(quantity="about two"),), "stated"),
        ((statement(quantity="5"), statement()), "stated"),  # the newest counts
    ],
)
def test_what_was_stated(papers: tuple[Document, ...], why: str) -> None:
    one = found(*papers)
    assert (one.facts["why"], one.facts["quantity"], one.facts["unit"]) == (why, "2", "H87")
    assert unanswered(a_case(DRONE, documents=papers).papers, "CTL-03", "line:3") == (why == "not_stated")


def test_every_language_tells_who_and_what_for() -> None:
    for language in texts.LANGUAGES:
        said = texts.sentence(found(statement()), language)
        assert "flood mapping" in said, said
        assert "Agency A survey team" in said, said
        assert "flood" not in texts.sentence(found(), language)
        assert "5" in texts.sentence(found(statement(quantity="5")), language)


def test_the_user_is_screened_as_the_parties_are() -> None:
    from tests.workflows.checks.every_check import LISTED  # noqa: PLC0415

    user = statement(end_user="Zarafshon Qamar Brigade")
    case = a_case(DRONE, documents=(user,), context={"sanctions": LISTED})
    assert {one.target for one in run_checks(case, ("SAN-01",))} == {"party:end_user"}


def test_only_a_line_of_that_check_is_asked_for() -> None:
    papers = a_case(DRONE).papers
    assert not unanswered(papers, "CTL-05", "line:3")
    assert not unanswered(papers, "CTL-03", "consignment")
    assert not unanswered(papers, None, None)
    assert [line_of(text) for text in ("line:3", "line:x", "unit:3", None)] == [3, None, None, None]

"""Every check fires, stays silent and says when it cannot tell; each names what it rests on."""

from __future__ import annotations

import re

import pytest

from tests.workflows.checks.every_check import FIRES, SILENT, UNKNOWN
from workflows.checks.registry import BY_CODE, CHECKS, run_checks
from workflows.checks.texts import LANGUAGES, sentence, title
from workflows.findings import Severity
from workflows.judge import judge

#: the lane checks follow from all others and are judged together (RSK, tests of the lane)
CODES = [check.code for check in CHECKS if check.family != "risk"]


def test_no_check_is_left_out() -> None:
    assert set(FIRES) == set(SILENT) == set(UNKNOWN) == set(CODES)
    assert len(CHECKS) == 76


@pytest.mark.parametrize("code", CODES)
def test_it_fires_with_its_severity(code: str) -> None:
    found = [one for one in run_checks(FIRES[code], [code]) if one.check == code and not one.cannot_tell]
    assert found
    usual = BY_CODE[code].severity
    warns = {"DAT-05"}  # the importer gives its severity with the finding
    assert max(one.severity.rank for one in found) >= usual.rank or code in warns
    for language in LANGUAGES:
        assert title(code, language)
        assert all(sentence(one, language) and "{" not in sentence(one, language) for one in found)


@pytest.mark.parametrize("code", CODES)
def test_it_is_silent_where_all_is_right(code: str) -> None:
    assert [one for one in run_checks(SILENT[code], [code]) if one.severity is not Severity.INFO] == []
    assert [one for one in run_checks(SILENT[code], [code]) if one.cannot_tell] == []


@pytest.mark.parametrize("code", [code for code in CODES if not isinstance(UNKNOWN[code], str)])
def test_it_says_when_nobody_can_tell(code: str) -> None:
    case = UNKNOWN[code]
    assert not isinstance(case, str)
    found = [one for one in run_checks(case, [code]) if one.check == code]
    assert found
    assert all(one.cannot_tell for one in found)
    for language in LANGUAGES:
        assert all(sentence(one, language) and "{" not in sentence(one, language) for one in found)
    # what nobody can tell is never a pass: it is shown, and holds where the rules say so
    told = judge(case)
    shown = [one for one in (*told.cannot_tell, *told.findings) if one.check == code and one.cannot_tell]
    assert shown


@pytest.mark.parametrize("code", CODES)
def test_it_names_its_source(code: str) -> None:
    judged_by = BY_CODE[code].judge
    own = judged_by.__doc__ or ""
    module = __import__(getattr(judged_by, "__module__", ""), fromlist=["__doc__"]).__doc__ or ""
    assert code in own
    assert re.search(
        r"chapter \d|Chapters? \d|Source|GS1|ISO|IATA|UIC|ICAO|TIR|ADR|INCB|WHO|\.csv", own + module
    )

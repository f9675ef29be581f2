"""Only checks whose facts changed run again, and the findings are those of a full run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.check_cases import AS_OF
from tests.workflows.checks.every_check import FIRES, SILENT, UNKNOWN
from workflows.checks.again import _KINDS, run_changed
from workflows.checks.case import Case, ScanSeen
from workflows.checks.registry import CHECKS, run_checks
from workflows.judge import judge

CASES: dict[str, Case] = {
    **{f"{code} fires": case for code, case in FIRES.items()},
    **{f"{code} silent": case for code, case in SILENT.items()},
    **{f"{code} unknown": case for code, case in UNKNOWN.items() if not isinstance(case, str)},
}
_CONTEXT = ("scales", "bays", "open_sscc", "used_seals", "watch_list")


def with_kind(case: Case, kind: str, other: Case) -> Case:
    """A case with one kind of facts taken from another."""
    if kind == "list":
        return replace(case, context=replace(case.context, sanctions=other.context.sanctions))
    if kind == "process":
        return replace(case, process=other.process)
    if kind in _CONTEXT:
        return replace(case, context=replace(case.context, **{kind: getattr(other.context, kind)}))
    return replace(case, observations=replace(case.observations, **{kind: getattr(other.observations, kind)}))


@pytest.mark.parametrize("kind", [*_KINDS, "list"])
def test_whatever_changes_the_findings_are_those_of_a_full_run(kind: str) -> None:
    donors = [case for name, case in CASES.items() if not name.startswith(("DAT", "DOC", "EXP", "CTL"))]
    read: Callable[[Case], Any] = _KINDS.get(kind, lambda case: id(case.context.sanctions))
    told: dict[str, Case] = {}
    for donor in donors:
        told.setdefault(repr(read(donor)), donor)
    for name, case in CASES.items():
        if not name.endswith("fires"):
            continue
        _, seen = run_changed(case)
        for donor in list(told.values())[:3]:
            changed = with_kind(case, kind, donor)
            again, after = run_changed(changed, seen)
            assert again == run_checks(changed)
            untouched = {check.code for check in CHECKS if kind not in check.needs} - {"SAN-03", "PRC-04"}
            assert not after.ran & untouched


def test_papers_run_everything() -> None:
    case = FIRES["QTY-03"]
    _, seen = run_changed(case)
    other = replace(case, papers=replace(case.papers, sender="Agency B"))
    again, after = run_changed(other, seen)
    assert after.ran == {check.code for check in CHECKS}
    assert again == run_checks(other)


def test_a_scan_runs_what_reads_scans_and_the_judgement_is_the_same() -> None:
    case = FIRES["WGT-02"]
    first = judge(case)
    label = (ScanSeen("]C1370012"),)
    scanned = replace(case, observations=replace(case.observations, scans=label))
    later = replace(scanned, context=replace(scanned.context, as_of=AS_OF + timedelta(minutes=3)))
    told = judge(later, first.seen)
    assert told == judge(later)
    assert told.seen is not None
    assert {"ID-09", "QTY-01", "ID-01"} <= told.seen.ran
    assert not {"CTL-01", "DOC-01", "WGT-02", "EXP-01", "SAN-01"} & told.seen.ran
    assert len(told.seen.ran) < 12
    # nothing changed: only what reads the clock runs
    same = judge(later, told.seen)
    assert same.seen is not None
    assert same.seen.ran == {"SAN-03", "PRC-04"}
    # the next day everything may be otherwise
    tomorrow = replace(later, context=replace(later.context, as_of=AS_OF + timedelta(days=1)))
    told = judge(tomorrow, same.seen)
    assert told.seen is not None
    assert len(told.seen.ran) == len(CHECKS)

"""What many checks ask of a line is found once, and nobody's answer differs by it."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace

import pytest

from tests.support.check_cases import a_case
from tests.workflows.checks.every_check import FIRES, SILENT, UNKNOWN
from workflows.checks import goods
from workflows.checks.case import Case
from workflows.checks.memo import once_a_wording
from workflows.checks.registry import CHECKS, raw_findings
from workflows.judge import judge
from workflows.papers import Line

CASES = [*FIRES.values(), *SILENT.values(), *(one for one in UNKNOWN.values() if isinstance(one, Case))]


def test_every_check_finds_the_same_alone_and_after_all_others() -> None:
    for case in CASES:
        for check in reversed(CHECKS):
            raw_findings(case, check)
        for check in CHECKS:
            assert raw_findings(case, check) == raw_findings(replace(case), check), check.code


@pytest.mark.parametrize(
    "question",
    [
        goods.precursor_hits, goods.watch_hits, goods.arms_hit, goods.medicine_hits, goods.policy_hit,
        goods.is_telecom, goods.labels_of, goods.suspected, goods.goods_types, goods.is_vague,
    ],
)  # fmt: skip
def test_a_question_of_a_wording_reads_nothing_but_the_wording(question: object) -> None:
    """Lines that differ in everything else get the answer that each would get alone."""
    assert callable(question)
    wording = {
        "description", "hs_code", "un_number", "dg_class", "packing_group", "cas_number", "temperature",
    }  # fmt: skip
    lines = [line for case in CASES for line in case.papers.lines]
    case = FIRES["CTL-01"]
    for line in lines:
        bare = Line(**{"no": 999, **{name: getattr(line, name) for name in wording}})
        assert question(replace(case), bare) == question(replace(case), line)


def test_lines_that_say_the_same_are_asked_once() -> None:
    asked: Counter[str] = Counter()

    @once_a_wording
    def seen(case: Case, line: Line) -> str:
        asked[line.description] += 1
        return line.description

    lines = tuple(Line(no, "blankets" if no % 2 else "tents", sscc=str(no)) for no in range(100))
    case = a_case(*lines)
    assert [seen(case, line) for line in lines for _ in range(3)][:3] == ["tents"] * 3
    assert asked == {"blankets": 1, "tents": 1}


def test_a_line_that_is_gone_leaves_its_answer_to_nobody() -> None:
    """A line made for one question may end in the place in memory of the one before it."""
    case = a_case()
    for number in range(200):
        line = Line(1, f"goods {number}", dg_class=str(number % 9 + 1))
        assert goods.labels_of(case, line) == (str(number % 9 + 1),)
        del line


def test_a_case_that_was_judged_holds_no_answers_any_more() -> None:
    case = FIRES["CTL-01"]
    judge(case)
    assert not case.memo.of_case
    assert not case.memo.of_line(case.papers.lines[0])
    assert "memo" not in {one.name for one in fields(case) if one.init}

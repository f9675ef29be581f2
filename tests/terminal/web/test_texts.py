"""Every reason has a sentence and a next step in every language, with or without its figures."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal import texts
from terminal.cases.answers import Answer
from terminal.check_titles import CHECK_TITLES
from terminal.importing.results import RowProblem
from terminal.importing.saying import WORDS as ROWS
from terminal.web.i18n import LANGUAGES, words
from workflows.checks.registry import CHECKS
from workflows.outcomes import Missing, Reason
from workflows.roles import Role

FACTS: dict[str, Any] = {
    "consignment": "WFP-1", "unit": "340123450000000017", "visit": "V-1", "stage": "RISK", "step": "LOAD", "label": "X1",
    "proposal": "340123450000000024", "reason": "SEAL", "authority": "CUSTOMS", "valid_until": "2026-11-01", "permission": "CUSTOMS_RELEASE",
    "seen": ["75A1"], "expected": ["75A2", "75A3"], "seal": "UZ1", "state": "BROKEN", "measured_kg": "1000.5", "declared_kg": "900",
    "tolerance_kg": "9", "plate": "75A1", "consignments": ["A", "B"], "kg": "61000", "verified_until": "2026-01-31",
    "scanned_at": "2026-10-01T08:00:00+00:00", "field": "plate", "place": "W2-B1",
}  # fmt: skip


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("reason", Reason)
def test_a_reason_is_said_with_and_without_its_figures(reason: Reason, code: str) -> None:
    said = words(code)
    for facts in ({}, FACTS):
        sentence = texts.sentence(reason, facts, said)
        assert sentence.strip()
        assert "%(" not in sentence
        if code != "en":
            assert sentence != texts.sentence(reason, facts, words("en"))
    steps = texts.next_steps(Missing(reason, {}, frozenset({Role.CUSTOMS_INSPECTOR})), said)
    assert len(steps) >= 2
    assert all(step.strip() for step in steps)
    assert said.gettext("Customs inspector") in steps[-1]


@given(
    st.sampled_from(list(Reason)),
    st.sampled_from(list(LANGUAGES)),
    st.dictionaries(
        st.sampled_from(sorted(FACTS)),
        st.none()
        | st.text(max_size=20)
        | st.integers()
        | st.booleans()
        | st.lists(st.text(max_size=5), max_size=3),
        max_size=6,
    ),
)
def test_no_fact_breaks_a_sentence(reason: Reason, code: str, facts: dict[str, Any]) -> None:
    assert texts.sentence(reason, facts, words(code))


def test_the_first_thing_is_said_and_nothing_is_kept_back() -> None:
    answer = Answer(
        "refused",
        "unit:340123450000000017",
        missing=(
            Missing(
                Reason.OPEN_HOLD,
                {"reason": "SEAL", "authority": "CUSTOMS"},
                frozenset({Role.CUSTOMS_INSPECTOR}),
            ),
            Missing(Reason.NO_CUSTOMS_RELEASE, {"consignment": "WFP-1"}),
            Missing(Reason.NO_TERMINAL_RELEASE, {"consignment": "WFP-1"}),
        ),
    )
    said = texts.say(answer, words("en"))
    assert said.sentence == "On hold: Seal (Customs)."
    assert "May do it: Customs inspector." in said.next
    assert "Also: The customs release of WFP-1 is missing." in said.next
    assert "Also: The terminal release of WFP-1 is missing." in said.next


def test_what_was_done_is_said() -> None:
    done = Answer("accepted", "unit:1", {"step": "TALLY"})
    assert texts.say(done, words("en")).sentence == "Tally: recorded."
    again = Answer("already_done", "unit:1", {"step": "TALLY"})
    assert texts.say(again, words("ru")).sentence == "Пересчёт: уже сделано. Ничего не изменилось."
    bay = Answer("accepted", "place:W2-B1", {"place": "W2-B1"})
    assert "W2-B1" in texts.say(bay, words("uz")).sentence


def test_codes_keep_their_order_in_a_right_to_left_sentence() -> None:
    text = texts.sentence(Reason.UNKNOWN_LABEL, {"label": "34-0123"}, words("fa"))
    assert "\u206834-0123\u2069" in text


def test_figures_are_written_in_the_readers_way() -> None:
    text = texts.sentence(Reason.WEIGHT_DIFFERS, FACTS, words("ru"))
    assert "1\u00a0000,5\u00a0кг" in text
    assert "01.11.2026" in texts.sentence(
        Reason.NO_AFGHAN_APPROVAL, {"valid_until": "2026-11-01"}, words("uz")
    )


def test_every_check_has_a_title_in_every_language() -> None:
    assert {check.code for check in CHECKS} <= set(CHECK_TITLES)
    for code in ("ru", "uz", "fa", "ps"):
        for check, title in CHECK_TITLES.items():
            assert words(code).gettext(title) != title or not re.search("[a-z]", title), (code, check)
    assert texts.check_title("NEW-99", words("ru")) == "NEW-99"


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_what_is_wrong_with_a_row_is_said_in_the_readers_language(code: str) -> None:
    figures = {name: "x7" for text in ROWS.values() for name in re.findall(r"%\((\w+)\)s", text)}
    for row in ROWS:
        problem = RowProblem("", 4, "kg", "x7", ROWS[row] % figures, code=row, facts=figures)
        told = texts.row_sentence(problem, words(code))
        assert told != problem.sentence
        assert ("x7" in told) == ("%(" in ROWS[row])
    plain = RowProblem("", None, "file", "a.csv", "The archive is broken.")
    assert texts.row_sentence(plain, words(code)) == "The archive is broken."


def test_what_a_check_is_about_is_said_in_words() -> None:
    assert texts.target("line:3", words("en")) == "line 3"
    assert texts.target("document:CMR", words("ru")) == words("ru").gettext("CMR consignment note")
    assert texts.target("consignment", words("uz")) == ""
    assert texts.target("vehicle", words("en")) == "vehicle"

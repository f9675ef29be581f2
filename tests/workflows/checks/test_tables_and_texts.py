"""The tables load, carry versions and refuse nonsense; every check speaks every language with its figures."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest

from tests.support.check_cases import a_case, line
from workflows.checks.case_json import context_from_json, observations_from_json
from workflows.checks.facts import cannot_tell, finding
from workflows.checks.json_values import CaseDataError
from workflows.checks.reference import NAMES, default_reference, load_reference
from workflows.checks.registry import BY_CODE, CHECKS
from workflows.checks.texts import LANGUAGES, clears, sentence, title
from workflows.findings import Finding, Severity
from workflows.judge import judge

TEXTS: dict[str, Any] = json.loads(
    files("workflows").joinpath("data/check_texts.json").read_text(encoding="utf-8")
)
SHIPPED = {name: files("workflows").joinpath("data", name).read_text(encoding="utf-8") for name in NAMES}


def test_every_check_has_a_docstring_a_title_and_a_sentence() -> None:
    assert len(CHECKS) == len(BY_CODE) == 76
    assert set(TEXTS["checks"]) == set(BY_CODE)
    for check in CHECKS:
        assert check.judge.__doc__, check.code
        for language in LANGUAGES:
            assert title(check.code, language)
            assert sentence(finding(check.code, Severity.HOLD, "consignment"), language).strip()


def test_every_check_says_what_would_clear_it() -> None:
    for check in CHECKS:
        for language in LANGUAGES:
            told = Finding(check.code, Severity.HOLD, "consignment", {})
            assert clears(told, language).endswith("."), (check.code, language)
            assert clears(told, language) != clears(replace(told, cannot_tell=True), language)


def test_languages_name_the_same_figures() -> None:
    for code, entry in TEXTS["checks"].items():
        for key, said in entry["says"].items():
            named = {language: set(re.findall(r"\{(\w+)\}", said[language])) for language in said}
            assert all(figures == named["en"] for figures in named.values()), f"{code} {key}"


def test_sentences_carry_figures() -> None:
    found = finding(
        "WGT-02",
        Severity.HOLD,
        "vehicle",
        declared_kg="7480",
        measured_kg="7700",
        difference_kg="220",
        tolerance_kg="100",
        tare_kg="15420",
        tare_from="weighed",
    )
    assert (
        sentence(found)
        == "Declared 7480 kg, measured 7700 kg: 220 kg, tolerance 100 kg (tare 15420 kg, weighed)."
    )
    assert "допуск 100 кг" in sentence(found, "ru")
    assert "ruxsat 100 kg" in sentence(found, "uz")
    for language in ("fa", "ps"):
        assert "\u2068100\u2069" in sentence(found, language)
    unknown = cannot_tell("WGT-02", "vehicle", "tare")
    assert "tare is not known" in sentence(unknown)


def test_whatever_is_not_there_is_left_out() -> None:
    said = sentence(finding("ID-01", Severity.HOLD, "unit:5", sscc="0952", proposal=None))
    assert said == "SSCC 0952 is wrong."


def test_tables_carry_versions_that_follow_their_text() -> None:
    reference = default_reference()
    assert set(reference.versions) == set(NAMES)
    changed = load_reference(SHIPPED | {"goods_types.csv": SHIPPED["goods_types.csv"] + "0101,ANIMAL\n"})
    assert changed.versions["goods_types.csv"] != reference.versions["goods_types.csv"]
    assert changed.versions["watch_hs.csv"] == reference.versions["watch_hs.csv"]
    assert changed.longest_goods_type("010121") == "ANIMAL"


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("codes.json", "{", "codes.json"),
        ("tolerances.json", "{}", "tolerances.json"),
        ("precursors_hs.csv", SHIPPED["precursors_hs.csv"].replace("BLOCK", "PANIC", 1), "row 2"),
        ("watch_hs.csv", SHIPPED["watch_hs.csv"].replace("9301,", "93x1,", 1), "93x1"),
    ],
)
def test_a_broken_table_is_named(name: str, text: str, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        load_reference(SHIPPED | {name: text})


def test_a_missing_table_is_named() -> None:
    with pytest.raises(ValueError, match=r"goods_types\.csv"):
        load_reference({})


def test_longest_prefix_wins() -> None:
    reference = default_reference()
    assert reference.longest_goods_type("120910") == "SEED"
    assert reference.longest_goods_type("120100") == "FOOD_PLANT"
    assert reference.longest_goods_type("190110") == "FOOD_SPECIAL"
    assert reference.longest_goods_type("300241") == "VACCINE"
    assert reference.longest_goods_type("99") is None
    assert reference.with_parents(frozenset({"VACCINE"})) == {"VACCINE", "COLD_CHAIN", "MEDICINE"}


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ({"weighings": [{"kg": "many"}]}, r"weighings\[0\].kg"),
        ({"weighings": [{"kg": "NaN"}]}, "no number"),
        ({"weighings": [{"kg": 5, "stable": "yes"}]}, "stable"),
        ({"weighings": "heavy"}, "a list"),
        ({"scans": [{"device": "x"}]}, r"scans\[0\].raw"),
        ({"scans": [7]}, "an object"),
        ({"gate": [{"at": "today"}]}, "time"),
        ({"gate": [{"at": "2026-11-16T07:00:00"}]}, "time zone"),
        ({"counts": [{"line": 1}]}, "packages"),
        ({"counts": [{"line": 1.5, "packages": 3}]}, "whole number"),
        ({"passport_reads": [{"lines": 3}]}, "two texts"),
        ({"storage_plan": [{"line": 1}]}, "bay"),
        ({"weighings": [{"what": "AXLES", "axles": [{"group": "single"}]}]}, r"axles\[0\].kg"),
    ],
)
def test_observations_that_cannot_be_read_name_their_place(data: dict[str, Any], word: str) -> None:
    with pytest.raises(CaseDataError, match=word):
        observations_from_json(data)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ({}, "as_of"),
        ({"as_of": "2026-11-16T09:00:00+05:00", "step_asked": "JUMP"}, "JUMP"),
        (
            {"as_of": "2026-11-16T09:00:00+05:00", "scales": {"WB": {"verified_until": "soon"}}},
            "verified_until",
        ),
        ({"as_of": "2026-11-16T09:00:00+05:00", "bays": {"B": 3}}, "bays.B"),
        ({"as_of": "2026-11-16T09:00:00+05:00", "used_seals": [{}]}, "used_seals"),
    ],
)
def test_context_that_cannot_be_read_names_its_place(data: dict[str, Any], word: str) -> None:
    with pytest.raises(CaseDataError, match=word):
        context_from_json(data)


def test_a_judgement_can_be_told_in_every_language() -> None:
    result = judge(a_case(line(description="Acetone", hs_code="291411", un_number="1090", dg_class="3")))
    for found in (*result.findings, *result.cannot_tell):
        for language in LANGUAGES:
            said = sentence(found, language)
            assert said
            assert "{" not in said
            assert "[" not in said

"""Tables that an administrator replaces: what is wrong is named by row, column and value; no BLOCK gets lighter."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.checks.reference import load_reference, shipped_texts
from workflows.checks.registry import USUAL
from workflows.checks.severities import may_be, weighed
from workflows.checks.tables import SANCTIONS, TITLES, problems
from workflows.findings import Finding, Severity

TEXTS = shipped_texts()
TABLES = [name for name in TITLES if name != SANCTIONS]


@pytest.mark.parametrize("name", TABLES)
def test_what_ships_can_be_used(name: str) -> None:
    assert problems(name, TEXTS[name]) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("precursors_hs.csv", "I,108-24-7", "III,108-24-7", "row 2, column incb_table: 'III' must be one of"),
        ("precursors_hs.csv", "291524,", "29152,", "row 2, column hs6: '29152' must be six digits"),
        ("precursors_hs.csv", "CTL-01,BLOCK", "CTL-01,HOLD", "row 2, column severity: 'HOLD': CTL-01 blocks"),
        ("precursors_hs.csv", "CTL-01,BLOCK", "CTL-02,BLOCK", "column check_code: 'CTL-02' must be one of"),
        ("watch_hs.csv", "WEAPON,CTL-02,BLOCK", "WEAPON,CTL-02,WARN", "CTL-02 blocks; a BLOCK of the domain"),
        (
            "watch_hs.csv",
            "hs_prefix,description",
            "prefix,description",
            "missing 'hs_prefix'; unknown 'prefix'",
        ),
        ("controlled_medicines.csv", "inn,synonyms_ru", "synonyms_ru,inn", "their order is another"),
        ("controlled_medicines.csv", "codeine,кодеин,N", "codeine,кодеин,X", "row 3, column class: 'X'"),
        ("goods_types.csv", "02,FOOD_ANIMAL", "03,FOOD_ANIMAL", "'03' stands in row 2 already"),
        ("goods_types.csv", "02,FOOD_ANIMAL", "02", "row 2: has 1 values, the table has 2 columns"),
        ("risk_indicators.csv", "R01,10", "R01,101", "'101' must be a whole number from -100 to 100"),
        ("risk_indicators.csv", "R01,10", "R01,१०", "column points: '१०'"),
        ("required_documents.csv", ",DOC_CHECK,", ",LUNCH,", "column needed_by_stage: 'LUNCH'"),
        ("dg_un_numbers.csv", "1202,", "12O2,", "column un: '12O2' must be up to four digits"),
        ("policy_goods.csv", "CTL-06,HOLD", "CTL-06,PANIC", "column severity: 'PANIC'"),
        ("goods_types.csv", "02,FOOD_ANIMAL", '02,"FOOD', "no table of comma-separated values"),
    ],
)
def test_a_mistake_is_named_by_row_column_and_value(name: str, old: str, new: str, words: str) -> None:
    assert old in TEXTS[name]
    found = problems(name, TEXTS[name].replace(old, new, 1))
    assert any(words in sentence for sentence in found), found
    assert all(sentence.startswith(name) for sentence in found)


def changed(**where: Any) -> str:
    """tolerances.json with other figures: ``section__key=value``."""
    data = json.loads(TEXTS["tolerances.json"])
    for path, value in where.items():
        section, _, key = path.partition("__")
        data[section][key] = value
    return json.dumps(data)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (changed(sanctions__strong=0.95), "sanctions.strong: 0.95 must be above 0 and not above 0.92"),
        (changed(sanctions__review=0.9), "sanctions.review: 0.9 must be above 0 and not above 0.82"),
        (changed(sanctions__review=0.1), "must be between 0.5 and sanctions.strong"),
        (changed(sanctions__list_hold_days=30), "sanctions.list_hold_days: 30"),
        (changed(risk__yellow=90), "yellow (90) must be above 0 and not above red (60)"),
        (changed(risk__humanitarian_minimum_lane="PINK"), "'PINK' must be one of"),
        (changed(tare__relative=1.5), "tare.relative: 1.5 must be between 0 and 0.2"),
        (changed(tare__relative="x"), "tolerances.json cannot be used"),
        (changed(road_limits_kg__tandem=0), "road_limits_kg.tandem"),
        ("{", "not valid JSON"),
        ("[]", "must hold one JSON object"),
        ('{"weight": NaN}', "NaN is no figure"),
    ],
)
def test_screening_and_tolerances_have_limits(text: str, words: str) -> None:
    found = problems("tolerances.json", text)
    assert any(words in sentence for sentence in found), found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dg_keywords.json", '{"keywords": {}}'),
        ("dg_keywords.json", '{"keywords": {"28": ["x"], "2880": [3]}}'),
        ("dg_segregation.json", "{}"),
        (
            "dg_segregation.json",
            json.dumps(json.loads(TEXTS["dg_segregation.json"]) | {"iata": [["1", "2", "3"]]}),
        ),
        ("dg_segregation.json", json.dumps(json.loads(TEXTS["dg_segregation.json"]) | {"imdg": {"1": 5}})),
    ],
)
def test_other_shapes_are_refused(name: str, text: str) -> None:
    assert problems(name, text)


@pytest.mark.parametrize("name", [name for name in TABLES if name.endswith(".csv")])
def test_an_empty_table_would_let_everything_pass(name: str) -> None:
    head = TEXTS[name].splitlines()[0] + "\n"
    assert (problems(name, head) == []) is (name in ("check_severities.csv", "storage_places.csv"))
    assert problems(name, "") != []


def test_many_mistakes_are_not_told_one_by_one() -> None:
    text = "indicator,points\n" + "x,y\n" * 500
    found = problems("risk_indicators.csv", text)
    assert len(found) == 51
    assert found[-1].endswith("more")


@pytest.mark.parametrize("code", USUAL)
def test_what_the_domain_blocks_cannot_be_lowered(code: str) -> None:
    for wanted in Severity:
        refused = problems("check_severities.csv", f"check_code,severity\n{code},{wanted}\n")
        allowed = may_be(code, USUAL[code], wanted)
        assert (refused == []) is allowed
        held = USUAL[code] is Severity.BLOCK or code.startswith(("PRC-", "SAN-", "RSK-"))
        assert not (held and wanted.rank < USUAL[code].rank and allowed)


@given(
    st.lists(st.tuples(st.sampled_from(sorted(USUAL)), st.sampled_from(list(Severity))), max_size=20),
    st.dictionaries(st.sampled_from(sorted(USUAL)), st.sampled_from(list(Severity))),
)
def test_no_table_whatever_lowers_a_block(
    rows: list[tuple[str, Severity]], wanted: dict[str, Severity]
) -> None:
    findings = [Finding(code, severity, "consignment") for code, severity in rows]
    after = weighed(findings, wanted, USUAL)
    assert len(after) == len(findings)
    for one, other in zip(findings, after, strict=True):
        assert one.check == other.check
        if one.severity is Severity.BLOCK or one.check.startswith(("PRC-", "SAN-")):
            assert other.severity.rank >= one.severity.rank
        if one.check not in wanted:
            assert other is one


def test_a_row_speaks_of_findings_of_the_usual_weight() -> None:
    def weigh(code: str, severity: Severity, wanted: Severity) -> Severity:
        (after,) = weighed([Finding(code, severity, "line:1")], {code: wanted}, USUAL)
        return after.severity

    assert weigh("CTL-06", Severity.HOLD, Severity.WARN) is Severity.WARN
    assert (
        weigh("CTL-06", Severity.WARN, Severity.INFO) is Severity.WARN
    )  # the check made it lighter by itself
    assert weigh("CTL-06", Severity.WARN, Severity.BLOCK) is Severity.BLOCK
    assert weigh("QTY-02", Severity.WARN, Severity.HOLD) is Severity.HOLD


def test_the_table_of_severities_is_part_of_the_reference() -> None:
    text = "check_code,severity\nQTY-02,HOLD\n"
    reference = load_reference({**TEXTS, "check_severities.csv": text})
    assert reference.severities == {"QTY-02": Severity.HOLD}
    with pytest.raises(KeyError):
        problems("codes.json", "{}")

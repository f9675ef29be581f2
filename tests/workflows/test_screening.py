"""Names against the invented list: every case of the table, explained scores, hostile files refused."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.lists import ListRefusedError, load_sanctions_list, parse_sanctions_list
from workflows.checks.reference import default_reference
from workflows.checks.sanctions import same_person, vocabulary
from workflows.screening import Hit, ListEntry, SanctionsList, Subject, screen
from workflows.screening_letters import MOST, alike_across

DATA = Path(__file__).parents[1] / "data"
LIST = load_sanctions_list(DATA / "unsc_sample.xml")
CASES: dict[str, list[dict[str, Any]]] = json.loads(
    (DATA / "sanctions_cases.json").read_text(encoding="utf-8")
)
RULES = default_reference().tolerances


def best(subject: Subject) -> Hit | None:
    hits = screen(subject, LIST, vocabulary(default_reference()), RULES.review_score)
    return hits[0] if hits else None


def band(hit: Hit | None) -> str:
    return "none" if hit is None else "strong" if hit.score >= RULES.strong_score else "possible"


@pytest.mark.parametrize("row", CASES["names"], ids=[row["name"] for row in CASES["names"]])
def test_name(row: dict[str, Any]) -> None:
    hit = best(Subject(row["name"]))
    assert band(hit) in row["expected"].split("_or_")
    if hit is not None:
        assert hit.entry.reference == row["entry"]


@pytest.mark.parametrize("row", CASES["dob_cases"])
def test_date_of_birth(row: dict[str, Any]) -> None:
    hit = best(Subject(row["name"], False, date.fromisoformat(row["date_of_birth"])))
    assert band(hit) in row["expected"].split("_or_")
    assert hit is not None
    assert hit.entry.reference == row["entry"]


@pytest.mark.parametrize("row", CASES["document_cases"])
def test_document_number(row: dict[str, Any]) -> None:
    hit = best(Subject("", False, None, row["document_number"]))
    assert band(hit) == row["expected"]
    assert hit is None or hit.entry.reference == row["entry"]


def test_far_birth_lowers_but_never_clears() -> None:
    near = best(Subject("Zafar Uydirmaev", False, date(1990, 11, 2)))
    far = best(Subject("Zafar Uydirmaev", False, date(1955, 1, 1)))
    assert near is not None
    assert far is not None
    assert near.score > far.score >= RULES.review_score
    assert (near.birth, far.birth) == ("equal", "far")


@pytest.mark.parametrize("name", ["", " ", "A", "я", "-", "'", "LLC", "ООО", "Global Trading", "الف"])
def test_next_to_nothing_matches_nobody(name: str) -> None:
    assert best(Subject(name)) is None
    assert best(Subject(name, False)) is None


def test_weak_alias_is_for_persons_and_possible_at_most() -> None:
    assert best(Subject("Toor")) is None
    assert band(best(Subject("Toor", False))) == "possible"
    assert best(Subject("Toor Ahmadi", False)) is None


@pytest.mark.parametrize(
    "name",
    [
        "Misol Relief Fund",
        "ООО Мисол Глобал",
        "Namuna Xavala",
        "Zafar Uydirmayev Karimovich",
        "Ishaq Sinovkhel Trading LLC",
    ],
)
def test_dressed_up_names_are_found(name: str) -> None:
    assert best(Subject(name)) is not None


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("توریالی نمونه وال", "TAi.901"),  # the listed word written as two
        ("نامونا هاوالا", "TAe.911"),
        ("نمونا حوالا سرویس", "TAe.911"),
        ("یوسف مثال تجربی", "QDi.903"),
        ("ظفر اویدیرمایف", "QDi.904"),
        ("شرکت میسول گلوبال", "QDe.912"),
        ("Toryalai Namuna Wal", "TAi.901"),
    ],
)
def test_a_name_in_other_letters_is_found_by_its_consonants(name: str, entry: str) -> None:
    hit = best(Subject(name))
    assert hit is not None
    assert hit.entry.reference == entry
    assert all(0 <= part.alike <= 1 for part in hit.parts)


@pytest.mark.parametrize(
    "name",
    ["کریم احمدی", "شرکت ترانسپورت بلخ", "یوسف کریمی", "موسسه خیریه", "ظفر", "علی", "نور", "فرید سینا"],
)
def test_other_names_in_arabic_letters_match_nobody(name: str) -> None:
    assert best(Subject(name)) is None
    assert best(Subject(name, False)) is None


@given(st.text("aeiouyvhkmnlrst", min_size=1, max_size=9), st.text("aeiouyvhkmnlrst", min_size=1, max_size=9))
def test_likeness_across_scripts_has_no_order_and_bounds(one: str, other: str) -> None:
    assert alike_across(one, other) == alike_across(other, one)
    assert 0 <= alike_across(one, other) <= alike_across(one, one) <= MOST


def test_a_city_in_a_persons_name_is_a_name() -> None:
    one = ListEntry("TXi.1", True, "Gulob Sharif")
    told = SanctionsList((one,))
    words = vocabulary(default_reference())
    assert screen(Subject("Gulob Sharif"), told, words, 0.82)
    assert not screen(Subject("Gulob Karimi"), told, words, 0.82)
    assert not screen(Subject("Mazar-i-Sharif Transport"), told, words, 0.82)


def test_score_is_explained_word_by_word() -> None:
    hit = best(Subject("Misol Relief Fund"))
    assert hit is not None
    assert {part.given for part in hit.parts} == {"misol", "relief", "foundation"}
    assert max(hit.parts, key=lambda part: part.weight).given == "misol"


@given(st.text(max_size=40))
def test_any_text_is_screened_without_trouble(name: str) -> None:
    for hit in screen(Subject(name), LIST, vocabulary(default_reference()), 0.0):
        assert 0 <= hit.score <= 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Akmal Yoʻlchiyev", "AKMAL YOLCHIYEV", True),
        ("Акмал Йўлчиев", "Akmal Yo'lchiyev", True),
        ("Yolchiyev Akmal", "Akmal Yoʻlchiyev Karim oʻgʻli", True),
        ("Gʻayrat Oʻrmonov", "GAYRAT ORMONOV", True),
        ("Muhammad Rahimov", "Mohammad Rakhimov", True),
        ("Akmal Yoʻlchiyev", "Akmal Yoʻldoshev", False),
        ("Akmal Yoʻlchiyev", "Jasur Tongotarov", False),
    ],
)
def test_one_person_two_spellings(one: str, other: str, same: bool) -> None:
    assert same_person(one, other, default_reference()) is same


def test_list_is_read_whole() -> None:
    assert len(LIST.entries) == 6
    first = LIST.entries[0]
    assert (first.reference, first.person, first.documents) == ("TAi.901", True, ("TT0000901",))
    assert [alias.low for alias in first.aliases] == [False, False, True]
    assert LIST.generated_at is not None
    assert LIST.generated_at.utcoffset() is not None
    assert len(LIST.sha256) == 64


BOMB = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<CONSOLIDATED_LIST><INDIVIDUALS><INDIVIDUAL><FIRST_NAME>&b;</FIRST_NAME></INDIVIDUAL></INDIVIDUALS></CONSOLIDATED_LIST>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/hostname">]><CONSOLIDATED_LIST>&x;</CONSOLIDATED_LIST>"""


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (BOMB, "entities"),
        (OUTSIDE, "entities"),
        (b"", "complete"),
        (b"<CONSOLIDATED_LIST><INDIVIDUALS>", "complete"),
        (b"<html></html>", "<html>"),
        (b"<CONSOLIDATED_LIST/>", "no entries"),
        (b"\xff\xfe\x00", "complete"),
        (b'<?xml version="1.0" encoding="nonsense"?><CONSOLIDATED_LIST/>', "complete"),
    ],
)
def test_hostile_or_torn_list_is_refused_with_a_sentence(content: bytes, word: str) -> None:
    with pytest.raises(ListRefusedError, match=word):
        parse_sanctions_list(content, "list.xml")


def test_missing_list_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ListRefusedError, match="cannot be read"):
        load_sanctions_list(tmp_path / "none.xml")


def test_empty_elements_everywhere_do_no_harm() -> None:
    content = b"""<CONSOLIDATED_LIST dateGenerated="yesterday"><INDIVIDUALS><INDIVIDUAL><FIRST_NAME/><SECOND_NAME>QODIR</SECOND_NAME>
    <INDIVIDUAL_ALIAS><QUALITY/><ALIAS_NAME/></INDIVIDUAL_ALIAS><INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>exact</TYPE_OF_DATE><DATE>bad</DATE></INDIVIDUAL_DATE_OF_BIRTH>
    <INDIVIDUAL_DOCUMENT/></INDIVIDUAL></INDIVIDUALS><ENTITIES><ENTITY/></ENTITIES></CONSOLIDATED_LIST>"""
    parsed = parse_sanctions_list(content, "list.xml")
    assert [entry.name for entry in parsed.entries] == ["QODIR", ""]
    assert parsed.generated_at is None
    assert screen(Subject("anybody at all"), parsed, vocabulary(default_reference()), 0.5) == ()

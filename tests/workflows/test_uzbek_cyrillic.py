"""Uzbek in Cyrillic letters: the spelling rules, and what must not be touched."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.uzbek_cyrillic import from_latin


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [
        ("Yuk yoʻlda, hujjat yoʻq.", "Юк йўлда, ҳужжат йўқ."),
        ("oʻlchov, gʻildirak, shina, chegara, choʻl", "ўлчов, ғилдирак, шина, чегара, чўл"),
        ("eʼlon, nomaʼlum, meʼyor, sanʼat", "эълон, номаълум, меъёр, санъат"),
        ("Yer, qayerda, yetib, yangi, tayyor", "Ер, қаерда, етиб, янги, тайёр"),
        ("obyekt va subyekt", "объект ва субъект"),
        ("stansiya, sanksiya, operatsiya, versiya, partiya, pensiya", "станция, санкция, операция, версия, партия, пенсия"),
        ("aeroport, elektron, poezd", "аэропорт, электрон, поэзд"),
        ("avtomobil, avtomobili, avtomobillar, avtomobildan", "автомобиль, автомобили, автомобиллар, автомобильдан"),
        ("til, pul, amal", "тил, пул, амал"),
        ("Isʼhoq", "Исҳоқ"),
        ("o'qildi, o’qildi, oʻqildi", "ўқилди, ўқилди, ўқилди"),
        ("BMT roʻyxati, 20 kg", "БМТ рўйхати, 20 кг"),
    ],
)  # fmt: skip
def test_words_are_spelled_as_people_write_them(latin: str, cyrillic: str) -> None:
    assert from_latin(latin) == cyrillic


@pytest.mark.parametrize(
    "kept",
    [
        "SSCC",
        "GS1",
        "PDF",
        "CT30",
        "karvon_verify.py",
        "<b>",
        "&nbsp;",
        "%(unit)s",
        "{missing}",
        "`karvon init`",
    ],
)
def test_what_is_latin_in_both_spellings_stays(kept: str) -> None:
    assert from_latin(f"Yuk {kept} keldi") == f"Юк {kept} келди"


@given(st.text())
def test_any_text_is_taken(text: str) -> None:
    assert isinstance(from_latin(text), str)


@given(st.text(alphabet="абвгдеёжзийклмнопрстуфхцчшъыьэюяўқғҳ0123456789 .,"))
def test_cyrillic_stays_as_it_is(text: str) -> None:
    assert from_latin(text) == text


def test_no_latin_word_is_left_in_the_sentences_of_the_checks() -> None:
    texts = json.loads(files("workflows").joinpath("data/check_texts.json").read_text(encoding="utf-8"))
    said = re.findall(r'"uz": "([^"]*)"', json.dumps(texts, ensure_ascii=False))
    assert len(said) > 100
    for sentence in said:
        bare = re.sub(r"\{\w+\}", "", from_latin(sentence))
        assert not re.search(r"[a-z]{3}", bare), bare

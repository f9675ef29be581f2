"""Every published vector of the identifiers, valid and invalid, and every example plate."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from workflows.identifiers import Identifier, Kind, Unreadable, normalise_plate, read_as, resolve
from workflows.identifiers.ai_table import gs1_date, table
from workflows.identifiers.keys import digital_link, gsin_uri, sgln_uri, sscc_uri

DATA = Path(__file__).parents[2] / "data" / "domain"
VECTORS: dict[str, Any] = json.loads((DATA / "identifier_vectors.json").read_text(encoding="utf-8"))
PLATES: dict[str, Any] = json.loads((DATA / "plates.json").read_text(encoding="utf-8"))
TODAY = date(2026, 11, 16)

KINDS = {
    "sscc": Kind.SSCC,
    "gtin": Kind.GTIN,
    "gln": Kind.GLN,
    "gsin": Kind.GSIN,
    "ginc": Kind.GINC,
    "iso6346": Kind.CONTAINER,
    "uic12": Kind.WAGON,
    "wagon8_1520": Kind.WAGON,
    "awb": Kind.AWB,
    "tir_carnet": Kind.TIR_CARNET,
    "tir_holder_id": Kind.TIR_HOLDER,
}
CASES = [
    (kind, entry)
    for name, kind in KINDS.items()
    for entry in VECTORS[name]
    if "Cyrillic" not in entry.get("why", "")
]


@pytest.mark.parametrize(
    ("kind", "entry"), CASES, ids=lambda v: v if isinstance(v, str) else v.get("value", "")
)
def test_a_code_is_read_as_the_vectors_say(kind: Kind, entry: dict[str, Any]) -> None:
    result = read_as(kind, entry["value"])
    assert isinstance(result, Identifier) == entry["valid"], result
    if "pretty" in entry:
        assert isinstance(result, Identifier)
        assert result.display == entry["pretty"]


@pytest.mark.parametrize(
    ("kind", "entry"),
    [case for case in CASES if case[0] not in (Kind.GINC, Kind.GLN, Kind.GTIN)],
    ids=lambda v: v if isinstance(v, str) else v.get("value", ""),
)
def test_the_one_entry_tells_the_kind_by_itself(kind: Kind, entry: dict[str, Any]) -> None:
    result = resolve(entry["value"], today=TODAY)
    if entry["valid"]:
        assert isinstance(result, Identifier), result
        assert result.kind is kind
        assert result.text == entry["value"]
    else:
        assert not (isinstance(result, Identifier) and result.kind is kind)


def test_lookalike_letters_in_a_container_number_are_folded_and_reported() -> None:
    entry = next(e for e in VECTORS["iso6346"] if "Cyrillic" in e.get("why", ""))
    for result in (read_as(Kind.CONTAINER, entry["value"]), resolve(entry["value"], today=TODAY)):
        assert isinstance(result, Identifier)
        assert result.value == "CSQU3054383"
        assert result.lookalikes
        assert result.notes[0].check == "DAT-02"


@pytest.mark.parametrize("entry", VECTORS["mrz_td3"], ids=lambda e: e.get("note") or e["why"])
def test_a_passport_zone_is_checked_digit_by_digit(entry: dict[str, Any]) -> None:
    for text in ("\n".join(entry["lines"]), "".join(entry["lines"])):
        result = resolve(text, today=TODAY)
        assert isinstance(result, Identifier) == entry["valid"], result
        assert result.kind is Kind.PASSPORT
        if isinstance(result, Unreadable):
            assert result.facts["field"] in entry["why"] or "composite" in entry["why"]


@pytest.mark.parametrize("entry", VECTORS["gs1_element_strings"], ids=lambda e: ascii(e["raw"]))
def test_an_element_string_gives_its_elements(entry: dict[str, Any]) -> None:
    result = resolve(entry["raw"], "]C1", today=TODAY)
    clean = isinstance(result, Identifier) and not any(note.check == "ID-09" for note in result.notes)
    if not entry["valid"]:
        assert not clean
        return
    assert isinstance(result, Identifier), result
    rules = table()
    read = {rules[e.ai].family: e.value + (" kg" if rules[e.ai].decimals else "") for e in result.elements}
    assert read == entry["ais"]


def test_content_without_its_unit_stays_usable() -> None:
    result = resolve("]C102195212340001263748", today=TODAY)
    assert isinstance(result, Identifier)
    assert (result.kind, result.gtin, result.count) == (Kind.CONTENT, "19521234000126", 48)
    assert [note.check for note in result.notes] == ["ID-09"]


@pytest.mark.parametrize("entry", VECTORS["gs1_date_century"], ids=lambda e: e["yymmdd"])
def test_the_century_follows_the_year_of_reading(entry: dict[str, Any]) -> None:
    found = gs1_date(entry["yymmdd"], date(entry["evaluated_in"], 6, 1))
    assert found is not None
    assert found.isoformat() == entry["iso"]


def test_epc_uris_and_links_of_the_vectors() -> None:
    for entry in VECTORS["sscc"]:
        if "epc_uri" in entry:
            assert sscc_uri(entry["value"], 7) == entry["epc_uri"]
            assert digital_link(entry["value"]) == entry["digital_link"]
            for form in (entry["epc_uri"], entry["digital_link"]):
                result = resolve(form, today=TODAY)
                assert isinstance(result, Identifier)
                assert (result.kind, result.value) == (Kind.SSCC, entry["value"])
    for entry in VECTORS["gsin"]:
        if "epc_uri" in entry:
            assert gsin_uri(entry["value"], 7) == entry["epc_uri"]
    assert sgln_uri("9521234001003", 7) == VECTORS["gln"][0]["sgln"]
    assert sgln_uri("9521234001041", 7, "B07") == "urn:epc:id:sgln:9521234.00104.B07"


@pytest.mark.parametrize("pattern", PLATES["patterns"], ids=lambda p: p["id"])
def test_every_example_plate_is_recognised(pattern: dict[str, str]) -> None:
    result = read_as(Kind.PLATE, pattern["example"])
    assert isinstance(result, Identifier), result
    # the 2026 numeric and the Persian form have their own entries; a form further up may also fit
    order = [p["id"] for p in PLATES["patterns"]]
    assert order.index(result.detail["form"]) <= order.index(pattern["id"])


@pytest.mark.parametrize("text", PLATES["negative_examples"])
def test_no_plate_is_seen_where_there_is_none(text: str) -> None:
    result = read_as(Kind.PLATE, text)
    assert isinstance(result, Unreadable)
    assert result.check == "ID-08"


@pytest.mark.parametrize(("province", "code"), PLATES["af_province_persian"].items())
def test_a_persian_plate_is_written_with_its_province_code(province: str, code: str) -> None:
    for letter, latin in PLATES["af_class_persian"].items():
        assert normalise_plate(f"{province} ۱۲۳۴۵ {letter}") == f"{code}12345{latin}"

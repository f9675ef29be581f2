"""The eight sample consignments: exact figures, and the import findings that belong to each."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from terminal.importing import Assembled, figures, gather, read_file
from tests.terminal.importing.making import SAMPLES
from workflows.findings import Severity
from workflows.papers import Mode

EXPECTED: dict[str, Any] = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))["cases"]
IMPORT_FINDINGS: dict[str, set[tuple[str, str]]] = {
    "S05": {("DAT-02", "vehicle:plate"), ("DAT-04", "unit:9")},
    "S06": {("DAT-05", "line:5")},
}


def assembled(case: str) -> Assembled:
    folder = SAMPLES / EXPECTED[case]["folder"]
    facts = json.loads((folder / "consignment.json").read_text(encoding="utf-8"))
    return gather([read_file(name, (folder / name).read_bytes()) for name in facts["raw_files"]], facts)


@pytest.mark.parametrize("case", EXPECTED)
def test_a_sample_gives_exactly_its_figures(case: str) -> None:
    expected = {key: value for key, value in EXPECTED[case]["parsed"].items() if key != "note"}
    assert figures(assembled(case).papers) == expected


@pytest.mark.parametrize("case", EXPECTED)
def test_a_sample_has_the_import_findings_it_should_and_no_others(case: str) -> None:
    found = {(finding.check, finding.target) for finding in assembled(case).findings}
    assert found == IMPORT_FINDINGS.get(case, set())


def test_the_doubtful_weight_waits_for_a_person_with_a_proposal() -> None:
    result = assembled("S06")
    (finding,) = result.findings
    assert finding.severity is Severity.HOLD
    assert finding.facts["readings"] == ["1.25", "1250"]
    assert (finding.facts["proposal"], finding.facts["support"]) == ("1.25", "total")
    assert result.papers.lines[4].gross_kg == Decimal(125)


def test_medicines_carry_batch_dates_and_temperature() -> None:
    lines = assembled("S02").papers.lines
    assert lines[0].expiry is not None
    assert lines[0].expiry.certain == date(2026, 8, 31)
    assert lines[5].expiry is not None
    assert (lines[5].expiry.certain, lines[5].expiry.precision) == (date(2027, 11, 30), "month")
    assert lines[2].expiry is None
    assert (lines[4].batch, lines[4].hs_code) == ("TT-2604", "3002410000")
    assert lines[4].temperature is not None
    assert (lines[4].temperature.min_c, lines[4].temperature.max_c) == (2, 8)
    assert lines[0].quantity == 12000
    assert (lines[0].quantity_unit, lines[0].package_type) == ("H87", "CT")


def test_the_request_form_gives_dangerous_goods_and_header() -> None:
    papers = assembled("S03").papers
    assert [(line.un_number, line.dg_class, line.packing_group) for line in papers.lines[:3]] == [
        ("2880", "5.1", "II"),
        ("1490", "5.1", "II"),
        ("1202", "3", "III"),
    ]
    assert papers.lines[3].un_number is None
    packing_list = next(d for d in papers.documents if d.type == "PACKING_LIST")
    assert (packing_list.fields["packages"], packing_list.fields["gross_kg"]) == (834, "15075")


def test_wagons_keep_their_notes_and_seals_and_the_note_its_totals() -> None:
    papers = assembled("S04").papers
    assert papers.mode is Mode.RAIL
    line = papers.lines[3]
    assert (line.wagon, line.transport_document, line.seal) == ("52881045", "27-1180454", "KZH 4471204")
    assert line.best_before is not None
    smgs = next(d for d in papers.documents if d.type == "SMGS")
    assert (smgs.fields["packages"], smgs.fields["gross_kg"]) == (8160, "408816")


def test_a_note_and_a_unit_list_give_one_line_and_its_units() -> None:
    papers = assembled("S05").papers
    assert papers.lines[0].gross_kg == Decimal(4944)
    assert papers.lines[0].volume_m3 == Decimal("28.8")
    assert {unit.line for unit in papers.units} == {1}
    assert papers.units[4].sscc == "095212340005002047"
    assert papers.vehicle is not None
    assert papers.vehicle.plate == "75 812 СВА"


def test_a_container_list_names_its_container_in_every_line() -> None:
    papers = assembled("S07").papers
    assert {line.container for line in papers.lines} == {"QZQU4119075"}
    assert papers.vehicle is not None
    assert papers.vehicle.tare_kg == Decimal(15100)
    assert papers.container_tare_kg == Decimal(3800)

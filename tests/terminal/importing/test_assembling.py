"""Files and pre-advice facts together: what wins, what is a unit list, what says the same again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from terminal.importing import WrongFactsError, assemble, figures, gather
from tests.terminal.importing.making import csv_file, json_file
from workflows.papers import Mode

UNITS = "T/r,SSCC kodi,Tovar nomi,Miqdori,Joylar soni,Qadoq turi,Brutto\n" + "".join(
    f"{n},09521234000500{2000 + n},Oilaviy chodir,8,1,palleta,412\n" for n in range(1, 4)
)
LIST = "Description,HS,Qty,Unit,Packages,Gross kg\nTent,630622,24,pc,3,1236\n"
NOTE = {"CMR No.": "X-9", "Sender": "Agency B", "Truck": "75 812 CBA", "Seal": "UZ1",
        "Goods": {"Description": "Tents", "HS code": "6306.22", "Packages": 3, "Gross weight, kg": "1 236"}}  # fmt: skip


def test_pre_advice_wins_and_files_fill_what_is_empty() -> None:
    papers = assemble(
        [json_file(NOTE)],
        {"reference": "R-1", "mode": "ROAD", "sender": "Agency B2", "declared": {"packages": 4}},
    )
    assert (papers.reference, papers.sender) == ("R-1", "Agency B2")
    assert papers.vehicle is not None
    assert (papers.vehicle.plate, papers.seal) == ("75 812 CBA", "UZ1")
    assert (papers.declared.packages, papers.declared.gross_kg) == (4, Decimal(1236))


def test_what_files_say_otherwise_stands_in_their_document() -> None:
    facts = {
        "sender": "Agency B2",
        "documents": [{"type": "CMR", "number": "X-9", "issued": "2026-11-14", "fields": {"seal": "kept"}}],
    }
    (document,) = assemble([json_file(NOTE)], facts).documents
    assert (document.fields["sender"], document.fields["packages"], document.fields["seal"]) == (
        "Agency B",
        3,
        "kept",
    )
    assert document.issued == date(2026, 11, 14)


def test_a_note_naming_its_goods_makes_the_line_and_the_list_of_labels_the_units() -> None:
    papers = assemble([json_file(NOTE), csv_file(UNITS, name="birliklar.csv")], {})
    assert figures(papers) == {"lines": 1, "packages": 3, "gross_kg": "1236", "units": 3, "distinct_sscc": 3}
    assert (papers.lines[0].description, papers.lines[0].hs_code) == ("Tents", "630622")
    assert {unit.line for unit in papers.units} == {1}


def test_labels_alone_are_the_packing_list() -> None:
    assert figures(assemble([csv_file(UNITS)], {})) == {
        "lines": 3,
        "packages": 3,
        "gross_kg": "1236",
        "distinct_sscc": 3,
    }


def test_a_list_and_its_labels_do_not_count_twice() -> None:
    for files in (
        [csv_file(LIST), csv_file(UNITS, name="u.csv")],
        [csv_file(UNITS, name="u.csv"), csv_file(LIST)],
    ):
        assert figures(assemble(files, {}))["lines"] == 1
        assert figures(assemble(files, {}))["units"] == 3


def test_a_packing_list_with_labels_beside_a_short_note_gives_the_lines() -> None:
    packing = "No,SSCC,Description,HS Code,Batch,Packages,Package type,Net kg,Gross kg\n" + "".join(
        f"{n},09521234000100{1000 + n},Soap {n},3401.19,B{n},1,pallet,400,412\n" for n in range(1, 4)
    )
    note = json_file({"CMR No.": "X", "goods": [{"description": "Soap", "packages": 3, "gross_kg": 1236}]})
    result = gather([note, csv_file(packing, name="packing.csv")], {})
    assert figures(result.papers) == {"lines": 3, "packages": 3, "gross_kg": "1236", "distinct_sscc": 3}
    assert result.same_again == ("goods",)


def test_the_same_goods_on_two_papers_count_once() -> None:
    invoice = csv_file("Goods;HS;Qty;Packages;Gross kg\nTents, all;630622;24;3;1236\n", name="invoice.csv")
    detailed = csv_file(
        "Description;HS;Packages;Gross kg\nTent A;630622;1;400\nTent B;630622;2;836\n", name="pl.csv"
    )
    assert figures(assemble([invoice, detailed], {})) == {"lines": 2, "packages": 3, "gross_kg": "1236"}


def test_lists_of_different_trucks_follow_one_another() -> None:
    second = csv_file(LIST.replace("1236", "1500").replace(",3,", ",4,"), name="truck2.csv")
    papers = assemble([csv_file(LIST, name="truck1.csv"), second], {})
    assert [(line.no, line.source.split(":")[0]) for line in papers.lines] == [
        (1, "truck1.csv"),
        (2, "truck2.csv"),
    ]


def test_findings_follow_their_line_to_its_number() -> None:
    bad = csv_file("Description,HS,Qty,Packages,Gross kg\nRope,560750,abc,1,9\n", name="b.csv")
    result = gather([csv_file(LIST, name="a.csv"), bad], {})
    assert [(finding.check, finding.target) for finding in result.findings] == [("DAT-05", "line:2")]


def test_the_same_file_twice_counts_once() -> None:
    result = gather([csv_file(LIST, name="a.csv"), csv_file(LIST, name="copy.csv")], {})
    assert len(result.papers.lines) == 1
    assert [(f.check, f.facts["same_as"]) for f in result.findings] == [("DAT-04", "a.csv")]


def test_an_open_total_is_closed_by_the_other_papers() -> None:
    note = json_file({"форма": "СМГС", "груз": "Мука", "масса груза (т)": "1,236"})
    assert [finding.check for finding in note.findings] == ["DAT-05"]
    result = gather([note, csv_file(LIST)], {})
    assert result.papers.declared.gross_kg == 1236
    assert not result.findings


def test_lookalikes_typed_at_pre_advice_are_reported_once() -> None:
    note = json_file({**NOTE, "Truck": "75 812 СВА"})
    result = gather([note], {"vehicle": {"plate": "75 812 СВА"}, "container": "СSQU3054383"})
    assert [(f.check, f.target) for f in result.findings] == [
        ("DAT-02", "vehicle:plate"),
        ("DAT-02", "container"),
    ]


@pytest.mark.parametrize(
    ("header", "mode"),
    [
        ("CMR No.;X-1", Mode.ROAD),
        ("AWB No.;250-12345675", Mode.AIR),
        ("Накладная СМГС;27-1", Mode.RAIL),
        ("Mode;RIVER", Mode.RIVER),
    ],
)
def test_the_mode_follows_the_papers_when_nobody_said_it(header: str, mode: Mode) -> None:
    parsed = csv_file(f"{header};\n\nDescription;Packages;Gross kg\nSoap;1;2\n")
    assert assemble([parsed], {}).mode is mode


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"mode": "CAMEL"}, "mode"),
        ({"declared": {"gross_kg": "heavy"}}, "gross_kg"),
        ({"declared": {"packages": "1.5"}}, "packages"),
        ({"declared": []}, "declared"),
        ({"documents": {"type": "CMR"}}, "documents"),
        ({"documents": [{"number": "1"}]}, "entry 1"),
        ({"documents": [{"type": "CMR", "issued": "2026-02-30"}]}, "issued"),
        ({"sender": ["A"]}, "sender"),
        ({"container_tare_kg": "NaN"}, "container_tare_kg"),
        ({"container_tare_kg": "1e999999999"}, "container_tare_kg"),
    ],
)
def test_wrong_facts_name_their_field(facts: dict[str, object], word: str) -> None:
    with pytest.raises(WrongFactsError, match=word):
        assemble([], facts)

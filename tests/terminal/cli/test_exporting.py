"""``karvon export``: whole rows for those who may, logged, in chunks, and no cell that a spreadsheet runs."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.cli import exporting, main
from terminal.store import Store, url_in
from terminal.store.journal import everything
from tests.support.app import Terminal, terminal_at
from tests.support.databases import sqlite_template
from workflows.plain import to_plain

__all__ = ["sqlite_template"]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """The data directory of a terminal that has worked and is closed now."""
    folder = tmp_path_factory.mktemp("filled")
    shutil.copyfile(sqlite_template, folder / "karvon.sqlite3")
    with terminal_at(url_in(folder), folder) as terminal:
        fill(terminal)
    return folder


def fill(terminal: Terminal) -> None:
    for number in range(4):
        terminal.announce(
            f"EXP-{number}", 2, consignee='=cmd|" /C calc"!A0' if number == 3 else 'Клиника, "Шифо"'
        )
    weigher = terminal.person("weighbridge_operator")
    for label in (unit.label for unit in units(terminal, "EXP-0")):
        told = weigher.ask(
            "/weighings",
            point="pallet-scale-1",
            unit=label,
            typed_kg="748.5",
            confirmed_by="weighbridge_2",
            confirm_password="saksovul-2026",
            note="-1+1",
        )
        assert told["verdict"] == "accepted", told


def units(terminal: Terminal, ref: str) -> Any:
    with terminal.service.reading() as reader:
        return reader.units_of(ref)


def export(
    folder: Path, capsys: pytest.CaptureFixture[str], what: str, *more: str, by: str = "auditor"
) -> str:
    capsys.readouterr()
    assert main(["export", what, "--as", by, "--data", str(folder), *more]) == 0
    return capsys.readouterr().out


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_the_journal_is_exported_whole_with_the_export_itself_in_it(
    filled: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PAGE", 7)
    told = rows(export(filled, capsys, "journal"))
    with Store.open(url_in(filled), writing=False) as store, store.reading() as reader:
        assert told == [entry.public() for entry in everything(reader.connection)]
        auditor = reader.people.by_login("auditor")
    assert auditor is not None
    last = told[-1]
    assert (last["type"], last["who"], last["data"]["action"]) == ("SecurityEvent", auditor.id, "export")
    assert last["data"]["facts"] == {"what": "journal", "format": "ndjson", "after": 0}
    later = rows(export(filled, capsys, "journal", "--after", str(told[-3]["seq"])))
    assert later[:2] == told[-2:]
    assert len(later) == 3


def test_consignments_units_and_weights(
    filled: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PAGE", 3)
    told = rows(export(filled, capsys, "consignments"))
    assert [row["ref"] for row in told] == ["EXP-3", "EXP-2", "EXP-1", "EXP-0"]
    assert {(row["lines"], row["units"], row["stage"]) for row in told} == {(2, 2, "PRE_ADVICE")}
    told = rows(export(filled, capsys, "units"))
    assert len({row["label"] for row in told}) == 8
    with Store.open(url_in(filled), writing=False) as store, store.reading() as reader:
        whole = [to_plain(unit) for number in range(4) for unit in reader.units_of(f"EXP-{number}")]
        assert list(reader.plain_units(3)) == told
    assert sorted(told, key=str) == sorted(whole, key=str)
    told = rows(export(filled, capsys, "weighings"))
    assert [(row["kg"], row["typed"]) for row in told] == [("748.5", True)] * 2
    assert told[0]["seq"] > told[1]["seq"]
    assert rows(export(filled, capsys, "weighings", "--after", str(told[1]["seq"]))) == told[:1]


def test_csv_has_the_columns_of_its_table_and_no_formula(
    filled: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for what, columns in exporting.COLUMNS.items():
        path = tmp_path / f"{what}.csv"
        assert export(filled, capsys, what, "--format", "csv", "-o", str(path)) == ""
        table = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
        assert table
        assert tuple(table[0]) == columns
        for row in table:
            for value in row.values():
                assert value is not None
                assert not value.startswith(("=", "+", "@", "\t", "\r"))
                assert not value.startswith("-")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{w}.csv" for w in exporting.COLUMNS)
    text = (tmp_path / "consignments.csv").read_text(encoding="utf-8")
    assert "'=cmd|" in text
    assert 'Клиника, ""Шифо""' in text
    assert "'-1+1" in (tmp_path / "weighings.csv").read_text(encoding="utf-8")


@given(st.text())
def test_no_text_becomes_a_formula(text: str) -> None:
    made = exporting.cell(text)
    bare = made.lstrip()
    assert not bare.startswith(("=", "+", "@")) or bare != made.strip() or made.startswith("'")
    assert made in (text.replace("\0", " "), "'" + text.replace("\0", " "))
    if text.lstrip()[:1] in ("=", "+", "@"):
        assert made.startswith("'")
    if text.startswith("-"):
        assert made.startswith("'") or made.removeprefix("-").replace(".", "", 1).isdigit()


@pytest.mark.parametrize(
    ("what", "by"),
    [
        ("journal", "liaison_officer"),
        ("journal", "administrator"),
        ("consignments", "agency_user"),
        ("consignments", "gate_operator"),
        ("units", "nobody-here"),
    ],
)
def test_who_may_not_export_gets_nothing(
    filled: Path, what: str, by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", what, "--as", by, "--data", str(filled)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert by in told.err


def test_risk_and_persons_are_left_out_for_those_who_may_not_see_them(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    full = rows(export(filled, capsys, "consignments"))[0]
    less = rows(export(filled, capsys, "consignments", by="liaison_officer"))[0]
    assert {"lane", "decision", "findings"} <= full.keys()
    assert not {"lane", "decision", "findings"} & less.keys()
    assert "driver" in full["papers"]
    assert "driver" not in less["papers"]


def test_a_place_that_cannot_be_written_is_said(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = filled / "none" / "x.csv"
    assert main(["export", "units", "--as", "auditor", "--data", str(filled), "-o", str(nowhere)]) == 3
    assert "x.csv" in capsys.readouterr().err


@pytest.mark.parametrize("after", ["-1", "x", "9" * 30, "1.5"])
def test_a_number_that_is_none(filled: Path, after: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["export", "journal", "--as", "auditor", "--data", str(filled), "--after", after])
    assert "journal number" in capsys.readouterr().err or after == "-1"


def test_the_labels_of_a_consignment_come_from_its_store(
    filled: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    target = tmp_path / "labels.zpl"
    assert main(["label", "exp-0", "--format", "zpl", "-o", str(target), "--data", str(filled)]) == 0
    text = target.read_text(encoding="utf-8")
    with Store.open(url_in(filled), writing=False) as store, store.reading() as reader:
        for unit in reader.units_of("EXP-0"):
            assert unit.label in text
    assert text.count("^XZ") == 2
    assert main(["label", "NONE", "--format", "zpl", "-o", str(target), "--data", str(filled)]) == 3
    assert "NONE" in capsys.readouterr().err

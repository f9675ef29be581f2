"""``karvon import``: reports for people and machines, exit codes, and storing as a named person."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from terminal import access
from terminal.cli import main
from terminal.running import opened, settings_of
from tests.terminal.importing.making import SAMPLES
from workflows.roles import Role

LIST = SAMPLES / "S01_shelter_road_clean" / "packing_list.xlsx"
DOUBTFUL = SAMPLES / "S06_bilateral_gift_uz_cyrillic" / "royxat.xlsx"


def test_a_dry_run_reports_and_needs_no_store(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(LIST), "--dry-run"]) == 0
    assert "read: lines 10, packages 10, gross_kg 7480, distinct_sscc 10" in capsys.readouterr().out


def test_doubts_are_said_with_row_column_value_and_fix(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(DOUBTFUL), "--dry-run"]) == 1
    out = capsys.readouterr().out
    assert "row 12, Оғирлиги, ц / Брутто '1.250'" in out
    assert "Confirm one" in out
    assert "1 rows wait" in out


def test_json_is_machine_readable_and_alone_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(DOUBTFUL), "--dry-run", "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["parsed"] == {"lines": 6, "packages": 518, "gross_kg": "23443"}
    assert report["findings"][0]["target"] == "line:5"
    assert report["files"][0]["rows_waiting"] == 1
    assert report["lines"][0]["gross_kg"] == "20080"


def test_pre_advice_facts_may_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    folder = SAMPLES / "S05_tents_cmr_uz"
    files = [str(folder / "cmr.json"), str(folder / "units.csv")]
    assert main(["import", *files, "--facts", str(folder / "consignment.json"), "--dry-run", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["parsed"]["units"] == 12


def test_a_file_that_is_not_there_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(tmp_path / "none.csv"), "--dry-run"]) == 2
    assert "none.csv" in capsys.readouterr().err
    broken = tmp_path / "facts.json"
    broken.write_text("[]", encoding="utf-8")
    assert main(["import", str(LIST), "--facts", str(broken), "--dry-run"]) == 2


def test_storing_needs_a_data_directory_and_a_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(LIST), "--data", str(tmp_path / "none")]) == 3
    assert "no data directory" in capsys.readouterr().err
    assert main(["import", str(LIST), "--data", str(tmp_path)]) == 2
    assert "--as" in capsys.readouterr().err
    with opened(settings_of(None, tmp_path)) as service:
        for login, role in (("desk", Role.DOCUMENT_OFFICER), ("gate", Role.GATE_OPERATOR)):
            service.store.write_now(
                lambda books, login=login, role=role: access.new_person(
                    books, login, login, frozenset({role}), "setup", service.clock()
                )
            )
    for stranger in ("nobody", "gate"):
        assert main(["import", str(LIST), "--data", str(tmp_path), "--as", stranger]) == 1
        assert "may not announce" in capsys.readouterr().err
    facts = ["--facts", str(LIST.parent / "consignment.json")]
    assert main(["import", str(LIST), *facts, "--data", str(tmp_path), "--as", "desk"]) == 0
    assert "AGA-UZ-2026-0412 stored" in capsys.readouterr().err
    assert main(["import", str(LIST), *facts, "--data", str(tmp_path), "--as", "desk"]) == 0
    with opened(settings_of(None, tmp_path)) as service, service.reading() as reader:
        consignment = reader.consignment("AGA-UZ-2026-0412")
    assert consignment is not None
    assert len(consignment.papers.lines) == 10

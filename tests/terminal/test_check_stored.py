"""``karvon check REF``: the last judgement of a consignment in a real store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from terminal.cli import main
from terminal.store import Store, url_in
from tests.support.builders import REF
from tests.terminal.store.small import begin, context
from workflows.checks.facts import cannot_tell, finding
from workflows.events import ChecksRun
from workflows.findings import Finding, Severity

SEAL = finding("SEA-01", Severity.HOLD, "vehicle", declared="UZ1", read="UZ2")


def keep(directory: Path, *findings: Finding, decision: str | None) -> None:
    with Store.open(url_in(directory)) as store:
        begin(store)
        if decision is not None:
            run = ChecksRun(f"consignment:{REF}", tuple(findings), decision, "YELLOW", "data 1, list 1")
            store.write_now(lambda books: books.record([run], context("dilnoza")))


def test_held_consignment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(tmp_path, SEAL, cannot_tell("WGT-02", "vehicle", "tare"), decision="HOLD")
    assert main(["check", REF, "--data", str(tmp_path), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["decision"], told["lane"]) == ("HOLD", "YELLOW")
    assert [(f["check"], f["target"]) for f in told["findings"]] == [("SEA-01", "vehicle")]
    assert [f["check"] for f in told["cannot_tell"]] == ["WGT-02"]
    assert main(["check", REF, "--data", str(tmp_path)]) == 1
    assert "Declared UZ1, read UZ2." in capsys.readouterr().out


def test_releasable_consignment(tmp_path: Path) -> None:
    keep(tmp_path, decision="RELEASABLE")
    assert main(["check", REF, "--data", str(tmp_path)]) == 0


def test_not_judged_yet_and_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep(tmp_path, decision=None)
    assert main(["check", REF, "--data", str(tmp_path)]) == 1
    assert main(["check", "NO-SUCH", "--data", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "not run yet" in said
    assert "NO-SUCH" in said


def test_directory_without_a_store(tmp_path: Path) -> None:
    assert main(["check", REF, "--data", str(tmp_path)]) == 3

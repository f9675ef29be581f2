"""Consignments as other hands write them: every layout, script, unit and verdict through ``karvon check --case``.

What must come out was written down by the rules before the product saw the folders; expected.json says why.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from terminal.case_folder import load_case
from terminal.cli import main
from terminal.cli.checking import as_json
from terminal.importing import figures
from terminal.importing.decoding import decode
from workflows.judge import judge

FOLDERS = Path(__file__).parents[1] / "data" / "consignments"
EXPECTED: dict[str, Any] = json.loads((FOLDERS / "expected.json").read_text(encoding="utf-8"))["cases"]
RANKS = ("INFO", "WARN", "HOLD", "BLOCK")


def fits(finding: dict[str, Any], row: dict[str, Any]) -> bool:
    """True when a finding is the one a row speaks about."""
    return (
        finding["check"] in row["check"].split("|")
        and row.get("target", finding["target"]) == finding["target"]
    )


def complaints(told: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """Everything in which a judgement differs from what has to come out."""
    found = []
    if told["decision"] not in wanted["decision"].split("_OR_"):
        found.append(f"decision {told['decision']}, not {wanted['decision']}")
    if told["lane"] not in wanted["lanes"]:
        found.append(f"lane {told['lane']}, not {wanted['lanes']}")
    for figure, value in wanted["parsed"].items():
        if str(told["parsed"].get(figure)) != str(value):
            found.append(f"{figure} {told['parsed'].get(figure)}, not {value}")
    allowed = wanted["must_fire"] + wanted["may_fire"]
    found += [
        f"missing: {row}"
        for row in wanted["must_fire"]
        if not any(fits(one, row) for one in told["findings"])
    ]
    for one in told["findings"]:
        held = RANKS.index(one["severity"]) >= RANKS.index("HOLD")
        if held and not any(fits(one, row) for row in allowed):
            found.append(f"false alarm: {one}")
        if any(fits(one, row) for row in wanted["must_not_fire"]):
            found.append(f"must be silent: {one}")
    return found


@pytest.mark.parametrize("name", EXPECTED)
def test_a_consignment_comes_out_as_judged_by_hand(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = EXPECTED[name]
    folder = FOLDERS / wanted["folder"]
    code = main(["check", "--case", str(folder), "--context", str(FOLDERS / "context.json"), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert complaints(told, wanted) == []
    assert code == (0 if wanted["decision"] == "RELEASABLE" else 1)


def _lists() -> list[tuple[str, str]]:
    """(case, file) of every list in text that could have been saved otherwise."""
    return [
        (name, path.name)
        for name, case in EXPECTED.items()
        for path in sorted((FOLDERS / case["folder"]).iterdir())
        if path.suffix.lower() in (".csv", ".txt", ".tsv") and not path.read_bytes().startswith(b"sep=")
    ]


def _saved_otherwise(data: bytes, delimiter: str, encoding: str) -> bytes:
    text = decode(data).text
    own = max(";\t|,", key=lambda mark: max(line.count(mark) for line in text.splitlines()))
    out = io.StringIO()
    rows = csv.reader(io.StringIO(text), delimiter=own)
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode(encoding)


@pytest.mark.parametrize(("name", "file"), _lists())
def test_the_way_a_list_is_saved_changes_nothing(name: str, file: str, tmp_path: Path) -> None:
    folder = tmp_path / "case"
    shutil.copytree(FOLDERS / EXPECTED[name]["folder"], folder)
    for delimiter, encoding in ((";", "utf-8-sig"), ("\t", "utf-16")):
        saved = _saved_otherwise(
            (FOLDERS / EXPECTED[name]["folder"] / file).read_bytes(), delimiter, encoding
        )
        (folder / file).write_bytes(saved)
        case, remarks = load_case(folder, FOLDERS / "context.json")
        told = as_json(judge(case), dict(figures(case.papers)))
        assert (complaints(told, EXPECTED[name]), remarks) == ([], [])


def test_every_folder_is_judged() -> None:
    folders = {path.name for path in FOLDERS.iterdir() if path.is_dir()}
    assert folders == {case["folder"] for case in EXPECTED.values()}
    assert len(folders) >= 24

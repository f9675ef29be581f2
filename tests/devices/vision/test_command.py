"""``karvon read-barcodes``: one JSON line a picture, sentences for what cannot be opened, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from terminal.bench import pictures
from terminal.cli import main

SAMPLES = Path(__file__).parents[2] / "data" / "barcodes"


def save(folder: Path, name: str, text: str, *, gs1: bool = False) -> str:
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128, gs1=gs1)
    path = folder / name
    Image.fromarray(np.pad(np.array(made.to_image(scale=3)), 30, constant_values=255)).save(path)
    return str(path)


def test_json_lines_carry_codes_gs1_parts_and_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    label = save(tmp_path, "паллета 1.png", "(00)376000000000000013", gs1=True)
    plain = save(tmp_path, "plain.bmp", "KARVON-1")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 cut")
    missing = str(tmp_path / "missing.png")
    assert main(["read-barcodes", "--json", label, plain, str(broken), missing, str(tmp_path)]) == 1
    said = capsys.readouterr()
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert [line["path"] for line in lines] == [label, plain, str(broken), missing, str(tmp_path)]
    assert lines[0]["codes"] == [
        {"symbology": "GS1-128", "text": "00376000000000000013", "gs1": {"00": "376000000000000013"}}
    ]
    assert lines[1]["codes"] == [{"symbology": "Code128", "text": "KARVON-1", "gs1": None}]
    assert all(line["ms"] >= 0 for line in lines)
    assert [line.get("error", "") != "" for line in lines] == [False, False, True, True, True]
    assert "There is no such file." in said.err
    assert "folder" in said.err


def test_people_get_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    names = [str(SAMPLES / "s015_datamatrix.jpg"), str(SAMPLES / "s032_negpartial.webp")]
    assert main(["read-barcodes", *names]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("DataMatrix  [)><RS>06<GS>25PLEIBMAQ7BBC448559AC<GS>S44AACC<RS><EOT>")
    assert second.endswith("no barcode found")


def test_formats_and_itf_rule_can_be_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "itf.png"
    Image.fromarray(pictures.symbol("ITF", "123456", 4)).save(path)
    for extra, found in (([], 1), (["--itf14"], 0), (["--formats", "QR,EAN-13"], 0)):
        assert main(["read-barcodes", "--json", *extra, str(path)]) == 0
        assert len(json.loads(capsys.readouterr().out)["codes"]) == found
    assert main(["read-barcodes", "--formats", "EAN-14", str(path)]) == 2
    assert "Known are" in capsys.readouterr().err


@pytest.mark.parametrize("budget", ["0", "-5", "ten", "1e3", "1234567", "٣"])
def test_a_budget_that_is_no_number_is_usage(budget: str) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["read-barcodes", "--budget-ms", budget, "x.png"])
    assert stop.value.code == 2


def test_a_pipe_or_device_is_not_read_for_ever() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "terminal.cli", "read-barcodes", "--json", "/dev/zero"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "not a picture file" in json.loads(done.stdout)["error"]

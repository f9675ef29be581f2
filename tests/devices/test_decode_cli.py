"""``karvon devices decode`` from the outside: one frame, JSON lines, raw recordings, and bad input."""

from __future__ import annotations

import argparse
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from terminal.cli import devices_decode

FRAMES = Path(__file__).parents[1] / "data" / "frames.jsonl"


def decode(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    devices_decode.add_arguments(parser)
    return devices_decode.run(parser.parse_args(arguments))


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_one_frame_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        decode("--protocol", "mt_sics", "--hex", "53 20 53 20 20 20 20 20 31 30 30 2E 30 30 20 67 0D 0A") == 0
    )
    assert lines(capsys.readouterr().out) == [
        {
            "protocol": "mt_sics",
            "weight": "100.00",
            "unit": "g",
            "stable": True,
            "mode": None,
            "sign": 1,
            "status": [],
        }
    ]


def test_settings_and_direction(capsys: pytest.CaptureFixture[str]) -> None:
    assert decode("--protocol", "toledo_8217", "--hex", "02302E3532350D", "--config", '{"unit": "lb"}') == 0
    assert decode("--protocol", "sma", "--hex", "0A570D", "--dir", "host_to_device") == 0
    weight, command = lines(capsys.readouterr().out)
    assert (weight["weight"], weight["unit"]) == ("0.525", "lb")
    assert command == {"protocol": "sma", "command": "W"}


def test_json_lines_keep_going_after_a_bad_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [
        '{"id": "a", "protocol": "mt_sics", "hex": "ES"}',
        '{"id": "b", "protocol": "no_such", "hex": "00"}',
        "not json",
        "[]",
        "",
        '{"id": "c", "protocol": "mt_sics", "hex": "00", "config": {"speed": 3}}',
        '{"id": "d", "protocol": "mt_sics", "hex": "00", "dir": "sideways"}',
        '{"id": "e", "protocol": "mt_sics", "hex": "45 53 0D 0A"}',
        '{"id": "f", "protocol": "mt_sics", "hex": "53 20 53 20 31"}',
    ]
    stdin = io.TextIOWrapper(io.BytesIO("\n".join(jobs).encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert decode() == 0
    answers = lines(capsys.readouterr().out)
    assert [a.get("error") for a in answers] == ["usage"] * 6 + [None, "truncated"]
    assert [a["id"] for a in answers] == ["a", "b", 3, 4, "c", "d", "e", "f"]
    assert "no hex" in answers[0]["reason"]
    assert "no_such" in answers[1]["reason"]
    assert "no JSON" in answers[2]["reason"]
    assert "speed" in answers[4]["reason"]
    assert "dir must be" in answers[5]["reason"]
    assert answers[6]["error_code"] == "ES"


def test_every_recorded_frame_gets_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert decode(str(FRAMES)) == 0
    asked = lines(FRAMES.read_text("utf-8"))
    answered = lines(capsys.readouterr().out)
    assert [a["id"] for a in answered] == [f["id"] for f in asked]


def test_a_raw_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = tmp_path / "scale.bin"
    recording.write_bytes(b"3.4kg\r\nST,GS,+00125.0kg\r\nUS,GS,+00127.5kg\r\n")
    assert decode("--protocol", "and_standard", str(recording)) == 0
    (answer,) = lines(capsys.readouterr().out)
    assert [reading["weight"] for reading in answer["readings"]] == ["125.0", "127.5"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--hex", "00"], "needs --protocol"),
        (["--protocol", "no_such", "--hex", "00"], "no_such"),
        (["--protocol", "mt_sics", "--hex", "0"], "no hex"),
        (["--protocol", "mt_sics", "--hex", "00", "--config", "unit=kg"], "JSON object"),
        (["/nowhere/at/all.jsonl"], "cannot read"),
    ],
)
def test_a_senseless_command_is_a_usage_error(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert decode(*arguments) == 2
    printed = capsys.readouterr()
    assert sentence in printed.err
    assert printed.out == ""

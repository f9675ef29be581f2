"""``karvon devices``: the commands an integrator types, run as processes against simulated devices."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


def karvon(*arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "terminal.cli", "devices", *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A truck scale on a pseudo-terminal, started by ``karvon devices simulate``."""
    folder = tmp_path_factory.mktemp("ports")
    command = [sys.executable, "-m", "terminal.cli", "devices", "simulate", "yaohua_a9", "--kg", "24360"]
    process = subprocess.Popen(
        [*command, "--dir", str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    about = json.loads(process.stdout.readline())
    assert json.loads(process.stdout.readline()) == {"ready": True}
    yield about["url"]
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_protocols_are_listed_and_explained() -> None:
    listed = {info["name"]: info for info in lines(karvon("protocols", "--json"))}
    assert {"yaohua_a9", "scan_text", "mt_sics", "and_standard"} <= set(listed)
    assert listed["yaohua_a9"]["carries_unit"] is False
    one = karvon("protocols", "yaohua_a9")
    assert "9600 8N1" in one.stdout
    assert "nibble" in one.stdout
    assert "yaohua_a9" in karvon("protocols").stdout
    unknown = karvon("protocols", "morse")
    assert (unknown.returncode, unknown.stdout) == (2, "")


def test_ports_and_doctor_answer_in_json_and_words(tmp_path: Path) -> None:
    assert karvon("ports", "--json").returncode == 0
    config = tmp_path / "karvon.toml"
    config.write_text(
        '[[devices]]\nid = "g"\nkind = "scanner"\nprotocol = "scan_text"\nurl = "/dev/none"\npoint = "gate-1"\n',
        encoding="utf-8",
    )
    done = karvon("doctor", "--config", str(config), "--json")
    assert done.returncode == 1
    assert [f["level"] for f in lines(done) if f["about"] == "g"] == ["bad"]
    config.write_text('[[devices]]\nid = "g"\n', encoding="utf-8")
    wrong = karvon("doctor", "--config", str(config))
    assert wrong.returncode == 1
    assert "`kind` is None" in wrong.stdout


def test_probe_finds_the_scale(port: str) -> None:
    done = karvon("probe", port, "--seconds", "0.3", "--json")
    assert done.returncode == 0
    assert lines(done)[0]["heard"][0]["guesses"][0]["protocol"] == "yaohua_a9"
    words = karvon("probe", port, "--seconds", "0.5")
    assert "speaks yaohua_a9" in words.stdout
    assert karvon("probe", "/dev/none").returncode == 3


def test_monitor_shows_bytes_frames_and_readings(port: str) -> None:
    done = karvon(
        "monitor", port, "--protocol", "yaohua_a9", "--division", "20", "--seconds", "2.2", "--json"
    )
    assert done.returncode == 0
    seen = lines(done)
    assert any(line["hex"] == "022b303234333630303138" + "03" for line in seen)
    assert ["24360 kg"] in [line["frames"] for line in seen]
    assert any(r["reading"] == "weight" for line in seen for r in line["readings"])
    words = karvon("monitor", port, "--protocol", "yaohua_a9", "--seconds", "0.5")
    assert "02 2b 30 32" in words.stdout
    assert "24360 kg" in words.stdout


def test_record_and_replay(port: str, tmp_path: Path) -> None:
    file = str(tmp_path / "scale.jsonl")
    done = karvon("record", port, "--protocol", "yaohua_a9", "--seconds", "0.5", "--output", file, "--json")
    assert done.returncode == 0
    size = lines(done)[0]["bytes"]
    assert size > 0
    again = karvon("replay", file, "--json")
    assert again.returncode == 0
    assert len("".join(line["hex"] for line in lines(again))) == 2 * size
    assert "24360 kg" in karvon("replay", file).stdout
    assert karvon("record", port, "--protocol", "yaohua_a9", "--output", file).returncode == 2
    assert karvon("replay", str(tmp_path / "none")).returncode == 2
    assert karvon("replay", file, "--to", "/dev/none").returncode == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["monitor", "/dev/x"], "give --protocol"),
        (["monitor", "/dev/x", "--protocol", "morse"], "no protocol 'morse'"),
        (["monitor", "nowhere", "--protocol", "scan_text"], "no device address"),
        (["monitor", "g", "--config", "none.toml"], "none.toml"),
        (["monitor", "/dev/x", "--protocol", "scan_text", "--codec", "]"], "--codec"),
    ],
)
def test_a_wrong_call_is_a_sentence_and_code_2(arguments: list[str], words: str) -> None:
    done = karvon(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_never_opens_is_code_3() -> None:
    done = karvon("monitor", "/dev/none", "--protocol", "scan_text", "--seconds", "0.3")
    assert done.returncode == 3
    assert "There is no port /dev/none" in done.stderr

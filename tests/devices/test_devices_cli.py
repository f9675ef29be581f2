"""``karvon devices``: the commands an integrator types, run as processes against simulated devices."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devices.ports import NoSuchPort, port_typed


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
        (["monitor", "nowhere", "--protocol", "scan_text"], "There is no port"),
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


def test_a_port_is_named_as_people_name_it(
    port: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wires").mkdir()
    (tmp_path / "wires" / "bridge").symlink_to(port)
    watched = karvon("monitor", "wires/bridge", "--protocol", "yaohua_a9", "--seconds", "1", "--json")
    assert watched.returncode == 0, watched.stderr
    assert any("24360 kg" in frame for one in lines(watched) for frame in one["frames"])
    recorded = karvon(
        "record", "wires/bridge", "--protocol", "yaohua_a9", "--seconds", "1", "--output", "session.rec"
    )
    assert recorded.returncode == 0, recorded.stderr
    replayed = karvon("replay", "session.rec", "--json")
    assert any("24360 kg" in frame for one in lines(replayed) for frame in one["frames"])
    assert karvon("probe", "wires/bridge", "--seconds", "0.3").returncode == 0
    again = karvon(
        "record", "wires/bridge", "--protocol", "yaohua_a9", "--seconds", "1", "--output", "session.rec"
    )
    assert (again.returncode, "never overwritten" in again.stderr) == (2, True)


def test_every_mistake_at_the_prompt_gets_an_answer_that_helps(port: str, tmp_path: Path) -> None:
    for words, code, help_ in (
        (("monitor", "ttyUSB77", "--protocol", "mt_sics"), 2, "There is no port 'ttyUSB77'"),
        (("monitor", port, "--protocol", "yaohua_a99"), 2, "did you mean yaohua_a9"),
        (("replay", str(tmp_path / "none.rec")), 2, "cannot be read"),
        (("probe", str(tmp_path), "--seconds", "0.2"), 3, "is a folder, not a port"),
        (("monitor", "127.0.0.1:9", "--protocol", "mt_sics", "--seconds", "1"), 3, "Check the port number"),
    ):
        done = karvon(*words)
        assert done.returncode == code, (words, done.stderr)
        assert help_ in done.stderr
    pasted = subprocess.run(
        [sys.executable, "-m", "terminal.cli", "devices", "decode", "--protocol", "yaohua_a9"],
        input="02 2b 30 31 32 33 34 30 30 31 46 03\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(pasted.stdout)["weight"] == "12340"


def test_names_of_ports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dev = tmp_path / "dev"
    (dev / "serial" / "by-id").mkdir(parents=True)
    for name in ("ttyUSB0", "ttyUSB1"):
        (dev / name).write_bytes(b"")
    by_id = dev / "serial" / "by-id"
    (by_id / "usb-FTDI_FT232R_A50285BI-if00-port0").symlink_to(dev / "ttyUSB0")
    (by_id / "usb-Prolific_PL2303-if00-port0").symlink_to(dev / "ttyUSB1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(dev / "ttyUSB1")
    assert port_typed("link", dev) == str(tmp_path / "link")
    assert port_typed("ttyUSB1", dev) == str(dev / "ttyUSB1")
    assert port_typed("ftdi", dev) == str(by_id / "usb-FTDI_FT232R_A50285BI-if00-port0")
    assert port_typed("usb-Prolific_PL2303-if00-port0", dev) == str(by_id / "usb-Prolific_PL2303-if00-port0")
    assert port_typed("192.0.2.10:4001", dev) == "tcp://192.0.2.10:4001"
    for same in ("socket://192.0.2.10:4001", "rfc2217://192.0.2.10:4001", "/dev/ttyS0"):
        assert port_typed(same, dev) == same
    assert port_typed("com4", dev) == "COM4"
    for wrong, words in (("port0", "fits several"), ("ttyUSB2", "Did you mean ttyUSB"), ("", "no port")):
        with pytest.raises(NoSuchPort, match=words):
            port_typed(wrong, dev)

"""The device configuration is loud at start and names key and fix."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from devices.adapters import ADAPTERS
from devices.adapters.wire import line_settings
from devices.addresses import signal_bytes
from devices.config import Scale, load_devices, read_devices
from devices.errors import REMEDIES, ConfigProblem
from devices.live import WHY

FILE = """
[[devices]]
id = "gate-1-scale"
kind = "scale"
protocol = "yaohua_a9"
unit = "kg"
url = "/dev/serial/by-id/usb-scale"
serial = { baudrate = 4800, bytesize = 8, parity = "N", stopbits = 1 }
point = "weighbridge-1"
capacity_kg = 60000
division_kg = 20
interval_kg = 0.5
verified_until = 2027-03-01

[[devices]]
id = "gate-1-scanner"
kind = "scanner"
protocol = "scan_text"
url = "COM4"
point = "gate-1"
codec = { prefix = "S" }
signals = { accepted = '\\x07', refused = '\\x07\\x07' }
"""
SCALE: dict[str, Any] = {
    "id": "s",
    "kind": "scale",
    "protocol": "yaohua_a9",
    "unit": "kg",
    "url": "COM1",
    "point": "w",
    "capacity_kg": 60000,
    "division_kg": 20,
}


def test_a_file_as_the_manual_shows_it(tmp_path: Path) -> None:
    path = tmp_path / "karvon.toml"
    path.write_text(FILE, encoding="utf-8")
    scale, scanner = read_devices(path)
    assert isinstance(scale, Scale)
    assert scale.e_kg == Decimal("0.5")
    assert scale.minimum_load_kg == 10
    assert line_settings(scale)["baudrate"] == 4800
    assert scale.codec_settings() == {"unit": "kg"}
    assert scanner.id == "gate-1-scanner"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"baudrat": 1}, "`baudrat` is not a known key; did you mean `baudrate`?"),
        ({"serial": {"baudrat": 9600}}, "`serial.baudrat` is not a known key; did you mean `baudrate`?"),
        ({"kind": "scael"}, "`kind` is 'scael'; write one of scale"),
        ({"kind": None}, "`kind` is None"),
        ({"protocol": "yaohua_a8"}, "did you mean yaohua_a9"),
        ({"protocol": "scan_text"}, "is spoken by a scanner, but `kind` is 'scale'"),
        ({"unit": None}, "`unit` is missing: yaohua_a9 sends digits without a unit"),
        ({"unit": "pud"}, "'pud' is not a unit of mass"),
        ({"division_kg": 0}, "`division_kg`"),
        ({"division_kg": 70000}, "must be smaller than `capacity_kg`"),
        ({"minimum_kg": 60000}, "set `minimum_kg`"),
        ({"url": "gopher://x"}, "is no device address"),
        ({"url": "socket://host"}, "needs a host and a port number"),
        ({"url": "socket://host:99999999"}, "needs a host and a port number"),
        ({"codec": {"nibble": "odd"}}, "nibble"),
        ({"codec": {"nibbel": "hex"}}, "nibbel"),
        ({"id": "Gate 1"}, "`id`"),
        ({"capacity_kg": "heavy"}, "`capacity_kg`"),
        ({"signals": {"accepted": "ё"}}, "no ASCII"),
        ({"stable": {"readings": 1}}, "`stable.readings`"),
        ({"serial": {"stopbits": 1.2}}, "`serial.stopbits`"),
    ],
)
def test_a_mistake_is_named_with_its_key(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigProblem) as found:
        load_devices([SCALE | change])
    assert sentence in str(found.value)
    assert str(found.value).startswith("devices #1")


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ConfigProblem) as found:
        load_devices([SCALE | {"division_kg": 0}, SCALE | {"id": "t", "url": "nowhere"}])
    assert len(found.value.problems) == 2


def test_two_devices_may_not_share_name_or_port() -> None:
    with pytest.raises(ConfigProblem) as found:
        load_devices([SCALE, SCALE | {"url": "COM2"}, SCALE | {"id": "t"}])
    assert "used twice" in found.value.problems[0]
    assert "steal each other's bytes" in found.value.problems[1]


def test_a_missing_key_and_a_broken_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblem, match="`capacity_kg` is missing"):
        load_devices([{key: value for key, value in SCALE.items() if key != "capacity_kg"}])
    path = tmp_path / "karvon.toml"
    path.write_text("[[devices]\n", encoding="utf-8")
    with pytest.raises(ConfigProblem, match=r"karvon\.toml"):
        read_devices(path)
    path.write_text("devices = 3\n", encoding="utf-8")
    with pytest.raises(ConfigProblem, match=r"\[\[devices\]\]"):
        read_devices(path)


def test_signals_are_bytes() -> None:
    assert signal_bytes(r"\x1bA\r\n\\") == b"\x1bA\r\n\\"
    with pytest.raises(ValueError, match="no ASCII"):
        signal_bytes(r"\q")


def test_every_kind_has_an_adapter_and_every_remedy_a_sentence() -> None:
    kinds = {
        "scale",
        "scanner",
        "camera",
        "anpr",
        "printer",
        "reader",
        "radiation",
        "seal",
        "inspection",
        "logger",
        "relay",
    }
    assert set(ADAPTERS) == kinds
    assert all(remedy in REMEDIES for _, remedy in WHY.values())

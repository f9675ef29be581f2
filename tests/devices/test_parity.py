"""A line of seven bits and parity on a port of eight: seen in the bytes, said in words, by the probe and in the health."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.parity import LEAST, in_words, parity_of, without_parity
from devices.probe import probe
from simulators.line import with_parity
from tests.support.wires import fleet, run, scale_table, until, world

A9 = b"\x02+00123401F\x03" * 3
LINE = b"ST,GS,+00123.4kg\r\n" * 3
SCALE: dict[str, Any] = {
    "id": "s",
    "kind": "scale",
    "kg": 24360,
    "capacity_kg": 60000,
    "division_kg": 20,
    "rate_hz": 50,
}


def odd(data: bytes) -> bytes:
    return bytes(byte ^ 0x80 for byte in with_parity(data))


def test_parity_is_seen_in_text_and_in_nothing_else() -> None:
    assert parity_of(with_parity(LINE)) == "E"
    assert parity_of(odd(LINE)) == "O"
    assert without_parity(odd(LINE)) == LINE
    for other in (
        b"",
        LINE,
        A9,
        with_parity(LINE)[: LEAST - 1],
        bytes(range(256)),
        b"\x80" * 60,
        b"\xff\x10\x34\x12\x00" * 12,
    ):
        assert parity_of(other) is None


@given(st.binary(min_size=LEAST, max_size=80), st.integers(0, 79), st.integers(0, 7))
def test_one_wrong_bit_is_no_parity(data: bytes, at: int, bit: int) -> None:
    spoilt = bytearray(with_parity(data))
    spoilt[at % len(spoilt)] ^= 1 << bit
    assert parity_of(bytes(spoilt)) is None


@pytest.mark.parametrize("protocol", ["and_standard", "toledo_continuous"])
def test_the_probe_names_protocol_and_parity(tmp_path: Path, protocol: str) -> None:
    async def story() -> None:
        async with world(tmp_path, [{**SCALE, "protocol": protocol}]) as simulated:
            await simulated.do("fault", {"device": "s", "parity": True})
            url = simulated.devices["s"].describe()["url"]
            report = await probe(url, seconds=0.5, lines=[{"baudrate": 9600, "bytesize": 8, "parity": "N"}])
        assert report.best is not None
        assert report.best[1].protocol == protocol
        assert "9600 7E1" in report.sentence
        assert in_words("E") in report.sentence

    run(story())


def test_the_health_of_a_device_names_the_parity(tmp_path: Path) -> None:
    async def story() -> None:
        scales = [{**SCALE, "id": name, "protocol": name} for name in ("and_standard", "toledo_continuous")]
        async with world(tmp_path, scales) as simulated:
            for name in ("and_standard", "toledo_continuous"):
                await simulated.do("fault", {"device": name, "parity": True})
            tables = [
                scale_table(
                    simulated.devices[name].describe()["url"], name, id=name, silence_s=0.5, unit=None
                )
                for name in ("and_standard", "toledo_continuous")
            ]
            async with fleet(tables) as working:
                await until(
                    lambda: working.health_of("and_standard").code == "parity", "nothing is understood"
                )
                await until(
                    lambda: working.health_of("toledo_continuous").code == "parity", "it works all the same"
                )
                strict, masking = working.health_of("and_standard"), working.health_of("toledo_continuous")
        assert (strict.state, masking.state) == ("odd_data", "live")
        assert strict.sentence == masking.sentence == in_words("E")
        assert strict.remedy == "set_parity"
        assert "strip_bit7" in strict.to_dict()["advice"]

    run(story())

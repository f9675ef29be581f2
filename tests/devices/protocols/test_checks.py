"""The check codes against worked examples that others published or recorded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.protocols import checks


def test_toledo_sum_makes_the_frame_total_zero_modulo_128() -> None:
    assert checks.sum7(bytes.fromhex("022A30202031323334302020202020300D")) == 0x0D


def test_yaohua_xor_as_two_characters() -> None:
    assert checks.hex_pair(checks.xor(b"+0012340")) == b"1F"
    assert checks.add30_pair(0x1D) == b"1="


def test_cas_xor_as_one_raw_byte() -> None:
    assert checks.xor(b"S  1.250kg") == 0x77


def test_ssi_sum() -> None:
    assert checks.sum16(bytes.fromhex("04D00400")) == 0xFF28


def test_modbus_crc() -> None:
    assert checks.crc16_modbus(bytes.fromhex("010300500002")).to_bytes(2, "little") == bytes.fromhex("C41A")


def test_massak_crc_of_two_recorded_frames() -> None:
    assert checks.crc16_massak(b"\x23") == 0x23
    assert checks.crc16_massak(bytes.fromhex("24000000000101000100000000")) == 0x23FC


def test_tenzo_crc_and_its_residue() -> None:
    assert checks.crc8_tenzo(bytes.fromhex("01C3")) == 0xE3
    assert checks.crc8_tenzo(bytes.fromhex("01C3E3")) == 0


@pytest.mark.parametrize(("digits", "check"), [("10614141234567890", 8), ("400638133393", 1), ("9638507", 4)])
def test_gs1_check_digit(digits: str, check: int) -> None:
    assert checks.gs1_mod10(digits) == check


@pytest.mark.parametrize("digits", ["12a", "", "١٢٣", "-1"])  # noqa: RUF100
def test_gs1_refuses_what_is_no_key(digits: str) -> None:
    with pytest.raises(ValueError, match="ASCII digits"):
        checks.gs1_mod10(digits)


def test_mrz_check_digit() -> None:
    assert checks.mrz_mod10("740812") == 2
    assert checks.mrz_mod10("L898902C3") == 6
    with pytest.raises(ValueError, match="machine readable zone"):
        checks.mrz_mod10("a")


@given(st.binary(max_size=40), st.integers(0, 39), st.integers(1, 255))
def test_every_crc_sees_one_garbled_byte(data: bytes, place: int, flip: int) -> None:
    if place >= len(data):
        return
    garbled = bytes(b ^ flip if at == place else b for at, b in enumerate(data))
    assert checks.crc16_modbus(garbled) != checks.crc16_modbus(data)
    assert checks.crc16_massak(garbled) != checks.crc16_massak(data)
    assert checks.crc8_tenzo(garbled) != checks.crc8_tenzo(data)
    assert checks.xor(garbled) != checks.xor(data)

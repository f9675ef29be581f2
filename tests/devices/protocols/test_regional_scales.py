"""Keli, Tenzo-M, Massa-K, Laumas and Modbus transmitters beyond the example frames."""

from __future__ import annotations

import struct
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from devices.decode import decode
from devices.protocols import Label, Message, Noise, Weight, codec
from devices.protocols.checks import crc8_tenzo, crc16_massak, crc16_modbus, hex_pair, xor
from devices.protocols.modbus_layouts import NUMBERS, read_number, single_precision, write_number

KG = {"unit": "kg"}


def values(name: str, wire: bytes, config: dict[str, Any] | None = None) -> list[Decimal | None]:
    reader = codec(name, config)
    return [r.value for r in [*reader.feed(wire), *reader.flush()] if isinstance(r, Weight)]


def back(name: str, weight: Weight, config: dict[str, Any]) -> Weight:
    """What is left of a weight after it has been said and read."""
    both = codec(name, config)
    (found,) = [*both.feed(both.encode(weight)), *both.flush()]
    assert isinstance(found, Weight)
    return replace(found, raw=b"")


@given(
    st.integers(0, 999999),
    st.integers(0, 5),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["low_first", "high_first"]),
)
def test_keli_round_trip(count: int, places: int, stable: bool, minus: bool, order: str) -> None:
    value = Decimal(count).scaleb(-places)
    weight = Weight(
        value.copy_negate() if minus else value,
        "kg",
        stable,
        None,
        -1 if minus else 1,
        frozenset() if stable else frozenset({"motion"}),
    )
    assert back("keli_bcd5", weight, KG | {"bcd": order}) == weight


def test_keli_finds_its_frame_after_a_cut_one() -> None:
    assert values("keli_bcd5", bytes.fromhex("34 12 00 FF 10 FF 10 34 12 00"), KG) == [Decimal(1234)]
    assert decode("keli_bcd5", "FF 16 34 12 00")["error"] == "bad_format"


def tenzo(*body: int) -> bytes:
    message = bytes(body)
    message += bytes((crc8_tenzo(message),))
    return b"\xff" + message.replace(b"\xff", b"\xff\xfe") + b"\xff\xff"


@given(
    st.integers(1, 159),
    st.integers(0, 999999),
    st.integers(0, 6),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["gross", "net"]),
)
def test_tenzo_round_trip(addr: int, count: int, places: int, stable: bool, minus: bool, mode: Any) -> None:
    value = Decimal(count).scaleb(-places)
    weight = Weight(
        value.copy_negate() if minus else value,
        "kg",
        stable,
        mode,
        -1 if minus else 1,
        frozenset() if stable else frozenset({"motion"}),
        {"addr": addr},
    )
    assert back("tenzo_m", weight, KG) == weight


@given(st.binary(min_size=0, max_size=20), st.integers(0, 159), st.integers(0, 255))
@example(b"\x00", 0, 0xEE)
def test_tenzo_stuffing_is_undone_whatever_the_data(data: bytes, addr: int, operation: int) -> None:
    both = codec("tenzo_m", {"request": True})
    fields: dict[str, Any] = {"command": f"{operation:02X}", "addr": addr}
    if addr == 0:
        fields["serial"] = 70000
    if data:
        fields["data"] = data.hex().upper()
    wire = both.encode(Message(fields))
    assert b"\xff\xff" not in wire[1:-2], "only the end mark has two FF"
    (found,) = [*both.feed(wire), *both.flush()]
    assert isinstance(found, Message)
    assert found.fields == fields


def test_tenzo_start_and_end_marks_between_frames() -> None:
    frame = tenzo(1, 0xC3, 0x40, 0x23, 0x01, 0x10)
    for wire in (frame * 2, b"\xff\xff" + frame + b"\xff" + frame, frame[3:] + frame + frame[:4] + frame):
        assert values("tenzo_m", wire, KG)[-2:] in ([Decimal(12340)] * 2, [Decimal(12340)])
        assert set(values("tenzo_m", wire, KG)) == {Decimal(12340)}
    assert len(values("tenzo_m", frame * 2, KG)) == 2


def test_tenzo_extended_address_and_key_event() -> None:
    found = decode("tenzo_m", tenzo(0, 0x70, 0x11, 0x01, 0xC2, 0x05, 0, 0, 0x51))
    assert (found["addr"], found["serial"], found["weight"], found["event"]) == (0, 70000, "0.5", True)


def test_tenzo_refuses_what_the_crc_cannot_see() -> None:
    for body in ((1, 0xC3, 0x4A, 0, 0, 0x10), (1, 0xC3, 0x40, 0, 0x10), (200, 0xC3, 0, 0, 0, 0x10)):
        assert decode("tenzo_m", tenzo(*body))["error"] == "bad_format"


def test_tenzo_643_takes_the_last_complete_answer_and_never_a_cut_one() -> None:
    assert values("tenzo_643", b"=  12=  12340\x04=  123", KG) == [Decimal(12340)]
    assert decode("tenzo_643", b"=       \x04")["error"] == "not_a_weight"
    assert values("tenzo_643", b"=  12345\x00", KG | {"tenths": True}) == [Decimal("1234.5")]
    assert values("tenzo_643", b"=  12345\x00", KG) == [Decimal(12345)]


def massak(body: bytes) -> bytes:
    return b"\xf8\x55\xce" + len(body).to_bytes(2, "little") + body + crc16_massak(body).to_bytes(2, "little")


@given(
    st.integers(-(2**31), 2**31 - 1),
    st.integers(0, 4),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1)),
)
def test_massak_answers_mean_what_the_division_says(
    count: int, code: int, stable: bool, net: bool, zero: bool, tare: int | None
) -> None:
    factor, unit = [("0.1", "g"), ("1", "g"), ("10", "g"), ("100", "g"), ("1", "kg")][code]
    body = b"\x24" + count.to_bytes(4, "little", signed=True) + bytes((code, stable, net, zero))
    if tare is not None:
        body += tare.to_bytes(4, "little", signed=True)
    reader = codec("massak_100")
    (found,) = reader.feed(massak(body))
    assert isinstance(found, Weight)
    assert (found.value, found.unit, found.stable) == (count * Decimal(factor), unit, stable)
    assert found.mode == ("net" if net else "gross")
    assert ("zero" in found.status) == zero
    assert found.extra.get("tare") == (None if tare is None else tare * Decimal(factor))
    again = codec("massak_100")
    (second,) = again.feed(again.encode(found))
    assert replace(second, raw=b"") == replace(found, raw=b"")


def test_massak_older_answer_and_refusals() -> None:
    old = decode("massak_100", massak(bytes.fromhex("10 F4 01 00 00 01 01")))
    assert (old["weight"], old["unit"], old["stable"], old["mode"]) == ("500", "g", True, None)
    for code in (0x15, 0xF0, 0x14):
        assert decode("massak_100", massak(bytes((code,))))["status"] == ["error"]
    assert decode("massak_100", massak(bytes.fromhex("24 F4 01 00 00 07 01 00 00")))["error"] == "bad_format"
    assert codec("massak_100").poll() == bytes.fromhex("F8 55 CE 01 00 23 23 00")


@given(
    st.integers(0, 0x7FFFFF),
    st.sampled_from([0, 1, 4, 5]),
    st.booleans(),
    st.sampled_from([0, 0x40, 0x80, 0xC0]),
)
def test_massak_1c_answers(count: int, code: int, minus: bool, status: int) -> None:
    wire = bytes((status, code)) + (count | (0x800000 if minus else 0)).to_bytes(3, "little")
    (found,) = codec("massak_1c").feed(wire)
    assert isinstance(found, Weight)
    factor = Decimal({0: "1", 1: "0.1", 4: "10", 5: "100"}[code])
    assert found.value == (-count if minus else count) * factor
    assert found.stable == bool(status & 0x80)
    assert found.sign == (-1 if minus else 1)


def test_massak_1c_answer_to_45_needs_the_division() -> None:
    config = {"command": "45", "division_g": "0.5"}
    assert values("massak_1c", bytes.fromhex("03 80"), config) == [Decimal("-1.5")]
    assert codec("massak_1c", config).poll() == b"\x45"
    with pytest.raises(ValueError, match="division_g"):
        codec("massak_1c", {"division_g": 0})


@given(st.integers(-99999, 999999), st.sampled_from("tn"), st.sampled_from(["01", "99"]))
def test_laumas_round_trip(count: int, letter: str, addr: str) -> None:
    weight = Weight(
        Decimal(count),
        "kg",
        None,
        "gross" if letter == "t" else "net",
        -1 if count < 0 else 1,
        frozenset(),
        {"addr": addr},
    )
    assert back("laumas_ascii", weight, KG) == weight


def laumas(text: str) -> bytes:
    return b"&" + text.encode() + b"\\" + hex_pair(xor(text.encode())) + b"\r"


def test_laumas_alarms_are_no_weights() -> None:
    assert decode("laumas_ascii", laumas("01  O-L t"))["status"] == ["overload"]
    assert decode("laumas_ascii", laumas("01  O-F n"))["status"] == ["error"]
    assert decode("laumas_ascii", b"&01#\r") == {"command": "ack", "addr": "01", "result": "out_of_range"}
    assert decode("laumas_ascii", laumas("0115")) == {
        "command": "D",
        "addr": "01",
        "decimals": 1,
        "division": 5,
    }
    assert decode("laumas_ascii", laumas("01 1.2.3t"))["error"] == "bad_format"
    assert codec("laumas_ascii", {"ask": "n"}).poll() == b"$01n6F\r"


def modbus(frame: bytes) -> bytes:
    return frame + crc16_modbus(frame).to_bytes(2, "little")


@given(st.sampled_from(sorted(NUMBERS)), st.data())
def test_every_number_layout_is_its_own_inverse(layout: str, data: st.DataObject) -> None:
    raw = data.draw(st.binary(min_size=2 * NUMBERS[layout], max_size=2 * NUMBERS[layout]))
    value = read_number(layout, raw)
    if value is not None and not (value == 0 and layout.startswith("float")):
        assert write_number(layout, value) == raw


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_singles_become_the_shortest_decimal(number: float) -> None:
    packed = struct.pack(">f", number)
    value = single_precision(packed)
    assert value is not None
    assert struct.pack(">f", float(value)) == packed
    assert len(value.normalize().as_tuple().digits) <= 9


def test_modbus_word_order_is_visible() -> None:
    answer = modbus(bytes.fromhex("01 03 04 11 70 00 01"))
    assert values("modbus_rtu", answer, {"layout": "int32_wordswap"}) == [Decimal(70000)]
    assert values("modbus_rtu", answer, {"layout": "int32_be"}) == [Decimal(292552705)]


def test_modbus_status_word_beside_a_number() -> None:
    config = KG | {"layout": "int32_be", "weight_at": 1, "status_at": 0, "status": "general_measure"}
    steady = decode("modbus_rtu", modbus(bytes.fromhex("01 03 06 00 05 00 00 00 64")), config)
    assert (steady["weight"], steady["stable"], steady["status_word"]) == ("-100", True, 5)
    over = decode("modbus_rtu", modbus(bytes.fromhex("01 03 06 00 08 00 00 00 64")), config)
    assert (over["weight"], over["status"]) == (None, ["motion", "overload"])
    with pytest.raises(ValueError, match="status_at"):
        codec("modbus_rtu", {"layout": "int32_be", "status": "dini"})


def test_modbus_laumas_block_gives_the_weight_shown() -> None:
    config = KG | {"layout": "laumas"}
    wire = modbus(bytes.fromhex("01 03 0A 0C 80 00 00 5F F0 00 00 3F D4"))
    found = decode("modbus_rtu", wire, config)
    assert (found["weight"], found["mode"], found["stable"]) == ("16340", "net", True)
    assert (found["gross"], found["net"]) == ("-24560", "16340")
    assert codec("modbus_rtu", config).poll() == modbus(bytes.fromhex("01 03 00 06 00 05"))


def test_modbus_not_a_number_is_no_weight() -> None:
    wire = modbus(bytes.fromhex("01 03 04 7F C0 00 00"))
    found = decode("modbus_rtu", wire, {"layout": "float_be"})
    assert (found["weight"], found["status"]) == (None, ["invalid"])


def test_modbus_answer_of_another_unit_or_size_is_refused() -> None:
    config = {"layout": "int32_be", "addr": 2}
    assert (
        decode("modbus_rtu", modbus(bytes.fromhex("01 03 04 00 00 00 05")), config)["error"] == "bad_sequence"
    )
    assert decode("modbus_rtu", modbus(bytes.fromhex("02 03 02 00 05")), config)["error"] == "bad_format"


def test_modbus_answers_glued_and_after_noise() -> None:
    answer = modbus(bytes.fromhex("01 03 04 00 00 00 05"))
    assert values("modbus_rtu", b"\x01\x03\xfa" + answer * 3, {"layout": "int32_be"}) == [Decimal(5)] * 3


@given(st.integers(1, 247), st.integers(0, 65535), st.lists(st.integers(0, 65535), min_size=1, max_size=60))
def test_modbus_requests_and_registers_round_trip(unit: int, start: int, registers: list[int]) -> None:
    host = codec("modbus_rtu", direction="host_to_device")
    write = {"addr": unit, "function": 16, "start": start, "count": len(registers), "values": registers}
    (found,) = host.feed(host.encode(Message(write)))
    assert isinstance(found, Message)
    assert found.fields == write
    device = codec("modbus_rtu")
    answer = {"addr": unit, "function": 3, "values": registers}
    (found,) = device.feed(device.encode(Message(answer)))
    assert isinstance(found, Message)
    assert found.fields == answer


@pytest.mark.parametrize(
    "name", ["keli_bcd5", "tenzo_m", "tenzo_643", "massak_1c", "laumas_ascii", "modbus_rtu"]
)
def test_a_label_is_nothing_a_scale_can_say(name: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        codec(name).encode(Label("X"))


def test_half_answers_are_one_piece_of_noise() -> None:
    for name, wire in (
        ("modbus_rtu", "01 03 04 00 00"),
        ("massak_1c", "80 00 E2"),
        ("massak_100", "F8 55 CE 0D 00 24"),
    ):
        reader = codec(name)
        assert reader.feed(bytes.fromhex(wire)) == []
        (found,) = reader.flush()
        assert isinstance(found, Noise)
        assert (found.error, found.raw) == ("truncated", bytes.fromhex(wire))

"""Yaohua indicators: the truck-scale stream, the command dialog, the text formats."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.protocols import Message, Noise, Weight, codec
from devices.protocols.checks import add30_pair, hex_pair, xor

KG = {"unit": "kg"}
COUNTS = st.integers(0, 999999)
PLACES = st.integers(0, 4)


def a9(count: int, places: int, *, minus: bool = False) -> Weight:
    value = Decimal(count).scaleb(-places)
    return Weight(
        value.copy_negate() if minus else value,
        "kg",
        None,
        None,
        -1 if minus else 1,
        frozenset(),
        {"decimals": places},
    )


def clean(name: str, wire: bytes, config: Mapping[str, object] | None = None) -> list[object]:
    """What the codec says about clean bytes, without raw."""
    reader = codec(name, KG if config is None else config)
    return [r.fields if isinstance(r, Message) else r for r in [*reader.feed(wire), *reader.flush()]]


@given(COUNTS, PLACES, st.booleans(), st.sampled_from(["hex", "add30"]))
def test_a9_says_and_reads_every_weight(count: int, places: int, minus: bool, nibble: str) -> None:
    both = codec("yaohua_a9", KG | {"nibble": nibble})
    weight = a9(count, places, minus=minus)
    wire = both.encode(weight)
    assert len(wire) == 12
    assert wire[9:10] == b"1", "the first check character of a valid frame is always 1"
    (found,) = both.feed(wire)
    assert isinstance(found, Weight)
    assert (found.value, found.sign, found.extra) == (weight.value, weight.sign, weight.extra)
    assert found.raw == wire


def test_a9_minus_zero_stays_visible() -> None:
    (found,) = clean("yaohua_a9", b"\x02-00000001D\x03")
    assert isinstance(found, Weight)
    assert (found.value, found.sign) == (0, -1)


def test_a9_the_decimals_digit_is_the_exponent() -> None:
    for places, text in enumerate(("85", "8.5", "0.85", "0.085", "0.0085")):
        field = f"+000085{places}".encode()
        (found,) = clean("yaohua_a9", b"\x02" + field + hex_pair(xor(field)) + b"\x03")
        assert isinstance(found, Weight)
        assert found.value == Decimal(text)


@given(COUNTS, PLACES, st.integers(1, 8), st.integers(1, 255))
def test_a9_one_wrong_byte_in_the_field_is_never_a_weight(
    count: int, places: int, place: int, flip: int
) -> None:
    wire = bytearray(codec("yaohua_a9", KG).encode(a9(count, places)))
    wire[place] ^= flip
    assert not any(isinstance(r, Weight) for r in clean("yaohua_a9", bytes(wire)))


def test_a9_frames_of_the_other_nibble_coding_are_refused_with_advice() -> None:
    wire = codec("yaohua_a9", {"nibble": "add30"}).encode(a9(999999, 0, minus=True))
    (found,) = clean("yaohua_a9", wire)
    assert isinstance(found, Noise)
    assert found.error == "bad_checksum"
    assert "nibble" in found.reason


def test_a9_lower_case_check_and_meaningless_check_are_refused() -> None:
    for wire in (b"\x02+00123401f\x03", b"\x02+001234000\x03"):
        (found,) = clean("yaohua_a9", wire)
        assert isinstance(found, Noise)
        assert found.error == "bad_checksum"


def test_a9_has_no_default_unit() -> None:
    (found,) = clean("yaohua_a9", b"\x02+00123401F\x03", {})
    assert isinstance(found, Weight)
    assert found.unit is None


@pytest.mark.parametrize(
    "weight",
    [
        Weight(None, "kg", None, None, None, frozenset({"overload"})),
        Weight(Decimal(1000000), "kg", None, None, 1),
        Weight(Decimal("0.00001"), "kg", None, None, 1),
        Weight(Decimal("1.5"), "kg", None, None, 1, frozenset(), {"decimals": 0}),
    ],
)
def test_a9_refuses_to_say_what_its_wire_cannot(weight: Weight) -> None:
    with pytest.raises(ValueError, match=r"no way|does not fit|decimal places"):
        codec("yaohua_a9", KG).encode(weight)


@given(COUNTS, PLACES, st.sampled_from(["gross", "tare", "net"]), st.sampled_from("ABMZ"))
def test_cmd_answers_round_trip(count: int, places: int, mode: str, addr: str) -> None:
    both = codec("yaohua_cmd", KG)
    said = Weight(Decimal(count).scaleb(-places), "kg", None, mode, 1, frozenset(), {"addr": addr})  # type: ignore[arg-type]
    (found,) = both.feed(both.encode(said))
    assert isinstance(found, Weight)
    assert (found.value, found.mode, found.extra) == (said.value, mode, {"addr": addr})


def test_cmd_numbers_typed_in_at_the_indicator() -> None:
    for command, text, name in (("E", "01234", "vehicle"), ("F", "007", "cargo"), ("G", "042", "customer")):
        body = f"A{command}{text}".encode()
        wire = b"\x02" + body + hex_pair(xor(body)) + b"\x03"
        assert clean("yaohua_cmd", wire) == [{"command": command, "addr": "A", name: text}]


def test_cmd_asks_reads_only_and_hears_its_own_question() -> None:
    asking = codec("yaohua_cmd", {"addr": "C", "ask": "D"})
    question = asking.poll()
    assert question == b"\x02CD07\x03"
    host = codec("yaohua_cmd", direction="host_to_device")
    (found,) = host.feed(question)
    assert isinstance(found, Message)
    assert found.fields == {"command": "D", "addr": "C"}


def test_cmd_a22_check_of_zero_command() -> None:
    body = b"AZ"
    wire = b"\x02" + body + add30_pair(xor(body)) + b"\x03"
    assert clean("yaohua_cmd", wire, {"nibble": "add30"}) == [{"command": "Z", "addr": "A"}]


@given(
    st.integers(0, 9999999),
    st.integers(0, 3),
    st.booleans(),
    st.sampled_from(["before", "after"]),
)
def test_equals_round_trip(count: int, places: int, backwards: bool, side: str) -> None:
    both = codec("equals", KG | {"reversed": backwards, "delimiter": side})
    value = Decimal(count).scaleb(-places)
    weight = Weight(value, "kg", None, None, 1)
    try:
        wire = both.encode(weight)
    except ValueError:
        assert len(str(value)) > 8
        return
    found = [*both.feed(wire * 3), *both.flush()]
    assert [r.value for r in found if isinstance(r, Weight)] == [value] * 3
    assert len(found) == 3


def test_equals_needs_the_right_number_of_characters_on_both_sides() -> None:
    for wire in (b"=000.30=000.3000", b"=000.30000=000.3000"):
        found = clean("equals", wire)
        assert [type(r) for r in found] == [Noise, Weight]
    after = {"delimiter": "after"} | KG
    for wire in (b"321000=04321000=", b"004321000=04321000="):
        values = [r.value for r in clean("equals", wire, after) if isinstance(r, Weight)]
        assert values == [Decimal(12340)], wire


def test_equals_dashes_and_blanks_are_no_zero() -> None:
    for body in (b"--------", b"        "):
        (found,) = clean("equals", b"=" + body)
        assert isinstance(found, Noise)
        assert found.error == "not_a_weight"


@given(st.integers(0, 999999), st.integers(0, 3), st.booleans(), st.sampled_from(["gross", "net"]))
def test_a12e_round_trip(count: int, places: int, minus: bool, mode: str) -> None:
    both = codec("yaohua_a12e")
    value = Decimal(count).scaleb(-places)
    weight = Weight(value.copy_negate() if minus else value, "kg", None, mode, -1 if minus else 1)  # type: ignore[arg-type]
    try:
        wire = both.encode(weight)
    except ValueError:
        return
    assert len(wire) == 15
    (found,) = both.feed(wire)
    assert isinstance(found, Weight)
    assert (found.value, found.sign, found.mode) == (weight.value, weight.sign, mode)


def test_wg_ascii_in_capitals_and_with_blanks() -> None:
    for wire in (b"WN000.500KG\r\n", b"wn  0.500kg\n", b"wn   0.500 kg\r"):
        (found,) = clean("wg_ascii", wire, {})
        assert isinstance(found, Weight)
        assert (found.value, found.unit, found.mode) == (Decimal("0.500"), "kg", "net")

"""What a badly set line does to frames, and that a frame damaged so is never read as another weight."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.protocols import codec
from devices.protocols.results import Weight
from simulators.faults import Faults, Rates
from simulators.line import at_wrong_speed, with_parity
from tests.simulators.every import SCALES, settings


@given(st.binary(max_size=60))
def test_parity_changes_bit_7_only_and_makes_every_byte_even(data: bytes) -> None:
    seen = with_parity(data)
    assert [byte & 0x7F for byte in seen] == [byte & 0x7F for byte in data]
    assert not any(byte.bit_count() % 2 for byte in seen)


def test_known_bytes_at_the_wrong_speed() -> None:
    # U is 0101010101 on the line: at half the speed every bit covers one low and one high
    assert at_wrong_speed(b"") == b""
    assert at_wrong_speed(b"ST,GS,+00124.5kg\r\n") != b"ST,GS,+00124.5kg\r\n"
    assert len(at_wrong_speed(b"A" * 40)) <= 40
    assert len(at_wrong_speed(b"A" * 40, "double")) >= 40


@given(st.binary(min_size=1, max_size=80), st.sampled_from(["half", "double"]))
def test_any_bytes_come_through_as_some_bytes(data: bytes, ratio: str) -> None:
    assert len(at_wrong_speed(data, ratio)) <= 3 * len(data)  # type: ignore[arg-type]


def frame_of(protocol: str) -> tuple[Decimal, bytes]:
    """124.5 kg in the unit of the format, and as it goes over the wire."""
    unit = "g" if protocol.startswith("massak") else "kg"
    value = Decimal(124500) if unit == "g" else Decimal("124.5")
    extra = {"gross": value, "net": value} if protocol == "modbus_rtu" else {}
    return value, codec(protocol, settings(protocol)).encode(
        Weight(value, unit, True, "gross", 1, extra=extra)
    )


#: a device can only be set to seven bits when its format needs no more
SEVEN_BITS = [name for name in SCALES if frame_of(name)[1].isascii()]


@pytest.mark.parametrize(
    ("fault", "protocol"),
    [*(("parity", name) for name in SEVEN_BITS), *(("baud", name) for name in SCALES)],
)
def test_a_badly_set_line_gives_the_right_weight_or_none(protocol: str, fault: str) -> None:
    """Parity left in is survived by 7-bit protocols and refused by the others; a wrong speed is refused by all."""
    value, frame = frame_of(protocol)
    faults, reader = Faults(1, Rates(**{fault: True})), codec(protocol, settings(protocol))
    results = reader.feed(b"".join(piece for _ in range(5) for piece in faults.apply(frame)))
    results += reader.flush()
    heard = {result.value for result in results if isinstance(result, Weight)}
    assert heard <= ({None, value} if fault == "parity" else {None})

"""The configurable parser: what a pattern may be, and what comes out whatever the cuts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.decode import decode
from devices.protocols import Noise, Weight, codec
from devices.protocols.patterns import compile_frame


def read(frame: str, wire: bytes, **config: Any) -> list[Any]:
    reader = codec("generic", {"frame": frame, **config})
    return [*reader.feed(wire), *reader.flush()]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"\d+\r\n", "no group"),
        (r"(?P<weight>\d+", "does not compile"),
        (r"(?P<weight>\d*)", "matches nothing"),
        (r"(?P<weight>(\d+)+)\r", "repeated group"),
        (r"(?P<weight>(?:\d*\.?)*)\r", "repeated group"),
        (r"(?P<weight>(\d?){1,50})\r", "repeated group"),
        (r".*(?P<weight>\d+)\r", "end of the pattern"),
        (r"\x02(?P<weight>\d+)[^\r]*", "end of the pattern"),
        (r"\x02.*?a.*?b.*?(?P<weight>\d+)\r", "repeats in a row"),
        (r"(?P<weight>(?:\d|\d\d)+)\r", "start alike"),
        (r"(?P<weight>(?:\d|[0-5])*1)\r", "start alike"),
        (r"(?P<weight>\d(?:a|)*)\r", "empty alternative"),
        (r"(?P<a>\d)(?P<weight>\d+)(?P=a)\r", "reference"),
        (r"(\d)(?P<weight>\d+)\1\r", "reference"),
        ("(?P<weight>\\d+)я", "Latin-1"),
    ],
)
def test_patterns_that_are_refused_say_why(pattern: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        codec("generic", {"frame": pattern})


@pytest.mark.parametrize(
    ("pattern", "mark"),
    [
        (r"(?P<weight>\d+)\r\n", 10),
        (r"\x02(?P<weight>\d{6})\x03", 3),
        (r"\x02(?P<weight>\d{6})", None),
        (r"(?P<weight>\d+)\r\n?", None),
        (r"a(?P<weight>\d+)\r|b(?P<x>\d+)\n", None),
        (r"(?P<weight>\d{1,3}(?:,\d{3})*)=", 0x3D),
        (r"\x02.*?(?P<weight>\d+\.\d+).*?\x03", 3),
        (r"(?:GS|NT)+ *(?P<weight>[-+ ]*\d+(?:\.\d+)?)\s*(?P<unit>\w+)\s*\n", 10),
    ],
)
def test_end_marks_are_found(pattern: str, mark: int | None) -> None:
    assert compile_frame(pattern)[1] == mark


@given(st.lists(st.integers(0, 999999), min_size=1, max_size=6), st.integers(1, 5))
def test_without_end_mark_a_number_is_never_cut_short(numbers: list[int], step: int) -> None:
    wire = b"".join(b"\x02%d" % number for number in numbers)
    reader = codec("generic", {"frame": r"\x02(?P<weight>\d+)"})
    found = [r for at in range(0, len(wire), step) for r in reader.feed(wire[at : at + step])]
    found += reader.flush()
    assert [r.value for r in found if isinstance(r, Weight)] == numbers


def test_groups_and_settings() -> None:
    frame = r"(?P<mode>[GNT]) (?P<sign>[ N-])(?P<weight>[ \d.,]+)(?P<unit>kg|t|lb) (?P<status>\w+)\r"
    config: dict[str, Any] = {
        "stable": ["ST"],
        "modes": {"G": "gross", "N": "net", "T": "tare"},
        "negative": ["-", "N"],
        "status_words": {"OL": "overload"},
        "decimal_comma": True,
    }
    (found,) = read(frame, b"N N  12,50kg ST\r", **config)
    assert isinstance(found, Weight)
    assert (found.value, found.mode, found.stable, found.unit, found.sign) == (
        Decimal("-12.50"),
        "net",
        True,
        "kg",
        -1,
    )
    (found,) = read(frame, b"G      0,00t OL\r", **config)
    assert isinstance(found, Weight)
    assert (found.value, sorted(found.status), found.unit) == (None, ["motion", "overload"], "t")


def test_a_wire_number_is_never_guessed() -> None:
    frame = r"W(?P<weight>[\d., ]+)\r"
    for wire in (b"W1.2.3\r", b"W1 2\r", b"W1,5\r", b"W...\r"):
        (found,) = read(frame, wire)
        assert isinstance(found, Noise)
        assert found.error == "bad_format"


def test_a_frame_without_weight_needs_a_word_for_it() -> None:
    frame = r"\x02(?:(?P<weight>\d+)|-+)\x03"
    (found,) = read(frame, b"\x02---\x03")
    assert isinstance(found, Noise)
    assert "no_weight" in found.reason
    (found,) = read(frame, b"\x02---\x03", no_weight="invalid")
    assert isinstance(found, Weight)
    assert (found.value, sorted(found.status)) == (None, ["invalid"])


def test_noise_between_frames_is_counted() -> None:
    found = decode("generic", b"xx\x0212\x03yyy\x0234\x03", {"frame": r"\x02(?P<weight>\d+)\x03"})
    assert [r["weight"] for r in found["readings"]] == ["12", "34"]
    assert found["skipped"] == 5


def test_a_flood_is_bounded() -> None:
    reader = codec("generic", {"frame": r"\x02(?P<weight>\d+)\x03", "max": 64})
    for _ in range(200):
        reader.feed(b"\x02" + b"1" * 99)
        assert reader.pending <= 64 + 256  # type: ignore[attr-defined]
    assert any(isinstance(r, Weight) for r in [*reader.flush(), *reader.feed(b"\x0212\x03")])


@given(st.decimals("0", "99999", places=2))
def test_template_speaks_what_the_pattern_reads(value: Decimal) -> None:
    both = codec(
        "generic",
        {
            "frame": r"ST (?P<sign>[+-]) *(?P<weight>\d+\.\d+) (?P<unit>kg)\r\n",
            "send": "ST {sign} {weight} {unit}\r\n",
            "unit": "kg",
            "poll": "P\r",
        },
    )
    (found,) = both.feed(both.encode(Weight(value, "kg", None, None, 1)))
    assert isinstance(found, Weight)
    assert found.value == value
    assert both.poll() == b"P\r"
    with pytest.raises(ValueError, match="does not match"):
        both.encode(Weight(Decimal(5), "kg", None, None, 1))

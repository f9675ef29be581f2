"""The shared bases: bounded, linear, indifferent to cuts; and strict numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.protocols import Message, Noise, Result
from devices.protocols.framing import (
    LINE_LIMIT,
    FrameCodec,
    LineCodec,
    Refuse,
    Span,
    Verdict,
    accept,
    refuse,
    span,
)
from devices.protocols.noise import NOISE_LIMIT
from devices.protocols.values import decimal, number, plain, scaled, unit_of, whole_number


class Lines(LineCodec):
    """Every line that starts with ``ok`` is a message."""

    def line(self, line: bytes) -> Result | None:
        if line.startswith(b"ok"):
            return Message({"text": line.decode("latin-1")})
        return refuse("bad_format", "does not start with ok")


class Frames(FrameCodec):
    """STX, three letters, CR."""

    def __init__(self) -> None:
        super().__init__(b"\x02", limit=8, after=b"\n")

    def match(self, data: bytes, at: int) -> Verdict:
        found = span(data, at, ends=b"\r", limit=self.limit)
        if not isinstance(found, Span):
            return found
        if len(found.text) != 3:
            return Refuse("bad_format", "not three letters")
        return accept(found.length, Message({"text": found.text.decode("ascii")}))


def texts(results: list[Result]) -> list[object]:
    return [
        r.fields["text"] if isinstance(r, Message) else r.error
        for r in results
        if isinstance(r, Message | Noise)
    ]


def test_lines_end_in_cr_lf_or_both_and_empty_ones_are_ignored() -> None:
    assert texts(Lines().feed(b"ok1\rok2\nok3\r\n\r\n\n\rok4\r")) == ["ok1", "ok2", "ok3", "ok4"]


def test_unprintable_bytes_are_skipped_only_at_the_start_of_a_line() -> None:
    skipped, read, refused = Lines().feed(b"\x00\xffok1\r\nno\x01ok\r\n")
    assert skipped == Noise("noise", b"\x00\xff", "unprintable bytes at the start of a line")
    assert isinstance(read, Message)
    assert read.raw == b"ok1"
    assert isinstance(refused, Noise)
    assert refused.raw == b"no\x01ok"


def test_an_endless_line_is_reported_in_pieces_and_never_kept() -> None:
    codec, reported = Lines(), 0
    for _ in range(100):
        found = codec.feed(b"x" * 1000)
        assert {r.error for r in found if isinstance(r, Noise)} <= {"overlong"}
        reported += sum(len(r.raw) for r in found)
        assert codec.pending <= LINE_LIMIT + NOISE_LIMIT
    found = codec.feed(b"\rok1\r")
    reported += len(found[0].raw)
    assert reported == 100_000
    assert texts(found) == ["overlong", "ok1"]


def test_a_half_line_is_truncated_only_when_the_line_is_idle() -> None:
    codec = Lines()
    assert codec.feed(b"ok") == []
    assert texts(codec.flush()) == ["truncated"]
    assert texts(codec.feed(b"ok2\r")) == ["ok2"]


def test_a_bad_frame_costs_one_byte_because_the_true_start_may_be_inside() -> None:
    assert texts(Frames().feed(b"\x02AB\x02ABC\r\n\x02DEF\r")) == ["bad_format", "ABC", "DEF"]


def test_bytes_between_frames_are_one_noise() -> None:
    found = Frames().feed(b"xyz\x02ABC\r")
    assert [(r.error, r.raw) for r in found if isinstance(r, Noise)] == [("noise", b"xyz")]


def test_two_bad_frames_are_counted_as_two() -> None:
    assert texts([*(c := Frames()).feed(b"\x02AB\r\x02AB\r"), *c.flush()]) == ["bad_format", "bad_format"]


def test_a_flood_of_start_bytes_is_reported_in_big_pieces() -> None:
    codec = Frames()
    found = codec.feed(b"\x02" * 10_000)
    assert codec.pending <= 8 + NOISE_LIMIT
    assert len(found) <= 10_000 // NOISE_LIMIT + 1


def test_a_frame_without_end_is_overlong() -> None:
    assert texts([*(c := Frames()).feed(b"\x02ABCDEFGHIJ"), *c.flush()]) == ["overlong"]


@given(st.lists(st.sampled_from([b"\x02", b"\r", b"\n", b"A", b"ok", b"\xff", b"\x02ABC\r"]), max_size=60))
def test_no_byte_is_lost_or_reported_twice(parts: list[bytes]) -> None:
    stream = b"".join(parts)
    codec = Frames()
    found = [*codec.feed(stream), *codec.flush()]
    raw = b"".join(result.raw for result in found)
    assert raw.replace(b"\n", b"") == stream.replace(b"\n", b"")  # an LF after a frame is no noise


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "1_0", "1e5", "nan", "inf", "+-1", "1.2.3", "１２", "0x1", "1,5", "."]
)
def test_what_python_would_take_for_a_number_is_none(text: str) -> None:
    assert decimal(text) is None
    assert whole_number(text) is None


def test_numbers_keep_their_own_digits_and_sign() -> None:
    found = [
        decimal("-0.000"),
        number(b"000000."),
        scaled("245", -2),
        scaled("000125", 1, negative=True),
    ]
    assert [plain(value) for value in found if value is not None] == ["-0.000", "0", "24500", "-12.5"]
    assert scaled("12a", 1) is None


def test_units_have_one_spelling() -> None:
    assert [unit_of(text) for text in (b" KG", "lbs", b"PC", "Kg ", b"t", "tn", "N")] == [
        "kg",
        "lb",
        "pcs",
        "kg",
        "t",
        "ton",
        "N",
    ]
    assert unit_of("кг") is None
    assert unit_of(b"xg") is None

"""Every codec under bytes, settings and results that no device and no programmer would send."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from contextlib import suppress
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices import conformance as kit
from devices.conformance import Sample
from devices.decode import summary
from devices.protocols import CODECS, Label, Message, Noise, Result, Weight, codec
from simulators.base import FrameDevice
from simulators.faults import Faults, Mistake
from tests.simulators import every

ANY = list(HealthCheck)
BRIEF = settings(max_examples=12, deadline=None, suppress_health_check=ANY)
DEEP = settings(max_examples=400, deadline=None, suppress_health_check=ANY)


def _samples() -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = defaultdict(list)
    for line in (Path(__file__).parents[1] / "data" / "frames.jsonl").read_text("utf-8").splitlines():
        frame = json.loads(line)
        sample = Sample(
            bytes.fromhex(frame["hex"])[:2000],
            frame.get("config") or {},
            frame.get("dir") or "device_to_host",
        )
        found[frame["protocol"]].append(sample)
    return found


SAMPLES = _samples()


@st.composite
def streams(draw: st.DrawFn, name: str) -> tuple[Sample, list[bytes]]:
    """Frames of a protocol, bent: bytes turned, lost, added, doubled, spliced into another; cut into pieces."""
    base = draw(st.sampled_from(SAMPLES[name]))
    alike = [s.data for s in SAMPLES[name] if (s.config, s.direction) == (base.config, base.direction)]
    data = bytearray()
    for frame in draw(st.lists(st.sampled_from(alike), min_size=1, max_size=4)):
        piece = bytearray(frame)
        for _ in range(draw(st.integers(0, 4))):
            place = draw(st.integers(0, max(0, len(piece) - 1)))
            match draw(st.sampled_from(["turn", "drop", "add", "double", "splice", "digit"])):
                case "turn" if piece:
                    piece[place] ^= draw(st.integers(1, 255))
                case "drop":
                    del piece[place : place + draw(st.integers(1, 5))]
                case "add":
                    piece[place:place] = draw(st.binary(min_size=1, max_size=6))
                case "double":
                    piece[place:place] = piece[place : place + draw(st.integers(1, 20))]
                case "splice":
                    piece[place:] = draw(st.sampled_from(alike))[draw(st.integers(0, 40)) :]
                case "digit":
                    piece[place:place] = draw(
                        st.sampled_from([b"9" * 30, b"-", b".", b"\xd9\xa1", b"e5", b"_1"])
                    )
        data += piece
    edges = sorted({0, len(data), *draw(st.lists(st.integers(0, len(data)), max_size=6))})
    pieces = [bytes(data[a:b]) for a, b in pairwise(edges)]
    return base, pieces


def _survives(name: str, base: Sample, pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    found = kit.check_raises_nothing(name, whole, base)
    cut = kit.read(base.codec(name), pieces)
    assert cut == kit.read(base.codec(name), [whole])
    for result in found:
        _is_sound(result)
    json.dumps(summary(found, line_oriented=kit.line_oriented(base.codec(name))), allow_nan=False)


def _is_sound(result: Result) -> None:
    """Weights are finite and of a believable size; nothing carries a float."""
    if isinstance(result, Weight):
        assert result.value is None or (result.value.is_finite() and abs(result.value) < Decimal(10) ** 40)
        assert not any(isinstance(value, float) for value in result.extra.values())
    elif isinstance(result, Noise):
        assert result.reason


@pytest.mark.parametrize("name", sorted(CODECS))
@BRIEF
@given(data=st.data())
def test_bent_frames_are_survived(name: str, data: st.DataObject) -> None:
    _survives(name, *data.draw(streams(name)))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", sorted(CODECS))
@DEEP
@given(data=st.data())
def test_bent_frames_are_survived_for_long(name: str, data: st.DataObject) -> None:
    _survives(name, *data.draw(streams(name)))


#: anything a TOML file can hold
values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.decimals(), st.binary()
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)


def _names(name: str) -> list[str]:
    """The settings a codec has, as its complaint about an unknown one lists them."""
    try:
        codec(name, {"no_such_setting": 1})
    except ValueError as error:
        return [word.strip(" .") for word in str(error).rpartition(":")[2].split(",")]
    raise AssertionError(f"{name} takes a setting that does not exist")


@pytest.mark.parametrize("name", sorted(CODECS))
@BRIEF
@given(data=st.data())
def test_any_settings_make_a_codec_or_a_sentence(name: str, data: st.DataObject) -> None:
    keys = st.one_of(st.sampled_from(_names(name)), st.text(max_size=10))
    wanted = every.settings(name) | data.draw(st.dictionaries(keys, values, max_size=3))
    with suppress(ValueError):
        made = codec(name, wanted)
        kit.check_raises_nothing(name, b"\x02+00123401F\x03\r\n", Sample(b"", wanted))
        assert made.flush() == []


words = st.text(max_size=12)
fields = st.dictionaries(
    st.one_of(
        words,
        st.sampled_from(
            ["command", "result", "status", "text", "addr", "message", "plate", "record", "counts"]
        ),
    ),
    values,
    max_size=4,
)
weights_and_labels: st.SearchStrategy[Result] = st.one_of(
    st.builds(
        Weight,
        value=st.one_of(st.none(), st.decimals(allow_nan=False, allow_infinity=False)),
        unit=st.sampled_from([None, "kg", "g", "t", "lb", "pcs", "stone"]),
        stable=st.sampled_from([True, False, None]),
        mode=st.sampled_from([None, "gross", "net", "tare"]),
        sign=st.sampled_from([None, 1, -1]),
        status=st.frozensets(st.sampled_from(["overload", "motion", "zero", "odd"]), max_size=2),
    ),
    st.builds(Label, text=words, aim=st.sampled_from([None, "]C1", "]E0", "]", "xx"]), symbology=words),
)


def _said_or_refused(name: str, result: Result) -> None:
    """Bytes, or a sentence that says why not."""
    with suppress(ValueError):
        assert isinstance(codec(name, every.settings(name)).encode(result), bytes)


@pytest.mark.parametrize("name", sorted(CODECS))
@BRIEF
@given(result=weights_and_labels)
def test_what_cannot_be_said_is_refused_with_a_sentence(name: str, result: Result) -> None:
    _said_or_refused(name, result)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", sorted(CODECS))
@DEEP
@given(result=weights_and_labels)
def test_what_cannot_be_said_is_refused_for_long(name: str, result: Result) -> None:
    _said_or_refused(name, result)


@pytest.mark.parametrize("name", sorted(CODECS))
@BRIEF
@given(said=fields)
def test_a_simulated_device_refuses_frames_it_has_no_words_for(name: str, said: dict[str, object]) -> None:
    """The control port takes any JSON; what comes of it is a frame or a sentence, never a broken simulator."""
    device = FrameDevice("d", name, every.settings(name), Faults(1))
    with suppress(Mistake):
        asyncio.run(device.send(Message(said)))


def test_a_line_that_once_broke_the_sbi_codec() -> None:
    """The capital of a letter beyond ASCII does not fit into one byte."""
    kit.check_raises_nothing("sartorius_sbi", b"+  \xff23.5[6]g  \r\n", Sample(b""))

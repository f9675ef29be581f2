"""A codec that remembers frames says exactly what one says that reads each frame afresh."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.protocols import CODECS, codec_class, framing
from devices.protocols.framing import FrameCodec, LineCodec
from devices.protocols.results import Result
from devices.protocols.scan_text import ScanText

DATA = Path(__file__).parents[2] / "data"
FRAMES = [
    json.loads(line)
    for name in ("frames.jsonl", "frames_more.jsonl")
    for line in (DATA / name).read_text("utf-8").splitlines()
]
REMEMBERING = sorted(
    name
    for name, kind in ((name, codec_class(name)) for name in CODECS)
    if issubclass(kind, ScanText) or (issubclass(kind, LineCodec | FrameCodec) and kind.remembers)
)


def results(frame: dict[str, Any], pieces: list[bytes], *, remembering: bool) -> list[Result]:
    """What a codec says of the pieces; one that must not remember is made to forget before each."""
    reader: Any = codec_class(frame["protocol"])(
        frame.get("config"), direction=frame.get("dir") or "device_to_host"
    )
    said: list[Result] = []
    for piece in pieces:
        if not remembering:
            reader._known.clear()
        said += reader.feed(piece)
    return [*said, *reader.flush()]


def test_most_codecs_of_scales_remember() -> None:
    assert len(REMEMBERING) >= 20


@pytest.mark.parametrize("name", REMEMBERING)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_memory_changes_nothing(name: str, data: st.DataObject) -> None:
    ours = [frame for frame in FRAMES if frame["protocol"] == name]
    first = data.draw(st.sampled_from(ours))
    same = [frame for frame in ours if all(frame.get(key) == first.get(key) for key in ("config", "dir"))]
    alike = [bytes.fromhex(frame["hex"]) for frame in same]
    noise = st.binary(max_size=3)
    parts = data.draw(
        st.lists(st.sampled_from(alike) | noise | st.sampled_from(alike).map(lambda b: b[:-1]), max_size=12)
    )
    stream = b"".join([*alike, *parts, *alike, *parts])
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    bytewise = [stream[i : i + 1] for i in range(len(stream))]
    assert results(first, pieces, remembering=True) == results(first, bytewise, remembering=False)


def test_the_memory_is_bounded() -> None:
    reader: Any = codec_class("mt_sics")()
    for number in range(framing.MEMORY_LIMIT * 3):
        reader.feed(b"S S %10d kg\r\n" % number)
    assert len(reader._known) <= framing.MEMORY_LIMIT


def work(reader: Any, jobs: list[bytes | None], *, remembering: bool) -> tuple[list[Result], int, int]:
    """What a codec says of the jobs (bytes, or None for a pause), the bytes it masked and those it still holds."""
    said: list[Result] = []
    for job in jobs:
        if job is None:
            said += reader.flush()
            continue
        for piece in [job] if remembering else [job[at : at + 1] for at in range(len(job))]:
            if not remembering:
                reader._known.clear()
            said += reader.feed(piece)
    return said, getattr(reader, "masked", 0), reader.pending


@st.composite
def days(draw: st.DrawFn, alike: list[bytes]) -> list[bytes | None]:
    """A day on a bad line: frames again and again, cut, damaged in one byte, with parity, between pauses."""
    whole = st.sampled_from(alike)
    jobs: list[bytes | None] = [*alike, *alike]
    for kind in draw(st.lists(st.integers(0, 5), max_size=14)):
        frame = draw(whole)
        cut = draw(st.integers(0, len(frame)))
        if kind == 0:
            jobs.append(None)
        elif kind == 1:
            jobs += [frame[:cut], frame[cut:]]
        elif kind == 2:
            jobs.append(frame[cut:] + frame)
        elif kind == 3:
            at = min(cut, len(frame) - 1)
            jobs.append(frame[:at] + draw(st.binary(min_size=1, max_size=1)) + frame[at + 1 :])
        elif kind == 4:
            jobs.append(bytes(byte | 0x80 for byte in frame))
        else:
            jobs.append(frame[:cut] + draw(whole) + draw(whole)[:cut])
    return jobs


@pytest.mark.parametrize("name", REMEMBERING)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_memory_changes_nothing_on_a_bad_line(name: str, data: st.DataObject) -> None:
    ours = [frame for frame in FRAMES if frame["protocol"] == name]
    first = data.draw(st.sampled_from(ours))
    same = [frame for frame in ours if all(frame.get(key) == first.get(key) for key in ("config", "dir"))]
    jobs = data.draw(days([bytes.fromhex(frame["hex"]) for frame in same]))

    def fresh() -> Any:
        return codec_class(name)(first.get("config"), direction=first.get("dir") or "device_to_host")

    assert work(fresh(), jobs, remembering=True) == work(fresh(), jobs, remembering=False)


@pytest.mark.parametrize("cut", range(1, 7))
def test_a_letter_that_begins_a_longer_command_is_not_remembered(cut: int) -> None:
    reader: Any = codec_class("toledo_8217")(direction="host_to_device")
    wire = b"T01250\r"
    said = [*reader.feed(b"T"), *reader.flush(), *reader.feed(wire[:cut]), *reader.feed(wire[cut:])]
    assert [one.fields for one in said] == [{"command": "T"}, {"command": "T", "text": "01250"}]

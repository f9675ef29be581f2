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

LINES = (Path(__file__).parents[2] / "data" / "frames.jsonl").read_text("utf-8").splitlines()
FRAMES = [json.loads(line) for line in LINES]
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
@settings(max_examples=30)
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

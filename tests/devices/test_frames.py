"""Every example frame of the device documentation, for every codec we have."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from devices.decode import decode
from devices.protocols import CODECS

#: the examples of the documentation, and more of the same kind written from the formats alone
FRAMES = [
    json.loads(line)
    for name in ("frames.jsonl", "frames_more.jsonl")
    for line in (Path(__file__).parents[1] / "data" / name).read_text("utf-8").splitlines()
]
#: numbers that are compared as numbers: the wire's digits may be padded differently
NUMBERS = {"weight", "tare", "gross", "net"}


def comparable(value: Any, key: str = "") -> Any:
    """The expectation with its weights as ``Decimal``, so that 12.50 equals 12.5."""
    if isinstance(value, dict):
        return {name: comparable(item, name) for name, item in value.items() if name != "reason"}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    return Decimal(value) if key in NUMBERS and isinstance(value, str) else value


def named(found: Any, expect: Any) -> Any:
    """``found`` without the keys that the expectation does not name; never without what says that bytes were lost."""
    if isinstance(found, dict) and isinstance(expect, dict):
        kept = set(expect) | {"error", "skipped", "readings"}
        return {key: named(value, expect.get(key)) for key, value in found.items() if key in kept}
    if isinstance(found, list) and isinstance(expect, list) and len(found) == len(expect):
        return [named(one, other) for one, other in zip(found, expect, strict=True)]
    return found


@pytest.mark.parametrize("frame", [f for f in FRAMES if f["protocol"] in CODECS], ids=lambda f: f["id"])
def test_frame_gives_exactly_what_is_expected(frame: dict[str, Any]) -> None:
    config = dict(frame.get("config") or {})
    direction = frame.get("dir") or "device_to_host"
    found = decode(frame["protocol"], frame["hex"], config, direction)
    assert comparable(named(found, frame["expect"])) == comparable(frame["expect"])


def test_every_codec_has_examples() -> None:
    assert set(CODECS) <= {frame["protocol"] for frame in FRAMES}

"""Twenty devices on bad lines: no stable weight lost, none wrong, no files, threads or memory leaking."""

from __future__ import annotations

import asyncio
import os

import pytest

from terminal.bench.soak import Soaked, soak

#: half a minute of traces of twenty scales fill up after the first round; a leak would go on growing
MEMORY_KIB = 40_000


def judge(found: Soaked) -> None:
    assert found.lost == []
    assert found.wrong == []
    assert found.loads == found.rounds * found.devices
    assert found.refused_frames > 0, "the lines were not bad at all"
    assert found.reconnects >= found.rounds - 1
    assert found.files_grown <= 2, "descriptors leak"
    assert found.threads_grown <= 2, "threads leak"
    assert found.memory_grown_kib < MEMORY_KIB, "memory leaks"
    assert found.files_left <= 2
    assert found.threads_left <= 0


def test_a_short_soak_loses_no_weight_and_leaks_nothing() -> None:
    judge(asyncio.run(soak(6)))


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_a_long_soak_loses_no_weight_and_leaks_nothing() -> None:
    seconds = os.environ.get("KARVON_SOAK_SECONDS", "600")
    assert seconds.isascii()
    assert seconds.isdigit(), "KARVON_SOAK_SECONDS is a whole number of seconds"
    found = asyncio.run(soak(int(seconds)))
    judge(found)
    assert found.rounds >= int(seconds) // 60

"""Scans on a disk whose every flush takes longer, beside the SQLModel endpoint on the same disk; and memory over time.

The delay is put where the flush is waited for, around COMMIT of either server: a write-ahead log in mode FULL flushes once
a commit.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from terminal.bench.child import SLOW_MS
from terminal.bench.requests import CLIENTS, SCANS, Child, put_load
from terminal.bench.store import Row

UNITS = 10_000
#: milliseconds that a flush takes more
DELAY_MS = 5


def measure(*, rounds: int = 5) -> list[Row]:
    """The figures as printable rows."""
    more = {SLOW_MS: str(DELAY_MS)}
    with tempfile.TemporaryDirectory(prefix="karvon-bench-") as made:
        folder = Path(made)
        with (
            Child("real", folder, UNITS, more=more) as real,
            Child("naive", folder, UNITS, more=more) as naive,
        ):
            for child in (real, naive):
                put_load(child, UNITS, CLIENTS, SCANS // 8, 0)
            done = [
                (
                    put_load(real, UNITS, CLIENTS, SCANS, start),
                    put_load(naive, UNITS, CLIENTS, SCANS // 4, start),
                )
                for start in range(SCANS, SCANS * (rounds + 1), SCANS)
            ]
    median = statistics.median
    how, within = f"{CLIENTS} clients, {UNITS} units, median of {rounds} rounds", "ratio in a round"
    return [
        Row("scan requests", median(one.speed for one, _ in done), "1/s", f"+{DELAY_MS} ms a flush, {how}"),
        Row("scan requests / SQLModel", median(one.speed / other.speed for one, other in done), "x", f"{within}; must 8, aim 12"),
        Row("SQLModel p99 / ours", median(other.p99 / one.p99 for one, other in done), "x", within),
        Row("answer time, p99", median(one.p99 for one, _ in done) * 1000, "ms", how),
    ]  # fmt: skip


def measure_growth(*, seconds: float = 60.0, clients: int = 64) -> list[Row]:
    """Memory of the server under a load without pause: after the first fifth, when its caches are full, and at the end."""
    with (
        tempfile.TemporaryDirectory(prefix="karvon-bench-") as made,
        Child("real", Path(made), UNITS) as child,
    ):
        begin, at, seen, scans = time.monotonic(), 0, list[tuple[float, float]](), 0
        while (passed := time.monotonic() - begin) < seconds:
            put_load(child, UNITS, clients, SCANS, at)
            at += SCANS
            scans += SCANS
            seen.append((passed, child.resident_mb()))
        warm = next(memory for passed, memory in seen if passed >= seconds / 5 or passed == seen[-1][0])
        end = seen[-1][1]
    how = f"{clients} clients, {scans} scans in {seconds:.0f} s (--growth-seconds; 600 is the measure)"
    return [
        Row("memory after the first fifth", warm, "MB", how),
        Row("memory at the end", end, "MB", "private, with the database's cache"),
        Row("growth", (end / warm - 1) * 100, "%", "at most 10, aim 0"),
    ]

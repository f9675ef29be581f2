"""Several servers on one PostgreSQL database: what they carry together, beside what one of them carries alone."""

from __future__ import annotations

import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from terminal.bench.postgres import a_server, another
from terminal.bench.requests import CLIENTS, SCANS, Child, Load, put_load
from terminal.bench.store import Row

UNITS = 4_000
SERVERS = 2


def _together(servers: list[Child], start: int) -> tuple[float, list[Load]]:
    """A load on each at once: scans/s of all, and the loads."""
    begin = time.perf_counter()
    with ThreadPoolExecutor(len(servers)) as pool:
        share = SCANS // len(servers)
        asked = [
            pool.submit(put_load, server, UNITS, CLIENTS // len(servers), share, start + number * share)
            for number, server in enumerate(servers)
        ]
        loads = [one.result() for one in asked]
    return SCANS / (time.perf_counter() - begin), loads


def measure(*, rounds: int = 5) -> list[Row]:
    """The figures as printable rows."""
    with ExitStack() as at_the_end:
        url = another(at_the_end.enter_context(a_server()), "bench_several")
        servers = []
        for _ in range(SERVERS):
            folder = Path(at_the_end.enter_context(tempfile.TemporaryDirectory(prefix="karvon-bench-")))
            servers.append(at_the_end.enter_context(Child("real", folder, UNITS, url)))
        _together(servers, 0)
        done = []
        for start in range(SCANS, SCANS * (2 * rounds + 1), 2 * SCANS):
            alone = put_load(servers[0], UNITS, CLIENTS, SCANS, start)
            done.append((alone, *_together(servers, start + SCANS)))
    median = statistics.median
    how, within = f"{CLIENTS} clients in all, median of {rounds} rounds", "ratio in a round"
    return [
        Row("scan requests, one server", median(alone.speed for alone, _, _ in done), "1/s", how),
        Row(f"scan requests, {SERVERS} servers", median(speed for _, speed, _ in done), "1/s", how),
        Row(f"{SERVERS} servers / one", median(speed / alone.speed for alone, speed, _ in done), "", within),
        Row(f"p99, {SERVERS} servers / one", median(max(one.p99 for one in loads) / alone.p99 for alone, _, loads in done), "x", within),
    ]  # fmt: skip

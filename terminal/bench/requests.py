"""Whole scan requests a second, beside bare commits of the same disk and a FastAPI endpoint that does nothing.

The endpoint measured is the real one: token, label, unit and consignment looked up, the rules asked, journal with its
hash link, board figures, nonce kept, durable commit. A round measures bare commits, the idle endpoint and the real one,
one after the other; the ratio inside a round is the figure to keep. The clients are lean sockets in this process, their
requests written beforehand.
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
from collections.abc import Iterator, Mapping
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

    def __init__(
        self,
        kind: str,
        folder: Path,
        units: int = 0,
        url: str | None = None,
        *,
        more: Mapping[str, str] | None = None,
    ) -> None:
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
        surroundings = {**os.environ, **(more or {})}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=surroundings
        )
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


class _Station(asyncio.Protocol):
    """One client: sends its requests one after the other, each when the answer to the one before is whole."""

    def __init__(self, requests: Iterator[bytes], waits: list[float], done: asyncio.Future[None]) -> None:
        self._requests, self._waits, self._done = requests, waits, done
        self._answer = b""
        self._begun = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected: begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def _next(self) -> None:
        assert self._transport is not None
        data = next(self._requests, None)
        if data is None:
            self._transport.close()
            return
        self._begun = time.perf_counter()
        self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        """A piece of an answer."""
        self._answer += data
        end = self._answer.find(b"\r\n\r\n") + 4
        if end < 4:
            return
        head = self._answer[:end].lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(self._answer) < end + length:
            return
        if not head.startswith(b"http/1.1 200") and not self._done.done():
            self._done.set_exception(RuntimeError(f"{self._answer[:300]!r}"))
            return
        self._waits.append(time.perf_counter() - self._begun)
        self._answer = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Done, or the server has gone."""
        if not self._done.done():
            if exc is None:
                self._done.set_result(None)
            else:
                self._done.set_exception(exc)


async def load(child: Child, units: int, clients: int, total: int, start: int) -> tuple[float, list[float]]:
    """``total`` scans by ``clients`` connections; scans/s and every answer time in seconds, sorted.

    The requests are written beforehand: what is measured is the server, as far as one process can ask that fast.
    """
    loop = asyncio.get_running_loop()
    waits: list[float] = []
    requests = iter([request(child, number * 7919 % max(units, 1)) for number in range(start, start + total)])
    ends: list[asyncio.Future[None]] = [loop.create_future() for _ in range(clients)]
    begin = time.perf_counter()
    for end in ends:
        await loop.create_connection(lambda end=end: _Station(requests, waits, end), "127.0.0.1", child.port)  # type: ignore[misc]
    await asyncio.gather(*ends)
    return total / (time.perf_counter() - begin), sorted(waits)


def bare_commits(path: Path, commits: int = COMMITS) -> float:
    """Durable commits a second of one small row each, in a file of its own beside the measured one."""
    connection = _bare(path)
    connection.execute("CREATE TABLE IF NOT EXISTS probe (key INTEGER PRIMARY KEY, body BLOB)")
    begin = time.perf_counter()
    for _ in range(commits):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO probe (body) VALUES (?)", (b"x" * 200,))
        connection.execute("COMMIT")
    spent = time.perf_counter() - begin
    connection.close()
    return commits / spent


def bare_events(path: Path, commits: int = 100, events: int = 64) -> float:
    """Scan events a second, durable, so many to a commit: the rows that any scan must leave, and nothing else.

    An entry of the journal, the nonce, and the unit where it stands now; made beforehand, no question asked, no hash.
    """
    connection = _bare(path)
    connection.execute("CREATE TABLE IF NOT EXISTS entry (seq INTEGER PRIMARY KEY, body BLOB, hash BLOB)")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS nonce (key BLOB PRIMARY KEY, seq INTEGER, reply TEXT) WITHOUT ROWID"
    )
    connection.execute(
        "CREATE TABLE IF NOT EXISTS unit (id INTEGER PRIMARY KEY, stage INTEGER, last_seq INTEGER)"
    )
    connection.execute("CREATE INDEX IF NOT EXISTS unit_by_stage ON unit (stage, id)")
    connection.execute("BEGIN")
    connection.executemany("INSERT OR IGNORE INTO unit VALUES (?, 70, 0)", ((n,) for n in range(10_000)))
    connection.execute("COMMIT")
    body, hashed, reply = b"x" * 600, b"h" * 32, "y" * 200
    begin = time.perf_counter()
    for number in range(commits):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO entry (body, hash) VALUES (?, ?)", [(body, hashed)] * events)
        keys = [uuid7().bytes for _ in range(events)]
        connection.executemany("INSERT INTO nonce VALUES (?, ?, ?)", [(key, number, reply) for key in keys])
        moved = [(100 + number % 3, number, (number * events + n) * 7919 % 10_000) for n in range(events)]
        connection.executemany("UPDATE unit SET stage = ?, last_seq = ? WHERE id = ?", moved)
        connection.execute("COMMIT")
    spent = time.perf_counter() - begin
    connection.close()
    return commits * events / spent


def _bare(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


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
    """One round: bare commits/s, bare events/s by 64, and the loads put on each server after the other."""

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
        Row("bare durable events, 64 a commit", median(one.bare_64 for one in done), "1/s", "journal, nonce and unit rows, nothing asked"),
        Row("FastAPI endpoint that does nothing", median(one.idle.speed for one in done), "1/s", f"{clients} clients"),
        Row("SQLModel endpoint, a session a request", median(one.naive.speed for one in done), "1/s", f"{clients} clients"),
        Row("scan requests / bare commits", median(one.real.speed / one.bare for one in done), "", f"{within}; must 0.9, aim 1.3"),
        Row("scan requests of 64 clients / bare commits of 64 events", median(one.crowd.speed / one.bare_64 for one in done), "", f"events by events, {within}; must 0.3, aim 0.45"),
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
        bare_events(folder / "bare.sqlite3"),
        put_load(idle, units, clients, SCANS, start),
        put_load(real, units, clients, SCANS, start),
        put_load(real, units, 64, SCANS, start + SCANS),
        put_load(naive, units, clients, SCANS // 4, start),
    )

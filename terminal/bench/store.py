"""How many durable scans a second, against how many bare commits the same disk gives.

    python -m terminal.bench.store [--units 10000] [--rounds 7] [--database postgresql://...] [--json]

A round measures both, one after the other, on the same database: first bare transactions of one small row
each, then full scans (nonce looked up, unit and consignment read, event appended, unit changed, board
figures, nonce kept) by sixteen clients, each waiting for its answer. Absolute figures drift with the
machine; the ratio inside a round does not, so its median is the figure to keep.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from uuid import UUID

from terminal.store import Books, Soon, Store, url_in, uuid7
from terminal.store.reader import nonce_key
from terminal.store.sql import Connection
from terminal.store.writer import Work
from workflows import events as e
from workflows.events import Context
from workflows.papers import Mode, Papers
from workflows.stages import Stage

CLIENTS = 16
SCANS = 1600
COMMITS = 300
CHUNK = 2000
REF = "BENCH-1"
DEVICE = "device:bench"
FIRST_SSCC = 34_012_345_000_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One printable figure: what, how much, in what, and how it came about."""

    what: str
    value: float
    unit: str
    how: str


@dataclass(frozen=True, slots=True)
class Round:
    """One round: bare commits/s, scans/s, and the answer times of the scans (s, sorted)."""

    bare: float
    scans: float
    waits: list[float]
    cpu: float  # s of processor time of this process, a scan

    @property
    def ratio(self) -> float:
        """Durable scans for each bare commit."""
        return self.scans / self.bare


def label(number: int) -> str:
    """The label of unit ``number``: 17 digits and their check digit, as a printer makes them."""
    digits = f"{FIRST_SSCC + number:017d}"
    total = 3 * sum(map(int, digits[0::2])) + sum(map(int, digits[1::2]))
    return f"{digits}{-total % 10}"


def fill(store: Store, units: int) -> float:
    """Declare ``units`` units, unless they are there; returns events/s (0 when nothing was to do)."""
    context = Context("bench", datetime.now(UTC))
    with store.reading() as reader:
        if reader.consignment(REF) is not None:
            return 0.0
    papers = Papers(REF, Mode.ROAD, "Bench sender", "Bench consignee")
    store.write_now(
        lambda books: books.record([e.ConsignmentAnnounced(f"consignment:{REF}", papers, "none")], context)
    )
    begin = time.perf_counter()
    for first in range(0, units, CHUNK):
        chunk = [
            e.UnitDeclared(f"unit:{label(number)}", REF, Decimal("407.5"))
            for number in range(first, min(first + CHUNK, units))
        ]
        store.write_now(lambda books, chunk=chunk: books.record(chunk, context))  # type: ignore[misc]
    return units / (time.perf_counter() - begin)


def bare_commits(connection: Connection, commits: int = COMMITS) -> float:
    """Transactions/s of one small row each on a connection of its own, each durable when it counts."""
    body = b"x" * 400
    begin = time.perf_counter()
    for _ in range(commits):
        connection.begin_writing()
        connection.run("INSERT INTO bench_probe (body) VALUES (?)", (body,))
        connection.commit()
    return commits / (time.perf_counter() - begin)


def scan(number: int, nonce: UUID) -> tuple[str, str, bytes]:
    """One scan: label, nonce, body."""
    return label(number), str(nonce), f'{{"code":"{label(number)}","nonce":"{nonce}"}}'.encode()


def work_of(code: str, nonce: str, body: bytes) -> Work[int]:
    """What the service does for one scan of a unit, rules left out: they cost 1-2 % of it."""

    def work(books: Books) -> int:
        known = books.recall(DEVICE, nonce, body)
        if known is not None:
            return known.seq
        unit = books.unit(code)
        assert unit is not None
        consignment = books.consignment(unit.consignment)
        assert consignment is not None
        context = Context("bench", datetime.now(UTC), "hh-1", datetime.now(UTC), "dock-1", nonce)
        place = "A-02" if unit.place == "A-01" else "A-01"
        seq = books.record([e.UnitMoved(f"unit:{code}", unit.stage, Stage.STORAGE, place)], context)
        books.remember(DEVICE, nonce, body, {"verdict": "accepted", "event": seq})
        return seq

    return work


async def scans(
    store: Store, units: int, numbers: Iterator[int], total: int = SCANS
) -> tuple[float, list[float]]:
    """``total`` scans by sixteen clients; returns scans/s and every answer time, sorted."""
    waits: list[float] = []

    async def client() -> None:
        for _ in range(total // CLIENTS):
            # a large odd step visits units all over the table, as a terminal does
            code, nonce, body = scan(next(numbers) * 7919 % units, uuid7())
            work, soon = work_of(code, nonce, body), Soon(nonce_key(DEVICE, nonce), int(code))
            begin = time.perf_counter()
            await store.write(work, soon)
            waits.append(time.perf_counter() - begin)

    begin = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return len(waits) / (time.perf_counter() - begin), sorted(waits)


def measure(url: str, *, units: int = 10_000, rounds: int = 7) -> list[Row]:
    """The figures of one database, as printable rows."""
    with Store.open(url) as store:
        declared = fill(store, units)
        store.write_now(_make_probe)
        numbers = count()
        probe = store.probe()
        try:
            bare_commits(probe, COMMITS // 10)
            asyncio.run(scans(store, units, numbers, SCANS // 4))
            done = [_round(store, probe, units, numbers) for _ in range(rounds)]
        finally:
            probe.close()
        alone, single_waits = asyncio.run(_alone(store, units, numbers))
    waits = sorted(wait for one in done for wait in one.waits)
    how = f"median of {rounds} rounds, {units} units"
    rows = [
        Row("bare durable commits", statistics.median(one.bare for one in done), "1/s", f"one connection, {how}"),
        Row("durable scans, 16 clients", statistics.median(one.scans for one in done), "1/s", how),
        Row("scans for each bare commit", statistics.median(one.ratio for one in done), "", "ratio inside a round, median"),
        Row("processor time a scan", statistics.median(one.cpu for one in done) * 1000, "ms", how),
        Row("answer time, median", waits[len(waits) // 2] * 1000, "ms", "16 clients"),
        Row("answer time, p99", waits[len(waits) * 99 // 100] * 1000, "ms", "16 clients"),
        Row("durable scans, one client", alone, "1/s", f"{units} units"),
        Row("answer time alone, median", single_waits[len(single_waits) // 2] * 1000, "ms", "one client"),
    ]  # fmt: skip
    if declared:
        rows.append(Row("units declared", declared, "1/s", f"chunks of {CHUNK} through the same writer"))
    return rows


def _make_probe(books: Books) -> None:
    kind = "BLOB" if books.connection.dialect == "sqlite" else "BYTEA"
    key = "INTEGER PRIMARY KEY" if kind == "BLOB" else "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    books.connection.run(f"CREATE TABLE IF NOT EXISTS bench_probe (key {key}, body {kind} NOT NULL)")


def _round(store: Store, probe: Connection, units: int, numbers: Iterator[int]) -> Round:
    bare = bare_commits(probe)
    before = time.process_time()
    speed, waits = asyncio.run(scans(store, units, numbers))
    return Round(bare, speed, waits, (time.process_time() - before) / len(waits))


async def _alone(store: Store, units: int, numbers: Iterator[int]) -> tuple[float, list[float]]:
    waits: list[float] = []
    begin = time.perf_counter()
    for _ in range(COMMITS):
        work = work_of(*scan(next(numbers) * 7919 % units, uuid7()))
        asked = time.perf_counter()
        await store.write(work)
        waits.append(time.perf_counter() - asked)
    return len(waits) / (time.perf_counter() - begin), sorted(waits)


def table(rows: list[Row]) -> str:
    """The rows as text for people."""
    width = max(len(row.what) for row in rows)
    return "\n".join(f"{row.what:<{width}}  {row.value:>10.2f} {row.unit:<4} {row.how}" for row in rows)


def main(argv: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Durable scans a second against bare commits.")
    parser.add_argument("--units", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--database", help="measure this database; it gets bench tables (default: a new SQLite file)"
    )
    parser.add_argument(
        "--data", type=Path, help="directory of the new SQLite file (default: a temporary one)"
    )
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="karvon-bench-") as made:
        url = args.database or url_in(args.data or Path(made))
        rows = measure(url, units=args.units, rounds=args.rounds)
    if args.json:
        print(json.dumps([{"what": r.what, "value": r.value, "unit": r.unit, "how": r.how} for r in rows]))
    else:
        print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())

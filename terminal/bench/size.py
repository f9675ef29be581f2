"""What growth costs: a large terminal beside a small one, in one run; pages, search and the way out at that size.

Loads are put on both servers in turn, so that the ratio inside a round leaves the machine out. The size is a parameter
(``--units``): it is filled in bulk, a hundred thousand units (half a million events) in ten seconds, ten million (fifty
million events, 28 GB) in a quarter of an hour.
"""

from __future__ import annotations

import asyncio
import io
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from terminal.access import Caller
from terminal.api.needs import SESSION_COOKIE
from terminal.bench import bulk
from terminal.bench.requests import SCANS, Child, post, put_load, request
from terminal.bench.store import Row, label
from terminal.cli import exporting
from terminal.store import Store, sqlite_path, url_in
from workflows.roles import Actor, Role

SMALL = 1_000
PAGES = 200


async def _get(child: Child, paths: list[str]) -> list[float]:
    """Answer times (s, sorted) of pages asked one after the other by a person."""
    reader, writer = await asyncio.open_connection("127.0.0.1", child.port)
    waits = []
    for path in paths:
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {SESSION_COOKIE}={child.session}\r\n\r\n"
        begin = time.perf_counter()
        await post(reader, writer, head.encode())
        waits.append(time.perf_counter() - begin)
    writer.close()
    await writer.wait_closed()
    return sorted(waits)


def _p99(waits: list[float]) -> float:
    return waits[len(waits) * 99 // 100] * 1000


async def _live(child: Child, units: int, tries: int = 20) -> list[float]:
    """Seconds from the answer to a scan until a follower of the journal has its event."""
    reader, writer = await asyncio.open_connection("127.0.0.1", child.port)
    head = (
        "GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n"
        f"Cookie: {SESSION_COOKIE}={child.session}\r\n\r\n"
    )
    writer.write(head.encode())
    status = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in status.partition(b"\r\n")[0]:
        raise RuntimeError(f"the stream of the journal answers {status[:60]!r}")
    asker, asking = await asyncio.open_connection("127.0.0.1", child.port)
    waits = []
    for number in range(tries):
        code = label(number * 7919 % units)
        came = asyncio.create_task(_until(reader, code.encode()))
        await post(asker, asking, request(child, number * 7919 % units))
        begin = time.perf_counter()
        waits.append(max(0.0, await came - begin))
    writer.close()
    asking.close()
    return sorted(waits)


async def _until(reader: asyncio.StreamReader, text: bytes) -> float:
    while text not in await reader.readline():
        pass
    return time.perf_counter()


def _export(folder: Path) -> tuple[float, float]:
    """Seconds for all units as NDJSON by us, and as CSV by the ``sqlite3`` program."""
    officer = Caller(Actor("person:bench", frozenset({Role.CUSTOMS_INSPECTOR})), "Bench")
    with Store.open(url_in(folder), writing=False) as store, store.reading() as reader:
        begin = time.perf_counter()
        exporting.write(exporting.ROWS["units"](reader, officer, 0), "units", "ndjson", io.StringIO())
        ours = time.perf_counter() - begin
    question = (
        "SELECT u.id, c.ref, u.stage, u.place, u.visit_key, u.parent, u.gross_kg, u.condition, u.line "
        "FROM unit u JOIN consignment c ON c.key = u.consignment_key ORDER BY c.key, u.id"
    )
    begin = time.perf_counter()
    command = ["sqlite3", "-readonly", "-csv", str(sqlite_path(url_in(folder))), question]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return ours, time.perf_counter() - begin


def measure(*, units: int = 100_000, rounds: int = 5, kept: Path | None = None) -> list[Row]:
    """The figures as printable rows. ``kept`` is a folder where the large terminal is, or is to be kept."""
    with (
        tempfile.TemporaryDirectory(prefix="karvon-large-") as made,
        tempfile.TemporaryDirectory(prefix="karvon-small-") as small_folder,
    ):
        large_folder = kept or Path(made)
        large_folder.mkdir(parents=True, exist_ok=True)
        filled = bulk.fill(large_folder, units)
        bulk.fill(Path(small_folder), SMALL)
        with (
            Child("real", large_folder, units) as large,
            Child("real", Path(small_folder), SMALL) as small,
        ):
            for _ in range(2):  # warmed
                put_load(large, units, 16, SCANS, 0)
                put_load(small, SMALL, 16, SCANS, 0)
            loads = [
                (put_load(large, units, 16, SCANS, start), put_load(small, SMALL, 16, SCANS, start))
                for start in range(SCANS, SCANS * (rounds + 1), SCANS)
            ]
            pages = asyncio.run(_get(large, ["/"] * PAGES))
            found = asyncio.run(
                _get(large, [f"/api/v1/units/{label(n * 7919 % units)}" for n in range(PAGES)])
            )
            texts = ["BENCH-1", "BENCH", "bench-9", "agency", "NCH-10", "қоп", "NO-SUCH"]
            texted = asyncio.run(
                _get(large, [f"/consignments?search={quote(texts[n % len(texts)])}" for n in range(PAGES)])
            )
            live = asyncio.run(_live(large, units))
            memory = large.resident_mb()
        ours, theirs = _export(large_folder)
    how, within, median = (
        f"{units} units, {bulk.STEPS * units} events, {rounds} rounds",
        "ratio in a round",
        statistics.median,
    )
    return [
        Row("events written when it was filled", filled, "1/s", "0: it was there"),
        Row("scan requests", median(one.speed for one, _ in loads), "1/s", how),
        Row("scan requests / with 1,000 units", median(one.speed / other.speed for one, other in loads), "", f"{within}; must 0.45, aim 0.7"),
        Row("p99 / with 1,000 units", median(one.p99 / other.p99 for one, other in loads), "x", f"{within}; at most 1.5, aim 1.2"),
        Row("board page, p99", _p99(pages), "ms", f"{PAGES} pages, one after the other; at most 10"),
        Row("unit by its number, p99", _p99(found), "ms", "at most 100, aim 30"),
        Row("consignments by a part of their text, p99", _p99(texted), "ms", "a whole page; at most 100, aim 30"),
        Row("event at a follower after the answer, slowest", live[-1] * 1000, "ms", f"{len(live)} scans; at most 250"),
        Row("export of units as NDJSON / sqlite3 -csv", theirs / ours, "", "must 0.4"),
        Row("memory of the server", memory, "MB", "private, with the 64 MB of the database's cache"),
    ]  # fmt: skip

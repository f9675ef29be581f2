"""Imports of long lists: what they cost the scans of the same server, and how far they are from a plain bulk load.

A round puts a load of scans on the server, then the same load while a list of ``rows`` labelled pallets is imported, and
then imports another list alone; the bulk loads of the same file into bare tables stand beside it (``sqlite3 .import``,
and COPY as ``psql \\copy`` does it). An import is the whole request: file read, row by row understood and checked,
consignment judged, an event and a row for each unit, one durable commit, the report as answer.
"""

from __future__ import annotations

import asyncio
import csv
import http.client
import io
import json
import statistics
import subprocess
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg

from terminal import access, tokens
from terminal.api.needs import SESSION_COOKIE
from terminal.bench.postgres import a_server, another
from terminal.bench.requests import CLIENTS, SCANS, Child, Load, post, put_load, request
from terminal.bench.store import Row, label
from terminal.store import uuid7

UNITS = 10_000
#: labels of imported pallets begin here, far from those that are scanned
FIRST = 1_000_000_000
HEAD = ("Line", "Description", "HS code", "Packages", "Gross weight kg", "Net weight kg", "SSCC", "Batch")
GOODS = (
    ("Blankets, polyester fleece", "630140"), ("Family tents, 16 m2", "630622"), ("Wheat flour, fortified", "110100"),
    ("Hygiene kits", "340111"), ("Kitchen sets", "732393"), ("Jerrycans, 10 l", "392330"),
    ("Tarpaulins, 4 x 6 m", "630612"), ("Solar lamps", "851310"), ("School notebooks", "482020"), ("Soap, 200 g", "340119"),
)  # fmt: skip


def packing_list(rows: int, first: int) -> bytes:
    """A packing list of so many pallets, as an agency sends it: goods by turns, each pallet with a label and a batch."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(HEAD)
    for number in range(rows):
        what, code = GOODS[number % len(GOODS)]
        batch = f"B{number // 40:05d}"
        writer.writerow((number + 1, what, code, 1, 100 + number % 7, 95, label(first + number), batch))
    return out.getvalue().encode()


def facts_of(reference: str, rows: int) -> dict[str, object]:
    """The pre-advice that goes with such a list."""
    return {
        "reference": reference,
        "mode": "ROAD",
        "sender": "Agency A",
        "consignee": "Agency A Country Office",
        "consignee_place": "AFMZR",
        "declared": {"packages": rows, "gross_kg": str(sum(100 + n % 7 for n in range(rows)))},
    }


def send(child: Child, folder: Path, reference: str, data: bytes, rows: int) -> float:
    """Import a list as its sender would; returns the seconds until the answer. Raises ``RuntimeError`` unless it was taken."""
    mark = f"bench-{uuid7()}"
    fields = {"nonce": str(uuid7()), "facts": json.dumps(facts_of(reference, rows))}
    body = b"".join(
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    )
    head = f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{reference}.csv"\r\nContent-Type: text/csv\r\n\r\n'
    body += head.encode() + data + f"\r\n--{mark}--\r\n".encode()
    headers = {
        "Content-Type": f"multipart/form-data; boundary={mark}",
        "Cookie": f"{SESSION_COOKIE}={child.session}",
        "X-CSRF-Token": tokens.csrf_token(tokens.server_secret(folder), access.hash_token(child.session)),
    }
    with closing(http.client.HTTPConnection("127.0.0.1", child.port, timeout=3600)) as line:
        begin = time.perf_counter()
        line.request("POST", "/api/v1/imports", body, headers)
        answer = line.getresponse()
        said = answer.read()
        spent = time.perf_counter() - begin
    if answer.status != 200 or json.loads(said)["verdict"] != "accepted":
        raise RuntimeError(f"{answer.status} {said[:300]!r}")
    return spent


async def _meanwhile(child: Child, clients: int, start: int, work: asyncio.Future[float]) -> list[float]:
    """Answer times (s, sorted) of scans that are asked until ``work`` is done."""
    waits: list[float] = []

    async def client(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", child.port)
        while not work.done():
            data = request(child, number * 7919 % UNITS)
            number += clients
            begin = time.perf_counter()
            await post(reader, writer, data)
            waits.append(time.perf_counter() - begin)
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(client(start + number) for number in range(clients)))
    return sorted(waits)


def during(child: Child, folder: Path, reference: str, data: bytes, rows: int) -> tuple[Load, float]:
    """Scans while a list is imported: what they waited, and the seconds of the import."""

    async def both() -> tuple[list[float], float]:
        work = asyncio.ensure_future(asyncio.to_thread(send, child, folder, reference, data, rows))
        waits = await _meanwhile(child, CLIENTS, 0, work)
        return waits, await work

    before = child.cpu_seconds()
    waits, spent = asyncio.run(both())
    return Load(len(waits) / spent, (child.cpu_seconds() - before) / len(waits), waits), spent


def plain_import(path: Path, folder: Path) -> float:
    """Seconds that the ``sqlite3`` program takes to import the file into a bare table."""
    target = folder / "plain.sqlite3"
    target.unlink(missing_ok=True)
    script = (
        f"PRAGMA journal_mode=WAL;\nPRAGMA synchronous=FULL;\n.mode csv\n.separator ;\n.import {path} list\n"
    )
    begin = time.perf_counter()
    subprocess.run(["sqlite3", str(target)], input=script.encode(), check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def plain_copy(url: str, data: bytes) -> float:
    """Seconds of COPY of the same bytes into a bare table, as ``psql \\copy`` does it."""
    columns = ", ".join(f'"{name}" text' for name in HEAD)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS list")
        connection.execute(f"CREATE TABLE list ({columns})".encode())
        begin = time.perf_counter()
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY list FROM STDIN (FORMAT csv, DELIMITER ';', HEADER)") as copy,
        ):
            for start in range(0, len(data), 65_536):
                copy.write(data[start : start + 65_536])
        return time.perf_counter() - begin


@dataclass(frozen=True, slots=True)
class Round:
    """One round: scans alone, scans beside an import, and seconds of an import beside scans, of one alone, of a plain one."""

    quiet: Load
    busy: Load
    beside: float
    alone: float
    plain: float


def measure(*, rows: int = 20_000, rounds: int = 5) -> list[Row]:
    """The figures of SQLite as printable rows."""
    with tempfile.TemporaryDirectory(prefix="karvon-bench-") as made:
        folder = Path(made)
        with Child("real", folder, UNITS) as child:
            put_load(child, UNITS, CLIENTS, SCANS // 4, 0)
            before = child.resident_mb()
            done = [_round(child, folder, number, rows) for number in range(rounds)]
            after = child.resident_mb()
    median, how = statistics.median, f"{rows} rows, {CLIENTS} clients, median of {rounds} rounds"
    within = "ratio in a round"
    return [
        Row("import of a list, alone", median(rows / one.alone for one in done), "1/s", f"{rows} rows, all checks, whole request"),
        Row("import of a list, beside scans", median(rows / one.beside for one in done), "1/s", how),
        Row("import / sqlite3 .import", median(one.plain / one.alone for one in done), "", f"{within}; must 0.35, aim 0.5"),
        Row("p99 of scans during an import / without", median(one.busy.p99 / one.quiet.p99 for one in done), "x", f"{within}; at most 3, aim 1.5"),
        Row("p99 of scans during an import", median(one.busy.p99 for one in done) * 1000, "ms", how),
        Row("longest scan during an import", max(one.busy.waits[-1] for one in done) * 1000, "ms", f"of all {rounds} rounds"),
        Row("scans during an import", median(one.busy.speed for one in done), "1/s", how),
        Row("memory kept after it", after - before, "MB", f"{2 * rounds} lists of {rows} rows, and the database's cache"),
    ]  # fmt: skip


def _round(child: Child, folder: Path, number: int, rows: int) -> Round:
    first = FIRST + 2 * number * rows
    data = packing_list(rows, first)
    quiet = put_load(child, UNITS, CLIENTS, SCANS, number * SCANS)
    busy, beside = during(child, folder, f"BUSY-{number}", data, rows)
    alone = send(child, folder, f"ALONE-{number}", packing_list(rows, first + rows), rows)
    path = folder / "list.csv"
    path.write_bytes(data)
    return Round(quiet, busy, beside, alone, plain_import(path, folder))


def measure_postgres(*, rows: int = 20_000, rounds: int = 5) -> list[Row]:
    """The figures of PostgreSQL as printable rows."""
    with a_server() as url, tempfile.TemporaryDirectory(prefix="karvon-bench-") as made:
        folder = Path(made)
        ours, plain = another(url, "bench_import"), another(url, "bench_copy")
        done = []
        with Child("real", folder, 0, ours) as child:
            for number in range(rounds):
                data = packing_list(rows, FIRST + number * rows)
                done.append((send(child, folder, f"COPY-{number}", data, rows), plain_copy(plain, data)))
    median = statistics.median
    return [
        Row("import of a list on PostgreSQL", median(rows / one for one, _ in done), "1/s", f"{rows} rows, median of {rounds} rounds"),
        Row("import on PostgreSQL / \\copy", median(other / one for one, other in done), "", "ratio in a round; must 0.6, aim 0.9"),
    ]  # fmt: skip

"""``python -m terminal.bench`` (``make bench``): machine, versions, then every figure beside its ceiling, in one run."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from terminal.bench import frames, requests, slow_disk, store
from terminal.store import url_in

PARTS = (
    "requests", "postgres", "several", "slow_disk", "imports", "growth", "size", "store", "frames", "barcodes", "soak", "screening", "pages",
)  # fmt: skip


def machine() -> str:
    """What was measured on."""
    model = "unknown processor"
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    load = ", ".join(f"{one:.2f}" for one in os.getloadavg())
    return f"{os.cpu_count()} x {model}, {platform.system()} {platform.release()}, load {load}"


def versions() -> str:
    """The versions that matter."""
    names = (
        "fastapi",
        "starlette",
        "uvicorn",
        "pydantic",
        "sqlalchemy",
        "opencv-python-headless",
        "zxing-cpp",
    )
    return f"Python {platform.python_version()}; " + ", ".join(f"{name} {version(name)}" for name in names)


def main(argv: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--soak-seconds", type=float, default=20.0, help="how long the devices soak (20)")
    parser.add_argument("--units", type=int, default=100_000, help="how large the large terminal is (100000)")
    parser.add_argument("--large", type=Path, metavar="DIR", help="where the large terminal is kept")
    parser.add_argument("--rows", type=int, default=20_000, help="rows of an imported list (20000)")
    parser.add_argument(
        "--growth-seconds",
        type=float,
        default=30.0,
        help="how long memory is watched (30; 600 is the measure)",
    )
    args = parser.parse_args(argv)
    wanted = args.only or list(PARTS)
    print(machine())
    print(versions())
    if "requests" in wanted:
        print("\nWhole scan requests\n" + store.table(requests.measure(rounds=args.rounds)), flush=True)
    if "postgres" in wanted:
        from terminal.bench import postgres  # noqa: PLC0415 -- starts a database server

        print(
            "\nScan requests on PostgreSQL\n" + store.table(postgres.measure(rounds=args.rounds)), flush=True
        )
    if "several" in wanted:
        from terminal.bench import several  # noqa: PLC0415 -- starts a database server

        rows = several.measure(rounds=args.rounds)
        print("\nSeveral servers on one PostgreSQL\n" + store.table(rows), flush=True)
    if "slow_disk" in wanted:
        print(
            "\nScan requests on a slow disk\n" + store.table(slow_disk.measure(rounds=args.rounds)),
            flush=True,
        )
    if "imports" in wanted:
        from terminal.bench import imports  # noqa: PLC0415 -- starts a database server

        print("\nLong lists\n" + store.table(imports.measure(rows=args.rows, rounds=args.rounds)), flush=True)
        rows = imports.measure_postgres(rows=args.rows, rounds=args.rounds)
        print(store.table(rows), flush=True)
    if "growth" in wanted:
        rows = slow_disk.measure_growth(seconds=args.growth_seconds)
        print("\nMemory over time\n" + store.table(rows), flush=True)
    if "size" in wanted:
        from terminal.bench import size  # noqa: PLC0415 -- fills a large terminal

        rows = size.measure(units=args.units, rounds=args.rounds, kept=args.large)
        print("\nA large terminal beside a small one\n" + store.table(rows), flush=True)
    if "store" in wanted:
        with tempfile.TemporaryDirectory(prefix="karvon-bench-") as made:
            rows = store.measure(url_in(Path(made)), rounds=args.rounds)
        print("\nThe store alone\n" + store.table(rows), flush=True)
    if "frames" in wanted:
        print("\nFrames from wires\n" + store.table(frames.measure(args.rounds)), flush=True)
    if "barcodes" in wanted:
        from terminal.bench import barcodes  # noqa: PLC0415 -- OpenCV loads only when it is measured

        found = barcodes.rows()
        width = max(len(what) for what, _ in found)
        print("\nBarcodes in pictures\n" + "\n".join(f"{what:<{width}}  {value}" for what, value in found))
    if "soak" in wanted:
        from terminal.bench import soak  # noqa: PLC0415 -- starts a process of its own

        lines = soak.rows(args.soak_seconds)
        width = max(len(what) for what, _ in lines)
        print("\nDevices on bad lines\n" + "\n".join(f"{what:<{width}}  {value}" for what, value in lines))
    if "screening" in wanted:
        from terminal.bench import screening  # noqa: PLC0415 -- reads tables and list only when it is measured

        lines = screening.rows()
        width = max(len(what) for what, _ in lines)
        print("\nScreening of names\n" + "\n".join(f"{what:<{width}}  {value}" for what, value in lines))
    if "pages" in wanted:
        from terminal.bench import pages  # noqa: PLC0415 -- drives a browser

        lines = pages.rows(args.rounds)
        width = max(len(what) for what, _ in lines)
        print(
            "\nFirst view on a slow phone\n" + "\n".join(f"{what:<{width}}  {value}" for what, value in lines)
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""``python -m tests.crash`` (``make crash``): kill everything, often, and count what became of every promise."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.crash import browsers, gateways, killed, load, network, troubles
from tests.crash.stations import Result

#: name -> (story of a folder and how often, how often when asked for the long run)
STORIES: dict[str, tuple[Callable[[Path, int], Result], int]] = {
    "sqlite": (killed.server_on_sqlite, 100),
    "postgres": (killed.server_on_postgres, 80),
    "database": (killed.database, 30),
    "failover": (lambda folder, _: killed.failover(folder), 1),
    "gateway": (gateways.gateway, 60),
    "line": (network.bad_line, 60),
    "crowd": (load.crowd, 100),
    "browser": (browsers.browser, 20),
    "disk": (troubles.full_disk, 12),
    "clock": (troubles.jumping_clock, 24),
    "log": (troubles.torn_log, 40),
    "twice": (troubles.two_servers, 15),
}


def main(argv: list[str] | None = None) -> int:
    """Tell the stories and print the table; 0 when every promise was kept."""
    parser = argparse.ArgumentParser(prog="make crash", description=__doc__)
    parser.add_argument(
        "--only", choices=STORIES, action="append", help="this story (may be given several times)"
    )
    parser.add_argument(
        "--times", type=float, default=1.0, help="so many times the usual number of deaths (1)"
    )
    args = parser.parse_args(argv)
    head = ("scenario", "kills", "acknowledged", "found", "lost", "doubled", "seconds", "")
    print(_line(head), flush=True)
    results = []
    for name in args.only or STORIES:
        story, often = STORIES[name]
        with tempfile.TemporaryDirectory(prefix="karvon-crash-") as folder:
            begin = time.monotonic()
            result = story(Path(folder), max(1, round(often * args.times)))
        results.append(result)
        print(_line(_cells(result, time.monotonic() - begin)), flush=True)
    whole = Result("all", *(sum(getattr(one, name) for one in results) for name in Result.__slots__[1:6]))
    print(_line(_cells(whole, None)))
    return 0 if all(result.good for result in results) else 1


def _cells(result: Result, seconds: float | None) -> tuple[object, ...]:
    counts = (result.kills, result.acknowledged, result.found, result.lost, result.doubled)
    return (result.scenario, *counts, "" if seconds is None else f"{seconds:.0f}", result.note)


def _line(cells: tuple[object, ...]) -> str:
    first, *numbers, note = (str(cell) for cell in cells)
    return f"{first:<24}" + "".join(f"{number:>13}" for number in numbers) + (f"  {note}" if note else "")


if __name__ == "__main__":
    sys.exit(main())

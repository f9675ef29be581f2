"""``karvon demo``: what ``make run`` starts. Simulated devices, sample consignments, a day to play."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``karvon demo``."""
    parser.add_argument(
        "--data", type=Path, default=Path("var/demo"), help="folder of the data (default: var/demo)"
    )
    parser.add_argument(
        "--port", type=int, default=8000, help="port of the web pages (default: 8000; 0: a free one)"
    )
    parser.add_argument(
        "--no-morning", action="store_true", help="only the expected truck, without a busy morning before it"
    )
    parser.add_argument("--reset", action="store_true", help="begin anew: removes the data folder first")


def run(args: argparse.Namespace) -> int:
    """Run until Ctrl-C; returns the exit code."""
    from terminal.demo.simulated import SimulatorsError  # noqa: PLC0415
    from terminal.demo.starting import demo, prepare  # noqa: PLC0415
    from terminal.store import StoreError  # noqa: PLC0415

    try:
        prepare(args.data, reset=args.reset)
        started = asyncio.run(
            demo(args.data, args.port, lambda text: print(text, flush=True), busy=not args.no_morning)
        )
    except (StoreError, SimulatorsError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0
    if not started:
        print(f"Port {args.port} is taken; choose another with --port.", file=sys.stderr)
        return 3
    return 0

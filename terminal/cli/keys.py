"""``karvon keys``: the public keys that prove our signatures, and changing the one that signs."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from terminal.cli import DONE, UNREACHABLE, USAGE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``karvon keys`` and its subcommands."""
    actions = parser.add_subparsers(dest="action", metavar="show | rotate | successions", required=True)
    show = actions.add_parser("show", help="print every public key; the last one signs now")
    show.add_argument("--json", action="store_true", help="print them as JSON, with the times they signed")
    rotate = actions.add_parser("rotate", help="make a new signing key; the old public key stays known")
    rotate.add_argument(
        "--stolen",
        action="store_true",
        help="somebody else may have the old key: it does not name the new one",
    )
    followed = actions.add_parser("successions", help="print the notes in which old keys name new ones")
    for sub in (show, rotate, followed):
        sub.add_argument(
            "--data", type=Path, default=Path("var"), metavar="DIR", help="data directory (default: var)"
        )
        sub.add_argument(
            "--place", default="UZTER", help="place code that names a first key (default: UZTER)"
        )


def run(args: argparse.Namespace) -> int:
    """Show or rotate; 0 done, 2 no such data directory or damaged keys, 3 not readable or writable."""
    from terminal.keys import Keys, KeyTrouble  # noqa: PLC0415 - the cryptography library loads here

    if not args.data.is_dir():
        print(f"{args.data} is no data directory; name it with --data.", file=sys.stderr)
        return USAGE
    keys, now = Keys(args.data, args.place), datetime.now(UTC)
    try:
        if args.action == "rotate":
            print(keys.rotate(now, named=not args.stolen).public.line)
            return DONE
        if args.action == "successions":
            print(keys.successions(), end="")
            return DONE
        keys.current(now)
        shown = keys.public()
    except KeyTrouble as problem:
        print(problem, file=sys.stderr)
        return USAGE
    except OSError as problem:
        print(f"The keys in {args.data} cannot be reached: {problem.strerror or problem}.", file=sys.stderr)
        return UNREACHABLE
    if args.json:
        rows = [
            {
                "line": key.line,
                "id": key.id,
                "since": key.since.isoformat(),
                "until": key.until.isoformat() if key.until else None,
            }
            for key in shown
        ]
        print(json.dumps(rows))
    else:
        for key in shown:
            print(key.line)
    return DONE

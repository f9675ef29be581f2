"""``karvon backup FILE`` and ``karvon restore FILE``: proven copies of a SQLite store."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from terminal.cli import DONE, UNREACHABLE, USAGE
from terminal.cli.verifying import add_store_arguments, store_url
from terminal.store import BackupFailed, BadAddress, OwnedElsewhere, StoreError, sqlite_path
from terminal.store import backup as copies


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of both commands."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the backup")
    add_store_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Make a backup, or put one back. 0: done, 2: cannot be done as asked, 3: the copy failed."""
    try:
        store = sqlite_path(store_url(args))
        if store is None:
            print(copies.POSTGRES_ADVICE, file=sys.stderr)
            return USAGE
        if args.command == "restore":
            report, kept = copies.restore(args.file, store, datetime.now(UTC))
        else:
            report, kept = copies.backup(store, args.file), None
    except (BadAddress, OwnedElsewhere) as error:
        print(error, file=sys.stderr)
        return USAGE
    except BackupFailed as error:
        print(error, file=sys.stderr)
        return UNREACHABLE
    except (StoreError, OSError) as error:
        print(error, file=sys.stderr)
        return UNREACHABLE
    if args.json:
        print(json.dumps({**report.plain(), "kept": str(kept) if kept else None}))
        return DONE
    head = f"{report.events} events, unbroken. Head {report.head.seq}:{report.head.hash.hex()}"
    if args.command == "restore":
        print(f"{store} is now {args.file}: {head}")
        if kept is not None:
            print(f"What was there before is kept as {kept}")
    else:
        print(f"{args.file}: {head}")
    return DONE

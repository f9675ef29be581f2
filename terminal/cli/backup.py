"""``karvon backup WHERE`` and ``karvon restore WHERE``: proven copies of a terminal on SQLite.

With ``--data`` WHERE is a new folder: store, kept files and public keys. With ``--database`` it is one file, the store.
"""

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
from terminal.store import backup_folder as folders


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of both commands."""
    parser.add_argument(
        "file", type=Path, metavar="WHERE", help="the backup: a folder, or one file of the store alone"
    )
    add_store_arguments(parser)
    if parser.prog.endswith("backup"):
        parser.add_argument(
            "--with-private-key",
            action="store_true",
            help="copy the private key and the secret too: whoever has them can sign as this terminal",
        )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Make a backup, or put one back. 0: done, 2: cannot be done as asked, 3: the copy failed."""
    try:
        store = sqlite_path(store_url(args))
        if store is None:
            print(copies.POSTGRES_ADVICE, file=sys.stderr)
            return USAGE
        whole, kept = _done(args, store)
    except (BadAddress, OwnedElsewhere) as error:
        print(error, file=sys.stderr)
        return USAGE
    except BackupFailed as error:
        print(error, file=sys.stderr)
        return UNREACHABLE
    except (StoreError, OSError) as error:
        print(error, file=sys.stderr)
        return UNREACHABLE
    report = whole.report
    if args.json:
        more = {"files": whole.files, "keys": list(whole.keys), "kept": str(kept) if kept else None}
        print(json.dumps({**report.plain(), **more}))
        return DONE
    head = f"{report.events} events, unbroken. Head {report.head.seq}:{report.head.hash.hex()}"
    print(f"{store} is now {args.file}: {head}" if args.command == "restore" else f"{args.file}: {head}")
    if whole.files or whole.keys:
        print(f"{whole.files} kept files, proven. Keys: {', '.join(whole.keys) or 'none'}")
    if kept is not None:
        print(f"What was there before is kept as {kept}")
    return DONE


def _done(args: argparse.Namespace, store: Path) -> tuple[folders.Whole, Path | None]:
    """Do it; returns what was copied, and where a store that was in the way is kept."""
    if args.command == "restore":
        if args.file.is_dir() and args.database is None:
            return folders.put_back(args.file, args.data, datetime.now(UTC))
        report, kept = copies.restore(args.file, store, datetime.now(UTC))
        return folders.Whole(report, 0, ()), kept
    if args.database is None:
        return folders.back_up(args.data, args.file, secrets=args.with_private_key), None
    if args.with_private_key:
        raise BackupFailed("--with-private-key needs --data: the keys lie in the data folder.")
    return folders.Whole(copies.backup(store, args.file), 0, ()), None

"""``karvon verify``: prove the journal of a store, a clearance bundle or a gate pass, or name what was touched."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from terminal.cli import DONE, FINDINGS, UNREACHABLE, USAGE
from terminal.store import BadAddress, NotReady, Store, StoreError, url_in
from terminal.store.journal import Head
from terminal.store.sql import Connection
from terminal.store.verify import DAMAGED, Broken, Fault, verify

if TYPE_CHECKING:
    from terminal.evidence.karvon_verify import Proven


def add_store_arguments(parser: argparse.ArgumentParser) -> None:
    """``--data DIR`` or ``--database URL``: which store a command speaks of."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--data", type=Path, default=Path("var"), metavar="DIR", help="data directory (default: var)"
    )
    which.add_argument("--database", metavar="URL", help="sqlite:///FILE or postgresql://user@host/name")


def store_url(args: argparse.Namespace) -> str:
    """The URL that the arguments of :func:`add_store_arguments` name."""
    url: str = args.database or url_in(args.data)
    return url


def head_argument(text: str) -> Head:
    """``SEQ:HASH`` as ``karvon verify`` prints it."""
    number, _, digest = text.partition(":")
    try:
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            raise ValueError(number)
        hash_ = bytes.fromhex(digest)
        if len(hash_) != 32:
            raise ValueError(digest)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not NUMBER:HASH with 64 hex digits") from None
    return Head(int(number), hash_)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``karvon verify``."""
    add_store_arguments(parser)
    parser.add_argument(
        "--head",
        type=head_argument,
        metavar="NUMBER:HASH",
        help="an end noted down earlier: the journal must still contain it",
    )
    parser.add_argument(
        "--state",
        action="store_true",
        help="also compare every row with what the journal makes of it (minutes on a large store)",
    )
    parser.add_argument(
        "--bundle", type=Path, metavar="FILE", help="prove an exported clearance bundle instead"
    )
    parser.add_argument(
        "--archive",
        type=Path,
        metavar="DIR",
        help="prove what `karvon archive` wrote, beside the store if it is there",
    )
    parser.add_argument("--pass", dest="pass_text", metavar="TEXT", help="prove a gate pass instead")
    parser.add_argument(
        "--key", metavar="KEY", help="verifier key of the terminal, or a file of keys (`karvon keys show`)"
    )
    parser.add_argument(
        "--successions", type=Path, metavar="FILE", help="notes in which that key names newer ones"
    )
    parser.add_argument("--revoked", type=Path, metavar="FILE", help="signed list of revoked passes")
    parser.add_argument(
        "--witness",
        type=Path,
        action="append",
        default=[],
        metavar="PATH",
        help="folder of a witness, or a file of signed checkpoints (with --key): the journal must still contain them",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _verify_state(connection: Connection) -> Broken | None:
    from terminal.store.fold import verify_state  # noqa: PLC0415 - brings the migration tools with it

    return verify_state(connection)


class _BadWitness(Exception):  # noqa: N818 - it is an answer to a person
    """A witness or a key that was given is none."""


def _verify_witnessed(connection: Connection, args: argparse.Namespace) -> Broken | None:
    """Compare with what witnesses saw. Raises _BadWitness."""
    from terminal.evidence import cosigning, witnessed  # noqa: PLC0415 - the cryptography library loads here
    from terminal.evidence.witness import NoWitness  # noqa: PLC0415

    try:
        said = args.key or ""
        text = Path(said).read_text(encoding="utf-8") if said and Path(said).is_file() else said
        keys = [cosigning.read_key(line) for line in text.split()]
        for path in args.witness:
            if broken := witnessed.verify_witnessed(connection, witnessed.seen_by(path, keys)):
                return broken
    except (NoWitness, cosigning.Unreadable, OSError) as problem:
        raise _BadWitness(str(problem)) from problem
    return None


def _proven(proven: Proven) -> dict[str, Any]:
    """What was proven of a bundle, for programs."""
    return {
        "bundle": proven.said,
        "key": proven.key.id,
        "files": proven.files,
        "journal": proven.journal_size,
        "head": proven.journal_head,
        "shown": len(proven.shown),
        "withheld": len(proven.withheld),
    }


def _verify_foreign(args: argparse.Namespace) -> int:
    """Prove what was exported, with a key alone: no store is opened."""
    from terminal.evidence import karvon_verify as kv  # noqa: PLC0415 - only this needs it

    if not args.key:
        print("Say with --key which terminal's key to believe.", file=sys.stderr)
        return USAGE
    try:
        notes = args.successions.read_text(encoding="utf-8") if args.successions else ""
        keys = kv.followed(kv.read_keys(args.key), notes)
        if args.bundle is not None:
            proven = kv.verify_bundle(args.bundle.read_bytes(), keys)
            said, text = _proven(proven), kv.told(proven)
        else:
            said = kv.verify_pass(args.pass_text, keys, datetime.now(UTC))
            if args.revoked is not None:
                kv.insist_not_revoked(said, args.revoked.read_bytes(), keys)
            said = {name: str(v) if isinstance(v, datetime) else v for name, v in said.items()}
            text = "GENUINE\n" + "\n".join(f"  {name}: {value}" for name, value in said.items())
    except kv.Broken as broken:
        found = {"ok": False, "item": broken.item, "why": broken.why}
        print(json.dumps(found) if args.json else f"NOT PROVEN. {broken}.")
        return FINDINGS
    except OSError as problem:
        print(problem, file=sys.stderr)
        return UNREACHABLE
    print(json.dumps({"ok": True, **said}, ensure_ascii=False) if args.json else text)
    return DONE


def run(args: argparse.Namespace) -> int:
    """Verify and report. 0: proven, 1: broken, 2: no such store, 3: not reachable."""
    if args.bundle is not None or args.pass_text is not None:
        return _verify_foreign(args)
    if args.archive is not None:
        from terminal.cli import archiving  # noqa: PLC0415 - it builds on this module

        return archiving.verify(args)
    try:
        with Store.open(store_url(args), writing=False) as store:
            connection = store.connect()
            try:
                report = verify(connection, expected=args.head)
                if report.ok and args.witness:
                    report = replace(report, broken=_verify_witnessed(connection, args))
                if args.state and report.ok:
                    report = replace(report, broken=_verify_state(connection))
            finally:
                connection.close()
    except (BadAddress, NotReady, _BadWitness) as error:
        print(error, file=sys.stderr)
        return USAGE
    except StoreError as error:
        print(error, file=sys.stderr)
        return UNREACHABLE
    except DAMAGED as error:
        print(f"The database file is damaged and cannot be opened: {error}.", file=sys.stderr)
        return UNREACHABLE
    if args.json:
        print(json.dumps(report.plain()))
    elif report.broken is None:
        for one in report.purged:
            said = f"{len(one.entries)} events emptied, {len(one.files)} files deleted"
            print(
                f"Purged under rule {one.rule} on {one.at:%Y-%m-%d} by {one.who} (event {one.seq}): {said}."
            )
        print(f"{report.events} events, unbroken. Head {report.head.seq}:{report.head.hash.hex()}")
    else:
        print(f"BROKEN. {report.broken.sentence}")
        state = report.broken.fault is Fault.STATE
        which, before = ("All", "") if state else ("The", "before it ")
        print(f"{which} {report.events} events {before}are as they were written.")
    return DONE if report.ok else FINDINGS

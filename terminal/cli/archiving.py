"""``karvon archive DIR``: whole segments of the journal into files that prove themselves; ``karvon verify --archive DIR``."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from terminal.cli import DONE, FINDINGS, UNREACHABLE, USAGE
from terminal.cli.verifying import add_store_arguments, store_url
from terminal.store import BadAddress, NotReady, Store, StoreError, archive, sqlite_path
from terminal.store.archive import Archive, BadArchive
from terminal.store.verify import Broken, Fault

CHECKPOINT = "checkpoint.txt"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``karvon archive``."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="the archive; made if it is not there")
    add_store_arguments(parser)
    parser.add_argument(
        "--segment",
        type=_count,
        metavar="EVENTS",
        help=f"events in a file, for a new archive (default: {archive.SEGMENT})",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= 10_000_000 and len(text) < 9):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 10000000")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Archive. 0: done, 1: what is archived is not what the journal says, 2: no such store, 3: not reachable."""
    try:
        with Store.open(store_url(args), writing=False) as store:
            connection = store.connect()
            try:
                made, written = archive.write(connection, args.folder, args.segment)
            finally:
                connection.close()
        if written and args.database is None:
            _sign(args.data, args.folder, made)
    except (BadAddress, NotReady) as error:
        print(error, file=sys.stderr)
        return USAGE
    except BadArchive as error:
        print(error, file=sys.stderr)
        return FINDINGS
    except (StoreError, OSError) as error:
        print(error, file=sys.stderr)
        return UNREACHABLE
    head = f"{made.head.seq}:{made.head.hash.hex()}"
    if args.json:
        print(
            json.dumps(
                {"events": made.head.seq, "segments": len(made.segments), "written": written, "head": head}
            )
        )
    else:
        print(f"{len(made.segments)} segments, {made.head.seq} events, {written} written now. Head {head}")
    return DONE


def _sign(data: Path, folder: Path, made: Archive) -> None:
    """Put a signed checkpoint of the archived part beside it, if this terminal has a key."""
    import base64  # noqa: PLC0415 - only this needs it

    from terminal.keys import Keys  # noqa: PLC0415 - the cryptography library loads here

    keys = Keys(data, "UZTER")
    if not keys.public():
        return
    key = keys.current(datetime.now(UTC))
    root = base64.b64encode(bytes.fromhex(made.segments[-1].root)).decode()
    note = key.note(f"{key.public.name}\n{made.head.seq}\n{root}\n")
    part = folder / f"{CHECKPOINT}.part"
    part.write_text(note, encoding="utf-8")
    part.replace(folder / CHECKPOINT)


def verify(args: argparse.Namespace) -> int:
    """Prove an archive, together with the store it came from where that is there. Exit codes as ``karvon verify``."""
    try:
        proof, compared = _proof(args)
    except (BadArchive, BadAddress, NotReady) as error:
        print(error, file=sys.stderr)
        return USAGE
    except (StoreError, OSError) as error:
        print(error, file=sys.stderr)
        return UNREACHABLE
    broken = proof.broken or _unsigned(args, proof)
    head = f"{proof.head.seq}:{proof.head.hash.hex()}"
    if args.json:
        said = broken and {"seq": broken.seq, "fault": broken.fault.value, "sentence": broken.sentence}
        print(
            json.dumps(
                {
                    "ok": broken is None,
                    "events": proof.events,
                    "head": head,
                    "store": compared,
                    "broken": said,
                }
            )
        )
    elif broken is None:
        beside = "and the journal has the same" if compared else "no store beside it was looked at"
        print(f"{proof.events} archived events, unbroken, {beside}. Head {head}")
    else:
        print(f"BROKEN. {broken.sentence}")
    return DONE if broken is None else FINDINGS


def _proof(args: argparse.Namespace) -> tuple[archive.Proof, bool]:
    if not (args.archive / archive.LISTED).is_file():
        raise BadArchive(f"{args.archive} is no archive: it has no {archive.LISTED}")
    path = sqlite_path(store_url(args))
    if args.database is None and (path is None or not path.is_file()):
        return archive.prove(args.archive, None, args.head), False
    with Store.open(store_url(args), writing=False) as store:
        connection = store.connect()
        try:
            return archive.prove(args.archive, connection, args.head), True
        finally:
            connection.close()


def _unsigned(args: argparse.Namespace, proof: archive.Proof) -> Broken | None:
    """With ``--key``: the checkpoint that lies in the archive must be signed by it and be of these events."""
    if not args.key or not proof.events:
        return None
    from terminal.evidence import cosigning  # noqa: PLC0415 - the cryptography library loads here

    try:
        text = Path(args.key).read_text(encoding="utf-8") if Path(args.key).is_file() else args.key
        keys = [cosigning.read_key(line) for line in text.split()]
        note = cosigning.read_checkpoint((args.archive / CHECKPOINT).read_text(encoding="utf-8"))
    except (OSError, cosigning.Unreadable) as problem:
        return Broken(
            proof.head.seq, Fault.HEAD, f"The checkpoint of the archive cannot be proven: {problem}."
        )
    if note.signed_by(keys) is None:
        return Broken(proof.head.seq, Fault.HEAD, "The checkpoint of the archive is not signed by this key.")
    if proof.roots.get(note.size) != note.head:
        return Broken(note.size, Fault.HEAD, "The signed checkpoint is not of the events that are archived.")
    return None

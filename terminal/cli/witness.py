"""``karvon witness``: be a witness of a journal on another host or a USB stick, and have the journal witnessed."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.cli import DONE, FINDINGS, UNREACHABLE, USAGE
from terminal.cli.opening import add_terminal_arguments, with_terminal

if TYPE_CHECKING:
    from terminal.service import Service


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``karvon witness`` and its subcommands."""
    actions = parser.add_subparsers(dest="action", metavar="init | trust | serve | note", required=True)
    init = actions.add_parser("init", help="make a folder a witness; prints its verifier key")
    init.add_argument("--name", required=True, help="its name, for example hairatan.example/witness")
    trust = actions.add_parser("trust", help="believe the key of a terminal")
    for sub in (init, trust):
        sub.add_argument(
            "--key", action="append", default=[], help="a verifier key that `karvon keys show` prints"
        )
    trust.add_argument(
        "--succession",
        type=Path,
        metavar="FILE",
        help="what `karvon keys successions` printed: follow a new key",
    )
    serve = actions.add_parser("serve", help="answer terminals over HTTP")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8460)
    for sub in (init, trust, serve):
        sub.add_argument("folder", type=Path, help="the folder of the witness")
    note = actions.add_parser("note", help="have the journal signed by a witness now")
    note.add_argument(
        "to", metavar="FOLDER-OR-ADDRESS", help="folder of a witness (a USB stick) or http(s)://HOST"
    )
    note.add_argument("--key", help="verifier key of the witness (needed for an address)")
    add_terminal_arguments(note)


def run(args: argparse.Namespace) -> int:
    """0 done, 1 the witness contradicts, 2 not asked well, 3 not reachable."""
    if args.action == "note":
        return with_terminal(args, lambda service: _note(service, args), writing=False)
    from terminal.evidence.cosigning import Unreadable  # noqa: PLC0415 - the cryptography library loads here
    from terminal.evidence.witness import NoWitness  # noqa: PLC0415

    try:
        return _keep(args)
    except (NoWitness, Unreadable) as problem:
        print(problem, file=sys.stderr)
        return USAGE
    except OSError as problem:
        print(problem, file=sys.stderr)
        return UNREACHABLE


def _keep(args: argparse.Namespace) -> int:
    from terminal.evidence import succession  # noqa: PLC0415
    from terminal.evidence.cosigning import read_key  # noqa: PLC0415
    from terminal.evidence.witness import Witness  # noqa: PLC0415

    if args.action == "serve":
        return _serve(Witness(args.folder), args.host, args.port)
    keys = [read_key(line) for line in args.key]
    witness = Witness.make(args.folder, args.name) if args.action == "init" else Witness(args.folder)
    witness.trust(*keys)
    if args.action == "init":
        print(witness.key.line)
    elif args.succession is not None:
        for note in succession.split(args.succession.read_text(encoding="utf-8")):
            print(witness.follow(note).line)
    return DONE


def _serve(witness: object, host: str, port: int) -> int:
    from terminal.evidence.witness import Witness  # noqa: PLC0415
    from terminal.evidence.witness_server import make  # noqa: PLC0415
    from terminal.running import set_up_logging, utc_now  # noqa: PLC0415

    assert isinstance(witness, Witness)
    set_up_logging()
    with make(witness, host, port, utc_now) as server:
        print(f"{witness.key.line}\nlistening on port {server.server_address[1]}", flush=True)
        server.serve_forever()
    return DONE


def _note(service: Service, args: argparse.Namespace) -> int:
    from terminal.evidence import witnessed  # noqa: PLC0415

    try:
        ask, key = witnessed.asking(args.to, args.key, lambda: datetime.now(UTC))
        with service.reading() as reader:
            found = witnessed.submit(reader, service.log, service.keys.current(service.clock()), ask, key)
        witnessed.keep(service.settings.data_dir, args.to, found)
    except witnessed.Contradicted as problem:
        print(f"CONTRADICTED. {problem}")
        return FINDINGS
    except witnessed.NotWitnessed as problem:
        print(problem, file=sys.stderr)
        return UNREACHABLE
    print(f"{key.name} signed {found.size} events at {found.at:%Y-%m-%dT%H:%M:%SZ}.")
    return DONE

"""The ``karvon`` command: a thin door to the use cases, one module a command.

Exit codes: 0 done, 1 findings or refusals, 2 usage or configuration, 3 could not reach something.
With ``--json`` stdout carries machine-readable output and nothing else; problems go to stderr.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version

#: command -> (module with ``add_arguments(parser)`` and ``run(args) -> int``, one line of help).
#: Modules are imported only when their command is called, so that ``karvon`` answers at once.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("terminal.cli.demo", "a whole terminal with simulated devices and sample consignments"),
    "init": ("terminal.cli.serving", "write an example configuration and the first set-up link"),
    "serve": ("terminal.cli.serving", "run the terminal of a configuration"),
    "import": ("terminal.cli.importing", "read packing lists, request forms and consignment notes"),
    "check": ("terminal.cli.checking", "run the checks of one consignment, with reasons"),
    "data": ("terminal.cli.data", "reference tables and the sanctions list: look, try, load, go back"),
    "user": ("terminal.cli.people", "add people, change their roles, give them set-up links"),
    "device": ("terminal.cli.device_tokens", "enrol stations and gateways, revoke their tokens"),
    "devices": ("terminal.cli.devices", "protocols, ports, monitor, decode, simulate ..."),
    "gateway": ("terminal.cli.gateway", "devices on a gate PC, with a durable queue to the terminal"),
    "read-barcodes": ("terminal.cli.barcodes", "read every barcode in pictures"),
    "label": ("terminal.cli.labels", "make SSCC logistics labels"),
    "verify": ("terminal.cli.verifying", "prove the journal, or name the first event that was touched"),
    "export": ("terminal.cli.exporting", "rows for other programs, or the clearance bundle of a consignment"),
    "keys": ("terminal.cli.keys", "the public keys that prove our signatures; rotate the signing key"),
    "witness": (
        "terminal.cli.witness",
        "sign a journal from outside, so that nobody can write it anew unseen",
    ),
    "purge": (
        "terminal.cli.purging",
        "delete what has outlived its time, so that the journal stays provable",
    ),
    "backup": ("terminal.cli.backup", "copy a running store into one proven file"),
    "restore": ("terminal.cli.backup", "put a backup in place of the store"),
    "archive": (
        "terminal.cli.archiving",
        "copy whole segments of the journal into files that prove themselves",
    ),
}

DONE, FINDINGS, USAGE, UNREACHABLE = 0, 1, 2, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. ``argv`` defaults to the process's own arguments."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="karvon", description="Runs the cargo process of a logistics terminal."
    )
    parser.add_argument("--version", action="version", version=f"karvon {version('karvon')}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    wanted = next((word for word in arguments if not word.startswith("-")), None)
    for name, (module, summary) in COMMANDS.items():
        sub = commands.add_parser(name, help=summary, description=summary)
        if name == wanted:
            import_module(module).add_arguments(sub)
    args = parser.parse_args(arguments)
    try:
        code: int = import_module(COMMANDS[args.command][0]).run(args)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return code


if __name__ == "__main__":
    sys.exit(main())

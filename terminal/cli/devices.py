"""``karvon devices``: what an integrator needs at the gate, one subcommand for each question."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from typing import Any

from devices.errors import ConfigProblem, LinkError

DONE, FINDINGS, USAGE, UNREACHABLE = 0, 1, 2, 3

#: subcommand -> (module with ``run_NAME`` or ``run``, one line of help). Modules are imported only when
#: their subcommand is called; their options stand in ``devices_options``.
SUBCOMMANDS: dict[str, tuple[str, str]] = {
    "protocols": ("terminal.cli.devices_list", "wire protocols Karvon speaks, with their settings"),
    "ports": ("terminal.cli.devices_list", "serial ports of this machine, with the names that stay"),
    "doctor": ("terminal.cli.devices_list", "what is wrong with ports, rights, clock and configuration"),
    "probe": ("terminal.cli.devices_wire", "listen at every speed and guess the protocol"),
    "monitor": ("terminal.cli.devices_wire", "bytes, frames and readings of a device side by side"),
    "record": ("terminal.cli.devices_wire", "write the bytes of a device to a file"),
    "replay": ("terminal.cli.devices_wire", "read a recording again, bit for bit"),
    "simulate": ("terminal.cli.devices_wire", "play a device on a pseudo-terminal or TCP port"),
    "decode": ("terminal.cli.devices_decode", "bytes in hex to readings"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of all subcommands."""
    commands = parser.add_subparsers(dest="subcommand", metavar="SUBCOMMAND", required=True)
    for name, (module, summary) in SUBCOMMANDS.items():
        sub = commands.add_parser(name, help=summary, description=summary)
        options = module if name == "decode" else "terminal.cli.devices_options"
        _entry(options, "add_arguments", name)(sub)


def run(args: argparse.Namespace) -> int:
    """Run one subcommand; troubles become a sentence on stderr and an exit code."""
    module, _ = SUBCOMMANDS[args.subcommand]
    try:
        code: int = _entry(module, "run", args.subcommand)(args)
    except ConfigProblem as problem:
        for sentence in problem.problems:
            complain(sentence)
        return USAGE
    except LinkError as error:
        complain(f"{error.sentence} {error.advice}")
        return UNREACHABLE
    return code


def _entry(module: str, prefix: str, name: str) -> Callable[..., Any]:
    loaded = import_module(module)
    found: Callable[..., Any] = getattr(loaded, f"{prefix}_{name}", None) or getattr(loaded, prefix)
    return found


def say(value: Any) -> None:
    """One JSON line on stdout, at once."""
    print(json.dumps(value, ensure_ascii=False, default=str), flush=True)


def complain(sentence: str) -> None:
    """A sentence on stderr."""
    print(sentence, file=sys.stderr, flush=True)


def table(rows: list[list[str]]) -> None:
    """Rows as aligned columns; the first row is the heading."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def as_plain(value: Any) -> dict[str, Any]:
    """A dataclass as JSON values."""
    return asdict(value)

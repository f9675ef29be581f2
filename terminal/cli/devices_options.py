"""Options of the ``karvon devices`` subcommands, apart from their work, so that the command answers at once."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments_protocols(parser: argparse.ArgumentParser) -> None:
    """Options of ``protocols``."""
    parser.add_argument("name", nargs="?", help="show one protocol with its settings")
    parser.add_argument("--json", action="store_true")


def add_arguments_ports(parser: argparse.ArgumentParser) -> None:
    """Options of ``ports``."""
    parser.add_argument("--json", action="store_true")


def add_arguments_doctor(parser: argparse.ArgumentParser) -> None:
    """Options of ``doctor``."""
    parser.add_argument("--config", type=Path, help="karvon.toml or gateway.toml")
    parser.add_argument("--no-touch", action="store_true", help="do not open ports (Karvon is running)")
    parser.add_argument("--json", action="store_true")


def add_arguments_probe(parser: argparse.ArgumentParser) -> None:
    """Options of ``probe``."""
    parser.add_argument("url", help="port or address, e.g. /dev/ttyUSB0, COM4, socket://192.0.2.10:4001")
    parser.add_argument("--seconds", type=float, default=1.5, help="how long to listen at each speed")
    parser.add_argument(
        "--ask", action="store_true", help="send the read-only questions of polled scales too"
    )
    parser.add_argument("--json", action="store_true")


def _device_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("device", help="a device of the configuration, or a port or address")
    parser.add_argument("--config", type=Path, help="karvon.toml or gateway.toml")
    parser.add_argument("--protocol", help="for a port that stands in no configuration")
    parser.add_argument("--unit", default=None, help="unit where the wire carries none (default kg)")
    parser.add_argument("--codec", default="{}", help="settings of the protocol as JSON")
    parser.add_argument("--baud", type=int, help="speed, if not the usual one of the protocol")
    parser.add_argument("--capacity", default="60000", help="kg, for a scale without configuration")
    parser.add_argument("--division", default="1", help="kg, for a scale without configuration")
    parser.add_argument("--seconds", type=float, help="stop after so long (default: Ctrl+C)")


def add_arguments_monitor(parser: argparse.ArgumentParser) -> None:
    """Options of ``monitor``."""
    _device_options(parser)
    parser.add_argument("--json", action="store_true")


def add_arguments_record(parser: argparse.ArgumentParser) -> None:
    """Options of ``record``."""
    _device_options(parser)
    parser.add_argument("--output", type=Path, required=True, help="file to write; it must not exist yet")
    parser.add_argument("--json", action="store_true")


def add_arguments_replay(parser: argparse.ArgumentParser) -> None:
    """Options of ``replay``."""
    parser.add_argument("file", type=Path)
    parser.add_argument("--protocol", help="read it as another protocol than the one recorded")
    parser.add_argument(
        "--to", metavar="URL", help="send the bytes to a port or address, with their own timing"
    )
    parser.add_argument("--speed", type=float, default=1.0, help="with --to: 2 is twice as fast, 0 at once")
    parser.add_argument("--json", action="store_true")


def add_arguments_simulate(parser: argparse.ArgumentParser) -> None:
    """Options of ``simulate``; what it does not know itself goes on to ``python -m simulators``."""
    parser.add_argument("what", help="a protocol, or a scenario file (terminal.toml, day.toml come along)")
    parser.add_argument("--pty", action="store_true", help="on a pseudo-terminal (default)")
    parser.add_argument("--tcp", metavar="PORT", help="on a TCP port; 0 takes a free one")
    parser.add_argument("--kg", help="what stands on the scale")
    parser.add_argument("--capacity", help="kg")
    parser.add_argument("--division", help="kg")
    parser.add_argument("--wind", help="noise on the platform in kg")
    parser.add_argument("--text", help="what the scanner reads, again and again")
    parser.add_argument("--aim", help="AIM identifier of the scan, e.g. ]C1")
    parser.add_argument("--every", help="seconds between scans")
    parser.add_argument("--codec", help="settings of the protocol as JSON")
    parser.add_argument("--faults", help='e.g. {"torn": 0.05, "garbled": 0.02} as JSON')
    parser.add_argument("--seed")
    parser.add_argument("--dir", help="where the pseudo-terminals get their names")
    parser.add_argument("--control", metavar="PORT", help="control port on 127.0.0.1")
    parser.add_argument("--token-file")

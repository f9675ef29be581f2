"""Opening the terminal that a command speaks of: by configuration or data folder, with sentences for what goes wrong."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.cli import UNREACHABLE, USAGE

if TYPE_CHECKING:
    from terminal.service import Service


def add_terminal_arguments(parser: argparse.ArgumentParser) -> None:
    """``--config FILE`` or ``--data DIR``: which terminal."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--config", type=Path, metavar="FILE", help="configuration of the terminal")
    which.add_argument(
        "--data",
        type=Path,
        default=Path("var"),
        metavar="DIR",
        help="data directory without one (default: var)",
    )


def with_terminal(args: argparse.Namespace, work: Callable[[Service], int], *, writing: bool = True) -> int:
    """Run ``work`` on the open terminal and give its exit code.

    2 for a configuration or address that means nothing; 3 when there is no such terminal, or when its SQLite file
    belongs to a running server that alone may write it.
    """
    from devices.errors import ConfigProblem  # noqa: PLC0415 -- the service loads only for work
    from terminal.running import opened, settings_of  # noqa: PLC0415
    from terminal.store import BadAddress, OwnedElsewhere, StoreError  # noqa: PLC0415

    if args.config is None and not args.data.is_dir():
        return _say(
            f"There is no data directory {args.data}. Name it with --data, or a configuration with --config.",
            UNREACHABLE,
        )
    try:
        with opened(settings_of(args.config, args.data), writing=writing) as service:
            return work(service)
    except (ConfigProblem, BadAddress) as error:
        return _say(str(error), USAGE)
    except OwnedElsewhere as error:
        return _say(f"{error} Nothing was changed.", UNREACHABLE)
    except (StoreError, OSError) as error:
        return _say(str(error), UNREACHABLE)


def _say(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code

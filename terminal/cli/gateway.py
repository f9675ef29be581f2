"""``karvon gateway``: the devices of a gate PC, kept safe and sent on; enrolment and status."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

from devices.errors import ConfigProblem
from terminal.gateway.configured import Configured, read
from terminal.gateway.credentials import NotEnrolled, Unreachable, enrol, load, save
from terminal.store.errors import StoreError

DONE, FINDINGS, USAGE, UNREACHABLE = 0, 1, 2, 3

EXAMPLE = """# A gate PC: its devices, a queue on its own disk, and the terminal it sends to.
# `karvon gateway enrol URL CODE` stores who it is; then `karvon gateway --config gateway.toml` runs it.
[gateway]
data_dir = "gateway-data"   # queue, token and state; keep it on the local disk
limit_mb = 512              # the queue takes no more beyond this; a week of scans needs about 20
keep_free_mb = 200          # nor when less than this is free on the disk

[[devices]]
id = "gate-1-scanner"
kind = "scanner"
protocol = "scan_text"
url = "/dev/serial/by-id/usb-..."
point = "gate-1"
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of ``karvon gateway`` and its subcommands."""
    _config(parser, Path("gateway.toml"))
    parser.set_defaults(action="run")
    actions = parser.add_subparsers(dest="action", metavar="[enrol | status | retry | init]")
    wanted = actions.add_parser("enrol", help="become known to a terminal with a one-time code")
    wanted.add_argument("url", help="address of the terminal, e.g. https://karvon.example")
    wanted.add_argument("code", help="the one-time code from its device page")
    status = actions.add_parser("status", help="queue, terminal, devices, and readings laid aside")
    status.add_argument("--json", action="store_true", help="machine-readable output")
    retry = actions.add_parser("retry", help="send readings again that were laid aside")
    retry.add_argument("ids", nargs="*", metavar="ID", help="which (default: all)")
    init = actions.add_parser("init", help="write an example configuration")
    for sub in (wanted, status, retry, init):
        _config(sub, argparse.SUPPRESS)


def _config(parser: argparse.ArgumentParser, default: object) -> None:
    parser.add_argument(
        "--config", type=Path, default=default, help="configuration (default: gateway.toml)", metavar="FILE"
    )


def run(args: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    work = {"enrol": _enrol, "status": _status, "retry": _retry, "init": _init}.get(
        args.action or "run", _run
    )
    try:
        return work(args)
    except ConfigProblem as problem:
        for sentence in problem.problems:
            print(sentence, file=sys.stderr)
        return USAGE
    except (NotEnrolled, StoreError) as error:
        print(error, file=sys.stderr)
        return USAGE
    except Unreachable as error:
        print(error, file=sys.stderr)
        return UNREACHABLE


def _run(args: argparse.Namespace) -> int:
    from terminal.gateway.running import AlreadyRunning, Gateway, until_told  # noqa: PLC0415 -- the devices load here
    from terminal.running import set_up_logging  # noqa: PLC0415

    configured = _configured(args)
    credentials = load(configured.data_dir)
    set_up_logging()
    ready = {"gateway": credentials.id, "server": credentials.server, "ready": True}
    try:
        asyncio.run(
            until_told(Gateway(configured, credentials), lambda: print(json.dumps(ready), flush=True))
        )
    except AlreadyRunning as error:
        print(error, file=sys.stderr)
        return USAGE
    return DONE


def _configured(args: argparse.Namespace) -> Configured:
    if not args.config.is_file():
        raise ConfigProblem([f"{args.config} does not exist; `karvon gateway init` writes an example."])
    return read(args.config)


def _enrol(args: argparse.Namespace) -> int:
    configured = _configured(args)
    if args.url.startswith("http://") and not args.url.startswith(("http://localhost", "http://127.")):
        print("Warning: without https the token can be read on the network.", file=sys.stderr)
    timeout = configured.settings.timeout_s
    credentials = asyncio.run(enrol(args.url, args.code, timeout_s=timeout, ca_file=configured.ca_file))
    path = save(configured.data_dir, credentials)
    print(f"This gateway is {credentials.id} at {credentials.server}; its token is in {path}.")
    return DONE


def _status(args: argparse.Namespace) -> int:
    from terminal.gateway.status import status_of, told  # noqa: PLC0415

    status = status_of(_configured(args))
    print(json.dumps(status, ensure_ascii=False) if args.json else told(status))
    return DONE if status["ok"] else FINDINGS


def _retry(args: argparse.Namespace) -> int:
    from terminal.gateway.running import is_locked  # noqa: PLC0415
    from terminal.store.outbox import Outbox  # noqa: PLC0415

    configured = _configured(args)
    if is_locked(configured.data_dir):
        print("Stop the gateway first; it sends them when it starts again.", file=sys.stderr)
        return USAGE

    async def again() -> int:
        outbox = Outbox(configured.queue, limit_bytes=configured.limit_bytes)
        try:
            return await outbox.unpark(args.ids)
        finally:
            await outbox.close()

    count = asyncio.run(again())
    print(f"{count} {'reading waits' if count == 1 else 'readings wait'} to be sent again.")
    return DONE if count or not args.ids else FINDINGS


def _init(args: argparse.Namespace) -> int:
    if args.config.exists():
        print(f"{args.config} exists already; nothing was written.", file=sys.stderr)
        return FINDINGS
    args.config.write_text(EXAMPLE, encoding="utf-8")
    print(f"Wrote {args.config}: name your devices, then run `karvon gateway enrol URL CODE`.")
    return DONE

"""``python -m simulators``: a whole terminal's devices on one laptop, or one device by itself.

Run ``python -m simulators --help``; the control port is described in :mod:`simulators`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import stat
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from devices.protocols import CODECS, codec_class
from simulators.control import Control, token_from
from simulators.faults import Mistake
from simulators.scenario import Scenario, at_ports, read_scenario, scenario_of
from simulators.world import World

DONE, USAGE, UNREACHABLE = 0, 2, 3


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m simulators", description=__doc__)
    made.add_argument("scenario", nargs="?", type=Path, help="TOML file, or the name of one that comes along")
    made.add_argument(
        "--dir", type=Path, help="where the pseudo-terminals get their names (default: temporary)"
    )
    made.add_argument(
        "--control", type=int, metavar="PORT", help="control port on 127.0.0.1; 0 takes a free one"
    )
    made.add_argument(
        "--token-file", type=Path, help="token for the control port; made when it does not exist"
    )
    made.add_argument(
        "--ports", default="{}", metavar="JSON", help='TCP ports of an earlier run, e.g. {"scale-1": 9001}'
    )
    one = made.add_argument_group("one device instead of a scenario")
    one.add_argument("--protocol", help="a codec name")
    one.add_argument("--id", default="device-1")
    one.add_argument("--pty", action="store_true", help="on a pseudo-terminal (default)")
    one.add_argument("--tcp", type=int, metavar="PORT", help="on a TCP port; 0 takes a free one")
    one.add_argument("--codec", default="{}", help="codec settings as JSON")
    one.add_argument("--kg", help="what stands on the scale")
    one.add_argument("--capacity", default="60000", help="kg")
    one.add_argument("--division", default="20", help="kg")
    one.add_argument("--wind", help="noise on the platform in kg")
    one.add_argument("--text", help="what the scanner reads")
    one.add_argument("--aim", help="AIM identifier of the scan, e.g. ]C1")
    one.add_argument("--every", type=float, default=2.0, help="seconds between scans")
    one.add_argument("--faults", default="{}", help='e.g. {"torn": 0.05, "garbled": 0.02} as JSON')
    one.add_argument("--seed", type=int, default=0)
    return made


def scenario_from(args: argparse.Namespace) -> Scenario:
    """The scenario the command line asks for. Raises :class:`Mistake`."""
    if args.scenario is not None:
        return read_scenario(args.scenario)
    if args.protocol is None:
        raise Mistake("give a scenario file, or --protocol NAME for one device")
    if args.protocol not in CODECS:
        raise Mistake(f"there is no protocol {args.protocol!r}; `karvon devices protocols` lists them")
    kind = codec_class(args.protocol).info.kind
    device: dict[str, Any] = {
        "id": args.id,
        "kind": {"passport": "reader", "rfid": "reader"}.get(kind, kind),
        "protocol": args.protocol,
        "port": "pty" if args.tcp is None else f"tcp:{args.tcp}",
        "codec": _json(args.codec, "--codec"),
        "faults": _json(args.faults, "--faults"),
    }
    steps: list[dict[str, Any]] = []
    if kind == "scale":
        device |= {"capacity_kg": args.capacity, "division_kg": args.division}
        if not codec_class(args.protocol).info.carries_unit:
            device["codec"].setdefault("unit", "kg")
        if args.kg is not None:
            device["kg"] = args.kg
        if args.wind is not None:
            steps.append({"device": args.id, "do": "wind", "kg": args.wind})
    if kind == "scanner" and args.text is not None:
        scan = {"at": 0.5, "device": args.id, "do": "scan", "text": args.text, "every": args.every}
        steps.append({**scan, "times": 1_000_000, **({"aim": args.aim} if args.aim else {})})
    return scenario_of({"seed": args.seed, "devices": [device], "steps": steps})


def _json(text: str, option: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Mistake(f"{option} needs a JSON object, not {text!r}")
    return value


async def serve(scenario: Scenario, directory: Path, args: argparse.Namespace) -> None:
    """Run until told to stop. Raises :class:`Mistake`, ``OSError``."""
    world = World(scenario, directory)
    token = token_from(args.token_file) if args.token_file is not None else None
    control = Control(world, args.control, token) if args.control is not None else None
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # not on every system
            loop.add_signal_handler(number, stop.set)
    _stop_with_parent(loop, stop)
    try:
        await world.start()
        for device in world.devices.values():
            about = device.describe()
            say({"device": about["id"], **{k: about[k] for k in ("kind", "protocol", "point", "url")}})
        if control is not None:
            await control.web.start()
            say({"control": f"http://127.0.0.1:{control.web.port}", "ready": True})
        else:
            say({"ready": True})
        await stop.wait()
    finally:
        if control is not None:
            await control.web.stop()
        await world.stop()


def say(line: dict[str, Any]) -> None:
    """One JSON line on standard output, at once."""
    print(json.dumps(line, ensure_ascii=False), flush=True)


def _stop_with_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """When standard input is a pipe, its end means that the parent is gone."""
    try:
        number = sys.stdin.fileno()
        kind = os.fstat(number).st_mode
    except (OSError, ValueError, AttributeError):
        return
    if not (stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind)):
        return

    def readable() -> None:
        try:
            ended = not os.read(number, 4096)
        except OSError:
            ended = True
        if ended:
            loop.remove_reader(number)
            stop.set()

    with suppress(NotImplementedError, OSError):
        loop.add_reader(number, readable)


def main(argv: Sequence[str] | None = None) -> int:
    """Run; returns the exit code."""
    args = parser().parse_args(argv)
    try:
        scenario = at_ports(scenario_from(args), _json(args.ports, "--ports"))
        with tempfile.TemporaryDirectory(prefix="karvon-simulators-") as scratch:
            asyncio.run(serve(scenario, args.dir or Path(scratch), args))
    except Mistake as error:
        print(error, file=sys.stderr)
        return USAGE
    except OSError as error:
        print(f"a port cannot be opened: {error}", file=sys.stderr)
        return UNREACHABLE
    except KeyboardInterrupt:
        return DONE
    return DONE


if __name__ == "__main__":
    sys.exit(main())

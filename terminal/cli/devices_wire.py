"""``karvon devices probe | monitor | record | replay | simulate``: watching and playing a wire."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from devices.config import AnyDevice, WireDevice, load_devices, read_devices
from devices.errors import ConfigProblem
from devices.fleet import Fleet
from devices.guess import describe
from devices.links import make_link
from devices.plugins import load_plugins
from devices.probe import ProbeReport, probe, words
from devices.protocols import CODECS, codec_class
from devices.protocols.results import Noise
from devices.readings import Reading, to_dict
from devices.recorder import BadRecording, Recorder, Recording, read_recording
from devices.station import Tapped
from terminal.cli.devices import DONE, FINDINGS, UNREACHABLE, USAGE, complain, say

KINDS = {"passport": "reader", "rfid": "reader"}


def add_arguments_probe(parser: argparse.ArgumentParser) -> None:
    """Options of ``probe``."""
    parser.add_argument("url", help="port or address, e.g. /dev/ttyUSB0, COM4, socket://192.0.2.10:4001")
    parser.add_argument("--seconds", type=float, default=1.5, help="how long to listen at each speed")
    parser.add_argument(
        "--ask", action="store_true", help="send the read-only questions of polled scales too"
    )
    parser.add_argument("--json", action="store_true")


def run_probe(args: argparse.Namespace) -> int:
    """Listen and guess; exit code 1 when nothing was understood."""
    load_plugins()
    progress: Callable[[str], None] = (lambda _: None) if args.json else complain
    report = asyncio.run(probe(args.url, seconds=args.seconds, ask=args.ask, progress=progress))
    if args.json:
        say(_probe_json(report))
    else:
        print(report.sentence)
        if report.best is not None:
            heard, _ = report.best
            for guess in heard.guesses[:5]:
                print(f"  {guess.sure:3d} %  {guess.protocol:<20} {guess.sample}")
                for why in guess.why:
                    print(f"         {why}")
        elif any(one.data for one in report.heard):
            sample = next(one for one in report.heard if one.data)
            print(f"  first bytes at {words(sample.line)}: {sample.data[:48].hex(' ')}")
    return DONE if report.best is not None else FINDINGS


def _probe_json(report: ProbeReport) -> dict[str, Any]:
    return {
        "url": report.url,
        "sentence": report.sentence,
        "heard": [
            {
                "line": dict(one.line),
                "bytes": len(one.data),
                "sample_hex": one.data[:64].hex(),
                "asked": one.asked,
                "guesses": [
                    {
                        "protocol": g.protocol,
                        "sure": g.sure,
                        "frames": g.frames,
                        "why": list(g.why),
                        "sample": g.sample,
                    }
                    for g in one.guesses[:8]
                ],
            }
            for one in report.heard
        ],
    }


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


def device_from(args: argparse.Namespace) -> AnyDevice:
    """The device the options mean. Raises :class:`ConfigProblem`."""
    load_plugins()
    if args.config is not None:
        for device in read_devices(args.config):
            if device.id == args.device:
                return device
        raise ConfigProblem([f"{args.config} has no device {args.device!r}"])
    if args.protocol is None:
        raise ConfigProblem(["give --protocol NAME for a port, or --config FILE and the id of a device"])
    if args.protocol not in CODECS:
        raise ConfigProblem(
            [f"there is no protocol {args.protocol!r}; `karvon devices protocols` lists them"]
        )
    info = codec_class(args.protocol).info
    try:
        settings = json.loads(args.codec)
    except ValueError:
        raise ConfigProblem([f"--codec needs a JSON object, not {args.codec!r}"]) from None
    made: dict[str, Any] = {
        "id": "device",
        "kind": KINDS.get(info.kind, info.kind),
        "point": "bench",
        "url": args.device,
        "protocol": args.protocol,
        "codec": settings,
    }
    if args.baud:
        made["serial"] = {"baudrate": args.baud}
    if info.kind == "scale":
        made |= {"capacity_kg": args.capacity, "division_kg": args.division, "verified_until": "9999-12-31"}
        if args.unit is not None or not info.carries_unit:
            made["unit"] = args.unit or "kg"
    return load_devices([made])[0]


def add_arguments_monitor(parser: argparse.ArgumentParser) -> None:
    """Options of ``monitor``."""
    _device_options(parser)
    parser.add_argument("--json", action="store_true")


def run_monitor(args: argparse.Namespace) -> int:
    """Show time, bytes, frames and readings until stopped; exit code 3 when the wire never opened."""
    device = device_from(args)
    return _watch(device, args.seconds, _Screen(json_lines=args.json), quiet=args.json)


class _Screen:
    """Prints what a tap hears: time, bytes in hex, frame, reading, side by side."""

    def __init__(self, *, json_lines: bool) -> None:
        self._json = json_lines

    def __call__(self, tapped: Tapped) -> None:
        now = datetime.now(UTC)
        if self._json:
            say(
                {
                    "at": now.isoformat(),
                    "way": tapped.way,
                    "hex": tapped.data.hex(),
                    "frames": [describe(result) for result in tapped.results],
                    "readings": [to_dict(reading) for reading in tapped.readings],
                }
            )
            return
        mark = {"in": "<", "out": ">", "gap": "-- line broken"}[tapped.way]
        frames = [("! " if isinstance(r, Noise) else "") + describe(r) for r in tapped.results]
        readings = [_short(reading) for reading in tapped.readings]
        chunks = [tapped.data[i : i + 16].hex(" ") for i in range(0, len(tapped.data), 16)] or [""]
        for number in range(max(len(chunks), len(frames), len(readings))):
            cells = [column[number] if number < len(column) else "" for column in (chunks, frames, readings)]
            stamp = f"{now.astimezone():%H:%M:%S}.{now.microsecond // 1000:03d}" if number == 0 else ""
            head = mark if number == 0 else ""
            print(f"{stamp:<12} {head} {cells[0]:<47}  {cells[1]:<44}  {cells[2]}".rstrip(), flush=True)


def _short(reading: Reading) -> str:
    about = to_dict(reading)
    for key in ("text", "plate", "sentence"):
        if key in about:
            return f"{about['reading']}: {about[key]}"
    if about["reading"] == "weight":
        return f"weight: {about['kg']} kg ({about['taken']})"
    return f"{about['reading']}: {about.get('fields')}"


def _watch(
    device: AnyDevice, seconds: float | None, listener: Callable[[Tapped], None], *, quiet: bool
) -> int:
    async def watch() -> bool:
        async with Fleet([device], _nothing) as fleet:
            fleet.tap(device.id, listener)
            opened, told = False, ""
            end = None if seconds is None else time.monotonic() + seconds
            while end is None or time.monotonic() < end:
                health = fleet.health_of(device.id)
                opened = opened or health.state not in {"starting", "no_link", "failed"}
                if health.sentence != told and not health.sentence.startswith("Nothing has come for"):
                    told = health.sentence
                    if not quiet or health.state == "no_link":
                        complain(f"{device.id}: {told}")
                await asyncio.sleep(0.1)
            return opened

    with suppress(KeyboardInterrupt):
        return DONE if asyncio.run(watch()) else UNREACHABLE
    return DONE


async def _nothing(_: Reading) -> None:
    """Readings are shown by the tap; nobody records them here."""


def add_arguments_record(parser: argparse.ArgumentParser) -> None:
    """Options of ``record``."""
    _device_options(parser)
    parser.add_argument("--output", type=Path, required=True, help="file to write; it must not exist yet")
    parser.add_argument("--json", action="store_true")


def run_record(args: argparse.Namespace) -> int:
    """Write the bytes of a device to a file until stopped."""
    device = device_from(args)
    if not isinstance(device, WireDevice):
        complain(f"{device.id} is a {device.kind}; only devices on a wire can be recorded.")
        return USAGE
    try:
        recorder = Recorder(
            args.output,
            device=device.id,
            protocol=device.protocol,
            settings=device.codec_settings(),
            started=datetime.now(UTC),
            t0=time.monotonic(),
        )
    except OSError as error:
        complain(f"{args.output} cannot be written: {error.strerror}.")
        return USAGE
    with recorder:
        code = _watch(device, args.seconds, recorder, quiet=args.json)
    if args.json:
        say({"file": str(args.output), "bytes": recorder.bytes})
    else:
        complain(f"{recorder.bytes} bytes in {args.output}")
    return code


def add_arguments_replay(parser: argparse.ArgumentParser) -> None:
    """Options of ``replay``."""
    parser.add_argument("file", type=Path)
    parser.add_argument("--protocol", help="read it as another protocol than the one recorded")
    parser.add_argument(
        "--to", metavar="URL", help="send the bytes to a port or address, with their own timing"
    )
    parser.add_argument("--speed", type=float, default=1.0, help="with --to: 2 is twice as fast, 0 at once")
    parser.add_argument("--json", action="store_true")


def run_replay(args: argparse.Namespace) -> int:
    """Decode a recording again, or send it; exit code 1 when it holds no frame."""
    load_plugins()
    try:
        recording = read_recording(args.file)
    except (OSError, BadRecording) as error:
        complain(f"{args.file}: {error}")
        return USAGE
    if args.to is not None:
        asyncio.run(_send(recording, args.to, args.speed))
        return DONE
    try:
        frames = 0
        for t, data, results in recording.frames(args.protocol):
            frames += sum(not isinstance(result, Noise) for result in results)
            words_ = [describe(result) for result in results]
            if args.json:
                say({"t": t, "hex": data.hex(), "frames": words_})
            else:
                for text in words_ or [""]:
                    print(f"{t:10.3f}  {data.hex(' '):<50}  {text}".rstrip())
    except (KeyError, ValueError) as error:
        complain(f"{args.file}: {error}")
        return USAGE
    return DONE if frames else FINDINGS


async def _send(recording: Recording, url: str, speed: float) -> None:
    link = make_link(url, dict(codec_class(recording.protocol).info.serial))
    await link.open()
    try:
        start = time.monotonic()
        for piece in recording.pieces:
            if piece.way != "in":
                continue
            if speed > 0:
                await asyncio.sleep(max(0.0, start + piece.t / speed - time.monotonic()))
            await link.write(piece.data)
    finally:
        await link.close()


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


def run_simulate(args: argparse.Namespace) -> int:
    """Become ``python -m simulators``; its exit code is ours."""
    command = [sys.executable, "-m", "simulators"]
    command += [args.what] if args.what.endswith(".toml") else ["--protocol", args.what]
    if args.pty:
        command.append("--pty")
    for name in (
        "tcp",
        "kg",
        "capacity",
        "division",
        "wind",
        "text",
        "aim",
        "every",
        "codec",
        "faults",
        "seed",
    ):
        if (value := getattr(args, name)) is not None:
            command += [f"--{name}", value]
    for name in ("dir", "control"):
        if (value := getattr(args, name)) is not None:
            command += [f"--{name}", value]
    if args.token_file is not None:
        command += ["--token-file", args.token_file]
    sys.stdout.flush()
    os.execv(sys.executable, command)  # noqa: S606 -- a fixed program with checked arguments

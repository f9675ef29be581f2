"""``karvon devices probe | monitor | record | replay | simulate``: watching and playing a wire."""

from __future__ import annotations

import argparse
import asyncio
import difflib
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from devices.config import AnyDevice, WireDevice, load_devices, read_devices
from devices.errors import REMEDIES, ConfigProblem
from devices.fleet import Fleet
from devices.guess import describe
from devices.links import make_link
from devices.plugins import load_plugins
from devices.ports import NoSuchPort, port_typed
from devices.probe import ProbeReport, probe, words
from devices.protocols import CODECS, codec_class
from devices.protocols.results import Noise
from devices.readings import Reading, to_dict
from devices.recorder import BadRecording, Recorder, Recording, read_recording
from devices.station import Tapped
from terminal.cli.devices import DONE, FINDINGS, UNREACHABLE, USAGE, complain, say

KINDS = {"passport": "reader", "rfid": "reader"}


def run_probe(args: argparse.Namespace) -> int:
    """Listen and guess; exit code 1 when nothing was understood."""
    load_plugins()
    progress: Callable[[str], None] = (lambda _: None) if args.json else complain
    report = asyncio.run(probe(address(args.url), seconds=args.seconds, ask=args.ask, progress=progress))
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


def address(typed: str) -> str:
    """The port or address that was typed. Raises :class:`ConfigProblem`."""
    try:
        return port_typed(typed)
    except NoSuchPort as problem:
        raise ConfigProblem([str(problem)]) from None


def device_from(args: argparse.Namespace) -> AnyDevice:
    """The device the options mean. Raises :class:`ConfigProblem`."""
    load_plugins()
    if args.config is not None:
        for device in read_devices(args.config):
            if device.id == args.device:
                return device
        known = ", ".join(device.id for device in read_devices(args.config)) or "none"
        raise ConfigProblem([f"{args.config} has no device {args.device!r}; it has {known}"])
    if args.protocol is None:
        raise ConfigProblem(["give --protocol NAME for a port, or --config FILE and the id of a device"])
    if args.protocol not in CODECS:
        near = difflib.get_close_matches(args.protocol, CODECS, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "`karvon devices protocols` lists them"
        raise ConfigProblem([f"there is no protocol {args.protocol!r}; {hint}"])
    info = codec_class(args.protocol).info
    try:
        settings = json.loads(args.codec)
    except ValueError:
        raise ConfigProblem([f"--codec needs a JSON object, not {args.codec!r}"]) from None
    made: dict[str, Any] = {
        "id": "device",
        "kind": KINDS.get(info.kind, info.kind),
        "point": "bench",
        "url": address(args.device),
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
                        advice = REMEDIES.get(health.remedy, "") if health.remedy != "none" else ""
                        complain(f"{device.id}: {told} {advice}".rstrip())
                await asyncio.sleep(0.1)
            return opened

    with suppress(KeyboardInterrupt):
        return DONE if asyncio.run(watch()) else UNREACHABLE
    return DONE


async def _nothing(_: Reading) -> None:
    """Readings are shown by the tap; nobody records them here."""


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
    except FileExistsError:
        complain(f"{args.output} is there already, and a recording is never overwritten: give another name.")
        return USAGE
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


def run_replay(args: argparse.Namespace) -> int:
    """Decode a recording again, or send it; exit code 1 when it holds no frame."""
    load_plugins()
    try:
        recording = read_recording(args.file)
    except OSError as error:
        complain(f"{args.file} cannot be read: {error.strerror}.")
        return USAGE
    except BadRecording as error:
        complain(f"{args.file}: {error}")
        return USAGE
    if args.to is not None:
        asyncio.run(_send(recording, address(args.to), args.speed))
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

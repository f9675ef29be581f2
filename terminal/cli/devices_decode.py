"""``karvon devices decode``: recorded bytes in, readings out, one JSON line each.

Three ways in: ``--protocol NAME --hex HEX`` for one frame; JSON lines on standard input or in a file
(``{"id", "protocol", "hex", "config"?, "dir"?}``); ``--protocol NAME FILE`` for raw binary recordings.
A line that cannot be used gives ``{"id", "error": "usage", "reason"}`` and the rest still runs.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from devices.decode import decode

DONE, USAGE = 0, 2
_DIRECTIONS = ("device_to_host", "host_to_device")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``karvon devices decode``."""
    parser.add_argument(
        "file",
        nargs="?",
        help="JSON lines, or with --protocol a raw recording; standard input when absent",
    )
    parser.add_argument("--protocol", metavar="NAME", help="how the bytes are to be read")
    parser.add_argument("--hex", metavar="HEX", help="the bytes of one frame as hex text")
    parser.add_argument("--config", metavar="JSON", help='settings of the protocol, such as {"unit": "kg"}')
    parser.add_argument(
        "--dir",
        choices=_DIRECTIONS,
        default="device_to_host",
        help="who sent the bytes (default: the device)",
    )
    parser.add_argument(
        "--json", action="store_true", help="accepted for symmetry: the output is always JSON"
    )


#: bytes written as pairs of hex digits, as monitors and manuals print them
_HEX_PAIRS = re.compile(rb"\s*[0-9A-Fa-f]{2}(?:\s+[0-9A-Fa-f]{2}){2,}\s*")


def run(args: argparse.Namespace) -> int:
    """Decode and print; 0 when every line was processed, 2 when the command itself makes no sense."""
    try:
        config = _config(args.config)
        if args.hex is not None:
            if not args.protocol:
                return _complain("--hex needs --protocol NAME")
            _print({"protocol": args.protocol, **decode(args.protocol, args.hex, config, args.dir)})
        elif args.protocol:
            raw = sys.stdin.buffer.read() if args.file in (None, "-") else Path(args.file).read_bytes()
            found = decode(args.protocol, raw, config, args.dir)
            if "error" in found and _HEX_PAIRS.fullmatch(raw):  # pasted from a monitor or a manual
                found = decode(args.protocol, raw.decode("ascii"), config, args.dir)
            _print({"protocol": args.protocol, **found})
        elif args.file in (None, "-"):
            _decode_lines(sys.stdin.buffer, config, args.dir)
        else:
            with Path(args.file).open("rb") as lines:
                _decode_lines(lines, config, args.dir)
    except OSError as error:
        return _complain(f"cannot read {args.file}: {error.strerror}")
    except ValueError as error:
        return _complain(str(error))
    return DONE


def _decode_lines(lines: Iterable[bytes], config: Mapping[str, Any], direction: str) -> None:
    for number, line in enumerate(lines, 1):
        if line.strip():
            _print(_decoded(line, number, config, direction))


def _decoded(line: bytes, number: int, config: Mapping[str, Any], direction: str) -> dict[str, Any]:
    """The answer to one JSON line; never raises."""
    head: dict[str, Any] = {"id": number}
    try:
        job = json.loads(line)
        if not isinstance(job, dict):
            raise ValueError(f"line {number} is no JSON object with id, protocol and hex")
        head = {"id": job.get("id", number), "protocol": job.get("protocol")}
        protocol, text = job.get("protocol"), job.get("hex")
        if not isinstance(protocol, str) or not isinstance(text, str):
            raise ValueError(f"line {number} needs 'protocol' and 'hex' as text")
        own = job.get("config") or {}
        if not isinstance(own, dict):
            raise ValueError(f"line {number}: config must be a JSON object")
        side = _direction(job.get("dir") or direction)
        found = decode(protocol, text, {**config, **own}, side)
        if head.keys() & found.keys():  # a reading that has an id of its own must not hide the line's
            found = {"readings": [found]}
        return {**head, **found}
    except (ValueError, RecursionError) as error:
        reason = (
            f"line {number} is no JSON: {error}" if isinstance(error, json.JSONDecodeError) else str(error)
        )
        return {**head, "error": "usage", "reason": reason}


def _direction(text: Any) -> Literal["device_to_host", "host_to_device"]:
    if text == "device_to_host":
        return "device_to_host"
    if text == "host_to_device":
        return "host_to_device"
    raise ValueError(f"dir must be device_to_host or host_to_device, not {text!r}")


def _config(text: str | None) -> Mapping[str, Any]:
    if not text:
        return {}
    try:
        config = json.loads(text)
    except ValueError:
        config = None
    if not isinstance(config, dict):
        raise ValueError(f'--config must be a JSON object such as {{"unit": "kg"}}, not {text!r}')
    return config


def _print(answer: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")


def _complain(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return USAGE

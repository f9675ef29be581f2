"""``karvon read-barcodes``: every barcode in pictures, one JSON line a picture or plain lines for people."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

#: Processor time for one picture unless a budget is asked for: enough for every stage on a usual photo.
EFFORT_MS = 170


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="PNG, JPEG, WebP, BMP, TIFF or GIF files")
    parser.add_argument("--json", action="store_true", help="one JSON line a picture on stdout")
    parser.add_argument(
        "--budget-ms",
        type=_milliseconds,
        metavar="N",
        help="milliseconds of wall time for one picture, after which no new attempt starts "
        f"(default: {EFFORT_MS} of processor time)",
    )
    parser.add_argument(
        "--formats",
        metavar="LIST",
        help="symbologies to look for, separated by commas (default: all that have a check of their own)",
    )
    parser.add_argument(
        "--itf14", action="store_true", help="accept Interleaved 2 of 5 only as ITF-14, as the terminal does"
    )
    parser.add_argument(
        "--grade",
        action="store_true",
        help="judge the print of linear barcodes from A to F (close, straight, sharp pictures; no certificate)",
    )


def run(args: argparse.Namespace) -> int:
    """Read the pictures in order; 0 when all could be opened, 1 when one could not, 2 for bad usage."""
    from devices import vision  # noqa: PLC0415 - OpenCV is heavy, other commands must not wait for it

    formats = [name.strip() for name in args.formats.split(",") if name.strip()] if args.formats else None
    try:
        vision.wanted_formats(formats)
    except vision.UnknownFormat as problem:
        print(problem, file=sys.stderr)
        return 2
    rules = vision.Rules() if args.itf14 else vision.ANY_ITF
    vision.warm_up()
    failed = False
    for name in args.images:
        answer = _answer(name, args.budget_ms, formats, rules, graded=args.grade)
        failed = failed or "error" in answer
        if args.json:
            print(json.dumps(answer), flush=True)
            if "error" in answer:
                _say(f"{name}: {answer['error']}", error=True)
        else:
            _for_people(name, answer)
    return 1 if failed else 0


def _answer(
    name: str, budget_ms: int | None, formats: list[str] | None, rules: Any, *, graded: bool
) -> dict[str, Any]:
    from devices import vision  # noqa: PLC0415

    begun = time.perf_counter()
    try:
        data = _bytes_of(name)
        codes = vision.read_image(
            data,
            budget_ms=budget_ms,
            effort_ms=EFFORT_MS if budget_ms is None else None,
            formats=formats,
            rules=rules,
        )
    except vision.PictureRefused as problem:
        spent = (time.perf_counter() - begun) * 1000
        return {"path": name, "codes": [], "error": str(problem), "ms": round(spent, 1)}
    spent = (time.perf_counter() - begun) * 1000
    listed: list[dict[str, Any]] = [
        {"symbology": code.symbology, "text": code.text, "gs1": vision.elements_of(code)} for code in codes
    ]
    if graded:
        for shown, verdict in zip(listed, _grades(data, codes), strict=True):
            shown["grade"] = verdict
    return {"path": name, "codes": listed, "ms": round(spent, 1)}


def _grades(data: bytes, codes: list[Any]) -> list[dict[str, Any]]:
    from devices.vision.grade import grade, sentence  # noqa: PLC0415
    from devices.vision.pictures import gray_from_bytes  # noqa: PLC0415

    gray = gray_from_bytes(data)
    found = [grade(gray, code) for code in codes]
    return [
        {
            "letter": one.letter,
            "value": one.value,
            "reasons": list(one.reasons),
            "measured": one.measured,
            "grades": one.grades,
            "module_px": one.module_px,
            "sentence": sentence(one),
        }
        for one in found
    ]


def _bytes_of(name: str) -> bytes:
    from devices.vision import PictureRefused  # noqa: PLC0415
    from devices.vision.pictures import MAX_BYTES  # noqa: PLC0415

    path = Path(name)
    try:
        if path.is_dir():
            raise PictureRefused("This is a folder; name the pictures in it.")
        if path.exists() and not path.is_file():
            raise PictureRefused("This is a device or pipe, not a picture file.")
        with path.open("rb") as file:
            # One byte more than the limit shows that a file is too large without reading all of it.
            return file.read(MAX_BYTES + 1)
    except PictureRefused:
        raise
    except FileNotFoundError:
        raise PictureRefused("There is no such file.") from None
    except PermissionError:
        raise PictureRefused("The file may not be read by this user.") from None
    except (OSError, ValueError) as problem:
        raise PictureRefused(f"The file cannot be read: {problem}.") from None


def _for_people(name: str, answer: dict[str, Any]) -> None:
    if "error" in answer:
        _say(f"{name}: {answer['error']}", error=True)
        return
    if not answer["codes"]:
        _say(f"{name}: no barcode found")
    for code in answer["codes"]:
        parts = "  ".join(f"({ai}) {_visible(value)}" for ai, value in (code["gs1"] or {}).items())
        _say(f"{name}: {code['symbology']}  {parts or _visible(code['text'])}")
        if "grade" in code:
            _say(f"{name}:   {code['grade']['sentence']}")


def _visible(text: str) -> str:
    """Control characters as names in angle brackets, so that a payload cannot drive the terminal."""
    named = {"\x1d": "<GS>", "\x1e": "<RS>", "\x04": "<EOT>", "\n": "<LF>", "\r": "<CR>", "\t": "<TAB>"}
    return "".join(named.get(sign, sign if sign.isprintable() else f"<{ord(sign):02X}>") for sign in text)


def _say(line: str, *, error: bool = False) -> None:
    stream = sys.stderr if error else sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    print(line.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)


def _milliseconds(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= len(text) <= 6 or int(text) < 1:
        raise argparse.ArgumentTypeError("a budget is a whole number of milliseconds from 1 to 999999")
    return int(text)

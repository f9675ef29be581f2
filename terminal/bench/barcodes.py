"""How well pictures are read, beside the two decoders alone: printed by ``make bench``."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import zxingcpp
from PIL import Image

from devices import vision
from devices.vision.tally import upce_expanded
from terminal.bench import pictures

#: Foreign pictures ship with the tests; an installed product measures made pictures only.
SAMPLES = Path(__file__).parents[2] / "tests" / "data" / "barcodes"

Reader = Callable[[Any], list[str]]


def forms(text: str) -> set[str]:
    """The spellings under which two texts count as the same: without FNC1 and identifier, EAN/UPC as 14 digits,
    DataBar with or without its ``01`` and check digit."""
    plain = text.replace("\x1d", "").strip()
    if plain.startswith("]") and len(plain) > 3:
        plain = plain[3:]
    same = {plain}
    if plain.isascii() and plain.isdigit():
        if len(plain) in (8, 12, 13):
            same.add(plain.zfill(14))
        wide = upce_expanded(plain)
        if wide is not None:
            same.add(wide.zfill(14))
        if len(plain) == 16 and plain.startswith("01"):
            same |= {plain[2:], plain[2:15]}
    return same


def right_and_wrong(
    expected: Iterable[str], also_present: Iterable[str], found: Iterable[str]
) -> tuple[bool, list[str]]:
    """Whether every expected text was found, and the found texts that stand nowhere in the picture."""
    wanted = [forms(text) for text in expected]
    known = [*wanted, *(forms(text) for text in also_present)]
    texts = list(found)
    complete = all(any(one & forms(text) for text in texts) for one in wanted)
    wrong = [text for text in texts if not any(one & forms(text) for one in known)]
    return complete, wrong


def rows(seeds: int = 2) -> list[tuple[str, str]]:
    """Measured figures as (what, figure). ``seeds`` pictures are made of each kind and severity."""
    vision.warm_up()
    readers: list[tuple[str, Reader, Reader]] = [
        ("karvon", _still, _frame),
        ("zxing-cpp alone", _zxing, _zxing),
    ]
    if "zbar" in vision.health().rpartition("zxing-cpp")[2]:
        readers.append(("pyzbar alone", _pyzbar, _pyzbar))
    out: list[tuple[str, str]] = []
    empty: list[Case] = [((), (), pictures.empty_frame(seed).pixels) for seed in range(6)]
    for what, cases, frames in (
        ("foreign pictures", _foreign(), False),
        ("made stills", _stills(seeds), False),
        ("made 1080p frames", _frames(seeds), True),
        ("frames without a code", empty, True),
    ):
        if not cases:
            continue
        for name, still, frame in readers:
            out.append((f"{what}, {name}", _measured(cases, frame if frames else still, label=frames)))
    return out


Case = tuple[Sequence[str], Sequence[str], Any]


def _measured(cases: list[Case], reader: Reader, *, label: bool) -> str:
    """Exact, wrong and time over the cases; for frames "exact" means that the label's SSCC is known."""
    spent: list[float] = []
    exact = wrong = positive = in_time = 0
    for expected, also, pixels in cases:
        begun = time.perf_counter()
        texts = reader(pixels)
        spent.append((time.perf_counter() - begun) * 1000)
        if label:
            complete = all(any(code in text for text in texts) for code in expected)
            strange = [text for text in texts if text.startswith("00") and text[2:] not in expected]
        else:
            complete, strange = right_and_wrong(expected, also, texts)
        positive += bool(expected)
        exact += bool(expected) and complete
        in_time += bool(expected) and complete and spent[-1] <= 100
        wrong += bool(strange)
    spent.sort()
    share = f"{exact}/{positive} read, " if positive else ""
    within = f"{in_time}/{positive} within 100 ms, " if positive and label else ""
    late = spent[min(len(spent) - 1, int(0.95 * len(spent)))]
    return f"{share}{within}{wrong} wrong, median {statistics.median(spent):.1f} ms, p95 {late:.0f} ms"


def _still(pixels: Any) -> list[str]:
    return [code.text for code in vision.read_image(pixels, effort_ms=170, rules=vision.ANY_ITF)]


def _frame(pixels: Any) -> list[str]:
    return [code.text for code in vision.read_image(pixels, budget_ms=100, deep=False)]


def _zxing(pixels: Any) -> list[str]:
    found = zxingcpp.read_barcodes(pixels, text_mode=zxingcpp.TextMode.Plain)
    return [str(code.text) for code in found]


def _pyzbar(pixels: Any) -> list[str]:
    decode = import_module("pyzbar.pyzbar").decode
    return [code.data.decode("utf-8", "replace") for code in decode(pixels)]


def _foreign() -> list[Case]:
    manifest = SAMPLES / "manifest.jsonl"
    if not manifest.is_file():
        return []
    cases: list[Case] = []
    for line in manifest.read_text("utf-8").splitlines():
        entry = json.loads(line)
        with Image.open(SAMPLES / entry["file"]) as picture:
            cases.append((entry["expected"], entry["also_present"], np.asarray(picture.convert("L"))))
    return cases


def _stills(seeds: int) -> list[Case]:
    made = [
        pictures.still(kind, severity, 500 + seed)
        for kind in pictures.STILL_KINDS
        for severity in range(5)
        for seed in range(seeds)
    ]
    return [(one.texts, (), one.pixels) for one in made]


def _frames(seeds: int) -> list[Case]:
    made = [
        pictures.frame(axis, severity, 500 + seed)
        for axis in pictures.AXES
        for severity in range(1, 6)
        for seed in range(seeds * (3 if axis == "mix" else 1))
    ]
    return [(one.texts, (), one.pixels) for one in made]


if __name__ == "__main__":
    for what, figure in rows():
        print(f"{what:42} {figure}")

"""How well pictures are read, beside the two decoders alone: printed by ``make bench``."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import zxingcpp
from PIL import Image

from devices import vision
from devices.vision.tally import upce_expanded
from terminal.bench import pictures, trials, wrongs

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


def rows(seeds: int = 1) -> list[tuple[str, str]]:
    """Measured figures as (what, figure), every goal beside its ceiling and both decoders alone.

    ``seeds`` pictures are made of each kind and severity. Times are processor times of this process, on one core,
    so that a busy machine does not change them.
    """
    vision.warm_up()
    readers: list[tuple[str, Reader, Reader]] = [
        ("karvon", _still, _frame),
        ("zxing-cpp alone", _zxing, _zxing),
    ]
    if "zbar" in vision.health().rpartition("zxing-cpp")[2]:
        readers.append(("pyzbar alone", _pyzbar, _pyzbar))
    out: list[tuple[str, str]] = []
    for goal in _goals(seeds):
        if not goal.cases:
            continue
        for name, still, frame in readers:
            got = _measured(goal.cases, frame if goal.frames else still, label=goal.frames)
            verdict = ""
            if name == "karvon":
                met = all(check(got) for check in goal.checks)
                verdict = f"   [goal: {goal.wanted}; {'met' if met else 'NOT met'}]"
            out.append((f"{goal.what}, {name}", got.sentence(label=goal.frames) + verdict))
    out.append(("6-frame sequences, karvon with voting", _sequences(seeds)))
    counts = wrongs.run(120 * seeds, seed=3)
    verdict = "met" if not counts.wrong else "NOT met"
    out.append(
        (
            "wrong SSCCs, karvon (10,000: python -m terminal.bench.wrongs)",
            f"{counts.sentence()}   [{verdict}]",
        )
    )
    return out


Case = tuple[Sequence[str], Sequence[str], Any]


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of reading some pictures once each. Times in milliseconds of processor time."""

    positive: int
    exact: int
    in_time: int
    wrong: int
    median: float
    mean: float
    late: float

    def sentence(self, *, label: bool) -> str:
        """The figures in one line; ``label`` where a frame's label had to be known within 100 ms."""
        share = f"{self.exact}/{self.positive} read, " if self.positive else ""
        within = f"{self.in_time}/{self.positive} within 100 ms, " if self.positive and label else ""
        times = f"median {self.median:.1f} ms, mean {self.mean:.1f} ms, p95 {self.late:.0f} ms"
        return f"{share}{within}{self.wrong} wrong, {times}"


Check = Callable[[Figures], bool]


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal in words, the pictures that try it, and the tests that say whether it is met."""

    what: str
    wanted: str
    cases: list[Case]
    frames: bool
    checks: tuple[Check, ...]


def _read(share: float, *, in_time: bool = False) -> Check:
    return lambda got: (got.in_time if in_time else got.exact) >= share * got.positive


def _none_wrong(most: int = 0) -> Check:
    return lambda got: got.wrong <= most


def _goals(seeds: int) -> Iterator[Goal]:
    foreign = _foreign()
    yield Goal(
        "foreign pictures",
        ">= 92 % exact, at most 1 wrong, median 5 ms, p95 250 ms",
        foreign,
        False,
        (_read(0.92), _none_wrong(1), lambda got: got.median <= 5 and got.late <= 250),
    )
    empty = [case for case in foreign if not case[0]]
    yield Goal("foreign pictures without a code", "no result", empty, False, (_none_wrong(),))
    yield Goal("hard stills, 16 symbologies x 15 harms", "0 wrong", _trials(seeds), False, (_none_wrong(),))
    yield Goal("every rotation, also mirrored", "0 wrong", _rotations(seeds), False, (_none_wrong(),))
    yield Goal(
        "1080p frames, severity 1 to 5",
        "label known within 100 ms in 85 %, mean 50 ms, 0 wrong",
        _frames(seeds),
        True,
        (_read(0.85, in_time=True), _none_wrong(), lambda got: got.mean <= 50),
    )
    docks: list[Case] = [((), (), pictures.empty_frame(seed).pixels) for seed in range(8)]
    yield Goal("1080p frames without a code", "mean 50 ms, no result", docks, True, (_none_wrong(), _quick))
    many = [pictures.crowd(12, 500 + seed) for seed in range(3 * seeds)]
    yield Goal("12 labels in a frame", "all SSCCs within 50 ms", _cases(many), True, (_read(1.0), _quick))
    for what, module, blur in (
        ("SSCC in GS1-128 alone, 1 pixel a module", 1.0, 0.6),
        ("SSCC in GS1-128 alone, defocus of 1 module", 2.6, 2.6),
    ):
        made = [pictures.bars_only(module, blur, 500 + seed) for seed in range(10 * seeds)]
        yield Goal(what, ">= 90 %, 0 wrong", _cases(made), True, (_read(0.9), _none_wrong()))


def _quick(got: Figures) -> bool:
    return got.mean <= 50


def _cases(made: Iterable[pictures.Made]) -> list[Case]:
    return [(one.texts, (), one.pixels) for one in made]


def _measured(cases: list[Case], reader: Reader, *, label: bool) -> Figures:
    """Exact, wrong and time over the cases; for frames "exact" means that the label's SSCC is known."""
    spent: list[float] = []
    exact = wrong = positive = in_time = 0
    for expected, also, pixels in cases:
        begun = time.process_time()
        texts = reader(pixels)
        spent.append((time.process_time() - begun) * 1000)
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
    late = spent[min(len(spent) - 1, int(0.95 * len(spent)))]
    return Figures(positive, exact, in_time, wrong, statistics.median(spent), statistics.fmean(spent), late)


def _sequences(seeds: int) -> str:
    """Labels known within six frames of one scene, frames voting (severity 3 and 4 of mixed harms)."""
    parts = []
    met = True
    for severity, wanted in ((3, 1.0), (4, 0.9)):
        known = first = total = 0
        for seed in range(4 * seeds):
            voter = vision.FrameVoter()
            takes = wrongs.sequence(severity, 500 + seed)
            seen: set[str | None] = set()
            for number, take in enumerate(takes):
                codes = vision.read_image(take.pixels, effort_ms=100, deep=False)
                first += number == 0 and take.texts[0] in {vision.sscc_of(code) for code in codes}
                seen |= {vision.sscc_of(code) for code in voter.feed(codes)}
            known += takes[0].texts[0] in seen
            total += 1
        met = met and known >= wanted * total
        parts.append(f"mix {severity}: one frame {first}/{total}, any of six {known}/{total}")
    return "; ".join(parts) + f"   [goal: 100 % and >= 90 %; {'met' if met else 'NOT met'}]"


def _still(pixels: Any) -> list[str]:
    return [code.text for code in vision.read_image(pixels, effort_ms=170, rules=vision.ANY_ITF)]


def _frame(pixels: Any) -> list[str]:
    return [code.text for code in vision.read_image(pixels, effort_ms=100, deep=False)]


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


def _trials(seeds: int) -> list[Case]:
    return _cases(
        trials.trial(kind, harm, 500 + seed)
        for kind in trials.KINDS
        for harm in trials.HARMS
        for seed in range(seeds)
    )


def _rotations(seeds: int) -> list[Case]:
    """Every fifth degree of the circle, kinds in turn, every other one mirrored."""
    return _cases(
        trials.rotated(degrees, 500 + seed) for seed in range(seeds) for degrees in range(0, 360, 5)
    )


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

"""How well a printed linear barcode came out, judged from a picture of it: a letter from A to F, with reasons.

The parameters and their limits are those of ISO/IEC 15416 (scan reflectance profile, ten scans across the bars,
each as good as its worst parameter, the symbol as their mean). It is no verifier's certificate: a camera's gray
values are not calibrated reflectances, its lens stands in for the measuring aperture, and decodability is
computed for Code 128 only. It tells a worn print head or too little heat from a good label; it does not tell
an A from a B of a laboratory. Matrix codes (ISO/IEC 15415) are not judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import cv2
import numpy as np

from devices.vision.model import LINEAR, Decoded, Floats, Gray

Letter = Literal["A", "B", "C", "D", "F"]
LETTERS: Final[tuple[Letter, ...]] = ("F", "D", "C", "B", "A")

SCANS: Final = 10
#: samples for one pixel of the picture along the scan
OVER: Final = 4
#: a picture must show a module with so many pixels, or blur of the picture is taken for a fault of the print
LEAST_MODULE_PX: Final = 2.5
#: light beside the symbol, in modules (Code 128 asks for 10; a tenth is left to the reading of the edge)
QUIET: Final = 9.0
#: parameter -> smallest value for D, C, B, A
_AT_LEAST: Final = {
    "contrast": (0.20, 0.40, 0.55, 0.70),
    "modulation": (0.40, 0.50, 0.60, 0.70),
    "decodability": (0.25, 0.37, 0.50, 0.62),
}
#: largest value for D, C, B, A
_AT_MOST: Final = {"defects": (0.30, 0.25, 0.20, 0.15)}
_SENTENCES: Final = {
    "contrast": "bars and paper differ too little: more heat, fresh ribbon, or whiter labels",
    "modulation": "thin bars or gaps are grey: print slower, check the resolution, clean the head",
    "defects": "there are spots or voids in bars or gaps: clean the head and the platen, check for dead dots",
    "decodability": "bars are wider or narrower than they should be: adjust heat or speed",
    "edges": "some edges are too weak to be seen: the print is faded or smeared",
    "dark": "the bars are not dark enough against the paper: more heat or fresh ribbon",
    "quiet": "something stands too close to the bars: leave ten modules of blank paper on both sides",
    "bars": "the scan did not find the bars of the symbol",
}


@dataclass(frozen=True, slots=True)
class Grade:
    """The verdict on one symbol.

    ``letter`` and ``value`` (4.0 = A ... 0.0 = F) are None when it could not be judged; ``reasons`` then says
    why, else what holds the grade down (empty for an A). ``measured`` holds the mean of each parameter as a
    share of 1, ``grades`` its letter over all scans; ``module_px`` is the width of a module in pixels.
    """

    letter: Letter | None
    value: float | None
    reasons: tuple[str, ...]
    measured: dict[str, float]
    grades: dict[str, Letter]
    module_px: float | None


@dataclass(frozen=True, slots=True)
class _Scan:
    """One line across the bars: measured values, and parameters that passed or failed."""

    values: dict[str, float]
    passed: dict[str, bool]
    module: float

    def points(self) -> dict[str, int]:
        """0 (F) to 4 (A) for each parameter."""
        out = {
            name: sum(self.values[name] >= limit for limit in limits)
            for name, limits in _AT_LEAST.items()
            if name in self.values
        }
        out |= {
            name: sum(self.values[name] <= limit for limit in limits) for name, limits in _AT_MOST.items()
        }
        return out | {name: 4 if good else 0 for name, good in self.passed.items()}


def grade(gray: Gray, code: Decoded) -> Grade:
    """Judge one symbol of the picture it was read from (8-bit gray, as :func:`gray_from_bytes` gives it)."""
    if code.symbology not in LINEAR:
        return _unjudged(f"{code.symbology} is not a linear symbol; only linear ones are judged")
    code128 = code.symbology in {"Code128", "GS1-128"}
    scans = [scan for profile, px in _profiles(gray, code) if (scan := _scan(profile, px, code128=code128))]
    if not scans:
        return _unjudged(
            "no line across the symbol shows the bars that were read: a void runs along them, "
            "or the picture is not sharp or straight enough"
        )
    module = float(np.median([scan.module for scan in scans]))
    if module < LEAST_MODULE_PX:
        return _unjudged(
            f"a module is only {module:.1f} pixels wide in this picture; go closer, {LEAST_MODULE_PX} are needed"
        )
    tables = [scan.points() for scan in scans]
    # a scan that did not find the bars counts as failed
    whole = [min(table.values()) for table in tables] + [0] * (SCANS - len(scans))
    value = sum(whole) / len(whole)
    means = {name: sum(table[name] for table in tables) / len(tables) for name in tables[0]}
    worst = sorted((mean, name) for name, mean in means.items() if mean < 3.5)
    reasons = [_SENTENCES[name] for mean, name in worst if mean <= value + 1]
    if len(scans) < SCANS:
        reasons.append(_SENTENCES["bars"] + f" in {SCANS - len(scans)} of {SCANS} places")
    measured = {
        name: round(float(np.mean([scan.values[name] for scan in scans])), 3) for name in scans[0].values
    }
    letters = {name: _letter(mean) for name, mean in means.items()}
    return Grade(_letter(value), round(value, 1), tuple(reasons), measured, letters, round(module, 1))


def _unjudged(reason: str) -> Grade:
    return Grade(None, None, (reason,), {}, {}, None)


def _letter(value: float) -> Letter:
    return LETTERS[min(4, int(value + 0.5))]


def _profiles(gray: Gray, code: Decoded) -> list[tuple[Floats, float]]:
    """Ten lines across the symbol with light on both sides, each averaged over a few pixels along the bars.

    Values 0 to 1; with each comes how many samples make one pixel of the picture.
    """
    corner = np.asarray(code.corners, np.float32)
    along = (corner[1] + corner[2] - corner[0] - corner[3]) / 2
    length = float(np.hypot(*along))
    high = float(np.hypot(*((corner[3] + corner[2] - corner[0] - corner[1]) / 2)))
    direction = along / max(length, 1.0)
    reach = 0.3 * length
    count = int(OVER * (length + 2 * reach))
    if not 20 <= count <= 200_000:
        return []
    steps = np.linspace(-reach, length + reach, count, dtype=np.float32)
    across = np.array([-direction[1], direction[0]], np.float32)
    out: list[tuple[Floats, float]] = []
    for number in range(SCANS):
        share = 0.1 + 0.8 * number / (SCANS - 1)
        start = corner[0] + (corner[3] - corner[0]) * share
        # a decoder that gives a line instead of an area is scanned where it read, a little up and down
        start = start + across * (number - SCANS / 2) * 0.5 if high < SCANS else start
        lines = []
        for offset in (-0.5, 0.0, 0.5):
            origin = start + across * offset
            x, y = origin[0] + direction[0] * steps, origin[1] + direction[1] * steps
            lines.append(
                cv2.remap(gray, x[None, :], y[None, :], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[
                    0
                ].astype(np.float32)
            )
        out.append((np.mean(lines, axis=0) / 255.0, count / (length + 2 * reach)))
    return out


def _scan(profile: Floats, per_px: float, *, code128: bool) -> _Scan | None:
    """Measure one profile; None where it shows no symbol."""
    middle = profile[len(profile) // 5 : -len(profile) // 5]
    low, high = float(middle.min()), float(middle.max())
    contrast = high - low
    if contrast < 0.08:
        return None
    edges = _edges(profile, low + contrast / 2)
    span = _symbol(edges, len(profile))
    if span is None:
        return None
    first, last = span
    inside = edges[first : last + 1]
    widths = np.diff(inside)
    module = _module(widths, code128=code128)
    if module is None:
        return None
    left = inside[0] - (edges[first - 1] if first else 0.0)
    right = (edges[last + 1] if last + 1 < len(edges) else float(len(profile))) - inside[-1]
    peaks, defects = _elements(profile, inside)
    steps = np.abs(np.diff(peaks))
    weakest = float(steps.min()) if len(steps) else 0.0
    values = {
        "contrast": contrast,
        "modulation": weakest / contrast,
        "defects": defects / contrast,
    }
    if code128:
        values["decodability"] = _decodability(widths)
    passed = {
        "edges": weakest >= 0.15,
        "dark": low <= 0.5 * high,
        "quiet": min(left, right) >= QUIET * module,
    }
    return _Scan(values, passed, module / per_px)


def _edges(profile: Floats, threshold: float) -> Floats:
    """Where the profile crosses the threshold, between samples."""
    above = profile >= threshold
    at = np.flatnonzero(above[1:] != above[:-1])
    before, after = profile[at], profile[at + 1]
    return np.asarray(at + (threshold - before) / (after - before + 1e-9), np.float64)


def _symbol(edges: Floats, size: int) -> tuple[int, int] | None:
    """First and last edge of the symbol: from the middle outwards until a gap that no element can be."""
    if len(edges) < 12:
        return None
    widths = np.diff(edges)
    centre = int(np.searchsorted(edges, size / 2))
    near = widths[(edges[:-1] > size / 5) & (edges[1:] < size * 4 / 5)]
    if len(near) < 10:
        return None
    # a bar and a gap together: the narrowest pair is two modules, however fat or thin the bars were printed
    gap = 4.7 * float(np.percentile(near[:-1] + near[1:], 5)) / 2
    first = last = min(max(centre, 1), len(edges) - 1)
    while first > 0 and widths[first - 1] < gap:
        first -= 1
    while last < len(edges) - 1 and widths[last] < gap:
        last += 1
    return (first, last) if last - first >= 10 else None


def _module(widths: Floats, *, code128: bool) -> float | None:
    """The width of a module in samples. Code 128: six elements a character, seven for the stop; 11 and 13 modules."""
    if not code128:
        return float(np.percentile(widths, 15))
    characters, rest = divmod(len(widths) - 7, 6)
    if rest or characters < 3:
        return None  # bars lost or invented: this scan does not decode
    return float(widths.sum() / (11 * characters + 13))


def _elements(profile: Floats, edges: Floats) -> tuple[Floats, float]:
    """Darkest or lightest value of each element, and the worst unevenness inside one."""
    peaks, worst = [], 0.0
    for start, stop in pairwise(edges):
        piece = profile[int(np.ceil(start)) : int(np.floor(stop)) + 1]
        if not len(piece):
            continue
        bar = piece.mean() < (profile[int(start)] + profile[min(len(profile) - 1, int(start) + 1)]) / 2
        light = -piece if bar else piece
        peaks.append(float(-light.max() if bar else light.max()))
        # a dip with higher ground on both sides is a spot in a gap, or a void in a bar
        ground = np.minimum(np.maximum.accumulate(light), np.maximum.accumulate(light[::-1])[::-1])
        worst = max(worst, float((ground - light).max()))
    return np.asarray(peaks), worst


def _decodability(widths: Floats) -> float:
    """How far the edge-to-similar-edge distances of Code 128 stay from the limits between two values (1 = exact)."""
    worst = 0.0
    for at in range(0, len(widths) - 7, 6):
        six = widths[at : at + 6]
        pairs = (six[:-1] + six[1:]) * 11 / six.sum()
        worst = max(worst, float(np.abs(pairs - np.round(pairs)).max()))
    return 1.0 - 2.0 * worst


def sentence(found: Grade) -> str:
    """The verdict in one line for people."""
    why: Sequence[str] = found.reasons
    if found.letter is None:
        return f"not graded: {'; '.join(why)}"
    return f"print quality {found.letter} ({found.value:.1f})" + (f": {'; '.join(why)}" if why else "")

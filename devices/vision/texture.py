"""Where in a picture print of any kind lies, and which of it are bars.

One small copy of the picture and one structure tensor answer three questions: which neighbourhoods change
brightness along one direction only (bars), which are dense with edges of any direction (matrix symbols,
whole labels), and whether what looks like bars has the uneven rhythm of a code. Planks, blinds and
corrugated card are sorted out here, at a tenth of the cost of a decoder that looks in vain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from devices.vision.model import Floats, Gray

Mask = NDArray[np.bool_]

#: Self-likeness from which a line is a grating and no code: made codes stay below 1.2, blinds begin at 1.24.
GRATING = 1.22


@dataclass(frozen=True, slots=True)
class Region:
    """A place that looks like bars. ``angle`` is the scan direction in radians (x right, y down);
    ``length`` along it and ``height`` across it are pixels of the picture."""

    cx: float
    cy: float
    angle: float
    length: float
    height: float
    score: float


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle of the picture that is dense with edges, in whole pixels."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def area(self) -> int:
        """Pixels inside."""
        return (self.right - self.left) * (self.bottom - self.top)

    def holds(self, x: float, y: float) -> bool:
        """True when the point lies inside."""
        return self.left <= x < self.right and self.top <= y < self.bottom


@dataclass(frozen=True, slots=True)
class Print:
    """An area dense with edges: where it is, the bars that it may be (None when its shape forbids), how parallel
    its edges are, from 0 (matrix symbol, text) to 1 (nothing but bars), and which share of its box it fills."""

    box: Box
    bars: Region | None
    coherence: float
    filled: float


class Texture:
    """The gradients of a small copy of a picture; ``work`` is the copy's longer side in pixels."""

    def __init__(self, gray: Gray, work: int = 640) -> None:
        height, width = gray.shape
        shrink = max(1.0, max(height, width) / work)
        size = (max(8, round(width / shrink)), max(8, round(height / shrink)))
        small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA) if shrink > 1.0 else gray
        self.gray = gray
        self.shape = small.shape
        self.sx, self.sy = width / small.shape[1], height / small.shape[0]
        self.usable = min(small.shape) >= 8
        if not self.usable:
            return
        gx = cv2.Scharr(small, cv2.CV_32F, 1, 0)
        gy = cv2.Scharr(small, cv2.CV_32F, 0, 1)
        self._xx = cv2.multiply(gx, gx)
        self._yy = cv2.multiply(gy, gy)
        self._xy = cv2.multiply(gx, gy)

    def regions(self, limit: int, coherence: float = 0.5) -> list[Region]:
        """Areas of parallel bars, strongest first, at most ``limit``."""
        if not self.usable:
            return []
        found: list[Region] = []
        for window in _windows(self.shape):
            found += self._search(window, coherence)
        found.sort(key=lambda region: -region.score)
        kept: list[Region] = []
        for region in found:
            if not any(_covers(other, region) for other in kept):
                kept.append(region)
            if len(kept) == limit:
                break
        return kept

    def prints(
        self, limit: int = 16, known: Sequence[tuple[float, float]] = (), least: float = 0.0
    ) -> list[Print]:
        """Areas where a third of all pixels are edges, largest first, each with the bars that it may be.

        Areas around a ``known`` point and those below ``least`` square pixels of the picture are left out.
        """
        if not self.usable:
            return []
        energy = cv2.add(self._xx, self._yy)
        strong = _percentile(energy, 98)
        # Grain of a dark picture lies everywhere: edges stand out of it.
        floor = max(0.08 * strong, min(4.0 * _percentile(energy, 50), 0.3 * strong), 4.0e3)
        edges = (energy > floor).astype(np.uint8) * np.uint8(255)
        window = max(5, max(self.shape) // 50 | 1)
        share = cv2.boxFilter(edges, -1, (window, window))
        _, dense = cv2.threshold(share, 85, 255, cv2.THRESH_BINARY)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(dense, connectivity=8)
        order = sorted(range(1, count), key=lambda index: -int(stats[index, cv2.CC_STAT_AREA]))
        found = []
        for index in order[:limit]:
            left, top, wide, high, area = (int(value) for value in stats[index, :5])
            if min(wide, high) < min(window, 0.5 * min(self.shape)) or area < window * window:
                continue
            box = self._box(left, top, wide, high)
            if box.area < least or any(box.holds(x, y) for x, y in known):
                continue
            part = (slice(top, top + high), slice(left, left + wide))
            inside = labels[part] == index
            found.append(Print(box, *self._bars(part, inside, window), area / (wide * high)))
        return found

    def _box(self, left: int, top: int, wide: int, high: int) -> Box:
        height, width = self.gray.shape
        pad_x, pad_y = 4 + 0.06 * wide, 4 + 0.06 * high
        return Box(
            max(0, int((left - pad_x) * self.sx)),
            max(0, int((top - pad_y) * self.sy)),
            min(width, int((left + wide + pad_x) * self.sx) + 1),
            min(height, int((top + high + pad_y) * self.sy) + 1),
        )

    def _bars(self, part: tuple[slice, slice], inside: Mask, window: int) -> tuple[Region | None, float]:
        """The bars that an area may be, and how parallel its edges are, 0..1."""
        a, b = float(self._xx[part][inside].sum()), float(self._yy[part][inside].sum())
        twice = 2.0 * float(self._xy[part][inside].sum())
        coherence = float(np.hypot(a - b, twice)) / max(a + b, 1e-6)
        angle = 0.5 * float(np.arctan2(twice, a - b))
        rows, columns = np.nonzero(inside)
        x = (columns + part[1].start + 0.5) * self.sx
        y = (rows + part[0].start + 0.5) * self.sy
        cos, sin = float(np.cos(angle)), float(np.sin(angle))
        a0, a1 = _span(x * cos + y * sin, 0.004)
        c0, c1 = _span(-x * sin + y * cos, 0.01)
        # The averaging window reaches over the ends of the bars by less than half of itself.
        slack = 0.25 * window * self.sx
        length, height = a1 - a0 - slack, c1 - c0 - 2 * slack
        if length < 20 or height < 2 or height > 4 * length:
            return None, coherence
        along, across = (a0 + a1) / 2, (c0 + c1) / 2
        cx, cy = along * cos - across * sin, along * sin + across * cos
        return Region(cx, cy, angle, length, height, a + b), coherence

    def _search(self, window: int, coherence: float) -> list[Region]:
        box = (window, window)
        xx = cv2.boxFilter(self._xx, -1, box)
        yy = cv2.boxFilter(self._yy, -1, box)
        twice = cv2.boxFilter(self._xy, -1, box) * 2.0
        energy = cv2.add(xx, yy)
        difference = cv2.subtract(xx, yy)
        strength = cv2.magnitude(difference, twice)
        floor = max(_percentile(energy, 98) * 0.06, 2.0e3)
        inside = (strength > np.float32(coherence) * energy) & (energy > floor)
        if not inside.any():
            return []
        # Direction of the gradient, doubled angle, in degrees 0..360.
        doubled = cv2.phase(difference[inside], twice[inside], angleInDegrees=True)
        weights = strength[inside]
        histogram = np.bincount((doubled.ravel() / 10.0).astype(np.int64) % 36, weights=weights, minlength=36)
        smooth = histogram + np.roll(histogram, 1) + np.roll(histogram, -1)
        found: list[Region] = []
        for _ in range(4):
            peak = int(smooth.argmax())
            if smooth[peak] <= 0.04 * histogram.sum():
                break
            centre = np.deg2rad(peak * 10.0 + 5.0)
            # Within 18 degrees of the peak: the doubled angle differs by less than 36.
            towards = cv2.addWeighted(difference, float(np.cos(centre)), twice, float(np.sin(centre)), 0.0)
            near = inside & (towards > np.float32(0.809) * strength)
            found += self._components(near.view(np.uint8), (xx, yy, twice))
            for offset in range(-4, 5):
                smooth[(peak + offset) % 36] = 0.0
        return found

    def _components(self, mask: Gray, tensor: tuple[Floats, Floats, Floats]) -> list[Region]:
        xx, yy, twice = tensor
        count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        smallest = max(30, int(0.0008 * mask.size))
        order = sorted(range(1, count), key=lambda index: -int(stats[index, cv2.CC_STAT_AREA]))
        found = []
        for index in order[:12]:
            if int(stats[index, cv2.CC_STAT_AREA]) < smallest:
                break
            left, top, wide, high = (int(value) for value in stats[index, :4])
            part = (slice(top, top + high), slice(left, left + wide))
            inside = labels[part] == index
            a, b = float(xx[part][inside].sum()), float(yy[part][inside].sum())
            angle = 0.5 * float(np.arctan2(twice[part][inside].sum(), a - b))
            rows, columns = np.nonzero(inside)
            x = (columns + left + 0.5) * self.sx
            y = (rows + top + 0.5) * self.sy
            cos, sin = np.cos(angle), np.sin(angle)
            a0, a1 = _span(x * cos + y * sin, 0.005)
            c0, c1 = _span(-x * sin + y * cos, 0.01)
            length, height = float(a1 - a0), float(c1 - c0)
            if length < 20 or height < 2:
                continue
            along, across = (a0 + a1) / 2, (c0 + c1) / 2
            filled = len(rows) * self.sx * self.sy / max(length * height, 1.0)
            score = float(np.sqrt((a + b) / len(rows)) * len(rows) * min(1.0, filled + 0.2))
            cx, cy = along * cos - across * sin, along * sin + across * cos
            found.append(Region(float(cx), float(cy), angle, length, height, score))
        return found


def prints(gray: Gray, work: int = 640, limit: int = 16) -> list[Print]:
    """Dense areas of a picture, largest first; mixed ones are looked into again at full resolution.

    A code far from the camera is gray at the resolution of the first look: its bars stand up, apart from
    matrix symbol and print beside it, only when its own surroundings are looked at.
    """
    whole = Texture(gray, work)
    found = whole.prints(limit)
    if whole.sx < 1.4:
        return found
    inner: list[Print] = []
    for one in found:
        box = one.box
        if one.coherence >= 0.5 or max(box.right - box.left, box.bottom - box.top) > 800:
            continue
        crop = np.ascontiguousarray(gray[box.top : box.bottom, box.left : box.right])
        for part in Texture(crop, work).prints(4):
            if part.coherence >= 0.5 and part.bars is not None:
                inner.append(_moved(part, box.left, box.top))
    return found + inner


def _moved(one: Print, x: int, y: int) -> Print:
    box, bars = one.box, one.bars
    assert bars is not None
    shifted = Region(bars.cx + x, bars.cy + y, bars.angle, bars.length, bars.height, bars.score)
    return Print(
        Box(box.left + x, box.top + y, box.right + x, box.bottom + y), shifted, one.coherence, one.filled
    )


def coded(gray: Gray, region: Region, least: int = 14, alike: float = GRATING) -> bool:
    """True when a line across the bars changes at least ``least`` times, in no even rhythm.

    The shortest codes have 24 edges; blur as wide as a module leaves half of them. Three lines are tried,
    since a region of stacked codes may have paper or print in its middle. A grating repeats itself after
    one bar and one space, over its whole length and in its middle; ``alike`` is where that begins.
    """
    found = [(rhythm(line)[0], self_likeness(line)) for line in _lines(gray, region)]
    likeness = sorted(one[1] for one in found)[1]
    return likeness < alike and any(turns >= least for turns, _ in found)


def self_likeness(line: Floats) -> float:
    """How like itself a line is when shifted by one period, 0..2: the whole line's part plus its middle's."""
    fifth = len(line) // 5
    return rhythm(line)[1] + rhythm(line[fifth : len(line) - fifth])[1]


def _lines(gray: Gray, region: Region) -> list[Floats]:
    scale = float(np.clip(700.0 / max(region.length, 1.0), 0.5, 2.0))
    width = int(np.clip(region.length * 1.04 * scale, 24, 1400))
    rows = int(np.clip(0.2 * region.height * scale, 3, 16))
    cos, sin = float(np.cos(region.angle)), float(np.sin(region.angle))
    lines = []
    for offset in (0.0, -0.28, 0.28):
        cx, cy = region.cx - sin * offset * region.height, region.cy + cos * offset * region.height
        a, b = cos / scale, sin / scale
        back = np.array(
            [[a, -b, cx - a * width / 2 + b * rows / 2], [b, a, cy - b * width / 2 - a * rows / 2]]
        )
        strip = cv2.warpAffine(
            gray,
            back,
            (width, rows),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        lines.append(strip.mean(axis=0, dtype=np.float32))
    return lines


def rhythm(line: Floats) -> tuple[int, float]:
    """How often a line changes between dark and bright, and how like itself it is when shifted (0..1)."""
    flat = line.reshape(1, -1)
    size = len(line)
    window = max(9, size // 12)
    swing = (flat - cv2.blur(flat, (window, 1)))[0]
    low, high = _span(swing, 0.05)
    dead = max(2.5, 0.12 * (high - low))
    strong = swing[np.abs(swing) > dead]
    turns = int(np.count_nonzero(np.diff(np.signbit(strong)))) if len(strong) else 0
    centred = swing - swing.mean()
    energy = float(np.dot(centred, centred))
    if energy < 1e-6:
        return turns, 0.0
    power = np.fft.rfft(centred, 2 * size)
    likeness = np.fft.irfft(np.abs(power) ** 2)[: size // 3] / energy / (1 - np.arange(size // 3) / size)
    below = np.flatnonzero(likeness < 0)
    first = int(below[0]) if len(below) else size
    return turns, float(likeness[first:].max(initial=0.0))


def _percentile(values: Floats, share: float) -> float:
    """Percentile of every third value in both directions: near enough for a threshold, and nine times cheaper."""
    some = values[::3, ::3].ravel()
    place = int(share / 100.0 * (len(some) - 1))
    return float(np.partition(some, place)[place])


def _span(values: Floats, cut: float) -> tuple[float, float]:
    """The range without the outermost ``cut`` of the values on each side."""
    last = len(values) - 1
    low, high = int(cut * last), last - int(cut * last)
    ordered = np.partition(values, (low, high))
    return float(ordered[low]), float(ordered[high])


def _windows(shape: tuple[int, ...]) -> tuple[int, ...]:
    side = max(shape)
    return (max(5, side // 45 | 1), max(9, side // 18 | 1)) if side > 120 else (7,)


def _covers(a: Region, b: Region) -> bool:
    """True when ``b`` says nothing new beside ``a``: its middle lies inside, same direction, no larger."""
    turn = abs((a.angle - b.angle + np.pi / 2) % np.pi - np.pi / 2)
    if turn > 0.2:
        return False
    dx, dy = b.cx - a.cx, b.cy - a.cy
    along = abs(dx * np.cos(a.angle) + dy * np.sin(a.angle))
    across = abs(-dx * np.sin(a.angle) + dy * np.cos(a.angle))
    if along > 0.25 * a.length or across > 0.5 * a.height:
        return False
    return b.length <= 1.15 * a.length and b.length >= 0.7 * a.length

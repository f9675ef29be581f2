"""Finding where linear symbols lie before anybody tries to read them.

Bars are the one texture whose brightness changes along one direction only. The structure tensor of a
small copy of the picture measures that for every neighbourhood; connected areas of one direction are
code candidates. Each is then cut out of the full picture, turned upright and enlarged, which is worth
more than any filter: decoders need about two pixels a module and bars that stand.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from devices.vision.model import Affine, Floats, Gray
from devices.vision.texture import Region, Texture


@dataclass(frozen=True, slots=True)
class Patch:
    """An upright, enlarged cut-out and the affine map back to the picture."""

    pixels: Gray
    to_picture: Affine
    scale: float


def locate(gray: Gray, work: int = 640, limit: int = 6, coherence: float = 0.5) -> list[Region]:
    """Areas of parallel bars, strongest first. ``work`` is the longer side searched, in pixels."""
    return Texture(gray, work).regions(limit, coherence)


def rectified(
    gray: Gray, region: Region, *, target: float = 760.0, margin: float = 0.12, most: float = 4.5
) -> Patch:
    """Cut a region out upright, so that it is about ``target`` pixels long plus a quiet zone each side."""
    scale = float(np.clip(target / max(region.length, 1.0), 0.5, most))
    pad = max(margin * region.length, 12.0)
    out_width = int(np.clip((region.length + 2 * pad) * scale, 32, 2400))
    out_height = int(np.clip((region.height * 1.06 + 4) * scale, 12, 1400))
    return upright(gray, region, scale, out_width, out_height)


def upright(gray: Gray, region: Region, scale: float, out_width: int, out_height: int) -> Patch:
    """``out_width`` x ``out_height`` pixels around a region with its scan direction turned to the x axis."""
    cx, cy, angle = region.cx, region.cy, region.angle
    cos, sin = float(np.cos(angle)) / scale, float(np.sin(angle)) / scale
    to_picture: Affine = np.array(
        [
            [cos, -sin, cx - cos * out_width / 2 + sin * out_height / 2],
            [sin, cos, cy - sin * out_width / 2 - cos * out_height / 2],
        ]
    )
    source = gray
    inner = to_picture
    if scale < 0.75:
        # Averaging before shrinking keeps thin bars from falling between the samples.
        spread = 0.4 / scale
        corners = np.array([[0, 0, 1], [out_width, 0, 1], [0, out_height, 1], [out_width, out_height, 1]])
        places = corners @ to_picture.T
        reach = 4 * spread + 2
        left, top = np.maximum(0, np.floor(places.min(axis=0) - reach)).astype(int)
        right, bottom = np.ceil(places.max(axis=0) + reach).astype(int)
        part = gray[top : max(bottom, top + 1), left : max(right, left + 1)]
        if part.size:
            source = cv2.GaussianBlur(part, (0, 0), spread)
            inner = to_picture.copy()
            inner[:, 2] -= (left, top)
    pixels = cv2.warpAffine(
        source,
        inner,
        (out_width, out_height),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=255.0,
    )
    return Patch(pixels, to_picture, scale)


def bar_direction(gray: Gray, cx: float, cy: float, reach: float) -> float:
    """Scan direction in radians of the bars within ``reach`` pixels of a point."""
    half = max(6, round(reach))
    x, y = round(cx), round(cy)
    part = gray[max(0, y - half) : y + half, max(0, x - half) : x + half]
    if min(part.shape) < 3:
        return 0.0
    gx = cv2.Scharr(part, cv2.CV_32F, 1, 0)
    gy = cv2.Scharr(part, cv2.CV_32F, 0, 1)
    across = float((gx * gx - gy * gy).sum())
    return 0.5 * float(np.arctan2(2.0 * float((gx * gy).sum()), across))


def goes_on(patch: Gray, length: float) -> bool:
    """True when bars go on beyond the ends of a symbol ``length`` pixels long in the middle of the patch."""
    width = patch.shape[1]
    strength = np.abs(cv2.Sobel(patch, cv2.CV_32F, 1, 0, ksize=3)).mean(axis=0)
    start, end = round((width - length) / 2), round((width + length) / 2)
    inside = float(strength[max(0, start) : end].mean()) if end > start else 0.0
    near, far = round(0.03 * length), round(0.15 * length)
    left = strength[max(0, start - far) : max(0, start - near)]
    right = strength[end + near : end + far]
    return any(len(side) > 3 and float(side.mean()) > 0.5 * inside for side in (left, right))


def bands(patch: Gray) -> list[tuple[int, int]]:
    """Rows of an upright patch that hold bars, split where text or another code comes between.

    A row of bars keeps the picture of its neighbour rows; where the horizontal gradient of adjacent
    rows stops agreeing or dies away, one code ends.
    """
    height = patch.shape[0]
    if height < 16:
        return [(0, height)]
    gradient = cv2.Sobel(patch, cv2.CV_32F, 1, 0, ksize=3)
    step = max(1, height // 160)
    rows = cv2.resize(
        gradient, (min(400, patch.shape[1]), max(1, height // step)), interpolation=cv2.INTER_AREA
    )
    strength = np.sqrt((rows * rows).mean(axis=1)) + 1e-3
    lag = 2
    if len(rows) <= 2 * lag + 2:
        return [(0, height)]
    agreement = np.zeros(len(rows), np.float32)
    dot = (rows[:-lag] * rows[lag:]).mean(axis=1) / (strength[:-lag] * strength[lag:])
    agreement[lag // 2 : lag // 2 + len(dot)] = dot
    agreement[: lag // 2] = dot[0]
    agreement[lag // 2 + len(dot) :] = dot[-1]
    good = (agreement > 0.55) & (strength > 0.35 * np.percentile(strength, 85))
    found = []
    start = None
    for place, fine in enumerate([*good.tolist(), False]):
        if fine and start is None:
            start = place
        elif not fine and start is not None:
            if place - start >= max(3, len(rows) // 40):
                found.append((start * step, min(height, place * step)))
            start = None
    return found or [(0, height)]


def sharpened(patch: Gray, spread: float, amount: float) -> Gray:
    """Edges across the bars raised again after blur: unsharp masking along x only.

    Measured on rectified bars it more than doubles what zxing-cpp reads; the same in both directions,
    or deconvolution, gives much less because noise along the bars comes up with it.
    """
    soft = cv2.GaussianBlur(patch, (0, 0), sigmaX=spread, sigmaY=0.01)
    return cv2.addWeighted(patch, 1.0 + amount, soft, -amount, 0.0)


def averaged(band: Gray, rows: int = 24) -> Gray:
    """A band's rows laid over each other along the lean of its bars, as a thin picture.

    Averaging n rows takes the noise down by the root of n. The lean is the one that keeps the most contrast
    in the average.
    """
    count = min(len(band), 16)
    picks = cv2.resize(band, (band.shape[1], count), interpolation=cv2.INTER_AREA).astype(np.float32)
    width = picks.shape[1]
    columns = np.arange(width)
    offsets = np.arange(count) - (count - 1) / 2
    best: Floats = picks[0]
    most = -1.0
    for lean in (0.0, -0.4, 0.4, -0.8, 0.8, -1.3, 1.3, -2.0, 2.0):
        shifts = np.rint(offsets * lean).astype(np.int64)
        index = np.clip(columns[None, :] + shifts[:, None], 0, width - 1)
        line = np.take_along_axis(picks, index, axis=1).mean(axis=0)
        contrast = float(np.square(np.diff(line)).sum())
        if contrast > most * (1.05 if lean else 1.0):
            best, most = line, contrast
    low, high = np.percentile(best, (2, 98))
    if high - low >= 4:
        best = (best - low) * (235.0 / (high - low)) + 10.0
    thin = np.clip(best, 0, 255).astype(np.uint8)
    return np.repeat(thin[None, :], rows, axis=0)


def edged(rows: Gray) -> Gray | None:
    """A strip of bars with paper in place of the dark surroundings that crowd its ends, or None when none do.

    Decoders ask for ten modules of bright quiet zone. Where a label is cut close to the bars, the dark beyond
    the cut is a run far wider than any bar; from there outwards the strip becomes paper.
    """
    line = rows.mean(axis=0, dtype=np.float32)
    size = len(line)
    low, high = np.percentile(line[size // 4 : size - size // 4], (5, 95))
    if high - low < 12:
        return None
    dark = line < (low + high) / 2
    turns = np.flatnonzero(np.diff(dark)) + 1
    if len(turns) < 20:
        return None
    starts = np.concatenate(([0], turns))
    widths = np.diff(np.concatenate((starts, [size])))
    narrow = float(np.percentile(widths[1:-1], 30))
    widest = 5.5 * narrow
    # The slope of the edge goes with the dark.
    slope = int(0.7 * narrow)
    far = [index for index, width in enumerate(widths) if dark[starts[index]] and width > widest]
    left = max((index for index in far if starts[index] + widths[index] < 0.35 * size), default=None)
    right = min((index for index in far if starts[index] > 0.65 * size), default=None)
    if left is None and right is None:
        return None
    whole = rows.copy()
    if left is not None:
        whole[:, : int(starts[left] + widths[left]) + slope] = int(high)
    if right is not None:
        whole[:, int(starts[right]) - slope :] = int(high)
    room = int(0.1 * size)
    return cv2.copyMakeBorder(whole, 0, 0, room, room, cv2.BORDER_CONSTANT, value=float(high))

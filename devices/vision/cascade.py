"""The order in which a picture is tried: cheap and trusted first, dear and doubtful last.

Measured on 1,578 real pictures, no single pass of either decoder reads more than 82 %; what the first
pass misses is found by the other decoder, by enlarging, and above all by locating bars, turning them
upright and splitting stacked codes. Every stage adds its reads to one tally, and the cascade stops
when something firm stands, when the stages are used up, or when the time is.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import cv2
import numpy as np

from devices.vision import locate
from devices.vision.engines import GLOBAL, IDENTITY, read_zbar, read_zxing
from devices.vision.locate import Region
from devices.vision.model import DATABAR, LINEAR, MATRIX, Affine, Decoded, Gray, Read
from devices.vision.tally import Group, Rules, Tally, firm

_FIRST_SIDE = 1280


class Scene:
    """One picture on its way through the cascade."""

    def __init__(self, gray: Gray, formats: frozenset[str], rules: Rules, budget_ms: float | None) -> None:
        self.gray = gray
        self.formats = formats
        self.linear = formats & (LINEAR | DATABAR)
        self.matrix = formats & MATRIX
        self.tally = Tally(rules)
        self.deadline = None if budget_ms is None else time.monotonic() + budget_ms / 1000.0
        self._regions: dict[int, list[Region]] = {}
        self._confirmed: set[int] = set()
        side = max(gray.shape)
        self.base, self.base_map = (
            scaled(gray, _FIRST_SIDE / side) if side > _FIRST_SIDE else (gray, IDENTITY)
        )

    def left_ms(self) -> float:
        """Milliseconds until the budget is spent; a large number without a budget."""
        return 1e9 if self.deadline is None else (self.deadline - time.monotonic()) * 1000.0

    def regions(self, work: int, limit: int) -> list[Region]:
        """Located bar areas, computed once for each resolution."""
        if work not in self._regions:
            self._regions[work] = locate.locate(self.gray, work, limit)
        return self._regions[work]

    def settled(self) -> bool:
        """True when something stands and nothing that was seen waits for a second opinion."""
        accepted = self.tally.accepted()
        return bool(accepted) and all(firm(group) for group in accepted)


def scaled(gray: Gray, factor: float) -> tuple[Gray, Affine]:
    """The picture at another size, and the map back."""
    height, width = gray.shape
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    back: Affine = np.array([[width / size[0], 0.0, 0.0], [0.0, height / size[1], 0.0]])
    return cv2.resize(gray, size, interpolation=how), back


def read_scene(scene: Scene, *, deep: bool) -> list[Decoded]:
    """Run the stages for stills (``deep``) or for one frame of video; returns what stands."""
    for stage in _stills(scene) if deep else _video(scene):
        del stage
        if scene.settled():
            confirm_all(scene)
            break
        if scene.left_ms() <= 0:
            break
    return scene.tally.decoded()


def _video(scene: Scene) -> Iterator[str]:
    """One frame of a camera: 7 ms for the first pass, then enlargement, then the located bars."""
    frame, formats = scene.gray, scene.formats
    scene.tally.add(read_zxing(frame, IDENTITY, "fast", formats, thorough=False))
    confirm_all(scene)
    yield "fast"
    if max(frame.shape) * 1.5 < 4000:
        big, back = scaled(frame, 1.5)
        scene.tally.add(read_zxing(big, back, "x1.5", formats, thorough=False))
        confirm_all(scene)
    yield "x1.5"
    for _ in located(scene, work=640, limit=5):
        yield "region"
    if scene.matrix:
        scene.tally.add(read_zxing(frame, IDENTITY, "full", scene.matrix))
    yield "full"


def _stills(scene: Scene) -> Iterator[str]:
    scene.tally.add(read_zxing(scene.base, scene.base_map, "full", scene.formats))
    confirm_all(scene)
    yield "full"
    scene.tally.add(read_zbar(scene.base, scene.base_map, "native", scene.formats))
    confirm_all(scene)
    yield "zbar"
    if max(scene.base.shape) <= 900:
        factor = 2.0 if max(scene.base.shape) < 700 else 1.5
        big, back = scaled(scene.base, factor)
        scene.tally.add(read_zxing(big, back, "x2", scene.formats, thorough=False, rotate=True))
        confirm_all(scene)
        yield "x2"
    elif scene.base is not scene.gray:
        scene.tally.add(read_zxing(scene.gray, IDENTITY, "whole", scene.formats, downscale=False))
        confirm_all(scene)
        yield "whole"
    for _ in located(scene, work=480, limit=4):
        yield "region"
    yield from _filters(scene)


def _filters(scene: Scene) -> Iterator[str]:
    base, back = scene.base, scene.base_map
    if scene.matrix:
        for name, pixels, how in _matrix_views(base):
            view, scale_back = pixels, how
            joined: Affine = np.array(
                [
                    [back[0, 0] * scale_back[0, 0], 0.0, back[0, 2]],
                    [0.0, back[1, 1] * scale_back[1, 1], back[1, 2]],
                ]
            )
            scene.tally.add(read_zxing(view, joined, name, scene.matrix, downscale=False))
            yield name


def _matrix_views(base: Gray) -> Iterator[tuple[str, Gray, Affine]]:
    small, back = scaled(base, 0.5)
    yield "half", small, back
    soft = cv2.GaussianBlur(base, (0, 0), 1.2)
    yield "soft", soft, IDENTITY
    _, otsu = cv2.threshold(base, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    yield "otsu", otsu, IDENTITY


def confirm_all(scene: Scene) -> None:
    """Seek a second, independent read for every linear symbol that has only one."""
    for group in scene.tally.undecided():
        if id(group) in scene._confirmed or scene.left_ms() <= 0:
            continue
        scene._confirmed.add(id(group))
        _confirm(scene, group)


def _confirm(scene: Scene, group: Group) -> None:
    read = group.extent
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = read.corners
    angle = float(np.arctan2(y1 + y2 - y0 - y3, x1 + x2 - x0 - x3))
    length = max(read.length, 8.0)
    height = float(np.hypot(x3 + x2 - x0 - x1, y3 + y2 - y0 - y1) / 2)
    cx, cy = read.centre
    region = Region(cx, cy, angle, length, float(np.clip(height, 0.06 * length, 0.3 * length)), 1.0)
    patch = locate.rectified(scene.gray, region, target=600.0, margin=0.15)
    names = frozenset({"EAN-13", "UPC-A"} if group.symbology == "EAN-13" else {group.symbology})
    names = names & scene.formats or frozenset({read.symbology})
    scene.tally.add(read_zbar(patch.pixels, patch.to_picture, "region", names))
    if not firm(group):
        scene.tally.add(
            read_zxing(patch.pixels, patch.to_picture, "region", names, thorough=False)
            or read_zxing(patch.pixels, patch.to_picture, "region", names, thorough=False, binarizer=GLOBAL)
        )


def located(scene: Scene, work: int, limit: int) -> Iterator[str]:
    """Read every located bar area: upright, then band by band, then averaged and sharpened lines."""
    if not scene.linear:
        return
    names = scene.formats - {"QR", "DataMatrix", "Aztec", "MaxiCode", "MicroQR"}
    regions = scene.regions(work, limit)
    patches = []
    for region in regions:
        patch = locate.rectified(scene.gray, region)
        patches.append(patch)
        reads = read_zxing(patch.pixels, patch.to_picture, "region", names, thorough=False)
        scene.tally.add(reads)
        scene.tally.add(read_zbar(patch.pixels, patch.to_picture, "region", names))
        yield "region"
    for patch in patches:
        for top, bottom in locate.bands(patch.pixels)[:6]:
            _band(scene, patch, top, bottom, names)
            yield "line"


def _band(scene: Scene, patch: locate.Patch, top: int, bottom: int, names: frozenset[str]) -> None:
    inset = max(0, (bottom - top) // 10)
    band = patch.pixels[top + inset : max(top + inset + 2, bottom - inset)]
    shifted = patch.to_picture.copy()
    shifted[:, 2] += patch.to_picture[:, 1] * (top + inset)
    line = locate.averaged(band)
    reads: list[Read] = read_zxing(line, shifted, "line", names, thorough=False)
    reads += read_zbar(line, shifted, "line", names)
    scene.tally.add(reads)
    if reads:
        return
    for sigma in (2.0, 3.5, 5.0):
        sharp = locate.deblurred(line, sigma)
        scene.tally.add(read_zxing(sharp, shifted, f"sharp:{sigma}", names, thorough=False))
        scene.tally.add(read_zbar(sharp, shifted, f"sharp:{sigma}", names))

"""One picture on its way through the cascade, and the changed copies of it that stages look at."""

from __future__ import annotations

import time

import cv2
import numpy as np

from devices.vision import locate, texture
from devices.vision.engines import IDENTITY
from devices.vision.model import DATABAR, LINEAR, MATRIX, Affine, Gray
from devices.vision.tally import Group, Rules, Tally, firm
from devices.vision.texture import Print, Region

_FIRST_SIDE = 1280


class Scene:
    """The picture, what is looked for, the reads so far, and how much time is left."""

    def __init__(
        self,
        gray: Gray,
        formats: frozenset[str],
        rules: Rules,
        budget_ms: float | None = None,
        effort_ms: float | None = None,
    ) -> None:
        self.gray = gray
        self.formats = formats
        self.linear = formats & (LINEAR | DATABAR)
        self.matrix = formats & MATRIX
        self.tally = Tally(rules)
        self._deadline = None if budget_ms is None else time.monotonic() + budget_ms / 1000.0
        self._effort_end = None if effort_ms is None else time.thread_time() + effort_ms / 1000.0
        self._regions: dict[int, list[Region]] = {}
        self._prints: dict[int, list[Print]] = {}
        self._negative: Gray | None = None
        # By identity, and kept alive so that an identity is never used twice.
        self.confirmed: dict[int, Group] = {}
        self.checked_ends: dict[int, Group] = {}
        side = max(gray.shape)
        self.base, self.base_map = (
            scaled(gray, _FIRST_SIDE / side) if side > _FIRST_SIDE else (gray, IDENTITY)
        )

    def spent(self) -> bool:
        """True when the budget of wall time or of this thread's own work is used up."""
        if self._deadline is not None and time.monotonic() >= self._deadline:
            return True
        return self._effort_end is not None and time.thread_time() >= self._effort_end

    def regions(self, work: int, limit: int) -> list[Region]:
        """Areas of parallel bars, computed once for each resolution."""
        if work not in self._regions:
            self._regions[work] = locate.locate(self.gray, work, limit)
        return self._regions[work]

    def unread(self, work: int) -> list[Print]:
        """Dense areas in which nothing firm stands yet, largest first; ``work`` as in :func:`texture.prints`."""
        if work not in self._prints:
            self._prints[work] = texture.prints(self.gray, work)
        standing = self._standing()
        return [one for one in self._prints[work] if not any(one.box.holds(x, y) for x, y in standing)]

    def others(self, work: int, least: float) -> list[Print]:
        """As :meth:`unread` at a glance: areas of ``least`` square pixels and more, not looked into further."""
        if work in self._prints:
            return [one for one in self.unread(work) if one.box.area >= least]
        return texture.Texture(self.gray, work).prints(8, self._standing(), least)

    def _standing(self) -> list[tuple[float, float]]:
        return [group.extent.centre for group in self.tally.accepted() if firm(group)]

    def negative(self) -> Gray:
        """The picture with dark and bright exchanged, for codes printed white on black."""
        if self._negative is None:
            self._negative = 255 - self.gray
        return self._negative

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


def unsharp(pixels: Gray, spread: float, amount: float) -> Gray:
    """Edges of both directions raised: the picture plus ``amount`` times what a blur of ``spread`` takes away."""
    soft = cv2.GaussianBlur(pixels, (0, 0), spread)
    return cv2.addWeighted(pixels, 1.0 + amount, soft, -amount, 0.0)


def turned(gray: Gray, degrees: float) -> tuple[Gray, Affine]:
    """The picture turned on white paper, and the map back."""
    height, width = gray.shape
    side = int(np.hypot(height, width)) + 2
    region = Region(width / 2, height / 2, float(np.deg2rad(degrees)), side, side, 1.0)
    patch = locate.upright(gray, region, 1.0, side, side)
    return patch.pixels, patch.to_picture


def cut(gray: Gray, one: Print) -> tuple[Gray, Affine]:
    """The pixels of a dense area, and the map back."""
    box = one.box
    back: Affine = np.array([[1.0, 0.0, box.left], [0.0, 1.0, box.top]])
    return np.ascontiguousarray(gray[box.top : box.bottom, box.left : box.right]), back


def joined(outer: Affine, inner: Affine) -> Affine:
    """The map that first goes through ``inner``, then through ``outer``."""
    both: Affine = outer[:, :2] @ inner
    both[:, 2] += outer[:, 2]
    return both

"""Agreement across the frames of a camera: worth more than any filter on a single frame."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from devices.vision.model import Decoded


class FrameVoter:
    """Lets a code through when enough frames within a window agree on it, once until it has left.

    ``needed`` agreeing frames out of the last ``window`` make a code known; a code that is already
    ``confident`` within one frame (two independent reads, or error correction) is known at once.
    A code is reported again only after ``forget`` frames in a row without it.
    """

    def __init__(self, window: int = 6, needed: int = 2, forget: int = 15) -> None:
        if not 1 <= needed <= window:
            raise ValueError(f"{needed} agreeing frames cannot be asked of a window of {window}")
        if forget < 1:
            raise ValueError("a code must be allowed to leave for at least one frame")
        self.needed = needed
        self.forget = forget
        self._frames: deque[frozenset[tuple[str, str]]] = deque(maxlen=window)
        self._absent: dict[tuple[str, str], int] = {}

    def feed(self, codes: Iterable[Decoded]) -> list[Decoded]:
        """Take the codes of one frame; returns those that became known with it, each ``confident``."""
        seen = {(_family(code.symbology), code.text): code for code in codes}
        self._frames.append(frozenset(seen))
        for key in list(self._absent):
            self._absent[key] = 0 if key in seen else self._absent[key] + 1
            if self._absent[key] >= self.forget:
                del self._absent[key]
        known = []
        for key, code in seen.items():
            if key in self._absent:
                continue
            frames = sum(key in frame for frame in self._frames)
            if code.confident or frames >= self.needed:
                self._absent[key] = 0
                known.append(_confident(code, frames))
        return known

    def reset(self) -> None:
        """Forget everything, for a new scene."""
        self._frames.clear()
        self._absent.clear()


def _family(symbology: str) -> str:
    return {"GS1-128": "Code128", "UPC-A": "EAN-13"}.get(symbology, symbology)


def _confident(code: Decoded, frames: int) -> Decoded:
    return Decoded(
        code.symbology,
        code.text,
        code.raw,
        code.aim,
        code.corners,
        max(code.votes, frames),
        code.engines,
        code.stage,
        True,
    )

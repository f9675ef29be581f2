"""What a picture gives: decoded symbols, their names, and the words for pictures that are refused.

Texts carry FNC1 as ASCII 29. Corner points are pixels of the picture as it was handed in (after EXIF
rotation), x to the right and y down. Symbology names are stable: they stand in the journal and on the
command line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

#: 8-bit gray picture (h, w). OpenCV's stubs know no narrower type.
Gray = NDArray[Any]
#: 32-bit floats, same shapes.
Floats = NDArray[Any]
#: 2 x 3 affine map from the pixels of a view to the pixels of the picture.
Affine = NDArray[np.float64]
Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]

#: Every symbology that can be asked for. The default set leaves out those whose check is too weak
#: for a picture that may hold anything.
LINEAR: Final = frozenset(
    {"Code128", "GS1-128", "ITF", "EAN-13", "EAN-8", "UPC-A", "UPC-E", "Code39", "Code93", "Codabar"}
)
DATABAR: Final = frozenset({"DataBar", "DataBarLimited", "DataBarExpanded"})
MATRIX: Final = frozenset({"QR", "MicroQR", "DataMatrix", "PDF417", "Aztec", "MaxiCode"})
DEFAULT_FORMATS: Final = (LINEAR | DATABAR | MATRIX) - {"Codabar", "MicroQR", "MaxiCode"}
#: What stands on pallets, cartons and bags of a cargo terminal: the fast set for video.
LOGISTICS_FORMATS: Final = frozenset({"Code128", "GS1-128", "ITF", "EAN-13", "UPC-A", "QR", "DataMatrix"})
EAN_UPC: Final = frozenset({"EAN-13", "EAN-8", "UPC-A", "UPC-E"})


class PictureRefused(ValueError):  # noqa: N818 - it is an answer to a person
    """The picture cannot or must not be opened; the text is a sentence for the person who sent it."""


class UnknownFormat(ValueError):  # noqa: N818 - it is an answer to a person
    """A symbology name that this reader does not know; the text lists the known ones."""


@dataclass(frozen=True, slots=True)
class Read:
    """One symbol as one engine saw it once, before it is weighed against the other reads."""

    symbology: str
    text: str
    raw: bytes
    aim: str | None
    corners: Quad
    engine: str
    stage: str

    @property
    def centre(self) -> Point:
        """Middle of the corner points, in pixels of the picture."""
        return (
            sum(point[0] for point in self.corners) / 4.0,
            sum(point[1] for point in self.corners) / 4.0,
        )

    @property
    def length(self) -> float:
        """Length of the symbol along its scan direction, in pixels of the picture."""
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = self.corners
        return float(np.hypot((x1 + x2 - x0 - x3) / 2, (y1 + y2 - y0 - y3) / 2))


@dataclass(frozen=True, slots=True)
class Decoded:
    """One symbol of a picture that passed the acceptance rules.

    ``votes`` counts independent agreeing reads (another engine, scale or rectification);
    ``confident`` is true when the read may move goods without a second look: two agreeing reads for
    linear symbols, one for symbols with error correction. ``raw`` is the payload as bytes,
    ``aim`` the AIM identifier (``]C1``) or None when no engine reported one.
    """

    symbology: str
    text: str
    raw: bytes
    aim: str | None
    corners: Quad
    votes: int
    engines: tuple[str, ...]
    stage: str
    confident: bool


def wanted_formats(names: Iterable[str] | None, default: frozenset[str] = DEFAULT_FORMATS) -> frozenset[str]:
    """The set of symbologies to look for; None means ``default``. Raises UnknownFormat."""
    if names is None:
        return default
    chosen = frozenset(names)
    unknown = chosen - LINEAR - DATABAR - MATRIX
    if unknown:
        known = ", ".join(sorted(LINEAR | DATABAR | MATRIX))
        raise UnknownFormat(f"Unknown symbology {', '.join(sorted(unknown))}. Known are: {known}.")
    return chosen

"""Reading barcodes from pictures: frames of a camera, photos, scans.

One reader over two decoders (zxing-cpp, and zbar where its system library is installed) with a locator
in front and acceptance rules behind. Nothing is invented: a picture without a code gives an empty list.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from devices.vision import engines
from devices.vision.cascade import read_scene
from devices.vision.gs1 import elements_of, sscc_of
from devices.vision.model import (
    DEFAULT_FORMATS,
    LOGISTICS_FORMATS,
    Decoded,
    PictureRefused,
    UnknownFormat,
    wanted_formats,
)
from devices.vision.pictures import gray_from_array, gray_from_bytes
from devices.vision.scene import Scene
from devices.vision.tally import Rules
from devices.vision.voting import FrameVoter

__all__ = [
    "ANY_ITF",
    "DEFAULT_FORMATS",
    "LOGISTICS_FORMATS",
    "Decoded",
    "FrameVoter",
    "PictureRefused",
    "Rules",
    "UnknownFormat",
    "elements_of",
    "health",
    "read_image",
    "sscc_of",
    "wanted_formats",
    "warm_up",
]

#: For pictures of unknown origin: ITF of any even length, when two reads agree.
ANY_ITF = Rules(itf_lengths=None)


def read_image(
    image: NDArray[np.uint8] | bytes | bytearray | memoryview,
    *,
    budget_ms: float | None = None,
    effort_ms: float | None = None,
    deep: bool = True,
    formats: Iterable[str] | None = None,
    rules: Rules | None = None,
) -> list[Decoded]:
    """Every barcode in a picture.

    ``image`` is a file's bytes (PNG, JPEG, WebP, BMP, TIFF, GIF) or an array (h, w) gray or (h, w, 3)
    BGR. ``deep`` runs the stages for stills; False is the short path for one frame of video.
    ``budget_ms`` is wall time after unpacking: no stage starts when it is spent; ``effort_ms`` is the same
    in processor time of this thread, so that a busy machine does not change the answer. ``formats`` are names
    as in :data:`DEFAULT_FORMATS`. The default ``rules`` are the terminal's: ITF only as ITF-14.

    Raises PictureRefused (a sentence) for what is no picture or must not be opened, UnknownFormat for
    a symbology name that does not exist. A picture without a code gives an empty list.
    """
    names = wanted_formats(formats, DEFAULT_FORMATS if deep else LOGISTICS_FORMATS)
    if isinstance(image, bytes | bytearray | memoryview):
        gray = gray_from_bytes(bytes(image))
    else:
        gray = gray_from_array(image)
    return read_scene(Scene(gray, names, rules or Rules(), budget_ms, effort_ms), deep=deep)


def warm_up() -> None:
    """Let both decoders and OpenCV load their tables, so that the first real picture is not the slow one."""
    read_image(np.full((64, 64), 255, np.uint8), deep=False)
    Image.init()


def health() -> str:
    """One sentence on what this host can read with."""
    if engines.pyzbar is None:
        return (
            "Cameras and pictures are read by zxing-cpp alone: the zbar library is missing "
            f"({engines.ZBAR_MISSING}). Install libzbar0 for a second opinion on every code."
        )
    return "Cameras and pictures are read by zxing-cpp and zbar."

"""The two decoders behind the reader: zxing-cpp always, zbar where its system library is installed.

Both get one gray view and hand back :class:`~devices.vision.model.Read` with corners in pixels of the
picture. zbar is optional at run time: the wheel carries no library, and a host without it still reads.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

import cv2
import numpy as np
import zxingcpp

from devices.vision.model import Affine, Gray, Quad, Read

pyzbar: Any = None
ZBAR_MISSING = ""
try:
    pyzbar = import_module("pyzbar.pyzbar")
except Exception as problem:  # pyzbar raises ImportError, OSError or AttributeError depending on the host
    ZBAR_MISSING = str(problem) or type(problem).__name__

#: The camera path owns one core; OpenCV's own threads would fight with the other workers.
cv2.setNumThreads(1)

_BY_NAME: Final[dict[str, tuple[str, ...]]] = {
    "Code128": ("Code128",),
    "GS1-128": ("Code128",),
    "ITF": ("ITF",),
    "EAN-13": ("EAN13",),
    "UPC-A": ("UPCA",),
    "EAN-8": ("EAN8",),
    "UPC-E": ("UPCE",),
    "Code39": ("Code39",),
    "Code93": ("Code93",),
    "Codabar": ("Codabar",),
    "DataBar": ("DataBar",),
    "DataBarLimited": ("DataBarLtd", "DataBarLimited"),
    "DataBarExpanded": ("DataBarExp", "DataBarExpanded"),
    "QR": ("QRCode",),
    "MicroQR": ("MicroQRCode",),
    "DataMatrix": ("DataMatrix",),
    "PDF417": ("PDF417",),
    "Aztec": ("Aztec",),
    "MaxiCode": ("MaxiCode",),
}

#: AIM code character -> our name, where one is enough.
_BY_AIM: Final = {
    "C": "Code128",
    "I": "ITF",
    "A": "Code39",
    "G": "Code93",
    "F": "Codabar",
    "d": "DataMatrix",
    "Q": "QR",
    "L": "PDF417",
    "z": "Aztec",
    "U": "MaxiCode",
}

_ZBAR_NAMES: Final = {
    "CODE128": "Code128",
    "CODE39": "Code39",
    "CODE93": "Code93",
    "CODABAR": "Codabar",
    "I25": "ITF",
    "EAN13": "EAN-13",
    "EAN8": "EAN-8",
    "UPCA": "UPC-A",
    "UPCE": "UPC-E",
    "ISBN13": "EAN-13",
    "QRCODE": "QR",
    "DATABAR": "DataBar",
    "DATABAR_EXP": "DataBarExpanded",
}

LOCAL = zxingcpp.Binarizer.LocalAverage
GLOBAL = zxingcpp.Binarizer.GlobalHistogram
FIXED = zxingcpp.Binarizer.FixedThreshold
IDENTITY: Affine = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])

_formats_cache: dict[frozenset[str], Any] = {}
_symbols_cache: dict[frozenset[str], list[Any]] = {}


def zxing_formats(names: frozenset[str]) -> Any:
    """zxing-cpp's format set for our names; tolerant of the two spellings of different releases."""
    found = _formats_cache.get(names)
    if found is None:
        members = zxingcpp.BarcodeFormat
        chosen = []
        for name in sorted(names):
            spelled = next((word for word in _BY_NAME[name] if hasattr(members, word)), None)
            if spelled is not None:
                chosen.append(getattr(members, spelled))
        found = zxingcpp.BarcodeFormats(chosen)
        _formats_cache[names] = found
    return found


def read_zxing(
    pixels: Gray,
    to_picture: Affine,
    stage: str,
    names: frozenset[str],
    *,
    thorough: bool = True,
    binarizer: Any = LOCAL,
    rotate: bool | None = None,
    invert: bool | None = None,
    downscale: bool | None = None,
    pure: bool = False,
) -> list[Read]:
    """Every symbol that zxing-cpp finds. ``thorough`` switches rotation, downscaling and inversion together."""
    found = zxingcpp.read_barcodes(
        pixels,
        formats=zxing_formats(names),
        try_rotate=thorough if rotate is None else rotate,
        try_downscale=thorough if downscale is None else downscale,
        try_invert=thorough if invert is None else invert,
        text_mode=zxingcpp.TextMode.Plain,
        binarizer=binarizer,
        is_pure=pure,
    )
    reads = []
    for barcode in found:
        aim = str(barcode.symbology_identifier) or None
        name = _zxing_name(barcode, aim)
        if name is None:
            continue
        place = barcode.position
        corners = on_picture(
            [
                (place.top_left.x, place.top_left.y),
                (place.top_right.x, place.top_right.y),
                (place.bottom_right.x, place.bottom_right.y),
                (place.bottom_left.x, place.bottom_left.y),
            ],
            to_picture,
        )
        text = str(barcode.text)
        reads.append(Read(name, text, bytes(barcode.bytes), aim, corners, "zxing", stage))
    return reads


def _zxing_name(barcode: Any, aim: str | None) -> str | None:
    label = re.sub(r"[^A-Z0-9]", "", str(barcode.format).upper())
    if label.startswith(("EAN13", "ISBN")):
        return "EAN-13"
    for word, name in (("EAN8", "EAN-8"), ("UPCA", "UPC-A"), ("UPCE", "UPC-E")):
        if label.startswith(word):
            return name
    if label.startswith("DATABAR"):
        if "EXP" in label:
            return "DataBarExpanded"
        return "DataBarLimited" if "LTD" in label or "LIMITED" in label else "DataBar"
    if label.startswith("MICROQR"):
        return "MicroQR"
    if aim and len(aim) == 3:
        if aim == "]C1":
            return "GS1-128"
        return _BY_AIM.get(aim[1])
    return None


def read_zbar(pixels: Gray, to_picture: Affine, stage: str, names: frozenset[str]) -> list[Read]:
    """Every symbol that zbar finds; nothing where zbar is missing.

    ITF is left out below 14 digits because zbar hands out the front of longer codes as whole ones.
    """
    if pyzbar is None:
        return []
    symbols = _symbols_cache.get(names)
    if symbols is None:
        symbols = [
            symbol
            for symbol in pyzbar.ZBarSymbol
            if _ZBAR_NAMES.get(symbol.name) in names
            or (symbol.name == "CODE128" and "GS1-128" in names)
            or (symbol.name == "EAN13" and "UPC-A" in names)
        ]
        _symbols_cache[names] = symbols
    if not symbols:
        return []
    reads = []
    for item in pyzbar.decode(pixels, symbols=symbols):
        name = _ZBAR_NAMES.get(str(item.type).replace("-", "_"))
        if name is None or (name == "ITF" and len(item.data) < 14):
            continue
        text = _as_text(bytes(item.data))
        if name == "Code39":
            text = full_ascii_39(text)
        reads.append(
            Read(name, text, bytes(item.data), None, on_picture(_turned(item), to_picture), "zbar", stage)
        )
    return reads


def _turned(item: Any) -> list[tuple[float, float]]:
    """zbar's outline as a rectangle whose first side runs along the scan direction."""
    points = [(float(point.x), float(point.y)) for point in item.polygon]
    if len(points) < 2:
        box = item.rect
        points = [
            (float(box.left), float(box.top)),
            (float(box.left + box.width), float(box.top + box.height)),
        ]
    (cx, cy), (width, height), angle = cv2.minAreaRect(np.array(points, dtype=np.float32))
    # zbar reports UP for a code read left to right; LEFT and RIGHT mean that it runs up or down.
    sideways = str(item.orientation) in ("LEFT", "RIGHT")
    radians = np.deg2rad(angle)
    along = np.array([np.cos(radians), np.sin(radians)])
    across = np.array([-along[1], along[0]])
    if (abs(along[1]) > abs(along[0])) != sideways:
        along, across, width, height = across, along, height, width
    middle = np.array([cx, cy])
    half_along, half_across = along * width / 2, across * height / 2
    return [
        tuple(middle - half_along - half_across),
        tuple(middle + half_along - half_across),
        tuple(middle + half_along + half_across),
        tuple(middle - half_along + half_across),
    ]


def on_picture(points: Sequence[tuple[float, float]], to_picture: Affine) -> Quad:
    """Four points of a view as points of the picture."""
    mapped = np.array(points, dtype=np.float64) @ to_picture[:, :2].T + to_picture[:, 2]
    a, b, c, d = ((round(float(x), 1), round(float(y), 1)) for x, y in mapped)
    return (a, b, c, d)


def _as_text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


_SHIFTS_39: Final = {
    **{f"+{chr(code)}": chr(code + 32) for code in range(65, 91)},
    **{f"${chr(code)}": chr(code - 64) for code in range(65, 91)},
    **{f"%{chr(code)}": chr(code - 38) for code in range(65, 70)},
    **{f"%{chr(code)}": chr(code - 11) for code in range(70, 75)},
    **{f"%{chr(code)}": chr(code + 16) for code in range(75, 80)},
    **{f"%{chr(code)}": chr(code + 43) for code in range(80, 85)},
    **{f"/{chr(code)}": chr(code - 32) for code in range(65, 80)},
    "/Z": ":",
    "%U": "\x00",
    "%V": "@",
    "%W": "`",
}


def full_ascii_39(text: str) -> str:
    """Code 39 text with its shift pairs resolved (``+A`` is ``a``), unchanged unless every pair is one."""
    if not any(sign in text for sign in "+$%/"):
        return text
    out = []
    at = 0
    while at < len(text):
        if text[at] in "+$%/":
            plain = _SHIFTS_39.get(text[at : at + 2])
            if plain is None:
                return text
            out.append(plain)
            at += 2
        else:
            out.append(text[at])
            at += 1
    return "".join(out)

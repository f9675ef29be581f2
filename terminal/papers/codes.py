"""QR symbols of papers: their modules once, drawn as vectors on paper and as pixels for screens and tests."""

from __future__ import annotations

import io

import numpy as np
import zxingcpp
from PIL import Image

Rows = tuple[tuple[bool, ...], ...]
#: light modules that must stand around a symbol
QUIET = 4


def qr(text: str) -> Rows:
    """Rows of the QR symbol of a text, True for dark, quiet zone not included; error correction M.

    Raises ValueError for text that no symbol holds.
    """
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    pixels = np.array(made.to_image(scale=1, add_quiet_zones=False))
    return tuple(tuple(bool(value < 128) for value in row) for row in pixels)


def png(rows: Rows, scale: int = 4) -> bytes:
    """A symbol as a picture with its quiet zone, ``scale`` pixels a module."""
    dark = np.pad(np.array(rows, bool), QUIET)
    pixels = np.where(np.kron(dark, np.ones((scale, scale), bool)), 0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def svg_path(rows: Rows) -> str:
    """A symbol as the path of an SVG drawing, one unit a module, runs joined."""
    parts = []
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            end = x
            while end < len(row) and row[end]:
                end += 1
            if end > x:
                parts.append(f"M{x} {y}h{end - x}v1h-{end - x}z")
            x = end + 1
    return "".join(parts)

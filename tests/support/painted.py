"""The first page of a PDF as a scanner sees its symbol, without a PDF library: what is filled with black is painted."""

from __future__ import annotations

import re
import zlib
from base64 import a85decode

import cv2
import numpy as np


def painted(pdf: bytes, dots: float = 300 / 72) -> bytes:
    """The first page's filled rectangles as they lie on paper, as a PNG: all that a symbol is made of."""
    page_of = np.full((round(842 * dots), round(596 * dots)), 255, np.uint8)
    streams = re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL)
    content = next(text for text in map(_plain, streams) if b" re" in text)
    x, y, dark, kept = 0.0, 0.0, True, []
    words: list[bytes] = []
    for word in content.split():
        match word:
            case b"q":
                kept.append((x, y, dark))
            case b"Q":
                x, y, dark = kept.pop()
            case b"cm":
                x, y = x + float(words[-2]), y + float(words[-1])
            case b"rg":
                dark = all(float(one) < 0.5 for one in words[-3:])
            case b"re" if dark:
                left, low, wide, high = map(float, words[-4:])
                top, bottom = 842 - y - low - high, 842 - y - low
                rows = slice(round(top * dots), round(bottom * dots))
                page_of[rows, round((x + left) * dots) : round((x + left + wide) * dots)] = 0
        words.append(word)
    made, data = cv2.imencode(".png", page_of)
    assert made
    return data.tobytes()


def texts_by_page(pdf: bytes) -> list[int]:
    """How many pieces of text stand on each page."""
    streams = re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL)
    return [text.count(b" Tj") for text in map(_plain, streams) if b" re" in text or b" Tj" in text]


def _plain(stream: bytes) -> bytes:
    try:
        return zlib.decompress(a85decode(b"<~" + stream.strip(), adobe=True))
    except (ValueError, zlib.error):
        return b""

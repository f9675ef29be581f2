"""Small pictures on a paper: read by a decoder first, put on white, and drawn at the height of a signature."""

from __future__ import annotations

import io
import warnings
from typing import Any

from PIL import Image
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Image as Drawn
from reportlab.platypus import KeepTogether, Paragraph, Spacer

from terminal.papers.sheet import Picture

HEIGHT, WIDTH = 18 * mm, 70 * mm
_LARGEST_SIDE = 2400


def readable(data: bytes) -> bytes | None:
    """The picture on white as a PNG that was written here; None for bytes that are no whole picture, or a huge one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(data), formats=("PNG",)) as opened:
                if max(opened.size) > _LARGEST_SIDE:
                    return None
                drawn = opened.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Warning):
        return None
    paper = Image.new("RGB", drawn.size, "white")
    paper.paste(drawn, mask=drawn.getchannel("A"))
    out = io.BytesIO()
    paper.save(out, "PNG")
    return out.getvalue()


def flow(block: Picture, label: ParagraphStyle) -> list[Any]:
    """The picture as it flows on a page; nothing for bytes that are none."""
    data = readable(block.data)
    if data is None:
        return []
    with Image.open(io.BytesIO(data)) as opened:
        width, height = opened.size
    scale = min(WIDTH / width, HEIGHT / height)
    drawn = Drawn(io.BytesIO(data), width * scale, height * scale, hAlign="LEFT")
    said = [Paragraph(block.label, label)] if block.label else []
    return [KeepTogether([*said, drawn]), Spacer(1, 2 * mm)]

"""Names in Arabic letters (Dari, Pashto) on papers: shaped by the picture library's text engine, set as fine pictures.

The typeface of papers has Latin and Cyrillic letters only, and the drawing library neither joins letters nor writes from
right to left. Whole words are drawn at 600 dots an inch in the screens' own Arabic typeface. Where that typeface or the
text engine is not there, such letters stay replacement signs, as every letter that cannot be drawn.
"""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw, ImageFont, features
from reportlab import rl_config

from terminal.papers.fonts import drawable

FONT = Path(__file__).resolve().parents[1] / "web/static/vendor/fonts/vazirmatn-arabic-wght-normal.woff2"
# Pictures come out of the paragraph itself; the drawing library may open nothing else.
rl_config.trustedHosts, rl_config.trustedSchemes = ["localhost"], ["data"]
_LETTER = "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc"
#: words of Arabic letters with what stands between them
_RUN = re.compile(rf"[{_LETTER}\u200c\u200d]+(?:[ \u00a0-][{_LETTER}\u200c\u200d]+)*")
_DOTS = 600 / 72  # dots in a point
_BOLD = 600  # weight axis


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawn run: PNG, width and height in points, and how far it hangs below the line."""

    png: bytes
    width: float
    height: float
    depth: float


@cache
def available() -> bool:
    """True when Arabic letters can be drawn here."""
    return FONT.is_file() and bool(features.check_feature("raqm")) and bool(features.check_feature("fribidi"))


@lru_cache(16)
def _font(pixels: int, bold: bool) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(str(FONT), pixels, layout_engine=ImageFont.Layout.RAQM)
    if bold:
        font.set_variation_by_axes([_BOLD])
    return font


@lru_cache(256)
def draw(text: str, size: float, bold: bool, ink: tuple[int, int, int]) -> Drawn:
    """One run on one line, ``size`` in points, as a picture with a transparent ground."""
    font = _font(round(size * _DOTS), bold)
    left, top, right, bottom = font.getbbox(text, anchor="ls", direction="rtl", language="fa")
    box = (int(left) - 2, int(top) - 2, int(right) + 2, int(bottom) + 2)
    mask = Image.new("L", (box[2] - box[0], box[3] - box[1]), 0)
    ImageDraw.Draw(mask).text(
        (-box[0], -box[1]), text, font=font, fill=255, anchor="ls", direction="rtl", language="fa"
    )
    whole = Image.new("RGBA", mask.size, (*ink, 0))
    whole.putalpha(mask)
    out = io.BytesIO()
    whole.save(out, "PNG")
    return Drawn(out.getvalue(), mask.width / _DOTS, mask.height / _DOTS, max(0, box[3]) / _DOTS)


def _lines(words: list[str], size: float, bold: bool, ink: tuple[int, int, int], room: float) -> list[Drawn]:
    """The words on as few lines as the room (points) allows."""
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and draw(longer, size, bold, ink).width <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return [draw(line, size, bold, ink) for line in lines]


def _picture(drawn: Drawn, room: float) -> str:
    scale = min(1.0, room / drawn.width)
    data = base64.b64encode(drawn.png).decode()
    return (
        f'<img src="data:image/png;base64,{data}" width="{drawn.width * scale:.2f}" '
        f'height="{drawn.height * scale:.2f}" valign="{-drawn.depth * scale:.2f}"/>'
    )


def markup(text: str, size: float, room: float, *, bold: bool, ink: tuple[int, int, int]) -> str:
    """The text as the paragraphs of the drawing library want it; ``size`` and ``room`` (of a line) in points."""
    parts, at = [], 0
    for run in _RUN.finditer(text) if available() else ():
        parts.append(_plain(text[at : run.start()]))
        drawn = _lines(run.group().split(), size, bold, ink, room)
        parts.append("<br/>".join(_picture(line, room) for line in drawn))
        at = run.end()
    return "".join([*parts, _plain(text[at:])])


def _plain(text: str) -> str:
    return escape(drawable(text)).replace("\n", "<br/>")

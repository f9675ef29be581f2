"""The typeface of papers: Inter, as on the screens; without the built web assets the monospaced label font."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from terminal.labels import font_path

FOLDER = Path(__file__).resolve().parents[1] / "web" / "static" / "vendor" / "paper"
REGULAR, BOLD = "KarvonPaper", "KarvonPaperBold"
_FILES = {REGULAR: "Inter-Regular.ttf", BOLD: "Inter-SemiBold.ttf"}


@cache
def ready() -> None:
    """Make both fonts known to the drawing library."""
    for name, file in _FILES.items():
        path = FOLDER / file
        pdfmetrics.registerFont(TTFont(name, str(path if path.is_file() else font_path())))


def glyphs(name: str) -> frozenset[int]:
    """Code points that a font can draw."""
    ready()
    font = pdfmetrics.getFont(name)
    assert isinstance(font, TTFont)
    return frozenset(font.face.charToGlyph)


def drawable(text: str) -> str:
    """The text with what the font lacks as a replacement sign: nothing may vanish from a paper unseen."""
    known = glyphs(REGULAR)
    return "".join(sign if ord(sign) in known or sign in "\n\t" else "\N{WHITE SQUARE}" for sign in text)

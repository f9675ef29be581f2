"""Drawing a laid-out label: PNG and ZPL in whole printer dots, SVG and PDF as vectors.

A thermal printer has no half dots. Modules are rounded to whole dots first and the symbol is placed
afterwards, so that every bar of one width has the same number of dots.
"""

from __future__ import annotations

import io
from functools import lru_cache
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from terminal.labels import HEIGHT_MM, MARGIN_MM, WIDTH_MM, Bars, Matrix, Page, font_path

if TYPE_CHECKING:
    from collections.abc import Iterator

_FONT = "KarvonLabel"


def png(page: Page, dpi: int) -> bytes:
    """The label as a black and white picture at the printer's resolution."""
    sheet = _text_layer(page, dpi)
    draw = ImageDraw.Draw(sheet)
    for x, y, width, height in _dots(page.bars, dpi):
        draw.rectangle((x, y, x + width - 1, y + height - 1), fill=0)
    for x, y, width, height in _matrix_dots(page.matrix, dpi):
        draw.rectangle((x, y, x + width - 1, y + height - 1), fill=0)
    out = io.BytesIO()
    sheet.convert("1").save(out, "PNG", dpi=(dpi, dpi))
    return out.getvalue()


def svg(page: Page) -> bytes:
    """The label as vectors in millimetres; the text is text, in the viewer's own monospaced font."""
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_MM:g}mm" height="{HEIGHT_MM:g}mm" '
        f'viewBox="0 0 {WIDTH_MM:g} {HEIGHT_MM:g}">',
        f"<title>SSCC {page.sscc}</title>",
        f'<rect width="{WIDTH_MM:g}" height="{HEIGHT_MM:g}" fill="#fff"/>',
    ]
    for rule in page.rules:
        parts.append(
            f'<path d="M{MARGIN_MM:g} {rule.y:g}h{WIDTH_MM - 2 * MARGIN_MM:g}" stroke="#000" stroke-width=".3"/>'
        )
    boxes = [*_vector_bars(page.bars), *_vector_matrix(page.matrix)]
    path = "".join(f"M{x:.3f} {y:.3f}h{w:.3f}v{h:.3f}h-{w:.3f}z" for x, y, w, h in boxes)
    parts.append(f'<path d="{path}" shape-rendering="crispEdges"/>')
    for words in page.words:
        parts.append(
            f'<text x="{words.x:.2f}" y="{words.y:.2f}" font-size="{words.size:.2f}" '
            f'font-family="DejaVu Sans Mono,monospace" xml:space="preserve">{escape(words.text)}</text>'
        )
    parts.append("</svg>\n")
    return "\n".join(parts).encode()


def pdf(pages: list[Page]) -> bytes:
    """The labels as one PDF of A6 pages with the label font inside."""
    if _FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(_FONT, str(font_path())))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH_MM * mm, HEIGHT_MM * mm), invariant=1)
    canvas.setTitle("Logistics labels")
    for page in pages:
        canvas.setLineWidth(0.3 * mm)
        for rule in page.rules:
            y = (HEIGHT_MM - rule.y) * mm
            canvas.line(MARGIN_MM * mm, y, (WIDTH_MM - MARGIN_MM) * mm, y)
        for x, y, width, height in (*_vector_bars(page.bars), *_vector_matrix(page.matrix)):
            canvas.rect(x * mm, (HEIGHT_MM - y - height) * mm, width * mm, height * mm, stroke=0, fill=1)
        for words in page.words:
            canvas.setFont(_FONT, words.size * mm)
            canvas.drawString(words.x * mm, (HEIGHT_MM - words.y) * mm, words.text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def zpl(page: Page, dpi: int) -> bytes:
    """The label as a ZPL II format: symbols drawn by the printer, text sent as a picture.

    Printers' own fonts differ in what Cyrillic they know; a picture prints the same everywhere.
    """
    sheet = _text_layer(page, dpi)
    left, top, module, height = _bars_place(page.bars, dpi)
    cell = _whole_dots(page.matrix.module, dpi)
    lines = [
        "^XA",
        "^CI28",
        f"^PW{sheet.width}",
        f"^LL{sheet.height}",
        "^LH0,0",
        f"^FO0,0{_graphic(np.asarray(sheet) < 128)}^FS",
        # >; starts subset C, >8 is FNC1; no interpretation line, the text layer carries it.
        f"^FO{left},{top}^BY{module}^BCN,{height},N,N,N,N^FD>;>800{page.sscc}^FS",
        # Quality 200, escape sign _, _1 is FNC1; size 16 x 16 follows from the data.
        f"^FO{_at(page.matrix.x, dpi)},{_at(page.matrix.y, dpi)}^BXN,{cell},200,16,16,,_^FD_100{page.sscc}^FS",
        "^PQ1",
        "^XZ",
    ]
    return ("\n".join(lines) + "\n").encode("ascii")


def unpacked_graphic(field: str) -> NDArray[np.bool_]:
    """Dark dots (h, w) of a ``^GFA`` field as :func:`zpl` writes it. Raises ValueError when malformed."""
    parts = field.partition("^GFA,")[2].split(",", 3)
    if len(parts) != 4 or not (parts[2].isascii() and parts[2].isdigit()):
        raise ValueError("this is no ^GFA field")
    return _expanded(parts[3], int(parts[2]))


def _expanded(body: str, row_bytes: int) -> NDArray[np.bool_]:
    rows: list[str] = []
    row, times = "", 0
    for sign in body:
        if sign == ":":
            rows.append(rows[-1])
        elif sign == ",":
            rows.append(row.ljust(row_bytes * 2, "0"))
            row = ""
        elif "G" <= sign <= "Y":
            times += ord(sign) - ord("F")
        elif "g" <= sign <= "z":
            times += 20 * (ord(sign) - ord("f"))
        elif sign in "0123456789ABCDEF":
            row += sign * (times or 1)
            times = 0
        else:
            raise ValueError(f"{sign!r} is no part of a graphic field")
        if len(row) == row_bytes * 2:
            rows.append(row)
            row = ""
    packed = np.frombuffer(bytes.fromhex("".join(rows)), np.uint8).reshape(len(rows), row_bytes)
    return np.unpackbits(packed, axis=1).astype(np.bool_)


def _graphic(dark: NDArray[np.bool_]) -> str:
    """``^GFA`` with Zebra's run lengths: G-Y are 1-19, g-z are 20-400 times the next digit."""
    packed = np.packbits(dark, axis=1)
    rows, row_bytes = packed.shape
    out: list[str] = []
    previous = None
    for row in packed:
        text = row.tobytes().hex().upper()
        if text == previous:
            out.append(":")
            continue
        previous = text
        kept = text.rstrip("0")
        for digit, run in groupby(kept):
            out.append(_run(len(list(run))) + digit)
        if len(kept) < len(text):
            out.append(",")
    total = rows * row_bytes
    return f"^GFA,{total},{total},{row_bytes},{''.join(out)}"


def _run(length: int) -> str:
    out = ""
    while length > 400:
        out += "z"
        length -= 400
    if length >= 20:
        out += chr(ord("f") + length // 20)
        length %= 20
    if length > 1 or (out and length == 1):
        out += chr(ord("F") + length)
    return out


@lru_cache(maxsize=32)
def _font(pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_path()), pixels)


def _text_layer(page: Page, dpi: int) -> Image.Image:
    """Text and rules, gray thresholded to black and white so that thin strokes stay closed."""
    width, height = _at(WIDTH_MM, dpi), _at(HEIGHT_MM, dpi)
    sheet = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(sheet)
    thick = max(1, _at(0.3, dpi))
    for rule in page.rules:
        y = _at(rule.y, dpi)
        draw.rectangle((_at(MARGIN_MM, dpi), y, width - _at(MARGIN_MM, dpi), y + thick - 1), fill=0)
    for words in page.words:
        place = (_at(words.x, dpi), _at(words.y, dpi))
        draw.text(place, words.text, fill=0, font=_font(max(6, _at(words.size, dpi))), anchor="ls")
    return sheet.point(lambda value: 255 if value > 140 else 0)


def _at(millimetres: float, dpi: int) -> int:
    return round(millimetres * dpi / 25.4)


def _whole_dots(millimetres: float, dpi: int) -> int:
    return max(1, round(millimetres * dpi / 25.4))


def _bars_place(bars: Bars, dpi: int) -> tuple[int, int, int, int]:
    module = _whole_dots(bars.module, dpi)
    left = (_at(WIDTH_MM, dpi) - module * len(bars.pattern)) // 2
    return left, _at(bars.y, dpi), module, _at(bars.height, dpi)


def _dots(bars: Bars, dpi: int) -> Iterator[tuple[int, int, int, int]]:
    left, top, module, height = _bars_place(bars, dpi)
    for start, length in _runs(bars.pattern):
        yield left + start * module, top, length * module, height


def _matrix_dots(matrix: Matrix, dpi: int) -> Iterator[tuple[int, int, int, int]]:
    cell = _whole_dots(matrix.module, dpi)
    left, top = _at(matrix.x, dpi), _at(matrix.y, dpi)
    for row, flags in enumerate(matrix.rows):
        for column, dark in enumerate(flags):
            if dark:
                yield left + column * cell, top + row * cell, cell, cell


def _vector_bars(bars: Bars) -> Iterator[tuple[float, float, float, float]]:
    for start, length in _runs(bars.pattern):
        yield bars.x + start * bars.module, bars.y, length * bars.module, bars.height


def _vector_matrix(matrix: Matrix) -> Iterator[tuple[float, float, float, float]]:
    for row, flags in enumerate(matrix.rows):
        text = "".join("1" if dark else "0" for dark in flags)
        for start, length in _runs(text):
            yield (
                matrix.x + start * matrix.module,
                matrix.y + row * matrix.module,
                length * matrix.module,
                matrix.module,
            )


def _runs(pattern: str) -> Iterator[tuple[int, int]]:
    """Start and length of every run of ones."""
    at = 0
    for value, run in groupby(pattern):
        length = len(list(run))
        if value == "1":
            yield at, length
        at += length

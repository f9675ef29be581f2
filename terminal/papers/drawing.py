"""Drawing a sheet as PDF: A4, one column, head on every page, figures in line, nothing that needs colour to be read."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial
from typing import Any

from reportlab.lib.colors import HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepTogether,
    NextPageTemplate,
    PageTemplate,
    Paragraph,
    Spacer,
)
from reportlab.platypus import Table as Grid

from terminal.papers import codes, fonts, letters, pictures
from terminal.papers.fonts import BOLD, REGULAR, drawable
from terminal.papers.sheet import Block, Facts, Figures, Notice, Picture, Prose, Sheet, Signs, Table

WIDTH, HEIGHT = A4
MARGIN = 18 * mm
LINE = WIDTH - 2 * MARGIN
INK, MUTED, RULE, FAINT = HexColor("#12232a"), HexColor("#4c5f67"), HexColor("#c3cdcc"), HexColor("#f3f6f5")
ACCENT = HexColor("#0a6470")
TONES = {
    "go": (HexColor("#00694f"), HexColor("#e3f3ed")),
    "stop": (HexColor("#b02f08"), HexColor("#fcebe4")),
    "look": (HexColor("#8a6100"), HexColor("#fff5d9")),
    "hold": (HexColor("#6c3483"), HexColor("#f4eaf8")),
    "note": (HexColor("#4c5f67"), HexColor("#eef1f1")),
}
#: how wide a symbol wants to be, to be read close up and at arm's length; the least and most of one module
_SIDE, _LARGE_SIDE = 26 * mm, 56 * mm
_LEAST_MODULE, _MOST_MODULE = 0.7 * mm, 1.7 * mm


def _style(size: float, **more: Any) -> ParagraphStyle:
    given = {
        "fontName": REGULAR,
        "fontSize": size,
        "leading": size * 1.35,
        "textColor": INK,
        "splitLongWords": 1,
    }
    return ParagraphStyle("", **{**given, **more})


LABEL = _style(7.2, textColor=MUTED, leading=9)
VALUE = _style(9.6, leading=12.4)
CELL = _style(8.4, leading=10.8)
CELL_RIGHT = _style(8.4, leading=10.8, alignment=2)
HEAD = _style(7.2, textColor=MUTED, leading=9)
HEAD_RIGHT = _style(7.2, textColor=MUTED, leading=9, alignment=2)
TOTAL = _style(8.4, leading=10.8, fontName=BOLD)
TOTAL_RIGHT = _style(8.4, leading=10.8, fontName=BOLD, alignment=2)
HEADING = _style(10.5, fontName=BOLD, spaceBefore=3 * mm, spaceAfter=1.6 * mm, leading=13)
PROSE = _style(9, leading=12.6)
FIGURE = _style(19, fontName=BOLD, leading=23)


def _text(text: str, style: ParagraphStyle, room: float = LINE) -> Paragraph:
    """A paragraph of the text; ``room`` is the length of its line in points."""
    color = style.textColor
    ink = (round(color.red * 255), round(color.green * 255), round(color.blue * 255))
    bold = style.fontName == BOLD
    return Paragraph(letters.markup(text, style.fontSize, room, bold=bold, ink=ink), style)


def _size(text: str, font: str, wanted: float, room: float) -> float:
    """The size in points, ``wanted`` at most, in which no word of the text is broken in ``room`` points."""
    widest = max((stringWidth(word, font, wanted) for word in drawable(text).split()), default=0.0)
    return wanted * min(1.0, room / widest) if widest else wanted


def draw_symbol(canvas: Canvas, rows: codes.Rows, x: float, y: float, module: float) -> None:
    """The dark modules of a symbol with its lower left corner at x, y (points)."""
    canvas.saveState()
    canvas.setFillColor(HexColor("#000000"))
    for number, row in enumerate(rows):
        top = y + (len(rows) - number - 1) * module
        at = 0
        while at < len(row):
            end = at
            while end < len(row) and row[end]:
                end += 1
            if end > at:
                canvas.rect(x + at * module, top, (end - at) * module, module, stroke=0, fill=1)
            at = end + 1
    canvas.restoreState()


class _Numbered(Canvas):
    """Knows at the end how many pages there are, and writes it on each."""

    def __init__(self, *args: Any, sheet: Sheet, **more: Any) -> None:
        super().__init__(*args, **more)
        self._sheet = sheet
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - the library's name
        """Keep the page for the end."""
        self._pages.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]

    def save(self) -> None:
        """Write every page with its number."""
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self.setFont(REGULAR, 7.2)
            self.setFillColor(MUTED)
            said = self._sheet.page_of % {"page": number, "pages": len(self._pages)}
            self.drawRightString(WIDTH - MARGIN, 10 * mm, drawable(said))
            super().showPage()
        super().save()


def pdf(sheet: Sheet) -> bytes:
    """The sheet as PDF. The same sheet gives the same bytes."""
    fonts.ready()
    out = io.BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        title=f"{sheet.title} {sheet.number}",
        author=sheet.place,
        lang=sheet.language,
        invariant=1,
    )
    head = _Head(sheet)
    top = head.height
    first = Frame(MARGIN, 17 * mm, LINE, HEIGHT - top - 17 * mm, 0, 0, 0, 0, id="first")
    later = Frame(MARGIN, 17 * mm, LINE, HEIGHT - 26 * mm - 17 * mm, 0, 0, 0, 0, id="later")
    document.addPageTemplates(
        [
            PageTemplate("first", [first], onPage=head.draw),
            PageTemplate("later", [later], onPage=partial(_later_page, sheet=sheet)),
        ]
    )
    story: list[Any] = [NextPageTemplate("later")]
    for block in sheet.blocks:
        story += _flow(block)
    while isinstance(story[-1], Spacer):  # a gap after the last block would begin an empty page
        story.pop()
    document.build(story, canvasmaker=partial(_Numbered, sheet=sheet))
    return out.getvalue()


def _mark(canvas: Canvas, x: float, y: float, side: float) -> None:
    """The eight-pointed star of the house, with its tick."""
    canvas.saveState()
    canvas.translate(x + side / 2, y + side / 2)
    canvas.setFillColor(ACCENT)
    for turn in (0, 45):
        canvas.saveState()
        canvas.rotate(turn)
        canvas.rect(-side * 0.31, -side * 0.31, side * 0.62, side * 0.62, stroke=0, fill=1)
        canvas.restoreState()
    canvas.setStrokeColor(white)
    canvas.setLineWidth(side * 0.09)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    path = canvas.beginPath()
    path.moveTo(-side * 0.17, -side * 0.01)
    path.lineTo(-side * 0.05, -side * 0.13)
    path.lineTo(side * 0.18, side * 0.13)
    canvas.drawPath(path)
    canvas.restoreState()


class _Head:
    """The head of the first page: whose paper, what it is called, and its symbol; measured before it is drawn."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.symbol = codes.qr(sheet.code) if sheet.code else ()
        wanted = (_LARGE_SIDE if sheet.large else _SIDE) / max(1, len(self.symbol))
        self.module = min(_MOST_MODULE, max(_LEAST_MODULE, wanted))
        self.side = len(self.symbol) * self.module
        self.note_width = max(self.side, 42 * mm)
        self.room = room = LINE - (self.side if not sheet.code_note else self.note_width)
        if self.symbol:
            self.room = room = room - 8 * mm
        styles = (
            (sheet.title, _style(21, fontName=BOLD, leading=25)),
            (sheet.number, _style(11.5, textColor=ACCENT, fontName=BOLD, leading=15)),
            (sheet.lead, _style(9, textColor=MUTED, leading=12)),
        )
        self.lines = [
            (p, p.wrap(room, HEIGHT)[1]) for text, style in styles if text for p in (_text(text, style),)
        ]
        note = _text(sheet.code_note, _style(6.8, textColor=MUTED, leading=8.4, alignment=2))
        self.note, self.note_height = note, note.wrap(self.note_width, HEIGHT)[1] if sheet.code_note else 0
        words = 28 * mm + sum(height + 0.8 * mm for _, height in self.lines)
        self.height = max(words, 15.5 * mm + self.side + self.note_height) + 5 * mm

    def draw(self, canvas: Canvas, _: Any) -> None:
        """Draw it, and the foot."""
        _mark(canvas, MARGIN, HEIGHT - 23 * mm, 8 * mm)
        canvas.setFillColor(INK)
        place = drawable(self.sheet.place)
        room = self.room - 10.5 * mm
        canvas.setFont(BOLD, 9.5 * min(1.0, room / max(1.0, stringWidth(place, BOLD, 9.5))))
        canvas.drawString(MARGIN + 10.5 * mm, HEIGHT - 20.2 * mm, place)
        y = HEIGHT - 28 * mm
        for paragraph, height in self.lines:
            y -= height
            paragraph.drawOn(canvas, MARGIN, y)
            y -= 0.8 * mm
        if self.symbol:
            draw_symbol(
                canvas, self.symbol, WIDTH - MARGIN - self.side, HEIGHT - 14 * mm - self.side, self.module
            )
        if self.note_height:
            y = HEIGHT - 15.5 * mm - self.side - self.note_height
            self.note.drawOn(canvas, WIDTH - MARGIN - self.note_width, y)
        _foot(canvas, self.sheet)


def _later_page(canvas: Canvas, _: Any, *, sheet: Sheet) -> None:
    canvas.setFont(BOLD, 8.5)
    canvas.setFillColor(INK)
    canvas.drawString(MARGIN, HEIGHT - 17 * mm, drawable(f"{sheet.title}  {sheet.number}")[:110])
    canvas.setStrokeColor(RULE)
    canvas.setLineWidth(0.5)
    canvas.line(MARGIN, HEIGHT - 20 * mm, WIDTH - MARGIN, HEIGHT - 20 * mm)
    _foot(canvas, sheet)


def _foot(canvas: Canvas, sheet: Sheet) -> None:
    canvas.setStrokeColor(RULE)
    canvas.setLineWidth(0.5)
    canvas.line(MARGIN, 14 * mm, WIDTH - MARGIN, 14 * mm)
    room = LINE - 28 * mm  # the number of the page stands at the end of the line
    foot = _text(sheet.foot, LABEL, room)
    _, height = foot.wrap(room, HEIGHT)
    foot.drawOn(canvas, MARGIN, 13 * mm - height)


def _flow(block: Block) -> list[Any]:
    match block:
        case Facts():
            return _facts(block)
        case Table():
            return _table(block)
        case Figures():
            return _figures(block)
        case Notice():
            return _notice(block)
        case Prose():
            heading = [_text(block.heading, HEADING)] if block.heading else []
            if not block.text:  # the heading of what comes next
                return [CondPageBreak(34 * mm), *heading]
            return [KeepTogether([*heading, _text(block.text, PROSE)]), Spacer(1, 2 * mm)]
        case Signs():
            return _signs(block)
        case Picture():
            return pictures.flow(block, LABEL)


def _facts(block: Facts) -> list[Any]:
    if not block.rows:
        return []
    room = LINE / block.columns - 4 * mm
    cells = [[_text(label, LABEL, room), _text(value, VALUE, room)] for label, value in block.rows]
    lines = [cells[start : start + block.columns] for start in range(0, len(cells), block.columns)]
    padded: list[list[Any]] = [[*line, *[""] * (block.columns - len(line))] for line in lines]
    style: list[Any] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4 * mm),
        ("TOPPADDING", (0, 0), (-1, -1), 1.1 * mm),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.3 * mm),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
    ]
    grid = Grid(padded, [LINE / block.columns] * block.columns, style=style)
    heading = [_text(block.heading, HEADING)] if block.heading else []
    return [KeepTogether([*heading, grid]) if len(padded) < 12 else grid, Spacer(1, 3 * mm)]


def _table(block: Table) -> list[Any]:
    heading = [CondPageBreak(34 * mm), _text(block.heading, HEADING)] if block.heading else []
    if not block.rows:
        return [*heading, _text(block.nothing, PROSE), Spacer(1, 3 * mm)] if block.nothing else []

    widths = _widths(block)

    def cells(row: Sequence[str], plain: ParagraphStyle, right: ParagraphStyle) -> list[Any]:
        return [
            _text(text, right if at in block.right else plain, widths[at] - 2.8 * mm)
            for at, text in enumerate(row)
        ]

    rows = [cells(block.head, HEAD, HEAD_RIGHT), *(cells(row, CELL, CELL_RIGHT) for row in block.rows)]
    style: list[Any] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("LEFTPADDING", (0, 0), (-1, -1), 1.4 * mm),
        ("RIGHTPADDING", (0, 0), (-1, -1), 1.4 * mm),
        ("TOPPADDING", (0, 0), (-1, -1), 1.1 * mm),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.3 * mm),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, INK),
        ("LINEBELOW", (0, 1), (-1, -1), 0.35, RULE),
        ("BACKGROUND", (0, 0), (-1, 0), FAINT),
    ]
    if block.total:
        rows.append(cells(block.total, TOTAL, TOTAL_RIGHT))
        style += [("LINEABOVE", (0, -1), (-1, -1), 0.8, INK), ("BACKGROUND", (0, -1), (-1, -1), FAINT)]
    grid = Grid(rows, widths, style=style, repeatRows=1)
    return [*heading, grid, Spacer(1, 4 * mm)]


#: rows that are measured, and letters of a word that may not be broken: a longer one is a digest or an address
_MEASURED, _WORD = 200, 22


def _widths(block: Table) -> list[float]:
    """The columns by their shares of the line; none too narrow for a word or a figure in it, at the cost of the others."""
    wide = [LINE * share / sum(block.widths) for share in block.widths]
    least = []
    for at, head in enumerate(block.head):
        need = _longest(head.split(), HEAD)
        for row in (*block.rows[:_MEASURED], *((block.total,) if block.total else ())):
            whole = at in block.right
            style = TOTAL if row is block.total else CELL
            need = max(need, _longest([row[at]] if whole else row[at].split(), style))
        least.append(need + 3 * mm)
    missing = sum(max(0.0, need - has) for need, has in zip(least, wide, strict=True))
    spare = sum(max(0.0, has - need) for need, has in zip(least, wide, strict=True))
    if not missing or missing > spare:
        return wide
    return [
        need if has < need else has - (has - need) * missing / spare
        for need, has in zip(least, wide, strict=True)
    ]


def _longest(words: Sequence[str], style: ParagraphStyle) -> float:
    """How wide the widest of the words is in points, those too long to be one left out."""
    some = (drawable(word) for word in words if len(word) <= _WORD)
    return max((stringWidth(word, style.fontName, style.fontSize) for word in some), default=0.0)


def _figures(block: Figures) -> list[Any]:
    room = LINE / len(block.rows) - 7 * mm
    size = min(_size(value, BOLD, FIGURE.fontSize, room) for _, value in block.rows)
    figure = _style(size, fontName=BOLD, leading=23)
    cells = [[_text(label, LABEL, room), _text(value, figure, room)] for label, value in block.rows]
    style: list[Any] = [
        ("LEFTPADDING", (0, 0), (-1, -1), 3.5 * mm),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2 * mm),
        ("TOPPADDING", (0, 0), (-1, -1), 2.6 * mm),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3 * mm),
        ("BACKGROUND", (0, 0), (-1, -1), FAINT),
        ("LINEBEFORE", (1, 0), (-1, -1), 0.6, RULE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    return [Grid([cells], [LINE / len(cells)] * len(cells), style=style), Spacer(1, 4 * mm)]


def _notice(block: Notice) -> list[Any]:
    strong, soft = TONES[block.tone]
    inside = [_text(block.word, _style(13, fontName=BOLD, textColor=strong, leading=16))]
    if block.sentence:
        inside.append(_text(block.sentence, _style(9.2, leading=12.4)))
    style: list[Any] = [
        ("BACKGROUND", (0, 0), (-1, -1), soft),
        ("LINEBEFORE", (0, 0), (0, -1), 2.4, strong),
        ("LEFTPADDING", (0, 0), (-1, -1), 4 * mm),
        ("TOPPADDING", (0, 0), (-1, -1), 2.4 * mm),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.8 * mm),
    ]
    return [Grid([[inside]], [LINE], style=style), Spacer(1, 4 * mm)]


def _signs(block: Signs) -> list[Any]:
    width = LINE / len(block.rows)
    cells = [
        [_text(who, LABEL, width - 6 * mm), _text(name or " ", VALUE, width - 6 * mm)]
        for who, name in block.rows
    ]
    gaps: list[Any] = [""] * len(cells)
    style: list[Any] = [("LEFTPADDING", (0, 0), (-1, -1), 0), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    style += [("RIGHTPADDING", (0, 0), (-1, -1), 6 * mm)]
    rules = [_Rule(width - 8 * mm) for _ in cells]
    grid = Grid([gaps, rules, cells], [width] * len(cells), [13 * mm, 2 * mm, None], style=style)
    return [KeepTogether([Spacer(1, 4 * mm), grid]), Spacer(1, 2 * mm)]


class _Rule(Flowable):
    """A line to sign on."""

    def __init__(self, width: float) -> None:
        super().__init__()
        self.width, self.height = width, 1

    def draw(self) -> None:
        """Draw it."""
        self.canv.setStrokeColor(INK)
        self.canv.setLineWidth(0.6)
        self.canv.line(0, 0, self.width, 0)

"""A sheet as one page of HTML that needs nothing else: for bundles, to be read in any browser, now and in ten years."""

from __future__ import annotations

from html import escape

from terminal.papers import codes
from terminal.papers.sheet import Block, Facts, Figures, Notice, Picture, Prose, Sheet, Signs, Table

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#12232a;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.7rem;margin:.2rem 0}h2{font-size:1.1rem;margin:1.6rem 0 .4rem}.no{color:#0a6470;font-weight:600}
.muted,dt,th{color:#4c5f67}dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(16rem,1fr));gap:.2rem 1.5rem}
dl div{border-bottom:1px solid #c3cdcc;padding:.3rem 0}dt{font-size:.8rem}dd{margin:0}
table{border-collapse:collapse;width:100%;font-size:.88rem}th{text-align:left;font-weight:400;background:#f3f6f5}
th,td{padding:.3rem .45rem;border-bottom:1px solid #c3cdcc;vertical-align:top;overflow-wrap:anywhere}
.r{text-align:right}tfoot td{font-weight:600}.n{border-left:4px solid;padding:.6rem 1rem;margin:1rem 0;background:#f3f6f5}
.go{border-color:#00694f}.stop{border-color:#b02f08}.look{border-color:#8a6100}.hold{border-color:#6c3483}
.note{border-color:#4c5f67}.n strong{display:block;font-size:1.15rem}.big dd{font-size:1.5rem;font-weight:600}
footer{margin-top:2rem;border-top:1px solid #c3cdcc;padding-top:.5rem;font-size:.8rem}svg{float:right;width:8rem}
@media print{body{margin:0;max-width:none}}
""".strip()


def html(sheet: Sheet) -> bytes:
    """The sheet as UTF-8 HTML without scripts, pictures or addresses."""
    symbol = ""
    if sheet.code:
        rows = codes.qr(sheet.code)
        side = len(rows) + 2 * codes.QUIET
        symbol = (
            f'<svg viewBox="-{codes.QUIET} -{codes.QUIET} {side} {side}" role="img" aria-label="QR">'
            f'<path d="{codes.svg_path(rows)}"/></svg>'
        )
    parts = [
        f'<!doctype html><html lang="{escape(sheet.language)}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(sheet.title)} {escape(sheet.number)}</title><style>{_STYLE}</style></head><body>",
        f'{symbol}<p class="muted">{escape(sheet.place)}</p><h1>{escape(sheet.title)}</h1>',
        f'<p class="no">{escape(sheet.number)}</p>',
        f'<p class="muted">{escape(sheet.lead)}</p>' if sheet.lead else "",
        *(_block(block) for block in sheet.blocks),
        f'<footer class="muted">{escape(sheet.foot)}</footer></body></html>\n',
    ]
    return "\n".join(part for part in parts if part).encode()


def _heading(text: str) -> str:
    return f"<h2>{escape(text)}</h2>" if text else ""


def _list(rows: tuple[tuple[str, str], ...], css: str = "") -> str:
    inside = "".join(f"<div><dt>{escape(a)}</dt><dd>{escape(b)}</dd></div>" for a, b in rows)
    return f'<dl class="{css}">{inside}</dl>' if rows else ""


def _block(block: Block) -> str:
    match block:
        case Facts():
            return _heading(block.heading) + _list(block.rows)
        case Figures():
            return _list(block.rows, "big")
        case Notice():
            text = f"<span>{escape(block.sentence)}</span>" if block.sentence else ""
            return f'<div class="n {block.tone}"><strong>{escape(block.word)}</strong>{text}</div>'
        case Prose():
            return f"{_heading(block.heading)}<p>{escape(block.text)}</p>"
        case Signs() | Picture():
            return ""
        case Table():
            return _table(block)


def _table(block: Table) -> str:
    if not block.rows:
        return f"{_heading(block.heading)}<p>{escape(block.nothing)}</p>" if block.nothing else ""

    def row(cells: tuple[str, ...], tag: str) -> str:
        made = (
            f"<{tag}{' class=r' if at in block.right else ''}>{escape(cell)}</{tag}>"
            for at, cell in enumerate(cells)
        )
        return f"<tr>{''.join(made)}</tr>"

    body = "".join(row(cells, "td") for cells in block.rows)
    foot = f"<tfoot>{row(block.total, 'td')}</tfoot>" if block.total else ""
    head = row(block.head, "th")
    return f"{_heading(block.heading)}<table><thead>{head}</thead><tbody>{body}</tbody>{foot}</table>"

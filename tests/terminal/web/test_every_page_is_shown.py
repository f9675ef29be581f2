"""No page is left out of the pictures, nor of what is looked at in a browser."""

from __future__ import annotations

import re
from pathlib import Path

import terminal.web
from tests.terminal.web.seen import SEEN
from tests.terminal.web.shown_all import PAGES

TEMPLATES = Path(terminal.web.__file__).parent / "templates"
#: what others are built on, and pieces that a page draws anew
_FRAMES = frozenset({"base.html", "shell.html", "gatehouse.html"})
_PIECE = re.compile(r"_(live|rows)\.html$")


def test_every_page_is_in_the_gallery_or_seen_in_the_demo() -> None:
    pages = {path.name for path in TEMPLATES.glob("*.html")} - _FRAMES
    pages = {name for name in pages if not _PIECE.search(name)}
    shown = {template for template, *_ in PAGES.values()} | {seen.template for seen in SEEN.values()}
    assert pages - shown == set(), "add a page to shown*.py, or to seen.py"
    assert shown - pages == set(), "these are no pages"
    assert not set(PAGES) & set(SEEN), "one name, one picture"

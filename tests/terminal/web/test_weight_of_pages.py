"""What a page makes a slow phone load: few scripts, and typefaces from here that have every letter we print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import ImageFont

from terminal.web import catalogues, rendering
from terminal.web.rendering import STATIC_DIR

#: bytes of script that one page may need, uncompressed, without the barcode decoder
MOST_SCRIPT = 150_000
#: fetched only when somebody opens the camera or chooses a photo
DECODER = "vendor/zxing/"
#: shows the API to programmers, with the reader of its own that everybody uses for that
FOR_PROGRAMMERS = {"docs.html"}
TEMPLATES = Path(rendering.__file__).with_name("templates")
ASKED = re.compile(r"<script src=\"\{\{ static\('([^']+\.js)'\) \}\}\"")
AROUND = re.compile(r"\{% extends \"([^\"]+)\" %\}")
#: imports, imports made later, workers: whatever a script names beside itself
NAMED = re.compile(r"[\"'`](?:\./)?([\w-]+\.js)[\"'`]")


def needed(start: Path, found: set[Path]) -> None:
    """Add a script, and those that it names, to ``found``."""
    if start in found or DECODER in start.as_posix():
        return
    found.add(start)
    if start.parent.name != "js":
        return  # made by others: one file, complete
    for name in NAMED.findall(start.read_text("utf-8")):
        if (start.parent / name).is_file():
            needed(start.parent / name, found)


def scripts_of(template: str) -> set[Path]:
    """Every script that a page of this template may load, with those of the templates around it."""
    text = (TEMPLATES / template).read_text("utf-8")
    found: set[Path] = set()
    for address in ASKED.findall(text):
        needed(STATIC_DIR / address, found)
    for outer in AROUND.findall(text):
        found |= scripts_of(outer)
    return found


@pytest.mark.parametrize(
    "template", sorted({file.name for file in TEMPLATES.glob("*.html")} - FOR_PROGRAMMERS)
)
def test_a_page_needs_little_script(template: str, assets: None) -> None:
    sizes = {script.name: script.stat().st_size for script in scripts_of(template)}
    assert sum(sizes.values()) < MOST_SCRIPT, sizes


def test_scripts_are_found_where_they_are(assets: None) -> None:
    names = {script.name for script in scripts_of("station.html")}
    assert {"htmx.js", "page.js", "station.js", "queue.js", "camera.js"} <= names
    every = "".join(file.read_text("utf-8") for file in TEMPLATES.rglob("*.html"))
    assert every.count("<script") == len(ASKED.findall(every))


def addresses(sheet: Path) -> Iterator[str]:
    """Whatever a style sheet makes a browser fetch."""
    text = sheet.read_text("utf-8")
    yield from (address.strip("\"' ") for address in re.findall(r"url\(([^)]+)\)", text))
    yield from re.findall(r"@import\s+[\"']([^\"']+)", text)


def test_styles_and_typefaces_come_from_here(assets: None) -> None:
    sheets = sorted(STATIC_DIR.rglob("*.css"))
    assert {"tokens.css", "fonts.css"} <= {sheet.name for sheet in sheets}
    for sheet in sheets:
        for address in addresses(sheet):
            if not address.startswith(("data:", "#")):
                path = re.split(r"[?#]", address)[0]
                assert (sheet.parent / path).resolve().is_file(), f"{sheet.name}: {address}"
                assert (sheet.parent / path).resolve().is_relative_to(STATIC_DIR.resolve())


@pytest.mark.parametrize("code", ["fa", "ps"])
def test_the_typeface_has_every_letter_of_dari_and_pashto(code: str, assets: None) -> None:
    (file,) = (STATIC_DIR / "vendor" / "fonts").glob("vazirmatn-arabic-*.woff2")
    font = ImageFont.truetype(str(file), 40)
    nothing = bytes(font.getmask("\U0010fffd"))
    said = [message.string for message in catalogues.read(code) if message.id]
    letters = {sign for one in said for sign in "".join(one) if "\u0600" <= sign <= "\u06ff"}
    if code == "ps":
        assert letters >= set("ټډړږښګڼېۍ")
    assert [sign for sign in sorted(letters) if bytes(font.getmask(sign)) == nothing] == []

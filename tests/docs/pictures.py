"""The pictures of README.md, drawn from a demo as ``make run`` starts it::

    .venv/bin/python -m tests.docs.pictures        # or: make screenshots

plays the first half of the demo's day after its busy morning, in which one pallet is short, and photographs what people see.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from terminal.demo.people import PASSWORD
from tests.docs.tables import HOUSE
from tests.journeys.machines import Demo, Voice

FOLDER = HOUSE / "docs" / "pictures"
#: size of every picture in dots
WIDTH, HEIGHT = 1280, 900
REF = "AGA-UZ-2026-0412"  # the consignment of the day
PLAYED = "weigh_empty"  # the last step that is played


@dataclass(frozen=True)
class Shot:
    """One picture: who looks, at which page, and a label that they scan there, if any."""

    login: str
    path: str
    scanned: str = ""
    dark: bool = False


SHOTS: Mapping[str, Shot] = {
    "wall.png": Shot("situation", "/wall", dark=True),
    "station.png": Shot("timur", "/load?point=load-1&visit=V-DEMO-1", "00095212340001001002"),
    "consignment.png": Shot("chori", f"/consignments/{REF}"),
}


def play(address: str) -> None:
    """The day until the empty truck is weighed: the count and the weight differ, and customs holds it."""
    hand = Voice(address, "admin")
    try:
        while not {one["key"]: one["done"] for one in hand.get("/demo")["steps"]}[PLAYED]:
            hand.ask("/demo/next")
    finally:
        hand.close()


def sign_in(page: Page, address: str, login: str) -> None:
    """Open the terminal as one of its people, in English."""
    page.goto(f"{address}/sign-in")
    page.fill('input[name="login"]', login)
    page.fill('input[name="password"]', PASSWORD)
    page.click('form button[type="submit"]')
    page.wait_for_url(lambda url: "sign-in" not in url)


def smaller(path: Path) -> None:
    """The same picture of at most 256 colours: a third of the size, and no eye sees it."""
    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def draw(address: str, folder: Path) -> None:
    """Every picture into the folder."""
    found = os.environ.get("KARVON_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for name, shot in SHOTS.items():
            context = browser.new_context(
                viewport={"width": WIDTH, "height": HEIGHT},
                color_scheme="dark" if shot.dark else "light",
                reduced_motion="reduce",
            )
            context.add_cookies([{"name": "karvon_lang", "value": "en", "url": address}])
            page = context.new_page()
            sign_in(page, address, shot.login)
            page.goto(f"{address}{shot.path}")
            if shot.scanned:
                page.fill("#code", shot.scanned)
                page.press("#code", "Enter")
                page.locator("#verdict").get_by_text("STOP").wait_for()
            if page.locator(".plot").count():
                page.locator(".plot canvas").first.wait_for()
            page.evaluate("document.fonts.ready.then(() => scrollTo(0, 0))")
            page.screenshot(path=folder / name)
            smaller(folder / name)
            context.close()
        browser.close()


def main() -> None:
    """Start a demo, play, draw."""
    with tempfile.TemporaryDirectory() as data:
        demo = Demo(Path(data), busy=True)
        try:
            play(demo.ready())
            draw(demo.address, FOLDER)
        finally:
            demo.close()


if __name__ == "__main__":
    main()

"""Five hundred scans in Russian, Uzbek Cyrillic and Latin layouts, between words that people type: five hundred records."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import time

import pytest
from playwright.async_api import async_playwright

from tests.terminal.web.gallery import Gallery
from tests.terminal.web.keyboard import GS, LAYOUTS, Keyboard

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SCANS, SEED = 500, 20261127
#: seconds between two keys of a scanner; people take longer than a quarter of a second
GAPS, BY_HAND, PAUSE = (0.001, 0.004, 0.008), 0.3, 2.0
#: what somebody types on the keys of these letters while a scanner works beside them
WORDS = ("pallet", "wet3", "tent", "ok")


def code(dice: random.Random, number: int) -> str:
    """What a scanner sends: an SSCC, a GTIN with batch and serial after GS, or one of our own labels."""
    batch = "".join(dice.choices("ABCDEFGHKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/", k=6))
    return (
        f"]C100{340_123_450_000_000_000 + number}",
        f"]d2010340123450{number:04d}10{batch}{GS}21{number}",
        f"KRV:U:{number:05d}{batch[:2].replace('/', '-')}",
        f"(00){340_123_450_000_000_000 + number}",
    )[dice.randrange(4)]


def test_five_hundred_scans_between_words_are_five_hundred_records(gallery: Gallery, address: str) -> None:
    wanted, typed, shown = asyncio.run(_work(gallery, address))
    assert [taken["code"] for taken in gallery.scans] == wanted
    assert len({taken["nonce"] for taken in gallery.scans}) == SCANS
    assert shown == typed


async def _work(gallery: Gallery, address: str) -> tuple[list[str], str, str]:
    """Scan and type; what was scanned, what was typed, and what stands in the field."""
    dice = random.Random(SEED)
    found = os.environ.get("KARVON_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    wanted: list[str] = []
    typed = ""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = await browser.new_page()
        await page.goto(f"{address}/show/en/tally", wait_until="load")
        await page.wait_for_selector("#entry[data-ready]")
        await page.focus("#code")
        keys = Keyboard(await page.context.new_cdp_session(page), time.time())
        for number in range(SCANS):
            layout = dice.choice(tuple(LAYOUTS))
            keys.clock += PAUSE
            if dice.random() < 0.2:
                word = dice.choice(WORDS)
                await keys.press(word, layout, gap=BY_HAND, end="")
                typed += "".join(LAYOUTS[layout].get(letter, letter) for letter in word)
                keys.clock += PAUSE
            wanted.append(code(dice, number))
            await keys.press(wanted[-1], layout, gap=dice.choice(GAPS))
        deadline = time.monotonic() + 120
        while len(gallery.scans) < SCANS:
            assert time.monotonic() < deadline, f"{len(gallery.scans)} records of {SCANS}"
            await page.wait_for_timeout(20)
        shown = await page.input_value("#code")
        await browser.close()
    return wanted, typed, shown

"""A browser and the gallery for the tests of the pages."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from terminal.web import build_assets
from tests.journeys.machines import Demo
from tests.terminal.web.gallery import Gallery, served
from tests.terminal.web.seen import World

ARTIFACTS = Path(__file__).parents[2] / "artifacts"
AXE = build_assets.ASSETS / "node_modules" / "axe-core" / "axe.min.js"


def _build_once() -> None:
    """Build the assets if nobody did; when several test processes start at once, one of them builds."""
    lock = build_assets.ASSETS / ".building"
    deadline = time.monotonic() + 90
    while not (build_assets.is_current() and AXE.is_file()):
        try:
            lock.mkdir()
        except FileExistsError:
            assert time.monotonic() < deadline, "another process has been building the assets for too long"
            time.sleep(0.2)
            continue
        try:
            build_assets.build(force=True)
        finally:
            lock.rmdir()


@pytest.fixture(scope="session")
def assets() -> None:
    """The third-party files of the pages, as `make assets` lays them out."""
    _build_once()


@pytest.fixture(scope="module")
def browser(assets: None) -> Iterator[Browser]:
    """A headless Chromium: the one of the system, or the one that KARVON_CHROMIUM names.

    For one module only: while Playwright runs, other tests of this process cannot start an event loop.
    """
    found = os.environ.get("KARVON_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        elsewhere = (
            "--host-resolver-rules=MAP plain.test 127.0.0.1"  # this machine, as a page from another one
        )
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", elsewhere])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def gallery_server(assets: None) -> Iterator[tuple[Gallery, str]]:
    """The gallery on a port of its own, for the tests of one module."""
    gallery = Gallery()
    with served(gallery) as address:
        yield gallery, address


@pytest.fixture
def gallery(gallery_server: tuple[Gallery, str]) -> Gallery:
    """The gallery, with nothing remembered from other tests."""
    gallery_server[0].forget()
    return gallery_server[0]


@pytest.fixture
def address(gallery_server: tuple[Gallery, str], gallery: Gallery) -> str:
    """Where the gallery is served."""
    return gallery_server[1]


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser profile of its own."""
    made = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A tab."""
    return context.new_page()


@pytest.fixture(scope="module")
def world(assets: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A demo after its busy morning, for the tests of one module."""
    with Demo(tmp_path_factory.mktemp("busy"), busy=True) as demo:
        made = World(demo.ready())
        yield made
        made.close()

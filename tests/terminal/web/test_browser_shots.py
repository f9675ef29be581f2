"""Pictures of every page in every language on a phone, a desk and a wall, for people to look at: `make screenshots`."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from terminal.web.i18n import LANGUAGES
from tests.terminal.web.conftest import ARTIFACTS
from tests.terminal.web.shown_all import PAGES

#: width and height of a phone, a desk and a wall
SIZES = {390: 844, 1440: 900, 2560: 1440}


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("code", LANGUAGES)
def test_screenshots_for_people_to_look_at(browser: Browser, address: str, code: str, width: int) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    context = browser.new_context(viewport={"width": width, "height": SIZES[width]})
    context.route("**/api/v1/stream*", lambda route: route.abort())
    context.route("**/api/v1/attachments/*", lambda route: route.abort())
    page = context.new_page()
    for name in PAGES:
        page.goto(f"{address}/show/{code}/{name}", wait_until="load")
        page.evaluate("document.fonts.ready")
        path = ARTIFACTS / f"{name}-{code}-{width}.png"
        page.screenshot(path=path, full_page=True)
        assert path.stat().st_size > 5000
    context.close()

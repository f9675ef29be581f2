"""Pictures of every page in every language on a phone, a desk and a wall, for people to look at: `make screenshots`."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from terminal.web.i18n import LANGUAGES
from tests.terminal.web.conftest import ARTIFACTS
from tests.terminal.web.seen import SEEN, World
from tests.terminal.web.shown_all import PAGES

#: width and height of a phone, a desk and a wall
SIZES = {390: 844, 1440: 900, 2560: 1440}


pytestmark = [pytest.mark.browser, pytest.mark.slow]


def shoot(page: Page, address: str, name: str) -> None:
    """One picture of a whole page."""
    page.goto(address, wait_until="load")
    page.evaluate("document.fonts.ready")
    if page.locator(".swagger-ui").count():
        page.locator(".swagger-ui .info").wait_for()
    if page.locator(".plot").count():
        page.locator(".plot canvas").first.wait_for()
    path = ARTIFACTS / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    assert path.stat().st_size > 5000


@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("code", LANGUAGES)
def test_screenshots_for_people_to_look_at(browser: Browser, address: str, code: str, width: int) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    context = browser.new_context(viewport={"width": width, "height": SIZES[width]})
    context.route("**/api/v1/stream*", lambda route: route.abort())
    context.route("**/api/v1/attachments/*", lambda route: route.abort())
    page = context.new_page()
    for name in PAGES:
        shoot(page, f"{address}/show/{code}/{name}", f"{name}-{code}-{width}")
    context.close()


@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("code", LANGUAGES)
def test_screenshots_of_a_busy_day(browser: Browser, world: World, code: str, width: int) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    for login in dict.fromkeys(seen.login for seen in SEEN.values()):
        context = world.context(browser, login, code, viewport={"width": width, "height": SIZES[width]})
        page = context.new_page()
        for name, seen in SEEN.items():
            if seen.login == login:
                shoot(page, seen.address(world), f"{name}-{code}-{width}")
        context.close()

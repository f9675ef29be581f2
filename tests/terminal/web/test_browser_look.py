"""Every page in a real browser: accessible, calm in the console, nothing wider than a phone."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.terminal.web.conftest import AXE
from tests.terminal.web.seen import SEEN, World
from tests.terminal.web.shown_all import PAGES

pytestmark = pytest.mark.browser
#: the width of a phone, a desk and a wall
SIZES = {390: 844, 1440: 900, 2560: 1440}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def tabs(browser: Browser) -> dict[str, Page]:
    """One tab on a phone in the dark, one on a desk in the light; used for all pages."""
    made = {}
    for name, width, scheme in (("phone", 390, "dark"), ("desk", 1440, "light")):
        context = browser.new_context(
            viewport={"width": width, "height": SIZES[width]}, color_scheme=scheme, bypass_csp=False
        )
        context.route("**/api/v1/stream*", lambda route: route.abort())  # no live redraw while looking
        # the page of a report under way asks how far it is: nothing new, and nothing to say to the page after it
        context.route("**/reports/job/*", lambda route: route.fulfill(status=204))
        made[name] = context.new_page()
    return made


def faults(page: Page) -> list[str]:
    """What axe finds, one line each."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", TAGS
    )
    return [
        f"{v['id']}: {node['target']} {node.get('failureSummary', '')[:200]}"
        for v in found["violations"]
        for node in v["nodes"]
    ]


def _looks() -> list[object]:
    """Each page on phone and desk; by turns one of the two is for the long run only."""
    looks = []
    for number, name in enumerate(PAGES):
        leftward = ("fa", "ps")[number // 2 % 2]
        for turn, (device, language) in enumerate((("phone", leftward), ("desk", "en"))):
            marks = [pytest.mark.slow] if number % 2 == turn else []
            looks.append(pytest.param(name, device, language, marks=marks))
    return looks


@pytest.mark.parametrize(("name", "device", "language"), _looks())
def test_a_page_is_accessible_and_fits(
    name: str, device: str, language: str, tabs: dict[str, Page], address: str
) -> None:
    look(tabs[device], f"{address}/show/{language}/{name}")


@pytest.mark.parametrize(("number", "name"), list(enumerate(SEEN)))
def test_a_page_of_a_busy_day_is_accessible_and_fits(
    number: int, name: str, world: World, tab_of: Callable[[str | None, bool], Page]
) -> None:
    """By turns on a phone in the dark, leftward, and on a desk in the light."""
    look(tab_of(SEEN[name].login, number % 2 == 0), SEEN[name].address(world))


@pytest.fixture(scope="module")
def tab_of(world: World, browser: Browser) -> Callable[[str | None, bool], Page]:
    """The tab of somebody on a phone, or on a desk."""

    @cache
    def tab(login: str | None, phone: bool) -> Page:
        width = 390 if phone else 1440
        code = ("fa", "ps")[len(login or "") % 2] if phone else "en"
        size, scheme = {"width": width, "height": SIZES[width]}, "dark" if phone else "light"
        return world.context(browser, login, code, viewport=size, color_scheme=scheme).new_page()

    return tab


def look(page: Page, address: str) -> None:
    """Open a page, and find nothing wrong with it."""
    told: list[str] = []

    def hear(message: object) -> None:
        text = str(getattr(message, "text", message))
        if getattr(message, "type", "error") == "error" and "ERR_FAILED" not in text:
            told.append(text)

    page.on("console", hear)
    page.on("pageerror", hear)
    answer = page.goto(address, wait_until="load")
    assert answer is not None
    assert answer.ok, answer.status
    page.evaluate("document.fonts.ready")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert faults(page) == []
    page.remove_listener("console", hear)
    page.remove_listener("pageerror", hear)
    assert told == []


def test_nothing_is_wider_than_a_phone(tabs: dict[str, Page], address: str) -> None:
    page = tabs["phone"]
    wide = []
    for name in PAGES:
        page.goto(f"{address}/show/uz/{name}", wait_until="load")
        if page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
            wide.append(name)
    assert wide == []


def test_touch_targets_are_big_enough_for_gloves(tabs: dict[str, Page], address: str) -> None:
    page = tabs["phone"]
    for name in ("gate-out", "tally", "weighbridge"):
        page.goto(f"{address}/show/uz/{name}", wait_until="load")
        small = page.evaluate(
            """() => [...document.querySelectorAll('main button, main .segments a, main input, main select')]
                .filter(e => e.offsetParent && !e.matches('[type=hidden],[type=radio],[type=checkbox],.visually-hidden'))
                .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect().height])
                .filter(([, h]) => h < 40)"""
        )
        assert small == [], name


def test_the_layout_is_mirrored(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    places = {}
    for code in ("en", "fa"):
        page.goto(f"{address}/show/{code}/board", wait_until="load")
        places[code] = page.evaluate("document.querySelector('.side').getBoundingClientRect().left")
    assert places["en"] == 0
    assert places["fa"] > 900


def test_a_verdict_is_told_by_shape_and_word_not_by_colour_alone(
    context: BrowserContext, address: str
) -> None:
    page = context.new_page()
    seen = {}
    for name in ("gate-go", "gate-out", "gate-again", "gate-look"):
        page.goto(f"{address}/show/en/{name}", wait_until="load")
        panel = page.locator(".verdict")
        seen[name] = (
            panel.locator("use").first.get_attribute("href"),
            panel.locator(".word").inner_text(),
            panel.evaluate("e => getComputedStyle(e).backgroundColor"),
        )
    for column in zip(*seen.values(), strict=True):
        assert len(set(column)) == 4


def test_nothing_moves_for_those_who_asked_for_calm(browser: Browser, address: str) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{address}/show/en/tally", wait_until="load")
    page.keyboard.type("340123450000000017")
    page.fill("#code", "340123450000000017")
    page.press("#code", "Enter")
    page.wait_for_selector(".verdict.tone-go")
    assert page.evaluate("getComputedStyle(document.querySelector('.verdict')).animationName") == "none"
    context.close()

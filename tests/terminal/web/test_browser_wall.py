"""The board on a wall: one screen without scrolling, graphs that follow the journal, the same figures for ears."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.terminal.web.conftest import ARTIFACTS
from tests.terminal.web.shown_wall import SLICES

pytestmark = pytest.mark.browser
#: CSS selectors of what must not be cut off on a wall
_CUT = """() => [...document.querySelectorAll('.panel, .tile, .way li > *')]
    .filter(e => e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1)
    .map(e => e.textContent.trim().slice(0, 40))"""
_DRAWN = "document.querySelectorAll('.plot canvas').length === 3"


def opened(browser: Browser, url: str, width: int, height: int, **more: object) -> Page:
    """The wall in a browser of this size, its graphs drawn, deaf to the journal."""
    context = browser.new_context(viewport={"width": width, "height": height}, **more)  # type: ignore[arg-type]
    context.route("**/api/v1/stream*", lambda route: route.abort())
    page = context.new_page()
    page.goto(url, wait_until="load")
    page.evaluate("document.fonts.ready")
    page.wait_for_function(_DRAWN)
    return page


@pytest.mark.parametrize("name", ["wall", "wall-calm"])
@pytest.mark.parametrize(
    ("width", "height", "code", "scheme"),
    [(1920, 1080, "en", "dark"), (1920, 1080, "fa", "light"), (1920, 1080, "ru", "light"), (3840, 2160, "uz", "dark")],
)  # fmt: skip
def test_it_fits_on_one_screen(
    browser: Browser, address: str, name: str, width: int, height: int, code: str, scheme: str
) -> None:
    page = opened(browser, f"{address}/show/{code}/{name}", width, height, color_scheme=scheme)
    tall, wide = page.evaluate(
        "[document.documentElement.scrollHeight, document.documentElement.scrollWidth]"
    )
    assert tall <= height
    assert wide <= width
    assert page.evaluate(_CUT) == []
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}-{code}-{width}x{height}.png")
    page.context.close()


def test_every_graph_is_a_table_too(browser: Browser, address: str) -> None:
    page = opened(browser, f"{address}/show/en/wall", 1920, 1080)
    tables = page.get_by_role("figure").get_by_role("table")
    assert tables.count() == 3
    for number in range(3):
        assert tables.nth(number).get_by_role("row").count() == len(SLICES) + 1
    assert page.locator(".plot:not([aria-hidden=true])").count() == 0
    page.context.close()


def test_its_graphs_are_really_drawn_in_both_colours(browser: Browser, address: str) -> None:
    colours = {}
    for scheme in ("light", "dark"):
        page = opened(browser, f"{address}/show/en/wall", 1920, 1080, color_scheme=scheme)
        colours[scheme] = page.evaluate(
            """() => [...document.querySelectorAll('.plot canvas')].map(canvas => {
                const dots = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
                const seen = new Map();
                for (let n = 0; n < dots.length; n += 4) if (dots[n + 3] === 255) {
                    const key = dots.slice(n, n + 3).join();
                    seen.set(key, (seen.get(key) ?? 0) + 1);
                }
                return [...seen].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '';
            })"""
        )
        page.context.close()
    assert all(colours["light"])
    assert all(a != b for a, b in zip(colours["light"], colours["dark"], strict=True))


def test_it_loads_little_script(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    context.route("**/api/v1/stream*", lambda route: route.abort())
    page = context.new_page()
    sizes: list[int] = []
    page.on(
        "response",
        lambda answer: sizes.append(len(answer.body())) if answer.url.endswith(".js") else None,
    )
    page.goto(f"{address}/show/en/wall", wait_until="networkidle")
    assert len(sizes) >= 4
    assert sum(sizes) < 150_000
    context.close()


def test_nothing_on_it_moves_by_itself(browser: Browser, address: str) -> None:
    page = opened(browser, f"{address}/show/en/wall", 1920, 1080, reduced_motion="reduce")
    assert page.evaluate("document.getAnimations().length") == 0
    page.context.close()


def test_a_change_in_the_journal_draws_it_anew(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    page = context.new_page()
    asked: list[str] = []

    def answer(route: object) -> None:
        asked.append("live")
        route.fulfill(body="<p>new</p>", content_type="text/html")  # type: ignore[attr-defined]

    page.route("**/wall/live", answer)
    page.goto(f"{address}/show/en/wall", wait_until="load")
    page.get_by_text("new", exact=True).wait_for()
    assert asked
    assert page.locator(".plot").count() == 0
    context.close()


def test_it_says_that_it_is_old_for_as_long_as_it_is(browser: Browser, address: str) -> None:
    page = opened(browser, f"{address}/show/en/wall", 1920, 1080)
    old = page.locator("#lost")
    assert old.is_hidden()
    page.route("**/wall/live", lambda route: route.abort())
    page.evaluate("document.body.dispatchEvent(new CustomEvent('karvon:changed'))")
    old.wait_for(state="visible")
    page.unroute("**/wall/live")
    page.route("**/wall/live", lambda route: route.fulfill(body="<p>new</p>", content_type="text/html"))
    page.evaluate("document.body.dispatchEvent(new CustomEvent('karvon:changed'))")
    old.wait_for(state="hidden")
    page.context.close()

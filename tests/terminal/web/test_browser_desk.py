"""The hold desk by keys alone, and the API's page: drawn without a network and without a word in the console."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, Route

from terminal.web.rendering import page_headers, render
from tests.terminal.web.shown import ADMIN

pytestmark = pytest.mark.browser


def test_holds_are_walked_and_opened_by_letters(page: Page, address: str) -> None:
    page.route("**/api/v1/stream*", lambda route: route.abort())
    page.goto(f"{address}/show/en/holds", wait_until="load")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert (
        page.evaluate("[...document.querySelectorAll('[data-walk] > li')].indexOf(document.activeElement)")
        == 0
    )
    page.keyboard.press("j")
    with page.expect_request("**/holds/h-2"):
        page.keyboard.press("d")


def test_letters_are_left_alone_in_fields_and_when_switched_off(page: Page, address: str) -> None:
    page.route("**/api/v1/stream*", lambda route: route.abort())
    page.goto(f"{address}/show/en/hold", wait_until="load")
    page.keyboard.press("2")
    chosen = page.locator("input[name=outcome]:checked")
    second = page.locator("input[name=outcome]").nth(1).get_attribute("value")
    assert chosen.get_attribute("value") == second
    page.keyboard.press("n")
    page.keyboard.type("c 1 n")
    assert page.locator("[name=note]").input_value() == "c 1 n"
    assert chosen.get_attribute("value") == second
    page.locator("[data-keys]").click()
    page.keyboard.press("3")
    assert chosen.get_attribute("value") == second
    page.reload(wait_until="load")
    page.keyboard.press("3")
    assert page.locator("[data-keys]").get_attribute("aria-pressed") == "false"


def test_every_end_asks_for_the_password_and_a_waiver_for_evidence(page: Page, address: str) -> None:
    page.route("**/api/v1/stream*", lambda route: route.abort())
    page.goto(f"{address}/show/en/hold", wait_until="load")
    page.check("input[value=CLEARED_CORRECTED]")
    assert page.locator("[name=password]").is_visible()
    assert not page.locator("[name=evidence]").is_visible()
    page.check("input[value=CLEARED_WAIVED]")
    assert page.locator("[name=evidence]").is_visible()
    assert page.locator("[name=password]").get_attribute("required") is not None


def test_the_api_page_is_drawn_without_a_network(page: Page, address: str) -> None:
    told: list[str] = []
    foreign: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(address) else foreign.append(asked.url))
    door = {"get": {"tags": ["scans"], "summary": "Look", "responses": {"200": {"description": "There"}}}}
    described = {
        "openapi": "3.1.0",
        "info": {"title": "Karvon", "version": "1"},
        "paths": {"/api/v1/x": door},
    }

    def answer(route: Route) -> None:
        text = render("docs.html", lang="en", path="/docs", user=ADMIN, csrf_token="t-1", answer=None)
        route.fulfill(body=text, content_type="text/html", headers=page_headers(drawn=True))

    page.route("**/docs", answer)
    page.route(
        "**/openapi.json",
        lambda route: route.fulfill(body=json.dumps(described), content_type="application/json"),
    )
    page.goto(f"{address}/docs", wait_until="load")
    page.locator(".opblock-tag").click()
    page.locator(".opblock-summary-control").click()
    page.wait_for_selector(".responses-wrapper")
    assert told == []
    assert [url for url in foreign if not url.startswith("data:")] == []

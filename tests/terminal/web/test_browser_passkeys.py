"""Passkeys, apps and badges in a real browser, with a virtual authenticator of Chromium."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyotp
import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from terminal.store import url_of
from tests.support.app import PASSWORD, Terminal, terminal_at
from tests.support.databases import sqlite_template

__all__ = ["sqlite_template"]
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Terminal]:
    """A running terminal for the tests of this module."""
    folder = tmp_path_factory.mktemp("passkeys")
    shutil.copyfile(sqlite_template, folder / "karvon.sqlite3")
    with terminal_at(url_of(folder / "karvon.sqlite3"), folder) as made:
        yield made


@pytest.fixture(scope="module")
def door(terminal: Terminal) -> Iterator[str]:
    """The terminal on a port of its own, under the name that passkeys are bound to here."""
    server = uvicorn.Server(
        uvicorn.Config(terminal.app, host="127.0.0.1", port=0, lifespan="off", log_level="warning")
    )
    serving = asyncio.run_coroutine_threadsafe(server.serve(), terminal.loop)
    deadline = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://localhost:{port}"
    server.should_exit = True
    serving.result(20)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A browser of one's own, with an authenticator that verifies its holder."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    context.set_default_timeout(20_000)
    context.route("**/api/v1/stream*", lambda route: route.abort())
    made = context.new_page()
    authenticator(context, made)
    yield made
    context.close()


def leave(page: Page) -> None:
    """Sign out, and be out before anything else is asked; a page that is just being replaced takes the click with it."""
    out = page.locator("form[action='/sign-in'] [name=password]")
    for _ in range(4):
        page.wait_for_load_state("networkidle")
        if out.count():
            return
        page.locator("form[action='/sign-out'] button").first.click()
        with suppress(AssertionError):
            expect(out).to_be_visible(timeout=10_000)
    raise AssertionError("nobody could sign out")


def by_passkey(page: Page, door: str) -> None:
    """Sign in with the passkey; what the page says instead is told."""
    page.click("[data-passkey=sign-in]")
    said = page.locator("[data-passkey-said]")
    page.wait_for_function(
        "() => location.pathname === '/' || document.querySelector('[data-passkey-said]')?.textContent"
    )
    assert page.url == f"{door}/", said.all_inner_texts()
    page.wait_for_load_state()


def authenticator(context: BrowserContext, page: Page, **more: Any) -> tuple[CDPSession, str]:
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
        **more,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


def sign_in(page: Page, door: str, login: str) -> None:
    page.goto(f"{door}/sign-in")
    page.fill("[name=login]", login)
    page.fill("[name=password]", PASSWORD)
    page.click("form[action='/sign-in'] button[type=submit]")
    expect(page.locator("form[action='/sign-in']")).to_have_count(0)
    page.wait_for_load_state()


def prove(page: Page) -> None:
    page.fill("form[action='/account/prove'] [name=password]", PASSWORD)
    page.click("form[action='/account/prove'] button[type=submit]")
    expect(page.get_by_text("For five minutes")).to_be_visible()


def test_a_passkey_is_added_signs_in_and_proves(terminal: Terminal, door: str, page: Page) -> None:
    sign_in(page, door, "customs_inspector")
    page.goto(f"{door}/account")
    prove(page)
    page.fill("form.form [name=name]", "Blue key")
    page.click("[data-passkey=add]")
    expect(page.get_by_text("Blue key")).to_be_visible()

    leave(page)
    by_passkey(page, door)
    entry = next(e for e in reversed(terminal.journal()) if e.type == "SecurityEvent")
    assert entry.data["action"] == "signed_in_with_passkey"
    assert entry.who == terminal.ids["customs_inspector"]

    hold = terminal.person("customs_inspector").must(
        "/holds", subject=subject(terminal), reason="SEAL", note="x"
    )
    page.context.clear_cookies(name="karvon_proof")
    page.goto(f"{door}/holds/{hold['facts']['hold']}")
    page.check("input[value=CLEARED_NO_FINDING]")
    page.fill("[name=note]", "looked at it")
    page.click("[data-passkey=step-up]")
    expect(page.get_by_text("Proved. Now send the form.")).to_be_visible()
    page.click("form[action$='/lift'] button[type=submit]")
    page.wait_for_load_state()
    with terminal.service.reading() as reader:
        ended = reader.hold(hold["facts"]["hold"])
    assert ended is not None
    assert not ended.open


def subject(terminal: Terminal) -> str:
    terminal.announce("PASSKEY-1", 1)
    return "consignment:PASSKEY-1"


def test_the_second_half_takes_the_passkey_too_and_another_persons_is_none(
    terminal: Terminal, door: str, page: Page
) -> None:
    sign_in(page, door, "release_officer")
    page.goto(f"{door}/account")
    prove(page)
    page.click("[data-passkey=add]")
    expect(page.locator("form[action*='/account/factors/']")).to_have_count(1)
    leave(page)
    sign_in(page, door, "release_officer")
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    by_passkey(page, door)
    leave(page)
    sign_in(page, door, "auditor")
    page.goto(f"{door}/account")
    page.click("[data-passkey=step-up]")
    expect(page.get_by_text("The passkey did not work")).to_be_visible()


def test_an_authenticator_that_does_not_know_its_holder_is_refused(
    terminal: Terminal, door: str, browser: Browser
) -> None:
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(20_000)
    context.route("**/api/v1/stream*", lambda route: route.abort())
    page = context.new_page()
    authenticator(context, page, hasUserVerification=False, isUserVerified=False)
    sign_in(page, door, "border_officer")
    page.goto(f"{door}/account")
    prove(page)
    page.click("[data-passkey=add]")
    expect(page.get_by_text("The passkey did not work")).to_be_visible()
    page.reload()
    expect(page.locator("form[action*='/account/factors/']")).to_have_count(0)
    context.close()


def test_an_app_is_added_and_asked_for(terminal: Terminal, door: str, page: Page) -> None:
    sign_in(page, door, "sanctions_officer")
    page.goto(f"{door}/account")
    page.click("form[action='/account/app'] button")
    expect(page.get_by_text("First prove who you are")).to_be_visible()
    prove(page)
    page.click("form[action='/account/app'] button")
    key = page.locator("p.code").inner_text().replace(" ", "")
    page.fill("[name=code]", pyotp.TOTP(key).at(terminal.clock.now))
    page.click("form[action='/account/app/confirm'] button[type=submit]")
    codes = page.locator("section li .code").all_inner_texts()
    assert len(codes) == 10
    leave(page)
    sign_in(page, door, "sanctions_officer")
    page.fill("[name=code]", "000000")
    page.click("form[action='/sign-in/second'] button[type=submit]")
    expect(page.get_by_text("The code is wrong")).to_be_visible()
    page.fill("[name=code]", codes[0])
    page.click("form[action='/sign-in/second'] button[type=submit]")
    page.wait_for_url(f"{door}/")


def test_a_station_changes_hands_by_badge(terminal: Terminal, door: str, page: Page) -> None:
    admin = terminal.person("administrator")
    code = admin.send("POST", f"/people/{terminal.ids['tally_clerk']}/badge", json={}).json()["code"]
    terminal.person("tally_clerk").send("POST", "/session/pin", json={"pin": "8305"})
    page.goto(f"{door}/badge")
    expect(page.get_by_text("This browser is no station")).to_be_visible()
    sign_in(page, door, "administrator")
    page.goto(f"{door}/devices/enrol")
    page.fill("[name=device]", "tally-desk")
    page.click("form[action='/devices/enrol'] button[type=submit]")
    link = page.locator("p.code").inner_text()
    page.context.clear_cookies()
    page.goto(link)
    page.click("button[name=keep]")
    page.fill("[name=badge]", code)
    page.fill("[name=pin]", "8305")
    page.click("form[action='/badge'] button[type=submit]")
    page.wait_for_url(f"{door}/")
    expect(page.locator(".who").first).to_contain_text("Tally_Clerk")
    page.goto(f"{door}/account")
    page.wait_for_url(f"{door}/badge")
    expect(page.get_by_text("now: Tally_Clerk")).to_be_visible()
    page.fill("[name=badge]", code)
    page.fill("[name=pin]", "1111")
    page.click("form[action='/badge'] button[type=submit]")
    expect(page.get_by_text("the PIN is wrong")).to_be_visible()

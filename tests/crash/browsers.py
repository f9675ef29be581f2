"""The story of a station: the browser is killed with scans in its queue, and sometimes while it sends them."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import BrowserContext, Error, Page, Playwright, expect, sync_playwright

from terminal import access
from terminal.api.needs import SESSION_COOKIE
from terminal.store import Store, url_of
from terminal.store.people import Session
from terminal.web import build_assets
from tests.crash.gateways import booked
from tests.crash.killed import CONFIG
from tests.crash.servers import Nursery, Server, wait_until
from tests.crash.stations import Result
from tests.support.app import sscc
from tests.support.gateways import free_port
from tests.terminal.web.test_browser_scans import scan
from workflows.roles import Role

TOKEN = "the-session-of-a-station"
LATEST_MS = 60_000


def _clerk(url: str) -> None:
    """A tally clerk who is signed in."""
    now = datetime.now(UTC)
    with Store.open(url) as store:
        roles = frozenset({Role.TALLY_CLERK})
        person, _ = store.write_now(
            lambda books: access.new_person(books, "clerk", "Clerk", roles, "test", now)
        )
        session = Session(access.hash_token(TOKEN), person.id, now, now, now + timedelta(hours=8))
        store.write_now(lambda books: books.people.open_session(session))


def _processes(profile: Path) -> list[int]:
    """Every process of the browser with this profile."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                if str(profile).encode() in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
    return found


def _kill(profile: Path, context: BrowserContext) -> None:
    """SIGKILL of all of them; no page hears of it."""

    def all_gone() -> bool:
        running = _processes(profile)
        for pid in running:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not running

    wait_until("the browser does not die", all_gone)
    with suppress(Error):
        context.close()
    for lock in profile.glob("Singleton*"):
        lock.unlink()


def _open(playwright: Playwright, profile: Path, address: str) -> tuple[BrowserContext, Page]:
    """The station in a browser with that profile; what waits there goes out by itself."""
    found = os.environ.get("KARVON_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    context = playwright.chromium.launch_persistent_context(
        profile, executable_path=found, args=["--no-sandbox", "--disable-gpu"], timeout=LATEST_MS
    )
    context.set_default_timeout(LATEST_MS)
    context.add_cookies([{"name": SESSION_COOKIE, "value": TOKEN, "url": address}])
    page = context.new_page()
    page.goto(f"{address}/tally", wait_until="load")
    page.wait_for_selector("#entry[data-ready]")
    return context, page


def browser(folder: Path, kills: int, seed: int = 9, each: int = 5) -> Result:
    """What the station showed as kept goes out from the next browser, once, in order."""
    build_assets.build()
    url, profile, chance = url_of(folder / "karvon.sqlite3"), folder / "profile", random.Random(seed)
    _clerk(url)
    config = folder / "karvon.toml"
    config.write_text(CONFIG.format(url=url), encoding="utf-8")
    codes: list[str] = []
    with Nursery() as nursery, sync_playwright() as playwright:
        server = Server(nursery, config, free_port())
        server.start()
        try:
            for _ in range(kills):
                context, page = _open(playwright, profile, server.address)
                time.sleep(chance.uniform(0, 0.2))  # the moment of death, in the middle of sending
                context.set_offline(True)
                new = [sscc(len(codes) + number) for number in range(each)]
                for code in new:
                    scan(page, code)
                codes += new
                expect(page.locator("#recent li").first).to_contain_text(new[-1], timeout=LATEST_MS)
                context.set_offline(False)
                time.sleep(chance.uniform(0, 0.2))
                _kill(profile, context)
            context, page = _open(playwright, profile, server.address)
            expect(page.locator("#lamp-queue")).to_be_hidden(timeout=LATEST_MS)
            context.close()
        finally:
            server.end()
    return booked("browser with a queue", url, codes, kills)

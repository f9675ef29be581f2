"""How soon a page is seen on a slow phone, in the Chromium of this machine.

The phone is that of Lighthouse's mobile profile: a processor slowed down four times, a line of 1.6 Mbit/s down and
0.75 Mbit/s up with 150 ms a round, a screen of 390 px. "First" is the very first visit with an empty cache; "again" is
any later one. What is measured is the first contentful paint: words and colours on the screen.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from statistics import median
from urllib.request import Request, build_opener

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from terminal.api.needs import SESSION_COOKIE
from terminal.demo.people import PASSWORD

#: what a first view may take, ms
TARGET_MS = 1000
CPU_SLOWER = 4
#: bytes a second down and up, and ms a round
LINE = {
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
    "latency": 150,
    "offline": False,
}
PAGES = (
    ("Sign-in", None, "/sign-in"),
    ("Tally station", "timur", "/tally"),
    ("Gate", "gulnora", "/gate"),
    ("Board", "situation", "/"),
    ("Consignment", "chori", "/consignments/AGA-UZ-2026-0412"),
    ("Announcements of an agency", "agency-a", "/portal"),
)
_PAINT = """() => new Promise((done) => {
  const painted = () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime;
  if (painted()) return done(painted());
  new PerformanceObserver(() => painted() && done(painted())).observe({ type: 'paint', buffered: true });
})"""


def rows(rounds: int = 5) -> list[tuple[str, str]]:
    """What was measured, as text: each page, its first view and a later one, beside the target."""
    found = [("Phone", f"{CPU_SLOWER} x slower, 1.6 Mbit/s, 150 ms a round; at most {TARGET_MS} ms")]
    with tempfile.TemporaryDirectory(prefix="karvon-bench-") as data:
        command = (sys.executable, "-m", "terminal.cli", "demo", "--data", data, "--port", "0")
        demo = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            assert demo.stdout is not None
            ready = (re.search(r"http://localhost:\d+", line) for line in demo.stdout)
            address = next(one[0] for one in ready if one)
            for name, login, path in PAGES:
                first, again, kilobytes = measured(address, login, path, rounds)
                late = "" if max(first, again) <= TARGET_MS else "  OVER"
                found.append((name, f"first {first:.0f} ms ({kilobytes:.0f} kB), again {again:.0f} ms{late}"))
        finally:
            demo.terminate()
            demo.wait(30)
    return found


def measured(address: str, login: str | None, path: str, rounds: int) -> tuple[float, float, float]:
    """Medians of the first contentful paint (ms) with an empty cache and with a filled one, and kB of the first visit."""
    chromium = (
        os.environ.get("KARVON_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )
    cookie = session(address, login) if login is not None else None
    first, again, sizes = [], [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for _ in range(rounds):
            context = phone(browser, address, cookie)
            kilobytes, paint = visit(context, address + path)
            sizes.append(kilobytes)
            first.append(paint)
            again.append(visit(context, address + path)[1])
            context.close()
        browser.close()
    return median(first), median(again), median(sizes)


def phone(browser: Browser, address: str, cookie: str | None) -> BrowserContext:
    """A phone with nothing in its cache, of somebody who is signed in."""
    made = browser.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True)
    if cookie is not None:
        made.add_cookies([{"name": SESSION_COOKIE, "value": cookie, "url": address}])
    return made


def visit(context: BrowserContext, address: str) -> tuple[float, float]:
    """kB that came over the line until the page had loaded, and ms until something was seen."""
    page = context.new_page()
    slow = context.new_cdp_session(page)
    slow.send("Network.enable")
    slow.send("Network.emulateNetworkConditions", dict(LINE))
    slow.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWER})
    received = []
    slow.on("Network.loadingFinished", lambda told: received.append(told["encodedDataLength"]))
    page.goto(address, wait_until="load")
    paint = float(page.evaluate(_PAINT))
    page.close()
    return sum(received) / 1000, paint


def session(address: str, login: str) -> str:
    """The cookie of somebody of the demo."""
    body = json.dumps({"login": login, "password": PASSWORD}).encode()
    asked = Request(f"{address}/api/v1/session", body, {"content-type": "application/json"})
    with build_opener().open(asked, timeout=30) as answer:
        header = next(
            value for value in answer.headers.get_all("set-cookie") if value.startswith(SESSION_COOKIE)
        )
    return str(header.split(";")[0].partition("=")[2])

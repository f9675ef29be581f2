"""Two more ways in: a scanner on a port that the browser reads, and the camera with the reader inside the page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.terminal.web.gallery import Gallery
from tests.terminal.web.test_browser_scans import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

LABEL = "00340123450000000017"
LONG_MS = 30_000
#: a port whose other end is the test: window.feed(bytes), window.unplug(); window.opened says how it was opened
FAKE = """
(() => {
  const events = new EventTarget();
  let stream = null, known = KNOWN;
  const port = {
    readable: null,
    async open(options) { window.opened = options; this.readable = new ReadableStream({ start(control) { stream = control; } }); },
    async close() { this.readable = null; },
  };
  window.feed = (bytes) => stream.enqueue(new Uint8Array(bytes));
  window.unplug = () => { port.readable = null; stream.error(new DOMException("gone", "NetworkError")); };
  window.plug = () => events.dispatchEvent(new Event("connect"));
  events.getPorts = async () => (known ? [port] : []);
  events.requestPort = async () => { known = true; return port; };
  Object.defineProperty(navigator, "serial", { value: events });
})();
"""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the camera sees: one label, a second long, over and over."""
    symbol = zxingcpp.create_barcode(LABEL, zxingcpp.BarcodeFormat.Code128)
    bars = np.array(symbol.to_image(scale=3))
    frame = np.full((720, 1280), 235, np.uint8)
    bars = cv2.resize(bars, (900, 260), interpolation=cv2.INTER_NEAREST)
    frame[220:480, 190:1090] = bars
    made, jpeg = cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    assert made
    path = tmp_path_factory.mktemp("film") / "label.mjpeg"
    path.write_bytes(jpeg.tobytes() * 30)
    return path


@pytest.fixture(scope="module")
def browser(assets: None, film: Path) -> Iterator[Browser]:
    """A Chromium whose camera is a film."""
    found = os.environ.get("KARVON_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    camera = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=found,
            args=["--no-sandbox", *camera, f"--use-file-for-fake-video-capture={film}"],
        )
        yield chromium
        chromium.close()


def station(page: Page, address: str) -> Page:
    """The tally, ready."""
    page.goto(f"{address}/show/en/tally", wait_until="load")
    page.wait_for_selector("#entry[data-ready]")
    return page


def feed(page: Page, text: str) -> None:
    """Bytes that the scanner sends."""
    page.evaluate("bytes => window.feed(bytes)", list(text.encode()))


def test_a_scanner_on_a_port_is_read_whole_whatever_way_its_bytes_come(
    page: Page, gallery: Gallery, address: str
) -> None:
    page.add_init_script(FAKE.replace("KNOWN", "false"))
    station(page, address)
    page.click("#serial-open")
    expect(page.locator("#serial-says")).to_have_text("The scanner on the port is connected.")
    assert page.evaluate("window.opened.baudRate") == 9600
    feed(page, "]C100340123")
    feed(page, "450000000017\r\n]d20103401234500017\x1d10AB\r")
    feed(page, "\x02340123450000000024\x03")
    feed(page, "340123450000000031")  # no end character
    until(lambda: len(gallery.scans) == 4, 30)
    assert [taken["code"] for taken in gallery.scans] == [
        "]C100340123450000000017",
        "]d20103401234500017\x1d10AB",
        "340123450000000024",
        "340123450000000031",
    ]
    page.evaluate("window.unplug()")
    expect(page.locator("#serial-says")).to_have_text(
        "The scanner on the port was unplugged. Plug it in again."
    )
    page.evaluate("window.plug()")
    expect(page.locator("#serial-says")).to_have_text("The scanner on the port is connected.")
    feed(page, "340123450000000048\n")
    until(lambda: len(gallery.scans) == 5, 30)


def test_a_port_that_was_chosen_before_is_opened_by_itself_at_its_speed(
    page: Page, gallery: Gallery, address: str
) -> None:
    page.add_init_script(FAKE.replace("KNOWN", "true") + 'localStorage.setItem("karvon-baud", "115200");')
    station(page, address)
    expect(page.locator("#serial-says")).to_have_text("The scanner on the port is connected.")
    assert page.evaluate("window.opened.baudRate") == 115200
    feed(page, "340123450000000017\r")
    until(lambda: len(gallery.scans) == 1, 30)


def test_a_browser_without_ports_offers_none(page: Page, address: str) -> None:
    page.add_init_script("delete Navigator.prototype.serial;")
    station(page, address)
    expect(page.locator("#serial-open")).to_be_hidden()
    expect(page.locator("#camera-open")).to_be_visible()


def test_the_camera_is_read_inside_the_page_once(page: Page, gallery: Gallery, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    station(page, address)
    page.click("#camera-open")
    expect(page.locator(".verdict.tone-go")).to_be_visible(timeout=LONG_MS)
    until(lambda: page.evaluate("document.getElementById('camera-picture').currentTime") > 1, 30)
    page.click("#camera-close")
    assert [(taken["code"], taken["symbology"]) for taken in gallery.scans] == [(LABEL, "]C0")]
    assert not [url for url in asked if "/pictures/" in url]
    assert any(url.endswith("zxing_reader.wasm") for url in asked)
    assert all(url.startswith(address) for url in asked)

"""Live parts of the pages: the journal stream, the weight on the bridge, the in-page barcode reader."""

from __future__ import annotations

from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.terminal.web.gallery import Gallery
from tests.terminal.web.test_browser_scans import until

pytestmark = pytest.mark.browser


def test_a_page_follows_the_journal_from_where_it_was_drawn(
    page: Page, address: str, gallery: Gallery
) -> None:
    with page.expect_request("**/board/live"):
        page.goto(f"{address}/show/en/board", wait_until="load")
    assert gallery.streams == ["after=48213"]


def test_a_page_is_not_redrawn_under_the_hands_of_somebody_who_writes(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "hx-request" in request.headers else None)
    page.goto(f"{address}/show/en/consignment", wait_until="domcontentloaded")
    page.fill("#f-note", "half a sen")
    page.wait_for_timeout(900)  # longer than the pause before a redraw
    assert page.input_value("#f-note") == "half a sen"
    before = len(asked)
    page.fill("#f-note", "")
    page.locator("h1").click()
    until(lambda: (page.wait_for_timeout(50) or len(asked)) > before, 8)


@pytest.mark.parametrize(
    ("reading", "lamp", "value"),
    [
        ({"kg": "38140", "phase": "stable", "stable": True}, "stable", "38,140"),
        ({"kg": "38120.5", "phase": "moving", "stable": False}, "moving", "38,120.5"),
        ({"kg": None, "phase": "overload", "stable": False}, "trouble", "–––"),
        ({"kg": "0", "phase": "empty", "stable": False}, "empty", "0"),
    ],
)
def test_the_weight_is_shown_with_its_lamp(
    page: Page, address: str, gallery: Gallery, reading: dict[str, object], lamp: str, value: str
) -> None:
    gallery.weights.append(reading)
    page.goto(f"{address}/show/en/weighbridge", wait_until="load")
    expect(page.locator(f"[data-lamp={lamp}]")).to_be_visible()
    expect(page.locator("#weight-value")).to_have_text(value)
    assert page.locator("[data-lamp]:visible").count() == 1


def test_a_scale_that_falls_silent_is_shown_as_silent(page: Page, address: str, gallery: Gallery) -> None:
    gallery.weights.append({"kg": "38140", "phase": "stable", "stable": True})
    page.goto(f"{address}/show/en/weighbridge", wait_until="load")
    expect(page.locator("[data-lamp=stable]")).to_be_visible()
    expect(page.locator("[data-lamp=silent]")).to_be_visible(timeout=8000)
    expect(page.locator("#weight-value")).to_have_text("–––")


def test_the_page_reads_a_photo_itself_when_the_server_is_gone(
    page: Page, address: str, gallery: Gallery
) -> None:
    symbol = zxingcpp.create_barcode("00340123450000000017", zxingcpp.BarcodeFormat.Code128)
    picture = Image.fromarray(symbol.to_image(scale=3)).convert("L")
    sheet = Image.new("L", (picture.width + 80, picture.height + 80), 255)
    sheet.paste(picture, (40, 40))
    file = BytesIO()
    sheet.save(file, "PNG")
    page.route("**/api/v1/pictures/codes", lambda route: route.abort())
    page.goto(f"{address}/show/en/tally", wait_until="load")
    page.wait_for_selector("#entry[data-ready]")
    page.click("#camera-open")
    page.set_input_files("#photo", {"name": "label.png", "mimeType": "image/png", "buffer": file.getvalue()})
    until(lambda: (page.wait_for_timeout(50) or len(gallery.scans)) == 1, 15)
    assert gallery.scans[0]["code"].endswith("00340123450000000017")

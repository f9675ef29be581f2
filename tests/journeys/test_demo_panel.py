"""The panel of the simulated devices, in a browser on the running demo: what one does to a device shows at once."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.machines import Demo
from tests.journeys.people import Office
from tests.terminal.web.conftest import AXE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: a swinging load needs some seconds, a busy machine some more
PATIENCE_MS = 20_000


def test_the_panel_moves_the_devices_without_leaving_the_page(demo: Demo, staff: Office) -> None:
    page = staff.person("admin").page
    page.goto(f"{demo.address}/demo")
    bridge = page.locator("article[aria-labelledby='d-weighbridge-1']")
    display = bridge.locator(".display")
    bridge.get_by_label("Weight in kg").fill("12000")
    bridge.get_by_role("button", name="Put it on").click()
    expect(display).to_contain_text("12,000", timeout=PATIENCE_MS)
    expect(bridge.locator(".chip")).to_contain_text("Stands still", timeout=PATIENCE_MS)
    expect(page.locator("#order-said")).to_have_text("Done at the simulated device.")
    bridge.get_by_role("button", name="Take it off").click()
    expect(display).to_have_text("0 kg", timeout=PATIENCE_MS)

    scanner = page.locator("article[aria-labelledby='d-gate-2-scanner']")
    scanner.get_by_label("What the label says").fill("PALLET-0042")
    scanner.get_by_role("button", name="Scan").click()
    expect(scanner.locator(".display")).to_have_text("PALLET-0042", timeout=PATIENCE_MS)

    bridge.locator("summary").click()
    bridge.get_by_label("The line").select_option("silent")
    bridge.get_by_role("button", name="Set the line").click()
    expect(page.locator("#order-said")).to_have_text("Done at the simulated device.")
    told = {device["id"]: device for device in demo_devices(demo)}
    assert told["weighbridge-1"]["faults"] == {"silent": True}
    bridge.get_by_label("The line").select_option("none")
    bridge.get_by_role("button", name="Set the line").click()
    bridge.get_by_role("button", name="Pull the plug").click()
    expect(bridge.locator(".chip")).to_contain_text("Unplugged", timeout=PATIENCE_MS)
    bridge.get_by_role("button", name="Plug it in").click()
    expect(bridge.locator(".chip")).to_contain_text("Stands still", timeout=PATIENCE_MS)
    assert page.url.endswith("/demo")


def test_a_mistake_is_told_in_words_and_the_page_is_accessible_while_it_lives(
    demo: Demo, staff: Office
) -> None:
    page = staff.person("admin", size=(390, 844)).page
    page.goto(f"{demo.address}/demo")
    page.locator("article summary").first.click()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
    assert [v["id"] for v in found["violations"]] == []
    scale = page.locator("article[aria-labelledby='d-platform-2']")
    scale.get_by_label("Weight in kg").fill("a lot")
    scale.get_by_role("button", name="Put it on").click()
    expect(page.locator("#toasts p")).to_be_visible(timeout=PATIENCE_MS)


def test_without_scripts_the_forms_do_the_same(demo: Demo, staff: Office) -> None:
    signed_in = staff.person("admin").page
    context = staff.browser.new_context(java_script_enabled=False, locale="en")
    context.add_cookies(signed_in.context.cookies())  # type: ignore[arg-type]  # what one gives the other takes
    page = context.new_page()
    page.goto(f"{demo.address}/demo")
    scale = page.locator("article[aria-labelledby='d-pallet-scale-1']")
    scale.get_by_label("Weight in kg").fill("640")
    scale.get_by_role("button", name="Put it on").click()
    expect(page.get_by_role("alert")).to_contain_text("Done at the simulated device.")
    scale = page.locator("article[aria-labelledby='d-pallet-scale-1']")
    expect(scale.locator(".figures")).to_contain_text("640")
    scale.get_by_role("button", name="Take it off").click()
    context.close()


def demo_devices(demo: Demo) -> list[dict[str, object]]:
    """What the simulators say by themselves."""
    demo.act("wind", "platform-2", kg="0")  # signs in the hand that asks
    assert demo._hand is not None
    found: list[dict[str, object]] = demo._hand.get("/demo")["devices"]
    return found

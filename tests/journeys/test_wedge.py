"""Scanners that type, people who type, and lists that follow the journal: in a real browser against a real server."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.machines import Demo, Voice, until
from tests.journeys.people import PATIENCE_MS, Office, code_of, press
from tests.support.app import nonce, sscc

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

#: what a machine set to Russian makes of the keys that a scanner presses
RUSSIAN = dict(zip("qwertyuiopasdfghjklzxcvbnm]", "йцукенгшщзфывапролджэячсмитьъ", strict=False))


def _russian(text: str) -> list[tuple[str, str]]:
    """The keys of a US scanner on a machine with a Russian layout: other letters, the same physical keys."""
    keys = []
    for character in text:
        letter = RUSSIAN.get(character.lower(), character)
        keys.append((letter.upper() if character.isupper() else letter, code_of(character)))
    return keys


def _scans(demo: Demo, codes: set[str]) -> list[str]:
    """The codes of the journal's refused scans, in its order, as far as they are among these."""
    auditor = Voice(demo.address, "auditor")
    entries = auditor.get("/journal", after=0, limit=1000)
    auditor.close()
    asked = [
        entry["data"].get("asked", {}).get("code") for entry in entries if entry["type"] == "StepRefused"
    ]
    return [code for code in asked if code in codes]


def test_a_russian_layout_does_not_change_what_a_scanner_means(demo: Demo, staff: Office) -> None:
    clerk = staff.person("timur")
    clerk.menu("/tally")
    clerk.page.wait_for_selector("#entry[data-ready]")
    label = f"]C100{sscc(773_001)}"
    press(clerk.page, _russian(label))
    said = clerk.verdict("refused")
    assert said.sentence == clerk.says("Nobody announced the label %(label)s.", label=label[5:])
    assert _scans(demo, {label}) == [label]


def test_ten_codes_in_two_seconds_are_ten_records_in_order(demo: Demo, staff: Office) -> None:
    clerk = staff.person("timur")
    clerk.menu("/tally")
    clerk.page.wait_for_selector("#entry[data-ready]")
    codes = [f"]C100{sscc(773_100 + number)}" for number in range(10)]
    for code in codes:
        clerk.wedge(code)
    expect(clerk.page.locator("#recent li .chip.tone-stop")).to_have_count(10, timeout=PATIENCE_MS)
    assert _scans(demo, set(codes)) == codes


def test_a_person_may_type_and_a_scanner_may_interrupt(demo: Demo, staff: Office) -> None:
    clerk = staff.person("timur")
    clerk.menu("/tally")
    clerk.page.wait_for_selector("#entry[data-ready]")
    field = clerk.page.locator("#code")
    field.focus()
    clerk.page.keyboard.type("12-ab", delay=140)
    expect(field).to_have_value("12-ab")
    label = f"]C100{sscc(773_201)}"
    clerk.wedge(label)
    clerk.verdict("refused")
    expect(field).to_have_value("12-ab")
    assert _scans(demo, {label, "12-ab"}) == [label]


def test_scans_wait_for_a_new_sign_in_and_are_sent_by_themselves(demo: Demo, staff: Office) -> None:
    clerk = staff.person("timur")
    clerk.menu("/tally")
    clerk.page.wait_for_selector("#entry[data-ready]")
    cookies = clerk.page.context.cookies()
    clerk.page.context.clear_cookies()  # the session has ended
    label = f"]C100{sscc(773_301)}"
    clerk.wedge(label)
    expect(clerk.page.locator("#toasts")).to_contain_text(
        clerk.says("You were signed out. Sign in again to go on."), timeout=PATIENCE_MS
    )
    expect(clerk.page.locator("#lamp-queue")).to_be_visible()
    assert _scans(demo, {label}) == []
    clerk.page.context.add_cookies(cookies)  # signed in again in another tab
    until(lambda: _scans(demo, {label}) == [label], "the scan that waited was not sent")
    clerk.verdict("refused")
    expect(clerk.page.locator("#lamp-queue")).to_be_hidden()


def test_scans_without_a_network_are_kept_and_sent_in_order(demo: Demo, staff: Office) -> None:
    clerk = staff.person("timur")
    clerk.menu("/tally")
    clerk.page.wait_for_selector("#entry[data-ready]")
    clerk.page.context.set_offline(True)
    codes = [f"]C100{sscc(773_400 + number)}" for number in range(3)]
    for code in codes:
        clerk.wedge(code)
    expect(clerk.page.locator("#queue-count")).to_have_text("3", timeout=PATIENCE_MS)
    expect(clerk.page.locator("main .verdict .word")).to_have_text(clerk.says("Kept"))
    clerk.picture("offline")
    assert _scans(demo, set(codes)) == []
    clerk.page.context.set_offline(False)
    expect(clerk.page.locator("#lamp-queue")).to_be_hidden(timeout=PATIENCE_MS)
    assert _scans(demo, set(codes)) == codes


def test_the_list_of_vehicles_follows_the_journal_and_goes_on_after_a_break(
    demo: Demo, staff: Office
) -> None:
    watcher = staff.person("situation")
    watcher.open("/visits?show=expected")
    gate = Voice(demo.address, "gulnora")
    for number, offline in enumerate((False, True)):
        plate = f"7588{number}MAA"
        watcher.page.context.set_offline(offline)
        gate.ask("/visits", nonce=nonce(), plate=plate)
        watcher.page.context.set_offline(False)
        expect(watcher.page.locator("#live")).to_contain_text(plate, timeout=PATIENCE_MS)
    gate.close()

"""The scanning station in a real browser: scanners that type, people who type, lost connections, order kept."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.terminal.web.gallery import Gallery

pytestmark = pytest.mark.browser
LABELS = [f"3401234500000{number:05d}" for number in range(10)]
#: a scanner is a keyboard: each key down and up at once, then Enter. `layout` gives what the machine would type.
TYPE = """async ({text, layout, gap, end}) => {
  const codes = {']': ['BracketRight', 0], '(': ['Digit9', 1], ')': ['Digit0', 1], '-': ['Minus', 0], '/': ['Slash', 0], ':': ['Semicolon', 1]};
  const target = document.activeElement ?? document.body;
  const press = (key, code, more = {}) => {
    const down = new KeyboardEvent('keydown', {key, code, bubbles: true, cancelable: true, ...more});
    target.dispatchEvent(down);
    target.dispatchEvent(new KeyboardEvent('keyup', {key, code, bubbles: true, cancelable: true, ...more}));
    return down.defaultPrevented;
  };
  for (const char of text) {
    if (char === '\\u001d') { press(']', 'BracketRight', {ctrlKey: true}); continue; }
    if (char === '\\u001e') { press('F8', 'F8'); continue; }
    const [code, shift] = codes[char] ?? (/\\d/.test(char) ? ['Digit' + char, 0] : ['Key' + char.toUpperCase(), char !== char.toLowerCase() ? 1 : 0]);
    press(layout[char] ?? char, code, {shiftKey: Boolean(shift)});
    if (gap) await new Promise((done) => setTimeout(done, gap));
  }
  if (end) press(end, end);
}"""
#: the rows of the queue: as the page reads them, and as they lie on the device
KEPT = """async () => { const at = [...document.querySelectorAll('script[src]')].find((one) => one.src.endsWith('/js/station.js')).src;
  const { ScanStore } = await import(new URL('queue.js', at)); const { Vault } = await import(new URL('vault.js', at));
  return (await ScanStore.open('karvon', await Vault.open('karvon'))).all(); }"""
RAW = """() => new Promise((done) => { const open = indexedDB.open('karvon', 1); open.onsuccess = () => {
  const all = open.result.transaction('scans').objectStore('scans').getAll(); all.onsuccess = () => done(all.result.map((row) => JSON.stringify(row))); }; })"""
#: what an older page left: a row in the clear
OLD = """scan => new Promise((done) => { const open = indexedDB.open('karvon', 1); open.onsuccess = () => {
  const put = open.result.transaction('scans', 'readwrite').objectStore('scans').add({ scan, stuck: false }); put.onsuccess = () => done(true); }; })"""
RUSSIAN = dict(zip("qwertyuiopasdfghjklzxcvbnm]", "йцукенгшщзфывапролдячсмитьъ", strict=True))


def scan(
    page: Page, text: str, *, layout: dict[str, str] | None = None, gap: int = 0, end: str = "Enter"
) -> None:
    """Let a scanner type a code."""
    page.evaluate(TYPE, {"text": text, "layout": layout or {}, "gap": gap, "end": end})


def until(what: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for something on the server's side."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def station(page: Page, address: str) -> Page:
    """The tally station, ready to scan."""
    page.goto(f"{address}/show/en/tally", wait_until="load")
    page.wait_for_selector("#entry[data-ready]")
    return page


def test_a_scan_needs_no_focus_and_is_answered_loudly(station: Page, gallery: Gallery) -> None:
    scan(station, "340123450000000017")
    expect(station.locator(".verdict.tone-go .word")).to_have_text("Go")
    (taken,) = gallery.scans
    assert taken["code"] == "340123450000000017"
    assert (taken["step"], taken["point"], taken["csrf"]) == ("TALLY", "dock-4", "t-1")
    assert taken["nonce"][14] == "7"  # UUID version 7, made here
    assert taken["scanned_at"].endswith("Z")
    assert taken["unit_context"] == {"condition": "GOOD"}


def test_ten_codes_in_two_seconds_are_ten_records_in_order(station: Page, gallery: Gallery) -> None:
    for label in LABELS:
        scan(station, label)
    until(lambda: len(gallery.scans) == 10)
    assert [taken["code"] for taken in gallery.scans] == LABELS
    assert len({taken["nonce"] for taken in gallery.scans}) == 10
    nonces = [taken["nonce"] for taken in gallery.scans]
    assert nonces == sorted(nonces, key=lambda nonce: nonce[:13])
    expect(station.locator("#recent li")).to_have_count(10)
    expect(station.locator("#recent li").first).to_contain_text(LABELS[-1])


def test_a_russian_keyboard_layout_changes_nothing(station: Page, gallery: Gallery) -> None:
    scan(station, "]C100340123450000000017", layout={**RUSSIAN, "]": "ъ", "C": "С"})
    until(lambda: len(gallery.scans) == 1)
    assert gallery.scans[0]["code"] == "]C100340123450000000017"


@pytest.mark.parametrize("separator", ["\u001d", "\u001e"])
def test_the_group_separator_is_kept(station: Page, gallery: Gallery, separator: str) -> None:
    scan(station, f"0103401234500017{separator}10AB")
    until(lambda: len(gallery.scans) == 1)
    assert gallery.scans[0]["code"] == "0103401234500017\u001d10AB"


def test_a_scanner_may_send_another_character_for_the_separator(station: Page, gallery: Gallery) -> None:
    station.locator("summary", has_text="Settings of the scanner").click()
    station.fill("#gs", "~")
    station.locator("h1").click()
    station.reload(wait_until="load")
    station.wait_for_selector("#entry[data-ready]")
    station.evaluate(
        """async () => { for (const [key, code, shiftKey] of [...'0103401'].map((d) => [d, 'Digit' + d, false]).concat([['~', 'Backquote', true], ['1', 'Digit1', false], ['Enter', 'Enter', false]]))
            document.body.dispatchEvent(new KeyboardEvent('keydown', {key, code, shiftKey, bubbles: true, cancelable: true})); }"""
    )
    until(lambda: len(gallery.scans) == 1)
    assert gallery.scans[0]["code"] == "0103401\u001d1"


def test_a_scanner_without_an_enter_key_is_understood(station: Page, gallery: Gallery) -> None:
    scan(station, "340123450000000017", end="")
    until(lambda: len(gallery.scans) == 1)


def test_a_scan_into_a_field_leaves_the_field_as_it_was(station: Page, gallery: Gallery) -> None:
    station.fill("#code", "typed by hand")
    station.focus("#code")
    station.keyboard.type("340123450000000017", delay=0)
    station.keyboard.press("Enter")
    until(lambda: len(gallery.scans) == 1)
    assert gallery.scans[0]["code"] == "340123450000000017"
    assert station.input_value("#code") == "typed by hand"


def test_a_person_who_types_is_not_a_scanner(station: Page, gallery: Gallery) -> None:
    station.focus("#code")
    station.keyboard.type("3401", delay=140)
    assert station.input_value("#code") == "3401"
    assert gallery.scans == []
    station.keyboard.press("Enter")
    until(lambda: len(gallery.scans) == 1)
    assert gallery.scans[0]["code"] == "3401"


def test_a_fast_roll_of_two_keys_is_given_back(station: Page) -> None:
    station.focus("#code")
    station.keyboard.type("ab", delay=0)
    expect(station.locator("#code")).to_have_value("ab")


@pytest.mark.parametrize(
    ("verdict", "tone", "word"),
    [("refused", "stop", "Stop"), ("already_done", "again", "Already done"), ("attention", "look", "Look")],
)
def test_each_verdict_has_its_panel(
    station: Page, gallery: Gallery, verdict: str, tone: str, word: str
) -> None:
    gallery.answers.append(
        (200, {"verdict": verdict, "sentence": "Because.", "next": ["Do this.", "Then that."]})
    )
    scan(station, LABELS[0])
    panel = station.locator(f".verdict.tone-{tone}")
    expect(panel.locator(".word")).to_have_text(word)
    expect(panel.locator(".sentence")).to_have_text("Because.")
    expect(panel.locator(".next li")).to_have_text(["Do this.", "Then that."])


def test_what_the_server_says_is_text_and_never_markup(station: Page, gallery: Gallery) -> None:
    gallery.answers.append(
        (200, {"verdict": "refused", "sentence": "<img src=x onerror=alert(1)>", "next": ["<b>x</b>"]})
    )
    scan(station, "<i>123456</i>".replace("<", "").replace(">", ""))
    expect(station.locator(".verdict .sentence")).to_have_text("<img src=x onerror=alert(1)>")
    assert station.locator(".verdict img, .verdict b").count() == 0


def test_a_busy_server_is_asked_again_with_the_same_nonce(station: Page, gallery: Gallery) -> None:
    gallery.answers += [(503, {}), (500, {}), (200, {"verdict": "accepted", "sentence": "In.", "next": []})]
    scan(station, LABELS[0])
    expect(station.locator(".verdict.waiting .word")).to_have_text("Kept")
    expect(station.locator(".verdict.tone-go")).to_be_visible(timeout=10000)
    assert len(gallery.scans) == 3
    assert len({taken["nonce"] for taken in gallery.scans}) == 1
    expect(station.locator("#recent li")).to_have_count(1)


def test_without_a_connection_scans_wait_and_go_out_in_order(
    station: Page, context: BrowserContext, gallery: Gallery
) -> None:
    context.set_offline(True)
    for label in LABELS[:4]:
        scan(station, label)
    expect(station.locator("#queue-count")).to_have_text("4")
    expect(station.locator("#lamp-off")).to_be_visible()
    assert gallery.scans == []
    context.set_offline(False)
    until(lambda: len(gallery.scans) == 4)
    assert [taken["code"] for taken in gallery.scans] == LABELS[:4]
    expect(station.locator("#lamp-queue")).to_be_hidden()
    expect(station.locator("#lamp-on")).to_be_visible()


def test_scans_outlive_the_page(station: Page, gallery: Gallery) -> None:
    def lost(route: Route) -> None:
        route.abort()

    station.route("**/api/v1/scans", lost)
    scan(station, LABELS[0])
    scan(station, LABELS[1])
    expect(station.locator("#queue-count")).to_have_text("2")
    station.unroute("**/api/v1/scans", lost)
    station.reload(wait_until="load")
    until(lambda: len(gallery.scans) == 2)
    assert [taken["code"] for taken in gallery.scans] == LABELS[:2]


@pytest.mark.parametrize("status", [400, 404, 413, 422])
def test_a_scan_the_server_cannot_read_is_kept_and_does_not_stop_the_next(
    station: Page, gallery: Gallery, status: int
) -> None:
    gallery.answers.append((status, {"code": "invalid_request", "detail": "It cannot be read."}))
    scan(station, LABELS[0])
    expect(station.locator(".verdict.tone-look .sentence")).to_have_text("It cannot be read.")
    scan(station, LABELS[1])
    expect(station.locator(".verdict.tone-go")).to_be_visible()
    assert [(row["scan"]["code"], row["stuck"]) for row in station.evaluate(KEPT)] == [(LABELS[0], True)]


def test_signed_out_keeps_the_scan(station: Page, gallery: Gallery) -> None:
    gallery.answers.append((401, {}))
    scan(station, LABELS[0])
    expect(station.locator("#toasts")).to_contain_text("You were signed out")
    until(lambda: len(gallery.scans) == 2)
    assert gallery.scans[0]["nonce"] == gallery.scans[1]["nonce"]


def test_a_bay_label_says_where_the_next_units_go(page: Page, address: str, gallery: Gallery) -> None:
    page.goto(f"{address}/show/en/storage", wait_until="load")
    page.wait_for_selector("#entry[data-ready]")
    gallery.answers.append(
        (200, {"verdict": "accepted", "sentence": "Bay.", "next": [], "facts": {"place": "W2-B1"}})
    )
    scan(page, "KRV:BAY:W2-B1")
    expect(page.locator("#place")).to_have_text("W2-B1")
    scan(page, LABELS[0])
    until(lambda: len(gallery.scans) == 2)
    assert gallery.scans[1]["unit_context"] == {"place": "W2-B1"}


def test_loading_names_the_vehicle(page: Page, address: str, gallery: Gallery) -> None:
    page.goto(f"{address}/show/en/load", wait_until="load")
    page.wait_for_selector("#entry[data-ready]")
    scan(page, LABELS[0])
    until(lambda: len(gallery.scans) == 1)
    assert gallery.scans[0]["unit_context"] == {"visit": "V-261124-03"}


def test_a_photo_is_read_by_the_server_and_scanned(station: Page, gallery: Gallery) -> None:
    station.click("#camera-open")
    expect(station.locator("#camera")).to_be_visible()
    station.set_input_files("#photo", {"name": "label.png", "mimeType": "image/png", "buffer": b"\x89PNG"})
    until(lambda: len(gallery.scans) == 1)
    assert gallery.scans[0]["code"] == "00340123450000000017"
    assert gallery.scans[0]["symbology"] == "]C1"


def test_a_new_sign_in_elsewhere_gives_the_queue_a_new_token(station: Page, gallery: Gallery) -> None:
    gallery.signed_in = True
    gallery.answers.append((403, {}))
    scan(station, LABELS[0])
    until(lambda: len(gallery.scans) == 2)
    assert [taken["csrf"] for taken in gallery.scans] == ["t-1", "t-2"]


def test_the_station_can_be_loaded_again_without_a_network(
    station: Page, context: BrowserContext, gallery: Gallery
) -> None:
    station.evaluate("navigator.serviceWorker.ready.then(() => true)")
    for _ in range(2):  # the first load came before the worker, the second fills its cache
        station.reload(wait_until="load")
        station.wait_for_selector("#entry[data-ready]")
    context.set_offline(True)
    station.reload(wait_until="load")
    station.wait_for_selector("#entry[data-ready]")
    scan(station, LABELS[0])
    expect(station.locator("#queue-count")).to_have_text("1")
    context.set_offline(False)
    until(lambda: len(gallery.scans) == 1)
    assert gallery.scans[0]["code"] == LABELS[0]


def test_a_wrong_scan_is_undone_by_keyboard_with_a_reason(station: Page, gallery: Gallery) -> None:
    gallery.answers.append(
        (200, {"verdict": "accepted", "sentence": "In.", "subject": f"unit:{LABELS[0]}", "event": 7})
    )
    scan(station, LABELS[0])
    undo = station.get_by_role("button", name=f"Undo {LABELS[0]}")
    expect(undo).to_be_visible()
    station.keyboard.press("Control+z")
    expect(station.locator("#undo")).to_be_visible()
    expect(station.locator("#undo-code")).to_have_text(LABELS[0])
    station.keyboard.press("Escape")
    expect(station.locator("#undo")).to_be_hidden()
    undo.click()
    expect(station.locator("#undo-other")).to_be_disabled()
    station.fill("#undo-note", "two alike")
    station.locator("#undo-other").click()
    until(lambda: len(gallery.scans) == 2)
    sent = gallery.scans[1]
    assert {name: sent[name] for name in ("event", "reason", "note", "point")} == {
        "event": 7,
        "reason": "OTHER",
        "note": "two alike",
        "point": "dock-4",
    }
    assert "code" not in sent
    assert sent["undone_at"].endswith("Z")
    expect(station.locator("main .verdict .word")).to_have_text("Undone")
    expect(station.locator("#recent .struck .code")).to_have_text(LABELS[0])
    expect(undo).to_have_count(0)


def test_an_undo_without_a_connection_waits_behind_its_scan(
    station: Page, context: BrowserContext, gallery: Gallery
) -> None:
    context.set_offline(True)
    scan(station, LABELS[0])
    station.get_by_role("button", name=f"Undo {LABELS[0]}").click()
    station.get_by_role("button", name="Wrong unit").click()
    expect(station.locator("#queue-count")).to_have_text("2")
    expect(station.locator("main .verdict .sentence")).to_contain_text("The undo is stored on this device")
    rows = station.evaluate(RAW)
    assert len(rows) == 2
    assert not any(LABELS[0] in row for row in rows), "no label lies in the clear"
    context.set_offline(False)
    until(lambda: len(gallery.scans) == 2)
    first, second = gallery.scans
    assert (first["code"], second["scan"], second["reason"]) == (LABELS[0], first["nonce"], "WRONG_UNIT")


def test_a_queue_of_an_older_page_is_locked_and_sent_in_its_order(
    station: Page, context: BrowserContext, gallery: Gallery
) -> None:
    context.set_offline(True)
    old = {"nonce": "old-page-1", "code": LABELS[3], "step": "TALLY", "point": "dock-4"}
    station.evaluate(OLD, {**old, "scanned_at": "2026-11-24T09:00:00Z"})
    context.set_offline(False)
    gallery.answers += [(503, {})] * 2
    station.reload(wait_until="load")
    station.wait_for_selector("#entry[data-ready]")
    assert all(LABELS[3] not in row for row in station.evaluate(RAW))
    scan(station, LABELS[4])
    until(lambda: LABELS[4] in [one["code"] for one in gallery.scans] and station.evaluate(RAW) == [])
    codes = [one["code"] for one in gallery.scans]
    assert list(dict.fromkeys(codes)) == [LABELS[3], LABELS[4]]
    assert {one["nonce"] for one in gallery.scans if one["code"] == LABELS[3]} == {"old-page-1"}


def test_the_station_sees_what_a_supervisor_decided(station: Page, gallery: Gallery) -> None:
    gallery.answers.append((200, {"verdict": "attention", "sentence": "Too late.", "facts": {"review": 31}}))
    scan(station, LABELS[0])
    expect(station.locator("#asides")).to_contain_text("Waits for a decision")
    station.reload(wait_until="load")
    expect(station.locator("#asides")).to_contain_text(LABELS[0])
    assert len(gallery.scans) == 1, "it is settled and not sent again"
    gallery.reviews.append({"review": 31, "open": False, "resolution": "APPLY", "note": "seen on the dock"})
    station.reload(wait_until="load")
    expect(station.locator("#asides")).to_contain_text("Applied now")
    expect(station.locator("#asides")).to_contain_text("seen on the dock")
    station.get_by_role("button", name=f"Seen {LABELS[0]}").click()
    expect(station.locator("#asides")).to_be_hidden()
    assert station.evaluate(RAW) == []


def test_a_page_by_plain_http_says_what_it_cannot_do_and_still_scans(
    page: Page, address: str, gallery: Gallery
) -> None:
    expect_in = page.get_by_text("This page came by plain http.")
    page.goto(f"{address}/show/en/tally", wait_until="load")
    page.wait_for_selector("#entry[data-ready]")
    expect(expect_in).to_be_hidden()
    page.goto(f"{address.replace('127.0.0.1', 'plain.test')}/show/en/tally", wait_until="load")
    page.wait_for_selector("#entry[data-ready]")
    expect(expect_in).to_be_visible()
    expect(page.locator("#known-none")).to_be_hidden()
    scan(page, LABELS[0])
    until(lambda: len(gallery.scans) == 1)


# --- a stock count on a handheld -------------------------------------------------------------------------
def test_a_count_goes_on_without_a_connection_and_is_sent_in_order(
    page: Page, context: BrowserContext, address: str, gallery: Gallery
) -> None:
    page.goto(f"{address}/show/en/count", wait_until="load")
    page.wait_for_selector("#counting[data-ready]")
    scan(page, LABELS[0])
    expect(page.locator("#count-says")).to_have_text("Scan the label of the bay first.")
    scan(page, "KRV:BAY:C-99")
    expect(page.locator("#count-says")).to_have_text("This bay is not in the zone that is counted.")
    assert gallery.scans == []
    scan(page, "KRV:BAY:B-07")
    expect(page.locator("#place")).to_have_text("B-07")
    scan(page, LABELS[0])
    until(lambda: len(gallery.scans) == 1)
    context.set_offline(True)
    for label in LABELS[1:3]:
        scan(page, label)
    scan(page, "KRV:BAY:B-08")
    scan(page, LABELS[3])
    expect(page.locator("#queue-count")).to_have_text("3")
    expect(page.locator("#counted li")).to_have_count(4)
    raw = "".join(page.evaluate(RAW.replace("'karvon'", "'karvon-count'")))
    assert LABELS[1] not in raw, "what waits is locked"
    page.click("#count-close button")
    expect(page.locator("#count-says")).to_have_text(
        "Scans still wait on this device. End the count when they are sent."
    )
    context.set_offline(False)
    until(lambda: len(gallery.scans) == 4, 30)
    assert [(one["code"], one["place"]) for one in gallery.scans] == [
        (LABELS[0], "B-07"), (LABELS[1], "B-07"), (LABELS[2], "B-07"), (LABELS[3], "B-08"),
    ]  # fmt: skip
    assert all(one["scanned_at"].endswith("Z") and one["nonce"] for one in gallery.scans)
    assert "of" not in gallery.scans[0]
    expect(page.locator("#lamp-queue")).to_be_hidden()
    expect(page.locator("#count-seen")).to_have_text("4")
    expect(page.locator("#counted li .chip.tone-go")).to_have_count(4)

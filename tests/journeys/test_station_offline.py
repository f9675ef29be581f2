"""An enrolled station without a network: it opens, says what was known and how old that is, and never shows a plain go."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from terminal.demo import day
from tests.journeys.machines import Demo, Voice, until
from tests.journeys.people import PATIENCE_MS, Office, Person
from tests.support.app import nonce, sscc

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

LABEL, HELD, UNKNOWN = sscc(100_100), sscc(100_101), sscc(775_001)
#: everything in every database of the browser, bytes as Latin-1 text
RAW = """async () => {
  const told = [];
  const plain = (value) => {
    if (value instanceof CryptoKey) return `key:${value.extractable}`;
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return String.fromCharCode(...new Uint8Array(value.buffer ?? value));
    if (value && typeof value === "object") return Object.values(value).map(plain).join("|");
    return String(value);
  };
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((done) => { const r = indexedDB.open(name); r.onsuccess = () => done(r.result); });
    for (const store of database.objectStoreNames)
      told.push(...(await new Promise((done) => { const r = database.transaction(store).objectStore(store).getAll(); r.onsuccess = () => done(r.result); })).map(plain));
    database.close();
  }
  return told;
}"""


def enrol(demo: Demo, identity: str, point: str) -> str:
    """The token of a new station."""
    admin = Voice(demo.address, "admin")
    made = admin.post(
        "/devices", {"nonce": nonce(), "id": identity, "kind": "handheld", "name": identity, "point": point}
    )
    assert made.status_code == 200, made.text
    token: str = admin.post("/enrol", {"code": made.json()["code"]}).json()["token"]
    admin.close()
    return token


def at_work(demo: Demo, staff: Office, login: str, identity: str, point: str, path: str) -> Person:
    """A person in a browser that is a station, at its page, which is kept for the time without a network."""
    person = staff.person(login)
    token = enrol(demo, identity, point)
    person.page.context.add_cookies([{"name": "karvon_station", "value": token, "url": demo.address}])
    person.open(f"{path}?point={point}")
    person.page.wait_for_selector("[data-ready]", state="attached")
    expect(person.page.locator("#known-age")).to_be_visible(timeout=PATIENCE_MS)
    until(lambda: kept(person.page, path), "the page was not kept")
    return person


def kept(page: Page, path: str) -> Any:
    """True once the page and its scripts lie in the cache of the worker."""
    return page.evaluate(
        """async (path) => {
          const has = async (wanted) => Boolean(await caches.match(wanted, { ignoreSearch: true }));
          const files = [...document.querySelectorAll("script[src], link[rel=stylesheet]")].map((one) => one.src ?? one.href);
          return (await has(path)) && (await Promise.all(files.map(has))).every(Boolean) && Boolean(navigator.serviceWorker.controller);
        }""",
        path,
    )


def undecided(person: Person, message: str, word: str = "Recorded, not decided") -> None:
    """The verdict is amber, with shape and word, and says this; nothing on it is green."""
    panel = person.page.locator("main .verdict.undecided")
    expect(panel.locator(".sentence")).to_have_text(person.says(message), timeout=PATIENCE_MS)
    expect(panel).to_have_class("verdict fresh tone-look undecided")
    expect(panel.locator(".word")).to_have_text(person.says(word))
    assert (panel.locator("svg use").first.get_attribute("href") or "").endswith("#hourglass")
    assert person.page.locator("main .verdict.tone-go").count() == 0


def test_a_tally_without_a_network_says_what_was_known_and_decides_nothing(demo: Demo, staff: Office) -> None:
    customs = Voice(demo.address, "chori")
    held = customs.ask("/holds", nonce=nonce(), subject=f"unit:{HELD}", reason="SEAL", note="odd")
    assert held["verdict"] == "accepted", held
    customs.close()
    clerk = at_work(demo, staff, "timur", "handheld-tally", "tally-1", "/tally")
    raw = "\n".join(clerk.page.evaluate(RAW))
    assert "key:false" in raw, "no script can read the key"
    for secret in (LABEL, HELD, day.REF, "things"):
        assert secret not in raw

    clerk.page.context.set_offline(True)
    clerk.page.reload()
    clerk.page.wait_for_selector("#entry[data-ready]")
    expect(clerk.page.locator("#known-since")).not_to_be_empty()
    for label, message in (
        (UNKNOWN, "No connection. This label was not known here at last contact. Keep it apart until the server has answered."),
        (HELD, "No connection. A hold stood on it at last contact. Do not let it pass."),
        (LABEL, "No connection. Known here, without a hold at last contact. Whether it may pass is decided when the connection is back."),
    ):  # fmt: skip
        clerk.wedge(f"]C100{label}")
        undecided(clerk, message)
        expect(clerk.page.locator("main .verdict .subject")).to_have_text(label)
    expect(clerk.page.locator("#queue-count")).to_have_text("3")
    clerk.picture("offline-known")

    clerk.page.context.set_offline(False)
    expect(clerk.page.locator("#lamp-queue")).to_be_hidden(timeout=PATIENCE_MS)
    expect(clerk.page.locator("#recent li .chip.tone-look")).to_have_count(0)

    admin = Voice(demo.address, "admin")
    assert admin.post("/devices/handheld-tally/revoke", {}).status_code == 200
    admin.close()
    clerk.page.reload()
    expect(clerk.page.locator("#known-none")).to_be_visible(timeout=PATIENCE_MS)
    until(lambda: clerk.page.evaluate(RAW) == [], "a token that is worthless left something behind")


def test_a_gate_without_a_network_knows_plates_and_lets_nobody_in(demo: Demo, staff: Office) -> None:
    customs = Voice(demo.address, "chori")
    held = customs.ask("/holds", nonce=nonce(), subject=f"consignment:{day.REF}", reason="OTHER", note="odd")
    assert held["verdict"] == "accepted", held
    customs.close()
    guard = at_work(demo, staff, "gulnora", "handheld-gate", "gate-1", "/gate")
    guard.page.context.set_offline(True)
    guard.page.reload()
    guard.page.wait_for_selector("#gate[data-ready]")
    for plate, message in (
        ("60 Z 999 ZZ", "No connection. This label was not known here at last contact. Keep it apart until the server has answered."),
        (day.PLATE, "No connection. A hold stood on it at last contact. Do not let it pass."),
    ):  # fmt: skip
        guard.page.fill("#plate", plate)
        guard.page.press("#plate", "Enter")
        undecided(guard, message, "Not decided")
        expect(guard.page.locator("main .verdict .subject")).to_have_text(plate)
    guard.picture("offline-gate")
    guard.page.context.set_offline(False)

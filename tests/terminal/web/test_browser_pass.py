"""The page that checks a gate pass by itself: what it proves, what it cannot, and that it says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from terminal.cases.passes import signed
from terminal.evidence.karvon_verify import pass_text, split_pass
from terminal.keys import Keys, SigningKey
from terminal.web.rendering import page as rendered
from workflows.gatepass_state import GatePass

pytestmark = pytest.mark.browser
NOW = datetime.now(UTC).replace(microsecond=0)
ONE = GatePass(
    "0C7747A7280F",
    "V-261116-64dd09",
    ("UNHCR-Ж-7",),
    "75412CBA",
    None,
    ("UZ0999001",),
    3,
    Decimal(17720),
    Decimal(17920),
    NOW,
    NOW + timedelta(hours=12),
    "officer",
)


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return Keys(tmp_path, "UZTER").current(NOW)


@pytest.fixture
def shown(page: Page, address: str, key: SigningKey) -> Page:
    """The page as the terminal serves it, with a list of revoked passes that names another pass."""
    answer = rendered("pass.html", lang="en", wasm=True, answer=None, keys=key.public.line)
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    page.route("**/pass", lambda route: route.fulfill(body=bytes(answer.body), headers=headers))
    _revoked(page, "FFFFFFFFFFFF")
    page.goto(f"{address}/pass", wait_until="load")
    return page


def _revoked(page: Page, identity: str) -> None:
    note = f"karvon/uzter gate-passes revoked\n2026-11-16T07:00:00Z\n{identity} 2026-11-16T07:00:00Z HOLD\n"

    def answer(route: Route) -> None:
        route.fulfill(body=note, content_type="text/plain")

    page.route("**/api/v1/gate-passes/revoked", answer)


def _check(page: Page, text: str, title: str) -> None:
    page.fill("#text", text)
    page.locator("#ask button[type=submit]").click()
    expect(page.locator("#verdict .title")).to_have_text(title)


def test_a_genuine_pass_is_shown_with_what_it_says(shown: Page, key: SigningKey) -> None:
    _check(shown, signed(replace(ONE, key_id=key.public.id), key).text.lower(), "Genuine")
    says = shown.locator("#says")
    for text in ("75412CBA", "UZ0999001", "UNHCR-Ж-7", "17720 – 17920 kg"):
        expect(says).to_contain_text(text)
    expect(shown.locator("[data-for=trailer]")).to_be_hidden()


def test_what_is_worth_nothing_is_said_to_be(shown: Page, key: SigningKey, tmp_path: Path) -> None:
    genuine = signed(ONE, key).text
    payload, signature = split_pass(genuine)
    _check(shown, pass_text(payload.replace(b"75412CBA", b"75412CBB"), signature), "False")
    expect(shown.locator("#says")).to_be_hidden()
    other = Keys(tmp_path / "other", "UZTER").current(NOW)
    _check(shown, signed(ONE, other).text, "False")
    _check(shown, genuine[:-4], "Not read")
    _check(shown, "340123450000000017", "Not read")
    over = replace(ONE, issued_at=NOW - timedelta(hours=13), expires_at=NOW - timedelta(hours=1))
    _check(shown, signed(over, key).text, "Over")
    _revoked(shown, ONE.id)
    _check(shown, genuine, "Taken back")


def test_without_a_connection_it_says_what_it_does_not_know(shown: Page, key: SigningKey) -> None:
    shown.route("**/api/v1/gate-passes/revoked", lambda route: route.abort())
    _check(shown, signed(ONE, key).text, "Genuine when it was issued")


def test_a_browser_that_cannot_prove_says_so(shown: Page, key: SigningKey) -> None:
    shown.evaluate(
        "() => { crypto.subtle.importKey = () => Promise.reject(new DOMException('', 'NotSupportedError')); }"
    )
    _check(shown, signed(ONE, key).text, "Not proven")
    expect(shown.locator("#verdict")).to_contain_text("nothing is known of this pass")

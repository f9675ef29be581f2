"""The way across in a browser without scripts: the desk's list, links, sheets and files; the receiver's page."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.store import url_of
from terminal.web import i18n
from tests.support.app import Terminal, nonce, terminal_at
from tests.support.databases import sqlite_template
from tests.terminal.api.test_handover import gone, png, statement
from tests.terminal.web.with_browser import Browser

__all__ = ["sqlite_template"]
LANGUAGES = ("en", "ru", "uz", "uz-Cyrl", "fa", "ps")


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Terminal]:
    """A running terminal for the tests of this module."""
    folder = tmp_path_factory.mktemp("trips")
    shutil.copyfile(sqlite_template, folder / "karvon.sqlite3")
    with terminal_at(url_of(folder / "karvon.sqlite3"), folder) as made:
        yield made


def token_on(page: str) -> str:
    (token,) = re.findall(r"/h/([A-Z0-9]+\.[A-Za-z0-9_-]+)", page)[:1]
    return str(token)


def test_the_desk_issues_a_link_and_the_receiver_opens_it_in_every_language(terminal: Terminal) -> None:
    made = gone(terminal, "WAY-1")
    desk = Browser(terminal, terminal.person("document_officer"))
    assert made.plate in desk.open("/trips")
    desk.open(f"/trips/{made.visit}")
    page = desk.submit(f"/trips/{made.visit}/link")
    token = token_on(page)
    nobody = Browser(terminal)
    for language in LANGUAGES:
        terminal.clock.forward(minutes=1)
        nobody.cookies["karvon_lang"] = language
        shown = nobody.open(f"/h/{token}")
        assert made.plate in shown
        assert f"({i18n.words(language).gettext('Kabul')})" in shown
        assert ('dir="rtl"' in shown) is (language in ("fa", "ps"))
        assert all(f'data-item="{label}"' in shown for label in made.labels)
        terminal.clock.forward(minutes=1)
        gone_page = nobody.open("/h/no-such-link", 404)
        assert made.plate not in gone_page
    said = {
        **statement(made.labels),
        "name": "<img src=x onerror=alert(1)>",
        "note": "<script>alert(2)</script>",
    }
    said["surplus"] = [{"what": "<b>carton</b>"}]
    terminal.clock.forward(minutes=1)
    answer = terminal.nobody().send(
        "POST",
        f"/handover/{token}",
        data={"nonce": nonce(), "statement": json.dumps(said)},
        files=[("signature", ("s.png", png()))],
    )
    assert answer.json()["verdict"] == "accepted", answer.text
    for path in (f"/trips/{made.visit}", f"/h/{token}", "/trips", f"/visits/{made.visit}"):
        terminal.clock.forward(minutes=1)
        page = desk.open(path)
        assert "<img src=x" not in page
        assert "<script>alert" not in page
        assert "<b>carton" not in page
    assert "&lt;img src=x" in desk.open(f"/trips/{made.visit}")
    agency = Browser(terminal, terminal.person("agency_user"))
    assert "/papers/proof-of-delivery/WAY-1" in agency.open("/portal/consignments/WAY-1")


def test_a_sheet_is_typed_in_and_a_file_names_its_bad_rows(terminal: Terminal) -> None:
    made = gone(terminal, "WAY-2")
    desk = Browser(terminal, terminal.person("document_officer"))
    desk.open(f"/trips/{made.visit}")
    code = token_on(desk.submit(f"/trips/{made.visit}/link")).partition(".")[0]
    desk.open("/trips")
    desk.open(f"/trips/sheet?code={code[:-1]}{'2' if code[-1] != '2' else '3'}")
    assert desk.verdict() == "No load has this code. Compare it sign by sign with the sheet."
    desk.open(f"/trips/sheet?code={code.lower()}")
    assert desk.path == f"/trips/{made.visit}/sheet?code={code}"
    said = ["RECEIVED", "DAMAGED:WET", ""]
    page = desk.submit(f"/trips/{made.visit}/sheet", code=code, name="Najib", item=made.labels, said=said)
    assert "Wet" in page
    assert "Najib" in page
    rows = f"unit,found,why\n{made.labels[2]},short,STOLEN\nX,received,\n".encode()
    page = desk.submit(f"/trips/{made.visit}/file", name="Najib", files={"file": ("r.csv", rows)})
    assert "Row 3, unit “X”: This unit is not on the manifest of this vehicle." in page
    assert "stolen" in desk.open(f"/trips/{made.visit}")
    other = gone(terminal, "WAY-3")
    desk.open(f"/trips/{other.visit}")
    desk.submit(f"/trips/{other.visit}/link")
    desk.submit(f"/trips/{other.visit}/link/end", note="wrong truck")
    assert "/h/" not in desk.open(f"/trips/{other.visit}")


def test_who_sees_trips(terminal: Terminal) -> None:
    made = gone(terminal, "WAY-4")
    Browser(terminal, terminal.person("agency_user")).open("/trips", 403)
    gate = Browser(terminal, terminal.person("gate_operator"))
    page = gate.open(f"/trips/{made.visit}")
    assert "/h/" not in page
    assert "/link" not in page
    gate.open("/trips/NO-SUCH", 404)

"""The portal, the public pages and the desk of arrivals in a browser without scripts."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.store import url_of
from tests.support.app import Terminal, terminal_at
from tests.support.databases import sqlite_template
from tests.terminal.web.with_browser import Browser

__all__ = ["sqlite_template"]

LIST = "Description of goods;HS code;Packages;Package type;Gross weight, kg\nTarpaulin;630612;20;bale;840\n"
LANGUAGES = ("en", "ru", "uz", "fa", "ps")


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Terminal]:
    """A running terminal for the tests of this module."""
    folder = tmp_path_factory.mktemp("portal")
    shutil.copyfile(sqlite_template, folder / "karvon.sqlite3")
    with terminal_at(url_of(folder / "karvon.sqlite3"), folder) as made:
        yield made


def test_an_agency_announces_on_its_page_and_everybody_follows_the_code(terminal: Terminal) -> None:
    agency = Browser(terminal, terminal.person("agency_user"))
    agency.open("/portal")
    agency.submit("/portal")
    draft = agency.path
    assert draft.startswith("/portal/drafts/")
    agency.submit(
        f"{draft}/facts", reference="WEB-1", mode="ROAD", consignee="<b>Kabul</b>", plan=["storage"]
    )
    agency.submit(f"{draft}/files", files={"files": ("list.csv", LIST.encode())})
    agency.submit(
        f"{draft}/papers", type="CMR", number="C-1", files={"file": ("c.jpg", b"\xff\xd8\xff\xe0 a paper")}
    )
    (window,) = re.findall(r'<option value="(2026[^"]+)"', agency.html)[:1]
    page = agency.submit(f"{draft}/trucks", plate="75 412 WEB", at=window)
    assert "75412WEB" in page
    assert "&lt;b&gt;Kabul" in page
    page = agency.submit(f"{draft}/submit")
    assert agency.path.startswith("/portal/consignments/WEB-1")
    (code,) = re.findall(r'href="/track/([^"]+)"', page)
    other = Browser(terminal, terminal.person("agency_b"))
    other.open("/portal/consignments/WEB-1", 404)
    other.open(draft, 404)
    nobody = Browser(terminal)
    for language in LANGUAGES:
        nobody.cookies["karvon_lang"] = language
        shown = nobody.open(f"/track/{code}")
        assert "<time" in shown
        assert "WEB-1" not in shown
        assert "Kabul" not in shown
        assert "<time" not in nobody.open("/track/22222222", 404)
    assert nobody.send("GET", "/track").status_code == 200


def test_the_public_page_waits_for_those_who_ask_too_often(terminal: Terminal) -> None:
    terminal.clock.forward(minutes=5)
    nobody = Browser(terminal)
    answers = [nobody.send("GET", "/welcome?reference=WEB-1&plate=75+412+XXX") for _ in range(14)]
    assert [one.status_code for one in answers] == [404] * 12 + [429] * 2
    assert int(answers[-1].headers["retry-after"]) >= 1
    for language in LANGUAGES:
        nobody.cookies["karvon_lang"] = language
        nobody.open("/welcome?mode=AIR&goods=MEDICINE")


def test_a_vehicle_without_notice_goes_over_the_desk_and_its_slip_speaks_four_languages(
    terminal: Terminal,
) -> None:
    gate = Browser(terminal, terminal.person("gate_operator"))
    gate.open("/gate?point=gate-1&plate=60 123 WEB")
    gate.submit("/gate/arrivals", plate="60 123 WEB")
    desk = Browser(terminal, terminal.person("document_officer"))
    page = desk.open("/trouble")
    assert "60123WEB" in page
    assert "75412WEB" in page  # the expected one it may be
    desk.submit("/trouble", consignments="WEB-1")
    assert "60123WEB" not in desk.open("/trouble")
    (visit,) = set(re.findall(r'href="/visits/(V-[^"/]+)"', desk.open("/visits?q=60123WEB")))
    addresses = set()
    for language in LANGUAGES:
        slip = gate.open(f"/visits/{visit}/slip?lang={language}")
        assert slip.count("<path") == 2
        assert ('dir="rtl"' in slip) is (language in ("fa", "ps"))
        addresses |= set(re.findall(r"http://karvon\.test/track/[0-9A-Z-]+", slip))
    (address,) = addresses
    terminal.clock.forward(minutes=5)
    assert "<time" in Browser(terminal).open(address.removeprefix("http://karvon.test"))
    assert "60123WEB" in desk.open("/workload")


def test_lists_belong_to_those_who_keep_them(terminal: Terminal) -> None:
    admin = Browser(terminal, terminal.person("administrator"))
    admin.open("/organisations")
    assert "Agency A" in admin.submit("/organisations", name=" Agency   A ", kind="NGO")
    release = Browser(terminal, terminal.person("release_officer"))
    release.open("/priorities")
    assert "earthquake" in release.submit("/priorities", goods_types=["SHELTER"], why="earthquake")
    clerk = Browser(terminal, terminal.person("tally_clerk"))
    for path in ("/organisations", "/priorities", "/portal"):
        clerk.open(path, 403)

"""People on the pages of a whole terminal: accounts, devices, and what nobody else may see."""

from __future__ import annotations

import re
from typing import Any

from tests.support.app import Terminal
from tests.terminal.web.with_browser import Browser, browser_of, sqlite_template, terminal

__all__ = ["browser_of", "sqlite_template", "terminal"]


def test_an_agency_sees_its_own_and_no_risk(terminal: Terminal, browser_of: Any) -> None:
    terminal.announce("MINE-1")
    terminal.announce("OTHER-1", by="agency_b", sender="Agency B")
    mine = browser_of("agency_user")
    listing = mine.open("/consignments")
    assert "MINE-1" in listing
    assert "OTHER-1" not in listing
    assert "/consignments/OTHER-1" not in mine.open("/consignments?q=OTHER-1")
    mine.open("/consignments/OTHER-1", 404)
    page = mine.open("/consignments/MINE-1")
    assert " lane" not in page
    assert 'id="h-open"' not in page


def test_terminal_staff_see_no_lane(terminal: Terminal, browser_of: Any) -> None:
    terminal.announce("LANE-1")
    for login in ("gate_operator", "tally_clerk", "document_officer", "release_officer"):
        page = browser_of(login).open("/consignments/LANE-1")
        assert not re.search(r"(Green|Yellow|Red|Blue) lane", page), login
        assert "SAN-0" not in page
        assert "RSK-0" not in page
    assert re.search(r"(Green|Yellow|Red|Blue) lane", browser_of("risk_officer").open("/consignments/LANE-1"))


def test_the_drivers_name_is_for_those_who_need_it(terminal: Terminal, browser_of: Any) -> None:
    gate = browser_of("gate_operator")
    gate.open("/gate?point=gate-1&plate=75 777 DRV")
    gate.submit("/gate/arrivals", plate="75 777 DRV", driver="Rustam Ergashev")
    gate.open("/gate?point=gate-1&plate=75 777 DRV")
    visit = re.search(r'name="visit" value="([^"]+)"', gate.html)
    assert visit is not None
    assert "Rustam Ergashev" in gate.open(f"/visits/{visit[1]}")
    assert "Rustam Ergashev" not in browser_of("tally_clerk").open(f"/visits/{visit[1]}")


def test_a_new_person_gets_in_by_a_link_that_works_once(terminal: Terminal, browser_of: Any) -> None:
    admin = browser_of("administrator")
    admin.open("/people/new")
    admin.submit("/people", name="N. Yoqubova", login="nodira", roles=["tally_clerk"])
    link = re.search(r"http://karvon\.test(/setup/[\w-]+)", admin.html)
    assert link is not None
    fresh = Browser(terminal)
    fresh.open(link[1])
    for password, again, wrong in (
        ("short", "short", "too short"),
        ("karvon12345", "karvon12345", "too easy"),
        ("nodira.2026", "nodira.2026", "too easy"),
        ("Yoqubova!77", "Yoqubova!77", "too easy"),
        ("a long sentence", "another sentence", "differ"),
    ):
        answer = fresh.send("POST", link[1], data={"password": password, "again": again})
        assert answer.status_code == 422
        assert wrong in answer.text
    good = {"password": "saksovul gullaydi", "again": "saksovul gullaydi"}
    assert fresh.send("POST", link[1], data=good).headers["location"] == "/"
    assert "Tally clerk" in fresh.open("/")
    assert Browser(terminal).send("POST", link[1], data=good).status_code == 403
    admin.open("/people/new")
    admin.submit("/people", name="Again", login="NODIRA", roles=["auditor"])
    assert "This user name is taken" in admin.html


def test_an_administrator_cannot_lock_themselves_out(terminal: Terminal, browser_of: Any) -> None:
    admin = browser_of("administrator")
    path = f"/people/{terminal.ids['administrator']}"
    for do in ({"do": "close"}, {"do": "save", "name": "A", "login": "administrator", "roles": ["auditor"]}):
        admin.open(path)
        admin.submit(path, **do)
        assert "You cannot take the administrator role" in admin.verdict()


def test_closing_an_account_ends_its_sessions(terminal: Terminal, browser_of: Any) -> None:
    stranger = browser_of("trainer")
    admin = browser_of("administrator")
    path = f"/people/{terminal.ids['trainer']}"
    admin.open(path)
    admin.submit(path, do="close")
    assert "Saved" in admin.html
    stranger.open("/")
    assert stranger.path == "/sign-in"
    admin.open(path)
    admin.submit(path, do="open")


def test_a_device_is_added_with_a_code_to_scan_and_revoked(terminal: Terminal, browser_of: Any) -> None:
    admin = browser_of("administrator")
    admin.open("/devices/enrol")
    admin.submit("/devices/enrol", device="Gate 2", kind="handheld", point="gate-1")
    assert "Use small letters" in admin.html
    admin.submit("/devices/enrol", device="gate-2-handheld", kind="handheld", point="gate-1")
    code = re.search(r"/enrol/([\w-]+)", admin.html)
    assert code is not None
    assert "<svg" in admin.html
    enrolled = terminal.nobody().send("POST", "/enrol", json={"code": code[1]}).json()
    assert enrolled["point"] == "gate-1"
    admin.open("/devices")
    admin.submit("/devices/gate-2-handheld/revoke")
    assert "may not write any more" in admin.verdict()

"""The desks of officers on a whole terminal: approvals with the password, holds together, inspections, seizures."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from terminal.store import url_of
from terminal.store.ids import uuid7
from tests.support.app import PASSWORD, Terminal, terminal_at
from tests.support.databases import sqlite_template
from tests.terminal.web.with_browser import Browser
from workflows.events import Context, HoldPlaced
from workflows.roles import Role
from workflows.state import Authority, Hold, HoldReason, HoldSeverity

__all__ = ["sqlite_template"]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Terminal]:
    """A running terminal for the tests of this module."""
    folder = tmp_path_factory.mktemp("desks")
    shutil.copyfile(sqlite_template, folder / "karvon.sqlite3")
    with terminal_at(url_of(folder / "karvon.sqlite3"), folder) as made:
        yield made


@pytest.fixture
def browser_of(terminal: Terminal) -> Any:
    """A browser for the person of a login."""
    return lambda login: Browser(terminal, terminal.person(login))


def types_of(terminal: Terminal, subject: str) -> list[str]:
    """The kinds of events of a subject, the newest first."""
    with terminal.service.reading() as reader:
        return [entry.type for entry in reader.history(subject)]


# --- approvals ---------------------------------------------------------------------------------------
def test_an_approval_says_what_it_covers_and_what_is_missing(terminal: Terminal, browser_of: Any) -> None:
    terminal.announce("APP-1")
    officer = browser_of("customs_inspector")
    page = officer.open("/consignments/APP-1/approvals?kind=CUSTOMS_RELEASE")
    assert "What it covers" in page
    assert "Fingerprint of these facts" in page
    assert "What stands in the way" in page
    assert 'name="password"' not in page  # nothing to give yet
    clerk = browser_of("tally_clerk")
    assert "Ask one of the roles named here." in clerk.open(
        "/consignments/APP-1/approvals?kind=CUSTOMS_RELEASE"
    )
    assert officer.send("GET", "/consignments/APP-1/approvals?kind=AFGHAN_APPROVAL").status_code == 404


def test_an_approval_without_the_password_decides_nothing(terminal: Terminal, browser_of: Any) -> None:
    terminal.announce("APP-2")
    officer = browser_of("customs_inspector")
    officer.open("/consignments/APP-2")
    token = re.search(r'name="csrf" value="([^"]+)"', officer.html)
    assert token is not None
    form = {"csrf": token[1], "kind": "CUSTOMS_RELEASE", "digest": "x"}
    answer = officer.send("POST", "/consignments/APP-2/approvals", data={**form, "password": "wrong"})
    assert answer.status_code == 303
    officer.open(answer.headers["location"])
    assert "The password is wrong" in officer.verdict()
    answer = officer.send("POST", "/consignments/APP-2/approvals", data={**form, "password": PASSWORD})
    officer.open(answer.headers["location"])
    assert "changed while you were looking" in officer.verdict()
    assert "PermissionGranted" not in types_of(terminal, "consignment:APP-2")
    with terminal.service.reading() as reader:
        person = reader.people.by_login("customs_inspector")
        assert person is not None
        actions = [entry.data["action"] for entry in reader.history(f"person:{person.id}")]
    assert "step_up_failed" in actions


# --- holds -------------------------------------------------------------------------------------------
def test_the_queue_can_be_filtered_and_told_what_waits(terminal: Terminal, browser_of: Any) -> None:
    terminal.announce("HQ-1")
    officer = browser_of("customs_inspector")
    officer.open("/consignments/HQ-1")
    officer.submit("/holds", subject="consignment:HQ-1", reason="RANDOM", authority="BORDER", note="draw")
    assert "HQ-1" in officer.open("/holds?authority=BORDER&reason=RANDOM&severity=HOLD")
    assert "HQ-1" not in officer.open("/holds?authority=AGENCY")
    assert "HQ-1" not in officer.open("/holds?severity=BLOCK&reason=RANDOM")
    assert "No hold matches this view" in officer.open("/holds?page=999")
    assert "data-walk" in officer.open("/holds")


def placed(terminal: Terminal, ref: str, check: str, severity: HoldSeverity = HoldSeverity.HOLD) -> str:
    """A hold as a check would have opened it earlier; today the check finds nothing there."""
    identity, subject = str(uuid7()), f"consignment:{ref}"
    hold = Hold(
        identity, subject, Authority.CUSTOMS, HoldReason.COUNT_DIFF, severity, "demo", terminal.clock.now,
        check=check, target="consignment", lift_roles=frozenset({Role.CUSTOMS_INSPECTOR}),
    )  # fmt: skip
    context = Context("demo", terminal.clock.now)
    terminal.do(terminal.service.write(lambda books: books.record((HoldPlaced(subject, hold),), context)))
    return identity


def test_holds_whose_cause_is_gone_are_checked_together_and_lifted_by_nobody(
    terminal: Terminal, browser_of: Any
) -> None:
    for ref in ("TOG-1", "TOG-2", "TOG-3"):
        terminal.announce(ref)
    ids = [placed(terminal, ref, "QTY-01") for ref in ("TOG-1", "TOG-2")]
    block = placed(terminal, "TOG-3", "QTY-01", HoldSeverity.BLOCK)
    other = placed(terminal, "TOG-3", "WGT-01")
    officer = browser_of("customs_inspector")
    page = officer.open("/holds?show=gone")
    assert "Cause cleared: Count differs" in page
    assert block in page  # shown as cleared, but not in the group
    form = re.search(r'action="/holds/together">.*?</form>', page, re.S)
    assert form is not None
    assert set(re.findall(r'name="hold" value="([^"]+)"', form[0])) == set(ids)
    token = re.search(r'name="csrf" content="([^"]+)"', page)
    assert token is not None
    sent = {"csrf": token[1], "hold": [*ids, block, other, "no-such-hold"]}
    answer = officer.send("POST", "/holds/together", data=sent)
    officer.open(answer.headers["location"])
    assert "the cause is gone on 4 of 4" in officer.verdict()
    with terminal.service.reading() as reader:
        left = [reader.hold(identity) for identity in (*ids, block, other)]
    assert [hold.open for hold in left if hold is not None] == [True] * 4
    for ref in ("TOG-1", "TOG-2", "TOG-3"):
        assert "HoldLifted" not in types_of(terminal, f"consignment:{ref}")
    clerk = browser_of("tally_clerk")
    assert "/holds/together" not in clerk.open("/holds")


# --- inspections -------------------------------------------------------------------------------------
def test_an_inspection_from_order_to_seizure(terminal: Terminal, browser_of: Any) -> None:
    (label, *_) = terminal.announce("INSP-1")
    officer = browser_of("customs_inspector")
    assert "/inspections/new?subject=consignment%3AINSP-1" in officer.open("/consignments/INSP-1")
    officer.open("/inspections/new?subject=consignment:INSP-1")
    officer.submit("/inspections", method="VISUAL", why=" ", place=["LOAD"])
    assert officer.verdict() == "Write down why."
    officer.open("/inspections/new?subject=consignment:INSP-1")
    officer.submit("/inspections", method="VISUAL", why="smell", place=["LOAD", "MOON"])
    assert officer.verdict() == "Recorded."
    home = officer.path
    assert home in officer.open("/inspections")
    officer.open(home)
    officer.submit(f"{home}/files", files={"file": ("pic.png", PNG, "image/png")})
    assert "pic.png" in officer.html
    officer.submit(f"{home}/files", files={"file": ("run.exe", b"MZ" + bytes(99), "image/png")})
    assert "run.exe" not in re.sub(r"class=\"title\">[^<]*", "", officer.html)
    officer.submit(f"{home}/result", result="FINDING", found_at=["LOAD"], note="two parcels", minutes="x")
    assert officer.verdict().startswith("Minutes are a whole number")
    assert "InspectionDone" not in types_of(terminal, "consignment:INSP-1")
    officer.submit(f"{home}/result", result="FINDING", found_at=["LOAD"], note="two parcels", minutes="5")
    assert "Found something" in officer.html
    assert "The hold that it opened" in officer.html
    assert "InspectionDone" in types_of(terminal, "consignment:INSP-1")
    officer.open("/seizures/new?consignment=INSP-1")
    record = {
        "substance_or_item": "Heroin", "commodity_group": "DRUGS", "quantity": "1,5", "uom": "kg", "post_code": "26001",
        "agency": "Customs", "handling_code": "RESTRICTED", "units": label, "office_type": "TERMINAL", "detection_reason": "OFFICER",
        "persons_count": "2", "persons_sex": "M", "persons_nationality": "xx1",
    }  # fmt: skip
    officer.submit("/seizures", 422, **record)
    assert "Persons" in officer.verdict()
    officer.submit("/seizures", 422, **{**record, "persons_nationality": "AF"})
    assert "is not next" in officer.verdict()  # that pallet has not come: nothing of it can be seized
    officer.submit("/seizures", **{**record, "persons_nationality": "AF", "units": ""})
    assert officer.path.startswith("/seizures/SZ-")
    case = officer.path
    assert "2 × M AF" in officer.html
    officer.submit(f"{case}/custody", received_by="Store 4", organisation="Customs", place="Room 2")
    assert "Store 4" in officer.html
    border = browser_of("border_officer")
    assert case not in border.open("/seizures")
    border.open(case, 404)
    browser_of("tally_clerk").open("/seizures", 403)


def test_the_inventory_is_kept_on_its_page(terminal: Terminal, browser_of: Any) -> None:
    officer = browser_of("customs_inspector")
    officer.open("/equipment")
    tool = {"id": "ENDO-9", "kind": "ENDOSCOPE", "name": "Endoscope 9", "place": "Dock 1"}
    officer.submit("/equipment", **tool, calibrated_until="31.02.2027")
    assert "Write dates as DD.MM.YYYY" in officer.verdict()
    officer.open("/equipment")
    officer.submit("/equipment", **tool, calibrated_until="01.01.2020")
    assert "Calibration has run out" in officer.html
    officer.submit("/equipment/ENDO-9", state="IN_REPAIR", note="")
    assert officer.verdict() == "Write down why."
    officer.submit("/equipment/ENDO-9", state="IN_REPAIR", note="lens broken")
    assert "In repair" in officer.html
    browser_of("gate_operator").open("/equipment", 403)


# --- late scans, stories, the API's page ---------------------------------------------------------------
def test_a_decision_on_a_late_scan_is_in_the_journal(terminal: Terminal, browser_of: Any) -> None:
    (label, *_) = terminal.announce("LATE-2")
    clerk = terminal.person("tally_clerk")
    old = (terminal.clock.now - timedelta(days=40)).isoformat()
    clerk.ask("/scans", code=label, step="TALLY", point="tally-1", scanned_at=old)
    desk = browser_of("document_officer")
    page = desk.open("/review")
    action = re.search(r'action="(/review/\d+)"', page)
    assert action is not None
    desk.submit(action[1], do="keep", note="  ")
    assert desk.verdict() == "Write down why."
    desk.submit(action[1], do="keep", note="counted by hand")
    assert types_of(terminal, f"unit:{label}")[0] == "ReviewClosed"
    with terminal.service.reading() as reader:
        item = reader.desk.review(int(action[1].rpartition("/")[2]))
    assert item is not None
    assert (item.open, item.resolution, item.note) == (False, "KEEP", "counted by hand")


def test_many_scans_are_one_line_of_the_story(terminal: Terminal, browser_of: Any) -> None:
    labels = terminal.announce("STORY-1")
    auditor = browser_of("auditor")
    page = auditor.open("/consignments/STORY-1")
    assert f"{len(labels)} units declared" in page
    assert "<summary>" in page
    assert f"{len(labels)} units declared" in auditor.open("/consignments/STORY-1/story")
    assert "Nothing yet" in auditor.open("/consignments/STORY-1/story?before=1")


def test_the_api_page_is_for_those_who_are_signed_in(terminal: Terminal, browser_of: Any) -> None:
    somebody = Browser(terminal)
    somebody.open("/docs")
    assert somebody.path.startswith("/sign-in")
    admin = browser_of("administrator")
    assert 'href="/docs"' in admin.open("/")
    assert "swagger-ui-bundle.js" in admin.open("/docs")

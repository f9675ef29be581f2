"""Work on the pages of a whole terminal: the gate, papers, labels, holds, late scans, typed weights."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from tests.support.app import PASSWORD, SAMPLES, Terminal
from tests.terminal.web.with_browser import browser_of, sqlite_template, terminal

__all__ = ["browser_of", "sqlite_template", "terminal"]


def test_a_vehicle_without_notice_is_let_in_once(browser_of: Any) -> None:
    gate = browser_of("gate_operator")
    gate.open("/gate?point=gate-1&plate=75 123 DDA")
    assert "Nobody announced" in gate.html
    form = gate.html
    gate.submit("/gate/arrivals", plate="75 123 DDA", seal="UZ1 UZ2", driver="Somebody")
    assert gate.verdict() == "Gate-in: recorded."
    assert 'data-verdict="accepted"' in gate.html
    gate.html = form  # pressed twice
    gate.submit("/gate/arrivals", plate="75 123 DDA", seal="UZ1 UZ2", driver="Somebody")
    assert gate.open("/visits").count(">75123DDA<") == 1


def test_the_gate_says_no_with_everything_that_is_missing(terminal: Terminal, browser_of: Any) -> None:
    terminal.announce("GATE-1")
    desk = browser_of("document_officer")
    desk.open("/visits/new")
    desk.submit("/visits", plate="75 412 CBA", mode="ROAD", carries="GATE-1")
    visit = desk.path.rpartition("/")[2]
    gate = browser_of("gate_operator")
    gate.open(f"/gate?point=gate-1&visit={visit}")
    gate.submit("/gate", plate="75 412 CBA", seal="UZ0550101", seal_state="INTACT")
    assert gate.verdict() == "Gate-in: recorded."
    gate.open(f"/gate?point=gate-1&visit={visit}")
    gate.submit("/gate", plate="75 412 XXX", seal="UZ0550101", seal_state="INTACT")
    assert 'data-verdict="refused"' in gate.html
    for part in ("customs release of GATE-1", "terminal release of GATE-1", "75412XXX"):
        assert part in gate.html
    assert gate.path == f"/gate?point=gate-1&visit={visit}"
    gate.open(gate.path)
    assert "data-verdict" not in gate.html  # said once


def test_papers_come_in_by_file_and_twice_is_once(terminal: Terminal, browser_of: Any) -> None:
    folder = next(SAMPLES.glob("S01_*"))
    raw = next(path for path in sorted(folder.iterdir()) if path.suffix in (".xlsx", ".csv"))
    desk = browser_of("document_officer")
    desk.open("/import")
    file = ("files", (raw.name, raw.read_bytes(), "application/octet-stream"))
    desk.submit("/import", files=[file], ref="PAGE-1", dry_run="1")
    assert "Only looked at" in desk.html
    assert "PAGE-1" not in desk.open("/consignments")
    desk.open("/import")
    desk.submit("/import", files=[file], ref="PAGE-1")
    assert "/consignments/PAGE-1" in desk.html
    desk.open("/import")
    desk.submit("/import", files=[file], ref="PAGE-1")
    assert "This very file was read before" in desk.html
    assert "PAGE-1" in desk.open("/consignments?q=page-1")


def test_rubbish_is_reported_not_thrown(browser_of: Any) -> None:
    desk = browser_of("document_officer")
    desk.open("/import")
    desk.submit("/import", files=[("files", ("x.xlsx", b"\x00\x01rubbish", "application/octet-stream"))])
    assert "could be read" in desk.html or "cannot be read" in desk.html


def test_documents_are_added_verified_and_dated(terminal: Terminal, browser_of: Any) -> None:
    terminal.announce("DOC-1")
    desk = browser_of("document_officer")
    desk.open("/consignments/DOC-1")
    desk.submit("/consignments/DOC-1/documents", type="POA", number="P-7", issued="31.02.2026")
    assert desk.verdict() == "Write dates as DD.MM.YYYY, for example 24.11.2026."
    desk.submit("/consignments/DOC-1/documents", type="POA", number="P-7", issued="01.11.2026")
    assert "P-7" in desk.html
    answer = desk.html
    form = next(f for f in re.findall(r"<form.*?</form>", answer, re.S) if 'value="P-7"' in f)
    hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    assert desk.send("POST", "/consignments/DOC-1/documents/verify", data=hidden).status_code == 303
    with terminal.service.reading() as reader:
        found = reader.consignment("DOC-1")
    assert found is not None
    assert next(d for d in found.papers.documents if d.number == "P-7").verified


def test_labels_are_printed(terminal: Terminal, browser_of: Any) -> None:
    terminal.announce("LABEL-1")
    answer = browser_of("document_officer").send("GET", "/consignments/LABEL-1/labels")
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"] == "base-uri 'none'; frame-ancestors 'none'"


def test_a_hold_is_placed_and_waived_by_two_people(terminal: Terminal, browser_of: Any) -> None:
    terminal.announce("HOLD-1")
    first, second = browser_of("customs_inspector"), browser_of("customs_2")
    first.open("/consignments/HOLD-1")
    first.submit(
        "/holds",
        subject="consignment:HOLD-1",
        reason="OTHER",
        authority="CUSTOMS",
        note="Pallet 2 <b>wet</b>",
    )
    assert "Pallet 2 &lt;b&gt;wet" in first.html
    with terminal.service.reading() as reader:
        (hold,) = [h for h in reader.holds_on("consignment:HOLD-1") if h.note.startswith("Pallet 2")]
    first.open(f"/holds/{hold.id}")
    waiver = {"outcome": "CLEARED_WAIVED", "note": "agreed with the agency"}
    first.submit(f"/holds/{hold.id}/lift", **waiver)
    assert "The password is wrong" in first.verdict()
    first.submit(f"/holds/{hold.id}/lift", **waiver, password=PASSWORD)
    assert "A waiver names what it rests on" in first.verdict()
    first.submit(f"/holds/{hold.id}/lift", **waiver, evidence="letter 12", password=PASSWORD)
    assert "Second person needed" in first.html
    second.open("/holds?show=second")
    assert f"/holds/{hold.id}" in second.html
    second.open(f"/holds/{hold.id}")
    second.submit(f"/holds/{hold.id}/lift", outcome="CLEARED_WAIVED", note="I agree", password=PASSWORD)
    assert "Waived by two persons" in second.html
    assert "HOLD-1" in second.open("/holds?show=lifted")


def test_holds_of_others_are_shown_but_not_theirs_to_end(terminal: Terminal, browser_of: Any) -> None:
    terminal.announce("HOLD-2")
    officer = browser_of("customs_inspector")
    officer.open("/consignments/HOLD-2")
    officer.submit("/holds", subject="consignment:HOLD-2", reason="RANDOM", authority="CUSTOMS", note="x")
    with terminal.service.reading() as reader:
        hold = reader.holds_on("consignment:HOLD-2")[-1]
    clerk = browser_of("tally_clerk")
    assert "Not yours to end" in clerk.open(f"/holds/{hold.id}")
    assert 'name="outcome"' not in clerk.html


def test_a_late_scan_is_decided_by_a_person(terminal: Terminal, browser_of: Any) -> None:
    (label, *_) = terminal.announce("LATE-1")
    clerk = terminal.person("tally_clerk")
    old = (terminal.clock.now - timedelta(days=40)).isoformat()
    told = clerk.ask("/scans", code=label, step="TALLY", point="tally-1", scanned_at=old)
    assert told["verdict"] == "attention"
    desk = browser_of("document_officer")
    page = desk.open("/review")
    assert "This scan came too late" in page
    action = re.search(r'action="(/review/\d+)"', page)
    assert action is not None
    desk.submit(action[1], do="keep", note="counted by hand")
    assert "The books stay as they are" in desk.verdict()
    assert action[1] not in desk.html
    assert desk.send("POST", action[1], data={}).status_code in (403, 404, 422)


def test_a_typed_weight_needs_a_second_person(terminal: Terminal, browser_of: Any) -> None:
    gate = browser_of("gate_operator")
    gate.open("/gate?point=gate-1&plate=75 888 WGT")
    gate.submit("/gate/arrivals", plate="75 888 WGT")
    gate.open("/gate?point=gate-1&plate=75 888 WGT")
    visit = re.search(r'name="visit" value="([^"]+)"', gate.html)
    assert visit is not None
    bridge = browser_of("weighbridge_operator")
    form = {"visit": visit[1], "kg": "15 420", "note": "the cable is cut", "second_login": "weighbridge_2"}
    bridge.open("/weighbridge")
    bridge.submit("/weighbridge/typed", **form, second_password="wrong-password")
    assert bridge.verdict() == "A typed weight needs a second person and a reason."
    bridge.open("/weighbridge")
    bridge.submit("/weighbridge/typed", **{**form, "kg": "heavy"}, second_password=PASSWORD)
    assert "digits only" in bridge.verdict()
    bridge.open("/weighbridge")
    bridge.submit("/weighbridge/typed", **form, second_password=PASSWORD)
    assert bridge.verdict() == "Weighing in: recorded."
    assert "Typed by hand" in bridge.open(f"/visits/{visit[1]}")


def test_a_weight_without_a_scale_is_a_refusal_in_words(browser_of: Any, terminal: Terminal) -> None:
    bridge = browser_of("weighbridge_operator")
    bridge.open("/weighbridge")
    bridge.submit("/weighbridge")
    assert bridge.verdict() == "Choose the vehicle that stands on the scale."

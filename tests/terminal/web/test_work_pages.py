"""Work on the pages of a whole terminal: the gate, papers, labels, holds, late scans, typed weights."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from terminal.previews import KEPT, MOST, Previews
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


def test_the_waybill_is_written_down_compared_and_found(terminal: Terminal, browser_of: Any) -> None:
    cmr = next(paper.number for paper in terminal.papers("WAY-0").documents if paper.type == "CMR")
    for ref, plate, shown, said in (
        ("WAY-1", "75 421 CBA", f" {cmr.lower()} ".replace("-", " "), "As on the papers"),
        ("WAY-2", "75 422 CBA", "CMR 999/X", "Not on the papers"),
    ):
        terminal.announce(ref, 1)
        told = terminal.person("gate_operator").must("/visits", plate=plate, carries=[ref])["facts"]
        gate = browser_of("gate_operator")
        gate.open(f"/gate?point=gate-1&visit={told['visit']}")
        gate.submit("/gate", plate=plate, seal="UZ0550101", seal_state="INTACT", waybill=shown)
        assert gate.verdict() == "Gate-in: recorded."
        assert said in gate.open(f"/visits/{told['visit']}")
        found = terminal.person("document_officer").get("/search", q=" ".join(shown.split()))["visits"]
        assert told["visit"] in [one["visit"] for one in found]
    gate.open("/gate?point=gate-1&plate=75 423 CBA")
    gate.submit("/gate/arrivals", plate="75 423 CBA", seal="UZ9", waybill="SMGS 33-7")
    desk = browser_of("document_officer")
    assert "SMGS 33-7" in desk.open("/trouble")


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


def csv_file(text: str, name: str = "list.csv") -> tuple[str, tuple[str, bytes, str]]:
    """A file as a browser sends it."""
    return ("files", (name, text.encode(), "text/csv"))


def test_papers_are_looked_at_before_they_are_announced(terminal: Terminal, browser_of: Any) -> None:
    folder = next(SAMPLES.glob("S01_*"))
    raw = next(path for path in sorted(folder.iterdir()) if path.suffix in (".xlsx", ".csv"))
    desk = browser_of("document_officer")
    desk.open("/import")
    file = ("files", (raw.name, raw.read_bytes(), "application/octet-stream"))
    before = terminal.service.store.tail().seq
    desk.submit("/import", files=[file], ref="PAGE-1")
    look = desk.path
    for part in ("Nothing is recorded yet", "PAGE-1", "Not announced yet", "Goods as declared"):
        assert part in desk.html, part
    desk.open(look)  # as often as one likes
    assert terminal.service.store.tail().seq == before, "looking writes nothing"
    assert "PAGE-1" not in desk.open("/consignments")
    for other in ("document_2", "agency_user"):
        if other in terminal.ids:
            assert browser_of(other).send("GET", look).status_code == 404, "a look is its owner's"
    desk.open(look)
    desk.submit(f"{look}/confirm")
    assert desk.path == look
    assert desk.verdict() == "Recorded."
    assert 'href="/consignments/PAGE-1"' in desk.html
    assert f"{look}/confirm" not in desk.html, "it is announced once"
    with terminal.service.reading() as reader:
        found = reader.consignment("PAGE-1")
        kept = reader.desk.file_by_digest(sha256(raw.read_bytes()).hexdigest())
    assert found is not None
    assert kept is not None
    assert terminal.service.file_path(kept.sha256).read_bytes() == raw.read_bytes()
    desk.open("/import")
    desk.submit("/import", files=[file], ref="PAGE-1")
    assert "Announced. What came of the files stands below." in desk.html
    assert "/confirm" not in desk.html
    assert "PAGE-1" in desk.open("/consignments?q=page-1")


def test_a_look_shows_row_column_and_value_of_what_is_wrong(terminal: Terminal, browser_of: Any) -> None:
    desk = browser_of("document_officer")
    desk.open("/import")
    desk.submit(
        "/import",
        files=[csv_file("description;packages;gross kg\nblanket;two;20\ntent;1;50\n")],
        ref="PAGE-W",
    )
    for part in ("1 row cannot be taken as it is", "packages", "two", "What to correct"):
        assert part in desk.html, part
    look = desk.path
    desk.submit(f"{look}/drop")
    assert desk.path == "/import"
    assert "Nothing was recorded" in desk.html
    assert desk.send("GET", look).status_code == 404
    with terminal.service.reading() as reader:
        assert reader.consignment("PAGE-W") is None


def test_what_would_be_refused_is_said_before_anything_is_asked(terminal: Terminal, browser_of: Any) -> None:
    terminal.announce("PAGE-X", 1)
    desk = browser_of("document_officer")
    desk.open("/import")
    desk.submit("/import", files=[csv_file("description;packages;gross kg\nrope;2;20\n")], ref="PAGE-X")
    assert "Cannot be announced" in desk.html
    assert "/confirm" not in desk.html
    form = {"csrf": re.findall(r'name="csrf" value="([^"]+)"', desk.html)[0], "nonce": "page-x-1234"}
    sent = desk.send("POST", f"{desk.path}/confirm", data=form)  # asked all the same
    assert sent.status_code == 303
    assert terminal.newest().type == "StepRefused"
    assert desk.send("POST", f"{desk.path}/confirm", data={}).status_code == 403, "a form of another page"


def test_a_look_is_kept_for_a_day(terminal: Terminal, browser_of: Any) -> None:
    desk = browser_of("document_officer")
    desk.open("/import")
    desk.submit("/import", files=[csv_file("description;packages;gross kg\nrope;2;20\n")], ref="PAGE-D")
    look = desk.path
    folder = terminal.service.settings.data_dir / "previews"
    assert look.rpartition("/")[2] in [path.name for path in folder.iterdir()]
    stored = next((folder / look.rpartition("/")[2]).glob("?" * 64))
    data = stored.read_bytes()
    stored.write_bytes(b"something else")
    assert desk.send("GET", look).status_code == 404, "what is announced is what was looked at"
    stored.write_bytes(data)
    assert desk.send("GET", look).status_code == 200
    previews = Previews(folder)
    later = terminal.clock.now + KEPT + timedelta(minutes=1)
    assert previews.get(look.rpartition("/")[2], terminal.ids["document_officer"], later) is None
    previews.keep("somebody", "", [("a.csv", b"a")], later)
    assert look.rpartition("/")[2] not in [path.name for path in folder.iterdir()]
    for name in ("../files", "x", "", "." * 36):
        assert previews.get(name, "somebody", later) is None


def test_nobody_fills_the_disk_with_looks(tmp_path: Path) -> None:
    previews, now = Previews(tmp_path / "previews"), datetime(2026, 11, 16, 7, tzinfo=UTC)
    made = [previews.keep("a", "", [("x.csv", b"x")], now + timedelta(seconds=n)) for n in range(MOST + 5)]
    other = previews.keep("b", "", [("x.csv", b"x")], now)
    left = {path.name for path in (tmp_path / "previews").iterdir()}
    assert left == {one.id for one in (*made[5:], other)}


def test_rubbish_is_reported_not_thrown(terminal: Terminal, browser_of: Any) -> None:
    desk = browser_of("document_officer")
    desk.open("/import")
    before = terminal.service.store.tail().seq
    desk.submit("/import", files=[("files", ("x.xlsx", b"\x00\x01rubbish", "application/octet-stream"))])
    assert "could be read" in desk.html or "cannot be read" in desk.html
    assert "/confirm" not in desk.html
    assert (terminal.newest().seq, terminal.newest().type) == (before + 1, "StepRefused"), (
        "it came, and is kept"
    )


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

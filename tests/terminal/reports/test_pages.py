"""Reports, the shift book and the search as people use them; long reports as jobs."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from terminal.cases import reporting
from tests.support.app import PASSWORD, nonce
from tests.terminal.reports.conftest import HOSTILE, Day
from tests.terminal.web.with_browser import Browser


@pytest.fixture
def browser_of(day: Day) -> Any:
    """A browser for the person of a login."""
    return lambda login: Browser(day.terminal, day.terminal.person(login))


STAFF = ("terminal", "times", "agency", "donor")
INSPECTS = ("response", "operation")


# --- reports -----------------------------------------------------------------------------------------
def test_each_role_is_offered_its_own_reports(browser_of: Any) -> None:
    for login, mine in {
        "tally_clerk": {"terminal", "times", "agency", "donor", "devices"},
        "customs_inspector": {*STAFF, *INSPECTS, "seizures", "liaison", "selection", "devices"},
        "agency_user": {"agency"},
        "border_officer": {*STAFF, *INSPECTS, "seizures", "liaison"},
    }.items():
        page = browser_of(login).open("/reports")
        assert set(re.findall(r'<h2><a href="/reports/(\w+)"', page)) == mine
        for kind in set(reporting.KINDS) - mine:
            assert browser_of(login).send("GET", f"/reports/{kind}").status_code == 403
    assert browser_of("trainer").send("GET", "/reports").status_code == 403
    assert browser_of("auditor").send("GET", "/reports/nonsense").status_code == 404


def test_a_report_is_shown_with_its_days(browser_of: Any) -> None:
    officer = browser_of("customs_inspector")
    page = officer.open("/reports/terminal")
    assert "Daily report" in page
    assert "Quick and safe" in page
    assert "Handling code: Terminal" in page
    officer.open("/reports/terminal?first=17.11.2026&last=16.11.2026")
    assert "must not be before" in officer.verdict()
    officer.open("/reports/terminal?first=x")
    assert "Write dates as" in officer.verdict()
    assert 'name="donor"' in officer.open("/reports/donor")


def test_a_name_is_only_text_on_a_page(browser_of: Any) -> None:
    page = browser_of("agency_b").open("/reports/agency")
    assert HOSTILE.replace('"', "&#34;") in page
    assert HOSTILE not in page


def test_a_long_report_is_a_job(day: Day, browser_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "LARGE", 1)
    officer = browser_of("customs_inspector")
    officer.open("/reports/times?first=16.11.2026&last=16.11.2026")
    assert officer.path.startswith("/reports/job/")
    end = time.monotonic() + 20
    while "Vehicles, gate to gate" not in officer.open(officer.path):
        assert time.monotonic() < end
    job = officer.path.rsplit("/", 1)[1]
    pdf = officer.send("GET", f"/reports/job/{job}?form=pdf")
    assert pdf.content.startswith(b"%PDF-")
    told = day.terminal.person("customs_inspector").get(f"/report-jobs/{job}")
    assert (told["state"], told["percent"], told["kind"]) == ("done", 100, "times")
    assert browser_of("auditor").send("GET", f"/reports/job/{job}").status_code == 404
    assert day.terminal.person("auditor").send("GET", f"/report-jobs/{job}").status_code == 404
    assert job in [one["job"] for one in day.terminal.person("customs_inspector").get("/report-jobs")]
    rows = day.terminal.person("customs_inspector").get(f"/report-jobs/{job}", form="json")
    direct = day.terminal.person("customs_inspector").get(
        "/reports/times", first="2026-11-16", last="2026-11-16"
    )
    assert rows["sections"]["vehicles_through"] == direct["sections"]["vehicles_through"]


# --- the shift book ----------------------------------------------------------------------------------
def test_two_people_sign_a_shift(day: Day) -> None:
    terminal = day.terminal
    clerk, keeper = terminal.person("tally_clerk"), terminal.person("warehouse_keeper")
    clerk.must("/shifts/notes", note="Pallet 7 in bay A leans")
    before = clerk.get("/shifts")
    handing = clerk.must("/shifts/hand-over")["facts"]["handing"]
    event = terminal.newest()
    assert (event.type, event.subject, event.who) == (
        "ShiftHandedOver",
        "shift:TERMINAL",
        terminal.ids["tally_clerk"],
    )
    assert event.data["open"] == {
        key: len(before["sections"][key]["rows"])
        for key in ("holds", "inspections", "vehicles", "reviews", "devices")
    }
    assert event.data["open"]["vehicles"] == 1
    own = clerk.ask("/shifts/take-over", handing=handing)
    assert (own["verdict"], own["reason"]) == ("refused", "OWN_SHIFT")
    assert clerk.ask("/shifts/take-over", handing="another")["reason"] == "NOT_FOUND"
    keeper.must("/shifts/take-over", handing=handing, remark="seen")
    taken = terminal.newest()
    assert (taken.data["handing"], taken.data["digest"]) == (handing, event.data["digest"])
    assert keeper.ask("/shifts/take-over", handing=handing)["verdict"] == "already_done"
    book = keeper.get("/shifts")
    assert book["last"]["taken_by"] == terminal.ids["warehouse_keeper"]
    assert [note["text"] for note in book["last"]["notes"]] == ["Pallet 7 in bay A leans"]
    assert book["notes"] == []


def test_officers_keep_a_book_of_their_own(day: Day) -> None:
    customs = day.terminal.person("customs_inspector")
    customs.must("/shifts/notes", book="OFFICERS", note="watch the grey truck")
    assert customs.ask("/shifts/notes", note="x")["reason"] == "NOT_PERMITTED"
    for login in ("tally_clerk", "situation_centre", "administrator", "agency_user"):
        voice = day.terminal.person(login)
        assert voice.send("GET", "/shifts", params={"book": "OFFICERS"}).status_code == 403
        assert voice.ask("/shifts/notes", book="OFFICERS", note="x")["reason"] == "NOT_PERMITTED"
    assert "grey truck" in str(day.terminal.person("auditor").get("/shifts", book="OFFICERS"))


def test_a_shift_is_handed_over_at_one_screen(day: Day, browser_of: Any) -> None:
    clerk = browser_of("tally_clerk")
    clerk.open("/shift")
    clerk.submit("/shift/notes", note="The scale at dock 1 <sticks>")
    assert "&lt;sticks&gt;" in clerk.html
    clerk.submit("/shift/hand-over")
    clerk.submit("/shift/take-over", login="warehouse_keeper", password="wrong")
    assert "password is wrong" in clerk.verdict()
    clerk.submit("/shift/take-over", login="customs_inspector", password=PASSWORD)
    assert "You may not" in clerk.verdict()
    clerk.submit("/shift/take-over", login="warehouse_keeper", password=PASSWORD, remark="")
    entry = day.terminal.newest()
    assert (entry.type, entry.who) == ("ShiftTakenOver", day.terminal.ids["warehouse_keeper"])
    assert "Taken over" in clerk.html
    for form in ("pdf", "xlsx", "csv"):
        assert clerk.send("GET", f"/shift?book=TERMINAL&form={form}").status_code == 200
    assert browser_of("situation_centre").open("/shift").count("/shift/hand-over") == 0


def test_the_same_note_twice_is_one(day: Day) -> None:
    voice = day.terminal.person("gate_operator")
    body = {"nonce": nonce(), "note": "once"}
    first = voice.send("POST", "/shifts/notes", json=body).json()
    assert voice.send("POST", "/shifts/notes", json=body).json() == {**first}
    assert [note["text"] for note in voice.get("/shifts")["notes"]].count("once") == 1


# --- the search --------------------------------------------------------------------------------------
def test_everything_with_a_number_is_found(day: Day) -> None:
    voice = day.terminal.person("customs_inspector")
    ref, plate, seal = day.gone.ref, day.gone.plate, day.gone.seal
    papers = voice.get(f"/consignments/{ref}")["papers"]
    document = next(one["number"] for one in papers["documents"] if one["type"] == "CMR")
    for text in (
        ref,
        ref.lower(),
        f" {ref} ",
        document,
        day.gone.labels[0],
        f"00{day.gone.labels[0]}",
        day.gone.labels[0][-6:],
    ):
        found = voice.get("/search", q=text)
        assert ref in [one["ref"] for one in found["consignments"]], text
        assert found["behind"] == 0
    for text in (plate, f"{plate[:2]} {plate[2:]}", plate.replace("C", "С"), seal, f"{seal[:2]}-{seal[2:]}"):
        found = voice.get("/search", q=text)
        assert day.gone.visit in [one["visit"] for one in found["visits"]], text
    assert voice.get("/search", q="ab")["too_short"]
    assert voice.get("/search", q="no such thing")["consignments"] == []


def test_names_are_found_in_other_letters(day: Day) -> None:
    day.terminal.announce("NAME-1", 1, consignee="Хайратон Ёрдам жамғармаси")
    day.terminal.announce("NAME-2", 1, consignee="جمعیت هلال احمر بلخ")
    day.terminal.announce("NAME-3", 1, consignee="Oʻzbekiston Qizil Yarim Oy Jamiyati")
    voice = day.terminal.person("document_officer")
    for text, ref in {
        "khayraton": "NAME-1",
        "xayraton yordam": "NAME-1",
        "jamgʻarmasi": "NAME-1",
        "Jamg'arma": "NAME-1",
        "هلال احمر": "NAME-2",
        "helal ahmar balkh": "NAME-2",
        "o'zbekiston": "NAME-3",
        "Ўзбекистон": "NAME-3",
        "O‘zbek": "NAME-3",
    }.items():
        assert ref in [one["ref"] for one in voice.get("/search", q=text)["consignments"]], text


def test_the_search_tells_nobody_what_they_may_not_know(day: Day) -> None:
    a, b = day.terminal.person("agency_user"), day.terminal.person("agency_b")
    assert [one["ref"] for one in b.get("/search", q="REP-2")["consignments"]] == ["REP-2"]
    for text in ("REP-2", day.other[0], "Agency B"):
        found = a.get("/search", q=text)
        assert "REP-2" not in str(found), text
    assert a.get("/search", q=day.gone.plate)["visits"] == []
    admin = day.terminal.person("administrator").get("/search", q=day.gone.plate)
    assert admin["consignments"] == []
    assert admin["visits"]
    assert day.terminal.person("trainer").send("GET", "/search", params={"q": "REP"}).status_code == 403


def test_the_index_makes_itself_anew(day: Day) -> None:
    voice = day.terminal.person("customs_inspector")
    assert voice.get("/search", q="REP-1")["consignments"]
    path = day.terminal.app.state.finder._path
    path.write_bytes(b"no database at all" * 500)
    path.with_name(path.name + "-wal").unlink(missing_ok=True)
    assert voice.get("/search", q="REP-1")["consignments"]


@pytest.mark.parametrize(
    "text", ['"', "' OR 1=1 --", "a\\b*", "NEAR(a b)", "%%%", "___", "(AND)", "\u202e123456", "😀😀😀"]
)
def test_odd_questions_find_nothing_and_break_nothing(day: Day, browser_of: Any, text: str) -> None:
    assert day.terminal.person("auditor").get("/search", q=text)["visits"] == []
    browser_of("auditor").open("/search?q=" + re.sub(r"[%#&+\\]", "", text))


def test_the_box_is_on_every_page(browser_of: Any) -> None:
    for login, path in (("tally_clerk", "/tally"), ("agency_user", "/portal"), ("administrator", "/people")):
        assert 'action="/search"' in browser_of(login).open(path)
    page = browser_of("tally_clerk").open("/search?q=REP-1")
    assert "Consignments" in page
    assert "REP-1" in page

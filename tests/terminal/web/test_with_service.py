"""The pages on a whole terminal: signing in, the gate, holds, papers, people, late scans, and what nobody may see."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from terminal.store import url_of
from terminal.web.context import SAID_COOKIE, local, pack, unpack
from terminal.web.view_models import Answer
from tests.support.app import PASSWORD, SAMPLES, Terminal, Voice, nonce, terminal_at
from tests.support.databases import sqlite_template
from workflows.roles import Role

__all__ = ["sqlite_template"]


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Terminal]:
    """A running terminal for the tests of this module."""
    folder = tmp_path_factory.mktemp("pages")
    shutil.copyfile(sqlite_template, folder / "karvon.sqlite3")
    with terminal_at(url_of(folder / "karvon.sqlite3"), folder) as made:
        yield made


class Browser:
    """Somebody with a browser: keeps cookies, follows redirects, sends the forms of the page that is open."""

    def __init__(self, terminal: Terminal, voice: Voice | None = None) -> None:
        self.terminal = terminal
        self.cookies: dict[str, str] = {}
        self.html = ""
        self.path = "/"
        if voice is not None:
            name, _, value = voice.headers["cookie"].partition("=")
            self.cookies[name] = value

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request, without following."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"accept-language": "en", "cookie": cookie, **more.pop("headers", {})}
        answer = self.terminal.send(method, path, headers=headers, **more)
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.split(";")[0].partition("=")
            if "Max-Age=0" in line or value in ("", '""'):
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    def open(self, path: str, status: int = 200) -> str:
        """Open a page and follow where it leads."""
        answer = self.send("GET", path)
        for _ in range(5):
            if answer.status_code != 303:
                break
            path = answer.headers["location"].removeprefix("http://karvon.test")
            answer = self.send("GET", path)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:300])
        self.html, self.path = answer.text, path
        return self.html

    def submit(self, action: str, status: int = 200, **fields: Any) -> str:
        """Send a form of the open page as a browser would: with its hidden fields."""
        forms = re.findall(r"<form[^>]*>.*?</form>", self.html, re.S)
        form = next(f for f in forms if f'action="{action}"' in f and 'method="post"' in f)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
        files = fields.pop("files", None)
        answer = self.send("POST", action, data={**hidden, **fields}, files=files)
        if answer.status_code == 303:
            return self.open(answer.headers["location"], status)
        assert answer.status_code == status, (answer.status_code, answer.text[:300])
        self.html = answer.text
        return self.html

    def verdict(self) -> str:
        """What the page says about the last form."""
        found = re.search(r'class="(?:title|sentence)">([^<]*)<', self.html)
        return unescape(found[1]) if found else ""


@pytest.fixture
def browser_of(terminal: Terminal) -> Any:
    """A browser for the person of a login."""
    return lambda login: Browser(terminal, terminal.person(login))


# --- getting in --------------------------------------------------------------------------------------
def test_nobody_is_shown_the_way_in_and_back(terminal: Terminal) -> None:
    somebody = Browser(terminal)
    somebody.open("/consignments?show=held")
    assert somebody.path == "/sign-in?next=%2Fconsignments%3Fshow%3Dheld"
    somebody.submit("/sign-in", 401, login="tally_clerk", password="wrong-password")
    assert somebody.verdict() == "User name or password is wrong."
    somebody.submit("/sign-in", login="tally_clerk", password=PASSWORD)
    assert somebody.path == "/consignments?show=held"
    somebody.submit("/sign-out")
    assert somebody.path == "/sign-in"
    somebody.open("/")
    assert somebody.path == "/sign-in"


@pytest.mark.parametrize(
    "evil",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:/x", ""],
)
def test_nobody_is_sent_to_another_host(evil: str) -> None:
    assert local(evil) == "/"
    assert local("/visits?show=left") == "/visits?show=left"


def test_a_form_from_elsewhere_is_refused(terminal: Terminal, browser_of: Any) -> None:
    gate = browser_of("gate_operator")
    gate.open("/gate")
    data = {"plate": "75001AAA", "point": "gate-1"}
    answer = gate.send("POST", "/gate/arrivals", data=data)
    assert answer.status_code == 403
    assert "This form is too old" in answer.text
    assert answer.headers["content-type"].startswith("text/html")
    headers = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    forged = gate.send("POST", "/sign-in", data={"login": "x", "password": "y"}, headers=headers)
    assert forged.status_code == 403


@pytest.mark.parametrize("login", [role.value for role in Role])
def test_every_page_of_a_menu_opens_for_its_reader(login: str, terminal: Terminal, browser_of: Any) -> None:
    reader = browser_of(login)
    if login == Role.TRAINER:
        assert "Not for your role" in reader.open("/", 403)
        return
    reader.open("/")
    for href in set(re.findall(r'<li><a href="(/[^"]*)"', reader.html)):
        reader.open(href)
        assert 'aria-current="page"' in reader.html


def test_pages_of_others_are_closed(browser_of: Any) -> None:
    for login, path in (
        ("gate_operator", "/people"),
        ("gate_operator", "/journal"),
        ("tally_clerk", "/import"),
        ("agency_user", "/visits"),
        ("administrator", "/consignments"),
        ("customs_inspector", "/weighbridge"),
        ("auditor", "/gate"),
        ("tally_clerk", "/review"),
    ):
        assert "Not for your role" in browser_of(login).open(path, 403)


def test_what_is_not_there_is_said_in_the_readers_language(browser_of: Any) -> None:
    clerk = browser_of("tally_clerk")
    clerk.open("/language/ru?next=/visits")
    assert clerk.path == "/visits"
    assert "Здесь этого нет" in clerk.open("/consignments/NO-SUCH", 404)
    assert "Здесь этого нет" in clerk.open("/no/such/page", 404)
    clerk.open("/theme/dark?next=https://evil.example/")
    assert clerk.path == "/"
    assert 'data-theme="dark"' in clerk.html


def test_the_api_still_answers_problems(terminal: Terminal) -> None:
    answer = Browser(terminal).send("GET", "/api/v1/no-such")
    assert answer.headers["content-type"] == "application/problem+json"


# --- the gate ----------------------------------------------------------------------------------------
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


# --- papers and permissions --------------------------------------------------------------------------
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


# --- holds -------------------------------------------------------------------------------------------
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


# --- who sees what -----------------------------------------------------------------------------------
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


# --- people and devices ------------------------------------------------------------------------------
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


# --- late scans and the weighbridge ------------------------------------------------------------------
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


# --- small things ------------------------------------------------------------------------------------
def test_what_was_said_survives_its_cookie_and_nothing_else_does() -> None:
    answer = Answer("refused", "Нет таможенного выпуска." * 20, tuple(f"шаг {n}" for n in range(9)), "75A")
    assert unpack(pack(answer)) == answer
    assert len(pack(answer)) < 3000
    for rubbish in (None, "", "x", "e30=", pack(answer)[:-9], "A" * 5000):
        assert unpack(rubbish) is None or unpack(rubbish) == answer


def test_a_forged_cookie_cannot_bring_markup(browser_of: Any) -> None:
    clerk = browser_of("tally_clerk")
    clerk.cookies[SAID_COOKIE] = pack(Answer("accepted", "<script>alert(1)</script>"))
    page = clerk.open("/visits/new")
    assert "<script>alert(1)" not in page
    assert SAID_COOKIE not in clerk.cookies


def test_the_last_sentence_is_secure_where_the_terminal_is_served_so(
    terminal: Terminal, browser_of: Any
) -> None:
    service, plain = terminal.service, terminal.service.settings
    admin = browser_of("administrator")
    path = f"/people/{terminal.ids['trainer']}"
    admin.open(path)
    hidden = dict(re.findall(r'name="(csrf|nonce)" value="([^"]*)"', admin.html))
    service.settings = replace(plain, server=plain.server.model_copy(update={"tls": True}))
    try:
        said = admin.send("POST", path, data={**hidden, "do": "open"})
    finally:
        service.settings = plain
    (kept,) = (one for one in said.headers.get_list("set-cookie") if one.startswith(SAID_COOKIE))
    assert "; Secure" in kept


def test_a_search_finds_by_label_plate_and_name(terminal: Terminal, browser_of: Any) -> None:
    (label, *_) = terminal.announce("FIND-1")
    clerk = browser_of("tally_clerk")
    assert "FIND-1" in clerk.open(f"/consignments?q={label}")
    assert "FIND-1" in clerk.open(f"/consignments?q=(00){label}")
    assert "FIND-1" in clerk.open("/consignments?q=find")
    assert "Nothing found" in clerk.open(f"/consignments?q={nonce()}")


def test_the_board_counts_what_is_there(terminal: Terminal, browser_of: Any) -> None:
    page = browser_of("situation_centre").open("/")
    with terminal.service.reading() as reader:
        counted = reader.counters("consignment.stage")
    assert re.search(rf'class="figure">{counted["PRE_ADVICE"]}<', page)
    assert re.search(r'hx-get="/board/live"', page)
    assert "Open holds" in browser_of("situation_centre").open("/board/live")

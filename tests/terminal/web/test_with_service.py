"""The pages on a whole terminal: signing in, which pages open for whom, what was said, searching, the board."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from terminal.web.context import SAID_COOKIE, local, pack, unpack
from terminal.web.view_models import Answer
from tests.support.app import PASSWORD, Terminal, nonce
from tests.terminal.web.with_browser import Browser, browser_of, sqlite_template, terminal
from workflows.roles import Role

__all__ = ["browser_of", "sqlite_template", "terminal"]


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


def test_what_was_said_survives_its_cookie_and_nothing_else_does() -> None:
    answer = Answer("refused", "Нет таможенного выпуска." * 20, tuple(f"шаг {n}" for n in range(9)), "75A")
    assert unpack(pack(answer)) == answer
    assert len(pack(answer)) < 3000
    for rubbish in (None, "", "x", "e30=", pack(answer)[:-9], "A" * 5000):
        assert unpack(rubbish) is None or unpack(rubbish) == answer


def test_a_forged_cookie_cannot_bring_markup(browser_of: Any) -> None:
    clerk = browser_of("gate_operator")
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

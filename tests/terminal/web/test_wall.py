"""The wall on a running terminal: what it counts today, who may see it, and that it keeps suspicions to itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from terminal.reports.today import Following
from terminal.store import url_of
from tests.support.app import Terminal, nonce, terminal_at
from workflows.roles import RIGHTS, Right, Role

REF = "WALL-1"


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A terminal with one announced consignment."""
    folder = tmp_path_factory.mktemp("wall")
    with terminal_at(url_of(folder / "karvon.sqlite3"), folder) as made:
        made.announce(REF, 3)
        yield made


def shown(terminal: Terminal, role: str = "situation_centre", path: str = "/wall") -> str:
    answer = terminal.person(role).send("GET", "/" + path)
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


def test_it_is_for_everybody_with_a_board_and_nobody_else(terminal: Terminal) -> None:
    for role in Role:
        for path in ("/wall", "/wall/live"):
            status = terminal.person(role.value).send("GET", "/" + path).status_code
            assert status == (200 if role in RIGHTS[Right.READ_BOARD] else 403), (role, path)
    assert terminal.send("GET", "/wall").headers["location"].startswith("/sign-in")


def test_devices_are_for_those_who_may_see_them(terminal: Terminal) -> None:
    assert 'id="w-devices"' in shown(terminal)
    without = sorted(RIGHTS[Right.READ_BOARD] - RIGHTS[Right.READ_DEVICES])
    assert without
    assert 'id="w-devices"' not in shown(terminal, without[0].value)


def test_the_board_leads_to_it_and_it_leads_to_the_desk(terminal: Terminal) -> None:
    assert 'href="/wall"' in shown(terminal, path="/")
    page = shown(terminal)
    for href in ("/visits", "/holds", "/consignments?stage=DOC_CHECK", "/reports/terminal", "/"):
        assert f'href="{href}"' in page
    assert re.search(r"<(script|style)(?![^>]*(src|href)=)[^>]*>", page) is None
    assert " style=" not in page


def test_a_vehicle_that_comes_is_counted_at_once(terminal: Terminal) -> None:
    follow = Following()
    with terminal.service.reading() as reader:
        before = follow.today(reader, terminal.clock.now)
    gate = terminal.person("gate_operator")
    csrf = dict(gate.headers)["x-csrf-token"]
    form = {"csrf": csrf, "nonce": nonce(), "plate": "75B321CD", "point": "gate-1"}
    assert gate.send("POST", "//gate/arrivals", data=form).status_code == 303
    with terminal.service.reading() as reader:
        after = follow.today(reader, terminal.clock.now)
        anew = Following().today(reader, terminal.clock.now)
    assert after == anew
    assert after.came == before.came + 1
    assert sum(one.came for one in after.slices) == after.came
    assert after.slices[-1].inside == 1
    with terminal.service.reading() as reader:
        tomorrow = follow.today(reader, terminal.clock.now + timedelta(days=1))
    assert (tomorrow.came, tomorrow.left, tomorrow.received_kg) == (0, 0, Decimal(0))


def test_what_somebody_suspects_hangs_on_no_wall(terminal: Terminal) -> None:
    officer = terminal.person("risk_officer")
    before = shown(terminal, "risk_officer")
    told = "told by telephone"
    officer.must("/holds", subject=f"consignment:{REF}", reason="INTELLIGENCE", severity="BLOCK", note=told)
    after = shown(terminal, "risk_officer")

    def figures(page: str) -> str:
        return re.search(r'href="/holds">.*?</a>', page, re.S)[0]  # type: ignore[index]

    assert figures(after) == figures(before)
    assert told not in after
    assert "blocks everything" not in after


def test_a_step_grows_with_the_day(terminal: Terminal) -> None:
    with terminal.service.reading() as reader:
        late = terminal.clock.now.replace(hour=18, minute=30, tzinfo=UTC)
        told = Following().today(reader, late)
    assert isinstance(told.slices[0].at, datetime)
    assert told.minutes in (5, 15, 30, 60)
    assert 12 <= len(told.slices) <= 25


def test_a_display_shows_the_board_and_nothing_else_until_it_is_revoked(terminal: Terminal) -> None:
    admin = terminal.person("administrator")
    asked = {
        "nonce": nonce(),
        "id": "wall-1",
        "name": "Wall",
        "kind": "display",
        "point": "gate-1",
        "steps": ["GATE_IN"],
    }
    code = admin.send("POST", "/devices", json=asked).json()["code"]
    page = terminal.send("GET", f"/enrol/{code}").text
    assert "Show the board on this screen" in page
    assert "badges" not in page
    said = {"origin": "http://karvon.test"}
    answer = terminal.send("POST", f"/enrol/{code}", headers=said, data={"keep": "here"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/wall")
    given = answer.headers["set-cookie"]
    assert all(word in given for word in ("HttpOnly", "Path=/wall", "SameSite=strict", "Max-Age=31536000"))
    name, _, token = given.split(";")[0].partition("=")
    cookie = {"cookie": f"{name}={token}"}

    shown = terminal.send("GET", "/wall", headers=cookie)
    assert shown.status_code == 200
    assert "The terminal now" in shown.text
    assert re.search(r'<a [^>]*href="/(visits|holds|consignments|devices|reports|")', shown.text) is None
    assert 'every 5s"' in shown.text
    assert "Max-Age=31536000" in shown.headers["set-cookie"], "it stays one for another year"
    assert terminal.send("GET", "/wall/live", headers=cookie).status_code == 200
    for path in ("/", "/visits", "/devices"):
        assert terminal.send("GET", path, headers=cookie).headers["location"].startswith("/sign-in")
    bearer = {"authorization": f"Bearer {token}"}
    for path in ("/visits", "/scans?point=gate-1", "/journal"):
        assert terminal.send("GET", f"/api/v1{path}", headers=bearer).status_code == 403, path
    kept = terminal.write(lambda books: books.devices.get("wall-1"))
    assert (kept.steps, kept.scopes) == (frozenset(), frozenset())

    assert admin.send("POST", "/devices/wall-1/revoke", json={}).status_code == 200
    for path in ("/wall", "/wall/live"):
        answer = terminal.send("GET", path, headers=cookie)
        assert answer.status_code in (303, 401), path
        assert "The terminal now" not in answer.text

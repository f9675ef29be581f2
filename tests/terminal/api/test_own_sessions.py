"""Where somebody is signed in: seen and ended by themselves and by an administrator."""

from __future__ import annotations

import pytest

from terminal.sessions import browser_of
from tests.support.app import PASSWORD, Terminal, problem

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0"


def test_a_person_sees_and_ends_their_sessions(terminal: Terminal) -> None:
    login = {"login": "liaison_officer", "password": PASSWORD}
    terminal.nobody().send("POST", "/session", json=login, headers={"user-agent": FIREFOX})
    mine, other = terminal.person("liaison_officer"), terminal.person("liaison_officer")
    stranger = terminal.person("auditor")
    rows = mine.get("/sessions")
    assert len(rows) == 3
    assert [row["mine"] for row in rows].count(True) == 1
    assert {row["browser"] for row in rows} == {"", "Firefox, Windows"}
    (there,) = (row["name"] for row in other.get("/sessions") if row["mine"])
    assert stranger.send("DELETE", f"/sessions/{there}").json() == {"ended": False}
    assert mine.send("DELETE", f"/sessions/{there}").json() == {"ended": True}
    assert terminal.newest().data["action"] == "session_ended"
    problem(other.send("GET", "/session"), 401, "not_signed_in")
    assert mine.send("POST", "/sessions/end-others").json() == {"ended": 1}
    assert len(mine.get("/sessions")) == 1
    stranger.get("/session")


def test_an_administrator_sees_and_ends_them_too(terminal: Terminal) -> None:
    voice, admin = terminal.person("trainer"), terminal.person("administrator")
    path = f"/people/{terminal.ids['trainer']}/sessions"
    assert [row["mine"] for row in admin.get(path)] == [False]
    assert admin.send("DELETE", path).json() == {"ended": 1}
    entry = terminal.newest()
    problem(voice.send("GET", "/session"), 401, "not_signed_in")
    assert (entry.subject, entry.who) == (f"person:{terminal.ids['trainer']}", admin.id)
    own = f"/people/{terminal.ids['administrator']}/sessions"
    admin.send("DELETE", own)
    assert len(admin.get(own)) == 1


def test_a_session_that_has_ended_is_not_shown(terminal: Terminal) -> None:
    old = terminal.person("canine_handler")
    terminal.clock.forward(seconds=terminal.service.idle.total_seconds() + 1)
    assert len(terminal.person("canine_handler").get("/sessions")) == 1
    problem(old.send("GET", "/sessions"), 401, "not_signed_in")


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        (FIREFOX, "Firefox, Windows"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537 Chrome/120 Mobile Safari/537", "Chrome, Android"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120 Safari/537.36 Edg/120.0", "Edge, Windows"),
        ("python-httpx/0.27", "python-httpx"),
        ("<script>", ""),
        ("", ""),
    ],
)
def test_browsers_are_named_in_two_words(agent: str, told: str) -> None:
    assert browser_of(agent) == told

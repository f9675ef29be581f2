"""Badges: with a PIN and on an enrolled station only, under the person's name, and never for an approval."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any

import pytest

from terminal import access, badges
from terminal.api.needs import SESSION_COOKIE
from tests.support.app import PASSWORD, Terminal, Voice, problem

PIN = "8305"


def badge_for(terminal: Terminal, login: str, pin: str = PIN) -> str:
    """A badge that an administrator gave, and the PIN that its person has set."""
    path = f"/people/{terminal.ids[login]}/badge"
    code: str = terminal.person("administrator").send("POST", path, json={}).json()["code"]
    assert terminal.person(login).send("POST", "/session/pin", json={"pin": pin}).json() == {"set": True}
    return code


def work(station: Voice, code: str, pin: str = PIN) -> Any:
    return station.send("POST", "/session/badge", json={"badge": code, "pin": pin})


def voice_of(terminal: Terminal, answer: Any) -> Voice:
    assert answer.status_code == 200, answer.text
    token = SimpleCookie(answer.headers["set-cookie"])[SESSION_COOKIE].value
    return terminal.with_session(token, answer.json()["id"])


def test_what_is_scanned_stands_under_the_name_of_the_badge(terminal: Terminal) -> None:
    (label, *_) = terminal.announce("BADGE-1", 2)
    code, station = badge_for(terminal, "tally_clerk"), terminal.device("badge-station-1")
    voice = voice_of(terminal, work(station, code.lower()))
    visit = terminal.person("gate_operator").must("/visits", plate="75412CBA", carries=["BADGE-1"])
    assert visit["facts"]["visit"]
    told = voice.scan(label, "TALLY")
    entry = terminal.entry(told["event"])
    assert (entry.who, entry.facts["device"]) == (terminal.ids["tally_clerk"], "badge-station-1")
    elsewhere = voice.scan(label, "TALLY", point="gate-1")
    assert (elsewhere["verdict"], elsewhere["reason"]) == ("refused", "NOT_PERMITTED")
    assert code not in str([e.data for e in terminal.journal()])
    with terminal.service.reading() as reader:
        rows = str(reader.connection.all("SELECT * FROM badge")) + str(
            reader.connection.all("SELECT * FROM pin")
        )
    assert code not in rows
    assert PIN not in rows


def test_a_badge_gives_no_approval_and_changes_no_sign_in(terminal: Terminal) -> None:
    code, station = badge_for(terminal, "both"), terminal.device("badge-station-2")
    assert work(station, code).status_code == 403  # an officer's role has no work at stations
    person = terminal.service_person("both")
    clerk = badge_for(terminal, "warehouse_keeper")
    voice = voice_of(terminal, work(station, clerk))
    assert voice.get("/session")["roles"] == ["warehouse_keeper"]
    for path, body in (
        ("/session/pin", {"pin": "7294"}),
        ("/session/factors/totp/begin", {}),
        ("/session/factors/recovery", {}),
        ("/sessions/end-others", {}),
    ):
        problem(voice.send("POST", path, json=body), 403, "not_permitted")
    problem(voice.send("POST", "/session/step-up", json={"password": PASSWORD}), 403, "wrong_password")
    assert person.roles


def test_only_an_enrolled_station_takes_badges(terminal: Terminal) -> None:
    code = badge_for(terminal, "gate_operator")
    problem(work(terminal.nobody(), code), 401, "not_signed_in")
    problem(work(terminal.person("gate_operator"), code), 403, "not_permitted")
    station = terminal.device("badge-station-3")
    voice = voice_of(terminal, work(station, code))
    terminal.person("administrator").send("POST", "/devices/badge-station-3/revoke", json={})
    problem(voice.send("GET", "/session"), 401, "not_signed_in")


def test_the_next_badge_ends_the_work_of_the_one_before(terminal: Terminal) -> None:
    first, second = badge_for(terminal, "tally_clerk"), badge_for(terminal, "warehouse_keeper")
    station, other = terminal.device("badge-station-4"), terminal.device("badge-station-5")
    one, elsewhere = voice_of(terminal, work(station, first)), voice_of(terminal, work(other, first))
    two = voice_of(terminal, work(station, second))
    problem(one.send("GET", "/session"), 401, "not_signed_in")
    assert elsewhere.get("/session")["id"] == terminal.ids["tally_clerk"]
    assert two.get("/session")["id"] == terminal.ids["warehouse_keeper"]
    path = f"/people/{terminal.ids['warehouse_keeper']}/badge"
    assert terminal.person("administrator").send("DELETE", path).json() == {"taken": True}
    problem(two.send("GET", "/session"), 401, "not_signed_in")
    problem(work(station, second), 401, "wrong_badge")


def test_a_station_that_rests_asks_for_the_badge_again(terminal: Terminal) -> None:
    code, station = badge_for(terminal, "tally_clerk"), terminal.device("badge-station-6")
    voice = voice_of(terminal, work(station, code))
    for _ in range(3):
        terminal.clock.forward(minutes=8)
        voice.get("/session")
    terminal.clock.forward(minutes=10)
    problem(voice.send("GET", "/session"), 401, "not_signed_in")


def test_wrong_pins_lock_the_pin_and_not_the_password(terminal: Terminal) -> None:
    code, station = badge_for(terminal, "weighbridge_2"), terminal.device("badge-station-7")
    for _ in range(access.FREE_TRIES):
        problem(work(station, code, "0000"), 401, "wrong_badge")
    problem(work(station, code), 429, "locked")
    login = {"login": "weighbridge_2", "password": PASSWORD}
    assert terminal.nobody().send("POST", "/session", json=login).status_code == 200
    terminal.clock.forward(minutes=1)
    assert work(station, code).status_code == 200
    unknown = work(station, badges.new_code())
    assert problem(unknown, 401, "wrong_badge") == problem(work(station, code, "0000"), 401, "wrong_badge")


def test_a_new_badge_makes_the_old_one_worthless(terminal: Terminal) -> None:
    old, station = badge_for(terminal, "tally_clerk"), terminal.device("badge-station-8")
    new = badge_for(terminal, "tally_clerk", "6194")
    problem(work(station, old, "6194"), 401, "wrong_badge")
    assert work(station, new, "6194").status_code == 200


@pytest.mark.parametrize(
    ("pin", "why"),
    [
        ("123", "pin_digits"),
        ("123456789", "pin_digits"),
        ("12a4", "pin_digits"),
        ("١٢٣٤", "pin_digits"),
        ("1234", "pin_easy"),
        ("9876", "pin_easy"),
        ("0000", "pin_easy"),
        ("1991", "pin_easy"),
        ("2468", "pin_easy"),
        ("8305", None),
    ],
)
def test_easy_pins_are_refused(pin: str, why: str | None) -> None:
    assert badges.unfit_pin(pin) == why

"""Approvals and the end of holds ask who it is once more, over the API as on the pages; a device has no answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from terminal import step_up
from tests.support.app import NOON, PASSWORD, Terminal, Voice, problem, refused


@pytest.fixture(scope="module", autouse=True)
def _known(terminal: Terminal) -> None:
    terminal.announce("STEP-1", 2)


def plain(voice: Voice) -> Voice:
    """The same person, who has not given the password again."""
    headers = {name: value for name, value in voice.headers.items() if name != "x-karvon-step-up"}
    return Voice(voice.terminal, headers, voice.id)


def approval(voice: Voice, **more: Any) -> Any:
    return voice.post("/approvals", consignment="STEP-1", step="CUSTOMS_RELEASE", **more)


def test_an_approval_needs_the_password_or_its_token(terminal: Terminal) -> None:
    customs = plain(terminal.person("customs_inspector"))
    problem(approval(customs), 403, "step_up_needed")
    problem(approval(customs, password="wrong"), 403, "wrong_password")
    entry = terminal.newest()
    assert (entry.type, entry.data["action"]) == ("SecurityEvent", "step_up_failed")
    told = approval(customs, password=PASSWORD).json()
    assert told["verdict"] == "refused"
    assert "DOCUMENTS_INCOMPLETE" in {item["reason"] for item in told["missing"]}
    assert PASSWORD not in str([entry.data for entry in terminal.journal()])

    made = customs.send("POST", "/session/step-up", json={"password": PASSWORD}).json()
    with_token = Voice(terminal, {**customs.headers, "x-karvon-step-up": made["token"]}, customs.id)
    assert approval(with_token).status_code == 200
    other = plain(terminal.person("customs_2"))
    stolen = Voice(terminal, {**other.headers, "x-karvon-step-up": made["token"]}, other.id)
    problem(approval(stolen), 403, "step_up_needed")
    until, _, signature = made["token"].partition(".")
    for bad in ("", ".", f"{int(until) + 600}.{signature}", f"{until}.{'0' * 64}", "٣.x", "1" * 40):
        given = {**customs.headers, "x-karvon-step-up": bad.encode()}
        problem(approval(Voice(terminal, given, customs.id)), 403, "step_up_needed")
    terminal.clock.forward(minutes=5)
    problem(approval(with_token), 403, "step_up_needed")


def test_lifts_and_waivers_ask_too(terminal: Terminal) -> None:
    customs = terminal.person("customs_inspector")
    hold = customs.must("/holds", subject="consignment:STEP-1", reason="SEAL", note="odd")["facts"]["hold"]
    lift = {"outcome": "CLEARED_NO_FINDING", "note": "looked"}
    problem(plain(customs).post(f"/holds/{hold}/lift", **lift), 403, "step_up_needed")
    waive = {"outcome": "CLEARED_WAIVED", "note": "agreed"}
    refused(customs.ask(f"/holds/{hold}/lift", **waive, password=PASSWORD), "EVIDENCE_NEEDED", terminal)
    told = plain(customs).ask(f"/holds/{hold}/lift", **waive, evidence=["letter 12"], password=PASSWORD)
    assert told["verdict"] == "accepted"
    second = terminal.person("customs_2")
    assert second.ask(f"/holds/{hold}/lift", **waive)["verdict"] == "accepted"
    with terminal.service.reading() as reader:
        ended = reader.hold(hold)
    assert ended is not None
    assert (ended.proposed_by, ended.lifted_by) == (customs.id, second.id)
    assert ended.lift_evidence == ("letter 12",)
    one = customs.must("/inspections", subject="consignment:STEP-1", method="VISUAL", why="lane")
    path = f"/inspections/{one['facts']['inspection']}/waive"
    problem(plain(customs).post(path, reason="dark"), 403, "step_up_needed")


def test_who_may_not_anyway_is_told_so_and_kept(terminal: Terminal) -> None:
    refused(approval(plain(terminal.person("gate_operator"))).json(), "NOT_PERMITTED", terminal)
    device = terminal.device("step-1", steps=("TALLY", "LOAD", "GATE_OUT"))
    refused(approval(device).json(), "NOT_PERMITTED", terminal)
    refused(approval(device, password=PASSWORD).json(), "NOT_PERMITTED", terminal)
    made = device.send("POST", "/session/step-up", json={"password": PASSWORD})
    assert made.status_code == 403


def test_guessing_is_locked_as_at_the_sign_in(terminal: Terminal) -> None:
    person = plain(terminal.person("sanctions_officer"))
    for _ in range(5):
        wrong = person.send("POST", "/session/step-up", json={"password": "guess"})
    problem(wrong, 429, "locked")
    locked = person.send("POST", "/session/step-up", json={"password": PASSWORD})
    problem(locked, 429, "locked")
    assert int(locked.headers["retry-after"]) > 0
    login = {"login": "sanctions_officer", "password": PASSWORD}
    assert terminal.nobody().send("POST", "/session", json=login).status_code == 429
    terminal.clock.forward(minutes=20)
    assert person.send("POST", "/session/step-up", json={"password": PASSWORD}).status_code == 200


def test_a_token_is_of_one_session_and_of_its_time() -> None:
    now = NOON
    made = step_up.token(b"k", b"session", now + step_up.LIFETIME)
    assert step_up.proves(b"k", b"session", made, now)
    assert not step_up.proves(b"k", b"another", made, now)
    assert not step_up.proves(b"other", b"session", made, now)
    assert not step_up.proves(b"k", b"session", made, now + timedelta(minutes=5))
    assert not step_up.proves(b"k", b"session", None, now)

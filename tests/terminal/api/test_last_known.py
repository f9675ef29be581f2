"""What a station may know without a connection: its step's units, holds as yes or no, and never a word of risk."""

from __future__ import annotations

import json

import httpx
import pytest

from terminal.cases import last_known
from terminal.web.badges import STATION_COOKIE
from tests.support.app import Terminal, Voice, problem
from workflows.stages import Stage


def asked(voice: Voice, step: str = "TALLY", **headers: str) -> httpx.Response:
    return voice.send("GET", "/stations/known", params={"step": step}, headers={**voice.headers, **headers})


def things(answer: httpx.Response) -> dict[str, tuple[str, bool]]:
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["complete"] is True
    return {name: (state, held) for name, state, held in told["things"]}


def test_units_are_known_with_their_state_and_whether_a_hold_is_open(terminal: Terminal) -> None:
    plain, held = terminal.announce("KNOWN-1", 2), terminal.announce("KNOWN-2", 1)
    customs = terminal.person("customs_inspector")
    customs.must("/holds", subject="consignment:KNOWN-2", reason="SANCTIONS", note="MARROON")
    answer = asked(terminal.device("known-1"))
    told = things(answer)
    assert told[plain[0]] == ("open", False)
    assert told[held[0]] == ("open", True)
    text = answer.text
    assert "MARROON" not in text
    assert "SANCTIONS" not in text
    assert set(json.loads(text)) == {"step", "at", "complete", "things", "seed"}


def test_another_step_comes_first(terminal: Terminal) -> None:
    (label, *_) = terminal.announce("KNOWN-3", 1)
    station = terminal.device("known-2", "dock-1", ("LOAD",))
    assert things(asked(station, "LOAD"))[label] == ("other", False)


def test_a_gate_knows_plates(terminal: Terminal) -> None:
    terminal.announce("KNOWN-4", 1)
    gate = terminal.person("gate_operator")
    gate.must("/visits", plate="75 414 KNA", carries=["KNOWN-4"])
    station = terminal.device("known-3", "gate-1", ("GATE_IN", "GATE_OUT"))
    assert things(asked(station, "GATE_IN"))["75414KNA"] == ("open", False)


def test_nothing_is_sent_twice_for_nothing(terminal: Terminal) -> None:
    terminal.announce("KNOWN-5", 1)
    station = terminal.device("known-4")
    tag = asked(station).headers["etag"]
    again = asked(station, **{"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    terminal.announce("KNOWN-6", 1)
    assert asked(station, **{"If-None-Match": tag}).status_code == 200


def test_only_what_is_of_the_station_s_own_steps(terminal: Terminal) -> None:
    station = terminal.device("known-5")
    problem(asked(station, "LOAD"), 403, "not_permitted")
    problem(asked(terminal.device("known-6", None, ("WEIGH_IN",)), "WEIGH_IN"), 403, "not_permitted")
    problem(asked(terminal.nobody()), 401, "not_signed_in")


def test_a_person_hears_it_in_a_browser_that_is_a_station_until_it_is_revoked(terminal: Terminal) -> None:
    (label, *_) = terminal.announce("KNOWN-7", 1)
    station = terminal.device("known-7")
    token = station.headers["authorization"].partition(" ")[2]
    clerk = terminal.person("tally_clerk")
    problem(asked(clerk), 403, "not_permitted")
    both = f"{clerk.headers['cookie']}; {STATION_COOKIE}={token}"
    answer = asked(clerk, cookie=both)
    assert label in things(answer)
    assert answer.json()["seed"] == asked(station).json()["seed"]
    assert token not in answer.text
    gate = terminal.person("gate_operator")
    problem(asked(gate, cookie=f"{gate.headers['cookie']}; {STATION_COOKIE}={token}"), 403, "not_permitted")
    terminal.person("administrator").send("POST", "/devices/known-7/revoke", json={})
    problem(asked(clerk, cookie=both), 403, "not_permitted")


@pytest.mark.parametrize("step", [Stage.TALLY, Stage.GATE_IN])
def test_more_than_a_device_takes_is_said(terminal: Terminal, step: Stage) -> None:
    terminal.announce(f"KNOWN-8-{step.value}", 3)
    for plate in ("75 415 KNA", "75 416 KNA"):
        terminal.person("gate_operator").ask("/visits", plate=plate)
    with terminal.service.reading() as reader:
        found = last_known.at_step(reader, step, most=1)
    assert (len(found.things), found.complete) == (1, False)

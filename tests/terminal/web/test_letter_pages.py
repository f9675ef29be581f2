"""Complaints, messages, alarms and the minutes of an inspection, on the pages of a whole terminal."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest

from tests.support.app import Terminal, nonce, problem
from tests.terminal.web.with_browser import browser_of, sqlite_template, terminal
from workflows.inspection_state import Inspection

__all__ = ["browser_of", "sqlite_template", "terminal"]
MINUTES = "Minutes are a whole number from 1 to 1440."


def ordered(terminal: Terminal, ref: str, method: str) -> str:
    """An order for an inspection of a consignment that is announced for it."""
    terminal.announce(ref)
    order = {"subject": f"consignment:{ref}", "method": method, "why": "the lane"}
    told = terminal.person("customs_inspector").must("/inspections", **order)
    return str(told["facts"]["inspection"])


def stored(terminal: Terminal, identity: str) -> Inspection:
    """The inspection as it stands in the books."""
    with terminal.service.reading() as reader:
        found = reader.inspecting.inspection(identity)
    assert found is not None
    return found


@pytest.mark.parametrize("typed", ["0", "1441", "12,5", "-3", "ten", "1e2", "²"])
def test_minutes_that_are_none_are_refused_in_words(terminal: Terminal, browser_of: Any, typed: str) -> None:
    identity = ordered(terminal, f"MIN-{nonce()[-6:]}", "VISUAL")
    customs = browser_of("customs_inspector")
    customs.open(f"/inspections/{identity}")
    customs.submit(f"/inspections/{identity}/result", result="NO_FINDING", minutes=typed)
    assert MINUTES in customs.html
    assert stored(terminal, identity).result is None  # nothing was recorded


@pytest.mark.parametrize(("typed", "minutes"), [("25", 25), (" 7 ", 7), ("۱۲", 12), ("", 1)])
def test_minutes_as_people_type_them(terminal: Terminal, browser_of: Any, typed: str, minutes: int) -> None:
    identity = ordered(terminal, f"MIN-{nonce()[-6:]}", "VISUAL")
    customs = browser_of("customs_inspector")
    customs.open(f"/inspections/{identity}")
    customs.submit(f"/inspections/{identity}/result", result="NO_FINDING", minutes=typed)
    assert stored(terminal, identity).minutes == minutes


def test_a_drug_test_keeps_its_colour_the_second_test_and_the_laboratory(
    terminal: Terminal, browser_of: Any
) -> None:
    identity = ordered(terminal, "KIT-1", "DRUG_TEST_KIT")
    kit = {"id": "kit-7", "kind": "DRUG_TEST_KIT", "name": "Kit", "place": "dock 4", "kit_lot": "L-441"}
    terminal.person("customs_inspector").must("/equipment", **kit, expires="2027-01-31")
    customs = browser_of("customs_inspector")
    customs.open(f"/inspections/{identity}")
    told = {
        "substance": "heroin",
        "colour": "violet",
        "second_test": "other kit: yes",
        "laboratory": "L-5, no. 12",
    }
    result = {"result": "INDICATION", "note": "white powder", "equipment": "kit-7"}
    customs.submit(f"/inspections/{identity}/result", **result, **told)
    found = stored(terminal, identity)
    assert (dict(found.details), found.kit_lot) == (told, "L-441")
    for value in told.values():
        assert value in customs.html


def test_a_driver_complains_and_is_answered(terminal: Terminal, browser_of: Any) -> None:
    identity = ordered(terminal, "CPL-1", "VISUAL")
    desk, customs, second = (
        browser_of(who) for who in ("document_officer", "customs_inspector", "customs_2")
    )
    desk.open("/consignments/CPL-1")
    assert "/complaints/new?subject=consignment%3ACPL-1" in desk.html
    desk.open(f"/complaints/new?subject=consignment:CPL-1&inspection={identity}")
    said = {"cause": "INSPECTION", "text": "Every carton was opened.", "complainant": "Karim, driver"}
    desk.submit("/complaints", **said)
    ref = desk.path.rpartition("/")[2]
    assert ref.startswith("CP-2026-")
    assert "Every carton was opened." in desk.html
    customs.open(f"/complaints/{ref}")
    assert "Somebody else answers it." in customs.html
    assert f"/complaints/{ref}/answer" not in customs.html
    second.open(f"/complaints/{ref}")
    second.submit(f"/complaints/{ref}/take")
    second.submit(f"/complaints/{ref}/answer", finding="UPHELD", text="One carton was enough.")
    assert "One carton was enough." in second.html
    assert ref not in desk.open("/complaints")
    assert ref in desk.open("/complaints?show=all")
    desk.open(f"/complaints/{ref}")
    desk.submit(f"/complaints/{ref}/reopen", why="Two cartons are spoilt.")
    assert ref in desk.open("/complaints")
    desk.open("/complaints/new")
    desk.submit("/complaints", what="no-such", **said)
    assert desk.path == "/complaints/new"
    assert desk.verdict() == "Nothing is known by this name."


def test_a_message_is_opened_before_it_is_read(terminal: Terminal, browser_of: Any) -> None:
    terminal.announce("MSG-1")
    customs, blo = browser_of("customs_inspector"), browser_of("liaison_officer")
    customs.open("/messages/new")
    words = {
        "title": "A truck",
        "text": "Look behind the tank.",
        "about": "msg-1",
        "handling": "LAW_ENFORCEMENT",
    }
    customs.submit("/messages", **words)
    no = customs.path.rpartition("/")[2]
    assert "nobody yet" in customs.html
    assert "1 message waits to be opened." in blo.open("/messages")
    assert "Look behind the tank." not in blo.open(f"/messages/{no}")
    blo.submit(f"/messages/{no}/read")
    assert "Look behind the tank." in blo.html
    assert "/consignments/MSG-1" in blo.html
    assert "nobody yet" not in customs.open(f"/messages/{no}")
    blo.open(f"/messages/new?answers={no}")
    blo.submit("/messages", title="Thank you", text="We look.", handling="LAW_ENFORCEMENT", answers=no)
    assert f"/messages/{no}" in blo.html


def test_what_came_of_an_alarm_is_said_on_its_page(terminal: Terminal, browser_of: Any) -> None:
    identity = ordered(terminal, "ALM-1", "SEAL_CHECK")
    border, customs = browser_of("border_officer"), browser_of("customs_inspector")
    border.open(f"/inspections/{identity}")
    border.submit(f"/inspections/{identity}/result", result="ANOMALY", note="scratched", minutes="5")
    assert f"/inspections/{identity}/confirm" not in border.html  # whoever raised it
    customs.open(f"/inspections/{identity}")
    customs.submit(f"/inspections/{identity}/confirm", confirmed="no", note="the seal is whole")
    assert "nothing was there" in customs.html
    assert stored(terminal, identity).confirmed is False


def test_the_target_of_an_inspection_is_the_one_in_force(terminal: Terminal, browser_of: Any) -> None:
    identity = ordered(terminal, "LATE-1", "VISUAL")
    customs, admin = terminal.person("customs_inspector"), terminal.person("administrator")
    terminal.clock.forward(minutes=100)
    assert not customs.get(f"/inspections/{identity}")["late"]
    text = files("workflows").joinpath("data/tolerances.json").read_text(encoding="utf-8")
    table = json.loads(text)
    table["dwell_targets_minutes"]["INSPECT"] = 90
    sent = admin.send(
        "POST",
        "/data",
        files={"files": ("tolerances.json", json.dumps(table).encode())},
        data={"nonce": nonce(), "note": "a shorter target"},
    )
    assert sent.json()["verdict"] == "accepted", sent.text
    assert customs.get(f"/inspections/{identity}")["late"]


@pytest.mark.parametrize(
    ("body", "line", "column"),
    [
        (b"", 1, 1),
        (b'{"nonce": "12345678",\n  "note": }', 2, 11),
        (b"not json", 1, 1),
        (b'{"a": 1} x', 1, 10),
    ],
)
def test_a_body_that_is_no_json_is_told_where(
    terminal: Terminal, body: bytes, line: int, column: int
) -> None:
    officer = terminal.person("document_officer")
    headers = {"content-type": "application/json"}
    told = problem(
        officer.send("POST", "/shifts/notes", content=body, headers=headers), 422, "invalid_request"
    )
    if body:
        assert (told["line"], told["column"]) == (line, column), told
        assert f"line {line}, column {column}" in told["detail"]
        assert "Nothing was recorded" in told["detail"]


def test_a_body_that_is_no_text_is_said_so(terminal: Terminal) -> None:
    officer = terminal.person("document_officer")
    headers = {"content-type": "application/json"}
    answer = officer.send("POST", "/shifts/notes", content=b'{"nonce": "\xff\xfe"}', headers=headers)
    told = problem(answer, 400, "bad_request")
    assert "UTF-8" in told["detail"]

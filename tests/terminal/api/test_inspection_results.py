"""An X-ray system posts what its operator saw: one order is settled or alarmed, everything else waits for people."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from devices.readings import EventReading, to_dict
from terminal.cases import consignments
from tests.support.app import Terminal, nonce, problem
from workflows.roles import Actor, Role

RESULT: dict[str, Any] = {
    "system": "gantry-1",
    "operator": "op-7",
    "verdict": "clear",
    "started_at": "2026-11-16T06:50:00Z",
    "finished_at": "2026-11-16T06:58:00Z",
}


def told(**more: Any) -> bytes:
    return json.dumps({**RESULT, **more}).encode()


def test_results_reach_their_order_or_the_review_desk(terminal: Terminal) -> None:
    for ref in ("XRY-1", "XRY-2"):
        terminal.announce(ref, 2)
    customs = terminal.person("customs_inspector")
    ordered = {}
    for ref in ("XRY-1", "XRY-2"):
        told_ = customs.must("/inspections", subject=f"consignment:{ref}", method="XRAY_CARGO", why="profile")
        ordered[ref] = told_["facts"]["inspection"]
    machine = terminal.device("xray-1", "inspection-1", ("INSPECT",))

    clear = machine.send("POST", "/inspection-results", content=told(scan_id="S-1", consignment="XRY-1"))
    assert clear.json()["verdict"] == "accepted", clear.text
    again = machine.send("POST", "/inspection-results", content=told(scan_id="S-1", consignment="XRY-1"))
    assert again.json() == clear.json()
    shown = customs.get(f"/inspections/{ordered['XRY-1']}")
    assert (shown["open"], shown["result"], shown["details"]["scan_id"]) == (True, "NO_FINDING", "S-1")
    look = {"agrees": True}  # a machine's all-clear alone releases nothing
    terminal.person("xray_operator").must(f"/inspections/{ordered['XRY-1']}/second-look", **look)
    assert customs.get(f"/inspections/{ordered['XRY-1']}")["open"] is False

    bad = told(scan_id="S-2", consignment="XRY-2", verdict="suspicious", remarks="dense place behind row 3")
    assert machine.send("POST", "/inspection-results", content=bad).json()["verdict"] == "accepted"
    assert customs.get(f"/inspections/{ordered['XRY-2']}")["result"] == "ANOMALY"
    assert any(hold["subject"] == "consignment:XRY-2" for hold in customs.get("/consignments/XRY-2")["holds"])

    for lost in (told(scan_id="S-3", consignment="NOBODY"), told(scan_id="S-4", container="MSKU1234565")):
        answer = machine.send("POST", "/inspection-results", content=lost).json()
        assert answer["verdict"] == "attention", answer
        entry = terminal.entry(answer["event"])
        assert (entry.type, entry.data["why"]) == ("ScanSetAside", "inspection_result")
        assert entry.data["other"]["why"] == "nothing_under_way"


def order(terminal: Terminal, ref: str) -> str:
    told_ = terminal.person("customs_inspector").must(
        "/inspections", subject=f"consignment:{ref}", method="XRAY_CARGO", why="profile"
    )
    identity: str = told_["facts"]["inspection"]
    return identity


def test_a_container_a_plate_or_a_wagon_means_the_one_consignment_under_way_in_it(terminal: Terminal) -> None:
    machine = terminal.device("xray-2", "inspection-1", ("INSPECT",))
    customs = terminal.person("customs_inspector")

    def post(**more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = machine.send("POST", "/inspection-results", content=told(**more)).json()
        return answer

    terminal.announce("BOX-1", 1, container="TEMU 305438-0")
    ordered = order(terminal, "BOX-1")
    assert post(scan_id="B-1", container="TEMU3054380")["verdict"] == "accepted"
    assert customs.get(f"/inspections/{ordered}")["result"] == "NO_FINDING"
    # settled: another scan of it was not ordered
    aside = post(scan_id="B-2", container="TEMU3054380")
    assert (aside["verdict"], aside["facts"]["why"]) == ("attention", "not_ordered")
    assert aside["subject"] == "consignment:BOX-1"
    # a second consignment in the same box: nobody can tell whose scan it is
    terminal.announce("BOX-2", 1, container="TEMU3054380")
    order(terminal, "BOX-2")
    aside = post(scan_id="B-3", container="TEMU3054380")
    assert (aside["verdict"], aside["facts"]["why"]) == ("attention", "several_consignments")
    assert sorted(aside["facts"]["consignments"]) == ["BOX-1", "BOX-2"]
    page = terminal.person("document_officer").send("GET", "//review").text
    assert "Several consignments are under way" in page
    assert "BOX-1" in page

    terminal.announce("TRUCK-1", 1)
    desk = terminal.person("document_officer")
    visit = desk.must("/visits", plate="75 412 CBA", carries=["TRUCK-1"])["facts"]["visit"]
    ordered = order(terminal, "TRUCK-1")
    assert post(scan_id="T-1", plate="75412CBA")["verdict"] == "accepted"
    assert customs.get(f"/inspections/{ordered}")["result"] == "NO_FINDING"
    gate = terminal.person("gate_operator")
    gate.ask(f"/visits/{visit}/steps", step="GATE_IN", plate="75412CBA", point="gate-1")
    told_ = customs.must("/inspections", subject=f"visit:{visit}", method="XRAY_CARGO", why="whole truck")
    assert post(scan_id="T-2", plate="75-412 CBA")["verdict"] == "accepted"
    assert customs.get(f"/inspections/{told_['facts']['inspection']}")["result"] == "NO_FINDING"

    papers = terminal.papers("RAIL-1", 2)
    papers = replace(papers, lines=tuple(replace(line, wagon="52031234") for line in papers.lines))
    asked = terminal.service.request(Actor("test", frozenset({Role.DOCUMENT_OFFICER})), nonce(), {})
    judge = terminal.service.judge
    terminal.write(lambda books: consignments.announce(books, papers, asked, judge, "test"))
    ordered = order(terminal, "RAIL-1")
    assert post(scan_id="W-1", wagon="5203 1234")["verdict"] == "accepted"
    assert customs.get(f"/inspections/{ordered}")["result"] == "NO_FINDING"
    assert post(scan_id="W-2", wagon="99999999")["facts"]["why"] == "nothing_under_way"


def test_who_may_not_and_what_cannot_be_read(terminal: Terminal) -> None:
    data = told(scan_id="S-9", consignment="XRY-1")
    problem(terminal.nobody().send("POST", "/inspection-results", content=data), 401, "not_signed_in")
    person = terminal.person("customs_inspector").send("POST", "/inspection-results", content=data)
    problem(person, 403, "not_permitted")
    machine = terminal.device(f"xray-{nonce()[-6:]}", "inspection-1", ("INSPECT",))
    for odd in (b"clear", told(scan_id="S-9"), told(scan_id="S-9", consignment="X", verdict="fine")):
        problem(machine.send("POST", "/inspection-results", content=odd), 422, "invalid_request")


def test_a_result_that_comes_through_a_gateway_reaches_its_order_too(terminal: Terminal) -> None:
    terminal.announce("XRY-7", 1)
    customs = terminal.person("customs_inspector")
    order = customs.must("/inspections", subject="consignment:XRY-7", method="XRAY_CARGO", why="profile")
    data = told(scan_id="S-7", consignment="XRY-7")
    reading = EventReading(
        id=nonce(),
        device="xray-7",
        point="inspection-1",
        at=terminal.clock.now,
        protocol="nii",
        kind="inspection",
        fields={},
        raw=data,
    )
    gateway = terminal.device("gate-7", None, ("INSPECT",))
    for _ in range(2):
        answer = gateway.send("POST", "/devices/xray-7/readings", json=[to_dict(reading)]).json()
        assert [one["verdict"] for one in answer] == ["accepted"], answer
    assert customs.get(f"/inspections/{order['facts']['inspection']}")["result"] == "NO_FINDING"

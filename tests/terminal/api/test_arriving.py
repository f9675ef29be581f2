"""Arriving: vehicles without notice, anti-passback both ways, docks and the queue."""

from __future__ import annotations

from tests.support.app import Terminal, refused
from tests.terminal.api.test_announcing import submitted


def test_a_truck_nobody_announced_is_inside_and_waits_for_a_word(terminal: Terminal) -> None:
    gate, desk = terminal.person("gate_operator"), terminal.person("document_officer")
    ref = submitted(terminal.person("agency_user"), "75 412 CBA")["facts"]["consignment"]
    told = gate.must("/visits/arrivals", plate="75 413 CBA", point="gate-1")
    visit = told["facts"]["visit"]
    (one,) = [one for one in gate.get("/visits/trouble") if one["id"] == visit]
    assert one["maybe"][0]["plate"] == "75412CBA"  # one sign differs: the likeliest comes first
    tally = terminal.person("tally_clerk")
    refused(tally.ask(f"/visits/{visit}/steps", step="UNLOAD"), "NOT_MATCHED", terminal)
    refused(gate.ask(f"/visits/{visit}/match", consignments=[ref]), "NOT_PERMITTED", terminal)
    refused(desk.ask(f"/visits/{visit}/match", consignments=["NO-SUCH"]), "NOT_FOUND", terminal)
    expected = one["maybe"][0]["id"]
    desk.must(f"/visits/{visit}/match", expected=expected)
    assert desk.ask(f"/visits/{visit}/match", expected=expected)["verdict"] == "already_done"
    found = gate.get(f"/visits/{visit}")
    assert (found["carries"], found["matched"]) == ([ref], True)
    assert gate.get(f"/visits/{expected}")["called_off"] is True
    assert desk.get(f"/consignments/{ref}")["stage"] == "GATE_IN"
    assert visit not in [one["id"] for one in gate.get("/visits/trouble")]


def test_it_brings_a_consignment_opened_later_or_came_to_load(terminal: Terminal) -> None:
    gate, desk = terminal.person("gate_operator"), terminal.person("document_officer")
    visit = gate.must("/visits/arrivals", plate="60 111 BBB", point="gate-1")["facts"]["visit"]
    terminal.announce("LATE-PAPERS")
    desk.must(f"/visits/{visit}/match", consignments=["late-papers"])
    assert gate.get(f"/visits/{visit}")["brought"] == ["LATE-PAPERS"]
    empty = gate.must("/visits/arrivals", plate="60 222 BBB", point="gate-1")["facts"]["visit"]
    desk.must(f"/visits/{empty}/match")
    known = gate.must("/visits/arrivals", plate="60 333 BBB", point="gate-1", empty=True)["facts"]["visit"]
    assert {empty, known}.isdisjoint(one["id"] for one in gate.get("/visits/trouble"))
    refused(desk.ask(f"/visits/{known}/match", consignments=["LATE-PAPERS"]), "WRONG_STAGE", terminal)


def test_a_vehicle_that_is_inside_does_not_come_in_again_by_any_way(terminal: Terminal) -> None:
    gate = terminal.person("gate_operator")
    visit = gate.must("/visits/arrivals", plate="60 444 BBB", point="gate-1")["facts"]["visit"]
    length = len(terminal.journal())
    told = gate.ask("/visits/arrivals", plate="60 444 bbb", point="gate-2")
    first = refused(told, "ALREADY_INSIDE", terminal)
    assert first["facts"]["visit"] == visit
    assert len(terminal.journal()) == length + 1  # the refusal, and no stray visit
    other = gate.must("/visits", plate="60 444 BBB")["facts"]["visit"]
    refused(
        gate.ask(f"/visits/{other}/steps", step="GATE_IN", plate="60 444 BBB", point="gate-1"),
        "ALREADY_INSIDE",
        terminal,
    )
    again = {"step": "GATE_IN", "plate": "60 444 BBB", "point": "gate-1"}
    assert gate.ask(f"/visits/{visit}/steps", **again)["verdict"] == "already_done"  # pressed twice
    terminal.clock.forward(minutes=11)
    refused(gate.ask(f"/visits/{visit}/steps", **again), "ALREADY_INSIDE", terminal)


def test_a_vehicle_that_is_not_inside_does_not_leave(terminal: Terminal) -> None:
    gate, weigh = terminal.person("gate_operator"), terminal.person("weighbridge_operator")
    visit = gate.must("/visits", plate="60 555 BBB")["facts"]["visit"]
    out = {"step": "GATE_OUT", "plate": "60 555 BBB", "point": "gate-1"}
    told = gate.ask(f"/visits/{visit}/steps", **out)
    refused(told, "NOT_INSIDE", terminal)
    assert "let it in first" in " ".join(told["next"])
    gate.must(f"/visits/{visit}/steps", step="GATE_IN", plate="60 555 BBB", point="gate-1")
    for step in ("WEIGH_IN", "WEIGH_OUT"):
        weigh.must(
            "/weighings",
            visit=visit,
            step=step,
            point="weighbridge-1",
            typed_kg="8000",
            confirmed_by="weighbridge_2",
            confirm_password="saksovul-2026",
            note="the scale is being repaired",
        )
    gate.must(f"/visits/{visit}/steps", **out)
    assert gate.ask(f"/visits/{visit}/steps", **out)["verdict"] == "already_done"
    terminal.clock.forward(minutes=11)
    refused(gate.ask(f"/visits/{visit}/steps", **out), "NOT_INSIDE", terminal)


def test_an_announced_plate_at_the_window_for_strangers_enters_as_announced(terminal: Terminal) -> None:
    gate = terminal.person("gate_operator")
    visit = gate.must("/visits", plate="60 666 BBB")["facts"]["visit"]
    told = gate.must("/visits/arrivals", plate="60 666 BBB", point="gate-1")
    assert told["facts"]["visit"] == visit
    assert gate.get(f"/visits/{visit}")["unannounced"] is False


def test_vehicles_are_spread_over_the_docks_and_the_urgent_go_first(terminal: Terminal) -> None:
    gate, agency = terminal.person("gate_operator"), terminal.person("agency_user")
    terminal.person("administrator").must("/organisations", name="Agency A", kind="UN")
    terminal.person("release_officer").must("/needs", goods_types=["SHELTER"], why="earthquake")
    docks = []
    for number in range(4):
        told = gate.must("/visits/arrivals", plate=f"60 70{number} BBB", point="gate-1", empty=True)
        docks.append(gate.get(f"/visits/{told['facts']['visit']}")["dock"])
        terminal.clock.forward(minutes=1)
    assert len(set(docks)) > 1
    ref = submitted(agency, "60 799 BBB")["facts"]["consignment"]
    urgent = agency.get(f"/portal/consignments/{ref}")["vehicles"][0]["visit"]
    gate.must(f"/visits/{urgent}/steps", step="GATE_IN", plate="60 799 BBB", point="gate-1")
    mine = gate.get(f"/visits/{urgent}")["dock"]
    (dock,) = [one for one in gate.get("/workload")["docks"] if one["dock"] == mine]
    assert dock["waiting"][0]["id"] == urgent
    assert dock["waiting"][0]["priority"] == "NEEDED"

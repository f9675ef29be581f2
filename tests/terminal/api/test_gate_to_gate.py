"""A truck from pre-advice to the far side, asked for over the API alone, on both databases."""

from __future__ import annotations

from typing import Any

from tests.support.app import PASSWORD, Terminal, refused
from workflows.stages import Stage

REF, PLATE, SEAL = "GTG-1", "75412CBA", "UZ0550101"


class Day:
    """One truck; what each person asks on it."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.labels = terminal.announce(REF, 3)
        self.people = {
            login: terminal.person(login)
            for login in (
                "gate_operator",
                "weighbridge_operator",
                "document_officer",
                "customs_inspector",
                "tally_clerk",
                "warehouse_keeper",
                "release_officer",
                "border_officer",
            )
        }
        new = {"plate": "75 412 CBA", "trailer": "75 4410 AB", "carries": [REF]}
        self.visit = self.people["gate_operator"].must("/visits", **new)["facts"]["visit"]

    def step(self, who: str, step: str, **more: Any) -> dict[str, Any]:
        return self.people[who].ask(f"/visits/{self.visit}/steps", step=step, **more)

    def weigh(self, kg: str, step: str = "WEIGH_IN") -> dict[str, Any]:
        return self.people["weighbridge_operator"].ask(
            "/weighings",
            point="weighbridge-1",
            visit=self.visit,
            step=step,
            typed_kg=kg,
            confirmed_by="weighbridge_2",
            confirm_password=PASSWORD,
            note="the cable is cut",
        )

    def approve(self, who: str, step: str, note: str = "") -> dict[str, Any]:
        return self.people[who].ask("/approvals", consignment=REF, step=step, note=note)

    def inspect(self) -> None:
        """Look inside the goods, as the red lane asks before anything leaves."""
        customs = self.people["customs_inspector"]
        about = {"subject": f"consignment:{REF}", "method": "VISUAL", "why": "red lane"}
        order = customs.must("/inspections", **about)["facts"]["inspection"]
        customs.must(f"/inspections/{order}/start")
        customs.must(f"/inspections/{order}/result", result="NO_FINDING", minutes=20)

    def stages(self) -> tuple[str, dict[str, int]]:
        told = self.people["document_officer"].get(f"/consignments/{REF}")
        return told["stage"], told["units_by_stage"]


def ok(told: dict[str, Any]) -> None:
    assert told["verdict"] == "accepted", told


def test_a_truck_goes_from_gate_to_gate(any_terminal: Terminal) -> None:
    terminal = any_terminal
    day = Day(terminal)
    seals = [{"number": "UZ-055 0101"}]
    refused(day.step("gate_operator", "GATE_OUT", plate=PLATE), "NOT_INSIDE", terminal)
    refused(day.step("gate_operator", "GATE_IN", point="gate-1"), "INVALID", terminal)
    ok(day.step("gate_operator", "GATE_IN", point="gate-1", plate="75 412 cba", seals=seals))
    again = day.step("gate_operator", "GATE_IN", point="gate-1", plate=PLATE, seals=seals)
    assert again["verdict"] == "already_done"
    ok(day.weigh("17660"))
    refused(day.step("tally_clerk", "UNLOAD", point="tally-1"), "WRONG_STAGE", terminal)
    ok(day.approve("document_officer", "DOC_CHECK"))
    paper = {"type": "AF_EXEMPTION", "number": "MF-0412/1405", "issued": "2026-11-05"}
    officer = day.people["document_officer"]
    checked = {**paper, "valid_until": "2027-02-05", "verified": True, "note": "seen"}
    ok(officer.ask(f"/consignments/{REF}/documents", **checked))
    assert day.approve("document_officer", "DOC_CHECK")["verdict"] == "already_done"
    ok(day.approve("customs_inspector", "RISK"))
    ok(day.step("tally_clerk", "UNLOAD", point="tally-1"))
    for label in day.labels:
        ok(day.people["tally_clerk"].scan(label, "TALLY"))
    ok(day.step("tally_clerk", "UNLOAD", note="empty"))
    ok(day.weigh("15420"))

    day.inspect()

    # Nothing is loaded before two different people have released it.
    told = day.people["tally_clerk"].scan(day.labels[0], "LOAD", "load-1")
    refused(told, "NO_CUSTOMS_RELEASE", terminal)
    ok(day.approve("customs_inspector", "CUSTOMS_RELEASE"))
    told = terminal.person("customs_inspector").ask("/approvals", consignment=REF, step="RELEASE")
    refused(told, "NOT_PERMITTED", terminal)
    ok(day.approve("release_officer", "RELEASE"))

    ok(day.step("tally_clerk", "LOAD", point="load-1"))
    for label in day.labels[:-1]:
        ok(day.people["tally_clerk"].scan(label, "LOAD", "load-1"))
    customs = day.people["customs_inspector"]
    hold = customs.ask("/holds", subject=f"unit:{day.labels[-1]}", reason="SEAL", note="foil is torn")
    ok(hold)
    told = day.people["tally_clerk"].scan(day.labels[-1], "LOAD", "load-1")
    assert refused(told, "OPEN_HOLD", terminal)["who"] == ["customs_inspector"]
    lift = {"outcome": "CLEARED_NO_FINDING", "note": "wrapped again"}
    ok(customs.ask(f"/holds/{hold['facts']['hold']}/lift", **lift))
    ok(day.people["tally_clerk"].scan(day.labels[-1], "LOAD", "load-1"))

    ok(day.step("customs_inspector", "SEAL", seals=[{"number": "UZ0999001"}]))
    kg = sum(
        round(float(line["gross_kg"])) for line in officer.get(f"/consignments/{REF}")["papers"]["lines"]
    )
    ok(day.weigh(str(15420 + kg), "WEIGH_OUT"))
    out = {"point": "gate-1", "seals": [{"number": "UZ0999001"}]}
    told = day.step("gate_operator", "GATE_OUT", plate="75999XYZ", **out)
    refused(told, "PLATE_DIFFERS", terminal)
    told = day.step("gate_operator", "GATE_OUT", plate=PLATE, point="gate-1", seals=[{"number": "UZ1"}])
    refused(told, "SEAL_DIFFERS", terminal)
    assert day.stages() == ("RELEASE", {"LOAD": 3})  # nothing left
    ok(day.step("gate_operator", "GATE_OUT", plate=PLATE, **out))
    assert day.stages() == ("GATE_OUT", {"GATE_OUT": 3})
    ok(day.step("border_officer", "BORDER_EXIT"))
    ok(day.step("border_officer", "ARRIVED_AF"))
    ok(day.approve("document_officer", "DELIVERED"))
    assert day.stages()[0] == "DELIVERED"

    story = terminal.person("auditor").get(f"/consignments/{REF}/journal", limit=500)
    assert [entry["seq"] for entry in story] == sorted((e["seq"] for e in story), reverse=True)
    assert {"ConsignmentAnnounced", "VisitEntered", "UnitLoaded", "StepRefused", "HoldLifted"} <= {
        entry["type"] for entry in story
    }
    with terminal.service.reading() as reader:
        assert reader.visits_at(Stage.ARRIVED_AF)[0].id == day.visit


def test_an_approval_falls_when_the_facts_change(any_terminal: Terminal) -> None:
    terminal = any_terminal
    terminal.announce("FALL-1", 2)
    customs, officer = terminal.person("customs_inspector"), terminal.person("document_officer")
    gate = terminal.person("gate_operator")
    visit = gate.must("/visits", plate=PLATE, carries=["FALL-1"])["facts"]["visit"]
    gate.must(f"/visits/{visit}/steps", step="GATE_IN", plate=PLATE, seals=[{"number": SEAL}])
    officer.must("/approvals", consignment="FALL-1", step="DOC_CHECK")
    permissions = {p["kind"] for p in officer.get("/consignments/FALL-1")["permissions"]}
    assert permissions == {"DOCUMENTS_COMPLETE"}
    document = {"type": "INSURANCE", "number": "INS-1", "fields": {"currency": "USD", "value": "1200.50"}}
    asked = {"nonce": "the-nonce-of-the-paper", **document}
    first = officer.send("POST", "/consignments/FALL-1/documents", json=asked)
    assert first.json()["verdict"] == "accepted"
    assert officer.get("/consignments/FALL-1")["permissions"] == []
    length = terminal.service.store.tail().seq
    again = officer.send("POST", "/consignments/FALL-1/documents", json=asked)
    assert again.content == first.content
    assert terminal.service.store.tail().seq == length
    told = officer.ask("/consignments/FALL-1/documents", **document)
    assert told["verdict"] == "already_done"
    both = terminal.person("both")
    told = both.ask("/approvals", consignment="FALL-1", step="CUSTOMS_RELEASE")
    assert told["verdict"] == "refused"
    assert len(told["missing"]) > 1
    assert customs.get("/consignments/FALL-1")["stage"] == "DOC_CHECK"

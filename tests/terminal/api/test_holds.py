"""Holds and approvals: who may, two people where two are needed, and nothing twice."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from terminal import access
from terminal.cases import consignments
from tests.support.app import Terminal, Voice, nonce, problem, refused
from tests.terminal.api.test_scans import open_up


@pytest.fixture(scope="module")
def labels(terminal: Terminal) -> list[str]:
    """A consignment on which holds are placed; its labels."""
    return terminal.announce("HLD-1", 3)


def place(voice: Voice, subject: str, **more: Any) -> str:
    told = voice.must("/holds", **{"subject": subject, "reason": "SEAL", "note": "looks odd", **more})
    hold: str = told["facts"]["hold"]
    return hold


def lift(
    voice: Voice, hold: str, outcome: str = "CLEARED_NO_FINDING", note: str = "looked"
) -> dict[str, Any]:
    evidence = ["RECIPIENT_CONSENT RC-7"] if outcome == "CLEARED_WAIVED" else []
    return voice.ask(f"/holds/{hold}/lift", outcome=outcome, note=note, evidence=evidence)


def open_holds(voice: Voice, subject: str) -> list[str]:
    return [hold["id"] for hold in voice.get("/holds") if hold["subject"] == subject]


def test_a_hold_on_a_unit_is_kept_with_its_consignment(terminal: Terminal, labels: list[str]) -> None:
    customs = terminal.person("customs_inspector")
    subject = f"unit:{labels[0]}"
    hold = place(customs, subject)
    (told,) = [h for h in customs.get("/holds") if h["id"] == hold]
    assert (told["subject"], told["consignment"], told["placed_by"]) == (
        subject,
        "HLD-1",
        terminal.ids["customs_inspector"],
    )
    assert {"LOAD", "GATE_OUT"} <= set(told["blocks"])
    assert lift(customs, hold)["verdict"] == "accepted"
    assert hold not in open_holds(customs, subject)
    assert lift(customs, hold)["verdict"] == "already_done"
    refused(lift(terminal.person("customs_2"), hold), "HOLD_ALREADY_LIFTED", terminal)


def test_a_waiver_takes_two_people(terminal: Terminal, labels: list[str]) -> None:
    first, second = terminal.person("customs_inspector"), terminal.person("customs_2")
    hold = place(first, "consignment:HLD-1")
    assert lift(first, hold, "CLEARED_WAIVED")["verdict"] == "accepted"
    assert hold in open_holds(first, "consignment:HLD-1")
    refused(lift(first, hold, "CLEARED_WAIVED"), "SECOND_PERSON_NEEDED", terminal)
    assert lift(second, hold, "CLEARED_WAIVED")["verdict"] == "accepted"
    assert hold not in open_holds(first, "consignment:HLD-1")
    story = [entry for entry in terminal.journal() if entry.data.get("hold_id") == hold]
    assert [entry.type for entry in story] == ["HoldLiftProposed", "HoldLifted"]


def test_a_block_is_never_waived(terminal: Terminal, labels: list[str]) -> None:
    customs = terminal.person("customs_inspector")
    hold = place(customs, "consignment:HLD-1", severity="BLOCK")
    for outcome in ("CLEARED_WAIVED", "CLEARED_NO_FINDING"):
        refused(lift(customs, hold, outcome), "BLOCK_NOT_WAIVABLE", terminal)
    refused(lift(customs, hold, "CLEARED_CORRECTED", " "), "REASON_NEEDED", terminal)
    assert lift(customs, hold, "CLEARED_CORRECTED")["verdict"] == "accepted"


def test_a_false_match_is_cleared_by_two_sanctions_officers(terminal: Terminal, labels: list[str]) -> None:
    first, second = terminal.person("sanctions_officer"), terminal.person("sanctions_2")
    given = {"authority": "SANCTIONS", "reason": "SANCTIONS", "severity": "BLOCK"}
    hold = place(first, "consignment:HLD-1", **given)
    refused(lift(terminal.person("customs_inspector"), hold), "HOLD_NOT_YOURS", terminal)
    assert lift(first, hold)["verdict"] == "accepted"
    refused(lift(first, hold), "SECOND_PERSON_NEEDED", terminal)
    assert lift(second, hold)["verdict"] == "accepted"
    assert hold not in open_holds(first, "consignment:HLD-1")


def test_nobody_holds_in_the_name_of_another_authority(terminal: Terminal, labels: list[str]) -> None:
    asked = {"subject": "consignment:HLD-1", "reason": "SEAL", "note": "x", "authority": "SANCTIONS"}
    refused(terminal.person("border_officer").ask("/holds", **asked), "NOT_PERMITTED", terminal)
    refused(
        terminal.person("customs_inspector").ask("/holds", **{**asked, "note": " "}),
        "REASON_NEEDED",
        terminal,
    )


@pytest.mark.parametrize("subject", ["consignment:NONE", "unit:0", "visit:V-0", f"unit:{'9' * 18}"])
def test_what_does_not_exist_is_not_held(terminal: Terminal, subject: str) -> None:
    customs = terminal.person("customs_inspector")
    told = customs.ask("/holds", subject=subject, reason="SEAL", note="x")
    refused(told, "NOT_FOUND", terminal)
    refused(lift(customs, "no-such-hold"), "HOLD_NOT_FOUND", terminal)


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": "person:x"},
        {"subject": "unit:\x00"},
        {"subject": "unit:" + "x" * 81},
        {"reason": "BECAUSE"},
        {"blocks": []},
        {"blocks": ["FLY"]},
        {"evidence": ["x" * 201]},
        {"nonce": None},
    ],
)
def test_a_hold_that_makes_no_sense_is_not_asked(terminal: Terminal, wrong: dict[str, Any]) -> None:
    body = {"subject": "consignment:HLD-1", "reason": "SEAL", "note": "x", **wrong}
    problem(terminal.person("customs_inspector").post("/holds", **body), 422, "invalid_request")


def test_a_vehicle_under_hold_goes_nowhere(terminal: Terminal) -> None:
    gate, customs = terminal.person("gate_operator"), terminal.person("customs_inspector")
    visit = gate.must("/visits", plate="01 777 AAA")["facts"]["visit"]
    hold = place(customs, f"visit:{visit}", blocks=["GATE_IN", "GATE_OUT"])
    step = {"step": "GATE_IN", "plate": "01777AAA"}
    first = refused(gate.ask(f"/visits/{visit}/steps", **step), "OPEN_HOLD", terminal)
    assert first["facts"]["hold"] == hold
    assert lift(customs, hold)["verdict"] == "accepted"
    gate.must(f"/visits/{visit}/steps", **step)
    refused(gate.ask("/visits/V-0/steps", **step), "NOT_FOUND", terminal)


def test_a_nonce_counts_for_every_write(terminal: Terminal, labels: list[str]) -> None:
    customs = terminal.person("customs_inspector")
    body = {"nonce": nonce(), "subject": f"unit:{labels[1]}", "reason": "SEAL", "note": "x"}
    first = customs.send("POST", "/holds", json=body)
    assert customs.send("POST", "/holds", json=body).content == first.content
    assert len(open_holds(customs, f"unit:{labels[1]}")) == 1
    problem(customs.send("POST", "/holds", json={**body, "note": "y"}), 409, "nonce_reused")
    approval = {"nonce": body["nonce"], "consignment": "HLD-1", "step": "RISK"}
    problem(customs.send("POST", "/approvals", json=approval), 409, "nonce_reused")


# --- approvals ----------------------------------------------------------------------------------------
def reasons(told: dict[str, Any]) -> list[str]:
    return [item["reason"] for item in told["missing"]]


def test_two_different_people_release(terminal: Terminal) -> None:
    labels = terminal.announce("APP-1", 2)
    open_up(terminal, "APP-1")
    officer, both = terminal.person("document_officer"), terminal.person("both")
    paper = {"type": "AF_EXEMPTION", "number": "MF-0412/1405", "issued": "2026-11-05"}
    officer.must("/consignments/APP-1/documents", **paper, valid_until="2027-02-05", verified=True)
    clerk = terminal.person("tally_clerk")
    for label in labels:
        assert clerk.scan(label, "TALLY")["verdict"] == "accepted"
    with terminal.service.reading() as reader:
        visit = reader.visits_ever_of("APP-1")[0]
    clerk.must(f"/visits/{visit}/steps", step="UNLOAD", note="empty")

    told = both.ask("/approvals", consignment="APP-1", step="RELEASE")
    assert "NO_CUSTOMS_RELEASE" in reasons(told)
    both.must("/approvals", consignment="APP-1", step="CUSTOMS_RELEASE")
    again = both.ask("/approvals", consignment="APP-1", step="CUSTOMS_RELEASE")
    assert again["verdict"] == "already_done"
    told = both.ask("/approvals", consignment="APP-1", step="RELEASE")
    refused(told, "SAME_PERSON", terminal)

    # Somebody who changed the papers today does not release them today.
    releaser = terminal.person("release_officer")
    releaser.must("/consignments/APP-1/documents", type="INSURANCE", number="I-1", note="came late")
    told = releaser.ask("/approvals", consignment="APP-1", step="RELEASE")
    assert {"EDITED_TODAY", "NO_CUSTOMS_RELEASE"} <= set(reasons(told))


def test_what_does_not_exist_is_not_approved(terminal: Terminal) -> None:
    customs = terminal.person("customs_inspector")
    refused(customs.ask("/approvals", consignment="NONE", step="RISK"), "NOT_FOUND", terminal)
    refused(customs.ask("/approvals", consignment="HLD-1", step="GATE_IN"), "NOT_PERMITTED", terminal)
    told = terminal.person("gate_operator").ask("/approvals", consignment="HLD-1", step="GATE_IN")
    refused(told, "WRONG_KIND", terminal)


def test_dual_use_goods_are_asked_for_their_end_use_before_their_hold_is_settled(terminal: Terminal) -> None:
    papers = terminal.papers("END-USE", 1)
    drone = replace(
        papers.lines[0], description="Quadcopter", hs_code="880622", quantity=Decimal(2), quantity_unit="H87"
    )
    actor = replace(access.actor_of(terminal.service_person("agency_user")), organisation="Agency A")
    asked = terminal.service.request(actor, nonce(), {"reference": "END-USE"})
    whole, judge = replace(papers, lines=(drone,)), terminal.service.judge
    terminal.write(lambda books: consignments.announce(books, whole, asked, judge, "test"))
    customs, desk, sender = (
        terminal.person(login) for login in ("customs_inspector", "document_officer", "agency_user")
    )

    def held() -> dict[str, Any]:
        found = customs.get("/consignments/END-USE")
        (hold,) = (one for one in found["holds"] if one["check"] == "CTL-03")
        return dict(hold)

    def why() -> str:
        found = customs.get("/consignments/END-USE/checks")["findings"]
        return str(next(one for one in found if one["check"] == "CTL-03")["facts"]["why"])

    # The sender is asked; customs cannot settle what nobody has answered, but may send it back.
    assert why() == "not_stated"
    portal = terminal.send("GET", "http://karvon.test/portal/consignments/END-USE", headers=sender.headers)
    assert "End-use statement" in portal.text
    path = f"/holds/{held()['id']}/lift"
    told = refused(customs.ask(path, outcome="CLEARED_NO_FINDING", note="fine"), "END_USE_NEEDED", terminal)
    assert told["facts"]["line"] == 1

    said = {"line": "1", "end_user": "Agency A survey team", "purpose": "flood mapping", "quantity": "2"}
    desk.must("/consignments/END-USE/documents", type="END_USE", number="EU-7", fields=said, verified=True)
    assert (why(), held()["lifted_at"]) == ("stated", None)  # an answer lifts nothing by itself
    customs.must(path, outcome="CLEARED_NO_FINDING", note="a survey of the agency, two drones as stated")
    assert held()["outcome"] == "CLEARED_NO_FINDING"


def test_what_cannot_be_judged_is_told_and_decided_as_a_hold(terminal: Terminal) -> None:
    terminal.announce("GAP-1", 2)
    customs, clerk = terminal.person("customs_inspector"), terminal.person("document_officer")

    def gaps() -> list[tuple[str, str]]:
        told = customs.ask("/approvals", consignment="GAP-1", step="CUSTOMS_RELEASE")
        assert told["verdict"] == "refused"
        missing = [one for one in told["missing"] if one["reason"] == "CANNOT_JUDGE"]
        assert all("cannot be judged yet" in one["sentence"] for one in missing)
        assert all(one["who"] == ["customs_inspector"] for one in missing)
        return [(one["facts"]["check"], one["facts"]["missing_fact"]) for one in missing]

    assert gaps() == [("SEA-01", "seal_read")]  # the truck has not come: nobody has read its seal
    form = 'name="check" value="SEA-01"'
    assert form in customs.send("GET", "//consignments/GAP-1").text
    assert form not in terminal.person("gate_operator").send("GET", "//consignments/GAP-1").text
    gap = {"subject": "consignment:GAP-1", "reason": "OTHER", "check": "SEA-01", "target": "vehicle"}
    for odd in ({"target": "container"}, {"check": "WGT-02"}, {"subject": "unit:0"}):
        told = customs.ask("/holds", **{**gap, **odd}, note="it came by rail")
        assert told["reason"] in ("INVALID", "NOT_FOUND"), told
    refused(clerk.ask("/holds", **gap, note="it came by rail"), "NOT_PERMITTED", terminal)
    hold = customs.must("/holds", **gap, note="it came by rail without a seal")["facts"]["hold"]
    (stands,) = [one for one in customs.get("/holds") if one["id"] == hold]
    assert (stands["reason"], stands["check"], stands["severity"]) == ("SEAL", "SEA-01", "HOLD")
    assert gaps() == []
    assert lift(customs, hold, "CLEARED_NO_FINDING")["verdict"] == "accepted"
    clerk.must("/consignments/GAP-1/documents", type="INSURANCE", number="I-7", note="came late")
    assert gaps() == []  # the checks have run again: decided is decided

"""What each reader sees: agencies their own, gate staff no risk, personal data only where it is needed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.app import Terminal, Voice, nonce, problem, refused
from workflows.papers import Document, Person
from workflows.roles import Role

DRIVER = Person("Akmal Yoʻlchiyev", "FA1000011")


@pytest.fixture(scope="module")
def cargo(terminal: Terminal) -> dict[str, list[str]]:
    """Two consignments of Agency A, one of Agency B; their labels."""
    paper = Document("DRIVER_ID", "FA1000011", fields={"driver_name": DRIVER.name, "country": "UZ"})
    return {
        "VIS-A1": terminal.announce("VIS-A1", 2, driver=DRIVER, documents=(paper,)),
        "VIS-A2": terminal.announce("VIS-A2", 1),
        "VIS-B1": terminal.announce("VIS-B1", 2, by="agency_b", sender="Agency B"),
    }


def test_an_agency_sees_its_own_and_nothing_of_others(
    terminal: Terminal, cargo: dict[str, list[str]]
) -> None:
    a, b = terminal.person("agency_user"), terminal.person("agency_b")
    for query in ({}, {"search": "VIS"}, {"stage": "PRE_ADVICE"}, {"limit": 1}):
        assert {row["ref"] for row in b.get("/consignments", **query)["consignments"]} == {"VIS-B1"}
    assert {row["ref"] for row in a.get("/consignments")["consignments"]} == {"VIS-A1", "VIS-A2"}
    first = a.get("/consignments", limit=1)
    second = a.get("/consignments", limit=1, after=first["next"])
    assert [row["ref"] for page in (first, second) for row in page["consignments"]] == ["VIS-A2", "VIS-A1"]
    assert b.get("/consignments/VIS-B1")["papers"]["sender"] == "Agency B"
    unit = cargo["VIS-B1"][0]
    assert b.get(f"/units/{unit}")["consignment"] == "VIS-B1"
    for path in ("/consignments/VIS-B1", "/consignments/VIS-B1/checks", f"/units/{unit}"):
        hidden = problem(a.send("GET", path), 404, "not_found")
        missing = problem(
            a.send("GET", path.replace("VIS-B1", "VIS-X").replace(unit, "0" * 18)), 404, "not_found"
        )
        assert hidden.keys() == missing.keys()
    for path in ("/consignments/VIS-A1/journal", "/journal", "/holds", "/visits", "/weighings", "/devices"):
        problem(a.send("GET", path), 403, "not_permitted")


def test_an_agency_is_told_one_stage_of_all_that_is_done_inside(terminal: Terminal) -> None:
    terminal.announce("VIS-S1", 1)
    gate, a = terminal.person("gate_operator"), terminal.person("agency_user")
    visit = gate.must("/visits", plate="75998AAA", carries=["VIS-S1"])["facts"]["visit"]
    gate.must(f"/visits/{visit}/steps", step="GATE_IN", plate="75998AAA", seals=[{"number": "UZ-055 0101"}])
    assert a.get("/consignments/VIS-S1")["stage"] == "GATE_IN"
    terminal.person("document_officer").must("/approvals", consignment="VIS-S1", step="DOC_CHECK")
    customs = terminal.person("customs_inspector")
    for step in ("RISK", "INSPECT"):
        customs.must("/approvals", consignment="VIS-S1", step=step)
        told = a.get("/consignments/VIS-S1")
        assert (told["stage"], "since" in told) == ("DOC_CHECK", False)
        asked = {one: a.get("/consignments", stage=one)["consignments"] for one in (step, "DOC_CHECK")}
        (mine,) = [row for row in asked["DOC_CHECK"] if row["ref"] == "VIS-S1"]
        assert (mine["stage"], "since" in mine) == ("DOC_CHECK", False)
        assert a.get("/consignments", limit=1)["next"].startswith("-~"), "nor does the way on tell when"
        (found,) = a.get("/search", q="VIS-S1")["consignments"]
        assert found["stage"] == "DOC_CHECK"
        listed = a.send("GET", "//consignments").text
        assert ">Document check" in listed
        assert not [word for word in (">Screening", ">Inspection") if word in listed]
        assert "VIS-S1" in a.send("GET", "//consignments", params={"stage": "DOC_CHECK"}).text
        assert "VIS-S1" not in a.send("GET", "//consignments", params={"stage": step}).text
        away = a.send("GET", "//consignments/VIS-S1")
        assert (away.status_code, away.headers["location"]) == (303, "/portal/consignments/VIS-S1")
        assert a.send("GET", "//portal/consignments/VIS-S1").status_code == 200
        assert asked[step] == []
    assert customs.get("/consignments/VIS-S1")["stage"] == "INSPECT"


def test_an_agency_touches_nothing_of_others_and_learns_nothing(
    terminal: Terminal, cargo: dict[str, list[str]]
) -> None:
    a = terminal.person("agency_user")
    paper = {"type": "INSURANCE", "number": "1"}
    refused(a.ask("/consignments/VIS-B1/documents", **paper), "NOT_YOURS", terminal)
    for ref in ("VIS-B1", "VIS-NONE"):
        told = a.ask("/visits", plate="1", carries=[ref])
        assert refused(told, "NOT_FOUND", terminal)["facts"] == {"consignment": ref}
        told = a.ask("/holds", subject=f"consignment:{ref}", reason="SEAL", note="mine?")
        refused(told, "NOT_PERMITTED", terminal)
    before = len(terminal.journal())
    told = a.ask("/approvals", consignment="VIS-B1", step="RISK")
    assert told["reason"] in ("NOT_YOURS", "NOT_PERMITTED")
    assert len(terminal.journal()) == before + 1  # no checks were run for somebody who may not ask


def test_a_sender_attaches_papers_but_does_not_verify_them(
    terminal: Terminal, cargo: dict[str, list[str]]
) -> None:
    a, officer = terminal.person("agency_user"), terminal.person("document_officer")
    paper: dict[str, Any] = {"type": "AF_EXEMPTION", "number": "MF-0412/1405", "valid_until": "2027-01-01"}
    a.must("/consignments/VIS-A2/documents", **paper)
    told = a.ask("/consignments/VIS-A2/documents", **paper, verified=True)
    refused(told, "NOT_PERMITTED", terminal)
    assert "AFGHAN_APPROVAL" not in {p["kind"] for p in officer.get("/consignments/VIS-A2")["permissions"]}
    body = {"nonce": nonce(), **paper, "verified": True}
    told = officer.send("POST", "/consignments/VIS-A2/documents", json=body).json()
    assert told["verdict"] == "accepted"
    assert "AFGHAN_APPROVAL" in {p["kind"] for p in officer.get("/consignments/VIS-A2")["permissions"]}
    # Another paper in its place takes the approval away; the old message sent again does not bring it back.
    a.must("/consignments/VIS-A2/documents", **{**paper, "valid_until": "2026-12-01"})
    assert "AFGHAN_APPROVAL" not in {p["kind"] for p in officer.get("/consignments/VIS-A2")["permissions"]}
    assert officer.send("POST", "/consignments/VIS-A2/documents", json=body).json() == told
    assert "AFGHAN_APPROVAL" not in {p["kind"] for p in officer.get("/consignments/VIS-A2")["permissions"]}


SEES_RISK = {Role.CUSTOMS_INSPECTOR, Role.RISK_OFFICER, Role.SANCTIONS_OFFICER, Role.AUDITOR}
SEES_PERSONS = {
    Role.CUSTOMS_INSPECTOR,
    Role.BORDER_OFFICER,
    Role.PHYTO_VET_SANITARY,
    Role.XRAY_OPERATOR,
    Role.CANINE_HANDLER,
    Role.RISK_OFFICER,
    Role.SANCTIONS_OFFICER,
    Role.GATE_OPERATOR,
    Role.DOCUMENT_OFFICER,
    Role.AUDITOR,
}


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ADMINISTRATOR, Role.TRAINER)])
def test_risk_and_persons_are_seen_only_by_those_who_need_them(
    terminal: Terminal, cargo: dict[str, list[str]], role: Role
) -> None:
    voice: Voice = terminal.person(role.value)
    told = voice.get("/consignments/VIS-A1")
    text = voice.send("GET", "/consignments/VIS-A1").text
    assert (DRIVER.name in text) == (role in SEES_PERSONS)
    assert ("driver" in told["papers"]) == (role in SEES_PERSONS)
    assert {"lane", "decision", "findings", "rules_version"} <= told.keys() or role not in SEES_RISK
    assert not {"lane", "decision", "findings", "rules_version"} & told.keys() or role in SEES_RISK
    (row,) = [r for r in voice.get("/consignments")["consignments"] if r["ref"] == "VIS-A1"]
    assert ("lane" in row) == (role in SEES_RISK)
    assert told["units_by_stage"] == {"PRE_ADVICE": 2}


def test_a_sanctions_hold_is_shown_to_officers_only(terminal: Terminal, cargo: dict[str, list[str]]) -> None:
    officer = terminal.person("sanctions_officer")
    placed = {"reason": "SANCTIONS", "authority": "SANCTIONS", "note": "name is near a listed one"}
    hold = officer.must("/holds", subject="consignment:VIS-A1", **placed)["facts"]["hold"]
    for who, sees in (("sanctions_officer", True), ("auditor", True), ("gate_operator", False)):
        voice = terminal.person(who)
        assert (hold in {h["id"] for h in voice.get("/holds")}) == sees
        assert (hold in {h["id"] for h in voice.get("/consignments/VIS-A1")["holds"]}) == sees
    assert "holds" not in terminal.person("agency_user").get("/consignments/VIS-A1")


def test_the_history_of_a_unit_is_for_readers_of_the_journal(
    terminal: Terminal, cargo: dict[str, list[str]]
) -> None:
    label = cargo["VIS-A1"][0]
    assert terminal.person("tally_clerk").get(f"/units/{label}")["history"] == []
    told = terminal.person("auditor").get(f"/units/{label}")["history"]
    assert [entry["type"] for entry in told] == ["UnitDeclared"]


def test_the_journal_is_read_in_pages_exactly_as_it_is_stored(
    terminal: Terminal, cargo: dict[str, list[str]]
) -> None:
    voice = terminal.person("auditor")
    seen: list[dict[str, Any]] = []
    while page := voice.get("/journal", after=seen[-1]["seq"] if seen else 0, limit=7):
        seen += page
    entries = terminal.journal()
    assert seen == [entry.public() for entry in entries]
    assert set(seen[0]) == {
        "seq",
        "id",
        "type",
        "subject",
        "at",
        "device_at",
        "recorded_at",
        "who",
        "device",
        "point",
        "nonce",
        "data",
        "hash",
        "prev_hash",
    }

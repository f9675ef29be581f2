"""Announcing through the API: a draft opens nothing, its papers come first, and each agency sees its own only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.app import NOON, SAMPLES, Terminal, Voice, nonce, problem, refused, terminal_at

PICTURE = b"\xff\xd8\xff\xe0 a scanned paper"
#: Monday 13:00 in Tashkent
WINDOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
#: words that must never stand in an answer to an agency
SECRET = ("lane", "finding", "decision", "hold", "risk", "YELLOW", "RED", "SANCTIONS", "inspect")


def draft(voice: Voice, **facts: str) -> str:
    identity: str = voice.must("/announcements")["facts"]["announcement"]
    given = {"reference": f"ANN-{nonce()[-8:]}", "mode": "ROAD", "consignee": "Agency A Kabul", **facts}
    voice.must(f"/announcements/{identity}/facts", facts=given, request={"ready": "2026-11-20"})
    return identity


def goods(voice: Voice, identity: str, description: str = "Tarpaulin 4 x 5 m", **more: str) -> None:
    line = {"description": description, "hs_code": "630612", "packages": "20", "gross": "840", **more}
    voice.must(f"/announcements/{identity}/goods", lines=[{"package_type": "bale", **line}])


def paper(voice: Voice, where: str, kind: str, number: str, file: bytes | None = PICTURE) -> dict[str, Any]:
    more: dict[str, Any] = {"files": {"file": (f"{kind}.jpg", file)}} if file is not None else {}
    answer = voice.send(
        "POST", f"{where}/papers", data={"nonce": nonce(), "type": kind, "number": number}, **more
    )
    told: dict[str, Any] = answer.json()
    return told


def submitted(voice: Voice, plate: str = "75 412 CBA", **facts: str) -> dict[str, Any]:
    identity = draft(voice, **facts)
    goods(voice, identity)
    voice.must(f"/announcements/{identity}/trucks", plate=plate, at=WINDOW.isoformat())
    told: dict[str, Any] = voice.must(f"/announcements/{identity}/submit")
    return told


def test_a_draft_opens_no_holds_and_papers_sent_before_are_not_asked_for(terminal: Terminal) -> None:
    agency = terminal.person("agency_user")
    identity = draft(agency)
    goods(agency, identity)
    assert paper(agency, f"/announcements/{identity}", "CMR", "CMR-77")["verdict"] == "accepted"
    assert paper(agency, f"/announcements/{identity}", "GIFT_CERT", "G-1", None)["verdict"] == "accepted"
    agency.must(f"/announcements/{identity}/trucks", plate="75 001 AAA", at=WINDOW.isoformat())
    report = agency.get(f"/announcements/{identity}/report")
    assert report["parsed"] == {"lines": 1, "packages": 20, "gross_kg": "840"}
    kinds = {entry.type for entry in terminal.journal()}
    assert "HoldPlaced" not in kinds
    assert "ConsignmentAnnounced" not in kinds

    told = agency.must(f"/announcements/{identity}/submit")
    ref = told["facts"]["consignment"]
    own = agency.get(f"/portal/consignments/{ref}")
    assert {"CMR", "GIFT_CERT"}.isdisjoint(own["asked_for"])
    assert {"PACKING_LIST", "HUM_LETTER"} <= set(own["asked_for"])
    assert own["milestones"][0]["milestone"] == "ANNOUNCED"
    assert own["vehicles"][0]["plate"] == "75001AAA"
    assert [one["document"] for one in own["files"]] == ["CMR"]
    assert paper(agency, f"/portal/consignments/{ref}", "HUM_LETTER", "HL-9")["verdict"] == "accepted"
    assert "HUM_LETTER" not in agency.get(f"/portal/consignments/{ref}")["asked_for"]
    assert agency.ask(f"/announcements/{identity}/submit")["verdict"] == "already_done"
    refused(agency.ask(f"/announcements/{identity}/facts", facts={"donor": "X"}), "NO_DRAFT", terminal)


def test_an_agency_sees_its_own_and_of_that_neither_lane_nor_reason(terminal: Terminal) -> None:
    agency, other = terminal.person("agency_user"), terminal.person("agency_b")
    told = submitted(agency, "75 002 AAA")
    identity, ref = told["facts"]["announcement"], told["facts"]["consignment"]
    terminal.person("customs_inspector").must(
        "/holds", subject=f"consignment:{ref}", reason="INTELLIGENCE", note="a tip about this sender"
    )
    answer = agency.send("GET", f"/portal/consignments/{ref}")
    assert answer.json()["waiting_for"] == ["customs"]
    assert not [word for word in (*SECRET, "tip", "INTELLIGENCE") if word in answer.text]
    for path in (
        f"/announcements/{identity}",
        f"/announcements/{identity}/report",
        f"/portal/consignments/{ref}",
    ):
        problem(other.send("GET", path), 404, "not_found")
    for step in ("facts", "submit", "withdraw"):
        told = other.send("POST", f"/announcements/{identity}/{step}", json={"nonce": nonce()}).json()
        assert told.get("reason", told.get("code")) in ("NOT_FOUND", "not_found")
    assert identity not in [one["id"] for one in other.get("/announcements")]
    file = terminal.person("document_officer")
    assert paper(file, f"/portal/consignments/{ref}", "POD", "POD-1")["verdict"] == "accepted"
    proof = agency.get(f"/portal/consignments/{ref}")["proofs_of_delivery"][0]
    got = agency.send("GET", f"/portal/files/{proof['attachment']}")
    assert got.content == PICTURE
    assert got.headers["content-security-policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
    problem(other.send("GET", f"/portal/files/{proof['attachment']}"), 404, "not_found")
    assert paper(agency, f"/portal/consignments/{ref}", "POD", "POD-2")["reason"] == "NOT_PERMITTED"


def test_a_service_request_form_is_a_draft_like_any_other(terminal: Terminal) -> None:
    agency = terminal.person("agency_user")
    identity = draft(agency)
    (file,) = (SAMPLES / "S03_wash_chemicals_srf").glob("srf.xlsx")
    answer = agency.send(
        "POST",
        f"/announcements/{identity}/files",
        data={"nonce": nonce()},
        files={"files": (file.name, file.read_bytes())},
    )
    assert answer.json()["verdict"] == "accepted", answer.text
    report = agency.get(f"/announcements/{identity}/report")
    assert report["parsed"]["lines"] > 3
    sent = agency.get(f"/announcements/{identity}")["files"][0]
    agency.must(f"/announcements/{identity}/drop", kind="file", name=sent["sha256"])
    assert agency.get(f"/announcements/{identity}")["files"] == []


def test_a_window_takes_as_many_as_it_has_places_and_none_when_closed(tmp_path: Path) -> None:
    hours = {"opens": 8, "closes": 18, "days": [1, 2, 3, 4, 5], "per_hour": 2, "ahead_days": 7}
    with terminal_at(f"sqlite:///{tmp_path / 'k.sqlite3'}", tmp_path, arrivals=hours) as terminal:
        agency, gate = terminal.person("agency_user"), terminal.person("gate_operator")
        first = submitted(agency, "75 101 AAA")
        submitted(agency, "75 102 AAA")
        identity = draft(agency)
        goods(agency, identity)
        late = draft(agency)
        goods(agency, late)
        full = agency.ask(f"/announcements/{identity}/trucks", plate="75 103 AAA", at=WINDOW.isoformat())
        refused(full, "WINDOW_FULL", terminal)
        for at in (
            NOON - timedelta(hours=3),  # past
            NOON + timedelta(hours=8),  # 20:00
            NOON + timedelta(days=5, hours=1),  # Saturday
            NOON + timedelta(days=11, hours=1),  # too far
            WINDOW + timedelta(minutes=20),  # not the start of a window
        ):
            told = agency.ask(f"/announcements/{identity}/trucks", plate="75 103 AAA", at=at.isoformat())
            refused(told, "WINDOW_NOT_OPEN", terminal)
        free = {one["at"]: one["free"] for one in agency.get("/windows")}
        assert WINDOW.isoformat() not in free
        later = WINDOW + timedelta(hours=1)
        assert free[later.isoformat()] == 2
        visit = agency.get(f"/portal/consignments/{first['facts']['consignment']}")["vehicles"][0]["visit"]
        agency.must(f"/visits/{visit}/window", at=later.isoformat())
        assert terminal.person("agency_b").ask(f"/visits/{visit}/window", at=None)["reason"] == "NOT_FOUND"
        for one, plate in ((identity, "75 103 AAA"), (late, "75 104 AAA")):  # both want the one place left
            agency.must(f"/announcements/{one}/trucks", plate=plate, at=WINDOW.isoformat())
        agency.must(f"/announcements/{identity}/submit")
        refused(agency.ask(f"/announcements/{late}/submit"), "WINDOW_FULL", terminal)
        assert agency.get(f"/announcements/{late}")["standing"] == "DRAFT"
        load = gate.get("/workload")
        assert [(one["booked"], one["expected"]) for one in load["windows"] if one["booked"]] == [
            (2, 2),
            (1, 1),
        ]
        agency.must(f"/announcements/{first['facts']['announcement']}/withdraw")
        load = gate.get("/workload")
        assert sum(one["booked"] for one in load["windows"]) == 2


def test_what_an_emergency_needs_goes_ahead_for_recognised_senders_only(terminal: Terminal) -> None:
    agency, admin, release = (terminal.person(n) for n in ("agency_user", "administrator", "release_officer"))

    def priority(description: str, plate: str, **more: str) -> str:
        identity = draft(agency)
        goods(agency, identity, description, **more)
        agency.must(f"/announcements/{identity}/submit")
        found: str = agency.get(f"/announcements/{identity}")["priority"]
        return found

    assert (
        priority("Amoxicillin 500 mg", "75 201 AAA", hs_code="300410") == "ORDINARY"
    )  # nobody knows them yet
    admin.must("/organisations", name="Agency A", kind="NGO")
    assert priority("Amoxicillin 500 mg", "75 202 AAA", hs_code="300410") == "MEDICINE"
    assert priority("Insulin", "75 203 AAA", hs_code="300431", temperature="2-8 °C") == "COLD_CHAIN"
    assert priority("Tents", "75 204 AAA") == "ORDINARY"
    refused(agency.ask("/needs", goods_types=["SHELTER"], why="quake"), "NOT_PERMITTED", terminal)
    refused(release.ask("/needs", goods_types=["SHELTER"], why=" "), "REASON_NEEDED", terminal)
    refused(release.ask("/needs", goods_types=["GOLD"], why="quake"), "INVALID", terminal)
    told = release.must("/needs", goods_types=["SHELTER"], why="earthquake", until="2026-11-20")
    assert terminal.entry(told["event"]).data["value"]["by"] == terminal.ids["release_officer"]
    assert priority("Tents", "75 205 AAA") == "NEEDED"
    release.must("/needs", goods_types=[], why="it is over")
    assert priority("Tents", "75 206 AAA") == "ORDINARY"
    admin.must("/organisations", name="Agency A", kind="NGO", active=False)
    assert priority("Insulin", "75 207 AAA", hs_code="300431", temperature="2-8 °C") == "ORDINARY"


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("facts", {"facts": {"reference": "x" * 500}}),
        ("facts", {"facts": {"reference": "a\x00b"}}),
        ("goods", {"lines": []}),
        ("goods", {"lines": [{"description": "x"}] * 201}),
        ("trucks", {"plate": ""}),
        ("trucks", {"plate": "75 1", "at": "2026-11-16T08:00:00"}),
        ("drop", {"kind": "everything", "name": "x"}),
    ],
)
def test_what_makes_no_sense_is_a_problem_and_changes_nothing(
    terminal: Terminal, step: str, body: dict[str, Any]
) -> None:
    agency = terminal.person("agency_user")
    identity = draft(agency)
    before = terminal.service.store.tail().seq
    answer = agency.send("POST", f"/announcements/{identity}/{step}", json={"nonce": nonce(), **body})
    problem(answer, 422, "invalid_request")
    assert terminal.service.store.tail().seq == before


def test_hostile_goods_are_text_and_nothing_else(terminal: Terminal) -> None:
    agency = terminal.person("agency_user")
    identity = draft(agency)
    goods(agency, identity, "=cmd|' /C calc'!A0\";<script>alert(1)</script>\n2;3")
    report = agency.get(f"/announcements/{identity}/report")
    assert report["parsed"]["lines"] == 1
    told = agency.must(f"/announcements/{identity}/submit")
    assert told["facts"]["consignment"]
    for name, data in (("a.exe", b"MZ nothing"), ("b.pdf", b"<html>"), ("c.jpg", b"")):
        answer = agency.send(
            "POST",
            f"/portal/consignments/{told['facts']['consignment']}/papers",
            data={"nonce": nonce(), "type": "INSURANCE", "number": "1"},
            files={"file": (name, data)},
        ).json()
        assert (answer["verdict"], answer["reason"]) == ("refused", "FILE_NOT_TAKEN")


def test_a_draft_of_another_sender_is_not_submitted(terminal: Terminal) -> None:
    agency = terminal.person("agency_user")
    told = agency.ask("/announcements", organisation="Agency B")
    refused(told, "NOT_YOURS", terminal)
    identity = draft(agency, sender="Agency B")
    assert agency.get(f"/announcements/{identity}")["facts"]["sender"] == "Agency A"

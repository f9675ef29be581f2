"""What anybody may know without signing in: milestones by code, the own truck, hours and queue; and nothing beside."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.app import Terminal, Voice, problem
from tests.terminal.api.test_announcing import SECRET, submitted

UNKNOWN = (
    "There is nothing under this code. Compare it sign by sign with the paper: it has no 0, O, 1, I or L."
)


@pytest.fixture(autouse=True)
def patient(terminal: Terminal) -> None:
    """Each test begins with its questions unasked."""
    terminal.clock.forward(minutes=5)
    return


def code_of(voice: Voice, ref: str) -> str:
    code: str = voice.get(f"/portal/consignments/{ref}")["tracking_code"]
    return code


def test_a_code_tells_milestones_and_times_and_nothing_else(terminal: Terminal) -> None:
    agency, nobody = terminal.person("agency_user"), terminal.nobody()
    ref = submitted(agency, "75 301 AAA")["facts"]["consignment"]
    code = code_of(agency, ref)
    for typed in (code, code.lower(), code.replace("-", ""), f" {code} "):
        told = nobody.get(f"/track/{typed}")
        assert set(told) == {"milestones"}
        assert [set(one) for one in told["milestones"]] == [{"milestone", "at"}]
    before = nobody.get(f"/track/{code}")
    customs = terminal.person("customs_inspector")
    customs.must("/holds", subject=f"consignment:{ref}", reason="SEAL", note="odd")
    customs.must("/inspections", subject=f"consignment:{ref}", method="VISUAL", why="the lane")
    answer = nobody.send("GET", f"/track/{code}")
    assert answer.json() == before  # a hold and an inspection are not to be seen
    assert not [word for word in (*SECRET, ref, "Agency") if word in answer.text]


def test_every_wrong_code_gets_the_same_answer(terminal: Terminal) -> None:
    agency, nobody = terminal.person("agency_user"), terminal.nobody()
    code = code_of(agency, submitted(agency, "75 302 AAA")["facts"]["consignment"]).replace("-", "")
    other = "3" if code[0] != "3" else "4"
    wrong = [
        "2222-2222-2222",
        other + code[1:],
        code[:-1],
        "x",
        "0OIL",
        "%F0%9F%90%AB",
        "' OR 1=1 --",
        "9" * 64,
    ]
    answers = {nobody.send("GET", f"/track/{text}").text for text in wrong}
    assert len(answers) == 1
    told = problem(nobody.send("GET", "/track/nothing"), 404, "not_found")
    assert told["detail"] == UNKNOWN


def test_asking_too_often_is_told_how_long_to_wait(terminal: Terminal) -> None:
    nobody = terminal.nobody()
    for path in ("/track/AAAA", "/public", "/public/documents", "/public/truck?reference=x&plate=y") * 3:
        assert nobody.send("GET", path).status_code in (200, 404)
    for path in ("/track/AAAA", "/public", "/public/documents", "/public/truck?reference=x&plate=y"):
        answer = nobody.send("GET", path)
        problem(answer, 429, "too_often")
        assert 1 <= int(answer.headers["retry-after"]) <= 5
    terminal.clock.forward(seconds=6)
    assert nobody.send("GET", "/public").status_code == 200
    assert terminal.person("agency_user").send("GET", "/announcements").status_code == 200


def test_the_own_truck_by_reference_and_plate_together(terminal: Terminal) -> None:
    agency, nobody, gate = terminal.person("agency_user"), terminal.nobody(), terminal.person("gate_operator")
    ref = submitted(agency, "75 303 AAA")["facts"]["consignment"]
    visit = agency.get(f"/portal/consignments/{ref}")["vehicles"][0]["visit"]

    def status(reference: str, plate: str = "75 303 aaa") -> Any:
        answer = nobody.send("GET", "/public/truck", params={"reference": reference, "plate": plate})
        return answer.json() if answer.status_code == 200 else answer.status_code

    assert status(ref)["milestones"][0]["milestone"] == "ANNOUNCED"
    assert status(ref)["ahead"] is None
    before = nobody.get("/public")
    gate.must(f"/visits/{visit}/steps", step="GATE_IN", plate="75 303 AAA", point="gate-1")
    told = status(visit)
    assert (told["ahead"], told["dock"]) == (0, "tally-1")
    assert set(told) == {"milestones", "ahead", "dock"}
    assert nobody.get("/public")["waiting"] == before["waiting"] + 1
    assert [status(ref, "75 999 AAA"), status("V-000000-000000"), status("")] == [404, 404, 404]
    slip = gate.get(f"/visits/{visit}")
    assert nobody.get(f"/track/{slip['tracking']}")["milestones"][-1]["milestone"] == "ARRIVED"


def test_papers_to_bring_are_those_of_the_mode_and_the_goods(terminal: Terminal) -> None:
    nobody = terminal.nobody()
    road = {one["document"] for one in nobody.get("/public/documents")}
    air = {one["document"] for one in nobody.get("/public/documents", mode="AIR", goods="MEDICINE")}
    assert {"CMR", "GIFT_CERT", "PACKING_LIST"} <= road
    assert {"AWB", "COA"} <= air
    assert {"CMR", "PHYTO"}.isdisjoint(air)
    assert "POD" not in road


def test_a_consignment_that_came_as_a_file_gets_its_code_when_asked(terminal: Terminal) -> None:
    terminal.announce("TRACK-1")
    agency = terminal.person("agency_user")
    told = agency.must("/portal/consignments/TRACK-1/tracking")
    again = agency.ask("/portal/consignments/TRACK-1/tracking")
    assert (again["verdict"], again["facts"]["code"]) == ("already_done", told["facts"]["code"])
    assert terminal.nobody().get(f"/track/{told['facts']['code']}")["milestones"]

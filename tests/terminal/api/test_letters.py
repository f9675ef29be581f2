"""Complaints, messages to a liaison office, alarms and what came of them, and the sheet of a joint operation: both databases."""

from __future__ import annotations

from typing import Any

from tests.support.app import Terminal, problem, refused
from tests.terminal.api.test_inspections import SEIZED, order, prove_rows, screened

REF = "INSP-1"
SAID: dict[str, Any] = {
    "subject": f"consignment:{REF}",
    "cause": "INSPECTION",
    "text": "They opened every carton.",
    "complainant": {"name": "Karim Haidari, driver", "contact": "+93 70 000 000"},
}


def test_a_complaint_gets_a_reference_and_an_answer(any_terminal: Terminal) -> None:
    terminal = any_terminal
    screened(terminal)
    customs, other = terminal.person("customs_inspector"), terminal.person("customs_2")
    gate, agency = terminal.person("gate_operator"), terminal.person("agency_user")
    inspection = order(customs, "VISUAL")
    told = gate.must("/complaints", **SAID, inspection=inspection)
    ref = told["facts"]["complaint"]
    assert ref == "CP-2026-0001"
    assert terminal.entry(told["event"]).type == "ComplaintRecorded"
    # who may see it: whoever recorded it, its sender, the desk; the other agency does not learn that it exists
    for voice in (gate, agency, customs, terminal.person("auditor")):
        assert voice.get(f"/complaints/{ref}")["complainant"]["name"] == SAID["complainant"]["name"]
        assert [one["ref"] for one in voice.get("/complaints", open=True)] == [ref]
    for login in ("agency_b", "tally_clerk"):
        problem(terminal.person(login).send("GET", f"/complaints/{ref}"), 404, "not_found")
        assert terminal.person(login).get("/complaints") == []
    refused(terminal.person("agency_b").ask("/complaints", **SAID), "NOT_FOUND", terminal)
    refused(gate.ask("/complaints", **{**SAID, "inspection": "no-such"}), "INSPECTION_NOT_FOUND", terminal)
    # the journal tells its words to those who may read it
    risk = terminal.person("risk_officer").get("/journal", after=told["event"] - 1, limit=1)[0]
    assert (risk["type"], risk["data"], risk["withheld"]) == ("ComplaintRecorded", {}, True)
    # the one it is about does not answer; another one does
    refused(
        customs.ask(f"/complaints/{ref}/answer", finding="NOT_UPHELD", text="No."),
        "COMPLAINT_ABOUT_YOU",
        terminal,
    )
    assert other.must(f"/complaints/{ref}/take")["verdict"] == "accepted"
    other.must(f"/complaints/{ref}/answer", finding="UPHELD", text="One carton was enough.")
    found = agency.get(f"/complaints/{ref}")
    assert (found["standing"], found["open"], found["replies"][0]["finding"]) == ("ANSWERED", False, "UPHELD")
    assert agency.get("/complaints", open=True) == []
    agency.must(f"/complaints/{ref}/reopen", why="The goods are wet now.")
    assert agency.get(f"/complaints/{ref}")["open"]
    second = gate.must("/complaints", **{**SAID, "cause": "DELAY"})["facts"]["complaint"]
    assert second == "CP-2026-0002"
    newest = [one["ref"] for one in customs.get("/complaints")]
    assert (newest, customs.get("/complaints", before=second)[0]["ref"]) == ([second, ref], ref)
    prove_rows(terminal)


def test_messages_go_to_and_fro_with_receipts(any_terminal: Terminal) -> None:
    terminal = any_terminal
    screened(terminal)
    admin, customs = terminal.person("administrator"), terminal.person("customs_inspector")
    blo, desk = terminal.person("liaison_officer"), terminal.person("document_officer")
    admin.must("/organisations", name="BLO Ayritom", kind="LIAISON_OFFICE")
    case = customs.must("/seizures", facts=SEIZED, consignment=REF)["facts"]["seizure"]
    words = {"title": "Hashish in a pallet base", "text": "See the record.", "handling": "LAW_ENFORCEMENT"}
    about = [f"consignment:{REF}", f"seizure:{case}"]
    refused(customs.ask("/messages", **words, office="BLO Nowhere"), "INVALID", terminal)
    low = {**words, "handling": "TERMINAL"}
    refused(customs.ask("/messages", **low, about=about), "CODE_TOO_LOW", terminal)
    refused(desk.ask("/messages", **low, about=[f"seizure:{case}"]), "NOT_FOUND", terminal)
    refused(customs.ask("/messages", **{**words, "handling": "RESTRICTED"}), "CODE_TOO_HIGH", terminal)
    sent = customs.must("/messages", **words, about=about)
    no = sent["facts"]["message"]
    # the liaison officer sees that it is there, opens it, and the writer sees when
    waiting = blo.get(f"/messages/{no}")
    assert (waiting["text"], waiting["about"], waiting["to_open"]) == (None, [], True)
    problem(desk.send("GET", f"/messages/{no}"), 404, "not_found")
    terminal.clock.forward(minutes=7)
    blo.must(f"/messages/{no}/read")
    assert blo.ask(f"/messages/{no}/read")["verdict"] == "already_done"
    opened = blo.get(f"/messages/{no}")
    assert (opened["text"], opened["about"]) == (words["text"], about)
    receipt = customs.get(f"/messages/{no}")["receipts"][0]
    assert receipt["by"] == terminal.ids["liaison_officer"]
    assert receipt["at"] > opened["at"]
    # the answer is an alert for the risk officer, and never under a lower code
    answer = {"title": "The same sender", "text": "Look at three more trucks.", "answers": no}
    refused(blo.ask("/messages", **answer, handling="OPEN"), "CODE_TOO_LOW", terminal)
    back = blo.must("/messages", **answer, handling="LAW_ENFORCEMENT", alert=True)["facts"]["message"]
    risk = terminal.person("risk_officer")
    assert risk.get(f"/messages/{back}")["to_open"]
    risk.must(f"/messages/{back}/read")
    assert risk.get(f"/messages/{back}")["alert"]
    entry = terminal.person("risk_officer").get("/journal", after=sent["event"] - 1, limit=1)[0]
    assert entry["data"]["message"]["text"] == words["text"]  # of the writer's own side
    prove_rows(terminal)


def test_an_alarm_is_confirmed_and_counted(any_terminal: Terminal) -> None:
    terminal = any_terminal
    screened(terminal)
    customs, handler = terminal.person("customs_inspector"), terminal.person("canine_handler")
    dog = {"id": "dog-1", "kind": "DOG_DRUGS", "name": "Bars", "place": "kennel"}
    customs.must("/equipment", **dog, limit_minutes=60, rest_minutes=20)
    one = order(customs, "CANINE_DRUGS", operation="HAMKORLIK-26")
    refused(
        customs.ask(f"/inspections/{one}/confirm", confirmed=True, note="x"), "NOTHING_TO_CONFIRM", terminal
    )
    terminal.clock.forward(minutes=18)
    handler.must(f"/inspections/{one}/start", equipment="dog-1")
    handler.must(f"/inspections/{one}/result", result="INDICATION", note="at the fuel tank", minutes=9)
    report = customs.get("/reports/response")["sections"]
    (row,) = report["methods"]["rows"]
    assert (row["response_median_minutes"], row["work_median_minutes"]) == (18, 9)
    assert (row["alarms"], row["confirmed"], row["open"], row["hit_rate"]) == (1, 0, 1, None)
    assert report["alarms"]["rows"][0]["came_of_it"] == "OPEN"
    refused(handler.ask(f"/inspections/{one}/confirm", confirmed=True, note="x"), "NOT_PERMITTED", terminal)
    refused(customs.ask(f"/inspections/{one}/confirm", confirmed=True, note=" "), "REASON_NEEDED", terminal)
    terminal.clock.forward(minutes=45)
    customs.must(f"/inspections/{one}/confirm", confirmed=True, note="4 kg behind the tank")
    assert customs.ask(f"/inspections/{one}/confirm", confirmed=True, note="x")["verdict"] == "already_done"
    found = customs.get(f"/inspections/{one}")
    assert (found["confirmed"], found["confirm_note"]) == (True, "4 kg behind the tank")
    report = customs.get("/reports/response")["sections"]
    assert report["methods"]["rows"][0]["hit_rate"] == "1.0000"
    assert report["instruments"]["rows"][0]["equipment"] == "dog-1"
    assert report["alarms"]["rows"][0]["said_after_minutes"] == 45
    (month,) = report["calendar"]["rows"]
    assert (month["month"], month["weekday_1"], month["weekday_2"]) == ("2026-11", 1, 0)  # a Monday
    # the sheet of the operation: its orders and what was seized, and nothing of other operations
    order(customs, "VISUAL")
    customs.must("/seizures", facts=SEIZED, consignment=REF, operation="HAMKORLIK-26")
    sheet = customs.get("/reports/operation", operation="HAMKORLIK-26")
    figures = {line["key"]: line["figure"] for line in sheet["sections"]["sheet"]["rows"]}
    wanted = {
        "ordered": 1,
        "done": 1,
        "alarms": 1,
        "confirmed": 1,
        "seizures": 1,
        "response_median": 18,
        "work": 9,
    }
    assert {key: figures[key] for key in wanted} == wanted
    assert sheet["sections"]["seized"]["rows"][0]["quantity"] == "4.25"
    assert (sheet["scope"], sheet["handling"]) == ("HAMKORLIK-26", "LAW_ENFORCEMENT")
    # somebody who reads no seizures gets the sheet without them
    xray = terminal.person("xray_operator").get("/reports/operation", operation="HAMKORLIK-26")["sections"]
    assert "records" not in xray
    problem(customs.send("GET", "/reports/operation"), 422, "invalid_request")
    pdf = customs.send("GET", "/reports/operation", params={"operation": "HAMKORLIK-26", "form": "pdf"})
    assert pdf.content.startswith(b"%PDF-")
    prove_rows(terminal)

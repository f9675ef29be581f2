"""Inspections, equipment, files and seizures over the API, on both databases; the rows are proven by the journal."""

from __future__ import annotations

from typing import Any

import pytest

from terminal.store.fold import verify_state
from tests.support.app import Terminal, Voice, nonce, problem, refused

REF = "INSP-1"
JPEG = b"\xff\xd8\xff\xe0 a picture of the fuel tank"
SEIZED: dict[str, Any] = {
    "post_code": "22-01",
    "agency": "customs",
    "commodity_group": "DRUGS",
    "substance_or_item": "hashish",
    "quantity": "4.25",
    "uom": "kg",
    "concealment_place": "PALLET_BASE",
    "detection_reason": "CANINE",
    "persons": [{"sex": "M", "nationality": "AF", "count": 1}],
    "free_text": "Ahmadsho Karimov was asked",
}


def prove_rows(terminal: Terminal) -> None:
    """Every row follows from the journal."""
    connection = terminal.service.store.connect()
    try:
        assert verify_state(connection) is None
    finally:
        connection.close()


def screened(terminal: Terminal, ref: str = REF) -> list[str]:
    """An announced consignment that has arrived, with its papers seen and screened; its units counted in."""
    labels = terminal.announce(ref, 3)
    gate = terminal.person("gate_operator")
    visit = gate.must("/visits", plate="75412CBA", carries=[ref])["facts"]["visit"]
    seals = [{"number": "UZ0550101"}]
    gate.must(f"/visits/{visit}/steps", step="GATE_IN", plate="75412CBA", seals=seals, point="gate-1")
    terminal.person("document_officer").must("/approvals", consignment=ref, step="DOC_CHECK")
    terminal.person("customs_inspector").must("/approvals", consignment=ref, step="RISK")
    tally = terminal.person("tally_clerk")
    tally.must(f"/visits/{visit}/steps", step="UNLOAD", point="tally-1")
    for label in labels:
        assert tally.scan(label, "TALLY")["verdict"] == "accepted"
    return labels


def attach(voice: Voice, to: str, data: bytes, name: str = "photo.jpg") -> dict[str, Any]:
    answer = voice.send(
        "POST", "/attachments", data={"nonce": nonce(), "to": to}, files={"file": (name, data)}
    )
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def order(voice: Voice, method: str, subject: str = f"consignment:{REF}", **more: Any) -> str:
    given = {"subject": subject, "method": method, "why": "the lane", **more}
    return str(voice.must("/inspections", **given)["facts"]["inspection"])


def test_a_dog_indicates_and_the_goods_are_seized(any_terminal: Terminal) -> None:
    terminal = any_terminal
    labels = screened(terminal)
    customs, handler = terminal.person("customs_inspector"), terminal.person("canine_handler")
    dog = {"id": "dog-1", "kind": "DOG_DRUGS", "name": "Bars", "place": "kennel"}
    customs.must("/equipment", **dog, limit_minutes=60, rest_minutes=20)
    one = order(customs, "CANINE_DRUGS", places=["LOAD"], operation="HAMKORLIK-26")
    told = customs.ask("/approvals", consignment=REF, step="CUSTOMS_RELEASE")
    first = refused(told, "INSPECTION_OPEN", terminal)
    assert first["who"] == ["canine_handler"]
    assert "Search dog, drugs" in told["sentence"]
    assert [item["id"] for item in handler.get("/inspections")] == [one]
    refused(customs.ask(f"/inspections/{one}/start"), "NOT_PERMITTED", terminal)
    refused(handler.ask(f"/inspections/{one}/start"), "EQUIPMENT_NEEDED", terminal)
    handler.must(f"/inspections/{one}/start", equipment="dog-1")
    terminal.clock.forward(minutes=25)
    handler.must(f"/inspections/{one}/result", result="INDICATION", found_at=["LOAD"], note="sat down")
    shown = customs.get(f"/consignments/{REF}")
    assert (shown["lane"], shown["stage"]) == ("RED", "INSPECT")
    (hold,) = [hold for hold in shown["holds"] if hold["reason"] == "CANINE_INDICATION"]
    assert (hold["authority"], hold["lifted_at"]) == ("CUSTOMS", None)
    (line,) = handler.get("/equipment")
    assert (line["uses"], line["minutes_in_shift"], line["warnings"]) == (1, 25, ["RESTING"])
    kit = order(customs, "SEARCH_KIT_CT30", f"unit:{labels[0]}")
    told = customs.must(
        f"/inspections/{kit}/result",
        result="FINDING",
        found_at=["PALLET_BASE"],
        note="four packets",
        agrees=False,
        details={"substance": "hashish"},
        minutes=40,
    )
    picture = attach(customs, f"inspection:{kit}", JPEG)["facts"]
    page = customs.get(f"/inspections/{kit}")
    assert [file["id"] for file in page["attached"]] == [picture["attachment"]]
    assert [line["no"] for line in page["declared"]] == [1]
    assert page["files"] == [picture["sha256"]]
    record = customs.must("/seizures", facts=SEIZED, units=[labels[0]], consignment=REF, inspection=kit)[
        "facts"
    ]["seizure"]
    assert record == "SZ-2026-0001"
    assert customs.get(f"/units/{labels[0]}")["stage"] == "SEIZED"
    refused(terminal.person("tally_clerk").scan(labels[0], "LOAD"), "OPEN_HOLD", terminal)
    customs.must(
        f"/seizures/{record}/custody", received_by="safe keeper", organisation="customs", place="safe 1"
    )
    again = customs.must("/seizures", facts=SEIZED)["facts"]["seizure"]
    assert again == "SZ-2026-0002"
    prove_rows(terminal)


def test_an_xray_brings_its_result_with_its_own_token(terminal: Terminal) -> None:
    ref = "INSP-X"
    terminal.announce(ref, 1)
    one = order(terminal.person("risk_officer"), "XRAY_CARGO", f"consignment:{ref}")
    xray = terminal.device("xray-1", "xray-1", ("INSPECT",))
    told = xray.ask(f"/inspections/{one}/result", result="ANOMALY", note="x", point="gate-1")
    refused(told, "NOT_PERMITTED", terminal)
    answer = {"result": "ANOMALY", "note": "dense block", "details": {"image": "SCAN-7781"}}
    told = xray.must(f"/inspections/{one}/result", **answer)
    kinds = [entry.type for entry in terminal.journal() if entry.seq > told["event"] - 4]
    assert "HoldPlaced" in kinds
    entry = next(entry for entry in terminal.journal() if entry.type == "InspectionDone")
    assert (entry.facts["device"], entry.facts["point"], entry.who) == ("xray-1", "xray-1", "device:xray-1")
    customs = terminal.person("customs_inspector")
    customs.must("/equipment", id="nii", kind="XRAY_CARGO", name="Portal", place="lane 2", serial="xray-1")
    two = order(terminal.person("risk_officer"), "XRAY_CARGO", f"consignment:{ref}")
    xray.must(f"/inspections/{two}/result", result="NO_FINDING")
    (portal,) = [line for line in customs.get("/equipment") if line["id"] == "nii"]
    assert (portal["uses"], portal["busy"]) == (1, [])
    picture = attach(xray, f"inspection:{one}", b"\x00" * 128 + b"DICM picture", "scan.bin")
    assert picture["verdict"] == "accepted"
    shown, _ = terminal.person("xray_operator").get("/inspections", consignment=ref)
    assert (shown["result"], shown["details"], shown["open"]) == ("ANOMALY", {"image": "SCAN-7781"}, True)


def test_two_people_read_each_picture(any_terminal: Terminal) -> None:
    terminal, ref = any_terminal, "INSP-2L"
    terminal.announce(ref, 1)
    risk, customs = terminal.person("risk_officer"), terminal.person("customs_inspector")
    operator, border = terminal.person("xray_operator"), terminal.person("border_officer")
    one = order(risk, "XRAY_CARGO", f"consignment:{ref}")
    refused(operator.ask(f"/inspections/{one}/second-look", agrees=True), "INSPECTION_ENDED", terminal)
    operator.must(f"/inspections/{one}/result", result="NO_FINDING")
    told = customs.ask("/approvals", consignment=ref, step="CUSTOMS_RELEASE")
    waits = next(item for item in told["missing"] if item["reason"] == "SECOND_LOOK_NEEDED")
    assert waits["who"] == ["customs_inspector", "xray_operator"]
    refused(operator.ask(f"/inspections/{one}/second-look", agrees=True), "SECOND_LOOK_OF_OWN", terminal)
    refused(border.ask(f"/inspections/{one}/second-look", agrees=True), "NOT_PERMITTED", terminal)
    machine = terminal.device("xray-3", "xray-1", ("INSPECT",))
    refused(machine.ask(f"/inspections/{one}/second-look", agrees=True), "NOT_PERMITTED", terminal)
    (waiting,) = customs.get("/inspections", method="XRAY_CARGO", consignment=ref)
    assert (waiting["open"], waiting["waits_for_look"]) == (True, True)
    doubt = {"agrees": False, "note": "dense body behind row 3"}
    told = customs.must(f"/inspections/{one}/second-look", **doubt)
    shown = customs.get(f"/inspections/{one}")
    assert (shown["open"], shown["looked_agrees"], shown["result"]) == (False, False, "NO_FINDING")
    (hold,) = [hold for hold in customs.get(f"/consignments/{ref}")["holds"] if hold["id"] == shown["hold"]]
    assert (hold["reason"], hold["note"], hold["lifted_at"]) == ("XRAY_ANOMALY", doubt["note"], None)
    two = order(risk, "BACKSCATTER", f"consignment:{ref}")
    operator.must(f"/inspections/{two}/result", result="NO_FINDING")
    page = customs.send("GET", f"//inspections/{two}").text
    assert f"/inspections/{two}/second-look" in page
    assert f"/inspections/{two}/second-look" not in operator.send("GET", f"//inspections/{two}").text
    assert "Backscatter X-ray" in customs.send("GET", "//inspections").text  # among the work of customs
    assert "Backscatter X-ray" not in operator.send("GET", "//inspections").text
    customs.must(f"/inspections/{two}/second-look", agrees=True)
    assert "Backscatter X-ray" not in customs.send("GET", "//inspections").text
    prove_rows(terminal)


def test_what_cannot_be_done_is_replaced_or_waived(terminal: Terminal) -> None:
    ref = "INSP-NP"
    terminal.announce(ref, 1)
    customs, second = terminal.person("customs_inspector"), terminal.person("customs_2")
    one = order(customs, "VISUAL", f"consignment:{ref}")
    customs.must(f"/inspections/{one}/result", result="NOT_POSSIBLE", note="the light is broken")
    assert [item["open"] for item in customs.get("/inspections", consignment=ref)] == [True]
    told = customs.ask(f"/inspections/{one}/waive", reason="it is only blankets")
    refused(told, "WAIVER_OF_OWN", terminal)
    second.must(f"/inspections/{one}/waive", reason="weighed and counted instead")
    two = order(customs, "ENDOSCOPE", f"consignment:{ref}")
    refused(customs.ask(f"/inspections/{two}/cancel", reason=""), "REASON_NEEDED", terminal)
    customs.must(f"/inspections/{two}/cancel", reason="ordered by mistake")
    same = customs.ask(f"/inspections/{two}/cancel", reason="ordered by mistake")
    assert same["verdict"] == "already_done"
    refused(customs.ask("/inspections/none/start"), "INSPECTION_NOT_FOUND", terminal)
    refused(customs.ask("/inspections", subject="unit:none", method="VISUAL", why="x"), "NOT_FOUND", terminal)


def test_an_expired_kit_is_said_in_words(terminal: Terminal) -> None:
    ref = "INSP-KIT"
    terminal.announce(ref, 1)
    customs = terminal.person("customs_inspector")
    kit = {"id": "kit-77", "kind": "DRUG_TEST_KIT", "name": "Kit 77", "place": "lab", "kit_lot": "L-77"}
    refused(customs.ask("/equipment", **kit), "INVALID", terminal)
    customs.must("/equipment", **kit, expires="2026-11-15")
    one = order(customs, "DRUG_TEST_KIT", f"consignment:{ref}")
    told = customs.ask(f"/inspections/{one}/start", equipment="kit-77")
    refused(told, "EQUIPMENT_EXPIRED", terminal)
    assert (
        told["sentence"] == "The kit Kit 77, lot L-77, expired on 15.11.2026, so its result would not count."
    )
    officer = terminal.person("border_officer")
    officer.must("/equipment/kit-77/change", state="RETIRED", why="expired")
    refused(officer.ask("/equipment/kit-77/change", expires="2027-11-15"), "NOT_PERMITTED", terminal)
    (line,) = [line for line in customs.get("/equipment", kind="DRUG_TEST_KIT") if line["id"] == "kit-77"]
    assert (line["state"], line["warnings"]) == ("RETIRED", ["NOT_IN_SERVICE", "EXPIRED"])


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (JPEG, "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"II*\x00....", "image/tiff"),
        (b"%PDF-1.7 ...", "application/pdf"),
        (b"\x00\x00\x00\x18ftypisom....", "video/mp4"),
        (b"<html><script>alert(1)</script>", None),
        (b"MZ\x90\x00 program", None),
        (b"GIF89a<script>", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_bytes_say_and_comes_back_as_a_download(
    terminal: Terminal, data: bytes, kind: str | None
) -> None:
    ref = f"INSP-F{abs(hash(data)) % 10**6}"
    terminal.announce(ref, 1)
    customs = terminal.person("customs_inspector")
    one = order(customs, "VISUAL", f"consignment:{ref}")
    told = attach(customs, f"inspection:{one}", data, "../odd\nname.html")
    if kind is None:
        refused(told, "FILE_NOT_TAKEN", terminal)
        return
    assert told["verdict"] == "accepted"
    assert attach(customs, f"inspection:{one}", data)["verdict"] == "already_done"
    path = f"/attachments/{told['facts']['attachment']}"
    answer = customs.send("GET", path)
    assert (answer.status_code, answer.content) == (200, data)
    assert answer.headers["content-type"] == kind
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''odd")
    assert "html" not in answer.headers["content-disposition"]
    policy = "sandbox; default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["content-security-policy"] == policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    problem(terminal.person("tally_clerk").send("GET", path), 404, "not_found")
    stored = terminal.service.file_path(told["facts"]["sha256"])
    stored.write_bytes(b"something else")
    problem(customs.send("GET", path), 410, "file_damaged")
    stored.write_bytes(data)


def test_a_seizure_is_read_by_those_its_code_allows_and_exported_without_names(terminal: Terminal) -> None:
    border, risk = terminal.person("border_officer"), terminal.person("risk_officer")
    auditor = terminal.person("auditor")
    case = border.must("/seizures", facts=SEIZED, handling_code="RESTRICTED")["facts"]["seizure"]
    low = border.must("/seizures", facts=SEIZED)["facts"]["seizure"]
    problem(risk.send("GET", f"/seizures/{case}"), 404, "not_found")
    assert risk.get(f"/seizures/{low}")["facts"]["free_text"] == SEIZED["free_text"]
    assert border.get(f"/seizures/{case}")["handling"] == "RESTRICTED"
    assert case not in [record["case_no"] for record in risk.get("/seizures")]
    refused(border.ask("/seizures", facts=SEIZED, handling_code="AGENCIES"), "INVALID", terminal)
    head = terminal.service.store.tail().seq
    for voice, hidden in ((risk, True), (auditor, False)):
        told = {entry["subject"]: entry for entry in voice.get("/journal", after=head - 20)}
        assert (told[f"seizure:{case}"].get("withheld") is True) == hidden
        assert ("hashish" in str(told[f"seizure:{case}"])) != hidden
    page = auditor.send("GET", "//journal").text
    assert "Seizure recorded" in page
    assert f"{case}<" not in risk.send("GET", "//journal").text
    for voice in (auditor, terminal.person("liaison_officer")):
        out = voice.get("/seizures/export")
        assert "Karimov" not in str(out)
        assert "border" not in str([record["case_no"] for record in out["records"]])
        entry = terminal.newest()
        assert (entry.type, entry.data["action"]) == ("SecurityEvent", "exported")
        assert entry.data["facts"]["records"] == len(out["records"])
    border.must(f"/seizures/{low}/change", facts={"lab_result": "resin"}, why="laboratory")
    assert border.get(f"/seizures/{low}")["facts"]["lab_result"] == "resin"
    answer = border.post(f"/seizures/{low}/change", facts={"quantity": "1"}, why="x")
    problem(answer, 422, "invalid_request")
    picture = attach(border, f"seizure:{case}", JPEG)
    assert border.get(f"/seizures/{case}")["files"] == [picture["facts"]["sha256"]]
    problem(risk.send("GET", f"/attachments/{picture['facts']['attachment']}"), 404, "not_found")


def test_floor_staff_see_their_own_work_and_agencies_nothing(terminal: Terminal) -> None:
    ref = "INSP-SEE"
    terminal.announce(ref, 1)
    customs, clerk = terminal.person("customs_inspector"), terminal.person("tally_clerk")
    count = order(customs, "COUNT", f"consignment:{ref}", why="profile 17")
    xray = order(customs, "XRAY_CARGO", f"consignment:{ref}")
    mine = clerk.get("/inspections", consignment=ref)
    assert [(one["id"], one["why"]) for one in mine] == [(count, "")]
    problem(clerk.send("GET", f"/inspections/{xray}"), 404, "not_found")
    assert [one["id"] for one in clerk.get(f"/consignments/{ref}")["inspections"]] == [count]
    assert "inspections" not in terminal.person("agency_user").get(f"/consignments/{ref}")
    assert set(clerk.get("/inspections/templates")) >= {"TRUCK", "WAGON"}
    assert customs.get(f"/inspections/{xray}")["templates"].keys() >= {"TRUCK", "TRAILER"}

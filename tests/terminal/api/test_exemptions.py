"""A strong sanctions match with its humanitarian basis, from the papers to the page: it is recorded, and still blocks."""

from __future__ import annotations

from typing import Any

from tests.support.app import DATA, Terminal, Voice, nonce, refused

NOTE = "Food for a hospital; resolution 2615 covers it."


def state(voice: Voice, hold: str, basis: str = "UNSCR_2615_P1", note: str = NOTE) -> dict[str, Any]:
    return voice.ask(f"/holds/{hold}/exemption", basis=basis, note=note)


def test_two_officers_state_the_basis_and_the_match_stays(terminal: Terminal) -> None:
    sent = terminal.person("administrator").send(
        "POST",
        "/data",
        data={"nonce": nonce()},
        files=[("files", ("unsc.xml", (DATA / "unsc_sample.xml").read_bytes()))],
    )
    assert sent.status_code == 200, sent.text
    terminal.announce("EXM-1", donor="Namuna Hawala Exchange")
    first, second = terminal.person("sanctions_officer"), terminal.person("sanctions_2")
    (hold,) = [h for h in first.get("/holds") if h["consignment"] == "EXM-1" and h["reason"] == "SANCTIONS"]
    assert hold["severity"] == "BLOCK"
    refused(state(terminal.person("customs_inspector"), hold["id"]), "HOLD_NOT_YOURS", terminal)
    refused(state(first, hold["id"], note=" "), "REASON_NEEDED", terminal)
    assert state(first, hold["id"])["verdict"] == "accepted"
    refused(state(first, hold["id"]), "SECOND_PERSON_NEEDED", terminal)
    assert state(second, hold["id"])["verdict"] == "accepted"
    assert state(second, hold["id"])["verdict"] == "already_done"
    (after,) = [h for h in first.get("/holds") if h["id"] == hold["id"]]
    assert [(one["basis"], one["by"]) for one in after["exemptions"]] == [
        ("UNSCR_2615_P1", terminal.ids["sanctions_officer"]),
        ("UNSCR_2615_P1", terminal.ids["sanctions_2"]),
    ]
    found = terminal.person("auditor").get("/consignments/EXM-1/checks")["findings"]
    assert {"SAN-01"} <= {one["check"] for one in found}
    waived = first.ask(f"/holds/{hold['id']}/lift", outcome="CLEARED_WAIVED", note="aid", evidence=["2615"])
    refused(waived, "BLOCK_NOT_WAIVABLE", terminal)

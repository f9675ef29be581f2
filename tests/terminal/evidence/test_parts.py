"""Partial release over the API, and a hold that closes the gate while the truck stands there."""

from __future__ import annotations

import re
from typing import Any

from devices.readings import PlateReading
from terminal import access
from terminal.cases.passes import labels_digest
from terminal.evidence import karvon_verify as kv
from terminal.papers import release_note
from terminal.papers.making import Making
from terminal.papers.sheet import Table
from tests.support.app import PASSWORD, Terminal, refused
from tests.terminal.api.test_stream import address, listening
from tests.terminal.evidence.conftest import Truck, truck
from workflows.state import PermissionKind

__all__ = ["address"]


def loaded(made: Truck, visit: str, plate: str, labels: list[str]) -> None:
    """Another empty truck comes, is weighed, takes these units, is sealed and weighed out."""
    own, made.visit = made.visit, visit
    try:
        made.person("gate_operator").must(
            f"/visits/{visit}/steps", step="GATE_IN", plate=plate, point="gate-1"
        )
        made.weigh("15420", "WEIGH_IN")
        clerk = made.person("tally_clerk")
        clerk.must(f"/visits/{visit}/steps", step="LOAD", point="load-1")
        for label in labels:
            told = clerk.scan(label, "LOAD", "load-1", unit_context={"visit": visit})
            assert told["verdict"] == "accepted", told
        made.person("customs_inspector").must(
            f"/visits/{visit}/steps", step="SEAL", seals=[{"number": f"S-{visit}", "cls": "H"}]
        )
        kg = made.kg / len(made.labels) * len(labels)
        made.weigh(15420 + kg, "WEIGH_OUT")
    finally:
        made.visit = own


def out(made: Truck, visit: str, plate: str) -> dict[str, Any]:
    return made.person("gate_operator").ask(
        f"/visits/{visit}/steps",
        step="GATE_OUT",
        plate=plate,
        point="gate-1",
        seals=[{"number": f"S-{visit}"}],
    )


def approve(made: Truck, who: str, step: str, **more: Any) -> dict[str, Any]:
    return made.person(who).ask("/approvals", consignment=made.ref, step=step, **more)


def noted(made: Truck) -> list[str]:
    """The labels that the release note lists."""
    with made.terminal.service.reading() as reader:
        person = reader.people.by_login("auditor")
        assert person is not None
        caller = access.Caller(access.actor_of(person), person.name)
        place, now = made.terminal.service.settings.terminal, made.terminal.clock.now
        sheet = release_note.make(Making(reader, caller, place, now, "en"), made.ref)
    tables = [block for block in sheet.blocks if isinstance(block, Table)]
    return [
        row[0].replace(" ", "")
        for block in tables
        if block.heading == "Units it covers"
        for row in block.rows
    ]


def test_two_parts_leave_on_two_trucks_and_add_up_to_the_whole(terminal: Terminal) -> None:
    made = truck(terminal, "PARTS-1", ready=False)
    made.arrive()
    made.inspect()
    a, b, c = made.labels
    customs, gate = made.person("customs_inspector"), made.person("gate_operator")
    hold = customs.must("/holds", subject=f"unit:{b}", reason="DAMAGE", note="wet")["facts"]["hold"]
    refused(approve(made, "customs_2", "CUSTOMS_RELEASE", units=[a, b]), "OPEN_HOLD", terminal)

    told = approve(made, "customs_2", "CUSTOMS_RELEASE", clean=True)
    assert told["verdict"] == "accepted", told
    assert (told["facts"]["units"], told["facts"]["count"]) == (sorted([a, c]), 2)
    first = gate.must("/visits", plate="01 701 AAA")["facts"]["visit"]
    second = gate.must("/visits", plate="01 702 AAA")["facts"]["visit"]
    told = approve(made, "release_officer", "RELEASE", clean=True, visit=first)
    assert (told["verdict"], told["facts"]["plate"]) == ("accepted", "01701AAA"), told
    assert noted(made) == sorted([a, c]), "the paper names what may go, and nothing else"
    again = approve(made, "customs_inspector", "CUSTOMS_RELEASE", units=[a])
    refused(again, "ALREADY_RELEASED", terminal)
    assert "released before" in again["sentence"]
    told = approve(made, "release_officer", "RELEASE", clean=True)
    refused(told, "INVALID", terminal)

    clerk = made.person("tally_clerk")
    loaded(made, first, "01701AAA", [a, c])
    told = clerk.scan(b, "LOAD", "load-1", unit_context={"visit": first})
    assert "NO_CUSTOMS_RELEASE" in [item["reason"] for item in told["missing"]]
    made.person("release_officer").must(f"/visits/{first}/gate-pass")
    one = gate.get(f"/visits/{first}/gate-pass")
    assert one["labels"] == sorted([a, c])
    said = kv.read_pass(one["text"])
    assert (said["units"], said["labels"]) == (2, labels_digest([a, c]))
    assert out(made, first, "01701AAA")["verdict"] == "accepted"
    found = gate.get(f"/consignments/{made.ref}")
    assert found["stage"] == "INSPECT"
    assert found["departures"] == {first: sorted([a, c])}
    assert found["units_by_stage"] == {"GATE_OUT": 2, "TALLY": 1}

    made.person("customs_inspector").must(f"/holds/{hold}/lift", outcome="CLEARED_CORRECTED", note="dried")
    told = approve(made, "customs_inspector", "CUSTOMS_RELEASE")
    assert told["facts"]["units"] == [b]
    assert approve(made, "release_officer", "RELEASE", visit=second)["verdict"] == "accepted"
    assert gate.get(f"/consignments/{made.ref}")["stage"] == "RELEASE"
    loaded(made, second, "01702AAA", [b])
    assert out(made, second, "01702AAA")["verdict"] == "accepted"
    assert gate.get(f"/consignments/{made.ref}")["stage"] == "GATE_OUT"


def test_a_partial_release_of_a_hold_leaves_it_on_the_units_it_is_about(terminal: Terminal) -> None:
    made = truck(terminal, "PARTS-2", ready=False)
    made.arrive()
    customs = made.person("customs_inspector")
    hold = customs.must("/holds", subject=f"consignment:{made.ref}", reason="DAMAGE", note="wet")["facts"][
        "hold"
    ]
    ask = {"outcome": "PARTIAL_RELEASE", "note": "only this pallet is wet"}
    refused(customs.ask(f"/holds/{hold}/lift", **ask, units=["0" * 18]), "NOT_FOUND", terminal)
    refused(customs.ask(f"/holds/{hold}/lift", **ask), "INVALID", terminal)
    customs.must(f"/holds/{hold}/lift", **ask, units=[made.labels[1]])
    (left,) = [h for h in customs.get("/holds") if h["consignment"] == made.ref]
    assert (left["subject"], left["reason"]) == (f"unit:{made.labels[1]}", "DAMAGE")


def test_a_hold_placed_while_the_truck_is_at_the_gate_closes_that_gate_at_once(
    terminal: Terminal, address: str
) -> None:
    made = truck(terminal, "AT-GATE")
    gate, customs = made.person("gate_operator"), made.person("customs_inspector")
    made.person("release_officer").must(f"/visits/{made.visit}/gate-pass")
    text = gate.get(f"/visits/{made.visit}/gate-pass")["text"]
    page = gate.send("GET", f"//gate?point=gate-1&visit={made.visit}").text
    assert made.plate in page
    with listening(address, gate) as notices:
        customs.must("/holds", subject=f"unit:{made.labels[0]}", reason="INTELLIGENCE", note="a tip")
        told = [next(notices) for _ in range(2)]
    assert [one["type"] for one in told] == ["HoldPlaced", "GatePassRevoked"]
    answer = gate.ask(
        f"/visits/{made.visit}/steps",
        step="GATE_OUT",
        plate=made.plate,
        point="gate-1",
        seals=[{"number": made.seal}],
    )
    refused(answer, "OPEN_HOLD", terminal)
    assert answer["missing"][0]["facts"]["authority"] == "CUSTOMS"
    assert "INTELLIGENCE" not in str(answer)
    scan = gate.scan(text, "GATE_OUT", "gate-1", symbology="]Q1")
    assert refused(scan, "GATEPASS_NOT_GOOD", terminal)["facts"]["revoked_for"] == "HOLD"
    officer = made.person("customs_2").ask(f"/visits/{made.visit}/gate-pass")
    assert officer["verdict"] == "refused"


def test_what_a_gate_hears_of_a_sanctions_hold_is_customs(terminal: Terminal) -> None:
    made = truck(terminal, "QUIET-1")
    officer = made.person("sanctions_officer")
    given = {"authority": "SANCTIONS", "reason": "SANCTIONS", "note": "a name"}
    officer.must("/holds", subject=f"consignment:{made.ref}", **given)
    told = made.step("gate_operator", "GATE_OUT", plate=made.plate, point="gate-1")
    assert told["reason"] == "OPEN_HOLD"
    assert "sanction" not in str(told).casefold()
    entry = terminal.entry(int(str(told["event"])))
    assert entry.data["missing"][0]["facts"]["authority"] == "SANCTIONS"  # the journal has it whole
    clerk = made.person("tally_clerk").scan(
        made.labels[0], "LOAD", "load-1", unit_context={"visit": made.visit}
    )
    assert "sanction" not in str(clerk).casefold()
    for page in (f"//visits/{made.visit}", f"//gate?point=gate-1&visit={made.visit}"):
        assert "sanction" not in made.person("gate_operator").send("GET", page).text.casefold()
    desk = made.person("release_officer").send(
        "GET", f"//consignments/{made.ref}/approvals?kind=TERMINAL_RELEASE"
    )
    assert desk.status_code == 200
    assert "sanction" not in desk.text.casefold()
    assert "anctions" in made.person("customs_inspector").send("GET", f"//consignments/{made.ref}").text


def page_of(made: Truck, query: str) -> str:
    answer = made.person("gate_operator").send("GET", f"//gate?point=gate-1&{query}")
    assert answer.status_code == 200
    return answer.text


def test_a_pass_that_is_worth_nothing_is_refused_at_the_gate_page_with_its_reason_and_kept(
    terminal: Terminal,
) -> None:
    made = truck(terminal, "WORTH-1")
    made.person("release_officer").must(f"/visits/{made.visit}/gate-pass")
    text = made.person("gate_operator").get(f"/visits/{made.visit}/gate-pass")["text"]

    def kept() -> Any:
        return terminal.newest()

    assert f"Gate pass of {made.plate}" in page_of(made, f"plate={text}")
    good = kept()
    assert (good.type, good.data["code"]) == ("ScanNoted", f"KRV:PASS:{kv.read_pass(text)['id']}")
    page_of(made, f"plate={text}")
    assert kept().seq == good.seq  # looked at again: the same entry

    body, _ = kv.split_pass(text)
    forged = kv.pass_text(body, b"\0" * 64)
    assert "This gate pass is not good." in page_of(made, f"plate={forged}")
    assert kept().data["missing"][0]["facts"]["why"] == "unknown"
    assert "This gate pass is not good." in page_of(made, f"plate={text[:-4]}")
    assert kept().data["missing"][0]["facts"]["why"] == "unreadable"

    terminal.service.last_plate["gate-1"] = PlateReading(
        id="p-1",
        device="anpr-1",
        point="gate-1",
        at=terminal.clock.now,
        protocol="hikvision",
        plate="01999ZZZ",
    )
    told = page_of(made, f"plate={text}")
    assert f"This gate pass is for {made.plate}, but 01999ZZZ stands here." in told
    assert kept().data["missing"][0]["facts"]["why"] == "other_plate"
    del terminal.service.last_plate["gate-1"]

    made.person("customs_inspector").must(
        "/holds", subject=f"visit:{made.visit}", reason="SEAL", note="looks odd"
    )
    assert "was taken back" in page_of(made, f"plate={text}")
    assert kept().data["missing"][0]["facts"]["revoked_for"] == "HOLD"
    (row,) = [h for h in made.person("customs_inspector").get("/holds") if h["subject"].endswith(made.visit)]
    hold = made.person("customs_inspector").send("GET", f"//holds/{row['id']}").text
    assert made.plate in hold
    assert f">{made.visit}<" not in hold


def test_the_gate_asks_which_of_two_vehicles_with_one_plate_it_is(terminal: Terminal) -> None:
    gate = terminal.person("gate_operator")
    first = gate.must("/visits", plate="01 555 BBB", trailer="01 1111 AA")["facts"]["visit"]
    page = gate.send("GET", "//gate?point=gate-1&plate=01555BBB").text
    assert "Which one is it?" not in page
    assert "Let it in" in page
    second = gate.must("/visits", plate="01 555 BBB", trailer="01 2222 AA")["facts"]["visit"]
    page = gate.send("GET", "//gate?point=gate-1&plate=01555BBB").text
    assert "Which one is it?" in page
    assert 'name="step"' not in page
    for visit in (first, second):
        assert f"visit={visit}" in page
    chosen = gate.send("GET", f"//gate?point=gate-1&plate=01555BBB&visit={second}").text
    assert f'name="visit" value="{second}"' in chosen


def form_of(html: str) -> dict[str, str]:
    """The hidden fields of the approval's form."""
    return dict(re.findall(r'<input type="hidden" name="(csrf|kind|digest|cover)" value="([^"]*)"', html))


def test_the_page_of_an_approval_lists_the_units_and_covers_those_that_were_ticked(
    terminal: Terminal,
) -> None:
    made = truck(terminal, "PAGE-1", ready=False)
    made.arrive()
    made.inspect()
    a, b, c = made.labels
    customs, desk = made.person("customs_inspector"), made.person("release_officer")
    customs.must("/holds", subject=f"unit:{b}", reason="DAMAGE", note="wet")
    path = f"//consignments/{made.ref}/approvals"
    page = customs.send("GET", f"{path}?kind=CUSTOMS_RELEASE&cover=some").text
    ticks = dict(re.findall(r'<input type="checkbox" name="unit" value="(\d+)" (checked|disabled)', page))
    assert ticks == {a: "checked", b: "disabled", c: "checked"}
    assert "held or to be inspected" in page
    form = form_of(page)
    sent = customs.send("POST", path, data={**form, "password": PASSWORD})
    assert "cover=some" in sent.headers["location"]
    sent = customs.send("POST", path, data={**form, "unit": [a, c], "password": PASSWORD})
    assert sent.status_code == 303
    with terminal.service.reading() as reader:
        found = reader.consignment(made.ref)
    assert found is not None
    assert [p.units for p in found.parts(PermissionKind.CUSTOMS_RELEASE)] == [tuple(sorted([a, c]))]
    own = desk.send("GET", f"//consignments/{made.ref}").text
    assert "given for 2 units" in own
    assert f"{path[1:]}" in own

    page = desk.send("GET", f"{path}?kind=TERMINAL_RELEASE&cover=some").text
    visit = made.person("gate_operator").must("/visits", plate="01 777 CCC")["facts"]["visit"]
    sent = desk.send(
        "POST", path, data={**form_of(page), "unit": [a], "vehicle": visit, "password": PASSWORD}
    )
    with terminal.service.reading() as reader:
        found = reader.consignment(made.ref)
    assert found is not None
    (part,) = found.parts(PermissionKind.TERMINAL_RELEASE)
    assert (part.units, part.visit, part.plate) == ((a,), visit, "01777CCC")
    rest = desk.send("GET", f"{path}?kind=TERMINAL_RELEASE").text
    assert "Everything that is left" in rest
    assert "does not cover" in rest

    # A protected change drops what is still here, at both desks and at once.
    made.person("document_officer").must(
        f"/consignments/{made.ref}/documents", type="INSURANCE", number="INS-9"
    )
    for somebody in (customs, desk):
        assert "Fell away" in somebody.send("GET", f"//consignments/{made.ref}").text
        holds = somebody.send("GET", "//holds").text
        assert "Approvals that fell away" in holds
        assert "yours" in holds
        assert made.ref in holds

"""The watch list over the API: who keeps it, what is stopped by it at once, and what nobody else learns."""

from __future__ import annotations

from typing import Any

from devices.readings import new_id
from terminal.replaying import replay
from tests.support.app import API, PEOPLE, Terminal, refused
from tests.terminal.api.test_device_readings import arrive, enter, event, post
from workflows.events import ChecksRun
from workflows.events_data import ReferenceDataLoaded
from workflows.roles import Role

ENTRY: dict[str, Any] = {
    "kind": "plate",
    "value": "75 803 KBA",
    "reason": "seen with another trailer",
    "last_day": "2026-12-31",
    "note": "asked by the liaison office",
}


def gate_of(terminal: Terminal) -> str:
    return next(
        p.id for p in terminal.service.settings.points if "GATE_IN" in [step.value for step in p.steps]
    )


def holds_of(terminal: Terminal, ref: str) -> list[dict[str, Any]]:
    found = terminal.person("border_officer").get("/holds")
    return [hold for hold in found if hold["consignment"] == ref and hold["check"] == "VEH-02"]


def test_a_plate_on_the_list_stops_the_goods_it_brings(any_terminal: Terminal) -> None:
    terminal = any_terminal
    border, gate = terminal.person("border_officer"), gate_of(terminal)
    terminal.announce("WATCH-1", 1)
    visit = arrive(terminal, "75-803 KBA", "WATCH-1")
    assert enter(terminal, visit, "75803KBA", gate)["verdict"] == "accepted"
    assert holds_of(terminal, "WATCH-1") == []

    # Listed while the truck stands inside: what is under way is judged again in the same request.
    border.must("/watch-list", **ENTRY)
    (hold,) = holds_of(terminal, "WATCH-1")
    assert (hold["authority"], hold["reason"], hold["severity"]) == ("BORDER", "INTELLIGENCE", "BLOCK")
    assert border.ask("/watch-list", **ENTRY)["verdict"] == "already_done"

    # Taken off: the hold stays, and nobody waives it; the border service ends it with its decision.
    gone = {"kind": "plate", "value": ENTRY["value"], "note": "found to be another truck"}
    border.must("/watch-list/end", **gone)
    assert border.get("/watch-list") == []
    (hold,) = holds_of(terminal, "WATCH-1")
    path = f"/holds/{hold['id']}/lift"
    refused(border.ask(path, outcome="CLEARED_WAIVED", note="looks fine"), "BLOCK_NOT_WAIVABLE", terminal)
    customs = terminal.person("customs_inspector")
    refused(customs.ask(path, outcome="CLEARED_CORRECTED", note="other truck"), "HOLD_NOT_YOURS", terminal)
    border.must(path, outcome="CLEARED_CORRECTED", note="another truck of nearly the same plate")
    assert holds_of(terminal, "WATCH-1") == []

    # Every decision comes out the same by the list of then.
    service = terminal.service
    runs = [e for e in terminal.journal() if isinstance(e.event, ChecksRun)]
    assert len({e.data["basis"] for e in runs}) >= 2
    for entry in runs:
        ref = entry.subject.partition(":")[2]
        assert replay(service.store, service.room, lambda: b"k" * 32, ref, entry.seq).same


def passport(terminal: Terminal, point: str, **said: str) -> dict[str, Any]:
    fields = {
        "surname": "QORAYEV",
        "given": "ESHMAT",
        "number": "FA1234567",
        "birth_date": "1980-02-03",
        **said,
    }
    return event(terminal, "mrz-1", point, "reader", "mrz", fields={"expiry_date": "2030-01-01", **fields})


def test_a_travel_document_is_screened_when_it_is_read(terminal: Terminal) -> None:
    gateway = terminal.device("gate-pc-w", None, ["GATE_IN"])
    border, gate = terminal.person("border_officer"), gate_of(terminal)
    border.must("/watch-list", **{**ENTRY, "kind": "document", "value": "FA 123 45 67"})
    border.must("/watch-list", **{**ENTRY, "kind": "name", "value": "Eshmat Qorayev"})
    terminal.announce("WATCH-2", 1, driver=None)
    visit = arrive(terminal, "01W222WW", "WATCH-2")
    assert enter(terminal, visit, "01W222WW", gate)["verdict"] == "accepted"
    assert holds_of(terminal, "WATCH-2") == []
    reading = passport(terminal, gate)
    reading["id"] = new_id()
    post(gateway, reading)
    (hold,) = holds_of(terminal, "WATCH-2")
    assert hold["target"] == "party:driver"

    # The sanctions list is asked as well: the sample list names one person with that birth date.
    terminal.clock.forward(hours=1)
    terminal.announce("WATCH-3", 1, driver=None)
    visit = arrive(terminal, "01W333WW", "WATCH-3")
    enter(terminal, visit, "01W333WW", gate)
    post(gateway, passport(terminal, gate, surname="NAMUNAWAL", given="TURYALAY", number="P7654321"))
    told = terminal.person("sanctions_officer").get("/consignments/WATCH-3")
    assert {hold["check"] for hold in told["holds"]} & {"SAN-01", "SAN-02"}, told["holds"]


def on_vehicle(terminal: Terminal, visit: str) -> list[dict[str, Any]]:
    found = terminal.person("border_officer").get("/holds")
    return [hold for hold in found if hold["subject"] == f"visit:{visit}"]


def test_a_driver_the_gate_typed_is_screened_with_and_without_cargo(any_terminal: Terminal) -> None:
    terminal = any_terminal
    terminal.clock.forward(hours=1)
    border, gate = terminal.person("border_officer"), terminal.person("gate_operator")
    border.must("/watch-list", **{**ENTRY, "kind": "name", "value": "Toshmat Beknazarov"})

    # With cargo, and no document that names a driver: the goods are held.
    terminal.announce("WATCH-4", 1, driver=None, vehicle=None, documents=())
    visit = arrive(terminal, "01W555WW", "WATCH-4")
    step = {"step": "GATE_IN", "plate": "01W555WW", "point": gate_of(terminal)}
    gate.must(f"/visits/{visit}/steps", **step, driver="БЕКНАЗАРОВ Тошмат")
    (hold,) = holds_of(terminal, "WATCH-4")
    assert (hold["target"], hold["severity"]) == ("party:driver", "BLOCK")

    # An empty truck that nobody announced: it is held itself, and neither loaded nor let out.
    terminal.clock.forward(minutes=20)
    new = {"plate": "01W666WW", "trailer": "01 9090 AB", "driver": "Toshmat Beknazarov"}
    told = gate.must("/visits/arrivals", **new, point=gate_of(terminal))
    (hold,) = on_vehicle(terminal, told["facts"]["visit"])
    assert (hold["check"], hold["authority"], hold["reason"]) == ("VEH-02", "BORDER", "INTELLIGENCE")
    assert {"LOAD", "SEAL", "GATE_OUT"} <= set(hold["blocks"])

    # Its trailer comes on the list while it stands inside; ended by the border service it is not stopped again.
    border.must("/watch-list", **{**ENTRY, "value": "01 9090 AB"})
    held = on_vehicle(terminal, told["facts"]["visit"])
    assert {one["target"] for one in held} == {"party:driver", "vehicle:trailer"}
    for one in held:
        border.must(f"/holds/{one['id']}/lift", outcome="CLEARED_CORRECTED", note="another of that name")
    border.must("/watch-list", **{**ENTRY, "value": "01 W 777 WW"})
    assert on_vehicle(terminal, told["facts"]["visit"]) == []


def test_nobody_else_learns_who_is_on_it(terminal: Terminal) -> None:
    terminal.person("border_officer").must("/watch-list", **{**ENTRY, "value": "01 W 444 WW"})
    for login, (roles, _) in PEOPLE.items():
        if Role.BORDER_OFFICER in roles:
            continue
        voice = terminal.person(login)
        assert voice.send("GET", "/watch-list").status_code == 403
        refused(voice.ask("/watch-list", **ENTRY), "NOT_PERMITTED", terminal)
        page = terminal.send("GET", "http://karvon.test/watch-list", headers=voice.headers)
        assert page.status_code == 403
    admin = terminal.person("administrator")
    assert "watch_list" not in admin.send("GET", "/data").text
    assert admin.send("GET", "/data/watch_list.json").status_code in (404, 422)
    auditor = terminal.person("auditor")
    text = terminal.send("GET", f"http://karvon.test{API}/journal?limit=1000", headers=auditor.headers).text
    assert "watch_list.json" in text, "that it changed is in the journal"
    assert "W444WW" not in text.replace(" ", "")
    entries = [e for e in terminal.journal() if isinstance(e.event, ReferenceDataLoaded)]
    assert {e.who for e in entries} == {terminal.ids["border_officer"]}


def test_an_entry_needs_reason_last_day_and_a_word_for_the_journal(terminal: Terminal) -> None:
    border = terminal.person("border_officer")
    for wrong in (
        {"value": "--"},
        {"reason": " "},
        {"last_day": "2026-11-01"},
        {"kind": "name", "value": "Ali"},
    ):
        refused(border.ask("/watch-list", **{**ENTRY, **wrong}), "INVALID", terminal)
    refused(border.ask("/watch-list", **{**ENTRY, "note": ""}), "REASON_NEEDED", terminal)
    refused(
        border.ask("/watch-list/end", kind="plate", value="00 A 000 AA", note="gone"), "INVALID", terminal
    )


def test_a_sender_that_is_not_on_a_list_which_is_kept_counts_for_more(terminal: Terminal) -> None:
    auditor = terminal.person("auditor")

    def points(ref: str) -> set[str]:
        choice = auditor.get("/lanes/one", consignment=ref)["routing"]["choice"]
        return {reason["indicator"] for reason in choice["reasons"]}

    terminal.announce("WATCH-5", 1)
    assert "R03" not in points("WATCH-5"), "nobody keeps the list yet"
    admin = terminal.person("administrator")
    admin.must("/organisations", name="Agency B", kind="UN", note="listed")
    terminal.announce("WATCH-6", 1)
    assert "R03" in points("WATCH-6")
    admin.must("/organisations", name="Agency A", kind="UN", note="listed")
    terminal.announce("WATCH-7", 1)
    assert "R03" not in points("WATCH-7")

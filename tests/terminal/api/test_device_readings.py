"""Readings of gate devices that reach the server: recorded once, in order, and told to what they concern."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from devices.adapters.logger import summary
from devices.loggers import read_logger, zone_of
from devices.readings import new_id
from terminal.cases import consignments
from terminal.cases.temperatures import values_in
from terminal.store.journal import Entry
from tests.support.app import Terminal, Voice
from workflows.papers import TemperatureRange
from workflows.roles import Actor, Role

CSV = b"Serial: TL-77\nDate,Time,Temp C\n2026-11-15,08:00,4.1\n2026-11-15,08:10,4.4\n2026-11-15,09:30,9.0\n"


@pytest.fixture
def gateway(terminal: Terminal) -> Voice:
    return terminal.device("gate-pc", None, ["GATE_IN"])


@pytest.fixture
def gate(terminal: Terminal) -> str:
    """The gate, with nothing that stood there before."""
    terminal.clock.forward(hours=1)
    terminal.service.last_plate.clear()
    return next(
        p.id for p in terminal.service.settings.points if "GATE_IN" in [step.value for step in p.steps]
    )


def event(
    terminal: Terminal, device: str, point: str, kind: str, protocol: str, **more: Any
) -> dict[str, Any]:
    fields = more.pop("fields")
    at = terminal.clock.now.isoformat()
    return {
        "reading": "event",
        "id": new_id(),
        "device": device,
        "point": point,
        "at": at,
        "protocol": protocol,
        "kind": kind,
        "fields": fields,
        "raw": b"a frame".hex(),
        **more,
    }


def plate(terminal: Terminal, point: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "reading": "plate",
        "id": new_id(),
        "device": "anpr-1",
        "point": point,
        "at": terminal.clock.now.isoformat(),
        "protocol": "hikvision_anpr",
        "plate": text,
        "confidence": "97",
        "direction": "forward",
        "extra": {"plate": text, "speed": 12.5},
        "raw": b"<EventNotificationAlert/>".hex(),
        **more,
    }


def seal(terminal: Terminal, point: str, number: str, state: str) -> dict[str, Any]:
    fields = {"seal": number, "state": state, "battery": "80"}
    return event(terminal, "seal-1", point, "seal", "scan_text", fields=fields)


def post(voice: Voice, *readings: dict[str, Any]) -> list[dict[str, Any]]:
    body = json.dumps(readings).encode("ascii")  # with escapes, so that odd characters reach the server
    path, headers = f"/devices/{readings[0]['device']}/readings", {"content-type": "application/json"}
    answer = voice.send("POST", path, content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    told: list[dict[str, Any]] = answer.json()
    return told


def arrive(terminal: Terminal, text: str, *carries: str) -> str:
    told = terminal.person("document_officer").must("/visits", plate=text, carries=list(carries))
    identity: str = told["facts"]["visit"]
    return identity


def enter(terminal: Terminal, visit: str, text: str, point: str, **more: Any) -> dict[str, Any]:
    return terminal.person("gate_operator").ask(
        f"/visits/{visit}/steps", step="GATE_IN", plate=text, point=point, **more
    )


def story(terminal: Terminal, subject: str) -> list[Entry]:
    with terminal.service.reading() as reader:
        return reader.history(subject)


def links(terminal: Terminal, visit: str) -> list[dict[str, Any]]:
    return [dict(e.data) for e in story(terminal, f"visit:{visit}") if e.type == "ReadingLinked"]


def test_a_plate_is_proposed_at_the_gate_and_told_to_its_vehicle(
    terminal: Terminal, gateway: Voice, gate: str
) -> None:
    visit = arrive(terminal, "01 A 777 AA")
    first = plate(terminal, gate, "01A777AA")
    (told,) = post(gateway, first)
    assert told["verdict"] == "accepted"
    entry = terminal.entry(told["event"])
    read = next(e for e in story(terminal, "device:anpr-1"))
    assert (read.type, read.data["reading"], read.data["fields"]["speed"]) == (
        "PlateRead",
        first["id"],
        "12.5",
    )
    assert bytes.fromhex(read.data["raw"]) == b"<EventNotificationAlert/>"
    assert (read.facts["device"], read.facts["point"]) == ("anpr-1", gate)
    assert read.facts["device_at"].startswith(terminal.clock.now.strftime("%Y-%m-%dT%H:%M"))
    assert entry.type == "ReadingLinked"
    assert links(terminal, visit)[0]["said"] == ["PLATE_EXPECTED"]
    assert "01A777AA" in terminal.person("gate_operator").send("GET", f"//gate?point={gate}").text
    length = terminal.service.store.tail().seq
    assert post(gateway, first)[0] == told
    assert terminal.service.store.tail().seq == length
    # a truck that waits is told of again and again: the camera's chain has it all, the vehicle's story once
    post(gateway, plate(terminal, gate, "01A777AA"))
    assert len(links(terminal, visit)) == 1
    assert len(story(terminal, "device:anpr-1")) >= 2
    # what was read earlier and came later is recorded, and changes nothing at the gate
    late = plate(terminal, gate, "01B000BB", at="2026-11-16T07:00:01+00:00")
    post(gateway, late)
    assert terminal.service.last_plate[gate].plate == "01A777AA"


def test_an_order_is_kept_and_a_long_frame_is_a_file(terminal: Terminal, gateway: Voice, gate: str) -> None:
    picture = b"\xff\xd8" + bytes(5000)
    queue = [
        plate(terminal, gate, f"01X{number:03d}XX", raw=picture.hex() if number == 1 else "")
        for number in range(4)
    ]
    told = post(gateway, *queue)
    assert [one["id"] for one in told] == [one["id"] for one in queue]
    newest = story(terminal, "device:anpr-1")[:4]
    assert [e.data["reading"] for e in reversed(newest)] == [one["id"] for one in queue]
    kept = newest[2]
    assert kept.data["raw"] == ""
    assert terminal.service.file_path(kept.data["raw_sha256"]).read_bytes() == picture


def test_a_gateway_speaks_for_its_own_point_only(terminal: Terminal, gate: str) -> None:
    elsewhere = terminal.device("yard-pc", "tally-1", ["TALLY"])
    (told,) = post(elsewhere, plate(terminal, gate, "01C111CC"))
    assert (told["verdict"], told["reason"]) == ("refused", "NOT_PERMITTED")
    assert gate not in terminal.service.last_plate


def test_a_seal_is_compared_with_the_papers_and_with_its_reading_before(
    terminal: Terminal, gateway: Voice, gate: str
) -> None:
    terminal.announce("SEAL-1", seal="H-UZ 550-0192")
    visit = arrive(terminal, "01D222DD", "SEAL-1")
    assert enter(terminal, visit, "01D222DD", gate)["verdict"] == "accepted"
    (told,) = post(gateway, seal(terminal, gate, "HUZ5500192", "sealed"))
    assert told["facts"]["said"] == ["SEAL_ON_PAPERS"]
    assert told["facts"]["visit"] == visit
    (told,) = post(gateway, seal(terminal, gate, "HUZ5500192", "sealed"))
    assert told["facts"]["said"] == ["SEAL_ON_PAPERS", "SEAL_UNCHANGED"]
    terminal.clock.forward(minutes=20)
    (told,) = post(gateway, seal(terminal, "weighbridge-1", "HUZ5500192", "tampered"))
    assert told["verdict"] == "attention"
    assert set(told["facts"]["said"]) == {"SEAL_ON_PAPERS", "SEAL_CHANGED", "SEAL_NOT_INTACT"}
    newest = links(terminal, visit)[0]
    assert (newest["fields"]["before"], newest["fields"]["before_point"]) == ("sealed", gate)
    with terminal.service.reading() as reader:
        shown = reader.visit(visit)
        assert shown is not None
        (hold,) = shown.holds
    assert (hold.check, hold.authority.value, hold.reason.value) == ("SEA-02", "CUSTOMS", "SEAL")
    post(gateway, seal(terminal, "weighbridge-1", "HUZ5500192", "tampered"))
    with terminal.service.reading() as reader:
        shown = reader.visit(visit)
        assert shown is not None
        assert len(shown.holds) == 1
    page = terminal.person("customs_inspector").send("GET", f"//visits/{visit}").text
    assert "HUZ5500192" in page
    assert "not whole" in page


def test_another_seal_than_the_papers_say_is_a_hold(terminal: Terminal, gateway: Voice, gate: str) -> None:
    terminal.announce("SEAL-2", seal="AA-1")
    visit = arrive(terminal, "01E333EE", "SEAL-2")
    enter(terminal, visit, "01E333EE", gate)
    post(gateway, plate(terminal, gate, "01E333EE"))
    (told,) = post(gateway, seal(terminal, gate, "ZZ-9", "sealed"))
    assert told["facts"]["said"] == ["SEAL_DIFFERS"]
    with terminal.service.reading() as reader:
        shown = reader.visit(visit)
    assert shown is not None
    assert [hold.check for hold in shown.holds] == ["SEA-01"]
    # a seal that nobody knows, with no vehicle there, is recorded and waits for its next reading
    (told,) = post(gateway, seal(terminal, "store-a", "QQ-1", "sealed"))
    assert told["verdict"] == "accepted"
    assert [e.type for e in story(terminal, "seal:QQ1")] == ["ReadingLinked"]


def alarm(terminal: Terminal, point: str, **more: Any) -> dict[str, Any]:
    fields = {"record": "GA", "kind": "gamma", "alarm": True, "fault": False, "counts": [1200] * 4, **more}
    return event(terminal, "portal-1", point, "radiation", "rpm_vm250", fields=fields)


def test_a_radiation_alarm_holds_the_vehicle_at_the_gate(
    terminal: Terminal, gateway: Voice, gate: str
) -> None:
    visit = arrive(terminal, "01F444FF")
    post(gateway, plate(terminal, gate, "01F444FF"))
    one = alarm(terminal, gate)
    (told,) = post(gateway, one)
    assert (told["verdict"], told["facts"]["visit"]) == ("attention", visit)
    assert post(gateway, one)[0] == told
    post(gateway, alarm(terminal, gate, record="NA", kind="neutron"))
    post(gateway, alarm(terminal, gate, record="GX", kind="passage", alarms=["gamma", "neutron"]))
    with terminal.service.reading() as reader:
        shown = reader.visit(visit)
    assert shown is not None
    (hold,) = shown.holds
    assert (hold.authority.value, hold.reason.value, hold.note) == (
        "CUSTOMS",
        "DANGEROUS_GOODS",
        "portal-1: gamma",
    )
    refused = enter(terminal, visit, "01F444FF", gate)
    assert (refused["verdict"], refused["reason"]) == ("refused", "OPEN_HOLD")
    lifted = terminal.person("customs_inspector").must(
        f"/holds/{hold.id}/lift", outcome="CLEARED_NO_FINDING", note="Potash fertiliser, measured by hand."
    )
    assert lifted["verdict"] == "accepted"
    assert enter(terminal, visit, "01F444FF", gate)["verdict"] == "accepted"


def test_an_alarm_without_a_vehicle_waits_for_the_one_that_is_let_in(
    terminal: Terminal, gateway: Voice, gate: str
) -> None:
    (told,) = post(gateway, alarm(terminal, gate))
    assert told["verdict"] == "attention"
    waiting = [e for e in story(terminal, "device:portal-1") if e.type == "ScanSetAside"]
    page = terminal.person("document_officer").send("GET", "//review").text
    assert "no vehicle was known to stand in it" in page
    visit = arrive(terminal, "01G555GG")
    refused = enter(terminal, visit, "01G555GG", gate)
    assert (refused["verdict"], refused["reason"]) == ("refused", "OPEN_HOLD")
    with terminal.service.reading() as reader:
        item = reader.desk.review(waiting[0].seq)
        assert item is not None
        assert not item.open
    # ten minutes later nobody can say that it is the same vehicle
    post(gateway, alarm(terminal, gate))
    terminal.clock.forward(minutes=11)
    other = arrive(terminal, "01H666HH")
    assert enter(terminal, other, "01H666HH", gate)["verdict"] == "accepted"


def test_a_quiet_passage_is_told_to_the_vehicle(terminal: Terminal, gateway: Voice, gate: str) -> None:
    visit = arrive(terminal, "01J777JJ")
    post(gateway, plate(terminal, gate, "01J777JJ"))
    fields = {"record": "GX", "kind": "passage", "alarm": False, "alarms": [], "gamma_most": 960}
    (told,) = post(gateway, event(terminal, "portal-1", gate, "radiation", "rpm_vm250", fields=fields))
    assert (told["verdict"], told["facts"]["said"]) == ("accepted", ["RADIATION_CLEAR"])
    assert links(terminal, visit)[0]["fields"]["gamma_most"] == 960


def test_tags_passports_and_whatever_else(terminal: Terminal, gateway: Voice, gate: str) -> None:
    labels = terminal.announce("TAG-1", 1)
    company, serial = int(labels[0][1:8]), int(labels[0][0] + labels[0][8:17])
    epc = f"{0x31 << 88 | 5 << 82 | company << 58 | serial << 24:024X}"
    fields: dict[str, Any] = {"tags": [{"epc": epc, "antenna": 1}, {"epc": "300000000000000000000001"}]}
    (told,) = post(gateway, event(terminal, "rfid-1", gate, "reader", "llrp", fields=fields))
    assert story(terminal, f"unit:{labels[0]}")[0].type == "ReadingLinked"
    assert story(terminal, "device:rfid-1")[0].type == "TagRead"

    visit = arrive(terminal, "01K888KK")
    post(gateway, plate(terminal, gate, "01K888KK"))
    fields = {"surname": "ERIKSSON", "number": "L898902C3", "expiry_date": "2012-04-15"}
    (told,) = post(gateway, event(terminal, "mrz-1", gate, "reader", "mrz", fields=fields))
    assert told["facts"]["said"] == ["DOCUMENT_EXPIRED"]
    assert "ERIKSSON" not in str(links(terminal, visit))
    assert story(terminal, "device:mrz-1")[0].data["fields"]["surname"] == "ERIKSSON"
    for login, sees in (("administrator", False), ("auditor", True)):
        shown = terminal.person(login).get("/devices/mrz-1/readings")
        assert ("ERIKSSON" in str(shown)) is sees
        page = terminal.person(login).send("GET", "//devices/mrz-1").text
        assert ("ERIKSSON" in page) is sees

    status = {"status": ["paper_out"], "ready": False}
    post(gateway, event(terminal, "zebra-1", gate, "printer", "zpl_hs", fields=status))
    assert story(terminal, "device:zebra-1")[0].type == "DeviceTold"
    odd = {"a": 1.5, "b": [None, {"c": "\x00\ud800"}], "d": 10**40}
    (told,) = post(gateway, event(terminal, "odd-1", gate, "reader", "mrz", fields=odd))
    assert told["verdict"] == "accepted"
    trouble = {
        "reading": "trouble",
        "id": new_id(),
        "device": "odd-1",
        "point": gate,
        "at": terminal.clock.now.isoformat(),
        "code": "link_busy",
        "sentence": "Another program uses /dev/ttyUSB0.",
        "remedy": "close_other",
    }
    post(gateway, trouble)
    newest = story(terminal, "device:odd-1")[0]
    assert (newest.type, newest.data["state"]) == ("DeviceChanged", "no_link")


def test_a_temperature_record_is_told_to_the_consignment_in_its_name(
    terminal: Terminal, gateway: Voice, gate: str
) -> None:
    terminal.announce("COLD-1")
    record = read_logger(CSV, zone_of("Asia/Tashkent"))
    fields = {**summary(record), "file": "COLD-1.csv"}
    reading = event(terminal, "loggers", gate, "temperature", "logger", fields=fields, raw=CSV.hex())
    (told,) = post(gateway, reading)
    assert told["facts"]["said"] == ["TEMPERATURE_GAPS"]
    newest = story(terminal, "consignment:COLD-1")[0]
    assert (newest.type, newest.data["fields"]["max_c"]) == ("ReadingLinked", "9.0")
    (told,) = post(gateway, {**reading, "id": new_id(), "fields": {**fields, "file": "nobody.csv"}})
    assert "said" not in told["facts"]


def excursions(terminal: Terminal, ref: str) -> list[dict[str, Any]]:
    """What the last judgement says of the temperatures of a consignment."""
    with terminal.service.reading() as reader:
        consignment = reader.consignment(ref)
    assert consignment is not None
    return [dict(one.facts) for one in consignment.findings if one.check == "TMP-02"]


def test_a_record_that_shows_warm_vaccines_is_a_finding_at_once(
    terminal: Terminal, gateway: Voice, gate: str
) -> None:
    cold = TemperatureRange("2-8 °C", Decimal(2), Decimal(8))
    papers = terminal.papers("COLD-2", 1)
    line = replace(papers.lines[0], description="Tetanus vaccine", hs_code="300241", temperature=cold)
    request = terminal.service.request(
        Actor("test", frozenset({Role.DOCUMENT_OFFICER})), "cold-chain-2", {"reference": "COLD-2"}
    )
    told = terminal.write(
        lambda books: consignments.announce(
            books, replace(papers, lines=(line,)), request, terminal.service.judge, "test"
        )
    )
    assert told.verdict == "accepted", told
    assert excursions(terminal, "COLD-2") == []

    def sent(name: str, hours_warm: int) -> None:
        rows = [
            f"2026-11-15,{minute // 60:02d}:{minute % 60:02d},{'9.5' if 60 <= minute < 60 * (1 + hours_warm) else '5.0'}"
            for minute in range(0, 24 * 60, 5)
        ]
        data = "\n".join(["Serial: TL-78", "Date,Time,Temp C", *rows, ""]).encode()
        fields = {**summary(read_logger(data, zone_of("Asia/Tashkent"))), "file": f"{name}.csv"}
        assert len("".join(fields["series"])) < 1000, "equal values are told once in half an hour"
        reading = event(terminal, "loggers", gate, "temperature", "logger", fields=fields, raw=data.hex())
        post(gateway, reading)

    sent("COLD-2", 0)
    assert excursions(terminal, "COLD-2") == []
    sent("COLD-2", 12)
    (found,) = excursions(terminal, "COLD-2")
    assert (found["why"], found["minutes"], str(found["celsius"])) == ("outside", 715, "9.5")


def test_values_of_a_record_are_read_back_as_they_were_or_not_at_all() -> None:
    record = read_logger(CSV, zone_of("Asia/Tashkent"))
    fields = summary(record)
    assert [(one.at, one.celsius) for one in values_in(fields)] == [
        (one.at, one.c) for one in record.readings
    ]
    for spoilt in (
        {},
        {"series": "600 5.0"},
        {"first_at": "yesterday"},
        {"series": ["600 warm", "6e2 5", None]},
    ):
        assert list(values_in({**fields, "series": None, **spoilt})) == []


def test_the_device_page_shows_what_it_told(terminal: Terminal, gateway: Voice, gate: str) -> None:
    post(gateway, plate(terminal, gate, "01L999LL"))
    page = terminal.person("administrator").send("GET", "//devices/anpr-1")
    assert page.status_code == 200
    assert "01L999LL" in page.text
    assert terminal.person("administrator").send("GET", "//devices/never-was").status_code == 404
    rows = terminal.person("gate_operator").get("/devices/anpr-1/readings", limit=1)
    assert [row["type"] for row in rows] == ["PlateRead"]
    older = terminal.person("gate_operator").get("/devices/anpr-1/readings", before=rows[0]["seq"], limit=1)
    assert older[0]["seq"] < rows[0]["seq"]

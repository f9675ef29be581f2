"""The hall over the API, on both databases: tally, places, repacking, stock counts, losses and picking."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from terminal import access
from terminal.cases import consignments
from terminal.store.fold import verify_state
from tests.support.app import PASSWORD, Terminal, nonce, refused, sscc, terminal_at
from workflows.papers import Line, TemperatureRange

HEAD = "place,kind,zone,building,row,column,units,min_c,max_c,dg,note\n"
PLACES = HEAD + "".join(
    f"{row}\n"
    for row in (
        "A-01,BAY,A,W1,1,1,2,,,,",
        "A-02,BAY,A,W1,1,2,,,,,",
        "C-01,BAY,COLD,W1,1,1,4,2,8,,",
        "D-01,BAY,DG,W2,1,1,,,,3,",
        "D-02,BAY,DG,W2,1,2,,,,*,",
        "Y-01,YARD,YARD,,1,1,,,,,",
    )
)


class Hall:
    """One consignment that stands at the terminal, screened, and the people who handle it."""

    def __init__(self, terminal: Terminal, ref: str, pallets: int = 3, lines: tuple[Line, ...] = ()) -> None:
        self.terminal, self.ref = terminal, ref
        papers = terminal.papers(ref, pallets, plan={"storage": True} if lines else {})
        papers = replace(papers, lines=lines or papers.lines)
        self.labels = [line.sscc for line in papers.lines if line.sscc]
        actor = access.actor_of(terminal.service_person("document_officer"))
        request = terminal.service.request(actor, nonce(), {"reference": ref})
        judge = terminal.service.judge
        terminal.write(lambda books: consignments.announce(books, papers, request, judge, "test"))
        self.clerk = terminal.person("tally_clerk")
        self.keeper = terminal.person("warehouse_keeper")
        self.officer = terminal.person("document_officer")
        gate = terminal.person("gate_operator")
        visit = gate.must("/visits", plate="75 412 CBA", carries=[ref])["facts"]["visit"]
        gate.must(
            f"/visits/{visit}/steps",
            step="GATE_IN",
            point="gate-1",
            plate="75412CBA",
            seals=[{"number": "UZ-055 0101"}],
        )
        self.visit = visit
        terminal.person("weighbridge_operator").must(
            "/weighings",
            point="weighbridge-1",
            visit=visit,
            step="WEIGH_IN",
            typed_kg="17660",
            confirmed_by="weighbridge_2",
            confirm_password=PASSWORD,
            note="the cable is cut",
        )
        self.officer.must("/approvals", consignment=ref, step="DOC_CHECK")
        terminal.person("risk_officer").must("/approvals", consignment=ref, step="RISK")

    def tally(self, *labels: str, **context: Any) -> list[dict[str, Any]]:
        return [self.clerk.scan(one, "TALLY", unit_context=context) for one in labels]

    def store(self, label: str, place: str, **more: Any) -> dict[str, Any]:
        return self.keeper.scan(label, "STORAGE", "storage-1", unit_context={"place": place, **more})

    def unit(self, label: str) -> dict[str, Any]:
        told: dict[str, Any] = self.keeper.get(f"/units/{label}")
        return told

    def checks(self) -> dict[str, list[dict[str, Any]]]:
        told = self.terminal.person("customs_inspector").get(f"/consignments/{self.ref}/checks")["findings"]
        found: dict[str, list[dict[str, Any]]] = {}
        for one in told:
            found.setdefault(one["check"], []).append(one)
        return found


def load_places(terminal: Terminal, text: str = PLACES) -> None:
    admin = terminal.person("administrator")
    answer = admin.send(
        "POST", "/data", data={"nonce": nonce()}, files=[("files", ("storage_places.csv", text.encode()))]
    )
    assert answer.json()["verdict"] == "accepted", answer.text


def total(hall: Hall) -> Decimal:
    """Gross weight (kg) of what stands by itself."""
    with hall.terminal.service.reading() as reader:
        units = reader.units_of(hall.ref)
    return sum((unit.gross_kg or Decimal(0) for unit in units if unit.parent is None), Decimal(0))


@pytest.fixture
def numbered(store_url: str, tmp_path: Path) -> Any:
    """A terminal with places and a company prefix, on both databases."""
    with terminal_at(store_url, tmp_path / "data", terminal={"sscc_prefix": "4780001"}) as made:
        load_places(made)
        yield made
        connection = made.service.store.connect()
        try:
            assert verify_state(connection) is None
        finally:
            connection.close()


def test_a_tally_counts_and_is_closed_by_a_person(numbered: Terminal) -> None:
    hall = Hall(numbered, "HALL-1")
    one, two, three = hall.labels
    hall.tally(one)
    hall.tally(two, condition="WET")
    sheet = hall.clerk.get("/tallies/HALL-1")
    assert (sheet["seen"], sheet["declared"], sheet["missing"], sheet["damaged"]) == (2, 3, [three], [two])
    found = hall.clerk.ask("/tallies/HALL-1/units", line=1, condition="SURPLUS")
    refused(found, "REASON_NEEDED", numbered)
    ours = hall.clerk.must("/tallies/HALL-1/units", line=1, condition="SURPLUS", note="stood behind")[
        "facts"
    ]["unit"]
    assert ours.startswith("04780001")
    label = hall.clerk.send("GET", f"/units/{ours}/label", params={"format": "zpl"})
    assert b"^XA" in label.content
    refused(hall.clerk.ask("/tallies/HALL-1/close"), "REASON_NEEDED", numbered)
    refused(hall.keeper.ask("/tallies/HALL-1/close", note="x"), "NOT_PERMITTED", numbered)
    closed = hall.clerk.must("/tallies/HALL-1/close", note="one is missing, one too many")
    assert (closed["facts"]["missing"], closed["facts"]["surplus"]) == (1, 1)
    assert hall.clerk.ask("/tallies/HALL-1/close", note="again")["verdict"] == "already_done"
    assert "QTY-01" in hall.checks()
    register = hall.officer.get("/losses", consignment="HALL-1")["losses"]
    assert {(row["unit"], row["kind"]) for row in register} == {
        (two, "WET"),
        (three, "NOT_SEEN"),
        (ours, "SURPLUS"),
    }


def test_labels_of_senders_are_compared_and_change_nothing(numbered: Terminal) -> None:
    hall = Hall(numbered, "HALL-2", 1)
    (label,) = hall.labels
    told = hall.clerk.scan(f"]C100{label}10OTHER-LOT", "TALLY")
    assert told["verdict"] == "accepted"
    differ = hall.clerk.get("/tallies/HALL-2")["labels_that_differ"]
    with numbered.service.reading() as reader:
        consignment = reader.consignment("HALL-2")
    assert consignment is not None
    listed = consignment.papers.lines[0].batch
    assert [one["said"] for one in differ] == (["OTHER-LOT"] if listed else [])


def test_a_wrong_place_is_refused_with_better_ones(numbered: Terminal) -> None:
    cold = tuple(
        replace(line, temperature=TemperatureRange("2-8", Decimal(2), Decimal(8)), sscc=sscc(70_000 + number))
        for number, line in enumerate(numbered.papers("X", 2).lines)
    )
    hall = Hall(numbered, "HALL-3", 2, lines=cold)
    hall.tally(*(line.sscc or "" for line in cold))
    label = cold[0].sscc or ""
    wrong = refused(hall.store(label, "A-01"), "WRONG_PLACE", numbered)
    assert wrong["facts"]["instead"] == ["C-01"]
    assert "C-01" in wrong["next"]
    refused(hall.store(label, "Q-99"), "UNKNOWN_PLACE", numbered)
    assert (hall.unit(label)["stage"], hall.unit(label)["place"]) == (
        "TALLY",
        None,
    )  # it stands where it stood
    assert any(one["cannot_tell"] for one in hall.checks().get("TMP-03", []))
    assert hall.store(label, "C-01")["verdict"] == "accepted"
    assert hall.unit(label)["place"] == "C-01"
    hall.store(cold[1].sscc or "", "C-01")
    assert "TMP-03" not in hall.checks()


def test_dangerous_goods_keep_apart(numbered: Terminal) -> None:
    lines = numbered.papers("X", 3).lines
    goods = (
        replace(lines[0], un_number="1170", dg_class="3", sscc=sscc(71_000)),
        replace(lines[1], un_number="2880", dg_class="5.1", sscc=sscc(71_001)),
        replace(lines[2], sscc=sscc(71_002)),
    )
    hall = Hall(numbered, "HALL-4", 3, lines=goods)
    fuel, bleach, food = (line.sscc or "" for line in goods)
    hall.tally(fuel, bleach, food)
    assert hall.store(fuel, "D-01")["verdict"] == "accepted"
    assert "D-02" in refused(hall.store(bleach, "D-01"), "WRONG_PLACE", numbered)["facts"]["instead"]
    assert hall.store(bleach, "D-02")["verdict"] == "accepted"
    assert refused(hall.store(fuel, "D-02"), "WRONG_PLACE", numbered)["facts"]["why"] == "segregation"
    assert refused(hall.store(fuel, "A-01"), "WRONG_PLACE", numbered)["facts"]["why"] == "class"
    places = {one["place"]: one for one in hall.keeper.get("/places")["places"]}
    assert (places["D-01"]["standing"], places["D-01"]["labels"]) == (1, ["3"])


def test_a_full_place_takes_no_more(numbered: Terminal) -> None:
    hall = Hall(numbered, "HALL-5", 3)
    hall.tally(*hall.labels)
    for label in hall.labels[:2]:
        assert hall.store(label, "A-01")["verdict"] == "accepted"
    assert hall.store(hall.labels[0], "A-01")["verdict"] == "already_done"
    refused(hall.store(hall.labels[2], "A-01"), "PLACE_FULL", numbered)
    assert hall.keeper.scan("KRV:BAY:NOWHERE", "STORAGE", "storage-1")["reason"] == "UNKNOWN_PLACE"


def test_what_is_inside_moves_along_and_weights_add_up(numbered: Terminal) -> None:
    hall = Hall(numbered, "HALL-6", 3)
    one, two, three = hall.labels
    hall.tally(one, two, three)
    before = total(hall)
    parts = hall.keeper.must(f"/units/{one}/split", gross_kg=["10", "20.5"])["facts"]["into"]
    assert total(hall) == before
    refused(hall.keeper.ask(f"/units/{one}/split", gross_kg=["99999"]), "WEIGHTS_DO_NOT_ADD", numbered)
    pallet = hall.keeper.must("/units/together", units=[*parts, two], tare_kg="25")["facts"]["into"][0]
    assert total(hall) == before + 25
    assert hall.store(pallet, "A-02")["verdict"] == "accepted"
    assert {hall.unit(label)["place"] for label in (*parts, two, pallet)} == {"A-02"}
    refused(hall.store(two, "Y-01"), "UNIT_INSIDE", numbered)
    refused(hall.keeper.ask("/units/together", units=[three], target=pallet), "NOT_TOGETHER", numbered)
    hall.keeper.must(f"/units/{two}/apart")
    assert hall.store(two, "Y-01")["verdict"] == "accepted"
    assert total(hall) == before + 25
    assert hall.keeper.ask(f"/units/{two}/apart")["verdict"] == "already_done"


def test_a_count_corrects_nothing_until_somebody_else_decides(numbered: Terminal) -> None:
    hall = Hall(numbered, "HALL-7", 3)
    one, two, three = hall.labels
    hall.tally(one, two, three)
    hall.store(one, "A-01")
    hall.store(two, "A-02")
    hall.store(three, "Y-01")
    count = hall.keeper.must("/counts", zone="A")["facts"]["count"]
    refused(hall.clerk.ask("/counts", zone="A"), "COUNT_RUNNING", numbered)
    scans = f"/counts/{count}/scans"
    hall.keeper.must(scans, code=f"00{one}", place="A-01", symbology="]C1")
    waited = (numbered.clock.now - timedelta(hours=2)).isoformat()  # on a handheld without a connection
    told = hall.keeper.must(scans, code=three, place="A-01", scanned_at=waited)
    kept = json.loads(numbered.entry(told["event"]).body)
    assert datetime.fromisoformat(kept["device_at"]) == numbered.clock.now - timedelta(hours=2)
    hall.keeper.must(scans, code=sscc(72_000), place="A-02")
    refused(hall.keeper.ask(scans, code=one, place="Y-01"), "UNKNOWN_PLACE", numbered)
    told = hall.keeper.must(f"/counts/{count}/close")
    assert told["facts"]["differences"] == 3
    assert hall.unit(three)["place"] == "Y-01"
    settle = f"/counts/{count}/settle"
    refused(hall.keeper.ask(settle, label=two, settlement="LOST", note="gone"), "NOT_PERMITTED", numbered)
    refused(hall.officer.ask(settle, label=two, settlement="LOST", note=" "), "REASON_NEEDED", numbered)
    refused(hall.officer.ask(settle, label=two, settlement="CORRECTED", note="x"), "INVALID", numbered)
    hall.officer.must(settle, label=two, settlement="LOST", note="looked for twice")
    hall.officer.must(settle, label=three, settlement="CORRECTED", note="seen there")
    hall.officer.must(settle, label=sscc(72_000), settlement="LEFT", note="of the neighbour")
    assert hall.unit(three)["place"] == "A-01"
    assert hall.unit(two)["stage"] == "LOST"
    assert hall.keeper.get(f"/counts/{count}")["state"] == "OVER"
    refused(hall.keeper.ask(scans, code=one, place="A-01"), "COUNT_CLOSED", numbered)


def test_damage_is_noted_with_a_photo_and_leaves_as_a_safe_table(numbered: Terminal) -> None:
    hall = Hall(numbered, "HALL-8", 2)
    label = hall.labels[0]
    hall.tally(*hall.labels)
    refused(hall.keeper.ask(f"/units/{label}/damage", condition="TORN", note=" "), "REASON_NEEDED", numbered)
    hall.keeper.must(f"/units/{label}/damage", condition="TORN", note="=HYPERLINK(1) fork lift")
    photo = hall.keeper.send(
        "POST",
        "/attachments",
        data={"nonce": nonce(), "to": f"unit:{label}"},
        files={"file": ("a.jpg", b"\xff\xd8\xff\xe0 a torn bag")},
    ).json()
    assert photo["verdict"] == "accepted", photo
    (row,) = hall.officer.get("/losses", kind="TORN")["losses"]
    assert row["unit"] == label
    table = hall.officer.send("GET", "/losses.csv").text
    assert "'=HYPERLINK" in table
    assert label in table


def test_a_list_takes_only_its_own_units(numbered: Terminal) -> None:
    hall = Hall(numbered, "HALL-9", 2)
    other = numbered.announce("HALL-X", 1)
    told = hall.clerk.scan(other[0], "TALLY", unit_context={"only": "HALL-9"})
    refused(told, "NOT_ON_LIST", numbered)
    assert hall.tally(*hall.labels, only="HALL-9")[1]["verdict"] == "accepted"
    assert hall.keeper.get("/picks/HALL-9") == []


def test_no_label_of_ours_without_a_prefix(any_terminal: Terminal) -> None:
    hall = Hall(any_terminal, "HALL-10", 1)
    refused(hall.clerk.ask("/tallies/HALL-10/units"), "NO_SSCC_PREFIX", any_terminal)
    assert hall.tally(*hall.labels)[0]["verdict"] == "accepted"
    assert hall.store(hall.labels[0], "ANYWHERE")["verdict"] == "accepted"

"""Truck to truck and wagon to truck without storage, to the gate: nothing is twice, nothing stays behind uncounted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from terminal.store import Books, url_of
from terminal.store.fold import verify_state
from tests.support.app import BRIDGE, PASSWORD, Terminal, clean_papers, refused, terminal_at
from workflows.identifiers.checkdigits import luhn
from workflows.papers import Mode, Vehicle

SEAL = "UZ0990007"


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Terminal]:
    """A terminal with a rail scale; at the end the rows are compared with the journal."""
    folder = tmp_path_factory.mktemp("transloads")
    shutil.copyfile(sqlite_template, folder / "karvon.sqlite3")
    outside = [{"id": "rail-motion", "kind": "rail_scale_in_motion", "verified_until": "2999-12-31"}]
    with terminal_at(
        url_of(folder / "karvon.sqlite3"), folder, weighing={"outside": [*outside, BRIDGE]}
    ) as made:
        yield made
        connection = made.service.store.connect()
        try:
            assert verify_state(connection) is None
        finally:
            connection.close()


def brought(yard: Terminal, ref: str, plate: str, pallets: int) -> tuple[str, list[str]]:
    """A truck that brings a consignment stands weighed inside; its visit and the labels on it."""
    labels = yard.announce(ref, pallets, vehicle=Vehicle(plate, None, tare_kg=Decimal(15420)))
    gate = yard.person("gate_operator")
    visit: str = gate.must("/visits", plate=plate, carries=[ref])["facts"]["visit"]
    seen = [{"number": "UZ-055 0101"}]
    gate.must(f"/visits/{visit}/steps", step="GATE_IN", plate=plate, seals=seen)
    weigh(yard, visit, Decimal(15420) + 748 * pallets)
    return visit, labels


def weigh(yard: Terminal, visit: str, kg: Decimal | str, **more: Any) -> None:
    yard.person("weighbridge_operator").must(
        "/weighings",
        point="weighbridge-1",
        visit=visit,
        typed_kg=str(kg),
        note="the line is down",
        confirmed_by="weighbridge_2",
        confirm_password=PASSWORD,
        **more,
    )


def clear(yard: Terminal, ref: str) -> None:
    """Papers looked at, screened and released, before anything is opened."""
    desk, customs = yard.person("document_officer"), yard.person("customs_inspector")
    desk.must("/approvals", consignment=ref, step="DOC_CHECK")
    paper = {"type": "AF_EXEMPTION", "number": "MF-0412/1405", "issued": "2026-11-05"}
    desk.must(f"/consignments/{ref}/documents", **paper, valid_until="2027-02-05", verified=True, note="seen")
    desk.ask("/approvals", consignment=ref, step="DOC_CHECK")
    customs.must("/approvals", consignment=ref, step="RISK")
    if customs.ask("/approvals", consignment=ref, step="CUSTOMS_RELEASE")["reason"] == "INSPECTION_NEEDED":
        about = {"subject": f"consignment:{ref}", "method": "VISUAL", "why": "red lane"}
        order = customs.must("/inspections", **about)["facts"]["inspection"]
        customs.must(f"/inspections/{order}/start")
        customs.must(f"/inspections/{order}/result", result="NO_FINDING", minutes=20)
        customs.must("/approvals", consignment=ref, step="CUSTOMS_RELEASE")
    yard.person("release_officer").must("/approvals", consignment=ref, step="RELEASE")


def empty_truck(yard: Terminal, plate: str) -> str:
    gate = yard.person("gate_operator")
    visit: str = gate.must("/visits", plate=plate)["facts"]["visit"]
    gate.must(f"/visits/{visit}/steps", step="GATE_IN", plate=plate)
    weigh(yard, visit, "15420")
    return visit


def weight_of(yard: Terminal, labels: list[str]) -> Decimal:
    desk = yard.person("document_officer")
    return sum((Decimal(desk.get(f"/units/{label}")["gross_kg"]) for label in labels), Decimal(0))


def leave(yard: Terminal, visit: str, plate: str, kg: Decimal) -> None:
    """Sealed, weighed out and through the gate."""
    seals = [{"number": SEAL}]
    yard.person("customs_inspector").must(f"/visits/{visit}/steps", step="SEAL", seals=seals)
    weigh(yard, visit, Decimal(15420) + kg, step="WEIGH_OUT")
    yard.person("gate_operator").must(f"/visits/{visit}/steps", step="GATE_OUT", plate=plate, seals=seals)


def test_a_load_goes_from_truck_to_truck_and_out(yard: Terminal) -> None:
    first, labels = brought(yard, "TRL-1", "75611AAA", 3)
    gate, tally = yard.person("gate_operator"), yard.person("tally_clerk")
    second = empty_truck(yard, "75612AAA")
    clear(yard, "TRL-1")
    tally.must(f"/visits/{first}/steps", step="UNLOAD", point="tally-1")
    for label in labels:
        told = tally.must("/transloads", code=label, source=first, target=second)
        assert told["facts"]["visit"] == second
        again = tally.ask("/transloads", code=label, source=first, target=second)
        assert again["verdict"] == "already_done"
    desk = yard.person("document_officer")
    places = [desk.get(f"/units/{label}") for label in labels]
    assert {(one["stage"], one["visit"], one["place"]) for one in places} == {("LOAD", second, None)}
    tally.must(f"/visits/{first}/steps", step="UNLOAD", note="empty")
    weigh(yard, first, "15420", step="WEIGH_IN")
    weigh(yard, first, "15420", step="WEIGH_OUT")
    gate.must(f"/visits/{first}/steps", step="GATE_OUT", plate="75611AAA")
    kg = weight_of(yard, labels)
    leave(yard, second, "75612AAA", kg)
    assert desk.get("/consignments/TRL-1")["stage"] == "GATE_OUT"
    assert {desk.get(f"/units/{label}")["stage"] for label in labels} == {"GATE_OUT"}


def test_a_load_goes_from_wagon_to_truck_and_out(yard: Terminal) -> None:
    papers = tuple(
        replace(one, fields={}, type="SMGS" if one.type == "CMR" else one.type)
        for one in clean_papers().documents
    )
    numbers = [f"{stem}{luhn(str(stem))}" for stem in (2412350, 2412351)]
    lines = tuple(
        replace(line, wagon=number)
        for line, number in zip(yard.papers("TRL-2", 2).lines, numbers, strict=True)
    )
    given: dict[str, Any] = {
        "mode": Mode.RAIL,
        "vehicle": None,
        "seal": None,
        "documents": papers,
        "lines": lines,
    }
    labels = yard.announce("TRL-2", 2, **given)
    gate, tally = yard.person("gate_operator"), yard.person("tally_clerk")
    rows = [{"number": number, "tare_kg": "24000", "carries": ["TRL-2"]} for number in numbers]
    cut = gate.must("/cuts", train="2443", wagons=rows)["facts"]["cut"]
    gate.must(f"/cuts/{cut}/arrive", numbers=numbers)
    rolled = [{"order": order, "kg": kg} for order, kg in ((1, "24900"), (2, "24800"))]
    yard.person("weighbridge_operator").must(f"/cuts/{cut}/weights", scale="rail-motion", wagons=rolled)
    wagons = [row["visit"] for row in gate.get(f"/cuts/{cut}")["wagons"]]
    truck = empty_truck(yard, "75613AAA")
    clear(yard, "TRL-2")
    for wagon, label in zip(wagons, labels, strict=True):
        tally.must(f"/visits/{wagon}/steps", step="UNLOAD", point="tally-1")
        tally.must("/transloads", code=label, source=wagon, target=truck)
        tally.must(f"/visits/{wagon}/steps", step="UNLOAD", note="empty")
    told = yard.person("document_officer").get(f"/visits/{truck}")
    assert (told["loaded"], Decimal(told["loaded_kg"])) == ({"TRL-2": 2}, weight_of(yard, labels))
    leave(yard, truck, "75613AAA", weight_of(yard, labels))
    assert yard.person("document_officer").get("/consignments/TRL-2")["stage"] == "GATE_OUT"


def test_a_class_that_may_not_travel_together_is_not_transloaded(yard: Terminal) -> None:
    first, (a, b) = brought(yard, "TRL-3", "75614AAA", 2)
    tally = yard.person("tally_clerk")
    second = empty_truck(yard, "75615AAA")
    clear(yard, "TRL-3")
    tally.must(f"/visits/{first}/steps", step="UNLOAD", point="tally-1")
    tally.must("/transloads", code=a, source=first, target=second)

    # No officer releases such a pair: it stands in the writer's memory for this scan alone.
    def risky(books: Books) -> None:
        stored = books.stored_consignment("TRL-3")
        assert stored is not None
        classes = {a: "3", b: "1.1D"}
        lines = tuple(
            replace(line, dg_class=classes.get(line.sscc or "")) for line in stored.value.papers.lines
        )
        changed = replace(stored.value, papers=replace(stored.value.papers, lines=lines))
        books._caches.consignments.put(stored.key, stored.version, changed)

    yard.write(risky)
    told = tally.ask("/transloads", code=b, source=first, target=second)
    assert refused(told, "KEPT_APART", yard)["facts"]["other"] == a
    # Nothing was counted off by halves.
    assert yard.person("document_officer").get(f"/units/{b}")["stage"] == "PRE_ADVICE"


def test_what_is_inside_goes_along(yard: Terminal) -> None:
    voice = yard.person("tally_clerk")
    first, (outer, inner) = brought(yard, "TRL-4", "75616AAA", 2)
    second = empty_truck(yard, "75617AAA")
    clear(yard, "TRL-4")
    voice.must(f"/visits/{first}/steps", step="UNLOAD", point="tally-1")
    for label in (outer, inner):
        assert voice.scan(label, "TALLY")["verdict"] == "accepted"
    voice.must("/units/together", units=[inner], target=outer)
    told = voice.ask("/transloads", code=inner, source=first, target=second)
    assert refused(told, "UNIT_INSIDE", yard)["facts"]["parent"] == outer
    kg = weight_of(yard, [outer])
    voice.must("/transloads", code=outer, source=first, target=second)
    desk = yard.person("document_officer")
    assert {desk.get(f"/units/{one}")["visit"] for one in (outer, inner)} == {second}
    assert Decimal(desk.get(f"/visits/{second}")["loaded_kg"]) == kg
    # The pallet of another truck is refused, says where it is and what to do, and stays where it is.
    third = empty_truck(yard, "75618AAA")
    told = voice.scan(outer, "LOAD", "load-1", unit_context={"visit": third})
    assert refused(told, "UNIT_ELSEWHERE", yard)["facts"]["visit"] == second
    assert desk.get(f"/units/{outer}")["visit"] == second

"""Cuts of wagons from the list to the empties going out, and empty vehicles that come back heavier than they are."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from terminal import access
from terminal.cases import consignments
from terminal.cases.rail import from_file
from terminal.store import url_of
from terminal.web.rail import seals_of_text, wagons_of_text, weights_of_text
from tests.support.app import PASSWORD, Terminal, Voice, nonce, refused, terminal_at
from workflows.identifiers.checkdigits import luhn
from workflows.papers import Mode
from workflows.weights import declared_kg


def wagon(stem: int) -> str:
    """A wagon number of the 1,520 mm network with its check digit."""
    return f"{stem}{luhn(str(stem))}"


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Terminal]:
    """A terminal that knows a scale of the railway."""
    folder = tmp_path_factory.mktemp("rail")
    shutil.copyfile(sqlite_template, folder / "karvon.sqlite3")
    (folder / "secret.key").write_bytes(bytes(32))  # the random draw of lanes is the same in every run
    outside = [{"id": "rail-motion", "kind": "rail_scale_in_motion", "verified_until": "2999-12-31"}]
    with terminal_at(url_of(folder / "karvon.sqlite3"), folder, weighing={"outside": outside}) as terminal:
        yield terminal


def rolled(kg: list[str], numbers: list[str] | None = None) -> list[dict[str, Any]]:
    read = numbers or [None] * len(kg)  # type: ignore[list-item]
    return [
        {"order": order, "kg": one, **({"number": number} if number else {})}
        for order, (one, number) in enumerate(zip(kg, read, strict=True), 1)
    ]


def weighed_by_hand(voice: Voice, visit: str, kg: str, **more: Any) -> dict[str, Any]:
    given = {"point": "weighbridge-1", "visit": visit, "typed_kg": kg, "note": "the line is down"}
    second = {"confirmed_by": "weighbridge_2", "confirm_password": PASSWORD}
    return voice.ask("/weighings", **{**given, **second, **more})


# --- a cut ------------------------------------------------------------------------------------------
def test_a_cut_of_empties_comes_back_is_weighed_in_motion_and_leaves(yard: Terminal) -> None:
    gate, bridge = yard.person("gate_operator"), yard.person("weighbridge_operator")
    numbers = [wagon(stem) for stem in (2412340, 2412341, 2412342)]
    rows = [{"number": number, "tare_kg": "24000"} for number in numbers]
    cut = gate.must("/cuts", train="2442", wagons=rows, northbound=True)["facts"]["cut"]
    again = gate.ask("/cuts", train="2442", wagons=rows)
    refused(again, "ALREADY_ANNOUNCED", yard)
    came = gate.must(f"/cuts/{cut}/arrive", numbers=[f"{n[:4]} {n[4:]}" for n in numbers])
    assert came["facts"]["arrived"] == 3
    # One too few: no wagon gets a weight. The number read at the second place is another: none either.
    few = bridge.ask(f"/cuts/{cut}/weights", scale="rail-motion", wagons=rolled(["24100", "24050"]))
    refused(few, "WAGONS_DIFFER", yard)
    swapped = rolled(["24100", "24050", "23950"], [numbers[0], numbers[2], numbers[1]])
    told = refused(
        bridge.ask(f"/cuts/{cut}/weights", scale="rail-motion", wagons=swapped), "WAGONS_DIFFER", yard
    )
    assert told["facts"]["order"] == 2
    unknown = bridge.ask(f"/cuts/{cut}/weights", scale="moon", wagons=rolled(["24100", "24050", "23950"]))
    refused(unknown, "INVALID", yard)
    bridge.must(f"/cuts/{cut}/weights", scale="rail-motion", wagons=rolled(["24100", "24050", "25400"]))
    # The third is 1,400 kg heavier than painted: held by customs, to be inspected, and R19 for those who see risk.
    third = gate.get(f"/cuts/{cut}")["wagons"][2]
    assert (third["number"], third["held"], third["kg"]) == (numbers[2], True, "25400")
    seen = yard.person("customs_inspector").get(f"/visits/{third['visit']}")
    assert seen["indicators"] == {"R19": 40}
    assert [h["check"] for h in seen["holds"]] == ["WGT-06"]
    assert len(seen["inspections"]) == 1
    assert "indicators" not in gate.get(f"/visits/{third['visit']}")
    out = rolled(["24100", "24050", "25400"])
    bridge.must(f"/cuts/{cut}/weights", scale="rail-motion", wagons=out)
    stopped = refused(gate.ask(f"/cuts/{cut}/leave"), "OPEN_HOLD", yard)
    assert stopped["facts"]["plate"] == numbers[2]
    customs = yard.person("customs_inspector")
    inspection = seen["inspections"][0]["id"]
    customs.must(f"/inspections/{inspection}/start")
    customs.must(f"/inspections/{inspection}/result", result="NO_FINDING", note="ballast of the repair shop")
    hold = seen["holds"][0]["id"]
    customs.must(f"/holds/{hold}/lift", outcome="CLEARED_NO_FINDING", note="ballast, removed")
    again = bridge.ask(f"/cuts/{cut}/weights", scale="rail-motion", wagons=out)
    refused(again, "WEIGHED_BEFORE", yard)
    bridge.must(f"/cuts/{cut}/weights", scale="rail-motion", wagons=out, note="after the inspection")
    gone = gate.must(f"/cuts/{cut}/leave")
    assert (gone["facts"]["wagons"], gone["facts"]["empty"]) == (3, 3)
    assert {one["stage"] for one in gate.get(f"/cuts/{cut}")["wagons"]} == {"GATE_OUT"}
    assert [one["kg"] for one in bridge.get("/tares", plate=numbers[2])] == ["25400", "24000"]


def test_a_wrong_number_is_held_and_the_one_read_is_proposed(yard: Terminal) -> None:
    gate = yard.person("gate_operator")
    good, other = wagon(2512340), wagon(2512341)
    wrong = good[:-1] + str((int(good[-1]) + 1) % 10)
    told = gate.must("/cuts", train="2443", wagons=[{"number": wrong}, {"number": other}])
    cut = told["facts"]["cut"]
    assert told["facts"]["wrong_numbers"] == [wrong]
    first = gate.get(f"/cuts/{cut}")["wagons"][0]
    assert first["held"] is True
    stranger = wagon(2512399)
    came = gate.must(f"/cuts/{cut}/arrive", numbers=[good, other, stranger])["facts"]
    assert (came["arrived"], came["maybe"], came["extra"]) == (1, {first["visit"]: good}, [stranger])
    seen = gate.get(f"/cuts/{cut}")["wagons"]
    assert [one["stage"] for one in seen] == ["PRE_ADVICE", "GATE_IN", "GATE_IN"]
    assert seen[2]["unlisted"] is True
    gate.must(f"/cuts/{cut}/arrive", numbers=[good], confirmed=True)
    assert gate.get(f"/cuts/{cut}")["wagons"][0]["stage"] == "GATE_IN"


def test_the_seals_of_wagons_are_compared_and_one_put_on_on_the_way_counts(yard: Terminal) -> None:
    gate, customs = yard.person("gate_operator"), yard.person("customs_inspector")
    numbers = [wagon(stem) for stem in (2712340, 2712341)]
    papers = yard.papers("RAIL-S1", 2, mode=Mode.RAIL, vehicle=None, seal=None)
    lines = tuple(
        replace(line, sscc=None, wagon=number, seal=f"447{number[-4:]}")
        for line, number in zip(papers.lines, numbers, strict=True)
    )
    clerk = replace(access.actor_of(yard.service_person("agency_user")), organisation="Agency A")
    asked = yard.service.request(clerk, nonce(), {"reference": "RAIL-S1"})
    judge, whole = yard.service.judge, replace(papers, lines=lines)
    yard.write(lambda books: consignments.announce(books, whole, asked, judge, "test"))
    rows = [{"number": number, "carries": ["RAIL-S1"]} for number in numbers]
    cut = gate.must("/cuts", train="2447", wagons=rows)["facts"]["cut"]
    gate.must(f"/cuts/{cut}/arrive", numbers=numbers)

    def said() -> dict[str, set[str]]:
        told = customs.get("/consignments/RAIL-S1/checks")["findings"]
        found: dict[str, set[str]] = {}
        for one in told:
            found.setdefault(one["check"], set()).add(("?" if one["cannot_tell"] else "") + one["target"])
        return found

    def reasons() -> set[str]:
        choice = customs.get("/consignments/RAIL-S1")["routing"]["choice"]
        return {one["indicator"] for one in choice["reasons"]}

    # Nobody looked yet: no pass. The wagons that came are the declared ones.
    assert said()["SEA-01"] == {f"?wagon:{number}" for number in numbers}
    assert not said().get("VEH-01", set()) & {f"line:{n}" for n in (1, 2)}
    found = [{"number": n, "seals": [{"number": f"447 {n[-4:]}"}]} for n in numbers]
    assert gate.must(f"/cuts/{cut}/seals", wagons=found)["facts"]["wagons"] == 2
    assert "SEA-01" not in said()
    assert "R17" not in reasons()

    # The second was sealed anew on the way, with a number that no paper knows.
    other = [{"number": numbers[1], "seals": [{"number": "9910001", "state": "REPLACED"}]}]
    customs.must(f"/cuts/{cut}/seals", wagons=other)
    assert (said()["SEA-01"], said()["SEA-02"]) == ({f"wagon:{numbers[1]}"}, {f"wagon:{numbers[1]}"})
    assert "R17" in reasons()
    assert gate.get(f"/cuts/{cut}")["wagons"][1]["seals"][0]["number"] == "9910001"

    # All or none: a wagon that is not of this cut takes the others with it.
    strange = refused(
        gate.ask(f"/cuts/{cut}/seals", wagons=[*found, {"number": "1", "seals": [{"number": "1"}]}]),
        "INVALID",
        yard,
    )
    assert strange["facts"]["row"] == 3
    refused(yard.person("tally_clerk").ask(f"/cuts/{cut}/seals", wagons=found), "NOT_PERMITTED", yard)


def test_seals_of_a_page_are_a_wagon_a_line() -> None:
    found = seals_of_text("2412 3457; A1 A2\n\n24123465 ;B", "INTACT")
    assert [(one.wagon, [seal.number for seal in one.seals]) for one in found] == [
        ("2412 3457", ["A1", "A2"]),
        ("24123465", ["B"]),
    ]
    assert seals_of_text("24123457;", "MISSING")[0].seals[0].state == "MISSING"
    for wrong in ("24123457", "; A1"):
        with pytest.raises(ValueError, match=wrong):
            seals_of_text(wrong, "INTACT")


def test_a_list_with_the_same_wagon_twice_is_refused_with_its_row(yard: Terminal) -> None:
    gate, number = yard.person("gate_operator"), wagon(2612340)
    told = gate.ask("/cuts", train="1", wagons=[{"number": number}, {"number": number}])
    assert refused(told, "INVALID", yard)["facts"]["row"] == 2


# --- an empty truck -----------------------------------------------------------------------------------
def test_an_empty_truck_heavier_than_its_tare_stays_until_customs_has_looked(yard: Terminal) -> None:
    gate, bridge = yard.person("gate_operator"), yard.person("weighbridge_operator")
    bridge.must("/tares", plate="75 501 AAA", kg="15420", paper="registration AAB 0044112")
    visit = gate.must("/visits", plate="75501AAA")["facts"]["visit"]
    gate.must(f"/visits/{visit}/steps", step="GATE_IN", plate="75501AAA")
    told = weighed_by_hand(bridge, visit, "16240")
    assert told["verdict"] == "accepted", told
    seen = yard.person("customs_inspector").get(f"/visits/{visit}")
    assert (seen["tare_alarm"]["difference_kg"], seen["tare_alarm"]["returning"]) == ("820", False)
    assert [h["check"] for h in seen["holds"]] == ["WGT-06"]
    assert weighed_by_hand(bridge, visit, "16240", step="WEIGH_OUT")["verdict"] == "accepted"
    told = gate.ask(f"/visits/{visit}/steps", step="GATE_OUT", plate="75501AAA")
    refused(told, "OPEN_HOLD", yard)
    told = bridge.ask("/tares", plate="75501AAA", kg="16240", paper="a note of the driver")
    refused(told, "TARE_DIFFERS", yard)


def test_a_truck_within_its_tare_goes_on_and_the_new_weight_is_the_known_one(yard: Terminal) -> None:
    gate, bridge = yard.person("gate_operator"), yard.person("weighbridge_operator")
    bridge.must("/tares", plate="75502AAA", kg="15420", paper="registration")
    visit = gate.must("/visits", plate="75502AAA")["facts"]["visit"]
    gate.must(f"/visits/{visit}/steps", step="GATE_IN", plate="75502AAA")
    assert weighed_by_hand(bridge, visit, "15640")["verdict"] == "accepted"
    assert yard.person("customs_inspector").get(f"/visits/{visit}")["holds"] == []
    newest = bridge.get("/tares", plate="75502AAA")[0]
    assert (newest["kg"], newest["source"]) == ("15640", "WEIGHED")
    # Weighed again without a reason it is refused; with one both stay, and the later counts.
    told = weighed_by_hand(bridge, visit, "15660", note=" ")
    assert "WEIGHED_BEFORE" in [one["reason"] for one in told["missing"]]
    assert weighed_by_hand(bridge, visit, "15660", note="driver in the cabin")["verdict"] == "accepted"
    assert [w["kg"] for w in bridge.get("/weighings", visit=visit)] == ["15660", "15640"]


# --- axles --------------------------------------------------------------------------------------------
def test_axles_are_weighed_one_after_another_and_judged(yard: Terminal) -> None:
    gate, bridge = yard.person("gate_operator"), yard.person("weighbridge_operator")
    visit = gate.must("/visits", plate="75503AAA")["facts"]["visit"]
    gate.must(f"/visits/{visit}/steps", step="GATE_IN", plate="75503AAA")
    weighed_by_hand(bridge, visit, "31000")
    for kg in ("6000", "12000", "13200"):
        told = weighed_by_hand(bridge, visit, kg, layout="1-2-3")
        assert told["verdict"] == "accepted", told
    assert (told["facts"]["sum_kg"], told["facts"]["agrees"]) == ("31200", True)
    axles = gate.get(f"/visits/{visit}")["axles"]
    assert [one["limit_kg"] for one in axles["groups"]] == ["10000", "18000", "24000"]
    heavy = weighed_by_hand(bridge, visit, "45100", step="WEIGH_OUT", note="weighed out")
    assert heavy["verdict"] == "accepted", heavy
    weighed_by_hand(bridge, visit, "10600", layout="1-2-3")
    holds = gate.get(f"/visits/{visit}")["holds"]
    told = gate.ask(f"/visits/{visit}/steps", step="GATE_OUT", plate="75503AAA")
    refused(told, "OPEN_HOLD", yard)
    assert "WGT-03" in {hold["check"] for hold in holds}


# --- units between two vehicles, and on a pallet scale -------------------------------------------------
def test_a_unit_goes_from_truck_to_truck_in_one_scan_or_not_at_all(yard: Terminal) -> None:
    label, other = yard.announce("RAIL-X1", 2)
    gate, bridge, tally = (
        yard.person(role) for role in ("gate_operator", "weighbridge_operator", "tally_clerk")
    )
    first = gate.must("/visits", plate="75601AAA", carries=["RAIL-X1"])["facts"]["visit"]
    second = gate.must("/visits", plate="75602AAA")["facts"]["visit"]
    for visit, plate, kg in ((first, "75601AAA", "17660"), (second, "75602AAA", "15420")):
        gate.must(f"/visits/{visit}/steps", step="GATE_IN", plate=plate)
        assert weighed_by_hand(bridge, visit, kg)["verdict"] == "accepted"
    body = {"code": label, "source": first, "target": second}
    refused(tally.ask("/transloads", **body), "WRONG_STAGE", yard)  # nothing was opened yet
    told = yard.person("document_officer").get(f"/units/{label}")
    assert told["stage"] == "PRE_ADVICE"
    yard.person("document_officer").must("/approvals", consignment="RAIL-X1", step="DOC_CHECK")
    yard.person("customs_inspector").must("/approvals", consignment="RAIL-X1", step="RISK")
    tally.must(f"/visits/{first}/steps", step="UNLOAD", point="tally-1")
    told = tally.ask("/transloads", **body)  # not released: not counted off either
    assert told["verdict"] == "refused"
    assert yard.person("document_officer").get(f"/units/{label}")["stage"] == "PRE_ADVICE"
    stranger = {**body, "source": second, "target": first}
    assert refused(tally.ask("/transloads", **stranger), "NOT_ON_VEHICLE", yard)["facts"]["unit"] == label
    assert tally.ask("/transloads", **{**body, "target": first})["verdict"] == "refused"
    assert other != label


def test_a_unit_is_compared_with_its_papers_and_holds_its_consignment(yard: Terminal) -> None:
    label, _ = yard.announce("RAIL-U1", 2)
    clerk = yard.person("weighbridge_operator")
    second = {"confirmed_by": "weighbridge_2", "confirm_password": PASSWORD, "point": "weighbridge-1"}
    with yard.service.reading() as reader:
        consignment = reader.consignment("RAIL-U1")
    assert consignment is not None
    declared = declared_kg(consignment.papers, label)
    assert declared is not None
    told = clerk.must(
        "/weighings", unit=label, typed_kg=str(declared + 1), note="scale read by eye", **second
    )
    assert (told["facts"]["declared_kg"], told["facts"]["fits"]) == (str(declared), True)
    again = clerk.ask("/weighings", unit=label, typed_kg=str(declared + 90), note=" ", **second)
    assert "WEIGHED_BEFORE" in [one["reason"] for one in again["missing"]]
    told = clerk.must("/weighings", unit=label, typed_kg=str(declared + 90), note="weighed again", **second)
    assert told["facts"]["fits"] is False


# --- the pages ----------------------------------------------------------------------------------------
def test_lines_of_a_wagon_list_and_of_a_scale_are_read_strictly() -> None:
    first, second = wagons_of_text("2412 3408; 24 000; 60000,5; H-UZ 55\n\n24123416")
    assert (first.number, first.tare_kg, first.gross_kg, first.seals) == (
        "2412 3408", Decimal(24000), Decimal("60000.5"), ("H-UZ", "55"),
    )  # fmt: skip
    assert (second.number, second.tare_kg) == ("24123416", None)
    rows = weights_of_text("24100\n24123416; 24050")
    assert [(one.order, one.kg, one.number) for one in rows] == [
        (1, Decimal(24100), None),
        (2, Decimal(24050), "24123416"),
    ]
    for bad in ("heavy", "١٢", "1e5", "24123416;"):
        with pytest.raises(ValueError, match=r".*"):
            weights_of_text(bad)


def test_a_wagon_list_comes_as_a_file() -> None:
    data = b"Wagon;Description;Gross kg;Seal\n24123408;Flour;60000;S1\n24123416;Flour;61000;S2\n"
    found = from_file("wagons.csv", data)
    assert [(one.number, one.gross_kg, one.seals) for one in found] == [
        ("24123408", Decimal(60000), ("S1",)),
        ("24123416", Decimal(61000), ("S2",)),
    ]

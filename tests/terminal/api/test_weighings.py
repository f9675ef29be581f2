"""Weights as evidence: captured from a real indicator on a wire, or typed by two people; everything else is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from simulators.scenario import scenario_of
from simulators.world import World
from terminal.store import url_of
from tests.support.app import PASSWORD, Terminal, Voice, nonce, problem, refused, terminal_at
from tests.support.wires import scale_table, until


@dataclass
class Yard:
    """A terminal with scales on simulated wires, and a vehicle on its weighbridge."""

    terminal: Terminal
    world: World
    visit: str

    def put(self, scale: str, kg: str | None) -> None:
        """Put a load on a scale, or take it off; back when the terminal sees it at rest."""
        order = {"device": scale, "kg": kg or "0", "roll_s": 0.1}
        self.terminal.do(self.world.do("put", order))
        self.terminal.do(self._rests(scale, Decimal(kg or 0)))

    async def _rests(self, scale: str, kg: Decimal) -> None:
        def at_rest() -> bool:
            fleet = self.terminal.service.fleet
            live = fleet.live(scale) if fleet is not None else None
            if live is None or live.kg is None:
                return False
            return abs(live.kg) < 100 if kg == 0 else live.stable is True and live.kg == kg

        await until(at_rest, f"{scale} at rest with {kg} kg")


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Yard]:
    """Scales: ``bridge`` is verified, ``worn`` is not any more."""
    folder = tmp_path_factory.mktemp("yard")
    wires = tmp_path_factory.mktemp("w")
    shutil.copyfile(sqlite_template, folder / "karvon.sqlite3")
    specs = [
        {"id": name, "kind": "scale", "protocol": "yaohua_a9", "capacity_kg": 60000, "division_kg": 20}
        for name in ("bridge", "worn")
    ]
    world = World(scenario_of({"seed": 1, "devices": specs}), wires)
    devices = [
        scale_table(str(wires / "bridge"), id="bridge", point="weighbridge-1"),
        scale_table(str(wires / "worn"), id="worn", point="platform-2", verified_until="2026-01-31"),
    ]
    with terminal_at(url_of(folder / "karvon.sqlite3"), folder, devices=devices) as terminal:
        terminal.do(world.start())
        try:
            gate = terminal.person("gate_operator")
            visit = gate.must("/visits", plate="75412CBA")["facts"]["visit"]
            gate.must(f"/visits/{visit}/steps", step="GATE_IN", plate="75412CBA")
            yield Yard(terminal, world, visit)
        finally:
            terminal.do(world.stop())


@pytest.fixture
def weigher(yard: Yard) -> Voice:
    return yard.terminal.person("weighbridge_operator")


def typed(voice: Voice, visit: str, **more: Any) -> dict[str, Any]:
    given = {
        "point": "weighbridge-1",
        "visit": visit,
        "typed_kg": "15420",
        "confirmed_by": "weighbridge_2",
        "confirm_password": PASSWORD,
        "note": "the line is down",
    }
    return voice.ask("/weighings", **{**given, **more})


def test_a_stable_weight_is_captured_with_its_evidence(yard: Yard, weigher: Voice) -> None:
    yard.put("bridge", "17660")
    body = {"nonce": nonce(), "point": "weighbridge-1", "visit": yard.visit, "wait_s": 20}
    first = weigher.send("POST", "/weighings", json=body)
    told = first.json()
    assert told["verdict"] == "accepted", told
    assert (told["facts"]["kg"], told["facts"]["scale"]) == ("17660", "bridge")
    (row,) = weigher.get("/weighings", visit=yard.visit)
    assert (row["kg"], row["what"], row["stable"], row["typed"]) == ("17660", "TARE", True, False)
    assert (row["operator"], row["verified_until"]) == (
        yard.terminal.ids["weighbridge_operator"],
        "2999-12-31",
    )
    assert bytes.fromhex(row["raw"])
    trace = yard.terminal.service.file_path(row["trace"])
    frames = json.loads(trace.read_bytes())
    assert len(frames) >= 4
    with yard.terminal.service.reading() as reader:
        (kept,) = reader.desk.attachments_of("device:bridge")
    assert (kept.sha256, kept.size) == (row["trace"], trace.stat().st_size)
    entry = yard.terminal.entry(told["event"] - (yard.terminal.entry(told["event"]).type != "VisitWeighed"))
    assert (entry.facts["device"], entry.facts["point"]) == ("bridge", "weighbridge-1")
    # The truck has gone; the same message asked again gets the same answer and weighs nothing.
    yard.put("bridge", None)
    assert weigher.send("POST", "/weighings", json=body).content == first.content


def test_an_empty_scale_gives_no_weight(yard: Yard, weigher: Voice) -> None:
    yard.put("bridge", None)
    told = weigher.ask("/weighings", point="weighbridge-1", visit=yard.visit, wait_s=0.5)
    assert told["verdict"] == "refused"
    assert told["reason"] in ("WEIGHT_OUT_OF_RANGE", "WEIGHT_UNSTABLE", "NO_WEIGHT")
    assert "wait_s" not in yard.terminal.entry(told["event"]).data["asked"]


def test_a_scale_whose_verification_ran_out_does_not_count(yard: Yard, weigher: Voice) -> None:
    yard.put("worn", "15420")
    told = weigher.ask("/weighings", point="platform-2", visit=yard.visit, wait_s=20)
    refused(told, "SCALE_NOT_VERIFIED", yard.terminal)
    told = typed(weigher, yard.visit, point="platform-2")
    refused(told, "SCALE_NOT_VERIFIED", yard.terminal)


def test_where_no_scale_stands_nothing_is_weighed(yard: Yard, weigher: Voice) -> None:
    for point in ("tally-1", "moon"):
        told = weigher.ask("/weighings", point=point, visit=yard.visit)
        assert refused(told, "NO_WEIGHT", yard.terminal)["facts"]["why"] == "no_scale"


def test_a_typed_weight_takes_two_people_and_a_reason(yard: Yard, weigher: Voice) -> None:
    need = "TYPED_WEIGHT_NEEDS_SECOND_PERSON"
    for wrong in (
        {"confirmed_by": None},
        {"confirmed_by": "weighbridge_operator"},
        {"confirmed_by": "nobody-here"},
        {"confirm_password": "wrong"},
        {"confirm_password": None},
        {"confirmed_by": "agency_user"},
        {"note": " "},
    ):
        refused(typed(weigher, yard.visit, **wrong), need, yard.terminal)
    told = typed(weigher, yard.visit)
    assert told["verdict"] == "accepted", told
    row = weigher.get("/weighings", visit=yard.visit)[0]
    assert (row["typed"], row["confirmed_by"]) == (True, yard.terminal.ids["weighbridge_2"])
    assert PASSWORD not in str([entry.facts for entry in yard.terminal.journal()])


def test_guessing_a_colleagues_password_makes_waiting(yard: Yard, weigher: Voice) -> None:
    wrong = {"confirmed_by": "tally_clerk", "confirm_password": "guess"}
    for _ in range(5):
        typed(weigher, yard.visit, **wrong)
    told = typed(weigher, yard.visit, confirmed_by="tally_clerk")
    refused(told, "TYPED_WEIGHT_NEEDS_SECOND_PERSON", yard.terminal)
    clerk = f"person:{yard.terminal.ids['tally_clerk']}"
    failures = [e for e in yard.terminal.journal() if e.subject == clerk and e.type == "SecurityEvent"]
    assert [e.data["action"] for e in failures[-5:]] == ["second_person_failed"] * 5
    assert failures[-1].data["facts"]["asked_by"] == yard.terminal.ids["weighbridge_operator"]


def test_a_weight_out_of_range_is_refused(yard: Yard, weigher: Voice) -> None:
    for kg in ("0", "-20", "60020", "99999999"):
        refused(typed(weigher, yard.visit, typed_kg=kg), "WEIGHT_OUT_OF_RANGE", yard.terminal)


def test_only_those_who_weigh_weigh(yard: Yard) -> None:
    for who in ("gate_operator", "agency_user", "customs_inspector"):
        voice = yard.terminal.person(who)
        refused(typed(voice, yard.visit), "NOT_PERMITTED", yard.terminal)
        told = voice.ask("/weighings", point="weighbridge-1", visit=yard.visit, wait_s=30)
        refused(told, "NOT_PERMITTED", yard.terminal)


def test_a_unit_is_weighed_alone(yard: Yard, weigher: Voice) -> None:
    (label,) = yard.terminal.announce("WGH-1", 1)
    yard.put("bridge", "780")
    told = weigher.ask("/weighings", point="weighbridge-1", unit=label, wait_s=20)
    assert told["verdict"] == "accepted", told
    (row,) = [r for r in weigher.get("/weighings") if r["subject"] == f"unit:{label}"]
    assert (row["what"], row["kg"]) == ("UNIT", "780")
    refused(
        weigher.ask("/weighings", point="weighbridge-1", unit="0" * 18, wait_s=20),
        "UNKNOWN_LABEL",
        yard.terminal,
    )
    refused(
        weigher.ask("/weighings", point="weighbridge-1", visit="V-0", wait_s=20), "NOT_FOUND", yard.terminal
    )
    yard.put("bridge", None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit": "0" * 18},
        {"visit": None},
        {"step": "GATE_OUT"},
        {"typed_kg": "many"},
        {"typed_kg": "NaN"},
        {"typed_kg": "1.00001"},
        {"typed_kg": "1e40"},
        {"wait_s": 0},
        {"wait_s": 61},
        {"point": ""},
    ],
)
def test_a_weighing_that_makes_no_sense_is_not_asked(
    yard: Yard, weigher: Voice, wrong: dict[str, Any]
) -> None:
    body = {"point": "weighbridge-1", "visit": yard.visit, "typed_kg": "15420", **wrong}
    problem(weigher.post("/weighings", **body), 422, "invalid_request")


def test_the_scale_is_looked_at_live(yard: Yard, weigher: Voice) -> None:
    yard.put("bridge", "20000")

    told = weigher.get("/devices/bridge/live")
    assert (told["kg"], told["stable"]) == ("20000", True)
    assert (told["point"], told["unit"]) == ("weighbridge-1", "kg")
    problem(weigher.send("GET", "/devices/no-scale/live"), 404, "not_found")
    health = {row["device"]: row for row in weigher.get("/devices")["fleet"]}
    assert health["bridge"]["ok"] is True
    yard.put("bridge", None)


def test_the_weight_of_another_vehicle_is_not_taken(yard: Yard, weigher: Voice) -> None:
    gate = yard.terminal.person("gate_operator")
    trucks = []
    for plate in ("75981AAA", "75982AAA"):
        visit = gate.must("/visits", plate=plate)["facts"]["visit"]
        gate.must(f"/visits/{visit}/steps", step="GATE_IN", plate=plate, point="gate-1")
        trucks.append(visit)
    yard.put(
        "bridge", "17200"
    )  # far from the weights of the tests before: a near one would be that of their truck
    first = weigher.ask("/weighings", point="weighbridge-1", visit=trucks[0], wait_s=20)
    assert first["verdict"] == "accepted", first
    told = weigher.ask("/weighings", point="weighbridge-1", visit=trucks[1], wait_s=20)
    assert refused(told, "OTHER_ON_SCALE", yard.terminal)["facts"]["last"] == "75981AAA"
    assert weigher.get(f"/visits/{trucks[1]}")["weighings"] == []  # nothing was written to the wrong one
    yard.put("bridge", None)

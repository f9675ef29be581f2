"""Lanes over the API: profiles come into force and end, a person sets a lane, an audit is closed, rates are counted."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from terminal.cases import data, hit_rates
from terminal.replaying import replay
from tests.support.app import Terminal, nonce, refused
from workflows.events import ChecksRun
from workflows.events_routing import LaneChosen, RiskProfileChanged
from workflows.papers import Mode
from workflows.roles import Actor, Role

ADMIN = frozenset({Role.ADMINISTRATOR})

PROFILE: dict[str, Any] = {
    "id": "P-BLANKETS",
    "title": "Blankets of one agency",
    "owner": "risk_officer",
    "reason": "two findings in October",
    "first_day": "2026-11-01",
    "last_day": "2026-11-30",
    "criteria": {"senders": ["Agency A"]},
    "points": 60,
    "note": "after the findings",
}


@pytest.fixture(scope="module")
def risk(terminal: Terminal) -> Any:
    return terminal.person("risk_officer")


def lane(terminal: Terminal, ref: str) -> dict[str, Any]:
    told: dict[str, Any] = terminal.person("auditor").get("/lanes/one", consignment=ref)
    return told


def test_a_profile_needs_its_last_day_an_owner_and_a_reason_to_change(terminal: Terminal, risk: Any) -> None:
    without = {key: value for key, value in PROFILE.items() if key != "last_day"}
    assert risk.post("/risk-profiles", **without).status_code == 422
    for wrong in (
        {"owner": " "},
        {"last_day": "2026-10-01"},
        {"criteria": {}},
        {"points": 0},
        {"indicator": "R99"},
    ):
        refused(risk.ask("/risk-profiles", **{**PROFILE, **wrong}), "PROFILE_UNFIT", terminal)
    refused(risk.ask("/risk-profiles", **{**PROFILE, "note": ""}), "REASON_NEEDED", terminal)
    refused(terminal.person("administrator").ask("/risk-profiles", **PROFILE), "NOT_PERMITTED", terminal)


def test_a_profile_is_versioned_and_named_by_what_it_selected(terminal: Terminal, risk: Any) -> None:
    assert risk.must("/risk-profiles", **PROFILE)["facts"]["version"] == 1
    terminal.announce("LANE-1", 1)
    first = lane(terminal, "LANE-1")
    assert first["lane"] == "RED"
    assert first["routing"]["choice"]["profiles"] == [
        {"profile": "P-BLANKETS", "version": 1, "points": 60, "lane": None}
    ]
    assert risk.ask("/risk-profiles", **PROFILE)["verdict"] == "already_done"
    assert risk.must("/risk-profiles", **{**PROFILE, "points": 10})["facts"]["version"] == 2
    terminal.announce("LANE-2", 1)
    assert [f["version"] for f in lane(terminal, "LANE-2")["routing"]["choice"]["profiles"]] == [2]
    newest, oldest = risk.get("/risk-profiles/P-BLANKETS/history")
    assert (newest["version"], oldest["version"]) == (2, 1)
    assert newest["changes"]["points"] == {"from": 60, "to": 10}
    assert (newest["by"], newest["note"]) == (terminal.ids["risk_officer"], "after the findings")
    entries = [entry for entry in terminal.journal() if isinstance(entry.event, RiskProfileChanged)]
    assert [entry.subject for entry in entries] == ["profile:P-BLANKETS"] * 2


def test_every_lane_is_journalled_with_its_draw_and_is_chosen_again_by_the_data_of_then(
    terminal: Terminal, risk: Any
) -> None:
    entries = [e for e in terminal.journal() if e.subject == "consignment:LANE-1"]
    run = next(e for e in entries if isinstance(e.event, ChecksRun))
    chosen = next(e for e in entries if isinstance(e.event, LaneChosen))
    assert chosen.seq > run.seq
    draw = chosen.event.choice.draw  # type: ignore[attr-defined]
    assert draw is not None
    assert (draw.of, len(draw.seed)) == ("LANE-1", 64)
    found = replay(terminal.service.store, terminal.service.room, lambda: b"k" * 32, "LANE-1", run.seq)
    assert found.same
    assert found.again.choice == chosen.event.choice  # type: ignore[attr-defined]


def test_what_is_over_does_not_fire(terminal: Terminal, risk: Any) -> None:
    risk.must("/risk-profiles", **{**PROFILE, "last_day": "2026-11-10", "note": "not needed any more"})
    terminal.announce("LANE-3", 1)
    assert lane(terminal, "LANE-3")["routing"]["choice"]["profiles"] == []
    assert any(one["id"] == "P-BLANKETS" and one["version"] == 3 for one in risk.get("/risk-profiles"))


def test_history_speaks_the_first_time_only(terminal: Terminal) -> None:
    terminal.announce("LANE-B1", 1, by="agency_b", sender="Agency B", carrier="Caravan 7")
    terminal.announce("LANE-B2", 1, by="agency_b", sender="Agency B", carrier="Caravan 7")
    first = {r["indicator"] for r in lane(terminal, "LANE-B1")["routing"]["choice"]["reasons"]}
    second = {r["indicator"] for r in lane(terminal, "LANE-B2")["routing"]["choice"]["reasons"]}
    assert {"R01", "R02"} <= first
    assert not {"R01", "R02"} & second


def test_a_mark_raises_and_red_goods_wait_for_an_inspection(terminal: Terminal, risk: Any) -> None:
    customs = terminal.person("customs_inspector")
    for code in ("R20", "R21", "R26"):
        customs.must("/lanes/marks", consignment="LANE-3", indicator=code, why="the seal was odd")
    assert lane(terminal, "LANE-3")["lane"] == "RED"
    told = customs.ask("/approvals", consignment="LANE-3", step="CUSTOMS_RELEASE")
    assert "INSPECTION_NEEDED" in {one["reason"] for one in told["missing"]}
    order = {"subject": "consignment:LANE-3", "method": "VISUAL", "why": "the lane"}
    inspection = customs.must("/inspections", **order)["facts"]["inspection"]
    customs.must(f"/inspections/{inspection}/result", result="NO_FINDING", minutes=20)
    told = customs.ask("/approvals", consignment="LANE-3", step="CUSTOMS_RELEASE")
    assert "INSPECTION_NEEDED" not in {one["reason"] for one in told["missing"]}


def test_a_lower_lane_takes_two_and_leaves_its_trace(terminal: Terminal, risk: Any) -> None:
    risk.must("/lanes", consignment="LANE-3", lane="YELLOW", why="a drill")
    assert lane(terminal, "LANE-3")["lane"] == "RED"
    refused(
        risk.ask("/lanes", consignment="LANE-3", lane="YELLOW", why="again"), "SECOND_PERSON_NEEDED", terminal
    )
    terminal.person("customs_2").must("/lanes", consignment="LANE-3", lane="YELLOW", why="agreed")
    person = lane(terminal, "LANE-3")["routing"]["person"]
    assert (person["by"], person["confirmed_by"]) == (terminal.ids["risk_officer"], terminal.ids["customs_2"])
    refused(risk.ask("/lanes", consignment="LANE-3", lane="GREEN", why="x"), "LANE_FIXED", terminal)
    refused(risk.ask("/lanes", consignment="LANE-NONE", lane="RED", why="x"), "NOT_FOUND", terminal)


def test_rates_are_counted_and_no_cell_is_a_formula(terminal: Terminal, risk: Any) -> None:
    days = {"first": "2026-11-01", "last": "2026-11-30"}
    told = risk.get("/hit-rates", **days)
    rows = {(r["office"], r["kind"], r["code"]): r for r in told["rows"]}
    assert told["counted"]["22005"] >= 5
    marked = rows["22005", "indicator", "R26"]
    assert (marked["selected"], marked["inspected"], marked["found"]) == (1, 1, 0)
    assert rows["22005", "profile", "P-BLANKETS"]["selected"] == 2
    assert rows["22005", "person", ""]["selected"] == 1
    assert rows["22005", "lane", "RED"]["limit"] == "0.3"
    assert rows["22005", "random", "RED"]["limit"] == "0.02"
    lanes = [rows["22005", "lane", code]["selected"] for code in ("GREEN", "BLUE", "YELLOW", "RED")]
    assert sum(lanes) == told["counted"]["22005"]
    assert rows["22002", "lane", "RED"]["selected"] == 0
    text = risk.send("GET", "/hit-rates.csv", params=days).text
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert tuple(cells[:12]) == ("first", "last", *hit_rates.COLUMNS)
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "@", "-")]
    answer = risk.send("GET", "/hit-rates", params={"first": "2026-11-30", "last": "2026-11-01"})
    assert answer.status_code == 422


def test_an_office_with_another_minimum_uses_blue_and_opens_an_audit(terminal: Terminal, risk: Any) -> None:
    customs, actor = terminal.person("customs_inspector"), Actor(terminal.ids["administrator"], ADMIN)
    offices = json.loads(terminal.person("administrator").send("GET", "/data/customs_offices.json").text)
    offices["offices"][1]["minimum_lane"] = "BLUE"
    new = data.read_all([("customs_offices.json", json.dumps(offices).encode())])
    asked = terminal.service.request(actor, nonce(), {})
    room = terminal.service.room
    done = terminal.write(lambda books: data.load(books, new, "by order 7", asked, room))
    assert done.verdict == "accepted"
    assert customs.get("/audits") == []
    terminal.announce("LANE-AIR", 1, mode=Mode.AIR, sender="Agency A")
    told = lane(terminal, "LANE-AIR")
    assert (told["lane"], told["routing"]["choice"]["office"]) == ("BLUE", "22002")
    (open_one,) = customs.get("/audits")
    assert open_one["consignment"] == "LANE-AIR"
    early = customs.ask("/audits/close", consignment="LANE-AIR", result="IN_ORDER", note="looked")
    refused(early, "WRONG_STAGE", terminal)
    terminal.announce("LANE-ROAD", 1)  # the other office keeps its own minimum
    assert lane(terminal, "LANE-ROAD")["lane"] == "YELLOW"


def test_the_rows_are_what_the_journal_makes_of_them(terminal: Terminal) -> None:
    terminal.prove()

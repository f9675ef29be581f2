"""Every figure of a report, counted once more from the journal by hand."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from terminal.reports.figures import share, spread
from terminal.reports.span import Span, week_of
from terminal.store import spans
from terminal.store.journal import Entry
from tests.terminal.reports.conftest import Day
from workflows.evolve import TASHKENT


def report(day: Day, kind: str, who: str = "customs_inspector", **query: Any) -> dict[str, Any]:
    """The sections of a report of that person."""
    found: dict[str, Any] = day.terminal.person(who).get(f"/reports/{kind}", **query)["sections"]
    return found


def rows(sections: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sections[key]["rows"]
    return found


def of(entries: list[Entry], *types: str) -> list[Entry]:
    return [entry for entry in entries if entry.type in types]


def stage_of(entries: list[Entry], kind: str, stage: str) -> list[Entry]:
    return [e for e in of(entries, "StageChanged") if e.subject.startswith(kind) and e.data["stage"] == stage]


# --- the terminal report -----------------------------------------------------------------------------
def test_vehicles_and_consignments_are_those_of_the_journal(day: Day) -> None:
    found, journal = report(day, "terminal"), day.terminal.journal()
    road = rows(found, "vehicles")[0]
    assert road["in"] == len(of(journal, "VisitEntered")) == 2
    assert road["out"] == len(stage_of(journal, "visit:", "GATE_OUT")) == 1
    by_stage = {row["stage"]: row["came"] for row in rows(found, "consignments")}
    assert by_stage.pop("PRE_ADVICE") == len(of(journal, "ConsignmentAnnounced")) == 3
    expected: dict[str, set[str]] = {}
    for entry in of(journal, "StageChanged"):
        if entry.subject.startswith("consignment:"):
            expected.setdefault(entry.data["stage"], set()).add(entry.subject)
    assert {stage: count for stage, count in by_stage.items() if count} == {
        s: len(r) for s, r in expected.items()
    }


def test_cargo_is_counted_once_with_its_weight(day: Day) -> None:
    found, journal = report(day, "terminal"), day.terminal.journal()
    cargo = {row["step"]: row for row in rows(found, "cargo")}
    received = {e.subject.partition(":")[2] for e in of(journal, "UnitTallied", "UnitFound")}
    gone = {e.subject.partition(":")[2] for e in stage_of(journal, "unit:", "GATE_OUT")}
    assert gone == set(day.gone.labels)
    assert cargo["received"]["units"] == len(received) == 8
    assert cargo["gone"]["units"] == len(gone) == 3
    assert cargo["released"]["units"] == 3
    assert (cargo["stored"]["units"], cargo["delivered"]["units"]) == (0, 0)
    with day.terminal.service.reading() as reader:
        kg = {label: reader.unit(label).gross_kg for label in received | gone}  # type: ignore[union-attr]
    assert Decimal(cargo["received"]["gross_kg"]) == sum(kg[label] or 0 for label in received)
    assert Decimal(cargo["gone"]["gross_kg"]) == sum(kg[label] or 0 for label in gone) == day.gone.kg


def test_holds_refusals_losses_and_finds(day: Day) -> None:
    found, journal = report(day, "terminal"), day.terminal.journal()
    placed = Counter(e.data["hold"]["authority"] for e in of(journal, "HoldPlaced"))
    shown = {row["authority"]: row for row in rows(found, "holds")}
    assert {code: row["opened"] for code, row in shown.items() if row["opened"]} == dict(placed)
    assert sum(row["ended"] for row in shown.values()) == len(of(journal, "HoldLifted"))
    assert sum(row["open"] for row in shown.values()) == len(of(journal, "HoldPlaced")) - len(
        of(journal, "HoldLifted")
    )
    steps = {
        "TALLY",
        "LOAD",
        "GATE_IN",
        "RISK",
        "DOC_CHECK",
        "CUSTOMS_RELEASE",
        "RELEASE",
        "LOST",
        "WEIGH_IN",
    }
    refused = Counter(
        (e.data["step"], e.data["reason"]) for e in of(journal, "StepRefused") if e.data["step"] in steps
    )
    assert refused
    assert {(r["step"], r["reason"]): r["count"] for r in rows(found, "refused")} == dict(refused)
    assert {row["kind"]: row["units"] for row in rows(found, "losses")} == {"LOST": 1, "WET": 1}
    assert rows(found, "seizures")[0]["count"] == len(of(journal, "SeizureRecorded")) == 1


def test_seizures_and_what_is_suspected_are_for_those_who_may_know(day: Day) -> None:
    clerk = report(day, "terminal", "tally_clerk")
    assert "seizures" not in clerk
    assert "findings" not in {row["key"] for row in rows(clerk, "both")}
    border = report(
        day, "terminal", "border_officer"
    )  # the record is RESTRICTED: customs and the auditor only
    assert rows(border, "seizures")[0]["count"] == 0
    assert report(day, "seizures", "border_officer")["records"]["rows"] == []
    mine = report(day, "seizures")
    assert [row["handling"] for row in rows(mine, "records")] == ["RESTRICTED"]
    assert rows(mine, "commodities") == [
        {"commodity": "DRUGS", "unit": "kg", "records": 1, "quantity": "12.4"}
    ]
    plain = str(day.terminal.person("customs_inspector").get("/reports/seizures"))
    assert "رحیمی" not in plain  # no words about persons leave with it


def test_days_without_anything_count_nothing(day: Day) -> None:
    found = report(day, "terminal", first="2026-11-01", last="2026-11-02")
    assert rows(found, "vehicles") == []
    assert all(row["units"] == 0 for row in rows(found, "cargo"))


# --- stage times --------------------------------------------------------------------------------------
def test_stage_times_are_those_between_the_events(day: Day) -> None:
    found, journal = report(day, "times", first="2026-11-16", last="2026-11-16"), day.terminal.journal()
    at = {
        entry.data["stage"]: entry.at
        for entry in of(journal, "StageChanged")
        if entry.subject == f"visit:{day.gone.visit}"
    }
    entered = next(e.at for e in of(journal, "VisitEntered") if e.subject == f"visit:{day.gone.visit}")
    through = rows(found, "vehicles_through")[0]
    assert through["count"] == 1
    assert through["median_minutes"] == int((at["GATE_OUT"] - entered).total_seconds() // 60) == 47
    cargo = {row["stage"]: row for row in rows(found, "consignments")}
    assert cargo["RELEASE"]["count"] == 1
    assert cargo["RELEASE"]["max_minutes"] == 7
    assert cargo["RELEASE"]["waiting_on"] == "TERMINAL"
    assert cargo["RELEASE"]["target_minutes"] == 60
    assert Decimal(cargo["RELEASE"]["within_target"]) == 1
    assert [row["mode"] for row in rows(found, "through_mode")] == ["ROAD"]
    assert rows(found, "through_mode")[0]["median_minutes"] == 47


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=200))
def test_nine_of_ten_do_not_take_longer(values: list[int]) -> None:
    found = spread(values)
    assert found is not None
    assert sum(1 for value in values if value <= found.p90) * 10 >= len(values) * 9
    assert found.p90 in values
    assert min(values) <= found.median <= found.longest == max(values)
    assert abs(found.mean * len(values) - sum(values)) <= len(values)


def test_nothing_has_no_spread_and_no_share() -> None:
    assert spread([]) is None
    assert share(1, 0) is None
    assert share(1, 3) == Decimal("0.3333")


# --- agencies and donors ------------------------------------------------------------------------------
def test_an_agency_sees_its_own_whatever_it_asks_for(day: Day) -> None:
    b = report(day, "agency", "agency_b", sender="Agency A")
    assert [row["ref"] for row in rows(b, "list")] == ["REP-2"]
    assert set(b) == {"cargo", "consignments", "list", "losses"}
    a = report(day, "agency", "tally_clerk", sender="agency  b")
    assert rows(a, "list") == rows(b, "list")
    assert rows(b, "losses") == []


def test_a_donor_is_told_sums(day: Day) -> None:
    found = report(day, "donor", "situation_centre", donor='=HYPERLINK("http://x.test","Agency")')
    assert [(row["sender"], row["consignments"], row["units"]) for row in rows(found, "sender")] == [
        ("Agency B", 1, 2)
    ]
    assert "list" not in found
    answer = day.terminal.person("situation_centre").send("GET", "/reports/donor")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


# --- devices ------------------------------------------------------------------------------------------
def test_devices_that_did_nothing_are_marked(day: Day) -> None:
    day.terminal.device("handheld-7")
    found = day.terminal.person("administrator").get("/reports/devices")["sections"]["devices"]
    names = [row["device"] for row in found["rows"]]
    at = names.index("handheld-7")
    assert found["rows"][at]["readings"] == 0
    assert at in found["marked"]
    told = day.terminal.device("handheld-8")
    label = day.other[0]
    told.scan(label, "TALLY")
    found = day.terminal.person("administrator").get("/reports/devices")["sections"]["devices"]
    row = next(row for row in found["rows"] if row["device"] == "handheld-8")
    assert row["readings"] == 1
    assert found["rows"].index(row) not in found["marked"]


# --- finding the part of the journal ------------------------------------------------------------------
def test_the_part_of_the_journal_holds_every_entry_of_the_days(day: Day) -> None:
    journal = day.terminal.journal()
    with day.terminal.service.reading() as reader:
        for start, end in ((journal[0].at, journal[-1].at), (journal[5].at, journal[-5].at)):
            part = spans.part_between(reader.connection, start, end)
            wanted = [entry.seq for entry in journal if start <= entry.at < end]
            read = [
                e.seq
                for piece in spans.entries(reader.connection, part)
                for e in piece
                if start <= e.at < end
            ]
            assert read == wanted
        assert spans.number_at(reader.connection, journal[-1].at + timedelta(seconds=1)) == len(journal) + 1


@given(st.dates(), st.integers(0, 700))
def test_weeks_cover_the_days_once(first: Any, length: int) -> None:
    try:
        last = first + timedelta(days=length)
    except OverflowError:
        return
    weeks = Span(first, last).weeks
    assert weeks[0].first == first
    assert weeks[-1].last == last
    assert all(a.last + timedelta(days=1) == b.first for a, b in pairwise(weeks))
    assert all(week_of(week.first) == week_of(week.last) for week in weeks)


def test_a_day_begins_in_tashkent() -> None:
    span = Span(
        datetime(2026, 11, 16, tzinfo=TASHKENT).date(), datetime(2026, 11, 16, tzinfo=TASHKENT).date()
    )
    assert span.start.isoformat() == "2026-11-15T19:00:00+00:00"
    assert span.holds(span.end - timedelta(microseconds=1))
    assert not span.holds(span.end)


def test_liaison_offices_are_told_a_week_beside_the_weeks_before(day: Day) -> None:
    told = day.terminal.person("liaison_officer").get("/reports/liaison")
    assert (told["form"], told["handling"]) == ("karvon-liaison-1", "LAW_ENFORCEMENT")
    assert (told["first"], told["last"]) == ("2026-11-16", "2026-11-22")
    *before, now = told["sections"]["trend"]["rows"]
    assert [row["first"] for row in before] == ["2026-10-19", "2026-10-26", "2026-11-02", "2026-11-09"]
    assert not any(row[key] for row in before for key in ("vehicles_in", "inspections", "seizures"))
    journal = day.terminal.journal()
    done = of(journal, "InspectionDone")
    assert now["vehicles_in"] == len(of(journal, "VisitEntered"))
    assert now["vehicles_out"] == len(stage_of(journal, "visit", "GATE_OUT"))
    assert now["inspections"] == len(done) == sum(r["count"] for r in rows(told["sections"], "inspections"))
    assert now["findings"] == sum(1 for e in done if e.data["result"] == "FINDING")
    codes = {e.data["seizure"]["handling"] for e in of(journal, "SeizureRecorded")}
    assert codes == {"RESTRICTED"}  # not for a liaison officer, but for customs
    assert now["seizures"] == len(rows(told["sections"], "seizures")) == 0
    assert len(rows(report(day, "liaison"), "seizures")) == 1
    assert "Karimov" not in str(told)  # nobody is named
    # the same as XML
    voice = day.terminal.person("liaison_officer")
    xml = voice.send("GET", "/reports/liaison", params={"form": "xml"}).content
    values = {v.get("column"): v.text for v in ElementTree.fromstring(xml).find("section").findall("row")[-1]}
    assert values["vehicles_in"] == str(now["vehicles_in"])
    assert day.terminal.newest().data["facts"]["handling_codes"] == ["LAW_ENFORCEMENT"]


def test_control_units_get_their_selection_with_reasons_and_what_came(day: Day) -> None:
    day.terminal.announce("REP-BOX", 2, container="MSKU1234565")
    customs = day.terminal.person("customs_inspector")
    told = customs.get("/reports/selection")
    (row,) = [one for one in told["sections"]["selection"]["rows"] if one["consignment"] == "REP-BOX"]
    assert (row["kind"], row["number"]) == ("container", "MSKU1234565")
    with day.terminal.service.reading() as reader:
        consignment = reader.consignment("REP-BOX")
    assert consignment is not None
    assert consignment.routing is not None
    choice = consignment.routing.choice
    assert choice is not None
    assert (row["lane"], row["score"]) == (choice.lane.value, choice.score)
    assert row["reasons"] == ", ".join(sorted(choice.grounds))
    assert (row["inspected"], row["found"]) == ("no", "no")
    assert told["handling"] == "LAW_ENFORCEMENT"
    for login in ("tally_clerk", "liaison_officer", "agency_user"):  # nothing of risk for those
        assert day.terminal.person(login).send("GET", "/reports/selection").status_code == 403


def test_csv_says_what_json_says(day: Day) -> None:
    voice = day.terminal.person("customs_inspector")
    told = voice.get("/reports/terminal")
    text = voice.send("GET", "/reports/terminal", params={"form": "csv"}).text
    cells = [row for row in csv.reader(io.StringIO(text)) if row and row[0] == "cargo"]
    expected = [[str(value) for value in row.values()] for row in told["sections"]["cargo"]["rows"]]
    assert [row[3:] for row in cells] == expected
    entry = day.terminal.newest()
    assert (entry.data["action"], entry.data["facts"]["what"]) == ("exported", "report:terminal")
    assert entry.data["facts"]["handling_codes"] == ["TERMINAL"]

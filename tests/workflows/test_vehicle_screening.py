"""A vehicle without cargo is screened by itself: plates, driver, and whether its empty weight could be compared."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import NOON
from tests.support.check_cases import AS_OF, NOBODY, a_case, fired, line
from workflows.checks.case import Case, CheckContext, DriverSeen, GateRead, Observations, WatchListEntry
from workflows.checks.case_json import observations_from_json
from workflows.findings import Finding
from workflows.holds_by_check import asked_for
from workflows.papers import Mode, Papers, Person
from workflows.screening import ListEntry, SanctionsList
from workflows.state import Authority, Hold, HoldOutcome, HoldReason, HoldSeverity
from workflows.vehicle_screening import EmptyWeight, news, screened

LISTED = SanctionsList((ListEntry("TAi.901", True, "TURYALAY NAMUNAWAL"),), loaded_at=AS_OF)
GOING = EmptyWeight(returning=False)
WATCHED = (
    WatchListEntry("75 412 СВА", "plate"),
    WatchListEntry("75 4410 AB", "plate"),
    WatchListEntry("Eshmat Qorayev", "name"),
)


def typed(*names: str) -> Observations:
    return Observations(
        gate=(GateRead(AS_OF, "75412CBA", "754410AB"),), drivers=tuple(DriverSeen(name) for name in names)
    )


def empty(*names: str, **context: Any) -> Case:
    known: dict[str, Any] = {"as_of": AS_OF, "sanctions": NOBODY, **context}
    return Case(Papers("V-1", Mode.ROAD, "", ""), CheckContext(**known), typed(*names))


def told(case: Case, weight: EmptyWeight = GOING, *, driven: bool = True) -> set[str]:
    found = screened(case, weight, driven=driven)
    return {f"{'?' if f.cannot_tell else ''}{f.severity}:{f.check}@{f.target}" for f in found}


def test_an_unknown_driver_of_a_clean_truck_passes() -> None:
    assert told(empty("Karim Saidov", watch_list=WATCHED[2:])) == set()


@pytest.mark.parametrize("name", ["Eshmat Qorayev", "ҚОРАЕВ Эшмат", "Qorayev E'shmat"])
def test_a_name_that_the_gate_typed_is_looked_for_as_one_on_paper(name: str) -> None:
    assert told(empty(name, watch_list=WATCHED[2:])) == {"BLOCK:VEH-02@party:driver"}
    goods = a_case(line(), observations=typed(name), context={"watch_list": WATCHED[2:]})
    assert fired(goods, "VEH-02") == {"VEH-02@party:driver"}


@pytest.mark.parametrize("name", ["Turyalay Namunawal", "Намунавал Туряляй", "توریالی نمونوال"])
def test_a_typed_driver_is_screened_against_the_list(name: str) -> None:
    (hit,) = told(empty(name, sanctions=LISTED))
    assert hit.split(":", 1)[1] in ("SAN-01@party:driver", "SAN-02@party:driver")
    goods = a_case(line(), observations=typed(name), context={"sanctions": LISTED})
    assert {"SAN-01@party:driver", "SAN-02@party:driver"} & fired(goods)


def test_truck_and_trailer_are_looked_for() -> None:
    assert told(empty("Karim Saidov", watch_list=WATCHED)) == {
        "BLOCK:VEH-02@vehicle:plate",
        "BLOCK:VEH-02@vehicle:trailer",
    }


def test_who_drives_and_is_not_named_is_no_pass_and_holds_nothing() -> None:
    assert told(empty()) == {"?INFO:VEH-02@party:driver", "?INFO:SAN-01@party:driver"}
    assert told(empty("  ")) == told(empty())
    assert told(empty(), driven=False) == set()  # a wagon has no driver of its own
    found = screened(empty(), GOING, driven=True)
    assert list(asked_for(found, "visit:V-1", iter(["a", "b"]))) == []


def test_without_a_list_a_named_driver_is_held() -> None:
    assert told(empty("Karim Saidov", sanctions=None)) == {"?HOLD:SAN-03@consignment"}


@pytest.mark.parametrize(
    ("weight", "missing"),
    [
        (EmptyWeight(True), "empty_weight"),
        (EmptyWeight(True, Decimal(15400)), "registered_tare"),
        (EmptyWeight(True, Decimal(15400), Decimal(15420)), None),
        (EmptyWeight(False, Decimal(15400)), None),
    ],
)
def test_an_empty_return_that_cannot_be_compared_says_so(weight: EmptyWeight, missing: str | None) -> None:
    found = [f for f in screened(empty("Karim Saidov"), weight, driven=True) if f.check == "WGT-06"]
    assert [f.facts["missing"] for f in found] == ([missing] if missing else [])
    assert all(f.cannot_tell for f in found)


def test_the_typed_name_has_to_be_the_announced_one() -> None:
    announced = Person("Karim Saidov", "FA1000011")

    def says(*names: str) -> set[str]:
        return fired(a_case(line(), driver=announced, observations=typed(*names)), "VEH-03")

    assert says("Saidov Karim Olimovich") == set()
    assert says("Саидов Карим") == set()
    assert says("Otabek Yusupov") == {"VEH-03@document:DRIVER_ID"}
    assert says("Otabek Yusupov", "Karim Saidov") == set()  # two drivers, one of them announced
    assert says() == set()
    assert fired(a_case(line(), observations=typed("Otabek Yusupov")), "VEH-03") == set()


def test_names_come_in_with_the_readings_of_the_gate() -> None:
    seen = observations_from_json(
        {
            "gate": [{"plate": "75412CBA", "driver": "Karim Saidov", "at": "2026-11-16T07:42:10+05:00"}],
            "drivers_seen": ["Otabek Yusupov", {"name": "Eshmat Qorayev"}],
        }
    )
    assert [one.name for one in seen.drivers] == ["Karim Saidov", "Otabek Yusupov", "Eshmat Qorayev"]


def test_what_somebody_ended_for_the_same_facts_is_not_placed_again() -> None:
    found = screened(empty("Karim Saidov", watch_list=WATCHED), GOING, driven=True)
    asked = asked_for(found, "visit:V-1", iter(["a", "b"]))
    assert {(one.authority, one.reason, one.severity) for one in asked} == {
        (Authority.BORDER, HoldReason.INTELLIGENCE, HoldSeverity.BLOCK)
    }
    plate = next(one for one in asked if one.target == "vehicle:plate")
    hold = Hold(
        "h", "consignment:C-1", plate.authority, plate.reason, plate.severity, "rules", NOON, frozenset()
    )
    ended = replace(
        hold, check=plate.check, target=plate.target, lifted_at=NOON, outcome=HoldOutcome.CLEARED_CORRECTED
    )
    assert [one.target for one in news(asked, found, found, [ended])] == ["vehicle:trailer"]
    assert news(asked, found, found, [replace(ended, lifted_at=None)]) == asked
    changed: list[Finding] = [replace(f, facts={**f.facts, "value": "another entry"}) for f in found]
    assert news(asked, changed, found, [ended]) == asked

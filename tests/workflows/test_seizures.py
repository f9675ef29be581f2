"""Seizures: units are out of reach, the chain of custody has no gap, and nothing personal leaves the house."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import NOON, PEOPLE, PLATE, REF, SSCCS, World, must, reasons, weight
from workflows import seizures
from workflows.ask import Ask
from workflows.evolve_inspection import seizure as evolve
from workflows.outcomes import Accepted, AlreadyDone
from workflows.roles import Role
from workflows.seizure_state import (
    READERS,
    Commodity,
    Concealment,
    Custody,
    Handling,
    PersonsCount,
    Seized,
    Seizure,
)
from workflows.stages import UNIT, Stage
from workflows.state import Seal

CODES = json.loads((Path(seizures.__file__).parent / "data" / "codes.json").read_text(encoding="utf-8"))


def loaded() -> World:
    """All released and loaded, sealed and weighed out."""
    world = World.announced()
    world.arrive_and_clear()
    world.release()
    world.load_all()
    must(world.do("C1", Stage.SEAL, on_visit=True, seals=(Seal("S1"),)))
    must(world.do("W", Stage.WEIGH_OUT, on_visit=True, weight=weight(17664)))
    return world


def test_seized_units_come_off_the_truck_which_is_then_sealed_and_weighed_anew() -> None:
    world = loaded()
    must(world.seize("B", *SSCCS[:2]))
    assert [world.units[label].stage for label in SSCCS] == [Stage.SEIZED, Stage.SEIZED, Stage.LOAD]
    assert world.visit is not None
    assert world.visit.stage is Stage.LOAD
    assert world.visit.loaded_kg == Decimal(748)
    out = world.do("G", Stage.GATE_OUT, on_visit=True, plate=PLATE, seals=(Seal("S1"),))
    assert "WRONG_STAGE" in reasons(out)
    must(world.do("C1", Stage.SEAL, on_visit=True, seals=(Seal("S2"),)))
    must(world.do("W", Stage.WEIGH_OUT, on_visit=True, weight=weight(16168)))
    must(world.do("G", Stage.GATE_OUT, on_visit=True, plate=PLATE, seals=(Seal("S2"),), last_of={REF}))
    record = world.seizures["SZ-2026-0001"]
    assert record.units == SSCCS[:2]
    assert record.custody[0].received_by == "bahrom"


def test_nothing_leads_from_seized_to_a_vehicle() -> None:
    reach, todo = set(), {Stage.SEIZED}
    while todo:
        stage = todo.pop()
        reach.add(stage)
        todo |= UNIT.get(stage, frozenset()) - reach
    assert not reach & {Stage.LOAD, Stage.PICK, Stage.GATE_OUT, Stage.STORAGE}


def test_what_was_never_seen_or_belongs_elsewhere_is_not_seized() -> None:
    world = World.announced()
    assert reasons(world.seize("C1", SSCCS[0])) == ["WRONG_STAGE"]
    assert reasons(world.seize("T")) == ["NOT_PERMITTED"]
    must(world.seize("C1"))  # something in the cabin, no unit


@pytest.mark.parametrize(
    ("changed", "handling", "field"),
    [
        ({"post_code": " "}, Handling.RESTRICTED, "post_code"),
        ({"quantity": Decimal(0)}, Handling.RESTRICTED, "quantity"),
        ({"persons": (PersonsCount("M", "AF", 0),)}, Handling.RESTRICTED, "persons"),
        ({}, Handling.AGENCIES, "handling_code"),
    ],
)
def test_a_record_needs_its_facts_and_a_code(
    changed: dict[str, object], handling: Handling, field: str
) -> None:
    facts = replace(FACTS, **changed)  # type: ignore[arg-type]
    outcome = seizures.record(
        seizures.NewSeizure("SZ-2026-0001", handling, facts), (), {}, Ask(PEOPLE["C1"], NOON)
    )
    assert reasons(outcome) == ["INVALID"]
    assert outcome.missing[0].facts["field"] == field  # type: ignore[union-attr]


FACTS = Seized("22-01", "customs", Commodity.DRUGS, "hashish", Decimal("4.2"), "kg")


def test_the_code_decides_who_reads() -> None:
    record = Seizure("SZ-2026-0001", NOON, "bahrom", Handling.RESTRICTED, FACTS)
    assert seizures.may_read(record, PEOPLE["B"])  # recorded it
    assert seizures.may_read(record, PEOPLE["C1"])
    assert not seizures.may_read(record, PEOPLE["RISK"])
    open_record = replace(record, handling=Handling.LAW_ENFORCEMENT)
    readers = {name for name, actor in PEOPLE.items() if seizures.may_read(open_record, actor)}
    assert readers == {"B", "BOTH", "C1", "C2", "RISK"}
    assert Role.AUDITOR in READERS[Handling.RESTRICTED]


def test_the_chain_of_custody_has_no_gap() -> None:
    world = World.announced()
    must(world.seize("B"))
    for receiver, place in (("store of customs", "safe 1"), ("laboratory", "Tashkent"), ("court", "Termez")):
        record = world.seizures["SZ-2026-0001"]
        must(
            world.take(seizures.pass_on(record, receiver, "customs", place, "B-1", world.ask("C1")), "chori")
        )
    record = world.seizures["SZ-2026-0001"]
    again = seizures.pass_on(record, "court", "customs", "Termez", "B-1", world.ask("C1"))
    assert isinstance(again, AlreadyDone)
    assert reasons(seizures.pass_on(record, " ", "x", "y", "", world.ask("C1"))) == ["INVALID"]
    for before, after in zip(record.custody, record.custody[1:], strict=False):
        assert after.released_by == before.received_by
        assert after.at > before.at


def test_facts_that_come_later_are_added_with_a_reason() -> None:
    world = World.announced()
    must(world.seize("C1"))
    record = world.seizures["SZ-2026-0001"]
    changed = {"lab_result": "cannabis resin", "criminal_case_no": "112/26"}
    assert reasons(seizures.amend(record, changed, None, world.ask("C1"))) == ["REASON_NEEDED"]
    must(world.take(seizures.amend(record, changed, None, world.ask("C1", note="laboratory")), "chori"))
    assert world.seizures["SZ-2026-0001"].facts.lab_result == "cannabis resin"
    again = seizures.amend(world.seizures["SZ-2026-0001"], changed, None, world.ask("C1", note="x"))
    assert isinstance(again, AlreadyDone)
    assert reasons(seizures.amend(record, changed, None, world.ask("T"))) == ["NOT_PERMITTED"]


names = st.text("abcdefghijklmnopqrstuvwxyz", min_size=12, max_size=20).map(lambda word: f"Zz{word}")


@given(names, names, names)
def test_no_name_leaves_the_house(officer: str, keeper: str, suspect: str) -> None:
    facts = replace(FACTS, free_text=f"{suspect} ran away", persons=(PersonsCount("M", "AF", 2),))
    chain = (Custody(NOON, officer, keeper, "customs", "safe", note=f"{keeper} signed"),)
    record = Seizure("SZ-2026-0001", NOON, officer, Handling.LAW_ENFORCEMENT, facts, custody=chain)
    text = json.dumps(seizures.exported(record))
    assert not [name for name in (officer, keeper, suspect) if name in text]
    assert seizures.exported(record)["persons_count_by_sex_and_nationality"] == [
        {"sex": "M", "nationality": "AF", "count": 2}
    ]


def test_the_export_has_the_fields_of_the_form() -> None:
    record = Seizure("SZ-2026-0001", NOON, "x", Handling.LAW_ENFORCEMENT, FACTS)
    wanted = {field.split(" ")[0] for field in CODES["seizure_record_fields"]}
    assert wanted - {"free_text"} <= set(seizures.exported(record))
    assert {code.value for code in Commodity} == set(CODES["seizure_commodity_groups"])
    assert {code.value for code in Concealment} == set(CODES["concealment_place"])
    assert {code.value for code in Handling} == set(CODES["handling_codes"])
    assert {field.name for field in fields(Seized)} >= seizures.NOMINAL


def test_a_record_is_folded_from_its_events() -> None:
    outcome = seizures.record(
        seizures.NewSeizure("SZ-2026-0001", Handling.RESTRICTED, FACTS), (), {}, Ask(PEOPLE["C1"], NOON)
    )
    assert isinstance(outcome, Accepted)
    record = None
    for event in outcome.events:
        record = evolve(record, event)
    assert record is not None
    assert record.recorded_by == "chori"
    assert seizures.case_number(2026, 7) == "SZ-2026-0007"
    assert seizures.year_of(NOON.replace(month=12, day=31, hour=20)) == 2027

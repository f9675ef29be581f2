"""Recording a seizure, adding what comes later, passing it on, and what of it may leave the house.

The record moves the seized units to SEIZED, from where nothing is ever loaded. Exports carry no personal names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from workflows.ask import Ask
from workflows.event_base import Event
from workflows.events import StageChanged, UnitUnloaded
from workflows.events_inspection import CustodyPassed, SeizureAmended, SeizureRecorded
from workflows.evolve import TASHKENT
from workflows.outcomes import Accepted, AlreadyDone, Missing, Outcome, Reason, Refused, refuse
from workflows.plain import to_plain
from workflows.roles import RIGHTS, Actor, Right
from workflows.seizure_state import READERS, Custody, Handling, Seized, Seizure
from workflows.stages import UNIT, Stage, allowed
from workflows.state import Unit, Visit

#: facts that never leave the house: words in which a name may stand
NOMINAL: frozenset[str] = frozenset({"free_text"})


@dataclass(frozen=True, slots=True)
class NewSeizure:
    """What is asked when something is seized; the units are moved with it."""

    case_no: str
    handling: Handling
    facts: Seized
    consignment: str | None = None
    visit: str | None = None
    inspection: str | None = None
    operation: str | None = None


def may_read(seizure: Seizure, who: Actor) -> bool:
    """True when the handling code lets this person see the record; whoever recorded it always may."""
    return who.id == seizure.recorded_by or bool(who.roles & READERS.get(seizure.handling, frozenset()))


def record(new: NewSeizure, units: tuple[Unit, ...], visits: Mapping[str, Visit], ask: Ask) -> Outcome:
    """Record a seizure; ``units`` go to SEIZED, taken off their vehicle (``visits`` by id) where they were loaded."""
    if not ask.who.may(Right.SEIZE):
        return refuse(Reason.NOT_PERMITTED, who=RIGHTS[Right.SEIZE], step="seize", person=ask.who.id)
    missing = _wrong(new.facts, new.handling)
    events: list[Event] = []
    opened: set[str] = set()
    for unit in units:
        start = unit.stage
        if unit.consignment != new.consignment or not allowed(UNIT, start, Stage.SEIZED):
            facts = {"unit": unit.label, "stage": start.value, "step": Stage.SEIZED.value, "check": "PRC-03"}
            missing.append(Missing(Reason.WRONG_STAGE, facts))
            continue
        subject = f"unit:{unit.label}"
        if start is Stage.LOAD and unit.visit is not None:
            events.append(UnitUnloaded(subject, unit.visit, unit.consignment, unit.gross_kg))
            visit = visits[unit.visit]
            if visit.id not in opened and visit.stage is not Stage.LOAD:
                # an opened load must be sealed and weighed anew
                again = Stage.SEIZED.value
                events.append(StageChanged(f"visit:{visit.id}", visit.stage, Stage.LOAD, note=again))
            opened.add(visit.id)
            start = Stage.TALLY
        events.append(StageChanged(subject, start, Stage.SEIZED, {"seizure": new.case_no}))
    if missing:
        return Refused(tuple(missing))
    first = Custody(ask.at, "", ask.who.id, new.facts.agency, new.facts.post_code, new.facts.seal_no)
    made = Seizure(
        new.case_no,
        ask.at,
        ask.who.id,
        new.handling,
        new.facts,
        new.consignment,
        new.visit,
        new.inspection,
        tuple(unit.label for unit in units),
        custody=(first,),
        operation=new.operation,
    )
    return Accepted((SeizureRecorded(f"seizure:{new.case_no}", made), *events))


def _wrong(facts: Seized, handling: Handling) -> list[Missing]:
    bad = [
        name
        for name in ("post_code", "agency", "substance_or_item", "uom")
        if not getattr(facts, name).strip()
    ]
    if facts.quantity <= 0:
        bad.append("quantity")
    if handling not in READERS:
        bad.append("handling_code")
    if any(person.count <= 0 for person in facts.persons):
        bad.append("persons")
    return [Missing(Reason.INVALID, {"field": name}) for name in bad]


def amend(seizure: Seizure, changed: Mapping[str, Any], handling: Handling | None, ask: Ask) -> Outcome:
    """Add or correct facts (fields of :class:`Seized`), with a reason. What was seized is never un-seized."""
    if not ask.who.may(Right.SEIZE) or not may_read(seizure, ask.who):
        return refuse(Reason.NOT_PERMITTED, who=RIGHTS[Right.SEIZE], step="seize", person=ask.who.id)
    facts = replace(seizure.facts, **changed)
    before, after = to_plain(seizure.facts), to_plain(facts)
    difference = {
        name: {"from": before[name], "to": after[name]} for name in after if before[name] != after[name]
    }
    code = handling or seizure.handling
    if code is not seizure.handling:
        difference["handling_code"] = {"from": seizure.handling.value, "to": code.value}
    if not difference:
        return AlreadyDone({"seizure": seizure.case_no})
    missing = _wrong(facts, code)
    if not ask.note.strip():
        missing.append(Missing(Reason.REASON_NEEDED, {"step": "seize"}))
    if missing:
        return Refused(tuple(missing))
    return Accepted((SeizureAmended(f"seizure:{seizure.case_no}", facts, code, difference, ask.note),))


def pass_on(
    seizure: Seizure, received_by: str, organisation: str, place: str, seal_no: str, ask: Ask
) -> Outcome:
    """Hand what was seized to the next keeper; the giver is whoever held it last."""
    if not ask.who.may(Right.SEIZE) or not may_read(seizure, ask.who):
        return refuse(Reason.NOT_PERMITTED, who=RIGHTS[Right.SEIZE], step="seize", person=ask.who.id)
    given = {"received_by": received_by, "organisation": organisation, "place": place}
    if empty := next((name for name, value in given.items() if not value.strip()), None):
        return refuse(Reason.INVALID, field=empty)
    held_by = seizure.custody[-1].received_by if seizure.custody else seizure.recorded_by
    if held_by == received_by and seizure.custody and seizure.custody[-1].place == place:
        return AlreadyDone({"seizure": seizure.case_no})
    link = Custody(ask.at, held_by, received_by, organisation, place, seal_no, ask.note)
    return Accepted((CustodyPassed(f"seizure:{seizure.case_no}", link),))


def exported(seizure: Seizure) -> dict[str, Any]:
    """The record as it may leave the house: facts, counts and roles; no keeper, no officer, no free words."""
    facts: dict[str, Any] = to_plain(seizure.facts)
    named = {f.name: facts[f.name] for f in fields(Seized) if f.name not in NOMINAL and f.name != "persons"}
    return {
        "case_no": seizure.case_no,
        "date_time": to_plain(seizure.at),
        **named,
        "persons_count_by_sex_and_nationality": facts["persons"],
        "photos": len(seizure.files),
        "units": len(seizure.units),
        "operation": seizure.operation,
        "handling_code": seizure.handling.value,
    }


def case_number(year: int, number: int) -> str:
    """The number of a case: SZ-2026-0007."""
    return f"SZ-{year}-{number:04d}"


def year_of(at: datetime) -> int:
    """The year a case belongs to, by the calendar of Tashkent."""
    return at.astimezone(TASHKENT).year

"""Random crews work a whole day at random: trucks and a cut of wagons, from the announcement to the other bank.

A unit is in exactly one place: expected, here, on one vehicle, handed over, or written off. None is lost, none is
loaded or leaves unreleased, and every sum of weights and counts is what the journal, read once more, says.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from tests.support.always_true import EXPECTED, AlwaysTrue
from tests.support.builders import PEOPLE, must, weight
from tests.support.working_day import RAIL, ROAD, Day
from workflows import counting, parts, repacking, steps_consignment, tallying, weights
from workflows import events as e
from workflows.handling_state import Settlement
from workflows.handover_state import Found, Receipt, ShortFor
from workflows.outcomes import Accepted, Outcome
from workflows.repacking import Part
from workflows.stages import Stage
from workflows.state import PROTECTED, Seal, Unit

PLACES = ("A-01", "A-02", "Y-01")
VEHICLES = ("V1", "V2", "V3", "K-01", "K-02", "K-03")
#: None: somebody who may, so that the crew gets far enough to be dangerous
crew = st.none() | st.none() | st.none() | st.sampled_from(sorted(PEOPLE))
numbers = st.integers(0, 60)
vehicles = st.sampled_from(VEHICLES)
refs = st.sampled_from([ROAD, RAIL])
places = st.sampled_from([*PLACES, None])


def _begun(far: int) -> Day:
    """A day as far as that: 0 all is expected, 1 all stands weighed inside, 2 screened, 3 opened, 4 released, 5 stored."""
    day = Day.begun()
    if far >= 1:
        day.arrive(*VEHICLES)
    if far >= 2:
        day.screen(ROAD)
        day.screen(RAIL)
    if far >= 3:
        for visit in ("V1", "K-01", "K-02", "K-03"):
            day.drive("T", Stage.UNLOAD, visit)
    if far >= 4:
        day.release(ROAD)
        day.release(RAIL)
    if far >= 5:
        for label in sorted(day.units):
            must(day.handle("T", Stage.TALLY, label, None))
            must(day.handle("T", Stage.STORAGE, label, None, place="A-01"))
        for visit in ("V1", "K-01", "K-02", "K-03"):
            must(day.drive("T", Stage.UNLOAD, visit, note="empty"))
    return day


_DAYS = [_begun(far) for far in range(6)]


def able(step: Stage) -> str:
    """Somebody whose role allows the step."""
    return next((name for name, actor in PEOPLE.items() if actor.may_step(step)), "X")


class WorkingDay(AlwaysTrue):
    """Whoever is there does whatever comes to mind with whatever stands about."""

    done: ClassVar[Counter[str]] = Counter()

    @initialize(far=st.integers(0, 8))
    def begin(self, far: int) -> None:
        self.day = _DAYS[min(far, 5)].copy()
        self.made = 0

    # --- helpers --------------------------------------------------------------------------------------
    def one(self, number: int) -> Unit:
        units = sorted(self.day.units)
        return self.day.units[units[number % len(units)]]

    def new(self) -> str:
        self.made += 1
        return f"9{self.made:017d}"

    def note(self, what: str, outcome: Outcome) -> bool:
        WorkingDay.done[what] += isinstance(outcome, Accepted)
        return isinstance(outcome, Accepted)

    # --- vehicles -------------------------------------------------------------------------------------
    @rule(
        who=crew,
        step=st.sampled_from(
            [
                Stage.GATE_IN,
                Stage.WEIGH_IN,
                Stage.UNLOAD,
                Stage.LOAD,
                Stage.SEAL,
                Stage.WEIGH_OUT,
                Stage.GATE_OUT,
                Stage.GATE_OUT,
                Stage.BORDER_EXIT,
                Stage.ARRIVED_AF,
                Stage.CLOSED,
            ]
        ),
        visit=vehicles,
        note=st.sampled_from(["", "empty"]),
    )
    def drive(self, who: str | None, step: Stage, visit: str, note: str) -> None:
        before = self.day.visits[visit]
        if note == "empty" and any(u.stage in EXPECTED for ref in before.carries for u in self.day.of(ref)):
            note = "again"  # people say that a vehicle is empty when it is
        seals = before.seals if step is Stage.GATE_OUT else (Seal(f"S-{visit}"),)
        known = dict(self.day.consignments)
        outcome = self.day.drive(who or able(step), step, visit, seals=seals, note=note)
        if self.note(f"vehicle {step.value}", outcome) and step is Stage.GATE_OUT:
            for label in before.units:
                assert parts.released(known[self.day.units[label].consignment], label), "left unreleased"
            for ref in before.carries:
                assert all(known[ref].permission(kind) for kind in PROTECTED)
            WorkingDay.done["left loaded"] += bool(before.units)

    @rule(visit=st.sampled_from(["V2", "V3"]), numbers=st.lists(numbers, min_size=1, max_size=4))
    def press_on(self, visit: str, numbers: list[int]) -> None:
        """What a hurried terminal tries: load, seal, weigh, leave, cross."""
        for number in numbers:
            unit = self.one(number)
            if unit.stage in EXPECTED:
                source = next((v.id for v in self.day.visits.values() if unit.consignment in v.carries), "V1")
                self.transload(None, number, source, visit)
            else:
                self.handle(None, Stage.LOAD, number, visit, None)
        for step in (Stage.SEAL, Stage.WEIGH_OUT, Stage.GATE_OUT, Stage.BORDER_EXIT):
            self.drive(None, step, visit, "again")
        self.hand_over(None, visit, [], False)

    # --- units ----------------------------------------------------------------------------------------
    @rule(
        who=crew,
        step=st.sampled_from(
            [Stage.TALLY, Stage.TALLY, Stage.STORAGE, Stage.PICK, Stage.LOAD, Stage.UNLOAD, Stage.INSPECT]
        ),
        number=numbers,
        visit=vehicles,
        place=places,
    )
    def handle(self, who: str | None, step: Stage, number: int, visit: str, place: str | None) -> None:
        unit = self.one(number)
        known = self.day.consignments[unit.consignment]
        outcome = self.day.handle(who or able(step), step, unit.label, visit, place=place, note="seen")
        if self.note(f"unit {step.value}", outcome) and step is Stage.LOAD:
            self.was_released(outcome, known)

    def was_released(self, outcome: Outcome, known: object) -> None:
        """Two people let every unit go before it was put on the vehicle."""
        assert isinstance(outcome, Accepted)
        for event in outcome.events:
            if isinstance(event, e.UnitLoaded):
                ref = self.day.consignments[event.consignment]
                label = event.subject.partition(":")[2]
                given = [parts.covering(ref, kind, label) for kind in PROTECTED]
                assert all(given), "loaded unreleased"
                assert len({one.by for one in given if one is not None}) == 2
                assert ref is known or ref == known

    @rule(who=crew, number=numbers)
    def loss(self, who: str | None, number: int) -> None:
        if number % 4:  # rare, or nothing is left to work with
            return
        unit = self.one(number // 4)
        outcome = self.day.handle(who or able(Stage.LOST), Stage.LOST, unit.label, None, note="gone")
        self.note("loss", outcome)

    @rule(who=crew, number=numbers, source=vehicles, onto=st.sampled_from(["V2", "V3"]))
    def transload(self, who: str | None, number: int, source: str, onto: str) -> None:
        unit = self.one(number)
        if source == onto:
            return
        known = self.day.consignments[unit.consignment]
        outcome = self.day.transload(who or "T", unit.label, source, onto)
        if self.note("transload", outcome):
            self.was_released(outcome, known)

    @rule(who=crew, number=numbers, kg=st.integers(1, 900))
    def weigh(self, who: str | None, number: int, kg: int) -> None:
        unit = self.one(number)
        ask = self.day.ask(who or "T", weight=weight(kg, at=self.day.now, note="again"))
        within = [one.gross_kg or Decimal(0) for one in self.day.units.values() if one.parent == unit.label]
        if sum(within, Decimal(0)) <= kg:  # a scale cannot show less than what stands on it
            self.note("weigh", self.day.take(who or "T", weights.weigh_unit(unit, None, ask)))

    @rule(who=crew, ref=refs, line=st.sampled_from([1, 2, None]), visit=vehicles, place=places)
    def find(self, who: str | None, ref: str, line: int | None, visit: str, place: str | None) -> None:
        """Something without a label, or that nobody announced."""
        name = who or "T"
        ask = self.day.ask(
            name, condition="SURPLUS", note="nobody knows", place=place, vehicle=self.day.visits[visit]
        )
        known = self.day.consignments[ref]
        found = tallying.found(known, self.new(), None, line, Decimal(120), ask)
        self.note("find", self.day.take(name, found))

    @rule(who=crew, number=numbers, condition=st.sampled_from(["WET", "TORN"]))
    def damage(self, who: str | None, number: int, condition: str) -> None:
        ask = self.day.ask(who or "T", note="seen")
        self.note("damage", self.day.take(who or "T", tallying.damage(self.one(number), condition, ask)))

    # --- repacking ------------------------------------------------------------------------------------
    @rule(who=crew, number=numbers, shares=st.lists(st.integers(1, 60), min_size=1, max_size=2))
    def split(self, who: str | None, number: int, shares: list[int]) -> None:
        unit, name = self.one(number), who or "T"
        pieces = [Part(self.new(), (unit.gross_kg or Decimal(0)) * share / 100) for share in shares]
        known, taken = self.day.consignments[unit.consignment], frozenset(self.day.units)
        inside, ask = self.day.inside(unit), self.day.ask(name)
        self.note("split", self.day.take(name, repacking.split(known, unit, pieces, inside, taken, ask)))

    @rule(who=crew, several=st.lists(numbers, min_size=1, max_size=3), onto=st.none() | numbers)
    def together(self, who: str | None, several: list[int], onto: int | None) -> None:
        name = who or "T"
        piles = [self.day.pile(self.one(number)) for number in several]
        aim = self.day.pile(self.one(onto)) if onto is not None else None
        new, tare = ("", Decimal(0)) if aim else (self.new(), Decimal(25))
        known = self.day.consignments[piles[0].unit.consignment]
        made = repacking.together(known, piles, aim, self.day.ask(name), new=new, tare_kg=tare)
        self.note("together", self.day.take(name, made))

    @rule(who=crew, number=numbers)
    def apart(self, who: str | None, number: int) -> None:
        nested = sorted(label for label, unit in self.day.units.items() if unit.parent is not None)
        if nested:
            unit, name = self.day.units[nested[number % len(nested)]], who or "T"
            known = self.day.consignments[unit.consignment]
            self.note(
                "apart", self.day.take(name, repacking.apart(known, self.day.pile(unit), self.day.ask(name)))
            )

    # --- counts ---------------------------------------------------------------------------------------
    @rule(
        who=crew,
        seen=st.lists(st.tuples(numbers, st.sampled_from(PLACES)), max_size=4),
        how=st.sampled_from(list(Settlement)),
    )
    def count(self, who: str | None, seen: list[tuple[int, str]], how: Settlement) -> None:
        day, name = self.day, who or "K"
        identity = f"N{len(day.counts) + 1}"
        if not self.note("count", day.take(name, counting.begin(identity, "A", PLACES, None, day.ask(name)))):
            return
        for number, place in seen:
            day.take(name, counting.scan(day.counts[identity], self.one(number).label, place, day.ask(name)))
        expected = [unit for unit in day.units.values() if unit.place in PLACES]
        day.take(name, counting.close(day.counts[identity], expected, day.units, day.ask(name)))
        for found in day.counts[identity].differences:
            unit = day.units.get(found.label)
            inside = day.inside(unit) if unit is not None else ()
            ask = day.ask("D", note="looked")
            told = counting.settle(day.counts[identity], found.label, how, unit, inside, ask)
            self.note(f"settled {how.value}", day.take("D", told))

    # --- the desk -------------------------------------------------------------------------------------
    @rule(
        who=crew,
        ref=refs,
        step=st.sampled_from(
            [
                Stage.DOC_CHECK,
                Stage.RISK,
                Stage.CUSTOMS_RELEASE,
                Stage.RELEASE,
                Stage.CUSTOMS_RELEASE,
                Stage.RELEASE,
                Stage.DELIVERED,
                Stage.CLOSED,
            ]
        ),
        some=st.lists(numbers, max_size=2),
    )
    def desk(self, who: str | None, ref: str, step: Stage, some: list[int]) -> None:
        approval = step in (Stage.CUSTOMS_RELEASE, Stage.RELEASE)
        mine = sorted(unit.label for unit in self.day.of(ref))
        labels = tuple({mine[number % len(mine)] for number in some}) if approval else ()
        self.note(f"desk {step.value}", self.day.desk(who or able(step), step, ref, *labels))

    @rule(ref=refs)
    def clear(self, ref: str) -> None:
        """The desk does what is next, until everything is released."""
        for step in (Stage.DOC_CHECK, Stage.RISK, Stage.CUSTOMS_RELEASE, Stage.RELEASE):
            self.desk(None, ref, step, [])

    @rule(ref=refs, name=st.sampled_from(["Agency B", "Agency C"]))
    def amend(self, ref: str, name: str) -> None:
        """Declared facts change, and both approvals fall away."""
        before = self.day.consignments[ref]
        new = replace(before.papers, consignee=name)
        self.note("amend", self.day.take("R2", steps_consignment.amend(before, new, self.day.ask("R2"))))

    # --- the other bank -------------------------------------------------------------------------------
    @rule(
        who=crew,
        visit=st.sampled_from(["V2", "V3", "V1"]),
        odd=st.lists(st.tuples(numbers, st.sampled_from([Found.SHORT, Found.DAMAGED])), max_size=2),
        correction=st.booleans(),
    )
    def hand_over(self, who: str | None, visit: str, odd: list[tuple[int, Found]], correction: bool) -> None:
        said = {
            self.one(number).label: Receipt(
                self.one(number).label,
                found,
                ShortFor.STOLEN if found is Found.SHORT else None,
                "WET" if found is Found.DAMAGED else "GOOD",
            )
            for number, found in odd
        }
        outcome = self.day.hand_over(who or "D", visit, said, correction=correction)
        self.note("handover", outcome)


#: what a run must have managed to be worth anything
WANTED = {
    "unit TALLY",
    "unit STORAGE",
    "unit PICK",
    "unit LOAD",
    "unit UNLOAD",
    "loss",
    "transload",
    "weigh",
    "find",
    "split",
    "together",
    "apart",
    "settled CORRECTED",
    "settled LOST",
    "desk RELEASE",
    "left loaded",
    "vehicle BORDER_EXIT",
    "handover",
}


def _run(examples: int) -> None:
    WorkingDay.done = Counter()
    chosen = settings(
        max_examples=examples, stateful_step_count=40, deadline=None, derandomize=True, database=None
    )
    run_state_machine_as_test(WorkingDay, settings=chosen)
    missing = {one for one in WANTED if not WorkingDay.done[one]}
    assert not missing, dict(WorkingDay.done)


def test_random_crews_lose_nothing() -> None:
    _run(400)


@pytest.mark.slow
def test_random_crews_lose_nothing_for_a_long_time() -> None:
    _run(3000)

"""Random crews handle random units: nothing is ever in two places, nothing is lost, weights and counts add up."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.support.builders import PEOPLE
from tests.support.yard import LABELS, Yard
from workflows import evolve, repacking
from workflows.ask import Situation
from workflows.counting import HERE
from workflows.decide import decide
from workflows.events import event_from
from workflows.nesting import everything_in
from workflows.outcomes import Accepted, Outcome
from workflows.repacking import Part, Pile
from workflows.stages import Stage
from workflows.state import Unit

_YARD = Yard.cleared(trucks=("V1", "V2"))
_YARD.release()
CREW = sorted(PEOPLE)
NUMBERS = st.integers(0, 40)
PLACES = st.sampled_from(["A-01", "A-02", "Y-01", None])


class Hall(RuleBasedStateMachine):
    """Whoever is there does whatever comes to mind with whatever unit stands about."""

    done: dict[str, int] = {}  # noqa: RUF012 - counted over all runs

    @initialize()
    def begin(self) -> None:
        self.yard = replace(
            _YARD, units=dict(_YARD.units), visits=dict(_YARD.visits), journal=list(_YARD.journal)
        )
        self.start = dict(self.yard.units)
        self.begun = len(self.yard.journal)
        self.tares = Decimal(0)
        self.made = 0

    def units(self) -> list[Unit]:
        return [self.yard.units[label] for label in sorted(self.yard.units)]

    def one(self, number: int) -> Unit:
        units = self.units()
        return units[number % len(units)]

    def new(self) -> str:
        self.made += 1
        return f"9{self.made:017d}"

    def pile(self, unit: Unit) -> Pile:
        around = []
        parent = unit.parent
        while parent is not None:
            around.append(self.yard.units[parent])
            parent = self.yard.units[parent].parent
        return Pile(unit, everything_in(unit.label, self.units()), tuple(around))

    def note(self, what: str, outcome: Outcome) -> bool:
        if isinstance(outcome, Accepted):
            Hall.done[what] = Hall.done.get(what, 0) + 1
        return isinstance(outcome, Accepted)

    def take(self, what: str, who: str, outcome: Outcome) -> bool:
        return self.note(what, self.yard.take(outcome, PEOPLE[who].id))

    @rule(
        who=st.sampled_from(["T", "T", *CREW]),
        step=st.sampled_from([Stage.STORAGE, Stage.PICK, Stage.LOAD, Stage.UNLOAD, Stage.TALLY, Stage.LOST]),
        number=NUMBERS,
        place=PLACES,
        visit=st.sampled_from(["V1", "V2"]),
    )
    def anything(self, who: str, step: Stage, number: int, place: str | None, visit: str) -> None:
        self.handle(who, step, number, place, visit)

    def handle(self, who: str, step: Stage, number: int, place: str | None, visit: str) -> None:
        unit = self.one(number)
        inside = everything_in(unit.label, self.units())
        away = step in (Stage.UNLOAD, Stage.LOST)
        at = unit.visit if away and unit.visit else visit
        vehicle = self.yard.visits[at] if away or step is Stage.LOAD else None
        situation = Situation(self.yard.consignment, unit, vehicle, (self.yard.consignment,), inside=inside)
        ask = self.yard.ask(who, place=place, note="seen")
        if self.take(step.value, who, decide(situation, step, ask)) and inside:
            Hall.done["with something inside"] = Hall.done.get("with something inside", 0) + 1

    @rule(
        who=st.sampled_from(["T", *CREW]),
        number=NUMBERS,
        shares=st.lists(st.integers(1, 60), min_size=1, max_size=3),
    )
    def split(self, who: str, number: int, shares: list[int]) -> None:
        unit = self.one(number)
        whole = unit.gross_kg or Decimal(0)
        parts = [Part(self.new(), whole * share / 100) for share in shares]
        outcome = repacking.split(
            self.yard.consignment,
            unit,
            parts,
            everything_in(unit.label, self.units()),
            frozenset(self.yard.units),
            self.yard.ask(who),
        )
        self.take("split", who, outcome)

    @rule(
        who=st.sampled_from(["T", *CREW]),
        numbers=st.lists(NUMBERS, min_size=1, max_size=3),
        onto=NUMBERS | st.none(),
        tare=st.integers(0, 25),
    )
    def together(self, who: str, numbers: list[int], onto: int | None, tare: int) -> None:
        piles = [self.pile(self.one(number)) for number in numbers]
        aim = self.pile(self.one(onto)) if onto is not None else None
        new, tare_kg = ("", Decimal(0)) if aim else (self.new(), Decimal(tare))
        outcome = repacking.together(
            self.yard.consignment, piles, aim, self.yard.ask(who), new=new, tare_kg=tare_kg
        )
        if self.take("together", who, outcome):
            self.tares += tare_kg

    @rule(step=st.sampled_from([Stage.UNLOAD, Stage.STORAGE, Stage.STORAGE, Stage.LOAD]), number=NUMBERS)
    def carry(self, step: Stage, number: int) -> None:
        """Something that holds others, or the like, is moved by somebody who may."""
        outer = sorted({unit.parent for unit in self.units() if unit.parent is not None})
        wanted = outer[number % len(outer)] if outer else self.one(number).label
        index = sorted(self.yard.units).index(wanted)
        self.handle("T", step, index, "A-01", "V1")

    @rule(who=st.sampled_from(["T", *CREW]), number=NUMBERS)
    def apart(self, who: str, number: int) -> None:
        nested = [unit for unit in self.units() if unit.parent is not None]
        unit = nested[number % len(nested)] if nested else self.one(number)
        outcome = repacking.apart(self.yard.consignment, self.pile(unit), self.yard.ask(who))
        self.take("apart", who, outcome)

    # --- what is always true --------------------------------------------------------------------------
    @invariant()
    def nothing_is_lost_and_weights_add_up(self) -> None:
        assert set(LABELS) <= set(self.yard.units)
        alone = [unit for unit in self.units() if unit.parent is None]
        before = sum((unit.gross_kg or Decimal(0) for unit in self.start.values()), Decimal(0))
        assert sum((unit.gross_kg or Decimal(0) for unit in alone), Decimal(0)) == before + self.tares
        assert all(unit.gross_kg is not None and unit.gross_kg >= 0 for unit in self.units())

    @invariant()
    def nothing_is_in_two_places(self) -> None:
        for unit in self.units():
            assert unit.place is None or unit.visit is None
            on = [visit.id for visit in self.yard.visits.values() if unit.label in visit.units]
            assert on == ([unit.visit] if unit.visit and unit.stage is Stage.LOAD else [])
            if unit.parent is not None:
                outer = self.yard.units[unit.parent]
                if unit.stage is not Stage.LOST:
                    assert (unit.stage, unit.place, unit.visit) == (outer.stage, outer.place, outer.visit)
                assert unit.label not in {one.label for one in everything_in(unit.label, self.units())}

    @invariant()
    def what_is_inside_weighs_no_more_than_what_is_around_it(self) -> None:
        for unit in self.units():
            direct = [one.gross_kg or Decimal(0) for one in self.units() if one.parent == unit.label]
            assert sum(direct, Decimal(0)) <= (unit.gross_kg or Decimal(0))

    @invariant()
    def vehicles_weigh_what_stands_on_them(self) -> None:
        for visit in self.yard.visits.values():
            if visit.id == "V0":
                continue
            on = [self.yard.units[label] for label in visit.units]
            assert visit.loaded_kg == sum(
                (u.gross_kg or Decimal(0) for u in on if u.parent is None), Decimal(0)
            )
            assert sum(visit.loaded.values()) == len(on)

    def teardown(self) -> None:
        """The journal, read through its stored form, tells the same."""
        if not hasattr(self, "yard"):
            return
        units = dict(self.start)
        for event, _, _ in self.yard.journal[self.begun :]:
            again = event_from(event.type, event.subject, event.data())
            assert again == event
            kind, _, label = again.subject.partition(":")
            if kind == "unit" and (after := evolve.unit(units.get(label), again)) is not None:
                units[label] = after
        assert units == self.yard.units
        assert {unit.label for unit in self.units() if unit.stage in HERE} <= set(units)


Hall.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,  # the test below insists that everything was tried
)


class TestHall(Hall.TestCase):
    """Runs the machine, and makes sure that enough was done."""

    def runTest(self) -> None:
        super().runTest()
        assert {"split", "together", "apart", "LOAD", "UNLOAD", "with something inside"} <= set(Hall.done), (
            Hall.done
        )

"""What is true of a working day at every moment, whoever did whatever: places, sums, and the journal read once more."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from hypothesis.stateful import RuleBasedStateMachine, invariant

from tests.support.working_day import Day, fold
from workflows import counting, parts
from workflows import events as e
from workflows import events_handling as eh
from workflows.events import event_from
from workflows.stages import Stage

EXPECTED = {Stage.PRE_ADVICE, Stage.UNLOAD}
ON_VEHICLE = {Stage.LOAD, Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF}
HANDED_OVER = {Stage.DELIVERED}


class AlwaysTrue(RuleBasedStateMachine):
    """A machine of rules that has a ``day``; its invariants hold after each of them."""

    day: Day

    @invariant()
    def a_unit_is_in_exactly_one_place(self) -> None:
        day = self.day
        for unit in day.units.values():
            on = [
                visit
                for visit in day.visits.values()
                if unit.label in visit.units and (visit.inside or unit.stage in ON_VEHICLE)
            ]
            if unit.stage in ON_VEHICLE:
                through = [v for v in day.visits.values() if unit.consignment in v.carries]
                assert len(on) == 1 or (not on and through and unit.visit is None), unit
                assert unit.place is None
                assert unit.parent is None or day.units[unit.parent].visit == unit.visit
                if on:
                    assert unit.visit == on[0].id
                    assert on[0].inside == (unit.stage is Stage.LOAD)
            else:
                assert not on, unit
            if unit.stage in counting.HERE:
                assert unit.visit is None
                assert unit.place is not None or unit.stage is not Stage.STORAGE
            if unit.stage in EXPECTED:
                assert unit.visit is None
                assert unit.place is None
            assert unit.stage in ON_VEHICLE | counting.HERE | EXPECTED | HANDED_OVER | parts.TAKEN

    @invariant()
    def what_is_inside_is_where_the_outer_one_is(self) -> None:
        for unit in self.day.units.values():
            if unit.parent is not None and unit.stage not in parts.TAKEN | HANDED_OVER:
                outer = self.day.units[unit.parent]
                if outer.stage not in parts.TAKEN | HANDED_OVER:
                    told = (outer.stage, outer.place, outer.visit)
                    assert (unit.stage, unit.place, unit.visit) == told

    @invariant()
    def vehicles_weigh_what_stands_on_them(self) -> None:
        for visit in self.day.visits.values():
            on = [self.day.units[label] for label in visit.units]
            kg = sum((unit.gross_kg or Decimal(0) for unit in on if unit.parent is None), Decimal(0))
            assert visit.loaded_kg == kg
            assert dict(visit.loaded) == dict(Counter(unit.consignment for unit in on))

    @invariant()
    def weights_and_counts_are_those_of_the_journal(self) -> None:
        """A second set of books, kept from the journal alone with additions only."""
        kg, labels, last = Decimal(0), set[str](), dict[str, Decimal]()
        for event, _, _ in self.day.journal:
            label = event.subject.partition(":")[2]
            match event:
                case e.UnitDeclared(gross_kg=first) | eh.UnitFound(gross_kg=first):
                    kg += first or Decimal(0)
                    last[label] = first or Decimal(0)
                    labels.add(label)
                case eh.UnitParted(gross_kg=first):
                    last[label] = first or Decimal(0)
                    labels.add(label)
                case eh.UnitSplit(gross_kg=left) | eh.UnitFilled(gross_kg=left):
                    last[label] = left or Decimal(0)
                case eh.GoodsRepacked(tare_kg=tare):
                    kg += tare
                case e.UnitWeighed(weighing=seen):
                    kg += seen.kg - last[label]
                    last[label] = seen.kg
                case _:
                    pass
        alone = [unit for unit in self.day.units.values() if unit.parent is None]
        assert set(self.day.units) == labels
        assert sum((unit.gross_kg or Decimal(0) for unit in alone), Decimal(0)) == kg
        for ref, consignment in self.day.consignments.items():
            b = parts.balance(consignment, self.day.of(ref))
            pieces = (b.gone, b.released, b.customs_only, b.waiting, b.taken)
            assert sum(one.units for one in pieces) == len(self.day.of(ref))

    @invariant()
    def a_consignment_has_not_gone_while_something_of_it_is_here(self) -> None:
        for ref, consignment in self.day.consignments.items():
            if consignment.stage in parts.GONE:
                here = [unit for unit in self.day.of(ref) if unit.stage in counting.HERE | {Stage.LOAD}]
                assert not here, (consignment.stage, here)

    def teardown(self) -> None:
        """The journal, read through its stored form, tells the same."""
        if not hasattr(self, "day"):
            return
        again = Day()
        for event, who, at in self.day.journal:
            read = event_from(event.type, event.subject, event.data())
            assert read == event
            fold(read, who, at, again.consignments, again.units, again.visits, again.counts)
        mine = self.day
        assert (again.consignments, again.units) == (mine.consignments, mine.units)
        assert (again.visits, again.counts) == (mine.visits, mine.counts)

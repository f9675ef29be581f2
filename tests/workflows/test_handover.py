"""The handover on the other bank: every unit is accounted for, always; a correction is a second statement."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import NOON, PEOPLE, must, reasons
from tests.support.yard import LABELS, Yard
from workflows import crossing, handover
from workflows.ask import Ask
from workflows.events_handover import HandoverRecorded, UnitHandedOver
from workflows.handover import Load, Statement
from workflows.handover_state import (
    Found,
    Handover,
    HandoverLink,
    Item,
    LinkEnd,
    Receipt,
    ShortFor,
    Surplus,
    Via,
)
from workflows.outcomes import Accepted, AlreadyDone, Outcome
from workflows.stages import Stage
from workflows.state import Visit

CODE = "23456789ABCD"


def receipt(item: str, found: Found = Found.RECEIVED, **more: Any) -> Receipt:
    """A receipt that says enough."""
    extra: dict[str, Any] = {
        Found.SHORT: {"why": ShortFor.LOST_ON_WAY},
        Found.DAMAGED: {"condition": "WET"},
    }.get(found, {})
    return Receipt(item, found, **{**extra, **more})


class Bank:
    """A yard whose trucks are received on the other bank."""

    def __init__(self, *loads: tuple[str, ...]) -> None:
        self.yard = Yard.cleared()
        self.yard.release()
        for truck, labels in zip(("V1", "V2", "V3"), loads, strict=False):
            self.yard.pack(truck, *labels)
            must(self.yard.leave(truck))
        self.made = 0

    def visit(self, truck: str) -> Visit:
        return self.yard.visits[truck]

    def items(self, truck: str) -> tuple[Item, ...]:
        on = (self.yard.consignment,)
        return crossing.manifest(self.visit(truck), self.yard.units.values(), on)

    def load(self, truck: str) -> Load:
        mine = self.visit(truck).units
        other = tuple(unit.stage for unit in self.yard.units.values() if unit.label not in mine)
        found = frozenset(
            one.found
            for visit in self.yard.visits.values()
            if visit.id != truck
            for one in crossing.receipts(visit.handovers).values()
        )
        ref = self.yard.consignment.ref
        return Load(self.items(truck), (self.yard.consignment,), {ref: other}, {ref: found})

    def hand_over(self, truck: str, *receipts: Receipt, via: Via = Via.PAPER, **more: Any) -> Outcome:
        self.made += 1
        who = PEOPLE["D"] if via is not Via.LINK else handover.receiver(CODE)
        said = Statement(via, "Mirwais", receipts, **{"signature": "f" * 64, **more})
        ask = Ask(who, self.yard.now)
        outcome = handover.receive(self.visit(truck), self.load(truck), said, f"H{self.made}", ask)
        return self.yard.take(outcome, who.id)

    def trip(self, truck: str) -> crossing.Trip:
        return crossing.trip(self.items(truck), self.visit(truck).handovers)


def test_a_load_that_came_whole_closes_its_trip_and_delivers_its_consignment() -> None:
    bank = Bank(LABELS)
    assert bank.trip("V1") == crossing.Trip(4, 0, 0, 0, 4)
    outcome = bank.hand_over("V1", *(receipt(label) for label in LABELS), via=Via.LINK)
    assert isinstance(outcome, Accepted), outcome
    assert bank.visit("V1").stage is Stage.CLOSED
    assert bank.yard.consignment.stage is Stage.DELIVERED
    assert {unit.stage for unit in bank.yard.units.values()} == {Stage.DELIVERED}
    assert bank.trip("V1") == crossing.Trip(4, 4, 0, 0, 0)
    # Sent again, nothing happens.
    again = bank.hand_over("V1", *(receipt(label) for label in LABELS), via=Via.LINK)
    assert isinstance(again, AlreadyDone)
    must(bank.yard.desk("D", Stage.CLOSED))


def test_a_consignment_on_two_trucks_is_delivered_with_the_second() -> None:
    bank = Bank(LABELS[:2], LABELS[2:])
    must(bank.hand_over("V1", *(receipt(label) for label in LABELS[:2])))
    assert bank.visit("V1").stage is Stage.CLOSED
    assert bank.yard.consignment.stage is Stage.GATE_OUT
    assert reasons(bank.yard.desk("D", Stage.DELIVERED))
    must(bank.hand_over("V2", receipt(LABELS[2])))
    assert bank.visit("V2").stage is Stage.ARRIVED_AF
    assert bank.yard.consignment.stage is Stage.ARRIVED_AF
    must(bank.yard.desk("D", Stage.DELIVERED))  # the desk may still say so of what has arrived
    assert bank.trip("V2") == crossing.Trip(2, 2, 0, 0, 0)


def test_short_and_damaged_are_accounted_for_and_nothing_received_is_no_delivery() -> None:
    bank = Bank(LABELS)
    told = [receipt(LABELS[0], Found.SHORT), receipt(LABELS[1], Found.DAMAGED), *map(receipt, LABELS[2:])]
    must(bank.hand_over("V1", *told, surplus=(Surplus("a carton without a label", 2),)))
    assert bank.trip("V1") == crossing.Trip(4, 2, 1, 1, 0, 2)
    assert bank.trip("V1").differs
    assert bank.yard.units[LABELS[0]].stage is Stage.LOST
    assert bank.yard.units[LABELS[1]].condition == "WET"
    assert bank.yard.consignment.stage is Stage.DELIVERED

    empty = Bank(LABELS)
    must(empty.hand_over("V1", *(receipt(label, Found.SHORT) for label in LABELS)))
    assert empty.yard.consignment.stage is Stage.ARRIVED_AF
    assert empty.visit("V1").stage is Stage.CLOSED
    # One of them turns up: a second statement, with a reason.
    found = receipt(LABELS[0])
    assert reasons(empty.hand_over("V1", found)) == ["ALREADY_HANDED_OVER"]
    assert reasons(empty.hand_over("V1", found, correction=True)) == ["ALREADY_HANDED_OVER"]
    must(empty.hand_over("V1", found, correction=True, note="it stood behind the cabin"))
    assert empty.trip("V1") == crossing.Trip(4, 1, 0, 3, 0)
    assert [one.correction for one in empty.visit("V1").handovers] == [False, True]
    assert empty.yard.consignment.stage is Stage.DELIVERED


def test_what_a_statement_must_say() -> None:
    bank = Bank(LABELS)
    everything = [receipt(label) for label in LABELS]
    assert reasons(bank.hand_over("V1", *everything[:3], via=Via.LINK)) == ["UNITS_NOT_MARKED"]
    assert reasons(bank.hand_over("V1", *everything, via=Via.LINK, signature=None)) == ["INVALID"]
    assert reasons(bank.hand_over("V1", Receipt(LABELS[0], Found.SHORT))) == ["REASON_NEEDED"]
    assert reasons(bank.hand_over("V1", Receipt(LABELS[0], Found.DAMAGED))) == ["REASON_NEEDED"]
    assert reasons(bank.hand_over("V1", receipt("095212340000000013"))) == ["NOT_ON_MANIFEST"]
    assert reasons(bank.hand_over("V1", everything[0], everything[0])) == ["NOT_ON_MANIFEST"]
    assert reasons(bank.hand_over("V1")) == ["INVALID"]
    assert reasons(bank.hand_over("V2", everything[0])) == ["WRONG_STAGE", "NOT_ON_MANIFEST"]
    said = Statement(Via.PAPER, "x", tuple(everything))
    ask = Ask(PEOPLE["D"], NOON)
    assert reasons(handover.receive(bank.visit("V1"), bank.load("V1"), said, "H", ask)) == ["INVALID"]
    nobody = handover.receive(bank.visit("V1"), bank.load("V1"), said, "H", Ask(PEOPLE["T"], NOON))
    assert reasons(nobody) == ["NOT_PERMITTED"]


def test_a_stopped_vehicle_crosses_nothing() -> None:
    bank = Bank(LABELS)
    must(bank.yard.hold("C1", "visit:V1"))
    assert reasons(bank.hand_over("V1", *(receipt(label) for label in LABELS))) == ["OPEN_HOLD"]


def test_links_are_issued_replaced_taken_back_and_end() -> None:
    bank = Bank(LABELS)
    week = timedelta(days=7)
    assert reasons(handover.issue_link(bank.visit("V1"), CODE, week, Ask(PEOPLE["T"], NOON))) == [
        "NOT_PERMITTED"
    ]
    assert reasons(handover.issue_link(bank.visit("V2"), CODE, week, Ask(PEOPLE["D"], NOON))) == ["INVALID"]
    yard = bank.yard
    must(yard.take(handover.issue_link(bank.visit("V1"), CODE, week, yard.ask("D")), "d"))
    assert handover.link_refused(bank.visit("V1"), CODE, yard.now) is None
    over = handover.link_refused(bank.visit("V1"), CODE, yard.now + week)
    assert over is not None
    assert over.facts["why"] == "over"
    must(yard.take(handover.issue_link(bank.visit("V1"), "SECOND", week, yard.ask("D")), "d"))
    assert bank.visit("V1").links[0].ended_for is LinkEnd.REPLACED
    assert handover.link_refused(bank.visit("V1"), CODE, yard.now) is not None
    assert reasons(handover.end_link(bank.visit("V1"), yard.ask("D"))) == ["REASON_NEEDED"]
    must(yard.take(handover.end_link(bank.visit("V1"), yard.ask("D", note="the sheet was lost")), "d"))
    assert isinstance(handover.end_link(bank.visit("V1"), yard.ask("D")), AlreadyDone)
    gone = handover.link_refused(bank.visit("V1"), "SECOND", yard.now)
    assert gone is not None
    assert gone.facts["why"] == "taken_back"
    assert handover.link_refused(None, CODE, NOON) is not None


def test_goods_that_were_carried_through_are_received_by_label_or_as_a_whole() -> None:
    yard = Yard.cleared()
    consignment = replace(yard.consignment, stage=Stage.GATE_OUT)
    through = Visit("V9", Stage.GATE_OUT, NOON, carries=(consignment.ref,), brought=(consignment.ref,))
    announced = tuple(replace(unit, stage=Stage.PRE_ADVICE) for unit in yard.units.values())
    ref = consignment.ref
    by_label = crossing.manifest(through, announced, (consignment,), frozenset({ref}))
    assert [item.id for item in by_label] == sorted(LABELS)
    one_of_two = crossing.manifest(through, announced, (consignment,))
    assert [item.id for item in one_of_two] == [crossing.whole(ref)]
    said = Statement(Via.PAPER, "Mirwais", (receipt(crossing.whole(ref)),))
    ask = Ask(PEOPLE["D"], NOON)
    waiting = Load(one_of_two, (consignment,), {ref: (Stage.BORDER_EXIT,)})
    outcome = handover.receive(through, waiting, said, "H1", ask)
    assert isinstance(outcome, Accepted)
    ends = [event for event in outcome.events if event.subject == f"consignment:{ref}"]
    assert [event.stage for event in ends] == [Stage.BORDER_EXIT]  # type: ignore[attr-defined]
    outcome = handover.receive(
        through,
        Load(by_label, (consignment,)),
        Statement(Via.PAPER, "Mirwais", tuple(map(receipt, LABELS))),
        "H2",
        ask,
    )
    assert isinstance(outcome, Accepted)
    assert sum(isinstance(event, UnitHandedOver) for event in outcome.events) == len(LABELS)
    assert sum(isinstance(event, HandoverRecorded) for event in outcome.events) == 1


def test_the_watch_counts_hours_by_mode() -> None:
    left = NOON
    due = crossing.due(left, "ROAD")
    assert due - left == timedelta(hours=24)
    assert crossing.due(left, "ROAD", {"ROAD": 6}) - left == timedelta(hours=6)
    open_trip, over = crossing.Trip(2, 1, 0, 0, 1), crossing.Trip(2, 1, 1, 0, 0)
    hours = [(1, "ON_TIME"), (19, "SOON"), (24, "OVERDUE"), (99, "OVERDUE")]
    for after, word in hours:
        assert crossing.lateness(open_trip, left, due, left + timedelta(hours=after)).value == word
    assert crossing.lateness(over, left, due, left + timedelta(days=9)).value == "OVER"
    link = HandoverLink(CODE, "d", NOON, NOON + timedelta(days=1))
    assert link.good_at(NOON)
    assert not link.good_at(NOON + timedelta(days=1))


FOUND = st.sampled_from(list(Found))
SAID = st.lists(
    st.tuples(st.sampled_from(LABELS), FOUND), min_size=1, max_size=4, unique_by=lambda one: one[0]
)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 4),
    st.lists(st.tuples(st.sampled_from(["V1", "V2"]), SAID, st.booleans()), max_size=8),
    st.sets(st.sampled_from(LABELS), max_size=2),
)
def test_received_short_damaged_and_on_the_way_are_what_was_loaded(
    cut: int, said: list[tuple[str, list[tuple[str, Found]], bool]], lost: set[str]
) -> None:
    bank = Bank(LABELS[:cut], LABELS[cut:]) if cut < 4 else Bank(LABELS)
    trucks = [truck for truck in ("V1", "V2") if bank.visit(truck).stage is Stage.GATE_OUT]
    loaded = {truck: len(bank.visit(truck).units) for truck in trucks}
    for label in sorted(lost):
        must(bank.yard.handle("T", Stage.LOST, label, note="fell off"))
    for truck, told, correction in said:
        if truck not in trucks:
            continue
        before = bank.yard.journal[:]
        outcome = bank.hand_over(
            truck, *(receipt(*one) for one in told), correction=correction, note="counted again"
        )
        if not isinstance(outcome, Accepted):
            assert bank.yard.journal == before
        for one in trucks:
            trip = bank.trip(one)
            assert trip.loaded == loaded[one]
            assert trip.received + trip.short + trip.damaged + trip.on_the_way == trip.loaded
            assert (bank.visit(one).stage is Stage.CLOSED) <= trip.over
    ends = [bank.trip(truck) for truck in trucks]
    if bank.yard.consignment.stage is Stage.DELIVERED:
        assert all(trip.over for trip in ends)
        assert sum(trip.received + trip.damaged for trip in ends) >= 0
        assert all(unit.stage in (Stage.DELIVERED, Stage.LOST) for unit in bank.yard.units.values())


def test_statements_fold_in_their_order() -> None:
    first = Handover("H1", NOON, "d", Via.PAPER, "M", (receipt("a", Found.SHORT), receipt("b")))
    second = Handover("H2", NOON, "d", Via.PAPER, "M", (receipt("a"),), correction=True)
    assert crossing.receipts((first, second))["a"].found is Found.RECEIVED
    assert handover.plain(receipt("a", Found.SHORT, condition="WET")).condition == "GOOD"
    assert handover.plain(Receipt("a", Found.DAMAGED, ShortFor.STOLEN, "WET")).why is None
    assert handover.plain(Receipt("a", Found.RECEIVED, ShortFor.STOLEN, "WET")) == Receipt(
        "a", Found.RECEIVED
    )

"""Stock counts: a zone is counted by scanning, what differs is decided on by a supervisor who did not count it.

Nothing is corrected by counting. A difference is a fact; what becomes of it is another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from workflows.ask import Ask
from workflows.event_base import Event
from workflows.events import StageChanged, UnitMoved
from workflows.events_handling import CountClosed, CountOpened, DifferenceSettled, UnitCounted
from workflows.handling_state import Count, CountState, Difference, DifferenceKind, Settlement
from workflows.outcomes import Accepted, AlreadyDone, Outcome, Reason, Refused, refuse
from workflows.roles import RIGHTS, Right
from workflows.stages import UNIT, Stage, allowed
from workflows.state import Unit

#: units at one of these stand in the terminal, in a place
HERE: frozenset[Stage] = frozenset({Stage.TALLY, Stage.STORAGE, Stage.INSPECT, Stage.SAMPLE, Stage.PICK})
#: what may be decided about which difference
MAY_BE: Mapping[DifferenceKind, frozenset[Settlement]] = {
    DifferenceKind.MISSING: frozenset({Settlement.LOST, Settlement.LEFT, Settlement.RECOUNT}),
    DifferenceKind.MOVED: frozenset({Settlement.CORRECTED, Settlement.LEFT, Settlement.RECOUNT}),
    DifferenceKind.UNEXPECTED: frozenset({Settlement.LEFT, Settlement.RECOUNT}),
}


def _may(right: Right, ask: Ask) -> Refused | None:
    if ask.who.is_device or not ask.who.may(right):
        return refuse(Reason.NOT_PERMITTED, who=RIGHTS[right], step=right.value, person=ask.who.id)
    return None


def begin(identity: str, zone: str, places: Sequence[str], running: Count | None, ask: Ask) -> Outcome:
    """Begin to count a zone. One zone is counted once at a time; ``running`` is a count of it that is not over."""
    if (barred := _may(Right.COUNT_STOCK, ask)) is not None:
        return barred
    if not places:
        return refuse(Reason.NOT_FOUND, zone=zone)
    if running is not None:
        return refuse(Reason.COUNT_RUNNING, zone=zone, count=running.id)
    return Accepted((CountOpened(f"count:{identity}", zone, tuple(places), ask.who.id),))


def scan(count: Count, label: str, place: str | None, ask: Ask) -> Outcome:
    """One label was seen in a place of the zone."""
    if (barred := _may(Right.COUNT_STOCK, ask)) is not None:
        return barred
    if count.state is not CountState.OPEN:
        return refuse(Reason.COUNT_CLOSED, count=count.id)
    if place is None or place not in count.places:
        return refuse(Reason.UNKNOWN_PLACE, place=place or "", instead=list(count.places[:5]))
    if count.seen.get(label) == place:
        return AlreadyDone({"label": label, "place": place})
    return Accepted((UnitCounted(f"count:{count.id}", label, place, ask.who.id),))


def differences(count: Count, expected: Iterable[Unit], known: Mapping[str, Unit]) -> tuple[Difference, ...]:
    """How what was seen differs from the books, missing ones first.

    ``expected`` are the units that the books have in the places of the count, ``known`` the units of the labels seen.
    A unit inside another one counts as seen with it.
    """
    found: list[Difference] = []
    for unit in expected:
        if unit.stage in HERE and unit.label not in count.seen and unit.parent is None:
            found.append(
                Difference(
                    unit.label, DifferenceKind.MISSING, None, unit.place, unit.stage.value, unit.consignment
                )
            )
    for label, place in count.seen.items():
        stands = known.get(label)
        if stands is None:
            found.append(Difference(label, DifferenceKind.UNEXPECTED, place))
        elif stands.stage not in HERE:
            found.append(
                Difference(
                    label,
                    DifferenceKind.UNEXPECTED,
                    place,
                    stands.place,
                    stands.stage.value,
                    stands.consignment,
                )
            )
        elif stands.place != place:
            found.append(
                Difference(
                    label, DifferenceKind.MOVED, place, stands.place, stands.stage.value, stands.consignment
                )
            )
    return tuple(found)


def close(count: Count, expected: Sequence[Unit], known: Mapping[str, Unit], ask: Ask) -> Outcome:
    """End the counting: what differs waits for a supervisor."""
    if (barred := _may(Right.COUNT_STOCK, ask)) is not None:
        return barred
    if count.state is not CountState.OPEN:
        return AlreadyDone({"count": count.id})
    told = differences(count, expected, known)
    books = sum(1 for unit in expected if unit.stage in HERE and unit.parent is None)
    return Accepted((CountClosed(f"count:{count.id}", books, told, ask.who.id),))


def settle(
    count: Count, label: str, how: Settlement, unit: Unit | None, inside: Sequence[Unit], ask: Ask
) -> Outcome:
    """Decide on one difference, with a reason. Whoever counted does not decide; ``unit`` is as the books know it now.

    CORRECTED moves it in the books to where it was counted, LOST reports it lost, both with everything inside it.
    """
    if (barred := _may(Right.REVIEW_COUNT, ask)) is not None:
        return barred
    found = next((one for one in count.differences if one.label == label), None)
    if count.state is CountState.OPEN or found is None:
        return refuse(Reason.NOT_FOUND, difference=label)
    if found.settlement is not None:
        return AlreadyDone({"count": count.id, "label": label, "settlement": found.settlement.value})
    if ask.who.id in count.counted_by:
        return refuse(Reason.COUNTED_BY_YOU, count=count.id)
    if how not in MAY_BE[found.kind]:
        return refuse(Reason.INVALID, field="settlement")
    if not ask.note.strip():
        return refuse(Reason.REASON_NEEDED, step=Right.REVIEW_COUNT.value)
    events: list[Event] = [DifferenceSettled(f"count:{count.id}", label, how, ask.note, ask.who.id)]
    if how in (Settlement.CORRECTED, Settlement.LOST):
        if unit is None:
            return refuse(Reason.NOT_FOUND, unit=label)
        if unit.parent is not None:
            return refuse(Reason.UNIT_INSIDE, unit=label, parent=unit.parent)
        if (unit.stage.value, unit.place) != (found.stage, found.place):
            return refuse(Reason.MOVED_SINCE, unit=label, place=unit.place or "", stage=unit.stage.value)
        step = Stage.STORAGE if how is Settlement.CORRECTED else Stage.LOST
        for one in (unit, *inside):
            if not allowed(UNIT, one.stage, step):
                return refuse(Reason.WRONG_STAGE, unit=one.label, stage=one.stage.value, step=step.value)
            subject = f"unit:{one.label}"
            if step is Stage.STORAGE:
                events.append(UnitMoved(subject, one.stage, Stage.STORAGE, found.counted))
            else:
                events.append(StageChanged(subject, one.stage, Stage.LOST, note=ask.note))
    return Accepted(tuple(events))

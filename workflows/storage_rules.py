"""May this unit stand in this place? Asked at every put-away and move when the terminal has described its places.

Sources: the storage range of the line (the rule of check TMP-03), IMDG 7.2.4 grades within a bay and a building
(HAZ-02), and ADR 7.5.4 for food (HAZ-04). The checks judge the same once the goods stand there; here they are kept from
getting there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from workflows.checks.case import Bay, Case, CheckContext
from workflows.checks.cold_chain import rule_of
from workflows.checks.dangerous import segregation_grade
from workflows.checks.goods import goods_types, is_dangerous, labels_of
from workflows.checks.reference import Reference
from workflows.outcomes import Missing, Reason
from workflows.papers import Line, Papers
from workflows.state import Unit
from workflows.storage import Goods, Room, Segregation, StoragePlace

#: two goods of this grade or more may not stand in one place, of the second or more not in one building
BAY_GRADE, BUILDING_GRADE = 2, 3
_WHENEVER = datetime(2000, 1, 1, tzinfo=UTC)  # nothing of what is asked here depends on the time


def lines_of(papers: Papers, unit: Unit) -> tuple[Line, ...]:
    """The lines of goods of one unit: the one it is declared for, and those that carry its label."""
    found = [line for line in papers.lines if line.no == unit.line or line.sscc == unit.label]
    return tuple(found) or (papers.lines if len(papers.lines) == 1 else ())


def goods_of(reference: Reference, papers: Papers, lines: Iterable[Line]) -> tuple[Goods, ...]:
    """What of these lines decides where they may stand."""
    case = Case(papers, CheckContext(_WHENEVER), reference=reference)
    return tuple(_goods(case, line) for line in lines)


def _goods(case: Case, line: Line) -> Goods:
    types = goods_types(case, line)
    rule = rule_of(case, line, types)
    labels = labels_of(case, line) if is_dangerous(line) else ()
    table = case.reference.segregation
    toxic = bool(labels) and bool(
        set(labels) & table.kept_from_food or line.un_number in table.kept_from_food_un
    )
    return Goods(
        case.papers.reference,
        line.no,
        labels,
        line.un_number if labels else None,
        toxic,
        "FOOD" in types,
        rule is not None,
        rule.min_c if rule else None,
        rule.max_c if rule else None,
    )


def is_careful(goods: Iterable[Goods]) -> bool:
    """True when the checks have anything to say about where these goods stand."""
    return any(one.labels or one.ranged or one.food for one in goods)


def unfit(unit: Unit, room: Room) -> list[Missing]:
    """Everything that speaks against putting ``unit`` into ``room``; empty means that it may stand there."""
    place = room.place
    if place is None:
        return [_missing(Reason.UNKNOWN_PLACE, unit, room)]
    missing = []
    if place.units is not None and room.units >= place.units:
        missing.append(_missing(Reason.PLACE_FULL, unit, room, units=room.units, most=place.units))
    for why, facts in _against(room, place):
        missing.append(_missing(Reason.WRONG_PLACE, unit, room, why=why, **facts))
    return missing


def _missing(reason: Reason, unit: Unit, room: Room, **facts: Any) -> Missing:
    said = {"unit": unit.label, "place": room.name, **facts}
    if room.others:
        said["instead"] = list(room.others)
    return Missing(reason, said)


def _against(room: Room, place: StoragePlace) -> Iterator[tuple[str, dict[str, Any]]]:
    for goods in room.incoming:
        if not temperature_fits(goods, place):
            yield "temperature", {"needed": range_text(goods.min_c, goods.max_c), "given": given_text(place)}
            break
    for goods in room.incoming:
        barred = [label for label in goods.labels if not place.takes_class(label)]
        if barred:
            yield "class", {"classes": barred, "un": goods.un}
            break
    if clash := _clash(room.incoming, room.standing, BAY_GRADE, room.segregation):
        yield "segregation", clash
    for other, standing in room.near:
        if clash := _clash(room.incoming, (standing,), BUILDING_GRADE, room.segregation):
            yield "building", {**clash, "near": other}
            break
    for goods in room.incoming:
        bad = [
            s for s in room.standing if (goods.kept_from_food and s.food) or (goods.food and s.kept_from_food)
        ]
        if bad:
            yield "food", {"labels": list(goods.labels or bad[0].labels)}
            break


def _clash(
    incoming: Iterable[Goods], standing: Iterable[Goods], grade: int, table: Segregation
) -> dict[str, Any] | None:
    around = tuple(standing)
    for goods in incoming:
        for other in around:
            same = goods.un is not None and goods.un == other.un
            if not same and segregation_grade(table, goods.labels, other.labels) >= grade:
                return {"labels": list(goods.labels), "standing": list(other.labels)}
    return None


def temperature_fits(goods: Goods, place: StoragePlace) -> bool:
    """True when the place keeps the range the goods ask for; goods for up to 30 °C may stand where none is kept."""
    if not goods.ranged:
        return True
    low, high = place.min_c, place.max_c
    if low is None and high is None:
        return goods.max_c is not None and goods.max_c >= 30 and (goods.min_c is None or goods.min_c <= 0)
    too_warm = goods.max_c is not None and (high is None or high > goods.max_c)
    too_cold = goods.min_c is not None and (low is None or low < goods.min_c)
    return not (too_warm or too_cold)


def range_text(low: Decimal | None, high: Decimal | None) -> str:
    """A range of °C for people: "2 … 8 °C"."""
    if low is None:
        return f"≤ {high} °C"
    return f"≥ {low} °C" if high is None else f"{low} … {high} °C"


def given_text(place: StoragePlace) -> str:
    """The range a place keeps; a dash for none."""
    return "—" if place.min_c is None and place.max_c is None else range_text(place.min_c, place.max_c)


def bay_of(place: StoragePlace, dg_classes: tuple[str, ...] = ()) -> Bay:
    """The place as the checks know it; ``dg_classes`` are labels of other consignments' goods that stand there."""
    return Bay(place.place, place.zone, place.min_c, place.max_c, place.building, dg_classes)

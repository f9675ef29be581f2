"""What goes ahead: the priority of a consignment, from what its papers say it is and what the emergency needs."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from workflows.announce_state import Needs, Priority
from workflows.checks.case import Case
from workflows.checks.goods import goods_types
from workflows.papers import Line

#: goods that end so soon are perishable on the way, whatever they are
SOON = timedelta(days=60)
#: fresh and frozen: kept at this or below (degrees Celsius), unless they are medicines
COOL = Decimal(15)


def priority_of(case: Case, needs: Needs, day: date, *, recognised: bool) -> Priority:
    """The strongest priority of any line; ORDINARY for senders the terminal does not recognise.

    ``day`` is the day of today in Tashkent. Never a reason to refuse or to skip a check: only the order of waiting.
    """
    if not recognised:
        return Priority.ORDINARY
    wanted = needs.in_force(day)
    return min(
        (_of_line(case, line, wanted, day) for line in case.papers.lines),
        key=lambda priority: priority.rank,
        default=Priority.ORDINARY,
    )


def _of_line(case: Case, line: Line, wanted: frozenset[str], day: date) -> Priority:
    types = goods_types(case, line)
    if types & wanted:
        return Priority.NEEDED
    if "COLD_CHAIN" in types or "VACCINE" in types:
        return Priority.COLD_CHAIN
    if types & {"MEDICINE", "CONTROLLED_MEDICINE"}:
        return Priority.MEDICINE
    ends = line.expiry or line.best_before
    soon = ends is not None and any(one <= day + SOON for one in ends.readings)
    cool = line.temperature is not None and (line.temperature.max_c or COOL + 1) <= COOL
    return Priority.PERISHABLE if soon or cool else Priority.ORDINARY

"""Which hold an officer should look at first: what spoils or heals before anything else, then what waits longest."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum

from workflows.checks.reference import Reference, default_reference
from workflows.papers import Line, Papers
from workflows.state import Hold, HoldReason


class Rush(IntEnum):
    """How much waiting costs; the smaller comes first."""

    COLD_CHAIN = 0
    MEDICINE = 1
    USUAL = 2


_BY_REASON = {HoldReason.TEMPERATURE: Rush.COLD_CHAIN, HoldReason.NARCOTIC_MEDICINE: Rush.MEDICINE}


def rush_of_line(line: Line, reference: Reference) -> Rush:
    """How urgent one line of goods is: by the type of its tariff code, or by the temperature that its paper asks for."""
    by_code = reference.longest_goods_type(line.hs_code or "")
    types = reference.with_parents(frozenset({by_code} if by_code else ()))
    cold = line.temperature is not None and line.temperature.max_c is not None and line.temperature.max_c <= 8
    if cold or types & {"COLD_CHAIN", "VACCINE"}:
        return Rush.COLD_CHAIN
    return Rush.MEDICINE if "MEDICINE" in types else Rush.USUAL


def rush_of_papers(papers: Papers | None, reference: Reference | None = None) -> Rush:
    """How urgent a consignment is: as its most urgent line, for a hold keeps the whole of it."""
    table = reference or default_reference()
    lines = papers.lines if papers is not None else ()
    return min((rush_of_line(line, table) for line in lines), default=Rush.USUAL)


def rush_of(hold: Hold, papers: Papers | None, reference: Reference | None = None) -> Rush:
    """How urgent a hold is: what it keeps from going on, or what it is about."""
    return min(_BY_REASON.get(hold.reason, Rush.USUAL), rush_of_papers(papers, reference))


def turn(hold: Hold, rush: Rush) -> tuple[int, datetime, str]:
    """Sort key of the queue: medicines and the cold chain first, within them the oldest."""
    return (int(rush), hold.placed_at, hold.id)

"""What may be loaded beside what: dangerous goods that may not travel on one vehicle are kept apart at the dock.

The checks compare the lines of one consignment before it is released (HAZ-02); a vehicle may carry several, so what
stands on it is compared again with each unit that is scanned on. Sources as in :mod:`workflows.checks.dangerous`:
ADR/RID 7.5.2.1 for road and rail, IATA 9.3.A for aircraft.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workflows.checks.dangerous import travel_word
from workflows.checks.goods import is_dangerous, labels_by
from workflows.checks.reference import Reference
from workflows.outcomes import Missing, Reason
from workflows.papers import Line, Mode, Papers
from workflows.state import Unit


@dataclass(frozen=True, slots=True)
class Danger:
    """A dangerous line and the label of the unit that it is on."""

    label: str
    line: Line


def dangers(papers: Papers, units: Iterable[Unit]) -> tuple[Danger, ...]:
    """The dangerous lines that stand on these units of a consignment; a unit whose line nobody names has none."""
    risky = [line for line in papers.lines if is_dangerous(line)]
    if not risky:
        return ()
    return tuple(
        Danger(unit.label, line)
        for unit in units
        for line in risky
        if line.no == unit.line or line.sscc == unit.label
    )


def mode_of(text: str) -> Mode:
    """How a vehicle travels; what has no table of its own goes by that of the road."""
    return Mode(text) if text in Mode.__members__ else Mode.ROAD


def kept_apart(
    coming: Iterable[Danger], aboard: Iterable[Danger], mode: Mode, reference: Reference
) -> tuple[Missing, ...]:
    """What on board keeps these from being loaded beside it; one entry for each unit on board."""
    standing = tuple(aboard)
    missing: dict[str, Missing] = {}
    for one in coming:
        for other in standing:
            rule = travel_word(reference, mode, one.line, other.line)
            if rule is None or other.label in missing:
                continue
            facts = {
                "unit": one.label,
                "labels": list(labels_by(reference, one.line)),
                "other": other.label,
                "other_labels": list(labels_by(reference, other.line)),
                "rule": rule,
                "check": "HAZ-02",
            }
            missing[other.label] = Missing(Reason.KEPT_APART, facts)
    return tuple(missing.values())

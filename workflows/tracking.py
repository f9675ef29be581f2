"""Tracking: a short code that cannot be guessed, and what anybody who has it may know: milestones and their times.

A code has eleven random signs and a check sign out of 31 that are not mistaken for each other on paper (no 0, O, 1,
I, L). The weights 2 to 12, and 1 for the check sign, modulo
the prime 31 catch every single wrong sign and every two that changed places.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from workflows.stages import Stage

SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
#: random signs of a code; with the check sign it has one more
RANDOM = 11
LENGTH = RANDOM + 1


class Milestone(StrEnum):
    """What is told to everybody who has the code. Nothing of checks, lanes, holds or inspections is among it."""

    ANNOUNCED = "ANNOUNCED"
    ARRIVED = "ARRIVED"
    IN_WORK = "IN_WORK"
    LEFT = "LEFT"
    CROSSED = "CROSSED"
    REACHED = "REACHED"
    DELIVERED = "DELIVERED"


#: Whatever happens inside is one milestone, reached once and never taken back: a lane, a hold, an inspection or an
#: approval that fell away changes nothing here. Ends by an authority (returned, seized ...) are not told either.
CONSIGNMENT: Mapping[Stage, Milestone] = {
    Stage.PRE_ADVICE: Milestone.ANNOUNCED,
    Stage.GATE_IN: Milestone.ARRIVED,
    Stage.DOC_CHECK: Milestone.IN_WORK,
    Stage.GATE_OUT: Milestone.LEFT,
    Stage.BORDER_EXIT: Milestone.CROSSED,
    Stage.ARRIVED_AF: Milestone.REACHED,
    Stage.DELIVERED: Milestone.DELIVERED,
}
VISIT: Mapping[Stage, Milestone] = {
    Stage.PRE_ADVICE: Milestone.ANNOUNCED,
    Stage.GATE_IN: Milestone.ARRIVED,
    Stage.UNLOAD: Milestone.IN_WORK,
    Stage.LOAD: Milestone.IN_WORK,
    Stage.GATE_OUT: Milestone.LEFT,
    Stage.BORDER_EXIT: Milestone.CROSSED,
    Stage.ARRIVED_AF: Milestone.REACHED,
}


#: work inside the terminal, and ends by an authority, of which senders and the public are not told which it is
_INSIDE = frozenset(Stage) - frozenset(CONSIGNMENT) - {Stage.CLOSED, Stage.LOST}
#: the same for one unit: it is in the terminal
_UNIT_INSIDE = frozenset({Stage.INSPECT, Stage.SAMPLE, Stage.REJECTED, Stage.SEIZED, Stage.DESTROYED})


def public_stage(stage: Stage) -> Stage:
    """The stage of a consignment as its sender is told it: whatever is done inside is one stage, DOC_CHECK."""
    return Stage.DOC_CHECK if stage in _INSIDE else stage


def public_unit_stage(stage: Stage) -> Stage:
    """The stage of a unit as its sender is told it: one that is inspected, sampled or taken stands in the terminal."""
    return Stage.STORAGE if stage in _UNIT_INSIDE else stage


def _check(body: str) -> str:
    return SIGNS[-sum(weight * SIGNS.index(sign) for weight, sign in enumerate(body, 2)) % len(SIGNS)]


def code_of(random: Iterable[int]) -> str:
    """The code of eleven random numbers 0 to 30. Raises ``ValueError`` for another count or range."""
    numbers = tuple(random)
    if len(numbers) != RANDOM or not all(0 <= number < len(SIGNS) for number in numbers):
        raise ValueError(f"a code is made of {RANDOM} numbers from 0 to {len(SIGNS) - 1}")
    body = "".join(SIGNS[number] for number in numbers)
    return body + _check(body)


def read(text: str) -> str | None:
    """The code that somebody typed, with spaces, dashes and letters of any case; None when it can be none."""
    if len(text) > 64:
        return None
    code = "".join(ch for ch in text.upper() if not ch.isspace() and ch not in "-‐‑–·.")
    if len(code) != LENGTH or any(sign not in SIGNS for sign in code):
        return None
    return code if _check(code[:RANDOM]) == code[RANDOM] else None


def grouped(code: str) -> str:
    """A code in three groups of four, to be read aloud and compared by eye."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def milestones(
    table: Mapping[Stage, Milestone], story: Iterable[tuple[Stage, datetime]]
) -> tuple[tuple[Milestone, datetime], ...]:
    """Milestones in their order, each with the first time (UTC) it was reached.

    ``story`` are the stages a thing came to, in any order. A milestone in between that has no time of its own is left
    out: a late message never makes an earlier one.
    """
    found: dict[Milestone, datetime] = {}
    for stage, at in story:
        milestone = table.get(stage)
        if milestone is not None and (milestone not in found or at < found[milestone]):
            found[milestone] = at
    return tuple((one, found[one]) for one in Milestone if one in found)

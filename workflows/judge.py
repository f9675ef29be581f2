"""The judge: all checks, the lane, and one decision for a consignment.

BLOCK outweighs HOLD outweighs the rest (chapter 8.8). A check that could not be made is listed apart and never
counts as a pass; for the sanctions list it counts as HOLD.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from workflows.checks.again import Seen, run_changed
from workflows.checks.case import Case
from workflows.checks.registry import USUAL
from workflows.checks.seals import seal_too_weak
from workflows.checks.severities import weighed
from workflows.checks.wagons import wagon_target
from workflows.findings import Finding, Severity
from workflows.lanes import Lane, LaneChoice, choose_lane, findings_of


class Decision(StrEnum):
    """The highest severity that fires: nothing held, held, blocked."""

    RELEASABLE = "RELEASABLE"
    HOLD = "HOLD"
    BLOCK = "BLOCK"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The decision with everything it rests on.

    ``cannot_tell`` are checks that lacked facts: they make no decision, and those that would hold or block keep the goods
    from their release until they can tell. One that holds by itself (sanctions) stands in ``findings``.
    """

    decision: Decision
    lane: Lane
    findings: tuple[Finding, ...]
    cannot_tell: tuple[Finding, ...]
    choice: LaneChoice
    seen: Seen | None = field(default=None, compare=False)  # to be handed in when the case is judged again


def judge(case: Case, before: Seen | None = None) -> Judgement:
    """Run every check, choose the lane, decide. Pure: the same case gives the same judgement.

    With what was ``seen`` before, only the checks run whose facts have changed; the judgement is the same.
    """
    found, seen = run_changed(case, before)
    choice = choose_lane(case, found)
    if choice.lane is Lane.RED:
        # a wagon's seal is of the railway's class: only what forced the lane asks for another
        by_score = not choice.forced
        held = {(f.check, f.target) for f in found}
        weak = [
            f
            for f in seal_too_weak(case, high_risk=True)
            if (f.check, f.target) not in held and not (by_score and wagon_target(f.target) is not None)
        ]
        found += weighed(weak, case.reference.severities, USUAL)
    found += findings_of(choice)
    unknown = tuple(f for f in found if f.cannot_tell and f.severity.rank < Severity.HOLD.rank)
    real = tuple(f for f in found if f not in unknown)
    case.memo.clear()  # the case is kept with what was seen; what helped to judge it need not be
    return Judgement(decide(found), choice.lane, real, unknown, choice, seen)


def decide(findings: list[Finding]) -> Decision:
    """The decision that open findings lead to."""
    worst = max((f.severity for f in findings), key=lambda s: s.rank, default=Severity.INFO)
    if worst is Severity.BLOCK:
        return Decision.BLOCK
    return Decision.HOLD if worst is Severity.HOLD else Decision.RELEASABLE

"""What would stand in the way: the rules asked for a page, without taking a step."""

from __future__ import annotations

from workflows.ask import Ask
from workflows.findings import Finding
from workflows.holds_by_check import cause_gone, not_judged
from workflows.outcomes import Missing
from workflows.release import standing_in_the_way, unfit_to_approve
from workflows.stages import CONSIGNMENT, Stage, allowed
from workflows.state import Consignment, Hold, PermissionKind
from workflows.steps_approval import MAY_START
from workflows.unjudged import decided


def before_step(consignment: Consignment, step: Stage, *units: str) -> list[Missing]:
    """Everything that keeps a consignment, or these units of it, from a step now; empty means that nothing does."""
    return standing_in_the_way(consignment, step, *units)


def may_start(consignment: Consignment, step: Stage, *, partly: bool) -> bool:
    """True when an approval may be given from where the consignment is; ``partly``: one of some of its units."""
    return consignment.stage in MAY_START[step] if partly else allowed(CONSIGNMENT, consignment.stage, step)


def about_person(consignment: Consignment, kind: PermissionKind, ask: Ask) -> list[Missing]:
    """Why this person may not give this approval; empty means that they may."""
    return unfit_to_approve(consignment, kind, ask)


def gaps(consignment: Consignment) -> frozenset[tuple[str, str]]:
    """Checks (code, target) that could not tell and keep the consignment until they can or somebody has decided."""
    return frozenset(
        (found.check, found.target)
        for found in consignment.findings
        if not_judged(found) and not decided(consignment, found)
    )


def is_cause_gone(
    hold: Hold, consignment: Consignment | None, screened: tuple[Finding, ...] | None = None
) -> bool:
    """True when the check that opened a hold finds nothing any more; an officer may lift it.

    ``screened`` is what screening found last on a vehicle without cargo, for its own hold.
    """
    found = consignment.findings if consignment is not None else screened
    return hold.open and found is not None and cause_gone(hold, found)

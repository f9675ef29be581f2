"""What no check could judge: not knowing never counts as a pass.

A check that would hold or block, and that lacks facts, keeps the consignment from its approvals and from every step
outward (:func:`in_the_way`). It opens no hold: as soon as the fact is there the check answers by itself. Where the fact
will never come, whoever owns the check makes a hold of it (:func:`to_decide`) and ends that as any other: a HOLD with a
reason, or waived by two people with evidence; a BLOCK never by waiving. What was decided so counts as long as the same
is missing and nothing about it has changed.

A check that does not apply (no cold goods, no dangerous goods, no vehicle) says nothing, and nothing is asked.
"""

from __future__ import annotations

import hashlib
import json

from workflows.findings import Finding, Severity
from workflows.holds import OWNERS, NewHold
from workflows.holds_by_check import not_judged, shape_of
from workflows.outcomes import Missing, Reason
from workflows.stages import Stage
from workflows.state import Consignment, HoldSeverity


def about(finding: Finding) -> str:
    """What was missing and the figures beside it, as SHA-256 (hex): a decision about it is worth nothing for others."""
    text = json.dumps(
        dict(finding.facts), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
    )
    return hashlib.sha256(text.encode()).hexdigest()


def decided(consignment: Consignment, finding: Finding) -> bool:
    """True when a hold stands for this very gap, or stood and was ended by whoever owns the check."""
    key, digest = (finding.check, finding.target), about(finding)
    mine = [hold for hold in consignment.holds if (hold.check, hold.target) == key]
    return any(hold.open or hold.about == digest for hold in mine)


def in_the_way(consignment: Consignment, step: Stage) -> list[Missing]:
    """Checks that nobody could judge yet and that keep the consignment from ``step``: which, on what, what is missing."""
    return [
        Missing(
            Reason.CANNOT_JUDGE,
            {
                "consignment": consignment.ref,
                "check": finding.check,
                "target": finding.target,
                "on_what": finding.target if finding.target != "consignment" else None,
                "missing_fact": str(finding.facts.get("missing", "facts")),
            },
            OWNERS[shape.authority],
        )
        for finding in consignment.findings
        if not_judged(finding)
        and (shape := shape_of(finding)) is not None
        and step in shape.blocks
        and not decided(consignment, finding)
    ]


def to_decide(consignment: Consignment, check: str, target: str, identity: str) -> NewHold | None:
    """The hold as which a gap is decided on, with id ``identity``; None when that check is not waiting for a fact."""
    finding = next(
        (f for f in consignment.findings if (f.check, f.target) == (check, target) and not_judged(f)), None
    )
    shape = shape_of(finding) if finding is not None else None
    if finding is None or shape is None:
        return None
    severity = HoldSeverity.BLOCK if finding.would_be is Severity.BLOCK else HoldSeverity.HOLD
    return NewHold(
        identity,
        f"consignment:{consignment.ref}",
        shape.authority,
        shape.reason,
        severity,
        shape.blocks,
        check=check,
        target=target,
        about=about(finding),
    )

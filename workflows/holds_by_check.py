"""Which hold a failed check opens: in whose name, for which reason, and what it blocks.

A HOLD or BLOCK finding opens its hold by itself; nothing lifts by itself. When the cause is gone the officer sees
it and lifts the hold (see :func:`cause_gone`). A check that could not tell opens one only where the domain says that not
knowing counts as a hold (sanctions, DOMAIN 8.8); any other that would hold or block keeps the goods as
:mod:`workflows.unjudged` says.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from workflows.findings import Finding, Severity
from workflows.holds import NewHold
from workflows.stages import OUTWARD, Stage
from workflows.state import Authority, Hold, HoldReason, HoldSeverity

#: Papers from the Afghan side are asked for at loading, not before.
_FROM_LOADING = frozenset({Stage.LOAD, Stage.SEAL, Stage.GATE_OUT, Stage.BORDER_EXIT})


class Opens(NamedTuple):
    """What a check's hold looks like."""

    authority: Authority
    reason: HoldReason
    blocks: frozenset[Stage] = OUTWARD


A, R = Authority, HoldReason
_FAMILY: dict[str, Opens] = {
    "DAT": Opens(A.TERMINAL, R.DOC_CONFLICT),
    "ID": Opens(A.TERMINAL, R.DOC_CONFLICT),
    "DOC": Opens(A.TERMINAL, R.DOC_MISSING),
    "QTY": Opens(A.CUSTOMS, R.COUNT_DIFF),
    "WGT": Opens(A.CUSTOMS, R.WEIGHT_DIFF),
    "EXP": Opens(A.CUSTOMS, R.EXPIRED),
    "TMP": Opens(A.PHYTO_VET_SANITARY, R.TEMPERATURE),
    "CTL": Opens(A.CUSTOMS, R.DUAL_USE),
    "HAZ": Opens(A.CUSTOMS, R.DANGEROUS_GOODS),
    "SAN": Opens(A.SANCTIONS, R.SANCTIONS),
    "SEA": Opens(A.CUSTOMS, R.SEAL),
    "VEH": Opens(A.CUSTOMS, R.OTHER),
    "PRC": Opens(A.CUSTOMS, R.OTHER),
}
_CODE: dict[str, Opens] = {
    "DOC-02": Opens(A.TERMINAL, R.DOC_CONFLICT),
    "DOC-03": Opens(A.TERMINAL, R.DOC_CONFLICT),
    "DOC-04": Opens(A.CUSTOMS, R.DOC_CONFLICT),
    "DOC-05": Opens(A.CUSTOMS, R.DOC_MISSING),
    "DOC-06": Opens(A.AFGHAN_SIDE, R.DOC_MISSING, _FROM_LOADING),
    "DOC-07": Opens(A.CUSTOMS, R.DOC_MISSING),
    "EXP-02": Opens(A.CUSTOMS, R.SHORT_DATED),
    "CTL-01": Opens(A.CUSTOMS, R.PRECURSOR),
    "CTL-02": Opens(A.CUSTOMS, R.WEAPON_EXPLOSIVE),
    "CTL-04": Opens(A.CUSTOMS, R.NARCOTIC_MEDICINE),
    "CTL-05": Opens(A.CUSTOMS, R.DOC_CONFLICT),
    "CTL-06": Opens(A.CUSTOMS, R.INFANT_FORMULA),
    "CTL-08": Opens(A.CUSTOMS, R.TELECOM),
    "VEH-02": Opens(A.BORDER, R.INTELLIGENCE),
    "VEH-03": Opens(A.BORDER, R.OTHER),
    "ID-10": Opens(A.BORDER, R.OTHER),
}
_AFGHAN_PAPERS = frozenset({"document:AF_EXEMPTION", "document:AF_LINE_MINISTRY"})


#: what a check lacks and no consignment owes: the first empty weight of a vehicle has no earlier one to be compared with,
#: it is what later ones are compared with
_NOT_OWED = frozenset({("WGT-06", "registered_tare")})


def shape_of(finding: Finding) -> Opens | None:
    """What the hold of a finding's check looks like; None for checks that open none (the lane)."""
    if finding.check == "DOC-01" and finding.target in _AFGHAN_PAPERS:
        return _CODE["DOC-06"]
    return _CODE.get(finding.check) or _FAMILY.get(finding.check.partition("-")[0])


def opens(finding: Finding) -> Opens | None:
    """The hold that a finding asks for; None when it asks for none."""
    counts = not finding.cannot_tell or finding.check.startswith("SAN-")
    if finding.severity.rank < Severity.HOLD.rank or not counts:
        return None
    return shape_of(finding)


def not_judged(finding: Finding) -> bool:
    """True for a check that would hold or block and could not tell, whatever it lacked; not for one that holds already."""
    if not finding.cannot_tell or finding.would_be is None or opens(finding) is not None:
        return False
    owed = (finding.check, finding.facts.get("missing")) not in _NOT_OWED
    return owed and finding.would_be.rank >= Severity.HOLD.rank


def asked_for(findings: Iterable[Finding], subject: str, ids: Iterable[str]) -> list[NewHold]:
    """One new hold for each finding that asks for one, on ``subject``; ``ids`` gives fresh hold ids."""
    fresh = iter(ids)
    wanted = []
    for finding in findings:
        shape = opens(finding)
        if shape is None:
            continue
        severity = HoldSeverity.BLOCK if finding.severity is Severity.BLOCK else HoldSeverity.HOLD
        wanted.append(
            NewHold(
                next(fresh),
                subject,
                shape.authority,
                shape.reason,
                severity,
                shape.blocks,
                check=finding.check,
                target=finding.target,
            )
        )
    return wanted


def cause_gone(hold: Hold, findings: Iterable[Finding]) -> bool:
    """True when the check that opened this hold can tell, and no longer finds anything on its target."""
    if hold.check is None:
        return False
    mine = (f for f in findings if (f.check, f.target) == (hold.check, hold.target))
    return not any(opens(f) or not_judged(f) for f in mine)

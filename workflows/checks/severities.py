"""Which check holds or blocks: an administrator's table over the severities that the checks give by themselves.

The table may make a check heavier or lighter, within one limit: what the domain blocks stays blocked. A BLOCK is
never waived by a person, hence no table may take it away either; and nothing about sanctions gets lighter, because
not knowing counts as a hold there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from workflows.findings import Finding, Severity

#: Families whose severities may be raised, never lowered: the two-person rules and the sanctions list.
NEVER_LIGHTER = ("PRC-", "SAN-")
#: The lane is no finding against anybody: it has no severity to set.
NOT_SET = ("RSK-",)


def may_be(code: str, usual: Severity, wanted: Severity) -> bool:
    """True when a check whose usual severity is ``usual`` may be given ``wanted`` by a table."""
    if code.startswith(NOT_SET):
        return False
    if usual is Severity.BLOCK or code.startswith(NEVER_LIGHTER):
        return wanted.rank >= usual.rank
    return True


def weighed(
    findings: Sequence[Finding], wanted: Mapping[str, Severity], usual: Mapping[str, Severity]
) -> list[Finding]:
    """The findings with the severities of the table.

    A row speaks of the findings that carry the usual severity of their check; those that the check itself made
    lighter or heavier in this case keep theirs, a row that is heavier lifts them as well. No BLOCK gets lighter here,
    whatever the table says. A check that could not tell stays what it is; ``would_be`` says what it would weigh.
    """
    return [_weighed(found, wanted.get(found.check), usual.get(found.check)) for found in findings]


def _weighed(found: Finding, wanted: Severity | None, usual: Severity | None) -> Finding:
    if found.cannot_tell and found.severity.rank < Severity.HOLD.rank:
        rules = wanted is not None and usual is not None and may_be(found.check, usual, wanted)
        return replace(found, would_be=wanted if rules else usual)
    if wanted is None or usual is None or wanted is found.severity or not may_be(found.check, usual, wanted):
        return found
    heavier = wanted.rank > max(usual.rank, found.severity.rank)
    lighter = found.severity is usual and found.severity is not Severity.BLOCK
    return replace(found, severity=wanted) if heavier or lighter else found

"""What a refusal may tell whom: a hold that rests on risk is "customs" to everybody who does not read risk.

Terminal staff see no risk scores, profiles, sanctions detail or intelligence (DOMAIN 2). The journal keeps all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from workflows.outcomes import Missing, Reason
from workflows.roles import Actor, Right, Role
from workflows.state import Authority, Hold, HoldReason

#: Reasons that say what somebody suspects, not what is wrong with the goods or their papers.
TELLING: frozenset[HoldReason] = frozenset({HoldReason.SANCTIONS, HoldReason.INTELLIGENCE})
#: Checks that say the same by their code.
_CHECKS = ("SAN-", "RSK-", "VEH-02")


def tells_risk(authority: str, reason: str, check: str | None) -> bool:
    """True for a hold whose authority, reason or check would say what somebody suspects."""
    return (
        authority == Authority.SANCTIONS
        or reason in TELLING
        or (check is not None and check.startswith(_CHECKS))
    )


def secret(hold: Hold) -> bool:
    """True for a hold that only those who read risk may see as it is."""
    return tells_risk(hold.authority, hold.reason, hold.check)


def discreet(missing: Iterable[Missing], who: Actor) -> tuple[Missing, ...]:
    """What stands in the way as this person or device may read it; whoever may end a hold reads it whole."""
    if not who.is_device and who.may(Right.READ_RISK):
        return tuple(missing)
    return tuple(item if item.who & who.roles else _masked(item) for item in missing)


def _masked(item: Missing) -> Missing:
    facts = discreet_facts(item.facts)
    if item.reason is not Reason.OPEN_HOLD or facts is item.facts:
        return item
    return replace(item, facts=facts, who=frozenset({Role.CUSTOMS_INSPECTOR}))


def discreet_facts(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """The facts of a hold without what they would tell of risk; the same mapping when they tell nothing."""
    if not tells_risk(str(facts.get("authority")), str(facts.get("reason")), facts.get("check")):
        return facts
    kept = {name: facts[name] for name in ("subject", "since") if name in facts}
    return {**kept, "authority": Authority.CUSTOMS.value, "reason": HoldReason.OTHER.value}

"""What a refusal may tell whom: a hold that rests on risk is "customs" to everybody who does not read risk.

Terminal staff see no risk scores, profiles, sanctions detail or intelligence (chapter 2 of the domain notes). Whoever is
on the watch list is told to the border service only: an officer of another service learns that the border service
holds something, and asks there. The journal keeps all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from workflows.findings import Finding
from workflows.outcomes import Missing, Reason
from workflows.roles import Actor, Right, Role
from workflows.state import Authority, Hold, HoldReason

#: Reasons that say what somebody suspects, not what is wrong with the goods or their papers.
TELLING: frozenset[HoldReason] = frozenset({HoldReason.SANCTIONS, HoldReason.INTELLIGENCE})
#: Checks that say the same by their code.
_CHECKS = ("SAN-", "RSK-", "VEH-02")
#: The check that finds somebody or something on the watch list.
WATCHED = "VEH-02"


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


def is_watch_hit(check: object) -> bool:
    """True for the code of the check that reads the watch list."""
    return check == WATCHED


def reads_watch_hits(who: Actor) -> bool:
    """True for those who may learn that something is on the watch list."""
    return not who.is_device and who.may(Right.READ_WATCH_HITS)


def readable(findings: Iterable[Finding], who: Actor) -> tuple[Finding, ...]:
    """The findings without hits of the watch list, for everybody but those who may read them.

    For those who read the results of checks; the border service, which reads no others, gets the hits alone.
    """
    hits = reads_watch_hits(who)
    if not who.may(Right.READ_RISK):
        return tuple(found for found in findings if hits and is_watch_hit(found.check))
    return tuple(found for found in findings if hits or not is_watch_hit(found.check))


def as_seen(hold: Hold, who: Actor) -> Hold | None:
    """A hold as this reader may see it: whole, veiled, or not at all (None).

    Whoever may end it sees it whole.
    """
    if hold.lift_roles & who.roles:
        return hold
    if is_watch_hit(hold.check) and not reads_watch_hits(who):
        return veiled(hold) if who.may(Right.READ_RISK) else None
    return None if secret(hold) and not who.may(Right.READ_RISK) else hold


def veiled(hold: Hold) -> Hold:
    """The hold with nothing but who holds, since when, what it stops and whether it has ended."""
    return replace(
        hold,
        reason=HoldReason.OTHER,
        check=None,
        target=None,
        note="",
        evidence=(),
        proposed_note="",
        proposed_evidence=(),
        lift_note="",
        lift_evidence=(),
    )


def discreet(missing: Iterable[Missing], who: Actor) -> tuple[Missing, ...]:
    """What stands in the way as this person or device may read it; whoever may end a hold reads it whole."""
    if not who.is_device and who.may(Right.READ_RISK):
        if reads_watch_hits(who):
            return tuple(missing)
        return tuple(
            item if item.who & who.roles else replace(item, facts=veiled_refusal(item.facts))
            for item in missing
        )
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


def veiled_refusal(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """The facts of a hold without the hit of the watch list that it rests on; the same mapping for any other."""
    if not is_watch_hit(facts.get("check")):
        return facts
    kept = {name: value for name, value in facts.items() if name not in ("check", "target")}
    return {**kept, "reason": HoldReason.OTHER.value}

"""Screening of a vehicle that carries nothing: empties that come back, and those that come to take a load.

Where there is cargo, its checks look at the vehicle and its driver too (VEH, SAN, WGT). An empty vehicle has no
consignment whose checks would run, and is the usual way of smuggling northbound (chapters 1.3 and 8.6 of the domain
notes): it is screened by itself, and its holds stand on the visit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from workflows.checks.case import Case
from workflows.checks.facts import cannot_tell
from workflows.checks.registry import run_checks
from workflows.checks.sanctions import parties
from workflows.findings import Finding
from workflows.holds import NewHold
from workflows.state import Hold

#: checks that need no cargo
_ALWAYS = ("VEH-02", "VEH-03")
#: checks of the list: only when there is somebody to be looked for
_NAMED = ("SAN-01", "SAN-02", "SAN-03")

#: every check that a vehicle without cargo is asked
ASKED = frozenset({*_ALWAYS, *_NAMED})


@dataclass(frozen=True, slots=True)
class EmptyWeight:
    """What is known to compare an empty vehicle by (WGT-06), kg. ``returning``: it comes back from the other bank."""

    returning: bool
    measured_kg: Decimal | None = None
    known_kg: Decimal | None = None


def screened(case: Case, weight: EmptyWeight, *, driven: bool) -> tuple[Finding, ...]:
    """The findings of a vehicle without cargo. ``driven`` is False for wagons, which have no driver of their own.

    Who drives and is not named, and a returning vehicle whose empty weight cannot be compared, is *cannot tell*: it
    holds nothing and is no pass either. A weight that was compared and does not fit has opened its hold already.
    """
    named = bool(parties(case))
    found = run_checks(case, (*_ALWAYS, *(_NAMED if named else ())))
    if driven and not named:
        found += [cannot_tell(check, "party:driver", "driver_name") for check in ("VEH-02", "SAN-01")]
    if weight.returning and weight.measured_kg is None:
        found.append(cannot_tell("WGT-06", "vehicle", "empty_weight"))
    elif weight.returning and weight.known_kg is None:
        found.append(cannot_tell("WGT-06", "vehicle", "registered_tare", measured_kg=weight.measured_kg))
    return tuple(found)


def news(
    asked: Iterable[NewHold], found: Sequence[Finding], before: Sequence[Finding], holds: Iterable[Hold]
) -> list[NewHold]:
    """The holds that are to be placed: all that are asked for, less those that somebody ended for the same facts.

    ``holds`` are those of the vehicle and of what it brought: a driver whom the border service let pass with the cargo
    is not stopped a second time with the empty truck.
    """
    ended = {(hold.check, hold.target) for hold in holds if not hold.open}
    known = list(before)
    return [
        one
        for one in asked
        if (one.check, one.target) not in ended
        or any((f.check, f.target) == (one.check, one.target) and f not in known for f in found)
    ]

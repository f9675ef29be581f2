"""Running again only what may come out otherwise: a check runs anew when something that it reads has changed.

Papers, tables, day and step are read by every check; what the terminal saw and what it knows is told apart by kind, as
:attr:`workflows.checks.registry.Check.needs` names it. Pure: what is handed in from before only saves work, the findings
are those of a full run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from workflows.checks.case import Case
from workflows.checks.registry import CHECKS, Check, raw_findings, settled
from workflows.findings import Finding

#: What every check may read.
_BASE: Mapping[str, Callable[[Case], object]] = {
    "papers": lambda case: case.papers,
    "headers": lambda case: case.headers,
    "imported": lambda case: case.imported,
    "parties": lambda case: case.other_parties,
    "day": lambda case: (case.context.today, case.context.arrival, case.context.step),
}
#: What only those read that name it.
_KINDS: Mapping[str, Callable[[Case], object]] = {
    "gate": lambda case: case.observations.gate,
    "wagons": lambda case: case.observations.wagons,
    "seals": lambda case: case.observations.seals,
    "weighings": lambda case: case.observations.weighings,
    "scans": lambda case: case.observations.scans,
    "counts": lambda case: case.observations.counts,
    "storage_plan": lambda case: case.observations.storage_plan,
    "passports": lambda case: case.observations.passports,
    "drivers": lambda case: case.observations.drivers,
    "temperatures": lambda case: case.observations.temperatures,
    "clocks": lambda case: case.observations.clocks,
    "scales": lambda case: dict(case.context.scales),
    "bays": lambda case: dict(case.context.bays),
    "open_sscc": lambda case: case.context.open_sscc,
    "used_seals": lambda case: case.context.used_seals,
    "watch_list": lambda case: case.context.watch_list,
    "process": lambda case: case.process,
}
#: Checks that read the clock itself, not only its day: they are cheap and always run.
_TIMED = frozenset({"SAN-03", "PRC-04"})


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A case as it was judged, and what each check found of it; ``ran`` are the checks that ran for it."""

    case: Case
    found: Mapping[str, tuple[Finding, ...]]
    ran: frozenset[str]


def run_changed(case: Case, before: Seen | None = None) -> tuple[list[Finding], Seen]:
    """The findings of all checks as :func:`~workflows.checks.registry.run_checks` gives them, and what to hand in next time.

    ``before`` may be of any case: what is not the same is judged anew.
    """
    changed = None if before is None else _changes(before.case, case)
    found: dict[str, tuple[Finding, ...]] = {}
    ran = set()
    for check in CHECKS:
        if before is not None and changed is not None and not _touched(check, changed):
            found[check.code] = before.found[check.code]
        else:
            found[check.code] = raw_findings(case, check)
            ran.add(check.code)
    return settled(case, found.values()), Seen(case, found, frozenset(ran))


def _changes(old: Case, new: Case) -> frozenset[str] | None:
    """The kinds of facts that differ; None when everything has to run."""
    if old.reference is not new.reference or any(read(old) != read(new) for read in _BASE.values()):
        return None
    kinds = {name for name, read in _KINDS.items() if read(old) != read(new)}
    if old.context.sanctions is not new.context.sanctions:
        kinds.add("list")
    return frozenset(kinds)


def _touched(check: Check, changed: frozenset[str]) -> bool:
    return check.code in _TIMED or not check.needs.isdisjoint(changed)

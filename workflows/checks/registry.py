"""The table of checks: code, family, default severity, what it reads, and the function that judges.

``run_checks(case, codes)`` runs some or all of them. A check that lacks facts yields a finding marked
``cannot_tell`` or nothing, as its docstring says; it never raises on a well-formed case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from workflows.checks import (
    cold_chain,
    controlled,
    dangerous,
    documents,
    identity,
    process,
    quantity,
    sanctions,
    seals,
    shelf_life,
    vehicles,
    weight,
)
from workflows.checks.case import Case
from workflows.checks.severities import weighed
from workflows.findings import Finding, Severity

Judge = Callable[[Case], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """One check. ``needs`` names the facts it reads: papers, lines, units, documents, gate, seals, scales ..."""

    code: str
    family: str
    severity: Severity
    needs: frozenset[str]
    judge: Judge


def _imported(code: str) -> Judge:
    def passed_on(case: Case) -> Iterable[Finding]:
        return [found for found in case.imported if found.check == code]

    passed_on.__doc__ = (
        f"{code}: found by the importer while reading the files (chapter 8.1), passed on as it is."
    )
    return passed_on


def _both(code: str, judge: Judge) -> Judge:
    """A check that the importer and the rules both look for; one finding a target."""

    def joined(case: Case) -> Iterable[Finding]:
        return [*_imported(code)(case), *judge(case)]

    joined.__doc__ = judge.__doc__
    return joined


def _lane(case: Case) -> Iterable[Finding]:
    """RSK: the lane follows from all other findings; :func:`workflows.lanes.choose_lane` adds it."""
    return ()


def _check(code: str, family: str, severity: Severity, needs: str, judge: Judge) -> Check:
    return Check(code, family, severity, frozenset(needs.split()), judge)


INFO, WARN, HOLD, BLOCK = Severity.INFO, Severity.WARN, Severity.HOLD, Severity.BLOCK

#: Every check that can be judged on a case, in the order findings are shown.
CHECKS: tuple[Check, ...] = (
    _check("DAT-01", "import", WARN, "import", _imported("DAT-01")),
    _check("DAT-02", "import", WARN, "import papers", _both("DAT-02", identity.lookalike_letters)),
    _check("DAT-03", "import", WARN, "import", _imported("DAT-03")),
    _check("DAT-04", "import", WARN, "import", _imported("DAT-04")),
    _check("DAT-05", "import", HOLD, "import", _imported("DAT-05")),
    _check("DAT-06", "import", WARN, "import", _imported("DAT-06")),
    _check("DAT-07", "import", WARN, "import", _imported("DAT-07")),
    _check("ID-01", "identifier", HOLD, "lines units scans", identity.wrong_sscc),
    _check("ID-02", "identifier", HOLD, "lines units scans", identity.repeated_sscc),
    _check("ID-03", "identifier", HOLD, "lines units scans open_sscc", identity.sscc_in_use),
    _check("ID-04", "identifier", WARN, "lines scans", identity.wrong_gs1_key),
    _check("ID-05", "identifier", HOLD, "papers lines", identity.wrong_container),
    _check("ID-06", "identifier", HOLD, "lines wagons", identity.wrong_wagon),
    _check("ID-07", "identifier", HOLD, "documents", identity.wrong_air_waybill),
    _check("ID-08", "identifier", WARN, "papers", identity.unknown_plate),
    _check("ID-09", "identifier", WARN, "scans", identity.malformed_label),
    _check("ID-10", "identifier", HOLD, "passports", identity.wrong_passport),
    _check("ID-11", "identifier", WARN, "documents", identity.wrong_carnet),
    _check("DOC-01", "document", HOLD, "documents lines plan step", documents.missing_documents),
    _check("DOC-02", "document", HOLD, "documents", documents.invalid_documents),
    _check("DOC-03", "document", HOLD, "documents papers headers", documents.contradicting_documents),
    _check("DOC-04", "document", HOLD, "documents", documents.wrong_regime),
    _check("DOC-05", "document", BLOCK, "documents lines", documents.missing_permit),
    _check("DOC-06", "document", HOLD, "documents step", documents.missing_exemption),
    _check("DOC-07", "document", HOLD, "documents lines", documents.missing_dangerous_permit),
    _check("QTY-01", "quantity", HOLD, "lines units scans counts", quantity.count_differs),
    _check("QTY-02", "quantity", WARN, "lines", quantity.line_arithmetic),
    _check("QTY-03", "quantity", HOLD, "papers lines", quantity.packages_differ_from_header),
    _check("WGT-01", "weight", HOLD, "lines units", weight.impossible_weight),
    _check("WGT-02", "weight", HOLD, "lines units weighings scales", weight.weight_differs),
    _check("WGT-03", "weight", HOLD, "weighings documents scales", weight.overweight),
    _check("WGT-04", "weight", HOLD, "weighings scales", weight.unusable_reading),
    _check("WGT-05", "weight", HOLD, "papers lines units", weight.weights_differ_from_header),
    _check("WGT-06", "weight", HOLD, "weighings papers scales", weight.tare_differs),
    _check("EXP-01", "shelf life", BLOCK, "lines", shelf_life.expired),
    _check("EXP-02", "shelf life", HOLD, "lines documents arrival", shelf_life.short_medicine),
    _check("EXP-03", "shelf life", WARN, "lines arrival", shelf_life.short_food),
    _check("EXP-04", "shelf life", HOLD, "lines", shelf_life.best_before_passed),
    _check("EXP-05", "shelf life", HOLD, "lines", shelf_life.no_date),
    _check("EXP-06", "shelf life", HOLD, "lines arrival", shelf_life.unclear_date),
    _check("EXP-07", "shelf life", HOLD, "lines", shelf_life.impossible_dates),
    _check("TMP-01", "cold chain", HOLD, "lines documents temperatures", cold_chain.no_record),
    _check("TMP-02", "cold chain", HOLD, "lines documents temperatures", cold_chain.excursion),
    _check("TMP-03", "cold chain", HOLD, "lines storage_plan bays", cold_chain.wrong_zone),
    _check("CTL-01", "controlled goods", BLOCK, "lines", controlled.precursors),
    _check("CTL-02", "controlled goods", BLOCK, "lines", controlled.arms),
    _check("CTL-03", "controlled goods", HOLD, "lines documents", controlled.dual_use),
    _check("CTL-04", "controlled goods", HOLD, "lines documents", controlled.controlled_medicines),
    _check("CTL-05", "controlled goods", HOLD, "lines", controlled.description_disagrees),
    _check("CTL-06", "controlled goods", HOLD, "lines", controlled.infant_feeding),
    _check("CTL-08", "controlled goods", HOLD, "lines documents", controlled.telecom),
    _check("HAZ-01", "dangerous goods", HOLD, "lines documents", dangerous.no_declaration),
    _check("HAZ-02", "dangerous goods", BLOCK, "lines storage_plan bays", dangerous.incompatible),
    _check("HAZ-03", "dangerous goods", HOLD, "lines", dangerous.undeclared),
    _check("HAZ-04", "dangerous goods", HOLD, "lines storage_plan", dangerous.beside_food),
    _check("HAZ-05", "dangerous goods", HOLD, "lines", dangerous.class_disagrees),
    _check("HAZ-06", "dangerous goods", BLOCK, "lines documents", dangerous.explosive_or_radioactive),
    _check("SAN-01", "sanctions", BLOCK, "papers passports drivers list", sanctions.strong_match),
    _check("SAN-02", "sanctions", HOLD, "papers passports drivers list", sanctions.possible_match),
    _check("SAN-03", "sanctions", HOLD, "list", sanctions.list_age),
    _check("SEA-01", "seal", HOLD, "papers lines seals documents", seals.seal_differs),
    _check("SEA-02", "seal", HOLD, "seals documents", seals.seal_not_intact),
    _check("SEA-03", "seal", HOLD, "papers seals used_seals", seals.seal_used_before),
    _check("SEA-04", "seal", WARN, "seals plan", seals.seal_too_weak),
    _check("VEH-01", "vehicle", HOLD, "papers gate wagons", vehicles.vehicle_differs),
    _check("VEH-02", "vehicle", BLOCK, "papers gate passports drivers watch_list", vehicles.on_watch_list),
    _check("VEH-03", "vehicle", HOLD, "papers passports drivers documents", vehicles.driver_document),
    _check("PRC-01", "process", BLOCK, "process", process.same_person_twice),
    _check("PRC-02", "process", BLOCK, "process", process.release_with_hold),
    _check("PRC-03", "process", BLOCK, "process", process.stage_skipped),
    _check("PRC-04", "process", WARN, "process", process.too_long),
    _check("PRC-05", "process", HOLD, "process", process.changed_after_approval),
    _check("PRC-06", "process", WARN, "process clocks", process.clock_problem),
    _check("RSK-01", "risk", INFO, "findings", _lane),
    _check("RSK-02", "risk", INFO, "findings", _lane),
    _check("RSK-03", "risk", INFO, "findings", _lane),
)

BY_CODE: Mapping[str, Check] = {check.code: check for check in CHECKS}
#: what each check weighs when neither the case nor a table says otherwise
USUAL: Mapping[str, Severity] = {check.code: check.severity for check in CHECKS}


def run_checks(case: Case, codes: Iterable[str] | None = None) -> list[Finding]:
    """Run the checks named (all when None) and give their findings in the order of :data:`CHECKS`.

    One finding a check and target: the more severe of two stays; then the administrator's severities apply.
    Findings of the importer under any code are kept. Raises KeyError for a code that is no check.
    """
    wanted = CHECKS if codes is None else tuple(BY_CODE[code] for code in codes)
    return settled(case, (raw_findings(case, check) for check in wanted))


def raw_findings(case: Case, check: Check) -> tuple[Finding, ...]:
    """What one check finds, with what the importer found under its code; not yet one a target."""
    return (*_also_imported(case, check), *check.judge(case))


def settled(case: Case, raw: Iterable[Iterable[Finding]]) -> list[Finding]:
    """One finding a check and target of all that was found, weighed by the administrator's severities."""
    found: dict[tuple[str, str], Finding] = {}
    for results in raw:
        for result in results:
            key = (result.check, result.target)
            held = found.get(key)
            if held is None or _outweighs(result, held):
                found[key] = result
    return weighed(list(found.values()), case.reference.severities, USUAL)


def _also_imported(case: Case, check: Check) -> list[Finding]:
    return [] if check.family == "import" else [found for found in case.imported if found.check == check.code]


def _outweighs(new: Finding, old: Finding) -> bool:
    if new.cannot_tell != old.cannot_tell:
        return old.cannot_tell
    return new.severity.rank > old.severity.rank

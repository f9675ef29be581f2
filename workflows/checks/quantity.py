"""QTY: counts. Chapter 6.3 of the domain notes: the tolerance of a count is zero."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from workflows.checks.case import Case
from workflows.checks.facts import cannot_tell, finding
from workflows.checks.header import line_packages, number_in
from workflows.checks.identity import declared_ssccs, scanned_ssccs, sscc_of, sscc_value
from workflows.checks.wagons import line_of_wagon
from workflows.findings import Finding, Severity
from workflows.identifiers import Identifier, Kind, propose, read_as
from workflows.papers import Line


def count_differs(case: Case) -> Iterator[Finding]:
    """QTY-01: what was counted by hand or scanned differs from what the papers declare.

    A count of a line, wagon or unit is compared with that row; a count without one with the whole. Scans are
    compared as labelled units when the papers name SSCCs. Equal counts with another label among them are a
    warning: a person matches the labels.
    """
    yield from _by_hand(case)
    yield from _by_scan(case)


def _by_hand(case: Case) -> Iterator[Finding]:
    lines = {line.no: line for line in case.papers.lines}
    units = {unit.no: unit for unit in case.papers.units}
    for count in case.observations.counts:
        declared: int | None
        if count.line is not None:
            target, line = f"line:{count.line}", lines.get(count.line)
            declared = line.packages if line else 0
        elif count.wagon is not None:
            target, line = f"wagon:{count.wagon}", line_of_wagon(case, count.wagon)
            declared = line.packages if line else None
        elif count.unit is not None:
            target, unit = f"unit:{count.unit}", units.get(count.unit)
            declared = unit.packages if unit else None
        else:
            target, declared = "consignment", case.papers.declared.packages
            if declared is None:
                declared = line_packages(case)
        if declared is None:
            yield cannot_tell("QTY-01", target, "declared_count", counted=count.packages)
        elif declared != count.packages:
            yield finding(
                "QTY-01", Severity.HOLD, target, declared=declared, counted=count.packages, tolerance=0
            )


def _by_scan(case: Case) -> Iterator[Finding]:
    scans, rows = case.observations.scans, declared_ssccs(case)
    if not scans or not rows:
        return
    seen = scanned_ssccs(case)
    if not seen:
        return
    on_paper = {sscc_value(text) for _, text in rows}
    declared = len(case.papers.units) if case.papers.units else len(on_paper)
    things = {scan.physical_unit for scan in scans if scan.physical_unit is not None and sscc_of(case, scan)}
    unnumbered = {code for scan in scans if scan.physical_unit is None and (code := sscc_of(case, scan))}
    numbered = {code for scan in scans if scan.physical_unit is not None and (code := sscc_of(case, scan))}
    counted = len(things) + len(unnumbered - numbered)
    wrong = [code for code in on_paper if not isinstance(read_as(Kind.SSCC, code), Identifier)]
    explained = {near for code in wrong if (near := propose(code, seen))}
    unexpected = sorted(set(seen) - on_paper - explained)
    missing = sorted(on_paper - set(seen) - {code for code in wrong if propose(code, seen)})
    facts = {"declared": declared, "counted": counted, "not_seen": missing, "not_declared": unexpected}
    if counted != declared:
        yield finding("QTY-01", Severity.HOLD, "consignment", **facts, tolerance=0)
    elif unexpected:
        yield finding("QTY-01", Severity.WARN, "consignment", **facts, tolerance=0)


def line_arithmetic(case: Case) -> Iterator[Finding]:
    """QTY-02: quantity x per-unit figure differs from the line's total by more than 0.5 % and one unit of the last digit.

    Of values as stated; of weights when the weight of one piece or package fits neither the gross nor the net.
    """
    for line in case.papers.lines:
        yield from _weight_of_one(line)
        price, total = number_in(line.raw.get("unit_value")), number_in(line.raw.get("total_value"))
        if line.quantity is None or price is None or total is None:
            continue
        product = line.quantity * price
        if _apart(product, total):
            yield finding(
                "QTY-02",
                Severity.WARN,
                f"line:{line.no}",
                quantity=line.quantity,
                unit_value=price,
                product=product,
                total=total,
            )


def _weight_of_one(line: Line) -> Iterator[Finding]:
    one = number_in(line.raw.get("per_unit_kg"))
    counts = [Decimal(count) for count in (line.quantity, line.packages) if count]
    totals = [total for total in (line.gross_kg, line.net_kg) if total]
    if one is None or not counts or not totals:
        return
    products = [count * one for count in counts]
    if any(not _apart(product, total) for product in products for total in totals):
        return
    yield finding(
        "QTY-02",
        Severity.WARN,
        f"line:{line.no}",
        quantity=counts[0],
        unit_value=one,
        product=products[0],
        total=totals[0],
    )


def _apart(product: Decimal, total: Decimal) -> bool:
    last = Decimal(1).scaleb(min(int(total.as_tuple().exponent), 0))
    return abs(product - total) > abs(total) * Decimal("0.005") and abs(product - total) > last


def packages_differ_from_header(case: Case) -> Iterator[Finding]:
    """QTY-03: the packages of the lines, or of a list of units of the same kind, do not add up to the header, at all."""
    declared = case.papers.declared.packages
    total = line_packages(case)
    stated = declared if declared is not None else total
    if declared is not None and case.papers.lines and total is None:
        silent = [line.no for line in case.papers.lines if line.packages is None]
        yield cannot_tell("QTY-03", "consignment", "line_packages", lines=silent, declared=declared)
    elif (
        declared is not None
        and total is not None
        and abs(total - declared) > case.reference.tolerances.header_packages
    ):
        yield finding(
            "QTY-03",
            Severity.HOLD,
            "consignment",
            declared=declared,
            lines=total,
            difference=total - declared,
        )
    elif stated is not None and (units := _unit_packages(case)) is not None and units != stated:
        yield finding(
            "QTY-03", Severity.HOLD, "consignment", declared=stated, lines=units, difference=units - stated
        )


def _unit_packages(case: Case) -> int | None:
    """What a unit list adds up to, when its units are the packages of the lines (one kind on both)."""
    kinds = {unit.package_type for unit in case.papers.units} | {
        line.package_type for line in case.papers.lines
    }
    if not case.papers.units or len(kinds) != 1 or None in kinds:
        return None
    return sum(unit.packages if unit.packages is not None else 1 for unit in case.papers.units)

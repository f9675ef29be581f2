"""ID: numbers that prove themselves by a check digit. Chapter 7 of the domain notes.

Sources: GS1 General Specifications (SSCC, GTIN, GLN, GSIN), ISO 6346 (containers), UIC 438-2 and the 1,520 mm
network (wagons), IATA (air waybill), ICAO 9303 (passport zone), TIR convention (carnet form).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from workflows.checks.case import Case, ScanSeen, add_months
from workflows.checks.facts import finding
from workflows.findings import Finding, Severity
from workflows.identifiers import (
    Identifier,
    Kind,
    Unreadable,
    fold_code,
    normalise_seal,
    propose,
    read_as,
    resolve,
)

#: Package types that make a row of count 1 a whole unit: pallet, case.
WHOLE = frozenset({"PX", "CS"})


def read_scan(case: Case, scan: ScanSeen) -> Identifier | Unreadable:
    """What a scan says; never raises."""
    return resolve(scan.raw, today=case.context.today)


def sscc_of(case: Case, scan: ScanSeen) -> str | None:
    """The SSCC a scan carries, or None."""
    result = read_scan(case, scan)
    return result.value if isinstance(result, Identifier) and result.kind is Kind.SSCC else None


def scanned_ssccs(case: Case) -> list[str]:
    """Distinct SSCCs scanned, in order of first sight."""
    return list(dict.fromkeys(code for scan in case.observations.scans if (code := sscc_of(case, scan))))


def sscc_value(text: str) -> str:
    """An SSCC as on a paper in its canonical form; a wrong one is folded only."""
    result = read_as(Kind.SSCC, text)
    return result.value if isinstance(result, Identifier) else fold_code(text).text


def declared_ssccs(case: Case) -> list[tuple[str, str]]:
    """(target, SSCC as on the paper) of every row that names one."""
    if case.papers.units:
        return [(f"unit:{unit.no}", unit.sscc) for unit in case.papers.units if unit.sscc]
    return [(f"line:{line.no}", line.sscc) for line in case.papers.lines if line.sscc]


def wrong_sscc(case: Case) -> Iterator[Finding]:
    """ID-01: an SSCC of the papers or of a label fails: length, characters or check digit (GS1 mod 10)."""
    seen = scanned_ssccs(case)
    declared = declared_ssccs(case)
    for target, text in declared:
        result = read_as(Kind.SSCC, text)
        if isinstance(result, Unreadable):
            near = propose(text, seen)
            facts = {"sscc": text, "reason": result.reason.value, **dict(result.facts)}
            yield finding("ID-01", Severity.HOLD, target, **facts, proposal=near or result.proposal)
    on_paper = {sscc_value(text) for _, text in declared}
    for scan in case.observations.scans:
        read = read_scan(case, scan)
        if isinstance(read, Unreadable) and read.kind is Kind.SSCC:
            if any(code in fold_code(scan.raw).text for code in on_paper):
                continue  # the paper's own wrong number, reported there
            target = f"unit:{scan.physical_unit}" if scan.physical_unit is not None else "consignment"
            yield finding(
                "ID-01", Severity.HOLD, target, sscc=scan.raw, reason=read.reason.value, **dict(read.facts)
            )


def repeated_sscc(case: Case) -> Iterator[Finding]:
    """ID-02: two whole units with one SSCC, on paper or on two physical things.

    Several item rows with one SSCC are a mixed pallet. The same label read twice is one read unless it is known
    that it stuck on two things.
    """
    done: set[str] = set()
    rows: dict[str, list[str]] = defaultdict(list)
    for unit in case.papers.units:
        if (
            unit.sscc
            and (unit.packages in (None, 1))
            and (unit.package_type is None or unit.package_type in WHOLE)
        ):
            rows[sscc_value(unit.sscc)].append(f"unit:{unit.no}")
    for line in case.papers.lines if not case.papers.units else ():
        if line.sscc and line.packages == 1 and line.package_type in WHOLE:
            rows[sscc_value(line.sscc)].append(f"line:{line.no}")
    for sscc, targets in rows.items():
        for target in targets[1:]:
            done.add(target)
            yield finding("ID-02", Severity.HOLD, target, sscc=sscc, first=targets[0])
    things: dict[str, list[int]] = defaultdict(list)
    for scan in case.observations.scans:
        code = sscc_of(case, scan)
        if code and scan.physical_unit is not None and scan.physical_unit not in things[code]:
            things[code].append(scan.physical_unit)
    for sscc, units in things.items():
        for number in units[1:]:
            if f"unit:{number}" not in done and not (len(rows.get(sscc, ())) > 1):
                yield finding("ID-02", Severity.HOLD, f"unit:{number}", sscc=sscc, first=f"unit:{units[0]}")


def sscc_in_use(case: Case) -> Iterator[Finding]:
    """ID-03: the SSCC is open in another consignment, or was used less than 12 months ago (GS1)."""
    uses = defaultdict(list)
    for use in case.context.open_sscc:
        uses[sscc_value(use.sscc)].append(use)
    reported: set[str] = set()
    rows = declared_ssccs(case) + [("consignment", code) for code in scanned_ssccs(case)]
    for target, text in rows:
        code = sscc_value(text)
        if target == "consignment" and code in reported:
            continue
        for use in uses.get(code, ()):
            if use.reference is not None and use.reference == case.papers.reference:
                continue
            if use.last_used is not None and add_months(use.last_used, 12) <= case.context.today:
                continue
            reported.add(code)
            yield finding(
                "ID-03", Severity.HOLD, target, sscc=code, other=use.reference, last_used=use.last_used
            )
            break


def wrong_gs1_key(case: Case) -> Iterator[Finding]:
    """ID-04: check digit of a GTIN, GLN, GSIN or GDTI, on paper or in a label (GS1 mod 10)."""
    for line in case.papers.lines:
        if line.gtin and isinstance(result := read_as(Kind.GTIN, line.gtin), Unreadable):
            yield finding(
                "ID-04", Severity.WARN, f"line:{line.no}", kind="GTIN", code=line.gtin, **dict(result.facts)
            )
    for scan in case.observations.scans:
        result = read_scan(case, scan)
        if isinstance(result, Unreadable) and result.check == "ID-04" and result.kind is not None:
            target = f"unit:{scan.physical_unit}" if scan.physical_unit is not None else "consignment"
            yield finding(
                "ID-04", Severity.WARN, target, kind=result.kind.value, code=scan.raw, **dict(result.facts)
            )


def wrong_container(case: Case) -> Iterator[Finding]:
    """ID-05: form or check digit of a container number (ISO 6346; remainder 10 is written 0)."""
    own = fold_code(case.papers.container or "").text
    first_line: dict[str, int] = {}
    for line in case.papers.lines:
        if line.container:
            first_line.setdefault(fold_code(line.container).text, line.no)
    numbers = ([own] if own else []) + [code for code in first_line if code != own]
    for code in numbers:
        result = read_as(Kind.CONTAINER, code)
        if isinstance(result, Unreadable):
            alone = code == own or len(numbers) == 1
            target = "container" if alone else f"line:{first_line[code]}"
            yield finding(
                "ID-05",
                Severity.HOLD,
                target,
                container=code,
                reason=result.reason.value,
                **dict(result.facts),
            )


def wrong_wagon(case: Case) -> Iterator[Finding]:
    """ID-06: check digit of a wagon number, 8 digits (1,520 mm network) or 12 (UIC), Luhn."""
    seen = [read.wagon for read in case.observations.wagons]
    for line in case.papers.lines:
        if line.wagon and isinstance(result := read_as(Kind.WAGON, line.wagon), Unreadable):
            near = propose(line.wagon, [w for w in seen if isinstance(read_as(Kind.WAGON, w), Identifier)])
            yield finding(
                "ID-06",
                Severity.HOLD,
                f"line:{line.no}",
                wagon=line.wagon,
                reason=result.reason.value,
                proposal=near,
                **dict(result.facts),
            )


def wrong_air_waybill(case: Case) -> Iterator[Finding]:
    """ID-07: the last digit of an air waybill is its serial modulo 7 (IATA)."""
    for paper in case.documents("AWB"):
        result = read_as(Kind.AWB, paper.number)
        if isinstance(result, Unreadable):
            yield finding(
                "ID-07",
                Severity.HOLD,
                "document:AWB",
                number=paper.number,
                reason=result.reason.value,
                **dict(result.facts),
            )


def unknown_plate(case: Case) -> Iterator[Finding]:
    """ID-08: a plate of no known form (plates.json); a warning only, tables age."""
    vehicle = case.papers.vehicle
    for target, text in (
        ("vehicle:plate", vehicle.plate if vehicle else None),
        ("vehicle:trailer", vehicle.trailer if vehicle else None),
    ):
        if text and isinstance(read_as(Kind.PLATE, text), Unreadable):
            yield finding("ID-08", Severity.WARN, target, plate=text)


def malformed_label(case: Case) -> Iterator[Finding]:
    """ID-09: a GS1 element string with an unknown AI, a wrong length, a lost separator or a missing companion."""
    for scan in case.observations.scans:
        result = read_scan(case, scan)
        target = f"unit:{scan.physical_unit}" if scan.physical_unit is not None else "consignment"
        if isinstance(result, Unreadable):
            if result.check == "ID-09":
                yield finding(
                    "ID-09",
                    Severity.WARN,
                    target,
                    code=scan.raw,
                    reason=result.reason.value,
                    **dict(result.facts),
                )
            continue
        for note in result.notes:
            if note.check == "ID-09":
                yield finding(
                    "ID-09", Severity.WARN, target, code=scan.raw, reason=note.code.value, **dict(note.facts)
                )
                break


def wrong_passport(case: Case) -> Iterator[Finding]:
    """ID-10: any check digit of the machine-readable zone fails (ICAO 9303, TD3)."""
    for read in case.observations.passports:
        if read.holder is not None:
            continue
        result = read_as(Kind.PASSPORT, "\n".join(read.lines))
        if isinstance(result, Unreadable):
            yield finding(
                "ID-10", Severity.HOLD, "document:DRIVER_ID", reason=result.reason.value, **dict(result.facts)
            )


def wrong_carnet(case: Case) -> Iterator[Finding]:
    """ID-11: a TIR carnet number is two letters and 8 or 9 digits; its inner check is not published."""
    for paper in case.documents("TIR"):
        if isinstance(result := read_as(Kind.TIR_CARNET, paper.number), Unreadable):
            yield finding("ID-11", Severity.WARN, "document:TIR", number=paper.number, **dict(result.facts))
        holder = paper.fields.get("holder")
        if isinstance(holder, str) and isinstance(result := read_as(Kind.TIR_HOLDER, holder), Unreadable):
            yield finding("ID-11", Severity.WARN, "document:TIR", number=holder, **dict(result.facts))


def lookalike_letters(case: Case) -> Iterator[Finding]:
    """DAT-02: a code on the papers had look-alike letters of another alphabet; the folded value is used. Chapter 7."""
    vehicle = case.papers.vehicle
    codes = [
        ("vehicle:plate", vehicle.plate if vehicle else None),
        ("vehicle:trailer", vehicle.trailer if vehicle else None),
        ("container", case.papers.container),
        ("vehicle", case.papers.seal),
    ]
    for target, text in codes:
        if text and (found := fold_code(text).lookalikes):
            folded = normalise_seal(text)
            yield finding("DAT-02", Severity.WARN, target, code=text, folded=folded, letters=" ".join(found))

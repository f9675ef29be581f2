"""How tables fall together: which list the goods, which list labelled units, which say the same twice.

Rules, in this order:

1. A table of labelled units (an SSCC in every row, at most one package a row) beside another list of goods
   lists units, unless it is the more detailed of the two (tariff codes, batches, net weights the other lacks).
2. Of two tables that describe the same goods (sums of packages and gross agree, or they share most of their
   labels or wagons) the one with more rows and columns gives the lines; the other is kept for comparing.
3. All other tables follow one another as lines: several sheets, several trucks.

Lines and units are numbered through from 1 in the order of files and sheets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from terminal.importing.results import ParsedTable
from workflows.findings import Finding
from workflows.papers import DeclaredUnit, Line

_UNIT_NAME = re.compile(r"unit|pallet|palet|паллет|поддон|birlik|бирлик|sscc|label|place|мест", re.IGNORECASE)
_DETAIL = ("hs_code", "batch", "expiry_date", "best_before", "net_kg", "un_number", "production_date")


@dataclass(frozen=True, slots=True)
class Arranged:
    """Lines, units and findings of several tables, numbered through; ``spare`` tables say the same again."""

    lines: tuple[Line, ...]
    units: tuple[DeclaredUnit, ...]
    findings: tuple[Finding, ...]
    spare: tuple[ParsedTable, ...] = ()


def arrange(tables: Sequence[tuple[str, ParsedTable]], *, noted: bool = False) -> Arranged:
    """Let tables fall into lines and units; each comes with the name of its file.

    ``noted`` says that a consignment note names the goods in a word, so that a bare list of labels beside it
    lists units.
    """
    unit_lists, goods, spare = _sort(tables, noted)
    lines: list[Line] = []
    units: list[DeclaredUnit] = []
    findings: list[Finding] = []
    several = len({name for name, _ in tables}) > 1
    for name, table in goods:
        start = len(lines)
        source = f"{name}:{table.sheet}" if several and table.sheet != name else name
        if start == 0 and table.sheet == source:
            lines.extend(table.lines)
        else:
            lines.extend(replace(line, no=start + line.no, source=source) for line in table.lines)
        findings.extend(_moved(finding, "line", start) for finding in table.findings)
    for _, table in unit_lists:
        start = len(units)
        units.extend(_unit(line, start) for line in table.lines)
        findings.extend(_moved(finding, "unit", start) for finding in table.findings)
    return Arranged(tuple(lines), tuple(units), tuple(findings), tuple(table for _, table in spare))


def _moved(finding: Finding, word: str, start: int) -> Finding:
    kind, colon, number = finding.target.partition(":")
    if kind != "line" or not colon:
        return finding
    facts = dict(finding.facts)
    twin = str(facts.get("same_as", ""))
    if twin.startswith("line:"):
        facts["same_as"] = f"{word}:{start + int(twin[5:])}"
    return replace(finding, target=f"{word}:{start + int(number)}", facts=facts)


def _unit(line: Line, start: int) -> DeclaredUnit:
    return DeclaredUnit(
        no=start + line.no,
        sscc=line.sscc,
        description=line.description,
        package_type=line.package_type,
        packages=line.packages,
        quantity=line.quantity,
        gross_kg=line.gross_kg,
        parent_sscc=line.raw.get("parent_sscc"),
        raw=line.raw,
    )


Named = tuple[str, ParsedTable]


def _sort(tables: Sequence[Named], noted: bool) -> tuple[list[Named], list[Named], list[Named]]:
    filled = [named for named in tables if named[1].lines]
    candidates = [named for named in filled if _lists_units(named[1])]
    others = [named for named in filled if named not in candidates]
    bare = [named for named in candidates if "description" not in named[1].columns]
    units: list[Named] = []
    goods: list[Named] = list(others)
    spare: list[Named] = []
    for named in candidates:
        if named in bare:
            units.append(named)
        elif (not others and not noted) or _richer(named, others):
            goods.append(named)
        else:
            units.append(named)
    goods.sort(key=filled.index)
    if len(goods) > 1:
        goods, spare = _without_repeats(goods)
    return units, goods, spare


def _lists_units(table: ParsedTable) -> bool:
    lines = table.lines
    labelled = sum(line.sscc is not None for line in lines)
    return labelled >= 0.8 * len(lines) and all(line.packages in (None, 1) for line in lines)


def _richer(named: Named, others: Sequence[Named]) -> bool:
    """True when a list of labels says more about the goods than every other list: then it is the packing list."""
    name, table = named
    if _UNIT_NAME.search(name) or _UNIT_NAME.search(table.sheet):
        return False
    own = {field for field in _DETAIL if field in table.columns}
    return bool(own) and all(not own <= other.columns.keys() for _, other in others)


def _without_repeats(goods: list[Named]) -> tuple[list[Named], list[Named]]:
    kept: list[Named] = []
    spare: list[Named] = []
    for named in sorted(goods, key=lambda n: (-_detail(n[1]), goods.index(n))):
        if any(named[0] != other[0] and same_goods(named[1], other[1]) for other in kept):
            spare.append(named)
        else:
            kept.append(named)
    kept.sort(key=goods.index)
    return kept, spare


def _detail(table: ParsedTable) -> int:
    return len(table.lines) * 10 + len(table.columns)


def _sum(table: ParsedTable, name: str) -> Decimal:
    values = [getattr(line, name) for line in table.lines]
    return sum((Decimal(value) for value in values if value is not None), Decimal(0))


def same_goods(left: ParsedTable, right: ParsedTable) -> bool:
    """True when two tables describe the same goods: equal sums, or most labels or wagons in common."""
    for name in ("sscc", "wagon"):
        ours = {value for line in left.lines if (value := getattr(line, name))}
        theirs = {value for line in right.lines if (value := getattr(line, name))}
        if ours and theirs and 2 * len(ours & theirs) >= min(len(ours), len(theirs)):
            return True
    packages = _sum(left, "packages"), _sum(right, "packages")
    gross = _sum(left, "gross_kg"), _sum(right, "gross_kg")
    if not all(gross) or not all(packages):
        return bool(all(gross)) and gross[0] == gross[1]
    return packages[0] == packages[1] and abs(gross[0] - gross[1]) <= max(gross) * Decimal("0.005")

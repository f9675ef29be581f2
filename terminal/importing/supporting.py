"""Weights with two readings, supported by the total that was declared for the whole consignment.

Support proposes and never decides: the question stays open (check DAT-05), a person confirms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product

from terminal.importing.arranging import Arranged
from workflows.findings import Finding
from workflows.papers import Line

#: lines in doubt that are tried in every combination; more than that and nothing is proposed
_MOST = 10
#: sum of lines against the total: half a percent or 20 kg (tolerances.json, header_sum)
_RELATIVE, _ABSOLUTE = Decimal("0.005"), Decimal(20)


def with_support(arranged: Arranged, declared_kg: Decimal | None) -> Arranged:
    """Lines whose gross weight (kg) has two readings, with the one that fits the declared total, where only one does."""
    doubts = {f.target: f for f in arranged.findings if _is_doubt(f)}
    silent = [line for line in arranged.lines if line.gross_kg is None]
    asked = [(line, doubts[target]) for line in silent if (target := f"line:{line.no}") in doubts]
    if not declared_kg or not asked or len(asked) != len(silent) or len(asked) > _MOST:
        return arranged
    picked = _fitting(declared_kg, arranged.lines, [_readings(finding) for _, finding in asked])
    if picked is None:
        return arranged
    weights = {line.no: kg for (line, _), kg in zip(asked, picked, strict=True)}
    supported = {finding.target: weights[line.no] for line, finding in asked}
    return replace(
        arranged,
        lines=tuple(replace(line, gross_kg=weights.get(line.no, line.gross_kg)) for line in arranged.lines),
        findings=tuple(_proposing(f, supported) if _is_doubt(f) else f for f in arranged.findings),
    )


def _is_doubt(finding: Finding) -> bool:
    of_gross = finding.check == "DAT-05" and finding.facts.get("field") == "gross_kg"
    return of_gross and "kg" in finding.facts and "proposal" not in finding.facts


def _readings(finding: Finding) -> tuple[Decimal, ...]:
    return tuple(Decimal(text) for text in finding.facts["kg"])


def _fitting(
    declared: Decimal, lines: Sequence[Line], readings: Sequence[tuple[Decimal, ...]]
) -> tuple[Decimal, ...] | None:
    known = sum((line.gross_kg for line in lines if line.gross_kg is not None), Decimal(0))
    limit = max(declared * _RELATIVE, _ABSOLUTE)
    fits = [choice for choice in product(*readings) if abs(known + sum(choice) - declared) <= limit]
    return fits[0] if len(fits) == 1 else None


def _proposing(finding: Finding, supported: dict[str, Decimal]) -> Finding:
    kg = supported.get(finding.target)
    if kg is None:
        return finding
    place = _readings(finding).index(kg)
    facts = {**finding.facts, "proposal": finding.facts["readings"][place], "support": "declared"}
    return replace(finding, facts=facts)

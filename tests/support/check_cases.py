"""Small cases: papers of one consignment with every field at a harmless default."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from workflows.checks.case import Case, CheckContext, Observations
from workflows.checks.registry import run_checks
from workflows.findings import Finding, Severity
from workflows.papers import Document, Line, Mode, PaperDate, Papers
from workflows.screening import ListEntry, SanctionsList

AS_OF = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)  # 09:00 in Tashkent
ARRIVAL = date(2026, 11, 20)
NOBODY = SanctionsList((ListEntry("QDe.999", False, "ENTIRELY INVENTED BRIGADE"),), loaded_at=AS_OF)


def line(
    no: int = 1, description: str = "Blanket, fleece", hs_code: str | None = "630140", **fields: Any
) -> Line:
    return Line(no, description, hs_code=hs_code, **fields)


def day(*readings: date, text: str = "", precision: str = "day") -> PaperDate:
    return PaperDate(text or " or ".join(map(str, readings)) or "?", readings, precision)


def paper(kind: str, number: str = "X-1", **fields: Any) -> Document:
    return Document(kind, number, **fields)


def a_case(
    *lines: Line,
    mode: Mode = Mode.ROAD,
    observations: Observations | None = None,
    context: dict[str, Any] | None = None,
    **papers: Any,
) -> Case:
    """A case of these lines; keyword arguments go to the papers, ``context`` to the context."""
    known = {"as_of": AS_OF, "arrival": ARRIVAL, "sanctions": NOBODY, **(context or {})}
    defaults = {"sender": "Agency A", "consignee": "Agency A Country Office", "consignee_place": "AFMZR"}
    return Case(
        Papers(reference="TEST-1", mode=mode, lines=lines, **(defaults | papers)),
        CheckContext(**known),
        observations or Observations(),
    )


def fired(case: Case, *codes: str, least: Severity = Severity.WARN) -> set[str]:
    """``CHECK@target`` of the findings of these checks with at least that severity; unknowns as ``?CHECK@target``."""
    return {
        _name(f) for f in run_checks(case, codes or None) if f.cannot_tell or f.severity.rank >= least.rank
    }


def _name(found: Finding) -> str:
    return f"{'?' if found.cannot_tell else ''}{found.check}@{found.target}"

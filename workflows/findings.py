"""Findings: what a check says, in one shape for the importer, the rules and the screens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much a finding weighs. BLOCK is never waived; a HOLD may be lifted by the role that owns it."""

    INFO = "INFO"
    WARN = "WARN"
    HOLD = "HOLD"
    BLOCK = "BLOCK"

    @property
    def rank(self) -> int:
        """INFO 0 ... BLOCK 3, for taking the highest."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check found.

    ``check`` is the code of checks.csv; ``target`` names what it is about: ``consignment``, ``line:N``,
    ``unit:N``, ``bay:X``, ``vehicle``, ``vehicle:plate``, ``vehicle:trailer``, ``wagon:NUMBER``, ``container``,
    ``document:TYPE``, ``party:ROLE``; ``facts`` carries the figures a person needs to agree or disagree
    (JSON-able; weights as decimal text in kg). ``cannot_tell`` marks a check that lacked facts: it is shown
    and never counts as a pass; ``would_be`` is what the check weighs when it fires (None: a check that told, or a run
    of before this was kept).
    """

    check: str
    severity: Severity
    target: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    cannot_tell: bool = False
    would_be: Severity | None = field(default=None, compare=False)

"""The checks: pure rules with stable codes over one :class:`Case`, three-valued (fires, does not, cannot tell)."""

from workflows.checks.case import Case, CheckContext, Observations, ProcessFacts
from workflows.checks.reference import Reference, default_reference, load_reference
from workflows.checks.registry import BY_CODE, CHECKS, Check, run_checks

__all__ = [
    "BY_CODE",
    "CHECKS",
    "Case",
    "Check",
    "CheckContext",
    "Observations",
    "ProcessFacts",
    "Reference",
    "default_reference",
    "load_reference",
    "run_checks",
]

"""Small helpers the checks share: findings with plain facts, numbers as text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from workflows.findings import Finding, Severity


def plain(value: Any) -> Any:
    """A fact as JSON carries it: Decimal and dates as text, tuples as lists."""
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return value


def finding(check: str, severity: Severity, target: str, **facts: Any) -> Finding:
    """A finding whose facts are plain."""
    return Finding(check, severity, target, {key: plain(value) for key, value in facts.items()})


def cannot_tell(check: str, target: str, missing: str, **facts: Any) -> Finding:
    """A check that lacked facts: shown as such, never a pass. ``missing`` is a code, see the texts."""
    return Finding(
        check,
        Severity.INFO,
        target,
        {"missing": missing, **{key: plain(value) for key, value in facts.items()}},
        cannot_tell=True,
    )

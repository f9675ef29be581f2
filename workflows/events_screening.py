"""What screening of a vehicle by itself brings to the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from workflows.event_base import Event
from workflows.findings import Finding


@dataclass(frozen=True, slots=True)
class VisitScreened(Event):
    """A vehicle that carries nothing was screened: plates, driver, and whether its empty weight could be compared.

    ``basis`` is the SHA-256 of the manifest of rules and data, as with ``ChecksRun``. For those who read the results of
    screening only.
    """

    shared: ClassVar[bool] = False

    findings: tuple[Finding, ...]
    rules_version: str
    basis: str | None = None


KINDS: tuple[type[Event], ...] = (VisitScreened,)
NAMES: frozenset[str] = frozenset(kind.__name__ for kind in KINDS)

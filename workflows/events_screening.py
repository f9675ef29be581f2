"""What looking at a vehicle itself brings to the journal: screening without cargo, and the seals found on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from workflows.event_base import Event
from workflows.findings import Finding
from workflows.state import Seal


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


@dataclass(frozen=True, slots=True)
class SealsSeen(Event):
    """The seals of a vehicle that is inside and not opened yet, as somebody found them; replaces what was seen before."""

    seals: tuple[Seal, ...]


KINDS: tuple[type[Event], ...] = (VisitScreened, SealsSeen)
#: events for those who read the results of screening
NAMES: frozenset[str] = frozenset({VisitScreened.__name__})

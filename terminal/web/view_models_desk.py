"""What the desks of officers show: the queue of holds, and an approval before it is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from terminal.web.view_models import DocumentView, VisitRow


@dataclass(frozen=True, slots=True)
class Waiting:
    """What stands behind a hold: units at the terminal, and vehicles inside (id and plate)."""

    units: int
    visits: tuple[tuple[str, str], ...] = ()
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Together:
    """Holds of one check and one authority whose cause is gone; ``refs`` name the consignment of each of ``ids``."""

    check: str
    check_title: str
    authority: str
    ids: tuple[str, ...]
    refs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fallen:
    """An approval that fell away and was not given again: whose it was, why, when; ``mine`` when the reader gave it."""

    ref: str
    kind: str
    by: str
    why: str
    at: datetime
    mine: bool


@dataclass(frozen=True, slots=True)
class PartUnit:
    """One unit in the list of a partial approval; ``why`` (a word of ``part_state``) says why it cannot be covered now."""

    label: str
    description: str
    gross_kg: Decimal | None
    stage: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """What an approval covers, what stands in the way, and who may not give it. Weights in kg."""

    kind: str
    ref: str
    sender: str
    consignee: str
    digest: str  # SHA-256 (hex) of the protected facts
    lines: int
    packages: int | None
    units: int
    units_seen: int
    units_held: int
    declared_kg: Decimal | None
    measured_kg: Decimal | None
    visits: tuple[VisitRow, ...] = ()
    plate: str = ""
    seal: str = ""
    documents: tuple[DocumentView, ...] = ()
    missing: tuple[str, ...] = ()  # sentences
    barred: tuple[tuple[str, str], ...] = ()  # name, why
    roles: tuple[str, ...] = ()
    partly: bool = False  # some of its units, not everything that is left
    part_units: tuple[PartUnit, ...] = ()  # units that stand here, in the order of their labels
    rest: tuple[str, ...] = ()  # where a part went before: the labels that are left
    gone: int = 0  # units that have left
    released: int = 0  # units that both approvals cover and that are still here
    vehicles: tuple[tuple[str, str], ...] = ()  # (id, plate) of those that may be named
    mine: bool = False  # the reader may give it now
    why_not: str = ""

    @property
    def difference_kg(self) -> Decimal | None:
        """Measured minus declared; None when one of them is not known."""
        if self.measured_kg is None or self.declared_kg is None:
            return None
        return self.measured_kg - self.declared_kg

"""What tallies and stock counts leave behind: frozen values, weights in kg, times UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class LabelDifference:
    """A sender's label said something else than the packing list: ``field`` is batch, expiry or count."""

    unit: str
    field: str
    said: str
    listed: str
    at: datetime
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How a tally was closed by a person. Labels are those of the units; ``counts`` line -> packages counted by hand."""

    at: datetime
    by: str
    declared: int
    seen: int
    missing: tuple[str, ...] = ()
    surplus: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    note: str = ""


class UndoReason(StrEnum):
    """Why a scan is undone. Closed: a thumb in a glove chooses one of these."""

    WRONG_UNIT = "WRONG_UNIT"  # another unit was meant
    WRONG_PLACE = "WRONG_PLACE"  # another bay was meant
    WRONG_VEHICLE = "WRONG_VEHICLE"  # another vehicle was meant
    NOT_MOVED = "NOT_MOVED"  # scanned, but the goods stayed where they were
    OTHER = "OTHER"  # said in words


class DifferenceKind(StrEnum):
    """What a stock count found otherwise than the books say."""

    MISSING = "MISSING"  # the books say that it stands here, nobody saw it
    MOVED = "MOVED"  # it stands here, the books say elsewhere
    UNEXPECTED = "UNEXPECTED"  # the books do not know that it is in the terminal at all


class Settlement(StrEnum):
    """What a supervisor decided about one difference."""

    CORRECTED = "CORRECTED"  # MOVED: the books follow what was counted
    LOST = "LOST"  # MISSING: it is reported lost
    LEFT = "LEFT"  # the books stay as they are, with a reason
    RECOUNT = "RECOUNT"  # it is looked for again


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: the label, where the count found it (``counted``), and what the books say (place, stage)."""

    label: str
    kind: DifferenceKind
    counted: str | None = None
    place: str | None = None
    stage: str = ""
    consignment: str | None = None
    settlement: Settlement | None = None
    note: str = ""


class CountState(StrEnum):
    """A count is made, then waits for review, then is over."""

    OPEN = "OPEN"
    REVIEW = "REVIEW"
    OVER = "OVER"


@dataclass(frozen=True, slots=True)
class Count:
    """One stock count of a zone: its places, and label -> place for everything that was scanned."""

    id: str
    zone: str
    places: tuple[str, ...]
    state: CountState
    opened_by: str
    opened_at: datetime
    seen: Mapping[str, str] = field(default_factory=dict)
    expected: int = 0
    differences: tuple[Difference, ...] = ()
    counted_by: tuple[str, ...] = ()
    closed_by: str | None = None
    closed_at: datetime | None = None
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None

    @property
    def waiting(self) -> tuple[Difference, ...]:
        """Differences that nobody has decided on."""
        return tuple(one for one in self.differences if one.settlement is None)

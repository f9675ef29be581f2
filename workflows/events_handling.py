"""What happens to units in the hall: found, split, put together, damaged; tallies closed, stock counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar

from workflows.event_base import Event
from workflows.handling_state import Difference, Settlement, UndoReason
from workflows.stages import Stage


@dataclass(frozen=True, slots=True)
class UnitFound(Event):
    """A unit that no paper names by label was received: it got our label, or carries one that nobody announced.

    ``condition`` SURPLUS when the papers know nothing of it.
    """

    consignment: str
    line: int | None = None
    gross_kg: Decimal | None = None
    condition: str = "GOOD"
    place: str | None = None
    visit: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class UnitParted(Event):
    """A new unit was made out of another one (``source``), and stands where that one stands."""

    consignment: str
    source: str
    stage: Stage
    gross_kg: Decimal | None
    place: str | None = None
    line: int | None = None
    condition: str = "GOOD"
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class UnitSplit(Event):
    """Goods were taken out of this unit into new ones (``into``); ``gross_kg`` is what is left of it."""

    into: tuple[str, ...]
    gross_kg: Decimal | None


@dataclass(frozen=True, slots=True)
class UnitNested(Event):
    """A unit was put into another one, or taken out of it (``parent`` None); it stands where that one stands."""

    parent: str | None
    was: str | None
    stage: Stage
    place: str | None = None


@dataclass(frozen=True, slots=True)
class UnitFilled(Event):
    """Units were put into this one or taken out of it; ``gross_kg`` is what it weighs with everything in it."""

    gross_kg: Decimal | None
    put_in: tuple[str, ...] = ()
    taken_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GoodsRepacked(Event):
    """Units of a consignment were split, put together or taken apart. Weights kg: the sum before and after is the same.

    ``tare_kg`` is what empty pallets added.
    """

    how: str  # SPLIT | TOGETHER | APART
    units: tuple[str, ...]
    into: tuple[str, ...]
    before_kg: Decimal | None = None
    after_kg: Decimal | None = None
    tare_kg: Decimal = Decimal(0)
    note: str = ""


@dataclass(frozen=True, slots=True)
class DamageNoted(Event):
    """A unit was found in another condition than before, after its tally: how, where, and what was said."""

    condition: str
    was: str
    note: str
    place: str | None = None


@dataclass(frozen=True, slots=True)
class ScanUndone(Event):
    """A wrong scan was taken back: event ``undone`` (a tally, a move, a loading) of this unit counts no more.

    The unit stands again at ``stage`` and ``place`` in ``condition``; from ``visit`` (of a loading) its ``gross_kg`` are
    taken off again, as they were put on. Both events stay in the journal.
    """

    undone: int
    step: Stage
    reason: UndoReason
    start: Stage
    stage: Stage
    consignment: str
    place: str | None = None
    condition: str = "GOOD"
    visit: str | None = None
    gross_kg: Decimal | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class LabelDiffered(Event):
    """The label of a unit said something else than the packing list (batch, expiry, count). Nothing is changed by it."""

    unit: str
    field: str
    said: str
    listed: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class TallyClosed(Event):
    """A person said that everything was counted: what the papers declare, what was seen, and how they differ."""

    declared: int
    seen: int
    by: str
    missing: tuple[str, ...] = ()
    surplus: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    note: str = ""


# --- stock counts ---------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class CountOpened(Event):
    """Somebody began to count a zone."""

    shared: ClassVar[bool] = False

    zone: str
    places: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True)
class UnitCounted(Event):
    """A label was scanned in a place during a count."""

    shared: ClassVar[bool] = False

    label: str
    place: str
    by: str


@dataclass(frozen=True, slots=True)
class CountClosed(Event):
    """Counting ended: how many units the books expected, and every difference."""

    shared: ClassVar[bool] = False

    expected: int
    differences: tuple[Difference, ...]
    by: str


@dataclass(frozen=True, slots=True)
class DifferenceSettled(Event):
    """A supervisor decided on one difference."""

    shared: ClassVar[bool] = False

    label: str
    settlement: Settlement
    note: str
    by: str


KINDS: tuple[type[Event], ...] = (
    UnitFound,
    UnitParted,
    UnitSplit,
    UnitNested,
    UnitFilled,
    GoodsRepacked,
    DamageNoted,
    ScanUndone,
    LabelDiffered,
    TallyClosed,
    CountOpened,
    UnitCounted,
    CountClosed,
    DifferenceSettled,
)
CountEvent = CountOpened | UnitCounted | CountClosed | DifferenceSettled

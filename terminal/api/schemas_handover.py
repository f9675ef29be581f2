"""JSON shapes of the handover on the other bank."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from terminal.api.schemas import Asked, Note, Reference, Shape
from workflows.crossing import Trip
from workflows.handover import MOST_PHOTOS, MOST_SURPLUS, Statement
from workflows.handover_state import Found, Receipt, ShortFor, Surplus, Via

_TEXT = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
_ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
Remark = Annotated[str, Field(max_length=500, pattern=_TEXT)]
PersonName = Annotated[str, Field(min_length=1, max_length=120, pattern=_ONE_LINE)]
#: things of one statement
MOST_ITEMS = 6000
Index = Annotated[int, Field(ge=0, lt=MOST_PHOTOS)]


def handed_over(counted: Trip | None) -> dict[str, int] | None:
    """How a consignment adds up on the other bank, as its sender sees it; None before anybody received something."""
    if counted is None:
        return None
    return {
        "received": counted.received,
        "damaged": counted.damaged,
        "short": counted.short,
        "on_the_way": counted.on_the_way,
    }


class ReceiptIn(Shape):
    """What was found of one thing of the manifest; ``photos`` are places in the list of photos that was sent."""

    item: Reference
    found: Found
    why: ShortFor | None = None
    condition: Literal["GOOD", "WET", "TORN", "CRUSHED", "OPENED", "LEAKING", "INFESTED", "MOULD"] = "GOOD"
    note: Remark = ""
    photos: Annotated[tuple[Index, ...], Field(max_length=MOST_PHOTOS)] = ()

    def receipt(self) -> Receipt:
        """As the rules take it."""
        return Receipt(self.item, self.found, self.why, self.condition, self.note)


class SurplusIn(Shape):
    """Something that stands on no manifest."""

    what: Annotated[str, Field(min_length=1, max_length=200, pattern=_ONE_LINE)]
    count: Annotated[int, Field(ge=1, le=100_000)] = 1
    note: Remark = ""


class StatementIn(Shape):
    """What a receiver says of a load."""

    name: PersonName
    place: Annotated[str, Field(max_length=120, pattern=_ONE_LINE)] = ""
    note: Remark = ""
    receipts: Annotated[list[ReceiptIn], Field(max_length=MOST_ITEMS)]
    surplus: Annotated[tuple[SurplusIn, ...], Field(max_length=MOST_SURPLUS)] = ()
    photos: Annotated[tuple[Index, ...], Field(max_length=MOST_PHOTOS)] = ()
    correction: bool = False
    done_at: AwareDatetime | None = None

    def statement(self, via: Via) -> Statement:
        """As the rules take it."""
        return Statement(
            via,
            self.name,
            tuple(one.receipt() for one in self.receipts),
            tuple(Surplus(one.what, one.count, one.note) for one in self.surplus),
            self.note,
            self.place,
            done_at=self.done_at,
            correction=self.correction,
        )


class SheetIn(Asked):
    """A signed sheet typed in: its code, and what was found. ``rest_received``: everything else came as it was loaded."""

    code: Annotated[str, Field(min_length=1, max_length=64)]
    statement: StatementIn
    rest_received: bool = False


class EndLinkIn(Asked):
    """Take a handover link back, and why."""

    note: Note

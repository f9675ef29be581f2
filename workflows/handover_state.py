"""What a handover on the other bank leaves behind: links and codes, receipts of units, and how they came to us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from workflows.stages import Stage


class Found(StrEnum):
    """What became of one thing of the manifest."""

    RECEIVED = "RECEIVED"
    DAMAGED = "DAMAGED"  # it is there, but not as it was loaded
    SHORT = "SHORT"  # it is not there


class ShortFor(StrEnum):
    """Why something is short, as the receiver knows it."""

    NOT_ON_VEHICLE = "NOT_ON_VEHICLE"
    LOST_ON_WAY = "LOST_ON_WAY"
    STOLEN = "STOLEN"
    KEPT_BY_AUTHORITY = "KEPT_BY_AUTHORITY"
    NOT_ACCEPTED = "NOT_ACCEPTED"  # the receiver did not take it
    OTHER = "OTHER"


class Via(StrEnum):
    """How a handover came to us."""

    LINK = "LINK"  # the receiver, on a phone
    PAPER = "PAPER"  # typed in from the signed sheet
    FILE = "FILE"  # a file of receipts


class LinkEnd(StrEnum):
    """Why a link is worth nothing any more."""

    REPLACED = "REPLACED"
    TAKEN_BACK = "TAKEN_BACK"


@dataclass(frozen=True, slots=True)
class HandoverLink:
    """The right to hand over one trip, once: its code is printed on the sheet and is part of the signed link."""

    code: str
    issued_by: str
    issued_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    ended_for: LinkEnd | None = None
    note: str = ""

    def good_at(self, at: datetime) -> bool:
        """True while it was neither taken back nor is over."""
        return self.ended_at is None and at < self.expires_at


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was found of one thing of the manifest. ``photos`` are SHA-256 of kept files."""

    item: str
    found: Found
    why: ShortFor | None = None
    condition: str = "GOOD"
    note: str = ""
    photos: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[object, ...]:
        """What two receipts have in common that say the same."""
        return (self.item, self.found, self.why, self.condition)


@dataclass(frozen=True, slots=True)
class Surplus:
    """Something that was on the vehicle and stands on no manifest."""

    what: str
    count: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True)
class Handover:
    """One signed statement of a receiver. A later one of the same trip that says otherwise is a correction.

    ``name`` is who received it; ``by`` the link or the person of the terminal that sent it; ``done_at`` what the
    phone's clock said; ``signature`` and ``photos`` are SHA-256 of kept files.
    """

    id: str
    at: datetime
    by: str
    via: Via
    name: str
    receipts: tuple[Receipt, ...]
    surplus: tuple[Surplus, ...] = ()
    note: str = ""
    place: str = ""
    signature: str | None = None
    photos: tuple[str, ...] = ()
    done_at: datetime | None = None
    correction: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of the manifest: a labelled unit, or all that a vehicle carried through of one consignment.

    ``id`` is the unit's label, or "consignment:REF" for goods that were never unloaded here and have no labels of
    their own on this vehicle.
    """

    id: str
    consignment: str
    stage: Stage
    description: str = ""
    gross_kg: Decimal | None = None
    condition: str = "GOOD"
    packages: int | None = None
    line: int | None = None
    labelled: bool = True

"""JSON shapes of tallies, repacking, stock counts and places. Weights are decimal text in kg."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, field_validator

from terminal.api.schemas import Asked, Kg, Note, Reference, zoned
from workflows.handling_state import Settlement

Condition = Literal[
    "GOOD", "WET", "TORN", "CRUSHED", "OPENED", "LEAKING", "INFESTED", "MOULD", "SHORT", "SURPLUS"
]
Damage = Literal["WET", "TORN", "CRUSHED", "OPENED", "LEAKING", "INFESTED", "MOULD", "SHORT"]
Label = Annotated[str, Field(pattern=r"^[0-9]{18}$")]
Packages = Annotated[int, Field(ge=0, le=1_000_000)]


class NewUnitIn(Asked):
    """A unit that the books do not know by its label; without ``label`` it gets one of the terminal's."""

    label: Label | None = None
    line: Annotated[int, Field(ge=1, le=100_000)] | None = None
    gross_kg: Kg | None = None
    condition: Condition = "GOOD"
    place: Reference | None = None
    note: Note = ""


class TallyCloseIn(Asked):
    """Close a tally. ``counts``: line number -> packages counted by hand."""

    counts: dict[Annotated[str, Field(pattern=r"^[1-9][0-9]{0,5}$")], Packages] = Field(default_factory=dict)
    note: Note = ""


class DamageIn(Asked):
    """Damage of a unit after its tally."""

    condition: Damage
    note: Note


class SplitIn(Asked):
    """Take goods out of a unit: gross weights of the new units, and their labels if they have some."""

    gross_kg: Annotated[list[Kg], Field(min_length=1, max_length=200)]
    labels: Annotated[tuple[Label, ...], Field(max_length=200)] = ()
    note: Note = ""


class TogetherIn(Asked):
    """Put units into ``target``, or without one onto a new pallet that weighs ``tare_kg`` empty."""

    units: Annotated[list[Reference], Field(min_length=1, max_length=500)]
    target: Reference | None = None
    tare_kg: Kg = Decimal(0)
    note: Note = ""


class ApartIn(Asked):
    """Take a unit out of the one it stands inside."""

    note: Note = ""


class CountIn(Asked):
    """Begin to count a zone."""

    zone: Reference


class CountScanIn(Asked):
    """One label seen in a place of the zone."""

    code: Annotated[str, Field(min_length=1, max_length=4096)]
    place: Reference
    symbology: Annotated[str, Field(max_length=40)] | None = None
    scanned_at: datetime | None = None  # by the clock of the handheld, if it waited there for a connection

    _zone = field_validator("scanned_at")(zoned)


class SettleIn(Asked):
    """What becomes of one difference."""

    label: Reference
    settlement: Settlement
    note: Note

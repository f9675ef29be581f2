"""What the papers say: the declared side of a consignment, as frozen values.

Filled by the importer and by people at the desk, read by every check. Weights are ``Decimal`` kilograms,
volumes cubic metres, temperatures degrees Celsius; identifiers are kept both as written (``raw``) and
normalised. ``None`` means *not stated*, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Mode(StrEnum):
    """How the consignment reaches the terminal."""

    ROAD = "ROAD"
    RAIL = "RAIL"
    AIR = "AIR"
    RIVER = "RIVER"


@dataclass(frozen=True, slots=True)
class PaperDate:
    """A date as written, with every calendar reading it allows.

    One reading is a date; several are an ambiguity that only matters when they lead to different verdicts;
    none is an unreadable date. A month alone ("11.2027") reads as the last day of that month.
    """

    text: str
    readings: tuple[date, ...]
    precision: str = "day"  # "day" | "month" | "year"

    @property
    def certain(self) -> date | None:
        """The one reading, or None when there is none or more than one."""
        return self.readings[0] if len(self.readings) == 1 else None


@dataclass(frozen=True, slots=True)
class TemperatureRange:
    """What a line must be kept at, in degrees Celsius; either bound may be open."""

    text: str
    min_c: Decimal | None
    max_c: Decimal | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of goods. ``no`` counts the data lines of its source from 1; ``sheet_row`` is the file's own row."""

    no: int
    description: str
    hs_code: str | None = None  # digits only
    item_code: str | None = None
    quantity: Decimal | None = None
    quantity_unit: str | None = None  # UN/ECE Rec 20: H87, SET, KGM ...
    packages: int | None = None
    package_type: str | None = None  # UN/ECE Rec 21: PX, CT, BG ...
    gross_kg: Decimal | None = None
    net_kg: Decimal | None = None
    volume_m3: Decimal | None = None
    sscc: str | None = None  # as on the paper after folding, check digit NOT verified here
    gtin: str | None = None
    batch: str | None = None
    expiry: PaperDate | None = None
    best_before: PaperDate | None = None
    produced: PaperDate | None = None
    un_number: str | None = None  # four digits
    dg_class: str | None = None
    packing_group: str | None = None
    cas_number: str | None = None
    temperature: TemperatureRange | None = None
    container: str | None = None
    wagon: str | None = None
    seal: str | None = None
    transport_document: str | None = None
    origin_country: str | None = None
    sheet_row: int | None = None
    source: str = ""
    raw: Mapping[str, str] = field(default_factory=lambda: _NOTHING)  # canonical column -> text as written


@dataclass(frozen=True, slots=True)
class DeclaredUnit:
    """One labelled unit of a unit list: what one SSCC label should be found on."""

    no: int
    sscc: str | None
    description: str = ""
    line: int | None = None
    package_type: str | None = None
    packages: int | None = None
    quantity: Decimal | None = None
    gross_kg: Decimal | None = None
    parent_sscc: str | None = None
    raw: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True)
class Document:
    """One paper of the set: type code of required_documents.csv, number as printed, validity, its own fields."""

    type: str
    number: str
    issued: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    fields: Mapping[str, object] = field(default_factory=dict)
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A road vehicle as written on the papers; plates are not normalised here."""

    plate: str | None = None
    trailer: str | None = None
    tare_kg: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A driver or escort. Personal data: shown only to roles that need it."""

    name: str
    document_number: str | None = None
    document_valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """Totals that the header of the papers states."""

    packages: int | None = None
    gross_kg: Decimal | None = None
    net_kg: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Papers:
    """Everything declared about one consignment. The protected fields of a release are all in here."""

    reference: str
    mode: Mode
    sender: str
    consignee: str
    consignee_place: str | None = None  # UN/LOCODE or own place code
    notify: str | None = None
    donor: str | None = None
    carrier: str | None = None
    driver: Person | None = None
    vehicle: Vehicle | None = None
    container: str | None = None
    container_tare_kg: Decimal | None = None
    seal: str | None = None
    declared: Declared = field(default_factory=Declared)
    plan: Mapping[str, bool] = field(default_factory=dict)  # flags of codes.json plan_flags
    documents: tuple[Document, ...] = ()
    lines: tuple[Line, ...] = ()
    units: tuple[DeclaredUnit, ...] = ()

"""Seizures as values: the record, its chain of custody, and who may read it.

Fields follow codes.json ``seizure_record_fields``, the spirit of the WCO customs enforcement network forms. Persons
appear as counts by sex and nationality, parties as roles: a record never names them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from workflows.roles import Role


class Handling(StrEnum):
    """Who may see a record. Seizures are never below LAW_ENFORCEMENT."""

    OPEN = "OPEN"
    TERMINAL = "TERMINAL"
    AGENCIES = "AGENCIES"
    LAW_ENFORCEMENT = "LAW_ENFORCEMENT"
    RESTRICTED = "RESTRICTED"


#: who reads a seizure record of which handling code; whoever recorded it reads it as well
READERS: Mapping[Handling, frozenset[Role]] = {
    Handling.LAW_ENFORCEMENT: frozenset(
        {
            Role.CUSTOMS_INSPECTOR,
            Role.BORDER_OFFICER,
            Role.RISK_OFFICER,
            Role.LIAISON_OFFICER,
            Role.AUDITOR,
        }
    ),
    Handling.RESTRICTED: frozenset({Role.CUSTOMS_INSPECTOR, Role.AUDITOR}),
}


class Commodity(StrEnum):
    """What was seized (codes.json ``seizure_commodity_groups``)."""

    DRUGS = "DRUGS"
    PRECURSORS = "PRECURSORS"
    NPS = "NPS"
    MEDICINES = "MEDICINES"
    WEAPONS_SALW = "WEAPONS_SALW"
    AMMUNITION = "AMMUNITION"
    EXPLOSIVES = "EXPLOSIVES"
    IED_COMPONENTS = "IED_COMPONENTS"
    DUAL_USE = "DUAL_USE"
    CASH = "CASH"
    TOBACCO = "TOBACCO"
    ALCOHOL = "ALCOHOL"
    COUNTERFEIT = "COUNTERFEIT"
    CULTURAL_PROPERTY = "CULTURAL_PROPERTY"
    CITES = "CITES"
    HAZARDOUS_WASTE = "HAZARDOUS_WASTE"
    FUEL = "FUEL"
    OTHER = "OTHER"


class Concealment(StrEnum):
    """Where it was hidden (codes.json ``concealment_place``)."""

    CARGO_LOAD = "CARGO_LOAD"
    PALLET_BASE = "PALLET_BASE"
    INSIDE_GOODS = "INSIDE_GOODS"
    FALSE_WALL = "FALSE_WALL"
    FALSE_FLOOR = "FALSE_FLOOR"
    FUEL_TANK = "FUEL_TANK"
    TYRE = "TYRE"
    CABIN = "CABIN"
    BATTERY_BOX = "BATTERY_BOX"
    REFRIGERATION_UNIT = "REFRIGERATION_UNIT"
    WAGON_STRUCTURE = "WAGON_STRUCTURE"
    CONTAINER_STRUCTURE = "CONTAINER_STRUCTURE"
    PERSON = "PERSON"
    OTHER = "OTHER"


class Office(StrEnum):
    """What kind of office seized."""

    BCP = "BCP"
    TERMINAL = "TERMINAL"
    RAIL = "RAIL"
    AIR = "AIR"
    RIVER = "RIVER"


class Detection(StrEnum):
    """What led to it."""

    PROFILE = "PROFILE"
    INTELLIGENCE = "INTELLIGENCE"
    RANDOM = "RANDOM"
    CANINE = "CANINE"
    XRAY = "XRAY"
    OFFICER = "OFFICER"


@dataclass(frozen=True, slots=True)
class PersonsCount:
    """How many persons of one sex (F, M, X) and nationality (ISO 3166 alpha-2) were involved: never who."""

    sex: str
    nationality: str
    count: int


@dataclass(frozen=True, slots=True)
class Custody:
    """One link of the chain of custody: who handed to whom, when, where, under which seal. Never exported."""

    at: datetime
    released_by: str
    received_by: str
    organisation: str
    place: str
    seal_no: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Seized:
    """The facts of a seizure as an officer writes them down; quantities are ``Decimal`` in ``uom``."""

    post_code: str
    agency: str
    commodity_group: Commodity
    substance_or_item: str
    quantity: Decimal
    uom: str
    office_type: Office = Office.TERMINAL
    form: str = ""
    purity_or_model: str = ""
    estimated_value: Decimal | None = None
    currency: str = ""
    concealment_place: Concealment | None = None
    concealment_method: str = ""
    conveyance_type: str = ""
    conveyance_id: str = ""
    container_or_wagon: str = ""
    seal_no: str = ""
    seal_state: str = ""
    direction: str = ""
    country_of_departure: str = ""
    country_of_origin: str = ""
    transit_countries: tuple[str, ...] = ()
    country_of_destination: str = ""
    consignor_role_only: str = ""
    consignee_role_only: str = ""
    document_type_and_no: str = ""
    declared_goods: str = ""
    detection_reason: Detection = Detection.OFFICER
    detection_equipment: str = ""
    persons: tuple[PersonsCount, ...] = ()
    samples: str = ""
    lab_result: str = ""
    handed_to: str = ""
    criminal_case_no: str = ""
    free_text: str = ""


@dataclass(frozen=True, slots=True)
class Seizure:
    """A seizure: its number, facts, what it belongs to, its pictures (SHA-256) and its chain of custody."""

    case_no: str
    at: datetime
    recorded_by: str
    handling: Handling
    facts: Seized
    consignment: str | None = None
    visit: str | None = None
    inspection: str | None = None
    units: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    custody: tuple[Custody, ...] = ()
    operation: str | None = None

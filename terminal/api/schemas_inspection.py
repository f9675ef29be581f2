"""JSON shapes for inspections, equipment and seizures. Dates ISO 8601, quantities and values decimal text."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from terminal.api.schemas import Asked, Note, Password, Reference, Shape, figure, told_figure
from workflows.equipment_state import Equipment, EquipmentKind, EquipmentState
from workflows.inspection_state import PLACES, Method, Result
from workflows.inspections import Outcomes
from workflows.seizure_state import (
    Commodity,
    Concealment,
    Detection,
    Handling,
    Office,
    PersonsCount,
    Seized,
)

_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
EquipmentId = Annotated[str, Field(pattern=_ID)]
Words = Annotated[str, Field(max_length=400)]
Short = Annotated[str, Field(max_length=120)]
Country = Annotated[str, Field(pattern=r"^([A-Z]{2})?$")]
Place = Annotated[str, Field(pattern="^(" + "|".join(sorted(PLACES)) + ")$")]
Places = Annotated[list[Place], Field(max_length=60)]
Operation = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]
Quantity = Annotated[
    Decimal,
    Field(gt=0, max_digits=16, decimal_places=6),
    BeforeValidator(figure),
    told_figure(10, 6, least=1),
]
Value = Annotated[
    Decimal,
    Field(ge=0, max_digits=14, decimal_places=2),
    BeforeValidator(figure),
    told_figure(12, 2, least=0),
]
Minutes = Annotated[int, Field(ge=1, le=24 * 60)]


class OrderIn(Asked):
    """Order an inspection of "consignment:REF", "unit:LABEL" or "visit:ID"; ``why`` is never empty."""

    subject: Annotated[str, Field(pattern=r"^(consignment|unit|visit):[^\x00-\x1f\x7f]{1,80}$")]
    method: Method
    why: Note
    places: Places = Field(default_factory=list)
    operation: Operation | None = None
    instead_of: Reference | None = None


class StartIn(Asked):
    """Begin an inspection, with the instrument, kit lot or dog from the inventory."""

    equipment: EquipmentId | None = None


class ResultIn(Asked):
    """What came of an inspection. ``agrees``: what was seen is what the papers declare. ``minutes``: worked."""

    result: Result
    found_at: Places = Field(default_factory=list)
    note: Note = ""
    minutes: Minutes | None = None
    agrees: bool | None = None
    details: Annotated[
        dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")], Words], Field(max_length=20)
    ] = Field(default_factory=dict)
    equipment: EquipmentId | None = None
    point: Reference | None = None

    def said(self) -> Outcomes:
        """The value of the rules."""
        return Outcomes(
            self.result, tuple(self.found_at), self.note, self.minutes, self.agrees, dict(self.details)
        )


class LookIn(Asked):
    """The second look at a picture. ``agrees``: it shows what the first reading said; a doubt needs a ``note``."""

    agrees: bool
    note: Note = ""


class ReasonIn(Asked):
    """Cancel, with the reason."""

    reason: Note


class WaiveIn(ReasonIn):
    """Waive, with the reason; ``password`` unless a step-up token is sent."""

    password: Password | None = None


class EquipmentIn(Asked):
    """Add an instrument, a kit lot or a dog to the inventory."""

    id: EquipmentId
    kind: EquipmentKind
    name: Annotated[str, Field(min_length=1, max_length=120)]
    place: Annotated[str, Field(min_length=1, max_length=120)]
    state: EquipmentState = EquipmentState.IN_SERVICE
    serial: Short = ""
    calibrated_until: date | None = None
    kit_lot: Short | None = None
    expires: date | None = None
    trained: Annotated[list[Reference], Field(max_length=200)] = Field(default_factory=list)
    limit_minutes: Minutes | None = None
    rest_minutes: Minutes | None = None
    note: Note = ""

    def equipment(self) -> Equipment:
        """The value of the rules."""
        given = self.model_dump(exclude={"nonce", "trained"})
        return Equipment(**given, trained=frozenset(self.trained))


class EquipmentChangeIn(Asked):
    """Change what is given; ``why`` is needed for another state."""

    name: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    place: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    state: EquipmentState | None = None
    serial: Short | None = None
    calibrated_until: date | None = None
    kit_lot: Short | None = None
    expires: date | None = None
    trained: Annotated[list[Reference], Field(max_length=200)] | None = None
    limit_minutes: Minutes | None = None
    rest_minutes: Minutes | None = None
    note: Note | None = None
    why: Note = ""

    def changed(self) -> dict[str, Any]:
        """The fields that were given."""
        given = self.model_dump(exclude={"nonce", "why"}, exclude_unset=True)
        given = {name: value for name, value in given.items() if value is not None}
        if "trained" in given:
            given["trained"] = frozenset(given["trained"])
        return given


class PersonsIn(Shape):
    """How many persons of one sex and nationality: never who."""

    sex: Annotated[str, Field(pattern=r"^[FMX]$")]
    nationality: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    count: Annotated[int, Field(ge=1, le=1000)]


class SeizedIn(Shape):
    """The facts of a seizure. Parties by role, persons by count: no field takes a name."""

    post_code: Annotated[str, Field(min_length=1, max_length=40)]
    agency: Annotated[str, Field(min_length=1, max_length=120)]
    commodity_group: Commodity
    substance_or_item: Annotated[str, Field(min_length=1, max_length=400)]
    quantity: Quantity
    uom: Annotated[str, Field(min_length=1, max_length=20)]
    office_type: Office = Office.TERMINAL
    form: Words = ""
    purity_or_model: Words = ""
    estimated_value: Value | None = None
    currency: Annotated[str, Field(pattern=r"^([A-Z]{3})?$")] = ""
    concealment_place: Concealment | None = None
    concealment_method: Words = ""
    conveyance_type: Short = ""
    conveyance_id: Short = ""
    container_or_wagon: Short = ""
    seal_no: Short = ""
    seal_state: Short = ""
    direction: Short = ""
    country_of_departure: Country = ""
    country_of_origin: Country = ""
    transit_countries: Annotated[list[Annotated[str, Field(pattern=r"^[A-Z]{2}$")]], Field(max_length=20)] = (
        Field(default_factory=list)
    )
    country_of_destination: Country = ""
    consignor_role_only: Short = ""
    consignee_role_only: Short = ""
    document_type_and_no: Short = ""
    declared_goods: Words = ""
    detection_reason: Detection = Detection.OFFICER
    detection_equipment: Short = ""
    persons: Annotated[list[PersonsIn], Field(max_length=50)] = Field(default_factory=list)
    samples: Words = ""
    lab_result: Words = ""
    handed_to: Short = ""
    criminal_case_no: Short = ""
    free_text: Note = ""

    def facts(self) -> Seized:
        """The value of the rules."""
        given = self.model_dump(exclude={"persons", "transit_countries"})
        persons = tuple(PersonsCount(one.sex, one.nationality, one.count) for one in self.persons)
        return Seized(**given, persons=persons, transit_countries=tuple(self.transit_countries))


class SeizureIn(Asked):
    """Record a seizure; ``units`` are moved to SEIZED with it."""

    facts: SeizedIn
    handling_code: Handling = Handling.LAW_ENFORCEMENT
    units: Annotated[list[Reference], Field(max_length=2000)] = Field(default_factory=list)
    consignment: Reference | None = None
    visit: Reference | None = None
    inspection: Reference | None = None
    operation: Operation | None = None


_WORTH = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
#: facts that come later; what, where and how much was seized is written once
_LATER = frozenset(
    {
        "purity_or_model",
        "estimated_value",
        "currency",
        "samples",
        "lab_result",
        "handed_to",
        "criminal_case_no",
        "free_text",
        "detection_equipment",
        "concealment_method",
        "seal_no",
        "seal_state",
    }
)


class SeizureChangeIn(Asked):
    """Add facts that came later, or change the handling code; with the reason."""

    facts: dict[str, Words] = Field(
        default_factory=dict,
        json_schema_extra={
            "propertyNames": {"enum": [*sorted(_LATER)]},
            "properties": {"estimated_value": {"type": "string", "pattern": r"^[0-9]{1,12}(\.[0-9]{1,2})?$"}},
        },
    )
    handling_code: Handling | None = None
    why: Note = ""

    @field_validator("facts")
    @classmethod
    def _known(cls, value: dict[str, str]) -> dict[str, str]:
        if unknown := sorted(set(value) - _LATER):
            raise ValueError(f"not changed afterwards: {', '.join(unknown)}")
        return value

    @field_validator("facts")
    @classmethod
    def _figure(cls, value: dict[str, str]) -> dict[str, str]:
        worth = value.get("estimated_value")
        if worth is not None and not _WORTH.fullmatch(worth):
            raise ValueError("estimated_value is a figure such as 1250.50")
        return value

    def changed(self) -> dict[str, Any]:
        """The fields of :class:`workflows.seizure_state.Seized` that were given."""
        given: dict[str, Any] = dict(self.facts)
        if "estimated_value" in given:
            given["estimated_value"] = Decimal(given["estimated_value"])
        return given


class CustodyIn(Asked):
    """Hand what was seized to the next keeper."""

    received_by: Annotated[str, Field(min_length=1, max_length=120)]
    organisation: Annotated[str, Field(min_length=1, max_length=120)]
    place: Annotated[str, Field(min_length=1, max_length=120)]
    seal_no: Short = ""
    note: Note = ""

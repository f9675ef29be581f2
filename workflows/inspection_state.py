"""Inspections as values: what was ordered, who did it with what, and what came of it.

An inspection is a work order of one method. It stands on a consignment, a unit or a vehicle and is kept where the
holds of that thing are kept. Words are those of codes.json (``inspection_methods``, ``inspection_results``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Method(StrEnum):
    """How something is inspected; each method is an order of its own."""

    DOCUMENT = "DOCUMENT"
    VISUAL = "VISUAL"
    COUNT = "COUNT"
    WEIGH = "WEIGH"
    XRAY_CARGO = "XRAY_CARGO"
    XRAY_BAGGAGE = "XRAY_BAGGAGE"
    BACKSCATTER = "BACKSCATTER"
    ENDOSCOPE = "ENDOSCOPE"
    SEARCH_KIT_CT30 = "SEARCH_KIT_CT30"
    DENSITY_METER = "DENSITY_METER"
    CANINE_DRUGS = "CANINE_DRUGS"
    CANINE_EXPLOSIVES = "CANINE_EXPLOSIVES"
    TRACE_DETECTOR = "TRACE_DETECTOR"
    DRUG_TEST_KIT = "DRUG_TEST_KIT"
    SAMPLE_LAB = "SAMPLE_LAB"
    PASSPORT_READER = "PASSPORT_READER"
    ANPR = "ANPR"
    SEAL_CHECK = "SEAL_CHECK"
    FULL_UNLOAD = "FULL_UNLOAD"


class Result(StrEnum):
    """What came of an inspection. NOT_POSSIBLE settles nothing: see :attr:`Inspection.open`."""

    NO_FINDING = "NO_FINDING"
    ANOMALY = "ANOMALY"  # something that does not fit, nothing proven
    INDICATION = "INDICATION"  # a dog, a detector or a test says yes
    FINDING = "FINDING"  # the thing itself was found
    NOT_POSSIBLE = "NOT_POSSIBLE"


class Progress(StrEnum):
    """How far the order has come."""

    ORDERED = "ORDERED"
    STARTED = "STARTED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


#: results that open a hold by themselves
ALARMING: frozenset[Result] = frozenset({Result.ANOMALY, Result.INDICATION, Result.FINDING})
#: methods that leave a picture which somebody reads; each reading gets a second look by another person
IMAGES: frozenset[Method] = frozenset({Method.XRAY_CARGO, Method.XRAY_BAGGAGE, Method.BACKSCATTER})
DOGS: frozenset[Method] = frozenset({Method.CANINE_DRUGS, Method.CANINE_EXPLOSIVES})

#: Places to look at, by what is inspected: the list that an inspector works through. Words are shown by the screens.
TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "TRUCK": (
        "CABIN",
        "CABIN_ROOF",
        "ENGINE",
        "FUEL_TANK",
        "BATTERY_BOX",
        "TOOL_BOX",
        "AIR_TANKS",
        "CHASSIS",
        "TYRES",
        "SPARE_WHEEL",
        "REFRIGERATION_UNIT",
        "LOAD",
    ),
    "TRAILER": (
        "FRONT_WALL",
        "SIDE_WALLS",
        "ROOF",
        "FLOOR",
        "DOORS",
        "CHASSIS",
        "TYRES",
        "SPARE_WHEEL",
        "TOOL_BOX",
        "REFRIGERATION_UNIT",
        "LOAD",
    ),
    "CONTAINER": ("DOORS", "FRONT_WALL", "SIDE_WALLS", "ROOF", "FLOOR", "CORNER_POSTS", "UNDERSIDE", "LOAD"),
    "WAGON": (
        "DOORS",
        "END_WALLS",
        "SIDE_WALLS",
        "ROOF",
        "FLOOR",
        "BOGIES",
        "UNDERFRAME",
        "BRAKE_GEAR",
        "HATCHES",
        "LOAD",
    ),
    "AIRCRAFT_PALLET": ("NET_AND_STRAPS", "COVER", "TOP_LAYER", "INSIDE_LAYERS", "PALLET_BASE"),
    "UNIT": ("WRAPPING", "OUTSIDE", "TOP_LAYER", "INSIDE_LAYERS", "PALLET_BASE", "CONTENTS"),
    "PAPERS": ("TRANSPORT_DOCUMENT", "PACKING_LIST", "CERTIFICATES", "SEALS", "PERSONAL_DOCUMENTS"),
}
PLACES: frozenset[str] = frozenset(place for places in TEMPLATES.values() for place in places)


@dataclass(frozen=True, slots=True)
class Inspection:
    """One order with what came of it. People, devices and equipment are named by id; times are UTC.

    ``places`` are words of :data:`TEMPLATES`: where to look, later where was looked; ``found_at`` where something was.
    ``agrees`` says whether what was seen is what the papers declare (None: not compared); ``details`` are the
    method's own words: substance, colour, second test, image reference. ``files`` are SHA-256 of attached files.

    ``second_look`` says that another person has to read the picture as well; ``looked_*`` is what that person said:
    ``looked_agrees`` False means that the first reading is doubted, which keeps a hold.
    """

    id: str
    subject: str  # "consignment:REF", "unit:LABEL", "visit:ID"
    method: Method
    ordered_by: str
    ordered_at: datetime
    why: str
    places: tuple[str, ...] = ()
    operation: str | None = None  # tag of a joint operation
    instead_of: str | None = None  # the order that was not possible and that this one replaces
    progress: Progress = Progress.ORDERED
    started_by: str | None = None
    started_at: datetime | None = None
    equipment: str | None = None
    kit_lot: str | None = None
    kit_expires: date | None = None
    done_by: str | None = None
    done_at: datetime | None = None
    minutes: int | None = None
    result: Result | None = None
    found_at: tuple[str, ...] = ()
    note: str = ""
    agrees: bool | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    hold: str | None = None  # the hold that its result opened
    cancelled_by: str | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str = ""
    replaced_by: str | None = None
    waived_by: str | None = None
    waived_at: datetime | None = None
    waive_reason: str = ""
    confirmed: bool | None = None  # of an alarm: was something there? None: nobody has said
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    confirm_note: str = ""
    second_look: bool = False
    looked_by: str | None = None
    looked_at: datetime | None = None
    looked_agrees: bool | None = None
    looked_note: str = ""

    @property
    def waits_for_look(self) -> bool:
        """True when its picture was read once and nobody has taken the second look yet."""
        return self.progress is Progress.DONE and self.second_look and self.looked_at is None

    @property
    def settled(self) -> bool:
        """True when nothing is left to do: done (and looked at twice), cancelled, or not possible and replaced or waived."""
        if self.result is Result.NOT_POSSIBLE:
            return self.replaced_by is not None or self.waived_at is not None
        return self.progress in (Progress.DONE, Progress.CANCELLED) and not self.waits_for_look

    @property
    def counted(self) -> Result | None:
        """The result that counts: an all-clear that the second reader doubts is an anomaly."""
        doubted = self.result is Result.NO_FINDING and self.looked_agrees is False
        return Result.ANOMALY if doubted else self.result

    @property
    def state(self) -> str:
        """How far it has come, in one word: its progress, or SECOND_LOOK while it waits for that."""
        return "SECOND_LOOK" if self.waits_for_look else self.progress.value

    @property
    def open(self) -> bool:
        """True while it stands in the way of a release."""
        return not self.settled

    @property
    def forces_red(self) -> bool:
        """True when its result puts the consignment into the red lane: a dog's indication, or anything found."""
        return forces_red(self.method, self.result)


def needs_second_look(method: Method, result: Result) -> bool:
    """True when another person has to read the picture too: each reading of an X-ray, whoever or whatever made it."""
    return method in IMAGES and result is not Result.NOT_POSSIBLE


def forces_red(method: Method, result: Result | None) -> bool:
    """True when this result of this method puts a consignment into the red lane, whatever its score."""
    return result is Result.FINDING or (method in DOGS and result is Result.INDICATION)

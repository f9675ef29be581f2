"""Inspection equipment as values: instruments, kits and dogs, where they are and whether they may be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from workflows.inspection_state import Method


class EquipmentKind(StrEnum):
    """What the inventory holds; a dog is counted here because an order needs one as it needs an instrument."""

    XRAY_CARGO = "XRAY_CARGO"
    XRAY_BAGGAGE = "XRAY_BAGGAGE"
    BACKSCATTER = "BACKSCATTER"
    ENDOSCOPE = "ENDOSCOPE"
    SEARCH_KIT = "SEARCH_KIT"
    DENSITY_METER = "DENSITY_METER"
    TRACE_DETECTOR = "TRACE_DETECTOR"
    DRUG_TEST_KIT = "DRUG_TEST_KIT"
    DOG_DRUGS = "DOG_DRUGS"
    DOG_EXPLOSIVES = "DOG_EXPLOSIVES"
    PASSPORT_READER = "PASSPORT_READER"
    PLATE_CAMERA = "PLATE_CAMERA"


class EquipmentState(StrEnum):
    """Whether it may be used at all."""

    IN_SERVICE = "IN_SERVICE"
    IN_REPAIR = "IN_REPAIR"
    OUT_OF_SERVICE = "OUT_OF_SERVICE"
    RETIRED = "RETIRED"


#: the kind that each method works with; methods that are not named here need hands and eyes only
FOR_METHOD: Mapping[Method, EquipmentKind] = {
    Method.XRAY_CARGO: EquipmentKind.XRAY_CARGO,
    Method.XRAY_BAGGAGE: EquipmentKind.XRAY_BAGGAGE,
    Method.BACKSCATTER: EquipmentKind.BACKSCATTER,
    Method.ENDOSCOPE: EquipmentKind.ENDOSCOPE,
    Method.SEARCH_KIT_CT30: EquipmentKind.SEARCH_KIT,
    Method.DENSITY_METER: EquipmentKind.DENSITY_METER,
    Method.CANINE_DRUGS: EquipmentKind.DOG_DRUGS,
    Method.CANINE_EXPLOSIVES: EquipmentKind.DOG_EXPLOSIVES,
    Method.TRACE_DETECTOR: EquipmentKind.TRACE_DETECTOR,
    Method.DRUG_TEST_KIT: EquipmentKind.DRUG_TEST_KIT,
    Method.PASSPORT_READER: EquipmentKind.PASSPORT_READER,
    Method.ANPR: EquipmentKind.PLATE_CAMERA,
}
DOG_KINDS: frozenset[EquipmentKind] = frozenset({EquipmentKind.DOG_DRUGS, EquipmentKind.DOG_EXPLOSIVES})
#: one lot serves several inspections at the same time
KIT_KINDS: frozenset[EquipmentKind] = frozenset({EquipmentKind.DRUG_TEST_KIT})
#: finished uses that are remembered for working times and rest
WORK_KEPT = 40


@dataclass(frozen=True, slots=True)
class Worked:
    """One use: for which inspection, from when until when (UTC)."""

    inspection: str
    start: datetime
    end: datetime

    @property
    def minutes(self) -> int:
        """Whole minutes, at least one."""
        return max(1, round((self.end - self.start).total_seconds() / 60))


@dataclass(frozen=True, slots=True)
class Equipment:
    """One instrument, kit lot or dog.

    ``calibrated_until`` and ``expires`` are last good days (Asia/Tashkent), None where the thing has no such date.
    ``trained`` are ids of people who may use it; empty: whoever has the role. ``limit_minutes`` is what a dog may work
    in one shift (08:00-20:00, 20:00-08:00 local), ``rest_minutes`` what it must rest between two searches.
    """

    id: str
    kind: EquipmentKind
    name: str
    place: str
    state: EquipmentState = EquipmentState.IN_SERVICE
    serial: str = ""
    calibrated_until: date | None = None
    kit_lot: str | None = None
    expires: date | None = None
    trained: frozenset[str] = frozenset()
    limit_minutes: int | None = None
    rest_minutes: int | None = None
    note: str = ""
    uses: int = 0
    busy: tuple[str, ...] = ()  # inspections that use it now
    worked: tuple[Worked, ...] = ()  # the latest uses, oldest first

    @property
    def exclusive(self) -> bool:
        """True when it can be at one place only."""
        return self.kind not in KIT_KINDS

"""Everything that can have happened, one frozen value a kind. The journal stores these and nothing else.

``EVENTS`` is the closed list: type name -> class. Who, when, where and with which device stand beside the event in
the journal entry (:class:`Entry`), not in it. Mapping to EPCIS 2.0: ``workflows/data/stages_epcis.csv`` by stage;
types marked ``shared = False`` are never given to other systems. Those of inspections, equipment and seizures stand in
:mod:`workflows.events_inspection`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from workflows import (
    event_base,
    events_announce,
    events_cameras,
    events_data,
    events_devices,
    events_exemption,
    events_gatepass,
    events_handling,
    events_handover,
    events_inspection,
    events_letters,
    events_retention,
    events_routing,
    events_screening,
    events_shift,
    events_weights,
)
from workflows.findings import Finding
from workflows.papers import Papers
from workflows.plain import from_plain
from workflows.stages import Stage
from workflows.state import Hold, HoldOutcome, Permission, PermissionKind, Seal, Weighing
from workflows.weight_state import CutPlace

Event = event_base.Event


# --- consignment ---------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ConsignmentAnnounced(Event):
    """A consignment came into being: its papers as first read, and the digest of their protected fields.

    ``findings`` are the importer's own (numbers that cannot be read safely ...), ``headers`` what each source file
    states in its head, as written: canonical field -> text.
    """

    papers: Papers
    digest: str
    source: str = ""
    findings: tuple[Finding, ...] = ()
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConsignmentAmended(Event):
    """Declared facts changed. ``changes`` names each field with its old and new value for people.

    ``settled`` are targets ("line:5") of importer's findings that a person has settled with this change.
    """

    papers: Papers
    digest: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    settled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StageChanged(Event):
    """A consignment, unit or visit took a step. ``facts`` keeps what the step was decided on."""

    start: Stage
    stage: Stage
    facts: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class PermissionGranted(Event):
    """Somebody granted a permission for exactly the facts of ``permission.digest``."""

    permission: Permission


@dataclass(frozen=True, slots=True)
class PermissionDropped(Event):
    """A permission fell away, usually because a protected field changed after it was given (PRC-05).

    ``units`` are the labels for which a partial one fell away; none means the one for the whole consignment.
    """

    kind: PermissionKind
    why: str
    given_by: str
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartLeft(Event):
    """Units of a consignment left on a vehicle while others stayed; the units' own steps tell it to other systems."""

    shared: ClassVar[bool] = False

    visit: str
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChecksRun(Event):
    """The checks were run: findings, decision and lane, with the version of rules and data that gave them.

    ``basis`` is the SHA-256 of the kept manifest of everything beside the journal that was judged with, so that the
    same judgement can be made again; None in events written before there was one.
    """

    shared: ClassVar[bool] = False

    findings: tuple[Finding, ...]
    decision: str
    lane: str
    rules_version: str
    basis: str | None = None


# --- holds ---------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class HoldPlaced(Event):
    """A hold was placed; ``subject`` is what it stands on."""

    hold: Hold


@dataclass(frozen=True, slots=True)
class HoldLiftProposed(Event):
    """The first of two persons proposed to end a hold this way."""

    hold_id: str
    outcome: HoldOutcome
    note: str
    by: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HoldLifted(Event):
    """A hold ended: by whom, how, why, and what that rests on."""

    hold_id: str
    outcome: HoldOutcome
    note: str
    by: str
    at: datetime
    evidence: tuple[str, ...] = ()


# --- handling unit -------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class UnitDeclared(Event):
    """A unit is named on the papers of a consignment; nobody has seen it yet."""

    consignment: str
    gross_kg: Decimal | None = None
    line: int | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class UnitTallied(Event):
    """A unit was seen and counted, with its condition; ``note`` is what the clerk said of it."""

    start: Stage
    condition: str = "GOOD"
    visit: str | None = None
    place: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class UnitWeighed(Event):
    """A unit stood alone on a scale."""

    weighing: Weighing


@dataclass(frozen=True, slots=True)
class UnitMoved(Event):
    """A unit was put away, moved or picked to ``place``."""

    start: Stage
    stage: Stage
    place: str | None = None


@dataclass(frozen=True, slots=True)
class UnitLoaded(Event):
    """A unit was loaded on a vehicle."""

    start: Stage
    visit: str
    consignment: str
    gross_kg: Decimal | None = None


@dataclass(frozen=True, slots=True)
class UnitUnloaded(Event):
    """A loaded unit was taken off its vehicle again."""

    visit: str
    consignment: str
    gross_kg: Decimal | None = None


# --- visit ---------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class VisitAnnounced(Event):
    """A vehicle is expected, with the consignments it brings (none when it comes to load)."""

    expected_plate: str | None
    trailer: str | None = None
    mode: str = "ROAD"
    carries: tuple[str, ...] = ()
    slot: datetime | None = None  # start of its time window
    priority: str = "ORDINARY"
    unannounced: bool = False  # it stands at the gate and nobody had announced it
    cut: CutPlace | None = None  # of a wagon: its place in a cut


@dataclass(frozen=True, slots=True)
class VisitEntered(Event):
    """A vehicle passed the gate inwards; plates as read, seals as seen, the number of the waybill as it stands on it."""

    plate: str
    trailer: str | None = None
    seals: tuple[Seal, ...] = ()
    driver: str | None = None
    mode: str = "ROAD"
    point: str | None = None
    waybill: str | None = None


@dataclass(frozen=True, slots=True)
class VisitWeighed(Event):
    """A vehicle was weighed; does not by itself change its stage."""

    weighing: Weighing


@dataclass(frozen=True, slots=True)
class VisitEmptied(Event):
    """Everything this vehicle brought has been unloaded (said by a person at the dock)."""

    consignments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VisitSealed(Event):
    """The load was closed and sealed."""

    start: Stage
    seals: tuple[Seal, ...]


# --- refusals, people, devices, files --------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class StepRefused(Event):
    """Something was asked and refused. The whole list of what was missing is kept."""

    shared: ClassVar[bool] = False

    step: str
    reason: str
    missing: tuple[Mapping[str, Any], ...] = ()
    asked: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScanNoted(Event):
    """A scan that changed nothing by itself: a label scanned again, or a bay label that says where the next go."""

    shared: ClassVar[bool] = False

    step: str
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScanSetAside(Event):
    """A scan that cannot be applied as it came (late, reused nonce): kept for the review desk with both versions."""

    shared: ClassVar[bool] = False

    why: str
    scan: Mapping[str, Any]
    other: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReviewClosed(Event):
    """A person decided on a scan that was set aside by event ``review``: APPLY it now, or KEEP the books; and why."""

    shared: ClassVar[bool] = False

    review: int
    resolution: str
    note: str


@dataclass(frozen=True, slots=True)
class FileImported(Event):
    """A file was read: digest, rows taken, rows that wait for correction."""

    name: str
    sha256: str
    taken: int
    waiting: int
    consignment: str | None = None


@dataclass(frozen=True, slots=True)
class SecurityEvent(Event):
    """Sign-in, refusal, enrolment, revocation, role change, export: ``action`` names it, ``facts`` the rest."""

    shared: ClassVar[bool] = False

    action: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeviceChanged(Event):
    """A device came, went, or is in trouble: state word and the figures of its health."""

    shared: ClassVar[bool] = False

    state: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WeightSeen(Event):
    """A scale on a gate PC sent a weight that stood still; nobody has used it yet."""

    shared: ClassVar[bool] = False

    weighing: Weighing


EVENTS: Mapping[str, type[Event]] = {
    cls.__name__: cls
    for cls in (
        ConsignmentAnnounced,
        ConsignmentAmended,
        StageChanged,
        PermissionGranted,
        PermissionDropped,
        PartLeft,
        ChecksRun,
        HoldPlaced,
        HoldLiftProposed,
        HoldLifted,
        UnitDeclared,
        UnitTallied,
        UnitWeighed,
        UnitMoved,
        UnitLoaded,
        UnitUnloaded,
        VisitAnnounced,
        VisitEntered,
        VisitWeighed,
        VisitEmptied,
        VisitSealed,
        StepRefused,
        ScanNoted,
        ScanSetAside,
        ReviewClosed,
        FileImported,
        SecurityEvent,
        DeviceChanged,
        WeightSeen,
        *events_inspection.KINDS,
        *events_gatepass.KINDS,
        *events_handover.KINDS,
        *events_data.KINDS,
        *events_routing.KINDS,
        *events_screening.KINDS,
        *events_announce.KINDS,
        *events_devices.KINDS,
        *events_exemption.KINDS,
        *events_handling.KINDS,
        *events_shift.KINDS,
        *events_cameras.KINDS,
        *events_weights.KINDS,
        *events_retention.KINDS,
        *events_letters.KINDS,
    )
}


def event_from(type_name: str, subject: str, data: Mapping[str, Any]) -> Event:
    """The event a journal entry holds. Raises ``KeyError`` for a type that is not in the closed list."""
    event: Event = from_plain(EVENTS[type_name], {**data, "subject": subject})
    return event


@dataclass(frozen=True, slots=True)
class Context:
    """Who, when, where, with what: written beside every event.

    ``at`` is the time of deciding (UTC), ``device_at`` what the device's own clock said, ``why`` the note of a person.
    """

    who: str
    at: datetime
    device: str | None = None
    device_at: datetime | None = None
    point: str | None = None
    nonce: str | None = None


def subject_of(kind: str, identity: str) -> str:
    """ "consignment", "REF" -> "consignment:REF"."""
    return f"{kind}:{identity}"

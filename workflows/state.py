"""Snapshots: what a consignment, a handling unit and a visit look like at one moment. Frozen; events make new ones.

Weights are ``Decimal`` kilograms, times UTC. People, devices, visits, units and consignments are named by id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from workflows.exemption_state import Basis, Exemption, agreed
from workflows.findings import Finding
from workflows.gatepass_state import GatePass
from workflows.handling_state import LabelDifference, Tally
from workflows.handover_state import Handover, HandoverLink
from workflows.inspection_state import Inspection
from workflows.papers import Papers
from workflows.roles import Role
from workflows.routing_state import Routing
from workflows.stages import OUTWARD, Stage
from workflows.weight_state import Axle, CutPlace, TareAlarm


class PermissionKind(StrEnum):
    """What must be granted by somebody before goods may move on; required by default."""

    DOCUMENTS_COMPLETE = "DOCUMENTS_COMPLETE"
    AFGHAN_APPROVAL = "AFGHAN_APPROVAL"
    CUSTOMS_RELEASE = "CUSTOMS_RELEASE"
    TERMINAL_RELEASE = "TERMINAL_RELEASE"


#: The steps each permission opens: without it the step is refused.
OPENS: Mapping[PermissionKind, frozenset[Stage]] = {
    PermissionKind.DOCUMENTS_COMPLETE: frozenset({Stage.CUSTOMS_RELEASE}),
    PermissionKind.CUSTOMS_RELEASE: frozenset(
        {Stage.RELEASE, Stage.PICK, Stage.LOAD, Stage.SEAL, Stage.GATE_OUT}
    ),
    PermissionKind.TERMINAL_RELEASE: frozenset({Stage.PICK, Stage.LOAD, Stage.SEAL, Stage.GATE_OUT}),
    PermissionKind.AFGHAN_APPROVAL: frozenset({Stage.LOAD, Stage.SEAL, Stage.GATE_OUT}),
}

#: Permissions that fall away when a protected field changes after they were given (PRC-05).
PROTECTED: frozenset[PermissionKind] = frozenset(
    {PermissionKind.CUSTOMS_RELEASE, PermissionKind.TERMINAL_RELEASE}
)


@dataclass(frozen=True, slots=True)
class Permission:
    """One grant: who, when, and the digest of the protected fields it was given for.

    ``units`` are the labels that it covers; none means the whole consignment. ``kg`` is their summed gross weight
    when it was given; ``visit`` and ``plate`` the only vehicle that may take them, if one was named.
    """

    kind: PermissionKind
    by: str
    at: datetime
    digest: str
    note: str = ""
    units: tuple[str, ...] = ()
    kg: Decimal | None = None
    visit: str | None = None
    plate: str | None = None

    @property
    def fingerprint(self) -> str:
        """What tells this grant from others of its kind: the digest, for a partial one of its labels as well (hex)."""
        if not self.units:
            return self.digest
        return hashlib.sha256("\n".join((self.digest, *self.units)).encode()).hexdigest()


class Authority(StrEnum):
    """Who stands behind a hold; may be outside the building, or abroad."""

    CUSTOMS = "CUSTOMS"
    BORDER = "BORDER"
    PHYTO_VET_SANITARY = "PHYTO_VET_SANITARY"
    SANCTIONS = "SANCTIONS"
    TERMINAL = "TERMINAL"
    AFGHAN_SIDE = "AFGHAN_SIDE"
    AGENCY = "AGENCY"


class HoldSeverity(StrEnum):
    """HOLD may be lifted or waived by those who own it; BLOCK is never waived."""

    HOLD = "HOLD"
    BLOCK = "BLOCK"


class HoldReason(StrEnum):
    """Reason codes of codes.json ``hold_reasons``."""

    DOC_MISSING = "DOC_MISSING"
    DOC_CONFLICT = "DOC_CONFLICT"
    COUNT_DIFF = "COUNT_DIFF"
    WEIGHT_DIFF = "WEIGHT_DIFF"
    SEAL = "SEAL"
    EXPIRED = "EXPIRED"
    SHORT_DATED = "SHORT_DATED"
    TEMPERATURE = "TEMPERATURE"
    DAMAGE = "DAMAGE"
    DANGEROUS_GOODS = "DANGEROUS_GOODS"
    PRECURSOR = "PRECURSOR"
    WEAPON_EXPLOSIVE = "WEAPON_EXPLOSIVE"
    DUAL_USE = "DUAL_USE"
    NARCOTIC_MEDICINE = "NARCOTIC_MEDICINE"
    SANCTIONS = "SANCTIONS"
    INFANT_FORMULA = "INFANT_FORMULA"
    TELECOM = "TELECOM"
    PHYTOSANITARY = "PHYTOSANITARY"
    VETERINARY = "VETERINARY"
    SANITARY = "SANITARY"
    CANINE_INDICATION = "CANINE_INDICATION"
    XRAY_ANOMALY = "XRAY_ANOMALY"
    INTELLIGENCE = "INTELLIGENCE"
    RANDOM = "RANDOM"
    OTHER = "OTHER"


class HoldOutcome(StrEnum):
    """How a hold ended (codes.json ``hold_outcomes``)."""

    CLEARED_NO_FINDING = "CLEARED_NO_FINDING"
    CLEARED_CORRECTED = "CLEARED_CORRECTED"
    CLEARED_WAIVED = "CLEARED_WAIVED"
    PARTIAL_RELEASE = "PARTIAL_RELEASE"
    RETURNED_TO_SENDER = "RETURNED_TO_SENDER"
    SEIZED = "SEIZED"
    HANDED_TO_AUTHORITY = "HANDED_TO_AUTHORITY"
    DESTROYED = "DESTROYED"
    DONATED_LOCALLY = "DONATED_LOCALLY"


@dataclass(frozen=True, slots=True)
class Hold:
    """An exception somebody, or a check, put on a consignment, a unit or a visit."""

    id: str
    subject: str  # "consignment:REF", "unit:LABEL", "visit:ID"
    authority: Authority
    reason: HoldReason
    severity: HoldSeverity
    placed_by: str
    placed_at: datetime
    blocks: frozenset[Stage] = OUTWARD
    note: str = ""
    evidence: tuple[str, ...] = ()
    check: str | None = None  # code of checks.csv when a check placed it
    target: str | None = None  # the check's own target, e.g. "line:3"
    lift_roles: frozenset[Role] = frozenset()
    proposed_by: str | None = None  # first of two persons, see holds.py
    proposed_outcome: HoldOutcome | None = None
    proposed_note: str = ""
    proposed_evidence: tuple[
        str, ...
    ] = ()  # what a waiver rests on: a paper and its number, a file, an inspection
    lifted_by: str | None = None
    lifted_at: datetime | None = None
    outcome: HoldOutcome | None = None
    lift_note: str = ""
    lift_evidence: tuple[str, ...] = ()
    about: str | None = None  # SHA-256 of the facts of a check that could not tell, see unjudged.py
    exemptions: tuple[Exemption, ...] = ()  # humanitarian bases stated for a sanctions match, oldest first

    @property
    def open(self) -> bool:
        """True until somebody lifted it."""
        return self.lifted_at is None

    @property
    def exemption(self) -> Basis | None:
        """The humanitarian basis that stands: of a strong match when two people stated it, else one. It ends nothing."""
        return agreed(self.exemptions, 2 if self.severity is HoldSeverity.BLOCK else 1)


@dataclass(frozen=True, slots=True)
class Consignment:
    """One sender, one consignee, one set of papers: the legal and logistic spine."""

    ref: str
    stage: Stage
    papers: Papers
    digest: str  # of the protected fields, see release.digest
    since: datetime  # when it came to this stage
    permissions: tuple[Permission, ...] = ()
    holds: tuple[Hold, ...] = ()  # its own and those of its units
    edited: Mapping[str, date] = field(default_factory=dict)  # person -> last day (Asia/Tashkent) of an edit
    lane: str | None = None  # GREEN | YELLOW | RED | BLUE, never shown to agencies or gate staff
    dropped: tuple[PermissionKind, ...] = ()  # fell away after a change and not given again
    imported: tuple[Finding, ...] = ()  # of the importer, until a person settles them
    headers: Mapping[str, Mapping[str, str]] = field(
        default_factory=dict
    )  # source -> field -> text as written
    findings: tuple[Finding, ...] = ()  # of the last run of the checks
    decision: str | None = None  # RELEASABLE | HOLD | BLOCK, of the last run
    checked_at: datetime | None = None
    rules_version: str | None = None
    inspections: tuple[Inspection, ...] = ()  # its own and those of its units
    routing: Routing | None = None  # how its lane came about, never shown to agencies or terminal staff
    tracking: str | None = None  # the code under which anybody who has it may follow it
    departures: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # visit -> labels that left with it while others stayed
    tally: Tally | None = None  # how its last tally was closed
    differing: tuple[LabelDifference, ...] = ()  # senders' labels that said something else than the list
    nested: bool = False  # units of it were repacked, so that some may stand inside others

    def permission(self, kind: PermissionKind) -> Permission | None:
        """The grant of that kind for the whole consignment that is in force, if any."""
        return next((p for p in self.permissions if p.kind is kind and not p.units), None)

    def parts(self, kind: PermissionKind) -> tuple[Permission, ...]:
        """The grants of that kind for some of its units, in the order in which they were given."""
        return tuple(p for p in self.permissions if p.kind is kind and p.units)

    @property
    def gone_units(self) -> frozenset[str]:
        """Labels that left while others stayed."""
        return frozenset(label for labels in self.departures.values() for label in labels)


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing with one label: pallet, carton, bag; may stand inside another."""

    label: str  # SSCC of 18 digits, or one of our own labels
    consignment: str
    stage: Stage = Stage.PRE_ADVICE
    place: str | None = None  # bay, yard slot; None on a vehicle or not yet seen
    visit: str | None = None  # the vehicle it stands on
    parent: str | None = None
    gross_kg: Decimal | None = None  # measured if weighed, else declared
    condition: str = "GOOD"  # codes.json ``condition``
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal as seen: number, ISO 17712 class (I, S, H), state of codes.json ``seal_states``."""

    number: str
    state: str = "INTACT"
    cls: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Weighing:
    """One accepted weight with the evidence that made it acceptable.

    ``what`` is GROSS, TARE, UNIT or AXLES; ``raw`` the frame as hex; ``trace`` names the stored seconds before it.
    A typed weight has ``typed`` and names the second person in ``confirmed_by``.
    """

    kg: Decimal
    what: str
    scale: str
    at: datetime
    stable: bool
    raw: str = ""
    flags: tuple[str, ...] = ()
    value_text: str = ""
    unit_text: str = ""
    division_kg: Decimal | None = None
    verified_until: date | None = None
    operator: str | None = None
    photo: str | None = None
    trace: str | None = None
    typed: bool = False
    confirmed_by: str | None = None
    note: str = ""
    axle: Axle | None = None  # of an axle group: which one, of which pass


@dataclass(frozen=True, slots=True)
class Visit:
    """One vehicle at the terminal.

    ``carries`` are the consignments it brought that are still on board; ``loaded`` those whose units were loaded
    here, with the number and summed gross weight of units; both must be released before it may leave.
    """

    id: str
    stage: Stage
    since: datetime
    plate: str | None = None  # as expected or as read at the gate, normalised
    trailer: str | None = None
    mode: str = "ROAD"
    expected_plate: str | None = None
    carries: tuple[str, ...] = ()
    brought: tuple[str, ...] = ()  # what it carried when it came; stays when all is unloaded
    loaded: Mapping[str, int] = field(default_factory=dict)
    loaded_kg: Decimal = Decimal(0)
    units: frozenset[str] = frozenset()  # labels of the units loaded here
    seals: tuple[Seal, ...] = ()
    seals_in: tuple[Seal, ...] = ()  # as seen at gate-in
    weighings: tuple[Weighing, ...] = ()
    point: str | None = None
    holds: tuple[Hold, ...] = ()
    inspections: tuple[Inspection, ...] = ()
    passes: tuple[GatePass, ...] = ()  # every gate pass issued in this visit, the revoked ones too
    tracking: str | None = None  # the code under which anybody who has it may follow it
    slot: datetime | None = None  # start of its time window (UTC)
    priority: str = "ORDINARY"  # of announce_state.Priority
    unannounced: bool = False
    matched: bool = False  # somebody said what an unannounced one brings
    dock: str | None = None  # the point it was sent to at the gate
    queued_at: datetime | None = None
    called_off: bool = False
    tare_alarm: TareAlarm | None = None  # the last empty weight that did not fit the known tare
    cut: CutPlace | None = None  # of a wagon: its train, and its place in it
    links: tuple[HandoverLink, ...] = ()  # every handover link issued for its load, ended ones too
    handovers: tuple[Handover, ...] = ()  # what receivers on the other bank said of its load, oldest first
    waybill: str | None = None  # number of the CMR, TIR carnet, SMGS or AWB as shown at the gate

    @property
    def aboard(self) -> tuple[str, ...]:
        """References of every consignment that is on this vehicle now."""
        return tuple(dict.fromkeys((*self.carries, *(ref for ref, count in self.loaded.items() if count))))

    @property
    def in_trouble(self) -> bool:
        """True while nobody has said what a vehicle that came unannounced brings."""
        return self.unannounced and not self.matched and self.inside

    @property
    def inside(self) -> bool:
        """True between gate-in and gate-out."""
        return self.stage in INSIDE


INSIDE: frozenset[Stage] = frozenset(
    {Stage.GATE_IN, Stage.WEIGH_IN, Stage.UNLOAD, Stage.LOAD, Stage.SEAL, Stage.WEIGH_OUT}
)

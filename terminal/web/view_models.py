"""What each page shows, as frozen values. Pages render these and nothing else; use cases fill them.

Weights are Decimal kilograms, times UTC and aware, durations whole minutes. Codes (stage, role, reason ...) are the
codes of workflows; the templates find the words. ``None`` means not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from terminal.web.view_models_desk import Waiting
from terminal.web.view_models_inspect import OrderRow
from workflows.axles import Report
from workflows.weight_state import TareAlarm


@dataclass(frozen=True, slots=True)
class Answer:
    """What a use case said to a form: verdict (accepted, already_done, refused, attention), sentence, next steps."""

    verdict: str
    sentence: str
    next: tuple[str, ...] = ()
    subject: str = ""


@dataclass(frozen=True, slots=True)
class StageStep:
    """One dot of the stage rail; ``state`` is done, now, held or ahead."""

    stage: str
    state: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HoldView:
    """One hold with its clock and who may end it; ``may_lift`` is about the reader."""

    id: str
    subject_name: str
    subject_href: str
    authority: str
    reason: str
    severity: str
    placed_by: str
    placed_at: datetime
    age_minutes: int
    target_minutes: int | None = None
    note: str = ""
    check: str = ""
    check_title: str = ""
    target: str = ""  # what the check is about: line:3, unit:5 ...
    evidence: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    lift_roles: tuple[str, ...] = ()
    may_lift: bool = False
    proposed_by: str = ""
    proposed_outcome: str = ""
    proposed_note: str = ""
    proposed_evidence: tuple[str, ...] = ()
    lifted_by: str = ""
    lifted_at: datetime | None = None
    outcome: str = ""
    lift_note: str = ""
    lift_evidence: tuple[str, ...] = ()
    match: bool = False  # of the sanctions list: a humanitarian basis can be stated
    exemptions: tuple[tuple[str, str, str, datetime], ...] = ()  # basis, why, who, when
    exemption: str = ""  # the basis that stands
    units: tuple[tuple[str, str, bool], ...] = ()  # of its consignment: label, goods, is it about this one
    rush: str = ""  # COLD_CHAIN or MEDICINE, when waiting costs more than time
    cause_gone: bool = False
    waiting: Waiting | None = None  # only in the queue of the desk


@dataclass(frozen=True, slots=True)
class StageCount:
    """How many consignments stand at a stage, and how many of them longer than the target."""

    stage: str
    count: int
    late: int = 0


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One vehicle in a list."""

    id: str
    plate: str
    stage: str
    since_minutes: int
    mode: str = "ROAD"
    trailer: str = ""
    target_minutes: int | None = None
    carries: tuple[str, ...] = ()
    point: str = ""
    holds: int = 0
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """The home page: today in one look. ``seq`` is the journal number it was drawn at."""

    seq: int
    at: datetime
    inside: int
    expected: int
    ready: int  # released and loaded, may leave
    open_holds: int
    blocked: int
    stages: tuple[StageCount, ...] = ()
    queue: tuple[VisitRow, ...] = ()
    holds: tuple[HoldView, ...] = ()
    waiting_afghan: int = 0
    expected_rows: tuple[VisitRow, ...] = ()  # announced vehicles, shown where there is room


@dataclass(frozen=True, slots=True)
class ConsignmentRow:
    """One consignment in a list. ``lane`` is empty for readers who may not see risk."""

    ref: str
    sender: str
    consignee: str
    stage: str
    since_minutes: int | None
    mode: str = "ROAD"
    target_minutes: int | None = None
    units_seen: int = 0
    units: int = 0
    gross_kg: Decimal | None = None
    holds: int = 0
    blocked: bool = False
    lane: str = ""


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of goods as declared."""

    no: int
    description: str
    hs_code: str = ""
    quantity: Decimal | None = None
    quantity_unit: str = ""
    packages: int | None = None
    gross_kg: Decimal | None = None
    batch: str = ""
    expiry: str = ""
    un_number: str = ""


@dataclass(frozen=True, slots=True)
class UnitView:
    """One handling unit."""

    label: str
    stage: str
    description: str = ""
    place: str = ""
    condition: str = "GOOD"
    gross_kg: Decimal | None = None
    holds: int = 0


@dataclass(frozen=True, slots=True)
class DocumentView:
    """One paper, present or missing. ``state`` is verified, present, missing, expired or optional."""

    type: str
    state: str
    number: str = ""
    issued: date | None = None
    valid_until: date | None = None
    id: str = ""
    href: str = ""
    verified_by: str = ""


@dataclass(frozen=True, slots=True)
class PermissionView:
    """One permission: given by whom, or what is missing and who gives it."""

    kind: str
    granted: bool
    by: str = ""
    at: datetime | None = None
    note: str = ""
    dropped: bool = False
    roles: tuple[str, ...] = ()
    may_grant: bool = False


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding with its figures; ``sentence`` says in words what was compared with what."""

    check: str
    title: str
    severity: str
    target: str
    facts: tuple[tuple[str, str], ...] = ()
    sentence: str = ""
    cannot_tell: bool = False
    clears: str = ""
    target_code: str = ""
    stops: bool = False  # it could not tell, and keeps the goods until it can or somebody has decided
    may_decide: bool = False


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One journal entry in words, or a run of the same thing with its ``members``; ``at`` is its newest time."""

    seq: int
    at: datetime
    title: str
    detail: str = ""
    who: str = ""
    point: str = ""
    icon: str = "circle-dot"
    tone: str = "note"
    subject: str = ""
    subject_href: str = ""
    since: datetime | None = None
    members: tuple[TimelineEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class ConsignmentView:
    """Everything about one consignment that the reader may see."""

    ref: str
    stage: str
    mode: str
    sender: str
    consignee: str
    rail: tuple[StageStep, ...]
    since: datetime
    consignee_place: str = ""
    donor: str = ""
    carrier: str = ""
    driver: str = ""
    plate: str = ""
    trailer: str = ""
    container: str = ""
    seal: str = ""
    packages: int | None = None
    gross_kg: Decimal | None = None
    net_kg: Decimal | None = None
    measured_kg: Decimal | None = None
    units_seen: int = 0
    lane: str = ""
    decision: str = ""
    checked_at: datetime | None = None
    rules_version: str = ""
    findings: tuple[FindingView, ...] = ()
    permissions: tuple[PermissionView, ...] = ()
    documents: tuple[DocumentView, ...] = ()
    holds: tuple[HoldView, ...] = ()
    lines: tuple[LineView, ...] = ()
    units: tuple[UnitView, ...] = ()
    visits: tuple[VisitRow, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    story_goes_on: bool = False
    unit_stages: tuple[tuple[str, int], ...] = ()
    steps: tuple[str, ...] = ()  # steps that the reader may take by hand now
    inspections: tuple[OrderRow, ...] = ()
    may_inspect: bool = False
    may_seize: bool = False
    may_hold: bool = False
    may_amend: bool = False
    may_check: bool = False
    may_export: bool = False


@dataclass(frozen=True, slots=True)
class SealView:
    """A seal as seen."""

    number: str
    state: str = "INTACT"
    cls: str = ""


@dataclass(frozen=True, slots=True)
class WeighingView:
    """One weight with what makes it believable."""

    at: datetime
    what: str
    kg: Decimal
    scale: str
    operator: str = ""
    typed: bool = False
    verified_until: date | None = None
    subject: str = ""
    subject_href: str = ""
    note: str = ""
    replaced: bool = False  # a later weight of the same kind counts


@dataclass(frozen=True, slots=True)
class VisitView:
    """One vehicle: where it stands, what is aboard, its seals and weights."""

    id: str
    plate: str
    stage: str
    mode: str
    since: datetime
    rail: tuple[StageStep, ...]
    trailer: str = ""
    expected_plate: str = ""
    driver: str = ""
    waybill: str = ""
    on_papers: bool | None = None  # whether the papers name that waybill; None: nothing to compare
    point: str = ""
    carries: tuple[str, ...] = ()
    loaded: Mapping[str, int] = field(default_factory=dict)
    loaded_kg: Decimal | None = None
    seals: tuple[SealView, ...] = ()
    weighings: tuple[WeighingView, ...] = ()
    holds: tuple[HoldView, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    story_goes_on: bool = False
    steps: tuple[str, ...] = ()
    inspections: tuple[OrderRow, ...] = ()
    may_inspect: bool = False
    emptying: bool = False  # being unloaded, goods still on board
    may_pass: bool = False
    tare_alarm: TareAlarm | None = None
    axles: Report | None = None
    findings: tuple[FindingView, ...] = ()  # of a vehicle that was screened by itself
    indicators: tuple[
        tuple[str, int], ...
    ] = ()  # risk indicators of the vehicle itself, for those who see risk


@dataclass(frozen=True, slots=True)
class PersonView:
    """One person who may sign in."""

    id: str
    name: str
    login: str
    roles: tuple[str, ...] = ()
    organisation: str = ""
    active: bool = True
    last_seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A scan that could not be applied as it came, beside what the books say."""

    id: str
    why: str
    code: str
    step: str
    point: str
    scanned_at: datetime
    received_at: datetime
    device: str
    books: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Station:
    """One place of work: its point, the steps it can take and the one that is chosen."""

    point: str
    name: str
    step: str
    steps: tuple[str, ...]
    seq: int = 0
    visits: tuple[VisitRow, ...] = ()
    target: str = ""  # the vehicle that units are loaded on or unloaded from
    points: tuple[tuple[str, str], ...] = ()  # all places of this kind: id and name


@dataclass(frozen=True, slots=True)
class Weighbridge:
    """One scale and the vehicles that may stand on it."""

    point: str
    name: str
    scale: str
    capacity_kg: Decimal | None
    division_kg: Decimal | None
    verified_until: date | None
    visits: tuple[VisitRow, ...] = ()
    recent: tuple[WeighingView, ...] = ()
    visit: str = ""
    verification_late: bool = False
    layouts: tuple[str, ...] = ()
    axles: Report | None = None  # the last pass of the chosen vehicle
    known_kg: Decimal | None = None  # its known tare


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate, and the vehicle that stands before it if it was found.

    ``asked`` is the plate that was typed, ``read`` the one the camera saw; ``step`` what may be asked for now. A
    scanned pass (``told`` says what it is worth, ``good``) fills ``asked`` and ``seals``.
    """

    point: str
    name: str
    points: tuple[tuple[str, str], ...] = ()
    seq: int = 0
    asked: str = ""
    read: str = ""
    seals: str = ""
    told: str = ""
    good: bool = False
    visit: VisitView | None = None
    step: str = ""
    leaving: bool = False
    aboard: tuple[str, ...] = ()
    holds: int = 0
    blocked: bool = False
    several: tuple[
        VisitRow, ...
    ] = ()  # open visits of the plate that was asked for, when there is more than one
    leaving_rows: tuple[VisitRow, ...] = ()
    expected_rows: tuple[VisitRow, ...] = ()

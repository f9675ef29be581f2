"""A case: what the papers declare, what the terminal saw, and what was known when it is judged.

All frozen values. Weights are ``Decimal`` kilograms, temperatures degrees Celsius, times aware datetimes.
An empty tuple means *not observed*; a check that needs it says that it cannot tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from workflows.checks.memo import Memo
from workflows.checks.reference import Reference, default_reference
from workflows.findings import Finding
from workflows.identifiers import Passport
from workflows.papers import Document, Papers
from workflows.screening import SanctionsList
from workflows.stages import Stage

TASHKENT = ZoneInfo("Asia/Tashkent")


@dataclass(frozen=True, slots=True)
class GateRead:
    """One reading of a plate camera, or typed by a person (``confidence`` None)."""

    at: datetime | None
    plate: str | None = None
    trailer: str | None = None
    container: str | None = None
    confidence: float | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True)
class WagonRead:
    """One wagon number read by the rail portal."""

    at: datetime | None
    wagon: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class SealSeen:
    """A seal as found. ``on`` is ``vehicle``, ``container`` or ``wagon:NUMBER``; ``state`` a word of codes.json."""

    on: str
    number: str | None = None
    seal_class: str | None = None
    state: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AxleGroup:
    """One axle group on the axle scale: ``single``, ``tandem`` or ``tridem``."""

    group: str
    kg: Decimal


@dataclass(frozen=True, slots=True)
class WeighingSeen:
    """One reading. ``what``: GROSS, TARE, UNIT, AXLES or NET; ``target``: vehicle, wagon:NUMBER, container or an SSCC."""

    scale: str
    what: str
    target: str
    kg: Decimal | None
    stable: bool | None = None
    at: datetime | None = None
    registered_tare_kg: Decimal | None = None
    axles: tuple[AxleGroup, ...] = ()
    status: str | None = None  # OVERLOAD, ERROR ... as the indicator said


@dataclass(frozen=True, slots=True)
class ScanSeen:
    """One read of a label; ``physical_unit`` numbers the thing it was stuck on, when known."""

    raw: str
    at: datetime | None = None
    device: str | None = None
    physical_unit: int | None = None


@dataclass(frozen=True, slots=True)
class CountSeen:
    """A count by hand of a line, a wagon, a unit or everything."""

    packages: int
    line: int | None = None
    wagon: str | None = None
    unit: int | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """Where a line (or unit) is to be put."""

    bay: str
    line: int | None = None
    unit: int | None = None


@dataclass(frozen=True, slots=True)
class PassportRead:
    """A machine-readable zone as read; or ``holder``, when whoever read it has checked every digit of it.

    Cards have three short lines: they come as a holder.
    """

    lines: tuple[str, ...]
    at: datetime | None = None
    holder: Passport | None = None


@dataclass(frozen=True, slots=True)
class DriverSeen:
    """The name of a driver as the gate wrote it down, with no travel document read."""

    name: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TemperatureReading:
    """One logger value; ``line`` None means it counts for every temperature-controlled line.

    Values of different loggers (``logger``, their record or serial number) are never read as one record.
    """

    at: datetime
    celsius: Decimal
    line: int | None = None
    logger: str = ""


@dataclass(frozen=True, slots=True)
class InspectionSeen:
    """Method and result of an inspection (words of codes.json)."""

    method: str
    result: str
    finding: str | None = None


@dataclass(frozen=True, slots=True)
class ClockSeen:
    """A device time beside the server's: the pair a clock check needs."""

    device: str
    device_at: datetime
    server_at: datetime


@dataclass(frozen=True, slots=True)
class Observations:
    """Everything the terminal saw of one consignment."""

    gate: tuple[GateRead, ...] = ()
    wagons: tuple[WagonRead, ...] = ()
    seals: tuple[SealSeen, ...] = ()
    weighings: tuple[WeighingSeen, ...] = ()
    scans: tuple[ScanSeen, ...] = ()
    counts: tuple[CountSeen, ...] = ()
    storage_plan: tuple[Planned, ...] = ()
    passports: tuple[PassportRead, ...] = ()
    drivers: tuple[DriverSeen, ...] = ()
    temperatures: tuple[TemperatureReading, ...] = ()
    inspections: tuple[InspectionSeen, ...] = ()
    clocks: tuple[ClockSeen, ...] = ()


@dataclass(frozen=True, slots=True)
class ScaleKnown:
    """A scale of the terminal: kind (a key of the weight tolerances), range in kg, last day of verification."""

    id: str
    kind: str
    min_kg: Decimal | None = None
    max_kg: Decimal | None = None
    verified_until: date | None = None


@dataclass(frozen=True, slots=True)
class Bay:
    """A storage place: zone as named, its temperature range where it has one, building where known."""

    id: str
    zone: str = ""
    min_c: Decimal | None = None
    max_c: Decimal | None = None
    building: str | None = None
    dg_classes: tuple[str, ...] = ()  # what stands there already


@dataclass(frozen=True, slots=True)
class SsccUse:
    """An SSCC met before: open in another consignment, or last used at a time."""

    sscc: str
    reference: str | None = None
    last_used: date | None = None


@dataclass(frozen=True, slots=True)
class WatchListEntry:
    """One entry of the local watch list: a plate, a document number or a name."""

    value: str
    kind: str = ""  # plate, document, name; empty means any
    note: str = ""


@dataclass(frozen=True, slots=True)
class PastLanes:
    """The last consignments of a customs office, without this one: how many, and how many of them were RED."""

    count: int
    red: int


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What is the same for all consignments at one moment.

    ``as_of`` is the moment of judging, ``step`` the step asked (documents needed by that step must be there),
    ``arrival`` the expected arrival at destination (None: the day of judging). ``sanctions`` None means that
    no list is loaded: that is *cannot tell* and counts as HOLD. ``random_seed`` None switches the draw off.
    """

    as_of: datetime
    step: Stage = Stage.LOAD
    arrival: date | None = None
    scales: Mapping[str, ScaleKnown] = field(default_factory=dict)
    bays: Mapping[str, Bay] = field(default_factory=dict)
    known_senders: frozenset[str] | None = None
    known_carriers: frozenset[str] | None = None
    recognised_senders: frozenset[str] | None = None
    open_sscc: tuple[SsccUse, ...] = ()
    used_seals: tuple[tuple[str, str | None], ...] = ()  # number, reference of the movement
    watch_list: tuple[WatchListEntry, ...] = ()
    sanctions: SanctionsList | None = None
    random_seed: str | None = None
    extra_indicators: frozenset[str] = frozenset()  # R16, R20-R23 ... set by officers, not computed
    history: Mapping[str, str] = field(
        default_factory=dict
    )  # indicators of earlier movements -> what they rest on
    past_lanes: PastLanes | None = None  # None: nobody counted, no cap

    @property
    def today(self) -> date:
        """The calendar day of judging, in Tashkent."""
        return self.as_of.astimezone(TASHKENT).date()

    @property
    def arrival_day(self) -> date:
        """Expected arrival at destination; the day of judging when nobody said."""
        return self.arrival or self.today


@dataclass(frozen=True, slots=True)
class ApprovalFact:
    """One approval: ``first`` (customs) or ``second`` (terminal), by whom, when, for which digest."""

    order: str
    by: str
    at: datetime
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class EditFact:
    """One change of a protected field: by whom, when, which field."""

    by: str
    at: datetime
    field: str


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """The state of the process, for the PRC checks. The live service fills it; a folder on disk has none."""

    approvals: tuple[ApprovalFact, ...] = ()
    edits: tuple[EditFact, ...] = ()
    sender_user: str | None = None  # who acts for the sender
    open_holds: tuple[tuple[str, str], ...] = ()  # (target, reason)
    release_asked: bool = False
    move: tuple[Stage, Stage] | None = None  # from, to: of the consignment
    stage: Stage | None = None
    in_stage_since: datetime | None = None
    digest: str | None = None
    sequence: tuple[datetime, ...] = ()  # device times of events in the order the server got them


@dataclass(frozen=True, slots=True)
class HeaderOf:
    """What one source (file or form) states in its head: canonical field -> text as written."""

    source: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """One consignment to be judged."""

    papers: Papers
    context: CheckContext
    observations: Observations = field(default_factory=Observations)
    imported: tuple[Finding, ...] = ()  # DAT and other findings of the importer
    headers: tuple[HeaderOf, ...] = ()
    other_parties: tuple[tuple[str, str], ...] = ()  # (role, name): owner, forwarder ...
    process: ProcessFacts | None = None
    reference: Reference = field(default_factory=default_reference)
    memo: Memo = field(default_factory=Memo, init=False, compare=False, repr=False)  # of this very case

    def documents(self, kind: str) -> tuple[Document, ...]:
        """The attached documents of one type."""
        return tuple(paper for paper in self.papers.documents if paper.type == kind)

    def plan(self, flag: str) -> bool:
        """A plan flag; one that nobody set counts as False."""
        return bool(self.papers.plan.get(flag, False))

    @property
    def to_afghanistan(self) -> bool:
        """True when the goods go on to Afghanistan: a place there, or no word of staying in the country."""
        place = (self.papers.consignee_place or "").strip().upper()
        return place.startswith("AF") if place else not self.plan("free_circulation")


def add_months(day: date, months: int) -> date:
    """The same day some months later, or the last day of that month when it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    first_of_next = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (first_of_next - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))

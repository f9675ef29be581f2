"""JSON shapes of the API. Weights are decimal text in kg, times ISO 8601 with zone; both ways."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import Path as PathParam
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, field_validator

from terminal.cases.answers import Answer
from terminal.store.errors import JournalRefused
from terminal.store.journal import canonical
from workflows.exemption_state import Basis
from workflows.plain import to_plain
from workflows.stages import OUTWARD, Stage
from workflows.state import Authority, HoldOutcome, HoldReason, HoldSeverity, Seal

Nonce = Annotated[str, Field(min_length=8, max_length=80, pattern=r"^[A-Za-z0-9._:-]+$")]
#: names of things: one line without control characters, as no database keeps them and no label has them
_ONE_LINE = r"^[^\x00-\x1f\x7f]+$"
Reference = Annotated[str, Field(min_length=1, max_length=80, pattern=_ONE_LINE)]
#: a name inside an address
Name = Annotated[str, PathParam(max_length=160, pattern=_ONE_LINE)]
#: the largest number that a journal can reach
LAST = 2**62
Login = Annotated[str, Field(min_length=1, max_length=120, pattern=_ONE_LINE)]
Password = Annotated[str, Field(min_length=1, max_length=200)]
Note = Annotated[str, Field(max_length=2000)]
_FIELDS_BYTES = 20_000
_FIGURE = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")


def figure(value: Any) -> Any:
    """A figure as it may be written: text of plain digits with a point, or a whole number. Raises ``ValueError``.

    ``Decimal`` would also take digits of other scripts, exponents, underscores and blanks; and a JSON number with a
    point has lost its digits before anybody can look at them.
    """
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, float | bool) or (isinstance(value, str) and not _FIGURE.fullmatch(value)):
        raise ValueError('write a figure as text with plain digits and a point, such as "1250.5"')
    return value


def told_figure(whole: int, places: int, *, least: int | None = None) -> WithJsonSchema:
    """What the contract says of a figure of so many digits before and after the point; ``least`` bounds it from below."""
    sign, bottom = ("-?", 1 - 10**whole) if least is None else ("", least)
    zero = r"(?!0+(\.0+)?$)" if least == 1 else ""
    text = {"type": "string", "pattern": rf"^{zero}{sign}[0-9]{{1,{whole}}}(\.[0-9]{{1,{places}}})?$"}
    return WithJsonSchema({"anyOf": [text, {"type": "integer", "minimum": bottom, "maximum": 10**whole - 1}]})


Kg = Annotated[Decimal, Field(max_digits=12, decimal_places=4), BeforeValidator(figure), told_figure(8, 4)]


class Shape(BaseModel):
    """Closed: a key that does not exist is an error, not a silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Asked(Shape):
    """Every write carries a nonce made where it was asked; the same nonce gets the same answer for ever."""

    nonce: Nonce


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def zoned(value: datetime | None) -> datetime | None:
    """The time as given, or none. Raises ``ValueError`` for one without a zone, or of a clock that was never set."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("give the time with its zone, e.g. 2026-11-16T08:05:00+05:00")
    if not 2000 <= value.year < 2100:
        raise ValueError("this clock is not set: the year must be between 2000 and 2099")
    return value


class UnitContext(Shape):
    """What the station knows beyond the label."""

    visit: Reference | None = None
    place: Reference | None = None
    condition: Literal["GOOD", "WET", "TORN", "CRUSHED", "OPENED", "LEAKING", "INFESTED", "MOULD"] = "GOOD"
    note: Note = ""
    offline: bool = False
    only: Reference | None = None  # the consignment whose list is worked through


class ScanIn(Asked):
    """One label read at one point. ``symbology`` is the AIM identifier or a name, when the reader says."""

    code: Annotated[str, Field(min_length=1, max_length=4096)]
    step: Stage
    point: Reference
    scanned_at: datetime
    symbology: Annotated[str, Field(max_length=40)] | None = None
    unit_context: UnitContext = UnitContext()

    _step = field_validator("step", mode="before")(_upper)

    _zone = field_validator("scanned_at")(zoned)


class ScanBatch(Shape):
    """An offline queue, in order. What is no whole scan is kept for the review desk and does not stop the others."""

    scans: Annotated[
        list[Annotated[ScanIn | dict[str, Any], Field(union_mode="left_to_right")]],
        Field(min_length=1, max_length=500),
    ]


class MissingOut(Shape):
    """One thing that stands in the way, with who can do something about it."""

    reason: str
    sentence: str
    next: str
    facts: dict[str, Any]
    who: list[str]


class AnswerOut(Shape):
    """The answer: verdict, the reason to say, everything that is missing, what to do next, and the event number."""

    verdict: Literal["accepted", "already_done", "refused", "attention"]
    subject: str
    sentence: str
    facts: dict[str, Any]
    reason: str | None = None
    next: list[str] = []
    missing: list[MissingOut] = []
    event: int


class SeenScan(Shape):
    """A scan that a device made, with its answer."""

    at: datetime
    device: str
    code: str
    answer: AnswerOut


class SeenOut(Shape):
    """The last scans of devices at a point, and the journal number they were looked up at."""

    head: int
    scans: list[SeenScan]


class WeighIn(Asked):
    """Weigh a vehicle (``visit`` and ``step``) or a unit (``unit``), with the scale at ``point``.

    With ``layout`` ("1-2-3": axles of each group from the front) the axle group that stands on the scale is weighed.
    ``note`` says why a vehicle is weighed again; ``looked`` with a note, that somebody looked which vehicle it is.
    Without ``typed_kg`` a stable weight is captured from the scale. A typed weight needs a second person and a reason.
    """

    point: Reference
    visit: Reference | None = None
    step: Literal[Stage.WEIGH_IN, Stage.WEIGH_OUT] | None = None
    unit: Reference | None = None
    typed_kg: Kg | None = None
    confirmed_by: Login | None = None
    confirm_password: Annotated[str, Field(max_length=200)] | None = None
    note: Note = ""
    layout: Annotated[str, Field(pattern=r"^[123](-[123]){1,5}$")] | None = None
    looked: bool = False
    wait_s: Annotated[float, Field(gt=0, le=60)] = 10.0

    _step = field_validator("step", mode="before")(_upper)


class HoldIn(Asked):
    """Place a hold on "consignment:REF", "unit:LABEL" or "visit:ID".

    ``check`` and ``target`` name a check of the consignment that could not tell: then whoever owns it decides about the
    gap, and authority, reason, severity and blocked steps are those of the check.
    """

    subject: Annotated[str, Field(pattern=r"^(consignment|unit|visit):[^\x00-\x1f\x7f]{1,80}$")]
    authority: Authority = Authority.CUSTOMS
    reason: HoldReason
    severity: HoldSeverity = HoldSeverity.HOLD
    note: Note
    blocks: Annotated[list[Stage], Field(min_length=1)] = sorted(OUTWARD)
    evidence: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=50)] = []
    check: Annotated[str, Field(pattern=r"^[A-Z]{2,3}-[0-9]{2}$")] | None = None
    target: Annotated[str, Field(max_length=120)] | None = None


class LiftIn(Asked):
    """End a hold with an outcome and a reason; a waiver also names its evidence.

    PARTIAL_RELEASE of a hold on a consignment names the ``units`` that stay held. ``password`` unless a step-up token
    is sent.
    """

    outcome: HoldOutcome
    note: Note
    evidence: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=50)] = []
    units: Annotated[list[Reference], Field(max_length=5000)] = []
    password: Password | None = None


class ExemptionIn(Asked):
    """State the humanitarian basis of a sanctions match, with the reason; for a strong match two people state the same."""

    basis: Basis
    note: Note


class ApprovalIn(Asked):
    """Give customs release (CUSTOMS_RELEASE) or terminal release (RELEASE), or another step of the consignment.

    An approval covers everything that is left, the ``units`` named, or (``clean``) every unit with nothing against it;
    ``visit`` names the only vehicle that may take them. ``password`` unless a step-up token is sent.
    """

    consignment: Reference
    step: Stage
    note: Note = ""
    units: Annotated[list[Reference], Field(max_length=5000)] = []
    clean: bool = False
    visit: Reference | None = None
    password: Password | None = None

    _step = field_validator("step", mode="before")(_upper)


class SealIn(Shape):
    """A seal as seen."""

    number: Annotated[str, Field(min_length=1, max_length=40)]
    state: Literal["INTACT", "BROKEN", "MISSING", "TAMPERED", "REPLACED", "NOT_READABLE"] = "INTACT"
    cls: Literal["I", "S", "H"] | None = None

    def seal(self) -> Seal:
        """The value of the rules."""
        return Seal(self.number, self.state, self.cls)


class VisitIn(Asked):
    """Expect a vehicle, with the consignments it brings."""

    plate: Annotated[str, Field(min_length=1, max_length=40)]
    trailer: Annotated[str, Field(max_length=40)] | None = None
    mode: Literal["ROAD", "RAIL", "AIR", "RIVER"] = "ROAD"
    carries: Annotated[list[Reference], Field(max_length=200)] = []


class VisitStepIn(Asked):
    """What was seen when a vehicle takes a step."""

    step: Stage
    point: Reference | None = None
    plate: Annotated[str, Field(max_length=40)] | None = None
    trailer: Annotated[str, Field(max_length=40)] | None = None
    seals: Annotated[list[SealIn], Field(max_length=20)] = []
    driver: Annotated[str, Field(max_length=120)] | None = None
    note: Note = ""
    waybill: Annotated[str, Field(max_length=40)] | None = (
        None  # CMR, TIR carnet, SMGS or AWB, as shown at the gate
    )
    done_at: datetime | None = None  # done without a connection, at this time by the station's own clock

    _step = field_validator("step", mode="before")(_upper)

    _zone = field_validator("done_at")(zoned)


class DocumentIn(Asked):
    """Attach a paper, or replace the one of the same type and number; ``verified`` says that it was looked at."""

    type: Annotated[str, Field(pattern=r"^[A-Z0-9_]{2,40}$")]
    number: Annotated[str, Field(min_length=1, max_length=80)]
    issued: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    fields: dict[str, Any] = {}
    verified: bool = False
    note: Note = ""

    @field_validator("fields")
    @classmethod
    def _exact(cls, value: dict[str, Any]) -> dict[str, Any]:
        try:
            size = len(canonical(value))
        except (JournalRefused, RecursionError) as error:
            raise ValueError(f"write figures with decimals as text ({error})") from error
        if size > _FIELDS_BYTES:
            raise ValueError(f"the fields of a paper are at most {_FIELDS_BYTES} bytes")
        return value


class DeviceIn(Asked):
    """Add a device or gateway; the answer has the one-time code with which it fetches its token."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
    name: Annotated[str, Field(min_length=1, max_length=120)]
    kind: Annotated[str, Field(max_length=40)] = "station"
    point: Reference | None = None
    steps: list[Stage] = []


class EnrolIn(Shape):
    """Fetch a device token with a one-time code."""

    code: Annotated[str, Field(min_length=8, max_length=200)]


class StepUpIn(Shape):
    """Prove anew who is signed in."""

    password: Password


class SignInIn(Shape):
    """Sign in with name and password."""

    login: Login
    password: Annotated[str, Field(min_length=1, max_length=200)]


def gives(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """For ``responses``: an endpoint that answers with files of these media types."""
    return {
        200: {"content": {one: {"schema": {"type": "string", "format": "binary"}} for one in media_types}}
    }


def body_of(shape: BaseModel) -> dict[str, Any]:
    """What was asked, for the nonce's digest: everything but the nonce, secrets, and how long to wait."""
    return shape.model_dump(mode="json", exclude={"nonce", "confirm_password", "password", "wait_s"})


def facts_of(answer: Answer) -> dict[str, Any]:
    """The facts of an answer as JSON."""
    plain: dict[str, Any] = to_plain(dict(answer.facts))
    return plain

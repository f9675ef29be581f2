"""JSON shapes of announcing, arriving and tracking."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from terminal.api.schemas import Asked, Note, Reference, Shape
from workflows.papers import Mode

Text = Annotated[str, Field(max_length=400, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]
Plate = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$")]
#: how many lines of goods a form takes; more come in a file
MOST_LINES = 200


class BeginIn(Asked):
    """A new draft. Agencies announce for their own organisation; the desk names the sender."""

    organisation: Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


class FillIn(Asked):
    """What a draft says beside goods, papers and vehicles. Keys that no form has are left out."""

    facts: Annotated[dict[str, Text], Field(max_length=40, default_factory=dict)]
    request: Annotated[dict[str, Text], Field(max_length=40, default_factory=dict)]
    plan: Annotated[tuple[str, ...], Field(max_length=20)] = ()


class GoodsIn(Asked):
    """Lines of goods as typed: description, hs_code, quantity, unit, packages, package_type, gross (kg) ..."""

    lines: Annotated[
        list[Annotated[dict[str, Text], Field(max_length=20)]], Field(min_length=1, max_length=MOST_LINES)
    ]


class TruckIn(Asked):
    """A vehicle, and the start of the time window it wants."""

    plate: Plate
    trailer: Annotated[str, Field(max_length=40)] = ""
    at: AwareDatetime | None = None


class DropIn(Asked):
    """Take something off a draft: a file by its SHA-256, a paper by "TYPE number", a vehicle by its plate."""

    kind: Literal["file", "paper", "truck"]
    name: Annotated[str, Field(min_length=1, max_length=300)]


class WindowIn(Asked):
    """Another time window for an expected vehicle; none gives it back."""

    at: AwareDatetime | None = None


class OrganisationIn(Asked):
    """A sender that the terminal recognises; not active takes it off the list."""

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
    kind: Literal["UN", "RED_CROSS", "NGO", "GOVERNMENT", "LIAISON_OFFICE", "OTHER"] = "OTHER"
    active: bool = True
    note: Note = ""


class NeedsIn(Asked):
    """What goes ahead: goods types, until which day (inclusive), and why. No goods types: the emergency is over."""

    goods_types: Annotated[tuple[str, ...], Field(max_length=40)] = ()
    until: date | None = None
    why: Note


class ArrivalIn(Asked):
    """A vehicle that nobody announced, let in at the gate. ``empty`` says that it comes to load."""

    plate: Plate
    point: Reference
    trailer: Annotated[str, Field(max_length=40)] | None = None
    mode: Mode = Mode.ROAD
    driver: Annotated[str, Field(max_length=200)] | None = None
    empty: bool = False


class MatchIn(Asked):
    """What a vehicle brings: an expected visit, consignments, or neither (it came to load)."""

    expected: Reference | None = None
    consignments: Annotated[tuple[Reference, ...], Field(max_length=50)] = ()


class MilestoneOut(Shape):
    """One milestone and when it was first reached."""

    milestone: str
    at: datetime


class TrackedOut(Shape):
    """Everything a tracking code tells."""

    milestones: list[MilestoneOut]


class TruckOut(TrackedOut):
    """The own truck: milestones, how many wait before it, and the dock it waits for or was called to."""

    ahead: int | None = None
    dock: str | None = None


class PublicOut(Shape):
    """What everybody may know of the terminal now."""

    name: str
    opens: int
    closes: int
    days: list[int]
    time_zone: str = "Asia/Tashkent"
    open_now: bool
    waiting: int
    expected_this_hour: int

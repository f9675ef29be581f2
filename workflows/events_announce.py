"""What happened before and at the arrival: announcements, known organisations, needs, tracking, queue, matching."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from workflows.announce_state import Announcement, Needs, Organisation
from workflows.event_base import Event


@dataclass(frozen=True, slots=True)
class AnnouncementKept(Event):
    """An announcement was begun, changed, submitted or withdrawn: ``what`` says which, ``value`` is it afterwards."""

    shared: ClassVar[bool] = False

    what: str
    value: Announcement


@dataclass(frozen=True, slots=True)
class PaperSent(Event):
    """The picture or PDF of a paper was attached to an announcement or a consignment; its bytes lie under ``sha256``."""

    attachment: str
    document: str
    number: str
    sha256: str
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class OrganisationListed(Event):
    """An organisation was put on the list of recognised senders, changed there, or taken off (not active)."""

    value: Organisation


@dataclass(frozen=True, slots=True)
class NeedsSet(Event):
    """A person said what goes ahead from now on; with no goods types, that the emergency is over."""

    value: Needs


@dataclass(frozen=True, slots=True)
class TrackingCodeGiven(Event):
    """A consignment or vehicle got the code under which anybody who has it may follow it. Given once."""

    shared: ClassVar[bool] = False

    code: str


@dataclass(frozen=True, slots=True)
class VisitQueued(Event):
    """A vehicle that came in was sent to a dock (None: there is none configured), with its priority."""

    dock: str | None
    ahead: int = 0
    priority: str = "ORDINARY"


@dataclass(frozen=True, slots=True)
class VisitMatched(Event):
    """A person said what a vehicle that nobody announced is: it brings these consignments, or came to load (none)."""

    consignments: tuple[str, ...] = ()
    instead_of: str | None = None  # the expected visit that it is


@dataclass(frozen=True, slots=True)
class VisitCalledOff(Event):
    """An expected vehicle is not expected any more: withdrawn, or it is another visit that came unannounced."""

    why: str
    instead: str | None = None


@dataclass(frozen=True, slots=True)
class VisitRescheduled(Event):
    """An expected vehicle got another time window (start, UTC), or none."""

    at: datetime | None


KINDS = (
    AnnouncementKept,
    PaperSent,
    OrganisationListed,
    NeedsSet,
    TrackingCodeGiven,
    VisitQueued,
    VisitMatched,
    VisitCalledOff,
    VisitRescheduled,
)

"""Complaints as values: what somebody says went wrong at a stop or an inspection, and what they were answered.

Whoever was stopped or searched may complain, and gets a reference under which the terminal answers. A complaint is about a
consignment or a vehicle, and may name the inspection or the hold. It never stands in the way of cargo.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from workflows.roles import Actor, Right, Role

#: a complaint is to be answered within so many days (Uzbek law on appeals of individuals and legal entities: fifteen)
ANSWER_WITHIN = timedelta(days=15)


class Cause(StrEnum):
    """What the complaint is about."""

    STOP = "STOP"  # why the vehicle or the goods were held
    INSPECTION = "INSPECTION"  # how they were searched
    DELAY = "DELAY"
    CONDUCT = "CONDUCT"  # how somebody behaved
    DAMAGE = "DAMAGE"
    PERSONAL_DATA = "PERSONAL_DATA"
    OTHER = "OTHER"


class Standing(StrEnum):
    """How far it has come."""

    RECEIVED = "RECEIVED"
    IN_HAND = "IN_HAND"
    ANSWERED = "ANSWERED"


class Finding(StrEnum):
    """What the answer says of it."""

    UPHELD = "UPHELD"
    PARTLY_UPHELD = "PARTLY_UPHELD"
    NOT_UPHELD = "NOT_UPHELD"


@dataclass(frozen=True, slots=True)
class Complainant:
    """Who complains and where they can be answered; personal data, deleted after its time."""

    name: str
    contact: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, or one reopening (``finding`` None) with its reason."""

    by: str
    at: datetime
    text: str
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Complaint:
    """One complaint. ``subject`` is "consignment:REF" or "visit:ID"; ``organisation`` the sender whose cargo it is about.

    ``involved`` are the people whose inspection or hold it names, as they were when it was recorded: none of them answers it.
    """

    ref: str
    subject: str
    cause: Cause
    text: str
    complainant: Complainant
    recorded_by: str
    at: datetime
    inspection: str | None = None
    hold: str | None = None
    organisation: str | None = None
    involved: frozenset[str] = frozenset()
    standing: Standing = Standing.RECEIVED
    taken_by: str | None = None
    taken_at: datetime | None = None
    replies: tuple[Reply, ...] = ()

    @property
    def open(self) -> bool:
        """True until it is answered."""
        return self.standing is not Standing.ANSWERED

    @property
    def answered_at(self) -> datetime | None:
        """When the answer that stands was given."""
        return self.replies[-1].at if self.replies and not self.open else None

    @property
    def due(self) -> datetime:
        """When it has to be answered: counted from when it came, or was opened again."""
        again = [reply.at for reply in self.replies if reply.finding is None]
        return (again[-1] if again else self.at) + ANSWER_WITHIN

    def late(self, now: datetime) -> bool:
        """True when it should have been answered by now."""
        return self.open and now > self.due


def may_read(complaint: Complaint, who: Actor) -> bool:
    """Those who keep complaints, whoever recorded it, and the organisation whose cargo it is about."""
    if who.is_device:
        return False
    if who.may(Right.READ_COMPLAINTS) or who.id == complaint.recorded_by:
        return True
    own = complaint.organisation is not None and who.organisation == complaint.organisation
    return own and Role.AGENCY_USER in who.roles

"""Snapshots of what is announced before it comes: announcements, organisations that are known, what is needed most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Standing(StrEnum):
    """How far an announcement is."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    WITHDRAWN = "WITHDRAWN"


class Priority(StrEnum):
    """Why something goes ahead, the strongest first. Only what a recognised organisation sends goes ahead."""

    NEEDED = "NEEDED"  # on the list of what the emergency needs most
    COLD_CHAIN = "COLD_CHAIN"
    MEDICINE = "MEDICINE"
    PERISHABLE = "PERISHABLE"
    ORDINARY = "ORDINARY"

    @property
    def rank(self) -> int:
        """0 goes first."""
        return list(Priority).index(self)


class Window(StrEnum):
    """Why a time window cannot be had."""

    PAST = "past"
    CLOSED = "closed"
    TOO_FAR = "too_far"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Truck:
    """A vehicle that shall bring a part of an announcement. ``at`` is the start of its time window (UTC)."""

    plate: str
    trailer: str | None = None
    at: datetime | None = None
    visit: str | None = None  # given when the announcement was submitted


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file of goods that lies beside the database under its SHA-256; ``size`` in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class SentPaper:
    """A paper of an announcement: type and number as on it, and the picture or PDF of it, if one was sent."""

    type: str
    number: str
    issued: date | None = None
    valid_until: date | None = None
    file: str | None = None  # id of the attachment
    name: str = ""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What an organisation says it will send: facts as typed, files of goods, papers and vehicles.

    ``facts`` are those of a pre-advice (sender, consignee, mode ...), texts as typed; ``request`` the fields of a
    service request form that no paper of a consignment has (contact, from, to, ready, volume, value, remarks).
    """

    id: str
    organisation: str
    by: str
    since: datetime
    standing: Standing = Standing.DRAFT
    facts: Mapping[str, str] = field(default_factory=dict)
    request: Mapping[str, str] = field(default_factory=dict)
    plan: tuple[str, ...] = ()
    files: tuple[SentFile, ...] = ()
    papers: tuple[SentPaper, ...] = ()
    trucks: tuple[Truck, ...] = ()
    consignment: str | None = None
    priority: Priority = Priority.ORDINARY
    recognised: bool = False


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation the terminal knows and recognises as a sender of humanitarian cargo, while ``active``."""

    name: str
    kind: str = "OTHER"
    active: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class Needs:
    """What an emergency needs most: goods types that go ahead until ``until`` (a day in Tashkent, inclusive)."""

    goods_types: tuple[str, ...] = ()
    why: str = ""
    until: date | None = None
    by: str = ""
    at: datetime | None = None

    def in_force(self, day: date) -> frozenset[str]:
        """The goods types that go ahead on a day."""
        if self.until is not None and day > self.until:
            return frozenset()
        return frozenset(self.goods_types)


#: kinds of organisations, for the list
#: a border liaison office: in the address book for messages, no sender of cargo
LIAISON_OFFICE = "LIAISON_OFFICE"
KINDS = ("UN", "RED_CROSS", "NGO", "GOVERNMENT", LIAISON_OFFICE, "OTHER")

"""What happens to complaints ("complaint:CP-2026-0001") and to messages between terminal and liaison office ("message:…")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from workflows.complaint_state import Complaint, Finding
from workflows.event_base import Event
from workflows.message_state import Message


@dataclass(frozen=True, slots=True)
class ComplaintRecorded(Event):
    """Somebody complained: the whole of it as it was first written down."""

    shared: ClassVar[bool] = False

    complaint: Complaint


@dataclass(frozen=True, slots=True)
class ComplaintTaken(Event):
    """Somebody took it in hand."""

    shared: ClassVar[bool] = False

    by: str


@dataclass(frozen=True, slots=True)
class ComplaintAnswered(Event):
    """It was answered."""

    shared: ClassVar[bool] = False

    finding: Finding
    text: str
    by: str


@dataclass(frozen=True, slots=True)
class ComplaintReopened(Event):
    """The answer did not do: it is open again, for a reason."""

    shared: ClassVar[bool] = False

    text: str
    by: str


@dataclass(frozen=True, slots=True)
class MessageSent(Event):
    """The terminal wrote to a liaison office, or a liaison office to the terminal."""

    shared: ClassVar[bool] = False

    message: Message


@dataclass(frozen=True, slots=True)
class MessageRead(Event):
    """Somebody of the other side opened it: the receipt."""

    shared: ClassVar[bool] = False

    by: str


KINDS: tuple[type[Event], ...] = (
    ComplaintRecorded,
    ComplaintTaken,
    ComplaintAnswered,
    ComplaintReopened,
    MessageSent,
    MessageRead,
)

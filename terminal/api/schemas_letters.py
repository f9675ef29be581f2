"""JSON shapes of complaints and of messages to liaison offices."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from terminal.api.schemas import Asked, Note, Reference, Shape
from workflows.complaint_state import Cause, Finding
from workflows.seizure_state import Handling

_ONE_LINE = r"^[^\x00-\x1f\x7f]+$"
Line = Annotated[str, Field(min_length=1, max_length=200, pattern=_ONE_LINE)]
Subject = Annotated[str, Field(pattern=r"^(consignment|visit):[^\x00-\x1f\x7f]{1,80}$")]
Named = Annotated[str, Field(pattern=r"^(consignment|visit|seizure):[^\x00-\x1f\x7f]{1,80}$")]


class ComplainantIn(Shape):
    """Who complains, and where they can be answered: a telephone number, an address."""

    name: Line
    contact: Annotated[str, Field(max_length=200)] | None = None


class ComplaintIn(Asked):
    """Record a complaint about "consignment:REF" or "visit:ID", and about one inspection or hold of it if it names one."""

    subject: Subject
    cause: Cause
    text: Annotated[str, Field(min_length=1, max_length=2000)]
    complainant: ComplainantIn
    inspection: Reference | None = None
    hold: Reference | None = None


class ComplaintTakeIn(Asked):
    """Take a complaint in hand."""


class ComplaintAnswerIn(Asked):
    """Answer a complaint, in words for whoever complained."""

    finding: Finding
    text: Annotated[str, Field(min_length=1, max_length=2000)]


class ComplaintReopenIn(Asked):
    """Open an answered complaint again, with the reason."""

    why: Note


class MessageIn(Asked):
    """Write to a liaison office, or from one to the terminal. ``about`` names consignments, visits and seizures."""

    title: Line
    text: Annotated[str, Field(min_length=1, max_length=4000)]
    handling: Handling
    office: Annotated[str, Field(max_length=200)] = ""
    about: Annotated[list[Named], Field(max_length=20)] = Field(default_factory=list)
    answers: Reference | None = None
    alert: bool = False


class MessageReadIn(Asked):
    """Open a message: the receipt."""


class ConfirmIn(Asked):
    """What came of an alarm: ``confirmed`` when something was there; ``note`` says how one knows."""

    confirmed: bool
    note: Note

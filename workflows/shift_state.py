"""Shift books as values: what one shift tells the next, and who gave the work to whom.

Terminal staff and officers keep a book each, because officers' notes may say what terminal staff must not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from workflows.roles import RIGHTS, Actor, Right, Role


class Book(StrEnum):
    """Whose book it is."""

    TERMINAL = "TERMINAL"
    OFFICERS = "OFFICERS"


_OFFICERS = frozenset(
    {
        Role.CUSTOMS_INSPECTOR,
        Role.BORDER_OFFICER,
        Role.PHYTO_VET_SANITARY,
        Role.XRAY_OPERATOR,
        Role.CANINE_HANDLER,
        Role.RISK_OFFICER,
        Role.SANCTIONS_OFFICER,
    }
)
#: who writes in which book, and hands over and takes over there
WRITERS: Mapping[Book, frozenset[Role]] = {
    Book.TERMINAL: RIGHTS[Right.HAND_OVER_SHIFT] - _OFFICERS,
    Book.OFFICERS: _OFFICERS,
}
#: who reads which book
READERS: Mapping[Book, frozenset[Role]] = {
    Book.TERMINAL: RIGHTS[Right.READ_BOARD],
    Book.OFFICERS: _OFFICERS | {Role.AUDITOR},
}


def may_write(who: Actor, book: Book) -> bool:
    """True when this person may write in the book."""
    return not who.is_device and bool(who.roles & WRITERS[book])


def may_read(who: Actor, book: Book) -> bool:
    """True when this person may read the book."""
    return not who.is_device and bool(who.roles & READERS[book])


@dataclass(frozen=True, slots=True)
class Note:
    """A line for the next shift."""

    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Handing:
    """One handing over. ``open`` are counts of what was open, ``digest`` the SHA-256 of the list that both signed.

    ``taken_by`` is None until somebody of the next shift has signed too.
    """

    id: str
    by: str
    at: datetime
    open: Mapping[str, int] = field(default_factory=dict)
    digest: str = ""
    notes: tuple[Note, ...] = ()
    taken_by: str | None = None
    taken_at: datetime | None = None
    remark: str = ""  # of the person who took over


@dataclass(frozen=True, slots=True)
class Shift:
    """A book as it is now: notes since the last handing over, and the handing over that waits or was the last."""

    book: Book
    notes: tuple[Note, ...] = ()
    last: Handing | None = None

    @property
    def waiting(self) -> Handing | None:
        """What was handed over and nobody has taken over."""
        return self.last if self.last is not None and self.last.taken_by is None else None

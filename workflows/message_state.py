"""Messages between the terminal and a border liaison office, as values: who wrote, who may read, and the receipts.

Both sides work on this terminal: nothing is sent out. A message stands under a handling code. RESTRICTED is never written
here: what is classified goes by hand, encrypted (see :mod:`workflows.seizure_state` for the codes).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from workflows.roles import Actor, Role
from workflows.seizure_state import Handling


class Side(StrEnum):
    """Who writes."""

    TERMINAL = "TERMINAL"
    LIAISON = "LIAISON"


_OFFICERS = frozenset({Role.CUSTOMS_INSPECTOR, Role.BORDER_OFFICER, Role.RISK_OFFICER})
_STAFF = frozenset({Role.DOCUMENT_OFFICER, Role.RELEASE_OFFICER, Role.SITUATION_CENTRE})
#: who reads and writes for the terminal under which handling code
TERMINAL_SIDE: Mapping[Handling, frozenset[Role]] = {
    Handling.OPEN: _OFFICERS | _STAFF,
    Handling.TERMINAL: _OFFICERS | _STAFF,
    Handling.AGENCIES: _OFFICERS | _STAFF,
    Handling.LAW_ENFORCEMENT: _OFFICERS,
}
LIAISON_SIDE = frozenset({Role.LIAISON_OFFICER})
#: who reads everything and belongs to neither side: their reading is no receipt
WATCHERS = frozenset({Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class Receipt:
    """Somebody of the other side opened the message."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``office`` is the liaison office of the address book that it goes to or comes from; empty: any.

    ``about`` names what it is about: "consignment:REF", "visit:ID", "seizure:NO". ``alert``: the officer who reads it should
    think of a risk profile. ``answers`` is the number of the message that it answers.
    """

    no: str
    side: Side
    by: str
    at: datetime
    office: str
    handling: Handling
    title: str
    text: str
    about: tuple[str, ...] = ()
    answers: str | None = None
    alert: bool = False
    receipts: tuple[Receipt, ...] = ()

    @property
    def read(self) -> bool:
        """True when somebody of the other side has opened it."""
        return bool(self.receipts)


def sides(who: Actor) -> frozenset[Side]:
    """The sides a person stands on."""
    if who.is_device:
        return frozenset()
    found = set()
    if who.roles & LIAISON_SIDE:
        found.add(Side.LIAISON)
    if who.roles & TERMINAL_SIDE[Handling.OPEN]:
        found.add(Side.TERMINAL)
    return frozenset(found)


def stands_on(who: Actor, side: Side, office: str, handling: Handling) -> bool:
    """True when this person reads and writes on that side of an exchange with that office under that code."""
    if who.is_device:
        return False
    if side is Side.TERMINAL:
        return bool(who.roles & TERMINAL_SIDE.get(handling, frozenset()))
    mine = office in ("", who.organisation or "")
    return bool(who.roles & LIAISON_SIDE) and mine and handling in TERMINAL_SIDE


def addressed(message: Message, who: Actor) -> bool:
    """True for people of the side that it was written to."""
    other = Side.LIAISON if message.side is Side.TERMINAL else Side.TERMINAL
    return stands_on(who, other, message.office, message.handling)


def may_know(message: Message, who: Actor) -> bool:
    """True for everybody who may know that the message is there: both sides under its code, and the auditor."""
    if not who.is_device and who.roles & WATCHERS:
        return True
    return addressed(message, who) or stands_on(who, message.side, message.office, message.handling)


def may_see(message: Message, who: Actor) -> bool:
    """True when this person may see its words: whoever it was written to opens it first, which is the receipt."""
    if not may_know(message, who):
        return False
    if stands_on(who, message.side, message.office, message.handling) or who.roles & WATCHERS:
        return True
    return any(receipt.by == who.id for receipt in message.receipts)

"""The access log: what those who only watch have looked at, under which handling code (DOMAIN 2).

Situation centre and liaison officers work with no record themselves, so each look of theirs at one is an event. The same
record looked at again within minutes, or a page that renews itself, is one look.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from terminal.store.books import Books
from terminal.store.reader import Reader
from workflows.events import Context, SecurityEvent
from workflows.roles import Actor, Role
from workflows.seizure_state import Handling

#: people whose looks are kept: those who have these roles and no other
WATCHERS = frozenset({Role.SITUATION_CENTRE, Role.LIAISON_OFFICER})
#: within this time the same look is kept once
AGAIN = timedelta(minutes=15)
#: kinds of records, and their handling code where the record itself has none
_CODES = {
    "consignment": Handling.TERMINAL,
    "unit": Handling.TERMINAL,
    "visit": Handling.TERMINAL,
    "hold": Handling.TERMINAL,
    "inspection": Handling.LAW_ENFORCEMENT,
    "report": Handling.TERMINAL,
}
_LAW = frozenset({"seizures", "liaison", "response", "operation"})


def watches(who: Actor) -> bool:
    """True for people whose looks are kept."""
    return not who.is_device and bool(who.roles) and who.roles <= WATCHERS


def handling_of(reader: Reader, kind: str, name: str) -> Handling:
    """The handling code of a record; that of its kind when it has none of its own, or is not there."""
    if kind == "seizure" and (record := reader.inspecting.seizure(name)) is not None:
        return record.handling
    if kind == "message" and (message := reader.letters.message(name)) is not None:
        return message.handling
    if kind == "report" and name in _LAW:
        return Handling.LAW_ENFORCEMENT
    return _CODES.get(kind, Handling.LAW_ENFORCEMENT)


def note(books: Books, who: Actor, kind: str, name: str, at: datetime) -> None:
    """Keep that somebody looked at a record, or for one that is not there."""
    code = handling_of(books, kind, name)
    facts = {"what": f"{kind}:{name[:160]}", "handling_codes": [code.value]}
    books.record((SecurityEvent(f"person:{who.id}", "viewed", facts),), Context(who.id, at))


class Looks:
    """Which looks were kept in the last minutes; of this process, and forgotten with it."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str, str], datetime] = {}

    def fresh(self, who: str, kind: str, name: str, now: datetime) -> bool:
        """True when this look has not been kept in the last minutes; from now on it has."""
        if len(self._last) > 2000:
            self._last = {key: at for key, at in self._last.items() if now - at < AGAIN}
        key = (who, kind, name)
        last = self._last.get(key)
        if last is not None and now - last < AGAIN:
            return False
        self._last[key] = now
        return True

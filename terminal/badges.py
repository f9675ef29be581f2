"""Badges at stations: who works there is said by a badge and a PIN, quick to change, and never enough for an approval.

A badge carries a random code of 100 bits, kept as a hash; a lost one is worthless once another was given. It opens
something only together with the PIN of its person, only on an enrolled station, and only the work of the floor
(:data:`terminal.access.BADGE_ROLES`). Wrong PINs make waiting as wrong passwords do, by a count of their own, so that
nobody is kept from their desk by somebody with their badge.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from terminal import access
from terminal.access import BADGE_ROLES, SignIn, hash_token, lock_after, note
from terminal.store.books import Books
from terminal.store.devices import Device
from terminal.store.factors import Badge, Factors, Pin
from terminal.store.people import Person
from terminal.store.reader import Reader

PREFIX = "KB"
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LENGTH = 20
SHORTEST_PIN, LONGEST_PIN = 4, 8


def new_code() -> str:
    """A fresh code, as a wedge scanner types it: letters and digits that survive every keyboard layout's shift."""
    return PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def hash_code(code: str) -> bytes:
    """The hash of a code, whatever a scanner did to its case."""
    return hash_token("badge:" + code.strip().upper())


def unfit_pin(pin: str) -> str | None:
    """Why a PIN may not be used, as a word for the texts: ``pin_digits`` or ``pin_easy``; None when it may."""
    if not (pin.isascii() and pin.isdigit() and SHORTEST_PIN <= len(pin) <= LONGEST_PIN):
        return "pin_digits"
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    year = len(pin) == 4 and pin[:2] in ("19", "20")
    return "pin_easy" if len(steps) == 1 or year or len(set(pin)) < 2 else None


def give(books: Books, person: Person, by: str, at: datetime) -> str:
    """Give a person a badge; returns its code, shown once. The badge before it opens nothing any more."""
    code = new_code()
    Factors(books).give_badge(Badge(hash_code(code), person.id, by, at))
    _leave_stations(books, person.id)
    note(books, f"person:{person.id}", by, "badge_given", at)
    return code


def take(books: Books, person: Person, by: str, at: datetime) -> bool:
    """Take a badge away; False when there was none."""
    if not Factors(books).drop_badge(person.id):
        return False
    _leave_stations(books, person.id)
    note(books, f"person:{person.id}", by, "badge_taken", at)
    return True


def set_pin(books: Books, person_id: str, hashed: str, at: datetime) -> None:
    """Set the PIN (hashed before); the wait for wrong ones ends."""
    Factors(books).save_pin(Pin(person_id, hashed))
    note(books, f"person:{person_id}", person_id, "pin_set", at)


def _leave_stations(books: Books, person_id: str) -> None:
    for one in books.people.sessions_of(person_id):
        if one.facts.get("limited") == "badge":
            books.people.close_session(one.token_hash)


def holder(reader: Reader, code: str) -> tuple[Person | None, Pin | None]:
    """Whose badge a code is, with their PIN."""
    factors = Factors(reader)
    badge = factors.badge(hash_code(code))
    if badge is None:
        return None, None
    return reader.people.get(badge.person_id), factors.pin(badge.person_id)


def begin_work(
    books: Books,
    code: str,
    matched: bool,
    device: Device,
    at: datetime,
    idle: timedelta,
    facts: dict[str, Any],
) -> SignIn:
    """Begin to work at a station; ``matched`` says whether the PIN was right (verified outside the transaction).

    Whoever worked there before with a badge does so no longer.
    """
    where = {**facts, "station": device.id}
    person, pin = holder(books, code)
    if person is None or pin is None:
        note(books, f"device:{device.id}", f"device:{device.id}", "badge_unknown", at, **where)
        return SignIn(why="wrong")
    subject = f"person:{person.id}"
    if pin.locked_until is not None and pin.locked_until > at:
        note(books, subject, person.id, "badge_locked", at, **where)
        return SignIn(why="locked", until=pin.locked_until)
    if not matched or not person.active:
        wait = lock_after(pin.failed + 1)
        kept = replace(pin, failed=pin.failed + 1, locked_until=at + wait if wait else None)
        Factors(books).save_pin(kept)
        note(books, subject, person.id, "badge_failed", at, failed=kept.failed, **where)
        return SignIn(why="wrong")
    if pin.failed:
        Factors(books).save_pin(replace(pin, failed=0, locked_until=None))
    if not person.roles & BADGE_ROLES:
        note(books, subject, person.id, "badge_not_for_role", at, **where)
        return SignIn(why="role")
    leave(books, device.id)
    kept_facts = {**where, "limited": "badge"}
    return SignIn(
        access.open_session(books, person, at, idle, kept_facts, how="signed_in_with_badge"), person
    )


def leave(books: Books, station: str) -> None:
    """Nobody works at this station any more, as far as badges say."""
    for one in books.people.limited_sessions():
        if one.facts.get("limited") == "badge" and one.facts.get("station") == station:
            books.people.close_session(one.token_hash)

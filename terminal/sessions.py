"""Where somebody is signed in: every session with browser, address and time, and ending them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from terminal.access import SESSION_LIFETIME, note
from terminal.store.books import Books
from terminal.store.people import Session
from terminal.store.reader import Reader

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("YaBrowser", "Yandex"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_of(agent: str) -> str:
    """A browser's own long name in two words, as in "Firefox, Windows"; its first word when it is no browser."""
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    if not browser:
        first = re.match(r"[A-Za-z0-9._-]{1,40}", agent)
        browser = first.group() if first else ""
    return ", ".join(filter(None, (browser, system)))


@dataclass(frozen=True, slots=True)
class Shown:
    """A session as people see it. ``name`` tells it from others and opens nothing."""

    name: str
    browser: str
    address: str
    station: str
    since: datetime
    seen_at: datetime
    mine: bool


def name_of(session: bytes) -> str:
    """What a session is called: the beginning of its hash."""
    return session.hex()[:16]


def living(reader: Reader, person_id: str, at: datetime) -> list[Session]:
    """The sessions of a person that still open something, the latest seen first."""
    return [
        one
        for one in reader.people.sessions_of(person_id)
        if one.expires_at > at and one.created_at + SESSION_LIFETIME > at
    ]


def shown(reader: Reader, person_id: str, at: datetime, own: bytes | None = None) -> list[Shown]:
    """The sessions of a person; ``own`` is the one that asks."""
    return [
        Shown(
            name_of(one.token_hash),
            str(one.facts.get("browser", "")),
            str(one.facts.get("address", "")),
            str(one.facts.get("station", "")),
            one.created_at,
            one.seen_at,
            one.token_hash == own,
        )
        for one in living(reader, person_id, at)
    ]


def end(books: Books, person_id: str, name: str, by: str, at: datetime) -> bool:
    """End one session; False when the person has none of that name."""
    found = next((s for s in books.people.sessions_of(person_id) if name_of(s.token_hash) == name), None)
    if found is None or not books.people.close_session(found.token_hash):
        return False
    note(books, f"person:{person_id}", by, "session_ended", at, ended=name)
    return True


def end_others(books: Books, person_id: str, keep: bytes | None, by: str, at: datetime) -> int:
    """End every session but ``keep``; returns how many ended."""
    ended = 0
    for one in books.people.sessions_of(person_id):
        if one.token_hash != keep:
            ended += books.people.close_session(one.token_hash)
    note(books, f"person:{person_id}", by, "sessions_ended", at, ended=ended)
    return ended

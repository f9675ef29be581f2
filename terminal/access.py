"""Who is asking: passwords, sessions, device tokens, one-time codes, and the token that keeps forms honest.

Secrets are kept as hashes only: argon2id for passwords, SHA-256 for random tokens of 256 bits. Comparisons of secrets
take the same time whether they match or not.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from terminal import displays, passwords
from terminal.settings import Point
from terminal.store.books import Books
from terminal.store.devices import Device
from terminal.store.errors import Vanished
from terminal.store.factors import PASSKEY, RECOVERY, TOTP, Factors, Started
from terminal.store.ids import uuid7
from terminal.store.people import Enrolment, Person, Session
from terminal.store.reader import Reader
from workflows.events import Context, SecurityEvent
from workflows.outcomes import Reason, Refused, refuse
from workflows.roles import Actor, Role
from workflows.stages import Stage

#: wrong passwords in a row before waiting begins; then one minute, two, four ... to the longest
FREE_TRIES = 5
LONGEST_LOCK = timedelta(minutes=15)
SHORTEST_PASSWORD = passwords.SHORTEST
CODE_LIFETIME = timedelta(hours=24)
#: a session ends after this long, however busy it was
SESSION_LIFETIME = timedelta(days=7)
#: how long the second half of a sign-in may take
HALF_LIFETIME = timedelta(minutes=5)
#: what somebody may still do who signed in with a badge: the work at a station, never an approval
BADGE_ROLES = frozenset(
    {Role.GATE_OPERATOR, Role.WEIGHBRIDGE_OPERATOR, Role.TALLY_CLERK, Role.WAREHOUSE_KEEPER}
)

#: what a token may be for beside the steps: handing in the readings of devices
READINGS = "readings"

_HASHER = PasswordHasher()
#: stands where somebody has no password here: no hash, so that nothing matches
NO_PASSWORD = "!"  # noqa: S105
#: verified against when there is no such login, so that a wrong name takes as long as a wrong password
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody or something that was recognised: a person with a session, or a device with its token."""

    actor: Actor
    name: str
    language: str | None = None
    session: bytes | None = None  # hash of the session token
    device: Device | None = None
    #: why this session may do less than the person: "enrol" (a second factor is still missing) or "badge"
    limited: str | None = None

    @property
    def is_person(self) -> bool:
        """True for a signed-in person."""
        return self.session is not None


def hash_token(token: str) -> bytes:
    """SHA-256 of a random token, as stored."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def hash_password(password: str) -> str:
    """The argon2id hash of a password."""
    return _HASHER.hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    """True when the password belongs to the stored hash. Takes as long when there is no hash."""
    try:
        real = stored is not None and stored != NO_PASSWORD
        return _HASHER.verify(stored if real and stored else _NOBODY, password) and real
    except (VerificationError, InvalidHashError):
        return False


def weak_password(password: str, *known: str) -> str | None:
    """As :func:`terminal.passwords.weak`."""
    return passwords.weak(password, *known)


# --- people ----------------------------------------------------------------------------------------
def actor_of(person: Person) -> Actor:
    """The person as the rules see them."""
    return Actor(person.id, person.roles, person.organisation)


def note(books: Books, subject: str, who: str, action: str, at: datetime, **facts: Any) -> None:
    """Keep what was done about somebody's access; ``facts`` never hold a secret."""
    books.record((SecurityEvent(subject, action, facts),), Context(who, at))


def lock_after(failed: int) -> timedelta | None:
    """How long to wait after so many wrong passwords in a row; None while it is free."""
    if failed < FREE_TRIES:
        return None
    return min(timedelta(minutes=2 ** min(failed - FREE_TRIES, 10)), LONGEST_LOCK)


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a sign-in gave: a session token, or why not (``wrong``, ``locked`` until a time, or ``second``).

    ``second``: the password was right, and one of ``ways`` has to follow under the token ``pending``.
    """

    token: str | None = None
    person: Person | None = None
    why: str | None = None
    until: datetime | None = None
    pending: str | None = None
    ways: frozenset[str] = frozenset()


def may_try(person: Person | None, at: datetime) -> datetime | None:
    """Until when this person must wait before another try; None when they need not."""
    if person is not None and person.locked_until is not None and person.locked_until > at:
        return person.locked_until
    return None


def sign_in(
    books: Books,
    login: str,
    matched: bool,
    at: datetime,
    idle: timedelta,
    facts: dict[str, Any],
    must: frozenset[Role] = frozenset(),
) -> SignIn:
    """Record a sign-in. ``matched`` says whether the password was right (verified outside the transaction).

    People of a role in ``must`` who have no second factor yet get a session in which they can only add one.
    """
    person = books.people.by_login(login)
    if person is None:
        note(books, "person:unknown", "nobody", "sign_in_failed", at, **facts)
        return SignIn(why="wrong")
    if (until := may_try(person, at)) is not None:
        note(books, f"person:{person.id}", person.id, "sign_in_locked", at, **facts)
        return SignIn(why="locked", until=until)
    ways = ways_of(books, person.id)
    if not counted(books, person, matched, "sign_in_failed", at, facts, settles=not ways):
        return SignIn(why="wrong")
    if ways:
        pending = start(books, "second", person.id, at, facts)
        return SignIn(person=person, why="second", pending=pending, ways=ways)
    return SignIn(open_session(books, person, at, idle, facts, bare=bool(person.roles & must)), person)


def ways_of(reader: Reader, identity: str) -> frozenset[str]:
    """The second factors that a person has: ``totp``, ``recovery``, ``passkey``."""
    return frozenset(one.kind for one in Factors(reader).of(identity, TOTP, RECOVERY, PASSKEY))


def open_session(
    books: Books,
    person: Person,
    at: datetime,
    idle: timedelta,
    facts: dict[str, Any],
    *,
    bare: bool = False,
    how: str = "signed_in",
) -> str:
    """Open a session and return its token; ``bare`` lets it only add a second factor, ``how`` names it in the journal."""
    token = secrets.token_urlsafe(32)
    ends = min(at + idle, at + SESSION_LIFETIME)
    kept = {**facts, "limited": "enrol"} if bare else facts
    books.people.open_session(Session(hash_token(token), person.id, at, at, ends, kept))
    books.people.drop_expired(at)
    note(books, f"person:{person.id}", person.id, how, at, **facts)
    return token


def start(books: Books, purpose: str, person: str | None, at: datetime, facts: dict[str, Any]) -> str:
    """Remember the first half of something that is finished within minutes; returns the token for the second."""
    token = secrets.token_urlsafe(32)
    kept = Started(hash_token(token), purpose, at + HALF_LIFETIME, person, facts)
    Factors(books).start(kept, at)
    return token


def counted(
    books: Books,
    person: Person,
    matched: bool,
    failure: str,
    at: datetime,
    facts: dict[str, Any],
    *,
    settles: bool = True,
) -> bool:
    """Count a try at a secret: a wrong one makes the next wait, a right one begins anew. True when it was right.

    With ``settles`` False a right one leaves the count: of a sign-in in two halves only the second ends it.
    """
    if not matched or not person.active:
        failed = person.failed + 1
        wait = lock_after(failed)
        books.people.save(replace(person, failed=failed, locked_until=at + wait if wait else None))
        note(books, f"person:{person.id}", person.id, failure, at, failed=failed, **facts)
        return False
    if settles and (person.failed or person.locked_until):
        books.people.save(replace(person, failed=0, locked_until=None))
    return True


def second_person(books: Books, login: str, matched: bool, by: str, at: datetime) -> str | None:
    """The id of the person who confirms what ``by`` does, proved by their own password; None when it is not proved.

    Wrong passwords count as at the sign-in. Somebody of an agency is no second person.
    """
    person = books.people.by_login(login)
    if person is None or may_try(person, at) is not None:
        return None
    if not counted(books, person, matched, "second_person_failed", at, {"asked_by": by}):
        return None
    return person.id if person.roles - {Role.AGENCY_USER} else None


def confirmed(books: Books, identity: str, matched: bool, asked: str, at: datetime) -> bool:
    """True when somebody who is signed in has proved anew who they are; ``asked`` names what for.

    A wrong password counts as at the sign-in, so that an unguarded desk is no place to guess one.
    """
    person = books.people.get(identity)
    if person is None or may_try(person, at) is not None:
        return False
    return counted(books, person, matched, "step_up_failed", at, {"asked": asked})


def note_refusal(books: Books, caller: Caller, at: datetime, action: str, **facts: Any) -> None:
    """Keep that somebody who was recognised asked for what they may not."""
    who = caller.actor.id
    subject = who if caller.actor.is_device else f"person:{who}"
    books.record((SecurityEvent(subject, action, facts),), Context(who, at))


def sign_out(books: Books, session: bytes, person: str, at: datetime) -> None:
    """End a session."""
    if books.people.close_session(session):
        note(books, f"person:{person}", person, "signed_out", at)


def end_former(books: Books, token: str, at: datetime) -> None:
    """End the session that a browser had before somebody signed in there anew; nothing when it had none."""
    if (former := books.people.session(hash_token(token))) is not None:
        sign_out(books, former.token_hash, former.person_id, at)


def caller_of_session(reader: Reader, token: str, at: datetime) -> tuple[Caller, Session] | None:
    """The person behind a session token, if the session lives and the person is active."""
    session = reader.people.session(hash_token(token))
    if session is None or session.expires_at <= at or session.created_at + SESSION_LIFETIME <= at:
        return None
    person = reader.people.get(session.person_id)
    if person is None or not person.active:
        return None
    limited = session.facts.get("limited")
    caller = Caller(actor_of(person), person.name, person.language, session.token_hash, limited=limited)
    if limited is None:
        return caller, session
    roles = person.roles & BADGE_ROLES if limited == "badge" else frozenset()
    caller = replace(caller, actor=replace(caller.actor, roles=roles))
    if limited == "badge":
        device = reader.devices.get(str(session.facts.get("station", "")))
        if device is None or not device.active or device.token_hash is None:
            return None
        caller = replace(caller, device=device)
    return caller, session


def new_person(
    books: Books,
    login: str,
    name: str,
    roles: frozenset[Role],
    by: str,
    at: datetime,
    *,
    organisation: str | None = None,
    language: str = "en",
    hashed: str | None = None,
) -> tuple[Person, str | None]:
    """Add a person. Without the hash of a password they get a one-time code with which they set their own.

    Raises ``ValueError`` when the login is taken.
    """
    if books.people.by_login(login) is not None:
        raise ValueError(f"the login {login!r} is taken")
    person = Person(str(uuid7()), login, name, language, roles, at, organisation, hashed)
    books.people.save(person)
    note(books, f"person:{person.id}", by, "person_added", at, roles=sorted(roles))
    code = None if hashed is not None else new_code(books, f"person:{person.id}", by, at)
    return person, code


def change_person(books: Books, person: Person, by: str, at: datetime, **changed: Any) -> Person:
    """Change roles, name, language or activity; every session of theirs ends when rights change."""
    new = replace(person, **changed)
    books.people.save(new)
    if (new.roles, new.active, new.organisation) != (person.roles, person.active, person.organisation):
        books.people.close_sessions_of(person.id)
    facts = {"roles": sorted(new.roles), "active": new.active}
    note(books, f"person:{person.id}", by, "person_changed", at, **facts)
    return new


def person_of_code(reader: Reader, code: str, at: datetime) -> Person | None:
    """Whose password a one-time code sets; None when the code is not good (any more)."""
    enrolment = reader.people.enrolment(hash_token(code))
    if enrolment is None or enrolment.used_at is not None or enrolment.expires_at <= at:
        return None
    kind, _, identity = enrolment.subject.partition(":")
    return reader.people.get(identity) if kind == "person" else None


def set_password(books: Books, code: str, hashed: str, at: datetime) -> Person | None:
    """Spend a one-time code to set a password (hashed before); None when the code is not good (any more)."""
    person = person_of_code(books, code, at)
    if person is None:
        return None
    try:
        books.people.use_enrolment(hash_token(code), at)
    except Vanished:
        return None
    changed = replace(person, password_hash=hashed, failed=0, locked_until=None)
    books.people.save(changed)
    books.people.close_sessions_of(person.id)
    note(books, f"person:{person.id}", person.id, "password_set", at)
    return changed


def new_code(books: Books, subject: str, by: str, at: datetime) -> str:
    """A one-time code for "person:ID" or "device:ID"; codes given before become worthless."""
    code = secrets.token_urlsafe(18).replace("-", "_")  # no command line takes it for an option
    books.people.drop_enrolments_of(subject)
    books.people.add_enrolment(Enrolment(hash_token(code), subject, by, at, at + CODE_LIFETIME))
    note(books, subject, by, "code_issued", at)
    return code


# --- devices ---------------------------------------------------------------------------------------
def actor_of_device(device: Device) -> Actor:
    """The device as the rules see it: it may do the steps of its point and nothing else."""
    return Actor(f"device:{device.id}", steps=device.steps, is_device=True)


def steps_for(points: Sequence[Point], where: str | None, wanted: Iterable[Stage]) -> frozenset[Stage]:
    """The steps that a device of a point may do: those named, or all of its point when none are named.

    Raises ``ValueError`` for an unknown point, and for steps that its point (or, without one, any point) has not.
    """
    there = [point for point in points if where in (None, point.id)]
    if where is not None and not there:
        raise ValueError(f"there is no point {where!r} in the configuration")
    possible = frozenset(step for point in there for step in point.steps)
    named = frozenset(wanted)
    if beyond := sorted(named - possible):
        place = repr(where) if where is not None else "any point"
        raise ValueError(f"{', '.join(beyond)} cannot be done at {place}")
    return named or (possible if where is not None else frozenset())


def add_device(books: Books, device: Device, by: str, at: datetime) -> str:
    """Add (or renew) a device or gateway; returns the one-time code with which it fetches its token."""
    if device.kind == displays.KIND:
        device = displays.bare(device)
    books.devices.save(replace(device, token_hash=None, active=True))
    facts = {"point": device.point, "steps": sorted(device.steps), "scopes": sorted(device.scopes)}
    note(books, f"device:{device.id}", by, "device_added", at, **facts)
    return new_code(books, f"device:{device.id}", by, at)


def enrol_device(books: Books, code: str, at: datetime) -> tuple[Device, str] | None:
    """Spend a one-time code for a device token (shown once); None when the code is not good (any more)."""
    enrolment = books.people.enrolment(hash_token(code))
    if enrolment is None or enrolment.used_at is not None or enrolment.expires_at <= at:
        return None
    kind, _, identity = enrolment.subject.partition(":")
    device = books.devices.get(identity) if kind == "device" else None
    if device is None or not device.active:
        return None
    try:
        books.people.use_enrolment(enrolment.code_hash, at)
    except Vanished:
        return None
    token = f"krv_{secrets.token_urlsafe(32)}"
    enrolled = replace(device, token_hash=hash_token(token))
    books.devices.save(enrolled)
    note(books, enrolment.subject, f"device:{device.id}", "device_enrolled", at)
    return enrolled, token


def note_bad_code(books: Books, at: datetime) -> None:
    """Keep that somebody tried a one-time code that is not good."""
    note(books, "device:unknown", "nobody", "bad_code", at)


def revoke_device(books: Books, identity: str, by: str, at: datetime) -> bool:
    """Make a device's token worthless from this moment; False when there is no such device."""
    device = books.devices.get(identity)
    if device is None:
        return False
    books.devices.save(replace(device, token_hash=None, active=False))
    books.people.drop_enrolments_of(f"device:{identity}")
    note(books, f"device:{identity}", by, "device_revoked", at)
    return True


def elsewhere(caller: Caller, point: str | None) -> Refused | None:
    """The refusal for a device that speaks for another point than the one it was enrolled for; None for others."""
    own = caller.device.point if caller.device is not None else None
    if own is None or point == own:
        return None
    return refuse(Reason.NOT_PERMITTED, point=point, own_point=own, device=caller.actor.id)


def caller_of_token(reader: Reader, token: str) -> Caller | None:
    """The device behind a bearer token, if it was enrolled and not revoked."""
    device = reader.devices.by_token(hash_token(token))
    if device is None or not device.active:
        return None
    return Caller(actor_of_device(device), device.name, device=device)

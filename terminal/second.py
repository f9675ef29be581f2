"""The second factor: enrolling an authenticator app, recovery codes, the second half of a sign-in, and taking it all away.

The key of an app is sealed with the secret of the installation, recovery codes are kept as keyed hashes, and every step
and every recovery code counts once. Wrong ones count as wrong passwords do.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from terminal import access, sealing, totp
from terminal.access import SignIn, counted, hash_token, may_try, note, ways_of
from terminal.store.books import Books
from terminal.store.factors import PASSKEY, RECOVERY, TOTP, Factor, Factors, Started
from terminal.store.ids import uuid7
from terminal.store.people import Person
from terminal.store.reader import Reader
from workflows.roles import Role

RECOVERY_CODES = 10
#: letters and digits that are not taken for one another
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_USE = "totp"


def recovery_code() -> str:
    """A fresh recovery code: 79 random bits in four groups."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))


def recovery_hash(secret: bytes, person_id: str, code: str) -> bytes:
    """What is kept of a recovery code: worthless without the secret of the installation."""
    plain = "".join(code.casefold().split()).replace("-", "")
    return hmac.new(secret, f"recovery:{person_id}:{plain}".encode(), hashlib.sha256).digest()


def begin_totp(secret: bytes, person_id: str) -> tuple[str, bytes]:
    """A new key for an authenticator app, and the same sealed, for the form that confirms it."""
    key = totp.new_secret()
    return key, sealing.seal(secret, "totp-offer", person_id, key.encode())


def offered(secret: bytes, person_id: str, sealed: bytes) -> str | None:
    """The key that was offered to this person; None for anything else."""
    plain = sealing.unseal(secret, "totp-offer", person_id, sealed)
    return plain.decode() if plain is not None else None


def add_totp(
    books: Books, secret: bytes, person_id: str, key: str, code: str, name: str, at: datetime
) -> list[str] | None:
    """Keep an authenticator app once it has shown the right code; returns new recovery codes, None for a wrong one.

    An app enrolled before stops counting.
    """
    step = totp.step_of(key, code, at, 0)
    if step is None:
        note(books, f"person:{person_id}", person_id, "totp_not_added", at)
        return None
    factors = Factors(books)
    for old in factors.of(person_id, TOTP):
        factors.drop(old.id)
    sealed = sealing.seal(secret, _USE, person_id, key.encode())
    factors.add(Factor(str(uuid7()), person_id, TOTP, name, at, secret=sealed, counter=step))
    note(books, f"person:{person_id}", person_id, "totp_added", at)
    return new_recovery_codes(books, secret, person_id, at)


def new_recovery_codes(books: Books, secret: bytes, person_id: str, at: datetime) -> list[str]:
    """New recovery codes, shown once; those given before are worthless."""
    factors = Factors(books)
    for old in factors.of(person_id, RECOVERY):
        factors.drop(old.id)
    codes = [recovery_code() for _ in range(RECOVERY_CODES)]
    for code in codes:
        kept = recovery_hash(secret, person_id, code)
        factors.add(Factor(str(uuid7()), person_id, RECOVERY, "", at, public=kept))
    note(books, f"person:{person_id}", person_id, "recovery_codes_made", at)
    return codes


def code_matches(books: Books, secret: bytes, person_id: str, code: str, at: datetime) -> bool:
    """True when this is the present code of the person's app, not used before; from now on it is used."""
    factors = Factors(books)
    for one in factors.of(person_id, TOTP):
        key = sealing.unseal(secret, _USE, person_id, one.secret or b"")
        step = totp.step_of(key.decode(), code, at, one.counter) if key is not None else None
        if step is not None:
            factors.used(one.id, step, at)
            return True
    return False


def _recovered(books: Books, secret: bytes, person_id: str, code: str, at: datetime) -> bool:
    """True when this is a recovery code of the person; it is spent."""
    factors = Factors(books)
    found = factors.by_public(RECOVERY, recovery_hash(secret, person_id, code))
    if found is None or found.person_id != person_id or not factors.drop(found.id):
        return False
    left = len(factors.of(person_id, RECOVERY))
    note(books, f"person:{person_id}", person_id, "recovery_code_used", at, left=left)
    return True


def waiting(reader: Reader, token: str, at: datetime) -> tuple[Started, Person] | None:
    """The sign-in that waits under a token for its second half, and whose it is."""
    started = Factors(reader).started(hash_token(token), "second", at)
    person = reader.people.get(started.person_id or "") if started is not None else None
    return (started, person) if started is not None and person is not None and person.active else None


def finish_with_code(
    books: Books, secret: bytes, token: str, code: str, at: datetime, idle: timedelta
) -> SignIn:
    """The second half of a sign-in with a code of the app or a recovery code."""
    found = waiting(books, token, at)
    if found is None:
        return SignIn(why="ended")
    started, person = found
    facts = dict(started.facts)
    if (until := may_try(person, at)) is not None:
        note(books, f"person:{person.id}", person.id, "sign_in_locked", at, **facts)
        return SignIn(why="locked", until=until)
    matched = code_matches(books, secret, person.id, code, at)
    matched = matched or _recovered(books, secret, person.id, code, at)
    if not counted(books, person, matched, "second_factor_failed", at, facts):
        return SignIn(why="wrong", person=person)
    Factors(books).spend(started.token_hash)
    return SignIn(access.open_session(books, person, at, idle, facts), person)


def confirmed_by_code(
    books: Books, secret: bytes, identity: str, code: str, asked: str, at: datetime
) -> bool:
    """As :func:`terminal.access.confirmed`, with a code of the app instead of the password."""
    person = books.people.get(identity)
    if person is None or may_try(person, at) is not None:
        return False
    matched = code_matches(books, secret, identity, code, at)
    return counted(books, person, matched, "step_up_failed", at, {"asked": asked})


def lift_limit(books: Books, session: bytes) -> None:
    """A session that could only add a second factor may do everything of its person from now on."""
    found = books.people.session(session)
    if found is not None and found.facts.get("limited") == "enrol":
        books.people.close_session(session)
        facts = {name: value for name, value in found.facts.items() if name != "limited"}
        books.people.open_session(replace(found, facts=facts))


def drop_factor(
    books: Books, person: Person, factor_id: str, must: frozenset[Role], by: str, at: datetime
) -> bool:
    """Take one app or passkey away; False when it is not there, or is the last of somebody who must have one."""
    factors = Factors(books)
    mine = factors.of(person.id, TOTP, PASSKEY)
    found = next((one for one in mine if one.id == factor_id), None)
    if found is None or (len(mine) == 1 and person.roles & must):
        return False
    factors.drop(found.id)
    if len(mine) == 1:
        for code in factors.of(person.id, RECOVERY):
            factors.drop(code.id)
    note(books, f"person:{person.id}", by, f"{found.kind}_removed", at)
    return True


def reset(books: Books, person: Person, by: str, at: datetime) -> int:
    """An administrator takes every second factor of a person away (a lost phone); their sessions end."""
    factors = Factors(books)
    mine = factors.of(person.id, TOTP, RECOVERY, PASSKEY)
    for one in mine:
        factors.drop(one.id)
    books.people.close_sessions_of(person.id)
    note(books, f"person:{person.id}", by, "second_factor_reset", at, removed=len(mine))
    return len(mine)


def told(reader: Reader, person_id: str) -> dict[str, Any]:
    """What a person has: names and times, no secrets."""
    mine = Factors(reader).of(person_id, TOTP, PASSKEY, RECOVERY)
    return {
        "factors": [
            {
                "id": one.id,
                "kind": one.kind,
                "name": one.name,
                "created_at": one.created_at.isoformat(),
                "used_at": one.used_at.isoformat() if one.used_at else None,
            }
            for one in mine
            if one.kind != RECOVERY
        ],
        "recovery_codes": sum(one.kind == RECOVERY for one in mine),
        "ways": sorted(ways_of(reader, person_id)),
    }

"""Passkeys (WebAuthn level 2): registering one, signing in with it, and proving anew who one is.

A passkey is bound to one domain (the RP ID of the configuration) and always verified by its holder's finger, face or
PIN, so that alone it is two factors. A challenge is kept here, counts once and for minutes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from terminal import access
from terminal.access import SignIn, hash_token, note
from terminal.settings import Settings
from terminal.store.books import Books
from terminal.store.factors import PASSKEY, Factor, Factors
from terminal.store.ids import uuid7
from terminal.store.people import Person

ADD, SIGN_IN, STEP_UP = "passkey-add", "passkey-sign-in", "passkey-step-up"


@dataclass(frozen=True, slots=True)
class Site:
    """The domain that passkeys are bound to, and the origin that the browser must name."""

    domain: str
    origin: str


def site_of(settings: Settings, scheme: str, host: str, netloc: str) -> Site | None:
    """The site of a request; None where passkeys cannot be used: another domain, or none is configured.

    On the machine itself (``localhost``) they work without a configuration.
    """
    public = urlsplit(settings.terminal.public_url).hostname or ""
    domain = settings.sign_in.passkey_domain or public or ("localhost" if host == "localhost" else "")
    if not domain or not (host == domain or host.endswith("." + domain)):
        return None
    secure = "https" if settings.server.tls else scheme
    return Site(domain, f"{secure}://{netloc}")


def _begin(
    books: Books, purpose: str, person: str | None, options: Any, challenge: bytes, at: datetime
) -> dict[str, Any]:
    token = access.start(books, purpose, person, at, {"challenge": bytes_to_base64url(challenge)})
    return {"token": token, "options": json.loads(webauthn.options_to_json(options))}


def begin_adding(books: Books, person: Person, site: Site, name: str, at: datetime) -> dict[str, Any]:
    """What a browser needs to make a passkey for this person; ``name`` is the terminal's."""
    known = [one.public for one in Factors(books).of(person.id, PASSKEY) if one.public]
    options = webauthn.generate_registration_options(
        rp_id=site.domain,
        rp_name=name,
        user_id=person.id.encode(),
        user_name=person.login,
        user_display_name=person.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    return _begin(books, ADD, person.id, options, options.challenge, at)


def add(
    books: Books,
    person: Person,
    site: Site,
    token: str,
    credential: Mapping[str, Any],
    name: str,
    at: datetime,
) -> Factor | None:
    """Keep a passkey that the browser has made; None when it does not answer the challenge."""
    challenge = _spent(books, ADD, token, person.id, at)
    if challenge is None:
        return None
    try:
        made = webauthn.verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=site.domain,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        note(books, f"person:{person.id}", person.id, "passkey_not_added", at)
        return None
    factors = Factors(books)
    if factors.by_public(PASSKEY, made.credential_id) is not None:
        return None
    factor = Factor(
        str(uuid7()),
        person.id,
        PASSKEY,
        name,
        at,
        public=made.credential_id,
        secret=made.credential_public_key,
        counter=made.sign_count,
    )
    factors.add(factor)
    note(books, f"person:{person.id}", person.id, "passkey_added", at)
    return factor


def begin_proving(books: Books, person: Person | None, site: Site, at: datetime) -> dict[str, Any]:
    """What a browser needs to use a passkey: one of ``person``, or of whoever holds one (sign-in)."""
    mine = Factors(books).of(person.id, PASSKEY) if person is not None else []
    options = webauthn.generate_authentication_options(
        rp_id=site.domain,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one.public) for one in mine if one.public],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    purpose, who = (STEP_UP, person.id) if person is not None else (SIGN_IN, None)
    return _begin(books, purpose, who, options, options.challenge, at)


def _spent(books: Books, purpose: str, token: str, person: str | None, at: datetime) -> bytes | None:
    """The challenge behind a token, which is worthless from now on."""
    factors = Factors(books)
    started = factors.started(hash_token(token), purpose, at)
    if started is None or started.person_id != person or not factors.spend(started.token_hash):
        return None
    return base64url_to_bytes(str(started.facts["challenge"]))


def _proven(
    books: Books, site: Site, challenge: bytes, credential: Mapping[str, Any], at: datetime
) -> Factor | None:
    """The passkey that signed this challenge; its count moves on. A count that went back is a copy, and refused."""
    factors = Factors(books)
    try:
        factor = factors.by_public(PASSKEY, base64url_to_bytes(str(credential.get("id", ""))))
        if factor is None:
            return None
        done = webauthn.verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=site.domain,
            expected_origin=site.origin,
            credential_public_key=factor.secret or b"",
            credential_current_sign_count=factor.counter,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        return None
    factors.used(factor.id, done.new_sign_count, at)
    return factor


def sign_in(
    books: Books,
    site: Site,
    token: str,
    credential: Mapping[str, Any],
    at: datetime,
    idle: timedelta,
    facts: dict[str, Any],
) -> SignIn:
    """Sign in with a passkey: who it belongs to is who signs in."""
    challenge = _spent(books, SIGN_IN, token, None, at)
    factor = _proven(books, site, challenge, credential, at) if challenge is not None else None
    person = books.people.get(factor.person_id) if factor is not None else None
    if person is None or not person.active:
        subject = f"person:{person.id}" if person is not None else "person:unknown"
        note(books, subject, person.id if person else "nobody", "passkey_refused", at, **facts)
        return SignIn(why="wrong")
    how = "signed_in_with_passkey"
    return SignIn(access.open_session(books, person, at, idle, facts, how=how), person)


def confirmed(
    books: Books, site: Site, person_id: str, token: str, credential: Mapping[str, Any], at: datetime
) -> bool:
    """True when the signed-in person has proved anew who they are, with a passkey of their own."""
    challenge = _spent(books, STEP_UP, token, person_id, at)
    factor = _proven(books, site, challenge, credential, at) if challenge is not None else None
    if factor is not None and factor.person_id == person_id:
        return True
    note(books, f"person:{person_id}", person_id, "step_up_failed", at, asked="passkey")
    return False

"""Sign-in through another organisation's directory: OpenID Connect, authorization code with PKCE.

Only the configured issuer is asked; its discovery document may name addresses of the issuer's own host only. What comes
back counts when everything fits: state (bound to this browser), nonce, code verifier, signature by a key of the issuer,
an asymmetric algorithm, issuer, audience and time. A person is known by issuer and subject, never by a name that the
directory lets people choose: the name is looked at once, for an account that has no password here yet.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from terminal import access
from terminal.access import SignIn, hash_token, note
from terminal.settings_sign_in import OidcSettings
from terminal.store.books import Books
from terminal.store.factors import OIDC, Factor, Factors
from terminal.store.ids import uuid7
from terminal.store.people import Person
from workflows.roles import Role

SECRET = "KARVON_OIDC_SECRET"  # noqa: S105 -- the name of the variable, not the secret
PURPOSE = "oidc"
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
#: how far the clocks of the two may differ
LEEWAY_S = 60
_LARGEST = 1 << 20
_TIMEOUT = httpx.Timeout(10.0)
#: values of ``amr`` (RFC 8176) that say that the directory has asked for a second factor
_TWO = frozenset({"mfa", "otp", "hwk", "fpt", "face", "sc"})

Client = Callable[[], httpx.AsyncClient]


class NotProven(Exception):  # noqa: N818 -- an answer that does not count; the word goes into the journal
    """What came back does not prove anybody. ``args[0]`` is a word: state, token, key, issuer, audience, nonce, time."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, and the state that it must bring back (kept in a cookie of its own)."""

    address: str
    state: str


def client() -> httpx.AsyncClient:
    """The client that asks the issuer: no redirects, no proxies of the environment."""
    return httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False, trust_env=False)


async def _json(asked: Awaitable[httpx.Response]) -> dict[str, Any]:
    try:
        answer = await asked
        if answer.status_code != 200 or len(answer.content) > _LARGEST:
            raise NotProven("directory")
        told = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise NotProven("directory") from error
    if not isinstance(told, dict):
        raise NotProven("directory")
    return told


async def discover(settings: OidcSettings, http: httpx.AsyncClient) -> Mapping[str, str]:
    """The addresses of the issuer. Raises :class:`NotProven` for another issuer's, and for those of other hosts."""
    told = await _json(http.get(settings.issuer.rstrip("/") + "/.well-known/openid-configuration"))
    if told.get("issuer") != settings.issuer:
        raise NotProven("issuer")
    found = {}
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        address = told.get(name)
        ours = urlsplit(settings.issuer)
        if not isinstance(address, str) or urlsplit(address)[:2] != ours[:2]:
            raise NotProven("issuer")
        found[name] = address
    return found


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def begin(
    books: Books, settings: OidcSettings, known: Mapping[str, str], back: str, next: str, at: datetime
) -> Begun:
    """Remember nonce and code verifier, and say where the browser goes. ``back`` is our own address."""
    nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    state = access.start(books, PURPOSE, None, at, {"nonce": nonce, "verifier": verifier, "next": next})
    asked = {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": back,
        "scope": "openid profile",
        "state": state,
        "nonce": nonce,
        "code_challenge": _challenge(verifier),
        "code_challenge_method": "S256",
    }
    address = known["authorization_endpoint"]
    return Begun(address + ("&" if "?" in address else "?") + urlencode(asked), state)


def spend(books: Books, state: str, at: datetime) -> Mapping[str, Any]:
    """What was remembered under a state, once. Raises :class:`NotProven`."""
    factors = Factors(books)
    started = factors.started(hash_token(state), PURPOSE, at)
    if started is None or not factors.spend(started.token_hash):
        raise NotProven("state")
    return started.facts


async def exchange(
    settings: OidcSettings,
    known: Mapping[str, str],
    code: str,
    verifier: str,
    back: str,
    http: httpx.AsyncClient,
) -> tuple[str, KeySet]:
    """The ID token for a code, and the keys of the issuer. Raises :class:`NotProven`."""
    given = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "client_id": settings.client_id,
        "code_verifier": verifier,
    }
    if secret := os.environ.get(SECRET):
        given["client_secret"] = secret
    told = await _json(http.post(known["token_endpoint"], data=given))
    token = told.get("id_token")
    if not isinstance(token, str):
        raise NotProven("token")
    try:
        keys = KeySet.import_key_set(await _json(http.get(known["jwks_uri"])))  # type: ignore[arg-type]
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise NotProven("key") from error
    return token, keys


def claims_of(settings: OidcSettings, token: str, keys: KeySet, nonce: str, at: datetime) -> dict[str, Any]:
    """What an ID token says, once everything about it fits (OpenID Connect Core 3.1.3.7). Raises :class:`NotProven`."""
    try:
        claims = jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise NotProven("token") from error
    if claims.get("iss") != settings.issuer:
        raise NotProven("issuer")
    audience = claims.get("aud")
    listed = [audience] if isinstance(audience, str) else audience
    if not isinstance(listed, list) or settings.client_id not in listed:
        raise NotProven("audience")
    if (len(listed) > 1 or "azp" in claims) and claims.get("azp") != settings.client_id:
        raise NotProven("audience")
    now = at.timestamp()
    expires, issued = claims.get("exp"), claims.get("iat")
    if not isinstance(expires, int) or not isinstance(issued, int):
        raise NotProven("time")
    if expires + LEEWAY_S <= now or issued - LEEWAY_S > now or claims.get("nbf", 0) - LEEWAY_S > now:
        raise NotProven("time")
    given = claims.get("nonce")
    if not isinstance(given, str) or not secrets.compare_digest(given.encode(), nonce.encode()):
        raise NotProven("nonce")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise NotProven("token")
    return claims


def roles_of(settings: OidcSettings, claims: Mapping[str, Any]) -> frozenset[Role]:
    """The roles that the groups of a person give here."""
    groups = claims.get(settings.groups_claim)
    listed = [groups] if isinstance(groups, str) else groups
    if not isinstance(listed, list):
        return frozenset()
    return frozenset(settings.roles[group] for group in listed if group in settings.roles)


def _subject(settings: OidcSettings, claims: Mapping[str, Any]) -> bytes:
    return hash_token(f"oidc:{settings.issuer}|{claims['sub']}")


def _person(
    books: Books, settings: OidcSettings, claims: Mapping[str, Any], roles: frozenset[Role], at: datetime
) -> Person | None:
    """Whose account these claims open: the linked one, one without a password under that name, or a new one."""
    factors = Factors(books)
    linked = factors.by_public(OIDC, _subject(settings, claims))
    if linked is not None:
        return books.people.get(linked.person_id)
    login = str(claims.get(settings.login_claim) or "").strip()
    if not login or len(login) > 120 or not login.isprintable():
        return None
    person = books.people.by_login(login)
    if person is not None and (person.password_hash is not None or factors.of(person.id)):
        return None
    if person is None:
        name = str(claims.get("name") or login).strip()[:120]
        if not name.isprintable():
            name = login
        person, _ = access.new_person(books, login, name, roles, "directory", at, hashed=access.NO_PASSWORD)
    factors.add(Factor(str(uuid7()), person.id, OIDC, "", at, public=_subject(settings, claims)))
    return person


def sign_in(
    books: Books,
    settings: OidcSettings,
    claims: Mapping[str, Any],
    at: datetime,
    idle: timedelta,
    facts: dict[str, Any],
    must: frozenset[Role],
) -> SignIn:
    """Sign in whoever the claims speak of, with the roles that their groups give them now."""
    roles = roles_of(settings, claims)
    person = _person(books, settings, claims, roles, at) if roles else None
    if person is None or not person.active:
        refused(books, at, "roles" if not roles else "account", facts)
        return SignIn(why="wrong")
    if roles != person.roles:
        person = access.change_person(books, person, "directory", at, roles=roles)
    methods = claims.get("amr")
    twice = isinstance(methods, list) and bool(_TWO & {str(one) for one in methods})
    ways = access.ways_of(books, person.id)
    if ways and not twice:
        pending = access.start(books, "second", person.id, at, facts)
        return SignIn(person=person, why="second", pending=pending, ways=ways)
    bare = bool(person.roles & must) and not twice
    how = "signed_in_elsewhere"
    return SignIn(access.open_session(books, person, at, idle, facts, bare=bare, how=how), person)


def refused(books: Books, at: datetime, why: str, facts: Mapping[str, Any]) -> None:
    """Keep that the directory sent somebody who did not get in, and why, as a word."""
    note(books, "person:unknown", "nobody", "other_refused", at, why=why, **facts)

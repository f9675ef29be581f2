"""The second half of a sign-in, authenticator apps, recovery codes and passkeys of whoever is signed in."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from terminal import passkeys, second, totp
from terminal.access import Caller
from terminal.api.needs import TheCaller, TheService, note_refusal, same_origin
from terminal.api.problems import Problem, not_found
from terminal.api.schemas import Shape
from terminal.api.session import facts_of, insist_on_patience, refusal, signed_in
from terminal.api.step_up import give_proof, insist
from terminal.service import Service
from terminal.store.people import Person

router = APIRouter(tags=["session"])
Token = Annotated[str, Field(min_length=20, max_length=200)]
Code = Annotated[str, Field(min_length=6, max_length=40)]
Called = Annotated[str, Field(max_length=60)]


class SecondIn(Shape):
    """The second half of a sign-in."""

    pending: Token
    code: Code


class CredentialIn(Shape):
    """What ``navigator.credentials`` gave, as JSON, under the token of the beginning."""

    token: Token
    credential: dict[str, Any]
    name: Called = ""


class AppIn(Shape):
    """An authenticator app that shows its first code."""

    offer: Annotated[str, Field(max_length=400)]
    code: Code
    name: Called = ""


async def person_of(request: Request, caller: TheCaller, service: TheService) -> Person:
    """The person behind a session. Raises the 403 problem for devices and for sessions opened with a badge."""
    if caller.session is None or caller.limited == "badge":
        await note_refusal(request, caller, "refused", right="own_sign_in")
        raise Problem(403, "not_permitted", "This is for people who signed in with more than a badge.")
    with service.reading() as reader:
        person = reader.people.get(caller.actor.id)
    if person is None:
        raise not_found("person", caller.actor.id)
    return person


ThePerson = Annotated[Person, Depends(person_of)]


def site_of(request: Request, service: Service) -> passkeys.Site:
    """The site of this request. Raises the 403 problem where passkeys cannot be used."""
    url = request.url
    site = passkeys.site_of(service.settings, url.scheme, url.hostname or "", url.netloc)
    if site is None:
        detail = "Passkeys do not work at this address; `sign_in.passkey_domain` names the one where they do."
        raise Problem(403, "no_passkeys_here", detail)
    return site


async def proved_or_new(request: Request, service: Service, caller: Caller, asked: str) -> None:
    """Raises the 403 problem unless this person has proved anew who they are; who still lacks a factor just did."""
    if caller.limited != "enrol":
        await insist(request, service, caller, None, asked)


def _open_door(request: Request, service: Service) -> None:
    if not same_origin(request):
        raise Problem(403, "csrf", "Sign in from a page of this terminal.")
    insist_on_patience(request, service)


@router.post("/session/second")
async def post_second(
    shape: SecondIn, request: Request, response: Response, service: TheService
) -> dict[str, Any]:
    """Finish a sign-in with a code of the authenticator app, or with a recovery code, which is spent."""
    _open_door(request, service)
    now, secret = service.clock(), service.secret
    result = await service.write(
        lambda books: second.finish_with_code(books, secret, shape.pending, shape.code, now, service.idle)
    )
    if result.token is not None:
        return await signed_in(request, service, response, result)
    if result.why == "locked":
        raise refusal(result, now)
    if result.why == "ended":
        raise Problem(401, "sign_in_ended", "This sign-in has ended. Begin again with name and password.")
    raise Problem(401, "wrong_code", "The code is wrong, or was used before.")


@router.post("/session/passkey/begin")
async def post_passkey_begin(request: Request, service: TheService) -> dict[str, Any]:
    """What a browser needs to sign in with a passkey: options for `navigator.credentials.get`, and a token."""
    _open_door(request, service)
    site, now = site_of(request, service), service.clock()
    return await service.write(lambda books: passkeys.begin_proving(books, None, site, now))


@router.post("/session/passkey")
async def post_passkey(
    shape: CredentialIn, request: Request, response: Response, service: TheService
) -> dict[str, Any]:
    """Sign in with a passkey; its own check of its holder makes it two factors."""
    _open_door(request, service)
    site, now, facts = site_of(request, service), service.clock(), facts_of(request)
    result = await service.write(
        lambda books: passkeys.sign_in(books, site, shape.token, shape.credential, now, service.idle, facts)
    )
    if result.token is None:
        raise Problem(401, "passkey_refused", "This passkey is not known here, or did not answer in time.")
    return await signed_in(request, service, response, result)


@router.post("/session/step-up/passkey/begin")
async def post_step_up_begin(person: ThePerson, request: Request, service: TheService) -> dict[str, Any]:
    """What a browser needs to prove anew who is signed in, with a passkey."""
    site, now = site_of(request, service), service.clock()
    return await service.write(lambda books: passkeys.begin_proving(books, person, site, now))


@router.post("/session/step-up/passkey")
async def post_step_up_passkey(
    shape: CredentialIn,
    person: ThePerson,
    caller: TheCaller,
    request: Request,
    response: Response,
    service: TheService,
) -> dict[str, Any]:
    """Prove with a passkey who is signed in; the answer is that of `POST /session/step-up`."""
    site, now = site_of(request, service), service.clock()
    good = await service.write(
        lambda books: passkeys.confirmed(books, site, person.id, shape.token, shape.credential, now)
    )
    if not good or caller.limited is not None:
        raise Problem(403, "passkey_refused", "This passkey is not yours, or did not answer in time.")
    return give_proof(service, caller, response)


@router.get("/session/factors")
def get_factors(person: ThePerson, service: TheService) -> dict[str, Any]:
    """Your authenticator app, passkeys, and how many recovery codes are left."""
    with service.reading() as reader:
        return second.told(reader, person.id)


@router.post("/session/factors/totp/begin")
async def post_totp_begin(
    person: ThePerson, caller: TheCaller, request: Request, service: TheService
) -> dict[str, Any]:
    """A new key for an authenticator app, to be shown as a QR code; it counts once the app has shown a code."""
    await proved_or_new(request, service, caller, "totp")
    key, offer = second.begin_totp(service.secret, person.id)
    where = totp.address(key, person.login, service.settings.terminal.name)
    return {"key": key, "address": where, "offer": base64.urlsafe_b64encode(offer).decode()}


def offered_key(service: Service, person: Person, offer: str) -> str | None:
    """The key that a form carries back; None for what was not offered to this person."""
    try:
        sealed = base64.urlsafe_b64decode(offer.encode("ascii"))
    except (ValueError, binascii.Error):
        return None
    return second.offered(service.secret, person.id, sealed)


async def keep_app(
    service: Service, person: Person, caller: Caller, key: str, code: str, name: str
) -> list[str] | None:
    """Keep an app that shows the right code; the session then may do everything. None for a wrong code."""
    now, secret, session = service.clock(), service.secret, caller.session
    assert session is not None

    def work(books: Any) -> list[str] | None:
        codes = second.add_totp(books, secret, person.id, key, code, name, now)
        if codes is not None:
            second.lift_limit(books, session)
        return codes

    return await service.write(work)


@router.post("/session/factors/totp")
async def post_totp(
    shape: AppIn, person: ThePerson, caller: TheCaller, request: Request, service: TheService
) -> dict[str, Any]:
    """Keep an authenticator app. Answers with recovery codes, shown this once."""
    await proved_or_new(request, service, caller, "totp")
    insist_on_patience(request, service)
    key = offered_key(service, person, shape.offer)
    codes = await keep_app(service, person, caller, key, shape.code, shape.name) if key is not None else None
    if codes is None:
        raise Problem(403, "wrong_code", "The code is not the one that the app shows now.")
    return {"recovery_codes": codes}


@router.post("/session/factors/recovery")
async def post_recovery(
    person: ThePerson, caller: TheCaller, request: Request, service: TheService
) -> dict[str, Any]:
    """New recovery codes, shown this once; those before are worthless."""
    await insist(request, service, caller, None, "recovery_codes")
    now, secret = service.clock(), service.secret
    codes = await service.write(lambda books: second.new_recovery_codes(books, secret, person.id, now))
    return {"recovery_codes": codes}


@router.post("/session/factors/passkey/begin")
async def post_add_begin(
    person: ThePerson, caller: TheCaller, request: Request, service: TheService
) -> dict[str, Any]:
    """What a browser needs to make a passkey: options for `navigator.credentials.create`, and a token."""
    await proved_or_new(request, service, caller, "passkey")
    site, now, name = site_of(request, service), service.clock(), service.settings.terminal.name
    return await service.write(lambda books: passkeys.begin_adding(books, person, site, name, now))


@router.post("/session/factors/passkey")
async def post_add(
    shape: CredentialIn, person: ThePerson, caller: TheCaller, request: Request, service: TheService
) -> dict[str, Any]:
    """Keep the passkey that the browser has made."""
    site, now, session = site_of(request, service), service.clock(), caller.session
    assert session is not None

    def work(books: Any) -> bool:
        made = passkeys.add(books, person, site, shape.token, shape.credential, shape.name, now)
        if made is not None:
            second.lift_limit(books, session)
        return made is not None

    if not await service.write(work):
        raise Problem(403, "passkey_refused", "This passkey did not answer in time, or is known already.")
    return {"added": True}


@router.delete("/session/factors/{factor_id}")
async def delete_factor(
    factor_id: Annotated[str, Field(max_length=60)],
    person: ThePerson,
    caller: TheCaller,
    request: Request,
    service: TheService,
) -> dict[str, Any]:
    """Take an authenticator app or a passkey away; the last one only where the role needs none."""
    await insist(request, service, caller, None, "remove_factor")
    now, must = service.clock(), service.settings.second_factor
    gone = await service.write(
        lambda books: second.drop_factor(books, person, factor_id, must, person.id, now)
    )
    return {"removed": gone}

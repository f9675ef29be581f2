"""Badges: working at a station with badge and PIN, and giving badges out."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from terminal import access, badges
from terminal.access import SignIn
from terminal.api.factors import ThePerson
from terminal.api.needs import TheCaller, TheService, note_refusal, with_right
from terminal.api.problems import Problem, not_found, not_permitted
from terminal.api.schemas import Name, Shape
from terminal.api.session import facts_of, insist_on_patience, refusal, signed_in
from terminal.api.step_up import insist
from terminal.service import Service
from terminal.store.devices import Device
from workflows.roles import Right

router = APIRouter(tags=["session"])
ManagesPeople = Annotated[access.Caller, Depends(with_right(Right.MANAGE_PEOPLE))]


class BadgeIn(Shape):
    """A scanned badge and the PIN of its person."""

    badge: Annotated[str, Field(min_length=1, max_length=80)]
    pin: Annotated[str, Field(min_length=1, max_length=20)]


class PinIn(Shape):
    """A new PIN: four to eight digits."""

    pin: Annotated[str, Field(min_length=1, max_length=20, json_schema_extra={"pattern": "^[0-9]{4,8}$"})]


async def begin_work(service: Service, request: Request, device: Device, badge: str, pin: str) -> SignIn:
    """Try a badge and a PIN at a station; the slow hash is verified outside the transaction."""
    now, facts = service.clock(), facts_of(request)

    def check() -> bool:
        with service.reading() as reader:
            _, kept = badges.holder(reader, badge)
        if kept is not None and kept.locked_until is not None and kept.locked_until > now:
            return False
        return access.password_matches(kept.pin_hash if kept else None, pin)

    matched = await run_in_threadpool(check)
    idle = timedelta(minutes=service.settings.sign_in.station_idle_minutes)
    return await service.write(
        lambda books: badges.begin_work(books, badge, matched, device, now, idle, facts)
    )


@router.post("/session/badge")
async def post_badge(
    shape: BadgeIn, caller: TheCaller, request: Request, response: Response, service: TheService
) -> dict[str, Any]:
    """Begin to work at an enrolled station (its token as bearer) with badge and PIN.

    What is scanned in this session stands under the person's name; it ends when nothing happens for some minutes, and
    when the next badge is scanned there. It gives no approval.
    """
    if caller.device is None or caller.session is not None:
        await note_refusal(request, caller, "refused", right="badge")
        raise Problem(
            403, "not_permitted", "Badges work at enrolled stations only, with the station's token."
        )
    insist_on_patience(request, service)
    result = await begin_work(service, request, caller.device, shape.badge, shape.pin)
    if result.token is not None:
        return await signed_in(request, service, response, result)
    if result.why == "locked":
        raise refusal(result, service.clock())
    if result.why == "role":
        raise not_permitted("badge")
    raise Problem(401, "wrong_badge", "The badge is not known here, or the PIN is wrong.")


@router.post("/session/pin")
async def post_pin(
    shape: PinIn, person: ThePerson, caller: TheCaller, request: Request, service: TheService
) -> dict[str, Any]:
    """Set the PIN for your badge: four to eight digits, not a row, not a year."""
    await insist(request, service, caller, None, "pin")
    if (why := badges.unfit_pin(shape.pin)) is not None:
        detail = (
            "A PIN has four to eight digits." if why == "pin_digits" else "This PIN is too easy to guess."
        )
        raise Problem(422, "unfit_pin", detail)
    hashed = await run_in_threadpool(access.hash_password, shape.pin)
    now = service.clock()
    await service.write(lambda books: badges.set_pin(books, person.id, hashed, now))
    return {"set": True}


@router.post("/people/{person_id}/badge")
async def post_give(person_id: Name, caller: ManagesPeople, service: TheService) -> dict[str, Any]:
    """Give a person a badge. Its code is in this answer only; the badge before it opens nothing any more."""
    now, by = service.clock(), caller.actor.id
    with service.reading() as reader:
        person = reader.people.get(person_id)
    if person is None:
        raise not_found("person", person_id)
    return {"code": await service.write(lambda books: badges.give(books, person, by, now))}


@router.delete("/people/{person_id}/badge")
async def delete_badge(person_id: Name, caller: ManagesPeople, service: TheService) -> dict[str, Any]:
    """Take a person's badge away; who works with it at a station does so no longer."""
    now, by = service.clock(), caller.actor.id
    with service.reading() as reader:
        person = reader.people.get(person_id)
    if person is None:
        raise not_found("person", person_id)
    return {"taken": await service.write(lambda books: badges.take(books, person, by, now))}

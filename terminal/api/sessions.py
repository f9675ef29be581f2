"""Where somebody is signed in: seen and ended by themselves and by an administrator."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from terminal import second, sessions
from terminal.api.badges import ManagesPeople
from terminal.api.factors import ThePerson
from terminal.api.needs import TheCaller, TheService
from terminal.api.problems import not_found
from terminal.api.schemas import Name
from terminal.service import Service
from terminal.store.people import Person

router = APIRouter(tags=["session"])
Called = Annotated[str, Field(max_length=40)]


def _rows(service: Service, person_id: str, own: bytes | None) -> list[dict[str, Any]]:
    with service.reading() as reader:
        found = sessions.shown(reader, person_id, service.clock(), own)
    return [
        {
            "name": one.name,
            "browser": one.browser,
            "address": one.address,
            "station": one.station,
            "since": one.since.isoformat(),
            "seen_at": one.seen_at.isoformat(),
            "mine": one.mine,
        }
        for one in found
    ]


def _person(service: Service, person_id: str) -> Person:
    with service.reading() as reader:
        person = reader.people.get(person_id)
    if person is None:
        raise not_found("person", person_id)
    return person


@router.get("/sessions")
def get_sessions(person: ThePerson, caller: TheCaller, service: TheService) -> list[dict[str, Any]]:
    """Where you are signed in, the latest first."""
    return _rows(service, person.id, caller.session)


@router.delete("/sessions/{session_name}")
async def delete_session(session_name: Called, person: ThePerson, service: TheService) -> dict[str, Any]:
    """End one of your sessions."""
    now = service.clock()
    return {
        "ended": await service.write(
            lambda books: sessions.end(books, person.id, session_name, person.id, now)
        )
    }


@router.post("/sessions/end-others")
async def post_end_others(person: ThePerson, caller: TheCaller, service: TheService) -> dict[str, Any]:
    """End all your sessions but this one."""
    now, own = service.clock(), caller.session
    return {
        "ended": await service.write(lambda books: sessions.end_others(books, person.id, own, person.id, now))
    }


@router.get("/people/{person_id}/sessions")
def get_of(person_id: Name, caller: ManagesPeople, service: TheService) -> list[dict[str, Any]]:
    """Where a person is signed in."""
    return _rows(service, _person(service, person_id).id, caller.session)


@router.delete("/people/{person_id}/sessions")
async def delete_of(person_id: Name, caller: ManagesPeople, service: TheService) -> dict[str, Any]:
    """End every session of a person (of yourself: every other)."""
    person, now, by = _person(service, person_id), service.clock(), caller.actor.id
    return {
        "ended": await service.write(
            lambda books: sessions.end_others(books, person.id, caller.session, by, now)
        )
    }


@router.post("/people/{person_id}/second-factor/reset")
async def post_reset(person_id: Name, caller: ManagesPeople, service: TheService) -> dict[str, Any]:
    """Take every second factor of a person away (a lost phone), and end their sessions."""
    person, now, by = _person(service, person_id), service.clock(), caller.actor.id
    return {"removed": await service.write(lambda books: second.reset(books, person, by, now))}

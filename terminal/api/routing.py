"""Lanes, audits, risk profiles and the hit-rate report: for those who may see risk, and for nobody else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import Field

from terminal.access import Caller
from terminal.api.days import Day
from terminal.api.needs import Language, TheCaller, TheService, with_right
from terminal.api.problems import Problem, not_found
from terminal.api.saying import answered
from terminal.api.schemas import AnswerOut, Asked, Name, Note, Reference, Shape, body_of, gives
from terminal.cases import hit_rates, profiles, routing
from terminal.store.routing import Routed
from workflows.plain import to_plain
from workflows.profiles import Criteria, Profile
from workflows.roles import Right
from workflows.routing_state import AuditResult, Lane

router = APIRouter(tags=["risk"])
ReadsRisk = Annotated[Caller, Depends(with_right(Right.READ_RISK))]
Words = Annotated[str, Field(max_length=200)]
Many = Annotated[tuple[Words, ...], Field(max_length=100)]


class LaneIn(Asked):
    """Set another lane. A lower one counts when a second person asks for the same."""

    consignment: Reference
    lane: Lane
    why: Note


class MarkIn(Asked):
    """Mark an indicator that no rule computes, or (``on`` false) take the mark back."""

    consignment: Reference
    indicator: Annotated[str, Field(pattern=r"^R[0-9]{2}$")]
    why: Note
    on: bool = True


class AuditIn(Asked):
    """Close the audit of released goods."""

    consignment: Reference
    result: AuditResult
    note: Note


class CriteriaIn(Shape):
    """What a profile looks at; every one that is given must fit, any of its values is enough."""

    modes: Many = ()
    hs: Many = ()
    words: Many = ()
    origins: Many = ()
    senders: Many = ()
    consignees: Many = ()
    carriers: Many = ()
    plates: Many = ()
    months: Annotated[tuple[int, ...], Field(max_length=12)] = ()
    over_kg: Annotated[str, Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,4})?$")] | None = None


class ProfileIn(Asked):
    """A profile as it shall be. Without a last day it is refused."""

    id: Annotated[str, Field(max_length=40)]
    title: Words
    owner: Words
    reason: Note
    first_day: date
    last_day: date
    criteria: CriteriaIn
    points: Annotated[int, Field(ge=-100, le=100)] = 0
    lane: Lane | None = None
    indicator: Annotated[str, Field(max_length=3)] | None = None
    offices: Many = ()
    must: bool = False
    note: Note

    def profile(self) -> Profile:
        """As the rules take it."""
        kg = self.criteria.over_kg
        criteria = Criteria(
            **self.criteria.model_dump(exclude={"over_kg"}), over_kg=Decimal(kg) if kg else None
        )
        return Profile(
            self.id,
            self.title,
            self.owner,
            self.reason,
            self.first_day,
            self.last_day,
            criteria,
            points=self.points,
            lane=self.lane,
            indicator=self.indicator,
            offices=self.offices,
            must=self.must,
        )


def line(one: Routed) -> dict[str, Any]:
    """One consignment of a list."""
    return {
        "consignment": one.ref,
        "stage": one.stage.value,
        "office": one.office,
        "lane": one.lane.value,
        "chosen": one.chosen.value,
        "score": one.score,
        "drawn": one.drawn,
        "capped": one.capped,
        "by_person": one.routing.by_person,
        "inspected": one.inspected,
        "audit_open": one.audit_open,
        "since": one.first_at.isoformat(),
        "sender": one.sender,
    }


@router.get("/lanes")
async def list_lanes(
    caller: ReadsRisk,
    service: TheService,
    lane: Lane | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[dict[str, Any]]:
    """Consignments under way with their lanes, newest first."""

    def look() -> list[Routed]:
        with service.reading() as reader:
            return routing.desk(reader, lane, limit)

    return [line(one) for one in await run_in_threadpool(look)]


@router.get("/lanes/one")
async def get_lane(
    caller: ReadsRisk, service: TheService, consignment: Annotated[Reference, Query()]
) -> dict[str, Any]:
    """How the lane of one consignment came about: reasons, profiles, draw, office, marks, audit."""

    def look() -> routing.LaneShown | None:
        with service.reading() as reader:
            return routing.shown(reader, consignment)

    found = await run_in_threadpool(look)
    if found is None:
        raise not_found("lane of", consignment)
    told: dict[str, Any] = to_plain(found)
    return told


@router.post("/lanes")
async def post_lane(shape: LaneIn, caller: TheCaller, service: TheService, language: Language) -> AnswerOut:
    """Set another lane than the rules chose."""
    request = service.request(caller.actor, shape.nonce, body_of(shape))
    answer = await service.write(
        lambda books: routing.set_lane(books, shape.consignment, shape.lane, shape.why, request)
    )
    return answered(answer, language)


@router.post("/lanes/marks")
async def post_mark(shape: MarkIn, caller: TheCaller, service: TheService, language: Language) -> AnswerOut:
    """Mark an indicator, or take the mark back; the lane is chosen anew in the same commit."""
    request = service.request(caller.actor, shape.nonce, body_of(shape))
    answer = await service.write(
        lambda books: routing.mark(
            books, shape.consignment, shape.indicator, shape.on, shape.why, request, service.judge
        )
    )
    return answered(answer, language)


@router.get("/audits")
async def list_audits(caller: ReadsRisk, service: TheService) -> list[dict[str, Any]]:
    """Open audits of goods that were, or will be, released first and looked at later; oldest first."""

    def look() -> list[Routed]:
        with service.reading() as reader:
            return routing.audits(reader)

    return [{**line(one), "audit": to_plain(one.routing.audit)} for one in await run_in_threadpool(look)]


@router.post("/audits/close")
async def post_audit(shape: AuditIn, caller: TheCaller, service: TheService, language: Language) -> AnswerOut:
    """Close an audit with its result."""
    request = service.request(caller.actor, shape.nonce, body_of(shape))
    answer = await service.write(
        lambda books: routing.close_audit(books, shape.consignment, shape.result, shape.note, request)
    )
    return answered(answer, language)


@router.get("/risk-profiles")
async def list_profiles(caller: ReadsRisk, service: TheService) -> list[dict[str, Any]]:
    """Every profile as it stands, those that are over included."""

    def look() -> tuple[Profile, ...]:
        with service.reading() as reader:
            return profiles.profiles(reader, service.room)

    return [to_plain(one) for one in await run_in_threadpool(look)]


@router.post("/risk-profiles")
async def post_profile(
    shape: ProfileIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Write a profile, or change the one of that id; the version grows and the former one is kept."""
    request = service.request(caller.actor, shape.nonce, body_of(shape))
    new = shape.profile()
    answer = await service.write(lambda books: profiles.put(books, new, shape.note, request, service.room))
    return answered(answer, language)


@router.get("/risk-profiles/{profile_id}/history")
async def get_profile_history(
    profile_id: Name, caller: ReadsRisk, service: TheService
) -> list[dict[str, Any]]:
    """Who changed a profile, when, what and why; newest first."""

    def look() -> list[dict[str, Any]]:
        with service.reading() as reader:
            return profiles.history(reader, profile_id)

    return await run_in_threadpool(look)


@router.get("/customs-offices")
async def list_offices(caller: ReadsRisk, service: TheService) -> list[dict[str, Any]]:
    """The customs offices with minimum lane, expected and random shares, and cap."""

    def look() -> list[dict[str, Any]]:
        with service.reading() as reader:
            return [to_plain(one) for one in service.room.in_force(reader).reference.offices]

    return await run_in_threadpool(look)


def _report(service: TheService, first: date, last: date, office: str) -> hit_rates.Report:
    with service.reading() as reader:
        try:
            return hit_rates.report(reader, service.room, first, last, office)
        except hit_rates.SpanError as error:
            raise Problem(422, "invalid_request", f"Cannot report on these days: {error}.") from error


Office = Annotated[str, Query(max_length=12)]


@router.get("/hit-rates")
async def get_hit_rates(
    caller: ReadsRisk, service: TheService, first: Day, last: Day, office: Office = ""
) -> dict[str, Any]:
    """How often lanes, indicators, profiles and the draw selected, were inspected, and found something."""
    found = await run_in_threadpool(_report, service, first, last, office)
    rows = [{**to_plain(row), "off": row.off, "useless": row.useless} for row in found.rows]
    return {
        "first": found.first.isoformat(),
        "last": found.last.isoformat(),
        "counted": found.counted,
        "rows": rows,
    }


@router.get("/hit-rates.csv", response_class=Response, responses=gives("text/csv"))
async def get_hit_rates_csv(
    caller: ReadsRisk, service: TheService, first: Day, last: Day, office: Office = ""
) -> Response:
    """The same as CSV (UTF-8, comma); no cell can be run as a formula."""
    found = await run_in_threadpool(_report, service, first, last, office)
    name = f"hit-rates-{found.first.isoformat()}-{found.last.isoformat()}.csv"
    return Response(
        hit_rates.as_csv(found),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )

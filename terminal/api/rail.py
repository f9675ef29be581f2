"""Cuts of wagons, weights in motion, transloading, and known tares."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from terminal.api.needs import Language, Reads, TheCaller, TheService
from terminal.api.problems import not_found, not_permitted
from terminal.api.saying import answered
from terminal.api.schemas import AnswerOut, Asked, Kg, Name, Note, Reference, SealIn, body_of
from terminal.cases import rail, tares, transloading, wagon_seals
from terminal.cases.plates import plate_of
from terminal.cases.wagon_seals import Found
from workflows.plain import to_plain
from workflows.rail import InMotion, NewCut, Wagon
from workflows.roles import Right

router = APIRouter(tags=["rail"])
Number = Annotated[str, Field(min_length=1, max_length=40)]


class WagonIn(BaseModel):
    """One row of a wagon list: number as written, painted tare and declared gross in kg, seals, consignments."""

    model_config = ConfigDict(extra="forbid")

    number: Number
    carries: Annotated[list[Reference], Field(max_length=50)] = []
    tare_kg: Kg | None = None
    gross_kg: Kg | None = None
    waybill: Annotated[str, Field(max_length=60)] = ""
    seals: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=20)] = []

    def wagon(self) -> Wagon:
        """As the rules take it."""
        return Wagon(
            self.number, tuple(self.carries), self.tare_kg, self.gross_kg, self.waybill, tuple(self.seals)
        )


class CutIn(Asked):
    """Expect a cut: the train, its wagons from the head, consignments of the whole cut; empties that come back."""

    train: Annotated[str, Field(max_length=60)] = ""
    wagons: Annotated[list[WagonIn], Field(min_length=1, max_length=200)]
    consignments: Annotated[list[Reference], Field(max_length=50, default_factory=list)]
    northbound: bool = False


class ArrivalIn(Asked):
    """Numbers read as the train came in; ``confirmed``: somebody compared those that differ in one place."""

    numbers: Annotated[list[Number], Field(min_length=1, max_length=200)]
    confirmed: bool = False
    point: Reference | None = None


class SealsIn(BaseModel):
    """One wagon and its seals as found."""

    model_config = ConfigDict(extra="forbid")

    number: Number
    seals: Annotated[list[SealIn], Field(min_length=1, max_length=20)]


class WagonSealsIn(Asked):
    """The seals of wagons that are here and not opened yet, as somebody found them."""

    wagons: Annotated[list[SealsIn], Field(min_length=1, max_length=200)]


class RolledIn(BaseModel):
    """One wagon on a scale in motion: its place counted by the scale from 1, kg, its number if the scale reads it."""

    model_config = ConfigDict(extra="forbid")

    order: Annotated[int, Field(ge=1, le=200)]
    kg: Kg
    number: Number | None = None


class InMotionIn(Asked):
    """What a scale in motion says of a cut; ``reverse``: the tail came first."""

    scale: Reference
    wagons: Annotated[list[RolledIn], Field(min_length=1, max_length=200)]
    reverse: bool = False
    note: Note = ""


class TransloadIn(Asked):
    """Move a unit from one vehicle to another without storage (visit ids)."""

    code: Annotated[str, Field(min_length=1, max_length=400)]
    source: Reference
    target: Reference
    point: Reference | None = None


class TareIn(Asked):
    """The empty weight of a vehicle as a paper says it."""

    plate: Annotated[str, Field(min_length=1, max_length=40)]
    trailer: Annotated[str, Field(max_length=40)] = ""
    kg: Kg
    paper: Note


def shown(cut: rail.Cut) -> dict[str, Any]:
    """One cut as the API tells it."""
    wagons = [
        {
            "visit": visit.id,
            "order": visit.cut.order if visit.cut else None,
            "number": visit.plate or visit.expected_plate,
            "stage": visit.stage.value,
            "carries": list(visit.aboard),
            "unlisted": visit.unannounced,
            "seals": to_plain(visit.seals_in),
            "held": any(hold.open for hold in visit.holds),
            "kg": format(visit.weighings[-1].kg, "f") if visit.weighings else None,
        }
        for visit in cut.wagons
    ]
    return {
        "id": cut.id,
        "train": cut.train,
        "northbound": cut.northbound,
        "here": cut.here,
        "wagons": wagons,
    }


@router.get("/cuts")
def list_cuts(caller: Reads, service: TheService) -> list[dict[str, Any]]:
    """Cuts of which a wagon is expected or inside."""
    if not caller.actor.may(Right.READ_BOARD):
        raise not_permitted(Right.READ_BOARD.value)
    with service.reading() as reader:
        return [shown(cut) for cut in rail.cuts(reader)]


@router.get("/cuts/{cut_id}")
def get_cut(cut_id: Name, caller: Reads, service: TheService) -> dict[str, Any]:
    """One cut with its wagons."""
    if not caller.actor.may(Right.READ_BOARD):
        raise not_permitted(Right.READ_BOARD.value)
    with service.reading() as reader:
        cut = rail.cut_of(reader, cut_id)
    if cut is None:
        raise not_found("cut", cut_id)
    return shown(cut)


@router.post("/cuts")
async def post_cut(shape: CutIn, caller: TheCaller, service: TheService, language: Language) -> AnswerOut:
    """Expect a cut. Wrong wagon numbers are taken as written and held (ID-06)."""
    new = NewCut("", shape.train, tuple(row.wagon() for row in shape.wagons), shape.northbound)
    request = service.request(caller.actor, shape.nonce, body_of(shape))
    refs = tuple(shape.consignments)
    return answered(await service.write(lambda books: rail.announce(books, new, refs, request)), language)


@router.post("/cuts/{cut_id}/arrive")
async def post_arrival(
    cut_id: Name, shape: ArrivalIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Let in the wagons whose numbers were read, all in one commit."""
    body = {**body_of(shape), "cut": cut_id}
    request = service.request(caller.actor, shape.nonce, body, point=shape.point)
    numbers, sure, judge = tuple(shape.numbers), shape.confirmed, service.judge
    answer = await service.write(lambda books: rail.arrive(books, cut_id, numbers, sure, request, judge))
    return answered(answer, language)


@router.post("/cuts/{cut_id}/seals")
async def post_seals(
    cut_id: Name, shape: WagonSealsIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Write down the seals found on the wagons of a cut, all or none; the checks of their cargo run again."""
    request = service.request(caller.actor, shape.nonce, {**body_of(shape), "cut": cut_id})
    found = tuple(Found(one.number, tuple(seal.seal() for seal in one.seals)) for one in shape.wagons)
    judge = service.judge
    answer = await service.write(lambda books: wagon_seals.record(books, cut_id, found, request, judge))
    return answered(answer, language)


@router.post("/cuts/{cut_id}/weights")
async def post_in_motion(
    cut_id: Name, shape: InMotionIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Weights of a cut taken in motion, by the order of the wagons; all of them, or none."""
    request = service.request(caller.actor, shape.nonce, {**body_of(shape), "cut": cut_id})
    wagons = tuple(InMotion(one.order, one.kg, one.number) for one in shape.wagons)
    rolled = rail.Rolled(shape.scale, wagons, shape.reverse, note=shape.note)
    judge = service.judge

    def work(books: Any) -> Any:
        limits = service.room.in_force(books).reference.tolerances
        return rail.weigh_in_motion(books, cut_id, rolled, request, judge, limits)

    return answered(await service.write(work), language)


@router.post("/cuts/{cut_id}/leave")
async def post_leave(
    cut_id: Name, shape: Asked, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Let out every wagon of a cut that is here, empties as well; all of them, or none."""
    request = service.request(caller.actor, shape.nonce, {**body_of(shape), "cut": cut_id})
    judge = service.judge
    return answered(await service.write(lambda books: rail.leave(books, cut_id, request, judge)), language)


@router.post("/transloads")
async def post_transload(
    shape: TransloadIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Count a unit off one vehicle and onto another, in one commit."""
    request = service.request(caller.actor, shape.nonce, body_of(shape), point=shape.point)
    code, source, target = shape.code, shape.source, shape.target
    answer = await service.write(lambda books: transloading.take(books, code, source, target, request))
    return answered(answer, language)


@router.get("/tares")
def list_tares(
    caller: Reads,
    service: TheService,
    plate: Annotated[str, Query(min_length=1, max_length=40)],
    trailer: Annotated[str, Query(max_length=40)] = "",
) -> list[dict[str, Any]]:
    """Known empty weights of a vehicle, newest first: kg, when, by whom, from where, and the last day it counts."""
    if not caller.actor.may(Right.READ_BOARD):
        raise not_permitted(Right.READ_BOARD.value)
    with service.reading() as reader:
        found = tares.history(reader, plate_of(plate), plate_of(trailer))
    return [
        {
            "kg": format(one.kg, "f"),
            "at": to_plain(one.at),
            "by": one.operator,
            "source": "PAPERS" if one.scale == "papers" else "WEIGHED",
            "scale": None if one.scale == "papers" else one.scale,
            "note": one.note,
            "counts_until": last_day(one.verified_until),
        }
        for one in found
    ]


def last_day(day: date | None) -> str | None:
    """A day as text."""
    return day.isoformat() if day is not None else None


@router.post("/tares")
async def post_tare(shape: TareIn, caller: TheCaller, service: TheService, language: Language) -> AnswerOut:
    """Write down the empty weight of a vehicle from a paper; one that does not fit the known one is for customs."""
    new = tares.Papers(shape.plate, Decimal(shape.kg), shape.paper, shape.trailer)
    request = service.request(caller.actor, shape.nonce, body_of(shape))

    def work(books: Any) -> Any:
        return tares.register(books, new, request, service.room.in_force(books).reference.tolerances)

    return answered(await service.write(work), language)

"""Tallies, repacking, damage, places, stock counts and pick lists."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi.concurrency import run_in_threadpool

from terminal import labels, losses
from terminal.access import Caller
from terminal.api.cargo import visible
from terminal.api.needs import Language, Reads, TheCaller, TheService, with_right
from terminal.api.problems import Problem, not_found
from terminal.api.saying import answered
from terminal.api.schemas import LAST, AnswerOut, Name, body_of, gives
from terminal.api.schemas_handling import (
    ApartIn,
    CountIn,
    CountScanIn,
    DamageIn,
    NewUnitIn,
    SettleIn,
    SplitIn,
    TallyCloseIn,
    TogetherIn,
)
from terminal.cases import counting, picking, repacking, storage, tallying
from terminal.cases.once import Request
from terminal.service import Service
from terminal.store.labels import label_of_unit
from workflows.handling_state import Count
from workflows.plain import to_plain
from workflows.roles import Right
from workflows.state import Consignment

router = APIRouter(tags=["hall"])
ReadsStock = Annotated[Caller, Depends(with_right(Right.READ_STOCK))]
MEDIA = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "zpl": "application/vnd.zebra-zpl",
}


def _request(service: Service, caller: Caller, shape: Any, **more: object) -> Request:
    return service.request(caller.actor, shape.nonce, {**body_of(shape), **more})


# --- tally ------------------------------------------------------------------------------------------
@router.get("/tallies/{ref:path}")
async def get_tally(ref: Name, caller: Reads, service: TheService) -> dict[str, Any]:
    """What was received of a consignment so far: seen and declared, what is missing, too many or damaged."""

    def look() -> dict[str, Any]:
        with service.reading() as reader:
            found = visible(reader.consignment(ref), caller, ref)
            return _sheet(tallying.sheet(reader, found))

    return await run_in_threadpool(look)


def _sheet(sheet: tallying.Sheet) -> dict[str, Any]:
    return {
        "consignment": sheet.consignment.ref,
        **to_plain(sheet.figures),
        "complete": sheet.figures.complete,
        "lines": [
            {
                "line": one.line.no,
                "description": one.line.description,
                "packages": one.line.packages,
                "units": one.units,
                "seen": one.seen,
                "counted": one.counted,
            }
            for one in sheet.lines
        ],
        "labels_that_differ": to_plain(sheet.consignment.differing),
        "closed": to_plain(sheet.consignment.tally),
    }


@router.post("/tallies/{ref:path}/close")
async def post_close(
    ref: Name, shape: TallyCloseIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Say that everything was counted; differences need a note. The quantity checks run on it."""
    request = _request(service, caller, shape, ref=ref)
    answer = await service.write(lambda books: tallying.close(books, ref, shape.counts, shape.note, request))
    return answered(answer, language)


@router.post("/tallies/{ref:path}/units")
async def post_unit(
    ref: Name, shape: NewUnitIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Receive a unit that no paper names by label; its new label is printed with ``GET /units/{label}/label``."""
    request = _request(service, caller, shape, ref=ref)
    new = tallying.Newcomer(shape.label, shape.line, shape.gross_kg, shape.condition, shape.place, shape.note)
    prefix = service.settings.terminal.sscc_prefix
    answer = await service.write(lambda books: tallying.receive(books, ref, new, prefix, request))
    return answered(answer, language)


# --- units --------------------------------------------------------------------------------------------
@router.get("/units/{label}/label", response_class=Response, responses=gives(*MEDIA.values()))
async def get_label(
    label: Name,
    caller: ReadsStock,
    service: TheService,
    format: Annotated[str, Query(pattern="^(png|svg|pdf|zpl)$")] = "pdf",
) -> Response:
    """The SSCC label of a unit, to be printed."""

    def make() -> bytes | None:
        with service.reading() as reader:
            found = label_of_unit(reader, label)
        return labels.render(found, format) if found is not None else None  # type: ignore[arg-type]

    try:
        made = await run_in_threadpool(make)
    except labels.LabelRefused as error:
        raise Problem(422, "bad_label", str(error)) from error
    if made is None:
        raise not_found("unit", label)
    return Response(made, media_type=MEDIA[format], headers={"Cache-Control": "no-store"})


@router.post("/units/{label}/damage")
async def post_damage(
    label: Name, shape: DamageIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Note that a unit is damaged. Photos are attached to "unit:LABEL"."""
    request = _request(service, caller, shape, label=label)
    answer = await service.write(
        lambda books: tallying.damage(books, label, shape.condition, shape.note, request)
    )
    return answered(answer, language)


@router.post("/units/{label}/split")
async def post_split(
    label: Name, shape: SplitIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Take goods out of a unit into new ones; what is left keeps the label."""
    request = _request(service, caller, shape, label=label)
    prefix = service.settings.terminal.sscc_prefix
    answer = await service.write(
        lambda books: repacking.split(books, label, shape.gross_kg, shape.labels, prefix, shape.note, request)
    )
    return answered(answer, language)


@router.post("/units/together")
async def post_together(
    shape: TogetherIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Put units into another one, or onto a new pallet; they move with it from now on."""
    request = _request(service, caller, shape)
    prefix = service.settings.terminal.sscc_prefix
    answer = await service.write(
        lambda books: repacking.together(
            books, shape.units, shape.target, shape.tare_kg, prefix, shape.note, request
        )
    )
    return answered(answer, language)


@router.post("/units/{label}/apart")
async def post_apart(
    label: Name, shape: ApartIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Take a unit out of the one it stands inside."""
    request = _request(service, caller, shape, label=label)
    answer = await service.write(lambda books: repacking.apart(books, label, shape.note, request))
    return answered(answer, language)


# --- places ------------------------------------------------------------------------------------------
@router.get("/places")
async def get_places(caller: ReadsStock, service: TheService) -> dict[str, Any]:
    """Every place with what stands there. The table itself is ``storage_places.csv`` of the reference data."""

    def look() -> storage.StockMap:
        with service.reading() as reader:
            return storage.stock_map(reader, service.room.in_force(reader).reference)

    found = await run_in_threadpool(look)
    return {
        "places": [
            {
                **to_plain(square.place),
                "standing": square.units,
                "full": square.full,
                "consignments": list(square.consignments),
                "labels": list(square.labels),
            }
            for zone in found.zones
            for square in zone.squares
        ],
        "elsewhere": [{"place": place, "standing": units} for place, units in found.unknown],
    }


@router.get("/losses")
async def get_losses(
    caller: ReadsStock,
    service: TheService,
    kind: Annotated[str, Query(max_length=20, pattern=r"^[A-Z_]*$")] = "",
    consignment: Annotated[str, Query(max_length=80)] = "",
    before: Annotated[int | None, Query(ge=1, le=LAST)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """The register of losses and damage, newest first; ``next`` continues it."""

    def look() -> list[Any]:
        with service.reading() as reader:
            return reader.handling.losses(kind=kind, ref=consignment, before=before, limit=limit)

    rows = await run_in_threadpool(look)
    return {"losses": [to_plain(row) for row in rows], "next": rows[-1].seq if len(rows) == limit else None}


@router.get("/losses.csv", response_class=Response, responses=gives("text/csv"))
async def get_losses_csv(
    caller: ReadsStock,
    service: TheService,
    kind: Annotated[str, Query(max_length=20, pattern=r"^[A-Z_]*$")] = "",
    consignment: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """The same as CSV (UTF-8, comma); no cell is run as a formula."""

    def make() -> str:
        with service.reading() as reader:
            return losses.as_csv(reader, kind, consignment)

    text = await run_in_threadpool(make)
    return Response(
        text,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="losses.csv"', "Cache-Control": "no-store"},
    )


# --- picking -------------------------------------------------------------------------------------------
@router.get("/picks/{ref:path}")
async def get_picks(ref: Name, caller: Reads, service: TheService) -> list[dict[str, Any]]:
    """The pick list of a release in the order of the places. Scan with ``unit_context.only`` = the reference."""

    def look() -> list[dict[str, Any]]:
        with service.reading() as reader:
            found: Consignment = visible(reader.consignment(ref), caller, ref)
            return [
                {**to_plain(line.unit), "state": line.state.value}
                for line in picking.pick_list(reader, found)
            ]

    return await run_in_threadpool(look)


# --- stock counts -----------------------------------------------------------------------------------------
@router.get("/counts")
async def get_counts(caller: ReadsStock, service: TheService) -> list[dict[str, Any]]:
    """Stock counts, newest first."""

    def look() -> list[Count]:
        with service.reading() as reader:
            return reader.handling.counts()

    return [to_plain(one) for one in await run_in_threadpool(look)]


@router.get("/counts/{count_id}")
async def get_count(count_id: Name, caller: ReadsStock, service: TheService) -> dict[str, Any]:
    """One stock count with its differences."""
    with service.reading() as reader:
        found = reader.handling.count(count_id)
    if found is None:
        raise not_found("count", count_id)
    plain: dict[str, Any] = to_plain(found)
    return plain


@router.post("/counts")
async def post_count(shape: CountIn, caller: TheCaller, service: TheService, language: Language) -> AnswerOut:
    """Begin to count a zone."""
    request = _request(service, caller, shape)
    return answered(await service.write(lambda books: counting.begin(books, shape.zone, request)), language)


@router.post("/counts/{count_id}/scans")
async def post_count_scan(
    count_id: Name, shape: CountScanIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """One label seen in a place of the zone. Nothing is corrected by it.

    ``scanned_at`` is the handheld's own clock, for what waited there without a connection.
    """
    request = _request(service, caller, shape, count=count_id)
    if shape.scanned_at is None:  # what was asked before there was one keeps its digest
        request = replace(request, body={k: v for k, v in request.body.items() if k != "scanned_at"})
    request = replace(request, device_at=shape.scanned_at)
    answer = await service.write(
        lambda books: counting.scan(books, count_id, shape.code, shape.symbology, shape.place, request)
    )
    return answered(answer, language)


@router.post("/counts/{count_id}/close")
async def post_count_close(
    count_id: Name, shape: ApartIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """End the counting; differences wait for a supervisor who did not count."""
    request = _request(service, caller, shape, count=count_id)
    return answered(await service.write(lambda books: counting.close(books, count_id, request)), language)


@router.post("/counts/{count_id}/settle")
async def post_settle(
    count_id: Name, shape: SettleIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Decide on one difference, with a reason."""
    request = _request(service, caller, shape, count=count_id)
    answer = await service.write(
        lambda books: counting.settle(books, count_id, shape.label, shape.settlement, shape.note, request)
    )
    return answered(answer, language)

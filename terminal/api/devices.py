"""Devices: their health, live weights, readings from gateways, enrolment and revocation."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request
from fastapi.concurrency import run_in_threadpool

from devices.errors import LinkError
from devices.fleet import UnknownDevice
from devices.readings import Reading, ScanReading, WeightReading, from_dict, plain
from terminal import access
from terminal.api.needs import Language, ManagesDevices, ReadsDevices, TheCaller, TheService, note_refusal
from terminal.api.problems import Problem, not_found, not_permitted
from terminal.api.saying import said
from terminal.api.schemas import LAST, DeviceIn, EnrolIn, Name
from terminal.cases import device_readings
from terminal.service import Service
from terminal.store.codes import storable
from terminal.store.devices import Device
from workflows.roles import Right
from workflows.stages import Stage

router = APIRouter(tags=["devices"])

PUSH = "push"
READINGS = access.READINGS


@router.get("/devices")
async def list_devices(caller: ReadsDevices, service: TheService) -> dict[str, Any]:
    """Every configured device with its health, and every enrolled station or gateway."""
    health = [item.to_dict() for item in service.fleet.health()] if service.fleet else []
    with service.reading() as reader:
        enrolled = [
            {
                "id": device.id,
                "kind": device.kind,
                "name": device.name,
                "point": device.point,
                "steps": sorted(device.steps),
                "active": device.active,
                "enrolled": device.token_hash is not None,
                "seen_at": device.seen_at.isoformat() if device.seen_at else None,
            }
            for device in reader.devices.all()
        ]
    return {"fleet": health, "enrolled": enrolled}


@router.get("/devices/{device_id}/live")
async def get_live(device_id: Name, caller: TheCaller, service: TheService) -> dict[str, Any]:
    """What a scale shows now: kg (rounded to its interval), phase, whether it could be taken."""
    if not (caller.actor.may(Right.READ_DEVICES) or caller.actor.may(Right.WEIGH)):
        raise not_permitted(Right.READ_DEVICES.value)
    try:
        live = service.fleet.live(device_id) if service.fleet else None
    except UnknownDevice:
        live = None
    if live is None:
        raise not_found("scale", device_id)
    return {
        "device": live.device,
        "point": live.point,
        "at": live.at.isoformat(),
        "kg": plain(live.kg),
        "value": plain(live.value),
        "unit": live.unit,
        "phase": live.phase,
        "stable": live.stable,
        "flags": sorted(live.flags),
    }


@router.get("/devices/{device_id}/readings")
def list_readings(
    device_id: Name,
    caller: ReadsDevices,
    service: TheService,
    before: Annotated[int | None, Query(ge=1, le=LAST)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[dict[str, Any]]:
    """What a device told and was told, newest first; ``before`` is the last number seen. Persons are withheld."""
    with service.reading() as reader:
        found = device_readings.of_device(reader, device_id, before, limit)
    may = caller.actor.may(Right.READ_PERSONS)
    return [{**one, "data": {}, "withheld": True} if one["personal"] and not may else one for one in found]


@router.post("/devices")
async def post_device(shape: DeviceIn, caller: ManagesDevices, service: TheService) -> dict[str, Any]:
    """Add (or renew) a station, handheld or gateway; returns its one-time code, shown once.

    It may do the steps named, or those of its point when none are named, and never more than its point allows.
    Asked again it gives a new code, and the one before is worthless: codes are nowhere kept.
    """
    now = service.clock()
    steps = _steps_of(shape, service)
    device = Device(shape.id, shape.kind, shape.name, now, shape.point, steps, frozenset({READINGS}))
    code = await service.write(lambda books: access.add_device(books, device, caller.actor.id, now))
    return {"id": device.id, "code": code, "expires_in_s": int(access.CODE_LIFETIME.total_seconds())}


def _steps_of(shape: DeviceIn, service: Service) -> frozenset[Stage]:
    """The steps that a new device may do. Raises the 422 problem for an unknown point or a step it does not have."""
    try:
        return access.steps_for(service.settings.points, shape.point, shape.steps)
    except ValueError as error:
        raise Problem(422, "bad_point", f"{error}.") from error


@router.post("/devices/{device_id}/revoke")
async def post_revoke(device_id: Name, caller: ManagesDevices, service: TheService) -> dict[str, Any]:
    """Make a device's token worthless from the next request on."""
    now = service.clock()
    done = await service.write(lambda books: access.revoke_device(books, device_id, caller.actor.id, now))
    if not done:
        raise not_found("device", device_id)
    return {"id": device_id, "revoked": True}


@router.post("/enrol")
async def post_enrol(shape: EnrolIn, service: TheService) -> dict[str, Any]:
    """Fetch a device token with a one-time code. The token is shown once and kept only as a hash."""
    now = service.clock()
    enrolled = await service.write(lambda books: access.enrol_device(books, shape.code, now))
    if enrolled is None:
        await service.write(lambda books: access.note_bad_code(books, now))
        raise Problem(
            403, "bad_code", "This code was used already, has ended, or never existed. Ask for a new one."
        )
    device, token = enrolled
    return {"id": device.id, "token": token, "point": device.point, "steps": sorted(device.steps)}


@router.post("/devices/{device_id}/readings")
async def post_readings(
    device_id: Name,
    readings: Annotated[list[dict[str, Any]], Body(min_length=1, max_length=200)],
    request: Request,
    caller: TheCaller,
    service: TheService,
    language: Language,
) -> list[dict[str, Any]]:
    """Readings from a gateway, in order, each with its id as nonce: one answer each.

    A scan that the gateway may not make is refused like any other. A reading that cannot be read at all stops the
    list (422); ``taken`` says how many before it are kept.
    """
    if caller.device is None or READINGS not in caller.device.scopes:
        await note_refusal(request, caller, "refused", right=READINGS)
        raise not_permitted(READINGS)
    answers: list[dict[str, Any]] = []
    for number, data in enumerate(readings, 1):
        try:
            reading = from_dict(data)
        except ValueError as error:
            raise Problem(422, "invalid_request", f"reading {number}: {error}", taken=number - 1) from error
        if reading.device != device_id:
            raise Problem(
                422, "invalid_request", f"reading {number} is of {reading.device!r}", taken=number - 1
            )
        if not _usable(reading):
            raise Problem(
                422,
                "invalid_request",
                f"reading {number}: its names, text or time are unusable",
                taken=number - 1,
            )
        answer = await service.take_reading(reading, caller)
        out: dict[str, Any] = {"id": reading.id}
        if answer is not None:
            out |= said(answer, language).model_dump(mode="json")
        else:
            out["verdict"] = "attention" if isinstance(reading, WeightReading) else "accepted"
        answers.append(out)
    return answers


def _usable(reading: Reading) -> bool:
    """True when names, texts and time of a reading can be written down; the wire promises nothing."""
    names = [reading.id, reading.device, reading.point]
    texts: list[object] = []
    if isinstance(reading, ScanReading):
        texts = [reading.text, reading.aim or "", reading.symbology or ""]
    if not all(isinstance(name, str) and 0 < len(name) <= 80 and storable(name) for name in names):
        return False
    if not all(isinstance(text, str) and len(text) <= 4096 and _whole(text) for text in texts):
        return False
    return isinstance(reading.at, datetime) and 2000 <= reading.at.year < 2100


def _whole(text: str) -> bool:
    return storable(text.replace("\0", " "))


def _whole_body(*media_types: str) -> dict[str, Any]:
    """How the interface description names a body that is taken as it is."""
    content = {name: {"schema": {"type": "string", "format": "binary"}} for name in media_types}
    return {"requestBody": {"required": True, "content": content}}


@router.post("/devices/{device_id}/push", openapi_extra=_whole_body("application/octet-stream"))
async def post_push(
    device_id: Name, request: Request, caller: TheCaller, service: TheService
) -> dict[str, Any]:
    """One whole message of a device that pushes by HTTP (plate cameras): the body as it is, of any media type."""
    if caller.device is None or caller.device.id != device_id:
        await note_refusal(request, caller, "refused", right=PUSH)
        raise not_permitted(PUSH)
    if service.fleet is None:
        raise Problem(503, "no_devices", "The devices of this terminal do not run now.")
    data = await request.body()
    try:
        await service.fleet.feed(device_id, data)
    except UnknownDevice as error:
        raise not_found("device", device_id) from error
    except LinkError as error:
        raise Problem(409, "no_push", error.sentence) from error
    return {"taken": True}


async def picture_codes(data: bytes) -> list[dict[str, Any]]:
    """Barcodes in a picture, decoded off the loop."""
    from devices.vision import read_image  # noqa: PLC0415 -- OpenCV loads only where it is used

    found = await run_in_threadpool(read_image, data, budget_ms=2000)
    return [
        {"text": code.text, "symbology": code.symbology, "aim": code.aim, "confident": code.confident}
        for code in found
    ]


@router.post("/pictures/codes", openapi_extra=_whole_body("image/jpeg", "image/png", "image/webp"))
async def post_picture(request: Request, caller: TheCaller) -> dict[str, Any]:
    """Read the barcodes of one picture (the body: JPEG, PNG, WebP); scans are then posted like any other."""
    data = await request.body()
    try:
        codes = await picture_codes(data)
    except ValueError as error:
        raise Problem(422, "bad_picture", str(error)) from error
    return {"codes": codes}

"""Readings of gate devices on their way into the journal: long frames to disk first, then one transaction."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from devices.readings import EventReading, PlateReading, Trouble
from terminal import access
from terminal.cases import device_readings
from terminal.cases.answers import Answer
from terminal.cases.once import once
from terminal.store.books import Books
from workflows.events import DeviceChanged
from workflows.outcomes import Accepted
from workflows.roles import Actor
from workflows.stages import Stage

if TYPE_CHECKING:
    from terminal.service import Service

_GATE = frozenset({Stage.GATE_IN, Stage.GATE_OUT})


async def take(
    service: Service, reading: PlateReading | EventReading, caller: access.Caller | None
) -> Answer:
    """Record a reading of our own fleet, or (with ``caller``) of a gateway; the lamps of its point follow an alarm."""
    barred = access.elsewhere(caller, reading.point) if caller is not None else None
    if isinstance(reading, PlateReading) and barred is None:
        _remember(service, reading)
    point = service.settings.point(reading.point)
    told = device_readings.told(
        reading,
        _plate(service, reading.point, reading.at),
        gate=point is not None and bool(_GATE & set(point.steps)),
    )
    if told.raw_sha256 is not None:
        await asyncio.to_thread(service.keep_file, told.raw_sha256, told.raw)
    request = service.request(
        caller.actor if caller is not None else Actor(f"device:{reading.device}", is_device=True),
        reading.id,
        told.body,
        point=reading.point,
        device=reading.device,
        device_at=reading.at,
        barred=barred,
    )
    answer = await service.write(lambda books: device_readings.take(books, told, request, service.judge))
    if answer.verdict == "attention" and not answer.again:
        service.lamps.show(reading.point, "refused", str(answer.facts.get("visit") or answer.subject))
    return answer


async def take_trouble(service: Service, trouble: Trouble, caller: access.Caller) -> Answer:
    """Record what a device on a gate PC has to complain of; our own fleet's health is watched where it runs."""
    subject = f"device:{trouble.device}"
    facts = {
        "code": device_readings.written(trouble.code),
        "sentence": device_readings.written(trouble.sentence),
        "remedy": device_readings.written(trouble.remedy),
        "raw": trouble.raw[: device_readings.RAW_IN_JOURNAL].hex(),
    }
    state = "no_link" if trouble.code.startswith("link_") else "odd_data"
    request = service.request(
        caller.actor,
        trouble.id,
        {"device": trouble.device, **facts},
        point=trouble.point,
        device=trouble.device,
        device_at=trouble.at,
        barred=access.elsewhere(caller, trouble.point),
    )

    def act(books: Books) -> Answer:
        return once(
            books,
            request,
            "reading",
            lambda: (Accepted((DeviceChanged(subject, state, facts),)), subject, {"device": trouble.device}),
        )

    return await service.write(act)


def _remember(service: Service, reading: PlateReading) -> None:
    """The latest plate of a point; one that was read earlier and came later changes nothing."""
    known = service.last_plate.get(reading.point)
    if known is None or known.at <= reading.at:
        service.last_plate[reading.point] = reading


def _plate(service: Service, point: str, at: datetime) -> str | None:
    """The plate that stood at a point at a moment, as far as its camera has said."""
    seen = service.last_plate.get(point)
    if seen is None or abs(at - seen.at) > device_readings.PLATE_LIVES:
        return None
    return seen.plate

"""Printing a unit's label at once: on the label printer of the terminal, where one is configured."""

from __future__ import annotations

from fastapi.concurrency import run_in_threadpool

from devices.printing import PrintResult
from terminal import labels
from terminal.service import Service
from terminal.store.labels import label_of_unit


def printer_of(service: Service, point: str | None = None) -> str | None:
    """The label printer to use: the one at this point, else the first; None when none is configured."""
    found = [device for device in service.settings.devices if device.kind == "printer"]
    here = [device for device in found if device.point == point]
    chosen = (here or found)[:1]
    return chosen[0].id if chosen else None


async def print_label(service: Service, label: str, point: str | None = None) -> PrintResult | None:
    """Print the label of a unit; None when there is no printer, no running fleet, or no such unit.

    Raises :class:`terminal.labels.LabelRefused` for a label that must not be printed.
    """
    printer = printer_of(service, point)
    if printer is None or service.fleet is None:
        return None

    def make() -> bytes | None:
        with service.reading() as reader:
            found = label_of_unit(reader, label)
        return labels.render(found, "zpl") if found is not None else None

    made = await run_in_threadpool(make)
    return await service.fleet.print(printer, made) if made is not None else None

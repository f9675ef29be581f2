"""The judge of the live terminal: a consignment as the books know it becomes a case for the checks.

What the terminal saw is put together from visits, units and weights in the transaction that records the result, so
that no decision rests on figures older than itself.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from devices.config import Scale
from terminal.cases.checking import Judge, Judged
from terminal.cases.once import Request
from terminal.lists import ListRefusedError, load_sanctions_list
from terminal.settings import Settings
from terminal.store.reader import Reader
from workflows.checks.case import (
    Case,
    CheckContext,
    GateRead,
    HeaderOf,
    InspectionSeen,
    Observations,
    ScaleKnown,
    ScanSeen,
    SealSeen,
    SsccUse,
    WeighingSeen,
)
from workflows.findings import Finding
from workflows.judge import judge
from workflows.plain import to_plain
from workflows.screening import SanctionsList
from workflows.stages import Stage
from workflows.state import Consignment, Unit, Visit, Weighing

log = logging.getLogger("karvon")

#: scales of this capacity (kg) and more are weighbridges, smaller ones platforms: they have other tolerances
WEIGHBRIDGE_KG = Decimal(10_000)
#: units of a consignment whose own weights are looked up; above that only the vehicle's weight is compared
UNITS_WEIGHED = 200
_UNSEEN = (Stage.PRE_ADVICE, Stage.UNLOAD, Stage.LOST)


def scales_known(settings: Settings) -> dict[str, ScaleKnown]:
    """The scales of the configuration as the checks know them."""
    return {
        device.id: ScaleKnown(
            device.id,
            "weighbridge_static" if device.capacity_kg >= WEIGHBRIDGE_KG else "platform_pallet_scale",
            device.minimum_load_kg,
            device.capacity_kg,
            device.verified_until,
        )
        for device in settings.devices
        if isinstance(device, Scale)
    }


class Lists:
    """The sanctions list of this terminal: a file in the data folder, read again when it was replaced."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._clock = clock
        self._stamp: tuple[int, int] | None = None
        self._list: SanctionsList | None = None

    def sanctions(self) -> SanctionsList | None:
        """The list in force; None when there is none or it cannot be read (the checks then cannot tell: HOLD)."""
        try:
            status = self._path.stat()
        except OSError:
            self._list, self._stamp = None, None
            return None
        stamp = (status.st_mtime_ns, status.st_size)
        if stamp != self._stamp:
            loaded = datetime.fromtimestamp(status.st_mtime, self._clock().tzinfo)
            try:
                self._list = load_sanctions_list(self._path, loaded)
            except (ListRefusedError, OSError) as error:
                log.error("the sanctions list %s is not used: %s", self._path.name, error)
                self._list = None
            self._stamp = stamp
        return self._list


def make_judge(settings: Settings, clock: Callable[[], datetime], secret: Callable[[], bytes]) -> Judge:
    """The judge of a terminal. The random draw is seeded from the installation's secret, so that nobody outside can
    foresee it and it can be repeated; it is off in demo mode."""
    lists = Lists(settings.data_dir / "lists" / "unsc.xml", clock)
    scales = scales_known(settings)

    def live(reader: Reader, consignment: Consignment, request: Request) -> Judged:
        seed = None
        if not settings.demo:
            seed = hmac.new(secret(), f"draw:{consignment.ref}".encode(), hashlib.sha256).hexdigest()
        context = CheckContext(
            as_of=request.at,
            scales=scales,
            open_sscc=_sscc_elsewhere(reader, consignment),
            sanctions=lists.sanctions(),
            random_seed=seed,
        )
        case = Case(
            consignment.papers,
            context,
            observed(reader, consignment),
            imported=consignment.imported,
            headers=tuple(HeaderOf(source, values) for source, values in consignment.headers.items()),
        )
        result = judge(case)
        tables = "".join(f"{name}{digest}" for name, digest in sorted(case.reference.versions.items()))
        version = hashlib.sha256(tables.encode()).hexdigest()
        sanctions = context.sanctions.sha256[:12] if context.sanctions else "none"
        return Judged(
            tuple(kept(finding) for finding in (*result.findings, *result.cannot_tell)),
            result.decision.value,
            result.lane.value,
            f"data {version[:12]}, list {sanctions}",
        )

    return live


def kept(finding: Finding) -> Finding:
    """The finding in the form in which the journal keeps it and gives it back, so that two runs can be compared.

    A likeness that was computed as a float is written as the decimal text that it prints as.
    """
    facts: dict[str, Any] = _exact(finding.facts)
    return replace(finding, facts=facts)


def _exact(value: Any) -> Any:
    if isinstance(value, float):
        return format(Decimal(str(value)), "f")
    if isinstance(value, Mapping):
        return {str(key): _exact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(item) for item in value]
    return to_plain(value)


def observed(reader: Reader, consignment: Consignment) -> Observations:
    """What the terminal saw of a consignment so far."""
    visits = [v for i in reader.visits_ever_of(consignment.ref) if (v := reader.visit(i)) is not None]
    brought = [visit for visit in visits if consignment.ref in visit.brought]
    units = reader.units_of(consignment.ref)
    counted = bool(brought) and all(consignment.ref not in visit.carries for visit in brought)
    return Observations(
        gate=tuple(
            GateRead(visit.since, visit.plate, visit.trailer, device=visit.point)
            for visit in brought
            if visit.plate is not None
        ),
        seals=tuple(
            SealSeen("vehicle", seal.number, seal.cls, seal.state, visit.since)
            for visit in brought
            for seal in visit.seals_in
        ),
        weighings=(*_vehicle_weights(brought), *_unit_weights(reader, units)),
        scans=tuple(ScanSeen(unit.label) for unit in units if unit.stage not in _UNSEEN) if counted else (),
        inspections=tuple(
            InspectionSeen(one.method.value, one.result.value, ", ".join(one.found_at) or None)
            for one in (*consignment.inspections, *(one for visit in brought for one in visit.inspections))
            if one.result is not None
        ),
    )


def _vehicle_weights(brought: list[Visit]) -> tuple[WeighingSeen, ...]:
    """Weights of the vehicle that brought this consignment alone; of a shared load nobody can tell whose kg is whose."""
    if len(brought) != 1 or len(brought[0].brought) != 1:
        return ()
    return tuple(_seen(w, "vehicle") for w in brought[0].weighings if w.what in ("GROSS", "TARE"))


def _unit_weights(reader: Reader, units: list[Unit]) -> tuple[WeighingSeen, ...]:
    if len(units) > UNITS_WEIGHED:
        return ()
    return tuple(
        _seen(line.weighing, unit.label)
        for unit in units
        if unit.stage not in _UNSEEN
        for line in reader.weighings(limit=1, subject=f"unit:{unit.label}")
    )


def _seen(weighing: Weighing, target: str) -> WeighingSeen:
    return WeighingSeen(weighing.scale, weighing.what, target, weighing.kg, weighing.stable, weighing.at)


def _sscc_elsewhere(reader: Reader, consignment: Consignment) -> tuple[SsccUse, ...]:
    """Labels of these papers that belong to another consignment already (ID-03)."""
    labels = {line.sscc for line in consignment.papers.lines if line.sscc}
    labels |= {unit.sscc for unit in consignment.papers.units if unit.sscc}
    used = []
    for label in sorted(labels):
        unit = reader.unit(label)
        if unit is not None and unit.consignment != consignment.ref:
            used.append(SsccUse(label, unit.consignment))
    return tuple(used)

"""Observations and context from their JSON forms: plain dicts in, frozen values out.

Unknown keys are left alone, so that a newer sender does not break an older reader. A value that cannot be read raises
:class:`CaseDataError` with its place ("weighings[2].kg"), never half a case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from workflows.checks.case import (
    AxleGroup,
    Bay,
    CheckContext,
    ClockSeen,
    CountSeen,
    DriverSeen,
    GateRead,
    InspectionSeen,
    Observations,
    PassportRead,
    Planned,
    ScaleKnown,
    ScanSeen,
    SealSeen,
    SsccUse,
    TemperatureReading,
    WagonRead,
    WatchListEntry,
    WeighingSeen,
)
from workflows.checks.cold_chain import number_with_sign, temperature_reading
from workflows.checks.json_values import (
    CaseDataError,
    day_of,
    decimal_of,
    each,
    list_of,
    moment_of,
    needed_text,
    object_of,
    text_of,
    whole_of,
)
from workflows.identifiers import fold_digits
from workflows.screening import SanctionsList
from workflows.stages import Stage


def observations_from_json(data: Mapping[str, Any]) -> Observations:
    """Read observations.json. Raises CaseDataError."""
    return Observations(
        gate=tuple(each(data, "gate", _gate)),
        wagons=tuple(each(data, "wagons_read", _wagon)),
        seals=tuple(each(data, "seals", _seal)),
        weighings=tuple(each(data, "weighings", _weighing)),
        scans=tuple(each(data, "scans", _scan)),
        counts=tuple(each(data, "counts", _count)),
        storage_plan=tuple(each(data, "storage_plan", _planned)),
        passports=tuple(each(data, "passport_reads", _passport)),
        drivers=tuple(_drivers(data)),
        temperatures=tuple(_temperatures(data)),
        inspections=tuple(each(data, "inspections", _inspection)),
        clocks=tuple(_clocks(data)),
    )


def context_from_json(data: Mapping[str, Any], sanctions: SanctionsList | None = None) -> CheckContext:
    """Read context.json; the list itself is loaded at the edge and handed in. Raises CaseDataError."""
    as_of = moment_of(data.get("as_of"), "as_of")
    if as_of is None:
        raise CaseDataError("as_of is missing: give the moment of judging, e.g. 2026-11-16T09:00:00+05:00")
    word = str(data.get("step_asked") or Stage.LOAD.value).strip().upper()
    try:
        step = Stage(word)
    except ValueError:
        raise CaseDataError(f"step_asked: {word!r} is no step; one of {', '.join(Stage)}") from None
    random = data.get("random_selection", "off")
    seed = data.get("random_seed") or (random.get("seed") if isinstance(random, Mapping) else None)
    on = seed is not None and str(random).strip().casefold() not in ("off", "false", "no")
    return CheckContext(
        as_of=as_of,
        step=step,
        arrival=day_of(data.get("expected_arrival_at_destination"), "expected_arrival_at_destination"),
        scales={name: _scale(name, row) for name, row in object_of(data, "scales").items()},
        bays={name: _bay(name, row) for name, row in object_of(data, "bays").items()},
        known_senders=_names(data, "known_senders"),
        known_carriers=_names(data, "known_carriers"),
        recognised_senders=_names(data, "recognised_senders"),
        open_sscc=tuple(_uses(data)),
        used_seals=tuple(_used_seals(data)),
        watch_list=tuple(_watch_list(data)),
        sanctions=sanctions,
        random_seed=str(seed) if on else None,
        extra_indicators=frozenset(str(code) for code in list_of(data, "risk_indicators")),
    )


def _confidence(row: Mapping[str, Any], where: str) -> float | None:
    number = decimal_of(row.get("confidence"), f"{where}.confidence")
    return None if number is None else float(number if number <= 1 else number / 100)


def _gate(row: Mapping[str, Any], where: str) -> GateRead:
    return GateRead(
        at=moment_of(row.get("at"), f"{where}.at"),
        plate=text_of(row, "plate"),
        trailer=text_of(row, "trailer"),
        container=text_of(row, "container"),
        confidence=_confidence(row, where),
        device=text_of(row, "device"),
    )


def _drivers(data: Mapping[str, Any]) -> Iterator[DriverSeen]:
    """Names of drivers as a gate wrote them down: ``driver`` of its rows, and ``drivers_seen``, texts or objects."""
    for key in ("gate", "drivers_seen"):
        for index, row in enumerate(list_of(data, key)):
            if isinstance(row, Mapping):
                name = text_of(row, "driver") or (text_of(row, "name") if key == "drivers_seen" else None)
                if name is not None:
                    yield DriverSeen(name, moment_of(row.get("at"), f"{key}[{index}].at"))
            elif key == "drivers_seen" and isinstance(row, str) and row.strip():
                yield DriverSeen(row)


def _wagon(row: Mapping[str, Any], where: str) -> WagonRead:
    return WagonRead(
        moment_of(row.get("at"), f"{where}.at"), needed_text(row, "wagon", where), _confidence(row, where)
    )


def _seal(row: Mapping[str, Any], where: str) -> SealSeen:
    return SealSeen(
        on=text_of(row, "on") or "vehicle",
        number=text_of(row, "number"),
        seal_class=text_of(row, "class"),
        state=text_of(row, "state"),
        at=moment_of(row.get("at"), f"{where}.at"),
    )


def _weighing(row: Mapping[str, Any], where: str) -> WeighingSeen:
    registered = next(
        (
            row[k]
            for k in ("registered_tare_kg", "stencilled_tare_kg", "known_tare_kg")
            if row.get(k) is not None
        ),
        None,
    )
    status = text_of(row, "status")
    if row.get("overload") is True:
        status = "OVERLOAD"
    stable = row.get("stable")
    if stable is not None and not isinstance(stable, bool):
        raise CaseDataError(f"{where}.stable: true or false is expected, not {stable!r}")
    return WeighingSeen(
        scale=text_of(row, "scale") or "",
        what=(text_of(row, "what") or "GROSS").upper(),
        target=text_of(row, "target") or "vehicle",
        kg=decimal_of(row.get("kg"), f"{where}.kg"),
        stable=stable,
        at=moment_of(row.get("at"), f"{where}.at"),
        registered_tare_kg=decimal_of(registered, f"{where}.registered_tare_kg"),
        axles=tuple(each(row, "axles", lambda axle, place: _axle(axle, f"{where}.{place}"))),
        status=status,
    )


def _axle(row: Mapping[str, Any], where: str) -> AxleGroup:
    kg = decimal_of(row.get("kg"), f"{where}.kg")
    if kg is None:
        raise CaseDataError(f"{where}.kg is missing")
    return AxleGroup(needed_text(row, "group", where).casefold(), kg)


def _scan(row: Mapping[str, Any], where: str) -> ScanSeen:
    raw = row.get("raw", row.get("code"))
    if raw is None:
        raise CaseDataError(f"{where}.raw is missing")
    return ScanSeen(
        raw=str(raw),
        at=moment_of(row.get("at"), f"{where}.at"),
        device=text_of(row, "device"),
        physical_unit=whole_of(row.get("physical_unit"), f"{where}.physical_unit"),
    )


def _count(row: Mapping[str, Any], where: str) -> CountSeen:
    packages = whole_of(row.get("packages", row.get("count")), f"{where}.packages")
    if packages is None:
        raise CaseDataError(f"{where}.packages is missing")
    return CountSeen(
        packages,
        whole_of(row.get("line"), f"{where}.line"),
        text_of(row, "wagon"),
        whole_of(row.get("unit"), f"{where}.unit"),
    )


def _planned(row: Mapping[str, Any], where: str) -> Planned:
    return Planned(
        needed_text(row, "bay", where),
        whole_of(row.get("line"), f"{where}.line"),
        whole_of(row.get("unit"), f"{where}.unit"),
    )


def _passport(row: Mapping[str, Any], where: str) -> PassportRead:
    lines = row.get("lines")
    if isinstance(lines, str):
        lines = lines.splitlines()
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise CaseDataError(f"{where}.lines: a list of two texts is expected")
    return PassportRead(tuple(lines), moment_of(row.get("at"), f"{where}.at"))


def _inspection(row: Mapping[str, Any], where: str) -> InspectionSeen:
    return InspectionSeen(
        needed_text(row, "method", where).upper(),
        needed_text(row, "result", where).upper(),
        text_of(row, "finding"),
    )


_TEMPERATURE_KEYS = (
    "temperatures",
    "temperature_readings",
    "temperature_log",
    "temp_log",
    "temperature",
    "loggers",
)


def _temperatures(data: Mapping[str, Any]) -> Iterator[TemperatureReading]:
    for key in _TEMPERATURE_KEYS:
        found = data.get(key)
        rows = found if isinstance(found, list) else [found] if isinstance(found, Mapping) else []
        for index, row in enumerate(rows):
            line = row.get("line") if isinstance(row, Mapping) else None
            inner = row.get("readings") if isinstance(row, Mapping) else None
            for reading in inner if isinstance(inner, list) else [row]:
                read = temperature_reading(reading)
                if read is None:
                    raise CaseDataError(
                        f"{key}[{index}]: a reading needs a time with zone and a temperature in °C"
                    )
                number = line if isinstance(line, int) and read.line is None else read.line
                yield TemperatureReading(read.at, read.celsius, number)


def _clocks(data: Mapping[str, Any]) -> Iterator[ClockSeen]:
    """Pairs of device and server time: a list of their own, and any observation that carries both."""
    for key, rows in data.items():
        if not isinstance(rows, list):
            continue
        for index, row in enumerate(rows):
            if not isinstance(row, Mapping):
                continue
            server = next((row[k] for k in ("server_at", "received_at", "recorded_at") if row.get(k)), None)
            device = row.get("device_at") or row.get("at")
            if server and device:
                where = f"{key}[{index}]"
                first, second = moment_of(device, where), moment_of(server, where)
                if first is not None and second is not None:
                    yield ClockSeen(str(row.get("device", "")), first, second)


def _scale(name: str, row: Any) -> ScaleKnown:
    where = f"scales.{name}"
    if not isinstance(row, Mapping):
        raise CaseDataError(f"{where}: an object is expected")
    return ScaleKnown(
        id=name,
        kind=str(row.get("kind", "")),
        min_kg=decimal_of(row.get("min_kg"), f"{where}.min_kg"),
        max_kg=decimal_of(row.get("max_kg"), f"{where}.max_kg"),
        verified_until=day_of(row.get("verified_until"), f"{where}.verified_until"),
    )


def _bay(name: str, row: Any) -> Bay:
    if not isinstance(row, Mapping):
        raise CaseDataError(f"bays.{name}: an object is expected")
    classes = row.get("dg_classes", ())
    return Bay(
        id=name,
        zone=str(row.get("zone", "")),
        min_c=None if row.get("min_c") is None else number_with_sign(row["min_c"]),
        max_c=None if row.get("max_c") is None else number_with_sign(row["max_c"]),
        building=text_of(row, "building"),
        dg_classes=tuple(str(c) for c in classes) if isinstance(classes, list) else (),
    )


def _names(data: Mapping[str, Any], key: str) -> frozenset[str] | None:
    return frozenset(str(name) for name in list_of(data, key)) if data.get(key) is not None else None


def _uses(data: Mapping[str, Any]) -> Iterator[SsccUse]:
    for key in ("open_sscc", "used_sscc", "recent_sscc"):
        found = data.get(key)
        if isinstance(found, Mapping):
            yield from (SsccUse(str(code), None if ref is None else str(ref)) for code, ref in found.items())
            continue
        for index, row in enumerate(list_of(data, key)):
            if isinstance(row, Mapping):
                where = f"{key}[{index}]"
                used = next(
                    (row[k] for k in ("last_used", "used_at", "used", "at", "date") if row.get(k)), None
                )
                yield SsccUse(
                    needed_text(row, "sscc", where),
                    _reference(row),
                    day_of(used, f"{where}.last_used") if key != "open_sscc" else None,
                )
            else:
                yield SsccUse(fold_digits(str(row)))


def _reference(row: Mapping[str, Any]) -> str | None:
    for key in ("reference", "consignment", "movement", "visit"):
        if value := text_of(row, key):
            return value
    return None


def _used_seals(data: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    found = data.get("used_seals")
    if isinstance(found, Mapping):
        yield from ((str(number), None if ref is None else str(ref)) for number, ref in found.items())
        return
    for index, row in enumerate(list_of(data, "used_seals")):
        if isinstance(row, Mapping):
            number = text_of(row, "number") or text_of(row, "seal")
            if number is None:
                raise CaseDataError(f"used_seals[{index}].number is missing")
            yield number, _reference(row)
        else:
            yield str(row), None


def _watch_list(data: Mapping[str, Any]) -> Iterator[WatchListEntry]:
    """Entries of the local watch list: texts, ``{"kind", "value"}``, or ``{"plate" | "document" | "name": ...}``."""
    kinds = {
        "plate": "plate", "trailer": "plate", "document": "document", "document_number": "document", "passport": "document",
        "name": "name", "driver": "name", "person": "name",
    }  # fmt: skip
    for row in list_of(data, "local_watch_list"):
        if not isinstance(row, Mapping):
            yield WatchListEntry(str(row))
            continue
        note = text_of(row, "reason") or text_of(row, "note") or ""
        value = text_of(row, "value")
        if value is not None:
            yield WatchListEntry(
                value, kinds.get((text_of(row, "kind") or text_of(row, "type") or "").casefold(), ""), note
            )
        for key, kind in kinds.items():
            if text := text_of(row, key):
                yield WatchListEntry(text, kind, note)

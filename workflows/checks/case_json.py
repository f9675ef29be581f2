"""Observations and context from their JSON forms: plain dicts in, frozen values out.

Unknown keys are left alone, so that a newer sender does not break an older reader. A value that cannot be read raises
:class:`CaseDataError` with its place ("weighings[2].kg"), never half a case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from workflows.checks.case import (
    AxleGroup,
    Bay,
    CheckContext,
    ClockSeen,
    CountSeen,
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
from workflows.identifiers import fold_digits
from workflows.screening import SanctionsList
from workflows.stages import Stage

T = TypeVar("T")


class CaseDataError(ValueError):
    """A value of observations or context cannot be read; the message names its place and what is expected."""


def observations_from_json(data: Mapping[str, Any]) -> Observations:
    """Read observations.json. Raises CaseDataError."""
    return Observations(
        gate=tuple(_each(data, "gate", _gate)),
        wagons=tuple(_each(data, "wagons_read", _wagon)),
        seals=tuple(_each(data, "seals", _seal)),
        weighings=tuple(_each(data, "weighings", _weighing)),
        scans=tuple(_each(data, "scans", _scan)),
        counts=tuple(_each(data, "counts", _count)),
        storage_plan=tuple(_each(data, "storage_plan", _planned)),
        passports=tuple(_each(data, "passport_reads", _passport)),
        temperatures=tuple(_temperatures(data)),
        inspections=tuple(_each(data, "inspections", _inspection)),
        clocks=tuple(_clocks(data)),
    )


def context_from_json(data: Mapping[str, Any], sanctions: SanctionsList | None = None) -> CheckContext:
    """Read context.json; the list itself is loaded at the edge and handed in. Raises CaseDataError."""
    as_of = _moment(data.get("as_of"), "as_of")
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
        arrival=_day(data.get("expected_arrival_at_destination"), "expected_arrival_at_destination"),
        scales={name: _scale(name, row) for name, row in _mapping(data, "scales").items()},
        bays={name: _bay(name, row) for name, row in _mapping(data, "bays").items()},
        known_senders=_names(data, "known_senders"),
        known_carriers=_names(data, "known_carriers"),
        recognised_senders=_names(data, "recognised_senders"),
        open_sscc=tuple(_uses(data)),
        used_seals=tuple(_used_seals(data)),
        watch_list=tuple(_watch_list(data)),
        sanctions=sanctions,
        random_seed=str(seed) if on else None,
        extra_indicators=frozenset(str(code) for code in _list(data, "risk_indicators")),
    )


def _list(data: Mapping[str, Any], key: str) -> list[Any]:
    value = data.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise CaseDataError(f"{key}: a list is expected, not {type(value).__name__}")
    return value


def _mapping(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise CaseDataError(f"{key}: an object is expected, not {type(value).__name__}")
    return value


def _each(data: Mapping[str, Any], key: str, read: Callable[[Mapping[str, Any], str], T]) -> Iterator[T]:
    for index, row in enumerate(_list(data, key)):
        where = f"{key}[{index}]"
        if not isinstance(row, Mapping):
            raise CaseDataError(f"{where}: an object is expected, not {type(row).__name__}")
        yield read(row, where)


def _text(row: Mapping[str, Any], key: str) -> str | None:
    value = row.get(key)
    return None if value is None or not str(value).strip() else str(value).strip()


def _needed(row: Mapping[str, Any], key: str, where: str) -> str:
    value = _text(row, key)
    if value is None:
        raise CaseDataError(f"{where}.{key} is missing")
    return value


def _decimal(value: Any, where: str) -> Decimal | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise CaseDataError(f"{where}: {value!r} is no number")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise CaseDataError(f'{where}: {value!r} is no number; write kilograms as 22940 or "598.5"') from None
    if not number.is_finite():
        raise CaseDataError(f"{where}: {value!r} is no number")
    return number


def _whole(value: Any, where: str) -> int | None:
    number = _decimal(value, where)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise CaseDataError(f"{where}: {value!r} is not a whole number")
    return int(number)


def _moment(value: Any, where: str) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise CaseDataError(f"{where}: {value!r} is no time; write 2026-11-16T09:00:00+05:00") from None
    if moment.tzinfo is None:
        raise CaseDataError(f"{where}: {value!r} has no time zone; write 2026-11-16T09:00:00+05:00")
    return moment


def _day(value: Any, where: str) -> date | None:
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise CaseDataError(f"{where}: {value!r} is no date; write 2027-03-01") from None


def _confidence(row: Mapping[str, Any], where: str) -> float | None:
    number = _decimal(row.get("confidence"), f"{where}.confidence")
    return None if number is None else float(number if number <= 1 else number / 100)


def _gate(row: Mapping[str, Any], where: str) -> GateRead:
    return GateRead(
        at=_moment(row.get("at"), f"{where}.at"),
        plate=_text(row, "plate"),
        trailer=_text(row, "trailer"),
        container=_text(row, "container"),
        confidence=_confidence(row, where),
        device=_text(row, "device"),
    )


def _wagon(row: Mapping[str, Any], where: str) -> WagonRead:
    return WagonRead(
        _moment(row.get("at"), f"{where}.at"), _needed(row, "wagon", where), _confidence(row, where)
    )


def _seal(row: Mapping[str, Any], where: str) -> SealSeen:
    return SealSeen(
        on=_text(row, "on") or "vehicle",
        number=_text(row, "number"),
        seal_class=_text(row, "class"),
        state=_text(row, "state"),
        at=_moment(row.get("at"), f"{where}.at"),
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
    status = _text(row, "status")
    if row.get("overload") is True:
        status = "OVERLOAD"
    stable = row.get("stable")
    if stable is not None and not isinstance(stable, bool):
        raise CaseDataError(f"{where}.stable: true or false is expected, not {stable!r}")
    return WeighingSeen(
        scale=_text(row, "scale") or "",
        what=(_text(row, "what") or "GROSS").upper(),
        target=_text(row, "target") or "vehicle",
        kg=_decimal(row.get("kg"), f"{where}.kg"),
        stable=stable,
        at=_moment(row.get("at"), f"{where}.at"),
        registered_tare_kg=_decimal(registered, f"{where}.registered_tare_kg"),
        axles=tuple(_each(row, "axles", lambda axle, place: _axle(axle, f"{where}.{place}"))),
        status=status,
    )


def _axle(row: Mapping[str, Any], where: str) -> AxleGroup:
    kg = _decimal(row.get("kg"), f"{where}.kg")
    if kg is None:
        raise CaseDataError(f"{where}.kg is missing")
    return AxleGroup(_needed(row, "group", where).casefold(), kg)


def _scan(row: Mapping[str, Any], where: str) -> ScanSeen:
    raw = row.get("raw", row.get("code"))
    if raw is None:
        raise CaseDataError(f"{where}.raw is missing")
    return ScanSeen(
        raw=str(raw),
        at=_moment(row.get("at"), f"{where}.at"),
        device=_text(row, "device"),
        physical_unit=_whole(row.get("physical_unit"), f"{where}.physical_unit"),
    )


def _count(row: Mapping[str, Any], where: str) -> CountSeen:
    packages = _whole(row.get("packages", row.get("count")), f"{where}.packages")
    if packages is None:
        raise CaseDataError(f"{where}.packages is missing")
    return CountSeen(
        packages,
        _whole(row.get("line"), f"{where}.line"),
        _text(row, "wagon"),
        _whole(row.get("unit"), f"{where}.unit"),
    )


def _planned(row: Mapping[str, Any], where: str) -> Planned:
    return Planned(
        _needed(row, "bay", where),
        _whole(row.get("line"), f"{where}.line"),
        _whole(row.get("unit"), f"{where}.unit"),
    )


def _passport(row: Mapping[str, Any], where: str) -> PassportRead:
    lines = row.get("lines")
    if isinstance(lines, str):
        lines = lines.splitlines()
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise CaseDataError(f"{where}.lines: a list of two texts is expected")
    return PassportRead(tuple(lines), _moment(row.get("at"), f"{where}.at"))


def _inspection(row: Mapping[str, Any], where: str) -> InspectionSeen:
    return InspectionSeen(
        _needed(row, "method", where).upper(), _needed(row, "result", where).upper(), _text(row, "finding")
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
                first, second = _moment(device, where), _moment(server, where)
                if first is not None and second is not None:
                    yield ClockSeen(str(row.get("device", "")), first, second)


def _scale(name: str, row: Any) -> ScaleKnown:
    where = f"scales.{name}"
    if not isinstance(row, Mapping):
        raise CaseDataError(f"{where}: an object is expected")
    return ScaleKnown(
        id=name,
        kind=str(row.get("kind", "")),
        min_kg=_decimal(row.get("min_kg"), f"{where}.min_kg"),
        max_kg=_decimal(row.get("max_kg"), f"{where}.max_kg"),
        verified_until=_day(row.get("verified_until"), f"{where}.verified_until"),
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
        building=_text(row, "building"),
        dg_classes=tuple(str(c) for c in classes) if isinstance(classes, list) else (),
    )


def _names(data: Mapping[str, Any], key: str) -> frozenset[str] | None:
    return frozenset(str(name) for name in _list(data, key)) if data.get(key) is not None else None


def _uses(data: Mapping[str, Any]) -> Iterator[SsccUse]:
    for key in ("open_sscc", "used_sscc", "recent_sscc"):
        found = data.get(key)
        if isinstance(found, Mapping):
            yield from (SsccUse(str(code), None if ref is None else str(ref)) for code, ref in found.items())
            continue
        for index, row in enumerate(_list(data, key)):
            if isinstance(row, Mapping):
                where = f"{key}[{index}]"
                used = next(
                    (row[k] for k in ("last_used", "used_at", "used", "at", "date") if row.get(k)), None
                )
                yield SsccUse(
                    _needed(row, "sscc", where),
                    _reference(row),
                    _day(used, f"{where}.last_used") if key != "open_sscc" else None,
                )
            else:
                yield SsccUse(fold_digits(str(row)))


def _reference(row: Mapping[str, Any]) -> str | None:
    for key in ("reference", "consignment", "movement", "visit"):
        if value := _text(row, key):
            return value
    return None


def _used_seals(data: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    found = data.get("used_seals")
    if isinstance(found, Mapping):
        yield from ((str(number), None if ref is None else str(ref)) for number, ref in found.items())
        return
    for index, row in enumerate(_list(data, "used_seals")):
        if isinstance(row, Mapping):
            number = _text(row, "number") or _text(row, "seal")
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
    for row in _list(data, "local_watch_list"):
        if not isinstance(row, Mapping):
            yield WatchListEntry(str(row))
            continue
        note = _text(row, "reason") or _text(row, "note") or ""
        value = _text(row, "value")
        if value is not None:
            yield WatchListEntry(
                value, kinds.get((_text(row, "kind") or _text(row, "type") or "").casefold(), ""), note
            )
        for key, kind in kinds.items():
            if text := _text(row, key):
                yield WatchListEntry(text, kind, note)

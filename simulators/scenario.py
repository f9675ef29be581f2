"""Scenarios: a TOML file that names devices and what happens to them at which second.

::

    seed = 7
    [[devices]]
    id = "weighbridge-1"
    kind = "scale"
    protocol = "yaohua_a9"
    port = "pty"                 # pty | tcp | tcp:9001 | push:http://HOST/PATH (anpr)
    codec = { unit = "kg" }
    capacity_kg = 60000
    division_kg = 20
    [[steps]]
    at = 2.0                     # seconds after the start; `every` and `times` repeat a step
    device = "weighbridge-1"
    do = "put"
    kg = 24360
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from simulators.base import FrameDevice
from simulators.camera import Camera
from simulators.faults import Faults, Mistake, Rates
from simulators.gate import Portal, Printer, TagReader
from simulators.modbus import Board
from simulators.scale import Scale, seconds_in, weight_in
from simulators.scanner import Scanner
from simulators.weighing import Platform

AnyDevice = Scanner | Scale | Camera | Board | FrameDevice

SCENARIOS = Path(__file__).with_name("scenarios")

_COMMON = {"id", "kind", "protocol", "port", "codec", "point", "faults"}
_PUSHED = re.compile(r"push:http://[!-~]{1,400}")
_KEYS = {
    "scanner": _COMMON,
    "scale": _COMMON | {"capacity_kg", "division_kg", "unit", "rate_hz", "kg"},
    "camera": {"id", "kind", "port", "point", "text", "qr", "path"},
    "anpr": _COMMON | {"token"},
    "reader": _COMMON | {"keepalive_s"},
    "relay": {"id", "kind", "port", "point", "unit", "outputs"},
    "seal": _COMMON,
    "radiation": _COMMON | {"background_s"},
}
OTHER_KINDS = ("anpr", "reader", "radiation", "printer")


@dataclass(frozen=True, slots=True)
class DeviceSpec:
    """One ``[[devices]]`` table, checked. ``port`` is ``pty``, ``tcp``, ``tcp:NUMBER`` or ``push:URL``."""

    id: str
    kind: str
    protocol: str
    port: str
    point: str
    table: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to one device. ``every`` seconds again, ``times`` in all."""

    at: float
    device: str
    do: str
    arguments: Mapping[str, Any]
    every: float = 0.0
    times: int = 1


@dataclass(frozen=True, slots=True)
class Scenario:
    """A checked scenario."""

    seed: int
    devices: Sequence[DeviceSpec]
    steps: Sequence[Step] = field(default_factory=tuple)


def read_scenario(path: Path) -> Scenario:
    """A scenario file, or a name of one that comes along. Raises :class:`Mistake` naming file, table and key."""
    if not path.is_file():
        ours = SCENARIOS / path.with_suffix(".toml").name
        path = ours if ours.is_file() else path
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Mistake(f"{path}: {error}") from None
    try:
        return scenario_of(data)
    except Mistake as error:
        raise Mistake(f"{path}: {error}") from None


def scenario_of(data: Mapping[str, Any]) -> Scenario:
    """A scenario from plain values. Raises :class:`Mistake`."""
    if unknown := set(data) - {"seed", "devices", "steps"}:
        raise Mistake(f"unknown key {sorted(unknown)[0]!r}; a scenario has seed, devices, steps")
    seed = data.get("seed", 0)
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise Mistake("`seed` is a whole number")
    devices = [_spec(number, table) for number, table in enumerate(data.get("devices", []), start=1)]
    ids = [device.id for device in devices]
    for one in ids:
        if ids.count(one) > 1:
            raise Mistake(f"the device {one!r} is there twice")
    steps = [_step(number, table, ids) for number, table in enumerate(data.get("steps", []), start=1)]
    return Scenario(seed, devices, sorted(steps, key=lambda step: step.at))


def at_ports(scenario: Scenario, ports: Mapping[str, Any]) -> Scenario:
    """The scenario with its TCP devices at given port numbers, those of an earlier run. Raises :class:`Mistake`.

    Devices that are not named, or that have no TCP port, stay as they are.
    """
    for device, number in ports.items():
        if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 65536:
            raise Mistake(f"the port of {device!r} is a number from 1 to 65535, not {number!r}")
    return replace(
        scenario,
        devices=tuple(
            replace(spec, port=f"tcp:{ports[spec.id]}")
            if spec.id in ports and spec.port.partition(":")[0] == "tcp"
            else spec
            for spec in scenario.devices
        ),
    )


def _spec(number: int, table: Any) -> DeviceSpec:
    where = f"devices #{number}"
    if not isinstance(table, Mapping):
        raise Mistake(f"{where}: write every device under its own [[devices]] heading")
    device_id, kind = table.get("id"), table.get("kind")
    if not isinstance(device_id, str) or not device_id or "/" in device_id or device_id.startswith("."):
        raise Mistake(f"{where}: `id` is a short name, not {device_id!r}")
    where += f" ({device_id})"
    if kind not in _KEYS and kind not in OTHER_KINDS:
        kinds = ", ".join(dict.fromkeys((*_KEYS, *OTHER_KINDS)))
        raise Mistake(f"{where}: `kind` is one of {kinds}, not {kind!r}")
    known = _KEYS.get(kind, _COMMON)
    if unknown := set(table) - known:
        raise Mistake(f"{where}: unknown key {sorted(unknown)[0]!r}; a {kind} has {', '.join(sorted(known))}")
    protocol = table.get("protocol", "")
    if kind == "seal":
        protocol = protocol or "scan_text"
    if kind not in ("camera", "relay") and not (isinstance(protocol, str) and protocol):
        raise Mistake(f"{where}: `protocol` is missing")
    port = table.get("port", "tcp" if kind in ("camera", "relay") or sys.platform == "win32" else "pty")
    if kind == "anpr" and isinstance(port, str) and _PUSHED.fullmatch(port):
        return DeviceSpec(device_id, str(kind), protocol, port, str(table.get("point", "")), table)
    name, colon, digits = str(port).partition(":")
    good = name in {"pty", "tcp"} and (not colon or (name == "tcp" and digits.isascii() and digits.isdigit()))
    if not good or (digits and (len(digits) > 5 or int(digits) > 65535)):
        more = "" if kind != "anpr" else " or push:http://HOST:PORT/PATH"
        raise Mistake(f"{where}: `port` is pty, tcp or tcp:NUMBER{more}, not {port!r}")
    return DeviceSpec(device_id, str(kind), protocol, str(port), str(table.get("point", "")), table)


def _step(number: int, table: Any, ids: Sequence[str]) -> Step:
    where = f"steps #{number}"
    if not isinstance(table, Mapping):
        raise Mistake(f"{where}: write every step under its own [[steps]] heading")
    rest = dict(table)
    try:
        at = seconds_in(rest.pop("at", 0.0))
        every = seconds_in(rest.pop("every", 0.0))
    except Mistake as error:
        raise Mistake(f"{where}: {error}") from None
    device, do, times = rest.pop("device", None), rest.pop("do", None), rest.pop("times", 1)
    if device not in ids:
        raise Mistake(f"{where}: there is no device {device!r}; there are {', '.join(ids)}")
    if not isinstance(do, str):
        raise Mistake(
            f"{where}: `do` is missing (scan, put, take, wind, zero, plate, picture, fault, unplug, plug)"
        )
    if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= 1_000_000:
        raise Mistake(f"{where}: `times` is a whole number from 1")
    return Step(at, device, do, rest, every, times)


def make_device(spec: DeviceSpec, seed: int) -> AnyDevice:
    """The device of a table. Raises :class:`Mistake` for an unknown protocol or an impossible setting."""
    table = spec.table
    try:
        if spec.kind == "camera":
            digits = spec.port.partition(":")[2]
            camera = Camera(spec.id, spec.point, port=int(digits or 0), seed=seed)
            if "path" in table:
                camera.file(Path(str(table["path"])))
            elif "text" in table or "qr" in table:
                camera.show(str(table.get("text", "")), str(table.get("qr", "")))
            return camera
        if spec.kind == "relay":
            digits = spec.port.partition(":")[2]
            unit, outputs = table.get("unit", 1), table.get("outputs", 8)
            if unit not in range(256) or outputs not in range(1, 257):
                raise Mistake("`unit` is a number from 0 to 255, `outputs` one from 1 to 256")
            return Board(spec.id, spec.point, port=int(digits or 0), unit=unit, outputs=outputs)
        faults = Faults(f"{seed}/{spec.id}", Rates().changed(_plain(table.get("faults", {}))))
        settings = _plain(table.get("codec", {}))
        if spec.kind == "seal":
            reader = Scanner(spec.id, spec.protocol, {"aim": False, **settings}, faults, spec.point)
            reader.kind = spec.kind
            return reader
        if spec.kind == "scanner":
            return Scanner(spec.id, spec.protocol, settings, faults, spec.point)
        if spec.kind == "scale":
            return _scale(spec, settings, faults, seed)
        device = _gate_device(spec, settings, faults, seed)
        device.kind = spec.kind
        return device
    except KeyError:
        raise Mistake(f"{spec.id}: there is no protocol {spec.protocol!r}") from None
    except Mistake as error:
        raise Mistake(f"{spec.id}: {error}") from None
    except ValueError as error:
        raise Mistake(f"{spec.id}: {error}") from None


def _gate_device(spec: DeviceSpec, settings: Mapping[str, Any], faults: Faults, seed: int) -> FrameDevice:
    about = (spec.id, spec.protocol, settings, faults, spec.point)
    match spec.kind, spec.protocol:
        case "reader", "llrp":
            every = seconds_in(spec.table.get("keepalive_s", 10))
            return TagReader(*about, keepalive_s=max(every, 0.05))
        case "radiation", _:
            every = seconds_in(spec.table.get("background_s", 5))
            return Portal(*about, background_s=max(every, 0.05), seed=f"{seed}/{spec.id}")
        case "printer", _:
            return Printer(*about)
    return FrameDevice(*about)


def _scale(spec: DeviceSpec, settings: Mapping[str, Any], faults: Faults, seed: int) -> Scale:
    table = spec.table
    division = weight_in(table.get("division_kg", 1))
    capacity = weight_in(table.get("capacity_kg", 1000))
    if not 0 < division < capacity:
        raise Mistake("`division_kg` is more than 0 and less than `capacity_kg`")
    rate = float(table.get("rate_hz", 10))
    if not 0.1 <= rate <= 100:
        raise Mistake("`rate_hz` is a number from 0.1 to 100")
    platform = Platform(capacity, division, f"{seed}/{spec.id}/wind")
    if "kg" in table:
        platform.put(weight_in(table["kg"]), -1e6, 0)
    return Scale(
        spec.id,
        spec.protocol,
        settings,
        faults,
        spec.point,
        platform=platform,
        unit=str(table.get("unit", "kg")),
        rate_hz=rate,
    )


def _plain(table: Any) -> dict[str, Any]:
    """Numbers of a table as the codecs know them: TOML decimals become floats, whole numbers stay."""
    if not isinstance(table, Mapping):
        raise Mistake('`codec` and `faults` are tables, e.g. { unit = "kg" }')
    return {key: float(value) if isinstance(value, Decimal) else value for key, value in table.items()}

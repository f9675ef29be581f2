"""All simulated devices of a scenario, and the one door through which anything happens to them."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from devices.protocols.results import Message
from simulators.base import WireDevice
from simulators.camera import Camera
from simulators.faults import Mistake, Rates
from simulators.gate import Portal, Printer, TagReader
from simulators.modbus import Board
from simulators.ports import Port, PtyPort, TcpPort
from simulators.push import PushPort
from simulators.scale import Scale
from simulators.scanner import Scanner
from simulators.scenario import AnyDevice, Scenario, Step, make_device

#: action -> the arguments it knows beside ``device``
ACTIONS: dict[str, frozenset[str]] = {
    "scan": frozenset({"text", "aim", "times"}),
    "put": frozenset({"kg", "roll_s"}),
    "take": frozenset(),
    "wind": frozenset({"kg"}),
    "zero": frozenset({"kg"}),
    "picture": frozenset({"text", "qr", "path", "blur", "base64", "empty"}),
    "tare": frozenset({"kg"}),
    "tags": frozenset({"epcs", "antenna"}),
    "vehicle": frozenset({"alarm", "slices"}),
    "trouble": frozenset({"words"}),
    "fault": frozenset(field.name for field in fields(Rates)),
    "unplug": frozenset(),
    "plug": frozenset(),
}

#: what a plate camera's event carries beside the plate, unless told otherwise
PLATE_EVENTS: dict[str, dict[str, Any]] = {
    "hikvision_anpr": {"event": "ANPR", "confidence": "95", "direction": "forward", "images": 1},
    "dahua_anpr": {"event": "TollgateInfo", "confidence": "93", "direction": "Obverse"},
}


class World:
    """Starts the devices, plays the script, does what it is told."""

    def __init__(self, scenario: Scenario, directory: Path) -> None:
        self.scenario = scenario
        self.directory = directory
        self.devices: dict[str, AnyDevice] = {
            spec.id: make_device(spec, scenario.seed) for spec in scenario.devices
        }
        self._tasks: list[asyncio.Task[None]] = []
        self.mistakes: list[str] = []

    async def start(self) -> None:
        """Make every device reachable, then let the script run. Raises ``OSError`` when a port is taken."""
        for spec in self.scenario.devices:
            device = self.devices[spec.id]
            if isinstance(device, Camera | Board):
                await device.start()
                continue
            kind, _, digits = spec.port.partition(":")
            port: Port
            if kind == "pty":
                port = PtyPort(self.directory / spec.id, device.heard)
            elif kind == "push":
                port = PushPort(digits, str(spec.table.get("token", "")))
            else:
                port = TcpPort(int(digits or 0), device.heard, on_connect=device.greeted)
            await device.start(port)
        self._tasks = [asyncio.create_task(self._play(step)) for step in self.scenario.steps]

    async def stop(self) -> None:
        """Stop everything and remove the links."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for device in self.devices.values():
            await device.stop()

    async def _play(self, step: Step) -> None:
        await asyncio.sleep(step.at)
        for number in range(step.times):
            if number:
                await asyncio.sleep(step.every)
            try:
                await self.do(step.do, {"device": step.device, **step.arguments})
            except Mistake as error:
                self.mistakes.append(f"{step.do} {step.device}: {error}")

    async def do(self, action: str, order: Mapping[str, Any]) -> dict[str, Any]:
        """Do one thing. Returns the answer of the control port. Raises :class:`Mistake` with a sentence."""
        arguments = dict(order)
        name = arguments.pop("device", None)
        device = self.devices.get(name) if isinstance(name, str) else None
        if device is None:
            raise Mistake(f"there is no device {name!r}; there are {', '.join(self.devices)}")
        if action in ACTIONS and (unknown := set(arguments) - ACTIONS[action]):
            raise Mistake(
                f"{action} has no {sorted(unknown)[0]!r}; it has {', '.join(sorted(ACTIONS[action]))}"
            )
        listened = await self._act(action, device, arguments)
        return {"ok": True, "connected": listened}

    def paper(self, name: str) -> bytes:
        """The last label of a printer (PNG). Raises :class:`Mistake` with a sentence."""
        device = self.devices.get(name)
        if not isinstance(device, Printer):
            raise Mistake(f"there is no printer {name!r}")
        return device.paper()

    async def _act(self, action: str, device: AnyDevice, arguments: dict[str, Any]) -> bool:
        match action, device:
            case "unplug", _:
                await (device.stop() if isinstance(device, Camera | Board) else _port(device).unplug())
                return False
            case "plug", _:
                await (device.start() if isinstance(device, Camera | Board) else _port(device).plug())
                return True
            case "fault", Camera():
                device.rates = device.rates.changed(arguments)
                return True
            case "fault", WireDevice():
                device.faults.rates = device.faults.rates.changed(arguments)
                return _port(device).connected
            case "scan", Scanner():
                return await device.scan(
                    _text(arguments, "text"), _optional(arguments, "aim"), _whole(arguments, "times")
                )
            case "put", Scale():
                device.put(arguments.get("kg"), arguments.get("roll_s", 2.0))
            case "take", Scale():
                device.take()
            case "wind", Scale():
                device.wind(arguments.get("kg"))
            case "zero", Scale():
                device.zero(arguments.get("kg"))
            case "tare", Scale():
                device.tare(arguments.get("kg"))
            case "tags", TagReader():
                return await device.tags(_texts(arguments, "epcs"), _whole(arguments, "antenna"))
            case "vehicle", Portal():
                return await device.vehicle(
                    _optional(arguments, "alarm") or "", _whole(arguments, "slices", 5)
                )
            case "trouble", Printer():
                device.status(_texts(arguments, "words"))
            case "plate", Camera():
                device.plate(_text(arguments, "plate"))
                return True
            case "picture", Camera():
                _picture(device, arguments)
                return True
            case (("plate" | "send"), _) if not isinstance(device, Camera | Board):
                return await _send(action, device, arguments)
            case _:
                raise Mistake(f"a {device.kind} cannot {action}; see the list in simulators/__init__.py")
        return _port(device).connected


def _port(device: Any) -> Port:
    port = device.port
    if port is None:
        raise Mistake(f"{device.id} is not started")
    return port  # type: ignore[no-any-return]  # every device on a wire has one


async def _send(action: str, device: Any, arguments: dict[str, Any]) -> bool:
    if "hex" in arguments:
        try:
            return bool(await device.send_raw(bytes.fromhex(_text(arguments, "hex"))))
        except ValueError:
            raise Mistake("`hex` is bytes written as hexadecimal digits") from None
    said = arguments if action == "plate" else arguments.get("fields")
    if not isinstance(said, dict) or not said:
        raise Mistake("give `fields` (what the frame says) or `hex` (the bytes themselves)")
    if action == "plate" and device.kind == "anpr":
        said = {**PLATE_EVENTS.get(device.protocol, {}), **said}
    return bool(await device.send(Message(said)))


def _picture(camera: Camera, arguments: dict[str, Any]) -> None:
    if arguments.get("empty"):
        camera.empty()
    elif "path" in arguments:
        camera.file(Path(_text(arguments, "path")))
    elif "base64" in arguments:
        try:
            camera.content(base64.b64decode(_text(arguments, "base64"), validate=True))
        except binascii.Error:
            raise Mistake("`base64` is a picture file in base64") from None
    else:
        blur = arguments.get("blur", 0.0)
        camera.show(_optional(arguments, "text") or "", _optional(arguments, "qr") or "", blur)


def _text(arguments: Mapping[str, Any], key: str) -> str:
    value = arguments.get(key)
    if not isinstance(value, str) or not value:
        raise Mistake(f"`{key}` is missing or no text")
    return value


def _optional(arguments: Mapping[str, Any], key: str) -> str | None:
    return None if arguments.get(key) is None else _text(arguments, key)


def _texts(arguments: Mapping[str, Any], key: str) -> list[str]:
    value = arguments.get(key)
    if not isinstance(value, list) or len(value) > 100 or not all(isinstance(one, str) for one in value):
        raise Mistake(f"`{key}` is a list of texts")
    return value


def _whole(arguments: Mapping[str, Any], key: str, otherwise: int = 1) -> int:
    value = arguments.get(key, otherwise)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Mistake(f"`{key}` is a whole number")
    return value

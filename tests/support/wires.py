"""Real wires for tests: pseudo-terminals, TCP ports, worlds of simulated devices, and waiting without sleeping."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
import tty
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from devices.config import load_devices
from devices.fleet import Fleet
from devices.readings import Reading
from simulators.scenario import scenario_of
from simulators.world import World

T = TypeVar("T")

DEADLINE_S = 20.0


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a test's coroutine with a deadline."""
    return asyncio.run(asyncio.wait_for(work, 60))


async def until(condition: Callable[[], Any], what: str = "") -> Any:
    """Poll until the condition holds; returns its value. Fails with ``what`` after the deadline."""
    end = time.monotonic() + DEADLINE_S
    while not (value := condition()):
        assert time.monotonic() < end, f"never came true: {what or condition}"
        await asyncio.sleep(0.005)
    return value


async def within(work: Awaitable[T], seconds: float = DEADLINE_S) -> T:
    """Await with a deadline."""
    return await asyncio.wait_for(work, seconds)


class Pty:
    """A pseudo-terminal under a stable name, driven by hand from the device's side."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.master = -1
        self.plug()

    def plug(self) -> None:
        """A new node under the old name."""
        self.master, slave = os.openpty()
        tty.setraw(slave)
        node = os.ttyname(slave)
        os.close(slave)
        with suppress(FileNotFoundError):
            self.path.unlink()
        self.path.symlink_to(node)

    def write(self, data: bytes) -> None:
        """The device sends."""
        os.write(self.master, data)

    def read(self) -> bytes:
        """What the host sent; blocks."""
        return os.read(self.master, 4096)

    def unplug(self) -> None:
        """The device goes away."""
        if self.master >= 0:
            self.path.unlink()
            os.close(self.master)
            self.master = -1


class Heard:
    """Collects the readings of a fleet."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []

    async def __call__(self, reading: Reading) -> None:
        self.readings.append(reading)

    def of(self, kind: type[T], device: str | None = None) -> list[T]:
        """The readings of one sort, of one device."""
        return [
            r
            for r in self.readings
            if isinstance(r, kind) and (device is None or r.device == device)  # type: ignore[attr-defined]
        ]


@asynccontextmanager
async def world(folder: Path, devices: Sequence[Mapping[str, Any]], seed: int = 1) -> AsyncIterator[World]:
    """Simulated devices, started."""
    made = World(scenario_of({"seed": seed, "devices": list(devices)}), folder)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


@asynccontextmanager
async def fleet(tables: Sequence[Mapping[str, Any]], heard: Heard | None = None) -> AsyncIterator[Fleet]:
    """A fleet at work."""
    async with Fleet(load_devices(list(tables)), heard) as working:
        yield working


def bytewise(data: bytes) -> list[bytes]:
    """The bytes one by one."""
    return [data[i : i + 1] for i in range(len(data))]


_NUMBERS = itertools.count(1)


def scale_table(url: str, protocol: str = "yaohua_a9", **more: Any) -> dict[str, Any]:
    """A scale's configuration with a short window, so that tests are quick."""
    table: dict[str, Any] = {
        "id": f"scale-{next(_NUMBERS)}",
        "kind": "scale",
        "protocol": protocol,
        "url": url,
        "point": "weighbridge-1",
        "capacity_kg": 60000,
        "division_kg": 20,
        "verified_until": "2999-12-31",
        "stable": {"readings": 4, "seconds": 0.2},
        "poll_s": 0.02,
        "unit": "kg",
    }
    return table | more


def scanner_table(url: str, **more: Any) -> dict[str, Any]:
    """A scanner's configuration."""
    table: dict[str, Any] = {
        "id": f"scanner-{next(_NUMBERS)}",
        "kind": "scanner",
        "protocol": "scan_text",
        "url": url,
        "point": "gate-1",
    }
    return table | more

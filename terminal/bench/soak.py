"""Many devices on bad lines for as long as one likes: no stable weight lost, none wrong, nothing leaking.

The simulated devices run in a process of their own, as in the demo; the fleet runs here. Each round sets another
load on every scale and waits for its reading, takes the loads off, and pulls and puts back the plug of one device.
"""

from __future__ import annotations

import asyncio
import os
import resource
import tempfile
import threading
import time
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from devices.config import load_devices
from devices.fleet import Fleet
from devices.protocols import codec_class
from devices.readings import Reading, WeightReading
from terminal.demo.simulated import Simulated

#: a quarter with a check code, the rest with structure only; streaming and asked, with and without a stable flag
PROTOCOLS = (
    "yaohua_a9",
    "toledo_continuous",
    "toledo_extended",
    "keli_bcd5",
    "equals",
    "and_standard",
    "cas_22",
    "condec",
    "mt_sics",
    "tenzo_m",
)
FAULTS = {"torn": 0.02, "dropped": 0.01, "garbled": 0.01, "doubled": 0.01, "noise": 0.01}
#: a load that has not become a reading within so many seconds is lost; its scale needs about three
PATIENCE_S = 20.0
LEAST_KG, STEP_KG = 100, 7


@dataclass(slots=True)
class Soaked:
    """What came out. ``wrong`` and ``lost`` name device and load; growth is from the end of the first round."""

    seconds: float = 0.0
    devices: int = 0
    rounds: int = 0
    loads: int = 0
    frames: int = 0
    refused_frames: int = 0
    reconnects: int = 0
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    files_grown: int = 0
    threads_grown: int = 0
    memory_grown_kib: int = 0
    files_left: int = 0
    threads_left: int = 0
    cpu_share: float = 0.0
    simulators_cpu_share: float = 0.0


def scenario(count: int, rate_hz: float) -> str:
    """``count`` scales as a scenario of the simulators, in TOML."""
    faults = ", ".join(f"{name} = {rate}" for name, rate in FAULTS.items())
    lines = ["seed = 20260801"]
    for number in range(count):
        protocol = PROTOCOLS[number % len(PROTOCOLS)]
        unit = "" if codec_class(protocol).info.carries_unit else 'unit = "kg"'
        lines += [
            "[[devices]]",
            f'id = "scale-{number}"',
            'kind = "scale"',
            f'protocol = "{protocol}"',
            f'port = "{"pty" if number % 2 else "tcp"}"',
            f"codec = {{ {unit} }}",
            "capacity_kg = 3000",
            "division_kg = 1",
            f"rate_hz = {rate_hz}",
            f"faults = {{ {faults} }}",
        ]
    return "\n".join(lines) + "\n"


def tables(urls: dict[str, str], rate_hz: float) -> list[dict[str, Any]]:
    """The host's configuration of the same scales."""
    found = []
    for number, (device, url) in enumerate(urls.items()):
        protocol = PROTOCOLS[number % len(PROTOCOLS)]
        found.append(
            {
                "id": device,
                "kind": "scale",
                "protocol": protocol,
                "url": url,
                "point": device,
                "unit": "kg",
                "capacity_kg": 3000,
                "division_kg": 1,
                "verified_until": "2999-12-31",
                "poll_s": 1 / rate_hz,
                "answer_s": 0.25,
                "reconnect_s": 0.2,
                "stable": {"readings": 5, "seconds": 1.2},
            }
        )
    return found


class Ledger:
    """Which loads have become readings."""

    def __init__(self) -> None:
        self.seen: dict[str, list[Decimal]] = {}
        self.changed = asyncio.Event()

    async def __call__(self, reading: Reading) -> None:
        """Note one weight."""
        if isinstance(reading, WeightReading):
            self.seen.setdefault(reading.device, []).append(reading.kg)
            self.changed.set()


async def soak(seconds: float, count: int = 20, rate_hz: float = 20.0) -> Soaked:
    """Run for about ``seconds`` (whole rounds, two at least). Raises ``SimulatorsError`` when they do not start."""
    out = Soaked(devices=count)
    before = (_open_files(), threading.active_count())
    children = _children_cpu()
    with tempfile.TemporaryDirectory(prefix="karvon-soak-") as made:
        path = Path(made) / "soak.toml"
        path.write_text(scenario(count, rate_hz), encoding="utf-8")
        async with Simulated(str(path), Path(made) / "w") as simulated:
            await _rounds(simulated, seconds, rate_hz, out)
        out.simulators_cpu_share = (_children_cpu() - children) / max(out.seconds, 0.001)
    out.files_left = _open_files() - before[0]
    out.threads_left = _settled_threads(before[1]) - before[1]
    return out


async def _rounds(simulated: Simulated, seconds: float, rate_hz: float, out: Soaked) -> None:
    ledger = Ledger()
    devices = list(simulated.urls)
    started, cpu = time.monotonic(), time.process_time()
    first: tuple[int, int, int] | None = None
    async with Fleet(load_devices(tables(simulated.urls, rate_hz)), ledger) as fleet:
        while out.rounds < 2 or time.monotonic() - started < seconds:
            loads = {
                device: Decimal(LEAST_KG + STEP_KG * ((out.rounds * 31 + number) % 400))
                for number, device in enumerate(devices)
            }
            await _all(
                simulated, "put", {device: {"kg": str(kg), "roll_s": 0.2} for device, kg in loads.items()}
            )
            await _until_weighed(ledger, loads, out)
            await _all(simulated, "take", {device: {} for device in devices})
            plugged = devices[out.rounds % len(devices)]
            await simulated.do("unplug", plugged)
            await _until_empty(fleet, [device for device in devices if device != plugged])
            await simulated.do("plug", plugged)
            await _until_empty(fleet, [plugged])
            ledger.seen.clear()
            out.rounds += 1
            out.loads += len(loads)
            if first is None:
                first = (_open_files(), threading.active_count(), _memory_kib())
        assert first is not None  # two rounds at least
        out.files_grown = _open_files() - first[0]
        out.threads_grown = threading.active_count() - first[1]
        out.memory_grown_kib = _memory_kib() - first[2]
        counted = [health.counters for health in fleet.health()]
    out.seconds = time.monotonic() - started
    out.cpu_share = (time.process_time() - cpu) / out.seconds
    out.frames = sum(one.frames for one in counted)
    out.refused_frames = sum(one.bad_check + one.bad_format + one.truncated + one.overlong for one in counted)
    out.reconnects = sum(one.reconnects for one in counted)


async def _all(simulated: Simulated, action: str, orders: dict[str, dict[str, Any]]) -> None:
    await asyncio.gather(*(simulated.do(action, device, **more) for device, more in orders.items()))


async def _until_weighed(ledger: Ledger, loads: dict[str, Decimal], out: Soaked) -> None:
    """Every load has its reading; what has none in time is lost, what is another weight is wrong."""
    waiting = set(loads)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while waiting:
                ledger.changed.clear()
                waiting -= {device for device in waiting if loads[device] in ledger.seen.get(device, ())}
                if waiting:
                    await ledger.changed.wait()
    except TimeoutError:
        out.lost += [f"round {out.rounds}: {device} {loads[device]} kg" for device in sorted(waiting)]
    for device, weights in ledger.seen.items():
        out.wrong += [
            f"round {out.rounds}: {device} {kg} kg instead of {loads[device]}"
            for kg in weights
            if kg != loads[device]
        ]


async def _until_empty(fleet: Fleet, devices: list[str]) -> None:
    """Every scale shows that its load went off, so that the next one counts as another."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            for device in devices:
                while (live := fleet.live(device)) is None or live.phase != "empty":  # noqa: ASYNC110 -- no event for it
                    await asyncio.sleep(0.02)
    except TimeoutError:
        raise RuntimeError(f"{device} did not become empty: {fleet.live(device)}") from None


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else 0


def _memory_kib() -> int:
    status = Path("/proc/self/status")
    if not status.is_file():
        return 0
    line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1])


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _settled_threads(expected: int) -> int:
    """Threads once the readers of closed ports have noticed, at most two seconds later."""
    end = time.monotonic() + 2
    while threading.active_count() > expected and time.monotonic() < end:
        time.sleep(0.05)
    return threading.active_count()


def rows(seconds: float) -> list[tuple[str, str]]:
    """The figures as printable rows."""
    found = asyncio.run(soak(seconds))
    per_s = found.frames / found.seconds
    return [
        ("devices, seconds, rounds", f"{found.devices}, {found.seconds:.0f} s, {found.rounds}"),
        ("loads weighed, lost, wrong", f"{found.loads}, {len(found.lost)}, {len(found.wrong)}"),
        ("frames", f"{found.frames} ({per_s:.0f}/s), {found.refused_frames} refused"),
        ("reconnects", str(found.reconnects)),
        (
            "grown since round 1",
            f"{found.memory_grown_kib} KiB, {found.files_grown} files, {found.threads_grown} threads",
        ),
        (
            "processor share",
            f"fleet {found.cpu_share:.1%} of a core, simulators {found.simulators_cpu_share:.1%}",
        ),
    ]

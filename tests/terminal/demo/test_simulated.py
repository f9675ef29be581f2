"""The simulated devices of the demo come back by themselves, at the same addresses, when their process dies."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from simulators.faults import Mistake
from simulators.scenario import at_ports, scenario_of
from terminal.demo import simulated as module
from terminal.demo.simulated import Simulated
from tests.support.wires import Heard, fleet, run, until

SCENARIO = """
[[devices]]
id = "bridge"
kind = "scale"
protocol = "yaohua_a9"
codec = { unit = "kg" }
capacity_kg = 60000
division_kg = 20
rate_hz = 10
port = "tcp"

[[devices]]
id = "pallets"
kind = "scale"
protocol = "and_standard"
capacity_kg = 3000
division_kg = 1
rate_hz = 10

[[devices]]
id = "light"
kind = "relay"
"""


@pytest.fixture
def scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 0.05)
    path = tmp_path / "demo.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    return path


def test_a_killed_simulator_comes_back_where_it_was(scenario: Path, tmp_path: Path) -> None:
    async def story() -> None:
        async with Simulated(str(scenario), tmp_path / "w") as simulated:
            before, killed = dict(simulated.urls), simulated.pid
            tables = [
                {
                    "id": name,
                    "kind": "scale",
                    "protocol": protocol,
                    "url": before[name],
                    "point": "p",
                    "unit": "kg",
                    "capacity_kg": capacity,
                    "division_kg": division,
                    "reconnect_s": 0.1,
                }
                for name, protocol, capacity, division in (
                    ("bridge", "yaohua_a9", 60000, 20),
                    ("pallets", "and_standard", 3000, 1),
                )
            ]
            async with fleet(tables, Heard()) as working:
                await until(lambda: all(health.ok for health in working.health()))
                assert killed is not None
                for round_ in (1, 2):
                    pid = simulated.pid
                    assert pid is not None
                    os.kill(pid, signal.SIGKILL)
                    await until(lambda: not simulated.running)
                    assert await simulated.devices() == []
                    with pytest.raises(ValueError, match="being started again"):
                        await simulated.do("put", "bridge", kg="100")
                    await until(lambda n=round_: simulated.running and simulated.restarts == n)
                    assert simulated.urls == before
                    assert simulated.pid != pid
                await until(lambda: all(health.ok for health in working.health()))
                await simulated.do("put", "bridge", kg="12340", roll_s=0.1)
                await until(lambda: str(working.live("bridge").kg) == "12340")  # type: ignore[union-attr]
                assert {one["id"] for one in await simulated.devices()} == set(before)

    run(story())


def test_ports_of_an_earlier_run() -> None:
    made = scenario_of(
        {
            "devices": [
                {"id": "a", "kind": "relay"},
                {"id": "b", "kind": "scanner", "protocol": "scan_text", "port": "pty"},
            ]
        }
    )
    assert [spec.port for spec in at_ports(made, {"a": 9001, "b": 9002, "c": 1}).devices] == [
        "tcp:9001",
        "pty",
    ]
    for wrong in (0, 70000, "9001", True):
        with pytest.raises(Mistake, match="is a number from 1"):
            at_ports(made, {"a": wrong})

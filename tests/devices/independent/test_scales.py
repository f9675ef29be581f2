"""Scales by other hands: a driver of Mettler Toledo's commands on our scale, and two scale emulators on our fleet."""

from __future__ import annotations

import asyncio
import re
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from mettler_toledo_device import MettlerToledoDevice
from mtsics.core.state import ScaleState
from mtsics.profiles import load
from mtsics.protocol.engine import MTSICSEngine
from mtsics.transport.tcp import TCPConfig, TCPTransport

from devices.readings import WeightReading
from tests.simulators.every import configured, simulated
from tests.support.wires import fleet, run, until, within, world


def test_a_foreign_driver_weighs_on_our_simulated_scale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """mettler_toledo_device asks over a pseudo-terminal, as it asks a balance."""
    monkeypatch.setattr(MettlerToledoDevice, "_RESET_DELAY", 0.0)

    def ask(port: str) -> dict[str, Any]:
        driver = MettlerToledoDevice(port=port, timeout=2)
        try:
            return {"now": driver.get_weight(), "at rest": driver.get_weight_stable()}
        finally:
            driver.close()

    async def story() -> None:
        async with world(tmp_path, [simulated("mt_sics", kg="124.5")]) as there:
            port = there.devices["mt-sics"].describe()["url"]
            told = await within(asyncio.to_thread(ask, port))
            assert told["now"] == [124.5, "kg", "S"]
            assert told["at rest"] == [124.5, "kg"]

    run(story())


@pytest.mark.parametrize(
    ("profile", "shown", "kg", "division"),
    [("mt-ind570", "124.5", "124.5", "0.1"), ("mt-ms3002s", "1234.56", "1.23456", "0.00001")],
)
def test_our_fleet_weighs_on_a_foreign_emulator(profile: str, shown: str, kg: str, division: str) -> None:
    """mt-sics-emulator answers ``SI`` by repeating the command's name instead of ``S``; such scales exist too."""

    async def story() -> None:
        state = ScaleState(config=load(profile))
        state.set_weight(float(shown), stable=True)
        emulator = TCPTransport(MTSICSEngine(state), cfg=TCPConfig(host="127.0.0.1", port=0))
        host, port = await emulator.start()
        try:
            async with fleet(
                [configured("mt_sics", f"socket://{host}:{port}", division_kg=division)]
            ) as working:
                await until(lambda: working.health_of("mt-sics").ok)
                taken = await within(working.capture("mt-sics", 10))
                assert isinstance(taken, WeightReading), taken
                assert taken.kg == Decimal(kg)
                assert (str(taken.value), taken.unit) == (shown, state.config.unit)
        finally:
            await emulator.close()

    run(story())


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="its makers offer it for Python up to 3.12")
def test_our_fleet_weighs_with_a_foreign_weighbridge(tmp_path: Path) -> None:
    """weighbridge-simulator sends figures backwards, each ended by ``=``, over a pseudo-terminal of its own."""
    figures = tmp_path / "figures.txt"
    figures.write_text("00012340\n" * 50, encoding="ascii")

    async def story() -> None:
        program = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-u",
                "-m",
                "weighbridge_simulator",
                "-d",
                str(figures),
                "-l",
                "0",
                "-i",
                "0.05",
            ),
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            assert program.stdout is not None
            said = await within(program.stdout.readline())
            found = re.search(r"/dev/\S+", said.decode())
            assert found, said
            table = configured("equals", found[0], capacity_kg=60_000, division_kg=10)
            table["codec"] = {"delimiter": "after"}
            async with fleet([table]) as working:
                await until(lambda: working.health_of("equals").ok)
                taken = await within(working.capture("equals", 10))
                assert isinstance(taken, WeightReading), taken
                assert taken.kg == Decimal(12340)
                assert working.health_of("equals").counters.bad_check == 0
        finally:
            program.kill()
            await program.communicate()

    run(story())

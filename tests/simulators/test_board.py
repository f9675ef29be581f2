"""A relay board and a seal reader of a scenario, worked by the product."""

from __future__ import annotations

from pathlib import Path

import pytest

from devices.readings import EventReading
from simulators.faults import Mistake
from simulators.scenario import scenario_of
from simulators.world import World
from tests.support.wires import Heard, fleet, run, until, world


def test_a_board_switches_and_a_seal_reader_reads(tmp_path: Path) -> None:
    async def story() -> None:
        board = {"id": "light", "kind": "relay", "unit": 3, "outputs": 2}
        async with world(tmp_path, [board, {"id": "seals", "kind": "seal"}]) as made:
            about = {device: made.devices[device].describe() for device in made.devices}
            heard = Heard()
            signals = {"accepted": "0=on 1=off", "refused": "0=off 1=on"}
            light = {
                "id": "light",
                "kind": "relay",
                "url": about["light"]["url"],
                "unit": 3,
                "signals": signals,
            }
            seals = {"id": "seals", "kind": "seal", "url": about["seals"]["url"]}
            async with fleet([{**light, "point": "g"}, {**seals, "point": "g"}], heard) as working:
                await until(lambda: all(health.ok for health in working.health()))
                await working.signal("light", "refused")
                assert made.devices["light"].describe()["on"] == [1]
                await made.do("send", {"device": "seals", "hex": b"UZ0550101,opened\r".hex()})
                reading = (await until(lambda: heard.of(EventReading)))[0]
                assert (reading.fields["seal"], reading.fields["state"]) == ("UZ0550101", "opened")
                await made.do("unplug", {"device": "light"})
                await until(lambda: working.health_of("light").state == "no_link")
                await made.do("plug", {"device": "light"})
                await until(lambda: working.health_of("light").ok)
            with pytest.raises(Mistake):
                await made.do("put", {"device": "light", "kg": 1})

    run(story())
    odd = scenario_of({"devices": [{"id": "x", "kind": "relay", "outputs": 0}]})
    with pytest.raises(Mistake, match="outputs"):
        World(odd, tmp_path)

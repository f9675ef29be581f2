"""A gateway drives the relay board of its place with the verdicts of the terminal, and with "attention" without one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from simulators.modbus import ModbusServer
from terminal.gateway.configured import read
from terminal.gateway.credentials import Credentials
from terminal.gateway.running import Gateway
from tests.support.gateways import Scanner, ScriptedTerminal, gateway_toml, scanner_of
from tests.support.wires import run, until, within

#: red is output 0, green 1, the barrier 2, the horn 3
SIGNALS = {"accepted": "0=off 1=on 2", "refused": "0=on 1=off", "attention": "3"}


def test_the_verdict_of_a_scan_switches_the_board_of_its_place(tmp_path: Path) -> None:
    async def story() -> None:
        board, elsewhere = ModbusServer(), ModbusServer()
        for one in (board, elsewhere):
            one.coils = {(1, number): False for number in range(4)}
            await one.start()
        verdicts: list[str | None] = ["accepted", "refused", "already_done", None]

        def script(path: str, readings: list[dict[str, Any]]) -> Any:
            verdict = verdicts.pop(0)
            if verdict is None:
                return 503, {}, {}
            return 200, [{"id": reading["id"], "verdict": verdict} for reading in readings], {}

        relay = {"kind": "relay", "pulse_s": 0.05, "reconnect_s": 0.1, "signals": SIGNALS}
        async with Scanner() as scanner:
            devices = [
                scanner_of(scanner.url),
                {**relay, "id": "lights", "point": "tally-1", "url": board.url},
                {**relay, "id": "others", "point": "gate-9", "url": elsewhere.url},
            ]
            with ScriptedTerminal().running() as terminal:
                terminal.script = script
                config = gateway_toml(
                    tmp_path, devices, retry_s=0.1, timeout_s=0.5, verdict_s=2.0, keep_free_mb=0
                )
                gateway = Gateway(read(config), Credentials(terminal.url, "gate-pc", "the-token"))
                stop, ready = asyncio.Event(), asyncio.Event()
                working = asyncio.create_task(gateway.run(stop, ready.set))
                try:
                    await within(ready.wait())
                    await until(
                        lambda: all(health.ok for health in gateway.fleet.health()), "all devices live"
                    )
                    await scanner.scan("one")
                    assert await within(scanner.beeps.get()) == b"A"
                    await until(lambda: (1, 2, False) in board.switched, "the barrier was let go")
                    assert board.switched == [(1, 0, False), (1, 1, True), (1, 2, True), (1, 2, False)]
                    await scanner.scan("two")
                    assert await within(scanner.beeps.get()) == b"R"
                    await until(lambda: len(board.switched) == 6, "red")
                    assert board.switched[4:] == [(1, 0, True), (1, 1, False)]
                    await scanner.scan(
                        "two"
                    )  # done before: no signal is configured for that, the barrier stays
                    assert await within(scanner.beeps.get()) == b"D"
                    await scanner.scan("three")  # the terminal cannot answer
                    verdicts.extend([None] * 200)
                    assert await within(scanner.beeps.get()) == b"T"
                    await until(lambda: (1, 3, False) in board.switched, "the horn")
                    assert board.switched[6:] == [(1, 3, True), (1, 3, False)]
                    assert elsewhere.switched == []
                finally:
                    stop.set()
                    await within(working)
                    await board.stop()
                    await elsewhere.stop()

    run(story())

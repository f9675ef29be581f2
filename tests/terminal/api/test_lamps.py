"""The verdict at a gate or bridge drives the Modbus board of its place; a dead board blocks nothing."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simulators.modbus import ModbusServer
from terminal.store import url_of
from tests.support.app import Terminal, terminal_at

#: red is output 0, green 1, the barrier 2
SIGNALS = {"accepted": "0=off 1=on 2", "refused": "0=on 1=off"}


def until(said: Callable[[], Any], seconds: float = 20.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := said()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
    return found


@contextmanager
def gate_with_lights(tmp_path: Path, template: Path) -> Iterator[tuple[Terminal, ModbusServer]]:
    """A terminal whose gate has a board with two lamps and a barrier, its devices at work."""
    shutil.copyfile(template, tmp_path / "karvon.sqlite3")
    board = ModbusServer()
    board.coils = {(1, number): False for number in range(4)}
    asyncio.run(_reserve(board))
    relay = {
        "id": "gate-1-lights",
        "kind": "relay",
        "point": "gate-1",
        "url": board.url,
        "pulse_s": 0.05,
        "reconnect_s": 0.1,
        "signals": SIGNALS,
    }
    with terminal_at(url_of(tmp_path / "karvon.sqlite3"), tmp_path, devices=[relay]) as terminal:
        terminal.do(board.start())
        try:
            until(lambda: terminal.service.fleet is not None and state(terminal) == "live")
            yield terminal, board
        finally:
            terminal.do(board.stop())


async def _reserve(board: ModbusServer) -> None:
    """Take a free port number, so that it can stand in the configuration."""
    await board.start()
    await board.stop()


def state(terminal: Terminal) -> str:
    assert terminal.service.fleet is not None
    return terminal.service.fleet.health_of("gate-1-lights").state


def shown(terminal: Terminal) -> list[tuple[str, str, str]]:
    with terminal.service.reading() as reader:
        found = reader.history("device:gate-1-lights")
    return [
        (e.data["verdict"], e.data["about"], e.data["fault"])
        for e in reversed(found)
        if e.type == "SignalShown"
    ]


def test_go_is_green_and_opens_and_stop_is_red(tmp_path: Path, sqlite_template: Path) -> None:
    with gate_with_lights(tmp_path, sqlite_template) as (terminal, board):
        visit = terminal.person("document_officer").must("/visits", plate="01A123BC")["facts"]["visit"]
        gate = terminal.person("gate_operator")
        step = {"step": "GATE_IN", "plate": "01A123BC", "point": "gate-1", "nonce": "gate-in-one"}
        assert gate.must(f"/visits/{visit}/steps", **step)["verdict"] == "accepted"
        until(lambda: (1, 2, False) in board.switched)
        assert board.switched[:4] == [(1, 0, False), (1, 1, True), (1, 2, True), (1, 2, False)]
        until(lambda: shown(terminal) == [("accepted", f"visit:{visit}", "")])

        # the same question again, and a vehicle that is inside already: the barrier stays down
        gate.ask(f"/visits/{visit}/steps", **step)
        told = gate.ask(f"/visits/{visit}/steps", **{**step, "nonce": "gate-in-two"})
        assert told["verdict"] == "already_done"
        terminal.do(terminal.service.lamps.settled())
        assert board.switched.count((1, 2, True)) == 1

        # it may not leave: red
        step = {"step": "GATE_OUT", "plate": "01A123BC", "point": "gate-1"}
        assert gate.ask(f"/visits/{visit}/steps", **step)["verdict"] == "refused"
        until(lambda: board.coils[(1, 0)] and not board.coils[(1, 1)])
        until(lambda: len(shown(terminal)) == 2)
        assert shown(terminal)[1] == ("refused", f"visit:{visit}", "")

        # who may not ask does not switch lamps
        count = len(board.switched)
        terminal.person("tally_clerk").ask(f"/visits/{visit}/steps", **step)
        terminal.do(terminal.service.lamps.settled())
        assert len(board.switched) == count

        page = terminal.person("administrator").send("GET", "//devices/gate-1-lights").text
        assert "Lamp or barrier" in page


def test_a_dead_board_blocks_nothing_and_is_shown(tmp_path: Path, sqlite_template: Path) -> None:
    with gate_with_lights(tmp_path, sqlite_template) as (terminal, board):
        terminal.do(board.stop())
        visit = terminal.person("document_officer").must("/visits", plate="01A123BC")["facts"]["visit"]
        step = {"step": "GATE_IN", "plate": "01A123BC", "point": "gate-1"}
        told = terminal.person("gate_operator").ask(f"/visits/{visit}/steps", **step)
        assert told["verdict"] == "accepted"
        found = until(lambda: shown(terminal))
        assert found[0][2]
        until(lambda: state(terminal) == "no_link")
        page = terminal.person("administrator").send("GET", "//devices/gate-1-lights").text
        assert "Could not be switched" in page
        assert "Check the network cable" in page
        # mended, it shows the next verdict
        terminal.do(board.start())
        until(lambda: state(terminal) == "live")
        terminal.person("gate_operator").ask(f"/visits/{visit}/steps", **{**step, "step": "GATE_OUT"})
        until(lambda: board.coils[(1, 0)])


def test_a_scan_shows_its_verdict_where_it_was_made_unless_it_comes_in_late(
    tmp_path: Path, sqlite_template: Path
) -> None:
    with gate_with_lights(tmp_path, sqlite_template) as (terminal, board):
        station = terminal.device("gate-pc", "gate-1", ["TALLY"])

        def scan(nonce: str, **context: bool) -> str:
            shape = {"code": "095212340000099995", "step": "TALLY", "point": "gate-1", "nonce": nonce}
            told = station.ask(
                "/scans", **shape, scanned_at=terminal.clock.now.isoformat(), unit_context=context
            )
            terminal.do(terminal.service.lamps.settled())
            return str(told["verdict"])

        assert scan("late-scan-1", offline=True) == "refused"
        assert board.switched == []
        assert scan("scan-now-1") == "refused"
        assert board.switched == [(1, 0, True), (1, 1, False)]
        scan("scan-now-1")  # asked again
        assert len(board.switched) == 2

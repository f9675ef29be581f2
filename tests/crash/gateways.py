"""The story of a gate PC: gateway and terminal are killed at random while a patient operator scans."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from terminal import access
from terminal.cli import main
from terminal.gateway.configured import read
from terminal.store import Store, url_of
from terminal.store.devices import Device
from terminal.store.fold import verify_state
from terminal.store.journal import everything
from terminal.store.outbox import look
from terminal.store.verify import verify
from tests.crash.killed import CONFIG
from tests.crash.servers import Nursery, Server, gone, wait_until
from tests.crash.stations import Result
from tests.support.app import sscc
from tests.support.gateways import Scanner, free_port, gateway_toml, scanner_of
from workflows.stages import Stage

SETTINGS = {"retry_s": 0.3, "timeout_s": 2.0, "verdict_s": 1.0, "keep_free_mb": 0}


def _code(url: str) -> str:
    """A one-time code of a new gateway."""
    now = datetime.now(UTC)
    may = (frozenset({Stage.TALLY}), frozenset({"readings"}))
    device = Device("gate-pc", "gateway", "Gate PC", now, "tally-1", *may)
    with Store.open(url) as store:
        return store.write_now(lambda books: access.add_device(books, device, "test", now))


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    wait_until("a killed process stays", lambda: gone(pid))


def _emptied(gate: Path) -> bool:
    configured = read(gate)
    amounts, parked = look(configured.queue, configured.limit_bytes)
    assert parked == [], json.dumps(amounts.per_device)
    return not amounts.waiting


async def scan(story: Gate, strikes: int) -> None:
    """Scan while trouble strikes."""
    chance = random.Random(20261116)
    enough = asyncio.Event()

    async def operator() -> None:
        while not enough.is_set():
            label = sscc(len(story.labels))
            story.labels.append(label)
            await scanner.scan_until_heard(f"00{label}", 3.0)
            await asyncio.sleep(chance.random() * 0.05)

    async with Scanner() as scanner:
        gate = gateway_toml(story.folder, [scanner_of(scanner.url)], **SETTINGS)
        command = ["gateway", "enrol", story.server.address, story.code, "--config", str(gate)]
        assert await asyncio.to_thread(main, command) == 0
        story.begin(gate)
        working = asyncio.create_task(operator())
        for number in range(1, strikes + 1):
            await asyncio.wait({working}, timeout=0.1 + chance.random() * 0.7)
            assert not working.done(), working.exception()
            await asyncio.to_thread(story.strike, number)
        enough.set()
        await working
        await asyncio.to_thread(story.server.wait)
        await asyncio.to_thread(wait_until, "the queue never ran empty", lambda: _emptied(gate))
        await asyncio.to_thread(_kill, story.pid)


class Gate:
    """What the story needs: where, the gate PC, its server, and what was scanned."""

    def __init__(
        self, folder: Path, nursery: Nursery, server: Callable[[Path, int], Server] | None = None
    ) -> None:
        self.folder, self._nursery = folder, nursery
        self.url = url_of(folder / "karvon.sqlite3")
        self.code = _code(self.url)
        config = folder / "karvon.toml"
        config.write_text(CONFIG.format(url=self.url), encoding="utf-8")
        self.server = server(config, free_port()) if server else Server(nursery, config, free_port())
        self.labels: list[str] = []
        self.kills = 0
        self.pid = 0
        self._config: Path | None = None

    def begin(self, config: Path | None = None) -> None:
        """The gateway lives (again)."""
        self._config = config or self._config
        serve = ["gateway", "--config", str(self._config)]
        self.pid = self._nursery.born(serve, self.folder / "gateway.log")

    def strike(self, number: int) -> None:
        """Kill the server or the gateway, by turns; it is back in a moment."""
        self.kills += 1
        if number % 2:
            self.server.kill()
            self.server.begin()
        else:
            _kill(self.pid)
            self.begin()

    def result(self, scenario: str, note: str = "") -> Result:
        """Hold what was scanned against the books."""
        return booked(scenario, self.url, [f"00{label}" for label in self.labels], self.kills, note)


def gateway(folder: Path, kills: int) -> Result:
    """Every label that beeped is in the journal, in the order in which it was scanned, and no reading twice."""
    with Nursery() as nursery:
        story = Gate(folder, nursery)
        play(story, kills)
    return story.result("gateway and server")


def play(story: Gate, strikes: int) -> None:
    """The whole story, from a living server to an empty queue."""
    story.server.start()
    try:
        asyncio.run(scan(story, strikes))
    finally:
        story.server.end()


def booked(scenario: str, url: str, codes: list[str], kills: int, note: str = "") -> Result:
    """Compare codes that were scanned and kept with the refusals (nobody announced them) in the journal."""
    with Store.open(url) as store, closing(store.connect()) as connection:
        assert verify(connection).ok
        assert verify_state(connection) is None
        entries = [entry for entry in everything(connection) if entry.type == "StepRefused"]
    times = Counter(entry.facts["nonce"] for entry in entries)
    # An operator scans again what has not beeped: that is another reading of the same label.
    kept = [code for code, _ in groupby(entry.data["asked"]["code"] for entry in entries)]
    found = sum(code in kept for code in codes)
    assert kept == codes or found < len(codes), "they are in the journal in the order of scanning"
    doubled = sum(many > 1 for many in times.values())
    return Result(scenario, kills, len(codes), found, len(codes) - found, doubled, note)

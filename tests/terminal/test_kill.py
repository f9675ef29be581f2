"""A server killed in the middle of its work, again and again: what was acknowledged is there once, word for word."""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from terminal.store import Store, url_of, uuid7
from terminal.store.fold import verify_state
from terminal.store.journal import everything
from terminal.store.verify import verify
from tests.support.app import Terminal, sscc, terminal_at
from tests.support.databases import sqlite_template
from tests.support.gateways import Process, free_port
from tests.terminal.api.test_scans import open_up, truck

__all__ = ["sqlite_template"]

CLIENTS = 4
CONSIGNMENTS, PALLETS = 5, 8
START_S = 90.0
CONFIG = """
data_dir = "."

[[points]]
id = "tally-1"
name = "Dock 1, tally"
steps = ["TALLY", "UNLOAD"]
"""


@dataclass
class Station:
    """A handheld that scans without pause; what got no answer is sent again, as it was, until it gets one."""

    address: str
    headers: dict[str, str]
    labels: list[str]
    chance: random.Random
    answered: dict[str, tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=dict)
    repeated: int = 0
    wrong: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Scan until stopped; the last scan is finished first."""
        with httpx.Client(base_url=self.address, headers=self.headers, timeout=5) as client:
            while not self.stopped.is_set() and not self.wrong:
                self._scan(client)

    def _scan(self, client: httpx.Client) -> None:
        known = self.chance.random() < 0.7
        label = self.chance.choice(self.labels) if known else sscc(90_000_000 + self.chance.randrange(1000))
        body = {
            "nonce": str(uuid7()),
            "code": f"]C100{label}",
            "step": "TALLY",
            "point": "tally-1",
            "scanned_at": datetime.now(UTC).isoformat(),
        }
        while True:
            try:
                answer = client.post("/api/v1/scans", json=body)
            except httpx.TransportError:
                self.repeated += 1
                if self.stopped.wait(0.05):
                    return  # nobody was promised anything
                continue
            if answer.status_code == 503:
                continue
            if answer.status_code != 200:
                self.wrong.append(answer.text)
            else:
                self.answered[body["nonce"]] = (body, answer.json())
            return


def start(config: Path, port: int) -> Process:
    """A server; back when it answers."""
    log = config.with_suffix(".log")
    process = Process("serve", "--config", str(config), "--port", str(port), log=log)
    end = time.monotonic() + START_S
    while True:
        assert process.process.poll() is None, log.read_text(encoding="utf-8")[-3000:]
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200:
                return process
        except httpx.TransportError:
            pass
        assert time.monotonic() < end, f"the server never answered: {log.read_text(encoding='utf-8')[-3000:]}"
        time.sleep(0.05)


def prepare(terminal: Terminal) -> tuple[list[str], list[dict[str, str]]]:
    """Goods that may be tallied, and handhelds to do it."""
    labels = []
    for number in range(CONSIGNMENTS):
        labels += terminal.announce(f"KILL-{number}", PALLETS, vehicle=truck())
        open_up(terminal, f"KILL-{number}")
    voices = [terminal.device(f"handheld-{number}", "tally-1", ["TALLY"]) for number in range(CLIENTS)]
    return labels, [dict(voice.headers) for voice in voices]


def kill_often(folder: Path, template: Path, *, kills: int, seed: int, longest_s: float) -> None:
    """Scan from several stations while the server is killed and started; then compare every promise with the books."""
    shutil.copyfile(template, folder / "karvon.sqlite3")
    with terminal_at(url_of(folder / "karvon.sqlite3"), folder) as terminal:
        labels, tokens = prepare(terminal)
        before = len(terminal.journal())
    config = folder / "karvon.toml"
    config.write_text(CONFIG, encoding="utf-8")
    chance, port = random.Random(seed), free_port()
    address = f"http://127.0.0.1:{port}"
    stations = [
        Station(address, headers, labels, random.Random(seed + n)) for n, headers in enumerate(tokens)
    ]
    threads = [threading.Thread(target=station.run) for station in stations]
    server = start(config, port)
    for thread in threads:
        thread.start()
    try:
        for _ in range(kills):
            time.sleep(chance.uniform(0.1, longest_s))  # the moment of death is the point of this test
            server.kill()
            server = start(config, port)
            promised_again(stations, chance)
        for station in stations:
            station.stopped.set()
        for thread in threads:
            thread.join(30)
        assert not [station.wrong for station in stations if station.wrong]
        promised_again(stations, chance, everything_=True)
    finally:
        for station in stations:
            station.stopped.set()
        server.kill()
    assert all(station.answered for station in stations)
    assert sum(station.repeated for station in stations) > 0
    compare(folder, stations, before)


def promised_again(stations: list[Station], chance: random.Random, *, everything_: bool = False) -> None:
    """Ask what was answered before once more: the same words, and nothing happens."""
    for station in stations:
        known = list(station.answered.values())
        asked = known if everything_ else chance.sample(known, min(10, len(known)))
        with httpx.Client(base_url=station.address, headers=station.headers, timeout=30) as client:
            for body, told in asked:
                assert client.post("/api/v1/scans", json=body).json() == told


def compare(folder: Path, stations: list[Station], before: int) -> None:
    """Every promise is one event; every event has a number; the rows are what the journal makes of them."""
    promised = {nonce: told for station in stations for nonce, (_, told) in station.answered.items()}
    with Store.open(url_of(folder / "karvon.sqlite3")) as store:
        connection = store.connect()
        try:
            assert verify(connection).ok
            assert verify_state(connection) is None
            entries = list(everything(connection))
        finally:
            connection.close()
        scans = [entry for entry in entries if entry.seq > before and entry.facts["nonce"]]
        written = Counter(entry.facts["nonce"] for entry in scans)
        assert set(promised) <= set(written)
        assert max(written.values()) == 1
        by_number = {entry.seq: entry for entry in scans}
        for nonce, told in promised.items():
            assert by_number[told["event"]].facts["nonce"] == nonce
        tallied = [entry.subject for entry in scans if entry.type == "UnitTallied"]
        assert len(tallied) == len(set(tallied)) > 0
        # Whatever was written without a promise was asked by somebody who did not hear the answer.
        assert len(set(written) - set(promised)) <= len(stations)


@pytest.mark.timeout(300)
def test_what_was_acknowledged_survives_every_kill(tmp_path: Path, sqlite_template: Path) -> None:
    kill_often(tmp_path, sqlite_template, kills=5, seed=20261116, longest_s=1.5)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_what_was_acknowledged_survives_many_kills(tmp_path: Path, sqlite_template: Path) -> None:
    kill_often(tmp_path, sqlite_template, kills=40, seed=7, longest_s=4.0)

"""Handhelds that scan without pause, and the comparison of every promise with the books."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from terminal.store import Store, uuid7
from terminal.store.fold import verify_state
from terminal.store.journal import everything
from terminal.store.verify import verify
from tests.support.app import Terminal, sscc
from tests.terminal.api.test_scans import open_up, truck

CLIENTS = 4
CONSIGNMENTS, PALLETS = 5, 8


@dataclass
class Station:
    """A handheld that scans without pause; what got no answer is sent again, as it was, until it gets one."""

    address: str
    headers: dict[str, str]
    labels: list[str]
    chance: random.Random
    answered: dict[str, tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)
    repeated: int = 0
    #: what the server said when it could not write
    put_off: list[httpx.Response] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Scan until stopped; the last scan is finished first, if it can be."""
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
                    self.unanswered.add(body["nonce"])
                    return  # nobody was promised anything
                continue
            if answer.status_code in (503, 507):
                self.put_off.append(answer)
                if self.stopped.wait(0.02):
                    self.unanswered.add(body["nonce"])
                    return
                continue
            if answer.status_code != 200:
                self.wrong.append(answer.text)
            else:
                self.answered[body["nonce"]] = (body, answer.json())
            return

    def ask_again(self, bodies: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> None:
        """Ask what was answered before once more: the same words, and nothing happens."""
        with httpx.Client(base_url=self.address, headers=self.headers, timeout=30) as client:
            for body, told in bodies:
                again = client.post("/api/v1/scans", json=body)
                assert again.json() == told, (again.text, told)


@dataclass(frozen=True, slots=True)
class Result:
    """What a story came to: how many deaths, and what became of every promise."""

    scenario: str
    kills: int
    acknowledged: int
    found: int
    lost: int
    doubled: int
    note: str = ""

    @property
    def good(self) -> bool:
        """True when every promise was kept once."""
        return self.acknowledged == self.found > 0 and self.lost == self.doubled == 0


def prepare(terminal: Terminal, clients: int = CLIENTS) -> tuple[list[str], list[dict[str, str]]]:
    """Goods that may be tallied, and handhelds to do it: labels, and the headers of each handheld."""
    labels = []
    for number in range(CONSIGNMENTS):
        labels += terminal.announce(f"KILL-{number}", PALLETS, vehicle=truck())
        open_up(terminal, f"KILL-{number}")
    voices = [terminal.device(f"handheld-{number}", "tally-1", ["TALLY"]) for number in range(clients)]
    return labels, [dict(voice.headers) for voice in voices]


@contextmanager
def scanning(stations: Sequence[Station], server_alive: Callable[[], object]) -> Iterator[None]:
    """Everybody scans; at the end everybody finishes, while the server is alive, and has heard no wrong word.

    Then every answer ever given is asked for again: the same words.
    """
    threads = [threading.Thread(target=station.run) for station in stations]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for station in stations:
            station.stopped.set()
        for thread in threads:
            thread.join(30)
    server_alive()
    assert not [station.wrong for station in stations if station.wrong]
    for station in stations:
        station.ask_again(list(station.answered.values()))


def spot_checks(stations: Sequence[Station], chance: random.Random, many: int = 5) -> None:
    """Ask some old questions again: the answers stand."""
    for station in stations:
        known = list(station.answered.values())
        station.ask_again(chance.sample(known, min(many, len(known))))


def compare(
    scenario: str, url: str, stations: Sequence[Station], before: int, kills: int, note: str = ""
) -> Result:
    """Hold every promise against the books: it is one event, under the number that was said, in the order of scanning.

    Raises AssertionError when the journal does not verify, its rows are not what it makes of them, a number is missing,
    or a unit was tallied twice.
    """
    with Store.open(url) as store:
        connection = store.connect()
        try:
            report = verify(connection)
            assert report.ok, report.broken
            assert verify_state(connection) is None
            entries = list(everything(connection))
        finally:
            connection.close()
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    new = [entry for entry in entries if entry.seq > before and entry.facts["nonce"]]
    scans = [entry for entry in new if entry.facts["who"].startswith("device:handheld-")]
    written = Counter(entry.facts["nonce"] for entry in scans)
    by_number = {entry.seq: entry.facts["nonce"] for entry in scans}
    promised = [(nonce, told["event"]) for one in stations for nonce, (_, told) in one.answered.items()]
    found = sum(by_number.get(event) == nonce for nonce, event in promised)
    for station in stations:
        numbers = [told["event"] for _, told in station.answered.values()]
        assert numbers == sorted(numbers), "what one handheld scanned is in the journal in that order"
    tallied = [entry.subject for entry in scans if entry.type == "UnitTallied"]
    assert len(tallied) == len(set(tallied)) > 0
    # Whatever was written without a promise was asked by somebody who did not hear the answer.
    unheard = {nonce for station in stations for nonce in station.unanswered}
    assert set(written) - {nonce for nonce, _ in promised} <= unheard
    doubled = sum(times > 1 for times in written.values())
    return Result(scenario, kills, len(promised), found, len(promised) - found, doubled, note)

"""The story of a full day in a minute: scans, a long packing list, wall boards and devices, all at once.

Handhelds scan without pause while a list of many pallets is imported, five boards follow the journal (two of them never
read a byte), and twenty devices hand in what they read. Every answer has to be kept, and the server may not grow.
"""

from __future__ import annotations

import contextlib
import io
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from terminal import access, tokens
from terminal.api.needs import SESSION_COOKIE
from terminal.running import open_service, settings_of
from terminal.store import Store, url_of, uuid7
from terminal.store.devices import Device
from terminal.store.journal import everything
from terminal.store.people import Session
from tests.crash.killed import Story, told
from tests.crash.servers import Nursery, wait_until
from tests.crash.stations import Result
from tests.support.app import API, SAMPLES, sscc
from workflows.stages import Stage

BOARDS, ASLEEP, DEVICES = 5, 2, 20
#: MB that the server may hold more at the end than before the crowd came: its page caches fill (64 MB and readers'), and
#: what is loaded with the first import stays
GROWTH_MB = 250
#: and KB for each pallet of the list: its papers are held ready, written down and handed to every board once
KB_A_PALLET = 10
FIRST = 20_000_000


@dataclass
class _Crowd:
    """Who is there beside the handhelds, and what they saw."""

    story: Story
    agency: Mapping[str, str]
    auditor: Mapping[str, str]
    devices: Mapping[str, Mapping[str, str]]
    stopped: threading.Event = field(default_factory=threading.Event)
    heard: list[int] = field(default_factory=lambda: [0] * BOARDS)
    readings: dict[str, int] = field(default_factory=dict)
    imported: list[httpx.Response] = field(default_factory=list)
    failed: list[BaseException] = field(default_factory=list)

    @contextmanager
    def present(self, pallets: int) -> Iterator[None]:
        """Everybody is at work until the list is in."""
        works: list[Any] = [lambda: self._announce(pallets)]
        works += [lambda number=number: self._board(number) for number in range(BOARDS)]
        works += [lambda part=part: self._read(part) for part in range(4)]
        threads = [threading.Thread(target=self._careful, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        try:
            yield
            threads[0].join(900)
            awake = range(BOARDS - ASLEEP)
            wait_until(
                "not every device and board came to speak",
                lambda: self.failed or (len(self.readings) == DEVICES and all(self.heard[n] for n in awake)),
            )
        finally:
            self.stopped.set()
            for thread in threads:
                thread.join(60)
        assert not self.failed, self.failed

    def _careful(self, work: Any) -> None:
        try:
            work()
        except BaseException as error:  # told by the thread that waits
            self.failed.append(error)

    def _announce(self, pallets: int) -> None:
        """The long packing list, as an agency's officer uploads it."""
        facts = json.loads(
            (SAMPLES / "S01_shelter_road_clean" / "consignment.json").read_text(encoding="utf-8")
        )
        facts = {
            **facts,
            "reference": "LONG-1",
            "declared": {"packages": pallets, "gross_kg": str(pallets * 100)},
        }
        file = io.BytesIO(packing_list(pallets))
        answer = httpx.post(
            f"{self.story.server.address}{API}/imports",
            files={"files": ("list.csv", file, "text/csv")},
            data={"nonce": str(uuid7()), "facts": json.dumps(facts)},
            headers=self.agency,
            timeout=900,
        )
        self.imported.append(answer)

    def _board(self, number: int) -> None:
        """A wall board; the last ones are connected and take nothing."""
        with socket.create_connection(("127.0.0.1", self.story.server.port), timeout=60) as line:
            head = "".join(f"{name}: {value}\r\n" for name, value in self.auditor.items())
            line.sendall(f"GET {API}/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}\r\n".encode())
            line.settimeout(0.2)
            while not self.stopped.is_set():
                if number >= BOARDS - ASLEEP:
                    self.stopped.wait(0.5)
                    continue
                with contextlib.suppress(TimeoutError):
                    self.heard[number] += line.recv(65_536).count(b"\ndata:")

    def _read(self, part: int) -> None:
        """Five of the twenty devices, each with four readings a fifth of a second; asked again until answered."""
        mine = [name for number, name in enumerate(self.devices) if number % 4 == part]
        with httpx.Client(base_url=self.story.server.address, timeout=60) as client:
            while not self.stopped.is_set():
                begin = time.monotonic()
                for name in mine:
                    if self.stopped.is_set():
                        return
                    self._hand_in(client, name, [self._reading(name) for _ in range(4)])
                self.stopped.wait(max(0.0, begin + 0.2 - time.monotonic()))

    def _hand_in(self, client: httpx.Client, name: str, batch: list[dict[str, str]]) -> None:
        while True:
            answer = client.post(f"{API}/devices/{name}/readings", json=batch, headers=self.devices[name])
            if answer.status_code == 200:
                self.readings[name] = self.readings.get(name, 0) + len(answer.json())
                return
            assert answer.status_code == 503, answer.text
            time.sleep(0.05)

    def _reading(self, name: str) -> dict[str, str]:
        at = datetime.now(UTC).isoformat()
        return {
            "reading": "scan",
            "id": str(uuid7()),
            "device": name,
            "point": "tally-1",
            "at": at,
            "protocol": "scan_text",
            "text": f"nobody knows {uuid7()}",
        }


def packing_list(pallets: int) -> bytes:
    """A list of so many labelled pallets of blankets, 100 kg each."""
    rows = ["Line;Description;HS code;Packages;Gross weight kg;Net weight kg;SSCC"]
    rows += [f"{n + 1};Blankets, polyester fleece;630140;1;100;95;{sscc(FIRST + n)}" for n in range(pallets)]
    return "\n".join(rows).encode()


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def _signed_in(folder: Path, login: str) -> dict[str, str]:
    """The session of somebody, as a page has it."""
    service = open_service(settings_of(folder / "karvon.toml", None))
    try:
        now, token = datetime.now(UTC), f"session-{uuid7()}"
        hashed = access.hash_token(token)
        with service.reading() as reader:
            person = reader.people.by_login(login)
        assert person is not None
        session = Session(hashed, person.id, now, now, now + service.idle)
        service.store.write_now(lambda books: books.people.open_session(session))
        return {
            "Cookie": f"{SESSION_COOKIE}={token}",
            "X-CSRF-Token": tokens.csrf_token(service.secret, hashed),
        }
    finally:
        service.store.close()


def crowd(folder: Path, thousands: int, seed: int = 9) -> Result:
    """So many thousand pallets are imported while everybody works."""
    url = url_of(folder / "karvon.sqlite3")
    with Nursery() as nursery:
        story = told("everything at once", folder, url, seed, nursery)
        there = _Crowd(story, _signed_in(folder, "agency_user"), _signed_in(folder, "auditor"), _devices(url))
        with story.scanning():
            story.a_moment(1.0)
            before = _megabytes(story.server.pid)
            with there.present(thousands * 1000):
                story.a_moment(2.0)
            grown = _megabytes(story.server.pid) - before
        (answer,) = there.imported
        assert answer.status_code == 200, answer.text[:500]
        assert answer.json()["verdict"] == "accepted", answer.text[:500]
        assert min(there.heard[: BOARDS - ASLEEP]) > 0
        most = GROWTH_MB + KB_A_PALLET * thousands
        assert grown < most, f"the server grew by {grown:.0f} MB, it may by {most}"
        _counted(url, there, thousands * 1000)
        many = sum(there.readings.values())
        return story.result(0, f"{thousands},000 pallets in, {many} readings, {grown:+.0f} MB")


def _devices(url: str) -> dict[str, dict[str, str]]:
    """Enrolled devices, each with the header that says who it is."""
    now = datetime.now(UTC)
    found = {}
    with Store.open(url) as store:
        for name in (f"wire-{number}" for number in range(DEVICES)):
            may = (frozenset({Stage.TALLY}), frozenset({"readings"}))
            device = Device(name, "gateway", name, now, "tally-1", *may)
            code = store.write_now(lambda books, device=device: access.add_device(books, device, "test", now))  # type: ignore[misc]
            made = store.write_now(lambda books, code=code: access.enrol_device(books, code, now))  # type: ignore[misc]
            assert made is not None
            found[name] = {"authorization": f"Bearer {made[1]}"}
    return found


def _counted(url: str, there: _Crowd, pallets: int) -> None:
    """Every pallet of the list is there, and every reading that was answered is one event."""
    with Store.open(url, writing=False) as store, store.reading() as reader:
        place = (sscc(FIRST), sscc(FIRST + pallets))
        units = reader.connection.one("SELECT count(*) FROM unit WHERE id >= ? AND id < ?", place)
        who = Counter(
            entry.facts["who"] for entry in everything(reader.connection) if entry.type == "StepRefused"
        )
    assert units is not None
    assert units[0] == pallets
    found = {name: who[f"device:{name}"] for name in there.devices}
    assert found == there.readings, (found, there.readings)

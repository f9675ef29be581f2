"""Several workers on one port: real processes, one of them with the devices, right answers whichever is asked."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from terminal import access
from terminal.api.needs import SESSION_COOKIE
from terminal.cli import main
from terminal.store import Store
from terminal.store.journal import everything
from terminal.store.leading import Leadership
from terminal.store.people import Session
from tests.crash.killed import CONFIG
from tests.crash.servers import gone, wait_until
from tests.crash.stations import Station, compare, prepare, scanning, spot_checks
from tests.support.app import sscc, terminal_at
from tests.support.databases import Postgres, postgres
from tests.support.gateways import Process, Scanner, free_port

__all__ = ["postgres"]
pytestmark = pytest.mark.postgres
TOKEN = "a-session-that-all-workers-know"


class Several:
    """A parent and its workers."""

    def __init__(self, folder: Path, url: str, scanner: str) -> None:
        self.config = folder / "karvon.toml"
        device = f'\n[[devices]]\nid = "scanner-1"\nkind = "scanner"\nprotocol = "scan_text"\nurl = "{scanner}"\npoint = "tally-1"\n'
        self.config.write_text(CONFIG.format(url=url) + device, encoding="utf-8")
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = folder / "serve.log"
        arguments = ("serve", "--config", str(self.config), "--port", str(self.port), "--workers", "2")
        self.parent = Process(*arguments, log=self.log)

    def workers(self) -> list[int]:
        """The processes that answer now."""
        number = self.parent.process.pid
        text = Path(f"/proc/{number}/task/{number}/children").read_text(encoding="ascii")
        return [int(pid) for pid in text.split()]

    def ready(self) -> bool:
        """True when both are there and one after the other answers."""
        assert self.parent.process.poll() is None, self.log.read_text(encoding="utf-8")[-3000:]
        try:
            answered = [httpx.get(f"{self.address}/readyz", timeout=5).status_code for _ in range(4)]
        except httpx.TransportError:
            return False
        return len(self.workers()) == 2 and answered == [200] * 4

    def wait(self) -> None:
        """Back when it answers."""
        wait_until("the workers never answered", self.ready)


@contextmanager
def several(folder: Path, url: str, scanner: str) -> Iterator[Several]:
    """Two workers; at the end nobody is left."""
    made = Several(folder, url, scanner)
    try:
        yield made
        mine = made.workers()
        assert made.parent.stop() == 0
        assert all(gone(pid) for pid in mine)
    finally:
        if made.parent.process.poll() is None:
            made.parent.kill()


def test_one_file_has_one_worker(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "karvon.toml"
    config.write_text('data_dir = "."\n', encoding="utf-8")
    assert main(["serve", "--config", str(config), "--workers", "2"]) == 2
    assert "--workers 2 needs PostgreSQL" in capsys.readouterr().err
    assert main(["serve", "--config", str(config), "--workers", "0"]) == 2
    assert "one worker at least" in capsys.readouterr().err


def test_one_leads_and_another_takes_over(postgres: Postgres) -> None:
    url = postgres.lend()
    first, second, other = (Leadership(url, name) for name in ("scales", "scales", "gates"))
    assert first.taken()
    assert first.taken()
    assert not second.taken()
    assert other.taken()
    first.give_up()
    wait_until("nobody takes over", second.taken, 10)
    assert not first.taken()
    second.give_up()
    other.give_up()
    postgres.take_back(url)


@pytest.mark.timeout(600)
def test_any_worker_answers_and_one_has_the_devices(tmp_path: Path, postgres: Postgres) -> None:
    url = postgres.lend()
    with terminal_at(url, tmp_path) as terminal:
        labels, tokens = prepare(terminal)
        before = len(terminal.journal())
        person = terminal.ids["auditor"]
    now = datetime.now(UTC)
    with Store.open(url) as store:
        session = Session(access.hash_token(TOKEN), person, now, now, now + timedelta(hours=8))
        store.write_now(lambda books: books.people.open_session(session))
    killed = asyncio.run(asyncio.wait_for(_story(tmp_path, url, labels, tokens), 580))
    assert compare("workers", url, killed, before, 2).good
    with Store.open(url) as store, closing(store.connect()) as connection:
        wired = [
            e.data["asked"]["code"]
            for e in everything(connection)
            if e.facts["device"] == "scanner-1" and e.type == "StepRefused"
        ]
    assert wired == [f"00{sscc(80_000_000 + number)}" for number in range(4)]
    postgres.take_back(url)


async def _story(folder: Path, url: str, labels: list[str], tokens: list[dict[str, str]]) -> list[Station]:
    chance = random.Random(5)
    async with Scanner() as scanner:

        async def wired(number: int) -> None:
            await asyncio.wait_for(scanner.connected.wait(), 60)
            await scanner.scan(f"00{sscc(80_000_000 + number)}")

        def told() -> None:
            with several(folder, url, scanner.url) as server:
                server.wait()
                known_everywhere(server)
                stations = [
                    Station(server.address, headers, labels, random.Random(n))
                    for n, headers in enumerate(tokens)
                ]
                found.extend(stations)
                with scanning(stations, server.wait):
                    heard_everywhere(server, lambda: call(wired(0)))
                    for number, worker in enumerate(server.workers(), 1):
                        os.kill(worker, signal.SIGKILL)
                        wait_until("a killed worker stays", lambda pid=worker: gone(pid))  # type: ignore[misc]
                        server.wait()
                        spot_checks(stations, chance)
                        heard_everywhere(server, lambda n=number: call(wired(n)))  # type: ignore[misc]
                heard_everywhere(server, lambda: call(wired(3)))

        loop = asyncio.get_running_loop()

        def call(work: object) -> None:
            asyncio.run_coroutine_threadsafe(work, loop).result(90)  # type: ignore[arg-type]

        found: list[Station] = []
        await asyncio.to_thread(told)
    return found


def known_everywhere(server: Several) -> None:
    """Whoever answers knows the session; who asks too often is told so, however the questions were spread."""
    cookie = {"cookie": f"{SESSION_COOKIE}={TOKEN}"}
    for path in ("/api/v1/journal?limit=1", "/api/v1/session", "/api/v1/devices", "/", "/journal"):
        answers = [httpx.get(server.address + path, headers=cookie, timeout=30).status_code for _ in range(6)]
        assert answers == [200] * 6, (path, answers)
    asked = [
        httpx.get(f"{server.address}/api/v1/track/NO-SUCH-CODE", timeout=30).status_code for _ in range(16)
    ]
    assert asked[:12].count(429) == 0, asked
    assert asked[-1] == 429, asked


def heard_everywhere(server: Several, scan: object) -> None:
    """A scan of the scanner reaches every page that listens, whichever worker it listens to."""
    assert callable(scan)
    headers = {"cookie": f"{SESSION_COOKIE}={TOKEN}"}
    clients = [httpx.Client(timeout=60) for _ in range(6)]
    streams = [client.stream("GET", f"{server.address}/api/v1/stream", headers=headers) for client in clients]
    answers = [stream.__enter__() for stream in streams]
    try:
        scan()
        for answer in answers:
            assert answer.status_code == 200
            for line in answer.iter_lines():
                if line.startswith("data: ") and json.loads(line[6:]).get("device") == "scanner-1":
                    break
            else:
                raise AssertionError("a stream ended before the scan came")
    finally:
        for stream, client in zip(streams, clients, strict=True):
            stream.__exit__(None, None, None)
            client.close()

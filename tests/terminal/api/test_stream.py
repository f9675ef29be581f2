"""The live stream over a real server: every entry once, across broken connections, and only for those who may."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

import httpx
import pytest
import uvicorn

from terminal import access
from terminal.api import journal, live
from tests.support.app import Terminal, Voice, problem
from tests.terminal.api.doors import DOORS
from workflows.roles import Role


@pytest.fixture(scope="module")
def address(terminal: Terminal) -> Iterator[str]:
    """The terminal's application behind a real socket."""
    config = uvicorn.Config(
        terminal.app, port=0, lifespan="off", log_level="warning", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)

    async def started() -> int:
        serving = asyncio.create_task(server.serve())
        while not server.started:
            assert not serving.done()
            await asyncio.sleep(0.01)
        terminal.serving = serving  # type: ignore[attr-defined]
        port: int = server.servers[0].sockets[0].getsockname()[1]
        return port

    yield f"http://127.0.0.1:{terminal.do(started())}"
    server.should_exit = True

    async def stopped() -> None:
        with suppress(asyncio.CancelledError):
            await terminal.serving  # type: ignore[attr-defined]

    terminal.do(stopped())


@contextmanager
def listening(
    address: str, voice: Voice, path: str = "/stream", **headers: str
) -> Iterator[Iterator[dict[str, Any]]]:
    """The notices of a stream, as they come; the id of each stands under ``number``."""
    with (
        httpx.Client(timeout=20) as client,
        client.stream("GET", f"{address}/api/v1{path}", headers={**voice.headers, **headers}) as answer,
    ):
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        yield notices(answer)


def notices(answer: httpx.Response) -> Iterator[dict[str, Any]]:
    number = 0
    for line in answer.iter_lines():
        if line.startswith("id: "):
            number = int(line.removeprefix("id: "))
        if line.startswith("data: "):
            yield {"number": number, **json.loads(line.removeprefix("data: "))}


def scan(voice: Voice, code: str = "@@") -> int:
    event: int = voice.scan(code, "TALLY")["event"]
    return event


def test_nothing_is_lost_over_broken_connections(terminal: Terminal, address: str) -> None:
    clerk, auditor = terminal.person("tally_clerk"), terminal.person("auditor")
    terminal.announce("STR-1", 2)
    last = terminal.service.store.tail().seq
    done = threading.Event()

    def work() -> None:
        for number in range(60):
            scan(clerk, f"@@{number}")
        done.set()

    writing = threading.Thread(target=work)
    writing.start()
    seen: list[dict[str, Any]] = []
    for length in (1, 5, 2, 17, 1, 30, 4):
        after = {"last-event-id": str(seen[-1]["number"] if seen else last)}
        with listening(address, auditor, **after) as stream:
            seen += islice(stream, length)
    writing.join(30)
    assert done.is_set()
    assert [notice["number"] for notice in seen] == list(range(last + 1, last + 61))
    entries = {entry.seq: entry.public() for entry in terminal.journal()}
    for notice in seen:
        number = notice.pop("number")
        assert notice == entries[number]


@pytest.mark.parametrize("odd", ["x", "-1", "9" * 40, "²", "1e3", ""])
def test_an_odd_number_starts_at_the_end(terminal: Terminal, address: str, odd: str) -> None:
    clerk = terminal.person("tally_clerk")
    raw: Any = {"last-event-id": odd.encode("latin-1")}
    with listening(address, terminal.person("auditor"), **raw) as stream:
        event = scan(clerk)
        assert next(stream)["number"] == event


def test_a_reader_without_the_right_to_the_journal_gets_bare_facts(terminal: Terminal, address: str) -> None:
    start = terminal.service.store.tail().seq
    terminal.announce("STR-2", 1)
    event = scan(terminal.person("tally_clerk"))
    with listening(address, terminal.person("gate_operator"), f"/stream?after={start}") as stream:
        seen = []
        for notice in stream:
            seen.append(notice)
            if notice["number"] == event:
                break
    assert {frozenset(notice) for notice in seen} == {frozenset({"number", "seq", "type", "subject", "at"})}
    types = {notice["type"] for notice in seen}
    assert "ConsignmentAnnounced" in types
    assert not types & {"ChecksRun", "SecurityEvent", "ScanSetAside"}


def ends(stream: Iterator[dict[str, Any]]) -> None:
    """Read on; the test's own deadline ends what does not end by itself."""
    for _ in stream:
        continue


def test_a_stream_ends_when_its_session_does(terminal: Terminal, address: str) -> None:
    voice = terminal.person("situation_centre")
    with listening(address, voice) as stream:
        scan(terminal.person("tally_clerk"))
        next(stream)
        assert voice.send("DELETE", "/session").status_code == 200
        ends(stream)


def test_a_stream_ends_when_its_person_loses_the_right(terminal: Terminal, address: str) -> None:
    voice, person = terminal.person("liaison_officer"), terminal.service_person("liaison_officer")
    with listening(address, voice) as stream:
        scan(terminal.person("tally_clerk"))
        next(stream)
        terminal.write(
            lambda books: access.change_person(
                books, person, "admin", terminal.clock.now, roles=frozenset({Role.TRAINER})
            )
        )
        ends(stream)
    terminal.write(
        lambda books: access.change_person(
            books, person, "admin", terminal.clock.now, roles=frozenset({Role.LIAISON_OFFICER})
        )
    )


def test_a_stream_does_not_keep_a_resting_session_alive(
    terminal: Terminal, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr(journal, "CHECK_S", 0.05)
    monkeypatch.setattr(live, "CHECK_S", 0.05)
    voice = terminal.person("auditor")
    started = terminal.clock.now
    try:
        with listening(address, voice) as stream:
            scan(terminal.person("tally_clerk"))
            next(stream)
            terminal.clock.forward(seconds=terminal.service.idle.total_seconds() + 1)
            ends(stream)
    finally:
        terminal.clock.now = started


@pytest.mark.parametrize("key", [key for key, door in DOORS.items() if door.endless])
def test_streams_open_for_the_roles_of_the_table(terminal: Terminal, address: str, key: str) -> None:
    path = key.removeprefix("GET ")
    for role in Role:
        voice = terminal.person(role.value)
        if role in DOORS[key].may:
            with listening(address, voice, path):
                pass
        else:
            problem(voice.send("GET", path), 403, "not_permitted")
    problem(terminal.device("stream-station").send("GET", path), 403, "not_permitted")
    problem(terminal.nobody().send("GET", path), 401, "not_signed_in")

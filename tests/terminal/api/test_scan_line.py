"""Scans on the connection itself: the same answers, whatever the packets look like, and nobody gets past by a trick."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
import uvicorn

from terminal import access
from terminal.api.scan_line import ScanLine, head_of, protocol_for
from terminal.store import Books
from terminal.store.writer import Writer
from tests.support.app import Terminal, Voice, nonce, sscc

Answer = tuple[int, dict[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def server(terminal: Terminal) -> Iterator[uvicorn.Server]:
    """The terminal behind a real socket, with the protocol of a real server."""
    config = uvicorn.Config(
        terminal.app,
        http=protocol_for(terminal.service),  # type: ignore[arg-type]
        port=0,
        lifespan="off",
        log_level="critical",
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    made = uvicorn.Server(config)
    serving: list[asyncio.Task[None]] = []

    async def start() -> None:
        serving.append(asyncio.create_task(made.serve()))
        while not made.started:
            assert not serving[0].done()
            await asyncio.sleep(0.01)

    terminal.do(start())
    yield made
    made.should_exit = True

    async def stop() -> None:
        with suppress(asyncio.CancelledError):
            await serving[0]

    terminal.do(stop())


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The bodies that were answered on the connection itself."""
    seen: list[bytes] = []
    answer = ScanLine._answer

    def watched(line: ScanLine, head: Any, body: bytes) -> None:
        seen.append(body)
        answer(line, head, body)

    monkeypatch.setattr(ScanLine, "_answer", watched)
    return seen


class Line:
    """One connection of a station, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def send(self, *packets: bytes) -> None:
        """Write packets; they arrive one by one if the other side looks between them."""
        for packet in packets:
            self._writer.write(packet)

    async def answer(self) -> Answer:
        """The next answer: status, headers, body."""
        head = (await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), 30)).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = await self._reader.readexactly(int(headers["content-length"]))
        return int(first.split()[1]), headers, json.loads(body)

    async def ended(self) -> bool:
        """True when the other side closes, with nothing more to say."""
        return await asyncio.wait_for(self._reader.read(), 30) == b""

    async def close(self) -> None:
        """Go away."""
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


@asynccontextmanager
async def connected(server: uvicorn.Server) -> AsyncIterator[Line]:
    port = server.servers[0].sockets[0].getsockname()[1]
    line = Line(*await asyncio.open_connection("127.0.0.1", port))
    try:
        yield line
    finally:
        await line.close()


@asynccontextmanager
async def held(terminal: Terminal) -> AsyncIterator[Writer]:
    """While nothing is written: whatever is asked waits."""
    writer = terminal.service.store.writer
    await writer._turns.acquire_soon()
    try:
        yield writer
    finally:
        writer._turns.release()


async def waiting_in(writer: Writer, count: int) -> None:
    """Return once so many works wait."""
    async with asyncio.timeout(30):
        while writer.depth < count:  # noqa: ASYNC110 -- the queue rings no bell
            await asyncio.sleep(0.001)


def a_scan(terminal: Terminal, **more: Any) -> dict[str, Any]:
    at = terminal.clock.now.isoformat()
    return {
        "nonce": nonce(), "code": sscc(78_000_001), "step": "TALLY", "point": "tally-1", "scanned_at": at, **more
    }  # fmt: skip


def request(voice: Voice, body: Any, *extra: str, path: str = "/api/v1/scans", version: str = "1.1") -> bytes:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        f"POST {path} HTTP/{version}", "Host: karvon.test", "Content-Type: application/json",
        f"Authorization: {voice.headers['authorization']}", "Accept-Language: en",
        f"Content-Length: {len(content)}", *extra,
    ]  # fmt: skip
    return "\r\n".join([*lines, "", ""]).encode() + content


@pytest.fixture(scope="module")
def station(terminal: Terminal) -> Voice:
    return terminal.device("on-the-line")


def learn(voice: Voice) -> None:
    """The device is recognised."""
    assert voice.send("POST", "/scans", json=a_scan(voice.terminal)).status_code == 200


def ask(terminal: Terminal, server: uvicorn.Server, *packets: bytes, answers: int = 1) -> list[Answer]:
    async def asked() -> list[Answer]:
        async with connected(server) as line:
            for packet in packets:
                line.send(packet)
                await asyncio.sleep(0)
            return [await line.answer() for _ in range(answers)]

    return terminal.do(asked())


def test_the_connection_answers_as_the_endpoint_does(
    terminal: Terminal, server: uvicorn.Server, station: Voice, short: list[bytes]
) -> None:
    learn(station)
    kinds: list[dict[str, Any]] = [
        {},
        {"code": "@@@"},
        {"step": "load"},
        {"point": "load-1"},
        {"unit_context": {"place": "A-01", "note": "қопда"}},
        {"scanned_at": (terminal.clock.now - timedelta(days=90)).isoformat()},
        {"code": "KRV:BAY:A-01"},
    ]
    for number, more in enumerate(kinds):
        body = a_scan(terminal, **more)
        ((status, headers, told),) = ask(terminal, server, request(station, body))
        assert len(short) == number + 1
        again = station.send("POST", "/scans", json=body)
        assert (status, told) == (200, again.json())
        for name in again.headers.keys() - {"x-request-id"}:
            assert headers[name] == again.headers[name]
        assert len(headers["x-request-id"]) == 16
        assert "date" in headers


def test_its_own_number_and_language_come_back(
    terminal: Terminal, server: uvicorn.Server, station: Voice, short: list[bytes]
) -> None:
    learn(station)
    sent = request(station, a_scan(terminal), "X-Request-Id: gate-7-000001").replace(b"uage: en", b"uage: ru")
    ((_, headers, told),) = ask(terminal, server, sent)
    assert short
    assert headers["x-request-id"] == "gate-7-000001"
    assert any("а" <= letter <= "я" for letter in told["sentence"])


def test_torn_and_joined_packets(
    terminal: Terminal, server: uvicorn.Server, station: Voice, short: list[bytes]
) -> None:
    learn(station)
    whole = request(station, a_scan(terminal))
    body_at = whole.index(b"\r\n\r\n")
    for cut in (1, 4, 18, 30, body_at, body_at + 2, body_at + 4, body_at + 9, len(whole) - 1):
        bodies = [a_scan(terminal) for _ in range(3)]
        first, second, third = (request(station, body) for body in bodies)
        answers = ask(terminal, server, first[:cut], first[cut:] + second, third, answers=3)
        assert [status for status, _, _ in answers] == [200, 200, 200]
        for body, (_, _, told) in zip(bodies, answers, strict=True):
            assert station.send("POST", "/scans", json=body).json() == told


def test_what_comes_while_a_scan_is_written_is_answered_after_it_in_order(
    terminal: Terminal, server: uvicorn.Server, station: Voice, short: list[bytes]
) -> None:
    learn(station)
    bodies = [a_scan(terminal) for _ in range(8)]

    async def all_at_once() -> list[Answer]:
        async with connected(server) as line:
            async with held(terminal) as writer:
                for body in bodies:
                    line.send(request(station, body))
                    await asyncio.sleep(0.001)
                async with asyncio.timeout(30):
                    while not any(getattr(one, "_held", ()) for one in server.server_state.connections):  # noqa: ASYNC110
                        await asyncio.sleep(0.001)
                assert writer.depth == 1  # one at a time for each connection
            return [await line.answer() for _ in bodies]

    answers = terminal.do(all_at_once())
    assert short
    events = [told["event"] for _, _, told in answers]
    assert events == sorted(set(events))
    for body, (_, _, told) in zip(bodies, answers, strict=True):
        assert station.send("POST", "/scans", json=body).json() == told


def test_a_scan_inside_the_body_of_another_request_is_no_scan(
    terminal: Terminal, server: uvicorn.Server, station: Voice, short: list[bytes]
) -> None:
    learn(station)
    head = terminal.service.store.tail().seq
    hidden = request(station, a_scan(terminal))
    for path in ("/api/v1/nothing", "/api/v1/holds"):
        outer = request(station, hidden, path=path)
        at = outer.index(b"\r\n\r\n") + 4
        ((status, _, _),) = ask(terminal, server, outer[:at], outer[at:])
        assert status in (400, 404, 405, 422, 403)
    assert not short
    with terminal.service.reading() as reader:
        assert not any(entry.data.get("step") == "TALLY" for entry in reader.entries_after(head))


@pytest.mark.parametrize(
    "extra",
    [
        "Content-Length: 5",
        "Authorization: Bearer somebody-else",
        "Host: another",
        "Content-Type: text/plain",
        "Transfer-Encoding: chunked",
        "Cookie: karvon_session=x",
        "Expect: 100-continue",
        "Connection: close",
        "Content-Encoding: gzip",
    ],
)
def test_an_odd_head_is_not_for_the_connection(station: Voice, extra: str) -> None:
    data = request(station, {})
    end = data.index(b"\r\n\r\n") + 4
    assert head_of(data[:end]) is not None
    odd = request(station, {}, extra)
    assert head_of(odd[: odd.index(b"\r\n\r\n") + 4]) is None
    for other in (
        request(station, {}, version="1.0"),
        request(station, {}, path="/api/v1/scans?x=1"),
        request(station, {}, path="/api/v1/scans/"),
        data.replace(b"Bearer", b"Basic"),
        data.replace(b"POST", b"PUT"),
    ):
        assert head_of(other[: other.index(b"\r\n\r\n") + 4]) is None


def test_a_mistake_is_answered_as_everywhere(
    terminal: Terminal, server: uvicorn.Server, station: Voice, short: list[bytes]
) -> None:
    learn(station)
    body = a_scan(terminal)
    for content in (b"", b"{", b"[]", b"\xff\xfe", b'{"nonce": "short"}'):
        ((status, _, told),) = ask(terminal, server, request(station, content))
        same = station.send("POST", "/scans", content=content, headers={"content-type": "application/json"})
        assert (status, told) == (same.status_code, same.json())
    ask(terminal, server, request(station, body))
    ((status, _, told),) = ask(terminal, server, request(station, {**body, "code": sscc(78_000_002)}))
    assert (status, told["code"]) == (409, "nonce_reused")
    assert len(short) == 1


def test_a_revoked_device_is_shut_out_even_while_its_scan_waits(
    terminal: Terminal, server: uvicorn.Server
) -> None:
    voice = terminal.device("lost-on-the-line")
    learn(voice)

    async def both() -> list[int]:
        def revoke(books: Books) -> bool:
            return access.revoke_device(books, "lost-on-the-line", "test", terminal.clock.now)

        async with connected(server) as line:
            async with held(terminal) as writer:
                revoked = asyncio.ensure_future(terminal.service.write(revoke))
                await asyncio.sleep(0)
                line.send(request(voice, a_scan(terminal)))
                await waiting_in(writer, 2)
            await revoked
            first = await line.answer()
            line.send(request(voice, a_scan(terminal)))
            return [first[0], (await line.answer())[0]]

    assert terminal.do(both()) == [401, 401]


def test_somebody_who_goes_away_and_a_server_that_ends(
    terminal: Terminal, server: uvicorn.Server, station: Voice
) -> None:
    learn(station)
    gone, waiting = a_scan(terminal), a_scan(terminal)

    async def story() -> tuple[Answer, bool]:
        async with connected(server) as one, connected(server) as other:
            async with held(terminal) as writer:
                one.send(request(station, gone))
                await waiting_in(writer, 1)
                other.send(request(station, waiting))
                await waiting_in(writer, 2)
                await one.close()
                for connection in list(server.server_state.connections):
                    connection.shutdown()
            return await other.answer(), await other.ended()

    (status, headers, told), ended = terminal.do(story())
    assert (status, headers["connection"], ended) == (200, "close", True)
    assert station.send("POST", "/scans", json=waiting).json() == told
    kept = station.send("POST", "/scans", json=gone).json()
    assert kept["event"] == told["event"] - 1  # it was written, though nobody heard of it

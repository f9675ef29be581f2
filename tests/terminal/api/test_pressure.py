"""More than can be written at once: the server says when to come back, loses nothing, and waits for no slow reader."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.app import API, Terminal, nonce
from tests.terminal.api.test_stream import address, listening

__all__ = ["address"]


def test_a_crowd_is_told_when_to_come_back_and_loses_nothing(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue of eight and sixty scans at once: 503 with Retry-After and a sentence; asked again, each is one event."""
    monkeypatch.setattr(terminal.service.store.writer, "_queue", 8)
    headers = dict(terminal.device("crowd").headers)
    at = terminal.clock.now.isoformat()
    bodies = [
        {"nonce": nonce(), "code": f"@@{n}", "step": "TALLY", "point": "tally-1", "scanned_at": at}
        for n in range(60)
    ]

    async def once(asked: list[dict[str, str]]) -> list[Any]:
        send = [terminal.client.post(f"{API}/scans", json=body, headers=headers) for body in asked]
        return await asyncio.gather(*send)

    waiting, busy = bodies, []
    for _ in range(60):
        answers = terminal.do(once(waiting))
        assert {answer.status_code for answer in answers} <= {200, 503}
        put_off = [
            (body, answer) for body, answer in zip(waiting, answers, strict=True) if answer.status_code == 503
        ]
        busy += [answer for _, answer in put_off]
        waiting = [body for body, _ in put_off]
        if not waiting:
            break
    assert not waiting
    assert busy
    for answer in busy:
        assert int(answer.headers["retry-after"]) >= 1
        assert len(answer.json()["detail"]) > 20
    written = Counter(entry.facts["nonce"] for entry in terminal.journal())
    assert [written[body["nonce"]] for body in bodies] == [1] * 60


def test_a_reader_that_does_not_read_keeps_nobody_waiting(terminal: Terminal, address: str) -> None:
    """Connections that follow the journal and never take a byte; others scan and follow as if they were not there."""
    auditor, clerk = terminal.person("auditor"), terminal.person("tally_clerk")
    where = urlsplit(address)
    head = f"GET {API}/stream HTTP/1.1\r\nHost: {where.netloc}\r\nCookie: {auditor.headers['cookie']}\r\n\r\n"
    asleep = []
    for _ in range(5):
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        slow.connect((where.hostname, where.port))
        slow.sendall(head.encode())
        asleep.append(slow)
    try:
        with listening(address, auditor) as stream:
            events = [clerk.scan(f"@@{'x' * 60}{n}", "TALLY")["event"] for n in range(300)]
            seen = [next(stream)["number"] for _ in range(300)]
        assert seen == events
    finally:
        for slow in asleep:
            slow.close()

"""The short way of a device's scan gives what the long way gives, and a revoked device finds both shut at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from terminal import access
from terminal.cases import scans
from terminal.store import Books, Busy, StoreUnavailable
from tests.support.app import Terminal, Voice, nonce, problem, refused, sscc

JSON = {"content-type": "application/json"}


def a_scan(terminal: Terminal, **more: Any) -> dict[str, Any]:
    at = terminal.clock.now.isoformat()
    return {
        "nonce": nonce(), "code": sscc(77_000_001), "step": "TALLY", "point": "tally-1", "scanned_at": at, **more
    }  # fmt: skip


def the_long_way(voice: Voice, body: Any) -> httpx.Response:
    voice.terminal.service.callers._known.clear()
    return voice.send("POST", "/scans", json=body)


def the_short_way(voice: Voice, body: Any) -> httpx.Response:
    """A whole scan with a known token goes the short way: the endpoint is not asked."""
    known = len(voice.terminal.service.callers._known)
    assert known, "go the long way first"
    return voice.send("POST", "/scans", json=body)


@pytest.fixture(scope="module")
def station(terminal: Terminal) -> Voice:
    return terminal.device("short")


def test_both_ways_answer_alike(terminal: Terminal, station: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    for more in (
        {},
        {"code": "@@@"},
        {"step": "load"},
        {"point": "load-1"},
        {"unit_context": {"place": "A-01", "note": "қопда"}},
        {"scanned_at": (terminal.clock.now - timedelta(days=90)).isoformat()},
        {"code": "KRV:BAY:A-01"},
    ):
        body = a_scan(terminal, **more)
        long = the_long_way(station, body)
        monkeypatch.setattr(access, "caller_of_token", None)  # whoever goes the long way stumbles
        short = the_short_way(station, {**body, "nonce": nonce()})
        monkeypatch.undo()
        told, again = long.json(), short.json()
        assert (long.status_code, short.status_code) == (200, 200)
        assert again.pop("event") > told.pop("event")
        for one in (told, again):
            one["facts"].pop("review", None)
        assert again == told
        for name in ("content-type", "cache-control", "x-content-type-options", "referrer-policy"):
            assert short.headers[name] == long.headers[name]
        assert len(short.headers["x-request-id"]) == 16


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"null", b"7", b'"x"', b"\xff\xfe", b"{}", b'{"nonce": "short"}', b"[" * 20_000,
        b'{"nonce":"12345678","code":"","step":"TALLY","point":"tally-1","scanned_at":"2026-11-16T07:00:00Z"}',
        b'{"nonce":"12345678","code":"7","step":"FLY","point":"tally-1","scanned_at":"2026-11-16T07:00:00Z"}',
        b'{"nonce":"12345678","code":"7","step":"TALLY","point":"tally-1","scanned_at":"2026-11-16T07:00:00"}',
        b'{"nonce":"12345678","code":"7","step":"TALLY","point":"tally-1","scanned_at":"1999-11-16T07:00:00Z"}',
        b'{"nonce":"12345678","code":"7","step":"TALLY","point":"a\\u0000b","scanned_at":"2026-11-16T07:00:00Z"}',
        b'{"nonce":"12345678","code":"7","step":"TALLY","point":"t","scanned_at":"2026-11-16T07:00:00Z","x":1}',
    ],
)  # fmt: skip
def test_a_mistake_gets_the_same_problem_on_both_ways(station: Voice, content: bytes) -> None:
    assert the_long_way(station, a_scan(station.terminal)).status_code == 200
    short = station.send("POST", "/scans", content=content, headers=JSON)
    station.terminal.service.callers._known.clear()
    long = station.send("POST", "/scans", content=content, headers=JSON)
    problem(short, long.status_code, long.json()["code"])
    assert short.json() == long.json()


def test_the_same_nonce_on_both_ways(terminal: Terminal, station: Voice) -> None:
    body = a_scan(terminal)
    first = the_long_way(station, body).json()
    assert the_short_way(station, body).json() == first
    told = problem(the_short_way(station, {**body, "code": sscc(77_000_002)}), 409, "nonce_reused")
    assert told["event"] > first["event"]


def test_a_revoked_device_is_shut_out_from_the_next_scan_on(terminal: Terminal) -> None:
    voice = terminal.device("lost-handheld")
    assert the_long_way(voice, a_scan(terminal)).status_code == 200
    assert the_short_way(voice, a_scan(terminal)).status_code == 200
    head = terminal.service.store.tail().seq
    terminal.write(lambda books: access.revoke_device(books, "lost-handheld", "test", terminal.clock.now))
    problem(the_short_way(voice, a_scan(terminal)), 401, "not_signed_in")
    problem(voice.send("POST", "/scans", json=a_scan(terminal)), 401, "not_signed_in")
    with terminal.service.reading() as reader:
        kept = {entry.type for entry in reader.entries_after(head)}
    assert kept == {"SecurityEvent"}  # the revocation and who was turned away, and no scan


def test_a_device_revoked_while_its_scan_waits_is_shut_out(terminal: Terminal) -> None:
    voice = terminal.device("lost-in-time")
    assert the_long_way(voice, a_scan(terminal)).status_code == 200

    async def both() -> httpx.Response:
        revoked = terminal.service.write(
            lambda books: access.revoke_device(books, "lost-in-time", "test", terminal.clock.now)
        )
        asked = terminal.client.request(
            "POST", "/api/v1/scans", json=a_scan(terminal), headers=dict(voice.headers)
        )
        return (await asyncio.gather(revoked, asked))[1]

    problem(terminal.do(both()), 401, "not_signed_in")


def test_other_steps_count_from_the_next_scan_on(terminal: Terminal) -> None:
    voice = terminal.device("moved", steps=("TALLY", "UNLOAD"))
    assert the_long_way(voice, a_scan(terminal)).json()["reason"] == "UNKNOWN_LABEL"

    def fewer(books: Books) -> None:
        device = books.devices.get("moved")
        assert device is not None
        steps = device.steps - {"TALLY"}
        books.devices.save(
            type(device)(**{n: getattr(device, n) for n in device.__slots__} | {"steps": steps})
        )

    terminal.write(fewer)
    refused(the_short_way(voice, a_scan(terminal)).json(), "NOT_PERMITTED", terminal)


def test_who_was_seen_is_written_down_once_a_minute(terminal: Terminal) -> None:
    voice = terminal.device("seen")

    def seen() -> Any:
        with terminal.service.reading() as reader:
            device = reader.devices.get("seen")
        assert device is not None
        return device.seen_at

    the_long_way(voice, a_scan(terminal))
    first = seen()
    terminal.clock.forward(seconds=30)
    the_short_way(voice, a_scan(terminal))
    assert seen() == first
    terminal.clock.forward(seconds=31)
    voice.send("POST", "/scans", json=a_scan(terminal))
    assert seen() == terminal.clock.now


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(Busy(9), 503, "busy"), (StoreUnavailable("the disk is full"), 503, "store_unavailable")],
)
def test_trouble_is_said_alike(
    terminal: Terminal,
    station: Voice,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
    code: str,
) -> None:
    the_long_way(station, a_scan(terminal))

    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(scans, "take", broken)
    short = the_short_way(station, a_scan(terminal))
    problem(short, status, code)
    long = the_long_way(station, a_scan(terminal))
    assert long.json() == short.json()
    assert long.headers["retry-after"] == short.headers["retry-after"]
    assert short.headers["cache-control"] == "no-store"
    assert short.headers["content-security-policy"].startswith("default-src 'none';")

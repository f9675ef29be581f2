"""A gateway between a scanner on a real port and a terminal that misbehaves in every way a terminal can."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from terminal.cli import main
from terminal.gateway.configured import read
from terminal.gateway.courier import NotNow, Taken, TooMuch, judge
from terminal.gateway.credentials import Credentials, save
from terminal.gateway.running import AlreadyRunning, Gateway, take_lock
from terminal.store.outbox import Waiting
from tests.support.gateways import Scanner, ScriptedTerminal, free_port, gateway_toml, scanner_of
from tests.support.wires import run, until, within

QUICK = {"retry_s": 0.1, "timeout_s": 0.5, "verdict_s": 2.0, "drain_s": 2.0, "keep_free_mb": 0}


@asynccontextmanager
async def at_work(folder: Path, scanner: Scanner, server: str, **settings: Any) -> AsyncIterator[Gateway]:
    """A gateway at work in this process."""
    config = gateway_toml(folder, [scanner_of(scanner.url)], **{**QUICK, **settings})
    gateway = Gateway(read(config), Credentials(server, "gate-pc", "the-token"))
    stop = asyncio.Event()
    ready = asyncio.Event()
    working = asyncio.create_task(gateway.run(stop, ready.set))
    try:
        await within(ready.wait())
        await within(scanner.connected.wait())
        yield gateway
    finally:
        stop.set()
        await within(working)


async def holds(gateway: Gateway, *, waiting: int, parked: int) -> None:
    """The queue comes to hold so many."""
    end = asyncio.get_running_loop().time() + 20
    while True:
        amounts = await gateway.outbox.amounts()
        if (amounts.waiting, amounts.parked) == (waiting, parked):
            return
        assert asyncio.get_running_loop().time() < end, amounts
        await asyncio.sleep(0.01)


def test_a_scan_goes_to_the_terminal_and_its_verdict_comes_back(tmp_path: Path) -> None:
    async def story() -> None:
        with ScriptedTerminal().running() as terminal:
            verdicts = iter(("accepted", "refused", "already_done", "attention"))
            terminal.script = lambda path, readings: (
                200,
                [{"id": one["id"], "verdict": next(verdicts)} for one in readings],
                {},
            )
            async with Scanner() as scanner, at_work(tmp_path, scanner, terminal.url):
                for text, beep in (("one", b"A"), ("two", b"R"), ("three", b"D"), ("four", b"T")):
                    await scanner.scan(text)
                    assert await within(scanner.beeps.get()) == beep
            assert [one["text"] for batch in terminal.requests for one in batch] == [
                "one",
                "two",
                "three",
                "four",
            ]
            assert set(terminal.tokens) == {"Bearer the-token"}

    run(story())


@pytest.mark.parametrize(
    "trouble", [500, 503, 502, 429, 401, 403, 404, 302, "timeout", "html", "short", "no id"]
)
def test_no_trouble_of_the_terminal_loses_or_doubles_a_scan(tmp_path: Path, trouble: int | str) -> None:
    async def story() -> None:
        failures = 3

        def script(path: str, readings: list[dict[str, Any]]) -> Any:
            nonlocal failures
            if failures <= 0:
                return "take"
            failures -= 1
            if trouble == "timeout":
                return None
            if trouble == "html":
                return 200, b"<html>Welcome to the hotel network</html>", {}
            if trouble == "short":
                return 200, [], {}
            if trouble == "no id":
                return 200, [{"verdict": "accepted"} for _ in readings], {}
            assert isinstance(trouble, int)
            return trouble, {"code": "x", "detail": "no"}, {"retry-after": "0", "location": "/elsewhere"}

        with ScriptedTerminal().running() as terminal:
            terminal.script = script
            async with (
                Scanner() as scanner,
                at_work(tmp_path, scanner, terminal.url, verdict_s=10.0) as gateway,
            ):
                for text in ("one", "two", "three"):
                    await scanner.scan(text)
                await until(lambda: terminal.texts == ["one", "two", "three"], "all taken")
                await until(lambda: scanner.beeps.qsize() == 3, "all beeped")
                assert (await gateway.outbox.amounts()).parked == 0
                assert gateway.courier.standing.state == "ok"
            assert terminal.texts == ["one", "two", "three"]

    run(story())


def test_a_terminal_that_was_away_gets_everything_in_order_and_the_scanner_is_told_attention(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        port = free_port()
        async with (
            Scanner() as scanner,
            at_work(tmp_path, scanner, f"http://127.0.0.1:{port}", batch=7) as gateway,
        ):
            for number in range(12):
                assert await scanner.scan_until_heard(f"label {number}") == b"T"
            assert gateway.courier.standing.state == "away"
            assert (await gateway.outbox.amounts()).waiting == 12
            with ScriptedTerminal(port).running() as terminal:
                await until(lambda: len(terminal.texts) == 12, "everything came")
                assert terminal.texts == [f"label {number}" for number in range(12)]
                assert max(len(batch) for batch in terminal.requests) == 7
                assert await scanner.scan_until_heard("and now") == b"A"

    run(story())


def test_a_reading_that_the_terminal_cannot_read_is_parked_and_the_others_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story() -> None:
        away = True

        def script(path: str, readings: list[dict[str, Any]]) -> Any:
            if away:
                return 503, {}, {}
            for number, one in enumerate(readings):
                if one["text"] == "odd":
                    return 422, {"detail": f"reading {number + 1}: odd", "taken": number}, {}
                if one["text"] == "strange":
                    return 409, {"code": "nonce_reused", "detail": "used before"}, {}
            return "take"

        with ScriptedTerminal().running() as terminal:
            terminal.script = script
            async with Scanner() as scanner, at_work(tmp_path, scanner, terminal.url) as gateway:
                for text in ("a", "b", "odd", "c", "strange", "d"):
                    await scanner.scan_until_heard(text)
                away = False
                await until(lambda: terminal.texts == ["a", "b", "c", "d"], "the readable ones")
                await holds(gateway, waiting=0, parked=2)

    run(story())
    save(tmp_path / "gateway-data", Credentials("http://127.0.0.1:1", "gate-pc", "t"))
    assert main(["gateway", "status", "--json", "--config", str(tmp_path / "gateway.toml")]) == 1
    status = json.loads(capsys.readouterr().out)
    assert [(one["reading"]["text"], one["status"]) for one in status["parked"]] == [
        ("odd", 422),
        ("strange", 409),
    ]
    assert "laid aside" in " ".join(status["troubles"])
    assert (
        main(["gateway", "retry", status["parked"][0]["id"], "--config", str(tmp_path / "gateway.toml")]) == 0
    )
    assert main(["gateway", "status", "--config", str(tmp_path / "gateway.toml")]) == 1
    assert "1 waiting, 4 sent, 1 laid aside" in capsys.readouterr().out


def test_a_reading_at_which_the_terminal_always_fails_does_not_block_the_others_for_ever(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        with ScriptedTerminal().running() as terminal:
            terminal.script = lambda path, readings: (
                (500, {"detail": "fault"}, {}) if any(one["text"] == "poison" for one in readings) else "take"
            )
            async with (
                Scanner() as scanner,
                at_work(
                    tmp_path, scanner, terminal.url, poison_s=0.2, retry_s=0.02, verdict_s=0.1
                ) as gateway,
            ):
                for text in ("a", "poison", "b"):
                    await scanner.scan(text)
                await until(lambda: terminal.texts == ["a", "b"], "the others")
                await holds(gateway, waiting=0, parked=1)

    run(story())


def test_a_revoked_gateway_keeps_everything_until_it_is_enrolled_again(tmp_path: Path) -> None:
    async def story() -> None:
        with ScriptedTerminal().running() as terminal:
            terminal.script = lambda path, readings: (
                "take" if terminal.tokens[-1] == "Bearer the-token" else (401, {"detail": "gone"}, {})
            )
            async with Scanner() as scanner:
                config = gateway_toml(tmp_path, [scanner_of(scanner.url)], **QUICK)
                revoked = Gateway(read(config), Credentials(terminal.url, "gate-pc", "revoked"))
                stop = asyncio.Event()
                working = asyncio.create_task(revoked.run(stop))
                assert await scanner.scan_until_heard("kept") == b"T"
                await until(lambda: revoked.courier.standing.state == "refused")
                assert "Enrol it again" in revoked.courier.standing.sentence
                stop.set()
                await within(working)
                assert terminal.texts == []
                async with at_work(tmp_path, scanner, terminal.url):
                    await until(lambda: terminal.texts == ["kept"])

    run(story())


def test_a_full_queue_holds_the_scans_at_the_device_and_says_so(tmp_path: Path) -> None:
    async def story() -> None:
        port = free_port()
        async with (
            Scanner() as scanner,
            at_work(tmp_path, scanner, f"http://127.0.0.1:{port}", limit_mb=1, verdict_s=0.05) as gateway,
        ):
            text = "L" * 900
            count = 0
            while not gateway.full:
                await scanner.scan(f"{count} {text}")
                count += 1
                counters = gateway.fleet.health()[0].counters
                if counters.readings < count - 5:
                    await asyncio.sleep(0.002)
                assert count < 5000
            await until(lambda: "limit of 1 MB" in gateway.full)
            with ScriptedTerminal(port).running() as terminal:
                await until(lambda: len(terminal.texts) == count, f"all {count}")
                assert terminal.texts == [f"{number} {text}" for number in range(count)]
            assert gateway.full == ""

    run(story())


def test_what_the_devices_still_hold_when_it_stops_is_sent_or_kept(tmp_path: Path) -> None:
    async def story() -> None:
        with ScriptedTerminal().running() as terminal:
            async with Scanner() as scanner, at_work(tmp_path, scanner, terminal.url) as gateway:
                for number in range(50):
                    await scanner.scan(str(number))
                await until(lambda: gateway.fleet.health()[0].counters.readings == 50)
            assert terminal.texts == [str(number) for number in range(50)]
        with sqlite3.connect(tmp_path / "gateway-data" / "queue.sqlite3") as db:
            assert db.execute("SELECT count(*) FROM waiting").fetchone() == (0,)
        db.close()
        state = json.loads((tmp_path / "gateway-data" / "state.json").read_text(encoding="utf-8"))
        assert (state["running"], state["queue"]["waiting"]) == (False, 0)

    run(story())


def test_two_gateways_do_not_work_in_one_folder(tmp_path: Path) -> None:
    held = take_lock(tmp_path)
    with pytest.raises(AlreadyRunning, match="twice"):
        take_lock(tmp_path)
    held.close()
    take_lock(tmp_path).close()


def test_an_answer_is_believed_only_when_it_speaks_of_every_reading_in_order() -> None:
    sent = [Waiting(1, "a", "d", "{}"), Waiting(2, "b", "d", "{}")]

    def of(status: int, body: object, **headers: str) -> object:
        return judge(httpx.Response(status, json=body, headers=headers), sent)

    good = [{"id": "a", "verdict": "accepted"}, {"id": "b", "verdict": "something new"}]
    assert of(200, good) == Taken({"a": "accepted"})
    assert isinstance(of(200, good[::-1]), NotNow)
    assert isinstance(of(200, {"taken": 2}), NotNow)
    assert of(422, {"detail": "odd", "taken": True}) == TooMuch(422, "odd", None)
    assert of(422, {"detail": "odd", "taken": 1}) == TooMuch(422, "odd", 1)
    assert of(503, None, **{"retry-after": "7"}) == NotNow("busy", "The terminal answers 503.", 503, 7.0)
    assert of(503, None, **{"retry-after": "soon"}) == NotNow("busy", "The terminal answers 503.", 503, 0.0)

"""Real processes on real ports: gateway and terminal are killed at random while somebody scans.

The operator does what operators do: a label that has not beeped is scanned again. Then every label must be in the
journal, in the order in which it was scanned, and no reading twice.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from terminal import access
from terminal.cli import main
from terminal.gateway.configured import read
from terminal.store import Store, url_of
from terminal.store.devices import Device
from terminal.store.journal import everything
from terminal.store.outbox import look
from terminal.store.verify import verify
from tests.support.app import NOON, sscc
from tests.support.gateways import Process, Scanner, free_port, gateway_toml, scanner_of
from tests.support.wires import run, until
from workflows.stages import Stage

LABELS = 40
SETTINGS: dict[str, Any] = {"retry_s": 0.3, "timeout_s": 2.0, "verdict_s": 1.0, "keep_free_mb": 0}


def terminal_toml(folder: Path, port: int) -> Path:
    path = folder / "karvon.toml"
    path.write_text(
        f'data_dir = "data"\n[server]\nport = {port}\n[[points]]\nid = "tally-1"\nname = "Tally"\nsteps = ["TALLY"]\n',
        encoding="utf-8",
    )
    (folder / "data").mkdir()
    return path


def code_for(folder: Path) -> str:
    """A one-time code of a new gateway."""
    device = Device(
        "gate-pc", "gateway", "Gate PC", NOON, "tally-1", frozenset({Stage.TALLY}), frozenset({"readings"})
    )
    with Store.open(url_of(folder / "data" / "karvon.sqlite3")) as store:
        return store.write_now(lambda books: access.add_device(books, device, "test", datetime.now(UTC)))


def test_every_scan_is_booked_once_and_in_order_whatever_is_killed(tmp_path: Path) -> None:
    async def story() -> list[str]:
        port, chance = free_port(), random.Random(20261116)
        config = terminal_toml(tmp_path, port)
        code = code_for(tmp_path)

        def started(command: str, file: Path) -> Process:
            process = Process(command, "--config", str(file), log=tmp_path / f"{command}.log")
            at_the_end.callback(process.kill)
            return process

        def terminal() -> Process:
            return started("serve", config)

        def gateway() -> Process:
            return started("gateway", gate)

        serving = terminal()
        async with Scanner() as scanner:
            gate = gateway_toml(tmp_path, [scanner_of(scanner.url)], **SETTINGS)
            await enrol(gate, port, code)
            assert await asyncio.to_thread(enrolling, gate, port, code) == 2, "a code works once"
            working = gateway()
            labels = [sscc(number) for number in range(LABELS)]
            beeps: Counter[bytes] = Counter()

            async def scanning() -> None:
                for label in labels:
                    beeps[await scanner.scan_until_heard(f"00{label}", 3.0)] += 1
                    await asyncio.sleep(chance.random() * 0.05)

            operator = asyncio.create_task(scanning())
            for number in range(5):
                await asyncio.wait({operator}, timeout=0.2 + chance.random() * 0.8)
                if number % 2:
                    serving.kill()
                    serving = terminal()
                else:
                    working.kill()
                    await until(
                        lambda: not scanner.connected.is_set(), "the scanner sees that nobody listens"
                    )
                    working = gateway()
            await operator
            assert beeps[b"R"] > 0, "some verdicts came back in time"
            await emptied(gate)
            assert working.stop() == 0
        serving.stop()
        return labels

    with ExitStack() as at_the_end:
        labels = run(story())
    with Store.open(url_of(tmp_path / "data" / "karvon.sqlite3")) as store:
        with store.reading() as reader:
            entries = [e for e in everything(reader.connection) if e.type == "StepRefused"]
        with closing(store.connect()) as connection:
            assert verify(connection).ok
    assert max(Counter(entry.facts["nonce"] for entry in entries).values()) == 1
    booked = [entry.data["asked"]["code"] for entry in entries]
    assert [code for code, _ in groupby(booked)] == [f"00{label}" for label in labels]


def enrolling(gate: Path, port: int, code: str) -> int:
    """The command; its exit code."""
    return main(["gateway", "enrol", f"http://127.0.0.1:{port}", code, "--config", str(gate)])


async def enrol(gate: Path, port: int, code: str) -> None:
    """Enrol, as soon as the terminal answers."""
    for _ in range(200):
        answer = await asyncio.to_thread(enrolling, gate, port, code)
        if answer == 0:
            return
        assert answer == 3
        await asyncio.sleep(0.1)
    raise AssertionError("the terminal never answered")


async def emptied(gate: Path) -> None:
    """Wait until the queue is empty."""
    configured = read(gate)
    for _ in range(600):
        amounts, parked = look(configured.queue, configured.limit_bytes)
        assert parked == []
        if not amounts.waiting:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(json.dumps(amounts.per_device))

"""What a batch of scans asks of the database: the figures by which the gate stays quick, held without a clock."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from terminal.store.sqlite import SqliteConnection
from tests.support.app import Terminal, nonce
from tests.terminal.api.test_scans import open_up, truck

UNITS = 10


@pytest.fixture(scope="module")
def labels(terminal: Terminal) -> list[str]:
    found = terminal.announce("COST-1", UNITS, vehicle=truck())
    open_up(terminal, "COST-1")
    return found


def statements(terminal: Terminal, labels: list[str], step: str, point: str, **where: str) -> Counter[str]:
    """The first words of every statement of one batch in which every unit of a list takes a step."""
    writer = terminal.service.store.writer
    connection = writer.connection()
    assert isinstance(connection, SqliteConnection)
    station = terminal.device(f"cost-{step.lower()}", point, (step,))
    bodies = [
        {
            "nonce": nonce(), "code": label, "step": step, "point": point,
            "scanned_at": terminal.clock.now.isoformat(), "unit_context": where,
        }
        for label in labels
    ]  # fmt: skip
    assert (
        station.send("POST", "/scans", json={**bodies[0], "code": "@@@", "nonce": nonce()}).status_code == 200
    )
    seen: Counter[str] = Counter()

    async def together() -> None:
        await writer._turns.acquire_soon()
        try:
            answers = [
                asyncio.ensure_future(
                    terminal.client.post("/api/v1/scans", json=body, headers=dict(station.headers))
                )
                for body in bodies
            ]
            async with asyncio.timeout(30):
                while writer.depth < len(bodies):  # noqa: ASYNC110 -- the queue rings no bell
                    await asyncio.sleep(0.001)
            connection.raw.set_trace_callback(lambda sql: seen.update([" ".join(sql.split()[:3])]))
        finally:
            writer._turns.release()
        for answer in await asyncio.gather(*answers):
            assert answer.json()["verdict"] == "accepted", answer.text
        connection.raw.set_trace_callback(None)

    terminal.do(together())
    return seen


def test_scans_share_a_transaction_and_ask_little_each(terminal: Terminal, labels: list[str]) -> None:
    assert len(labels) == UNITS
    for step, point, where in (("TALLY", "tally-1", {}), ("STORAGE", "storage-1", {"place": "A-01"})):
        seen = statements(terminal, labels, step, point, **where)
        commits = seen["COMMIT"]
        assert 1 <= commits <= 5, seen  # a batch ends after a while on a slow machine
        assert not [words for words in seen if "SAVEPOINT" in words], seen
        asked = sum(count for words, count in seen.items() if words.startswith("SELECT"))
        assert asked <= 2 * UNITS + 10 * commits, seen  # its nonce and its unit; the rest once a batch

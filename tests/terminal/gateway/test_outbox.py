"""The queue: durable, bounded, in order, once."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.store.outbox import Outbox, OutboxFull, OutboxUnusable, look
from tests.support.wires import run


def box(path: Path, limit: int = 1 << 22) -> Outbox:
    return Outbox(path / "queue.sqlite3", limit_bytes=limit)


def test_what_was_put_in_is_there_after_a_new_start_in_order_and_once(tmp_path: Path) -> None:
    async def story() -> None:
        first = box(tmp_path)
        for number in range(5):
            await first.put(f"id-{number}", "a", str(number))
        await first.put("id-3", "a", "3")
        await first.close()
        second = box(tmp_path)
        found = await second.next("a", 10)
        assert [one.body for one in found] == ["0", "1", "2", "3", "4"]
        await second.done(found[:2])
        assert [one.id for one in await second.next("a", 2)] == ["id-2", "id-3"]
        amounts = await second.amounts()
        assert (amounts.waiting, amounts.sent, amounts.per_device) == (3, 2, {"a": 3})
        await second.close()

    run(story())


def test_commits_are_flushed(tmp_path: Path) -> None:
    async def story() -> None:
        queue = box(tmp_path)
        assert queue._db.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert queue._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        await queue.close()

    run(story())


def test_a_batch_is_bounded_in_bytes_but_never_empty(tmp_path: Path) -> None:
    async def story() -> None:
        queue = box(tmp_path)
        for number in range(3):
            await queue.put(f"id-{number}", "a", "x" * 600)
        assert len(await queue.next("a", 10, 1000)) == 1
        assert len(await queue.next("a", 10, 1300)) == 2
        await queue.close()

    run(story())


def test_a_full_queue_says_so_and_takes_again_when_there_is_room(tmp_path: Path) -> None:
    async def story() -> None:
        queue = box(tmp_path, limit=400_000)
        taken = 0

        async def fill() -> None:
            nonlocal taken
            while True:
                await queue.put(f"id-{taken}", "a", "x" * 20_000)
                taken += 1

        with pytest.raises(OutboxFull, match="limit"):
            await fill()
        assert 10 < taken < 20
        found = await queue.next("a", 100, 1 << 30)
        assert len(found) == taken
        await queue.done(found)
        for number in range(taken - 1):
            await queue.put(f"new-{number}", "a", "x" * 20_000)
        assert queue.path.stat().st_size <= queue.limit_bytes
        await queue.close()

    run(story())


def test_a_parked_reading_keeps_its_place(tmp_path: Path) -> None:
    async def story() -> None:
        queue = box(tmp_path)
        for number in range(3):
            await queue.put(f"id-{number}", "a", str(number))
        (first,) = await queue.next("a", 1)
        await queue.park(first, 422, "unreadable")
        await queue.put("id-0", "a", "0")  # read again after a crash: it lies parked, it does not wait twice
        amounts, parked = look(queue.path, queue.limit_bytes)
        assert (amounts.waiting, amounts.parked) == (2, 1)
        assert (parked[0].id, parked[0].body, parked[0].status, parked[0].why) == (
            "id-0",
            "0",
            422,
            "unreadable",
        )
        assert await queue.unpark(["nobody"]) == 0
        assert await queue.unpark() == 1
        assert [one.id for one in await queue.next("a", 9)] == ["id-0", "id-1", "id-2"]
        await queue.close()

    run(story())


def test_a_damaged_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite3"
    path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    before = path.read_bytes()
    with pytest.raises(OutboxUnusable, match="Move the file away"):
        box(tmp_path)
    assert path.read_bytes() == before
    with pytest.raises(OutboxUnusable):
        look(path, 1)
    with pytest.raises(OutboxUnusable, match="no queue"):
        look(tmp_path / "other", 1)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("pndk"), st.integers(0, 5)), max_size=25))
def test_nothing_leaves_but_by_done_or_park(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    async def story() -> None:
        queue = box(tmp_path_factory.mktemp("q"))
        model: list[str] = []
        parked: set[str] = set()
        for number, (what, size) in enumerate(steps):
            found = await queue.next("a", size) if size else []
            assert [one.id for one in found] == model[:size]
            if what == "p":
                await queue.put(f"id-{number}", "a", "b")
                model.append(f"id-{number}")
            elif what == "d":
                await queue.done(found)
                model = model[len(found) :]
            elif what == "k" and found:
                await queue.park(found[0], 400, "w")
                parked.add(model.pop(0))
        amounts = await queue.amounts()
        assert (amounts.waiting, amounts.parked) == (len(model), len(parked))
        await queue.close()
        with sqlite3.connect(queue.path) as db:
            assert [row[0] for row in db.execute("SELECT id FROM waiting ORDER BY seq")] == model
        db.close()

    run(story())

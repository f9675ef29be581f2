"""Group commit: nobody hears "yes" before the disk has it, and nobody pays for a neighbour's fault."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from terminal.store import Books, Busy, Store, StoreUnavailable
from terminal.store.turns import Turns
from tests.support.builders import REF, SSCCS
from tests.terminal.store.small import begin, context, refused, tallied
from tests.terminal.store.test_books import agrees_with_its_journal, verify_open

CLIENTS = 16


def note(nonce: str) -> Callable[[Books], int]:
    """A work that records one event and answers its number; the same nonce gets the same number."""

    def work(books: Books) -> int:
        if known := books.recall("d", nonce, nonce.encode()):
            return int(known.reply["seq"])
        seq = books.record([refused()], context(nonce=nonce))
        books.remember("d", nonce, nonce.encode(), {"seq": seq})
        return seq

    return work


def test_many_clients_get_one_number_each(store: Store) -> None:
    begin(store)

    async def client(name: int) -> list[int]:
        return [await store.write(note(f"{name}-{count}")) for count in range(25)]

    async def everybody() -> list[list[int]]:
        return await asyncio.gather(*(client(name) for name in range(CLIENTS)))

    answers = asyncio.run(everybody())
    numbers = sorted(number for mine in answers for number in mine)
    assert numbers == list(range(6, 6 + CLIENTS * 25))
    assert all(mine == sorted(mine) for mine in answers)
    assert store.bell.seq == store.tail().seq == numbers[-1]
    assert verify_open(store) is None


def test_a_crowd_shares_commits(store: Store) -> None:
    begin(store)
    commits: list[int] = []
    store.writer._after_write = lambda: commits.append(store.tail().seq)

    async def crowd() -> None:
        await asyncio.gather(*(store.write(note(str(number))) for number in range(200)))

    asyncio.run(crowd())
    assert commits[-1] == 205
    assert len(commits) < 100


def test_a_twin_in_the_same_batch_sees_its_sibling(store: Store) -> None:
    begin(store)

    async def twins() -> list[int]:
        return await asyncio.gather(*(store.write(note("same")) for _ in range(10)))

    assert set(asyncio.run(twins())) == {6}
    assert store.tail().seq == 6


def test_a_failing_work_does_not_touch_its_neighbours(store: Store) -> None:
    begin(store)

    def bad(books: Books) -> None:
        books.record([tallied(), refused()], context())
        books.people.close_sessions_of("nobody")
        raise LookupError("bad day")

    def broken(books: Books) -> None:
        books.connection.run("INSERT INTO counter (board, key, n) VALUES ('x', NULL, 1)")

    async def mixed() -> list[Any]:
        works: list[Callable[[Books], Any]] = [note("a"), bad, note("b"), broken, note("c"), bad]
        return await asyncio.gather(*(store.write(work) for work in works), return_exceptions=True)

    answers = asyncio.run(mixed())
    assert [answers[0], answers[2], answers[4]] == [6, 7, 8]
    assert isinstance(answers[1], LookupError)
    assert isinstance(answers[5], LookupError)
    assert "counter" in str(answers[3])
    agrees_with_its_journal(store)


def test_a_failed_commit_fails_everybody_and_keeps_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(store)
    connection = store.writer.connection()
    commit = connection.commit

    def fail() -> None:
        monkeypatch.setattr(connection, "commit", commit)
        raise OSError("the disk is full")

    monkeypatch.setattr(connection, "commit", fail)

    async def batch() -> list[Any]:
        return await asyncio.gather(*(store.write(note(str(n))) for n in range(5)), return_exceptions=True)

    answers = asyncio.run(batch())
    assert all(isinstance(answer, StoreUnavailable) for answer in answers)
    assert "disk is full" in str(answers[0])
    assert store.tail().seq == store.bell.seq == 5
    assert asyncio.run(batch()) == [6, 7, 8, 9, 10]  # the same nonces, asked again
    agrees_with_its_journal(store)


def test_a_full_disk_is_said_and_survived(sqlite_store: Store) -> None:
    """SQLite ends the whole transaction by itself when the disk is full: every caller of the batch hears it."""
    store = sqlite_store
    begin(store)
    connection = store.writer.connection()
    (pages,) = connection.one("PRAGMA page_count") or (0,)
    connection.one(f"PRAGMA max_page_count={pages + 2}")

    async def batch(name: str) -> list[Any]:
        works = [store.write(note(f"{name}{number}")) for number in range(300)]
        return await asyncio.gather(*works, return_exceptions=True)

    answers = asyncio.run(batch("a"))
    assert any(isinstance(answer, StoreUnavailable) for answer in answers)
    assert all(isinstance(answer, int | StoreUnavailable) for answer in answers)
    kept = {answer for answer in answers if isinstance(answer, int)}
    assert kept == set(range(6, store.tail().seq + 1))
    connection.one("PRAGMA max_page_count=1000000")
    again = asyncio.run(batch("a"))
    assert all(isinstance(answer, int) for answer in again)
    assert len(set(again)) == 300
    agrees_with_its_journal(store)


@pytest.mark.postgres
def test_a_broken_line_is_said_and_mended(postgres_store: Store) -> None:
    store = postgres_store
    begin(store)

    def cut(books: Books) -> None:
        books.record([tallied()], context())
        books.connection.one("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(StoreUnavailable):
        store.write_now(cut)
    assert store.write_now(note("after")) == 6
    assert asyncio.run(store.write(note("again"))) == 7
    agrees_with_its_journal(store)


def test_too_many_waiting_are_told_to_come_back(store_url: str) -> None:
    with Store.open(store_url, queue=10) as store:

        async def crowd() -> list[Any]:
            works = [store.write(note(str(number))) for number in range(30)]
            return await asyncio.gather(*works, return_exceptions=True)

        answers = asyncio.run(crowd())
        busy = [answer for answer in answers if isinstance(answer, Busy)]
        assert len(busy) == 20
        assert busy[0].retry_after >= 1
        assert sorted(answer for answer in answers if isinstance(answer, int)) == list(range(1, 11))


def test_who_goes_away_before_its_turn_is_not_recorded(store: Store) -> None:
    begin(store)

    async def impatient() -> None:
        staying = asyncio.create_task(store.write(note("stays")))
        leaving = asyncio.create_task(store.write(note("leaves")))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.wait([staying, leaving])
        assert leaving.cancelled()
        await store.drained()

    asyncio.run(impatient())
    assert store.tail().seq == 6
    with store.reading() as reader:
        assert reader.recall("d", "leaves", b"leaves") is None


def test_a_loop_that_ends_in_the_middle_leaves_the_store_usable(store: Store) -> None:
    begin(store)

    async def leave() -> None:
        for number in range(50):
            asyncio.get_running_loop().create_task(store.write(note(f"lost {number}")))
        await asyncio.sleep(0)

    asyncio.run(leave())
    seq = store.write_now(note("next"))
    assert store.tail().seq == seq
    assert asyncio.run(store.write(note("after"))) == seq + 1
    agrees_with_its_journal(store)


def test_threads_and_tasks_take_turns(store: Store) -> None:
    """A thread that imports without pause and clients that scan: both come through, in one order."""
    begin(store)
    done = threading.Event()
    chunks: list[int] = []

    def importing() -> None:
        while not done.is_set():
            chunks.append(store.write_now(lambda books: books.record([refused()] * 20, context("import"))))

    async def scans() -> list[int]:
        numbers = [await store.write(note(str(number))) for number in range(30)]
        done.set()
        return numbers

    thread = threading.Thread(target=importing)
    thread.start()
    try:
        numbers = asyncio.run(scans())
    finally:
        done.set()
        thread.join()
    assert len(numbers) == 30
    assert chunks
    assert store.tail().seq == 5 + 30 + 20 * len(chunks)
    assert verify_open(store) is None


def test_readers_see_one_moment_and_never_wait(store: Store) -> None:
    begin(store)
    with store.reading() as before:
        assert before.head().seq == 5

        def work(books: Books) -> None:
            books.record([tallied()], context())
            with store.reading() as during:  # the write is open: others still read what was
                assert during.head().seq == 5
                assert during.unit(SSCCS[0]) == before.unit(SSCCS[0])

        store.write_now(work)
        assert before.head().seq == 5
    with store.reading() as after:
        assert after.head().seq == 6


def test_readers_in_many_threads(store: Store) -> None:
    begin(store)
    wrong: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(20):
                with store.reading() as reader:
                    head = reader.head().seq
                    assert len(reader.entries_after(0, 1000)) == head
                    consignment = reader.consignment(REF)
                    assert consignment is not None
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=read) for _ in range(12)]
    for thread in threads:
        thread.start()
    for number in range(20):
        store.write_now(note(str(number)))
    for thread in threads:
        thread.join()
    assert wrong == []


# --- the bell -------------------------------------------------------------------------------------
def test_the_bell_rings_after_the_commit(store: Store) -> None:
    begin(store)

    async def listen() -> tuple[int, int, int]:
        waiting = asyncio.create_task(store.bell.wait(5, within=30))
        await asyncio.sleep(0)
        await store.write(note("ring"))
        heard = await waiting
        with store.reading() as reader:
            assert reader.head().seq >= heard
        return heard, await store.bell.wait(3, within=30), await store.bell.wait(6, within=0.01)

    assert asyncio.run(listen()) == (6, 6, 6)


def test_the_bell_is_heard_by_threads(store: Store) -> None:
    begin(store)
    heard: list[int] = []
    thread = threading.Thread(target=lambda: heard.append(store.bell.wait_in_thread(5, within=30)))
    thread.start()
    store.write_now(note("ring"))
    thread.join()
    assert heard == [6]
    assert store.bell.wait_in_thread(6, within=0.01) == 6


def test_nothing_rings_when_nothing_happened(store: Store) -> None:
    begin(store)
    store.write_now(lambda books: None)
    assert store.bell.seq == 5


# --- turns ------------------------------------------------------------------------------------------
def test_turns_are_taken_in_order_of_asking() -> None:
    turns = Turns()
    order: list[str] = []

    async def main() -> None:
        turns.acquire()

        async def asks(name: str) -> None:
            await turns.acquire_soon()
            order.append(name)
            turns.release()

        tasks = [asyncio.create_task(asks(name)) for name in "abc"]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.sleep(0)
        turns.release()
        await asyncio.wait(tasks)

    asyncio.run(main())
    assert order == ["a", "c"]
    turns.acquire()
    assert not turns.acquire_first(within=0.01)
    turns.release()
    assert turns.acquire_first(within=1)


def test_a_turn_given_to_a_task_that_left_goes_on() -> None:
    turns = Turns()

    async def main() -> None:
        turns.acquire()
        leaving = asyncio.create_task(turns.acquire_soon())
        await asyncio.sleep(0)
        turns.release()  # handed over, but the task is cancelled before it can run
        leaving.cancel()
        await asyncio.wait([leaving])
        await asyncio.wait_for(turns.acquire_soon(), 10)
        turns.release()

    asyncio.run(main())
    turns.acquire()

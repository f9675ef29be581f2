"""Several servers on one PostgreSQL: one order, no gaps, and each hears the other."""

from __future__ import annotations

import asyncio
import threading

import pytest

from terminal.store import Books, Store
from tests.terminal.store.small import begin, context, refused, tallied
from tests.terminal.store.test_books import agrees_with_its_journal
from tests.terminal.store.test_writer import note
from workflows import events as e
from workflows.stages import Stage

pytestmark = pytest.mark.postgres


def test_two_servers_write_one_journal_while_a_third_follows(postgres_store: Store) -> None:
    begin(postgres_store)
    url, each = postgres_store.url, 150
    seen: list[int] = []

    def serve(name: str) -> None:
        async def scans(store: Store) -> None:
            await asyncio.gather(*(store.write(note(f"{name}-{number}")) for number in range(each)))

        with Store.open(url) as store:
            asyncio.run(scans(store))

    def follow(store: Store) -> None:
        # A follower that only asks "what comes after the last I saw" must never miss a number.
        last = 5
        while last < 5 + 2 * each:
            store.bell.wait_in_thread(last, within=30)
            with store.reading() as reader:
                entries = reader.entries_after(last, 1000)
            seen.extend(entry.seq for entry in entries)
            last = seen[-1] if seen else last

    with Store.open(url, writing=False) as third:
        threads = [threading.Thread(target=serve, args=(name,)) for name in "ab"]
        threads.append(threading.Thread(target=follow, args=(third,)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert seen == list(range(6, 6 + 2 * each))
    agrees_with_its_journal(postgres_store)


def test_the_same_scan_at_two_servers_happens_once(postgres_store: Store) -> None:
    begin(postgres_store)
    with Store.open(postgres_store.url) as other:

        async def both() -> list[int]:
            return await asyncio.gather(
                *(
                    store.write(note(f"n{number}"))
                    for number in range(40)
                    for store in (postgres_store, other)
                )
            )

        answers = asyncio.run(both())
    assert answers[::2] == answers[1::2]
    assert sorted(set(answers)) == list(range(6, 46))


def test_a_server_sees_what_another_changed(postgres_store: Store) -> None:
    """Cached snapshots of one server yield to the newer version another has written."""
    begin(postgres_store)
    label = "095212340001001002"
    ref = "AGA-UZ-2026-0412"

    def look(books: Books) -> tuple[object, object]:
        return books.consignment(ref), books.unit(label)

    with Store.open(postgres_store.url) as other:
        first = other.write_now(look)
        with other.reading() as reader:
            assert reader.consignment(ref) == first[0]
        changes = [tallied(label), e.StageChanged(f"consignment:{ref}", Stage.PRE_ADVICE, Stage.GATE_IN)]
        postgres_store.write_now(lambda books: books.record(changes, context()))
        consignment, unit = other.write_now(look)
        assert consignment is not None
        assert unit is not None
        assert (consignment.stage, unit.stage) == (Stage.GATE_IN, Stage.TALLY)  # type: ignore[attr-defined]
        with other.reading() as reader:
            assert reader.consignment(ref) == consignment


def test_the_bell_of_another_server_rings_even_after_its_line_broke(postgres_store: Store) -> None:
    begin(postgres_store)
    with Store.open(postgres_store.url, writing=False) as other:
        postgres_store.write_now(lambda books: books.record([refused()], context()))
        assert other.bell.wait_in_thread(5, within=30) == 6
        postgres_store.write_now(
            lambda books: books.connection.all(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND query LIKE 'SELECT coalesce(max(seq), 0) FROM event'"
            )
        )
        postgres_store.write_now(lambda books: books.record([refused()], context()))
        assert other.bell.wait_in_thread(6, within=30) == 7


def test_lines_that_broke_while_they_rested_are_opened_again(postgres_store: Store) -> None:
    begin(postgres_store)
    with Store.open(postgres_store.url) as other:
        with other.reading() as one, other.reading() as two:
            assert one.head() == two.head()
        postgres_store.write_now(
            lambda books: books.connection.all(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
        assert other.tail().seq == 5
        assert other.write_now(note("after the restart")) == 6
        assert asyncio.run(postgres_store.write(note("here too"))) == 7

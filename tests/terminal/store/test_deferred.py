"""Rows that wait for their batch: neighbours see them, other statements find them, a failed work takes only its own."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from terminal.store import Books, Soon, Store
from terminal.store.reader import nonce_key
from tests.support.builders import SSCCS
from tests.terminal.store.small import begin, context, tallied
from tests.terminal.store.test_books import agrees_with_its_journal
from workflows import events as e
from workflows.stages import Stage

LABEL = SSCCS[0]


def moved(books: Books, place: str) -> int:
    """The unit goes to ``place``, wherever it stands."""
    unit = books.unit(LABEL)
    assert unit is not None
    return books.record([e.UnitMoved(f"unit:{LABEL}", unit.stage, Stage.STORAGE, place)], context())


def test_a_batch_is_one_story_whatever_its_works_ask(store: Store) -> None:
    begin(store)
    store.write_now(lambda books: books.record([tallied()], context()))
    start = store.tail().seq

    def move(place: str) -> Any:
        return lambda books: moved(books, place)

    def fails_at_once(books: Books) -> None:
        moved(books, "X-01")
        books.remember("d", "lost", b"", {"seq": 1})
        raise LookupError("before the database heard of it")

    def fails_after_asking(books: Books) -> None:
        moved(books, "X-02")
        assert books.connection.one("SELECT place FROM unit WHERE place = ?", ("X-02",)) == ("X-02",)
        assert books.connection.one("SELECT max(seq) FROM event") == (books.head().seq,)
        books.devices.changes()
        raise LookupError("after the database heard of it")

    def asks(books: Books) -> str | None:
        assert books.recall("d", "lost", b"") is None
        assert books.recall("d", "kept", b"") is not None
        row = books.connection.one("SELECT place FROM unit WHERE place = ?", ("A-02",))
        return row[0] if row else None

    def keeps(books: Books) -> int:
        books.remember("d", "kept", b"", {"seq": 7})
        known = books.recall("d", "kept", b"")
        assert known is not None
        return int(known.reply["seq"])

    works = [
        move("A-01"), fails_at_once, keeps, move("A-02"), asks, fails_after_asking, fails_at_once, move("A-03"), asks
    ]  # fmt: skip

    async def batch() -> list[Any]:
        soon = Soon(nonce_key("d", "kept"), int(LABEL))
        writes = (store.write(work, soon) for work in works)
        return await asyncio.gather(*writes, return_exceptions=True)

    answers = asyncio.run(batch())
    assert [answers[0], answers[2], answers[3], answers[4]] == [start + 1, 7, start + 2, "A-02"]
    assert all(isinstance(answers[place], LookupError) for place in (1, 5, 6))
    assert (answers[7], answers[8]) == (start + 3, None)
    with store.reading() as reader:
        unit = reader.stored_unit(LABEL)
        assert unit is not None
        assert (unit.value.place, unit.last_seq) == ("A-03", start + 3)
    agrees_with_its_journal(store)


def test_what_is_foreseen_wrongly_harms_nobody(store: Store) -> None:
    begin(store)

    async def batch() -> list[int]:
        soons = [None, Soon(b"x"), Soon(nonce_key("d", "n"), 7), Soon(b"", 2**62)]
        return await asyncio.gather(
            *(store.write(lambda books: moved(books, "B-01"), soon) for soon in soons)
        )

    assert len(set(asyncio.run(batch()))) == 4
    agrees_with_its_journal(store)


@pytest.mark.parametrize("twice", [False, True])
def test_the_figures_of_the_boards_follow(store: Store, twice: bool) -> None:
    begin(store)

    async def batch() -> None:
        works = [lambda books: books.record([tallied()], context()), lambda books: moved(books, "C-01")]
        await asyncio.gather(*(store.write(work) for work in works * (2 if twice else 1)))

    asyncio.run(batch())
    with store.reading() as reader:
        assert reader.counters("unit.stage")[Stage.STORAGE] == 1
    agrees_with_its_journal(store)

"""Emptied events on both databases: the chain stays whole, the guards are back, rows follow."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from terminal.store import Books, Store, emptying, purges
from terminal.store.fold import verify_state
from terminal.store.verify import verify
from tests.terminal.store.small import begin, context
from workflows import events as e
from workflows.events_retention import DataPurged
from workflows.retention import DELETED, names_in, without_persons


def test_the_journal_stays_whole_and_guarded(store: Store) -> None:
    begin(store)
    visit = "visit:V-9"
    store.write_now(
        lambda books: books.record(
            [
                e.VisitAnnounced(visit, "01A001AA"),
                e.VisitEntered(visit, "01A001AA", driver="Anvar Test-Driver"),
            ],
            context(),
        )
    )
    head = store.tail()

    def purge(books: Books) -> None:
        (entry,) = [one for one in books.entries_after(0, 100) if one.type == "VisitEntered"]
        data = without_persons(entry.type, entry.data, names_in(entry.type, entry.data))
        assert data["driver"] == DELETED
        left = emptying.rewrite(books.connection, {entry.seq: emptying.emptied(entry, data)})
        books.record(
            [DataPurged(purges.SUBJECT, "drivers", datetime(2026, 1, 1, tzinfo=UTC), left)], context()
        )
        emptying.make_anew(books.connection)

    store.write_now(purge)
    connection = store.connect()
    try:
        report = verify(connection, expected=head)
        assert (report.broken, [one.rule for one in report.purged]) == (None, ["drivers"])
        assert verify_state(connection) is None
    finally:
        connection.close()
    with pytest.raises(Exception, match="append-only"):
        store.write_now(lambda books: books.connection.run("UPDATE event SET type = 'x' WHERE seq = 1"))

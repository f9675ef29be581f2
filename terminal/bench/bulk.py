"""A large terminal in minutes: rows and events of many units written straight into the file, in the very form of ours.

``python -m terminal.bench.bulk DIR UNITS`` makes one. Every unit was declared, tallied, and moved three times: five
events a unit. What stands in the file afterwards is what the terminal itself would have written: ``karvon verify --state``
proves it, and a test does.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from terminal.bench.store import label
from terminal.store import Store, journal, snapshots, sqlite_path, url_in
from terminal.store.codes import STAGE_NUMBER, fold, sscc_number
from terminal.store.columns import consignment_columns, papers_columns
from terminal.store.journal import GENESIS, Head, leaf_hash
from terminal.store.sql import Row
from terminal.store.written import plain_written
from workflows import events as e
from workflows import evolve
from workflows.events import Context, Event
from workflows.papers import Mode, Papers
from workflows.stages import Stage

#: units of one consignment
TOGETHER = 1000
#: events of a unit
STEPS = 5
KG = Decimal(700)
_PLACE = "A-42"
_SETTINGS = ("journal_mode = OFF", "synchronous = OFF", "cache_size = -262144", "temp_store = MEMORY")


class _Series:
    """The journal as it grows: every event chained to the one before."""

    def __init__(self, context: Context, at: datetime) -> None:
        self.head = Head(0, GENESIS)
        self._context, self._at = context, at
        stamp = plain_written(journal.stamp(at))
        self._start = b'{"at":%b,"data":' % stamp
        self._middle = b',"device":null,"device_at":null,"id":"'
        self._then = b'","nonce":null,"point":null,"prev_hash":"'
        self._late = b'","recorded_at":%b,"seq":' % stamp
        self._end = b',"who":%b}' % plain_written(context.who)

    def one(self, event: Event) -> Row:
        """Any event, of a subject that had none before."""
        self.head, row = journal.following(
            self.head, event, self._context, id=_identity(self.head.seq + 1), recorded_at=self._at, prev=0
        )
        return row

    def many(self, event: Event, labels: list[str], prevs: list[int]) -> Iterator[Row]:
        """The same event of many units; ``prevs`` are the last events of each."""
        start = self._start + plain_written(event.data()) + self._middle
        kind = event.type
        end = b'","type":"%b"%b' % (kind.encode(), self._end)
        seq, hash_ = self.head.seq, self.head.hash
        for text, prev in zip(labels, prevs, strict=True):
            seq += 1
            body = b'%b%b%b%b%b%d,"subject":"unit:%b%b' % (
                start, _identity(seq).encode(), self._then, hash_.hex().encode(), self._late, seq, text.encode(), end,
            )  # fmt: skip
            hash_ = leaf_hash(body)
            yield seq, kind, f"unit:{text}", prev, body, hash_
        self.head = Head(seq, hash_)


def _identity(seq: int) -> str:
    return f"01900000-0000-7000-8000-{seq:012x}"


def fill(folder: Path, units: int) -> float:
    """Make the store of ``folder`` with so many units, unless it has some; returns events/s (0 when nothing was to do)."""
    with Store.open(url_in(folder)) as store, store.reading() as reader:
        if reader.head().seq:
            return 0.0
    path = sqlite_path(url_in(folder))
    assert path is not None
    raw = sqlite3.connect(path, isolation_level=None)
    begin = time.perf_counter()
    try:
        for setting in _SETTINGS:
            raw.execute(f"PRAGMA {setting}")
        guards = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            raw.execute(f'DROP TRIGGER "{name}"')
        raw.execute("BEGIN")
        events = _write(raw, units)
        for _, sql in guards:
            raw.execute(sql)
        raw.execute("COMMIT")
        raw.execute("PRAGMA journal_mode = WAL")
    finally:
        raw.close()
    return events / (time.perf_counter() - begin)


def _write(raw: sqlite3.Connection, units: int) -> int:
    at = datetime.now(UTC)
    context = Context("bench", at)
    series = _Series(context, at)
    row = "INSERT INTO event (seq, type, subject, prev, body, hash) VALUES (?, ?, ?, ?, ?, ?)"
    consignments = 0
    for first in range(0, units, TOGETHER):
        ref, labels = f"BENCH-{first}", [label(n) for n in range(first, min(first + TOGETHER, units))]
        key = _consignment(raw, series, ref, context, row)
        consignments += 1
        prevs = [0] * len(labels)
        for event in (
            e.UnitDeclared("unit:", ref, KG),
            e.UnitTallied("unit:", Stage.PRE_ADVICE),
            e.UnitMoved("unit:", Stage.TALLY, Stage.STORAGE, "A-40"),
            e.UnitMoved("unit:", Stage.STORAGE, Stage.STORAGE, "A-41"),
            e.UnitMoved("unit:", Stage.STORAGE, Stage.STORAGE, _PLACE),
        ):
            begun = series.head.seq
            raw.executemany(row, series.many(event, labels, prevs))
            prevs = list(range(begun + 1, series.head.seq + 1))
        stage = STAGE_NUMBER[Stage.STORAGE]
        raw.executemany(
            "INSERT INTO unit (id, consignment_key, stage, open_holds, visit_key, parent, place, gross_kg, condition, "
            "line, label, version, last_seq) VALUES (?, ?, ?, 0, NULL, NULL, ?, ?, 'GOOD', NULL, NULL, 5, ?)",
            (
                (sscc_number(text), key, stage, _PLACE, str(KG), last)
                for text, last in zip(labels, prevs, strict=True)
            ),
        )
    raw.executemany(
        "INSERT INTO counter (board, key, n) VALUES (?, ?, ?)",
        [("unit.stage", Stage.STORAGE, units), ("consignment.stage", Stage.PRE_ADVICE, consignments)],
    )
    return series.head.seq


def _consignment(raw: sqlite3.Connection, series: _Series, ref: str, context: Context, row: str) -> int:
    papers = Papers(ref, Mode.ROAD, "Agency A", "Agency A Country Office")
    event = e.ConsignmentAnnounced(f"consignment:{ref}", papers, "0" * 64)
    raw.execute(row, series.one(event))
    new = evolve.consignment(None, event, context.who, context.at)
    assert new is not None
    (key,) = raw.execute(
        "INSERT INTO consignment (ref, ref_folded, stage, since, lane, open_holds, sender, consignee, sender_folded, "
        "search, state, version, last_seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?) RETURNING key",
        (
            ref,
            fold(ref),
            *consignment_columns(new),
            *papers_columns(new),
            snapshots.dump_state(new),
            series.head.seq,
        ),
    ).fetchone()
    raw.execute(
        "INSERT INTO papers (consignment_key, body, version) VALUES (?, ?, 1)", (key, snapshots.dump(papers))
    )
    return int(key)


def main() -> int:
    """Make a large terminal."""
    folder, units = Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{fill(folder, units):.0f} events/s")
    return 0


if __name__ == "__main__":
    sys.exit(main())

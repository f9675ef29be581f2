"""Many units at once are written byte for byte as they are one by one, on both databases."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.store import Store, declaring, journal
from terminal.store.fold import verify_state
from terminal.store.journal import Head
from terminal.store.prepared import plain_rows, prepare
from terminal.store.verify import verify
from workflows.events import ConsignmentAnnounced, Context, Event, HoldPlaced, ScanNoted, UnitDeclared
from workflows.findings import Finding, Severity
from workflows.papers import Line, Mode, PaperDate, Papers, TemperatureRange
from workflows.plain import to_plain
from workflows.state import Authority, Hold, HoldReason, HoldSeverity
from workflows.steps_consignment import counted

NOW = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
texts = st.text(max_size=12).filter(lambda text: text.isprintable())
contexts = st.builds(
    Context, texts, st.just(NOW), st.none() | texts, st.none() | st.just(NOW), st.none() | texts, st.none() | texts
)  # fmt: skip
declared = st.builds(
    UnitDeclared,
    texts.map("unit:{}".format),
    texts,
    st.none() | st.decimals(0, 9999, places=2),
    st.none() | st.integers(0, 9),
    st.none() | texts,
)


@given(st.lists(declared, max_size=5), contexts, st.integers(0, 9))
def test_a_series_of_events_has_the_bytes_of_each_alone(
    events: list[UnitDeclared], context: Context, seq: int
) -> None:
    ids = [f"id-{number}" for number in range(len(events))]
    head, rows = Head(seq, b"\1" * 32), []
    for event, identity in zip(events, ids, strict=True):
        head, row = journal.following(head, event, context, id=identity, recorded_at=NOW, prev=0)
        rows.append(row)
    assert journal.following_many(Head(seq, b"\1" * 32), events, context, ids, NOW) == (head, rows)


@given(texts, texts, contexts, st.lists(texts, max_size=3))
def test_papers_written_beforehand_give_the_same_event(
    ref: str, source: str, context: Context, goods: list[str]
) -> None:
    lines = tuple(Line(no, text, raw={"description": text}) for no, text in enumerate(goods))
    papers = Papers(ref, Mode.ROAD, "Agency A", source, lines=lines)
    prepared = prepare(papers)
    found = (Finding("DAT-01", Severity.WARN, "line:1", {"text": source}),)
    headers = {source: {"consignee": ref}}
    event = ConsignmentAnnounced("consignment:X", papers, counted(papers).digest, source, found, headers)
    told: dict[str, Any] = {"id": "1", "recorded_at": NOW, "prev": 0}
    plainly = journal.following(Head(0, b"\0" * 32), event, context, **told)
    beforehand = journal.following(Head(0, b"\0" * 32), event, context, data=prepared.data_of(event), **told)
    assert beforehand == plainly
    assert prepared.counted.digest == counted(papers).digest
    assert (
        prepared.data_of(ConsignmentAnnounced("consignment:X", Papers(ref, Mode.ROAD, "A", "B"), "")) is None
    )


def announced(ref: str) -> ConsignmentAnnounced:
    papers = Papers(ref, Mode.ROAD, "Agency A", "Agency A Country Office")
    return ConsignmentAnnounced(f"consignment:{ref}", papers, "0" * 64)


def unbroken(store: Store) -> None:
    """Journal and rows are what they must be."""
    with closing(store.connect()) as connection:
        assert verify(connection).ok
        assert verify_state(connection) is None


def label(number: int) -> str:
    return f"{340123450000000000 + number:018d}"


def test_units_of_a_long_list_stand_as_if_they_had_been_recorded_one_by_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among them a label of another consignment, one that was scanned before anybody announced it, one named twice, and
    one that is no SSCC."""
    monkeypatch.setattr(declaring, "CHUNK", 70)
    context = Context("person:1", NOW)

    def work(books: Any) -> None:
        books.record([announced("A-1"), UnitDeclared(f"unit:{label(5)}", "A-1")], context)
        books.record([ScanNoted(f"unit:{label(50)}", "TALLY", label(50), {}), announced("B-1")], context)
        units = [UnitDeclared(f"unit:{label(n)}", "B-1", Decimal(n), n) for n in range(200)]
        units += [UnitDeclared("unit:KRV:HOUSE-1", "B-1"), UnitDeclared(f"unit:{label(9)}", "B-1")]
        units += [UnitDeclared(f"unit:{label(n)}", "A-1") for n in range(200, 300)]
        books.record(units, context)

    store.write_now(work)
    with store.reading() as reader:
        owners = reader.owners_among([label(n) for n in range(300)])
        assert owners[label(5)] == "A-1"
        assert sum(ref == "B-1" for ref in owners.values()) == 199
        assert reader.unit("KRV:HOUSE-1") is not None
        assert [entry.seq for entry in reader.history(f"unit:{label(9)}")] == [206, 14]
        assert [entry.seq for entry in reader.history(f"unit:{label(50)}")] == [55, 3]
        assert [entry.seq for entry in reader.history(f"unit:{label(5)}")] == [10, 2]
    unbroken(store)


def test_a_work_that_fails_after_many_units_leaves_nothing(store: Store) -> None:
    context = Context("person:1", NOW)

    def work(books: Any) -> None:
        events: list[Event] = [announced("C-1")]
        books.record([*events, *(UnitDeclared(f"unit:{label(n)}", "C-1") for n in range(200))], context)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        store.write_now(work)
    with store.reading() as reader:
        assert reader.unit(label(0)) is None
        assert reader.head().seq == 0
    numbers = count()
    store.write_now(lambda books: books.record([announced(f"D-{next(numbers)}")], context))
    unbroken(store)


@given(
    st.lists(
        st.builds(
            Line,
            st.integers(-(2**70), 2**70),
            st.text(max_size=9),
            packages=st.none() | st.integers(0, 2**65),
            gross_kg=st.none() | st.decimals(allow_nan=False, allow_infinity=False),
            expiry=st.none()
            | st.builds(PaperDate, st.text(max_size=5), st.lists(st.dates(), max_size=2).map(tuple)),
            temperature=st.none()
            | st.builds(TemperatureRange, st.text(max_size=5), st.none(), st.decimals(-90, 90, places=1)),
            raw=st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2).map(MappingProxyType),
        ),
        max_size=4,
    )
)
def test_rows_go_through_the_fast_library_as_through_ours(lines: list[Line]) -> None:
    assert plain_rows(lines) == [to_plain(line) for line in lines]
    assert [list(row) for row in plain_rows(lines)] == [list(to_plain(line)) for line in lines]


def hold(number: int, subject: str) -> HoldPlaced:
    placed = Hold(
        id=f"hold-{number}", subject=subject, authority=list(Authority)[number % 3], reason=HoldReason.OTHER,
        severity=HoldSeverity.HOLD, placed_by="person:1", placed_at=NOW, check="EXP-05", target=f"line:{number}",
    )  # fmt: skip
    return HoldPlaced("consignment:E-1", placed)


def test_holds_of_a_long_list_stand_as_if_they_had_been_placed_one_by_one(store: Store) -> None:
    """Those on the consignment together, one on a unit among them by itself."""
    context = Context("person:1", NOW)

    def work(books: Any) -> None:
        here = "consignment:E-1"
        first = [announced("E-1"), UnitDeclared(f"unit:{label(1)}", "E-1")]
        many = [hold(number, here) for number in range(40)]
        books.record(
            [*first, *many, hold(40, f"unit:{label(1)}"), *(hold(n, here) for n in (41, 42))], context
        )

    store.write_now(work)
    with store.reading() as reader:
        consignment = reader.consignment("E-1")
        assert consignment is not None
        assert [one.id for one in consignment.holds] == [f"hold-{number}" for number in range(43)]
        assert len(reader.history("consignment:E-1")) == 44
        one = reader.hold("hold-7")
        assert one is not None
        assert one.target == "line:7"
    unbroken(store)

"""The books: projections are the fold of the journal, figures are counts, a nonce is answered once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.store import Books, Reader, Recalled, Store
from terminal.store.fold import verify_state
from terminal.store.journal import everything
from terminal.store.reader import nonce_key
from terminal.store.verify import Broken, verify
from tests.support.builders import NOON, PEOPLE, PLATE, REF, SSCCS, World, must, papers, weight
from tests.terminal.store.small import announced, begin, context, refused, tallied
from workflows import events as e
from workflows import evolve
from workflows.stages import Stage
from workflows.state import (
    Authority,
    Consignment,
    Hold,
    HoldOutcome,
    HoldReason,
    HoldSeverity,
    Seal,
    Unit,
    Visit,
)


def replay(reader: Reader) -> tuple[dict[str, Consignment], dict[str, Unit], dict[str, Visit]]:
    """State as the journal alone tells it."""
    consignments: dict[str, Consignment] = {}
    units: dict[str, Unit] = {}
    visits: dict[str, Visit] = {}
    for entry in everything(reader.connection):
        event, name = entry.event, entry.subject.partition(":")[2]
        if entry.subject.startswith("consignment:"):
            after = evolve.consignment(consignments.get(name), event, entry.who, entry.at)
            if after is not None:
                consignments[name] = after
        if entry.subject.startswith("unit:") and (unit := evolve.unit(units.get(name), event)):
            units[name] = unit
        if entry.subject.startswith("visit:") and (visit := evolve.visit(visits.get(name), event, entry.at)):
            visits[name] = visit
        if isinstance(event, e.UnitLoaded | e.UnitUnloaded):
            moved = evolve.visit(visits[event.visit], event, entry.at)
            assert moved is not None
            visits[event.visit] = moved
    return consignments, units, visits


def agrees_with_its_journal(store: Store, *, rows: bool = True) -> None:
    """Every projection, figure and link is what the journal says; ``rows`` compares the rows themselves too."""
    with store.reading() as reader:
        consignments, units, visits = replay(reader)
        assert {ref: reader.consignment(ref) for ref in consignments} == consignments
        assert {label: reader.unit(label) for label in units} == units
        assert {name: reader.visit(name) for name in visits} == visits
        boards: dict[str, Mapping[str, Consignment | Unit | Visit]]
        boards = {"consignment": consignments, "unit": units, "visit": visits}
        for board, things in boards.items():
            stages = Counter(thing.stage.value for thing in things.values())
            assert reader.counters(f"{board}.stage") == dict(stages)
        holds = [h for consignment in consignments.values() for h in consignment.holds]
        holds += [h for visit in visits.values() for h in visit.holds]
        open_holds = [hold for hold in holds if hold.open]
        assert reader.counters("hold.open") == dict(Counter(h.authority.value for h in open_holds))
        assert sorted(line.hold.id for line in reader.holds_open(limit=1000)) == sorted(
            h.id for h in open_holds
        )
        for hold in holds:
            assert reader.hold(hold.id) == hold
        for label in units:
            stored = reader.stored_unit(label)
            assert stored is not None
            assert stored.open_holds == sum(h.subject == f"unit:{label}" for h in open_holds)
        for ref, consignment in consignments.items():
            (line,) = [line for line in reader.consignments(limit=1000) if line.ref == ref]
            assert line.open_holds == sum(h.open for h in consignment.holds)
            assert (line.stage, line.since, line.lane) == (
                consignment.stage,
                consignment.since,
                consignment.lane,
            )
            aboard = {name: visit.loaded.get(ref, 0) for name, visit in visits.items() if ref in visit.aboard}
            assert reader.visits_of(ref) == aboard
            declared = Counter(unit.stage for unit in units.values() if unit.consignment == ref)
            assert reader.unit_stages(ref) == dict(declared)
        broken = verify_open(store, rows=rows)
        assert broken is None, broken


def verify_open(store: Store, *, rows: bool = False) -> Broken | None:
    """What verification finds wrong, if anything."""
    connection = store.connect()
    try:
        return verify(connection).broken or (verify_state(connection) if rows else None)
    finally:
        connection.close()


def keep(store: Store, world: World, done: int = 0) -> int:
    """Record what a world did since ``done``, each event by its own author."""

    def work(books: Books) -> None:
        for event, who, at in world.journal[done:]:
            books.record([event], context(who, at))

    store.write_now(work)
    return len(world.journal)


def test_a_day_from_pre_advice_to_the_gate(store: Store) -> None:
    world = World.announced()
    world.arrive_and_clear()
    done = keep(store, world)
    agrees_with_its_journal(store)
    world.place("C1", f"unit:{SSCCS[1]}")
    world.place("C1")
    done = keep(store, world, done)
    agrees_with_its_journal(store)
    must(world.lift("C1", "H1"))
    must(world.lift("C1", "H2", HoldOutcome.CLEARED_NO_FINDING))
    world.release()
    world.load_all()
    must(world.do("C1", Stage.SEAL, on_visit=True, seals=(Seal("S1"),)))
    done = keep(store, world, done)
    agrees_with_its_journal(store)
    with store.reading() as reader:
        assert [unit.label for unit in reader.units_on("V1")] == sorted(SSCCS)
        assert reader.visits_of(REF) == {"V1": 3}
        before_gate = reader.consignment(REF)
    must(world.do("W", Stage.WEIGH_OUT, on_visit=True, weight=weight(17664, at=world.now)))
    must(world.do("G", Stage.GATE_OUT, on_visit=True, plate=PLATE, seals=(Seal("S1"),)))
    keep(store, world, done)
    agrees_with_its_journal(store)
    with store.reading() as reader:
        assert reader.consignment(REF) == world.consignment != before_gate
        assert {line.what for line in reader.weighings()} >= {"OUT"}
        assert reader.weighings(subject="visit:V1", scale="WB-1") == reader.weighings()
        assert reader.weighings()[0].kg == Decimal(17664)
    # what another process would read, with no cache at all
    with Store.open(store.url, writing=False) as other, other.reading() as reader:
        assert reader.consignment(REF) == world.consignment
        assert reader.visit("V1") == world.visit


@pytest.mark.parametrize("who", ["R1"])
def test_an_approval_that_falls_away_leaves_its_row(store: Store, who: str) -> None:
    world = World.announced()
    world.arrive_and_clear()
    world.release()
    must(world.amend(who, consignee="Somebody Else"))
    keep(store, world)
    agrees_with_its_journal(store)
    with store.reading() as reader:
        rows = reader.connection.all(
            "SELECT kind, given_by, dropped_seq IS NULL FROM permission ORDER BY seq"
        )
        found = {kind: (by, bool(in_force)) for kind, by, in_force in rows}
        assert found["CUSTOMS_RELEASE"] == (PEOPLE["C1"].id, False)
        assert found["TERMINAL_RELEASE"] == (PEOPLE["R1"].id, False)
        assert [line.ref for line in reader.consignments(text="somebody else")] == [REF]


def test_weights_come_back_exact(store: Store) -> None:
    begin(store, labels=())
    odd = [Decimal("0.1"), Decimal("407.250"), Decimal("12345678.90123456789"), Decimal("1E+3"), None]
    labels = [f"bag {number}" for number in range(len(odd))]
    declared = [e.UnitDeclared(f"unit:{label}", REF, kg) for label, kg in zip(labels, odd, strict=True)]
    store.write_now(lambda books: books.record(declared, context()))
    with store.reading() as reader:
        units = [reader.unit(label) for label in labels]
        assert [unit and unit.gross_kg for unit in units] == odd


def test_house_labels_and_sscc_stand_side_by_side(store: Store) -> None:
    labels = ("000000000000000017", "999999999999999999", "TCC-0001", "TCC-0002", "095212340001001002")
    begin(store, labels=labels)
    with store.reading() as reader:
        units = [reader.unit(label) for label in labels]
        assert [unit and unit.label for unit in units] == list(labels)
        assert reader.unit("17") is None
        assert reader.unit("00000000000000001７") is None  # a full-width digit is not a digit of an SSCC
        pages: list[str] = []
        after = None
        while page := reader.units_of(REF, after, limit=2):
            pages += [unit.label for unit in page]
            after = page[-1].label
        assert pages == [
            "000000000000000017",
            "095212340001001002",
            "999999999999999999",
            "TCC-0001",
            "TCC-0002",
        ]


def test_units_are_found_where_they_stand(store: Store) -> None:
    begin(store)
    put_away = [
        tallied(SSCCS[0]),
        e.UnitMoved(f"unit:{SSCCS[0]}", Stage.TALLY, Stage.STORAGE, "A-12"),
        tallied(SSCCS[1]),
        e.UnitLoaded(f"unit:{SSCCS[1]}", Stage.TALLY, f"V-{REF}", REF, Decimal("407.25")),
    ]
    store.write_now(lambda books: books.record(put_away, context()))
    agrees_with_its_journal(store)
    with store.reading() as reader:
        assert [unit.label for unit in reader.units_in("A-12")] == [SSCCS[0]]
        assert [unit.label for unit in reader.units_on(f"V-{REF}")] == [SSCCS[1]]
    back = e.UnitUnloaded(f"unit:{SSCCS[1]}", f"V-{REF}", REF, Decimal("407.25"))
    store.write_now(lambda books: books.record([back], context()))
    agrees_with_its_journal(store)


# --- boards and search ------------------------------------------------------------------------------
def test_pages_of_a_board_hold_everything_once(store: Store) -> None:
    refs = [f"R-{number:03d}" for number in range(25)]

    def work(books: Books) -> None:
        for number, ref in enumerate(refs):
            at = NOON.replace(minute=number % 3)  # many share a time: the key decides
            books.record(announced(ref, ()), context("a", at))
            books.record([e.VisitAnnounced(f"visit:V-{ref}", f"01A{number:03d}BC")], context("d", at))

    store.write_now(work)
    with store.reading() as reader:
        for pages in (
            lambda after: reader.consignments_at(Stage.PRE_ADVICE, after, limit=4),
            lambda after: reader.consignments(after, limit=4),
        ):
            seen, after = [], None
            while lines := pages(after):  # type: ignore[no-untyped-call]
                seen += lines
                after = lines[-1].cursor
            assert sorted(line.ref for line in seen) == refs
        longest = [line.since for line in reader.consignments_at(Stage.PRE_ADVICE, limit=99)]
        assert longest == sorted(longest)
        visits = reader.visits_at(Stage.PRE_ADVICE, limit=7)
        visits += reader.visits_at(Stage.PRE_ADVICE, visits[-1].cursor, limit=99)
        assert len({line.id for line in visits}) == 25
        assert reader.consignments_at(Stage.CLOSED) == []


def test_search_finds_words_in_any_case_and_script(store: Store) -> None:
    def work(books: Books) -> None:
        for ref, sender, consignee in (
            ("AGA-1", "Нажот жамғармаси", "Ansari Relief"),
            ("aga-2", "Straße 100% Hilfe", "ANSARI_RELIEF"),
            ("WBX-3", "Shifo", "Ansari"),
        ):
            declared = papers(ref, (), sender=sender, consignee=consignee)
            books.record([e.ConsignmentAnnounced(f"consignment:{ref}", declared, "d")], context())

    store.write_now(work)
    with store.reading() as reader:

        def found(**how: Any) -> list[str]:
            return [line.ref for line in reader.consignments(**how)]

        assert found(text="НАЖОТ") == ["AGA-1"]
        assert found(text="STRASSE hilfe") == ["aga-2"]
        assert found(text="100%") == ["aga-2"]
        assert found(text="i_r") == ["aga-2"]
        assert found(text="ansari") == ["WBX-3", "aga-2", "AGA-1"]
        assert found(text="ansari shifo") == ["WBX-3"]
        assert found(sender="нажот  жамғармаси") == ["AGA-1"]
        assert found(text="nothing") == []
        assert [line.ref for line in reader.consignments_starting("Aga-")] == ["AGA-1", "aga-2"]
        assert reader.consignments_at(Stage.PRE_ADVICE, sender="SHIFO")[0].ref == "WBX-3"
        assert reader.reference_of(" aga-1 ") == "AGA-1"
        assert reader.reference_of("wbx-4") is None


def test_a_plate_finds_the_visit_inside_before_the_one_expected(store: Store) -> None:
    begin(store)
    more = [
        e.VisitAnnounced("visit:LATER", PLATE),
        e.VisitEntered(f"visit:V-{REF}", PLATE, point="gate-1"),
    ]
    store.write_now(lambda books: books.record(more, context()))
    with store.reading() as reader:
        assert [line.id for line in reader.visits_with_plate(PLATE)] == [f"V-{REF}", "LATER"]
        assert [line.id for line in reader.visits_inside()] == [f"V-{REF}"]
        assert [line.id for line in reader.visits_inside(point="gate-1")] == [f"V-{REF}"]
        assert reader.visits_inside(point="gate-2") == []
        assert reader.visits_with_plate("NOBODY") == []


# --- nonces -------------------------------------------------------------------------------------------
def test_a_nonce_is_answered_the_same_for_ever(store: Store) -> None:
    begin(store)
    nonce = "019a0f00-0000-7000-8000-000000000001"

    def scan(books: Books) -> Recalled | int:
        known = books.recall("device:hh-3", nonce, b"body")
        if known:
            return known
        seq = books.record([tallied()], context(nonce=nonce))
        books.remember(
            "device:hh-3", nonce, b"body", {"verdict": "accepted", "event": seq, "kg": Decimal("1.50")}
        )
        return seq

    seq = store.write_now(scan)
    assert isinstance(seq, int)
    again = store.write_now(scan)
    assert again == Recalled(True, seq, {"verdict": "accepted", "event": seq, "kg": "1.50"})
    with store.reading() as reader:
        other = reader.recall("device:hh-3", nonce.upper(), b"another body")
        assert other is not None
        assert not other.same
        assert reader.recall("device:hh-4", nonce, b"body") is None
    assert store.tail().seq == seq


@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=40) | st.uuids().map(str)), unique=True))
def test_different_nonces_have_different_keys(pairs: list[tuple[str, str]]) -> None:
    assert len({nonce_key(scope, nonce) for scope, nonce in pairs}) == len(pairs)


def test_a_nonce_is_remembered_once(store: Store) -> None:
    store.write_now(lambda books: books.remember("d", "n", b"a", {}))
    with pytest.raises(Exception, match=r"(?i)unique"):
        store.write_now(lambda books: books.remember("d", "n", b"a", {}))


# --- any order ------------------------------------------------------------------------------------------
ORDERS = st.lists(
    st.tuples(
        st.sampled_from(["tally", "move", "load", "unload", "hold", "lift", "refuse", "fail"]),
        st.integers(0, 2),
    ),
    max_size=30,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ORDERS)
def test_whatever_is_recorded_the_rows_are_the_fold(
    sqlite_store: Store, steps: list[tuple[str, int]]
) -> None:
    """Random events, some works failing half way: rows, figures and caches stay the fold of what was kept."""
    store = sqlite_store
    number = store.tail().seq
    ref = f"R{number}"
    labels = tuple(f"{ref}-{k}" for k in range(3))
    begin(store, ref, labels)
    visit = f"V-{ref}"
    placed: list[str] = []
    for count, (what, k) in enumerate(steps):
        subject = f"unit:{labels[k]}"
        hold = Hold(
            f"{ref}-H{count}", subject, Authority.CUSTOMS, HoldReason.SEAL, HoldSeverity.HOLD, "c", NOON
        )
        makes: dict[str, list[e.Event]] = {
            "tally": [e.UnitTallied(subject, Stage.PRE_ADVICE)],
            "move": [e.UnitMoved(subject, Stage.TALLY, Stage.STORAGE, f"B-{k}")],
            "load": [e.UnitLoaded(subject, Stage.TALLY, visit, ref, Decimal("1.5"))],
            "unload": [e.UnitUnloaded(subject, visit, ref, Decimal("1.5"))],
            "hold": [e.HoldPlaced(f"consignment:{ref}", hold)],
            "lift": [
                e.HoldLifted(f"consignment:{ref}", name, HoldOutcome.CLEARED_WAIVED, "", "c", NOON)
                for name in placed[:1]
            ],
            "refuse": [refused(labels[k])],
            "fail": [e.HoldPlaced(f"consignment:{ref}", hold), e.UnitTallied(subject, Stage.PRE_ADVICE)],
        }
        events = makes[what]

        def work(books: Books, events: list[e.Event] = events, fail: bool = what == "fail") -> None:
            books.record(events, context())
            if fail:
                raise LookupError

        try:
            store.write_now(work)
        except LookupError:
            continue
        placed += [hold.id] if what == "hold" else []
        placed = placed[1:] if what == "lift" else placed
    agrees_with_its_journal(store, rows=False)


@pytest.mark.parametrize("odd", ["a\0b", "\0", "half \ud83d", "'; DROP TABLE event; --", "%", "９" * 18])
def test_odd_text_finds_nothing_and_breaks_nothing(store: Store, odd: str) -> None:
    begin(store)

    def ask(books: Books) -> list[object]:
        return [
            books.consignment(odd),
            books.unit(odd),
            books.visit(odd),
            books.hold(odd),
            books.reference_of(odd),
            books.recall(odd, odd, b""),
            *books.visits_with_plate(odd),
            *books.visits_inside(point=odd),
            *books.units_in(odd),
            *books.units_of(odd),
            *books.units_on(odd),
            *books.history(f"unit:{odd}"),
            *books.story(odd),
            *books.consignments_starting(odd),
            books.people.by_login(odd),
        ]

    assert not any(store.write_now(ask))
    with store.reading() as reader:
        assert [line.ref for line in reader.consignments(text=odd)] in ([], [REF])

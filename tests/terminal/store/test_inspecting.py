"""Inspections, equipment and seizures in rows: what the journal makes of them, and nothing else."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.store import Store, url_of
from terminal.store.backup import backup
from terminal.store.fold import verify_state
from terminal.store.migrations import NEWEST
from terminal.store.migrations import run as migrations
from terminal.store.sqlite import SqliteConnection
from terminal.store.verify import Fault, verify
from tests.support.builders import NOON, REF, SSCCS, World, must
from tests.terminal.store.small import begin
from tests.terminal.store.test_books import agrees_with_its_journal, keep
from workflows.equipment_state import EquipmentKind
from workflows.inspection_roles import DOES
from workflows.inspection_state import Method, Result
from workflows.roles import Role

_DOER = {
    Role.XRAY_OPERATOR: "XR",
    Role.CANINE_HANDLER: "K9",
    Role.CUSTOMS_INSPECTOR: "C1",
    Role.BORDER_OFFICER: "B",
}


def a_day() -> World:
    """Ordered, done, found, seized, cancelled, waived, looked at twice; one still open, one waits for its second look."""
    world = World.announced()
    world.arrive_and_clear()
    world.acquire(EquipmentKind.DOG_DRUGS, "Bars", limit_minutes=120)
    world.acquire(EquipmentKind.DRUG_TEST_KIT, "kit", kit_lot="L", expires=NOON.date())
    must(world.order("C1", Method.CANINE_DRUGS, places=("LOAD",), operation="OP-1"))
    must(world.begin("K9", "I1", "Bars"))
    must(world.end("K9", "I1", Result.INDICATION, minutes=20))
    must(world.order("C1", Method.SAMPLE_LAB, f"unit:{SSCCS[0]}"))
    must(world.end("C1", "I2", Result.FINDING))
    must(world.order("C1", Method.DRUG_TEST_KIT, "visit:V1"))
    must(world.begin("C1", "I3", "kit"))
    must(world.order("RISK", Method.XRAY_CARGO))
    must(world.end("XR", "I4", Result.NOT_POSSIBLE))
    must(world.order("RISK", Method.ENDOSCOPE, instead_of="I4"))
    must(world.cancel("C1", "I5"))
    must(world.order("C1", Method.VISUAL))
    must(world.end("B", "I6", Result.NOT_POSSIBLE))
    must(world.waive("C1", "I6"))
    must(world.order("RISK", Method.XRAY_CARGO))
    must(world.end("XR", "I7"))
    must(world.order("RISK", Method.BACKSCATTER))
    must(world.end("XR", "I8"))
    must(world.look("XR2", "I8", agrees=False))
    must(world.seize("C1", SSCCS[1]))
    return world


def test_the_rows_are_what_happened(store: Store) -> None:
    world = a_day()
    keep(store, world)
    agrees_with_its_journal(store)
    with store.reading() as reader:
        rows = reader.inspecting
        for one in world.inspections().values():
            assert rows.inspection(one.id) == one
        assert world.consignment is not None
        assert rows.inspections_of(REF) == list(world.consignment.inspections)
        assert [one.id for one in rows.inspections_open()] == ["I3", "I7"]
        assert rows.inspections_open(method=Method.COUNT) == []
        assert (rows.keeper("I1"), rows.keeper("I3")) == (("consignment", REF), ("visit", "V1"))
        assert [one.id for one in rows.inspections_between(NOON, NOON + timedelta(days=1))] == [
            f"I{number}" for number in range(1, 9)
        ]
        assert {one.id: one for one in rows.all_equipment()} == world.equipment
        assert [one.id for one in rows.all_equipment(EquipmentKind.DOG_DRUGS)] == ["Bars"]
        assert rows.seizure("SZ-2026-0001") == world.seizures["SZ-2026-0001"]
        assert rows.seizures() == list(world.seizures.values())
        assert rows.seizures("SZ-2026-0001") == []
        assert (rows.next_case(2026), rows.next_case(2027)) == ("SZ-2026-0002", "SZ-2027-0001")
        assert reader.counters("inspection.open") == {"DRUG_TEST_KIT": 1, "XRAY_CARGO": 1}
        assert [entry.type for entry in reader.history("seizure:SZ-2026-0001")] == ["SeizureRecorded"]
        assert len(reader.history("equipment:Bars")) == 3
        for odd in ("", "none", "a\0b", "\ud800"):
            assert (
                rows.inspection(odd) is rows.equipment(odd) is rows.seizure(odd) is rows.keeper(odd) is None
            )


moves = st.lists(
    st.tuples(
        st.sampled_from(["order", "begin", "end", "look", "cancel", "waive", "seize"]),
        st.integers(0, 9),
        st.sampled_from([Method.VISUAL, Method.XRAY_CARGO, Method.CANINE_DRUGS, Method.SAMPLE_LAB]),
        st.sampled_from(["consignment", "unit", "visit"]),
        st.sampled_from(list(Result)),
    ),
    max_size=25,
)


def play(world: World, steps: list[tuple[str, int, Method, str, Result]]) -> None:
    """Try these steps, each by somebody whose role does them; many are refused."""
    names = {"consignment": f"consignment:{REF}", "unit": f"unit:{SSCCS[0]}", "visit": "visit:V1"}
    for what, number, method, subject, result in steps:
        orders = list(world.inspections().values())
        if what == "order":
            open_ones = [one.id for one in orders if one.result is Result.NOT_POSSIBLE and one.open]
            world.order("C1", method, names[subject], instead_of=open_ones[0] if open_ones else None)
        elif what == "seize":
            world.seize("C1", SSCCS[number % len(SSCCS)])
        elif orders:
            one = orders[number % len(orders)]
            doer = next(name for role, name in _DOER.items() if role in DOES[one.method])
            tool = "Bars" if one.method is Method.CANINE_DRUGS and one.started_at is None else None
            if what == "end":
                world.end(doer, one.id, result, tool)
            elif what == "begin":
                world.begin(doer, one.id, tool)
            elif what == "look":
                world.look("C1", one.id, agrees=number % 2 == 0)
            else:
                {"cancel": world.cancel, "waive": world.waive}[what]("C2", one.id)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves)
def test_whatever_happens_the_rows_follow(
    sqlite_template: Path, tmp_path: Path, steps: list[tuple[str, int, Method, str, Result]]
) -> None:
    world = World.announced()
    world.arrive_and_clear()
    world.acquire(EquipmentKind.DOG_DRUGS, "Bars", limit_minutes=120)
    play(world, steps)
    path = tmp_path / "walk.sqlite3"
    shutil.copyfile(sqlite_template, path)
    with Store.open(url_of(path)) as store:
        keep(store, world)
        agrees_with_its_journal(store)
        with store.reading() as reader:
            assert {one.id: reader.inspecting.inspection(one.id) for one in world.inspections().values()} == (
                world.inspections()
            )
            assert reader.inspecting.equipment("Bars") == world.equipment["Bars"]
            waiting = Counter(one.method.value for one in world.inspections().values() if one.open)
            assert reader.counters("inspection.open") == dict(waiting)
    path.unlink()


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE inspection SET is_open = 0 WHERE id = 'I3'", "is_open is 0 and should be 1"),
        (
            "UPDATE inspection SET body = replace(body, 'INDICATION', 'NO_FINDING') WHERE id = 'I1'",
            "inspection I1",
        ),
        ("DELETE FROM inspection WHERE id = 'I3'", "The table inspection holds 7 rows"),
        ("UPDATE equipment SET state = 'RETIRED' WHERE id = 'kit'", "state is 'RETIRED'"),
        (
            "UPDATE equipment SET body = replace(body, '2026-11-16', '2028-11-16') WHERE id = 'kit'",
            "equipment kit",
        ),
        ("UPDATE seizure SET body = replace(body, 'hashish', 'flour')", "seizure SZ-2026-0001"),
        ("UPDATE seizure SET handling = 'OPEN'", "handling is 'OPEN'"),
        ("UPDATE consignment SET state = replace(state, 'FINDING', 'NO_FINDING')", f"consignment {REF}"),
    ],
)
def test_a_row_that_was_edited_is_named(sqlite_store: Store, sql: str, words: str) -> None:
    keep(sqlite_store, a_day())
    sqlite_store.write_now(lambda books: books.connection.run(sql))
    connection = sqlite_store.connect()
    try:
        broken = verify_state(connection)
    finally:
        connection.close()
    assert broken is not None
    assert broken.fault is Fault.STATE
    assert words in broken.sentence


def test_a_seizure_that_was_taken_away_is_missed_by_the_chain_already(store: Store) -> None:
    keep(store, a_day())
    store.write_now(lambda books: books.connection.run("DELETE FROM seizure"))
    connection = store.connect()
    try:
        broken = verify(connection).broken
    finally:
        connection.close()
    assert broken is not None
    assert broken.fault is Fault.HISTORY


#: what came with the second schema and later ones, those that point at others first
LATER = (
    "inspection", "equipment", "seizure",
    "announcement", "organisation", "standing", "tracking", "slot",
    "routing", "loss", "stock_count", "factor", "badge", "pin", "started", "complaint", "message",
)  # fmt: skip


def forget_tables(url: str) -> None:
    """Make a store what it was before inspections came."""
    with Store.open(url) as store:
        engine = migrations.engine_of(store.url, store.path)
    with engine.begin() as connection:
        for table in LATER:
            connection.execute(sa.text(f"DROP TABLE {table}"))
        connection.execute(sa.text("DROP INDEX unit_by_parent"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    engine.dispose()


def test_a_store_from_before_is_migrated_and_goes_on(store_url: str) -> None:
    with Store.open(store_url) as store:
        begin(store)
    forget_tables(store_url)
    with Store.open(store_url) as store:
        agrees_with_its_journal(store)
        connection = store.connect()
        try:
            assert connection.revision() == NEWEST
        finally:
            connection.close()
        with store.reading() as reader:
            assert reader.inspecting.inspections_of(REF) == []


def test_a_copy_from_before_is_still_proven(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    with Store.open(url_of(path)) as store:
        begin(store)
    forget_tables(url_of(path))
    assert backup(path, tmp_path / "copy.sqlite3").ok
    raw = sqlite3.connect(tmp_path / "copy.sqlite3", isolation_level=None)
    raw.execute("UPDATE subject_head SET last_seq = last_seq")
    raw.execute("DELETE FROM unit WHERE id = (SELECT min(id) FROM unit)")
    raw.close()
    connection = SqliteConnection(tmp_path / "copy.sqlite3", writing=False)
    try:
        assert verify(connection).broken is not None
    finally:
        connection.close()

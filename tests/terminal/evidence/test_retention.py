"""What has outlived its time is deleted, the journal stays provable, and nothing of an open case goes."""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal import filing
from terminal.cli import main, purging
from terminal.evidence import karvon_verify as kv
from terminal.store import Books, Store, finder, purges, url_in
from terminal.store.backup_folder import back_up, put_back
from terminal.store.desk import Attachment, ImportFile, WaitingRow
from terminal.store.fold import verify_state
from terminal.store.verify import Fault, verify
from tests.support.app import NOON, Terminal, terminal_at
from tests.support.databases import sqlite_template
from tests.terminal.evidence.conftest import Truck, truck
from workflows.retention import DELETED, names_in, without_persons, without_small_print

__all__ = ["sqlite_template"]
DRIVER = "Farrukh Testerov-Sample"


@pytest.fixture
def old(tmp_path: Path, sqlite_template: Path) -> Iterator[Terminal]:
    """A terminal with one truck that left, one that is held and one that is inside, three years ago."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copyfile(sqlite_template, folder / "karvon.sqlite3")
    with terminal_at(url_in(folder), folder) as terminal:
        made = truck(terminal, "OLD-1", ready=False, driver=DRIVER)
        made.arrive(driver=DRIVER, note=f"spoke with {DRIVER}")
        made.release()
        made.load()
        leave(made)
        inside = truck(terminal, "OLD-2", ready=False, driver="Somebody Inside-Still")
        inside.arrive(driver="Somebody Inside-Still")
        terminal.person("customs_inspector").must(
            "/holds", subject="consignment:OLD-2", reason="OTHER", note="papers are missing"
        )
        terminal.clock.forward(days=3 * 366)
        yield terminal


def leave(made: Truck) -> None:
    """Out through the gate."""
    made.person("gate_operator").must(
        f"/visits/{made.visit}/steps",
        step="GATE_OUT",
        plate=made.plate,
        point="gate-1",
        seals=[{"number": made.seal}],
    )


def purge(terminal: Terminal, *, do: bool, person: str | None = "administrator") -> int:
    return purging.purge(terminal.service, argparse.Namespace(do=do, person=person, json=False))


def test_driver_data_goes_and_every_proof_stays(old: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    store = old.service.store
    auditor = old.person("auditor")
    before = auditor.send("GET", "/consignments/OLD-1/bundle").content
    keys = kv.read_keys(old.nobody().send("GET", "/keys").text.strip())
    kv.verify_bundle(before, keys)
    head = store.tail()

    assert purge(old, do=False) == 0
    assert "drivers: " in (said := capsys.readouterr().out)
    assert "Nothing was deleted" in said
    assert store.tail() == head
    assert purge(old, do=True, person=None) == 1
    assert purge(old, do=True, person="auditor") == 1
    assert store.tail() == head
    assert purge(old, do=True) == 0
    assert "Deleted." in capsys.readouterr().out

    connection = store.connect()
    try:
        report = verify(connection, expected=head)
        assert report.ok, report.broken
        assert [one.rule for one in report.purged] == ["drivers"]
        assert report.purged[0].who == old.ids["administrator"]
        assert (broken := verify_state(connection)) is None, broken
    finally:
        connection.close()
    bodies = [json.dumps(entry.facts, ensure_ascii=False) for entry in old.journal()]
    assert not any(DRIVER in body for body in bodies)
    assert any("Somebody Inside-Still" in body for body in bodies)  # still a case
    assert any(DELETED in body for body in bodies)

    assert kv.verify_bundle(before, keys).shown  # what was handed out stays provable
    after = auditor.send("GET", "/consignments/OLD-1/bundle").content
    proven = kv.verify_bundle(after, keys)
    assert set(report.purged[0].entries) & set(proven.withheld)
    assert DRIVER.encode() not in b"".join(kv.unpack(after).values())
    first = kv.read_checkpoint(kv.unpack(before)[kv.CHECKPOINT], keys)
    assert auditor.get("/journal/consistency", first=first[0], second=store.tail().seq)["proof"]

    assert purge(old, do=True) == 0
    assert "Nothing is due." in capsys.readouterr().out


def test_the_file_of_the_store_does_not_hold_it_any_more(old: Terminal) -> None:
    assert purge(old, do=True) == 0
    folder = old.service.settings.data_dir
    with sqlite3.connect(folder / "karvon.sqlite3") as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    bytes_left = b"".join(path.read_bytes() for path in folder.glob("karvon.sqlite3*"))
    assert DRIVER.encode() not in bytes_left
    assert b"Somebody Inside-Still" in bytes_left


@pytest.fixture
def quiet(tmp_path: Path, sqlite_template: Path) -> Iterator[Terminal]:
    """A terminal with one consignment that is still expected, three years later."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copyfile(sqlite_template, folder / "karvon.sqlite3")
    with terminal_at(url_in(folder), folder) as terminal:
        terminal.announce("OLD-2", 2)
        terminal.clock.forward(days=3 * 366)
        yield terminal


def test_what_was_read_in_goes_as_a_whole(quiet: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    """Files, their reports and rows that waited, and the search index; those of an open case stay."""
    old, folder = quiet, quiet.service.settings.data_dir
    then = old.clock.now - timedelta(days=3 * 366)

    def read_in(books: Books, ref: str | None, words: str) -> tuple[str, int]:
        data = words.encode()
        sha256 = hashlib.sha256(data).hexdigest()
        filing.keep(folder, sha256, data)
        row = {"note": words}
        kept = ImportFile(sha256, "list.csv", len(data), then, "x", 1, 1, ref, {"first": row})
        file = books.desk.add_file(kept)
        return sha256, books.desk.add_waiting(WaitingRow(file, "S", 1, row, ({"value": words},)))

    gone, waiting = old.write(lambda books: read_in(books, "LEFT-LONG-AGO", f"driver {DRIVER}, ring him"))
    nobodys, _ = old.write(lambda books: read_in(books, None, f"{DRIVER} once more"))
    open_case, stays = old.write(lambda books: read_in(books, "OLD-2", "Somebody Inside-Still, again"))
    assert old.person("auditor").get("/search", q="OLD-2")["consignments"]
    assert (folder / finder.FILE).is_file()
    assert purge(old, do=True) == 0
    assert "rows of 2 files" in capsys.readouterr().out
    for sha256 in (gone, nobodys):
        assert filing.deleted(folder, sha256)
        assert not filing.path_of(folder, sha256).exists()
    assert filing.path_of(folder, open_case).exists()
    assert not (folder / finder.FILE).exists()
    with old.service.reading() as reader:
        emptied, kept = reader.desk.waiting_row(waiting), reader.desk.waiting_row(stays)
        last = purges.purges(reader.connection)
    assert emptied is not None
    assert (emptied.raw, list(emptied.problems), emptied.state) == ({}, [], "DROPPED")
    assert kept is not None
    assert kept.raw == {"note": "Somebody Inside-Still, again"}
    assert {gone, nobodys} <= {name for one in last for name in one.files}, "the journal tells of it"
    with sqlite3.connect(folder / "karvon.sqlite3") as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    left = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert DRIVER.encode() not in left
    old.prove()
    assert purge(old, do=True) == 0
    assert "Nothing is due." in capsys.readouterr().out
    assert old.person("auditor").get("/search", q="OLD-2")["consignments"], "it makes itself anew"


def test_a_purge_excuses_only_what_it_left(old: Terminal, tmp_path: Path) -> None:
    """Whoever edits an emptied event, or empties one without the event that says so, is named."""
    assert purge(old, do=True) == 0
    connection = old.service.store.connect()
    try:
        seqs = sorted(verify(connection).purged[0].entries)
    finally:
        connection.close()
    other = next(entry.seq for entry in old.journal() if entry.seq not in seqs and "note" in entry.data)
    for seq, sql in (
        (
            seqs[0],
            "UPDATE event SET body = CAST(replace(CAST(body AS TEXT), '[deleted]', '[removed]') AS BLOB) WHERE seq = ?",
        ),
        (
            other,
            "UPDATE event SET body = CAST(replace(CAST(body AS TEXT), '\"note\"', '\"nota\"') AS BLOB) WHERE seq = ?",
        ),
    ):
        path = tmp_path / f"{seq}.sqlite3"
        with sqlite3.connect(old.service.settings.data_dir / "karvon.sqlite3") as raw:
            raw.execute("VACUUM INTO ?", (str(path),))
        raw.close()
        with sqlite3.connect(path) as raw:
            raw.execute("DROP TRIGGER event_is_never_changed")
            raw.execute(sql, (seq,))
        raw.close()
        with Store.open(f"sqlite:///{path}", writing=False) as store:
            connection = store.connect()
            try:
                broken = verify(connection).broken
            finally:
                connection.close()
        assert broken is not None
        assert (broken.seq, broken.fault) == (seq, Fault.HASH)


def test_pictures_go_after_their_year_and_say_so(
    tmp_path: Path, sqlite_template: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copyfile(sqlite_template, folder / "karvon.sqlite3")
    with terminal_at(url_in(folder), folder) as terminal:
        made = truck(terminal, "PIC-1")
        data = b"a picture of the seal"
        sha256 = hashlib.sha256(data).hexdigest()
        terminal.service.keep_file(sha256, data)
        kept = Attachment(
            "A1", sha256, f"visit:{made.visit}", "PHOTO", "seal.jpg", "image/jpeg", len(data), "x", NOON
        )
        terminal.service.store.write_now(lambda books: books.desk.add_attachment(kept))
        terminal.clock.forward(days=400)
        assert purge(terminal, do=True) == 0
        assert filing.path_of(folder, sha256).exists()  # it is still here: an open case
        leave(made)
        assert purge(terminal, do=True) == 0
        assert "images: " in capsys.readouterr().out
        assert not filing.path_of(folder, sha256).exists()
        with pytest.raises(filing.KeptFileError, match="deleted when its time was over: rule images"):
            filing.kept(folder, sha256)
        newest = terminal.newest()
        assert newest.type == "DataPurged"
        assert newest.data["files"] == [sha256]
    back_up(folder, tmp_path / "backup")
    put_back(tmp_path / "backup", tmp_path / "again", NOON)
    assert filing.deleted(tmp_path / "again", sha256)


def test_the_command_says_and_deletes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Store.open(url_in(tmp_path)):
        pass
    assert main(["purge", "--data", str(tmp_path)]) == 0
    assert "Nothing is due." in capsys.readouterr().out
    assert main(["purge", "--data", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(["purge", "--data", str(tmp_path), "--do"]) == 1
    assert main(["purge", "--data", str(tmp_path / "nowhere")]) == 3


TEXT = st.text(alphabet="abcdefgh XYZ-123", min_size=4, max_size=12).filter(
    lambda text: len(text.strip()) >= 4
)


@given(TEXT, TEXT, st.sampled_from(["VisitEntered", "ConsignmentAnnounced", "ChecksRun"]))
def test_no_trace_of_a_name_is_left(name: str, number: str, kind: str) -> None:
    name, number = f"Q{name}Q", f"7{number}7"
    data = {
        "driver": {"name": name, "document_number": number, "document_valid_until": "2027-01-01"},
        "plate": "01A001AA",
        "findings": [{"facts": {"declared": name, "read": f"said {name}, {number}"}}],
    }
    names = names_in(kind, data)
    assert {name, number} <= names
    left = without_persons(kind, data, names)
    assert name not in json.dumps(left)
    assert number not in json.dumps(left)
    assert left["plate"] == "01A001AA"
    assert without_persons(kind, left, names_in(kind, left)) == left  # once is enough


def test_a_travel_document_is_emptied_and_a_label_keeps_its_number() -> None:
    read = {
        "fields": {"surname": "Testerov", "given_names": "Farrukh", "number": "4512345"},
        "raw": "aa",
        "reading": "r",
    }
    assert names_in("PassportRead", read) == {
        "Testerov",
        "Farrukh",
        "4512345",
        "Farrukh Testerov",
        "Testerov Farrukh",
    }
    left = without_persons("PassportRead", read, names_in("PassportRead", read))
    assert left == {
        "fields": {"surname": None, "given_names": None, "number": None},
        "raw": "",
        "reading": "r",
    }
    said = without_persons("ScanNoted", {"label": "095212345123456789"}, {"4512345"})
    assert said == {"label": "095212345123456789"}


def test_only_small_print_loses_its_facts() -> None:
    facts = {"action": "sign_in_failed", "facts": {"login": "x", "address": "10.0.0.1"}}
    assert without_small_print("SecurityEvent", facts) == {"action": "sign_in_failed", "facts": {}}
    assert without_small_print("UnitTallied", facts) == facts

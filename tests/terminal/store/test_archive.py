"""Archived segments prove themselves, byte for byte, with and without the store they came from."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.cli import main
from terminal.keys import Keys
from terminal.merkle import head_of
from terminal.store import Books, Store, archive, emptying, purges, url_in
from terminal.store.archive import BadArchive, Frontier, Proof
from terminal.store.journal import Head
from terminal.store.verify import Fault
from tests.terminal.store.small import context
from workflows import events as e
from workflows.events_retention import DataPurged
from workflows.retention import names_in, without_persons

SIZE = 5


def visits(store: Store, first: int, count: int) -> None:
    """Two events a visit."""
    for number in range(first, first + count):
        visit = f"visit:V-{number}"
        events = [
            e.VisitAnnounced(visit, "01A001AA"),
            e.VisitEntered(visit, "01A001AA", driver="Anvar Test-Driver"),
        ]
        store.write_now(lambda books, events=events: books.record(events, context()))  # type: ignore[misc]


def written(store: Store, folder: Path) -> tuple[int, int]:
    """How many segments there are, and how many were written now."""
    with closing(store.connect()) as connection:
        made, new = archive.write(connection, folder, SIZE)
    return len(made.segments), new


def proven(store: Store | None, folder: Path, expected: Head | None = None) -> Proof:
    if store is None:
        return archive.prove(folder, None, expected)
    with closing(store.connect()) as connection:
        return archive.prove(folder, connection, expected)


def fault(proof: Proof) -> Fault | None:
    return proof.broken.fault if proof.broken is not None else None


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70))
def test_the_head_of_leaves_as_they_come_is_that_of_all_at_once(leaves: list[bytes]) -> None:
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    assert frontier.head() == head_of(leaves)


def test_only_what_is_new_is_written_and_all_of_it_proves_itself(store: Store, tmp_path: Path) -> None:
    assert written(store, tmp_path / "empty") == (0, 0)
    visits(store, 0, 6)
    assert written(store, tmp_path) == (2, 2)
    visits(store, 6, 2)
    assert written(store, tmp_path) == (3, 1)
    assert written(store, tmp_path) == (3, 0)
    for beside in (store, None):
        proof = proven(beside, tmp_path)
        assert (proof.broken, proof.events, proof.head.seq) == (None, 15, 15)
    with store.reading() as reader:
        entries = reader.entries_after(0, 100)
    assert proof.roots[15] == head_of([entry.hash for entry in entries[:15]])
    assert proven(None, tmp_path, Head(7, entries[6].hash)).broken is None
    assert fault(proven(None, tmp_path, Head(7, entries[5].hash))) is Fault.HEAD
    assert fault(proven(None, tmp_path, Head(16, entries[15].hash))) is Fault.CUT_OFF


def _rewritten(folder: Path, change: Callable[[list[bytes]], list[bytes]], *, listed: bool) -> None:
    """Change the lines of the second file; with ``listed`` its SHA-256 in the list as well, as a forger would."""
    plain = json.loads((folder / archive.LISTED).read_text(encoding="utf-8"))
    path = folder / plain["segments"][1]["file"]
    data = gzip.compress(b"".join(change(gzip.decompress(path.read_bytes()).splitlines(keepends=True))))
    path.write_bytes(data)
    if listed:
        plain["segments"][1]["sha256"] = hashlib.sha256(data).hexdigest()
        (folder / archive.LISTED).write_text(json.dumps(plain), encoding="utf-8")


def test_whatever_is_changed_is_named(store: Store, tmp_path: Path) -> None:
    visits(store, 0, 8)
    changes: dict[str, tuple[Callable[[list[bytes]], list[bytes]], Fault]] = {
        "byte": (lambda lines: [*lines[:2], lines[2].replace(b"01A", b"01B"), *lines[3:]], Fault.HASH),
        "gone": (lambda lines: [*lines[:2], *lines[3:]], Fault.GAP),
        "turned": (lambda lines: [lines[1], lines[0], *lines[2:]], Fault.GAP),
        "end": (lambda lines: lines[:-1], Fault.HEAD),
        "noise": (lambda lines: [*lines, b"nothing\n"], Fault.FILE),
    }
    for name, (change, told) in changes.items():
        folder = tmp_path / name
        assert written(store, folder) == (3, 3)
        _rewritten(folder, change, listed=True)
        assert fault(proven(None, folder)) is told, name
    folder = tmp_path / "file"
    written(store, folder)
    _rewritten(folder, lambda lines: lines[:-1], listed=False)
    assert fault(proven(None, folder)) is Fault.FILE


def test_an_archive_of_another_journal_is_refused_and_named(
    store: Store, sqlite_store: Store, tmp_path: Path
) -> None:
    visits(store, 0, 8)
    written(store, tmp_path)
    visits(sqlite_store, 100, 4)
    if sqlite_store is store:
        with Store.open(url_in(tmp_path / "other")) as other:
            visits(other, 0, 8)
            assert fault(proven(other, tmp_path)) is Fault.HEAD
            with pytest.raises(BadArchive, match="another terminal"):
                written(other, tmp_path)
        return
    assert fault(proven(sqlite_store, tmp_path)) is Fault.HEAD
    with pytest.raises(BadArchive, match="another terminal"):
        written(sqlite_store, tmp_path)


def test_what_was_emptied_is_emptied_in_the_archive_too(store: Store, tmp_path: Path) -> None:
    visits(store, 0, 6)
    written(store, tmp_path)

    def purge(books: Books) -> None:
        entry = next(one for one in books.entries_after(0, 100) if one.type == "VisitEntered")
        data = without_persons(entry.type, entry.data, names_in(entry.type, entry.data))
        left = emptying.rewrite(books.connection, {entry.seq: emptying.emptied(entry, data)})
        books.record(
            [DataPurged(purges.SUBJECT, "drivers", datetime(2026, 1, 1, tzinfo=UTC), left)], context()
        )
        emptying.make_anew(books.connection)

    store.write_now(purge)
    before = b"".join(gzip.decompress(path.read_bytes()) for path in sorted(tmp_path.glob("*.gz")))
    assert written(store, tmp_path) == (2, 1)
    after = b"".join(gzip.decompress(path.read_bytes()) for path in sorted(tmp_path.glob("*.gz")))
    assert before.count(b"Anvar Test-Driver") == after.count(b"Anvar Test-Driver") + 1
    assert "emptied" in str(proven(None, tmp_path).broken)  # nothing in the archive says yet that it was
    visits(store, 6, 1)
    assert written(store, tmp_path) == (3, 1)
    assert proven(None, tmp_path).broken is None
    assert proven(store, tmp_path).broken is None


def test_the_commands_archive_sign_and_prove(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, folder = tmp_path / "data", tmp_path / "archive"
    data.mkdir()
    with Store.open(url_in(data)) as store:
        visits(store, 0, 6)
    key = Keys(data, "UZTER").current(datetime.now(UTC)).public.line
    assert main(["archive", str(folder), "--data", str(data), "--segment", str(SIZE)]) == 0
    assert "2 segments, 10 events, 2 written now." in capsys.readouterr().out
    assert main(["verify", "--archive", str(folder), "--data", str(data), "--key", key]) == 0
    assert "and the journal has the same" in capsys.readouterr().out
    elsewhere = ["verify", "--archive", str(folder), "--data", str(tmp_path / "nowhere")]
    assert main([*elsewhere, "--key", key, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    other = Keys(tmp_path / "other", "UZTER").current(datetime.now(UTC)).public.line
    assert main([*elsewhere, "--key", other]) == 1
    assert "not signed by this key" in capsys.readouterr().out
    _rewritten(folder, lambda lines: lines[:-1], listed=False)
    assert main(elsewhere) == 1
    assert "BROKEN. The file journal-" in capsys.readouterr().out
    assert main(["verify", "--archive", str(data), "--data", str(data)]) == 2
    with pytest.raises(SystemExit):
        main(["archive", str(folder), "--segment", "0"])


@pytest.mark.parametrize(
    "name", ["../../etc/hostname", "/etc/hostname", "journal-000000000006-000000000010.gz", 7]
)
def test_a_list_that_names_another_file_is_refused(store: Store, tmp_path: Path, name: object) -> None:
    visits(store, 1, 5)
    written(store, tmp_path)
    listed = tmp_path / archive.LISTED
    plain = json.loads(listed.read_text(encoding="utf-8"))
    plain["segments"][0]["file"] = name
    listed.write_text(json.dumps(plain), encoding="utf-8")
    with pytest.raises(BadArchive, match="no file of an archive"):
        proven(None, tmp_path)

"""Backups of a whole terminal: store, kept files and public keys; private keys only when asked for."""

from __future__ import annotations

import hashlib
import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from terminal import filing, tokens
from terminal.cli import main
from terminal.keys import Keys
from terminal.store import BackupFailed, Store, url_in
from terminal.store.backup_folder import back_up, put_back
from terminal.store.desk import Attachment
from tests.terminal.store.small import begin, context, refused
from tests.terminal.store.test_books import agrees_with_its_journal

NOW = datetime(2026, 11, 16, 20, 0, 5, tzinfo=UTC)
PHOTO = b"a photo of a broken seal"
NAME = hashlib.sha256(PHOTO).hexdigest()


def terminal_in(data: Path) -> None:
    """A terminal with one attachment and a key."""
    with Store.open(url_in(data)) as store:
        begin(store)
        filing.keep(data, NAME, PHOTO)
        attachment = Attachment(
            "a1", NAME, "visit:V1", "photo", "seal.jpg", "image/jpeg", len(PHOTO), "d", NOW
        )
        store.write_now(lambda books: books.desk.add_attachment(attachment))
    Keys(data, "UZTER").current(NOW)
    tokens.server_secret(data)


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_whole_terminal_goes_into_a_folder_and_comes_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live, copy, fresh = tmp_path / "live", tmp_path / "copy", tmp_path / "fresh"
    terminal_in(live)
    (live / "files" / NAME[:2] / f"{NAME[:8]}.part").write_bytes(b"half")
    assert main(["backup", str(copy), "--data", str(live)]) == 0
    assert "1 kept files, proven. Keys: keys/public.json" in capsys.readouterr().out
    assert names(copy) == {"karvon.sqlite3", f"files/{NAME[:2]}/{NAME}", "keys/public.json"}
    assert stat.S_IMODE(copy.stat().st_mode) == 0o700
    assert main(["restore", str(copy), "--data", str(fresh), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["files"], told["keys"], told["kept"]) == (1, ["keys/public.json"], None)
    assert filing.kept(fresh, NAME) == PHOTO
    with Store.open(url_in(fresh)) as store:
        agrees_with_its_journal(store)


def test_private_keys_go_along_only_when_asked_for(tmp_path: Path) -> None:
    live, copy, fresh = tmp_path / "live", tmp_path / "copy", tmp_path / "fresh"
    terminal_in(live)
    assert main(["backup", str(copy), "--data", str(live), "--with-private-key"]) == 0
    assert main(["restore", str(copy), "--data", str(fresh)]) == 0
    assert Keys(fresh, "UZTER").current(NOW).public == Keys(live, "UZTER").current(NOW).public
    assert stat.S_IMODE((fresh / "keys/signing.pem").stat().st_mode) == 0o600
    assert tokens.server_secret(fresh) == tokens.server_secret(live)
    store = url_in(live)
    assert main(["backup", str(tmp_path / "one"), "--database", store, "--with-private-key"]) == 3
    assert main(["backup", str(tmp_path / "one"), "--database", store]) == 0
    assert (tmp_path / "one").is_file()


def test_a_key_renewed_since_the_backup_stays(tmp_path: Path) -> None:
    live, copy, other = tmp_path / "live", tmp_path / "copy", tmp_path / "other"
    terminal_in(live)
    back_up(live, copy)
    renewed = Keys(live, "UZTER").rotate(NOW).public
    whole, kept = put_back(copy, live, NOW)
    assert whole.keys == ()
    assert kept is not None
    assert Keys(live, "UZTER").current(NOW).public == renewed
    terminal_in(other)
    with pytest.raises(BackupFailed, match="another terminal"):
        put_back(copy, other, NOW)
    assert Keys(other, "UZTER").current(NOW).public != renewed


@pytest.mark.parametrize("how", ["gone", "changed"])
def test_a_backup_without_its_files_is_no_backup(tmp_path: Path, how: str) -> None:
    live, copy = tmp_path / "live", tmp_path / "copy"
    terminal_in(live)
    back_up(live, copy)
    for folder in (live, copy):
        path = filing.path_of(folder, NAME)
        path.unlink() if how == "gone" else path.write_bytes(b"another photo")
    with pytest.raises(BackupFailed, match=r"seal\.jpg|changed or is damaged"):
        back_up(live, tmp_path / "new")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("new")]
    with pytest.raises(BackupFailed, match=r"seal\.jpg"):
        put_back(copy, tmp_path / "fresh", NOW)
    assert not (tmp_path / "fresh").exists()


def test_files_that_come_while_it_copies_are_no_trouble(tmp_path: Path) -> None:
    live = tmp_path / "live"
    terminal_in(live)
    with Store.open(url_in(live)) as store:
        for number in range(3):
            store.write_now(lambda books: books.record([refused()], context()))
            assert back_up(live, tmp_path / f"copy-{number}").report.events == 6 + number

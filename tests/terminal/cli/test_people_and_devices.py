"""``karvon user`` and ``karvon device`` on a real data directory: what is printed opens what it says, once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from terminal import access, second
from terminal.cli import main
from terminal.running import opened, settings_of
from terminal.store import Books, Store, url_in
from terminal.store.journal import everything
from terminal.store.verify import verify

CONFIG = """
data_dir = "data"

[[points]]
id = "tally-1"
name = "Tally"
steps = ["TALLY", "UNLOAD"]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration of a terminal that nobody has opened yet."""
    path = tmp_path / "karvon.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def actions(config: Path) -> list[tuple[str, str]]:
    """What the journal keeps of it; the chain holds."""
    with opened(settings_of(config, None), writing=False) as service:
        connection = service.store.connect()
        try:
            assert verify(connection).ok
            entries = list(everything(connection))
        finally:
            connection.close()
    assert {entry.who for entry in entries} <= {"console"}
    return [(entry.subject.partition(":")[0], str(entry.data["action"])) for entry in entries]


def listed(config: Path, command: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main([command, "list", "--json", "--config", str(config)]) == 0
    rows: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return rows


def test_a_person_is_added_changed_shut_out_and_let_in(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--config", str(config)]
    assert main(["user", "add", "Timur", "--name", "Timur Saidov", "--role", "tally_clerk", *where]) == 0
    told = capsys.readouterr()
    code = told.out.strip().rpartition("/setup/")[2]
    assert told.out.startswith("http://127.0.0.1:8000/setup/")
    assert "once" in told.err
    (row,) = listed(config, "user", capsys)
    assert (row["login"], row["roles"], row["active"], row["has_password"]) == (
        "timur",
        ["tally_clerk"],
        True,
        False,
    )
    assert main(["user", "add", "TIMUR", "--name", "Other", "--role", "auditor", *where]) == 1
    assert "taken" in capsys.readouterr().err

    assert main(["user", "link", "timur", *where]) == 0
    newer = capsys.readouterr().out.strip().rpartition("/setup/")[2]
    hashed = access.hash_password("saksovul-2026")
    with opened(settings_of(config, None)) as service:
        now = service.clock()

        def spend(given: str) -> Any:
            return service.store.write_now(lambda books: access.set_password(books, given, hashed, now))

        assert spend(code) is None
        assert spend(newer) is not None
        assert spend(newer) is None
    assert listed(config, "user", capsys)[0]["has_password"] is True

    assert (
        main(["user", "roles", "timur", "--role", "warehouse_keeper", "--role", "TALLY_CLERK", *where]) == 0
    )
    assert listed(config, "user", capsys)[0]["roles"] == ["tally_clerk", "warehouse_keeper"]
    assert main(["user", "disable", "timur", *where]) == 0
    assert listed(config, "user", capsys)[0]["active"] is False
    assert main(["user", "link", "timur", *where]) == 1
    assert main(["user", "enable", "timur", *where]) == 0
    assert main(["user", "list", *where]) == 0
    assert "Timur Saidov" in capsys.readouterr().out


def test_what_was_done_at_the_console_is_in_the_journal(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--config", str(config)]
    assert main(["user", "add", "u", "--name", "U", "--role", "auditor", *where]) == 0
    assert main(["user", "disable", "u", *where]) == 0
    assert main(["device", "enrol", "tablet", "--point", "tally-1", *where]) == 0
    assert main(["device", "revoke", "tablet", *where]) == 0
    assert actions(config) == [
        ("person", "person_added"),
        ("person", "code_issued"),
        ("person", "person_changed"),
        ("device", "device_added"),
        ("device", "code_issued"),
        ("device", "device_revoked"),
    ]
    capsys.readouterr()


@pytest.mark.parametrize(
    "words",
    [
        ["add", "x", "--name", "X"],
        ["add", "x", "--name", "X", "--role", "king"],
        ["add", "a\nb", "--name", "X", "--role", "auditor"],
        ["add", "x", "--name", "", "--role", "auditor"],
        ["add", "x" * 121, "--name", "X", "--role", "auditor"],
        ["add", "x", "--name", "X", "--role", "agency_user"],
        ["roles", "x"],
        ["marry", "x"],
    ],
)
def test_words_that_name_no_person_are_a_usage_error(
    config: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["user", *words, "--config", str(config)])
    except SystemExit as left:
        code = int(str(left.code))
    assert code == 2
    assert capsys.readouterr().err


def test_nobody_by_that_name(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--config", str(config)]
    for words in (["roles", "x", "--role", "auditor"], ["disable", "x"], ["enable", "x"], ["link", "x"]):
        assert main(["user", *words, *where]) == 1
        assert "no login 'x'" in capsys.readouterr().err
    assert main(["device", "revoke", "x", *where]) == 1
    assert "no device 'x'" in capsys.readouterr().err


def test_a_device_gets_a_code_that_fetches_its_token_once(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--config", str(config)]
    assert main(["device", "enrol", "tablet", "--point", "tally-1", "--name", "Tally tablet", *where]) == 0
    code = capsys.readouterr().out.strip()
    (row,) = listed(config, "device", capsys)
    assert (row["steps"], row["enrolled"], row["active"]) == (["TALLY", "UNLOAD"], False, True)
    with opened(settings_of(config, None)) as service:
        now = service.clock()

        def fetch(books: Books) -> Any:
            return access.enrol_device(books, code, now)

        device, token = service.store.write_now(fetch)
        assert service.store.write_now(fetch) is None
        with service.reading() as reader:
            caller = access.caller_of_token(reader, token)
    assert caller is not None
    assert caller.actor.steps == device.steps
    assert main(["device", "revoke", "tablet", *where]) == 0
    with opened(settings_of(config, None), writing=False) as service, service.reading() as reader:
        assert access.caller_of_token(reader, token) is None
    assert main(["device", "list", *where]) == 0
    assert "revoked" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["enrol", "tablet", "--point", "moon"], "no point 'moon'"),
        (["enrol", "tablet", "--point", "tally-1", "--step", "release"], "RELEASE cannot be done"),
        (["enrol", "tablet", "--step", "fly"], "no step"),
        (["enrol", "Tablet"], "no id"),
        (["enrol", "../x"], "no id"),
    ],
)
def test_a_device_that_cannot_be_is_a_usage_error(
    config: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["device", *words, "--config", str(config)])
    except SystemExit as left:
        code = int(str(left.code))
    assert code == 2
    assert said in capsys.readouterr().err


def test_a_running_server_keeps_its_file_to_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--data", str(tmp_path)]
    with Store.open(url_in(tmp_path)):
        for words in (
            ["user", "add", "x", "--name", "X", "--role", "auditor"],
            ["device", "enrol", "x"],
            ["export", "journal", "--as", "x"],
        ):
            assert main([*words, *where]) == 3
            told = capsys.readouterr()
            assert "another process" in told.err
            assert "Nothing was changed." in told.err
            assert told.out == ""
        assert main(["user", "list", *where]) == 0
        assert main(["device", "list", "--json", *where]) == 0


def test_a_terminal_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = tmp_path / "none"
    for command in (["user", "list"], ["device", "list"], ["export", "units", "--as", "x"]):
        assert main([*command, "--data", str(nowhere)]) == 3
        assert main([*command, "--config", str(tmp_path / "none.toml")]) == 2
    (tmp_path / "bad.toml").write_text("points = 3", encoding="utf-8")
    assert main(["user", "list", "--config", str(tmp_path / "bad.toml")]) == 2
    assert "points" in capsys.readouterr().err
    assert not nowhere.exists()


def test_second_factors_are_taken_away_on_the_console(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--config", str(config)]
    assert main(["user", "add", "nodira", "--name", "Nodira", "--role", "administrator", *where]) == 0
    (row,) = listed(config, "user", capsys)
    with opened(settings_of(config, None), writing=True) as service:
        now = service.clock()
        service.store.write_now(
            lambda books: second.new_recovery_codes(books, service.secret, row["id"], now)
        )
    assert main(["user", "reset-factors", "nobody", *where]) == 1
    assert main(["user", "reset-factors", "nodira", *where]) == 0
    assert "10 removed" in capsys.readouterr().err
    with opened(settings_of(config, None), writing=False) as service, service.reading() as reader:
        assert second.told(reader, row["id"])["ways"] == []

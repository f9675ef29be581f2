"""``karvon data`` on a real data directory: look, try, load, go back; what is refused changes nothing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from terminal.access import actor_of, new_person
from terminal.cases import consignments
from terminal.cli import main
from terminal.running import opened, settings_of
from tests.support.app import DATA, NOON, clean_papers, nonce
from workflows.checks.reference import shipped_texts
from workflows.events import Context, StageChanged
from workflows.roles import Role
from workflows.stages import Stage

ROW = "check_code,severity\nSAN-03,BLOCK\n"


@pytest.fixture
def where(tmp_path: Path) -> list[str]:
    """A terminal with one consignment and no sanctions list."""
    data = tmp_path / "var"
    data.mkdir()
    with opened(settings_of(None, data)) as service:
        person, _ = service.store.write_now(
            lambda books: new_person(
                books, "doc", "Doc", frozenset({Role.DOCUMENT_OFFICER}), "test", NOON, hashed="unused"
            )
        )
        request = service.request(actor_of(person), nonce(), {})
        papers = replace(clean_papers(), reference="CLI-1")
        service.store.write_now(
            lambda books: consignments.announce(books, papers, request, service.judge, "test")
        )
    return ["--data", str(data)]


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    """The JSON that a command prints."""
    capsys.readouterr()
    assert main(["data", *words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_try_load_look_and_go_back(
    where: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(ROW, encoding="utf-8")
    name = ["--as", "check_severities.csv"]
    shipped = hashlib.sha256(shipped_texts()["check_severities.csv"].encode()).hexdigest()
    assert said(capsys, "validate", str(file), *name)["problems"] == []
    dry = said(capsys, "dry-run", str(file), *name, *where, code=1)
    assert dry["judged"] == 1
    (change,) = dry["changed"]
    assert change["decision"] == ["HOLD", "BLOCK"]
    assert {row["table"]: row["sha256"] for row in said(capsys, "list", *where)}[
        "check_severities.csv"
    ] == shipped

    told = said(capsys, "load", str(file), *name, "--note", "no list, no goods", *where)
    assert told["verdict"] == "accepted"
    assert [one["decision"] for one in told["changed"]] == [["HOLD", "BLOCK"]]
    assert said(capsys, "load", str(file), *name, *where)["verdict"] == "already_done"
    (only,) = said(capsys, "history", "check_severities.csv", *where)
    assert (only["by"], only["note"], only["replaces"]) == ("console", "no list, no goods", shipped)
    assert main(["data", "show", "check_severities.csv", *where]) == 0
    assert capsys.readouterr().out == ROW
    assert main(["data", "show", "check_severities.csv", "--version", "shipped", *where]) == 0
    assert capsys.readouterr().out == shipped_texts()["check_severities.csv"]

    back = said(capsys, "rollback", "check_severities.csv", shipped[:8], *where)
    assert [one["decision"] for one in back["changed"]] == [["BLOCK", "HOLD"]]
    assert len(said(capsys, "history", "check_severities.csv", *where)) == 2


def test_what_is_over_is_tried_only_when_asked_and_never_changed(
    where: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sent_back = StageChanged("consignment:CLI-1", Stage.PRE_ADVICE, Stage.REJECTED)
    with opened(settings_of(None, Path(where[1]))) as service:
        service.store.write_now(lambda books: books.record((sent_back,), Context("chori", NOON)))
        head = service.store.tail()
    file = tmp_path / "mine.csv"
    file.write_text(ROW, encoding="utf-8")
    trying = ("dry-run", str(file), "--as", "check_severities.csv", *where)
    assert said(capsys, *trying) == {"judged": 0, "changed": [], "warnings": []}
    dry = said(capsys, *trying, "--past", code=1)
    assert (dry["judged"], dry["changed"][0]["decision"]) == (1, ["HOLD", "BLOCK"])
    with opened(settings_of(None, Path(where[1]))) as service:
        assert service.store.tail() == head, "a dry run writes nothing"
    done = said(capsys, "load", str(file), "--as", "check_severities.csv", *where)
    assert done["changed"] == [], "what is over stays as it was decided"


def test_the_list_is_loaded_and_said_in_words(where: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "history", "unsc.xml", *where]) == 0
    assert "nobody has loaded another" in capsys.readouterr().out
    assert main(["data", "load", str(DATA / "unsc_sample.xml"), "--as", "unsc.xml", *where]) == 0
    out = capsys.readouterr().out
    assert "1 consignments under way were judged again, 1 came out otherwise" in out
    assert "SAN-03" in out
    assert main(["data", "list", *where]) == 0
    assert "console" in capsys.readouterr().out
    assert main(["data", "history", "unsc.xml", *where]) == 0
    assert "console" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["validate", "check_severities.csv"], 1, "CTL-01 is BLOCK in the domain and can never be lowered"),
        (["load", "check_severities.csv"], 1, "can never be lowered"),
        (["dry-run", "check_severities.csv"], 1, "can never be lowered"),
        (["load", "other.csv"], 1, "is no table that can be replaced"),
        (["load", "missing.csv"], 3, "missing.csv"),
        (["load", "check_severities.csv", "other.csv", "--as", "unsc.xml"], 2, "one FILE"),
        (["rollback", "check_severities.csv", "0123456789"], 1, "no version"),
        (["history", "nothing"], 1, "is no table"),
        (["show", "unsc.xml"], 1, "there is none yet"),
    ],
)
def test_what_cannot_be_done_is_said(
    where: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: int,
    sentence: str,
) -> None:
    (tmp_path / "check_severities.csv").write_text("check_code,severity\nCTL-01,HOLD\n", encoding="utf-8")
    (tmp_path / "other.csv").write_text("a,b\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["data", *words, *(where if words[0] != "validate" else [])]) == code
    assert sentence in capsys.readouterr().err

"""New tables and lists come into force whole or not at all, are judged by at once, and can be taken back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from terminal.cases import data
from terminal.cases.data import DataRefusedError, older, read_all, read_new
from terminal.filing import KeptFileError, kept, path_of
from terminal.rules_in_force import RulesRoom
from terminal.store.fold import verify_state
from tests.support.app import DATA, Terminal, nonce, problem
from workflows.checks.reference import shipped_texts
from workflows.checks.tables import TITLES

SEVERITIES = b"check_code,severity\nDOC-01,WARN\n"
STRICT = b"check_code,severity\nWGT-03,BLOCK\nQTY-02,HOLD\n"
LIST = (DATA / "unsc_sample.xml").read_bytes()


def load(terminal: Terminal, *files: tuple[str, bytes], **more: Any) -> Any:
    """The administrator sends files."""
    return terminal.person("administrator").send(
        "POST",
        "/data",
        data={"nonce": nonce(), **more},
        files=[("files", (name, content)) for name, content in files],
    )


def loaded(terminal: Terminal, *files: tuple[str, bytes], **more: Any) -> dict[str, Any]:
    """The same, for what must come into force."""
    answer = load(terminal, *files, **more)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def in_force(terminal: Terminal) -> dict[str, Any]:
    """Table -> its line in the list."""
    return {row["table"]: row for row in terminal.person("administrator").get("/data")["tables"]}


def state_holds(terminal: Terminal) -> None:
    """Every row is what the journal makes of it."""
    connection = terminal.service.store.connect()
    try:
        assert verify_state(connection) is None
    finally:
        connection.close()


def test_a_table_comes_into_force_is_judged_by_and_goes_back(any_terminal: Terminal) -> None:
    terminal = any_terminal
    papers = terminal.papers("DATA-1")
    terminal.announce("DATA-1", documents=papers.documents[1:])
    before = terminal.person("auditor").get("/consignments/DATA-1/checks")
    missing = [f for f in before["findings"] if f["check"] == "DOC-01"]
    assert missing
    assert all(f["severity"] == "HOLD" for f in missing)
    assert set(in_force(terminal)) == set(TITLES)

    told = loaded(terminal, ("check_severities.csv", SEVERITIES), note="agreed with customs")
    assert (told["verdict"], told["judged"]) == ("accepted", 1)
    (change,) = told["changed"]
    assert change["consignment"] == "DATA-1"
    assert {f["severity"] for f in change["added"]} == {"WARN"}
    assert {f["severity"] for f in change["removed"]} == {"HOLD"}
    sha256 = hashlib.sha256(SEVERITIES).hexdigest()
    row = in_force(terminal)["check_severities.csv"]
    assert (row["sha256"], row["loaded_by"]) == (sha256, terminal.ids["administrator"])
    checks = terminal.person("auditor").get("/consignments/DATA-1/checks")
    assert checks["rules_version"] != before["rules_version"]
    entry = terminal.entry(told["event"])
    shipped = hashlib.sha256(shipped_texts()["check_severities.csv"].encode()).hexdigest()
    assert (entry.type, entry.subject) == ("ReferenceDataLoaded", "data:check_severities.csv")
    assert (entry.data["sha256"], entry.data["replaces"]) == (sha256, shipped)
    assert entry.data["note"] == "agreed with customs"
    # the same again changes nothing, and the chain of the table stays what it was
    assert loaded(terminal, ("check_severities.csv", SEVERITIES))["verdict"] == "already_done"
    assert in_force(terminal)["check_severities.csv"] == row
    # another server on the same store finds it by itself
    other = RulesRoom(terminal.service.settings, terminal.clock)
    with terminal.service.reading() as reader:
        assert other.in_force(reader).tables["check_severities.csv"] == sha256

    admin = terminal.person("administrator")
    back = admin.send(
        "POST",
        "/data/check_severities.csv/rollback",
        data={"nonce": nonce(), "version": shipped[:12], "note": "no"},
    )
    assert back.status_code == 200, back.text
    again = terminal.person("auditor").get("/consignments/DATA-1/checks")
    assert again["findings"] == before["findings"]
    assert again["rules_version"] == before["rules_version"]
    versions = admin.get("/data/check_severities.csv/history")["versions"]
    assert [one["sha256"] for one in versions] == [shipped, sha256]
    assert admin.send("GET", f"/data/check_severities.csv?version={sha256}").content == SEVERITIES
    state_holds(terminal)


def test_a_new_list_screens_everything_under_way(any_terminal: Terminal) -> None:
    terminal = any_terminal
    name = "Zarafshon Yulduzmand Qamarov"
    terminal.announce("SAN-1", donor=name)
    terminal.clock.forward(days=3)
    entity = (
        f"<ENTITIES><ENTITY><DATAID>9</DATAID><FIRST_NAME>{name}</FIRST_NAME>"
        "<REFERENCE_NUMBER>TAe.999</REFERENCE_NUMBER></ENTITY>"
    )
    told = loaded(terminal, ("unsc.xml", LIST.replace(b"<ENTITIES>", entity.encode(), 1)))
    (change,) = told["changed"]
    assert change["decision"][1] == "BLOCK"
    assert change["lane"][1] == "RED"
    assert {"check": "SAN-01", "severity": "BLOCK", "target": "party:donor"} in change["added"]
    holds = terminal.person("customs_inspector").get("/holds")
    assert any(hold["reason"] == "SANCTIONS" for hold in holds)
    row = in_force(terminal)["unsc.xml"]
    assert row["entries"] == 7
    assert row["loaded_at"] == terminal.clock.now.isoformat()
    # its age counts from when it was loaded: loading the same bytes again makes it young again
    terminal.clock.forward(days=2)
    first = loaded(terminal, ("unsc.xml", LIST))
    assert first["verdict"] == "accepted"
    terminal.clock.forward(hours=30)
    second = loaded(terminal, ("unsc.xml", LIST))
    assert second["verdict"] == "accepted"
    state_holds(terminal)


def test_an_old_list_warns_then_holds(any_terminal: Terminal) -> None:
    terminal = any_terminal
    loaded(terminal, ("unsc.xml", LIST))

    def age(ref: str) -> list[str]:
        terminal.announce(ref)
        told = terminal.person("auditor").get(f"/consignments/{ref}/checks")
        return [f["severity"] for f in told["findings"] if f["check"] == "SAN-03"]

    assert age("AGE-0") == []
    terminal.clock.forward(hours=25)
    assert age("AGE-1") == ["WARN"]
    terminal.clock.forward(days=7)
    assert age("AGE-8") == ["HOLD"]


def test_all_or_none(any_terminal: Terminal) -> None:
    terminal = any_terminal
    before, length = in_force(terminal), terminal.service.store.tail().seq
    told = problem(
        load(
            terminal, ("check_severities.csv", STRICT), ("risk_indicators.csv", b"indicator,points\nR1,x\n")
        ),
        422,
        "bad_data",
    )
    assert told["problems"] == [
        "risk_indicators.csv, row 2, column indicator: 'R1' must be an indicator such as R07",
        "risk_indicators.csv, row 2, column points: 'x' must be a whole number from -100 to 100",
    ]
    problem(
        load(terminal, ("check_severities.csv", STRICT), ("check_severities.csv", STRICT)), 422, "bad_data"
    )
    problem(load(terminal, ("my tables.csv", STRICT)), 422, "bad_data")
    assert in_force(terminal) == before
    dry = loaded(terminal, ("check_severities.csv", STRICT), dry_run="true")
    assert dry["dry_run"] is True
    assert in_force(terminal) == before
    refused = [entry for entry in terminal.journal() if entry.seq > length]
    assert [entry.type for entry in refused] == ["StepRefused"] * 3, (
        "each refusal is kept, the dry run is not"
    )


def test_the_same_nonce_loads_once(any_terminal: Terminal) -> None:
    terminal, one = any_terminal, nonce()
    first = loaded(terminal, ("check_severities.csv", STRICT), nonce=one)
    again = loaded(terminal, ("check_severities.csv", STRICT), nonce=one)
    assert again["event"] == first["event"]
    problem(load(terminal, ("check_severities.csv", SEVERITIES), nonce=one), 409, "nonce_reused")
    with terminal.service.reading() as reader:
        (only,) = reader.data.history("check_severities.csv")
    assert only.sha256 == hashlib.sha256(STRICT).hexdigest()
    assert in_force(terminal)["check_severities.csv"]["sha256"] == only.sha256


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + LIST[LIST.index(b"<CONS") :], "document type"),
        (LIST[: len(LIST) // 2], "not complete XML"),
        (b"<OTHER/>", "CONSOLIDATED_LIST"),
        (b"<CONSOLIDATED_LIST/>", "no entries"),
        (b"\x00\xff", "not complete XML"),
    ],
)
def test_a_hostile_or_torn_list_replaces_nothing(content: bytes, word: str) -> None:
    with pytest.raises(DataRefusedError, match=word):
        read_new("unsc.xml", content)


def test_a_table_is_kept_as_plain_text_of_utf_8() -> None:
    windows = b"\xef\xbb\xbf" + SEVERITIES.replace(b"\n", b"\r\n")
    assert read_new("check_severities.csv", windows).data == SEVERITIES
    with pytest.raises(DataRefusedError, match="not UTF-8"):
        read_new("check_severities.csv", "check_code,severity\nИД-01,HOLD\n".encode("cp1251"))


def test_whoever_is_no_administrator_loads_nothing(any_terminal: Terminal) -> None:
    terminal = any_terminal
    service = terminal.service
    actor = terminal_actor(terminal)
    request = service.request(actor, nonce(), {})
    new = read_all([("check_severities.csv", STRICT)])
    answer = terminal.write(lambda books: data.load(books, new, "", request, service.room))
    assert answer.verdict == "refused"
    with service.reading() as reader:
        assert reader.data.history("check_severities.csv") == []


def terminal_actor(terminal: Terminal) -> Any:
    """The customs inspector, as the rules know people."""
    from terminal.access import actor_of  # noqa: PLC0415

    return actor_of(terminal.service_person("customs_inspector"))


def test_a_lost_or_changed_file_is_named(any_terminal: Terminal) -> None:
    terminal = any_terminal
    loaded(terminal, ("check_severities.csv", STRICT))
    sha256 = hashlib.sha256(STRICT).hexdigest()
    path = path_of(terminal.service.settings.data_dir, sha256)
    fresh = RulesRoom(terminal.service.settings, terminal.clock)
    content = path.read_bytes()
    for broken in (content + b"DOC-05,INFO\n", None):
        path.unlink()
        if broken is not None:
            path.write_bytes(broken)
        with pytest.raises(KeptFileError, match=sha256), terminal.service.reading() as reader:
            fresh.in_force(reader)
    path.write_bytes(content)
    assert kept(terminal.service.settings.data_dir, sha256) == STRICT


def test_an_unknown_version_is_refused(any_terminal: Terminal) -> None:
    terminal = any_terminal
    room = terminal.service.room
    with terminal.service.reading() as reader:
        for table, version in (
            ("check_severities.csv", "0" * 12),
            ("check_severities.csv", ""),
            ("no-table", "shipped"),
            ("unsc.xml", "shipped"),
        ):
            with pytest.raises(DataRefusedError):
                older(reader, room, table, version)
        assert older(reader, room, "goods_types.csv", "shipped").data == room.shipped("goods_types.csv")


def test_a_list_dropped_into_the_folder_counts_until_a_newer_one_is_loaded(
    any_terminal: Terminal, tmp_path: Path
) -> None:
    terminal = any_terminal
    assert in_force(terminal)["unsc.xml"]["loaded_by"] == "folder lists"
    terminal.clock.forward(hours=1)
    loaded(terminal, ("unsc.xml", LIST))
    row: Mapping[str, Any] = in_force(terminal)["unsc.xml"]
    assert row["loaded_by"] == terminal.ids["administrator"]
    assert row["loaded_at"] == terminal.clock.now.isoformat()


def test_lost_rows_are_told_before_and_when_they_go(any_terminal: Terminal) -> None:
    terminal = any_terminal
    name = "watch_hs.csv"
    rows = shipped_texts()[name].splitlines(keepends=True)
    fewer = "".join(row for row in rows if not row.startswith("880622,")).encode()
    dry = loaded(terminal, (name, fewer), dry_run="true")
    told = loaded(terminal, (name, fewer))
    for warnings in (dry["warnings"], told["warnings"]):
        (sentence,) = warnings
        assert sentence.startswith("watch_hs.csv: 1 row of the version in force is missing (880622)")
    # bringing them back loses nothing
    assert loaded(terminal, (name, "".join(rows).encode()))["warnings"] == []
    loaded(terminal, ("unsc.xml", LIST))
    gone = LIST.replace(b"<REFERENCE_NUMBER>TAi.902<", b"<REFERENCE_NUMBER>TAi.977<")
    (sentence,) = loaded(terminal, ("unsc.xml", gone))["warnings"]
    assert "(TAi.902)" in sentence

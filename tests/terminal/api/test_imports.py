"""Files over the API: every sample as it reaches the terminal, the same file twice, and files that nobody should send."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.support.app import SAMPLES, Terminal, Voice, nonce, problem, refused, sample

EXPECTED: dict[str, Any] = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))["cases"]
CSV = b"description;packages;gross kg\nblanket;2;20,5\ntent;1;50\n"


def send(
    voice: Voice,
    files: list[tuple[str, bytes]],
    facts: Any = None,
    *,
    dry: bool = False,
    with_nonce: str | None = None,
) -> httpx.Response:
    form = {"nonce": with_nonce or nonce(), "dry_run": str(dry).lower()}
    if facts is not None:
        form["facts"] = facts if isinstance(facts, str) else json.dumps(facts, ensure_ascii=False)
    return voice.send("POST", "/imports", data=form, files=[("files", file) for file in files])


@pytest.fixture
def officer(terminal: Terminal) -> Voice:
    return terminal.person("document_officer")


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_is_taken_in_with_its_findings(terminal: Terminal, officer: Voice, name: str) -> None:
    facts, files = sample(name)
    length = terminal.service.store.tail().seq
    dry = send(officer, list(files), facts, dry=True)
    assert dry.status_code == 200, dry.text
    assert dry.json()["dry_run"] is True
    assert terminal.service.store.tail().seq == length

    asked = nonce()
    first = send(officer, list(files), facts, with_nonce=asked)
    assert first.status_code == 200, first.text
    told = first.json()
    assert told["verdict"] == "accepted", told
    wanted = EXPECTED[name]
    for figure, value in wanted["parsed"].items():
        assert figure == "note" or str(told["parsed"][figure]) == str(value), figure
    assert [file["rows_waiting"] for file in told["files"]] == [
        file["rows_waiting"] for file in dry.json()["files"]
    ]
    auditor = terminal.person("auditor")
    checks = auditor.get(f"/consignments/{facts['reference']}/checks")
    found = {(finding["check"], finding["target"]) for finding in checks["findings"]}
    for row in wanted["must_fire"]:
        if set(row.get("needs", ())) <= {"file"} and not row["check"].startswith(("QTY-05", "SEA", "WGT")):
            assert any(
                check in row["check"].split("|") and row.get("target", target) == target
                for check, target in found
            ), row
    for sent, (_, data) in zip(told["files"], files, strict=True):
        assert terminal.service.file_path(sent["sha256"]).read_bytes() == data
    # The same message, and then the same files in a new one, change nothing.
    length = terminal.service.store.tail().seq
    assert send(officer, list(files), facts, with_nonce=asked).content == first.content
    assert terminal.service.store.tail().seq == length
    again = send(officer, list(files), facts).json()
    assert again["verdict"] == "already_done"
    assert terminal.newest().type == "ScanNoted"


def test_other_papers_under_a_known_reference_are_refused(terminal: Terminal, officer: Voice) -> None:
    facts = {"reference": "IMP-1", "sender": "Agency A", "consignee": "X"}
    assert send(officer, [("a.csv", CSV)], facts).json()["verdict"] == "accepted"
    other = CSV.replace(b"20,5", b"21,5")
    refused(send(officer, [("a.csv", other)], facts).json(), "ALREADY_ANNOUNCED", terminal)


def test_an_agency_announces_for_itself_only(terminal: Terminal, officer: Voice) -> None:
    a = terminal.person("agency_user")
    mine = {"reference": "IMP-A", "sender": "Agency A", "consignee": "X"}
    assert send(a, [("a.csv", CSV + b"rope;1;1\n")], mine).json()["verdict"] == "accepted"
    told = send(a, [("b.csv", CSV)], {**mine, "sender": "Agency B", "reference": "IMP-B"}).json()
    refused(told, "NOT_YOURS", terminal)
    theirs = {"reference": "IMP-OF-B", "sender": "Agency B", "consignee": "X"}
    data = CSV + b"bucket;4;4\n"
    assert send(officer, [("c.csv", data)], theirs).json()["verdict"] == "accepted"
    for sender, sent in (("Agency A", CSV + b"soap;1;2\n"), ("Agency B", data), ("Agency A", data)):
        told = send(a, [("c.csv", sent)], {**theirs, "sender": sender}).json()
        first = refused(told, "NOT_YOURS", terminal)
        assert "stage" not in first["facts"]


def test_rows_that_wait_are_kept_and_the_others_are_taken(terminal: Terminal, officer: Voice) -> None:
    data = b"description;packages;gross kg\nblanket;two;20\ntent;1;50\n"
    facts = {"reference": "IMP-W", "sender": "Agency A", "consignee": "X"}
    told = send(officer, [("w.csv", data)], facts).json()
    assert told["verdict"] == "accepted"
    (problem_,) = [p for p in told["files"][0]["problems"] if p["value"] == "two"]
    assert (problem_["row"], problem_["column"]) == (2, "packages")
    assert problem_["sentence"]
    with terminal.service.reading() as reader:
        kept = reader.desk.file_by_digest(told["files"][0]["sha256"])
        assert kept is not None
        assert kept.key is not None
        waiting = reader.desk.waiting(file_key=kept.key)
    assert len(waiting) == told["files"][0]["rows_waiting"] == kept.waiting


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00" * 100, b"PK\x03\x04" + b"\xff" * 200, b"{", b"[1]", b"\xff\xfe", b"MZ\x90\x00", b"hello"],
)
def test_a_broken_file_is_said_to_be_broken(terminal: Terminal, officer: Voice, data: bytes) -> None:
    facts = {"reference": "IMP-BROKEN", "sender": "Agency A", "consignee": "X"}
    length = terminal.service.store.tail().seq
    for name in ("list.xlsx", "list.csv", "note.json", "list"):
        dry = send(officer, [(name, data)], facts, dry=True)
        assert dry.status_code == 200, dry.text
        told = problem(send(officer, [(name, data)], facts), 422, "nothing_read")
        assert told["report"]["files"][0]["name"] == name
        noted = terminal.newest()
        assert (noted.type, noted.data["asked"]["files"][0]["name"]) == ("StepRefused", name)
        assert terminal.service.file_path(told["report"]["files"][0]["sha256"]).read_bytes() == data
    assert terminal.service.store.tail().seq == length + 4


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\Users\\x\\list.csv", "list.csv"),
        ("a\x00b.csv", "a b.csv"),
        ("a\r\nSet-Cookie: x=1.csv", "a Set-Cookie: x=1.csv"),
        ("\u202evsc.exe", "vsc.exe"),
        ("x" * 500 + ".csv", "x" * 116 + ".csv"),
        ("упаковочный лист.csv", "упаковочный лист.csv"),
        (".csv", ".csv"),
        ("..", ".."),
        ("<script>alert(1)</script>.csv", "script>.csv"),
        (" ", "file"),
    ],
)
def test_a_file_name_is_a_name_and_no_place(terminal: Terminal, officer: Voice, name: str, kept: str) -> None:
    from terminal.api.imports import file_name  # noqa: PLC0415 - some names no client sends

    assert file_name(name) == kept
    told = send(officer, [(name, CSV)], {"reference": "IMP-NAME"}, dry=True)
    assert told.status_code == 200, told.text
    sent = told.json()["files"][0]["name"]
    assert sent.isprintable()
    assert "/" not in sent
    assert "\\" not in sent


@pytest.mark.parametrize(
    "facts",
    [
        "{",
        "[1]",
        '"x"',
        "NaN",
        '{"declared": {"packages": NaN}}',
        '{"declared": {"gross_kg": Infinity}}',
        '{"declared": {"packages": "ten"}}',
        '{"mode": "TELEPORT"}',
        '{"documents": [{"type": "CMR", "number": "1", "issued": "2026-02-30"}]}',
        '{"reference": ["x"]}',
        "[" * 5000,
        '{"a":' * 30_000,
    ],
)
def test_facts_that_make_no_sense_are_a_problem(terminal: Terminal, officer: Voice, facts: str) -> None:
    told = problem(send(officer, [("a.csv", CSV)], facts), 422, "bad_facts")
    assert told["detail"]


ODD: list[dict[str, Any]] = [
    {"reference": "IMP-\x00"},
    {"reference": "IMP-\n"},
    {"reference": "x" * 5000},
    {"reference": " "},
    {"reference": "IMP-S", "sender": "a\x00b"},
    {"reference": "IMP-T", "consignee": "\ud800"},
    {"reference": "\ud800"},
    {"reference": "IMP-F", "declared": {"gross_kg": 70.5}},
    {"reference": "IMP-G", "documents": [{"type": "CMR", "number": "1", "fields": {"value": 1.5}}]},
    {"reference": "IMP-H", "documents": [{"type": "CMR", "number": "1", "fields": {"x": "\x00"}}]},
    {"reference": "IMP-I", "vehicle": {"plate": "\x00\x01"}},
    {"reference": "IMP-J", "vehicle": {"plate": "\x01\x7f"}},
]


def test_odd_facts_are_taken_or_named_but_never_a_fault(any_terminal: Terminal) -> None:
    officer = any_terminal.person("document_officer")
    taken = 0
    for number, facts in enumerate(ODD):
        answer = send(officer, [("a.csv", CSV + b"rope;1;%d\n" % number)], json.dumps(facts))
        if answer.status_code == 422:
            problem(answer, 422, "bad_facts")
            continue
        taken += 1
        assert answer.json()["verdict"] == "accepted", answer.text
        row = officer.get("/consignments")["consignments"][0]
        assert officer.get(f"/consignments/{row['ref']}")["ref"] == row["ref"]
    assert 3 <= taken < len(ODD) - 4


@pytest.mark.parametrize("ref", ["AGA/UZ/2026/0412", "№ 12-А", "a b+c%20d?x#y", "K'\";--"])
def test_a_reference_may_be_written_as_senders_write_it(terminal: Terminal, officer: Voice, ref: str) -> None:
    facts = {"reference": ref, "sender": "Agency A", "consignee": "X"}
    assert send(officer, [("r.csv", CSV + ref.encode() + b";1;1\n")], facts).json()["verdict"] == "accepted"
    auditor, name = terminal.person("auditor"), quote(ref)
    assert auditor.get(f"/consignments/{name}")["ref"] == ref
    assert auditor.get(f"/consignments/{name}/checks")["decision"]
    assert auditor.get(f"/consignments/{name}/journal")[-1]["subject"] == f"consignment:{ref}"
    officer.must(f"/consignments/{name}/documents", type="INSURANCE", number="1")


def test_too_many_files_are_not_read(terminal: Terminal, officer: Voice) -> None:
    problem(send(officer, [(f"{n}.csv", CSV) for n in range(21)]), 422, "invalid_request")
    problem(send(officer, []), 422, "invalid_request")


def test_the_same_file_twice_in_one_message_counts_once(terminal: Terminal, officer: Voice) -> None:
    data = CSV + b"lamp;3;9\n"
    facts = {"reference": "IMP-2", "sender": "Agency A", "consignee": "X"}
    told = send(officer, [("a.csv", data), ("b.csv", data)], facts).json()
    assert told["verdict"] == "accepted"
    assert told["parsed"]["lines"] == 3

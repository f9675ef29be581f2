"""Clearance bundles: proven anywhere, broken by one byte, and silent about the cargo beside them."""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.access import Caller, actor_of
from terminal.api.papers import bundle_of
from terminal.cli import main
from terminal.cli.export_bundle import export_bundle
from terminal.evidence import karvon_verify as kv
from terminal.keys import Keys
from terminal.merkle import head_of, verify_consistency
from terminal.store.journal import leaf_hash
from tests.support.app import Terminal, Voice, nonce, sample
from tests.terminal.evidence.acts import JPEG, happened
from tests.terminal.evidence.conftest import Truck, truck


def keys_of(terminal: Terminal) -> list[kv.Key]:
    return [kv.read_key(line) for line in terminal.nobody().send("GET", "/keys").text.splitlines()]


def exported(by: Voice, ref: str) -> bytes:
    answer = by.send("GET", f"/consignments/{ref}/bundle")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip"), answer.text[:300]
    return answer.content


@pytest.fixture(scope="module")
def made(terminal: Terminal) -> Truck:
    return truck(terminal, "BUNDLE-1")


@pytest.fixture(scope="module")
def data(made: Truck) -> bytes:
    return exported(made.person("auditor"), made.ref)


@pytest.fixture(scope="module")
def keys(made: Truck) -> list[kv.Key]:
    return keys_of(made.terminal)


def test_a_bundle_is_whole_and_proves_itself(made: Truck, data: bytes, keys: list[kv.Key]) -> None:
    proven = kv.verify_bundle(data, keys)
    assert proven.said["consignment"] == made.ref
    files = kv.unpack(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == list(files)
    names = {"documents", "checks", "weights", "approvals", "holds", "inspections", "units", "consignment"}
    assert {f"{name}.json" for name in names | {"attachments"}} < set(files)
    assert {f"summary-{lang}.{form}" for lang in ("en", "ru", "uz") for form in ("html", "pdf")} < set(files)
    weights = json.loads(files["weights.json"])
    assert [w["what"] for w in weights] == ["GROSS", "TARE", "OUT"]
    approvals = json.loads(files["approvals.json"])
    assert {one["kind"] for one in approvals["given"]} >= {"CUSTOMS_RELEASE", "TERMINAL_RELEASE"}
    assert json.loads(files["checks.json"])["rules_version"]
    assert proven.withheld == []
    with made.terminal.service.reading() as reader:
        story = reader.story(made.ref, before=proven.journal_size + 1, limit=10_000)
        assert proven.shown == sorted(entry.seq for entry in story)
        for entry in story:
            assert files[f"journal/{entry.seq:012d}.json"] == entry.body
        hashes = [leaf_hash(entry.body) for entry in reader.entries_after(0, proven.journal_size)]
    assert head_of(hashes).hex() == proven.journal_head
    newest = story[0]
    assert (newest.type, newest.data["facts"]["what"]) == ("SecurityEvent", "bundle")


def test_the_same_facts_give_the_same_bytes(made: Truck) -> None:
    with made.terminal.service.reading() as reader:
        person = reader.people.by_login("auditor")
    assert person is not None
    caller = Caller(actor_of(person), person.name)
    assert bundle_of(made.terminal.service, caller, made.ref) == bundle_of(
        made.terminal.service, caller, made.ref
    )


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_one_byte_anywhere_is_noticed_and_its_place_named(
    data: bytes, keys: list[kv.Key], draw: st.DataObject
) -> None:
    at = draw.draw(st.integers(0, len(data) - 1))
    bent = bytearray(data)
    bent[at] ^= draw.draw(st.integers(1, 255))
    with pytest.raises(kv.Broken) as broken:
        kv.verify_bundle(bytes(bent), keys)
    start, wanted = 0, "archive directory"
    for name, body in kv.unpack(data).items():
        start += 30 + len(name.encode()) + len(body)
        if at < start:
            wanted = name
            break
    header = at < start and at < start - len(kv.unpack(data).get(wanted, b""))
    assert header or broken.value.item == wanted, (at, broken.value)


def repacked(data: bytes, change: Mapping[str, bytes | None]) -> bytes:
    files = {**kv.unpack(data), **{name: body for name, body in change.items() if body is not None}}
    return kv.pack({name: body for name, body in files.items() if change.get(name, b"") is not None})


def test_whoever_packs_it_anew_is_noticed(made: Truck, data: bytes, keys: list[kv.Key]) -> None:
    files = kv.unpack(data)
    for name in files:
        if name == kv.MANIFEST:
            continue
        with pytest.raises(kv.Broken) as broken:
            kv.verify_bundle(repacked(data, {name: files[name] + b" "}), keys)
        assert broken.value.item == name
        with pytest.raises(kv.Broken, match="missing"):
            kv.verify_bundle(repacked(data, {name: None}), keys)
    with pytest.raises(kv.Broken, match="added"):
        kv.verify_bundle(repacked(data, {"more.txt": b"x"}), keys)
    manifest = files[kv.MANIFEST].replace(b"BUNDLE-1", b"BUNDLE-2")
    with pytest.raises(kv.Broken, match="changed after it was signed"):
        kv.verify_bundle(repacked(data, {kv.MANIFEST: manifest}), keys)
    service = made.terminal.service
    other = Keys(service.settings.data_dir / "else", "UZTER").current(made.terminal.clock.now)
    with pytest.raises(kv.Broken, match="not signed with any"):
        kv.verify_bundle(data, [kv.read_key(other.public.line)])


def resigned(made: Truck, data: bytes, change: Mapping[str, bytes]) -> bytes:
    """A bundle that the terminal's own key signed, with other content: only the journal's proofs can tell."""
    files = {**kv.unpack(data), **change}
    key = made.terminal.service.keys.current(made.terminal.clock.now)
    text, _, _ = files.pop(kv.MANIFEST).decode().rpartition("\n\n")
    head = [line for line in text.splitlines() if "  " not in line]
    lines = head + [f"{hashlib.sha256(body).hexdigest()}  {name}" for name, body in files.items()]
    return kv.pack({kv.MANIFEST: key.note("\n".join(lines) + "\n").encode(), **files})


def test_not_even_the_terminal_can_tell_another_story(made: Truck, data: bytes, keys: list[kv.Key]) -> None:
    files = kv.unpack(data)
    assert kv.verify_bundle(resigned(made, data, {}), keys).shown
    name = next(name for name in files if name.startswith("journal/0"))
    seq = int(name[8:20])
    with pytest.raises(kv.Broken) as broken:
        kv.verify_bundle(resigned(made, data, {name: files[name].replace(b"2026", b"2025", 1)}), keys)
    assert broken.value.item == f"journal entry {seq}"
    rows = json.loads(files[kv.INDEX])
    body = files[name].replace(b"2026", b"2025", 1)
    rows[0]["hash"] = leaf_hash(body).hex()
    changed = {name: body, kv.INDEX: json.dumps(rows).encode()}
    with pytest.raises(kv.Broken, match="does not stand in the journal"):
        kv.verify_bundle(resigned(made, data, changed), keys)


def test_the_program_in_the_bundle_stands_alone(made: Truck, data: bytes, tmp_path: Path) -> None:
    bundle, key, program = tmp_path / "b.zip", tmp_path / "key", tmp_path / "karvon_verify.py"
    bundle.write_bytes(data)
    key.write_text(made.terminal.nobody().send("GET", "/keys").text, encoding="utf-8")
    program.write_bytes(kv.unpack(data)["karvon_verify.py"])
    command = [sys.executable, "-I", str(program)]
    good = subprocess.run(
        [*command, str(bundle), "--key", str(key)], capture_output=True, text=True, check=False
    )
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.startswith("PROVEN")
    bundle.write_bytes(data[:-1] + b"x")
    bad = subprocess.run(
        [*command, str(bundle), "--key", str(key)], capture_output=True, text=True, check=False
    )
    assert bad.returncode == 1
    assert bad.stdout.startswith("NOT PROVEN. archive directory")


def test_the_command_proves_a_bundle(
    made: Truck, data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "b.zip"
    bundle.write_bytes(data)
    key = made.terminal.nobody().send("GET", "/keys").text.splitlines()[-1]
    assert main(["verify", "--bundle", str(bundle), "--key", key, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bundle"]["consignment"] == made.ref
    bundle.write_bytes(data.replace(b"documents.json", b"documents.jsox", 1))
    assert main(["verify", "--bundle", str(bundle), "--key", key, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False
    assert main(["verify", "--bundle", str(tmp_path / "none.zip"), "--key", key]) == 3
    assert main(["verify", "--bundle", str(bundle), "--key", "x+y+z"]) == 1


def test_only_those_who_export_get_one(made: Truck) -> None:
    terminal = made.terminal
    for login in ("gate_operator", "release_officer", "agency_user", "administrator"):
        assert terminal.person(login).send("GET", f"/consignments/{made.ref}/bundle").status_code == 403
    assert terminal.nobody().send("GET", f"/consignments/{made.ref}/bundle").status_code == 401
    assert terminal.person("auditor").send("GET", "/consignments/NO-SUCH/bundle").status_code == 404


def test_the_cargo_beside_it_is_not_told(terminal: Terminal) -> None:
    """One truck brings two consignments; the bundle of one says nothing of the other, and proves what it withholds."""
    mine, beside = "OURS-7", "THEIRS-8"
    terminal.announce(mine, 2, seal="UZ0570001")
    others = terminal.announce(beside, 2, seal="UZ0570001")
    gate = terminal.person("gate_operator")
    visit = gate.must("/visits", plate="80 111 AAA", carries=[mine, beside])["facts"]["visit"]
    gate.must(f"/visits/{visit}/steps", step="GATE_IN", plate="80111AAA", seals=[{"number": "UZ0570001"}])
    terminal.person("document_officer").must("/approvals", consignment=mine, step="DOC_CHECK")
    refused = terminal.person("tally_clerk").ask(f"/visits/{visit}/steps", step="UNLOAD", point="tally-1")
    assert refused["verdict"] == "refused"
    customs = terminal.person("customs_inspector")
    customs.must("/holds", subject=f"visit:{visit}", reason="SEAL", note=f"{beside} looks odd")
    data = exported(customs, mine)
    proven = kv.verify_bundle(data, keys_of(terminal))
    whole = b"".join(kv.unpack(data).values())
    for name in (beside, *others):
        assert name.encode() not in whole
    assert proven.withheld
    with terminal.service.reading() as reader:
        withheld = [reader.entry(seq) for seq in proven.withheld]
    assert {entry.type for entry in withheld if entry} >= {"VisitAnnounced", "StepRefused", "HoldPlaced"}
    assert proven.shown
    assert b"UZ0570001" in whole


def test_a_bundle_says_no_more_than_its_reader_may_know(terminal: Terminal) -> None:
    made = truck(terminal, "BUNDLE-L", ready=False)
    made.person("gate_operator").must(
        f"/visits/{made.visit}/steps",
        step="GATE_IN",
        plate=made.plate,
        seals=[{"number": f"UZ05{made.number:05d}"}],
        driver="Anvar Test-Driver",
    )
    full = exported(made.person("auditor"), made.ref)
    less = exported(made.person("liaison_officer"), made.ref)
    assert b"Test-Driver" in full
    assert b"Test-Driver" not in less
    files = kv.unpack(less)
    assert "checks.json" not in files
    assert "checks.json" in kv.unpack(full)
    assert b"ChecksRun" not in b"".join(body for name, body in files.items() if name.startswith("journal/0"))
    proven = kv.verify_bundle(less, keys_of(terminal))
    assert proven.withheld
    whys = {row.get("withheld") for row in json.loads(files[kv.INDEX])}
    assert {"it holds screening results", "it holds personal data"} <= whys


def test_checkpoints_follow_each_other(terminal: Terminal) -> None:
    auditor, keys = terminal.person("auditor"), keys_of(terminal)
    first = kv.read_checkpoint(auditor.send("GET", "/journal/checkpoint").content, keys)
    terminal.announce("LATER-1", 40)
    second = kv.read_checkpoint(auditor.send("GET", "/journal/checkpoint").content, keys)
    proof = auditor.get("/journal/consistency", first=first[0], second=second[0])["proof"]
    assert verify_consistency(
        first[0], second[0], first[1], second[1], [bytes.fromhex(node) for node in proof]
    )
    assert auditor.send("GET", f"/journal/consistency?first=5&second={second[0] + 999}").status_code == 422
    assert terminal.person("gate_operator").send("GET", "/journal/checkpoint").status_code == 403


def test_the_command_writes_a_bundle(made: Truck, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    service, out = made.terminal.service, tmp_path / "b.zip"

    def run(ref: str, person: str, output: Path = out) -> int:
        return export_bundle(service, argparse.Namespace(ref=ref, person=person, output=output))

    assert run(f" {made.ref.lower()} ", "auditor") == 0
    assert kv.verify_bundle(out.read_bytes(), keys_of(made.terminal)).said["consignment"] == made.ref
    assert made.terminal.newest().data["facts"]["what"] == "bundle"
    assert run(made.ref, "gate_operator") == 1
    assert "may not export" in capsys.readouterr().err
    assert run("NO-SUCH", "auditor") == 1
    assert "no consignment" in capsys.readouterr().err
    assert run(made.ref, "auditor", tmp_path / "nowhere" / "b.zip") == 3
    with pytest.raises(SystemExit):
        main(["export", "bundle"])


def test_no_part_can_be_left_out_not_even_by_the_terminal(
    made: Truck, data: bytes, keys: list[kv.Key]
) -> None:
    for part in kv.PARTS:
        files = {name: body for name, body in kv.unpack(data).items() if name != part}
        with pytest.raises(kv.Broken, match="missing") as broken:
            kv.verify_bundle(resigned(made, kv.pack(files), {}), keys)
        assert broken.value.item == part


def test_pictures_stay_outside_and_are_sealed_by_their_hash(
    terminal: Terminal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    acts = happened(terminal, "BUNDLE-ACTS")
    data = exported(terminal.person("auditor"), acts.ref)
    files = kv.unpack(data)
    (sealed,) = json.loads(files["attachments.json"])
    assert (sealed["of"], sealed["sha256"]) == (f"inspection:{acts.inspection}", acts.picture)
    assert JPEG not in data
    bundle, key, picture = tmp_path / "b.zip", tmp_path / "key", tmp_path / "any name.jpg"
    bundle.write_bytes(data)
    key.write_text(terminal.nobody().send("GET", "/keys").text, encoding="utf-8")
    picture.write_bytes(JPEG)
    command = [str(bundle), "--key", str(key), "--file", str(picture)]
    assert kv.main(command) == 0
    assert "any name.jpg is sealed in it" in capsys.readouterr().out
    picture.write_bytes(JPEG[:-1] + b"x")
    assert kv.main(command) == 1
    assert "NOT PROVEN. any name.jpg: the bundle seals no file of these bytes" in capsys.readouterr().out


def test_every_file_that_a_consignment_came_in_is_sealed(terminal: Terminal) -> None:
    facts, files = sample("S01")
    desk = terminal.person("document_officer")
    told = desk.send(
        "POST",
        "/imports",
        files=[("files", file) for file in files],
        data={"nonce": nonce(), "facts": json.dumps(facts)},
    ).json()
    assert told["verdict"] == "accepted", told
    bundle = kv.unpack(exported(terminal.person("auditor"), told["facts"]["consignment"]))
    sealed = {row["sha256"] for row in json.loads(bundle["attachments.json"]) if row["of"] == "papers"}
    assert sealed == {hashlib.sha256(content).hexdigest() for _, content in files}

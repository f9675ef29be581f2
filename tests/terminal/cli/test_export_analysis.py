"""``karvon export analysis``: entities and links whose ids stay the same, in a file that any OpenSSL opens."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from terminal.cases import analysis
from terminal.cli import main
from terminal.evidence import locked
from terminal.store import Store, url_in
from tests.support.app import Terminal, terminal_at
from tests.support.databases import sqlite_template
from tests.terminal.api.test_inspections import SEIZED
from workflows.papers import Person

__all__ = ["sqlite_template"]
PHRASE = "three camels at dawn"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """The data directory of a terminal that has worked and is closed now."""
    folder = tmp_path_factory.mktemp("filled")
    shutil.copyfile(sqlite_template, folder / "karvon.sqlite3")
    with terminal_at(url_in(folder), folder) as terminal:
        fill(terminal)
    (folder / "phrase").write_text(f"{PHRASE}\n", encoding="utf-8")
    return folder


def fill(terminal: Terminal) -> None:
    driver = Person("Karim Haidari", "P1234567")
    for number in range(2):
        terminal.announce(
            f"ANA-{number}", 2, driver=driver, carrier="=Amu  Lines" if number else "=AMU Lines"
        )
    gate, customs = terminal.person("gate_operator"), terminal.person("customs_inspector")
    visit = gate.must("/visits", plate="75412CBA", carries=["ANA-0"])["facts"]["visit"]
    told = gate.must(
        f"/visits/{visit}/steps", step="GATE_IN", plate="75412CBA", point="gate-1", seals=[{"number": "UZ1"}]
    )
    assert told["verdict"] == "accepted"
    customs.must("/seizures", facts=SEIZED, consignment="ANA-0", visit=visit)
    customs.must("/seizures", facts=SEIZED, handling_code="RESTRICTED")


def opened(data: bytes, phrase: str = PHRASE) -> bytes:
    """As ``openssl enc -d`` does it."""
    assert data[:8] == b"Salted__"
    key = hashlib.pbkdf2_hmac("sha256", phrase.encode(), data[8:16], 600_000, 48)
    plain = Cipher(algorithms.AES(key[:32]), modes.CBC(key[32:])).decryptor()
    padded = plain.update(data[16:]) + plain.finalize()
    return padded[: -padded[-1]]


def exported(folder: Path, name: str, by: str) -> dict[str, Any]:
    """The tables of an export, and its ``import.json``."""
    path = folder / name
    days = ["--first", "2026-11-16", "--last", "2026-11-16", "--passphrase-file", str(folder / "phrase")]
    assert main(["export", "analysis", "--as", by, "--data", str(folder), "-o", str(path), *days]) == 0
    with zipfile.ZipFile(io.BytesIO(opened(path.read_bytes()))) as file:
        tables: dict[str, Any] = {
            one.partition(".")[0]: list(csv.DictReader(io.StringIO(file.read(one).decode())))
            for one in file.namelist()
            if one.endswith(".csv")
        }
        tables["spec"] = json.loads(file.read("import.json"))
        for one, digest in tables["spec"]["sha256"].items():
            assert hashlib.sha256(file.read(one)).hexdigest() == digest
    return tables


def test_entities_hang_together_and_keep_their_ids(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = exported(filled, "a.bin", "customs_inspector")
    digest, name = capsys.readouterr().out.splitlines()[0].split()
    assert name == "a.bin"
    assert digest == hashlib.sha256((filled / "a.bin").read_bytes()).hexdigest()
    with Store.open(url_in(filled), writing=False) as store, store.reading() as reader:
        entry = reader.latest_entries(limit=1)[0]
    assert (entry.data["action"], entry.data["facts"]["sha256"]) == ("exported", digest)
    assert entry.data["facts"]["handling_codes"] == ["LAW_ENFORCEMENT"]
    assert [row["plate"] for row in tables["vehicle"]] == ["75412CBA"]
    assert sorted(row["reference"] for row in tables["consignment"]) == ["ANA-0", "ANA-1"]
    assert len(tables["seizure"]) == 2
    assert [row["name"] for row in tables["person"]] == ["Karim Haidari"]  # one driver of both
    carriers = [row for row in tables["organisation"] if "mu" in row["name"].lower() and "=" in row["name"]]
    assert [row["name"] for row in carriers] == ["'=AMU Lines"]  # one carrier, and no formula
    ids = {row["id"] for kind in analysis.ENTITY_TYPES for row in tables[kind]}
    assert all({row["from_id"], row["to_id"]} <= ids for row in tables["link"])
    types = {row["type"] for row in tables["link"]}
    assert {
        "BROUGHT",
        "SENT",
        "RECEIVES",
        "CARRIED",
        "DROVE",
        "SEIZED_FROM",
        "SEIZED_AT",
        "CAME_THROUGH",
    } <= types
    assert tables["spec"]["form"] == "karvon-analysis-1"
    again = exported(filled, "b.bin", "customs_inspector")
    for table in analysis.COLUMNS:
        assert again[table] == tables[table]
    assert (filled / "a.bin").read_bytes() != (filled / "b.bin").read_bytes()  # another salt


def test_everybody_gets_what_they_may_read(filled: Path) -> None:
    tables = exported(filled, "c.bin", "liaison_officer")
    assert tables["person"] == []
    assert "DROVE" not in {row["type"] for row in tables["link"]}
    assert [row["handling_code"] for row in tables["seizure"]] == ["LAW_ENFORCEMENT"]


def test_who_may_not_and_what_is_not_locked_well(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (filled / "weak").write_text("short", encoding="utf-8")
    base = ["export", "analysis", "--data", str(filled), "-o", str(filled / "d.bin")]
    days = ["--first", "2026-11-16", "--last", "2026-11-16"]
    weak = ["--passphrase-file", str(filled / "weak")]
    assert main([*base, *days, *weak, "--as", "tally_clerk"]) == 1
    assert "may not export" in capsys.readouterr().err
    assert main([*base, *days, *weak, "--as", "auditor"]) == 2
    assert "at least 14 signs" in capsys.readouterr().err
    assert main([*base, "--first", "2026-11-17", "--last", "2026-11-16", *weak, "--as", "auditor"]) == 2
    assert "must not be before" in capsys.readouterr().err
    nowhere = ["--passphrase-file", str(filled / "no-such-file")]
    assert main([*base, *days, *nowhere, "--as", "auditor"]) == 3
    assert not (filled / "d.bin").exists()


@given(st.binary(max_size=40), st.binary(min_size=8, max_size=8))
def test_what_is_locked_is_opened_again(plain: bytes, salt: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locked, "ROUNDS", 1)
        patch.setattr(hashlib, "pbkdf2_hmac", lambda *_: hashlib.sha512(salt).digest()[:48])
        assert opened(locked.lock(plain, PHRASE, salt)) == plain

"""Bad input around a clearance: each time refused with a plain reason, kept in the journal, and nothing lost."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tracemalloc
import zipfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from simulators.scenario import scenario_of
from simulators.world import World
from terminal.cases.attaching import also, sniff
from terminal.evidence import karvon_verify as kv
from terminal.keys import Keys
from terminal.store import url_of
from terminal.web import i18n
from tests.support.app import DATA, Terminal, clean_papers, nonce, problem, refused, terminal_at
from tests.support.wires import scale_table, until
from tests.terminal.evidence.conftest import Truck, truck

LIST = (DATA / "unsc_sample.xml").read_bytes()
MB = 1 << 20


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A terminal with a weighbridge whose verification has run out; its journal is proven at the end."""
    folder, wires = tmp_path_factory.mktemp("bad"), tmp_path_factory.mktemp("w")
    spec = {"id": "worn", "kind": "scale", "protocol": "yaohua_a9", "capacity_kg": 60000, "division_kg": 20}
    world = World(scenario_of({"seed": 1, "devices": [spec]}), wires)
    worn = scale_table(str(wires / "worn"), id="worn", point="platform-2", verified_until="2026-11-15")
    with terminal_at(url_of(folder / "karvon.sqlite3"), folder, devices=[worn]) as made:
        made.world = world  # type: ignore[attr-defined]
        made.do(world.start())
        try:
            yield made
        finally:
            made.do(world.stop())


# --- the sanctions list ---------------------------------------------------------------------------
def load(terminal: Terminal, content: bytes) -> httpx.Response:
    return terminal.person("administrator").send(
        "POST", "/data", files={"files": ("unsc.xml", content)}, data={"nonce": nonce()}
    )


def list_in_force(terminal: Terminal) -> dict[str, Any]:
    tables = terminal.person("administrator").get("/data")["tables"]
    (found,) = [row for row in tables if row["table"] == "unsc.xml"]
    return dict(found)


def list_refused(terminal: Terminal, content: bytes, why: str) -> None:
    """Refused in words, journalled with the file's hash, and the list of before still screens."""
    before = list_in_force(terminal)
    told = problem(load(terminal, content), 422, "bad_data")
    assert why in told["detail"], told["detail"]
    entry = terminal.newest()
    assert (entry.type, entry.data["step"]) == ("StepRefused", "load_data")
    (facts,) = [item["facts"] for item in entry.data["missing"]]
    assert facts["files"] == [
        {"name": "unsc.xml", "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    ]
    assert why in facts["problems"][0]
    assert list_in_force(terminal) == before
    assert before["entries"]


@pytest.mark.parametrize("cut", [10, len(LIST) // 2, len(LIST) - 3])
def test_a_torn_sanctions_list(terminal: Terminal, cut: int) -> None:
    list_refused(terminal, LIST[:cut], "unsc.xml")


def test_a_sanctions_list_of_another_form(terminal: Terminal) -> None:
    list_refused(terminal, b"<CONSOLIDATED_LIST/>", "unsc.xml")


def test_an_entity_bomb_in_the_sanctions_list(terminal: Terminal) -> None:
    layers = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY b0 "boom">{layers}]><CONSOLIDATED_LIST>&b9;</CONSOLIDATED_LIST>'
    list_refused(terminal, bomb.encode(), "unsc.xml")


def test_a_sanctions_list_that_reaches_for_a_file(terminal: Terminal) -> None:
    reach = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>'
    list_refused(terminal, reach, "unsc.xml")


# --- too much ---------------------------------------------------------------------------------------
class Flood:
    """A multipart upload that goes on for 200 MB, and remembers how much of it was asked for."""

    HEAD = b'--b\r\ncontent-disposition: form-data; name="files"; filename="big.csv"\r\n\r\n'
    SIZE = 200 * MB

    def __init__(self) -> None:
        self.taken = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        yield self.HEAD
        while self.taken < self.SIZE:
            self.taken += MB
            yield b"x" * MB


@pytest.mark.parametrize("door", ["/imports", "//import", "/attachments"])
@pytest.mark.parametrize("announced", [True, False])
def test_a_200_mb_upload_is_cut_off_and_never_in_memory(
    terminal: Terminal, door: str, announced: bool
) -> None:
    flood, voice = Flood(), terminal.person("document_officer")
    headers = {"content-type": "multipart/form-data; boundary=b"}
    if announced:
        headers["content-length"] = str(Flood.SIZE)
    before = terminal.service.store.tail().seq
    tracemalloc.start()
    try:
        told = voice.send("POST", door, content=flood.chunks(), headers=headers)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert told.status_code == 413
    assert "32 MB" in told.json()["detail"]
    assert flood.taken <= (MB if announced else 34 * MB), "no more was read than the limit"
    assert peak < 16 * MB, "it went by way of the disk"
    (entry,) = [one for one in terminal.journal() if one.seq > before and one.type == "SecurityEvent"]
    assert (entry.type, entry.subject, entry.who) == ("SecurityEvent", f"person:{voice.id}", voice.id)
    assert entry.data["action"] == "too_large"
    assert entry.data["facts"]["max_bytes"] == 32 * MB
    # The next one, of a usual size, is taken as ever.
    assert voice.get("/consignments") is not None


def test_a_stranger_cannot_fill_the_journal_with_floods(terminal: Terminal) -> None:
    before = terminal.service.store.tail().seq
    headers = {"content-type": "multipart/form-data; boundary=b", "content-length": str(Flood.SIZE)}
    told = terminal.nobody().send("POST", "/imports", content=Flood().chunks(), headers=headers)
    assert told.status_code == 413
    assert terminal.service.store.tail().seq == before


# --- two things in one ---------------------------------------------------------------------------------
def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("x.exe", b"MZ" * 40)
    return out.getvalue()


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((60, 40), 80).save(out, kind)
    return out.getvalue()


PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
POLYGLOTS = {
    "a PDF that is a page": (b"%PDF-1.4\n<html><script>steal()</script></html>\n" + PDF[9:], "HTML"),
    "a PDF with a page behind it": (PDF + b"\n<!doctype html><body onload=steal()>", "HTML"),
    "a GIF that is a program": (b"GIF89a/*" + b"\x00" * 20 + b"*/=1;steal();", None),
    "an archive called a photo": (archive(), None),
    "a photo with an archive behind it": (picture("JPEG") + archive(), "ZIP"),
    "a picture with a page behind it": (picture("PNG") + b"<script>steal()</script>", "HTML"),
    "a PDF with an archive behind it": (PDF + archive(), "ZIP"),
}


@pytest.mark.parametrize("what", POLYGLOTS)
def test_a_file_that_is_two_things_is_not_kept(terminal: Terminal, what: str) -> None:
    data, second = POLYGLOTS[what]
    customs = terminal.person("customs_inspector")
    ref = f"POLY-{list(POLYGLOTS).index(what)}"
    terminal.announce(ref, 1)
    order = customs.must("/inspections", subject=f"consignment:{ref}", method="VISUAL", why="a look inside")[
        "facts"
    ]["inspection"]
    told = customs.send(
        "POST",
        "/attachments",
        data={"to": f"inspection:{order}", "nonce": nonce()},
        files={"file": ("photo.jpg", data)},
    ).json()
    refused(told, "FILE_NOT_TAKEN", terminal)
    if second:
        assert told["sentence"] == f"This file is two kinds of file at once: it is {second} as well."
    facts = terminal.entry(told["event"]).data["missing"][0]["facts"]
    assert (facts["sha256"], facts["size"]) == (hashlib.sha256(data).hexdigest(), len(data))
    assert not terminal.service.file_path(facts["sha256"]).exists()
    # The honest photo is taken afterwards: the order still stands and still asks for it.
    for kind in ("JPEG", "PNG"):
        good = customs.send(
            "POST",
            "/attachments",
            data={"to": f"inspection:{order}", "nonce": nonce()},
            files={"file": ("photo.jpg", picture(kind))},
        ).json()
        assert good["verdict"] == "accepted", good


def test_honest_files_are_one_thing() -> None:
    for data in (PDF, picture("JPEG"), picture("PNG"), picture("TIFF"), picture("WEBP")):
        assert sniff(data) is not None
        assert also(data) is None


# --- papers and weights whose time is over ---------------------------------------------------------------
def test_a_document_that_was_valid_until_yesterday(terminal: Terminal) -> None:
    yesterday = (terminal.clock.now - timedelta(days=1)).date()
    written = clean_papers().documents
    assert any(paper.type == "AF_EXEMPTION" for paper in written)
    papers = tuple(
        replace(
            paper, fields={}, valid_until=yesterday if paper.type == "AF_EXEMPTION" else paper.valid_until
        )
        for paper in written
    )
    terminal.announce("OLD-PAPER", 1, documents=papers)
    desk, customs = terminal.person("document_officer"), terminal.person("customs_inspector")
    checks = terminal.person("auditor").get("/consignments/OLD-PAPER/checks")["findings"]
    (found,) = [one for one in checks if one["check"] == "DOC-02"]
    assert (found["severity"], found["facts"]["valid_until"]) == ("HOLD", yesterday.isoformat())
    told = customs.ask("/approvals", consignment="OLD-PAPER", step="CUSTOMS_RELEASE")
    refused(told, told["reason"], terminal)
    assert "DOC-02" in {item["facts"].get("check") for item in told["missing"]}, told
    kept = terminal.person("auditor").get("/consignments/OLD-PAPER")["papers"]["documents"]
    assert any(one["valid_until"] == yesterday.isoformat() for one in kept), "the paper itself is not lost"
    fresh = {
        "type": "AF_EXEMPTION",
        "number": "MF-2/1405",
        "issued": "2026-11-01",
        "valid_until": "2027-02-05",
    }
    desk.must("/consignments/OLD-PAPER/documents", **fresh, verified=True, note="the renewed one")
    held = [hold for hold in customs.get("/holds") if hold["consignment"] == "OLD-PAPER"]
    assert "DOC-02" in {hold["check"] for hold in held}, "nothing lifts by itself"


def test_a_weight_from_a_scale_whose_verification_is_over(terminal: Terminal) -> None:
    world: World = terminal.world  # type: ignore[attr-defined]
    gate = terminal.person("gate_operator")
    visit = gate.must("/visits", plate="75 990 WBA")["facts"]["visit"]
    gate.must(f"/visits/{visit}/steps", step="GATE_IN", plate="75 990 WBA", point="gate-1")
    terminal.do(world.do("put", {"device": "worn", "kg": "17660", "roll_s": 0.1}))

    def at_rest() -> bool:
        live = terminal.service.fleet.live("worn") if terminal.service.fleet is not None else None
        return live is not None and live.stable is True and live.kg == Decimal(17660)

    terminal.do(until(at_rest, "the scale at rest"))
    told = terminal.person("weighbridge_operator").ask(
        "/weighings", point="platform-2", visit=visit, step="WEIGH_IN", wait_s=20
    )
    refused(told, "SCALE_NOT_VERIFIED", terminal)
    facts = told["missing"][0]["facts"]
    assert (facts["scale"], facts["why"]) == ("worn", "out_of_verification")
    assert gate.get(f"/visits/{visit}")["weighings"] == []
    assert told["next"]


# --- forged proofs -------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def ready(terminal: Terminal) -> Truck:
    return truck(terminal, "FORGED-1")


def test_a_forged_gate_pass(terminal: Terminal, ready: Truck) -> None:
    ready.person("release_officer").must(f"/visits/{ready.visit}/gate-pass")
    gate = ready.person("gate_operator")
    text = gate.get(f"/visits/{ready.visit}/gate-pass")["text"]
    payload, _ = kv.split_pass(text)
    said = json.loads(payload)
    thief = Keys(terminal.service.settings.data_dir / "thief", "UZTER").current(terminal.clock.now)
    other_seal = json.dumps({**said, "s": ["UZ0000000"]}).encode()
    for forged in (
        kv.pass_text(payload, thief.sign(kv.PASS_CONTEXT + payload)),
        kv.pass_text(other_seal, kv.split_pass(text)[1]),
        kv.pass_text(payload, thief.sign(payload)),
    ):
        told = gate.scan(forged, "GATE_OUT", "gate-1", symbology="]Q1")
        refused(told, "GATEPASS_NOT_GOOD", terminal)
        for language in ("en", "ru", "uz"):
            assert i18n.words(language).gettext("This gate pass is not good.")
    assert gate.scan(text, "GATE_OUT", "gate-1", symbology="]Q1")["verdict"] == "attention", (
        "the true one is good as ever"
    )
    assert gate.get(f"/visits/{ready.visit}")["stage"] == "WEIGH_OUT", "no paper opens the barrier"


def test_a_tampered_bundle(
    terminal: Terminal, ready: Truck, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ready.person("auditor").send("GET", f"/consignments/{ready.ref}/bundle").content
    exported = terminal.newest()
    assert (exported.data["action"], exported.data["facts"]["what"]) == ("export", "bundle")
    bundle, key = tmp_path / "bundle.zip", tmp_path / "key"
    key.write_text(terminal.nobody().send("GET", "/keys").text, encoding="utf-8")
    files = kv.unpack(data)
    start = 0
    for name, body in files.items():
        start += 30 + len(name.encode())
        bent = bytearray(data)
        bent[start + len(body) // 2] ^= 1
        bundle.write_bytes(bent)
        assert kv.main([str(bundle), "--key", str(key)]) == 1
        assert f"NOT PROVEN. {name}: " in capsys.readouterr().out
        start += len(body)
    shutil.copyfile(bundle, tmp_path / "kept.zip")
    bundle.write_bytes(data)
    assert kv.main([str(bundle), "--key", str(key)]) == 0, "what the terminal keeps is whole"

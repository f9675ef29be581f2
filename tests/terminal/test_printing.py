"""A unit that came without a label gets one at once: over TCP to a printer, onto paper, and read back by our own reader."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from devices.vision import read_image
from terminal.store import url_of
from tests.support.app import Terminal, terminal_at
from tests.support.databases import sqlite_template
from tests.terminal.evidence.conftest import truck
from tests.terminal.web.with_browser import Browser

__all__ = ["sqlite_template"]
SCENARIO = '[[devices]]\nid = "printer-1"\nkind = "printer"\nprotocol = "zpl_hs"\nport = "tcp"\n'


@dataclass
class Printer:
    """A simulated printer in a process of its own: where it is reached, and where its paper is looked at."""

    url: str
    control: str

    def paper(self) -> bytes | None:
        """The last label that came out; None when there is none yet."""
        answer = httpx.get(f"{self.control}/paper/printer-1", timeout=30)
        return answer.content if answer.status_code == 200 else None

    def trouble(self, *words: str) -> None:
        """Paper out and so on; nothing mends all."""
        told = httpx.post(f"{self.control}/trouble", json={"device": "printer-1", "words": words}, timeout=30)
        assert told.status_code == 200, told.text


@pytest.fixture(scope="module")
def printer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Printer]:
    folder = tmp_path_factory.mktemp("printer")
    (folder / "printer.toml").write_text(SCENARIO, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "simulators",
        str(folder / "printer.toml"),
        "--dir",
        str(folder),
        "--control",
        "0",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        there, ready = (json.loads(process.stdout.readline()) for _ in range(2))
        yield Printer(there["url"], ready["control"])
        process.terminate()


@pytest.fixture(scope="module")
def terminal(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, printer: Printer
) -> Iterator[Terminal]:
    folder = tmp_path_factory.mktemp("printing")
    shutil.copyfile(sqlite_template, folder / "karvon.sqlite3")
    table = {
        "id": "printer-1",
        "kind": "printer",
        "protocol": "zpl_hs",
        "url": printer.url,
        "point": "tally-1",
        "reconnect_s": 0.1,
    }
    with terminal_at(
        url_of(folder / "karvon.sqlite3"), folder, terminal={"sscc_prefix": "4780001"}, devices=[table]
    ) as made:
        until(lambda: made.service.fleet is not None and made.service.fleet.health_of("printer-1").ok)
        yield made


def until(said: Callable[[], Any], seconds: float = 60.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := said()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
    return found


def unloading(terminal: Terminal, ref: str) -> Any:
    """A tally clerk before the sheet of a truck that stands open at the dock."""
    made = truck(terminal, ref, 2, ready=False)
    made.person("gate_operator").must(
        f"/visits/{made.visit}/steps", step="GATE_IN", plate=made.plate, point="gate-1",
        seals=[{"number": f"UZ05{made.number:05d}"}],
    )  # fmt: skip
    made.weigh("17660", "WEIGH_IN")
    made.person("document_officer").must("/approvals", consignment=ref, step="DOC_CHECK")
    made.person("customs_inspector").must("/approvals", consignment=ref, step="RISK")
    made.person("tally_clerk").must(f"/visits/{made.visit}/steps", step="UNLOAD", point="tally-1")
    clerk = Browser(terminal, terminal.person("tally_clerk"))
    clerk.open(f"/tallies/{ref}")
    return clerk


def receive(clerk: Any, ref: str) -> str:
    """Receive a unit without a label; the SSCC that it got."""
    clerk.submit(
        f"/tallies/{ref}/units",
        line="1",
        gross_kg="480",
        condition="GOOD",
        note="came without a label",
        label="",
    )
    assert clerk.path.startswith("/units/"), clerk.verdict()
    found: str = clerk.path.removeprefix("/units/")
    return found


def test_a_unit_without_a_label_gets_ours_printed_at_once_and_it_is_read_back(
    terminal: Terminal, printer: Printer
) -> None:
    clerk = unloading(terminal, "PRINT-1")
    label = receive(clerk, "PRINT-1")
    assert label.startswith("04780001")
    paper = until(printer.paper)
    found = read_image(paper)
    assert {code.text for code in found} == {f"00{label}"}
    assert len(found) == 2, "as bars and as a matrix"
    # The scan of that very paper is known here, as the unit that was received.
    told = terminal.person("tally_clerk").scan(f"]C1{found[0].text}", "TALLY")
    assert told["verdict"] == "already_done", told
    assert told["facts"]["unit"] == label


def test_without_paper_the_unit_is_received_all_the_same_and_printed_later(
    terminal: Terminal, printer: Printer
) -> None:
    clerk = unloading(terminal, "PRINT-2")
    printer.trouble("paper_out")
    try:
        label = receive(clerk, "PRINT-2")
    finally:
        printer.trouble()
    clerk.submit(f"/units/{label}/print")
    until(lambda: {code.text for code in read_image(printer.paper() or b"")} == {f"00{label}"})

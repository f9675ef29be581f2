"""A terminal of its own for each test module, and a truck that stands ready to leave."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest

from terminal.store import url_of
from tests.support.app import PASSWORD, Terminal, Voice, clean_papers, terminal_at
from tests.support.databases import postgres, sqlite_template, store_url
from workflows.papers import Vehicle

__all__ = ["postgres", "sqlite_template", "store_url"]


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Terminal]:
    """A running terminal, shared by the tests of a module; its journal is proven at the end."""
    folder = tmp_path_factory.mktemp("evidence")
    shutil.copyfile(sqlite_template, folder / "karvon.sqlite3")
    with terminal_at(url_of(folder / "karvon.sqlite3"), folder) as running:
        yield running


_NUMBERS = itertools.count(1)


@dataclass
class Truck:
    """One truck with its consignment, taken as far as the weighbridge on its way out."""

    terminal: Terminal
    ref: str
    visit: str
    labels: list[str]
    kg: Decimal
    number: int

    @property
    def seal(self) -> str:
        """The seal that is put on here; no two trucks have the same."""
        return f"UZ09{self.number:05d}"

    @property
    def plate(self) -> str:
        """Its plate; no two trucks have the same, for each is inside once."""
        return f"75{411 + self.number}CBA"

    def person(self, login: str) -> Voice:
        return self.terminal.person(login)

    def step(self, who: str, step: str, **more: object) -> dict[str, object]:
        return self.person(who).ask(f"/visits/{self.visit}/steps", step=step, **more)

    def weigh(self, kg: Decimal | str, step: str) -> None:
        self.person("weighbridge_operator").must(
            "/weighings",
            point="weighbridge-1",
            visit=self.visit,
            step=step,
            typed_kg=str(kg),
            confirmed_by="weighbridge_2",
            confirm_password=PASSWORD,
            note="the cable is cut",
        )

    def arrive(self, **gate: object) -> None:
        """Through the gate (``gate``: more of what is said there) to unloaded."""
        self.person("gate_operator").must(
            f"/visits/{self.visit}/steps",
            step="GATE_IN",
            plate=self.plate,
            point="gate-1",
            seals=[{"number": f"UZ05{self.number:05d}"}],
            **gate,
        )
        self.weigh(Decimal(15420) + self.kg, "WEIGH_IN")
        desk = self.person("document_officer")
        desk.must("/approvals", consignment=self.ref, step="DOC_CHECK")
        paper = {"type": "AF_EXEMPTION", "number": "MF-0412/1405", "issued": "2026-11-05"}
        desk.must(
            f"/consignments/{self.ref}/documents",
            **paper,
            valid_until="2027-02-05",
            verified=True,
            note="seen",
        )
        desk.ask("/approvals", consignment=self.ref, step="DOC_CHECK")
        self.person("customs_inspector").must("/approvals", consignment=self.ref, step="RISK")
        self.person("tally_clerk").must(f"/visits/{self.visit}/steps", step="UNLOAD", point="tally-1")
        for label in self.labels:
            self.person("tally_clerk").scan(label, "TALLY")
        self.person("tally_clerk").must(f"/visits/{self.visit}/steps", step="UNLOAD", note="empty")
        self.weigh("15420", "WEIGH_IN")

    def release(self) -> None:
        customs = self.person("customs_inspector")
        told = customs.ask("/approvals", consignment=self.ref, step="CUSTOMS_RELEASE")
        if told["reason"] == "INSPECTION_NEEDED":  # drawn at random for the red lane
            self.inspect()
            customs.must("/approvals", consignment=self.ref, step="CUSTOMS_RELEASE")
        self.person("release_officer").must("/approvals", consignment=self.ref, step="RELEASE")

    def inspect(self) -> None:
        """Somebody looks inside and finds nothing."""
        customs = self.person("customs_inspector")
        about = {"subject": f"consignment:{self.ref}", "method": "VISUAL", "why": "red lane"}
        order = customs.must("/inspections", **about)["facts"]["inspection"]
        customs.must(f"/inspections/{order}/start")
        customs.must(f"/inspections/{order}/result", result="NO_FINDING", minutes=20)

    def load(self) -> None:
        self.person("tally_clerk").must(f"/visits/{self.visit}/steps", step="LOAD", point="load-1")
        for label in self.labels:
            told = self.person("tally_clerk").scan(
                label, "LOAD", "load-1", unit_context={"visit": self.visit}
            )
            assert told["verdict"] == "accepted", told
        self.person("customs_inspector").must(
            f"/visits/{self.visit}/steps", step="SEAL", seals=[{"number": self.seal, "cls": "H"}]
        )
        self.weigh(Decimal(15420) + self.kg, "WEIGH_OUT")


def truck(
    terminal: Terminal, ref: str, units: int = 3, *, ready: bool = True, driver: str | None = None
) -> Truck:
    """A truck of a consignment of that reference; ``ready``: released, loaded, sealed and weighed out.

    ``driver`` is the name that the papers give, else that of the sample.
    """
    number = next(_NUMBERS)
    vehicle = Vehicle(f"75 {411 + number} CBA", None, tare_kg=Decimal(15420))
    known = clean_papers().driver
    person = replace(known, name=driver) if known is not None and driver is not None else known
    labels = terminal.announce(ref, units, seal=f"UZ05{number:05d}", vehicle=vehicle, driver=person)
    new = {"plate": f"75{411 + number}CBA", "trailer": "75 4410 AB", "carries": [ref]}
    visit = terminal.person("gate_operator").must("/visits", **new)["facts"]["visit"]
    lines = terminal.person("document_officer").get(f"/consignments/{ref}")["papers"]["lines"]
    kg = sum((Decimal(line["gross_kg"]) for line in lines), Decimal(0))
    made = Truck(terminal, ref, visit, labels, kg, number)
    if ready:
        made.arrive()
        made.release()
        made.load()
    return made

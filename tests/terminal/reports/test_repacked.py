"""Repacking makes neither more nor less of what came: counts, weights and the quantity check stay those of the sender's units."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from terminal.reports.today import Following
from terminal.store import url_of
from tests.support.app import Terminal, terminal_at
from tests.terminal.evidence.conftest import truck

SENDER = "Agency A"


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Terminal]:
    """A terminal that has numbers for labels of its own; its journal is proven at the end."""
    folder = tmp_path_factory.mktemp("repacked")
    shutil.copyfile(sqlite_template, folder / "karvon.sqlite3")
    url = url_of(folder / "karvon.sqlite3")
    with terminal_at(url, folder, terminal={"sscc_prefix": "4780001"}) as made:
        yield made


def figures(terminal: Terminal, kind: str, section: str, **query: str) -> list[dict[str, object]]:
    """The rows of one section of a report of today."""
    rows: list[dict[str, object]] = terminal.person("auditor").get(f"/reports/{kind}", **query)["sections"][
        section
    ]["rows"]
    return rows


def test_what_was_received_stays_what_came(terminal: Terminal) -> None:
    made = truck(terminal, "REPACK-1", 4, ready=False)
    made.arrive()
    keeper, follow = made.person("warehouse_keeper"), Following()

    def received() -> tuple[int, Decimal, int, Decimal]:
        (row,) = (one for one in figures(terminal, "terminal", "cargo") if one["step"] == "received")
        with terminal.service.reading() as reader:
            wall = follow.today(reader, terminal.clock.now)
        return int(str(row["units"])), Decimal(str(row["gross_kg"])), wall.received, wall.received_kg

    before = received()
    assert before == (4, made.kg, 4, made.kg)
    one, two, three, _ = made.labels
    parts = keeper.must(f"/units/{one}/split", gross_kg=["10", "20.5"])["facts"]["into"]
    keeper.must("/units/together", units=[two, parts[0]], tare_kg="25")
    keeper.must(f"/units/{three}/split", gross_kg=["7"])
    assert received() == before

    # The sender reads four units received with what they weighed, however they stand now.
    (line,) = (one for one in figures(terminal, "agency", "list", sender=SENDER) if one["ref"] == made.ref)
    assert (line["units"], line["received"], Decimal(str(line["gross_kg"]))) == (4, 4, made.kg)

    # The count fits: the checks run again with the approval, and hold nothing.
    made.release()
    consignment = made.person("auditor").get(f"/consignments/{made.ref}")
    assert [hold for hold in consignment["holds"] if hold["check"] == "QTY-01"] == []
    assert [one for one in consignment["findings"] if one["check"] == "QTY-01"] == []


def test_a_lost_unit_is_not_among_what_is_released(terminal: Terminal) -> None:
    made = truck(terminal, "REPACK-2", 3, ready=False)
    made.arrive()
    clerk = made.person("tally_clerk")
    told = clerk.scan(made.labels[0], "LOST", "tally-1", unit_context={"note": "It fell into the river."})
    assert told["verdict"] == "accepted", told
    customs = made.person("customs_inspector")
    customs.ask("/approvals", consignment=made.ref, step="CUSTOMS_RELEASE")  # the count does not fit any more
    (hold,) = (one for one in customs.get(f"/consignments/{made.ref}")["holds"] if one["lifted_at"] is None)
    customs.must(f"/holds/{hold['id']}/lift", outcome="CLEARED_CORRECTED", note="Two may go.")
    before = {one["step"]: one for one in figures(terminal, "terminal", "cargo")}["released"]
    made.release()
    after = {one["step"]: one for one in figures(terminal, "terminal", "cargo")}["released"]
    assert int(str(after["units"])) - int(str(before["units"])) == 2

"""Loading over the API: dangerous goods of two consignments are kept apart at the dock; an estimate of the axle loads."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from terminal.store import Books
from tests.support.app import Terminal, refused
from tests.terminal.evidence.conftest import truck


def test_goods_of_two_consignments_that_may_not_travel_together_are_refused(terminal: Terminal) -> None:
    made = truck(terminal, "LDG-1", 2, ready=False)
    made.arrive()
    made.release()
    clerk = made.person("tally_clerk")
    clerk.must(f"/visits/{made.visit}/steps", step="LOAD", point="load-1")
    a, b = made.labels
    told = clerk.scan(a, "LOAD", "load-1", unit_context={"visit": made.visit})
    assert told["verdict"] == "accepted", told

    # No sender may announce this and no officer releases it: it stands in the writer's memory for the scan alone.
    classes = {a: "3", b: "1.1D"}

    def risky(books: Books) -> None:
        stored = books.stored_consignment("LDG-1")
        assert stored is not None
        lines = tuple(
            replace(line, dg_class=classes.get(line.sscc or "")) for line in stored.value.papers.lines
        )
        changed = replace(stored.value, papers=replace(stored.value.papers, lines=lines))
        books._caches.consignments.put(stored.key, stored.version, changed)

    terminal.write(risky)
    told = clerk.scan(b, "LOAD", "load-1", unit_context={"visit": made.visit})
    first = refused(told, "KEPT_APART", terminal)
    assert first["facts"]["other"] == a
    assert first["facts"]["labels"] == ["1.1D"]
    assert "1.1D" in told["sentence"]


def test_the_axle_loads_of_a_load_are_estimated(terminal: Terminal) -> None:
    made = truck(terminal, "LDG-2", 3)
    clerk = made.person("tally_clerk")
    told = clerk.get(f"/visits/{made.visit}/axle-estimate", profile="semi-5")
    assert told["estimate"] is True
    total = sum(Decimal(group["load_kg"]) for group in told["groups"])
    assert abs(total - made.kg) <= 1
    assert [group["name"] for group in told["groups"]] == ["steer", "drive", "trailer"]
    assert all(Decimal(group["limit_kg"]) > 0 for group in told["groups"])
    assert (
        clerk.send("GET", f"/visits/{made.visit}/axle-estimate", params={"profile": "camel"}).status_code
        == 422
    )
    assert made.person("agency_user").send("GET", f"/visits/{made.visit}/axle-estimate").status_code == 404

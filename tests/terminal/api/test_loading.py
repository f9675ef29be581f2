"""Loading over the API: dangerous goods of two consignments are kept apart at the dock; an estimate of the axle loads."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from terminal.store import Books
from tests.support.app import Terminal, nonce, refused
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
    left = clerk.get(f"/units/{b}")
    assert (left["stage"], left["visit"]) == ("TALLY", None)  # it stays at the dock


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


def test_the_loader_chooses_the_vehicle_and_says_where_units_stand(terminal: Terminal) -> None:
    made = truck(terminal, "LDG-3", 3)
    clerk = made.person("tally_clerk")
    path = f"/visits/{made.visit}/axle-estimate"
    told = clerk.get(path, profile="rigid-3")
    assert [unit["unit"] for unit in told["units"]] == made.labels
    assert told["tare_kg"] == "15420"
    assert told["shift_m"] is None
    steer = Decimal(told["groups"][0]["load_kg"])
    back = clerk.get(path, profile="rigid-3", at=["7.0"] * 3)
    assert Decimal(back["groups"][0]["load_kg"]) < steer, "weight moves back with the goods"
    assert [unit["at_m"] for unit in back["units"]] == ["7.0"] * 3
    for wrong in ({"at": ["x"]}, {"at": ["31"]}, {"profile": "../x"}):
        assert clerk.send("GET", path, params=wrong).status_code == 422
    page = clerk.send("GET", f"//visits/{made.visit}/axles", params={"profile": "rigid-3", "at": ["7,0"] * 3})
    for part in (
        "Steering axle",
        "Driven axles",
        "15,420",
        "weighed here",
        'value="7.0"',
        made.labels[0][-6:-1],
    ):
        assert part in page.text, part
    assert "Tractor with semitrailer, axles 1-1-3" in page.text
    bad = clerk.send("GET", f"//visits/{made.visit}/axles", params={"at": ["behind"] * 3})
    assert "Write places as metres" in bad.text
    assert bad.status_code == 200
    shown = clerk.send("GET", f"//visits/{made.visit}").text
    assert f'href="/visits/{made.visit}/axles"' in shown


def test_the_vehicles_are_a_table_that_an_administrator_replaces(terminal: Terminal) -> None:
    made = truck(terminal, "LDG-4", 2)
    clerk, admin = made.person("tally_clerk"), terminal.person("administrator")
    table = (
        "profile,groups,deck_m,front_support_m,rear_support_m,fifth_wheel,note\n"
        "cart,steer:1:100;drive:1:100,4.0,0.5,1.0,,hangs over behind\n"
    )

    def load(text: str) -> Any:
        files = [("files", ("vehicle_profiles.csv", text.encode()))]
        return admin.send("POST", "/data", data={"nonce": nonce()}, files=files)

    wrong = load(table.replace("1.0,,", "0.1,,"))
    assert "rear_support_m" in wrong.text
    assert load(table).json()["verdict"] == "accepted"
    told = clerk.get(f"/visits/{made.visit}/axle-estimate", profile="cart", at=["3.9", "3.9"])
    assert told["over"] is True
    page = clerk.send("GET", f"//visits/{made.visit}/axles", params={"at": ["3.9", "3.9"]}).text
    assert "Too heavy as it stands" in page
    assert "forward" in page or "No other place on this vehicle helps" in page
    assert clerk.send("GET", f"/visits/{made.visit}/axle-estimate").status_code == 422, "semi-5 is gone"

"""A day that nobody watches: three trucks and a cut of wagons are let in, weighed, emptied, counted, put away; trucks
are loaded again, sealed, weighed and let out, and so are the empty wagons.

The stations are browsers of phone and desk size behind a bad network, the power fails, and people scan twice. At the end
units, bays, weights and journal say exactly what the script did.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from terminal.demo.people import PASSWORD
from terminal.demo.starting import seed
from terminal.running import opened
from terminal.settings import read
from tests.journeys.cargo import PALLET_KG, Load
from tests.journeys.machines import Voice, until, verified
from tests.journeys.people import PATIENCE_MS, PHONE, WIDE, Person, office
from tests.journeys.test_killed import KILLS, Asker, Power, Server, free_port, running
from tests.journeys.test_two_stations import configuration, waiting
from tests.journeys.troubled import Troubled
from tests.support.app import nonce
from workflows.identifiers.checkdigits import luhn

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

SEED = 20261128
TRUCKS = tuple(
    Load(f"BLIND-{n}", 790_000 + 100 * n, 4, f"75 89{n} KBA", f"75 519{n} AB", f"UZ055089{n}")
    for n in (1, 2, 3)
)
WAGONS = tuple(Load(f"BLIND-{n}", 790_000 + 100 * n, 4, seal=f"UZ055089{n}") for n in (4, 5))
NUMBERS = tuple(f"{stem}{luhn(str(stem))}" for stem in (2412350, 2412351))
EMPTY_KG = {"truck": 15420, "wagon": 24000}
BAYS = ("A-01", "A-02", "A-03", "A-04")


class Day:
    """The crew that works over the API, each with a voice of their own that asks until there is an answer."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.crew: dict[str, Asker] = {}
        self.visits: dict[str, str] = {}
        self.cut = ""

    def must(self, login: str, path: str, **body: Any) -> dict[str, Any]:
        """A step that must be done."""
        if login not in self.crew:
            self.crew[login] = Asker(Voice(self.address, login))
        return self.crew[login].must(path, **body)

    def announce(self, load: Load) -> None:
        """The packing list and the papers of one load."""
        agency = Voice(self.address, "agency-a")
        said = agency.client.post(
            "/api/v1/imports",
            data={"nonce": nonce(), "facts": json.dumps(load.facts())},
            files={"files": (f"{load.ref}.xlsx", load.packing_list())},
        )
        agency.close()
        assert said.json()["verdict"] == "accepted", said.text

    def arrive(self) -> None:
        """Trucks by their plates, wagons by the numbers read at the track."""
        for load in TRUCKS:
            new = {"plate": load.plate, "trailer": load.trailer, "carries": [load.ref]}
            self.visits[load.ref] = self.must("gulnora", "/visits", **new)["facts"]["visit"]
            seals = [{"number": load.seal, "cls": "H"}]
            seen = {"plate": load.plate, "trailer": load.trailer, "seals": seals}
            path = f"/visits/{self.visits[load.ref]}/steps"
            self.must("gulnora", path, step="GATE_IN", point="gate-1", **seen)
        rows = [
            {"number": number, "carries": [load.ref], "tare_kg": "24000", "seals": [load.seal]}
            for number, load in zip(NUMBERS, WAGONS, strict=True)
        ]
        self.cut = cut = self.must("gulnora", "/cuts", train="2451", wagons=rows)["facts"]["cut"]
        assert self.must("gulnora", f"/cuts/{cut}/arrive", numbers=list(NUMBERS))["facts"]["arrived"] == 2
        for wagon in self.crew["gulnora"].get(f"/cuts/{cut}")["wagons"]:
            self.visits[wagon["carries"][0]] = wagon["visit"]

    def release(self, load: Load) -> None:
        """The Afghan approval looked at, customs release, terminal release; the empty truck comes to the dock."""
        papers = self.crew["dilnoza"].get(f"/consignments/{load.ref}")["papers"]["documents"]
        paper = next(paper for paper in papers if paper["type"] == "AF_EXEMPTION")
        known = {key: paper[key] for key in ("type", "number", "issued", "valid_from", "valid_until")}
        seen = {**known, "verified": True, "note": "seen"}
        self.must("dilnoza", f"/consignments/{load.ref}/documents", **seen)
        for login, step in (("chori", "CUSTOMS_RELEASE"), ("rustam", "RELEASE")):
            self.must(login, "/approvals", consignment=load.ref, step=step, password=PASSWORD)
        self.must("timur", f"/visits/{self.visits[load.ref]}/steps", step="LOAD", point="load-1")

    def leave(self, load: Load) -> None:
        """Sealed, weighed and let out."""
        path = f"/visits/{self.visits[load.ref]}/steps"
        seals = [{"number": seal_out(load), "cls": "H"}]
        self.must("chori", path, step="SEAL", seals=seals)
        self.weigh(load, empty_of(load) + load.kg, "WEIGH_OUT")
        seen = {"plate": load.plate, "trailer": load.trailer, "seals": seals}
        self.must("gulnora", path, step="GATE_OUT", point="gate-1", **seen)

    def weigh(self, load: Load, kg: int, step: str = "WEIGH_IN") -> None:
        """The weighbridge, typed by two people: its wire has tests of its own."""
        typed = {"typed_kg": str(kg), "confirmed_by": "zafar", "confirm_password": PASSWORD, "note": "day"}
        where = {"point": "weighbridge-1", "visit": self.visits[load.ref], "step": step}
        self.must("wali", "/weighings", **where, **typed)

    def open_up(self, load: Load) -> None:
        """Papers looked at, screened, sent to the dock."""
        for login, step in (("dilnoza", "DOC_CHECK"), ("chori", "RISK")):
            self.must(login, "/approvals", consignment=load.ref, step=step, password=PASSWORD)
        self.must("timur", f"/visits/{self.visits[load.ref]}/steps", step="UNLOAD", point="tally-1")


def empty_of(load: Load) -> int:
    """What its vehicle weighs without the load, in kg."""
    return EMPTY_KG["truck" if load in TRUCKS else "wagon"]


def seal_out(load: Load) -> str:
    """The seal that customs puts on."""
    return load.seal.replace("UZ055", "UZ099")


def scan_all(stations: list[Person], scans: list[tuple[int, str]], dice: random.Random) -> None:
    """These codes at these stations, in order; networks come and go meanwhile, and everything is sent at the end."""
    for at, code in scans:
        if dice.random() < 0.15:
            stations[at].page.context.set_offline(dice.random() < 0.6)
        stations[at].wedge(code)
    for station in stations:
        station.page.context.set_offline(False)
        sent(station.page)


def sent(page: Page) -> None:
    """Until nothing waits at this station."""
    until(lambda: waiting(page) == 0, "the queue did not empty")
    expect(page.locator("#lamp-queue")).to_be_hidden(timeout=PATIENCE_MS)


def test_a_blind_day_ends_exactly_as_the_script_says(tmp_path: Path, browser: Browser) -> None:
    dice = random.Random(SEED)
    port = free_port()
    config = configuration(tmp_path, port)
    with opened(read(config)) as service:
        seed(service)
    server = Server(config, port)
    try:
        day = Day(server.address)
        everything = (*TRUCKS, *WAGONS)
        for load in everything:
            day.announce(load)
        day.arrive()
        for load in everything:
            day.weigh(load, empty_of(load) + load.kg)
            day.open_up(load)
        labels = [label for load in everything for label in load.labels]
        dice.shuffle(labels)
        bay_of = {label: BAYS[number % len(BAYS)] for number, label in enumerate(labels)}
        with Troubled(port, seed=SEED, silences=1) as proxy, office(browser, proxy.address) as people:
            counting = [people.person("timur", PHONE), people.person("timur", WIDE)]
            storing = [people.person("kamola", PHONE)]
            for station, path in (
                *((one, "/tally?point=tally-1") for one in counting),
                (storing[0], "/storage"),
            ):
                station.open(path)
                station.page.wait_for_selector("#entry[data-ready]")
            counted = [(dice.randrange(2), f"]C100{label}") for label in labels]
            for label in dice.sample(labels, len(labels) // 2):  # twice, or at the other station too
                counted.insert(dice.randrange(len(counted)), (dice.randrange(2), f"]C100{label}"))
            put = []
            for label in labels:
                put += [(0, f"KRV:BAY:{bay_of[label]}"), (0, f"]C100{label}")]
            power = Power(server)
            with running(power):
                scan_all(counting, counted, dice)
                scan_all(storing, put, dice)
            assert server.kills == KILLS
            assert len(proxy.nonces) == len(counted) + len(put)
            nonces = set(proxy.nonces)
        for load in everything:
            path = f"/visits/{day.visits[load.ref]}/steps"
            day.must("timur", path, step="UNLOAD", note="empty")
            day.weigh(load, empty_of(load))
        prove(day, bay_of, len(counted), nonces)
        load_again(day, server, browser, dice)
        prove_gone(day)
        for asker in day.crew.values():
            asker.voice.close()
    finally:
        server.process.close()
    assert verified(tmp_path)["ok"]


def load_again(day: Day, server: Server, browser: Browser, dice: random.Random) -> None:
    """The trucks take their loads again and leave, the wagons leave empty; the power fails once more at each truck."""
    port = int(server.address.rpartition(":")[2])
    with Troubled(port, seed=SEED + 1, silences=0) as proxy, office(browser, proxy.address) as people:
        loader = people.person("timur", PHONE)
        for load in TRUCKS:
            day.release(load)
            loader.open(f"/load?point=load-1&step=LOAD&visit={day.visits[load.ref]}")
            loader.page.wait_for_selector("#entry[data-ready]")
            loader.page.context.set_offline(True)
            codes = [(0, f"]C100{label}") for label in (*load.labels, load.labels[0])]
            for _, code in codes:
                loader.wedge(code)
            server.kill()
            scan_all([loader], codes[:2], dice)  # twice
            day.leave(load)
        assert len(proxy.nonces) == len(TRUCKS) * 7
    for load in WAGONS:
        day.weigh(load, empty_of(load), "WEIGH_OUT")
    gone = day.must("gulnora", f"/cuts/{day.cut}/leave")["facts"]
    assert (gone["wagons"], gone["empty"]) == (2, 2)


def prove_gone(day: Day) -> None:
    """What went out is what the trucks brought, each unit once; what came by rail lies where it was put."""
    voice = Voice(day.address, "auditor")
    for load in TRUCKS:
        visit = voice.get(f"/visits/{day.visits[load.ref]}")
        assert (visit["stage"], Decimal(visit["loaded_kg"])) == ("GATE_OUT", load.kg)
        assert [Decimal(one["kg"]) for one in visit["weighings"]][2:] == [empty_of(load) + load.kg]
        assert {voice.get(f"/units/{label}")["stage"] for label in load.labels} == {"GATE_OUT"}
    for load in WAGONS:
        assert voice.get(f"/visits/{day.visits[load.ref]}")["stage"] == "GATE_OUT"
        assert {voice.get(f"/units/{label}")["stage"] for label in load.labels} == {"STORAGE"}
    voice.close()


def prove(day: Day, bay_of: dict[str, str], counted: int, nonces: set[str]) -> None:
    """Every scan is in the journal under its nonce; units, bays and weights are those of the script."""
    voice = Voice(day.address, "auditor")
    entries: list[dict[str, Any]] = []
    while page := voice.get("/journal", after=entries[-1]["seq"] if entries else 0, limit=1000):
        entries += page
    kinds = Counter(entry["type"] for entry in entries if entry["nonce"] in nonces)
    assert nonces <= {entry["nonce"] for entry in entries}
    assert "StepRefused" not in kinds, kinds
    assert "ScanSetAside" not in kinds, kinds
    tallied = [entry["subject"] for entry in entries if entry["type"] == "UnitTallied"]
    assert sorted(tallied) == sorted(f"unit:{label}" for label in bay_of)
    again = [
        e for e in entries if e["type"] == "ScanNoted" and e["nonce"] in nonces and e["point"] == "tally-1"
    ]
    assert len(again) == counted - len(bay_of)
    stock = {label: voice.get(f"/units/{label}") for label in bay_of}
    assert {label: (unit["stage"], unit["place"]) for label, unit in stock.items()} == {
        label: ("STORAGE", bay) for label, bay in bay_of.items()
    }
    for load in (*TRUCKS, *WAGONS):
        weights = [Decimal(one["kg"]) for one in voice.get(f"/visits/{day.visits[load.ref]}")["weighings"]]
        assert weights == [empty_of(load) + load.kg, empty_of(load)]
        assert sum(Decimal(stock[label]["gross_kg"]) for label in load.labels) == weights[0] - weights[1]
    assert sum(Decimal(unit["gross_kg"]) for unit in stock.values()) == len(bay_of) * PALLET_KG
    voice.close()

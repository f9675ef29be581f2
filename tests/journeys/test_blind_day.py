"""A day that nobody watches: three trucks and a cut of wagons, worked by a crew in real browsers while everything fails.

Gate, scale, desk, customs, dock, warehouse, loader, driver and the receiver at Hairatan sit at phones and desks. Networks
are cut at random, the power fails, labels are scanned twice, buttons are pressed again. At the end units, bays, weights and
the journal say exactly what the script did.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import Error as BrowserError

from tests.journeys.cargo import PALLET_KG, Load
from tests.journeys.crew import Crew
from tests.journeys.daybook import Book, Clock
from tests.journeys.expected import Expected, Table, cargo
from tests.journeys.figures import journal, over_the_api
from tests.journeys.machines import PATIENCE, Voice, until
from tests.journeys.people import PATIENCE_MS, PHONE, WIDE, Office, Person, office
from tests.journeys.standing import Standing, standing
from tests.journeys.test_killed import KILLS, Asker, Power, running
from tests.journeys.test_two_stations import waiting
from tests.journeys.troubled import Troubled
from tests.support.app import nonce
from workflows.identifiers.checkdigits import luhn

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1500)]

SEED = 20261128
NUMBERS = tuple(f"{stem}{luhn(str(stem))}" for stem in (2412350, 2412351))
TRUCKS = tuple(
    Load(f"BLIND-{n}", 790_000 + 100 * n, 4, f"75 89{n} KBA", f"75 519{n} AB", f"UZ055089{n}")
    for n in (1, 2, 3)
)
WAGONS = tuple(
    Load(f"BLIND-{n}", 790_000 + 100 * n, 4, "", "", f"UZ055089{n}", wagon=NUMBERS[n - 4]) for n in (4, 5)
)
EVERYTHING = (*TRUCKS, *WAGONS)
EMPTY_KG = {"truck": 15420, "wagon": 24000}
BAYS = ("A-01", "A-02", "A-03", "A-04")
#: how long somebody looks at a page that does not answer before trying again, ms
SHORT_MS = 6_000
#: of the acts at a page, so many begin without a network
CUT = 0.2


class Day:
    """The day as the script does it. ``books`` reads what is written, past the bad network."""

    def __init__(self, place: Standing, people: Office, dice: random.Random) -> None:
        self.place, self.dice = place, dice
        self.crew = Crew(people, place.devices.act, patience_ms=SHORT_MS)
        self.books = Asker(Voice(place.server.address, "auditor"))
        self.book = Book()
        self.visits: dict[str, str] = {}
        self.cut = ""

    # --- doing it until it is done --------------------------------------------------------------------
    def insist(self, login: str, act: Callable[[], object], done: Callable[[], bool]) -> None:
        """Somebody does something at a page until the books have it; the network may be away at first."""
        person = self.crew.who(login)
        deadline = time.monotonic() + PATIENCE
        person.page.context.set_offline(self.dice.random() < CUT)
        while not done():
            assert time.monotonic() < deadline, f"{login} cannot do it at {person.page.url}"
            try:
                act()
            except (BrowserError, AssertionError):
                person.page.context.set_offline(False)  # nothing came back: look at the books, and try again
        person.page.context.set_offline(False)

    def visit(self, load: Load) -> dict[str, Any]:
        """Its vehicle, as it is in the books."""
        found: dict[str, Any] = self.books.get(f"/visits/{self.visits[load.ref]}")
        return found

    def at(self, load: Load, *stages: str) -> Callable[[], bool]:
        """Whether its vehicle stands at one of these stages."""
        return lambda: self.visit(load)["stage"] in stages

    def goods_at(self, load: Load, *stages: str) -> Callable[[], bool]:
        """Whether the consignment stands at one of these stages."""
        return lambda: self.books.get(f"/consignments/{load.ref}")["stage"] in stages

    def write(self, stage: str, load: Load, *, goods: bool = False) -> None:
        """Write into the script's own book that the vehicle (or its goods) came to a stage."""
        self.book.moved(stage, f"consignment:{load.ref}" if goods else f"visit:{self.visits[load.ref]}")

    # --- the acts -------------------------------------------------------------------------------------
    def announce(self) -> None:
        """The agency's system sends lists and papers, the gate's system expects the trucks."""
        agency, gate = (
            Voice(self.place.server.address, "agency-a"),
            Voice(self.place.server.address, "gulnora"),
        )
        for load in EVERYTHING:
            said = agency.client.post(
                "/api/v1/imports",
                data={"nonce": nonce(), "facts": json.dumps(load.facts())},
                files={"files": (f"{load.ref}.xlsx", load.packing_list())},
            )
            assert said.json()["verdict"] == "accepted", said.text
            self.book.announced(load.ref, load.donor, load.labels, PALLET_KG)
        for load in TRUCKS:
            new = {"plate": load.plate, "trailer": load.trailer, "carries": [load.ref]}
            told = gate.ask("/visits", nonce=nonce(), **new)
            self.visits[load.ref] = told["facts"]["visit"]
            self.book.expected(self.visits[load.ref], "ROAD")
        agency.close()
        gate.close()

    def arrive(self) -> None:
        """Trucks by their plates at the gate, wagons by the numbers and seals read at the track."""
        for load in TRUCKS:
            self.let_in(load)
        self.insist(
            "dilnoza",
            lambda: self.crew.expect_cut("2451", list(WAGONS), EMPTY_KG["wagon"]),
            lambda: bool(self.books.get("/cuts")),
        )
        (cut,) = self.books.get("/cuts")
        self.cut = cut["id"]

        def wagons() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = self.books.get(f"/cuts/{self.cut}")["wagons"]
            return found

        self.insist(
            "gulnora",
            lambda: self.crew.cut_comes(self.cut, list(NUMBERS)),
            lambda: {one["stage"] for one in wagons()} == {"GATE_IN"},
        )
        for one in wagons():
            (ref,) = one["carries"]
            self.visits[ref] = one["visit"]
            self.book.expected(one["visit"], "RAIL")
            self.book.entered(one["visit"], ref)
        seals = [(load.wagon, load.seal) for load in WAGONS]
        self.insist(
            "gulnora",
            lambda: self.crew.wagon_seals(self.cut, seals),
            lambda: all(self.visit(load)["seals_in"] for load in WAGONS),
        )

    def let_in(self, load: Load) -> None:
        """One truck, by what is read on it."""
        act = partial(self.crew.at_gate, load, seal=load.seal)
        self.insist("gulnora", act, self.at(load, "GATE_IN"))
        self.book.entered(self.visits[load.ref], load.ref)

    def weigh(self, load: Load, kg: int) -> None:
        """The weight of a truck, typed at the screen by two people: its wire has days of its own."""
        weighed = len(self.visit(load)["weighings"])
        self.insist(
            "wali",
            lambda: self.crew.weigh_by_hand(self.visits[load.ref], kg),
            lambda: len(self.visit(load)["weighings"]) > weighed,
        )

    def roll(self, loaded: bool) -> None:
        """The wagons roll over the scale of the railway."""
        kg = [(load.wagon, EMPTY_KG["wagon"] + (load.kg if loaded else 0)) for load in WAGONS]
        weighed = len(self.visit(WAGONS[0])["weighings"])
        self.insist(
            "wali",
            lambda: self.crew.in_motion(self.cut, kg),
            lambda: len(self.visit(WAGONS[0])["weighings"]) > weighed,
        )

    def open_up(self, load: Load) -> None:
        """Papers looked at, screened, sent to the dock."""
        self.insist("dilnoza", lambda: self.crew.papers(load.ref), self.goods_at(load, "DOC_CHECK"))
        self.insist("chori", lambda: self.crew.screen(load.ref), self.goods_at(load, "RISK"))
        self.insist(
            "timur", lambda: self.crew.step("timur", self.visits[load.ref], "UNLOAD"), self.at(load, "UNLOAD")
        )
        for stage in ("DOC_CHECK", "RISK"):
            self.write(stage, load, goods=True)
        self.write("UNLOAD", load)

    def emptied(self, load: Load) -> None:
        """Everything is off."""
        self.insist(
            "timur", lambda: self.crew.emptied(self.visits[load.ref]), lambda: not self.visit(load)["carries"]
        )

    def release(self, load: Load) -> None:
        """Customs release and terminal release; the empty truck comes to the dock."""
        for login, kind, stage in (
            ("chori", "CUSTOMS_RELEASE", "CUSTOMS_RELEASE"),
            ("rustam", "TERMINAL_RELEASE", "RELEASE"),
        ):
            self.insist(login, partial(self.crew.approve, login, load.ref, kind), self.goods_at(load, stage))
            self.write(stage, load, goods=True)
        self.book.did("released", load.labels)
        self.insist(
            "timur", lambda: self.crew.step("timur", self.visits[load.ref], "LOAD"), self.at(load, "LOAD")
        )
        self.write("LOAD", load)

    def leave(self, load: Load) -> None:
        """Sealed, weighed and let out."""
        visit = self.visits[load.ref]
        self.insist("chori", lambda: self.crew.seal(visit, seal_out(load)), self.at(load, "SEAL"))
        self.weigh(load, EMPTY_KG["truck"] + load.kg)
        self.insist(
            "gulnora", lambda: self.crew.at_gate(load, seal=seal_out(load)), self.at(load, "GATE_OUT")
        )
        for stage in ("SEAL", "WEIGH_OUT", "GATE_OUT"):
            self.write(stage, load)
        self.write("GATE_OUT", load, goods=True)
        self.book.left.append(visit)
        self.book.did("gone", load.labels)

    def hand_over(self, load: Load) -> None:
        """At Hairatan, by phone: the bridge has no network, the statement waits on the phone and goes by itself."""
        visit, paths = self.visits[load.ref], list[str]()
        self.insist("dilnoza", lambda: paths.append(self.crew.link(visit)), lambda: bool(paths))
        hand = self.crew.receive(paths[-1], {}, offline=True)
        expect(hand.page.locator("#told .notice.tone-look")).to_be_visible(timeout=PATIENCE_MS)
        self.place.server.kill()
        hand.page.context.set_offline(False)
        self.crew.handed_over(hand)
        for stage in ("BORDER_EXIT", "ARRIVED_AF"):
            self.write(stage, load)
            self.write(stage, load, goods=True)
        self.write("CLOSED", load)
        self.write("DELIVERED", load, goods=True)
        self.book.did("delivered", load.labels)


def seal_out(load: Load) -> str:
    """The seal that customs puts on."""
    return load.seal.replace("UZ055", "UZ099")


# --- scanning ---------------------------------------------------------------------------------------------
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
    until(lambda: waiting(page) == 0, "the queue did not empty", 2.5 * PATIENCE)
    expect(page.locator("#lamp-queue")).to_be_hidden(timeout=PATIENCE_MS)


def twice(labels: list[str], dice: random.Random) -> list[tuple[int, str]]:
    """Each label at one of two stations, half of them twice, or at the other station too."""
    scans = [(dice.randrange(2), f"]C100{label}") for label in labels]
    for label in dice.sample(labels, len(labels) // 2):
        scans.insert(dice.randrange(len(scans)), (dice.randrange(2), f"]C100{label}"))
    return scans


def count_and_store(day: Day, people: Office, dice: random.Random) -> tuple[dict[str, str], int]:
    """Two stations count in, one puts away, while the power fails: where each unit stands now, and how many were counted,
    again ones too."""
    labels = [label for load in EVERYTHING for label in load.labels]
    dice.shuffle(labels)
    bay_of = {label: BAYS[number % len(BAYS)] for number, label in enumerate(labels)}
    counting = [people.person("timur", PHONE), people.person("timur", WIDE)]
    storing = [people.person("kamola", PHONE)]
    for station, path in (*((one, "/tally?point=tally-1") for one in counting), (storing[0], "/storage")):
        station.open(path)
        station.page.wait_for_selector("#entry[data-ready]")
    counted = twice(labels, dice)
    put = [(0, code) for label in labels for code in (f"KRV:BAY:{bay_of[label]}", f"]C100{label}")]
    kills = day.place.server.kills
    with running(Power(day.place.server)):
        scan_all(counting, counted, dice)
        scan_all(storing, put, dice)
    assert day.place.server.kills == kills + KILLS
    day.book.did("received", labels)
    day.book.did("stored", labels)
    for person in (*counting, *storing):
        person.page.context.close()
    return bay_of, len(counted)


def load_again(day: Day, loader: Person, load: Load, dice: random.Random) -> None:
    """The loader scans without a network, the power fails, and everything is scanned twice."""
    loader.open(f"/load?point=load-1&step=LOAD&visit={day.visits[load.ref]}")
    loader.page.wait_for_selector("#entry[data-ready]")
    loader.page.context.set_offline(True)
    codes = [(0, f"]C100{label}") for label in (*load.labels, load.labels[0])]
    for _, code in codes:
        loader.wedge(code)
    day.place.server.kill()
    scan_all([loader], codes[:2], dice)  # twice


def test_a_blind_day_ends_exactly_as_the_script_says(tmp_path: Path, browser: Browser) -> None:
    dice = random.Random(SEED)
    with (
        standing(tmp_path) as place,
        Troubled(place.port, seed=SEED, silences=1) as proxy,
        office(browser, proxy.address) as people,
    ):
        day = Day(place, people, dice)
        day.announce()
        for login in ("gulnora", "wali", "dilnoza", "chori", "rustam", "timur"):
            day.crew.who(login)  # everybody signs in before anything fails
        with running(Power(place.server)):
            day.arrive()
            for load in TRUCKS:
                day.weigh(load, EMPTY_KG["truck"] + load.kg)
            day.roll(loaded=True)
            for load in EVERYTHING:
                day.write("WEIGH_IN", load)
                day.open_up(load)
        proxy.nonces.clear()
        bay_of, counted = count_and_store(day, people, dice)
        nonces = set(proxy.nonces)
        assert len(nonces) == counted + 2 * len(bay_of)
        for load in EVERYTHING:
            day.emptied(load)
        for load in TRUCKS:
            day.weigh(load, EMPTY_KG["truck"])
        day.roll(loaded=False)
        prove_stock(day, bay_of, counted, nonces)

        loader = people.person("timur", PHONE)
        for load in TRUCKS:
            day.release(load)
            load_again(day, loader, load, dice)
            day.crew.way(load, day.visits[load.ref], 3)
            day.leave(load)
        day.roll(loaded=False)
        leave = [day.at(load, "GATE_OUT") for load in WAGONS]
        day.insist("gulnora", lambda: day.crew.cut_leaves(day.cut), lambda: all(one() for one in leave))
        for load in WAGONS:
            day.write("WEIGH_OUT", load)
            day.write("GATE_OUT", load)
            day.book.left.append(day.visits[load.ref])
        for load in TRUCKS:
            day.hand_over(load)
        prove_day(day, bay_of)
        day.books.voice.close()


def prove_stock(day: Day, bay_of: dict[str, str], counted: int, nonces: set[str]) -> None:
    """Every scan is in the journal under its nonce; units, bays and weights are those of the script."""
    entries = journal(day.books.voice)
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
    stock = {label: day.books.get(f"/units/{label}") for label in bay_of}
    assert {label: (unit["stage"], unit["place"]) for label, unit in stock.items()} == {
        label: ("STORAGE", bay) for label, bay in bay_of.items()
    }
    for load in EVERYTHING:
        gross, empty = (Decimal(one["kg"]) for one in day.visit(load)["weighings"])
        assert empty == EMPTY_KG["wagon" if load.wagon else "truck"]
        assert sum(Decimal(stock[label]["gross_kg"]) for label in load.labels) == gross - empty


def prove_day(day: Day, bay_of: dict[str, str]) -> None:
    """Each thing was done once: ways, weights, units and the figures of the report are those of the script's book."""
    entries = journal(day.books.voice)
    Clock(day.book, entries)  # the ways of every vehicle and every consignment
    kinds = Counter(entry["type"] for entry in entries)
    pallets, gone = len(bay_of), sum(load.pallets for load in TRUCKS)
    did = {
        "VisitEntered": len(EVERYTHING),
        "VisitWeighed": 3 * len(EVERYTHING),
        "UnitTallied": pallets,
        "UnitLoaded": gone,
        "VisitSealed": len(TRUCKS),
        "UnitHandedOver": gone,
    }
    assert {name: kinds[name] for name in did} == did
    for load in TRUCKS:
        visit = day.visit(load)
        assert Decimal(visit["loaded_kg"]) == load.kg
        assert [Decimal(one["kg"]) for one in visit["weighings"]][2:] == [EMPTY_KG["truck"] + load.kg]
    standing_now = {label: day.books.get(f"/units/{label}")["stage"] for label in bay_of}
    assert standing_now == {
        label: "STORAGE" if load.wagon else "DELIVERED" for load in EVERYTHING for label in load.labels
    }
    vehicles, together = day.book.vehicles()
    figures = Expected(
        "terminal",
        tables={
            "vehicles": Table((), vehicles, together),
            "consignments": Table((), day.book.by_stage(day.book.refs)),
            "cargo": cargo(day.book, day.book.refs),
        },
    )
    assert over_the_api(day.books.get("/reports/terminal"), figures) == []

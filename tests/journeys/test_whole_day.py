"""A whole day by clicking, from the first plate to the last report: three trucks, a cut of wagons, a truck without notice.

A pallet is missing, one is too many, one is wet, two are put onto a new one, and one truck is sealed anew. The script
keeps a book of its own; at the end every report says what that book says, on the screen, in the sheet and over the API.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from terminal.demo.people import PASSWORD
from terminal.demo.place import devices
from tests.journeys.cargo import PALLET_KG, Load
from tests.journeys.crew import Crew, visit_of
from tests.journeys.daybook import Book, Seized
from tests.journeys.figures import differences
from tests.journeys.machines import Voice
from tests.journeys.people import Said, office
from tests.journeys.standing import Standing, standing
from tests.journeys.test_officers_day import PIXEL
from tests.support.app import nonce
from workflows.identifiers.checkdigits import luhn

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

EMPTY_KG, WAGON_KG, PALLET_TARE_KG = 15420, 24000, 20
NUMBERS = tuple(f"{stem}{luhn(str(stem))}" for stem in (2412360, 2412361))
NORTH, SOUTH = "Donor North", "Donor South"


def truck(number: int, pallets: int, donor: str) -> Load:
    """A load on a truck."""
    plates = f"75 90{number} KBA", f"75 529{number} AB"
    return Load(f"DAY-{number}", 810_000 + 100 * number, pallets, *plates, f"UZ055190{number}", donor=donor)


def wagon(number: int, wagon: str, donor: str) -> Load:
    """A load in a wagon."""
    seal = f"UZ055190{number}"
    return Load(f"DAY-{number}", 810_000 + 100 * number, 3, "", "", seal, wagon, donor)


SHORT, OVER, PILED = truck(1, 4, NORTH), truck(2, 4, NORTH), truck(3, 4, SOUTH)
FIRST, SECOND = wagon(4, NUMBERS[0], NORTH), wagon(5, NUMBERS[1], SOUTH)
STRANGER = truck(6, 3, SOUTH)
LOADS = (SHORT, OVER, PILED, FIRST, SECOND, STRANGER)
#: what each truck weighs empty: no two the same, so that the scale can tell them apart
TARE = {
    SHORT.ref: EMPTY_KG + 100,
    OVER.ref: EMPTY_KG + 200,
    PILED.ref: EMPTY_KG + 300,
    STRANGER.ref: EMPTY_KG + 600,
}


class Day:
    """The day as it goes. What is written beside each act into ``book`` is what the script knows that it did."""

    def __init__(self, place: Standing, crew: Crew) -> None:
        self.place, self.crew = place, crew
        self.book = Book(
            devices=[
                (str(one["id"]), str(one["kind"]), str(one["point"]), one.get("verified_until"))
                for one in devices(place.devices.urls)
            ]
        )
        self.visits: dict[str, str] = {}
        self.voices: dict[str, Voice] = {}
        self.cut = ""
        self.pallet = ""  # the new one
        self.extra = ""  # the surplus

    def voice(self, login: str) -> Voice:
        """Somebody who repeats over the API what was done by clicking before."""
        if login not in self.voices:
            self.voices[login] = Voice(self.place.server.address, login)
        return self.voices[login]

    def must(self, login: str, path: str, **body: Any) -> dict[str, Any]:
        """A step that must be accepted."""
        told = self.voice(login).ask(path, nonce=nonce(), **body)
        assert told["verdict"] == "accepted", told
        return told

    def v(self, load: Load) -> str:
        """The subject of its vehicle."""
        return f"visit:{self.visits[load.ref]}"

    # --- acts that repeat ---------------------------------------------------------------------------
    def announce(self, load: Load) -> None:
        """The agency sends list and papers."""
        said = self.voice("agency-a").client.post(
            "/api/v1/imports",
            data={"nonce": nonce(), "facts": json.dumps(load.facts())},
            files={"files": (f"{load.ref}.xlsx", load.packing_list())},
        )
        assert said.json()["verdict"] == "accepted", said.text
        self.book.announced(load.ref, load.donor, load.labels, PALLET_KG)

    def weigh(self, load: Load, kg: int, step: str = "WEIGH_IN") -> None:
        """The weight of a truck, typed by two people over the API: its wire and its form are used elsewhere today."""
        typed = {"typed_kg": str(kg), "confirmed_by": "zafar", "confirm_password": PASSWORD, "note": "cut"}
        where = {"point": "weighbridge-1", "visit": self.visits[load.ref], "step": step}
        self.must("wali", "/weighings", **where, **typed)
        self.book.scale((), typed=True)

    def on_the_wire(self, load: Load, kg: int, *refs: str, note: str = "") -> None:
        """The weight of a truck as the scale tells it."""
        ok(self.crew.weigh(self.visits[load.ref], kg, note))
        self.book.scale(refs or (load.ref,))

    def open_up(self, load: Load) -> None:
        """Papers and risks over the API."""
        papers = self.voice("dilnoza").get(f"/consignments/{load.ref}")["papers"]["documents"]
        paper = next(paper for paper in papers if paper["type"] == "AF_EXEMPTION")
        known = {key: paper[key] for key in ("type", "number", "issued", "valid_from", "valid_until")}
        self.must("dilnoza", f"/consignments/{load.ref}/documents", **known, verified=True, note="seen")
        for login, step in (("dilnoza", "DOC_CHECK"), ("chori", "RISK")):
            self.must(login, "/approvals", consignment=load.ref, step=step, password=PASSWORD)

    def roll(self, loaded: bool) -> None:
        """Both wagons roll over the scale of the railway: no device of ours."""
        kg = {one.wagon: WAGON_KG + (one.kg if loaded else 0) for one in (FIRST, SECOND)}
        ok(self.crew.in_motion(self.cut, list(kg.items())))
        self.book.weighed += 2

    # --- morning ------------------------------------------------------------------------------------
    def come_in(self) -> None:
        """Three trucks that were announced, one that was not, and a cut of two wagons."""
        for load in LOADS:
            self.announce(load)
        for load in (SHORT, OVER, PILED):
            new = {"plate": load.plate, "trailer": load.trailer, "carries": [load.ref]}
            visit = self.must("gulnora", "/visits", **new)["facts"]["visit"]
            self.visits[load.ref] = visit
            self.book.expected(visit, "ROAD", load.plate)
            ok(self.crew.at_gate(load, seal=load.seal))
            self.book.entered(visit, load.ref)
        ok(self.crew.without_notice(STRANGER))
        visit = visit_of(lambda: self.voice("gulnora").get("/visits"), STRANGER.plate)
        self.visits[STRANGER.ref] = visit
        self.book.expected(visit, "ROAD", STRANGER.plate)
        self.book.entered(visit)
        ok(self.crew.match(visit, STRANGER.ref))
        self.book.moved("GATE_IN", f"consignment:{STRANGER.ref}")
        self.book.typed["gate-1-camera"] += 4  # the camera read no plate

        self.cut = self.crew.expect_cut("2451", [FIRST, SECOND], WAGON_KG)
        self.crew.cut_comes(self.cut, list(NUMBERS))
        ok(self.crew.wagon_seals(self.cut, [(one.wagon, one.seal) for one in (FIRST, SECOND)]))
        for one in self.voice("gulnora").get(f"/cuts/{self.cut}")["wagons"]:
            (ref,) = one["carries"]
            self.visits[ref] = one["visit"]
            self.book.expected(one["visit"], "RAIL")
            self.book.entered(one["visit"], ref)

    def weigh_in(self) -> None:
        """One truck on the wire, one typed by two people at the screen, the wagons in motion."""
        self.on_the_wire(SHORT, TARE[SHORT.ref] + SHORT.kg)
        ok(self.crew.weigh_by_hand(self.visits[OVER.ref], TARE[OVER.ref] + OVER.kg))
        self.book.scale((), typed=True)
        for load in (PILED, STRANGER):
            self.weigh(load, TARE[load.ref] + load.kg)
        self.roll(loaded=True)
        self.book.moved("WEIGH_IN", *(self.v(load) for load in LOADS))

    def look_at_papers(self) -> None:
        """One by clicking, the others the same way over the API."""
        self.crew.papers(SHORT.ref)
        self.crew.screen(SHORT.ref)
        for load in LOADS[1:]:
            self.open_up(load)
        for load in LOADS:
            self.book.moved("DOC_CHECK", f"consignment:{load.ref}")
            self.book.moved("RISK", f"consignment:{load.ref}")

    # --- noon ---------------------------------------------------------------------------------------
    def count(self) -> None:
        """Unload and count: one pallet short, one too many, one wet; one label is read by the scanner on the wire."""
        crew, book = self.crew, self.book
        ok(crew.step("timur", self.visits[SHORT.ref], "UNLOAD"))
        for load in LOADS[1:]:
            path = f"/visits/{self.visits[load.ref]}/steps"
            self.must("timur", path, step="UNLOAD", point="tally-1")
        book.moved("UNLOAD", *(self.v(load) for load in LOADS))
        crew.tally(SHORT.labels[1:-1])
        crew.wire("tally-1-scanner", SHORT.labels[0])
        book.read("tally-1-scanner", SHORT.ref)
        crew.tally([label for load in LOADS[1:] for label in load.labels])
        book.did("received", [*SHORT.labels[:-1], *(label for load in LOADS[1:] for label in load.labels)])

        self.extra = crew.surplus(OVER.ref, PALLET_KG, "A fifth pallet without a label.")
        book.kg[self.extra], book.owner[self.extra] = book.kg[OVER.labels[0]], OVER.ref
        book.did("received", [self.extra])
        book.losses.append(("SURPLUS", self.extra))
        crew.damage(OVER.labels[0], "WET", "Rain came through the roof.", PIXEL)
        book.losses.append(("WET", OVER.labels[0]))

    def empty(self) -> None:
        """Every vehicle is empty and weighed; what is short or too many opens a hold by itself."""
        ok(self.crew.emptied(self.visits[SHORT.ref]))
        for load in LOADS[1:]:
            self.must("timur", f"/visits/{self.visits[load.ref]}/steps", step="UNLOAD", note="empty")
        for load in (SHORT, OVER):
            self.book.hold("CUSTOMS", load.ref)
        self.crew.way(SHORT, self.visits[SHORT.ref], 3)
        self.on_the_wire(SHORT, TARE[SHORT.ref])
        for load in (OVER, PILED, STRANGER):
            self.weigh(load, TARE[load.ref])
        self.roll(loaded=False)

    def in_the_hall(self) -> None:
        """Two loads are put away, two pallets go onto a new one, a pallet is reported lost."""
        crew, book = self.crew, self.book
        bays = dict.fromkeys(SECOND.labels, "A-01") | dict.fromkeys(STRANGER.labels, "A-02")
        crew.store(bays)
        book.did("stored", bays)
        self.pallet = crew.together(PILED.labels[:2], PALLET_TARE_KG)
        book.owner[self.pallet] = PILED.ref
        book.made.add(self.pallet)
        book.kg[self.pallet] = 2 * book.kg[PILED.labels[0]] + PALLET_TARE_KG
        # Nobody loses a pallet without saying why.
        said = crew.lost(SHORT.ref, SHORT.labels[-1], " ")
        assert said.sentence == crew.who("timur").says("Write down why.")
        book.refused["LOST", "REASON_NEEDED"] += 1
        ok(crew.lost(SHORT.ref, SHORT.labels[-1], "Searched twice; the driver says it was never loaded."))
        book.losses.append(("LOST", SHORT.labels[-1]))

    # --- afternoon ----------------------------------------------------------------------------------
    def standing_units(self, load: Load) -> list[str]:
        """The units of a load as they stand now, each by itself."""
        found = {
            SHORT.ref: SHORT.labels[:-1],
            OVER.ref: [*OVER.labels, self.extra],
            PILED.ref: [self.pallet, *PILED.labels[2:]],
        }
        return found.get(load.ref, load.labels)

    def release(self) -> None:
        """Customs ends its holds and releases; the release officer, another person, releases."""
        for load in (SHORT, OVER):
            assert self.crew.lift("chori", load.ref, "Counted again; the papers are corrected.") == 1
            self.book.lifted["CUSTOMS"] += 1
        customs = self.crew.who("chori")
        customs.open(f"/consignments/{SHORT.ref}/approvals?kind=CUSTOMS_RELEASE")
        seen = customs.says("%(seen)s of %(all)s seen", seen="3", all="4")
        expect(customs.page.locator("main")).to_contain_text(seen)
        for login, kind, stage in (
            ("chori", "CUSTOMS_RELEASE", "CUSTOMS_RELEASE"),
            ("rustam", "TERMINAL_RELEASE", "RELEASE"),
        ):
            assert self.crew.approve(login, SHORT.ref, kind).verdict == "accepted"
            for load in (OVER, PILED, FIRST):
                self.must(login, "/approvals", consignment=load.ref, step=stage, password=PASSWORD)
            self.book.moved(stage, *(f"consignment:{load.ref}" for load in (SHORT, OVER, PILED, FIRST)))
        for load in (SHORT, OVER, PILED, FIRST):
            self.book.did("released", self.standing_units(load))

    def load_up(self) -> None:
        """Each truck takes its load again; the stranger takes what came by rail."""
        for on, load in ((SHORT, SHORT), (OVER, OVER), (PILED, PILED), (STRANGER, FIRST)):
            visit, labels = self.visits[on.ref], self.standing_units(load)
            ok(self.crew.step("timur", visit, "LOAD"))
            self.crew.load(visit, labels[:-1] if on is SHORT else labels)
            if on is SHORT:
                self.crew.wire("load-1-scanner", labels[-1])
                self.book.read("load-1-scanner", SHORT.ref)
            ok(self.crew.seal(visit, seal_out(on)))
            kg = TARE[on.ref] + sum(int(self.book.kg[label]) for label in labels)
            if on is SHORT:
                self.on_the_wire(on, kg)
            else:
                self.weigh(on, kg, "WEIGH_OUT")
            self.book.moved("LOAD", self.v(on))
            self.book.moved("SEAL", self.v(on))
            self.book.moved("WEIGH_OUT", self.v(on))

    def seal_anew(self) -> None:
        """Customs has the first truck opened once more: held, looked at, sealed with another number, weighed again."""
        self.crew.place_hold(
            "chori", SHORT.ref, reason="SEAL", authority="CUSTOMS", note="The seal hangs loose."
        )
        self.book.hold("CUSTOMS", SHORT.ref)
        assert self.crew.lift("chori", SHORT.ref, "Opened and looked at: nothing is missing.") == 1
        self.book.lifted["CUSTOMS"] += 1
        ok(self.crew.seal(self.visits[SHORT.ref], "UZ0990099"))
        kg = TARE[SHORT.ref] + 3 * PALLET_KG
        self.on_the_wire(SHORT, kg, note="Sealed anew after customs looked inside.")
        self.book.moved("SEAL", self.v(SHORT))
        self.book.moved("WEIGH_OUT", self.v(SHORT))

    def leave(self) -> None:
        """The old seal is refused at the gate; three trucks and the wagons leave."""
        said = self.crew.at_gate(SHORT, seal=seal_out(SHORT))
        assert said.verdict == "refused"
        self.book.refused["GATE_OUT", "SEAL_DIFFERS"] += 1
        for load in (SHORT, OVER, PILED):
            ok(self.crew.at_gate(load, seal="UZ0990099" if load is SHORT else seal_out(load)))
            self.book.left.append(self.visits[load.ref])
            self.book.moved("GATE_OUT", self.v(load), f"consignment:{load.ref}")
            self.book.did("gone", self.standing_units(load))
        self.roll(loaded=False)
        ok(self.crew.cut_leaves(self.cut))
        for load in (FIRST, SECOND):
            self.book.left.append(self.visits[load.ref])
            self.book.moved("WEIGH_OUT", self.v(load))
            self.book.moved("GATE_OUT", self.v(load))

    # --- the other bank -----------------------------------------------------------------------------
    def arrive(self) -> None:
        """Two loads are signed for at Hairatan by phone; in one a pallet is torn. The third is on the way."""
        for load in (SHORT, OVER):
            visit, labels = self.visits[load.ref], self.standing_units(load)
            path = self.crew.link(visit)
            torn = {labels[1]: ("DAMAGED", "TORN")} if load is OVER else {}
            self.crew.handed_over(self.crew.receive(path, torn))
            for stage in ("BORDER_EXIT", "ARRIVED_AF"):
                self.book.moved(stage, self.v(load), f"consignment:{load.ref}")
            self.book.moved("CLOSED", self.v(load))
            self.book.moved("DELIVERED", f"consignment:{load.ref}")
            self.book.did("delivered", labels)

    def take_away(self) -> None:
        """Customs finds cigarettes in the cab of the truck that nobody announced, and writes the seizure down."""
        customs = self.crew.who("chori")
        customs.open("/seizures/new")
        form = customs.form("/seizures")
        for name in ("office_type", "detection_reason"):
            form.locator(f"[name={name}]").select_option(index=0)
        what = {
            "commodity_group": "TOBACCO",
            "substance_or_item": "Cigarettes",
            "quantity": "40",
            "uom": "pc",
        }
        where = {"post_code": "1", "agency": "Customs", "conveyance_id": STRANGER.plate}
        customs.send(form, **what, **where)
        assert customs.notice().verdict == "accepted", customs.notice()
        self.book.seizures.append(Seized("TOBACCO", "pc", Decimal(40)))

    def last_of_the_shift(self) -> None:
        """Plant health holds a load in the hall: it is open when the shift ends."""
        self.crew.place_hold(
            "lola", STRANGER.ref, reason="PHYTOSANITARY", authority="PHYTO_VET_SANITARY", note="Beetles."
        )
        self.book.hold("PHYTO_VET_SANITARY", STRANGER.ref)
        dock = self.crew.who("timur")
        dock.open("/shift")
        dock.send(dock.form("/shift/hand-over"))
        assert dock.notice().verdict == "accepted", dock.notice()
        dock.send(dock.form("/shift/take-over"), login="kamola", password=PASSWORD)
        assert dock.notice().verdict == "accepted", dock.notice()


def seal_out(load: Load) -> str:
    """The seal that customs puts on a truck."""
    return load.seal.replace("UZ055", "UZ099")


def ok(said: Said) -> None:
    """It was accepted."""
    assert said.verdict == "accepted", said


def test_a_whole_day_ends_with_exact_figures_on_every_report(tmp_path: Path, browser: Browser) -> None:
    with standing(tmp_path) as place, office(browser, place.server.address) as people:
        day = Day(place, Crew(people, place.devices.act))
        try:
            for act in (
                day.come_in,
                day.weigh_in,
                day.look_at_papers,
                day.count,
                day.empty,
                day.in_the_hall,
                day.release,
                day.load_up,
                day.seal_anew,
                day.leave,
                day.arrive,
                day.take_away,
                day.last_of_the_shift,
            ):
                act()
            wrong = differences(day)
            assert not wrong, "\n".join(wrong)
        finally:
            for voice in day.voices.values():
                voice.close()

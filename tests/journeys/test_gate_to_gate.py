"""A truck from the packing list to the open barrier: real server, real wires, and people who click."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from terminal.demo.people import PASSWORD
from tests.journeys.cargo import PALLET_KG, PAPERS, Load
from tests.journeys.machines import Demo, until
from tests.journeys.people import Office, Person, Said

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TRUCK_KG = 15420
#: the password that the newcomer chooses
SENTENCE = "three camels at dawn"


class Journey:
    """One load on its way: who does what, on which page."""

    def __init__(self, demo: Demo, staff: Office, load: Load) -> None:
        self.demo, self.staff, self.load = demo, staff, load
        self.page = f"/consignments/{load.ref}"
        self.visit = ""
        self.gate = staff.person("gulnora")
        self.scale = staff.person("wali")
        self.desk = staff.person("dilnoza")
        self.customs = staff.person("chori")
        self.dock = staff.person("timur")
        self.release = staff.person("rustam")

    def picture(self, person: Person, name: str) -> None:
        """Keep how a moment looks."""
        person.picture(f"{self.load.ref}-{name}")

    # --- papers -------------------------------------------------------------------------------------
    def import_list(self) -> None:
        """The agency sends its packing list."""
        agency = self.staff.person("agency-a")
        agency.menu("/import")
        form = agency.form("/import")
        name = f"{self.load.ref}.xlsx"
        mime = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        form.locator("[name=files]").set_input_files(
            {"name": name, "mimeType": mime, "buffer": self.load.packing_list()}
        )
        agency.send(form)
        self.picture(agency, "import")
        look = urlsplit(agency.page.url).path
        agency.send(agency.form(f"{look}/confirm"))
        assert agency.notice().verdict == "accepted"
        agency.page.click(f"a[href='{self.page}']")
        agency.page.wait_for_url(f"**{self.page}")
        agency.away()

    def expect_truck(self) -> None:
        """The gate writes down which truck brings it."""
        gate = self.gate
        gate.menu("/visits")
        gate.page.click("a[href='/visits/new']")
        fields = {"plate": self.load.plate, "trailer": self.load.trailer, "carries": self.load.ref}
        gate.send(gate.form("/visits"), mode="ROAD", **fields)
        gate.verdict("accepted")
        self.visit = gate.page.url.rpartition("/")[2]

    def add_papers(self) -> None:
        """The desk adds the papers that came with the truck, looks at each, and verifies the Afghan approval."""
        desk = self.desk
        desk.menu("/consignments")
        desk.page.click(f"a[href='{self.page}']")
        desk.page.wait_for_url(f"**{self.page}")
        for kind in PAPERS:
            desk.send(desk.form(f"{self.page}/documents", has="[name=issued]"), **self.load.paper(kind))
            assert desk.notice().verdict == "accepted"
        self.verify_approval()

    def verify_approval(self) -> None:
        """The desk has looked at the Afghan approval."""
        desk = self.desk
        desk.open(self.page)
        verify = f"form[action='{self.page}/documents/verify']"
        desk.send(desk.page.locator(verify).filter(has=desk.page.locator("[value=AF_EXEMPTION]")))
        assert desk.notice().verdict == "accepted"
        self.picture(desk, "papers")

    def grant(self, person: Person, kind: str) -> None:
        """Press the button of one permission on the page of the consignment."""
        person.open(self.page)
        button = person.page.locator(f"button[name=kind][value={kind}]")
        with person.page.expect_navigation():
            button.click()

    def approve(self, person: Person, kind: str, password: str = PASSWORD) -> Said:
        """Look at what an approval covers, and give it with one's own password; what is said."""
        self.grant(person, kind)
        action = f"{self.page}/approvals"
        if person.page.locator(f"main form[action='{action}']").count():
            person.send(person.form(action), password=password)
        return person.notice()

    def step(self, person: Person, step: str) -> None:
        """Press the button of one step of the consignment."""
        person.open(self.page)
        person.send(person.form(f"{self.page}/steps"), f"button[value={step}]")
        assert person.notice().verdict == "accepted", person.notice()

    def holds(self, person: Person) -> list[str]:
        """The open holds that this person may end: their pages."""
        person.open(self.page)
        links = person.page.locator(".hold-list a.button[href^='/holds/']")
        return [str(link.get_attribute("href")) for link in links.all()]

    def lift(self, person: Person, outcome: str, note: str) -> int:
        """End every hold that is this person's to end; how many."""
        found = self.holds(person)
        for path in found:
            person.page.click(f"a.button[href='{path}']")
            person.page.wait_for_url(f"**{path}")
            person.send(person.form(f"{path}/lift"), outcome=outcome, note=note, password=PASSWORD)
            assert person.notice().verdict == "accepted", person.notice()
            person.open(self.page)
        return len(found)

    # --- the truck ----------------------------------------------------------------------------------
    def at_gate(self, *, seal: str, plate: str = "") -> Person:
        """Type the plate at the gate, then what is read on the truck."""
        gate = self.gate
        gate.menu("/gate")
        find = gate.form("/gate", has="#plate")
        find.locator("#plate").fill(plate or self.load.plate)
        find.locator("button").first.click()
        gate.page.wait_for_selector("#g-plate")
        gate.send(gate.form("/gate", has="#g-plate"), seal=seal)
        return gate

    def put(self, kg: int) -> None:
        """The truck drives onto the weighbridge; the panel shows how the weight moves, then comes to rest."""
        scale = self.scale
        scale.menu("/weighbridge")
        scale.page.wait_for_selector("#weight:not([data-state=silent])")
        self.demo.act("put", "weighbridge-1", kg=str(kg))
        scale.page.wait_for_selector("#weight[data-state=moving]")

    def weigh(self) -> None:
        """Take the weight once it stands still, and drive off."""
        scale = self.scale
        scale.page.wait_for_selector("#weight[data-state=stable]")
        scale.send(scale.form("/weighbridge"), visit=self.visit)
        scale.verdict("accepted")
        self.demo.act("take", "weighbridge-1")

    def vehicle(self, person: Person, button: str, /, **fields: str) -> None:
        """Press a button on the page of the truck."""
        person.open(f"/visits/{self.visit}")
        action = f"/visits/{self.visit}/steps"
        person.send(person.form(action, has=button), "button" if fields else button, **fields)
        person.verdict("accepted")

    def choose_truck(self) -> None:
        """At the loading dock, choose the truck that stands there."""
        dock = self.dock
        dock.menu("/load")
        dock.page.select_option("select[name=visit]", self.visit)
        with dock.page.expect_response("**/api/v1/scans?point=*"):
            dock.page.click("form.search button")

    def tally(self, wired: list[str], typed: list[str]) -> None:
        """Count pallets in: by the scanner on the wire, then by one that types."""
        dock = self.dock
        with dock.page.expect_response("**/api/v1/scans?point=*"):
            dock.menu("/tally")
        for label in wired:
            self.demo.act("scan", "tally-1-scanner", text=f"00{label}")
            said = dock.verdict("accepted")
            assert said.sentence
            expect(dock.page.locator("#recent li").first).to_contain_text(label)
        for label in typed:
            dock.scan(label, "accepted")

    def place_hold(self, person: Person, **fields: str) -> None:
        """An officer holds the consignment."""
        person.open(self.page)
        person.send(person.form("/holds", has="[name=reason]"), **fields)
        assert person.notice().verdict == "accepted", person.notice()

    def newcomer(self, login: str, roles: tuple[str, ...]) -> Person:
        """The administrator adds somebody, who chooses a password by the link that works once."""
        admin = self.staff.person("admin")
        admin.menu("/people")
        admin.page.click("a[href='/people/new']")
        form = admin.form("/people")
        for role in roles:
            form.locator(f"[name=roles][value={role}]").check()
        admin.send(form, name=login.title(), login=login)
        link = admin.page.locator(".notice .code").inner_text()
        admin.away()
        person = self.staff.newcomer()
        person.open(link[link.index("/setup/") :])
        for name in ("password", "again"):
            person.page.fill(f"[name={name}]", SENTENCE)
        person.page.click("form button[type=submit]")
        person.page.wait_for_selector(".frame")
        return person

    def load_and_leave(self, labels: list[str], seal: str) -> None:
        """Load, seal, weigh out, and leave: with another plate or another seal the barrier stays down."""
        load = self.load
        self.vehicle(self.dock, "button[value=LOAD]")
        self.choose_truck()
        for label in labels:
            self.dock.scan(label, "accepted")
        self.picture(self.dock, "loaded")
        self.vehicle(self.customs, "[name=seal]", seal=seal, seal_class="H")
        self.put(TRUCK_KG + PALLET_KG * len(labels))
        self.weigh()
        said = self.leave(seal="UZ0999000")
        assert (
            self.gate.says(
                "The seal seen is %(seen)s, expected is %(expected)s.", seen="UZ0999000", expected=seal
            )
            in said.everything
        )
        self.picture(self.gate, "wrong-seal")
        said = self.leave(seal=seal, plate="75 999 XYZ")
        assert (
            self.gate.says(
                "The plate read is %(seen)s, expected is %(expected)s.",
                seen="75999XYZ",
                expected=load.plate.replace(" ", ""),
            )
            in said.everything
        )
        self.leave(seal=seal, verdict="accepted")
        self.picture(self.gate, "gate-out")

    def leave(self, *, seal: str, plate: str = "", verdict: str = "refused") -> Said:
        """At the gate: take the truck from the list of those that want to leave, and write what is read on it."""
        gate = self.gate
        gate.menu("/gate")
        gate.page.click(f"#live a[href*='visit={self.visit}']")
        gate.page.wait_for_selector("#g-seal")
        gate.send(gate.form("/gate", has="#g-plate"), plate=plate or self.load.plate, seal=seal)
        return gate.verdict(verdict)


def test_a_missing_pallet_is_found_and_the_truck_leaves(demo: Demo, staff: Office) -> None:
    load = Load("JRN-2026-0001", 771_000)
    day = Journey(demo, staff, load)
    day.import_list()
    day.expect_truck()

    # Gate and weighbridge: the weight is seen moving, and nobody can take it before it rests.
    gate = day.at_gate(seal=load.seal)
    gate.verdict("accepted")
    day.picture(gate, "gate-in")
    demo.act("wind", "weighbridge-1", kg="90")
    day.put(TRUCK_KG + load.kg)
    seen = {day.scale.page.inner_text("#weight-value")}
    until(lambda: len(seen | {day.scale.page.inner_text("#weight-value")}) > 1, "the weight does not move")
    day.scale.send(day.scale.form("/weighbridge"), visit=day.visit)
    said = day.scale.verdict("refused")
    day.picture(day.scale, "weigh-refused")
    assert said.sentence == day.scale.says("The scale did not come to rest.")
    demo.act("wind", "weighbridge-1", kg="0")
    day.weigh()
    day.picture(day.scale, "weigh-in")

    # Papers, Afghan approval, screening.
    day.add_papers()
    day.grant(day.desk, "DOCUMENTS_COMPLETE")
    assert day.lift(day.desk, "CLEARED_CORRECTED", "The paper is here and was looked at.") == len(PAPERS)
    day.step(day.customs, "RISK")
    day.desk.away()
    day.customs.away()

    # Unloading: one label by the scanner on the wire, two by a scanner that types, one is missing.
    day.vehicle(day.dock, "button[value=UNLOAD]")
    day.tally(load.labels[:1], load.labels[1:-1])
    day.picture(day.dock, "tally")
    day.vehicle(day.dock, "[value=empty] ~ .form-foot button")
    day.put(TRUCK_KG)
    day.weigh()
    day.customs.open(day.page)
    hold = day.customs.page.locator(".hold-list li").filter(has_text="QTY-01")
    expect(hold).to_be_visible()
    day.picture(day.customs, "short")

    # Loading is refused: red, in the clerk's language, with the whole list of what is missing.
    day.choose_truck()
    said = day.dock.scan(load.labels[0], "refused")
    day.picture(day.dock, "load-refused")
    for message in (
        "The customs release of %(consignment)s is missing.",
        "The terminal release of %(consignment)s is missing.",
    ):
        assert day.dock.says(message, consignment=load.ref) in said.everything
    differs = day.dock.says(
        "On hold: %(reason)s (%(authority)s).",
        reason=day.dock.says("Count differs"),
        authority=day.dock.says("Customs"),
    )
    assert differs in said.everything

    # Another officer holds it while the truck stands there.
    animals = staff.person("lola")
    day.place_hold(
        animals,
        reason="PHYTOSANITARY",
        authority="PHYTO_VET_SANITARY",
        note="Beetles in the wood of a pallet.",
    )
    day.picture(animals, "hold")
    said = day.dock.scan(load.labels[0], "refused")
    assert day.dock.says("Plant health") in said.everything
    assert not day.holds(day.dock), "a clerk ends no hold"

    # The pallet is found; both holds end, each by its owner, with an outcome and a reason.
    day.tally([], load.labels[-1:])
    assert day.lift(day.customs, "CLEARED_CORRECTED", "The fourth pallet stood behind the door.") == 1
    assert day.lift(animals, "CLEARED_NO_FINDING", "Old marks, no living beetle.") == 1

    # Two approvals: never by one person, whatever roles they have.
    both = day.newcomer("nodira", ("customs_inspector", "release_officer"))
    assert day.approve(both, "CUSTOMS_RELEASE", SENTENCE).verdict == "accepted"
    said = day.approve(both, "TERMINAL_RELEASE", SENTENCE)
    day.picture(both, "same-person")
    assert said.verdict == "refused"
    assert said.sentence == both.says(
        "The two approvals must come from two different people, neither of them the sender's."
    )
    assert day.approve(day.release, "TERMINAL_RELEASE").verdict == "accepted"

    day.load_and_leave(load.labels, seal="UZ0999731")
    day.customs.open(day.page)
    day.picture(day.customs, "story")

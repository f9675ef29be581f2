"""The crew of a day, each at a browser of their own: gate, scale, desk, customs, dock, warehouse, loader, driver, and Hairatan.

Phones where people walk, desks where they sit. What a method does, its person does by clicking, in their own language.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, expect

from terminal.demo.people import PASSWORD
from tests.journeys.cargo import Load
from tests.journeys.machines import until
from tests.journeys.people import PATIENCE_MS, PHONE, SHOWN, WIDE, Office, Person, Said

#: who works where, and on what kind of screen
SCREENS = {
    "auditor": WIDE,
    "agency-a": WIDE,
    "lola": WIDE,
    "gulnora": PHONE,
    "wali": WIDE,
    "dilnoza": WIDE,
    "chori": WIDE,
    "rustam": WIDE,
    "timur": PHONE,
    "kamola": PHONE,
}


class Crew:
    """The people of one terminal. ``act`` does something at a simulated device; nobody waits longer than ``patience_ms``
    for something on a page."""

    def __init__(self, office: Office, act: Callable[..., Any], patience_ms: int = PATIENCE_MS) -> None:
        self.office, self.act, self.patience_ms = office, act, patience_ms
        self._people: dict[str, Person] = {}

    def who(self, login: str) -> Person:
        """That person at their screen; signed in when first needed."""
        if login not in self._people:
            person = self._people[login] = self.office.person(login, SCREENS[login])
            person.patience_ms = self.patience_ms
            person.page.set_default_timeout(self.patience_ms)
        return self._people[login]

    # --- gate ---------------------------------------------------------------------------------------
    def at_gate(self, load: Load, *, seal: str = "", plate: str = "") -> Said:
        """Type the plate that is seen, then what is read on the truck; what the gate says."""
        gate = self.who("gulnora")
        gate.open("/gate")
        gate.page.fill("#plate", plate or load.plate)
        gate.page.press("#plate", "Enter")
        gate.page.wait_for_selector("#g-plate")
        gate.send(
            gate.form("/gate", has="#g-plate"), plate=plate or load.plate, trailer=load.trailer, seal=seal
        )
        return _said(gate)

    def without_notice(self, load: Load) -> Said:
        """A truck that nobody announced: its plate is not known, it is let in to the lane of trouble."""
        gate = self.who("gulnora")
        gate.open("/gate")
        gate.page.fill("#plate", load.plate)
        gate.page.press("#plate", "Enter")
        gate.page.wait_for_selector("#n-plate")
        read = {"plate": load.plate, "trailer": load.trailer, "seal": load.seal, "brings": "goods"}
        gate.send(gate.form("/gate/arrivals"), **read)
        return _said(gate)

    def match(self, visit: str, ref: str) -> Said:
        """The document officer says what a truck without notice brings."""
        desk = self.who("dilnoza")
        desk.open("/trouble")
        desk.send(
            desk.page.locator(
                f"main form[action='/trouble']:has([value='{visit}']):has([name=consignments])"
            ),
            consignments=ref,
        )
        return desk.notice()

    # --- rail ---------------------------------------------------------------------------------------
    def expect_cut(self, train: str, loads: list[Load], tare_kg: int) -> str:
        """The desk writes down which wagons come; the id of the cut."""
        desk = self.who("dilnoza")
        desk.open("/rail")
        lines = "\n".join(f"{one.wagon};{tare_kg};{one.kg};{one.seal}" for one in loads)
        refs = " ".join(one.ref for one in loads)
        desk.send(desk.form("/rail"), train=train, consignments=refs, wagons=lines)
        desk.verdict("accepted")
        return desk.page.url.rpartition("/")[2]

    def cut_comes(self, cut: str, numbers: list[str]) -> Said:
        """The gate writes down the numbers that were read at the track."""
        gate = self.who("gulnora")
        gate.open(f"/rail/{cut}")
        gate.send(gate.form(f"/rail/{cut}/arrive"), numbers="\n".join(numbers))
        return gate.verdict("accepted")

    def wagon_seals(self, cut: str, seals: list[tuple[str, str]]) -> Said:
        """Somebody walks along the train and writes down the seals: number of the wagon, number of its seal."""
        gate = self.who("gulnora")
        gate.open(f"/rail/{cut}")
        lines = "\n".join(f"{number};{seal}" for number, seal in seals)
        gate.send(gate.form(f"/rail/{cut}/seals"), seals=lines, state="INTACT")
        return _said(gate)

    def in_motion(self, cut: str, weights: list[tuple[str, int]], note: str = "") -> Said:
        """The wagons roll over the scale of the railway; its slip is typed in."""
        scale = self.who("wali")
        scale.open(f"/rail/{cut}")
        lines = "\n".join(f"{number};{kg}" for number, kg in weights)
        scale.send(scale.form(f"/rail/{cut}/weights"), scale="rail-motion", weights=lines, note=note)
        return _said(scale)

    def cut_leaves(self, cut: str) -> Said:
        """Every wagon that is here goes."""
        gate = self.who("gulnora")
        gate.open(f"/rail/{cut}")
        gate.send(gate.form(f"/rail/{cut}/leave"))
        return _said(gate)

    # --- weighbridge --------------------------------------------------------------------------------
    def weigh(self, visit: str, kg: int, note: str = "") -> Said:
        """The truck drives onto the scale, is weighed when it stands still, and drives off."""
        scale = self.who("wali")
        if not scale.page.url.split("?")[0].endswith("/weighbridge"):
            scale.open("/weighbridge")
        self.act("put", "weighbridge-1", kg=str(kg), roll_s=0.2)
        scale.page.wait_for_selector("#weight[data-state=stable]")
        scale.open(f"/weighbridge?visit={visit}")
        scale.page.wait_for_selector("#weight[data-state=stable]")
        form = scale.form("/weighbridge")
        if note:
            form.locator("details summary").click()
        scale.send(form, "button.big", visit=visit, **({"note": note} if note else {}))
        said = _said(scale)
        self.act("take", "weighbridge-1")
        return said

    def weigh_by_hand(self, visit: str, kg: int) -> Said:
        """The scale does not answer: two people type what its display shows."""
        scale = self.who("wali")
        scale.open(f"/weighbridge?visit={visit}")
        typed = {"second_login": "zafar", "second_password": PASSWORD, "note": "The line is cut."}
        scale.send(scale.form("/weighbridge/typed"), visit=visit, kg=str(kg), **typed)
        return _said(scale)

    # --- desk ---------------------------------------------------------------------------------------
    def papers(self, ref: str) -> None:
        """The document officer looks at the Afghan approval and finds the papers complete."""
        desk, page = self.who("dilnoza"), f"/consignments/{ref}"
        desk.open(page)
        verify = desk.page.locator(f"form[action='{page}/documents/verify']")
        desk.send(verify.filter(has=desk.page.locator("[value=AF_EXEMPTION]")))
        assert desk.notice().verdict == "accepted", desk.notice()
        with desk.page.expect_navigation():
            desk.page.locator("button[name=kind][value=DOCUMENTS_COMPLETE]").click()
        assert desk.notice().verdict == "accepted", desk.notice()

    def screen(self, ref: str) -> None:
        """Customs has looked at the risks: the goods may be opened."""
        customs, page = self.who("chori"), f"/consignments/{ref}"
        customs.open(page)
        customs.send(customs.form(f"{page}/steps"), "button[value=RISK]")
        assert customs.notice().verdict == "accepted", customs.notice()

    def approve(self, login: str, ref: str, kind: str) -> Said:
        """Look at what an approval covers, and give it; the own password is asked for unless it was given a moment ago."""
        person, page = self.who(login), f"/consignments/{ref}"
        person.open(f"{page}/approvals?kind={kind}")
        self._prove(person, person.form(f"{page}/approvals"))
        return person.notice()

    def _prove(self, person: Person, form: Locator, **fields: str) -> None:
        asked = form.locator("[name=password]").count()
        person.send(form, **fields, **({"password": PASSWORD} if asked else {}))

    def holds(self, login: str, ref: str) -> list[str]:
        """The open holds of a consignment that this person may end: their pages."""
        person = self.who(login)
        person.open(f"/consignments/{ref}")
        links = person.page.locator(".hold-list a.button[href^='/holds/']")
        return [str(link.get_attribute("href")) for link in links.all()]

    def lift(self, login: str, ref: str, note: str, outcome: str = "CLEARED_CORRECTED") -> int:
        """End every hold of a consignment that is this person's to end; how many."""
        person, found = self.who(login), self.holds(login, ref)
        for path in found:
            person.open(path)
            self._prove(person, person.form(f"{path}/lift"), outcome=outcome, note=note)
            assert person.notice().verdict == "accepted", person.notice()
        return len(found)

    def place_hold(self, login: str, ref: str, **fields: str) -> None:
        """An officer holds a consignment."""
        person = self.who(login)
        person.open(f"/consignments/{ref}")
        person.send(person.form("/holds", has="[name=reason]"), **fields)
        assert person.notice().verdict == "accepted", person.notice()

    # --- dock ---------------------------------------------------------------------------------------
    def step(self, login: str, visit: str, step: str) -> Said:
        """Press the button of a step on the page of a vehicle."""
        person = self.who(login)
        person.open(f"/visits/{visit}")
        person.send(
            person.form(f"/visits/{visit}/steps", has=f"button[value={step}]"), f"button[value={step}]"
        )
        return _said(person)

    def emptied(self, visit: str) -> Said:
        """Everything is off."""
        dock = self.who("timur")
        dock.open(f"/visits/{visit}")
        dock.send(dock.form(f"/visits/{visit}/steps", has="[value=empty]"))
        return _said(dock)

    def station(self, login: str, path: str) -> Person:
        """Somebody at a page where labels are scanned, ready."""
        person = self.who(login)
        person.away()
        with person.page.expect_response("**/api/v1/scans?point=*") as caught:
            person.open(path)
        person.page.wait_for_selector("#entry[data-ready]")
        shown = min(len(caught.value.json()["scans"]), SHOWN)
        expect(person.page.locator("#recent li")).to_have_count(shown, timeout=PATIENCE_MS)
        return person

    def tally(self, labels: list[str]) -> None:
        """Count these in, one after the other."""
        dock = self.station("timur", "/tally?point=tally-1")
        for label in labels:
            dock.scan(label, "accepted")

    def surplus(self, ref: str, kg: int, note: str) -> str:
        """Receive a unit without a label that is too many; it gets a label of ours, which is returned."""
        dock = self.who("timur")
        dock.open(f"/tallies/{ref}")
        form = dock.form(f"/tallies/{ref}/units")
        dock.send(form, line="1", gross_kg=str(kg), condition="SURPLUS", note=note)
        assert dock.notice().verdict == "accepted", dock.notice()
        return dock.page.url.rpartition("/")[2]

    def damage(self, label: str, condition: str, note: str, photo: bytes) -> None:
        """Note that a unit is damaged, with a photo."""
        dock = self.who("timur")
        dock.open(f"/units/{label}")
        form = dock.form(f"/units/{label}/damage")
        shot = {"name": "damage.png", "mimeType": "image/png", "buffer": photo}
        form.locator("[name=file]").set_input_files(shot)
        dock.send(form, condition=condition, note=note)
        assert dock.notice().verdict == "accepted", dock.notice()

    def lost(self, ref: str, label: str, note: str) -> Said:
        """Report that a unit is lost; what is said."""
        dock = self.who("timur")
        dock.open(f"/consignments/{ref}")
        dock.send(dock.form("/units/lost"), label=label, note=note)
        return dock.notice()

    def together(self, labels: list[str], tare_kg: int) -> str:
        """Put units onto a new pallet with a label of ours; that label."""
        keeper, pallet = self.who("kamola"), ""
        for label in labels:
            keeper.open(f"/units/{label}")
            to = {"target": pallet} if pallet else {"tare_kg": str(tare_kg)}
            keeper.send(keeper.form(f"/units/{label}/together"), **to)
            assert keeper.notice().verdict == "accepted", keeper.notice()
            keeper.open(f"/units/{label}")
            pallet = keeper.page.locator("main dl.facts a[href^='/units/']").first.inner_text().strip()
        return pallet

    def wire(self, device: str, label: str) -> None:
        """The scanner on the wire of the dock reads a label; the page of the station shows it."""
        self.act("scan", device, text=f"00{label}", aim="]C1")
        dock = self.who("timur")
        expect(dock.page.locator("#recent li").first).to_contain_text(label, timeout=PATIENCE_MS)
        dock.verdict("accepted")

    def store(self, bays: dict[str, str]) -> None:
        """Scan the label of a bay, then the unit that goes there: label of the unit -> bay."""
        keeper, last = self.station("kamola", "/storage"), ""
        for label, bay in bays.items():
            if bay != last:
                keeper.wedge(f"KRV:BAY:{bay}")
                expect(keeper.page.locator("#place-set.tone-go #place")).to_have_text(
                    bay, timeout=PATIENCE_MS
                )
                last = bay
            keeper.scan(label, "accepted")

    def load(self, visit: str, labels: list[str]) -> None:
        """Scan these onto the truck."""
        loader = self.station("timur", f"/load?point=load-1&step=LOAD&visit={visit}")
        for label in labels:
            loader.scan(label, "accepted")

    def seal(self, visit: str, number: str) -> Said:
        """Customs closes the truck and puts a seal on it."""
        customs = self.who("chori")
        customs.open(f"/visits/{visit}")
        form = customs.form(f"/visits/{visit}/steps", has="[name=seal]")
        customs.send(form, seal=number, seal_class="H")
        return _said(customs)

    # --- across the bridge --------------------------------------------------------------------------
    def link(self, visit: str) -> str:
        """The document officer issues the handover link; its path, as the symbol on the sheet has it."""
        desk = self.who("dilnoza")
        desk.open(f"/trips/{visit}")
        desk.send(desk.form(f"/trips/{visit}/link"))
        address = desk.page.locator("figure.symbol figcaption bdi").first.inner_text()
        return address[address.index("/h/") :]

    def receive(
        self, path: str, found: dict[str, tuple[str, str]], surplus: str = "", *, offline: bool = False
    ) -> Person:
        """Somebody at Hairatan opens the link on a phone, in Dari, marks every unit and signs.

        ``found`` names the units that are not as they should be: label -> (DAMAGED or SHORT, how or why). ``offline``:
        the network is gone once the page is there.
        """
        hand = self.office.newcomer("fa", PHONE)
        hand.open(path)
        hand.page.wait_for_selector("#hand")
        hand.page.context.set_offline(offline)
        for label, (what, detail) in found.items():
            unit = hand.page.locator(f"fieldset[data-item='{label}']")
            unit.locator(f"[value={what}]").check()
            unit.locator(f"[data-name={'condition' if what == 'DAMAGED' else 'why'}]").select_option(detail)
        hand.page.click("#all")
        if surplus:
            hand.page.fill("#surplus", surplus)
        hand.page.fill("#f-name", "Mirwais Karimi")
        sign(hand.page.locator("#pad"))
        hand.page.click("#send")
        return hand

    def handed_over(self, hand: Person) -> None:
        """The phone says that it is done."""
        told = hand.page.locator("#told .notice.tone-go")
        expect(told).to_be_visible(timeout=PATIENCE_MS)
        expect(hand.page.locator("#hand")).to_be_hidden()

    def way(self, load: Load, visit: str, stops: int) -> None:
        """The driver asks on a phone where the own truck stands, without an account; so many milestones are told."""
        driver = self.office.newcomer("ru", PHONE)
        driver.open("/welcome")
        driver.page.fill("#truck [name=reference]", visit)
        driver.page.fill("#truck [name=plate]", load.plate)
        driver.page.click("#truck form button")
        expect(driver.page.locator("#truck time")).to_have_count(stops, timeout=PATIENCE_MS)
        driver.page.context.close()


def sign(pad: Locator) -> None:
    """Draw on the field for the signature."""
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    mouse = pad.page.mouse
    mouse.move(box["x"] + 20, box["y"] + box["height"] / 2)
    mouse.down()
    for number in range(1, 6):
        mouse.move(box["x"] + 20 + 25 * number, box["y"] + box["height"] / 2 + (-1) ** number * 12)
    mouse.up()


def _said(person: Person) -> Said:
    """The verdict on the page, whichever it is, with colour, shape and word in agreement."""
    panel = person.page.locator("main .verdict:not(.idle)").first
    expect(panel).to_be_visible(timeout=person.patience_ms)
    tone = str(panel.get_attribute("class"))
    (verdict,) = (name for name, one in _TONES.items() if re.search(rf"\b{one}\b", tone))
    return person.verdict(verdict)


_TONES = {
    "accepted": "tone-go",
    "already_done": "tone-again",
    "refused": "tone-stop",
    "attention": "tone-look",
}


def visit_of(plates: Callable[[], list[dict[str, Any]]], plate: str) -> str:
    """The id of the vehicle inside with that plate."""
    wanted = plate.replace(" ", "")
    found: list[str] = []

    def look() -> bool:
        found.extend(one["id"] for one in plates() if one["plate"] == wanted)
        return bool(found)

    until(look, f"{plate} is not inside")
    return found[0]

"""The officers' day by clicking, in their language: queue, paper, inspections, holds, waiver, parts, approvals, seizure."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, expect

from terminal.demo.people import PASSWORD, PEOPLE
from terminal.demo.place import POINTS
from terminal.web import i18n
from terminal.web.wording import word
from tests.journeys.cargo import Load
from tests.journeys.machines import Demo, Voice
from tests.journeys.people import Office, Person
from tests.journeys.plain_words import leftovers

#: language -> what tells its load from the others
LANGUAGES = {"en": 1, "ru": 2, "uz": 3, "fa": 4, "ps": 5}
TRUCK_KG = 15420
#: what officers write, each in their own language; others read it as it was written
REMARKS = ("What was seen", "Why", "Customs", "Border service")
SENTENCE = "three camels at dawn"
#: the smallest picture there is
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
#: the paper that did not come with the pre-advice
LATE = "GIFT_CERT"


class Day:
    """One load, and the officers who decide about it in one language."""

    def __init__(self, demo: Demo, staff: Office, language: str) -> None:
        number = LANGUAGES[language]
        self.demo, self.staff, self.language = demo, staff, language
        self.load = Load(
            f"OFF-2026-000{number}",
            780_000 + 100 * number,
            4,
            f"75 84{number} KBA",
            f"75 54{number}7 AB",
            f"UZ056070{number}",
        )
        self.out = f"UZ099970{number}"
        self.page = f"/consignments/{self.load.ref}"
        self.voices: dict[str, Voice] = {}
        self.visit = ""

    # --- who ---------------------------------------------------------------------------------------
    def officer(self, login: str, password: str = PASSWORD) -> Person:
        """Somebody at a browser in the language of this day."""
        person = self.staff.newcomer(self.language)
        person.page.context.add_cookies(
            [{"name": "karvon_lang", "value": self.language, "url": self.demo.address}]
        )
        person.sign_in(login, password)
        return person

    def voice(self, login: str) -> Voice:
        """Somebody of the yard, whose work is not what this day is about."""
        if login not in self.voices:
            self.voices[login] = Voice(self.demo.address, login)
        return self.voices[login]

    def must(self, login: str, path: str, **body: Any) -> dict[str, Any]:
        """A step of the yard that must be accepted."""
        told = self.voice(login).ask(path, nonce=str(uuid4()), **body)
        assert told["verdict"] == "accepted", told
        return told

    # --- the yard ----------------------------------------------------------------------------------
    def announce(self) -> None:
        """The agency's system sends list and facts, without one of the papers; the gate expects the truck."""
        facts = self.load.facts()
        papers = facts["documents"]
        assert isinstance(papers, list)
        facts["documents"] = [paper for paper in papers if paper["type"] != LATE]
        said = self.voice("agency-a").client.post(
            "/api/v1/imports",
            data={"nonce": str(uuid4()), "facts": json.dumps(facts)},
            files={"files": (f"{self.load.ref}.xlsx", self.load.packing_list())},
        )
        assert said.json()["verdict"] == "accepted", said.text
        new = {"plate": self.load.plate, "trailer": self.load.trailer, "carries": [self.load.ref]}
        self.visit = self.must("gulnora", "/visits", **new)["facts"]["visit"]

    def weigh(self, kg: int, step: str) -> None:
        """The weighbridge: typed by two people, for its wire is not what this day is about."""
        typed = {"typed_kg": str(kg), "confirmed_by": "zafar", "confirm_password": PASSWORD, "note": "1"}
        self.must("wali", "/weighings", point="weighbridge-1", visit=self.visit, step=step, **typed)

    def scan(self, label: str, step: str, point: str, **context: Any) -> None:
        """A label of a unit."""
        at = datetime.now(UTC).isoformat()
        self.must("timur", "/scans", code=label, step=step, point=point, scanned_at=at, **context)

    def arrive(self) -> None:
        """In at the gate, over the scale, unloaded and counted."""
        step = f"/visits/{self.visit}/steps"
        seals = [{"number": self.load.seal, "cls": "H"}]
        read = {"plate": self.load.plate, "trailer": self.load.trailer, "seals": seals}
        self.must("gulnora", step, step="GATE_IN", point="gate-1", **read)
        self.weigh(TRUCK_KG + self.load.kg, "WEIGH_IN")

    def unload(self) -> None:
        """Everything off and counted."""
        step = f"/visits/{self.visit}/steps"
        self.must("timur", step, step="UNLOAD", point="tally-1")
        for label in self.load.labels:
            self.scan(label, "TALLY", "tally-1")
        self.must("timur", step, step="UNLOAD", note="empty")
        self.weigh(TRUCK_KG, "WEIGH_IN")

    def reload(self, labels: list[str]) -> None:
        """Some units onto the truck, sealed and weighed."""
        step = f"/visits/{self.visit}/steps"
        self.must("timur", step, step="LOAD", point="load-1")
        for label in labels:
            self.scan(label, "LOAD", "load-1", unit_context={"visit": self.visit})
        self.must("chori", step, step="SEAL", seals=[{"number": self.out, "cls": "H"}])
        self.weigh(TRUCK_KG + 640 * len(labels), "WEIGH_OUT")

    # --- what is read ------------------------------------------------------------------------------
    def read(self, person: Person) -> None:
        """Nothing on this page is left in English."""
        names = (
            *(one.name for one in PEOPLE),
            *(one.login for one in PEOPLE),
            *(str(point["name"]) for point in POINTS),
            "Agency A Country Office Mazar-i-Sharif Kitchen set family of five Nigora Xray",
            self.load.ref,
        )
        typed = (i18n.words(code).gettext(text) for code in LANGUAGES for text in REMARKS)
        left = leftovers(person.page, self.language, names, typed)
        assert left == [], f"{person.page.url}: {left}"

    def sees(self, person: Person, kind: str, code: str) -> None:
        """The word of a code stands on the page, in the person's language."""
        expect(person.page.locator("main")).to_contain_text(person.says(word(kind, code)))

    def done(self, person: Person, verdict: str = "accepted") -> None:
        """What the last form said; and no English is left on the page that says it."""
        said = person.notice()
        assert said.verdict == verdict, said
        self.read(person)

    def note(self, person: Person, message: str = "What was seen") -> str:
        """A remark in the person's language."""
        return person.says(message)


@contextmanager
def day_of(demo: Demo, staff: Office, language: str) -> Iterator[Day]:
    """A day; the telephones are hung up at its end."""
    made = Day(demo, staff, language)
    try:
        yield made
    finally:
        for voice in made.voices.values():
            voice.close()


def hold_of(person: Person, text: str) -> Locator:
    """The hold of the list that says this."""
    return person.page.locator(".hold-list > li").filter(has_text=text)


def a_paper_comes_late(day: Day) -> None:
    """The document officer takes the hold from the queue, files the paper, verifies it, and ends the hold: its cause is gone."""
    desk = day.officer("dilnoza")
    desk.menu("/holds")
    day.read(desk)
    rows = desk.page.locator("#live .card:last-of-type .hold-list > li").all_inner_texts()
    hurry = [desk.says("Medicines") in row or desk.says("Cold chain") in row for row in rows]
    assert hurry == sorted(hurry, reverse=True), "what spoils or heals stands first"
    row = hold_of(desk, day.load.ref).filter(has_text=desk.says(word("document", LATE)))
    row.locator("a[href^='/holds/']").last.click()
    desk.page.wait_for_url("**/holds/*")
    hold = desk.page.url.removeprefix(day.demo.address)
    day.read(desk)
    desk.page.click(f"main a[href='{day.page}']")
    desk.page.wait_for_url(f"**{day.page}")
    day.read(desk)
    desk.send(desk.form(f"{day.page}/documents", has="[name=issued]"), **day.load.paper(LATE))
    day.done(desk)
    for kind in (LATE, "AF_EXEMPTION"):
        verify = desk.page.locator(f"form[action='{day.page}/documents/verify']")
        desk.send(verify.filter(has=desk.page.locator(f"[value={kind}]")))
        day.done(desk)
    desk.open(hold)
    expect(desk.page.locator("main")).to_contain_text(desk.says("Cause cleared"))
    expect(desk.page.locator("[name=outcome][value=CLEARED_CORRECTED]")).to_be_checked()
    desk.send(desk.form(f"{hold}/lift"), note=day.note(desk), password=PASSWORD)
    day.done(desk)
    desk.open(day.page)
    with desk.page.expect_navigation():
        desk.page.locator("button[name=kind][value=DOCUMENTS_COMPLETE]").click()
    assert desk.notice().verdict == "accepted"


def an_instrument_looks(day: Day, customs: Person) -> None:
    """Customs orders an inspection with an endoscope of the inventory, does it, and files a picture of it."""
    tool = f"ENDO-{day.language.upper()}"
    customs.menu("/equipment")
    customs.send(
        customs.form("/equipment", has="[name=id]"),
        id=tool,
        kind="ENDOSCOPE",
        name=f"Nigora {LANGUAGES[day.language]}",
        place="1",
    )
    day.done(customs)
    order(day, customs, "ENDOSCOPE")
    path = customs.page.url.removeprefix(day.demo.address)
    customs.send(customs.form(f"{path}/start"), equipment=tool)
    day.done(customs)
    form = customs.form(f"{path}/files")
    form.locator("[name=file]").set_input_files({"name": "1.png", "mimeType": "image/png", "buffer": PIXEL})
    customs.send(form)
    expect(customs.page.locator(".pictures img")).to_be_visible()
    customs.send(customs.form(f"{path}/result"), result="NO_FINDING", minutes="12")
    day.done(customs)
    day.sees(customs, "inspection_result", "NO_FINDING")


def order(day: Day, customs: Person, method: str) -> None:
    """An order for an inspection of the consignment, from its page; the person is on the page of the order after."""
    customs.open(day.page)
    customs.page.click("main a[href^='/inspections/new']")
    customs.page.wait_for_url("**/inspections/new*")
    day.read(customs)
    customs.send(customs.form("/inspections"), method=method, why=day.note(customs, "Why"))
    day.done(customs)
    if "/inspections/" not in customs.page.url:
        customs.page.locator("main a[href^='/inspections/']").filter(
            has_text=customs.says(word("inspection_method", method))
        ).first.click()
    customs.page.wait_for_url("**/inspections/*")


def the_picture_shows_something(day: Day, customs: Person) -> str:
    """The X-ray operator finds an anomaly, customs takes the second look; the hold stands in their queue. Its page."""
    order(day, customs, "XRAY_CARGO")
    path = customs.page.url.removeprefix(day.demo.address)
    operator = day.officer(f"nigora-{day.language}", SENTENCE)
    operator.menu("/inspections")
    day.read(operator)
    operator.page.click(f"main a[href='{path}']")
    operator.page.wait_for_url(f"**{path}")
    operator.send(operator.form(f"{path}/start"))
    day.done(operator)
    fields = {"note": day.note(operator), "minutes": "5", "reference": "IMG-7"}
    operator.send(operator.form(f"{path}/result"), result="ANOMALY", **fields)
    day.sees(operator, "inspection_result", "ANOMALY")
    day.sees(operator, "inspection_progress", "SECOND_LOOK")
    day.read(operator)
    customs.menu("/inspections")
    customs.page.click(f"main a[href='{path}']")
    customs.page.wait_for_url(f"**{path}")
    day.read(customs)
    customs.send(customs.form(f"{path}/second-look"), says="AGREES")
    day.done(customs)
    customs.menu("/holds")
    row = hold_of(customs, day.load.ref).first
    day.read(customs)
    row.locator("a[href^='/holds/']").last.click()
    customs.page.wait_for_url("**/holds/*")
    day.read(customs)
    return customs.page.url.removeprefix(day.demo.address)


def newcomer(day: Day) -> None:
    """The administrator adds an X-ray operator of this language, who chooses a password."""
    admin = day.officer("admin")
    admin.menu("/people")
    admin.page.click("a[href='/people/new']")
    form = admin.form("/people")
    form.locator("[name=roles][value=xray_operator]").check()
    admin.send(form, name="Nigora Xray", login=f"nigora-{day.language}")
    link = admin.page.locator(".notice .code").inner_text()
    person = day.staff.newcomer(day.language)
    person.open(link[link.index("/setup/") :])
    for name in ("password", "again"):
        person.page.fill(f"[name={name}]", SENTENCE)
    person.page.click("form button[type=submit]")
    person.page.wait_for_selector(".frame")


def clean_units_go(day: Day, customs: Person, hold: str) -> list[str]:
    """The hold is narrowed to the unit that the picture is about; two people release the others. Their labels."""
    *clean, held = day.load.labels
    form = customs.form(f"{hold}/lift")
    form.locator("[name=outcome][value=PARTIAL_RELEASE]").check()
    form.locator(f"[name=unit][value='{held}']").check()
    customs.send(form, note=day.note(customs), password=PASSWORD)
    day.done(customs)
    release = day.officer("rustam")
    for person, kind in ((customs, "CUSTOMS_RELEASE"), (release, "TERMINAL_RELEASE")):
        person.open(day.page)
        with person.page.expect_navigation():
            person.page.locator(f"button[name=kind][value={kind}]").click()
        person.page.click("main a[href*='cover=some']")
        person.page.wait_for_url("**cover=some*")
        day.read(person)
        expect(person.page.locator(f"[name=unit][value='{held}']")).to_be_disabled()
        person.send(person.form(f"{day.page}/approvals"), password="wrong wrong wrong")
        assert person.notice().verdict != "accepted", "the password is asked for again"
        if "cover=some" not in person.page.url:
            person.open(f"{day.page}/approvals?kind={kind}&cover=some")
        person.send(person.form(f"{day.page}/approvals"), password=PASSWORD)
        day.done(person)
    # The same officer opens the other approval and is told why it is not theirs.
    customs.open(f"{day.page}/approvals?kind=TERMINAL_RELEASE&cover=some")
    assert not customs.page.locator("main [name=password]").count()
    day.read(customs)
    return clean


def the_gate_closes(day: Day, customs: Person) -> None:
    """The truck stands at the gate; a hold by hand keeps it there, two people waive it, and it leaves."""
    gate, second = day.officer("gulnora"), day.officer("charos")
    gate.menu("/gate")
    gate.page.click(f"#live a[href*='visit={day.visit}']")
    gate.page.wait_for_selector("#g-seal")
    day.read(gate)
    customs.open(day.page)
    fields = {"reason": "SEAL", "authority": "CUSTOMS", "note": day.note(customs)}
    customs.send(customs.form("/holds", has="[name=reason]"), **fields)
    day.done(customs)
    seen = {"plate": day.load.plate, "trailer": day.load.trailer, "seal": day.out}
    gate.send(gate.form("/gate", has="#g-plate"), **seen)
    said = gate.verdict("refused")
    assert gate.says(word("hold_reason", "SEAL")) in said.everything
    day.read(gate)

    href = hold_of(customs, customs.says(word("hold_reason", "SEAL"))).locator("a[href^='/holds/']").last
    hold = href.get_attribute("href") or ""
    for person, verdict in ((customs, "accepted"), (second, "accepted")):
        person.open(hold)
        day.read(person)
        waiver = {
            "outcome": "CLEARED_WAIVED",
            "note": day.note(person),
            "evidence": "IMG-8",
            "password": PASSWORD,
        }
        person.send(person.form(f"{hold}/lift"), **waiver)
        day.done(person, verdict)
        if person is customs:
            expect(person.page.locator("main")).to_contain_text(person.says("Second person needed"))
            person.send(person.form(f"{hold}/lift"), **waiver)
            assert person.notice().verdict == "refused", "one person never gives both"
    day.sees(second, "hold_outcome", "CLEARED_WAIVED")
    gate.menu("/gate")
    gate.page.click(f"#live a[href*='visit={day.visit}']")
    gate.page.wait_for_selector("#g-seal")
    gate.send(gate.form("/gate", has="#g-plate"), **seen)
    gate.verdict("accepted")


def a_pass_is_printed(day: Day) -> None:
    """The release officer hands out the gate pass and prints it."""
    release = day.officer("rustam")
    release.open(f"/visits/{day.visit}")
    release.send(release.form(f"/visits/{day.visit}/gate-pass"))
    release.verdict("accepted")
    day.read(release)
    paper(day, release, f"/papers/gate-pass/{day.visit}")


def paper(day: Day, person: Person, path: str) -> None:
    """The link to a paper stands on the page, and gives a PDF."""
    expect(person.page.locator(f"main a[href='{path}']").first).to_be_visible()
    answer = person.page.context.request.get(day.demo.address + path)
    assert answer.status == 200
    assert answer.body().startswith(b"%PDF-")


def the_unit_is_seized(day: Day, customs: Person) -> None:
    """From the picture to the record of the seizure, its act, and the next hands that take it."""
    held = day.load.labels[-1]
    customs.open(day.page)
    customs.page.locator("main a[href^='/inspections/']").filter(
        has_text=customs.says(word("inspection_method", "XRAY_CARGO"))
    ).first.click()
    customs.page.wait_for_url("**/inspections/*")
    customs.page.click("main a[href^='/seizures/new']")
    customs.page.wait_for_url("**/seizures/new*")
    day.read(customs)
    commodity = customs.page.locator("[name=commodity_group] option").nth(1).get_attribute("value") or ""
    what = {
        "commodity_group": commodity,
        "substance_or_item": day.note(customs),
        "quantity": "1",
        "uom": "pc",
    }
    where = {"post_code": "1", "agency": customs.says(word("authority", "CUSTOMS"))}
    form = customs.form("/seizures")
    for name in ("office_type", "detection_reason"):
        form.locator(f"[name={name}]").select_option(index=0)
    customs.send(form, units=held, **what, **where)
    day.done(customs)
    case = customs.page.url.rpartition("/")[2]
    paper(day, customs, f"/papers/seizure-act/{case}")
    hands = {"received_by": "Bahrom", "organisation": customs.says(word("authority", "BORDER")), "place": "2"}
    customs.send(customs.form(f"/seizures/{case}/custody"), **hands)
    day.done(customs)
    expect(customs.page.locator("ol.slim")).to_contain_text("Bahrom")
    customs.open(day.page)
    day.sees(customs, "stage", "SEIZED")
    paper(day, customs, f"/papers/release-note/{day.load.ref}")
    day.read(customs)


@pytest.mark.browser
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "language",
    LANGUAGES,
)
def test_the_officers_day(demo: Demo, staff: Office, language: str) -> None:
    with day_of(demo, staff, language) as day:
        day.announce()
        day.arrive()
        a_paper_comes_late(day)
        customs = day.officer("chori")
        customs.open(day.page)
        customs.send(customs.form(f"{day.page}/steps"), "button[value=RISK]")
        day.done(customs)
        day.unload()
        newcomer(day)
        an_instrument_looks(day, customs)
        hold = the_picture_shows_something(day, customs)
        clean = clean_units_go(day, customs, hold)
        day.reload(clean)
        a_pass_is_printed(day)
        the_gate_closes(day, customs)
        the_unit_is_seized(day, customs)

"""Papers: made from the books, in three languages, for those who may, with symbols that our own readers read."""

from __future__ import annotations

import re

import pytest

from devices.vision import read_image
from terminal import access
from terminal.cases import attaching, handover
from terminal.evidence import karvon_verify as kv
from terminal.papers import drawing, fonts, letters, page
from terminal.papers.making import LANGUAGES, Making
from terminal.papers.sheet import Facts, Notice, Picture, Sheet, Signs, Table
from terminal.papers.shelf import PAPERS
from terminal.web import i18n
from terminal.web.showing_inspections import SEIZED_WORDS
from tests.support.app import NOON, Terminal
from tests.support.painted import painted, texts_by_page
from tests.terminal.api.test_handover import accepted, gone, link, send, statement
from tests.terminal.evidence.acts import Happened, happened, seize
from tests.terminal.evidence.conftest import Truck, truck
from workflows.roles import Role


@pytest.fixture(scope="module")
def acts(terminal: Terminal) -> Happened:
    return happened(terminal)


#: the papers of the other bank: of a vehicle that has left, with a link
ACROSS = ("proof-of-delivery", "handover-sheet")
HERE = [kind for kind in PAPERS if kind not in ACROSS]


@pytest.fixture(scope="module")
def ready(terminal: Terminal) -> Truck:
    made = truck(terminal, "PAPER-1")
    made.person("release_officer").must(f"/visits/{made.visit}/gate-pass")
    made.person("customs_inspector").must(
        "/holds", subject=f"unit:{terminal.announce('PAPER-H', 1)[0]}", reason="SEAL", note="foil is torn"
    )
    return made


@pytest.fixture(scope="module")
def across(terminal: Terminal) -> dict[str, Truck]:
    """For each of the papers of the other bank a truck that has left: one signed for with a unit short, one on its way."""
    made = {kind: gone(terminal, f"PAPER-X{number}") for number, kind in enumerate(ACROSS)}
    came = made["proof-of-delivery"]
    said = statement(came.labels[:2], place="Hairatan")
    said["receipts"].append({"item": came.labels[2], "found": "SHORT", "why": "LOST_ON_WAY"})
    accepted(send(terminal, link(came), said))
    link(made["handover-sheet"])
    terminal.clock.now = NOON
    return made


def subject_of(made: Truck, kind: str, acts: Happened | None = None) -> str:
    match PAPERS[kind].about:
        case "consignment" if kind == "damage-act" and acts is not None:
            return acts.ref
        case "inspection":
            return acts.inspection if acts is not None else "none"
        case "seizure":
            return acts.seizure if acts is not None else "none"
        case "consignment":
            return made.ref
        case "visit":
            return made.visit
        case _:
            with made.terminal.service.reading() as reader:
                return next(
                    line.hold.id
                    for line in reader.holds_open()
                    if line.consignment == "PAPER-H"
                    and line.hold.placed_by == made.terminal.ids["customs_inspector"]
                )


def sheet_of(
    made: Truck, kind: str, language: str, acts: Happened, subject: str = "", who: str = "auditor"
) -> Sheet:
    terminal = made.terminal
    files = terminal.service.file_path
    with terminal.service.reading() as reader:
        person = reader.people.by_login(who)
        assert person is not None
        caller = access.Caller(access.actor_of(person), person.name)
        making = Making(
            reader,
            caller,
            terminal.service.settings.terminal,
            terminal.clock.now,
            language,
            link_to=lambda code: handover.link_address(
                "https://karvon.example", code, terminal.service.secret
            ),
            file=lambda sha256: attaching.bytes_of(files(sha256), sha256),
        )
        return PAPERS[kind].make(making, subject or subject_of(made, kind, acts))


@pytest.mark.parametrize("kind", PAPERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_paper_is_drawn_in_every_language_and_its_symbol_is_read(
    ready: Truck, acts: Happened, across: dict[str, Truck], kind: str, language: str
) -> None:
    made = across.get(kind, ready)
    who = "document_officer" if kind == "handover-sheet" else "auditor"
    sheet = sheet_of(made, kind, language, acts, who=who)
    drawn = drawing.pdf(sheet)
    assert drawn.startswith(b"%PDF-")
    assert drawn == drawing.pdf(sheet)
    assert [code.text for code in read_image(painted(drawn))] == [sheet.code]
    assert all(said > 3 for said in texts_by_page(drawn)), "no page holds its head and foot alone"
    assert sheet.title == i18n.words(language).gettext(PAPERS[kind].title)
    text = re.sub(r"<[^>]+>", " ", page.html(sheet).decode())
    if language in ("ru", "uz-Cyrl"):
        assert len(re.findall("[А-Яа-я]", text)) > 60
    assert "\N{WHITE SQUARE}" not in fonts.drawable(re.sub("[\u0600-\u06ff\u2610]", "", text))
    assert re.search(r"16\.11\.2026|2026-11-16|16 Nov 2026", sheet.foot), sheet.foot
    assert "12:00" in sheet.foot, "07:00 UTC is noon in Tashkent"
    assert who.title() in sheet.foot
    assert re.search(r"\d+\D*$", sheet.foot), "the number of a journal entry"
    assert (sheet.page_of % {"page": 1, "pages": 2}).count("1") == 1
    if kind not in ("driver-slip", "proof-of-delivery"):
        assert any(isinstance(block, Signs) for block in sheet.blocks)


def test_the_symbols_say_what_the_papers_are_about(
    ready: Truck, acts: Happened, across: dict[str, Truck]
) -> None:
    code = {kind: sheet_of(ready, kind, "en", acts).code for kind in HERE}
    assert code["release-note"] == code["goods-received"] == f"KRV:CONS:{ready.ref}"
    assert code["damage-act"] == f"KRV:CONS:{acts.ref}"
    assert code["inspection-act"] == f"KRV:DOC:{acts.inspection}".upper()
    assert code["seizure-act"] == f"KRV:DOC:{acts.seizure}".upper()
    for kind in ("loading-list", "weighing-ticket", "seal-record", "driver-slip"):
        assert code[kind] == f"KRV:VISIT:{ready.visit}".upper()
    keys = [kv.read_key(line) for line in ready.terminal.nobody().send("GET", "/keys").text.splitlines()]
    assert kv.verify_pass(code["gate-pass"], keys)["visit"] == ready.visit
    came, on_the_way = (across[kind] for kind in ACROSS)
    proof = sheet_of(came, "proof-of-delivery", "en", acts)
    assert proof.code == f"KRV:CONS:{came.ref}"
    assert any(isinstance(block, Picture) for block in proof.blocks), "the receiver's signature"
    address = sheet_of(on_the_way, "handover-sheet", "en", acts, who="document_officer").code
    token = address.removeprefix("https://karvon.example/h/")
    assert ready.terminal.nobody().get(f"/handover/{token}")["plate"] == on_the_way.plate


def test_papers_over_the_api(ready: Truck, acts: Happened) -> None:
    auditor, agency = ready.person("auditor"), ready.person("agency_user")
    for kind in HERE:
        path = f"/papers/{kind}/{subject_of(ready, kind, acts)}"
        answer = auditor.send("GET", f"{path}?lang=uz")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), answer.text
        own = agency.send("GET", path).status_code
        assert own == (200 if PAPERS[kind].about == "consignment" else 404)
    assert ready.person("agency_b").send("GET", f"/papers/release-note/{ready.ref}").status_code == 404
    assert auditor.send("GET", "/papers/nothing/x").status_code == 404
    assert auditor.send("GET", "/papers/release-note/NO-SUCH").status_code == 404
    assert auditor.send("GET", f"/papers/release-note/{ready.ref}?lang=xx").status_code == 422
    assert ready.terminal.nobody().send("GET", f"/papers/release-note/{ready.ref}").status_code == 401


def test_a_paper_that_would_say_too_much_is_not_printed(terminal: Terminal) -> None:
    made = truck(terminal, "PAPER-2", ready=False)
    auditor = made.person("auditor")
    for kind in (
        "release-note",
        "goods-received",
        "weighing-ticket",
        "gate-pass",
        "seal-record",
        "damage-act",
    ):
        answer = auditor.send("GET", f"/papers/{kind}/{subject_of(made, kind)}")
        assert (answer.status_code, answer.json()["code"]) == (409, "paper_not_ready"), kind
        assert answer.json()["detail"]
    made.arrive()
    made.release()
    assert auditor.send("GET", f"/papers/release-note/{made.ref}").status_code == 200
    customs = made.person("customs_inspector")
    customs.must("/holds", subject=f"consignment:{made.ref}", reason="OTHER", note="a second look")
    assert auditor.send("GET", f"/papers/release-note/{made.ref}").status_code == 409


@pytest.mark.parametrize("name", [fonts.REGULAR, fonts.BOLD])
def test_the_typeface_has_every_letter_we_print(name: str) -> None:
    letters = "".join(chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x400, 0x460)))
    letters = letters.replace("\N{SOFT HYPHEN}", "").replace("\u0149", "")
    assert [sign for sign in letters + "ўқғҳЎҚҒҲʻʼ№–—…«»“”·×→" if ord(sign) not in fonts.glyphs(name)] == []
    said = {sign for words in map(i18n.words, LANGUAGES) for text in words.single.values() for sign in text}
    assert {
        sign for sign in said if ord(sign) not in fonts.glyphs(name) and sign not in "\n\u2068\u2069"
    } == set()


def test_a_sign_that_cannot_be_drawn_is_seen() -> None:
    assert fonts.drawable("Кобул \u06a9\u0627") == "Кобул \N{WHITE SQUARE}\N{WHITE SQUARE}"


def table_of(sheet: Sheet, heading: str) -> Table:
    (found,) = [block for block in sheet.blocks if isinstance(block, Table) and block.heading == heading]
    return found


def test_an_inspection_act_says_what_was_done_and_what_the_sample_used_up(
    ready: Truck, acts: Happened
) -> None:
    sheet = sheet_of(ready, "inspection-act", "en", acts)
    facts = {name: said for block in sheet.blocks if isinstance(block, Facts) for name, said in block.rows}
    assert facts["Kind"] == "Sample for the laboratory"
    assert facts["Why"] == "White powder between the bags"
    assert facts["Places to look at"] == "Wrapping, Contents"
    assert facts["Picture or sample number"] == "S-11"
    (off,) = table_of(sheet, "Written off by sampling").rows
    entry = ready.terminal.entry(int(off[-1]))
    assert (entry.type, entry.data["inspection"]) == ("UnitWrittenOff", acts.inspection)
    assert table_of(sheet, "Pictures and papers").rows[0][-1] == acts.picture
    done = ready.terminal.entry(int(sheet.foot.rstrip(".").split()[-1]))
    assert (done.type, done.data["inspection"]) == ("InspectionDone", acts.inspection)
    customs = ready.person("customs_inspector")
    order = {"subject": f"consignment:{acts.ref}", "method": "VISUAL", "why": "A second look"}
    fresh = customs.must("/inspections", **order)["facts"]["inspection"]
    told = customs.send("GET", f"/papers/inspection-act/{fresh}")
    assert (told.status_code, told.json()["code"]) == (409, "paper_not_ready")
    clerk = ready.person("tally_clerk").send("GET", f"/papers/inspection-act/{acts.inspection}")
    assert clerk.status_code == 404, "results are for those who read inspections"


def test_a_seizure_act_holds_every_field_and_every_keeper(ready: Truck, acts: Happened) -> None:
    sheet = sheet_of(ready, "seizure-act", "en", acts)
    facts = {name: said for block in sheet.blocks if isinstance(block, Facts) for name, said in block.rows}
    words = {i18n.words("en").gettext(label) for name, label in SEIZED_WORDS.items() if name != "free_text"}
    assert words - {"Unit of measure", "Currency"} <= set(facts), "those two stand beside their figures"
    assert (facts["Quantity"], facts["Estimated value"]) == ("12.4 kg", "310,000 USD")
    assert facts["Persons"] == "1 × M AF"
    chain = table_of(sheet, "Chain of custody").rows
    assert [(row[2], row[3], row[6]) for row in chain] == [
        ("–", "Customs_Inspector", "–"),
        ("Customs_Inspector", "غلام سخی", "EV-0031"),
        ("غلام سخی", "Laboratory clerk", "EV-0032"),
    ]
    assert sheet.foot.startswith("Restricted · ")
    (notice,) = [block for block in sheet.blocks if isinstance(block, Notice)]
    assert (notice.tone, notice.word) == ("stop", "Restricted")
    signs = next(block for block in sheet.blocks if isinstance(block, Signs))
    assert signs.rows[:2] == (("Seized by", "Customs_Inspector"), ("Keeper", "Laboratory clerk"))


def test_a_seizure_act_is_printed_for_its_readers_alone(ready: Truck, acts: Happened) -> None:
    made = truck(ready.terminal, "ACTS-L", 1, ready=False)
    ready.person("gate_operator")
    open_case = seize(ready.terminal, made, made.labels[0], "LAW_ENFORCEMENT", taken=False)
    for case_no, readers in (
        (acts.seizure, {"customs_inspector", "customs_2", "auditor"}),
        (
            open_case,
            {
                "customs_inspector",
                "customs_2",
                "auditor",
                "border_officer",
                "risk_officer",
                "liaison_officer",
            },
        ),
    ):
        for login in ("customs_2", *(role.value for role in Role if role is not Role.ADMINISTRATOR)):
            for door in (f"/papers/seizure-act/{case_no}", f"//papers/seizure-act/{case_no}"):
                status = ready.person(login).send("GET", door).status_code
                assert (status == 200) == (login in readers), (login, door, status)


def test_a_loss_and_damage_act_of_a_consignment_and_of_one_unit(ready: Truck, acts: Happened) -> None:
    sheet = sheet_of(ready, "damage-act", "en", acts)
    rows = {row[1].replace(" ", ""): row for row in table_of(sheet, "What was noted").rows}
    assert {label: row[3] for label, row in rows.items()} == {acts.lost: "Lost", acts.wet: "Wet"}
    assert rows[acts.lost][6] == "the pallet is not on the truck"
    assert rows[acts.wet][6] == "rain came in at the back"
    assert ready.terminal.entry(int(rows[acts.wet][7])).type == "UnitTallied"
    one = sheet_of(ready, "damage-act", "en", acts, acts.wet)
    assert one.code == acts.wet
    assert [row[3] for row in table_of(one, "What was noted").rows] == ["Wet"]
    good = ready.person("auditor").send("GET", f"/papers/damage-act/{ready.labels[0]}")
    assert good.status_code == 409
    assert ready.person("agency_b").send("GET", f"/papers/damage-act/{acts.wet}").status_code == 404


def test_pages_lead_to_the_acts_in_every_language(ready: Truck, acts: Happened) -> None:
    auditor = ready.person("auditor")
    for page_of, address in (
        (f"/inspections/{acts.inspection}", f"/papers/inspection-act/{acts.inspection}"),
        (f"/seizures/{acts.seizure}", f"/papers/seizure-act/{acts.seizure}"),
        (f"/consignments/{acts.ref}", f"/papers/damage-act/{acts.ref}"),
        (f"/consignments/{acts.ref}", f"/papers/damage-act/{acts.wet}"),
    ):
        shown = auditor.send("GET", f"/{page_of}").text
        assert f'href="{address}"' in shown, page_of
        if acts.wet not in address:
            for language in LANGUAGES:
                assert f'href="{address}?lang={language}"' in shown
    titles = {
        auditor.send("GET", f"//papers/damage-act/{acts.ref}?lang={language}").content
        for language in LANGUAGES
    }
    assert len(titles) == len(LANGUAGES)


def test_names_in_dari_and_pashto_are_drawn_joined_and_from_the_right() -> None:
    assert letters.available(), "the text engine and the typeface of the pages are installed"
    joined, apart = (
        letters.draw(text, 10, False, (0, 0, 0)).width for text in ("بببب", "ب\u200cب\u200cب\u200cب")
    )
    assert joined < apart, "letters that join are narrower than letters that stand apart"
    said = letters.markup("Name: عبدالله رحیمی <b>", 10, 400, bold=False, ink=(0, 0, 0))
    assert (said.count("<img "), said.count("&lt;b&gt;")) == (1, 1)
    narrow = letters.markup("ښاغلی محمد نبی خان ولد عبدالرحمن", 10, 60, bold=True, ink=(0, 0, 0))
    assert narrow.count("<img ") > 1, "it is broken between words"
    assert all(float(wide) <= 60.01 for wide in re.findall('width="([0-9.]+)"', narrow))


def test_without_the_text_engine_such_letters_are_seen_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "available", lambda: False)
    assert letters.markup("\u06a9\u0627", 10, 100, bold=False, ink=(0, 0, 0)) == "\N{WHITE SQUARE}" * 2

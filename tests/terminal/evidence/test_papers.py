"""Papers: made from the books, in three languages, for those who may, with symbols that our own readers read."""

from __future__ import annotations

import re

import pytest

from devices.vision import read_image
from terminal import access
from terminal.evidence import karvon_verify as kv
from terminal.papers import codes, drawing, fonts, page
from terminal.papers.making import LANGUAGES, Making
from terminal.papers.sheet import Sheet
from terminal.papers.shelf import PAPERS
from terminal.web import i18n
from tests.support.app import Terminal
from tests.terminal.evidence.conftest import Truck, truck


@pytest.fixture(scope="module")
def ready(terminal: Terminal) -> Truck:
    made = truck(terminal, "PAPER-1")
    made.person("release_officer").must(f"/visits/{made.visit}/gate-pass")
    made.person("customs_inspector").must(
        "/holds", subject=f"unit:{terminal.announce('PAPER-H', 1)[0]}", reason="SEAL", note="foil is torn"
    )
    return made


def subject_of(made: Truck, kind: str) -> str:
    match PAPERS[kind].about:
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


def sheet_of(made: Truck, kind: str, language: str) -> Sheet:
    terminal = made.terminal
    with terminal.service.reading() as reader:
        person = reader.people.by_login("auditor")
        assert person is not None
        caller = access.Caller(access.actor_of(person), person.name)
        making = Making(reader, caller, terminal.service.settings.terminal, terminal.clock.now, language)
        return PAPERS[kind].make(making, subject_of(made, kind))


@pytest.mark.parametrize("kind", PAPERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_paper_is_drawn_in_every_language(ready: Truck, kind: str, language: str) -> None:
    sheet = sheet_of(ready, kind, language)
    made = drawing.pdf(sheet)
    assert made.startswith(b"%PDF-")
    assert made == drawing.pdf(sheet)
    assert sheet.title == i18n.words(language).gettext(PAPERS[kind].title)
    text = re.sub(r"<[^>]+>", " ", page.html(sheet).decode())
    if language == "ru":
        assert len(re.findall("[А-Яа-я]", text)) > 60
    assert "\N{WHITE SQUARE}" not in fonts.drawable(text)


@pytest.mark.parametrize("kind", PAPERS)
def test_the_symbol_on_it_is_read_by_our_own_reader(ready: Truck, kind: str) -> None:
    sheet = sheet_of(ready, kind, "en")
    assert sheet.code
    found = read_image(codes.png(codes.qr(sheet.code)))
    assert [code.text for code in found] == [sheet.code]
    if kind == "gate-pass":
        keys = [kv.read_key(line) for line in ready.terminal.nobody().send("GET", "/keys").text.splitlines()]
        assert kv.verify_pass(found[0].text, keys)["visit"] == ready.visit


def test_papers_over_the_api(ready: Truck) -> None:
    auditor, agency = ready.person("auditor"), ready.person("agency_user")
    for kind in PAPERS:
        answer = auditor.send("GET", f"/papers/{kind}/{subject_of(ready, kind)}?lang=uz")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), answer.text
        own = agency.send("GET", f"/papers/{kind}/{subject_of(ready, kind)}").status_code
        assert own == (200 if PAPERS[kind].about == "consignment" else 404)
    assert ready.person("agency_b").send("GET", f"/papers/release-note/{ready.ref}").status_code == 404
    assert auditor.send("GET", "/papers/nothing/x").status_code == 404
    assert auditor.send("GET", "/papers/release-note/NO-SUCH").status_code == 404
    assert auditor.send("GET", f"/papers/release-note/{ready.ref}?lang=xx").status_code == 422
    assert ready.terminal.nobody().send("GET", f"/papers/release-note/{ready.ref}").status_code == 401


def test_a_paper_that_would_say_too_much_is_not_printed(terminal: Terminal) -> None:
    made = truck(terminal, "PAPER-2", ready=False)
    auditor = made.person("auditor")
    for kind in ("release-note", "goods-received", "weighing-ticket", "gate-pass", "seal-record"):
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

"""What people and machines get wrong: each time a sentence in their language, an entry in the journal, nothing lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from terminal.store import url_of
from terminal.web import i18n
from tests.journeys.machines import Demo, Voice
from tests.support.app import Terminal, nonce, sscc, terminal_at

pytestmark = pytest.mark.timeout(240)

LANGUAGES = ("en", "ru", "uz")
KNOWN = 775_000


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A terminal of its own, whose clock can be moved; its journal is proven at the end."""
    folder = tmp_path_factory.mktemp("bad-input")
    with terminal_at(url_of(folder / "karvon.sqlite3"), folder) as made:
        yield made


def in_language(sentences: dict[str, str], message: str, **figures: str) -> None:
    """Each language says its own sentence, and it is the one of the catalogue."""
    for language, sentence in sentences.items():
        text = i18n.words(language).gettext(message)
        assert sentence == (text % figures if figures else text), language
    assert len(set(sentences.values())) == len(LANGUAGES), sentences
    assert re.search("[а-яё]", sentences["ru"])
    assert not re.search("[а-яё]", sentences["uz"])


def asked_in_all(
    terminal: Terminal, login: str, path: str, body: dict[str, Any], status: int = 200
) -> dict[str, dict[str, Any]]:
    """The same request in each language, each with a nonce of its own; every one leaves an entry in the journal."""
    told = {}
    for language in LANGUAGES:
        before = terminal.service.store.tail().seq
        voice = terminal.person(login)
        answer = voice.send(
            "POST",
            path,
            json={"nonce": nonce(), **body},
            headers={"cookie": f"{voice.headers['cookie']}; karvon_lang={language}"},
        )
        assert answer.status_code == status, answer.text
        told[language] = answer.json()
        assert terminal.service.store.tail().seq > before
    return told


def scan(terminal: Terminal, code: str, step: str = "TALLY", point: str = "tally-1") -> dict[str, Any]:
    """A scan as it is sent."""
    return {"code": code, "step": step, "point": point, "scanned_at": terminal.clock.now.isoformat()}


def noted(terminal: Terminal, told: dict[str, dict[str, Any]], reason: str) -> None:
    """The journal keeps each refusal with its reason and what was asked."""
    for answer in told.values():
        assert (answer["verdict"], answer["reason"]) == ("refused", reason)
        entry = terminal.entry(answer["event"])
        assert (entry.type, entry.data["reason"]) == ("StepRefused", reason)
        assert entry.data["asked"]


def sentences_of(told: dict[str, dict[str, Any]]) -> dict[str, str]:
    """What was said in each language."""
    return {language: str(answer["sentence"]) for language, answer in told.items()}


def test_an_unknown_label(terminal: Terminal) -> None:
    label = sscc(KNOWN)
    told = asked_in_all(terminal, "tally_clerk", "/scans", scan(terminal, f"00{label}"))
    noted(terminal, told, "UNKNOWN_LABEL")
    in_language(sentences_of(told), "Nobody announced the label %(label)s.", label=label)


def test_a_wrong_check_digit(terminal: Terminal) -> None:
    good = sscc(KNOWN + 1)
    told = asked_in_all(
        terminal, "tally_clerk", "/scans", scan(terminal, f"00{good[:-1]}{(int(good[-1]) + 1) % 10}")
    )
    noted(terminal, told, "BAD_CHECK_DIGIT")
    in_language(sentences_of(told), "The number on this label is wrong: its check digit does not fit.")


def test_a_wrong_step(terminal: Terminal) -> None:
    (label, *_) = terminal.announce("BAD-STEP", 2)
    told = asked_in_all(terminal, "tally_clerk", "/scans", scan(terminal, label, "LOAD", "load-1"))
    assert all(answer["missing"] for answer in told.values())
    assert len(set(sentences_of(told).values())) == len(LANGUAGES)
    noted(terminal, told, told["en"]["reason"])
    stage = terminal.person("tally_clerk").get(f"/units/{label}")["stage"]
    assert stage == "PRE_ADVICE", "nothing moved"


def test_the_wrong_role(terminal: Terminal) -> None:
    (label, *_) = terminal.announce("BAD-ROLE", 1)
    told = asked_in_all(terminal, "gate_operator", "/scans", scan(terminal, label))
    noted(terminal, told, "NOT_PERMITTED")
    assert len(set(sentences_of(told).values())) == len(LANGUAGES)


def test_a_double_scan_and_a_nonce_with_another_body(terminal: Terminal) -> None:
    clerk, desk = terminal.person("tally_clerk"), terminal.person("document_officer")
    (label, other) = terminal.announce("BAD-TWICE", 2)
    visit = terminal.person("gate_operator").must("/visits", plate="75 888 TBA", carries=["BAD-TWICE"])[
        "facts"
    ]["visit"]
    terminal.person("gate_operator").must(
        f"/visits/{visit}/steps", step="GATE_IN", plate="75 888 TBA", point="gate-1"
    )
    desk.must("/approvals", consignment="BAD-TWICE", step="DOC_CHECK")
    terminal.person("customs_inspector").must("/approvals", consignment="BAD-TWICE", step="RISK")
    assert clerk.scan(label, "TALLY")["verdict"] == "accepted"

    # Scanned again, by itself or by hand: said to be done before, written down, nothing changed.
    told = asked_in_all(terminal, "tally_clerk", "/scans", scan(terminal, label))
    assert {answer["verdict"] for answer in told.values()} == {"already_done"}
    assert len(set(sentences_of(told).values())) == len(LANGUAGES)

    # The same nonce with another label: refused in each language, and both lie on the desk.
    used = nonce()
    first = {"nonce": used, **scan(terminal, other)}
    assert clerk.send("POST", "/scans", json=first).json()["verdict"] == "accepted"
    said = {}
    for language in LANGUAGES:
        cookie = f"{clerk.headers['cookie']}; karvon_lang={language}"
        answer = clerk.send("POST", "/scans", json={**first, "code": label}, headers={"cookie": cookie})
        assert answer.status_code == 409
        said[language] = answer.json()["detail"]
    in_language(said, "This message was sent before with another content.")
    aside = [e for e in terminal.journal() if e.type == "ScanSetAside" and e.data["why"] == "nonce_reused"]
    assert len(aside) == 1, "both versions are kept, once"
    assert clerk.send("POST", "/scans", json=first).json()["verdict"] == "accepted", "the first answer stands"


def test_a_broken_file(terminal: Terminal) -> None:
    voice = terminal.person("document_officer")
    said = {}
    for language in LANGUAGES:
        data = f"no table in {language}".encode()
        page = voice.send(
            "POST",
            "//import",
            files={"files": (f"broken-{language}.xlsx", data)},
            data={"csrf": voice.headers["x-csrf-token"], "nonce": nonce()},
            headers={"cookie": f"{voice.headers['cookie']}; karvon_lang={language}"},
        )
        assert page.status_code == 200
        (said[language],) = re.findall(r'role="alert">.*?<p class="title">(.*?)</p>', page.text, re.DOTALL)
        entry = terminal.newest()
        assert (entry.type, entry.data["asked"]["files"][0]["name"]) == (
            "StepRefused",
            f"broken-{language}.xlsx",
        )
        kept = terminal.service.file_path(entry.data["asked"]["files"][0]["sha256"])
        assert kept.read_bytes() == data
    in_language(said, "No line of goods could be read from these files. Look at the report below.")


def test_an_expired_session(terminal: Terminal) -> None:
    clerk = terminal.person("tally_clerk")
    terminal.clock.forward(hours=13)
    label = sscc(KNOWN + 9)
    sent = {"nonce": nonce(), **scan(terminal, label)}
    answer = clerk.send("POST", "/scans", json=sent)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    titles = {}
    for language in LANGUAGES:
        cookie = f"{clerk.headers['cookie']}; karvon_lang={language}"
        away = clerk.send("GET", "//tally", headers={"cookie": cookie})
        assert (away.status_code, away.headers["location"]) == (303, "/sign-in?next=%2Ftally")
        page = clerk.send("GET", "//" + away.headers["location"].lstrip("/"), headers={"cookie": cookie}).text
        (titles[language],) = re.findall("<h1>(.*?)</h1>", page)
        # the sentence that a page says when a request of its own is answered so
        station = terminal.person("tally_clerk")
        shown = station.send(
            "GET", "//tally", headers={"cookie": f"{station.headers['cookie']}; karvon_lang={language}"}
        ).text
        assert i18n.words(language).gettext("You were signed out. Sign in again to go on.") in shown
    in_language(titles, "Sign in")
    # Nothing is lost: after the new sign-in the station sends the same message, and it is taken.
    told = terminal.person("tally_clerk").send("POST", "/scans", json=sent).json()
    assert told["reason"] == "UNKNOWN_LABEL"
    assert terminal.entry(told["event"]).data["asked"]["code"] == label


def test_an_unstable_weight(demo: Demo) -> None:
    demo.act("wind", "weighbridge-1", kg="120")
    demo.act("put", "weighbridge-1", kg="17000")
    gate = Voice(demo.address, "gulnora")
    visit = gate.ask("/visits", nonce=nonce(), plate="75 899 WBA", carries=[])["facts"]["visit"]
    gate.ask(f"/visits/{visit}/steps", nonce=nonce(), step="GATE_IN", plate="75 899 WBA", point="gate-1")
    auditor, operator = Voice(demo.address, "auditor"), Voice(demo.address, "wali")
    said = {}
    for language in LANGUAGES:
        operator.client.cookies.set("karvon_lang", language)
        told = operator.ask(
            "/weighings", nonce=nonce(), point="weighbridge-1", visit=visit, step="WEIGH_IN", wait_s=0.5
        )
        assert (told["verdict"], told["reason"]) == ("refused", "WEIGHT_UNSTABLE")
        said[language] = told["sentence"]
        (entry,) = auditor.get("/journal", after=told["event"] - 1, limit=1)
        assert (entry["type"], entry["data"]["reason"]) == ("StepRefused", "WEIGHT_UNSTABLE")
    in_language(said, "The scale did not come to rest.")
    demo.act("wind", "weighbridge-1", kg="0")
    told = operator.ask(
        "/weighings", nonce=nonce(), point="weighbridge-1", visit=visit, step="WEIGH_IN", wait_s=20
    )
    assert told["verdict"] == "accepted", told
    demo.act("take", "weighbridge-1")
    for voice in (gate, auditor, operator):
        voice.close()

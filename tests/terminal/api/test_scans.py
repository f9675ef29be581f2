"""Scans over the API: every verdict, in words of three languages; the same nonce gets the same answer for ever."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta

import pytest

from terminal.store.fold import verify_state
from tests.support.app import Terminal, Voice, nonce, problem, refused, sscc
from workflows.papers import Vehicle


@pytest.fixture(scope="module")
def clerk(terminal: Terminal) -> Voice:
    return terminal.person("tally_clerk")


@pytest.fixture(scope="module")
def labels(terminal: Terminal) -> list[str]:
    """Labels of a consignment that may be opened: checked and screened."""
    found = terminal.announce("SCN-1", 8, vehicle=truck())
    open_up(terminal, "SCN-1")
    return found


_TRUCKS = itertools.count(1)


def truck() -> Vehicle:
    """A truck for the papers of one consignment: none is at the terminal twice at a time."""
    return Vehicle(f"75{next(_TRUCKS):03d}CBA")


def open_up(terminal: Terminal, ref: str) -> None:
    """The truck of its papers brings it, the papers are checked, it is screened and docked at tally-1."""
    with terminal.service.reading() as reader:
        announced = reader.consignment(ref)
    assert announced is not None
    assert announced.papers.vehicle is not None
    plate = announced.papers.vehicle.plate
    gate, customs = terminal.person("gate_operator"), terminal.person("customs_inspector")
    visit = gate.must("/visits", plate=plate, carries=[ref])["facts"]["visit"]
    seals = [{"number": "UZ0550101"}]
    gate.must(f"/visits/{visit}/steps", step="GATE_IN", point="gate-1", plate=plate, seals=seals)
    weigher = terminal.person("weighbridge_operator")
    weigher.must(
        "/weighings",
        point="weighbridge-1",
        visit=visit,
        step="WEIGH_IN",
        typed_kg=str(15420 + sum(line.gross_kg or 0 for line in announced.papers.lines)),
        confirmed_by="weighbridge_2",
        confirm_password="saksovul-2026",
        note="the line is down",
    )
    customs.must("/approvals", consignment=ref, step="DOC_CHECK")
    customs.must("/approvals", consignment=ref, step="RISK")
    clerk = terminal.person("tally_clerk")
    clerk.must(f"/visits/{visit}/steps", step="UNLOAD", point="tally-1")


def test_a_label_is_accepted_once_and_then_already_done(clerk: Voice, labels: list[str]) -> None:
    first = clerk.scan(f"]C100{labels[0]}", "TALLY")
    assert (first["verdict"], first["subject"]) == ("accepted", f"unit:{labels[0]}")
    assert first["facts"]["consignment"] == "SCN-1"
    again = clerk.scan(labels[0], "tally")
    assert again["verdict"] == "already_done"
    entry = clerk.terminal.entry(again["event"])
    assert (entry.type, entry.facts["point"]) == ("ScanNoted", "tally-1")


def test_what_stands_on_a_label_is_kept_with_the_answer(clerk: Voice, labels: list[str]) -> None:
    told = clerk.scan(f"]C100{labels[1]}10LOT-7\x1d17271231", "TALLY")
    assert told["verdict"] == "accepted"
    assert (told["facts"]["batch"], told["facts"]["expiry"]) == ("LOT-7", "2027-12-31")


WORDS = {"en": "Nobody announced", "ru": "никто не сообщал", "uz": "hech kim xabar bermagan"}


@pytest.mark.parametrize("language", WORDS)
def test_a_refusal_speaks_the_language_of_whoever_asks(
    terminal: Terminal, clerk: Voice, language: str
) -> None:
    label = sscc(99_000_001)
    asked = {"code": label, "step": "TALLY", "point": "tally-1", "scanned_at": terminal.clock.now.isoformat()}
    station = terminal.device(f"station-{language}")
    chosen = f"{clerk.headers['cookie']}; karvon_lang={language}"
    for voice, headers in (
        (station, {"accept-language": f"{language}, fr;q=0.5"}),
        (clerk, {"accept-language": "fr", "cookie": chosen}),
    ):
        told = voice.send("POST", "/scans", json={"nonce": nonce(), **asked}, headers=headers).json()
        first = refused(told, "UNKNOWN_LABEL", terminal)
        assert first["facts"]["label"] == label
        for sentence in (told["sentence"], first["sentence"]):
            assert WORDS[language] in sentence
            assert label in sentence


def test_a_label_that_cannot_be_right_says_what_it_may_have_been(clerk: Voice, labels: list[str]) -> None:
    wrong = labels[0][:-1] + str((int(labels[0][-1]) + 1) % 10)
    told = clerk.scan(f"]C100{wrong}", "TALLY")
    refused(told, "BAD_CHECK_DIGIT", clerk.terminal)
    assert clerk.terminal.entry(told["event"]).data["asked"]["code"] == f"]C100{wrong}"


@pytest.mark.parametrize("code", ["@@@", "]C100", "\x00", "  ", "(00)12", "🙂" * 50, "x" * 4096])
def test_what_cannot_be_read_is_a_refusal_that_is_kept(clerk: Voice, code: str) -> None:
    told = clerk.scan(code, "TALLY")
    assert told["verdict"] == "refused"
    assert told["reason"] in ("UNREADABLE", "UNKNOWN_LABEL", "WRONG_KIND", "BAD_CHECK_DIGIT")
    refused(told, told["reason"], clerk.terminal)
    assert clerk.terminal.entry(told["event"]).data["asked"]["code"] == code


def test_a_step_that_is_not_next_is_refused(clerk: Voice, labels: list[str]) -> None:
    clerk.scan(labels[2], "TALLY")
    told = clerk.scan(labels[2], "LOAD", "load-1")
    reasons = {item["reason"] for item in told["missing"]}
    assert told["verdict"] == "refused"
    assert {"NO_CUSTOMS_RELEASE", "NO_TERMINAL_RELEASE", "NO_VISIT"} <= reasons
    assert len(clerk.terminal.entry(told["event"]).data["missing"]) == len(told["missing"])


def test_a_unit_of_a_consignment_that_nobody_screened_stays_shut(terminal: Terminal, clerk: Voice) -> None:
    (label,) = terminal.announce("SCN-SHUT", 1)
    refused(clerk.scan(label, "TALLY"), "WRONG_STAGE", terminal)


@pytest.mark.parametrize("who", ["gate_operator", "agency_user", "auditor", "administrator", "trainer"])
def test_a_role_without_the_step_is_refused(terminal: Terminal, labels: list[str], who: str) -> None:
    for code in (labels[3], sscc(99_000_002), "KRV:BAY:A-01"):
        told = terminal.person(who).scan(code, "TALLY")
        assert refused(told, "NOT_PERMITTED", terminal)["who"] == ["tally_clerk"]
        assert told["facts"] == {}


def test_a_bay_is_chosen_and_the_unit_goes_there(terminal: Terminal, clerk: Voice, labels: list[str]) -> None:
    clerk.scan(labels[4], "TALLY")
    keeper = terminal.person("warehouse_keeper")
    told = keeper.scan("KRV:BAY:A-01", "STORAGE", "storage-1")
    assert (told["verdict"], told["facts"]["place"]) == ("accepted", "A-01")
    refused(keeper.scan(labels[4], "STORAGE", "storage-1"), "INVALID", terminal)
    told = keeper.scan(labels[4], "STORAGE", "storage-1", unit_context={"place": "A-01"})
    assert told["verdict"] == "accepted"
    assert terminal.person("warehouse_keeper").get(f"/units/{labels[4]}")["place"] == "A-01"


def test_a_plate_is_no_label_of_a_unit(clerk: Voice) -> None:
    told = clerk.scan("75412CBA", "TALLY")
    assert told["verdict"] == "refused"
    assert told["reason"] in ("WRONG_KIND", "UNREADABLE", "UNKNOWN_LABEL")


# --- nonces -------------------------------------------------------------------------------------------
def body(terminal: Terminal, code: str, step: str = "TALLY", **more: object) -> dict[str, object]:
    at = terminal.clock.now.isoformat()
    return {"nonce": nonce(), "code": code, "step": step, "point": "tally-1", "scanned_at": at, **more}


def test_the_same_nonce_gets_the_same_answer_for_ever(
    terminal: Terminal, clerk: Voice, labels: list[str]
) -> None:
    asked = body(terminal, labels[5])
    first = clerk.send("POST", "/scans", json=asked)
    assert first.json()["verdict"] == "accepted"
    unknown = body(terminal, sscc(99_000_003))
    no = clerk.send("POST", "/scans", json=unknown)
    # Much happens meanwhile: the unit is held, a later consignment brings the unknown label, weeks go by.
    customs = terminal.person("customs_inspector")
    customs.must("/holds", subject=f"unit:{labels[5]}", reason="SEAL", note="torn foil")
    length = terminal.service.store.tail().seq
    started = terminal.clock.now
    try:
        for days in (0, 1, 200):
            terminal.clock.forward(days=days)
            again = terminal.person("tally_clerk")
            assert again.send("POST", "/scans", json=asked).content == first.content
            assert again.send("POST", "/scans", json=unknown).content == no.content
    finally:
        terminal.clock.now = started
    assert terminal.service.store.tail().seq == length


def test_a_nonce_used_for_something_else_is_a_conflict_and_both_are_kept(
    terminal: Terminal, clerk: Voice, labels: list[str]
) -> None:
    asked = body(terminal, labels[6])
    assert clerk.send("POST", "/scans", json=asked).json()["verdict"] == "accepted"
    other = {**asked, "code": labels[7]}
    told = problem(clerk.send("POST", "/scans", json=other), 409, "nonce_reused")
    entry = terminal.entry(told["event"])
    assert (entry.type, entry.data["why"]) == ("ScanSetAside", "nonce_reused")
    assert entry.data["scan"]["code"] == labels[7]
    assert entry.data["other"]["answered"]["facts"]["unit"] == labels[6]
    again = problem(clerk.send("POST", "/scans", json=other), 409, "nonce_reused")
    assert again["event"] == told["event"]
    with terminal.service.reading() as reader:
        waiting = [item for item in reader.desk.reviews_open() if item.why == "nonce_reused"]
        assert [item.seq for item in waiting] == [told["event"]]
        unit = reader.unit(labels[7])
    assert unit is not None
    assert unit.stage.value == "PRE_ADVICE"
    connection = terminal.service.store.connect()
    try:
        assert verify_state(connection) is None
    finally:
        connection.close()


def test_a_nonce_belongs_to_whoever_made_it(terminal: Terminal, clerk: Voice, labels: list[str]) -> None:
    asked = body(terminal, labels[0])
    first = clerk.send("POST", "/scans", json=asked).json()
    other = terminal.person("warehouse_keeper").send("POST", "/scans", json={**asked, "step": "LOAD"})
    assert other.status_code == 200
    assert other.json()["event"] != first["event"]


# --- late, odd, many ----------------------------------------------------------------------------------
def test_a_scan_that_comes_too_late_waits_for_a_person(
    terminal: Terminal, clerk: Voice, labels: list[str]
) -> None:
    at = (terminal.clock.now - timedelta(days=31)).isoformat()
    asked = body(terminal, labels[7], scanned_at=at)
    told = clerk.send("POST", "/scans", json=asked).json()
    assert (told["verdict"], told["reason"], told["subject"]) == ("attention", "TOO_OLD", f"unit:{labels[7]}")
    with terminal.service.reading() as reader:
        item = reader.desk.review(told["event"])
    assert item is not None
    assert (item.open, item.why, item.scan["code"]) == (True, "too_old", labels[7])
    assert item.other["stage"] == "PRE_ADVICE"
    assert clerk.send("POST", "/scans", json=asked).json() == told
    on_time = body(terminal, labels[7], scanned_at=(terminal.clock.now - timedelta(days=29)).isoformat())
    assert clerk.send("POST", "/scans", json=on_time).json()["verdict"] == "accepted"


@pytest.mark.parametrize(
    "wrong",
    [
        {"scanned_at": "2026-11-16T08:00:00"},
        {"scanned_at": "0001-01-01T00:00:00+05:00"},
        {"scanned_at": "9999-12-31T23:59:59-12:00"},
        {"scanned_at": 1e30},
        {"step": "FLY"},
        {"code": ""},
        {"code": "x" * 4097},
        {"code": "\ud800"},
        {"nonce": "short"},
        {"nonce": "has a space in it"},
        {"point": "tally\x00"},
        {"unit_context": {"condition": "PERFECT"}},
        {"speed": 3},
    ],
)
def test_a_message_that_is_no_scan_is_said_to_be_none(
    clerk: Voice, labels: list[str], wrong: dict[str, object]
) -> None:
    length = clerk.terminal.service.store.tail().seq
    text = json.dumps({**body(clerk.terminal, labels[0]), **wrong})
    headers = {"content-type": "application/json"}
    answer = clerk.send("POST", "/scans", content=text, headers=headers)
    told = problem(answer, 422, "invalid_request")
    assert told["errors"][0]["field"].startswith("body")
    assert clerk.terminal.service.store.tail().seq == length


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "1e999", "[" * 100_000])
def test_a_body_that_is_no_json_object_is_a_problem(clerk: Voice, text: str) -> None:
    answer = clerk.send("POST", "/scans", content=text, headers={"content-type": "application/json"})
    if answer.status_code == 400:  # too deep to be looked at
        problem(answer, 400, "bad_request")
    else:
        problem(answer, 422, "invalid_request")


def test_a_queue_is_answered_one_by_one_in_order(terminal: Terminal, clerk: Voice) -> None:
    labels = terminal.announce("SCN-Q", 5, vehicle=truck())
    open_up(terminal, "SCN-Q")
    late = (terminal.clock.now - timedelta(days=40)).isoformat()
    scans: list[dict[str, object]] = [
        body(terminal, labels[0]),
        body(terminal, sscc(99_000_004)),
        body(terminal, labels[0]),
        body(terminal, labels[1], scanned_at=late),
        {"nonce": nonce(), "code": 17.5, "what": ["is", None, "this"]},
        body(terminal, labels[2]),
    ]
    scans.append({**scans[0]})
    scans.append({**scans[5], "code": labels[3]})
    answer = clerk.send("POST", "/scans/batch", json={"scans": scans})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    said = [(item["verdict"], item["reason"]) for item in told]
    assert said == [
        ("accepted", None),
        ("refused", "UNKNOWN_LABEL"),
        ("already_done", None),
        ("attention", "TOO_OLD"),
        ("attention", "INVALID"),
        ("accepted", None),
        ("accepted", None),
        ("refused", "NONCE_REUSED"),
    ]
    events = [item["event"] for item in told]
    assert events[:6] == sorted(set(events[:6]))
    assert told[6] == told[0]
    with terminal.service.reading() as reader:
        kept = reader.desk.review(events[4])
    assert kept is not None
    assert json.loads(str(kept.scan["malformed"])) == scans[4]
    again = clerk.send("POST", "/scans/batch", json={"scans": scans})
    assert again.json() == told


def test_a_queue_has_at_most_five_hundred(terminal: Terminal, clerk: Voice) -> None:
    scans = [body(terminal, "@@") for _ in range(501)]
    problem(clerk.send("POST", "/scans/batch", json={"scans": scans}), 422, "invalid_request")
    problem(clerk.send("POST", "/scans/batch", json={"scans": []}), 422, "invalid_request")


# --- devices ------------------------------------------------------------------------------------------
def test_a_device_scans_at_its_point_and_nowhere_else(terminal: Terminal) -> None:
    labels = terminal.announce("SCN-DEV", 3, vehicle=truck())
    open_up(terminal, "SCN-DEV")
    handheld = terminal.device("handheld-7", "tally-1", ["TALLY"])
    told = handheld.scan(labels[0], "TALLY")
    assert told["verdict"] == "accepted"
    entry = terminal.entry(told["event"])
    assert (entry.who, entry.facts["device"]) == ("device:handheld-7", "handheld-7")
    assert entry.facts["device_at"] == entry.facts["at"]
    told = handheld.scan(labels[1], "TALLY", "load-1")
    assert refused(told, "NOT_PERMITTED", terminal)["facts"]["own_point"] == "tally-1"
    refused(handheld.scan(labels[1], "LOAD"), "NOT_PERMITTED", terminal)
    batch = [body(terminal, labels[1], point="gate-1"), body(terminal, labels[1])]
    told_all = handheld.send("POST", "/scans/batch", json={"scans": batch}).json()
    assert [item["verdict"] for item in told_all] == ["refused", "accepted"]

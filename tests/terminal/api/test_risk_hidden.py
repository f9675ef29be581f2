"""Score, lane, indicators, profiles and marks: agencies and terminal staff meet them nowhere, whatever they open.

And hits of the watch list, which nobody meets but the border service.
"""

from __future__ import annotations

import asyncio
import json
import re
from types import SimpleNamespace
from typing import Any

import pytest

from terminal import access
from terminal.access import Caller
from terminal.api.journal import follow
from terminal.cli.exporting import COLUMNS, _consignments, _journal
from terminal.evidence.bundle import facts_of
from terminal.evidence.story import RISK, Foreign, entries_of, tell
from tests.support.app import API, Terminal
from tests.terminal.api.doors import DOORS
from tests.terminal.api.test_doors import all_routes
from workflows import events_routing
from workflows.roles import RIGHTS, Right, Role

REF = "HID-1"
#: everybody who works for the terminal or an agency, and the watchers who read no risk either
STAFF = tuple(role for role in Role if role not in RIGHTS[Right.READ_RISK])
#: what officers wrote, and what only the risk lane says
TOLD = re.compile(
    r"MARROON|P-HIDDEN|\"score\"|\"routing\"|\"lane\"|\"forced\"|\bR2[0-9]\b|LaneChosen|LaneSet|IndicatorMarked"
    r"|AuditOpened|VisitScreened(?!\">)|RiskProfileChanged|RSK-0|Red lane|Yellow lane|Lane chosen|indicator (?:marked|set)|\bHit rates\b"
)
#: what says that something is on the watch list; who asks for holds by their reason may choose among all reasons
HIT = re.compile(r"VEH-02|on a watch list|PUCEFOX|INTELLIGENCE|Intelligence")
CHOICE = re.compile(r'reason=INTELLIGENCE|<option value="INTELLIGENCE"[^<]*</option>')
#: officers who read risk and are not told of the watch list
OTHERS = tuple(
    role for role in Role if role in RIGHTS[Right.READ_RISK] and role not in RIGHTS[Right.READ_WATCH_HITS]
)
HITS = "HID-2"


@pytest.fixture(scope="module")
def names(terminal: Terminal) -> dict[str, str]:
    """A consignment in the red lane: by a profile, a mark, a person; with a vehicle, a hold and refusals about it."""
    risk, customs = terminal.person("risk_officer"), terminal.person("customs_inspector")
    risk.must(
        "/risk-profiles", id="P-HIDDEN", title="MARROON goods", owner="MARROON", reason="MARROON",
        first_day="2026-11-01", last_day="2026-12-31", criteria={"senders": ["Agency A"]}, points=20, note="MARROON",
    )  # fmt: skip
    label, *_ = terminal.announce(REF, 2)
    visit = terminal.person("gate_operator").must("/visits", plate="75412CBA", carries=[REF])["facts"][
        "visit"
    ]
    for code in ("R20", "R21"):
        customs.must("/lanes/marks", consignment=REF, indicator=code, why="MARROON")
    assert risk.get("/lanes/one", consignment=REF)["lane"] == "RED"
    assert risk.ask("/lanes", consignment=REF, lane="GREEN", why="MARROON")["verdict"] == "refused"
    assert risk.must("/lanes", consignment=REF, lane="YELLOW", why="MARROON")["verdict"] == "accepted"
    hold = customs.must("/holds", subject=f"consignment:{REF}", reason="SEAL", note="odd")["facts"]["hold"]
    border, gate = terminal.person("border_officer"), terminal.person("gate_operator")
    watched = {"reason": "PUCEFOX", "last_day": "2026-12-31", "note": "asked"}
    border.must("/watch-list", kind="plate", value="01 X 900 XX", **watched)
    border.must("/watch-list", kind="name", value="Toshmat Beknazarov", **watched)
    terminal.announce(HITS, 1, driver=None)
    brought = gate.must("/visits", plate="01X900XX", carries=[HITS])["facts"]["visit"]
    gate.must(f"/visits/{brought}/steps", step="GATE_IN", plate="01X900XX")
    empty = gate.must("/visits/arrivals", plate="01Y901YY", driver="Toshmat Beknazarov", point="gate-1")[
        "facts"
    ]["visit"]
    (mine,) = (one for one in border.get("/holds") if (one["consignment"], one["check"]) == (HITS, "VEH-02"))
    gate.ask(f"/visits/{empty}/steps", step="GATE_OUT", plate="01Y901YY")
    terminal.person("customs_inspector").ask("/approvals", consignment=HITS, step="CUSTOMS_RELEASE", note="x")
    return {
        "brought": brought, "empty": empty, "hit": mine["id"],
        "ref": REF, "subject": REF, "label": label, "identity": visit, "visit_id": visit, "hold_id": hold,
        "kind": "release-note", "table": "customs_offices.json", "profile_id": "P-HIDDEN",
    }  # fmt: skip


def filled(path: str, names: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda m: names.get(m[1], "x"), path)


def paths(terminal: Terminal, names: dict[str, str]) -> list[str]:
    """Every address that is only looked at: of the API, of the pages, of papers; asked with what it may be asked for."""
    endless = {API + key.split(" ")[1] for key, door in DOORS.items() if door.endless}
    found = {
        path
        for method, path in all_routes(terminal)
        if method == "GET" and path not in endless and not path.startswith(("/static", "/docs"))
    }
    plain = {filled(path, names) for path in found if not path.endswith(("openapi.json", "api-docs"))}
    more = (
        f"?consignment={REF}",
        "?first=2026-11-01&last=2026-11-30",
        f"?search={REF}",
        f"?subject=consignment:{REF}",
    )
    risky = {
        p for p in plain if any(word in p for word in ("lane", "hit-", "audit", "risk", "office", "report"))
    }
    hits = {
        f"{base}/{kind}"
        for base in (API, "")
        for kind in (
            f"consignments/{HITS}", f"consignments/{HITS}/checks", f"consignments/{HITS}/journal", f"consignments?search={HITS}",
            f"visits/{names['brought']}", f"visits/{names['empty']}", f"visits/{names['empty']}/story",
            f"consignments/{HITS}/story", f"holds/{names['hit']}", "holds?reason=INTELLIGENCE", "journal?after=0&limit=1000",
            f"journal?subject={HITS}", f"journal?subject={names['empty']}", "journal?type=HoldPlaced",
        )
    }  # fmt: skip
    return sorted(plain | hits | {p + q for p in risky for q in more} | {f"{API}/consignments?search={REF}"})


@pytest.mark.parametrize("role", [*STAFF, *OTHERS])
def test_no_address_tells_it(terminal: Terminal, names: dict[str, str], role: Role) -> None:
    voice = terminal.person(role.value)
    opened = 0
    for path in paths(terminal, names):
        answer = terminal.send("GET", f"http://karvon.test{path}", headers=voice.headers)
        asked = CHOICE.sub("", answer.text)
        hit = HIT.search(asked) if role not in RIGHTS[Right.READ_WATCH_HITS] else None
        if hit and role is Role.ADMINISTRATOR and ("/data" in path or path.endswith("severities.csv")):
            hit = None  # the table of severities knows every check by name
        assert hit is None, (
            role,
            path,
            asked[max(0, hit.start() - 120) : hit.end() + 80] if hit else "",
        )
        found = TOLD.search(answer.text) if role in STAFF else None
        # configuration tells an administrator which shares there are, not what they did
        if found and role is Role.ADMINISTRATOR and "customs_offices" in path:
            continue
        assert found is None, (
            role,
            path,
            answer.status_code,
            answer.text[max(0, found.start() - 80) : found.end() + 80],
        )
        opened += answer.status_code == 200
    assert opened > 3


@pytest.mark.parametrize("role", STAFF)
def test_no_refusal_tells_it(terminal: Terminal, names: dict[str, str], role: Role) -> None:
    voice = terminal.person(role.value)
    asked: tuple[tuple[str, dict[str, Any]], ...] = (
        ("/approvals", {"consignment": REF, "step": "RELEASE", "note": "x"}),
        ("/approvals", {"consignment": REF, "step": "CUSTOMS_RELEASE", "note": "x"}),
        ("/lanes", {"consignment": REF, "lane": "YELLOW", "why": "x"}),
        ("/lanes/marks", {"consignment": REF, "indicator": "R21", "why": "x"}),
        ("/audits/close", {"consignment": REF, "result": "IN_ORDER", "note": "x"}),
        ("/lanes", {"consignment": "NO-SUCH", "lane": "YELLOW", "why": "x"}),
    )
    for path, body in asked:
        text = voice.post(path, **body).text
        assert TOLD.search(text) is None, (role, path, text)


def test_the_officers_see_it_in_the_same_places(terminal: Terminal, names: dict[str, str]) -> None:
    risk = terminal.person("risk_officer")
    for path in (f"{API}/lanes/one?consignment={REF}", f"/lanes/of?consignment={REF}", "/lanes/profiles"):
        answer = terminal.send("GET", f"http://karvon.test{path}", headers=risk.headers)
        assert answer.status_code == 200, path
        assert "MARROON" in answer.text, path


@pytest.mark.parametrize("role", [role for role in (*STAFF, *OTHERS) if role in RIGHTS[Right.READ_BOARD]])
def test_the_live_stream_does_not_speak_of_it(
    terminal: Terminal, names: dict[str, str], role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("terminal.api.journal.still_there", lambda request, caller: True)
    monkeypatch.setattr("terminal.api.journal.HEARTBEAT_S", 0.01)
    with terminal.service.reading() as reader:
        person = reader.people.get(terminal.ids[role.value])
    assert person is not None
    caller = Caller(access.actor_of(person), person.name, session=b"x")
    left = iter((False, False, True))

    async def gone() -> bool:
        return next(left, True)

    async def listen() -> str:
        request: Any = SimpleNamespace(is_disconnected=gone)
        return b"".join([part async for part in follow(request, terminal.service, caller, 0)]).decode()

    said = asyncio.run(listen())
    assert "ConsignmentAnnounced" in said
    if role not in RIGHTS[Right.READ_WATCH_HITS]:
        assert HIT.search(said) is None
    if role in OTHERS:
        return
    assert TOLD.search(said) is None
    assert "routing:" not in said
    assert "profile:" not in said


@pytest.mark.parametrize("role", STAFF)
def test_no_export_and_no_bundle_carries_it(terminal: Terminal, names: dict[str, str], role: Role) -> None:
    caller = Caller(access.Actor("x", frozenset({role})), "X")
    with terminal.service.reading() as reader:
        for row in _consignments(reader, caller, 0):
            assert not row.get("lane"), row
            assert not row.get("decision"), row
        told = tell(reader, REF, entries_of(reader, REF), Foreign.of(()), caller)
    shown = [one for one in told if one.withheld is None]
    assert not [
        one for one in shown if one.entry.type in events_routing.NAMES or one.entry.type == "ChecksRun"
    ]
    assert [one for one in told if one.withheld == RISK]
    assert "lane" in COLUMNS["consignments"]


def test_a_profile_is_unknown_to_the_administrator(terminal: Terminal, names: dict[str, str]) -> None:
    admin = terminal.person("administrator")
    assert "risk_profiles.json" not in admin.send("GET", "/data").text
    assert admin.send("GET", "/data/risk_profiles.json").status_code in (404, 422)


@pytest.mark.parametrize("role", [*STAFF, *OTHERS])
def test_no_export_and_no_bundle_tells_of_the_watch_list(
    terminal: Terminal, names: dict[str, str], role: Role
) -> None:
    caller = Caller(access.Actor("x", frozenset({role})), "X")
    with terminal.service.reading() as reader:
        if role not in RIGHTS[Right.READ_WATCH_HITS]:
            for row in (*_consignments(reader, caller, 0), *_journal(reader, caller, 0)):
                assert HIT.search(json.dumps(row)) is None, row
        consignment = reader.consignment(HITS)
        assert consignment is not None
        facts = facts_of(reader, consignment, Caller(access.Actor("x", frozenset({Role.AUDITOR})), "X"))
        told = tell(reader, HITS, entries_of(reader, HITS), Foreign.of(()), caller)
    assert HIT.search(json.dumps(facts, default=str)) is None
    assert not [one for one in told if one.withheld is None and HIT.search(one.entry.body.decode())]


def test_a_refusal_says_who_holds_it_and_no_more(terminal: Terminal, names: dict[str, str]) -> None:
    leave = (f"/visits/{names['empty']}/steps", {"step": "GATE_OUT", "plate": "01Y901YY"})
    approve = ("/approvals", {"consignment": HITS, "step": "CUSTOMS_RELEASE", "note": "x"})
    for login, (path, body) in (("gate_operator", leave), ("customs_inspector", approve)):
        told = terminal.person(login).post(path, **body).text
        assert "OPEN_HOLD" in told, told
        assert HIT.search(told) is None, told
        assert ("BORDER" in told) == (login == "customs_inspector"), told


def test_the_border_service_and_the_auditor_see_it_whole(terminal: Terminal, names: dict[str, str]) -> None:
    border, auditor = terminal.person("border_officer"), terminal.person("auditor")
    for voice in (border, auditor):
        held = next(one for one in voice.get("/holds") if one["id"] == names["hit"])
        assert (held["check"], held["reason"]) == ("VEH-02", "INTELLIGENCE")
        found = voice.get(f"/consignments/{HITS}")["findings"]
        assert [one["target"] for one in found if one["check"] == "VEH-02"] == ["vehicle:plate"]
        (driver,) = (
            one for one in voice.get(f"/visits/{names['empty']}")["findings"] if one["check"] == "VEH-02"
        )
        assert driver["target"] == "party:driver"
        page = terminal.send("GET", f"http://karvon.test/visits/{names['empty']}", headers=voice.headers)
        assert "on a watch list" in page.text
    assert {one["check"] for one in border.get(f"/consignments/{HITS}")["findings"]} == {"VEH-02"}
    veiled = next(
        one for one in terminal.person("customs_inspector").get("/holds") if one["id"] == names["hit"]
    )
    told = (veiled["authority"], veiled["severity"], veiled["reason"], veiled["check"], veiled["target"])
    assert told == ("BORDER", "BLOCK", "OTHER", None, None)
    assert names["hit"] not in {one["id"] for one in terminal.person("gate_operator").get("/holds")}

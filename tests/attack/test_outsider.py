"""Somebody tries everything from outside, with what can be stolen, printed and sent. They get nothing, and each try is seen.

One terminal behind one socket. What an attacker could know stands in :mod:`tests.attack.outsider`; what happened there is
read from the journal.
"""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from terminal.cli import FINDINGS, main
from terminal.evidence.karvon_verify import PASS_PREFIX
from terminal.store import Entry, url_of
from tests.attack.outsider import ROWS, Outsider, forged_pass, xml_bomb, zip_bomb
from tests.support.app import PASSWORD, Terminal, Voice, terminal_at
from tests.support.databases import sqlite_template
from tests.support.served import served
from tests.terminal.api.test_badges import PIN, badge_for, voice_of, work

__all__ = ["sqlite_template"]

NAME = "terminal.example"
LOOT = ("passwd", "root:", "Traceback", "secret.key", "sqlite")


@dataclass
class Scene:
    """The terminal, its port, and what lies around."""

    terminal: Terminal
    port: int
    labels: list[str]

    def outsider(self, **stolen: str) -> Outsider:
        """Somebody with these stolen headers; time has passed, so that no try hides behind another."""
        self.terminal.clock.forward(minutes=8)
        return Outsider(self.port, {"host": NAME, **{k.replace("_", "-"): v for k, v in stolen.items()}})

    def robbed(self, voice: Voice) -> Outsider:
        """Somebody with everything that a browser or a device sends."""
        return self.outsider(**{name.replace("-", "_"): value for name, value in voice.headers.items()})

    def head(self) -> int:
        """The number of the last entry."""
        return self.terminal.newest().seq

    def seen(self, since: int, what: Callable[[Entry], bool]) -> Entry:
        """The entry after ``since`` that tells of the try."""
        found = [entry for entry in self.terminal.journal() if entry.seq > since and what(entry)]
        assert found, [(entry.type, entry.data) for entry in self.terminal.journal() if entry.seq > since]
        return found[0]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Scene]:
    """A terminal at work, which answers to one name."""
    folder = tmp_path_factory.mktemp("attacked")
    shutil.copyfile(sqlite_template, folder / "karvon.sqlite3")
    server = {"hosts": [NAME, "karvon.test"], "max_upload_mb": 1}
    with terminal_at(url_of(folder / "karvon.sqlite3"), folder, server=server) as terminal:
        labels = terminal.announce("CARGO-1", 3)
        with served(terminal) as port:
            yield Scene(terminal, port, labels)


def security(action: str, **facts: Any) -> Callable[[Entry], bool]:
    """True for the entry of that action with these facts."""

    def fits(entry: Entry) -> bool:
        told = entry.data.get("facts", {})
        return (
            entry.type == "SecurityEvent"
            and entry.data["action"] == action
            and all(told.get(name) == value for name, value in facts.items())
        )

    return fits


def refusal(reason: str) -> Callable[[Entry], bool]:
    """True for a refused step of that reason."""
    return lambda entry: entry.type == "StepRefused" and entry.data["reason"] == reason


def nothing(answer: Any) -> None:
    """No success, no fault of ours, nothing of the machine in the answer."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:300])
    assert not any(loot in answer.text for loot in LOOT), answer.text[:300]


# --- proofs -----------------------------------------------------------------------------------------------------------
def test_a_pass_made_at_home_opens_nothing(scene: Scene) -> None:
    handheld = scene.robbed(scene.terminal.device("gate-hand", "gate-1", ("GATE_OUT",)))
    told = {
        "u": "1",
        "v": "visit",
        "p": "75411CBA",
        "s": [],
        "n": 3,
        "w": [0, 99999],
        "i": 0,
        "e": 4102444800,
        "k": "0",
    }
    genuine = PASS_PREFIX + base64.b32encode(json.dumps(told).encode() + bytes(64)).decode().rstrip("=")
    for text in (
        genuine,
        forged_pass(genuine),
        forged_pass(genuine, n=99, e=4102444800),
        genuine[:-9],
        genuine * 3,
    ):
        since = scene.head()
        scene.terminal.clock.forward(seconds=30)
        answer = handheld.write(
            "/scans",
            code=text,
            step="GATE_OUT",
            point="gate-1",
            scanned_at=scene.terminal.clock.now.isoformat(),
            symbology="]Q1",
        )
        assert answer.json()["verdict"] == "refused", answer.text
        scene.seen(since, refusal("GATEPASS_NOT_GOOD"))


def test_a_recorded_scan_counts_once(scene: Scene) -> None:
    owner = scene.terminal.device("hand-1")
    body = {
        "code": scene.labels[0],
        "step": "TALLY",
        "point": "tally-1",
        "scanned_at": scene.terminal.clock.now.isoformat(),
    }
    nonce = str(uuid.uuid4())
    first = owner.ask("/scans", **body, nonce=nonce)
    thief = scene.robbed(owner)
    since = scene.head()
    again = thief.write("/scans", nonce, **body).json()
    assert again == first, "the same answer, and nothing happens"
    assert scene.head() == since
    changed = thief.write("/scans", nonce, **{**body, "code": scene.labels[1]})
    assert (changed.status_code, changed.json()["code"]) == (409, "nonce_reused")
    scene.seen(since, lambda entry: entry.type == "ScanSetAside" and entry.data["why"] == "nonce_reused")


# --- stolen tokens ----------------------------------------------------------------------------------------------------
def test_a_revoked_handheld_is_dead_and_seen(scene: Scene) -> None:
    owner = scene.terminal.device("hand-lost")
    thief = scene.robbed(owner)
    assert thief.ask("GET", "/api/v1/session").status_code == 200
    scene.terminal.person("administrator").send("POST", "/devices/hand-lost/revoke", json={})
    for path in ("/scans", "/scans/batch", "/visits"):
        since = scene.head()
        nothing(answer := thief.write(path))
        assert answer.status_code == 401
        scene.seen(since, security("turned_away", why="token", path=f"/api/v1{path}"))


@pytest.mark.parametrize("how", ["signed out", "locked out", "made up"])
def test_a_session_that_ended_is_dead_and_seen(scene: Scene, how: str) -> None:
    owner = scene.terminal.person("document_officer" if how != "locked out" else "gate_operator")
    thief = scene.robbed(owner)
    if how == "signed out":
        owner.send("DELETE", "/session")
    elif how == "locked out":
        path = f"/people/{scene.terminal.ids['gate_operator']}/sessions"
        scene.terminal.person("administrator").send("DELETE", path)
    else:
        thief.stolen["cookie"] = "karvon_session=" + "A" * 43
    for method, path in (
        ("GET", "/api/v1/consignments"),
        ("POST", "/api/v1/holds"),
        ("GET", "/consignments"),
    ):
        since = scene.head()
        answer = thief.ask(method, path, json={} if method == "POST" else None)
        assert answer.status_code == (303 if path == "/consignments" else 401), answer.text
        scene.seen(since, security("turned_away", why="session", path=path))


def test_a_stolen_session_forges_no_page_of_ours(scene: Scene) -> None:
    owner = scene.terminal.person("administrator")
    thief = scene.outsider(cookie=owner.headers["cookie"])
    body = {"json": {"nonce": str(uuid.uuid4()), "id": "mine", "name": "mine"}}
    for headers in (
        {},
        {"x-csrf-token": "0" * 64},
        {"x-csrf-token": scene.terminal.person("auditor").headers["x-csrf-token"]},
        {"x-csrf-token": owner.headers["x-csrf-token"], "origin": "https://evil.example"},
        {"x-csrf-token": owner.headers["x-csrf-token"], "sec-fetch-site": "cross-site"},
        {"x-csrf-token": owner.headers["x-csrf-token"], "origin": "null"},
    ):
        since = scene.head()
        nothing(thief.ask("POST", "/api/v1/devices", headers=headers, **body))
        scene.seen(since, security("refused_csrf", path="/api/v1/devices"))
    with scene.terminal.service.reading() as reader:
        assert reader.devices.get("mine") is None


def test_reading_without_the_right_is_seen(scene: Scene) -> None:
    thief = scene.robbed(scene.terminal.person("tally_clerk"))
    for path in ("/api/v1/journal", "/api/v1/watch-list", "/people"):
        since = scene.head()
        nothing(thief.ask("GET", path))
        scene.seen(since, security("refused", path=path))


# --- one person, two accounts -----------------------------------------------------------------------------------------
def test_one_person_with_two_accounts_and_one_badge_approves_nothing(scene: Scene) -> None:
    """The clerk is also an officer, under another name; the badge of the clerk's account is all they carry."""
    terminal = scene.terminal
    badge = badge_for(terminal, "tally_clerk")
    station = terminal.device("badge-desk")
    clerk = scene.robbed(voice_of(terminal, work(station, badge)))
    for step in ("CUSTOMS_RELEASE", "RELEASE", "DOC_CHECK"):
        since = scene.head()
        told = clerk.write("/approvals", consignment="CARGO-1", step=step, password=PASSWORD)
        assert told.status_code == 403 or told.json().get("verdict") == "refused", told.text
        scene.seen(since, lambda entry: entry.type in ("StepRefused", "SecurityEvent"))
    since = scene.head()
    nothing(clerk.ask("POST", "/api/v1/session/step-up", json={"password": PASSWORD}))
    scene.seen(since, lambda entry: entry.type == "SecurityEvent")
    # the same badge with the PIN of the other account, and a badge of the officer's own
    terminal.person("customs_inspector").send("POST", "/session/pin", json={"pin": "7294"})
    since = scene.head()
    nothing(work(station, badge, "7294"))
    scene.seen(since, security("badge_failed"))
    other, since = badge_for(terminal, "release_officer"), scene.head()
    nothing(work(station, other, PIN))
    scene.seen(since, lambda entry: entry.data.get("action") == "badge_not_for_role")
    # both approvals with both roles are one person's: they count once
    both = terminal.person("both")
    since = scene.head()
    for step in ("CUSTOMS_RELEASE", "RELEASE"):
        assert both.ask("/approvals", consignment="CARGO-1", step=step)["verdict"] == "refused"
    scene.seen(since, lambda entry: entry.type == "StepRefused")


# --- addresses, hosts, heads ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "path",
    [
        "/static/x/../../../../../etc/passwd",
        "/static/x/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/api/v1/attachments/..%2f..%2f..%2fsecret.key",
        "/api/v1/papers/..%5c..%5cetc/x",
        "/api/v1/units/%00/label",
        "/help/%0d%0aSet-Cookie:%20a=b",
    ],
)
def test_no_address_reaches_a_file(scene: Scene, path: str) -> None:
    thief, since = scene.outsider(), scene.head()
    got = thief.raw(f"GET {path} HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode())
    assert got.split(b" ", 2)[1] == b"400", got[:200]
    assert b"Set-Cookie: a=b" not in got
    entry = scene.seen(since, security("turned_away", why="address"))
    assert entry.data["facts"]["from"] == "127.0.0.1"
    assert str(entry.data["facts"]["path"]).isprintable()


@pytest.mark.parametrize("host", ["evil.example", "terminal.example.evil.example", "127.0.0.1@evil", "a\tb"])
def test_another_host_is_not_ours(scene: Scene, host: str) -> None:
    thief, since = scene.outsider(), scene.head()
    got = thief.raw(f"GET /sign-in HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert got.split(b" ", 2)[1] in (b"400", b"421"), got[:200]
    assert b"evil" not in got.lower()
    if b"problem+json" in got:  # else the parser itself hung up
        scene.seen(since, security("turned_away", why="host"))


def test_a_watcher_asks_for_health_under_any_name(scene: Scene) -> None:
    got = scene.outsider().raw(b"GET /healthz HTTP/1.1\r\nHost: 10.0.0.7:8000\r\nConnection: close\r\n\r\n")
    assert got.split(b" ", 2)[1] == b"200"


def test_no_head_is_injected_and_no_address_invented(scene: Scene) -> None:
    thief, since = scene.outsider(), scene.head()
    thief.stolen["authorization"] = "Bearer stolen"
    answer = thief.ask(
        "GET",
        "/api/v1/session",
        headers={"x-request-id": "a%0d%0ax", "x-forwarded-for": "8.8.8.8", "x-forwarded-proto": "https"},
    )
    nothing(answer)
    assert answer.headers["x-request-id"] != "a%0d%0ax"
    entry = scene.seen(since, security("turned_away", why="token"))
    assert entry.data["facts"]["from"] == "127.0.0.1", "a header of a stranger names no address"
    two = thief.raw(
        b"POST /api/v1/scans HTTP/1.1\r\nHost: %b\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        b"GET /admin HTTP/1.1\r\n\r\n" % NAME.encode()
    )
    assert two.split(b" ", 2)[1][:1] == b"4"


# --- what is sent -----------------------------------------------------------------------------------------------------
HOSTILE = [
    "'; DROP TABLE event; --",
    "{{7*7}}${7*7}<script>alert(1)</script>",
    "\x1b]0;owned\x07\x1b[2J",
    "=cmd|' /C calc'!A0",
    "../../../../etc/passwd",
    "]C1\x1d00\x1d\x1d\x1d",
    "0" * 4096,
    "\u202e\u2066" * 50 + "٠١٢٣٤٥٦٧٨٩",
    "\r\n\r\nGATE_OUT,accepted",
]


@pytest.mark.parametrize("code", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_label_is_at_worst_refused(scene: Scene, code: str) -> None:
    scene.terminal.clock.forward(minutes=1)
    hand = scene.terminal.device("hand-qr")
    since = scene.head()
    told = scene.robbed(hand).write(
        "/scans", code=code, step="TALLY", point="tally-1", scanned_at=scene.terminal.clock.now.isoformat()
    )
    assert told.status_code == 200, told.text
    assert told.json()["verdict"] in ("refused", "attention")
    scene.seen(since, lambda entry: entry.type in ("StepRefused", "ScanSetAside", "ScanNoted"))


@pytest.mark.parametrize("bomb", ["zip", "xml"])
def test_a_bomb_does_not_go_off(scene: Scene, bomb: str) -> None:
    data = zip_bomb() if bomb == "zip" else xml_bomb()
    agency, since = scene.robbed(scene.terminal.person("agency_user")), scene.head()
    answer = agency.ask(
        "POST",
        "/api/v1/imports",
        files={"files": ("list.xlsx", data)},
        data={"nonce": str(uuid.uuid4())},
    )
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "nothing_read"
    assert "boom" not in answer.text
    assert "root:" not in answer.text
    scene.seen(since, lambda entry: entry.type == "StepRefused")


def test_a_flood_is_cut_off_and_seen(scene: Scene) -> None:
    agency, since = scene.robbed(scene.terminal.person("agency_user")), scene.head()
    answer = agency.ask("POST", "/api/v1/imports", content=b"x" * (3 << 20))
    assert answer.status_code == 413
    scene.seen(since, lambda entry: entry.data.get("action") == "too_large")


def test_a_formula_arrives_as_text_and_leaves_as_text(scene: Scene) -> None:
    agency, since = scene.robbed(scene.terminal.person("agency_user")), scene.head()
    rows = ROWS + b'"=HYPERLINK(""http://evil.example"",""aid"")",1,1,3\n'
    answer = agency.ask(
        "POST",
        "/api/v1/imports",
        files={"files": ("list.csv", rows)},
        data={
            "nonce": str(uuid.uuid4()),
            "facts": json.dumps({"reference": "FORMULA-1", "sender": "Agency A"}),
        },
    )
    assert answer.status_code == 200, answer.text
    findings = json.dumps(answer.json())
    assert "DAT-07" in findings, "said to whoever sent it"
    told = scene.seen(since, lambda entry: "DAT-07" in json.dumps(entry.data, default=str))
    assert told.subject == "consignment:FORMULA-1"
    clerk = scene.robbed(scene.terminal.person("tally_clerk"))
    lost = clerk.write(
        "/scans",
        code=scene.labels[2],
        step="LOST",
        point="tally-1",
        scanned_at=scene.terminal.clock.now.isoformat(),
        unit_context={"note": "=cmd|' /C calc'!A0"},
    )
    scene.seen(since, lambda entry: entry.seq == lost.json()["event"])
    register = scene.terminal.person("warehouse_keeper").send("GET", "/losses.csv")
    assert register.status_code == 200
    assert "'=cmd|" in register.text
    assert ",=cmd|" not in register.text


def test_strangers_cannot_fill_the_journal(scene: Scene) -> None:
    thief, since = scene.outsider(authorization="Bearer stolen"), scene.head()
    for _ in range(60):
        assert thief.ask("GET", "/api/v1/session").status_code == 401
    assert 1 <= scene.head() - since <= 30


# --- the database -----------------------------------------------------------------------------------------------------
def test_an_edited_database_is_named(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Last: with the file itself in hand and every trigger dropped, one letter is changed."""
    copy = tmp_path / "stolen.sqlite3"
    source = sqlite3.connect(scene.terminal.service.settings.data_dir / "karvon.sqlite3")
    raw = sqlite3.connect(copy, isolation_level=None)
    source.backup(raw)
    source.close()
    for (trigger,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {trigger}")
    (seq, body) = raw.execute(
        "SELECT seq, body FROM event WHERE CAST(body AS TEXT) LIKE '%turned_away%' LIMIT 1"
    ).fetchone()
    raw.execute(
        "UPDATE event SET body = ? WHERE seq = ?", (bytes(body).replace(b"turned_away", b"turned_AWAY"), seq)
    )
    raw.close()
    assert main(["verify", "--database", f"sqlite:///{copy}"]) == FINDINGS
    assert f"event {seq}" in capsys.readouterr().out.lower()

"""Signing in: wrong passwords make waiting, sessions end, and forms must come from our own pages."""

from __future__ import annotations

from dataclasses import replace
from http.cookies import SimpleCookie

import httpx
import pytest

from terminal import access
from terminal.api.needs import SESSION_COOKIE
from terminal.store import Books
from tests.support.app import PASSWORD, Terminal, Voice, nonce, problem
from workflows.roles import Role


def sign_in(terminal: Terminal, login: str, password: str = PASSWORD, **headers: str) -> httpx.Response:
    body = {"login": login, "password": password}
    return terminal.nobody().send("POST", "/session", json=body, headers=headers)


def voice_of(terminal: Terminal, answer: httpx.Response) -> Voice:
    cookie: SimpleCookie = SimpleCookie(answer.headers["set-cookie"])
    headers = {
        "cookie": f"{SESSION_COOKIE}={cookie[SESSION_COOKIE].value}",
        "x-csrf-token": answer.json()["csrf"],
    }
    return Voice(terminal, headers)


def actions(terminal: Terminal, login: str) -> list[str]:
    subject = f"person:{terminal.ids[login]}"
    return [entry.data["action"] for entry in terminal.journal() if entry.subject == subject][1:]


def test_a_right_password_opens_a_session_and_signing_out_ends_it(terminal: Terminal) -> None:
    answer = sign_in(terminal, "Tally_CLERK")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["name"], told["roles"]) == ("Tally_Clerk", ["tally_clerk"])
    cookie = SimpleCookie(answer.headers["set-cookie"])[SESSION_COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (
        True,
        "lax",
        "/",
        "",
    )
    assert len(cookie.value) >= 43
    voice = voice_of(terminal, answer)
    assert voice.get("/session") == {**told}
    assert voice.scan("@@", "TALLY")["verdict"] == "refused"
    out = voice.send("DELETE", "/session")
    assert out.json() == {"signed_out": True}
    assert 'karvon_session=""' in out.headers["set-cookie"]
    problem(voice.send("GET", "/session"), 401, "not_signed_in")
    assert actions(terminal, "tally_clerk") == ["signed_in", "signed_out"]
    text = "".join(str(entry.facts) for entry in terminal.journal())
    assert PASSWORD not in text
    assert cookie.value not in text


def test_a_session_is_kept_as_a_hash_only(terminal: Terminal) -> None:
    answer = sign_in(terminal, "auditor")
    token = SimpleCookie(answer.headers["set-cookie"])[SESSION_COOKIE].value
    with terminal.service.reading() as reader:
        rows = reader.connection.all("SELECT * FROM person_session")
    assert not any(token in str(value) for row in rows for value in row)
    assert any(access.hash_token(token) in row for row in rows)


def test_wrong_passwords_make_the_wait_longer_and_a_right_one_begins_anew(terminal: Terminal) -> None:
    login, clock = "border_officer", terminal.clock
    for _ in range(access.FREE_TRIES):
        problem(sign_in(terminal, login, "wrong"), 401, "wrong_password")
    waits = []
    for _ in range(6):
        told = sign_in(terminal, login)  # even the right password waits now
        problem(told, 429, "locked")
        waits.append(int(told.headers["retry-after"]))
        clock.forward(seconds=waits[-1] - 1)
        problem(sign_in(terminal, login), 429, "locked")
        clock.forward(seconds=1)
        problem(sign_in(terminal, login, "wrong"), 401, "wrong_password")
    assert waits == [60, 120, 240, 480, 900, 900]
    clock.forward(minutes=15)
    assert sign_in(terminal, login).status_code == 200
    problem(sign_in(terminal, login, "wrong"), 401, "wrong_password")
    assert sign_in(terminal, login).status_code == 200
    told = actions(terminal, login)
    assert (told.count("sign_in_failed"), told.count("sign_in_locked"), told.count("signed_in")) == (
        12,
        12,
        2,
    )


def test_a_name_that_nobody_has_looks_like_a_wrong_password(terminal: Terminal) -> None:
    known, unknown = sign_in(terminal, "canine_handler", "wrong"), sign_in(terminal, "rumpelstilz", "wrong")
    assert known.json() == unknown.json()
    assert terminal.newest().subject == "person:unknown"


@pytest.mark.parametrize("login", ["\x00", "a\nb", "", "x" * 121])
def test_a_name_that_nobody_can_have_is_said_to_be_none(terminal: Terminal, login: str) -> None:
    problem(sign_in(terminal, login), 422, "invalid_request")


def test_a_session_that_rests_too_long_ends_and_one_in_use_goes_on(terminal: Terminal) -> None:
    voice = voice_of(terminal, sign_in(terminal, "xray_operator"))
    idle = terminal.service.idle.total_seconds()
    for _ in range(3):
        terminal.clock.forward(seconds=idle - 60)
        voice.get("/session")
    terminal.clock.forward(seconds=idle + 60)
    problem(voice.send("GET", "/session"), 401, "not_signed_in")


def test_no_session_lives_longer_than_a_week(terminal: Terminal) -> None:
    voice = voice_of(terminal, sign_in(terminal, "xray_operator"))
    for _ in range(16):
        terminal.clock.forward(hours=10)
        voice.get("/session")
    terminal.clock.forward(hours=8)
    problem(voice.send("GET", "/session"), 401, "not_signed_in")


def test_changed_rights_end_every_session_at_once(terminal: Terminal) -> None:
    voices = [voice_of(terminal, sign_in(terminal, "canine_handler")) for _ in range(2)]
    person = terminal.service_person("canine_handler")

    def change(books: Books) -> None:
        access.change_person(books, person, "admin", terminal.clock.now, roles=frozenset({Role.TRAINER}))

    terminal.write(change)
    for voice in voices:
        problem(voice.send("GET", "/session"), 401, "not_signed_in")
    assert sign_in(terminal, "canine_handler").json()["roles"] == ["trainer"]
    person = terminal.service_person("canine_handler")
    terminal.write(lambda books: access.change_person(books, person, "a", terminal.clock.now, active=False))
    problem(sign_in(terminal, "canine_handler"), 401, "wrong_password")


def test_a_one_time_code_sets_a_password_once(terminal: Terminal) -> None:
    now = terminal.clock.now
    roles = frozenset({Role.TALLY_CLERK})
    person, code = terminal.write(lambda books: access.new_person(books, "nodira", "Nodira", roles, "a", now))
    problem(sign_in(terminal, "nodira", ""), 422, "invalid_request")
    problem(sign_in(terminal, "nodira", "anything"), 401, "wrong_password")
    hashed = access.hash_password("lolaqizgaldoq")

    def spend(books: Books) -> object:
        return access.set_password(books, code, hashed, terminal.clock.now)

    started = terminal.clock.now
    terminal.clock.forward(hours=25)
    assert terminal.write(spend) is None
    terminal.clock.now = started
    assert terminal.write(spend) is not None
    assert terminal.write(spend) is None
    assert sign_in(terminal, "nodira", "lolaqizgaldoq").json()["id"] == person.id


ASKED = {"code": "@@", "step": "TALLY", "point": "tally-1", "scanned_at": "2026-11-16T08:00:00+05:00"}


@pytest.mark.parametrize(
    ("headers", "fine"),
    [
        ({}, True),
        ({"origin": "http://karvon.test"}, True),
        ({"origin": "http://karvon.test", "sec-fetch-site": "same-origin"}, True),
        ({"x-csrf-token": ""}, False),
        ({"x-csrf-token": "0" * 64}, False),
        ({"x-csrf-token": "пароль".encode().decode("latin-1")}, False),
        ({"origin": "http://evil.test"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://karvon.test.evil.test"}, False),
        ({"origin": "http://karvon.test:81"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
    ],
)
def test_a_changing_request_must_come_from_our_own_page(
    terminal: Terminal, headers: dict[str, str], fine: bool
) -> None:
    voice = terminal.person("tally_clerk")
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = voice.send("POST", "/scans", json={"nonce": nonce(), **ASKED}, headers=raw)  # type: ignore[arg-type]
    if fine:
        assert answer.status_code == 200, answer.text
    else:
        problem(answer, 403, "csrf")
        assert terminal.newest().data["action"] == "refused_csrf"


def test_the_token_of_another_session_is_no_token(terminal: Terminal) -> None:
    mine, other = terminal.person("tally_clerk"), terminal.person("tally_clerk")
    headers = {"x-csrf-token": other.headers["x-csrf-token"]}
    problem(mine.send("POST", "/scans", json={"nonce": nonce(), **ASKED}, headers=headers), 403, "csrf")


def test_nobody_is_signed_in_from_another_site(terminal: Terminal) -> None:
    problem(sign_in(terminal, "auditor", origin="http://evil.test"), 403, "csrf")


def test_a_form_carries_its_token_in_a_field(terminal: Terminal) -> None:
    voice = terminal.person("document_officer")
    headers = {"cookie": voice.headers["cookie"]}
    form = {"nonce": nonce(), "csrf": voice.headers["x-csrf-token"], "dry_run": "true"}
    files = {"files": ("a.csv", b"description;packages;gross kg\nblanket;1;20\n")}
    answer = Voice(terminal, headers).send("POST", "/imports", data=form, files=files)
    assert answer.status_code == 200, answer.text
    answer = Voice(terminal, headers).send("POST", "/imports", data={**form, "csrf": "x"}, files=files)
    problem(answer, 403, "csrf")


def test_the_cookie_is_secure_where_the_terminal_is_served_so(terminal: Terminal) -> None:
    service, plain = terminal.service, terminal.service.settings
    service.settings = replace(plain, server=plain.server.model_copy(update={"tls": True}))
    try:
        cookie = SimpleCookie(sign_in(terminal, "auditor").headers["set-cookie"])[SESSION_COOKIE]
    finally:
        service.settings = plain
    assert cookie["secure"] is True


def test_one_address_may_not_try_many_names_for_ever(terminal: Terminal) -> None:
    doors, clock = terminal.service.doors, terminal.clock
    clock.forward(seconds=doors.burst * doors.every_s)
    for number in range(doors.burst):
        problem(sign_in(terminal, f"nobody_{number}", "one password"), 401, "wrong_password")
    length = terminal.service.store.tail().seq
    told = sign_in(terminal, "auditor")  # even the right password waits now, and costs neither hash nor entry
    problem(told, 429, "too_many")
    form = {"login": "auditor", "password": PASSWORD}
    assert terminal.nobody().send("POST", "//sign-in", data=form).status_code == 429
    assert terminal.service.store.tail().seq == length
    clock.forward(seconds=int(told.headers["retry-after"]))
    assert sign_in(terminal, "auditor").status_code == 200
    clock.forward(seconds=doors.burst * doors.every_s)


@pytest.mark.parametrize("path", ["/session", "//sign-in"])
def test_signing_in_ends_the_session_that_the_browser_had(terminal: Terminal, path: str) -> None:
    old, elsewhere = (voice_of(terminal, sign_in(terminal, "trainer")) for _ in range(2))
    form = {"login": "auditor", "password": PASSWORD}
    body = {"data": form} if path == "//sign-in" else {"json": form}
    wrong = {name: {**sent, "password": "wrong"} for name, sent in body.items()}
    assert old.send("POST", path, **wrong).status_code == 401
    old.get("/session")
    assert SESSION_COOKIE in old.send("POST", path, **body).headers["set-cookie"]
    problem(old.send("GET", "/session"), 401, "not_signed_in")
    elsewhere.get("/session")
    assert actions(terminal, "trainer")[-1] == "signed_out"

"""The second factor: enrolled with its first code, asked for at the sign-in, once a step, and taken away by others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal import access, passwords, sealing, second, totp
from terminal.api.needs import SESSION_COOKIE
from terminal.settings_sign_in import SignInSettings
from tests.support.app import NOON, PASSWORD, Terminal, Voice, problem
from workflows.roles import Role


def code_of(terminal: Terminal, key: str, steps: int = 0) -> str:
    return pyotp.TOTP(key).at(terminal.clock.now + timedelta(seconds=30 * steps))


def enrol(terminal: Terminal, voice: Voice) -> tuple[str, list[str]]:
    """An app for whoever speaks: its key, and the recovery codes."""
    begun = voice.send("POST", "/session/factors/totp/begin").json()
    body = {"offer": begun["offer"], "code": code_of(terminal, begun["key"]), "name": "gate phone"}
    made = voice.send("POST", "/session/factors/totp", json=body)
    assert made.status_code == 200, made.text
    terminal.clock.forward(seconds=60)
    return begun["key"], made.json()["recovery_codes"]


def first_half(terminal: Terminal, login: str) -> dict[str, Any]:
    body = {"login": login, "password": PASSWORD}
    return problem(terminal.nobody().send("POST", "/session", json=body), 401, "second_factor_needed")


def second_half(terminal: Terminal, pending: str, code: str) -> Any:
    return terminal.nobody().send("POST", "/session/second", json={"pending": pending, "code": code})


def voice_of(terminal: Terminal, answer: Any) -> Voice:
    token = SimpleCookie(answer.headers["set-cookie"])[SESSION_COOKIE].value
    return terminal.with_session(token, answer.json()["id"])


def test_a_code_is_asked_for_and_counts_once(terminal: Terminal) -> None:
    key, _ = enrol(terminal, terminal.person("tally_clerk"))
    told = first_half(terminal, "tally_clerk")
    assert told["ways"] == ["recovery", "totp"]
    problem(second_half(terminal, told["pending"], "000000"), 401, "wrong_code")
    problem(second_half(terminal, told["pending"], code_of(terminal, key, 3)), 401, "wrong_code")
    code = code_of(terminal, key, 1)  # a clock that runs ahead by one step
    done = second_half(terminal, told["pending"], code)
    assert done.status_code == 200, done.text
    assert voice_of(terminal, done).get("/session")["roles"] == ["tally_clerk"]
    problem(second_half(terminal, told["pending"], code), 401, "sign_in_ended")
    again = first_half(terminal, "tally_clerk")
    problem(second_half(terminal, again["pending"], code), 401, "wrong_code")
    problem(second_half(terminal, again["pending"], code_of(terminal, key)), 401, "wrong_code")
    terminal.clock.forward(seconds=60)
    assert second_half(terminal, again["pending"], code_of(terminal, key)).status_code == 200
    text = str([entry.data for entry in terminal.journal()])
    assert key not in text
    assert code not in text
    with terminal.service.reading() as reader:
        rows = str(reader.connection.all("SELECT * FROM factor"))
    assert key not in rows


def test_a_recovery_code_opens_once(terminal: Terminal) -> None:
    _, codes = enrol(terminal, terminal.person("xray_operator"))
    assert len(set(codes)) == second.RECOVERY_CODES
    done = second_half(terminal, first_half(terminal, "xray_operator")["pending"], codes[3].upper())
    assert done.status_code == 200
    used = second_half(terminal, first_half(terminal, "xray_operator")["pending"], codes[3])
    problem(used, 401, "wrong_code")
    told = voice_of(terminal, done).get("/session/factors")
    assert told["recovery_codes"] == second.RECOVERY_CODES - 1
    entry = next(e for e in reversed(terminal.journal()) if e.data.get("action") == "recovery_code_used")
    assert entry.data["facts"]["left"] == second.RECOVERY_CODES - 1
    with terminal.service.reading() as reader:
        rows = str(reader.connection.all("SELECT * FROM factor"))
    assert codes[0].replace("-", "") not in rows.replace("-", "")


def test_guessing_codes_locks_although_the_password_is_right_between(terminal: Terminal) -> None:
    key, _ = enrol(terminal, terminal.person("canine_handler"))
    for _ in range(access.FREE_TRIES):
        pending = first_half(terminal, "canine_handler")["pending"]
        problem(second_half(terminal, pending, "000000"), 401, "wrong_code")
    problem(second_half(terminal, pending, code_of(terminal, key)), 429, "locked")
    terminal.clock.forward(minutes=2)
    pending = first_half(terminal, "canine_handler")["pending"]
    assert second_half(terminal, pending, code_of(terminal, key)).status_code == 200


def test_the_first_half_is_worthless_after_minutes(terminal: Terminal) -> None:
    key, _ = enrol(terminal, terminal.person("border_officer"))
    pending = first_half(terminal, "border_officer")["pending"]
    terminal.clock.forward(minutes=5)
    problem(second_half(terminal, pending, code_of(terminal, key)), 401, "sign_in_ended")


def test_a_role_that_must_have_one_can_do_nothing_before(terminal: Terminal) -> None:
    settings = terminal.service.settings
    must = SignInSettings(second_factor=(Role.RELEASE_OFFICER,))
    terminal.service.settings = replace(settings, sign_in=must)
    try:
        body = {"login": "release_officer", "password": PASSWORD}
        done = terminal.nobody().send("POST", "/session", json=body)
        voice = voice_of(terminal, done)
        assert voice.get("/session")["roles"] == []
        problem(voice.send("GET", "/consignments"), 403, "not_permitted")
        problem(voice.send("POST", "/session/step-up", json={"password": PASSWORD}), 403, "wrong_password")
        problem(voice.send("POST", "/session/pin", json={"pin": "8305"}), 403, "step_up_needed")
        enrol(terminal, voice)
        assert voice.get("/session")["roles"] == ["release_officer"]
        voice.get("/consignments")
        (mine,) = voice.get("/session/factors")["factors"]
        assert voice.send("DELETE", f"/session/factors/{mine['id']}").json() == {"removed": False}
        terminal.service.settings = replace(settings, sign_in=must, demo=True)
        assert terminal.service.settings.second_factor == frozenset()
    finally:
        terminal.service.settings = settings
    assert voice.send("DELETE", f"/session/factors/{mine['id']}").json() == {"removed": True}
    assert voice.get("/session/factors") == {"factors": [], "recovery_codes": 0, "ways": []}


def test_an_administrator_takes_it_away_and_every_session_ends(terminal: Terminal) -> None:
    voice = terminal.person("auditor")
    enrol(terminal, voice)
    admin, identity = terminal.person("administrator"), terminal.ids["auditor"]
    removed = admin.send("POST", f"/people/{identity}/second-factor/reset", json={}).json()["removed"]
    assert removed == 1 + second.RECOVERY_CODES
    entry = terminal.newest()
    problem(voice.send("GET", "/session"), 401, "not_signed_in")
    assert (entry.data["action"], entry.who) == ("second_factor_reset", admin.id)
    body = {"login": "auditor", "password": PASSWORD}
    assert terminal.nobody().send("POST", "/session", json=body).status_code == 200


def test_changing_factors_asks_to_prove_anew(terminal: Terminal) -> None:
    voice = terminal.person("risk_officer")
    plain = Voice(terminal, {k: v for k, v in voice.headers.items() if k != "x-karvon-step-up"}, voice.id)
    problem(plain.send("POST", "/session/factors/totp/begin"), 403, "step_up_needed")
    problem(plain.send("POST", "/session/factors/recovery"), 403, "step_up_needed")
    problem(plain.send("POST", "/session/factors/passkey/begin"), 403, "step_up_needed")
    problem(plain.send("POST", "/session/pin", json={"pin": "8305"}), 403, "step_up_needed")
    other = terminal.person("sanctions_2").send("POST", "/session/factors/totp/begin").json()
    stolen = {"offer": other["offer"], "code": code_of(terminal, other["key"])}
    problem(voice.send("POST", "/session/factors/totp", json=stolen), 403, "wrong_code")


def test_a_code_proves_anew_where_the_password_does(terminal: Terminal) -> None:
    voice = terminal.person("sanctions_officer")
    key, _ = enrol(terminal, voice)
    code = code_of(terminal, key)
    made = voice.send("POST", "/session/step-up", json={"password": code})
    assert made.status_code == 200
    proof = SimpleCookie(made.headers["set-cookie"])["karvon_proof"]
    assert (proof.value, proof["samesite"], proof["httponly"]) == (made.json()["token"], "strict", True)
    problem(voice.send("POST", "/session/step-up", json={"password": code}), 403, "wrong_password")
    headers = {
        "cookie": f"{voice.headers['cookie']}; karvon_proof={proof.value}",
        "x-csrf-token": voice.headers["x-csrf-token"],
    }
    by_cookie = Voice(terminal, headers, voice.id)
    assert by_cookie.send("POST", "/session/factors/recovery").status_code == 200
    terminal.clock.forward(minutes=5)
    problem(by_cookie.send("POST", "/session/factors/recovery"), 403, "step_up_needed")


@given(st.integers(-3, 3), st.integers(0, 10**9))
def test_a_code_counts_one_step_before_and_after(away: int, second_of: int) -> None:
    key, at = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", NOON + timedelta(seconds=second_of)
    step = int(at.timestamp()) // 30 + away
    code = pyotp.TOTP(key).generate_otp(step)
    found = totp.step_of(key, code, at, 0)
    if abs(away) <= 1:
        assert found is not None
        assert totp.step_of(key, code, at, found) is None
    else:
        assert found is None or pyotp.TOTP(key).generate_otp(found) == code


@pytest.mark.parametrize(("time", "code"), [(59, "287082"), (1111111109, "081804"), (20000000000, "353130")])
def test_the_codes_are_those_of_the_standard(time: int, code: str) -> None:
    """The SHA-1 vectors of RFC 6238, appendix B, in six digits."""
    key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    at = NOON.fromtimestamp(time, tz=NOON.tzinfo)
    assert totp.step_of(key, code, at, 0) == time // 30
    assert totp.step_of(key, "٢٨٧٠٨٢", at, 0) is None


def test_a_sealed_key_is_of_one_installation_one_use_and_one_person() -> None:
    sealed = sealing.seal(b"a" * 32, "totp", "p1", b"key")
    assert sealing.unseal(b"a" * 32, "totp", "p1", sealed) == b"key"
    assert sealing.unseal(b"b" * 32, "totp", "p1", sealed) is None
    assert sealing.unseal(b"a" * 32, "offer", "p1", sealed) is None
    assert sealing.unseal(b"a" * 32, "totp", "p2", sealed) is None
    assert sealing.unseal(b"a" * 32, "totp", "p1", sealed[:-1] + b"x") is None
    assert sealing.unseal(b"a" * 32, "totp", "p1", b"") is None


@pytest.mark.parametrize(
    "password",
    [
        "password12",
        "P@ssw0rd123",
        "Qwerty12345!",
        "1234567890",
        "9876543210",
        "karvon2026!",
        "TERMEZ-2026",
        "adminadmin",
        "iloveyou!!!",
        "1qaz2wsx3edc",
        "aaaaaaaaaaaa",
        "йцукенгшщз",
        "пароль2026",
        "Oʻzbekiston1",
        "gulnora2026",
    ],
)
def test_easy_passwords_are_refused(password: str) -> None:
    assert passwords.weak(password, "gulnora", "Gulnora Gʻaniyeva") == "too_easy"


@pytest.mark.parametrize("password", [PASSWORD, "lolaqizgaldoq", "to'rt tuya ko'k eshik", "9$#8%2!(7abcdQ"])
def test_other_passwords_may_be_used(password: str) -> None:
    assert passwords.weak(password, "gulnora") is None
    assert passwords.weak("short") == "too_short"

"""Signing in through another directory: a real provider on a port, and everything that must be refused."""

from __future__ import annotations

import base64
import hmac
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import ValidationError

from terminal import access
from terminal.api.needs import SESSION_COOKIE
from terminal.settings_sign_in import OidcSettings
from terminal.store import url_of
from tests.support.app import PASSWORD, Terminal, problem, terminal_at
from tests.support.databases import sqlite_template
from tests.support.directory import Directory, directory
from workflows.roles import Role

__all__ = ["sqlite_template"]
ROLES = {"cargo-customs": Role.CUSTOMS_INSPECTOR, "cargo-release": Role.RELEASE_OFFICER}


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Terminal]:
    """A running terminal for the tests of this module."""
    folder = tmp_path_factory.mktemp("directory")
    shutil.copyfile(sqlite_template, folder / "karvon.sqlite3")
    with terminal_at(url_of(folder / "karvon.sqlite3"), folder) as made:
        yield made


@pytest.fixture
def there(terminal: Terminal) -> Iterator[Directory]:
    """The directory, configured; nobody in particular signs in there."""
    plain = terminal.service.settings
    with directory(terminal.clock) as made:
        made.claims = {"sub": "u-1", "preferred_username": "dilfuza", "name": "Dilfuza Karimova"}
        made.claims["groups"] = ["cargo-customs", "something else"]
        oidc = OidcSettings(issuer=made.issuer, client_id="karvon", roles=ROLES, name="Ministry")
        terminal.service.settings = replace(plain, oidc=oidc)
        yield made
    terminal.service.settings = plain


def cookies(answer: httpx.Response) -> dict[str, str]:
    pairs = (line.split(";")[0].partition("=") for line in answer.headers.get_list("set-cookie"))
    return {name: value for name, _, value in pairs if value not in ("", '""')}


def go(terminal: Terminal) -> tuple[str, dict[str, str]]:
    """To the directory and back to our door: the address of the way back, and the browser's cookies."""
    answer = terminal.nobody().send("GET", "//sign-in/other?next=/holds")
    assert answer.status_code == 303, answer.text
    back = httpx.get(answer.headers["location"], follow_redirects=False, trust_env=False)
    return back.headers["location"].removeprefix("http://karvon.test"), cookies(answer)


def come_back(terminal: Terminal, address: str, kept: dict[str, str]) -> httpx.Response:
    cookie = "; ".join(f"{name}={value}" for name, value in kept.items())
    return terminal.nobody().send("GET", "/" + address, headers={"cookie": cookie})


def sign_in(terminal: Terminal) -> httpx.Response:
    return come_back(terminal, *go(terminal))


def why(terminal: Terminal) -> str:
    entry = terminal.newest()
    assert entry.data["action"] == "other_refused"
    return str(entry.data["facts"]["why"])


def test_somebody_new_gets_the_roles_of_their_groups(terminal: Terminal, there: Directory) -> None:
    answer = sign_in(terminal)
    assert (answer.status_code, answer.headers["location"]) == (303, "/holds")
    voice = terminal.with_session(cookies(answer)[SESSION_COOKIE])
    me = voice.get("/session")
    assert (me["name"], me["roles"]) == ("Dilfuza Karimova", ["customs_inspector"])
    login = {"login": "dilfuza", "password": access.NO_PASSWORD}
    problem(terminal.nobody().send("POST", "/session", json=login), 401, "wrong_password")
    there.claims["groups"] = ["cargo-release"]
    there.claims["preferred_username"] = "somebody else"  # known by the subject, not by the name
    again = terminal.with_session(cookies(sign_in(terminal))[SESSION_COOKIE])
    assert again.get("/session")["id"] == me["id"]
    assert again.get("/session")["roles"] == ["release_officer"]
    problem(voice.send("GET", "/session"), 401, "not_signed_in")
    there.claims["groups"] = []
    assert sign_in(terminal).status_code == 403
    assert why(terminal) == "roles"
    paths = {urlsplit(path).path for path in there.asked}
    assert paths == {"/.well-known/openid-configuration", "/authorize", "/token", "/keys"}


def test_an_account_with_a_password_is_not_taken_over(terminal: Terminal, there: Directory) -> None:
    there.claims |= {"sub": "u-2", "preferred_username": "administrator"}
    assert sign_in(terminal).status_code == 403
    assert why(terminal) == "account"
    login = {"login": "administrator", "password": PASSWORD}
    assert terminal.nobody().send("POST", "/session", json=login).status_code == 200


def _part(of: bytes) -> str:
    return base64.urlsafe_b64encode(of).rstrip(b"=").decode()


def _without_algorithm(claims: dict[str, Any]) -> str:
    return f"{_part(json.dumps({'alg': 'none'}).encode())}.{_part(json.dumps(claims).encode())}."


def _with_public_key_as_secret(there: Directory) -> Callable[[dict[str, Any]], str]:
    secret = there.key.as_pem(private=False)

    def forged(claims: dict[str, Any]) -> str:
        head = json.dumps({"alg": "HS256", "kid": "k1"}).encode()
        signed = f"{_part(head)}.{_part(json.dumps(claims).encode())}"
        return f"{signed}.{_part(hmac.digest(secret, signed.encode(), 'sha256'))}"

    return forged


def _with_another_key(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, RSAKey.generate_key(2048))


@pytest.mark.parametrize(
    ("spoiled", "word"),
    [
        ({"iss": "http://127.0.0.1:1"}, "issuer"),
        ({"aud": "another"}, "audience"),
        ({"aud": ["karvon", "another"]}, "audience"),
        ({"azp": "another"}, "audience"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"exp": 1_000_000_000}, "time"),
        ({"iat": 4_000_000_000}, "time"),
        ({"exp": "tomorrow"}, "time"),
        ({"sub": ""}, "token"),
    ],
)
def test_a_token_of_which_anything_does_not_fit_is_refused(
    terminal: Terminal, there: Directory, spoiled: dict[str, Any], word: str
) -> None:
    there.spoil = lambda claims: claims.update(spoiled)
    answer = sign_in(terminal)
    assert answer.status_code == 403
    assert SESSION_COOKIE not in cookies(answer)
    assert why(terminal) == word


@pytest.mark.parametrize("forged", ["none", "public key as secret", "another key", "garbage"])
def test_a_token_that_the_issuer_did_not_sign_is_refused(
    terminal: Terminal, there: Directory, forged: str
) -> None:
    there.sign = {
        "none": _without_algorithm,
        "public key as secret": _with_public_key_as_secret(there),
        "another key": _with_another_key,
        "garbage": lambda _: "a.b.c",
    }[forged]
    assert sign_in(terminal).status_code == 403
    assert why(terminal) == "token"


def test_the_state_is_of_one_browser_and_counts_once(terminal: Terminal, there: Directory) -> None:
    there.claims |= {"sub": "u-9", "preferred_username": "sevara"}
    address, kept = go(terminal)
    assert come_back(terminal, address, {}).status_code == 403
    assert why(terminal) == "state"
    _, others = go(terminal)
    assert come_back(terminal, address, others).status_code == 403
    terminal.clock.forward(minutes=5)
    assert come_back(terminal, address, kept).status_code == 403
    assert why(terminal) == "state"
    address, kept = go(terminal)
    assert come_back(terminal, address, kept).status_code == 303
    assert come_back(terminal, address, kept).status_code == 403
    code = parse_qs(urlsplit(address).query)["code"][0]
    fresh, kept = go(terminal)
    state = parse_qs(urlsplit(fresh).query)["state"][0]
    stolen = f"/sign-in/other/back?code={code}&state={state}"
    assert come_back(terminal, stolen, kept).status_code == 403
    assert why(terminal) == "directory"


@pytest.mark.parametrize(
    "told",
    [
        {"issuer": "http://127.0.0.1:1"},
        {"token_endpoint": "http://localhost:1/token"},
        {"jwks_uri": "http://127.0.0.1:1/keys"},
        {"authorization_endpoint": "https://evil.test/authorize"},
        {"jwks_uri": None},
    ],
)
def test_only_the_configured_issuer_is_asked(
    terminal: Terminal, there: Directory, told: dict[str, Any]
) -> None:
    there.discovered = told
    assert terminal.nobody().send("GET", "//sign-in/other").status_code == 403
    assert why(terminal) == "issuer"


def test_a_role_that_must_have_two_factors_gets_them_here_or_there(
    terminal: Terminal, there: Directory
) -> None:
    plain = terminal.service.settings
    must = plain.sign_in.model_copy(update={"second_factor": (Role.CUSTOMS_INSPECTOR,)})
    terminal.service.settings = replace(plain, sign_in=must)
    there.claims |= {"sub": "u-3", "preferred_username": "shahnoza"}
    bare = sign_in(terminal)
    assert bare.headers["location"] == "/account"
    assert terminal.with_session(cookies(bare)[SESSION_COOKIE]).get("/session")["roles"] == []
    there.claims["amr"] = ["pwd", "otp"]
    full = sign_in(terminal)
    roles = terminal.with_session(cookies(full)[SESSION_COOKIE]).get("/session")["roles"]
    assert roles == ["customs_inspector"]


def test_without_an_issuer_there_is_no_such_way(terminal: Terminal) -> None:
    assert not OidcSettings().on
    for path in ("//sign-in/other", "//sign-in/other/back?code=a&state=b"):
        assert terminal.nobody().send("GET", path).status_code == 404
    assert "/sign-in/other" not in terminal.nobody().send("GET", "//sign-in").text


@pytest.mark.parametrize(
    "given",
    [
        {"issuer": "http://directory.example", "client_id": "karvon"},
        {"issuer": "https://directory.example", "client_id": ""},
        {"issuer": "https://directory.example", "client_id": "k", "roles": {"all": "agency_user"}},
    ],
)
def test_settings_that_would_be_unsafe_stop_the_start(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        OidcSettings(**given)

"""Somebody with a browser before a whole terminal: for the tests of pages that need one."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from terminal.store import url_of
from tests.support.app import Terminal, Voice, terminal_at
from tests.support.databases import sqlite_template

__all__ = ["Browser", "browser_of", "sqlite_template", "terminal"]


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Terminal]:
    """A running terminal for the tests of this module."""
    folder = tmp_path_factory.mktemp("pages")
    shutil.copyfile(sqlite_template, folder / "karvon.sqlite3")
    with terminal_at(url_of(folder / "karvon.sqlite3"), folder) as made:
        yield made


class Browser:
    """Somebody with a browser: keeps cookies, follows redirects, sends the forms of the page that is open."""

    def __init__(self, terminal: Terminal, voice: Voice | None = None) -> None:
        self.terminal = terminal
        self.cookies: dict[str, str] = {}
        self.html = ""
        self.path = "/"
        if voice is not None:
            name, _, value = voice.headers["cookie"].partition("=")
            self.cookies[name] = value

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request, without following."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"accept-language": "en", "cookie": cookie, **more.pop("headers", {})}
        answer = self.terminal.send(method, path, headers=headers, **more)
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.split(";")[0].partition("=")
            if "Max-Age=0" in line or value in ("", '""'):
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    def open(self, path: str, status: int = 200) -> str:
        """Open a page and follow where it leads."""
        answer = self.send("GET", path)
        for _ in range(5):
            if answer.status_code != 303:
                break
            path = answer.headers["location"].removeprefix("http://karvon.test")
            answer = self.send("GET", path)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:300])
        self.html, self.path = answer.text, path
        return self.html

    def submit(self, action: str, status: int = 200, **fields: Any) -> str:
        """Send a form of the open page as a browser would: with its hidden fields, which nobody changes."""
        forms = re.findall(r"<form[^>]*>.*?</form>", self.html, re.S)
        there = [f for f in forms if f'action="{action}"' in f and 'method="post"' in f]
        all_hidden = [
            dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', f)) for f in there
        ]
        fitting = [h for h in all_hidden if all(h[n] == fields[n] for n in h.keys() & fields.keys())]
        hidden = (fitting or all_hidden)[0]  # none fits: somebody sends what no page offers
        files = fields.pop("files", None)
        answer = self.send("POST", action, data={**hidden, **fields}, files=files)
        if answer.status_code == 303:
            return self.open(answer.headers["location"], status)
        assert answer.status_code == status, (answer.status_code, answer.text[:300])
        self.html = answer.text
        return self.html

    def verdict(self) -> str:
        """What the page says about the last form."""
        found = re.search(r'class="(?:title|sentence)">([^<]*)<', self.html)
        return unescape(found[1]) if found else ""


@pytest.fixture
def browser_of(terminal: Terminal) -> Any:
    """A browser for the person of a login."""
    return lambda login: Browser(terminal, terminal.person(login))

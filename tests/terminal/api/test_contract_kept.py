"""The API does what its contract says: schemathesis asks every endpoint, with everything the contract allows and
much that it does not, one call after another and along the links between them. All checks, no failure.

The terminal is a real one behind a real socket; whoever asks holds every right, so that rights hide nothing.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from terminal import access
from terminal.api.needs import SESSION_COOKIE
from terminal.store import url_in
from terminal.store.people import Session
from tests.support import app as support
from tests.support.app import Clock, Terminal, Voice, terminal_at
from tests.support.served import served
from workflows.roles import Role

CONFIG = Path(__file__).with_name("schemathesis.toml")
#: whoever has every right; an agency would see less, a trainer only a demo
EVERYTHING = frozenset(Role) - {Role.AGENCY_USER, Role.TRAINER}
SHORT = ("--phases", "fuzzing,stateful", "--max-examples", "2")
LONG = ("--phases", "coverage,fuzzing,stateful", "--max-examples", "25")


class Walking(Clock):
    """A clock that goes on a little with each look, so that what is limited in time may be asked again."""

    def __call__(self) -> object:  # type: ignore[override]
        self.now += timedelta(milliseconds=200)
        return self.now


class OnePiece:
    """In front of the application: whoever follows a stream leaves after its first piece; else it would never end."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        endless, left, over = False, asyncio.Event(), False

        async def say(message: Message) -> None:
            nonlocal endless, over
            if over:
                return
            if message["type"] == "http.response.start":
                kind = dict(message["headers"]).get(b"content-type", b"")
                endless = kind.startswith(b"text/event-stream")
            elif message.get("more_body"):
                if endless:
                    message = {**message, "more_body": False}
                    over = True
                    left.set()
            else:
                over = True
            await send(message)

        async def hear() -> Message:
            gone = asyncio.ensure_future(left.wait())
            heard = asyncio.ensure_future(receive())
            await asyncio.wait({gone, heard}, return_when=asyncio.FIRST_COMPLETED)
            gone.cancel()
            if heard.done():
                return heard.result()
            heard.cancel()
            return {"type": "http.disconnect"}

        await self.app(scope, hear, say)


class Resigned:
    """In front of the application: whoever asks is signed in again when something that was asked ended the session."""

    def __init__(self, app: ASGIApp, terminal: Terminal, who: Voice) -> None:
        self.app = app
        self.terminal = terminal
        cookie = who.headers["cookie"]
        self.cookie = cookie.encode()
        self.session = access.hash_token(cookie.removeprefix(f"{SESSION_COOKIE}="))
        self.person = who.id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if (b"cookie", self.cookie) in scope.get("headers", ()):
            service = self.terminal.service
            with service.reading() as reader:
                there = reader.people.session(self.session) is not None
            if not there:
                now = service.clock()
                session = Session(self.session, self.person, now, now, now + timedelta(days=7))
                await service.write(lambda books: books.people.open_session(session))
        await self.app(scope, receive, send)


@contextmanager
def asked_terminal(folder: Path) -> Iterator[tuple[int, Voice]]:
    """A terminal with some cargo behind a socket; its port, and somebody who may do everything."""
    with terminal_at(url_in(folder), folder) as terminal:
        for number in range(3):
            terminal.announce(f"CONTRACT-{number}", 2)
        who = terminal.person("everything")
        with served(terminal, OnePiece(Resigned(terminal.app, terminal, who))) as port:
            yield port, who


def ask_everything(folder: Path, how: tuple[str, ...]) -> None:
    """Let schemathesis ask; what it finds wrong is the failure."""
    with asked_terminal(folder) as (port, who):
        headers = [part for name, value in who.headers.items() for part in ("--header", f"{name}: {value}")]
        asked = subprocess.run(
            [Path(sys.executable).with_name("schemathesis"), "--config-file", CONFIG, "run",
             f"http://127.0.0.1:{port}/api/v1/openapi.json", "--no-color", *headers, *how],
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert asked.returncode == 0, asked.stdout[-20_000:] + asked.stderr[-2_000:]


@pytest.fixture(autouse=True)
def _everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(support, "PEOPLE", {**support.PEOPLE, "everything": (EVERYTHING, None)})
    monkeypatch.setattr(support, "Clock", Walking)


@pytest.mark.timeout(300)
def test_the_api_keeps_its_contract(tmp_path: Path) -> None:
    ask_everything(tmp_path, SHORT)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_api_keeps_its_contract_at_length(tmp_path: Path) -> None:
    ask_everything(tmp_path, LONG)

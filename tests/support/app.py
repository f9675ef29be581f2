"""A whole terminal for tests: its service on a real store, a clock that is set by hand, people, devices, and requests.

``terminal_at(url, folder)`` starts one; ``terminal.person("tally_clerk").ask("/scans", ...)`` speaks to its API as
that person would, through the whole application, without a network.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import threading
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import httpx
from fastapi import FastAPI

from terminal import access, step_up, tokens
from terminal.api.needs import SESSION_COOKIE
from terminal.app import create_app
from terminal.cases import consignments, importing
from terminal.demo.place import POINTS
from terminal.judging import make_judge
from terminal.service import Service
from terminal.settings import build
from terminal.store import Books, Entry, Store, uuid7
from terminal.store.devices import Device
from terminal.store.journal import everything
from terminal.store.people import Session
from terminal.store.verify import verify
from workflows.papers import Declared, Papers, Vehicle
from workflows.roles import Role
from workflows.stages import Stage

T = TypeVar("T")
DATA = Path(__file__).parents[1] / "data"
SAMPLES = DATA / "samples"
NOON = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
API = "/api/v1"
PASSWORD = "saksovul-2026"
HOST = "http://karvon.test"
#: the weighbridge whose figures are typed, where no scale stands on a wire
BRIDGE = {"id": "weighbridge-1", "kind": "weighbridge_static", "verified_until": "2027-12-31"}
#: logins: one for each role, and a second one where two people are needed
PEOPLE: Mapping[str, tuple[frozenset[Role], str | None]] = {
    **{role.value: (frozenset({role}), "Agency A" if role is Role.AGENCY_USER else None) for role in Role},
    "weighbridge_2": (frozenset({Role.WEIGHBRIDGE_OPERATOR}), None),
    "customs_2": (frozenset({Role.CUSTOMS_INSPECTOR}), None),
    "sanctions_2": (frozenset({Role.SANCTIONS_OFFICER}), None),
    "both": (frozenset({Role.CUSTOMS_INSPECTOR, Role.RELEASE_OFFICER}), None),
    "agency_b": (frozenset({Role.AGENCY_USER}), "Agency B"),
}


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **how_long: float) -> None:
        """Move on, as in ``timedelta``."""
        self.now += timedelta(**how_long)


@cache
def hashed() -> str:
    """The hash of everybody's password; it is slow to make."""
    return access.hash_password(PASSWORD)


def nonce() -> str:
    """A fresh nonce."""
    return str(uuid7())


def sscc(number: int) -> str:
    """The label of that number: 17 digits of an invented company and their check digit."""
    digits = f"095212340{number:08d}"
    total = sum(int(d) * (3 if place % 2 == 0 else 1) for place, d in enumerate(digits))
    return f"{digits}{-total % 10}"


@cache
def sample(name: str) -> tuple[dict[str, Any], tuple[tuple[str, bytes], ...]]:
    """Pre-advice facts and raw files of one sample consignment ("S01")."""
    (folder,) = SAMPLES.glob(f"{name}_*")
    facts = json.loads((folder / "consignment.json").read_text(encoding="utf-8"))
    return facts, tuple((file, (folder / file).read_bytes()) for file in facts["raw_files"])


@cache
def clean_papers() -> Papers:
    """The papers of the sample that every check passes."""
    facts, files = sample("S01")
    return importing.read(files, facts).assembled.papers


@dataclass(frozen=True)
class Voice:
    """Somebody who speaks to the API: headers that say who."""

    terminal: Terminal
    headers: Mapping[str, str]
    id: str = ""

    def send(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        """One request; ``path`` below the API, or absolute with two slashes."""
        url = path[1:] if path.startswith("//") else API + path
        return self.terminal.send(method, url, headers={**self.headers, **(headers or {})}, **more)

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of a page that must be there."""
        answer = self.send("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **body: Any) -> httpx.Response:
        """A write with a fresh nonce, unless it brings one."""
        return self.send("POST", path, json={"nonce": nonce(), **body})

    def ask(self, path: str, **body: Any) -> dict[str, Any]:
        """The answer to a write that could be asked."""
        answer = self.post(path, **body)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def must(self, path: str, **body: Any) -> dict[str, Any]:
        """As :meth:`ask`, for what has to be accepted."""
        told = self.ask(path, **body)
        assert told["verdict"] == "accepted", told
        return told

    def scan(self, code: str, step: str, point: str = "tally-1", **more: Any) -> dict[str, Any]:
        """The answer to one scan, made now."""
        at = self.terminal.clock.now.isoformat()
        return self.ask("/scans", **{"code": code, "step": step, "point": point, "scanned_at": at, **more})


class Terminal:
    """One running terminal. Its application and its writes live on a loop of their own, as in a server."""

    def __init__(self, url: str, folder: Path, tables: Mapping[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "secret.key").write_bytes(
            b"k" * 32
        )  # known, so that the random draw falls the same every time
        self.clock = Clock()
        self._labels = iter(range(1, 10**8))
        given = {"data_dir": ".", "points": POINTS, "weighing": {"outside": [BRIDGE]}, **tables}
        settings = replace(build(given, base=folder), database=url)
        lists = folder / "lists"
        lists.mkdir(exist_ok=True)
        shutil.copyfile(DATA / "unsc_sample.xml", lists / "unsc.xml")
        os.utime(lists / "unsc.xml", (NOON.timestamp(), NOON.timestamp()))
        store = Store.open(url, clock=self.clock)
        self.service = Service(
            settings, store, make_judge(settings, self.clock, lambda: b"k" * 32), self.clock
        )
        self.app: FastAPI = create_app(self.service)
        self.ids = store.write_now(self._add_people)
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def _add_people(self, books: Books) -> dict[str, str]:
        ids = {}
        for login, (roles, organisation) in PEOPLE.items():
            person, _ = access.new_person(
                books, login, login.title(), roles, "test", NOON, organisation=organisation, hashed=hashed()
            )
            ids[login] = person.id
        return ids

    @asynccontextmanager
    async def _living(self) -> Any:
        async with self.app.router.lifespan_context(self.app):
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
                yield client

    @contextmanager
    def running(self) -> Iterator[Terminal]:
        """Start, and stop at the end."""
        self._thread.start()
        living = self._living()
        self.client: httpx.AsyncClient = self.do(living.__aenter__())
        try:
            yield self
        finally:
            self.do(living.__aexit__(None, None, None))
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join(10)
            self.loop.close()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something on the terminal's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def send(self, method: str, url: str, **more: Any) -> httpx.Response:
        """One request; cookies are only those in its headers."""
        answer = self.do(self.client.request(method, url, **more))
        self.client.cookies.clear()
        return answer

    def write(self, work: Any) -> Any:
        """A write past the API."""
        return self.do(self.service.write(work))

    # --- who speaks ---------------------------------------------------------------------------------
    def nobody(self) -> Voice:
        """Somebody without credentials."""
        return Voice(self, {"accept-language": "en"})

    def person(self, login: str) -> Voice:
        """A signed-in person, with the token that their pages carry."""
        now, token = self.clock.now, f"session-of-{login}-{nonce()}"
        session = Session(access.hash_token(token), self.ids[login], now, now, now + self.service.idle)
        self.write(lambda books: books.people.open_session(session))
        return self.with_session(token, self.ids[login])

    def with_session(self, token: str, identity: str = "") -> Voice:
        """Whoever holds that session cookie, and has just given the password again."""
        secret, session = self.service.secret, access.hash_token(token)
        headers = {
            "cookie": f"{SESSION_COOKIE}={token}",
            "x-csrf-token": tokens.csrf_token(secret, session),
            "x-karvon-step-up": step_up.token(secret, session, self.clock.now + timedelta(days=30)),
            "accept-language": "en",
        }
        return Voice(self, headers, identity)

    def device(
        self, identity: str, point: str | None = "tally-1", steps: Sequence[str] = ("TALLY",)
    ) -> Voice:
        """An enrolled device."""
        now = self.clock.now
        made = Device(
            identity, "station", identity, now, point, frozenset(map(Stage, steps)), frozenset({"readings"})
        )

        def enrol(books: Books) -> tuple[Device, str]:
            found = access.enrol_device(books, access.add_device(books, made, "test", now), now)
            assert found is not None
            return found

        _, token = self.write(enrol)
        return Voice(
            self, {"authorization": f"Bearer {token}", "accept-language": "en"}, f"device:{identity}"
        )

    # --- cargo --------------------------------------------------------------------------------------
    def papers(self, ref: str, pallets: int = 3, **changed: Any) -> Papers:
        """Clean papers of that reference, a pallet of 748 kg a label, on a truck of 15,420 kg; the labels are new."""
        clean = clean_papers()
        lines = tuple(
            replace(line, sscc=sscc(next(self._labels)), gross_kg=Decimal(748), net_kg=Decimal(720))
            for line in clean.lines[:pallets]
        )
        kg = sum((line.gross_kg or Decimal(0) for line in lines), Decimal(0))
        net = sum((line.net_kg or Decimal(0) for line in lines), Decimal(0))
        documents = tuple(replace(paper, fields={}) for paper in clean.documents)  # they state the whole load
        vehicle = Vehicle("75 412 CBA", None, tare_kg=Decimal(15420))  # no trailer: nobody reads one here
        given: dict[str, Any] = {
            "lines": lines,
            "documents": documents,
            "declared": Declared(pallets, kg, net),
            "vehicle": vehicle,
            **changed,
        }
        return replace(clean, reference=ref, **given)

    def announce(self, ref: str, pallets: int = 3, by: str = "agency_user", **changed: Any) -> list[str]:
        """Take a consignment in; returns its labels."""
        papers = self.papers(ref, pallets, **changed)
        roles, organisation = PEOPLE[by]
        actor = replace(access.actor_of(self.service_person(by)), roles=roles, organisation=organisation)
        request = self.service.request(actor, nonce(), {"reference": ref})
        answer = self.write(
            lambda books: consignments.announce(books, papers, request, self.service.judge, "test")
        )
        assert answer.verdict == "accepted", answer
        return [line.sscc for line in papers.lines if line.sscc]

    def service_person(self, login: str) -> Any:
        """The stored person."""
        with self.service.reading() as reader:
            return reader.people.by_login(login)

    # --- the journal ----------------------------------------------------------------------------------
    def journal(self) -> list[Entry]:
        """Everything that happened."""
        with self.service.reading() as reader:
            return list(everything(reader.connection))

    def entry(self, seq: int) -> Entry:
        """One entry that must be there."""
        with self.service.reading() as reader:
            found = reader.entry(seq)
        assert found is not None
        return found

    def newest(self) -> Entry:
        """The last entry."""
        return self.entry(self.service.store.tail().seq)

    def prove(self) -> None:
        """The chain holds."""
        connection = self.service.store.connect()
        try:
            report = verify(connection)
        finally:
            connection.close()
        assert report.ok, report.broken


@contextmanager
def terminal_at(url: str, folder: Path, **tables: Any) -> Iterator[Terminal]:
    """A running terminal; at its end the journal is proven."""
    with Terminal(url, folder, tables).running() as made:
        yield made
        made.prove()


def refused(told: Mapping[str, Any], reason: str, terminal: Terminal) -> Mapping[str, Any]:
    """Insist that this was refused for that reason and that the journal keeps it; returns the first thing missing."""
    assert (told["verdict"], told["reason"]) == ("refused", reason), told
    assert told["sentence"]
    assert told["next"]
    entry = terminal.entry(told["event"])
    assert entry.type == "StepRefused", entry.type
    assert entry.data["reason"] == reason
    first: Mapping[str, Any] = told["missing"][0]
    return first


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Insist on a problem document (RFC 9457) of that status and code; returns it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert told["code"] == code, told
    assert told["type"] == f"urn:karvon:problem:{code}"
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    return told

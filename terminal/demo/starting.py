"""What ``karvon demo`` starts: simulators, a seeded store, and the server; and stops again."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import uvicorn

from terminal import access
from terminal.cases import data as loading
from terminal.cases import importing, visits
from terminal.cases.once import Request
from terminal.demo import day, morning, people, place
from terminal.demo.simulated import Simulated
from terminal.running import address_of, open_service, server
from terminal.service import Service
from terminal.store import Books
from workflows import storage
from workflows.roles import Actor, Role

_SEEDER = Actor("demo", frozenset({Role.DOCUMENT_OFFICER}))
_DATA = files("terminal.demo")


def sample_consignments() -> list[tuple[dict[str, Any], list[tuple[str, bytes]]]]:
    """The sample consignments: pre-advice facts and raw files of each."""
    found = []
    for folder in sorted(_DATA.joinpath("consignments").iterdir(), key=lambda item: item.name):
        facts = json.loads(folder.joinpath("consignment.json").read_text(encoding="utf-8"))
        raw = [(name, folder.joinpath(name).read_bytes()) for name in facts["raw_files"]]
        found.append((facts, raw))
    return found


def seed_place(service: Service) -> None:
    """What a demo terminal has before anything comes: people, the sanctions list with invented entries, and its places; once."""
    now = service.clock()
    lists = service.settings.data_dir / "lists"
    lists.mkdir(parents=True, exist_ok=True)
    target = lists / "unsc.xml"
    if not target.exists():
        target.write_bytes(_DATA.joinpath("unsc_sample.xml").read_bytes())
    os.utime(target)  # a demo of any day has a list of today
    hashed = access.hash_password(people.PASSWORD)
    service.store.write_now(lambda books: people.add_people(books, hashed, now))
    text = _DATA.joinpath("places.csv").read_bytes()
    new = [loading.read_new(storage.NAME, text)]
    layout = _request(service, "demo-places-1", {"table": storage.NAME})
    layout = replace(layout, who=Actor("demo", frozenset({Role.ADMINISTRATOR})))
    service.store.write_now(lambda books: loading.load(books, new, "demo", layout, service.room))


def seed(service: Service) -> None:
    """The place with its people, the sample consignments, and the expected truck; once."""
    seed_place(service)
    for facts, raw in sample_consignments():
        reading = importing.read(raw, facts)
        request = _request(service, f"demo-import-{reading.reference}", reading.body())
        for file, (_, data) in zip(reading.files, raw, strict=True):
            service.keep_file(file.sha256, data)
        service.store.write_now(_storing(service, reading, request))
    service.store.write_now(lambda books: _expect_truck(books, service))


def _storing(service: Service, reading: importing.Reading, request: Request) -> Callable[[Books], Any]:
    return lambda books: importing.store(books, reading, request, service.judge)


def _request(service: Service, nonce: str, body: dict[str, Any]) -> Request:
    return replace(service.request(_SEEDER, nonce, body), rules=service.settings.rules)


def _expect_truck(books: Books, service: Service) -> None:
    if books.visit(day.VISIT) is None:
        new = visits.NewVisit(day.PLATE, "754410AB", "ROAD", (day.REF,), day.VISIT)
        visits.announce(books, new, _request(service, "demo-visit-1", {"plate": day.PLATE}))


def prepare(data: Path, *, reset: bool) -> None:
    """The data folder, emptied first when asked."""
    if reset and data.exists():
        shutil.rmtree(data)
    data.mkdir(parents=True, exist_ok=True)


def seed_morning(service: Service) -> int:
    """What happened before the demo begins, once; returns how many parts of it there were."""
    facts, raw = sample_consignments()[0]
    return morning.busy(service, morning.papers_of(facts, raw))


async def demo(data: Path, port: int, tell: Callable[[str], None], *, busy: bool = True) -> bool:
    """Run the demo terminal until it is told to stop. False when the server could not start (the port is taken).

    ``busy``: with a morning before it, so that every page has something to show.
    """
    # Pseudo-terminals get their names in a short path of this run: device paths are limited in length.
    with tempfile.TemporaryDirectory(prefix="karvon-") as folder:
        async with Simulated("terminal", Path(folder)) as simulated:
            service = open_service(place.settings(data, simulated.urls))
            await asyncio.to_thread(seed, service)
            if busy:
                await asyncio.to_thread(seed_morning, service)
            running = server(service, port=port, quiet=True)
            running.config.app.state.demo = day.Day(service, simulated)  # type: ignore[union-attr]
            serving = asyncio.create_task(_serve(running))
            welcoming = asyncio.create_task(_welcome_when_started(running, data, tell))
            await serving
            welcoming.cancel()
            await asyncio.gather(welcoming, return_exceptions=True)
            return running.started


async def _serve(running: uvicorn.Server) -> None:
    with suppress(SystemExit):  # uvicorn's way to say that the port is taken; it has logged it
        await running.serve()


async def _welcome_when_started(running: uvicorn.Server, data: Path, tell: Callable[[str], None]) -> None:
    while not running.started:  # noqa: ASYNC110 -- uvicorn offers no event to wait for
        await asyncio.sleep(0.05)
    _welcome(address_of(running), data, tell)


def _welcome(address: str, data: Path, tell: Callable[[str], None]) -> None:
    lines = [
        "",
        f"  Karvon is ready:  {address}",
        "",
        f"  Demo accounts (password of all: {people.PASSWORD}):",
    ]
    for one in people.PEOPLE:
        roles = ", ".join(sorted(role.value.replace("_", " ") for role in one.roles))
        lines.append(f"    {one.login:<10} {roles}")
    lines += ["", f"  Data: {data} (kept; begin anew with --reset). Ctrl-C stops everything.", ""]
    tell("\n".join(lines))

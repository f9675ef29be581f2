"""The morning before the demo's day begins: trucks that came and went, a cut of wagons, goods in the hall, and desks with work.

Everything goes through the use cases, asked for by the demo's people at hours before now, so that every page has
something to show and the wall has a morning to draw. Nothing of it stands where the demo's own truck will stand. What
the rules of today refuse is left out: a demo must start on any day.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from terminal import access
from terminal.cases import importing, visits, weighing
from terminal.cases.answers import Answer
from terminal.cases.cargo_seen import after_visit_step
from terminal.cases.once import Request
from terminal.service import Service
from terminal.store import Books
from workflows.evolve import TASHKENT
from workflows.identifiers.checkdigits import gs1
from workflows.papers import Declared, Papers, Vehicle
from workflows.roles import Actor
from workflows.stages import Stage
from workflows.state import Seal, Weighing

log = logging.getLogger("karvon.demo")
#: the first thing that is asked for: when it was answered before, the morning is over
FIRST = "demo-morning-1"
#: hours before now at which it begins
BEGINS = timedelta(hours=6)
EMPTY_KG = 14_900
#: a whole pallet of an invented agency: the serial numbers of its labels begin here
_SERIAL = 700_001


class LeftOutError(Exception):
    """The rules of today refuse a part of the morning: the rest of that part is left out."""


@dataclass
class Morning:
    """Asks for one thing after the other, at a clock of its own."""

    service: Service
    papers: Papers
    at: datetime
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    serials: Iterator[int] = field(default_factory=lambda: count(_SERIAL))

    def actor(self, books: Books, login: str) -> Actor:
        """The demo person of that login."""
        person = books.people.by_login(login)
        assert person is not None
        return access.actor_of(person)

    def ask(
        self,
        books: Books,
        login: str,
        work: Callable[[Request], Answer],
        *,
        point: str | None = None,
        minutes: int = 2,
    ) -> Answer:
        """Let somebody ask for something, then move the clock on. Raises :class:`LeftOutError` when it is refused."""
        number = next(self.numbers)
        request = self.service.request(
            self.actor(books, login), f"demo-morning-{number}", {"demo": number}, point=point
        )
        answer = work(replace(request, at=self.at, rules=self.service.settings.rules))
        if not answer.ok and answer.verdict != "attention":
            raise LeftOutError(f"{login}: {answer.missing}")
        self.at += timedelta(minutes=minutes)
        return answer

    @contextmanager
    def earlier(self, **how_long: float) -> Iterator[None]:
        """What happens inside happened so long before the rest."""
        now, self.at = self.at, self.at - timedelta(**how_long)
        try:
            yield
        finally:
            self.at = now

    @property
    def today(self) -> date:
        """The day in Tashkent."""
        return self.at.astimezone(TASHKENT).date()

    def load(
        self,
        ref: str,
        pallets: int,
        plate: str,
        *,
        sender: str = "Agency A",
        what: str = "",
        trailer: str = "",
    ) -> Papers:
        """Clean papers of a load of pallets on one truck, like those of the first sample, with dates around today."""
        lines = tuple(
            replace(line, sscc=self.label(), description=what or line.description)
            for line in (self.papers.lines * 2)[:pallets]
        )
        lines = tuple(replace(line, no=number) for number, line in enumerate(lines, 1))
        kg = sum((line.gross_kg or Decimal(0) for line in lines), Decimal(0))
        net = sum((line.net_kg or Decimal(0) for line in lines), Decimal(0))
        documents = tuple(
            replace(
                paper,
                number=f"{paper.type[:2]}-{ref[-4:]}",
                fields={},
                issued=self.today - timedelta(days=9) if paper.issued else None,
                valid_until=self.today + timedelta(days=90) if paper.valid_until else None,
            )
            for paper in self.papers.documents
        )
        return replace(
            self.papers,
            reference=ref,
            sender=sender,
            lines=lines,
            documents=documents,
            declared=Declared(pallets, kg, net),
            vehicle=Vehicle(plate, trailer or None),
            seal=f"UZ07{ref[-4:]}",
        )

    def label(self) -> str:
        """A fresh SSCC."""
        body = f"00952123{next(self.serials):09d}"
        return f"{body}{gs1(body)}"

    # --- vehicles -----------------------------------------------------------------------------------
    def vehicle(self, books: Books, login: str, visit: str, taken: visits.VisitStep, point: str) -> None:
        """A step of a vehicle, and the checks that follow from it."""

        def work(request: Request) -> Answer:
            answer = visits.step(books, visit, taken, request)
            after_visit_step(books, visit, answer, request, self.service.judge)
            return answer

        self.ask(books, login, work, point=point, minutes=4)

    def expect(
        self, books: Books, plate: str, visit: str, carries: tuple[str, ...] = (), mode: str = "ROAD"
    ) -> None:
        """Announce a vehicle."""
        new = visits.NewVisit(plate, None, mode, carries, visit)
        self.ask(books, "gulnora", lambda request: visits.announce(books, new, request))

    def enter(self, books: Books, visit: str, plate: str, seal: str = "") -> None:
        """In through the second gate."""
        seals = (Seal(seal, cls="H"),) if seal else ()
        self.vehicle(books, "gulnora", visit, visits.VisitStep(Stage.GATE_IN, plate, seals=seals), "gate-2")

    def weigh(self, books: Books, visit: str, kg: int, step: Stage = Stage.WEIGH_IN) -> None:
        """Over the weighbridge."""
        weight = self.weight(kg)

        def work(request: Request) -> Answer:
            answer = weighing.weigh_visit(
                books, visit, step, replace(weight, operator=request.who.id), request
            )
            after_visit_step(books, visit, answer, request, self.service.judge)
            return answer

        self.ask(books, "wali", work, point="weighbridge-1", minutes=6)

    def weight(self, kg: int) -> Weighing:
        """A weight that stood still on the weighbridge."""
        return Weighing(
            Decimal(kg),
            "GROSS",
            "weighbridge-1",
            self.at,
            stable=True,
            value_text=str(kg),
            unit_text="kg",
            division_kg=Decimal(20),
            verified_until=date(2030, 3, 1),
        )


def busy(service: Service, first: Papers) -> int:
    """Live through the morning, once; ``first`` are the papers its loads are modelled on. Returns how many parts there were."""
    from terminal.demo import morning_desks as desks  # noqa: PLC0415 -- they are written in terms of this module
    from terminal.demo import morning_trucks as trucks  # noqa: PLC0415

    with service.reading() as reader:
        person = reader.people.by_login("admin")
        if person is None or reader.recall(person.id, FIRST, b"") is not None:
            return 0
    made = Morning(service, first, service.clock() - BEGINS)
    done = 0
    for part in (
        desks.lists,
        desks.empties,
        trucks.overdue,
        trucks.delivered,
        trucks.gone,
        trucks.on_the_way,
        trucks.picking,
        trucks.unloading,
        trucks.waiting,
        trucks.cut,
        desks.counts,
        desks.desks,
        desks.portal,
        trucks.gate_pass,
    ):
        try:
            service.store.write_now(lambda books, part=part: part(made, books))  # type: ignore[misc]
            done += 1
        except LeftOutError as why:
            log.info("left out of the demo's morning: %s: %s", part.__name__, why)
    return done


def papers_of(facts: dict[str, Any], raw: list[tuple[str, bytes]]) -> Papers:
    """The papers of a sample consignment."""
    return importing.read(raw, facts).assembled.papers

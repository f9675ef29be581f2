"""A few facts to write down: one consignment, its units, one truck."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from terminal.store import Books, Store
from tests.support.builders import NOON, PLATE, REF, SSCCS, papers
from workflows import events as e
from workflows.events import Context
from workflows.release import digest
from workflows.stages import Stage


def context(
    who: str = "timur",
    at: datetime = NOON,
    *,
    device: str | None = None,
    point: str | None = None,
    nonce: str | None = None,
) -> Context:
    """Somebody, at noon."""
    return Context(who, at, device, point=point, nonce=nonce)


def announced(ref: str = REF, labels: tuple[str, ...] = SSCCS) -> list[e.Event]:
    """A consignment with its units, and the truck that brings it."""
    declared = papers(ref, labels)
    return [
        e.ConsignmentAnnounced(f"consignment:{ref}", declared, digest(declared)),
        *(e.UnitDeclared(f"unit:{label}", ref, Decimal("407.25")) for label in labels),
    ]


def begin(store: Store, ref: str = REF, labels: tuple[str, ...] = SSCCS) -> None:
    """Announce a consignment and a truck."""

    def work(books: Books) -> None:
        books.record(announced(ref, labels), context("agency-a"))
        books.record([e.VisitAnnounced(f"visit:V-{ref}", PLATE, carries=(ref,))], context("dilnoza"))

    store.write_now(work)


def refused(label: str = SSCCS[0]) -> e.StepRefused:
    """The cheapest event there is: somebody asked in vain."""
    return e.StepRefused(f"unit:{label}", "LOAD", "NOT_TALLIED")


def tallied(label: str = SSCCS[0]) -> e.UnitTallied:
    """A unit was counted."""
    return e.UnitTallied(f"unit:{label}", Stage.PRE_ADVICE)

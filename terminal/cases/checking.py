"""Running the checks on a consignment as it stands, keeping the result, and opening the holds it asks for."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Protocol

from terminal.cases.once import Request
from terminal.store.books import Books
from terminal.store.ids import uuid7
from terminal.store.reader import Reader
from workflows import holds, routing
from workflows.events import ChecksRun, Event
from workflows.findings import Finding
from workflows.holds_by_check import asked_for
from workflows.outcomes import Accepted
from workflows.routing_state import LaneChoice
from workflows.state import Consignment, Hold, Visit


@dataclass(frozen=True, slots=True)
class Judged:
    """What the checks said: findings, decision (RELEASABLE, HOLD, BLOCK), lane, and the version of rules and data.

    ``basis`` is the SHA-256 of the kept manifest with which the same can be judged again; ``choice`` how the lane came
    about.
    """

    findings: tuple[Finding, ...]
    decision: str
    lane: str
    rules_version: str
    basis: str | None = None
    choice: LaneChoice | None = None


@dataclass(frozen=True, slots=True)
class Screened:
    """What screening says of a vehicle without cargo, with the version of rules and data and the manifest they are."""

    findings: tuple[Finding, ...]
    rules_version: str
    basis: str | None = None


class Judge(Protocol):
    """Reads whatever it needs in the transaction, and judges."""

    def __call__(self, reader: Reader, consignment: Consignment, request: Request, /) -> Judged:
        """Judge a consignment."""

    def of_vehicle(self, reader: Reader, visit: Visit, request: Request, /) -> Screened:
        """Screen a vehicle that carries nothing."""


def run(books: Books, ref: str, request: Request, judge: Judge) -> Judged | None:
    """Judge one consignment; keep the result if it is news; open the holds it asks for. None if there is no such one.

    Nothing is lifted here: an officer sees that a cause is gone and lifts the hold.
    """
    consignment = books.consignment(ref)
    if consignment is None:
        return None
    judged = judge(books, consignment, request)
    subject = f"consignment:{ref}"
    events: list[Event] = []
    chosen = consignment.routing.choice if consignment.routing is not None else None
    lane = chosen.lane.value if chosen is not None else consignment.lane  # a person may have set another
    before = (consignment.findings, consignment.decision, lane, consignment.rules_version)
    if before != (judged.findings, judged.decision, judged.lane, judged.rules_version):
        told = (judged.findings, judged.decision, judged.lane, judged.rules_version, judged.basis)
        events.append(ChecksRun(subject, *told))
    if judged.choice is not None:
        events += routing.chosen(consignment, judged.choice, request.ask())
    fresh = (str(uuid7()) for _ in itertools.count())
    standing: dict[
        tuple[str | None, str | None], list[Hold]
    ] = {}  # a long list may have as many holds as lines
    for hold in consignment.holds:
        standing.setdefault((hold.check, hold.target), []).append(hold)
    for new in asked_for(judged.findings, subject, fresh):
        alike = tuple(standing.get((new.check, new.target), ()))
        if _ended_for_these_facts(consignment, judged, new, alike):
            continue
        outcome = holds.place_by_check(new, alike, subject, request.ask())
        if isinstance(outcome, Accepted):
            events += outcome.events
    books.record(events, request.context)
    return judged


def _ended_for_these_facts(
    consignment: Consignment, judged: Judged, new: holds.NewHold, alike: tuple[Hold, ...]
) -> bool:
    """An officer ended this very hold and the finding has not changed since: it is not opened again.

    The same check on the same target with other figures is a new finding and holds anew.
    """
    key = (new.check, new.target)
    if all(hold.open for hold in alike):
        return False
    before = [finding for finding in consignment.findings if (finding.check, finding.target) == key]
    return before == [finding for finding in judged.findings if (finding.check, finding.target) == key]

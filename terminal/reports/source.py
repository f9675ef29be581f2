"""What a report is counted from: one moment of the store, for one reader, over days; and how far it has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from terminal.reports.model import Report, Section
from terminal.reports.span import Span
from terminal.settings import Settings
from terminal.store import spans
from terminal.store.journal import Entry
from terminal.store.reader import Reader
from workflows.checks.reference import Reference
from workflows.discretion import as_seen
from workflows.roles import Actor, Right
from workflows.seizure_state import Handling
from workflows.state import Hold

#: told how many entries of how many were read
Progress = Callable[[int, int], None]


def quiet(_done: int, _all: int) -> None:
    """Progress that nobody waits for."""


@dataclass(frozen=True, slots=True)
class Faulty:
    """A device that does not work: its id, its point, and the word of its state."""

    device: str
    point: str
    state: str


@dataclass(frozen=True, slots=True)
class Source:
    """One reader's view. ``now`` (UTC) is when the report is made, ``reference`` the tables in force.

    ``sender`` and ``donor`` narrow a report to the consignments of one organisation, ``operation`` is the joint operation
    that it is about; empty: all of them.
    """

    reader: Reader
    actor: Actor
    now: datetime
    span: Span
    settings: Settings
    reference: Reference
    sender: str = ""
    donor: str = ""
    operation: str = ""
    faulty: tuple[Faulty, ...] = ()
    progress: Progress = field(default=quiet)

    def may(self, right: Right) -> bool:
        """True when the reader of the report has the right."""
        return self.actor.may(right)

    def events(self, *types: str) -> Iterator[Entry]:
        """Everything of these types (none: of every type) that was decided in the days, oldest first; tells progress."""
        connection = self.reader.connection
        part = spans.part_between(connection, self.span.start, self.span.end)
        self.progress(0, part.entries)
        for number, piece in enumerate(spans.entries(connection, part, types), 1):
            for entry in piece:
                if self.span.holds(entry.at):
                    yield entry
            self.progress(min(number * spans.CHUNK, part.entries), part.entries)

    def sees(self, hold: Hold) -> bool:
        """Holds that tell what somebody suspects are counted only for those who read risk or may end them."""
        return self.seen(hold) is not None

    def seen(self, hold: Hold) -> Hold | None:
        """A hold as the reader of the report may see it, or None."""
        return as_seen(hold, self.actor)

    def report(
        self,
        kind: str,
        title: str,
        sections: tuple[Section, ...],
        *,
        handling: Handling = Handling.TERMINAL,
        scope: str = "",
        notes: tuple[str, ...] = (),
        signs: tuple[str, ...] = (),
    ) -> Report:
        """The report over these days, as far as the journal reaches."""
        seq = self.reader.head().seq
        first, last = self.span.first, self.span.last
        return Report(kind, title, first, last, self.now, seq, sections, handling, scope, notes, signs)

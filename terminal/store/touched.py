"""What a work has touched, and where a subject stands before its next event."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from terminal.store.snapshots import Caches, Stored, StoredUnit
from workflows.equipment_state import Equipment
from workflows.handling_state import Count
from workflows.seizure_state import Seizure
from workflows.state import Consignment, Visit


class Touched:
    """What a work changed outside the database: board figures and cached snapshots."""

    def __init__(self) -> None:
        self.deltas: Counter[tuple[str, str]] = Counter()
        self.consignments: set[int] = set()
        self.visits: set[int] = set()

    def begin(self) -> None:
        """A new work begins."""
        self.consignments.clear()
        self.visits.clear()

    def forget(self, caches: Caches) -> None:
        """The work failed: no cache may keep what it made."""
        for key in self.consignments:
            caches.consignments.forget(key)
            caches.papers.forget(key)
        for key in self.visits:
            caches.visits.forget(key)
        self.begin()

    def move(self, board: str, start: str | None, end: str | None) -> None:
        """One thing leaves the figure ``start`` of a board and joins ``end``; None is outside the board."""
        if start == end:
            return
        if start is not None:
            self.deltas[board, start] -= 1
        if end is not None:
            self.deltas[board, end] += 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where a subject stands: its snapshot if it has one, and the last event of its chain."""

    kind: str
    name: str
    last_seq: int = 0
    unit: StoredUnit | None = None
    consignment: Stored[Consignment] | None = None
    visit: Stored[Visit] | None = None
    equipment: Equipment | None = None
    seizure: Seizure | None = None
    count: Count | None = None
    kept: bool = (
        False  # an announcement, an organisation, a standing order, a complaint, a message that has a row
    )

    @property
    def has_row(self) -> bool:
        """True when the chain of its events goes on in a row of its own."""
        return any(
            (self.unit, self.consignment, self.visit, self.equipment, self.seizure, self.count, self.kept)
        )

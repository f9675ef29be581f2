"""Judging again what was judged: the consignment as the journal knew it then, by the data of then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from terminal.cases.checking import Judged
from terminal.cases.data import Difference, difference
from terminal.judging import judged
from terminal.rules_in_force import RulesRoom
from terminal.store import Entry, Store
from terminal.store.fold import as_of
from terminal.store.reader import Reader
from workflows.events import ChecksRun


class CannotReplayError(ValueError):
    """This decision cannot be made again; the message says why."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A decision of the journal beside the same one made again.

    ``seq`` is the event that keeps it, ``at`` its moment; ``same`` counts every figure of every finding, ``change``
    tells what differs in checks, targets and severities; ``program`` is the version that decided then.
    """

    ref: str
    seq: int
    at: datetime
    then: ChecksRun
    again: Judged
    program: str

    @property
    def same(self) -> bool:
        """True when findings with all figures, decision, lane and versions are the same."""
        then, again = self.then, self.again
        return (then.findings, then.decision, then.lane, then.rules_version) == (
            again.findings,
            again.decision,
            again.lane,
            again.rules_version,
        )

    @property
    def change(self) -> Difference:
        """What came and went between then and again."""
        return difference(self.ref, (self.then.findings, self.then.decision, self.then.lane), self.again)


def decision_at(reader: Reader, ref: str, seq: int) -> Entry:
    """The event that keeps the decision which stood at number ``seq``. Raises :class:`CannotReplayError`."""
    subject, before = f"consignment:{ref}", None
    while page := reader.history(subject, before, 100):
        for entry in page:
            if entry.seq <= seq and entry.type == "ChecksRun":
                return entry
        before = page[-1].seq
    raise CannotReplayError(f"The checks of {ref} had not run yet at event {seq}.")


def replay(store: Store, room: RulesRoom, secret: Callable[[], bytes], ref: str, seq: int) -> Replay:
    """Make the decision that stood at ``seq`` again. Writes nothing; reads the journal from the start up to there.

    Raises :class:`CannotReplayError` when there is none, or it was made before manifests were kept, and
    :class:`terminal.filing.KeptFileError` when the data of then is lost.
    """
    with store.reading() as reader:
        entry = decision_at(reader, ref, seq)
    told = entry.event
    assert isinstance(told, ChecksRun)
    if told.basis is None:
        raise CannotReplayError(
            f"Event {entry.seq} was judged by a version that did not keep its data: it cannot be judged again."
        )
    rules = room.of(told.basis)
    connection = store.connect()
    try:
        with as_of(connection, entry.seq - 1) as past:
            consignment = past.consignment(ref)
            if consignment is None:
                raise CannotReplayError(f"The journal knew no consignment {ref} before event {entry.seq}.")
            again = judged(past, consignment, entry.at, rules, secret)
    finally:
        connection.close()
    return Replay(ref, entry.seq, entry.at, told, again, room.program_of(told.basis))

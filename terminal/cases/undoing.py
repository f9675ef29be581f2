"""Undoing a scan: which event it was, what it did to its unit and to those inside, and the counter-event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from terminal.cases import checking, storage
from terminal.cases.answers import Answer
from terminal.cases.once import Request, once
from terminal.store.books import Books
from terminal.store.journal import Entry
from terminal.store.reader import Reader
from workflows import evolve, undoing
from workflows.events import UnitLoaded, event_from
from workflows.events_handling import ScanUndone
from workflows.handling_state import UndoReason
from workflows.outcomes import Outcome
from workflows.stages import Stage
from workflows.state import Unit
from workflows.undoing import Scanned

_PAGE = 200


@dataclass(frozen=True, slots=True)
class Which:
    """The scan that is meant: its nonce ``scan`` (of whoever asks), or its ``event`` number (whoever made it)."""

    scan: str | None = None
    event: int | None = None


def undo(books: Books, which: Which, reason: UndoReason, note: str, request: Request) -> Answer:
    """Take back one scan.

    The checks run again where what was undone is something they look at: a tally, or where goods stand.
    """
    answer = once(books, request, "undo_scan", lambda: _decide(books, which, reason, note, request))
    ref = answer.facts.get("consignment")
    if not answer.news or not isinstance(ref, str):
        return answer
    if answer.facts.get("undone_step") == Stage.TALLY and request.judge is not None:
        checking.run(books, ref, request, request.judge)
    elif answer.facts.get("undone_step") == Stage.STORAGE:
        storage.after(books, answer, request)
    return answer


def _decide(
    books: Books, which: Which, reason: UndoReason, note: str, request: Request
) -> tuple[Outcome, str, Mapping[str, Any]]:
    ask = request.ask(note=note)
    told = _answer(books, which, request.who.id)
    kind, _, label = (told.subject if told is not None else "").partition(":")
    unit = books.unit(label) if kind == "unit" else None
    if told is None or unit is None or told.verdict != "accepted":
        return undoing.undo(None, (), None, None, reason, ask), f"unit:{label}" if unit else "label:undo", {}
    nonce = _nonce_of(books, told.event)
    done = what(books, unit, nonce)
    consignment = books.consignment(unit.consignment)
    inside = [
        found
        for one in storage.inside(books, unit, consignment)
        if (found := what(books, one, nonce)) is not None
    ]
    visit = None
    if done is not None and isinstance(done.event, UnitLoaded):
        visit = books.visit(done.event.visit)
    outcome = undoing.undo(done, inside, consignment, visit, reason, ask)
    facts: dict[str, Any] = {"unit": unit.label, "consignment": unit.consignment}
    step = undoing.step_of(done.event) if done is not None else None
    if done is not None and step is not None:
        facts |= {"undone_step": step.value, "undone": done.seq}
    return outcome, f"unit:{unit.label}", facts


def _answer(reader: Reader, which: Which, asker: str) -> Answer | None:
    """What the scan was answered: by its nonce, or by the number of an event of it."""
    scan, scope = which.scan, asker
    if which.event is not None:
        entry = reader.entry(which.event)
        if entry is None:
            return None
        scan, scope = entry.facts.get("nonce"), entry.who
    if not scan:
        return None
    kept = reader.recall(scope, scan, b"")
    return Answer.from_plain(kept.reply) if kept is not None else None


def _nonce_of(reader: Reader, event: int) -> str | None:
    entry = reader.entry(event)
    nonce = entry.facts.get("nonce") if entry is not None else None
    return nonce if isinstance(nonce, str) else None


def _history(reader: Reader, subject: str) -> list[Entry]:
    """Every event of a unit, oldest first."""
    found: list[Entry] = []
    while page := reader.history(subject, found[-1].seq if found else None, _PAGE):
        found += page
        if len(page) < _PAGE:
            break
    return found[::-1]


def what(reader: Reader, unit: Unit, nonce: str | None) -> Scanned | None:
    """What the scan with that nonce did to a unit: its life is folded once more up to there. None when it did nothing."""
    entries = _history(reader, f"unit:{unit.label}")
    undone = {int(entry.data["undone"]) for entry in entries if entry.type == "ScanUndone"}
    state: Unit | None = None
    found: tuple[Entry, Unit] | None = None
    since: list[str] = []
    for entry in entries:
        event = event_from(entry.type, entry.subject, entry.data)
        after = evolve.unit(state, event)
        if (
            found is not None
            and _moved(state, after)
            and not isinstance(event, ScanUndone)
            and entry.seq not in undone
        ):
            since.append(entry.type)
        mine = nonce is not None and entry.facts.get("nonce") == nonce
        if found is None and state is not None and mine and undoing.step_of(event) is not None:
            found = entry, state
        state = after
    if found is None:
        return None
    entry, before = found
    event = event_from(entry.type, entry.subject, entry.data)
    return Scanned(unit, event, entry.seq, entry.at, before, tuple(since), entry.seq in undone)


def _moved(before: Unit | None, after: Unit | None) -> bool:
    if before is None or after is None:
        return before is not after
    return (before.stage, before.place, before.visit, before.parent) != (
        after.stage,
        after.place,
        after.visit,
        after.parent,
    )

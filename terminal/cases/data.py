"""Bringing new reference data into force, going back, and what that changes for the consignments under way."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from terminal.cases.answers import Answer
from terminal.cases.checking import Judge, Judged, run
from terminal.cases.once import Request, once
from terminal.lists import ListRefusedError, parse_sanctions_list
from terminal.rules_in_force import Rules, RulesRoom
from terminal.store.books import Books
from terminal.store.reader import Reader
from workflows.checks.losses import rows_lost, warning
from workflows.checks.tables import SANCTIONS, TITLES, problems
from workflows.discretion import is_watch_hit
from workflows.events_data import ReferenceDataLoaded
from workflows.findings import Finding
from workflows.outcomes import Accepted, AlreadyDone, Outcome, refuse
from workflows.outcomes import Reason as Why
from workflows.roles import RIGHTS, Right
from workflows.stages import Stage
from workflows.state import Consignment

#: the largest table; a list may be as large as :data:`terminal.lists.LARGEST`
LARGEST_TABLE = 8 << 20
#: consignments that are judged anew in one transaction, so that the gate never waits long
CHUNK = 10
#: what answers speak of; the chain of "data:TABLE" holds loadings and nothing else
ANSWERS = "reference-data:answers"
#: where nothing is left to be decided about the goods
OVER = frozenset({Stage.DELIVERED, Stage.CLOSED, Stage.REJECTED, Stage.SEIZED, Stage.DESTROYED, Stage.LOST})


class DataRefusedError(ValueError):
    """New data cannot be used; ``problems`` are sentences that name table, row, column and value."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class NewData:
    """A new version of a table or list that can be used: bytes as they are kept (text: UTF-8, LF)."""

    name: str
    data: bytes

    @property
    def sha256(self) -> str:
        """The version."""
        return hashlib.sha256(self.data).hexdigest()


def read_new(name: str, content: bytes) -> NewData:
    """Check one new version. Raises :class:`DataRefusedError` with everything that is wrong; nothing is written."""
    if name not in TITLES:
        raise DataRefusedError([f"{name!r} is no table that can be replaced; there are {', '.join(TITLES)}"])
    if name == SANCTIONS:
        try:
            parse_sanctions_list(content, name)
        except ListRefusedError as error:
            raise DataRefusedError([str(error)]) from error
        return NewData(name, content)
    if len(content) > LARGEST_TABLE:
        raise DataRefusedError([f"{name} is larger than {LARGEST_TABLE >> 20} MB: not this table"])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataRefusedError([f"{name} is not UTF-8 (byte {error.start}): save it as UTF-8"]) from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if wrong := problems(name, text):
        raise DataRefusedError(wrong)
    return NewData(name, text.encode())


def read_all(files: Sequence[tuple[str, bytes]]) -> list[NewData]:
    """Check several (table, content). Raises :class:`DataRefusedError` with what is wrong in any of them."""
    found, wrong = [], []
    names = [name for name, _ in files]
    wrong += [f"{name} was given twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    for name, content in files:
        try:
            found.append(read_new(name, content))
        except DataRefusedError as error:
            wrong += error.problems
    if wrong:
        raise DataRefusedError(wrong)
    return found


def in_force(reader: Reader, room: RulesRoom) -> dict[str, str]:
    """Table -> SHA-256 of what is in force; without the list when there is none."""
    rules = room.in_force(reader)
    found = {name: rules.tables[name] for name in TITLES if name in rules.tables}
    if rules.listed is not None:
        found[SANCTIONS] = rules.listed.sha256
    return found


def load(books: Books, new: Sequence[NewData], note: str, request: Request, room: RulesRoom) -> Answer:
    """Bring new versions into force, all or none. What is in force already changes nothing, but for the list.

    The list is loaded again even when its bytes are the same: that we looked today is what its age counts from.
    The files are kept before the events name them.
    """

    def act() -> tuple[Outcome, str, dict[str, object]]:
        if not request.who.may(Right.MANAGE_DATA):
            return refuse(Why.NOT_PERMITTED, who=RIGHTS[Right.MANAGE_DATA], step="data"), request.who.id, {}
        before = in_force(books, room)
        facts: dict[str, object] = {"loaded": {one.name: one.sha256 for one in new}}
        fresh = [one for one in new if one.name == SANCTIONS or before.get(one.name) != one.sha256]
        if not fresh:
            return AlreadyDone(facts), ANSWERS, facts
        rules = room.in_force(books)
        room.replaced(rules, {one.name: one.data for one in fresh}, request.at)
        if warned := losses(rules, room, fresh):
            facts["warnings"] = warned
        for one in fresh:
            room.keep_file(one.sha256, one.data)
        events = tuple(
            ReferenceDataLoaded(
                f"data:{one.name}", one.name, one.sha256, before.get(one.name), len(one.data), note
            )
            for one in fresh
        )
        return Accepted(events), ANSWERS, facts

    return once(books, request, "load_data", act)


def losses(rules: Rules, room: RulesRoom, new: Sequence[NewData]) -> list[str]:
    """What the rules in force have and new versions of their tables have not, a sentence a table. Nothing is refused for it.

    Entries that left the sanctions list are named too.
    """
    found = []
    for one in new:
        if one.name == SANCTIONS:
            listed = parse_sanctions_list(one.data, SANCTIONS).entries
            kept = {entry.reference for entry in listed}
            before = rules.sanctions.entries if rules.sanctions is not None else ()
            lost = tuple(entry.reference for entry in before if entry.reference not in kept)
        else:
            before_text = room.text(one.name, rules.tables[one.name]).decode()
            lost = rows_lost(one.name, before_text, one.data.decode())
        if lost:
            found.append(warning(one.name, lost))
    return found


def note_refused(
    books: Books, files: Sequence[tuple[str, bytes]], error: DataRefusedError, request: Request
) -> Answer:
    """Write down which files could not be used and why; what is in force stays."""
    sent = [
        {"name": name, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)} for name, data in files
    ]

    def act() -> tuple[Outcome, str, dict[str, object]]:
        return refuse(Why.INVALID, field="files", files=sent, problems=list(error.problems[:20])), ANSWERS, {}

    return once(books, request, "load_data", act)


def older(reader: Reader, room: RulesRoom, name: str, version: str) -> NewData:
    """A version that was in force before, by the beginning of its hash (8 characters at least), or "shipped".

    Raises :class:`DataRefusedError` when there is no such one, or when it would no longer be accepted.
    """
    if name not in TITLES:
        raise DataRefusedError([f"{name!r} is no table that can be replaced; there are {', '.join(TITLES)}"])
    if version == "shipped" and name != SANCTIONS:
        return read_new(name, room.shipped(name))
    fits = [
        found for found in versions(reader, name) if len(version) >= 8 and found.startswith(version.lower())
    ]
    if len(fits) != 1:
        many = "several versions" if fits else "no version"
        raise DataRefusedError(
            [
                f"{name}: {many} that begin with {version!r} were in force; `karvon data history {name}` lists them"
            ]
        )
    return read_new(name, room.text(name, fits[0]))


def versions(reader: Reader, name: str) -> list[str]:
    """Every version of a table that was ever loaded or replaced, newest first."""
    found: dict[str, None] = {}
    for loaded in reader.data.history(name, 10_000):
        found.setdefault(loaded.sha256)
        if loaded.replaces is not None:
            found.setdefault(loaded.replaces)
    return list(found)


# --- what it changes ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Difference:
    """One consignment judged twice: decision and lane before and after, findings that came and that went.

    Findings are the same when check, target and severity are: figures such as the hash of the list do not count.
    """

    ref: str
    decision: tuple[str | None, str]
    lane: tuple[str | None, str]
    added: tuple[Finding, ...]
    removed: tuple[Finding, ...]

    @property
    def any(self) -> bool:
        """True when anything differs."""
        moved = self.decision[0] != self.decision[1] or self.lane[0] != self.lane[1]
        return moved or bool(self.added or self.removed)

    @property
    def summary(self) -> str:
        """One line: the consignment, decision and lane before and after."""

        def moved(pair: tuple[str | None, str]) -> str:
            return pair[1] if pair[0] == pair[1] else f"{pair[0] or 'not judged'} -> {pair[1]}"

        return f"{self.ref}: {moved(self.decision)}, {moved(self.lane)}"

    def plain(self) -> dict[str, object]:
        """As JSON shows it."""

        def told(findings: Sequence[Finding]) -> list[dict[str, str]]:
            return [
                {"check": f.check, "severity": f.severity.value, "target": f.target}
                for f in findings
                if not is_watch_hit(f.check)  # who keeps the tables does not learn who is on the watch list
            ]

        return {
            "consignment": self.ref,
            "decision": list(self.decision),
            "lane": list(self.lane),
            "added": told(self.added),
            "removed": told(self.removed),
        }


def difference(
    ref: str,
    before: tuple[Sequence[Finding], str | None, str | None],
    after: Judged,
) -> Difference:
    """Compare findings, decision and lane of before with a judgement."""

    def keys(findings: Sequence[Finding]) -> set[tuple[object, ...]]:
        return {(f.check, f.target, f.severity, f.cannot_tell) for f in findings}

    def beyond(findings: Sequence[Finding], known: set[tuple[object, ...]]) -> tuple[Finding, ...]:
        return tuple(f for f in findings if (f.check, f.target, f.severity, f.cannot_tell) not in known)

    findings, decision, lane = before
    return Difference(
        ref,
        (decision, after.decision),
        (lane, after.lane),
        beyond(after.findings, keys(findings)),
        beyond(findings, keys(after.findings)),
    )


def references(reader: Reader, *, past: bool = False) -> list[str]:
    """Consignments about which something is left to be decided; with ``past`` all others as well. Newest first."""
    found: list[str] = []
    after = None
    while page := reader.consignments(after, 500):
        found += [line.ref for line in page if past or line.stage not in OVER]
        after = page[-1].cursor
    return found


def chunks(refs: Sequence[str]) -> Iterator[Sequence[str]]:
    """The references in the portions of :func:`judge_again`."""
    for start in range(0, len(refs), CHUNK):
        yield refs[start : start + CHUNK]


def judge_again(books: Books, refs: Sequence[str], request: Request, judge: Judge) -> list[Difference]:
    """Run the checks of these consignments anew, open the holds they ask for, and tell what differs."""
    found = []
    for ref in refs:
        before = books.consignment(ref)
        if before is None:
            continue
        after = run(books, ref, request, judge)
        if after is not None:
            change = difference(ref, (before.findings, before.decision, before.lane), after)
            found += [change] if change.any else []
    return found


JudgedBy = Callable[[Reader, Consignment, datetime, Rules], Judged]


def would_change(
    reader: Reader, refs: Sequence[str], now: Rules, then: Rules, at: datetime, judged: JudgedBy
) -> Iterator[Difference]:
    """Judge each by the rules in force and by others, as of one moment, and tell what differs. Writes nothing.

    Those that are over are judged as of their last check: nothing else about them shall differ but the data.
    """
    for ref in refs:
        consignment = reader.consignment(ref)
        if consignment is None:
            continue
        moment = (consignment.checked_at or at) if consignment.stage in OVER else at
        before = judged(reader, consignment, moment, now)
        after = judged(reader, consignment, moment, then)
        change = difference(ref, (before.findings, before.decision, before.lane), after)
        if change.any:
            yield change


# --- telling -------------------------------------------------------------------------------------
def overview(reader: Reader, room: RulesRoom) -> list[dict[str, Any]]:
    """Every table: name, title, version in force, and who loaded it when; for the list its date and entries."""
    rules = room.in_force(reader)
    rows = []
    for name, title in TITLES.items():
        sha256 = rules.tables.get(name)
        if name == SANCTIONS:
            sha256 = rules.listed.sha256 if rules.listed else None
        told = reader.data.newest(name)
        row: dict[str, Any] = {"table": name, "title": title, "sha256": sha256}
        by_journal = told is not None and told.sha256 == sha256
        row["loaded_by"] = told.who if told is not None and by_journal else None
        row["loaded_at"] = told.at.isoformat() if told is not None and by_journal else None
        if name == SANCTIONS and rules.listed is not None and rules.sanctions is not None:
            made = rules.sanctions.generated_at
            row["loaded_by"] = row["loaded_by"] or "folder lists"
            row["loaded_at"] = rules.listed.loaded_at.isoformat()
            row["generated_at"] = made.isoformat() if made else None
            row["entries"] = len(rules.sanctions.entries)
        rows.append(row)
    return rows


def told_history(reader: Reader, name: str) -> list[dict[str, Any]]:
    """Loadings of one table, newest first, as JSON shows them. Raises :class:`DataRefusedError` for no table."""
    if name not in TITLES:
        raise DataRefusedError([f"{name!r} is no table that can be replaced; there are {', '.join(TITLES)}"])
    return [
        {
            "event": one.seq,
            "sha256": one.sha256,
            "replaces": one.replaces,
            "by": one.who,
            "at": one.at.isoformat(),
            "bytes": one.size,
            "note": one.note,
        }
        for one in reader.data.history(name)
    ]


def text_in_force(reader: Reader, room: RulesRoom, name: str) -> bytes:
    """The bytes of a table as it is in force. Raises :class:`DataRefusedError` when there is none."""
    if name not in TITLES:
        raise DataRefusedError([f"{name!r} is no table that can be replaced; there are {', '.join(TITLES)}"])
    sha256 = in_force(reader, room).get(name)
    if sha256 is None:
        raise DataRefusedError([f"{name}: there is none yet"])
    return room.text(name, sha256)

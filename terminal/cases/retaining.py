"""What has outlived its time, and deleting it: driver data, pictures, the small print of the journal.

Nothing of an open case goes: a consignment or vehicle that is still under way, with an open hold or inspection, or with
a seizure. The journal's chain stays whole (:mod:`terminal.store.emptying`); ``karvon verify`` says what was deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from terminal import filing
from terminal.settings_evidence import RetentionSettings
from terminal.store import emptying, finder, purges
from terminal.store.books import Books
from terminal.store.inspecting import load_seizure
from terminal.store.journal import Entry, stamp
from terminal.store.reader import Reader
from terminal.store.sql import Connection
from workflows import retention
from workflows.events import Context
from workflows.events_retention import DataPurged
from workflows.retention import Rule
from workflows.stages import Stage

#: stages in which nothing of a consignment or a vehicle is under way here any more
_OVER = frozenset(
    {
        Stage.GATE_OUT,
        Stage.BORDER_EXIT,
        Stage.ARRIVED_AF,
        Stage.DELIVERED,
        Stage.CLOSED,
        Stage.REJECTED,
        Stage.DESTROYED,
        Stage.LOST,
    }
)
#: entries that one event tells of, so that no event grows without end
_AT_ONCE = 500
#: what an event of a device names a picture with
_PICTURES = frozenset({"PlateRead", "SealRead", "RadiationRead", "DeviceTold", "PassportRead"})


@dataclass(frozen=True, slots=True)
class Due:
    """What is due under one rule: older than ``before`` (UTC), the entries with what is left of them, the files.

    ``read``: keys of files that were read in, whose rows and report the desk still holds as they came.
    """

    rule: Rule
    before: datetime
    entries: Mapping[int, bytes]
    files: tuple[str, ...] = ()
    read: tuple[int, ...] = ()

    @property
    def nothing(self) -> bool:
        """True when there is nothing to delete."""
        return not self.entries and not self.files and not self.read


class Cases:
    """Which consignments and vehicles are still somebody's case; asked once each."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[str, bool] = {}
        ask = reader.connection.all
        self._held = {str(row[0]) for row in ask("SELECT subject FROM hold WHERE is_open = ?", (True,))}
        self._held |= _refs(ask("SELECT consignment_ref FROM hold WHERE is_open = ?", (True,)))
        self._held |= _refs(ask("SELECT consignment_ref FROM inspection WHERE is_open = ?", (True,)))
        for ref, visit in ask("SELECT consignment_ref, visit_id FROM inspection WHERE is_open = ?", (True,)):
            self._held |= {f"consignment:{ref}", f"visit:{visit}"}
        for (body,) in ask("SELECT body FROM seizure"):
            seizure = load_seizure(str(body))
            self._held |= {f"consignment:{seizure.consignment}", f"visit:{seizure.visit}"}

    def open(self, subject: str) -> bool:
        """True when the subject, or what it travelled with, is an open case."""
        if subject not in self._known:
            self._known[subject] = self._open(subject)
        return self._known[subject]

    def about(self, subject: str) -> tuple[str, ...]:
        """The subject, and the vehicles or consignments that travelled with it."""
        kind, _, name = subject.partition(":")
        if kind == "consignment":
            return (subject, *(f"visit:{one}" for one in self._reader.visits_ever_of(name)))
        if kind == "visit" and (visit := self._reader.visit(name)) is not None:
            refs = dict.fromkeys((*visit.carries, *visit.brought, *visit.loaded))
            return (subject, *(f"consignment:{ref}" for ref in refs))
        return (subject,)

    def _open(self, subject: str) -> bool:
        return any(one in self._held or self._under_way(one) for one in self.about(subject))

    def _under_way(self, subject: str) -> bool:
        kind, _, name = subject.partition(":")
        if kind == "unit":
            unit = self._reader.unit(name)
            return unit is not None and self.open(f"consignment:{unit.consignment}")
        if kind == "inspection":
            row = self._reader.connection.one("SELECT subject FROM inspection WHERE id = ?", (name,))
            return row is not None and self.open(str(row[0]))
        if kind == "seizure":
            return True
        if kind == "complaint":
            complaint = self._reader.letters.complaint(name)
            return complaint is not None and (complaint.open or self.open(complaint.subject))
        here = self._reader.consignment(name) if kind == "consignment" else None
        there = self._reader.visit(name) if kind == "visit" else None
        stage = here.stage if here else there.stage if there else None
        return stage is not None and stage not in _OVER


def _refs(rows: Sequence[Sequence[object]]) -> set[str]:
    return {f"consignment:{row[0]}" for row in rows if row[0]}


def due(reader: Reader, data_dir: Path, periods: RetentionSettings, now: datetime) -> list[Due]:
    """What may be deleted now, rule by rule; rules with nothing to delete are left out."""
    cases = Cases(reader)
    drivers = _drivers(reader, cases, _before(now, periods.driver_years))
    drivers = _with_what_was_read(reader, cases, data_dir, drivers)
    found = [
        drivers,
        _images(reader, cases, data_dir, _before(now, periods.image_years)),
        _small_print(reader, drivers.entries.keys(), _before(now, periods.journal_years)),
    ]
    return [one for one in found if not one.nothing]


def purge(books: Books, data_dir: Path, found: Sequence[Due], who: str, now: datetime) -> int:
    """Delete what is due, in one transaction; returns the number of rows that were made anew.

    Files are deleted by :func:`delete_files` after the transaction, when the journal tells of it.
    """
    context = Context(who, now)
    for one in found:
        seqs = sorted(one.entries)
        told: list[DataPurged] = []
        for at in range(0, max(len(seqs), 1), _AT_ONCE):
            part = {seq: one.entries[seq] for seq in seqs[at : at + _AT_ONCE]}
            left = emptying.rewrite(books.connection, part) if part else {}
            files = one.files if at == 0 else ()
            told.append(DataPurged(purges.SUBJECT, one.rule.value, one.before, left, files))
        books.record(told, context)
        _empty_desk(books.connection, one.read)
    return emptying.make_anew(books.connection) if any(one.entries for one in found) else 0


def delete_files(data_dir: Path, found: Sequence[Due], now: datetime) -> int:
    """Delete the files that are due; returns how many were there. May be repeated after a crash."""
    return sum(
        filing.delete(data_dir, sha256, f"rule {one.rule.value}, {now:%Y-%m-%d}")
        for one in found
        for sha256 in one.files
    )


def _before(now: datetime, years: int) -> datetime:
    try:
        return now.replace(year=now.year - years)
    except ValueError:  # the 29th of February
        return now.replace(year=now.year - years, day=28)


def _older(reader: Reader, before: datetime) -> Iterator[Entry]:
    """Entries recorded before a time, oldest first."""
    seq, limit = 0, stamp(before)
    while entries := reader.entries_after(seq, 500):
        for entry in entries:
            if entry.facts["recorded_at"] >= limit:
                return
            yield entry
        seq = entries[-1].seq


def _drivers(reader: Reader, cases: Cases, before: datetime) -> Due:
    names: dict[str, set[str]] = {}
    for entry in _older(reader, before):
        said = retention.names_in(entry.type, entry.data)
        for subject in _subjects(entry) if said else ():
            for one in cases.about(subject):
                names.setdefault(one, set()).update(said)
    left: dict[int, bytes] = {}
    for entry in _older(reader, before):
        if entry.type == "DataPurged" or any(cases.open(subject) for subject in _subjects(entry)):
            continue
        known = {name for subject in _subjects(entry) for name in names.get(subject, ())}
        data = retention.without_persons(entry.type, entry.data, known)
        if data != entry.data:
            left[entry.seq] = emptying.emptied(entry, data)
    return Due(Rule.DRIVERS, before, left)


def _with_what_was_read(reader: Reader, cases: Cases, data_dir: Path, drivers: Due) -> Due:
    """Files that were read in for what is nobody's case any more: their bytes, and rows and reports as they came.

    Anything may stand in them, so they go as a whole; what was taken from them stands in the journal.
    """
    ask = reader.connection.all
    rows = ask(
        "SELECT key, sha256, consignment_ref, report FROM import_file WHERE received_at < ?",
        (stamp(drivers.before),),
    )
    attached = {str(row[0]) for row in ask("SELECT sha256 FROM attachment")}
    unspoilt = {int(row[0]) for row in ask("SELECT DISTINCT file_key FROM waiting_row WHERE raw <> '{}'")}
    keys, files = list[int](), list[str]()
    for key, sha256, ref, report in rows:
        if ref is not None and cases.open(f"consignment:{ref}"):
            continue
        if report != "{}" or int(key) in unspoilt:
            keys.append(int(key))
        if sha256 not in attached and filing.path_of(data_dir, str(sha256)).is_file():
            files.append(str(sha256))
    return replace(drivers, read=tuple(sorted(keys)), files=tuple(sorted({*drivers.files, *files})))


def _empty_desk(connection: Connection, keys: Collection[int]) -> None:
    """Empty reports and rows of files that were read; what still waited waits no more."""
    for key in keys:
        connection.run("UPDATE import_file SET report = '{}', waiting = 0 WHERE key = ?", (key,))
        connection.run(
            "UPDATE waiting_row SET raw = '{}', problems = '[]', "
            "state = CASE state WHEN 'WAITING' THEN 'DROPPED' ELSE state END WHERE file_key = ?",
            (key,),
        )


def forget_search(data_dir: Path) -> None:
    """Throw the search index away: it makes itself anew from what is left of the journal."""
    for end in ("", "-wal", "-shm"):
        (data_dir / f"{finder.FILE}{end}").unlink(missing_ok=True)


def _subjects(entry: Entry) -> tuple[str, ...]:
    concerns = entry.data.get("concerns")
    return (entry.subject, *(concerns if isinstance(concerns, list) else ()))


def _images(reader: Reader, cases: Cases, data_dir: Path, before: datetime) -> Due:
    rows = reader.connection.all("SELECT sha256, subject, added_at, media_type FROM attachment")
    limit = stamp(before)
    kept = {sha for sha, subject, at, kind in rows if not _old_picture(cases, subject, at, kind, limit)}
    wanted = {str(row[0]) for row in rows} - kept
    for entry in _older(reader, before):
        sha256 = entry.data.get("raw_sha256") if entry.type in _PICTURES else None
        if isinstance(sha256, str) and not any(cases.open(subject) for subject in _subjects(entry)):
            wanted.add(sha256)
    there = sorted(one for one in wanted - kept if filing.path_of(data_dir, one).is_file())
    return Due(Rule.IMAGES, before, {}, tuple(there))


def _old_picture(cases: Cases, subject: str, at: str, kind: str, limit: str) -> bool:
    return kind.startswith("image/") and at < limit and not cases.open(subject)


def _small_print(reader: Reader, others: Collection[int], before: datetime) -> Due:
    left = {}
    for entry in _older(reader, before):
        data = retention.without_small_print(entry.type, entry.data)
        if entry.seq not in others and data != entry.data:
            left[entry.seq] = emptying.emptied(entry, data)
    return Due(Rule.JOURNAL, before, left)

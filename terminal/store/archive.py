"""Segments of the journal in files of their own, which prove themselves without the store they came from.

A folder holds ``journal-FIRST-LAST.gz``, one line an event (``HASH BODY``, the very bytes of the journal), and
``archive.json``, which names the segments with the SHA-256 of each file, the hash of its last event, and the Merkle head
(RFC 6962) of the journal up to it. Only whole segments are archived, so each is written once; one of which the journal has
emptied events since (:mod:`terminal.store.emptying`) is written anew, so that nothing outlives its time here.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from terminal.merkle import node_hash
from terminal.store import journal
from terminal.store.errors import JournalRefused, StoreError
from terminal.store.journal import GENESIS, Head, canonical, leaf_hash
from terminal.store.purges import Purge, purges
from terminal.store.sql import Connection
from terminal.store.verify import Broken, Fault

FORMAT = "karvon-journal-archive/1"
LISTED = "archive.json"
SEGMENT = 100_000
_CHUNK = 1000


class BadArchive(StoreError):  # noqa: N818 - it is an answer to a person
    """The folder is no archive, or one of another journal; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One file: its events from ``first`` to ``last``, SHA-256 of the file, hash of the last event, Merkle head of the
    journal up to it (hex), and the number of the newest deletion that it knows of."""

    first: int
    last: int
    file: str
    sha256: str
    head: str
    root: str
    told: int = 0


@dataclass(frozen=True, slots=True)
class Archive:
    """What a folder holds. ``size`` is how many events a segment has."""

    size: int
    segments: tuple[Segment, ...] = ()

    @property
    def head(self) -> Head:
        """The last event that is archived."""
        if not self.segments:
            return Head(0, GENESIS)
        return Head(self.segments[-1].last, bytes.fromhex(self.segments[-1].head))


class Frontier:
    """The Merkle head of leaves as they come: heads of the whole subtrees so far, the largest first (RFC 6962 2.1)."""

    def __init__(self) -> None:
        self._peaks: list[tuple[int, bytes]] = []

    def add(self, leaf: bytes) -> None:
        """One more leaf (its hash)."""
        size, head = 1, leaf
        while self._peaks and self._peaks[-1][0] == size:
            _, left = self._peaks.pop()
            size, head = 2 * size, node_hash(left, head)
        self._peaks.append((size, head))

    def head(self) -> bytes:
        """The head of all leaves so far."""
        if not self._peaks:
            return hashlib.sha256(b"").digest()
        head = self._peaks[-1][1]
        for _, left in reversed(self._peaks[:-1]):
            head = node_hash(left, head)
        return head


def read(folder: Path) -> Archive:
    """The list of a folder; an empty archive when there is none yet. Raises :class:`BadArchive`."""
    try:
        plain = json.loads((folder / LISTED).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Archive(SEGMENT)
    except ValueError as problem:
        raise BadArchive(f"{folder / LISTED} is damaged: {problem}") from problem
    try:
        if plain["format"] != FORMAT:
            raise BadArchive(f"{folder / LISTED} has the format {plain['format']!r}, not {FORMAT}")
        segments = tuple(Segment(**row) for row in plain["segments"])
        for one in segments:  # no list makes us read a file that lies elsewhere
            if one.file != _name(one.first, one.last):
                raise BadArchive(f"{folder / LISTED} names {one.file!r}, which is no file of an archive")
        return Archive(int(plain["segment"]), segments)
    except (KeyError, TypeError, ValueError) as problem:
        raise BadArchive(f"{folder / LISTED} is damaged: {problem!r}") from problem


def write(connection: Connection, folder: Path, size: int | None = None) -> tuple[Archive, int]:
    """Archive every whole segment that is not archived yet; returns the archive and how many files were written.

    ``size`` is how many events a segment has, for a new archive. Raises :class:`BadArchive` when what is archived is not
    what the journal says: history was written anew, or the archive is of another terminal.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = read(folder)
    if not known.segments and size is not None:
        known = Archive(size)
    connection.begin_reading()
    try:
        told = purges(connection)
        newest = max((one.seq for one in told), default=0)
        frontier, kept, written = Frontier(), list[Segment](), 0
        first = 1
        while first + known.size - 1 <= journal.tail(connection).seq:
            last = first + known.size - 1
            for start in range(first, last + 1, _CHUNK):
                for leaf in journal.hashes(connection, start, min(start + _CHUNK - 1, last)):
                    frontier.add(leaf)
            old = known.segments[len(kept)] if len(kept) < len(known.segments) else None
            root = frontier.head().hex()
            if old is not None and old.root != root:
                raise BadArchive(
                    f"events {first} to {last} of the archive are not those of the journal. Either the archive is of "
                    "another terminal, or the journal was written anew: run `karvon verify` with a head noted down earlier."
                )
            if old is None or _outdated(old, told):
                digest, head = _write(connection, folder, first, last)
                old = Segment(first, last, _name(first, last), digest, head, root, newest)
                written += 1
            kept.append(old)
            first = last + 1
    finally:
        connection.rollback()
    if len(kept) < len(known.segments):
        raise BadArchive(
            f"the archive has {known.head.seq} events and the journal fewer: its end was cut off"
        )
    made = replace(known, segments=tuple(kept))
    _list(folder, made)
    return made, written


def _outdated(segment: Segment, told: list[Purge]) -> bool:
    """True when events of it were emptied since it was written."""
    return any(
        one.seq > segment.told and any(segment.first <= seq <= segment.last for seq in one.entries)
        for one in told
    )


def _name(first: int, last: int) -> str:
    return f"journal-{first:012d}-{last:012d}.gz"


def _write(connection: Connection, folder: Path, first: int, last: int) -> tuple[str, str]:
    """Write one segment, durable when this returns; the SHA-256 of the file and the hash of the last event."""
    target = folder / _name(first, last)
    part = target.with_suffix(".part")
    head = b""
    with part.open("wb") as file:
        with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
            for start in range(first, last + 1, _CHUNK):
                for entry in journal.after(connection, start - 1, min(_CHUNK, last - start + 1)):
                    packed.write(b"%b %b\n" % (entry.hash.hex().encode(), entry.body))
                    head = entry.hash
        file.flush()
        os.fsync(file.fileno())
    digest = _sha256(part)
    part.replace(target)
    return digest, head.hex()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _list(folder: Path, archive: Archive) -> None:
    plain = {
        "format": FORMAT,
        "segment": archive.size,
        "segments": [asdict(one) for one in archive.segments],
    }
    part = folder / f"{LISTED}.part"
    with part.open("w", encoding="utf-8") as file:
        json.dump(plain, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / LISTED)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- proving --------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Proof:
    """What proving an archive found: events that are proven, the last of them, Merkle heads by length of the journal."""

    events: int
    head: Head
    roots: Mapping[int, bytes]
    broken: Broken | None = None


def prove(folder: Path, connection: Connection | None = None, expected: Head | None = None) -> Proof:
    """Prove every byte of an archive: files, hashes, links, Merkle heads; with a ``connection`` also that the journal of
    that store has the very same events. ``expected`` is a head noted down earlier. Raises :class:`BadArchive`."""
    archive = read(folder)
    head, frontier, roots = Head(0, GENESIS), Frontier(), dict[int, bytes]()
    left = _left(folder, archive)
    for segment in archive.segments:
        try:
            if _sha256(folder / segment.file) != segment.sha256:
                sentence = f"The file {segment.file} was changed after it was written."
                return Proof(head.seq, head, roots, Broken(head.seq + 1, Fault.FILE, sentence))
            for stored, body in _lines(folder / segment.file):
                broken = _check(head, stored, body, left)
                if broken is None and expected is not None and expected.seq == head.seq + 1:
                    broken = None if stored == expected.hash else _other(expected.seq)
                if broken is not None:
                    return Proof(head.seq, head, roots, broken)
                head = Head(head.seq + 1, stored)
                frontier.add(stored)
        except (OSError, EOFError, ValueError, gzip.BadGzipFile) as problem:
            sentence = f"The file {segment.file} cannot be read: {problem}."
            return Proof(head.seq, head, roots, Broken(head.seq + 1, Fault.FILE, sentence))
        roots[head.seq] = frontier.head()
        if (head.seq, head.hash.hex(), roots[head.seq].hex()) != (segment.last, segment.head, segment.root):
            sentence = (
                f"{LISTED} says something else of events {segment.first} to {segment.last} than their file."
            )
            return Proof(head.seq, head, roots, Broken(head.seq, Fault.HEAD, sentence))
    broken = None
    if expected is not None and expected.seq > head.seq:
        sentence = (
            f"The archive ends at event {head.seq}; event {expected.seq}, which was noted, is not in it yet."
        )
        broken = Broken(head.seq + 1, Fault.CUT_OFF, sentence)
    elif connection is not None:
        broken = _against(connection, roots)
    return Proof(head.seq, head, roots, broken)


def _other(seq: int) -> Broken:
    return Broken(seq, Fault.HEAD, f"Event {seq} is not the one that was noted: its hash differs.")


def _lines(path: Path) -> Iterator[tuple[bytes, bytes]]:
    with gzip.open(path, "rb") as file:
        for line in file:
            stored, gap, body = line.rstrip(b"\n").partition(b" ")
            if not gap or len(stored) != 64:
                raise ValueError("a line is no event")
            yield bytes.fromhex(stored.decode("ascii")), body


def _check(head: Head, stored: bytes, body: bytes, left: Mapping[int, set[bytes]]) -> Broken | None:
    seq = head.seq + 1
    found = leaf_hash(body)
    if found != stored and found not in left.get(seq, ()):
        return Broken(
            seq,
            Fault.HASH,
            f"Event {seq}: its bytes or its hash were changed, or it was emptied and the event that says so is not archived "
            "yet (prove it together with the store).",
        )
    try:
        facts: Any = json.loads(body)
        exact = isinstance(facts, dict) and canonical(facts) == body
    except (ValueError, RecursionError, JournalRefused):
        exact = False
    if not exact:
        return Broken(seq, Fault.FORM, f"Event {seq}: its bytes are not a journal entry in canonical form.")
    if facts.get("seq") != seq:
        return Broken(seq, Fault.GAP, f"Event {seq} is missing; the next one archived is {facts.get('seq')}.")
    if facts.get("prev_hash") != head.hash.hex():
        return Broken(
            seq, Fault.CHAIN, f"Event {seq} does not follow event {seq - 1}: it names another predecessor."
        )
    return None


def _left(folder: Path, archive: Archive) -> dict[int, set[bytes]]:
    """What may be left of emptied events, as deletions that are archived themselves tell it."""
    left: dict[int, set[bytes]] = {}
    for segment in archive.segments:
        try:
            for stored, body in _lines(folder / segment.file):
                if b'"type":"DataPurged"' in body and leaf_hash(body) == stored:
                    entries = json.loads(body)["data"]["entries"]
                    for seq, digest in entries.items():
                        left.setdefault(int(seq), set()).add(bytes.fromhex(digest))
        except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, gzip.BadGzipFile):
            continue  # what is wrong with it is said when it is proven
    return left


def _against(connection: Connection, roots: Mapping[int, bytes]) -> Broken | None:
    """The first segment whose events are not those of the journal."""
    frontier, seq = Frontier(), 0
    connection.begin_reading()
    try:
        for last, root in sorted(roots.items()):
            begun = seq
            while seq < last:
                some = journal.hashes(connection, seq + 1, min(seq + _CHUNK, last))
                if not some:
                    sentence = (
                        f"The journal ends at event {seq}, but event {last} is archived: its end was cut off."
                    )
                    return Broken(seq + 1, Fault.CUT_OFF, sentence)
                for leaf in some:
                    frontier.add(leaf)
                seq += len(some)
            if frontier.head() != root:
                sentence = f"Among events {begun + 1} to {last} the journal has others than the archive."
                return Broken(begun + 1, Fault.HEAD, sentence)
    finally:
        connection.rollback()
    return None

"""Files that somebody sent to be looked at before anything is announced: kept for a day, by what is in them.

Each look has a folder of its own beside the database: a note of who asked and what the files are called, and the files
under the SHA-256 of their bytes. Nothing of it is in the books; it is deleted when its day is over.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from terminal.store.ids import uuid7_text

#: how long a look is kept, and how many of one person
KEPT, MOST = timedelta(hours=24), 20
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NOTE = "preview.json"


@dataclass(frozen=True, slots=True)
class Preview:
    """One look: whose it is (id of a person), when it began (UTC), the reference that was typed, and the files.

    ``files`` are names with the SHA-256 of their bytes, in the order in which they were sent.
    """

    id: str
    owner: str
    at: datetime
    ref: str
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Previews:
    """The looks of one terminal, in ``folder``."""

    folder: Path

    def keep(self, owner: str, ref: str, uploads: Sequence[tuple[str, bytes]], now: datetime) -> Preview:
        """Keep files for a look; looks whose day is over are deleted, and the oldest of a person who has too many."""
        mine = [one for one in self._all() if self._forget(one, now) is None and one.owner == owner]
        for one in sorted(mine, key=lambda look: look.at)[: max(0, len(mine) - MOST + 1)]:
            self.drop(one)
        named = tuple((name, hashlib.sha256(data).hexdigest()) for name, data in uploads)
        made = Preview(uuid7_text(), owner, now, ref, named)
        place = self.folder / made.id
        place.mkdir(parents=True)
        for (_, digest), (_, data) in zip(named, uploads, strict=True):
            (place / digest).write_bytes(data)
        note = {"owner": owner, "at": now.isoformat(), "ref": ref, "files": [list(one) for one in named]}
        part = place / f"{_NOTE}.part"
        part.write_text(json.dumps(note, ensure_ascii=False), encoding="utf-8")
        part.rename(place / _NOTE)  # a look without its note is none: the files are all there first
        return made

    def get(self, identity: str, owner: str, now: datetime) -> Preview | None:
        """The look of that number, for whoever sent the files; None when it is not theirs, or its day is over."""
        found = self._read(identity)
        if found is None or found.owner != owner or now - found.at > KEPT:
            return None
        return found

    def uploads(self, preview: Preview) -> list[tuple[str, bytes]]:
        """The files as they were sent. Raises :class:`LookupError` when one is gone or is another."""
        found = []
        for name, digest in preview.files:
            try:
                data = (self.folder / preview.id / digest).read_bytes()
            except OSError as error:
                raise LookupError(f"the file {name!r} is gone: send it again") from error
            if hashlib.sha256(data).hexdigest() != digest:
                raise LookupError(f"the file {name!r} is not what was sent: send it again")
            found.append((name, data))
        return found

    def drop(self, preview: Preview) -> None:
        """Delete a look with its files."""
        shutil.rmtree(self.folder / preview.id, ignore_errors=True)

    def _forget(self, preview: Preview, now: datetime) -> Preview | None:
        """The look, deleted, when its day is over; None when it is still good."""
        if now - preview.at <= KEPT:
            return None
        self.drop(preview)
        return preview

    def _all(self) -> list[Preview]:
        if not self.folder.is_dir():
            return []
        return [one for path in self.folder.iterdir() if (one := self._read(path.name)) is not None]

    def _read(self, identity: str) -> Preview | None:
        if _ID.fullmatch(identity) is None:
            return None
        try:
            note = json.loads((self.folder / identity / _NOTE).read_text(encoding="utf-8"))
            files = tuple((str(name), str(digest)) for name, digest in note["files"])
            return Preview(
                identity, str(note["owner"]), datetime.fromisoformat(note["at"]), str(note["ref"]), files
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

"""What the journal tells of deletions: which entries were emptied under which rule, and what is left of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from terminal.store import journal
from terminal.store.sql import Connection

#: subject of the events that say what was deleted
SUBJECT = "retention:terminal"


@dataclass(frozen=True, slots=True)
class Purge:
    """One deletion as the journal tells it: the event, the rule, when, by whom, and what is left of which entries."""

    seq: int
    rule: str
    at: datetime
    who: str
    entries: Mapping[int, bytes]  # number -> leaf hash of what is left
    files: tuple[str, ...]


def purges(connection: Connection) -> list[Purge]:
    """Every deletion that the journal tells of, oldest first. What is damaged is left out: it excuses nothing."""
    row = connection.one("SELECT last_seq FROM subject_head WHERE subject = ?", (SUBJECT,))
    if row is None or not isinstance(row[0], int):
        return []
    found = []
    for entry in reversed(journal.chain_of(connection, row[0], ("DataPurged",))):
        try:
            data = json.loads(entry.body)["data"]
            left = {int(seq): bytes.fromhex(digest) for seq, digest in data["entries"].items()}
            files = tuple(str(name) for name in data["files"])
            found.append(Purge(entry.seq, str(data["rule"]), entry.at, entry.who, left, files))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
    return found

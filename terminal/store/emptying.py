"""Emptying events whose time is over: their bytes are replaced, their hash stays, and an event says so.

This is the one place that changes what was written. The guards of the table are taken off inside the transaction and put
back before it ends; whoever reads the journal later learns from :class:`DataPurged` which bytes are left of which entry.
Afterwards every row that follows from the journal is made anew from what is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terminal.store import fold
from terminal.store.journal import Entry, canonical, leaf_hash
from terminal.store.migrations import guards
from terminal.store.sql import Connection

_REWRITE = "UPDATE event SET body = ? WHERE seq = ?"
#: tables that are not made anew: figures and links carry no persons
_LEFT_ALONE = frozenset({"counter", "subject_head", "tracking", "slot", "aboard"})


def emptied(entry: Entry, data: Mapping[str, Any]) -> bytes:
    """The bytes of an entry with other facts; number, time, subject and chain stay."""
    return canonical({**entry.facts, "data": dict(data)})


def rewrite(connection: Connection, bodies: Mapping[int, bytes]) -> dict[str, str]:
    """Replace the bytes of entries, in an open write transaction; returns number -> leaf hash of what is left."""
    sqlite = connection.dialect == "sqlite"
    if sqlite:
        connection.run("PRAGMA secure_delete=ON")  # freed bytes are overwritten, not only forgotten
        connection.run("DROP TRIGGER event_is_never_changed")
    else:
        connection.run("ALTER TABLE event DISABLE TRIGGER event_is_append_only")
    for seq, body in bodies.items():
        connection.run(_REWRITE, (body, seq))
    if sqlite:
        connection.run(guards.SQLITE[0])
    else:
        connection.run("ALTER TABLE event ENABLE TRIGGER event_is_append_only")
    return {str(seq): leaf_hash(body).hex() for seq, body in bodies.items()}


def make_anew(connection: Connection) -> int:
    """Write what the journal makes of every row where it differs; returns how many rows. In a write transaction."""
    changed = 0
    with fold.carried(connection) as scratch:
        for facts in fold.FACTS:
            if facts.table not in _LEFT_ALONE:
                changed += _make_anew(facts, connection, scratch)
    return changed


def _make_anew(facts: fold.Facts, connection: Connection, scratch: Connection) -> int:
    columns = [column.rpartition(".")[2] for column in facts.columns]
    if facts.table == "papers":
        where = "consignment_key = (SELECT key FROM consignment WHERE ref = ?)"
    elif " JOIN " in facts.source:
        return 0
    else:
        where = " AND ".join(f"{key} = ?" for key in facts.key)
    setting = ", ".join(f"{column} = ?" for column in columns)
    sql = f"UPDATE {facts.table} SET {setting} WHERE {where}"  # noqa: S608 - own constants
    one = facts.select(" AND ".join(f"{key} = ?" for key in facts.key))
    width, changed = len(facts.key), 0
    for row in facts.rows(scratch):
        real = connection.one(one, row[:width])
        if real is not None and not facts.same(real, row):
            connection.run(sql, (*row[width:], *row[:width]))
            changed += 1
    return changed

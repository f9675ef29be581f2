"""The local watch list: plates, document numbers and names that the border service looks for (VEH-02).

Written down in ``watch_list.json``, whose every version is kept and named by the decisions that it led to. Each entry
has an owner, a reason and a last day: nobody stays listed because nobody looked. Only those who keep it read it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from workflows.identifiers import normalise_plate, normalise_reference
from workflows.plain import from_plain, to_plain

NAME = "watch_list.json"
#: an entry lives so long at most; whoever still needs it writes it anew
LONGEST = timedelta(days=731)
#: a list of more than this is a register, and belongs into the system of its owner
MOST = 5000


class Kind(StrEnum):
    """What an entry names."""

    PLATE = "plate"  # of a vehicle or trailer
    DOCUMENT = "document"  # number of a passport; lost and forged ones too
    NAME = "name"  # of a driver or escort


@dataclass(frozen=True, slots=True)
class Watched:
    """One entry. ``value`` as it was written, ``by`` who keeps it; the last day is a day in Tashkent, included."""

    kind: Kind
    value: str
    reason: str
    by: str
    last_day: date

    @property
    def key(self) -> tuple[str, str]:
        """Two entries of the same key are the same: spaces, hyphens, case and look-alike letters do not count."""
        return self.kind.value, folded(self.kind, self.value)

    def in_force(self, today: date) -> bool:
        """True up to its last day."""
        return today <= self.last_day


def folded(kind: Kind, value: str) -> str:
    """The value as it is compared; empty when nothing of it can be."""
    match kind:
        case Kind.PLATE:
            return normalise_plate(value) or ""
        case Kind.DOCUMENT:
            return normalise_reference(value)
        case _:
            return " ".join(value.casefold().split())


def unfit(new: Watched, today: date) -> Iterator[tuple[str, str]]:
    """(field, what is wrong) of an entry that shall come into force."""
    if not folded(new.kind, new.value) or len(new.value) > 100:
        yield "value", "nothing that can be compared"
    elif new.kind is Kind.NAME and len(new.value.split()) < 2:
        yield "value", "a name of one word would stop half of the drivers"
    if not new.reason.strip():
        yield "reason", "empty"
    if not today <= new.last_day <= today + LONGEST:
        yield "last_day", "not between today and two years from now"


def load_watch_list(text: str) -> tuple[Watched, ...]:
    """The entries of the table. Raises ValueError with what is wrong."""
    if wrong := list(problems(text)):
        raise ValueError(wrong[0])
    return tuple(_entry(row) for row in json.loads(text)["entries"])


def dump_watch_list(entries: Sequence[Watched]) -> str:
    """The text of a table with these entries, in the order of kind and value."""
    rows = [to_plain(one) for one in sorted(entries, key=lambda one: one.key)]
    return json.dumps({"entries": rows}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def problems(text: str) -> Iterator[str]:
    """What is wrong with a text of the table, a sentence each."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        yield f"{NAME} is not valid JSON: {error}"
        return
    rows = data.get("entries") if isinstance(data, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        yield f"{NAME}: `entries` must be a list of entries"
        return
    if len(rows) > MOST:
        yield f"{NAME}: {len(rows)} entries, at most {MOST} can be kept"
        return
    seen: set[tuple[str, str]] = set()
    for number, row in enumerate(rows, start=1):
        try:
            one = _entry(row)
        except (KeyError, TypeError, ValueError):
            yield f"{NAME}, entry {number}: needs kind, value, reason, by and last_day"
            continue
        if not folded(one.kind, one.value):
            yield f"{NAME}, entry {number}: {one.value!r} has nothing that can be compared"
        if one.key in seen:
            yield f"{NAME}, entry {number}: {one.value!r} stands there twice"
        seen.add(one.key)


def _entry(row: Mapping[str, Any]) -> Watched:
    entry: Watched = from_plain(Watched, row)
    return entry
